//! Forests: many trees, each of other draws, that answer with their mean. The
//! draws are scikit-learn's, so that its forests come out tree by tree.
//! [`classifier`] and [`regressor`] have the descriptions and the glue, each
//! for random forests and for extremely randomised trees. How a single tree
//! grows is not known here.

pub(crate) mod bootstrap;
pub mod classifier;
pub(crate) mod flat;
pub(crate) mod grove;
pub mod regressor;
mod settings;

pub use classifier::ForestClassifier;
pub use regressor::ForestRegressor;
