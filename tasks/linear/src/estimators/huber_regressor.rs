//! `HuberRegressor`.

use pleat_guest::{
    Attribute, Error, Estimator, Fit, Info, Model, Outputs, Params, Prediction, Rows, decode,
    domain::*, encode, go_on,
};
use pleat_num::sum;
use serde::{Deserialize, Serialize};

use super::beyond;
use crate::line::Line;
use crate::smooth::columns::Columns;
use crate::smooth::huber::Huber;
use crate::smooth::newton;
use crate::weights;

const NAME: &str = "HuberRegressor";

/// scikit-learn's `HuberRegressor`.
pub struct HuberRegressor {
    epsilon: f64,
    max_iter: u64,
    alpha: f64,
    fit_intercept: bool,
    tol: f64,
}

/// A fitted [`HuberRegressor`].
#[derive(Serialize, Deserialize)]
pub struct FittedHuber {
    line: Line,
    scale: f64,
    n_iter: u64,
}

impl Estimator for HuberRegressor {
    type Model = FittedHuber;
    type Shared = ();

    fn info() -> Info {
        Info::regressor(
            NAME,
            "A line by squared distances, but straight ones of rows far off.",
        )
        .param(
            "epsilon",
            1.35,
            at_least(1.0),
            "From how many scales on distances count straight.",
        )
        .param(
            "max_iter",
            100,
            integers(0..),
            "How many steps of Newton's method at most.",
        )
        .param(
            "alpha",
            1e-4,
            at_least(0.0),
            "How much squared coefficients are penalised.",
        )
        .param(
            "fit_intercept",
            true,
            boolean(),
            "Whether the line need not pass through zero.",
        )
        .param(
            "tol",
            1e-5,
            at_least(0.0),
            "The search ends when no number of the gradient is above this.",
        )
        .weights()
    }

    fn new(params: &Params) -> Result<Self, Error> {
        Ok(HuberRegressor {
            epsilon: params.get("epsilon")?,
            max_iter: params.get("max_iter")?,
            alpha: params.get("alpha")?,
            fit_intercept: params.get("fit_intercept")?,
            tol: params.get("tol")?,
        })
    }

    fn fit(&self, train: &Rows<'_>, fit: &mut Fit<'_, Self>) -> Result<FittedHuber, Error> {
        let weights = weights::of_rows(NAME, train)?.unwrap_or_else(|| vec![1.0; train.len()]);
        let huber = Huber {
            columns: Columns::new(train.column_major(), train.len(), self.fit_intercept),
            intercept: self.fit_intercept,
            y: train.numbers(),
            weights,
            epsilon: self.epsilon,
            alpha: self.alpha,
        };
        let tick = |step| go_on(step as f64 / self.max_iter.max(1) as f64);
        let start = start(&huber);
        let end = newton::minimise(&huber, start, self.tol, self.max_iter, tick)?;
        if !end.converged {
            fit.warn(format!(
                "{NAME} did not converge within max_iter = {} steps. Raise it or tol, or scale \
                 the data.",
                self.max_iter
            ));
        }
        let mut coefficients = end.at;
        let scale = coefficients.pop().unwrap_or(0.0);
        let intercept = if self.fit_intercept {
            coefficients.pop()
        } else {
            None
        };
        let line = Line {
            coefficients,
            intercept: intercept.unwrap_or(0.0),
        };
        match line.is_finite() && scale.is_finite() {
            true => Ok(FittedHuber {
                line,
                scale,
                n_iter: end.iterations,
            }),
            false => Err(beyond(NAME)),
        }
    }
}

/// The mean for a line, and the deviation from it for a scale.
fn start(huber: &Huber) -> Vec<f64> {
    let total = sum::pairwise(&huber.weights);
    let mean_of = |f: &dyn Fn(f64) -> f64| {
        let terms: Vec<f64> = huber
            .y
            .iter()
            .zip(&huber.weights)
            .map(|(y, w)| w * f(*y))
            .collect();
        sum::pairwise(&terms) / total
    };
    let mean = if huber.intercept {
        mean_of(&|y| y)
    } else {
        0.0
    };
    let deviation = mean_of(&|y| (y - mean) * (y - mean)).sqrt();
    let mut at = vec![0.0; huber.columns.width()];
    if let (true, Some(last)) = (huber.intercept, at.last_mut()) {
        *last = mean;
    }
    at.push(if deviation > 0.0 { deviation } else { 1.0 });
    at
}

impl Model for FittedHuber {
    fn predict(&self, rows: &Rows<'_>, _: Outputs) -> Result<Prediction, Error> {
        let columns = (0..rows.n_columns()).map(|c| rows.column(c));
        Ok(Prediction::numbers(self.line.predict(columns, rows.len())))
    }

    fn save(&self) -> Result<Vec<u8>, Error> {
        encode(self)
    }

    fn load(bytes: &[u8]) -> Result<Self, Error> {
        decode(bytes)
    }

    fn attributes(&self) -> Vec<Attribute> {
        vec![
            Attribute::vector("coef_", self.line.coefficients.clone()),
            Attribute::number("intercept_", self.line.intercept),
            Attribute::number("scale_", self.scale),
            Attribute::number("n_iter_", self.n_iter as f64),
        ]
    }
}
