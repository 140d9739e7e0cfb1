//! What the parameters of trees mean, alone and in forests.

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
    monotonic_cst: Option<Vec<i8>>,
    random_state: Option<u32>,
}

/// A number of rows, or a share of all.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Count {
    Rows(usize),
    Share(f64),
}

/// How many columns are drawn at each node.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum MaxFeatures {
    All,
    Sqrt,
    Log2,
    Columns(usize),
    Share(f64),
}

impl Settings {
    /// Adds the parameters up to `max_features` to a description.
    pub(crate) fn describe_size(info: Info, max_features: impl Into<Value>) -> Info {
        let share = |end| numbers((Excluded(0.0), end));
        info.param(
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
            max_features,
            none()
                .or(words(["sqrt", "log2"]))
                .or(integers(1..))
                .or(share(Included(1.0))),
            "How many columns are drawn at each node, or what share of them; all if None.",
        )
    }

    /// Adds `splitter`.
    pub(crate) fn describe_splitter(info: Info) -> Info {
        info.param(
            "splitter",
            "best",
            words(["best", "random"]),
            "Whether every threshold of a column is tried, or a random one.",
        )
    }

    /// Adds `random_state`.
    pub(crate) fn describe_draws(info: Info, doc: &str) -> Info {
        let seeds = none().or(integers(0..=i64::from(u32::MAX)));
        info.param("random_state", 0i64, seeds, doc)
    }

