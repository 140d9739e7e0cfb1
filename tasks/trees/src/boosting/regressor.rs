//! `GradientBoostingRegressor`: its description and its glue.

use pleat_guest::{
    Attribute, Error, Estimator, Fit, Info, Model, Outputs, Params, Prediction, Rows, decode,
    domain::*, encode,
};
use serde::{Deserialize, Serialize};

use crate::fit::single_precision;
use crate::longest::Longest;

use super::loss::{Loss, Truth};
use super::members::Boosted;
use super::settings::{CRITERION, Settings};
use super::stages::boost;

const NAME: &str = "GradientBoostingRegressor";

/// scikit-learn's `GradientBoostingRegressor`.
#[derive(Clone, PartialEq)]
pub struct GradientBoostingRegressor {
    loss: Loss,
    settings: Settings,
}

/// A fitted [`GradientBoostingRegressor`].
#[derive(Serialize, Deserialize)]
pub struct FittedRegressor(Boosted);

/// The longest run any candidate of a fitting asked for.
#[derive(Default)]
pub struct Shared(Longest<GradientBoostingRegressor, Boosted>);

impl Estimator for GradientBoostingRegressor {
    type Model = FittedRegressor;
    type Shared = Shared;

    fn info() -> Info {
        let info = Info::regressor(
            NAME,
            "Small trees, each of which follows what those before it left over.",
        )
        .param(
            "loss",
            "squared_error",
            words(["squared_error", "absolute_error", "huber", "quantile"]),
            "What is minimised.",
        );
        Settings::describe(info, true)
    }

    fn new(params: &Params) -> Result<Self, Error> {
        let alpha = params.get("alpha")?;
        Ok(GradientBoostingRegressor {
            loss: params.choice(
                "loss",
                &[
                    ("squared_error", Loss::Squared),
                    ("absolute_error", Loss::Absolute),
                    ("huber", Loss::Huber(alpha)),
                    ("quantile", Loss::Quantile(alpha)),
                ],
            )?,
            settings: Settings::new(NAME, params)?,
        })
    }

    fn fit(&self, train: &Rows<'_>, fit: &mut Fit<'_, Self>) -> Result<FittedRegressor, Error> {
        single_precision(train)?;
        if self.settings.criterion {
            fit.warn(CRITERION);
        }
        let truth = Truth {
            numbers: train.numbers(),
            weights: train.weights(),
        };
        if !(0..train.len()).any(|row| truth.weight(row) > 0.0) {
            return Err(Error::InvalidData(format!(
                "{NAME}: the weights of all rows are 0."
            )));
        }
        let siblings = fit.siblings.iter();
        let siblings = siblings.map(|s| (s.alike(), s.settings.n_estimators));
        let wanted = self.settings.n_estimators;
        let longest = fit
            .shared
            .0
            .of(self.alike(), wanted, siblings, |n_estimators| {
                let settings = self.settings.with_estimators(n_estimators);
                boost(train, truth, None, self.loss, &settings)
            })?;
        Ok(FittedRegressor(longest.first(wanted)))
    }
}

impl GradientBoostingRegressor {
    /// The same for all candidates that can share a run.
    fn alike(&self) -> Self {
        GradientBoostingRegressor {
            settings: self.settings.with_estimators(0),
            ..self.clone()
        }
    }
}

impl Model for FittedRegressor {
    fn predict(&self, rows: &Rows<'_>, _: Outputs) -> Result<Prediction, Error> {
        single_precision(rows)?;
        Ok(Prediction::numbers(self.0.raw_by_row(rows)))
    }

    fn save(&self) -> Result<Vec<u8>, Error> {
        encode(self)
    }

    fn load(bytes: &[u8]) -> Result<Self, Error> {
        decode(bytes)
    }

    fn attributes(&self) -> Vec<Attribute> {
        self.0.attributes()
    }
}
