//! The arithmetic that host and guests share, so that both get equal bits.
//!
//! Random draws, sums and elementary functions live here, each written so that
//! a native build and a WebAssembly build agree to the last bit. No algorithm
//! of machine learning lives here, and nothing that allocates without need.

pub mod dense;
pub mod exp;
pub mod lanes;
pub mod ln;
pub mod math;
pub mod pair;
pub mod product;
pub mod rng;
pub mod sum;
