//! smartcore's linear regression.

use pleat_guest::{
    Error, Estimator, Fit, Info, Model, Outputs, Params, Prediction, Rows, decode, encode,
};
use serde::{Deserialize, Serialize};
use smartcore::linear::linear_regression::{
    LinearRegression as Regression, LinearRegressionParameters,
};

use crate::{Matrix, matrix, refusal};

/// scikit-learn's `LinearRegression`, by smartcore.
pub struct LinearRegression;

/// A fitted [`LinearRegression`].
#[derive(Serialize, Deserialize)]
pub struct FittedLine(Regression<f64, f64, Matrix, Vec<f64>>);

impl Estimator for LinearRegression {
    type Model = FittedLine;
    type Shared = ();

    fn info() -> Info {
        Info::regressor(
            "LinearRegression",
            "Least squares with an intercept, by the crate smartcore (singular values); needs more rows than columns.",
        )
    }

    fn new(_: &Params) -> Result<Self, Error> {
        Ok(LinearRegression)
    }

    fn fit(&self, train: &Rows<'_>, _: &mut Fit<'_, Self>) -> Result<FittedLine, Error> {
        let (rows, columns) = (train.len(), train.n_columns());
        if rows <= columns {
            return Err(Error::InvalidData(format!(
                "LinearRegression needs more rows than columns, but n_samples = {rows}, \
                 n_features = {columns}. Ridge takes any."
            )));
        }
        let parameters = LinearRegressionParameters::default();
        Regression::fit(&matrix(train)?, &train.numbers(), parameters)
            .map(FittedLine)
            .map_err(refusal)
    }
}

impl Model for FittedLine {
    fn predict(&self, rows: &Rows<'_>, _: Outputs) -> Result<Prediction, Error> {
        self.0
            .predict(&matrix(rows)?)
            .map(Prediction::numbers)
            .map_err(refusal)
    }

    fn save(&self) -> Result<Vec<u8>, Error> {
        encode(self)
    }

    fn load(bytes: &[u8]) -> Result<Self, Error> {
        decode(bytes)
    }
}
