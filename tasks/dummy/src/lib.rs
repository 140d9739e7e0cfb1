//! Answers that ignore the features, for Pleat: what any estimator worth its
//! time must beat. [`classifier`] and [`regressor`] have descriptions and
//! glue, [`draws`] and [`quantile`] the arithmetic.

pub mod classifier;
pub mod draws;
pub mod quantile;
pub mod regressor;

pub use classifier::DummyClassifier;
pub use regressor::DummyRegressor;

pleat_guest::export!(DummyClassifier, DummyRegressor);
