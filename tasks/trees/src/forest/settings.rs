//! What the parameters of a forest mean, besides those of its trees.

use std::ops::Bound::{Excluded, Unbounded};

use pleat_guest::{Error, Info, Params, Value, domain::*};

use crate::settings::Settings;

/// How many trees, of what rows, and how each grows.
#[derive(Clone, PartialEq)]
pub(crate) struct ForestSettings {
    pub(crate) n_estimators: usize,
    pub(crate) bootstrap: bool,
    max_samples: MaxSamples,
    pub(crate) tree: Settings,
}

/// How many rows are drawn for a tree.
#[derive(Clone, Copy, PartialEq)]
enum MaxSamples {
    /// As many as there are.
    All,
    Rows(usize),
    /// A share of the rows, or of their weight.
    Share(f64),
}

impl ForestSettings {
    pub(crate) fn describe_number(info: Info) -> Info {
        info.param("n_estimators", 100i64, integers(1..), "How many trees.")
    }

    /// The parameters from `max_depth` on up to `random_state`.
    pub(crate) fn describe(info: Info, max_features: impl Into<Value>, bootstrap: bool) -> Info {
        let info = Settings::describe_end(Settings::describe_size(info, max_features)).param(
            "bootstrap",
            bootstrap,
            boolean(),
            "Whether each tree has rows of its own, drawn with replacement, or all have all.",
        );
        Settings::describe_draws(
            info,
            "What the draws start from, of rows, columns and thresholds; None is 0.",
        )
    }

    /// The parameters after `class_weight`, and what forests can do.
    pub(crate) fn describe_rest(info: Info) -> Info {
        let info = Settings::describe_pruning(info).param(
            "max_samples",
            (),
            none()
                .or(integers(1..))
                .or(numbers((Excluded(0.0), Unbounded))),
            "With bootstrap, how many rows are drawn for each tree, or what share of all; as many \
             as there are if None.",
        );
        Settings::describe_directions(info)
            .weights()
            .missing()
            .shares(&["n_estimators"])
    }

    pub(crate) fn new(estimator: &str, params: &Params, random: bool) -> Result<Self, Error> {
        let settings = ForestSettings {
            n_estimators: params.get("n_estimators")?,
            bootstrap: params.get("bootstrap")?,
            max_samples: match params.value("max_samples")? {
                Value::None => MaxSamples::All,
                Value::Number(share) => MaxSamples::Share(*share),
                _ => MaxSamples::Rows(params.get("max_samples")?),
            },
            tree: Settings::new(estimator, params, random)?,
        };
        if !settings.bootstrap && settings.max_samples != MaxSamples::All {
            return Err(Error::InvalidParams(format!(
                "max_samples of {estimator} says how many rows to draw, and without bootstrap \
                 none are. Set bootstrap, or max_samples to None."
            )));
        }
        Ok(settings)
    }

    /// The same forest but for its size.
    pub(crate) fn of_any_size(&self) -> Self {
        ForestSettings {
            n_estimators: 0,
            ..self.clone()
        }
    }

    /// How many rows are drawn for a tree, of so many that weigh so much.
    pub(crate) fn draws(&self, rows: usize, mass: f64) -> usize {
        match self.max_samples {
            MaxSamples::All => rows,
            MaxSamples::Rows(n) => n,
            MaxSamples::Share(share) => ((share * mass) as usize).max(1),
        }
    }

    /// What scikit-learn says of a share that comes to few draws.
    pub(crate) fn warning(&self, rows: usize, draws: usize) -> Option<String> {
        // Its bound is the larger of 10 and the cube root of the rows.
        let few = draws < 10 || (draws as u64).pow(3) < rows as u64;
        match self.max_samples {
            MaxSamples::Share(share) if few => Some(format!(
                "max_samples={share:?} comes to {draws} rows for each tree; an int says how many \
                 are meant."
            )),
            _ => None,
        }
    }
}
