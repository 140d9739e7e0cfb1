//! Support vector machines for Pleat. [`classifier`] and [`regressor`] are the
//! estimators, [`calibrated`] makes probabilities of the former's scores by
//! [`calibrators`], with the parameters they share in `settings`. [`votes`]
//! makes many classes out of pairs, [`solver`] solves the dual problem over a
//! [`gram`] matrix, whose rows a [`kernel`] makes of inner products; those of a
//! small dataset are in [`products`]. [`paths`] knows what need not be solved
//! again. [`vectors`] is what rows to be predicted are compared with.

pub mod calibrated;
pub mod calibrators;
pub mod classifier;
mod folds;
pub mod gram;
pub mod kernel;
pub mod lines;
pub mod paths;
pub mod products;
pub mod recency;
pub mod regressor;
pub mod scan;
pub mod segments;
mod settings;
pub mod solver;
pub mod vectors;
pub mod votes;

pub use calibrated::CalibratedClassifierCV;
pub use classifier::SVC;
pub use regressor::SVR;

pleat_guest::export!(SVC, SVR, CalibratedClassifierCV);
