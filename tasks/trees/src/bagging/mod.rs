//! Bagging (L. Breiman, "Bagging predictors", Machine Learning 24(2), 1996): the
//! mean of trees, each of rows and columns of its own. [`classifier`] and
//! [`regressor`] have the descriptions and the glue, `settings` what both take;
//! `draws` says what each tree gets to see, and `growing` grows them.

pub mod classifier;
mod draws;
mod growing;
pub mod regressor;
mod settings;

pub use classifier::BaggingClassifier;
pub use regressor::BaggingRegressor;
