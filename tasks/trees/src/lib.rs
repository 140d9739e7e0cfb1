//! Decision trees for Pleat. [`classifier`] and [`regressor`] have the
//! descriptions and the glue. [`grow`] grows a tree over [`sorted`] columns by
//! a [`criterion`], of [`classes`], [`means`] or [`medians`]; [`tree`] is what
//! grew, and [`prune`] makes it smaller. None of those knows of the SDK.

pub mod classes;
pub mod classifier;
pub mod counts;
mod criteria;
pub mod criterion;
mod draws;
mod fit;
mod frontier;
pub mod grow;
mod introsort;
pub mod means;
pub mod medians;
pub mod order;
pub mod prune;
pub mod regressor;
pub mod run;
mod search;
mod settings;
pub mod table;
pub mod tree;

pub use classifier::DecisionTreeClassifier;
pub use regressor::DecisionTreeRegressor;

pleat_guest::export!(DecisionTreeClassifier, DecisionTreeRegressor);
