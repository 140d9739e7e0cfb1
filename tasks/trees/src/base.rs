//! The tree that an ensemble of any estimator is made of here: its parameters,
//! under the names that scikit-learn gives those of an `estimator`, and how one is
//! grown.

use std::ops::Bound::{Excluded, Included};

use pleat_guest::{Error, Info, Params, Rows, Value, domain::*};

use crate::classes::Mixture;
use crate::criteria::{Regression, mixture_named};
use crate::fit::{Ground, Measure, balance, class_counts};
use crate::quick::{MANY, quick};
use crate::settings::Settings;
use crate::tree::Tree;

const PREFIX: &str = "estimator__";

/// A classification tree.
#[derive(Clone, PartialEq)]
pub(crate) struct ClassifierBase {
    mixture: Mixture,
    balanced: bool,
    settings: Settings,
}

/// A regression tree.
#[derive(Clone, PartialEq)]
pub(crate) struct RegressorBase {
    criterion: Regression,
    settings: Settings,
}

impl ClassifierBase {
    /// Adds the parameters to a description, with this `max_depth`.
    pub(crate) fn describe(info: Info, max_depth: impl Into<Value>) -> Info {
        let info = info.param(
            "estimator__criterion",
            "gini",
            words(["gini", "entropy", "log_loss"]),
            "How mixed a node is; entropy and log_loss are the same.",
        );
        describe(info, max_depth).param(
            "estimator__class_weight",
            (),
            none().or(words(["balanced"])),
            "With balanced, rows weigh more the rarer their class is.",
        )
    }

    pub(crate) fn new(estimator: &str, params: &Params) -> Result<Self, Error> {
        Ok(ClassifierBase {
            mixture: mixture_named(params, "estimator__criterion")?,
            balanced: !matches!(params.value("estimator__class_weight")?, Value::None),
            settings: settings(estimator, params)?,
        })
    }

    pub(crate) fn seed(&self) -> u32 {
        self.settings.seed()
    }

    /// What all trees of a fit stand on.
    pub(crate) fn random(&self) -> bool {
        self.settings.random()
    }

    /// A tree that tells the second of two classes from the first, by the
    /// second's share in each leaf, where that is simple: the Gini impurity is twice the
    /// variance of 0 and 1, but for rounding, which would decide between few rows' splits.
    pub(crate) fn quick(
        &self,
        train: &Rows<'_>,
        second: &[f64],
        weights: &[f64],
        seed: u32,
    ) -> Option<Tree> {
        let plain = self.mixture == Mixture::Gini && !self.balanced && !self.settings.gains();
        if plain && second.len() >= MANY {
            quick(train, second, Some(weights), &self.settings, seed)
        } else {
            None
        }
    }

    pub(crate) fn grow(
        &self,
        ground: &Ground,
        (codes, n): (&[u32], usize),
        weights: &[f64],
        seed: u32,
    ) -> Result<Tree, Error> {
        let balanced: Vec<f64>;
        let mut weights = weights;
        if self.balanced {
            let factors = balance(&class_counts(codes, n, |_| 1.0));
            let rows = weights.iter().zip(codes);
            balanced = rows.map(|(w, code)| w * factors[*code as usize]).collect();
            weights = &balanced;
        }
        let grown = ground.classes(
            self.mixture,
            (codes, n),
            Some(weights),
            &self.settings,
            seed,
        )?;
        Ok(pruned(grown.tree, &self.settings))
    }
}

impl RegressorBase {
    /// Adds the parameters to a description, with this `max_depth`.
    pub(crate) fn describe(info: Info, max_depth: impl Into<Value>) -> Info {
        let info = info.param(
            "estimator__criterion",
            "squared_error",
            words(["squared_error", "friedman_mse", "absolute_error", "poisson"]),
            "How far a node's numbers are from its answer: from the mean, or the median for \
             absolute_error; friedman_mse is an old name of squared_error.",
        );
        describe(info, max_depth)
    }

    pub(crate) fn new(estimator: &str, params: &Params) -> Result<Self, Error> {
        Ok(RegressorBase {
            criterion: Regression::named(params, "estimator__criterion")?,
            settings: settings(estimator, params)?,
        })
    }

    pub(crate) fn seed(&self) -> u32 {
        self.settings.seed()
    }

    /// Whether thresholds are drawn.
    pub(crate) fn random(&self) -> bool {
        self.settings.random()
    }

    /// How it measures these numbers, if it can.
    pub(crate) fn measure(
        &self,
        numbers: &[f64],
        warn: impl FnMut(&str),
    ) -> Result<Measure, Error> {
        self.criterion.measure(numbers, warn)
    }

    /// A tree without much ado, where that comes to the same.
    pub(crate) fn quick(
        &self,
        train: &Rows<'_>,
        numbers: &[f64],
        weights: Option<&[f64]>,
        seed: u32,
    ) -> Option<Tree> {
        match self.criterion {
            Regression::Squared | Regression::Friedman => {
                quick(train, numbers, weights, &self.settings, seed)
            }
            Regression::Absolute | Regression::Poisson => None,
        }
    }

    pub(crate) fn grow(
        &self,
        ground: &Ground,
        measure: Measure,
        numbers: &[f64],
        weights: Option<&[f64]>,
        seed: u32,
    ) -> Result<Tree, Error> {
        let grown = ground.numbers(measure, numbers, weights, &self.settings, seed)?;
        Ok(pruned(grown.tree, &self.settings))
    }
}

fn pruned(tree: Tree, settings: &Settings) -> Tree {
    match settings.ccp_alpha() {
        Some(alpha) => tree.pruned(alpha),
        None => tree,
    }
}

fn settings(estimator: &str, params: &Params) -> Result<Settings, Error> {
    let splitters = [("best", false), ("random", true)];
    let random = params.choice("estimator__splitter", &splitters)?;
    Settings::nested(estimator, params, PREFIX, random)
}

fn describe(info: Info, max_depth: impl Into<Value>) -> Info {
    let share = |end| numbers((Excluded(0.0), end));
    info.param(
        "estimator__splitter",
        "best",
        words(["best", "random"]),
        "Whether every threshold of a column is tried, or a random one.",
    )
    .param(
        "estimator__max_depth",
        max_depth,
        none().or(integers(1..=i64::from(u32::MAX))),
        "No node lies deeper.",
    )
    .param(
        "estimator__min_samples_split",
        2i64,
        integers(2..).or(share(Included(1.0))),
        "A node of fewer rows, or of a smaller share of all, is not split.",
    )
    .param(
        "estimator__min_samples_leaf",
        1i64,
        integers(1..).or(share(Excluded(1.0))),
        "No node has fewer rows, or a smaller share of all.",
    )
    .param(
        "estimator__min_weight_fraction_leaf",
        0.0,
        numbers(0.0..=0.5),
        "No node has a smaller share of the weight of all rows.",
    )
    .param(
        "estimator__max_features",
        (),
        none()
            .or(words(["sqrt", "log2"]))
            .or(integers(1..))
            .or(share(Included(1.0))),
        "How many columns are drawn at each node, or what share of them; all if None.",
    )
    .param(
        "estimator__max_leaf_nodes",
        (),
        none().or(integers(2..)),
        "The most promising nodes are split first, until there are so many leaves.",
    )
    .param(
        "estimator__min_impurity_decrease",
        0.0,
        at_least(0.0),
        "A split that lowers the impurity by less is not made.",
    )
    .param(
        "estimator__ccp_alpha",
        0.0,
        at_least(0.0),
        "Branches that lower the impurity by less for each leaf more are cut off again.",
    )
}
