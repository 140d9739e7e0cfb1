//! `BaggingClassifier`: its description and its glue.

use pleat_guest::{
    Error, Estimator, Fit, Info, Model, Outputs, Params, Prediction, Rows, decode, encode,
};
use serde::{Deserialize, Serialize};

use crate::bagging::growing::Trees;
use crate::bagging::settings::BaggingSettings;
use crate::base::ClassifierBase;
use crate::fit::Ground;
use crate::forest::grove::Grove;
use crate::longest::Longest;
use crate::settings::Settings;

const NAME: &str = "BaggingClassifier";

/// scikit-learn's `BaggingClassifier` of decision trees.
#[derive(Clone, PartialEq)]
pub struct BaggingClassifier {
    settings: BaggingSettings,
    base: ClassifierBase,
}

/// A fitted [`BaggingClassifier`].
#[derive(Serialize, Deserialize)]
pub struct FittedClassifier {
    classes: Vec<u32>,
    grove: Grove,
}

/// The most trees any candidate of a fitting asked for.
#[derive(Default)]
pub struct Shared(Longest<BaggingClassifier, Trees>);

impl Estimator for BaggingClassifier {
    type Model = FittedClassifier;
    type Shared = Shared;

    fn info() -> Info {
        let info = Info::classifier(
            NAME,
            "The mean of trees, each grown over rows and columns drawn for it.",
        );
        let info = Settings::describe_draws(
            BaggingSettings::describe(info),
            "What the draws start from, of rows, of columns, and of which of equal splits wins; \
             None is 0.",
        );
        ClassifierBase::describe(info, ())
            .probabilities()
            .weights()
            .missing()
            .shares(&["n_estimators"])
    }

    fn new(params: &Params) -> Result<Self, Error> {
        Ok(BaggingClassifier {
            settings: BaggingSettings::new(params)?,
            base: ClassifierBase::new(NAME, params)?,
        })
    }

    fn fit(&self, train: &Rows<'_>, fit: &mut Fit<'_, Self>) -> Result<FittedClassifier, Error> {
        let classes = train.classes();
        let wanted = self.settings.n_estimators;
        let siblings = fit.siblings.iter();
        let siblings = siblings.map(|s| (s.alike(), s.settings.n_estimators));
        let longest = fit
            .shared
            .0
            .of(self.alike(), wanted, siblings, |n| self.grow(train, n))?;
        let (trees, warnings) = (longest.first(wanted), longest.warnings.clone());
        warnings.into_iter().for_each(|warning| fit.warn(warning));
        let grove = Grove::new(classes.len(), train.n_columns(), trees);
        Ok(FittedClassifier { classes, grove })
    }
}

impl BaggingClassifier {
    /// The same for all candidates that can share trees.
    fn alike(&self) -> Self {
        BaggingClassifier {
            settings: self.settings.of_any_size(),
            ..self.clone()
        }
    }

    fn grow(&self, train: &Rows<'_>, n: usize) -> Result<Trees, Error> {
        let ground = Ground::new(NAME, train, self.base.random())?;
        let codes: Vec<u32> = train.places().iter().map(|place| *place as u32).collect();
        let classes = (&codes[..], train.classes().len());
        let seeds = (n, self.base.seed());
        let never = |_: &[f64], _| None;
        Trees::grow(
            train,
            &ground,
            &self.settings,
            seeds,
            never,
            |ground, times, seed| self.base.grow(ground, classes, times, seed),
        )
    }
}

impl Model for FittedClassifier {
    fn classes(&self) -> &[u32] {
        &self.classes
    }

    fn predict(&self, rows: &Rows<'_>, _: Outputs) -> Result<Prediction, Error> {
        let probabilities = self.grove.predict(rows)?;
        Ok(Prediction::probable(&self.classes, probabilities))
    }

    fn save(&self) -> Result<Vec<u8>, Error> {
        encode(self)
    }

    fn load(bytes: &[u8]) -> Result<Self, Error> {
        decode(bytes)
    }
}
