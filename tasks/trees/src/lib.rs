//! Decision trees and forests for Pleat. [`classifier`] and [`regressor`] have
//! the descriptions and the glue of single trees, [`forest`] and [`bagging`] those
//! of many, [`adaboost`] and [`boosting`] those of many that follow each other.
//! [`grow`] grows a tree over the ranks of a [`table`] by a [`criterion`], of
//! [`counts`], [`classes`], [`means`] or [`medians`]; [`order`] sorts,
//! `presorted` keeps what was sorted, and a [`run`] is what a column looks like in a
//! node. [`tree`] is what grew, and
//! [`prune`] makes it smaller. None of those knows of the SDK.

pub mod adaboost;
pub mod bagging;
mod base;
pub mod boosting;
pub mod classes;
pub mod classifier;
pub mod counts;
mod criteria;
pub mod criterion;
mod draws;
mod fit;
pub mod forest;
mod frontier;
pub mod grow;
mod introsort;
mod longest;
pub mod means;
pub mod medians;
pub mod order;
mod partition;
mod presorted;
pub mod prune;
mod quick;
pub mod regressor;
pub mod run;
mod search;
mod settings;
pub mod table;
pub mod tree;

pub use adaboost::{AdaBoostClassifier, AdaBoostRegressor};
pub use bagging::{BaggingClassifier, BaggingRegressor};
pub use boosting::{GradientBoostingClassifier, GradientBoostingRegressor};
pub use classifier::DecisionTreeClassifier;
pub use regressor::DecisionTreeRegressor;

/// scikit-learn's `RandomForestClassifier`.
pub type RandomForestClassifier = forest::ForestClassifier<false>;
/// scikit-learn's `RandomForestRegressor`.
pub type RandomForestRegressor = forest::ForestRegressor<false>;
/// scikit-learn's `ExtraTreesClassifier`.
pub type ExtraTreesClassifier = forest::ForestClassifier<true>;
/// scikit-learn's `ExtraTreesRegressor`.
pub type ExtraTreesRegressor = forest::ForestRegressor<true>;

pleat_guest::export!(
    DecisionTreeClassifier,
    DecisionTreeRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    AdaBoostClassifier,
    AdaBoostRegressor,
    BaggingClassifier,
    BaggingRegressor,
);
