//! The estimators' descriptions and their glue: parameters in, lines out.

mod elastic_net;
mod huber_regressor;
mod linear_regression;
mod linear_svc;
mod linear_svr;
mod lines;
mod logistic_regression;
mod margin;
mod ridge;
mod ridge_classifier;
mod sgd;
mod sgd_classifier;
mod sgd_regressor;
mod tweedie;

pub use elastic_net::{ElasticNet, Lasso};
pub use huber_regressor::{FittedHuber, HuberRegressor};
pub use linear_regression::LinearRegression;
pub use linear_svc::{FittedLinearSvc, LinearSVC};
pub use linear_svr::{FittedLinearSvr, LinearSVR};
pub use logistic_regression::{FittedLogistic, LogisticRegression};
pub use ridge::{Ridge, Shared};
pub use ridge_classifier::{FittedRidgeClassifier, RidgeClassifier};
pub use sgd_classifier::{FittedSgdClassifier, SGDClassifier};
pub use sgd_regressor::{FittedSgd, SGDRegressor};
pub use tweedie::{FittedTweedie, GammaRegressor, PoissonRegressor, TweedieRegressor};

use pleat_guest::{Attribute, Error, Model, Outputs, Prediction, Rows, decode, encode};
use serde::{Deserialize, Serialize};

use crate::centred::Centred;
use crate::gather::Gather;
use crate::line::Line;

/// What regressors come to that are not searched for at random.
#[derive(Serialize, Deserialize)]
pub struct FittedLine {
    line: Line,
    /// How many passes it took, where there were any.
    n_iter: Option<u64>,
}

impl FittedLine {
    /// The line, if its numbers are numbers.
    fn checked(estimator: &str, line: Line) -> Result<Self, Error> {
        match line.is_finite() {
            true => Ok(FittedLine { line, n_iter: None }),
            false => Err(beyond(estimator)),
        }
    }
}

/// The rows of a fit and their targets, centred and weighted.
fn centred(
    train: &Rows<'_>,
    targets: Vec<f64>,
    weights: Option<&[f64]>,
    fit_intercept: bool,
) -> Centred {
    let gather = Gather::new(train);
    let append = |c: usize, to: &mut Vec<f64>| gather.append(c, to);
    let columns = gather.columns();
    Centred::gathered(
        columns,
        append,
        targets,
        train.len(),
        weights,
        fit_intercept,
    )
}

/// What is said where numbers have become too large.
fn beyond(estimator: &str) -> Error {
    Error::InvalidData(format!(
        "{estimator}: the inner products of the columns are beyond all numbers. Scale the data."
    ))
}

impl Model for FittedLine {
    fn predict(&self, rows: &Rows<'_>, _: Outputs) -> Result<Prediction, Error> {
        Ok(Prediction::numbers(self.line.of_rows(&Gather::new(rows))))
    }

    fn attributes(&self) -> Vec<Attribute> {
        let mut out = vec![
            Attribute::vector("coef_", self.line.coefficients.clone()),
            Attribute::number("intercept_", self.line.intercept),
        ];
        out.extend(self.n_iter.map(|n| Attribute::number("n_iter_", n as f64)));
        out
    }

    fn save(&self) -> Result<Vec<u8>, Error> {
        encode(self)
    }

    fn load(bytes: &[u8]) -> Result<Self, Error> {
        decode(bytes)
    }
}
