//! AdaBoost: trees one after the other, each over rows that weigh more the worse
//! those before it did, and a vote of all. Classes by SAMME (J. Zhu, H. Zou, S.
//! Rosset and T. Hastie, "Multi-class AdaBoost", Statistics and Its Interface 2,
//! 2009), numbers by AdaBoost.R2 (H. Drucker, "Improving regressors using boosting
//! techniques", ICML 1997). [`classifier`] and [`regressor`] have the descriptions
//! and the glue; `rounds` is what both have in common.

pub mod classifier;
pub mod regressor;
mod rounds;

pub use classifier::AdaBoostClassifier;
pub use regressor::AdaBoostRegressor;
