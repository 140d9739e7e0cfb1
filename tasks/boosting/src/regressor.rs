//! `HistGradientBoostingRegressor`: its description and its glue.

use std::ops::Bound::Included;

use pleat_guest::{
    Attribute, Error, Estimator, Fit, Info, Model, Outputs, Params, Prediction, Rows, Value,
    domain::*, encode,
};
use pleat_num::sum::pairwise;
use serde::{Deserialize, Serialize};

use crate::fit::{Shared, Task};
use crate::loss::Loss;
use crate::model::{self, Ensemble};
use crate::settings::{SHARES, Settings, count};
use crate::xgboost;

const NAME: &str = "HistGradientBoostingRegressor";

/// scikit-learn's `HistGradientBoostingRegressor`.
pub struct HistGradientBoostingRegressor {
    settings: Settings,
    max_iter: usize,
    loss: Loss,
}

/// A fitted [`HistGradientBoostingRegressor`].
#[derive(Serialize, Deserialize)]
pub struct FittedRegressor {
    pub(crate) loss: Loss,
    pub(crate) features: u32,
    pub(crate) ensemble: Ensemble,
}

/// What the candidates of a fitting share: bins, and the longest run.
#[derive(Default)]
pub struct Together(Shared);

impl Estimator for HistGradientBoostingRegressor {
    type Model = FittedRegressor;
    type Shared = Together;

    fn info() -> Info {
        let info = Info::regressor(
            NAME,
            "Trees one after another, each on what those before it leave of the loss, over \
             binned columns.",
        )
        .param(
            "loss",
            "squared_error",
            words([
                "squared_error",
                "absolute_error",
                "gamma",
                "poisson",
                "quantile",
            ]),
            "What is minimised; gamma and poisson predict by way of a logarithm.",
        )
        .param(
            "quantile",
            (),
            numbers((Included(0.0), Included(1.0))).or(none()),
            "Which quantile to predict, with the loss quantile.",
        );
        Settings::describe(info)
            .weights()
            .missing()
            .categorical()
            .shares(&SHARES)
            .formats(&[xgboost::FORMAT])
    }

    fn new(params: &Params) -> Result<Self, Error> {
        let level = match params.value("quantile")? {
            Value::None => None,
            _ => Some(params.get::<f64>("quantile")?),
        };
        let loss = params.choice(
            "loss",
            &[
                ("squared_error", Some(Loss::SquaredError)),
                ("absolute_error", Some(Loss::AbsoluteError)),
                ("gamma", Some(Loss::Gamma)),
                ("poisson", Some(Loss::Poisson)),
                ("quantile", None),
            ],
        )?;
        let loss = match (loss, level) {
            (Some(loss), _) => loss,
            (None, Some(level)) if level > 0.0 && level < 1.0 => Loss::Quantile(level),
            (None, _) => {
                return Err(Error::InvalidParams(format!(
                    "The 'quantile' parameter of {NAME} must be a float in the range (0.0, 1.0) \
                     with loss='quantile'. Got {} instead.",
                    params.value("quantile")?
                )));
            }
        };
        Ok(HistGradientBoostingRegressor {
            settings: Settings::new(NAME, params)?,
            max_iter: count(params, "max_iter")?.unwrap_or(1),
            loss,
        })
    }

    fn fit(&self, train: &Rows<'_>, fit: &mut Fit<'_, Self>) -> Result<FittedRegressor, Error> {
        let (y, weights) = (train.numbers(), train.weights());
        self.check(&y)?;
        let task = Task {
            estimator: NAME,
            loss: self.loss,
            y: &y,
            weights: weights.as_deref(),
        };
        let alike = |e: &&Self| e.loss == self.loss && e.settings == self.settings;
        let longest = fit.siblings.iter().filter(alike).map(|e| e.max_iter).max();
        let iterations = (self.max_iter, longest.unwrap_or(0));
        let learned = fit
            .shared
            .0
            .learn(train, &task, &self.settings, iterations)?;
        Ok(FittedRegressor {
            loss: self.loss,
            features: train.n_columns() as u32,
            ensemble: Ensemble::new(learned),
        })
    }
}

impl HistGradientBoostingRegressor {
    /// Whether the loss can be had of these targets.
    fn check(&self, y: &[f64]) -> Result<(), Error> {
        let refuse = |sentence: &str| Err(Error::InvalidData(sentence.into()));
        match self.loss {
            Loss::Gamma if y.iter().any(|y| *y <= 0.0) => {
                refuse("loss='gamma' needs targets above 0")
            }
            Loss::Poisson if y.iter().any(|y| *y < 0.0) || pairwise(y) <= 0.0 => {
                refuse("loss='poisson' needs targets not below 0, and one above")
            }
            _ => Ok(()),
        }
    }
}

impl Model for FittedRegressor {
    fn predict(&self, rows: &Rows<'_>, _: Outputs) -> Result<Prediction, Error> {
        let raw = self.ensemble.raw(rows)?;
        let answers = raw.into_iter().map(|raw| self.loss.answer(raw)).collect();
        Ok(Prediction::numbers(answers))
    }

    fn save(&self) -> Result<Vec<u8>, Error> {
        encode(self)
    }

    fn load(bytes: &[u8]) -> Result<Self, Error> {
        let model: Self = model::load(bytes, |model: &Self| &model.ensemble)?;
        match model.ensemble.baseline.len() {
            1 => Ok(model),
            n => Err(Error::InvalidData(format!(
                "these bytes are not a saved regressor: it has {n} trees an iteration"
            ))),
        }
    }

    fn attributes(&self) -> Vec<Attribute> {
        self.ensemble.attributes()
    }

    fn write_as(&self, _: &str) -> Result<Vec<u8>, Error> {
        xgboost::write_regressor(self)
    }

    fn read_as(_: &str, bytes: &[u8]) -> Result<(Self, usize), Error> {
        xgboost::read_regressor(bytes)
    }
}
