//! What the parameters of both trees mean.

use std::ops::Bound::{Excluded, Included};

use pleat_guest::{Error, Info, Params, Value, domain::*};

use crate::grow::Rules;

/// The parameters that say when to split, and where.
#[derive(Clone, PartialEq)]
pub(crate) struct Settings {
    random: bool,
    pub(crate) max_depth: Option<u32>,
    min_samples_split: Count,
    min_samples_leaf: Count,
    min_weight_fraction_leaf: f64,
    max_features: MaxFeatures,
    max_leaf_nodes: Option<usize>,
    min_impurity_decrease: f64,
    ccp_alpha: f64,
    random_state: Option<u32>,
}

/// A number of rows, or a share of all.
#[derive(Clone, Copy, PartialEq)]
enum Count {
    Rows(usize),
    Share(f64),
}

/// How many columns are drawn at each node.
#[derive(Clone, Copy, PartialEq)]
enum MaxFeatures {
    All,
    Sqrt,
    Log2,
    Columns(usize),
    Share(f64),
}

impl Settings {
    /// Adds the parameters to a description.
    pub(crate) fn describe(info: Info) -> Info {
        let share = |end| numbers((Excluded(0.0), end));
        info.param(
            "splitter",
            "best",
            words(["best", "random"]),
            "Whether every threshold of a column is tried, or a random one.",
        )
        .param(
            "max_depth",
            (),
            none().or(integers(1..=i64::from(u32::MAX))),
            "No node lies deeper.",
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
            "max_features",
            (),
            none()
                .or(words(["sqrt", "log2"]))
                .or(integers(1..))
                .or(share(Included(1.0))),
            "How many columns are drawn at each node, or what share of them; all if None.",
        )
        .param(
            "random_state",
            0i64,
            none().or(integers(0..=i64::from(u32::MAX))),
            "What the draws start from, of columns and of which of equal splits wins; None is 0.",
        )
        .param(
            "max_leaf_nodes",
            (),
            none().or(integers(2..)),
            "The most promising nodes are split first, until there are so many leaves.",
        )
        .param(
            "min_impurity_decrease",
            0.0,
            at_least(0.0),
            "A split that lowers the impurity by less is not made.",
        )
        .param(
            "ccp_alpha",
            0.0,
            at_least(0.0),
            "Branches that lower the impurity by less for each leaf more are cut off again.",
        )
    }

    pub(crate) fn new(estimator: &str, params: &Params) -> Result<Self, Error> {
        Ok(Settings {
            random: params.choice("splitter", &[("best", false), ("random", true)])?,
            max_depth: params.get("max_depth")?,
            min_samples_split: Count::of(params, estimator, "min_samples_split", 2)?,
            min_samples_leaf: Count::of(params, estimator, "min_samples_leaf", 1)?,
            min_weight_fraction_leaf: params.get("min_weight_fraction_leaf")?,
            max_features: match params.value("max_features")? {
                Value::None => MaxFeatures::All,
                Value::Text(word) if word == "log2" => MaxFeatures::Log2,
                Value::Text(_) => MaxFeatures::Sqrt,
                Value::Number(share) => MaxFeatures::Share(*share),
                _ => MaxFeatures::Columns(params.get("max_features")?),
            },
            max_leaf_nodes: params.get("max_leaf_nodes")?,
            min_impurity_decrease: params.get("min_impurity_decrease")?,
            ccp_alpha: params.get("ccp_alpha")?,
            random_state: params.get("random_state")?,
        })
    }

    /// Whether a shallower tree is the deeper one cut off, as long as draws do
    /// not matter: nodes are made depth first, and all splits looked at.
    pub(crate) fn nests(&self, columns: usize) -> bool {
        !self.random && self.max_leaf_nodes.is_none() && self.max_features.of(columns) >= columns
    }

    /// The same with another `max_depth`.
    pub(crate) fn at_depth(&self, max_depth: Option<u32>) -> Self {
        Settings {
            max_depth,
            ..self.clone()
        }
    }

    /// How much a branch must be worth, if anything.
    pub(crate) fn ccp_alpha(&self) -> Option<f64> {
        (self.ccp_alpha > 0.0).then_some(self.ccp_alpha)
    }

    /// The rules for so many rows, which weigh so much, and columns.
    pub(crate) fn rules(&self, rows: usize, mass: f64, columns: usize) -> Rules {
        Rules {
            max_depth: self.max_depth,
            min_samples_split: self.min_samples_split.of_rows(rows, 2),
            min_samples_leaf: self.min_samples_leaf.of_rows(rows, 1),
            min_weight_leaf: self.min_weight_fraction_leaf * mass,
            random: self.random,
            max_features: self.max_features.of(columns),
            max_leaf_nodes: self.max_leaf_nodes,
            min_impurity_decrease: self.min_impurity_decrease,
            seed: self.random_state.unwrap_or(0),
        }
    }
}

impl Count {
    /// A whole number is a count, even where the domain of the shares would
    /// have it: as in scikit-learn, 1 is one row and 1.0 is all of them.
    fn of(params: &Params, estimator: &str, name: &str, least: i64) -> Result<Self, Error> {
        match params.value(name)? {
            Value::Number(share) => Ok(Count::Share(*share)),
            Value::Integer(n) if *n < least => Err(Error::InvalidParams(format!(
                "The '{name}' parameter of {estimator} must be an int in the range \
                 [{least}, inf) or a float in the range (0.0, 1.0]. Got {n} instead.",
            ))),
            _ => Ok(Count::Rows(params.get(name)?)),
        }
    }

    fn of_rows(self, rows: usize, least: usize) -> usize {
        match self {
            Count::Rows(n) => n,
            Count::Share(share) => least.max((share * rows as f64).ceil() as usize),
        }
    }
}

impl MaxFeatures {
    fn of(self, columns: usize) -> usize {
        match self {
            MaxFeatures::All => columns,
            MaxFeatures::Sqrt => columns.isqrt().max(1),
            MaxFeatures::Log2 => (columns.max(1).ilog2() as usize).max(1),
            MaxFeatures::Columns(n) => n,
            MaxFeatures::Share(share) => ((share * columns as f64) as usize).max(1),
        }
    }
}
