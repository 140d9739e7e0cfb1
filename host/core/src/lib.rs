//! The pure half of Pleat: what a job means, planned, scored and reduced
//! without a clock, a file or a socket.

pub mod cv;
pub mod data;
pub mod digest;
pub mod estimator;
pub mod job;
pub mod params;
pub mod pipeline;
pub mod reduce;
pub mod report;
pub mod scoring;
pub mod search;
mod settings;
pub mod space;
pub mod task;

#[cfg(test)]
mod reference;
