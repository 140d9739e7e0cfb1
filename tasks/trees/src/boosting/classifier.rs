//! `GradientBoostingClassifier`: its description and its glue.

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

const NAME: &str = "GradientBoostingClassifier";

/// scikit-learn's `GradientBoostingClassifier`.
#[derive(Clone, PartialEq)]
pub struct GradientBoostingClassifier {
    exponential: bool,
    settings: Settings,
}

/// A fitted [`GradientBoostingClassifier`].
#[derive(Serialize, Deserialize)]
pub struct FittedClassifier {
    classes: Vec<u32>,
    exponential: bool,
    boosted: Boosted,
}

/// The longest run any candidate of a fitting asked for.
#[derive(Default)]
pub struct Shared(Longest<GradientBoostingClassifier, Boosted>);

impl Estimator for GradientBoostingClassifier {
    type Model = FittedClassifier;
    type Shared = Shared;

    fn info() -> Info {
        let info = Info::classifier(
            NAME,
            "Small trees, each of which follows what those before it got wrong.",
        )
        .param(
            "loss",
            "log_loss",
            words(["log_loss", "exponential"]),
            "What is minimised; exponential knows two classes only.",
        );
        Settings::describe(info, false).probabilities().decision()
    }

    fn new(params: &Params) -> Result<Self, Error> {
        Ok(GradientBoostingClassifier {
            exponential: params.choice("loss", &[("log_loss", false), ("exponential", true)])?,
            settings: Settings::new(NAME, params)?,
        })
    }

    fn fit(&self, train: &Rows<'_>, fit: &mut Fit<'_, Self>) -> Result<FittedClassifier, Error> {
        single_precision(train)?;
        if self.settings.criterion {
            fit.warn(CRITERION);
        }
        let (classes, places) = (train.classes(), train.places());
        let truth = Truth {
            numbers: places.iter().map(|place| *place as f64).collect(),
            weights: train.weights(),
        };
        let mut weights = vec![0.0; classes.len()];
        for (row, place) in places.iter().enumerate() {
            weights[*place] += truth.weight(row);
        }
        let weighty = weights.iter().filter(|w| **w > 0.0).count();
        if weighty < 2 {
            return Err(Error::InvalidData(format!(
                "{NAME} needs two classes that weigh anything; the rows have {weighty}."
            )));
        }
        let loss = loss(self.exponential, classes.len())?;
        let stratified = Some((&places[..], classes.len()));
        let siblings = fit.siblings.iter();
        let siblings = siblings.map(|s| (s.alike(), s.settings.n_estimators));
        let wanted = self.settings.n_estimators;
        let longest = fit
            .shared
            .0
            .of(self.alike(), wanted, siblings, |n_estimators| {
                let settings = self.settings.with_estimators(n_estimators);
                boost(train, truth, stratified, loss, &settings)
            })?;
        Ok(FittedClassifier {
            classes,
            exponential: self.exponential,
            boosted: longest.first(wanted),
        })
    }
}

impl GradientBoostingClassifier {
    /// The same for all candidates that can share a run.
    fn alike(&self) -> Self {
        GradientBoostingClassifier {
            settings: self.settings.with_estimators(0),
            ..self.clone()
        }
    }
}

fn loss(exponential: bool, classes: usize) -> Result<Loss, Error> {
    match (exponential, classes) {
        (true, 2) => Ok(Loss::Exponential),
        (true, n) => Err(Error::InvalidData(format!(
            "loss='exponential' knows two classes, and there are {n}; use loss='log_loss'."
        ))),
        (false, 2) => Ok(Loss::Binomial),
        (false, n) => Ok(Loss::Multinomial(n)),
    }
}

impl Model for FittedClassifier {
    fn classes(&self) -> &[u32] {
        &self.classes
    }

    fn predict(&self, rows: &Rows<'_>, _: Outputs) -> Result<Prediction, Error> {
        single_precision(rows)?;
        let loss = loss(self.exponential, self.classes.len())?;
        let decision = self.boosted.raw_by_row(rows);
        let n_classes = self.classes.len();
        let mut probabilities = vec![0.0; rows.len() * n_classes];
        let of_rows = decision.chunks_exact(loss.outputs());
        for (out, raw) in probabilities.chunks_exact_mut(n_classes).zip(of_rows) {
            loss.probabilities(raw, out);
        }
        let answers = if loss.outputs() == 1 {
            let second = |raw: &f64| self.classes[usize::from(*raw >= 0.0)];
            Prediction::classes(decision.iter().map(second).collect())
        } else {
            Prediction::highest(&self.classes, &decision)
        };
        Ok(Prediction {
            probabilities: Some(probabilities),
            decision: Some(decision),
            ..answers
        })
    }

    fn save(&self) -> Result<Vec<u8>, Error> {
        encode(self)
    }

    fn load(bytes: &[u8]) -> Result<Self, Error> {
        decode(bytes)
    }

    fn attributes(&self) -> Vec<Attribute> {
        self.boosted.attributes()
    }
}
