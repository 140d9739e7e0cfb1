//! `DummyRegressor`: its description and its glue.

use pleat_guest::{
    Error, Estimator, Fit, Info, Model, Outputs, Params, Prediction, Rows, decode, domain::*,
    encode,
};
use serde::{Deserialize, Serialize};

use crate::quantile::{average, median, quantile};

/// scikit-learn's `DummyRegressor`.
pub enum DummyRegressor {
    /// The mean of the training targets.
    Mean,
    /// Their median.
    Median,
    /// One of their quantiles.
    Quantile(f64),
    /// A number that was given.
    Constant(f64),
}

/// A fitted [`DummyRegressor`].
#[derive(Serialize, Deserialize)]
pub struct FittedRegressor(f64);

impl Estimator for DummyRegressor {
    type Model = FittedRegressor;
    type Shared = ();

    fn info() -> Info {
        Info::regressor(
            "DummyRegressor",
            "One number for all, without a look at the features: what any other regressor should beat.",
        )
        .param(
            "strategy",
            "mean",
            words(["mean", "median", "quantile", "constant"]),
            "What the number is of the training targets, or that it is constant.",
        )
        .param(
            "constant",
            (),
            none().or(numbers(..)),
            "The number of the constant strategy.",
        )
        .param(
            "quantile",
            (),
            none().or(numbers(0.0..=1.0)),
            "Which quantile: 0 is the lowest target, 0.5 the median, 1 the highest.",
        )
        .weights()
        .missing()
    }

    fn new(params: &Params) -> Result<Self, Error> {
        let constant: Option<f64> = params.get("constant")?;
        let share: Option<f64> = params.get("quantile")?;
        let unset = |what: &str| Error::InvalidParams(what.into());
        match params.get::<String>("strategy")?.as_str() {
            "median" => Ok(DummyRegressor::Median),
            "quantile" => share.map(DummyRegressor::Quantile).ok_or_else(|| {
                unset(
                    "When using `strategy='quantile', you have to specify the desired quantile in \
                     the range [0, 1].",
                )
            }),
            "constant" => match constant {
                Some(number) if number.is_finite() => Ok(DummyRegressor::Constant(number)),
                Some(number) => Err(unset(&format!(
                    "The 'constant' parameter of DummyRegressor must be finite. Got {number} instead."
                ))),
                None => Err(unset(
                    "Constant target value has to be specified when the constant strategy is used.",
                )),
            },
            _ => Ok(DummyRegressor::Mean),
        }
    }

    fn fit(&self, train: &Rows<'_>, _: &mut Fit<'_, Self>) -> Result<FittedRegressor, Error> {
        if let DummyRegressor::Constant(number) = self {
            return Ok(FittedRegressor(*number));
        }
        let numbers = train.numbers();
        let weights = train.weights();
        if weights.iter().any(|w| w.iter().all(|w| *w == 0.0)) {
            let sentence = "DummyRegressor: the weights of all rows are 0.";
            return Err(Error::InvalidData(sentence.into()));
        }
        let weights = weights.as_deref();
        Ok(FittedRegressor(match self {
            DummyRegressor::Median => median(&numbers, weights),
            DummyRegressor::Quantile(share) => quantile(&numbers, weights, *share),
            _ => average(&numbers, weights),
        }))
    }
}

impl Model for FittedRegressor {
    fn predict(&self, rows: &Rows<'_>, _: Outputs) -> Result<Prediction, Error> {
        Ok(Prediction::numbers(vec![self.0; rows.len()]))
    }

    fn save(&self) -> Result<Vec<u8>, Error> {
        encode(self)
    }

    fn load(bytes: &[u8]) -> Result<Self, Error> {
        decode(bytes)
    }
}
