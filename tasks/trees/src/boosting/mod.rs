//! Gradient boosting (J. H. Friedman, "Greedy function approximation: a
//! gradient boosting machine", Annals of Statistics 29(5), 2001).
//!
//! [`classifier`] and [`regressor`] have the descriptions and the glue, `settings`
//! what both take. `stages` adds one tree after the other: `loss` says what each is
//! to follow and what its leaves answer, `grow` grows it over the columns of
//! `table`, looking for splits with `scan`; `members` is what is left of the trees
//! for predicting.
//!
//! The trees do not come from [`crate::grow`], which repeats scikit-learn's order
//! of rows to the bit: here nothing is sorted after the first time, and sums
//! run in the order of the sorted column. Splits are the same ones, but for
//! those that are equal up to rounding.

mod answers;
pub mod classifier;
mod grow;
mod holdout;
mod loss;
mod members;
mod percentile;
pub mod regressor;
mod scan;
mod settings;
mod stages;
mod table;

pub use classifier::GradientBoostingClassifier;
pub(crate) use grow::{Grower, Task};
pub(crate) use members::Member;
pub use regressor::GradientBoostingRegressor;
pub(crate) use scan::Targets;
pub(crate) use table::{Form, Table};
