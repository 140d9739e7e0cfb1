//! Stochastic gradient descent: a line that is nudged by one row after
//! another. [`descent`] goes over the rows, [`losses`] say how far a row
//! nudges, [`vector`] is what is nudged, [`order`] shuffles, and [`holdout`]
//! is what early stopping looks at.

pub mod descent;
pub mod holdout;
pub mod losses;
pub mod order;
pub mod vector;
