//! What the parameters of both estimators mean.

use std::ops::Bound::{Excluded, Included};

use pleat_guest::{Error, Info, Params, Value, domain::*};

use crate::columns::Categorical;
use crate::holdout::Size;
use crate::lists::{self, Interactions};
use crate::stopping::{Patience, Scoring};

/// The parameters, but for the loss, the class weights and how many
/// iterations there are at most.
#[derive(Clone, PartialEq)]
pub(crate) struct Settings {
    pub(crate) learning_rate: f64,
    pub(crate) max_leaf_nodes: Option<usize>,
    pub(crate) max_depth: Option<u32>,
    pub(crate) min_samples_leaf: f64,
    pub(crate) l2: f64,
    pub(crate) max_features: f64,
    pub(crate) max_bins: usize,
    pub(crate) categorical: Categorical,
    pub(crate) monotonic: Option<Vec<i8>>,
    pub(crate) interactions: Interactions,
    /// None for "auto".
    pub(crate) early_stopping: Option<bool>,
    pub(crate) patience: Patience,
    pub(crate) validation: Option<Size>,
    pub(crate) random_state: u32,
}

/// Along these, candidates need the same bins, and those that differ in
/// `max_iter` alone grow the same trees.
pub(crate) const SHARES: [&str; 12] = [
    "learning_rate",
    "max_iter",
    "max_leaf_nodes",
    "max_depth",
    "min_samples_leaf",
    "l2_regularization",
    "max_features",
    "monotonic_cst",
    "interaction_cst",
    "scoring",
    "n_iter_no_change",
    "tol",
];

impl Settings {
    /// Adds the parameters to a description.
    pub(crate) fn describe(info: Info) -> Info {
        let share = |end| numbers((Excluded(0.0), end));
        info.param(
            "learning_rate",
            0.1,
            above(0.0),
            "What the answers of each tree are multiplied by.",
        )
        .param(
            "max_iter",
            100i64,
            integers(1..),
            "How many iterations there are at most: of one tree each, or one for each class.",
        )
        .param(
            "max_leaf_nodes",
            31i64,
            integers(2..).or(none()),
            "A tree grows until it has so many leaves.",
        )
        .param(
            "max_depth",
            (),
            integers(1..=i64::from(u32::MAX)).or(none()),
            "No leaf lies deeper.",
        )
        .param(
            "min_samples_leaf",
            20i64,
            integers(1..),
            "No leaf has fewer training rows.",
        )
        .param(
            "l2_regularization",
            0.0,
            at_least(0.0),
            "Draws the answers of leaves towards 0.",
        )
        .param(
            "max_features",
            1.0,
            share(Included(1.0)),
            "The share of columns drawn at each node.",
        )
        .param(
            "max_bins",
            255i64,
            integers(2..=255),
            "Values of a column are told apart by so many bins at most; NaN has one more.",
        )
        .param(
            "categorical_features",
            "from_dtype",
            words(["from_dtype"]).or(json()).or(none()),
            "The columns whose values are categories: a list of places or of booleans; with \
             from_dtype those the table has as categories; none if None.",
        )
        .param(
            "monotonic_cst",
            (),
            json().or(none()),
            "For each column 1 if answers may only rise with it, -1 if they may only fall, or 0.",
        )
        .param(
            "interaction_cst",
            (),
            words(["pairwise", "no_interactions"]).or(json()).or(none()),
            "Lists of columns that may meet on a path of a tree; those in no list may meet too.",
        )
        .param(
            "early_stopping",
            "auto",
            words(["auto"]).or(boolean()),
            "Whether to stop when scores no longer rise; auto does with more than 10,000 rows.",
        )
        .param(
            "scoring",
            "loss",
            words(["loss"]).or(none()),
            "What tells when to stop: the loss; accuracy or R² if None.",
        )
        .param(
            "validation_fraction",
            0.1,
            share(Excluded(1.0)).or(integers(1..)).or(none()),
            "The share, or number, of training rows set aside for that; if None, those \
             learned from are scored.",
        )
        .param(
            "n_iter_no_change",
            10i64,
            integers(1..),
            "Stops when so many scores in a row are no better than the one before them.",
        )
        .param(
            "tol",
            1e-7,
            at_least(0.0),
            "A score must be better by more than this.",
        )
        .param(
            "random_state",
            0i64,
            integers(0..=i64::from(u32::MAX)).or(none()),
            "What the draws of rows set aside, of rows for bins and of columns start from; \
             None is 0.",
        )
    }

    pub(crate) fn new(estimator: &str, params: &Params) -> Result<Self, Error> {
        Ok(Settings {
            learning_rate: params.get("learning_rate")?,
            max_leaf_nodes: count(params, "max_leaf_nodes")?,
            max_depth: params.get("max_depth")?,
            min_samples_leaf: params.get::<u64>("min_samples_leaf")? as f64,
            l2: params.get("l2_regularization")?,
            max_features: params.get("max_features")?,
            max_bins: params.get("max_bins")?,
            categorical: lists::categorical(params, estimator)?,
            monotonic: lists::monotonic(params, estimator)?,
            interactions: lists::interactions(params, estimator)?,
            early_stopping: match params.value("early_stopping")? {
                Value::Boolean(stop) => Some(*stop),
                _ => None,
            },
            patience: Patience {
                scoring: match params.value("scoring")? {
                    Value::None => Scoring::Own,
                    _ => Scoring::Loss,
                },
                n_iter_no_change: count(params, "n_iter_no_change")?.unwrap_or(1),
                tol: params.get("tol")?,
            },
            validation: match params.value("validation_fraction")? {
                Value::None => None,
                Value::Integer(_) => count(params, "validation_fraction")?.map(Size::Rows),
                _ => Some(Size::Share(params.get("validation_fraction")?)),
            },
            random_state: params.get::<Option<u32>>("random_state")?.unwrap_or(0),
        })
    }
}

/// A number of things; more than fit in memory are as good as any number.
pub(crate) fn count(params: &Params, name: &str) -> Result<Option<usize>, Error> {
    let count: Option<u64> = params.get(name)?;
    Ok(count.map(|count| usize::try_from(count).unwrap_or(usize::MAX / 2)))
}