    /// Adds the parameters that say when to stop.
    pub(crate) fn describe_end(info: Info) -> Info {
        info.param(
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
    }

    /// Adds `ccp_alpha`.
    pub(crate) fn describe_pruning(info: Info) -> Info {
        info.param(
            "ccp_alpha",
            0.0,
            at_least(0.0),
            "Branches that lower the impurity by less for each leaf more are cut off again.",
        )
    }

    /// Adds `monotonic_cst`.
    pub(crate) fn describe_directions(info: Info) -> Info {
        info.param(
            "monotonic_cst",
            (),
            none().or(json()),
            "For each column whether predictions rise with it (1), fall (-1), or neither (0); of \
             two classes it is the second one's probability.",
        )
    }

    /// Reads all of them; `random` says whether thresholds are drawn.
    pub(crate) fn new(estimator: &str, params: &Params, random: bool) -> Result<Self, Error> {
        Ok(Settings {
            monotonic_cst: directions(params)?,
            ..Settings::nested(estimator, params, "", random)?
        })
    }

    /// Reads those of the trees that an estimator is made of, whose names begin
    /// with this, and the estimator's `random_state`. They have no
    /// `monotonic_cst`.
    pub(crate) fn nested(
        estimator: &str,
        params: &Params,
        prefix: &str,
        random: bool,
    ) -> Result<Self, Error> {
        let name = |name: &str| format!("{prefix}{name}");
        let count = |of: &str, least| Count::of(params, estimator, &name(of), least);
        Ok(Settings {
            random,
            max_depth: params.get(&name("max_depth"))?,
            min_samples_split: count("min_samples_split", 2)?,
            min_samples_leaf: count("min_samples_leaf", 1)?,
            min_weight_fraction_leaf: params.get(&name("min_weight_fraction_leaf"))?,
            max_features: MaxFeatures::new(params, &name("max_features"))?,
            max_leaf_nodes: params.get(&name("max_leaf_nodes"))?,
            min_impurity_decrease: params.get(&name("min_impurity_decrease"))?,
            ccp_alpha: params.get(&name("ccp_alpha"))?,
            monotonic_cst: None,
            random_state: params.get("random_state")?,
        })
    }

    /// What the draws start from.
    pub(crate) fn seed(&self) -> u32 {
        self.random_state.unwrap_or(0)
    }

    /// Whether thresholds are drawn.
    pub(crate) fn random(&self) -> bool {
        self.random
    }

    /// Checks the directions against the rows; of two classes they are meant
    /// for the second one, while trees hold the first one to them.
    pub(crate) fn for_rows(&self, columns: usize, classes: usize) -> Result<Self, Error> {
        let mut settings = self.clone();
        let Some(directions) = &mut settings.monotonic_cst else {
            return Ok(settings);
        };
        if directions.len() != columns {
            return Err(Error::InvalidParams(format!(
                "monotonic_cst has {} entries, but there are {columns} features.",
                directions.len()
            )));
        }
        if classes > 2 {
            return Err(Error::InvalidParams(format!(
                "monotonic_cst works with two classes; there are {classes}."
            )));
        }
        if classes > 0 {
            directions.iter_mut().for_each(|d| *d = -*d);
        }
        Ok(settings)
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

    /// Whether a split or a branch must lower the impurity by a certain amount.
    pub(crate) fn gains(&self) -> bool {
        self.min_impurity_decrease > 0.0 || self.ccp_alpha > 0.0
    }

    /// How much a branch must be worth, if anything.
    pub(crate) fn ccp_alpha(&self) -> Option<f64> {
        (self.ccp_alpha > 0.0).then_some(self.ccp_alpha)
    }

    /// The rules for so many rows, which weigh so much, and columns, with draws
    /// from this seed.
    pub(crate) fn rules(&self, rows: usize, mass: f64, columns: usize, seed: u32) -> Rules {
        Rules {
            max_depth: self.max_depth,
            min_samples_split: self.min_samples_split.of_rows(rows, 2),
            min_samples_leaf: self.min_samples_leaf.of_rows(rows, 1),
            min_weight_leaf: self.min_weight_fraction_leaf * mass,
            random: self.random,
            max_features: self.max_features.of(columns),
            max_leaf_nodes: self.max_leaf_nodes,
            min_impurity_decrease: self.min_impurity_decrease,
            directions: self.monotonic_cst.clone().unwrap_or_default(),
            seed,
        }
    }
}

/// `monotonic_cst`, each -1, 0 or 1.
fn directions(params: &Params) -> Result<Option<Vec<i8>>, Error> {
    let given: Option<Vec<i64>> = params.get("monotonic_cst")?;
    let one = |d: &i64| i8::try_from(*d).ok().filter(|d| (-1..=1).contains(d));
    let Some(given) = given else {
        return Ok(None);
    };
    let all: Option<Vec<i8>> = given.iter().map(one).collect();
    match all {
        Some(all) => Ok(Some(all)),
        None => Err(Error::InvalidParams(format!(
            "monotonic_cst must be None or a list of -1, 0 and 1. Got {given:?}."
        ))),
    }
}

impl Count {
    /// A whole number is a count, even where the domain of the shares would
    /// have it: as in scikit-learn, 1 is one row and 1.0 is all of them.
    pub(crate) fn of(
        params: &Params,
        estimator: &str,
        name: &str,
        least: i64,
    ) -> Result<Self, Error> {
        match params.value(name)? {
            Value::Number(share) => Ok(Count::Share(*share)),
            Value::Integer(n) if *n < least => Err(Error::InvalidParams(format!(
                "The '{name}' parameter of {estimator} must be an int in the range \
                 [{least}, inf) or a float in the range (0.0, 1.0]. Got {n} instead.",
            ))),
            _ => Ok(Count::Rows(params.get(name)?)),
        }
    }

    pub(crate) fn of_rows(self, rows: usize, least: usize) -> usize {
        match self {
            Count::Rows(n) => n,
            Count::Share(share) => least.max((share * rows as f64).ceil() as usize),
        }
    }
}

impl MaxFeatures {
    pub(crate) fn new(params: &Params, name: &str) -> Result<Self, Error> {
        Ok(match params.value(name)? {
            Value::None => MaxFeatures::All,
            Value::Text(word) if word == "log2" => MaxFeatures::Log2,
            Value::Text(_) => MaxFeatures::Sqrt,
            Value::Number(share) => MaxFeatures::Share(*share),
            _ => MaxFeatures::Columns(params.get(name)?),
        })
    }

    pub(crate) fn of(self, columns: usize) -> usize {
        match self {
            MaxFeatures::All => columns,
            MaxFeatures::Sqrt => columns.isqrt().max(1),
            MaxFeatures::Log2 => (columns.max(1).ilog2() as usize).max(1),
            MaxFeatures::Columns(n) => n,
            MaxFeatures::Share(share) => ((share * columns as f64) as usize).max(1),
        }
    }
}
