//! What the parameters of both estimators mean.

use std::ops::Bound::{Excluded, Included};

use pleat_guest::{Error, Info, Params, Value, domain::*};

use crate::grow::Rules;
use crate::settings::{Count, MaxFeatures};

/// All parameters but the loss.
#[derive(Clone, PartialEq)]
pub(crate) struct Settings {
    pub(crate) learning_rate: f64,
    pub(crate) n_estimators: usize,
    pub(crate) subsample: f64,
    /// Whether `criterion` is set, which is of no use.
    pub(crate) criterion: bool,
    min_samples_split: Count,
    min_samples_leaf: Count,
    min_weight_fraction_leaf: f64,
    max_depth: Option<u32>,
    min_impurity_decrease: f64,
    /// Start from 0 rather than from the best constant.
    pub(crate) from_zero: bool,
    pub(crate) seed: u32,
    max_features: MaxFeatures,
    max_leaf_nodes: Option<usize>,
    /// What share of the rows is held back.
    pub(crate) held_out: f64,
    /// How many stages may pass without any gain.
    pub(crate) patience: Option<usize>,
    pub(crate) tol: f64,
    pub(crate) ccp_alpha: f64,
}

/// How many trees there may be.
const MOST: i64 = 1 << 20;

impl Settings {
    /// Adds the parameters to a description, those of a regressor among them.
    pub(crate) fn describe(info: Info, regressor: bool) -> Info {
        let share = |end| numbers((Excluded(0.0), end));
        let info = info
            .param(
                "learning_rate",
                0.1,
                at_least(0.0),
                "What part of each tree's answer counts.",
            )
            .param(
                "n_estimators",
                100i64,
                integers(1..=MOST),
                "How many trees there are, or rounds of a tree for each class.",
            )
            .param(
                "subsample",
                1.0,
                share(Included(1.0)),
                "What share of the rows each tree grows from.",
            )
            .param(
                "criterion",
                "deprecated",
                words(["deprecated", "squared_error", "friedman_mse"]),
                "Has no effect.",
            )
            .param(
                "min_samples_split",
                2i64,
                integers(2..).or(share(Included(1.0))),
                "A node of fewer rows, or of a smaller share of all, is not split.",
            )
            .param(
                "min_samples_leaf",
                1i64,
                integers(1..).or(share(Excluded(1.0))),
                "No node has fewer rows, or a smaller share of all.",
            )
            .param(
                "min_weight_fraction_leaf",
                0.0,
                numbers(0.0..=0.5),
                "No node has a smaller share of the weight of all rows.",
            )
            .param(
                "max_depth",
                3i64,
                none().or(integers(1..=i64::from(u32::MAX))),
                "No node lies deeper.",
            )
            .param(
                "min_impurity_decrease",
                0.0,
                at_least(0.0),
                "A split that lowers the impurity by less is not made.",
            )
            .param(
                "init",
                (),
                none().or(words(["zero"])),
                "What the trees add to: the best constant if None.",
            )
            .param(
                "random_state",
                0i64,
                none().or(integers(0..=i64::from(u32::MAX))),
                "What the draws start from, of rows, of columns, and of which of equal splits \
                 wins; None is 0.",
            )
            .param(
                "max_features",
                (),
                none()
                    .or(words(["sqrt", "log2"]))
                    .or(integers(1..))
                    .or(share(Included(1.0))),
                "How many columns are drawn at each node, or what share of them; all if None.",
            );
        let info = if regressor {
            info.param(
                "alpha",
                0.9,
                numbers((Excluded(0.0), Excluded(1.0))),
                "The quantile of loss quantile; beyond this quantile of distances, huber is \
                 absolute.",
            )
        } else {
            info
        };
        info.param(
            "max_leaf_nodes",
            (),
            none().or(integers(2..)),
            "The most promising nodes are split first, until there are so many leaves.",
        )
        .param(
            "validation_fraction",
            0.1,
            numbers((Excluded(0.0), Excluded(1.0))),
            "What share of the rows is held back for n_iter_no_change.",
        )
        .param(
            "n_iter_no_change",
            (),
            none().or(integers(1..=MOST)),
            "Stops when rows that are held back were not predicted better for so many rounds.",
        )
        .param(
            "tol",
            1e-4,
            at_least(0.0),
            "By how much the loss must fall to count as better.",
        )
        .param(
            "ccp_alpha",
            0.0,
            at_least(0.0),
            "Branches that lower the impurity by less for each leaf more are cut off again.",
        )
        .weights()
        .shares(&["n_estimators"])
    }

    pub(crate) fn new(estimator: &str, params: &Params) -> Result<Self, Error> {
        let deprecated = [
            ("deprecated", false),
            ("squared_error", true),
            ("friedman_mse", true),
        ];
        Ok(Settings {
            learning_rate: params.get("learning_rate")?,
            n_estimators: params.get("n_estimators")?,
            subsample: params.get("subsample")?,
            criterion: params.choice("criterion", &deprecated)?,
            min_samples_split: Count::of(params, estimator, "min_samples_split", 2)?,
            min_samples_leaf: Count::of(params, estimator, "min_samples_leaf", 1)?,
            min_weight_fraction_leaf: params.get("min_weight_fraction_leaf")?,
            max_depth: params.get("max_depth")?,
            min_impurity_decrease: params.get("min_impurity_decrease")?,
            from_zero: !matches!(params.value("init")?, Value::None),
            seed: params.get::<Option<u32>>("random_state")?.unwrap_or(0),
            max_features: MaxFeatures::new(params, "max_features")?,
            max_leaf_nodes: params.get("max_leaf_nodes")?,
            held_out: params.get("validation_fraction")?,
            patience: params.get("n_iter_no_change")?,
            tol: params.get("tol")?,
            ccp_alpha: params.get("ccp_alpha")?,
        })
    }

    /// The same with another number of trees.
    pub(crate) fn with_estimators(&self, n_estimators: usize) -> Self {
        Settings {
            n_estimators,
            ..self.clone()
        }
    }

    /// The rules for so many rows, of which those in the bag weigh so much, and
    /// columns.
    pub(crate) fn rules(&self, rows: usize, mass: f64, columns: usize) -> Rules {
        Rules {
            max_depth: self.max_depth,
            min_samples_split: self.min_samples_split.of_rows(rows, 2),
            min_samples_leaf: self.min_samples_leaf.of_rows(rows, 1),
            min_weight_leaf: self.min_weight_fraction_leaf * mass,
            random: false,
            max_features: self.max_features.of(columns),
            max_leaf_nodes: self.max_leaf_nodes,
            min_impurity_decrease: self.min_impurity_decrease,
            directions: Vec::new(),
            seed: 0,
        }
    }
}

/// What is said about `criterion`.
pub(crate) const CRITERION: &str =
    "The parameter 'criterion' is deprecated in scikit-learn and has no effect; leave it out.";
