//! Boosted trees over binned columns for Pleat. [`classifier`] and
//! [`regressor`] have the descriptions and the glue, `fit` what is the same
//! for both.
//!
//! `bins` puts the cells of a table into bins (by the thresholds of
//! `thresholds`; `columns` knows which are categories). `boost` grows a
//! tree an iteration, or one for each class, on the gradients of a `loss`,
//! until `stopping` has seen enough. `grow` grows one: it adds up the
//! `histogram` of each column, looks for the best split in it (`scan`,
//! `categories`) and splits the best node of its `frontier` within the
//! `rules`. `tree` is what grew. `xgboost` is another program's format.

mod bins;
mod boost;
mod categories;
pub mod classifier;
mod columns;
mod fit;
mod frontier;
mod generator;
mod grow;
mod histogram;
mod holdout;
mod lists;
mod loss;
mod model;
mod quantiles;
pub mod regressor;
mod rules;
mod scan;
mod settings;
mod split;
mod stopping;
mod thresholds;
mod tree;
mod xgboost;

pub use classifier::HistGradientBoostingClassifier;
pub use regressor::HistGradientBoostingRegressor;

pleat_guest::export!(
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor
);
