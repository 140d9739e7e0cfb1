//! `BaggingRegressor`: its description and its glue.

use pleat_guest::{
    Error, Estimator, Fit, Info, Model, Outputs, Params, Prediction, Rows, decode, encode,
};
use serde::{Deserialize, Serialize};

use crate::bagging::growing::Trees;
use crate::bagging::settings::BaggingSettings;
use crate::base::RegressorBase;
use crate::fit::Ground;
use crate::forest::grove::Grove;
use crate::longest::Longest;
use crate::settings::Settings;

const NAME: &str = "BaggingRegressor";

/// scikit-learn's `BaggingRegressor` of decision trees.
#[derive(Clone, PartialEq)]
pub struct BaggingRegressor {
    settings: BaggingSettings,
    base: RegressorBase,
}

/// A fitted [`BaggingRegressor`].
#[derive(Serialize, Deserialize)]
pub struct FittedRegressor(Grove);

/// The most trees any candidate of a fitting asked for.
#[derive(Default)]
pub struct Shared(Longest<BaggingRegressor, Trees>);

impl Estimator for BaggingRegressor {
    type Model = FittedRegressor;
    type Shared = Shared;

    fn info() -> Info {
        let info = Info::regressor(
            NAME,
            "The mean of trees, each grown over rows and columns drawn for it.",
        );
        let info = Settings::describe_draws(
            BaggingSettings::describe(info),
            "What the draws start from, of rows, of columns, and of which of equal splits wins; \
             None is 0.",
        );
        RegressorBase::describe(info, ())
            .weights()
            .missing()
            .shares(&["n_estimators"])
    }

    fn new(params: &Params) -> Result<Self, Error> {
        Ok(BaggingRegressor {
            settings: BaggingSettings::new(params)?,
            base: RegressorBase::new(NAME, params)?,
        })
    }

    fn fit(&self, train: &Rows<'_>, fit: &mut Fit<'_, Self>) -> Result<FittedRegressor, Error> {
        // Only for what there is to say of the criterion.
        let mut warnings = Vec::new();
        let numbers = train.numbers();
        self.base
            .measure(&numbers, |warning| warnings.push(warning.to_owned()))?;
        warnings.into_iter().for_each(|warning| fit.warn(warning));
        let wanted = self.settings.n_estimators;
        let siblings = fit.siblings.iter();
        let siblings = siblings.map(|s| (s.alike(), s.settings.n_estimators));
        let longest = fit
            .shared
            .0
            .of(self.alike(), wanted, siblings, |n| self.grow(train, n))?;
        let (trees, warnings) = (longest.first(wanted), longest.warnings.clone());
        warnings.into_iter().for_each(|warning| fit.warn(warning));
        Ok(FittedRegressor(Grove::new(1, train.n_columns(), trees)))
    }
}

impl BaggingRegressor {
    /// The same for all candidates that can share trees.
    fn alike(&self) -> Self {
        BaggingRegressor {
            settings: self.settings.of_any_size(),
            ..self.clone()
        }
    }

    fn grow(&self, train: &Rows<'_>, n: usize) -> Result<Trees, Error> {
        let ground = Ground::new(NAME, train, self.base.random())?;
        let numbers = train.numbers();
        let measure = self.base.measure(&numbers, |_| {})?;
        let seeds = (n, self.base.seed());
        let quick = |times: &[f64], seed| self.base.quick(train, &numbers, Some(times), seed);
        Trees::grow(
            train,
            &ground,
            &self.settings,
            seeds,
            quick,
            |ground, times, seed| self.base.grow(ground, measure, &numbers, Some(times), seed),
        )
    }
}

impl Model for FittedRegressor {
    fn predict(&self, rows: &Rows<'_>, _: Outputs) -> Result<Prediction, Error> {
        Ok(Prediction::numbers(self.0.predict(rows)?))
    }

    fn save(&self) -> Result<Vec<u8>, Error> {
        encode(self)
    }

    fn load(bytes: &[u8]) -> Result<Self, Error> {
        decode(bytes)
    }
}
