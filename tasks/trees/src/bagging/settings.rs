//! What the parameters of both estimators mean, besides those of their trees.

use std::ops::Bound::{Excluded, Included};

use pleat_guest::{Error, Info, Params, Value, domain::*};

/// How many trees, of which rows and columns.
#[derive(Clone, Copy, PartialEq)]
pub(crate) struct BaggingSettings {
    pub(crate) n_estimators: usize,
    /// None for as many as there are.
    max_samples: Option<Size>,
    max_features: Size,
    pub(crate) bootstrap: bool,
    pub(crate) bootstrap_features: bool,
}

/// A number, or a share of all.
#[derive(Clone, Copy, PartialEq)]
enum Size {
    Number(usize),
    Share(f64),
}

impl Size {
    fn new(params: &Params, name: &str) -> Result<Self, Error> {
        match params.value(name)? {
            Value::Number(share) => Ok(Size::Share(*share)),
            _ => Ok(Size::Number(params.get(name)?)),
        }
    }
}

impl BaggingSettings {
    pub(crate) fn describe(info: Info) -> Info {
        let share = || integers(1..).or(numbers((Excluded(0.0), Included(1.0))));
        info.param(
            "n_estimators",
            10i64,
            integers(1..=1 << 20),
            "How many trees there are.",
        )
        .param(
            "max_samples",
            (),
            none().or(share()),
            "How many rows are drawn for each tree, or what share of all; as many as there are if \
             None.",
        )
        .param(
            "max_features",
            1.0,
            share(),
            "How many columns are drawn for each tree, or what share of all.",
        )
        .param(
            "bootstrap",
            true,
            boolean(),
            "Whether a row may be drawn twice.",
        )
        .param(
            "bootstrap_features",
            false,
            boolean(),
            "Whether a column may be drawn twice.",
        )
    }

    pub(crate) fn new(params: &Params) -> Result<Self, Error> {
        Ok(BaggingSettings {
            n_estimators: params.get("n_estimators")?,
            max_samples: match params.value("max_samples")? {
                Value::None => None,
                _ => Some(Size::new(params, "max_samples")?),
            },
            max_features: Size::new(params, "max_features")?,
            bootstrap: params.get("bootstrap")?,
            bootstrap_features: params.get("bootstrap_features")?,
        })
    }

    /// The same for any number of trees.
    pub(crate) fn of_any_size(self) -> Self {
        BaggingSettings {
            n_estimators: 0,
            ..self
        }
    }

    /// How many rows are drawn, of so many that weigh so much.
    pub(crate) fn samples(&self, rows: usize, mass: f64) -> Result<usize, Error> {
        let n = match self.max_samples {
            None => rows,
            Some(Size::Number(n)) => n,
            Some(Size::Share(share)) => ((share * mass) as usize).max(1),
        };
        if !self.bootstrap && n > rows {
            return Err(Error::InvalidParams(format!(
                "max_samples comes to {n} rows, and without bootstrap there are but {rows} to \
                 draw."
            )));
        }
        Ok(n)
    }

    /// How many columns are drawn.
    pub(crate) fn features(&self, columns: usize) -> Result<usize, Error> {
        let n = match self.max_features {
            Size::Number(n) => n,
            Size::Share(share) => ((share * columns as f64) as usize).max(1),
        };
        if n > columns {
            return Err(Error::InvalidParams(format!(
                "max_features is {n}, but there are {columns} features."
            )));
        }
        Ok(n)
    }

    /// What scikit-learn says of a share that comes to few draws.
    pub(crate) fn warning(&self, rows: usize, samples: usize) -> Option<String> {
        // Its bound is the larger of 10 and the cube root of the rows.
        let few = samples < 10 || (samples as u64).pow(3) < rows as u64;
        match self.max_samples {
            Some(Size::Share(share)) if few => Some(format!(
                "max_samples={share:?} comes to {samples} rows for each tree; an int says how \
                 many are meant."
            )),
            _ => None,
        }
    }
}
