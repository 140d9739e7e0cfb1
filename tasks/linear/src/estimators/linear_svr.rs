//! `LinearSVR`.

use pleat_guest::{
    Attribute, Error, Estimator, Fit, Info, Model, Outputs, Params, Prediction, Rows, Value,
    decode, domain::*, encode,
};
use serde::{Deserialize, Serialize};

use super::beyond;
use super::margin::{self, Settings};
use crate::line::Line;
use crate::margin::draws::Draws;
use crate::margin::primal::{Margin, Primal};
use crate::margin::problem::Problem;
use crate::margin::{dual, trust};
use crate::row_major::RowMajor;
use crate::weights;

const NAME: &str = "LinearSVR";

/// scikit-learn's `LinearSVR`.
pub struct LinearSVR {
    settings: Settings,
    epsilon: f64,
    /// Whether the dual problem is solved; None goes by the rows' number.
    dual: Option<bool>,
}

/// A fitted [`LinearSVR`].
#[derive(Serialize, Deserialize)]
pub struct FittedLinearSvr {
    line: Line,
    n_iter: u64,
}

impl Estimator for LinearSVR {
    type Model = FittedLinearSvr;
    type Shared = ();

    fn info() -> Info {
        let info = Info::regressor(NAME, "A line that most rows are near to.")
            .param(
                "epsilon",
                0.0,
                at_least(0.0),
                "From how far on a row costs.",
            )
            .param("tol", 1e-4, above(0.0), "How far from the optimum to stop.")
            .param(
                "C",
                1.0,
                above(0.0),
                "What an error costs; the smaller, the smoother.",
            )
            .param(
                "loss",
                "epsilon_insensitive",
                words(["epsilon_insensitive", "squared_epsilon_insensitive"]),
                "Whether errors cost, or squared errors.",
            );
        margin::describe_intercept(info)
            .param("dual", "auto", boolean().or(words(["auto"])), margin::DUAL)
            .param(
                "random_state",
                (),
                none().or(integers(0..=i64::from(u32::MAX))),
                "The seed of the order rows come in; 0 if None.",
            )
            .param(
                "max_iter",
                1000,
                integers(0..),
                "How many iterations at most.",
            )
            .weights()
    }

    fn new(params: &Params) -> Result<Self, Error> {
        let settings = Settings::new(NAME, params, "squared_epsilon_insensitive")?;
        let dual = match params.value("dual")? {
            Value::Boolean(dual) => Some(*dual),
            _ if !settings.squared => Some(true),
            _ => None,
        };
        if dual == Some(false) && !settings.squared {
            return Err(Error::InvalidParams(format!(
                "{NAME}: loss = 'epsilon_insensitive' needs dual = True; got False."
            )));
        }
        Ok(LinearSVR {
            settings,
            epsilon: params.get("epsilon")?,
            dual,
        })
    }

    fn fit(&self, train: &Rows<'_>, fit: &mut Fit<'_, Self>) -> Result<FittedLinearSvr, Error> {
        let settings = &self.settings;
        let weights = weights::of_rows(NAME, train)?.unwrap_or_else(|| vec![1.0; train.len()]);
        let numbers = train.numbers();
        let weighing: Vec<usize> = (0..train.len()).filter(|i| weights[*i] > 0.0).collect();
        let indices: Vec<u32> = weighing.iter().map(|i| train.indices()[*i]).collect();
        let y: Vec<f64> = weighing.iter().map(|i| numbers[*i]).collect();
        let costs: Vec<f64> = weighing.iter().map(|i| weights[*i] * settings.c).collect();
        let problem = Problem {
            rows: &RowMajor::of(train.dataset()),
            indices: &indices,
            bias: settings.bias,
            y: &y,
            costs: &costs,
        };
        let tick = |i| settings.tick(i);
        let rules = settings.rules();
        let solved = if self.dual.unwrap_or(train.len() < train.n_columns()) {
            let mut draws = Draws::new(settings.seed);
            dual::numbers(&problem, self.epsilon, rules, &mut draws, tick)?
        } else {
            let mut primal = Primal::new(&problem, Margin::Insensitive(self.epsilon));
            trust::minimise(
                &mut primal,
                problem.origin(),
                rules.tol,
                rules.max_iter,
                tick,
            )?
        };
        let n_iter = solved.iterations;
        settings
            .remark(n_iter)
            .into_iter()
            .for_each(|remark| fit.warn(remark));
        let line = settings.line(solved, train.n_columns());
        match line.is_finite() {
            true => Ok(FittedLinearSvr { line, n_iter }),
            false => Err(beyond(NAME)),
        }
    }
}

impl Model for FittedLinearSvr {
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
            Attribute::vector("intercept_", vec![self.line.intercept]),
            Attribute::number("n_iter_", self.n_iter as f64),
        ]
    }
}
