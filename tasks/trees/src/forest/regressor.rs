//! `RandomForestRegressor` and `ExtraTreesRegressor`: their descriptions and
//! their glue.

use pleat_guest::{
    Attribute, Error, Estimator, Fit, Info, Model, Outputs, Params, Prediction, Rows, decode,
    encode,
};
use pleat_num::sum::pairwise;
use serde::{Deserialize, Serialize};

use crate::criteria::Regression;
use crate::fit::{Ground, Measure};
use crate::forest::bootstrap::Chances;
use crate::forest::grove::{Grove, Growing};
use crate::forest::settings::ForestSettings;
use crate::tree::Tree;

/// scikit-learn's `ExtraTreesRegressor` if thresholds are drawn, else its
/// `RandomForestRegressor`.
#[derive(Clone, PartialEq)]
pub struct ForestRegressor<const RANDOM: bool> {
    criterion: Regression,
    settings: ForestSettings,
}

/// A fitted [`ForestRegressor`].
#[derive(Serialize, Deserialize)]
pub struct FittedRegressor(Grove);

/// The largest forest any candidate of a fitting has asked for so far.
#[derive(Default)]
pub struct Largest<const RANDOM: bool>(Option<(ForestRegressor<RANDOM>, Growing)>);

const fn name(random: bool) -> &'static str {
    if random {
        "ExtraTreesRegressor"
    } else {
        "RandomForestRegressor"
    }
}

impl<const RANDOM: bool> Estimator for ForestRegressor<RANDOM> {
    type Model = FittedRegressor;
    type Shared = Largest<RANDOM>;

    fn info() -> Info {
        let doc = if RANDOM {
            "The mean of many trees, each of a few thresholds drawn at random at every node."
        } else {
            "The mean of many trees, each grown over other rows."
        };
        let info = ForestSettings::describe_number(Info::regressor(name(RANDOM), doc));
        let info = ForestSettings::describe(Regression::describe(info), 1.0, !RANDOM);
        ForestSettings::describe_rest(info)
    }

    fn new(params: &Params) -> Result<Self, Error> {
        Ok(ForestRegressor {
            criterion: Regression::new(params)?,
            settings: ForestSettings::new(name(RANDOM), params, RANDOM)?,
        })
    }

    fn fit(&self, train: &Rows<'_>, fit: &mut Fit<'_, Self>) -> Result<FittedRegressor, Error> {
        let same = |kept: &(Self, Growing)| kept.0 == self.of_any_size();
        let numbers = train.numbers();
        let measure = self
            .criterion
            .measure(&numbers, |warning| fit.warn(warning))?;
        let (kind, mut growing) = fit.shared.0.take().filter(same).unwrap_or_else(|| {
            let growing = Growing::new(&self.settings);
            (self.of_any_size(), growing)
        });
        let warning = self.grow(train, measure, &numbers, &mut growing)?;
        let grove = growing.first(self.settings.n_estimators, 1, train.n_columns());
        fit.shared.0 = Some((kind, growing));
        if let Some(warning) = warning {
            fit.warn(warning);
        }
        Ok(FittedRegressor(grove))
    }
}

impl<const RANDOM: bool> ForestRegressor<RANDOM> {
    fn of_any_size(&self) -> Self {
        ForestRegressor {
            settings: self.settings.of_any_size(),
            ..self.clone()
        }
    }

    /// Grows what is missing; answers with what there is to say.
    fn grow(
        &self,
        train: &Rows<'_>,
        measure: Measure,
        numbers: &[f64],
        growing: &mut Growing,
    ) -> Result<Option<String>, Error> {
        let (rows, weights) = (numbers.len(), train.weights());
        let mass = weights.as_deref().map_or(rows as f64, pairwise);
        let draws = self.settings.draws(rows, mass);
        let warning = self.settings.warning(rows, draws);
        if growing.len() >= self.settings.n_estimators {
            return Ok(warning);
        }
        let ground = Ground::new(name(RANDOM), train, RANDOM)?;
        ground.check(weights.as_deref())?;
        let tree = self.settings.tree.for_rows(train.n_columns(), 0)?;
        let grow = |weights: Option<&[f64]>, seed| -> Result<Tree, Error> {
            let grown = ground.numbers(measure, numbers, weights, &tree, seed)?;
            Ok(grown.tree)
        };
        let columns = train.n_columns();
        if self.settings.bootstrap {
            let chances = Chances::new(weights.as_deref());
            growing.up_to(&self.settings, columns, |seed| {
                grow(Some(&chances.draw(seed, rows, draws)), seed)
            })?;
        } else {
            growing.up_to(&self.settings, columns, |seed| {
                grow(weights.as_deref(), seed)
            })?;
        }
        Ok(warning)
    }
}

impl Model for FittedRegressor {
    fn predict(&self, rows: &Rows<'_>, _: Outputs) -> Result<Prediction, Error> {
        Ok(Prediction::numbers(self.0.predict(rows)?))
    }

    fn attributes(&self) -> Vec<Attribute> {
        vec![Attribute::vector(
            "feature_importances_",
            self.0.importances(),
        )]
    }

    fn save(&self) -> Result<Vec<u8>, Error> {
        encode(self)
    }

    fn load(bytes: &[u8]) -> Result<Self, Error> {
        decode(bytes)
    }
}
