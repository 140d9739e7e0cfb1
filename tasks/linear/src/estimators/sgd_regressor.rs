//! `SGDRegressor`.

use pleat_guest::{
    Attribute, Error, Estimator, Fit, Info, Model, Outputs, Params, Prediction, Rows, decode,
    encode,
};
use pleat_num::rng::RandomState;
use serde::{Deserialize, Serialize};

use super::sgd::{self, Named, Settings};
use crate::line::Line;
use crate::sgd::descent::Task;
use crate::sgd::losses::Loss;
use crate::weights;

const NAME: &str = "SGDRegressor";

/// scikit-learn's `SGDRegressor`.
pub struct SGDRegressor(Settings);

/// A fitted [`SGDRegressor`].
#[derive(Serialize, Deserialize)]
pub struct FittedSgd {
    line: Line,
    n_iter: u64,
}

impl Estimator for SGDRegressor {
    type Model = FittedSgd;
    type Shared = ();

    fn info() -> Info {
        let info = Info::regressor(NAME, "A line fitted by stochastic gradient descent.").weights();
        let losses = [
            "squared_error",
            "huber",
            "epsilon_insensitive",
            "squared_epsilon_insensitive",
        ];
        sgd::describe(info, losses, "invscaling", 0.25, false)
    }

    fn new(params: &Params) -> Result<Self, Error> {
        let losses: [Named; 4] = [
            ("squared_error", |_| Loss::Squared),
            ("huber", Loss::Huber),
            ("epsilon_insensitive", Loss::Insensitive),
            ("squared_epsilon_insensitive", Loss::SquaredInsensitive),
        ];
        Settings::new(NAME, params, &losses, "epsilon_insensitive").map(SGDRegressor)
    }

    fn fit(&self, train: &Rows<'_>, fit: &mut Fit<'_, Self>) -> Result<FittedSgd, Error> {
        let weights = weights::of_rows(NAME, train)?.unwrap_or_else(|| vec![1.0; train.len()]);
        let held = self.0.held(train.len(), None, &weights)?;
        let mut rng = RandomState::new(self.0.seed);
        let end = self.0.run(&Task {
            rows: &sgd::rows(train),
            indices: train.indices(),
            of_classes: false,
            y: &train.numbers(),
            weights: &weights,
            row_weights: &weights,
            held: held.as_deref(),
            seed: sgd::seed(&mut rng),
        })?;
        let n_iter = end.epochs;
        self.0
            .remarks(n_iter)
            .into_iter()
            .for_each(|remark| fit.warn(remark));
        let steps = n_iter as f64 * train.len() as f64;
        let (mut coefficients, intercept) = self.0.chosen(end, steps);
        coefficients.truncate(train.n_columns());
        let line = Line {
            coefficients,
            intercept,
        };
        Ok(FittedSgd { line, n_iter })
    }
}

impl Model for FittedSgd {
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
