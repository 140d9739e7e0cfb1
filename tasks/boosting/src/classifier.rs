//! `HistGradientBoostingClassifier`: its description and its glue.

use pleat_guest::{
    Attribute, Error, Estimator, Fit, Info, Model, Outputs, Params, Prediction, Rows, Value,
    domain::*, encode,
};
use serde::{Deserialize, Serialize};

use crate::fit::{Shared, Task};
use crate::loss::{Loss, expit, softmax};
use crate::model::{self, Ensemble};
use crate::settings::{SHARES, Settings, count};
use crate::xgboost;

const NAME: &str = "HistGradientBoostingClassifier";

/// scikit-learn's `HistGradientBoostingClassifier`.
pub struct HistGradientBoostingClassifier {
    settings: Settings,
    max_iter: usize,
    balanced: bool,
}

/// A fitted [`HistGradientBoostingClassifier`].
#[derive(Serialize, Deserialize)]
pub struct FittedClassifier {
    pub(crate) classes: Vec<u32>,
    pub(crate) features: u32,
    pub(crate) ensemble: Ensemble,
}

/// What the candidates of a fitting share: bins, and the longest run.
#[derive(Default)]
pub struct Together(Shared);

impl Estimator for HistGradientBoostingClassifier {
    type Model = FittedClassifier;
    type Shared = Together;

    fn info() -> Info {
        let info = Info::classifier(
            NAME,
            "Trees one after another, each on what those before it leave of the log loss, \
             over binned columns.",
        )
        .param(
            "loss",
            "log_loss",
            words(["log_loss"]),
            "What is minimised; there is one loss.",
        );
        Settings::describe(info)
            .param(
                "class_weight",
                (),
                words(["balanced"]).or(none()),
                "With balanced, rows weigh more the rarer their class is.",
            )
            .probabilities()
            .decision()
            .weights()
            .missing()
            .categorical()
            .shares(&SHARES)
            .formats(&[xgboost::FORMAT])
    }

    fn new(params: &Params) -> Result<Self, Error> {
        Ok(HistGradientBoostingClassifier {
            settings: Settings::new(NAME, params)?,
            max_iter: count(params, "max_iter")?.unwrap_or(1),
            balanced: !matches!(params.value("class_weight")?, Value::None),
        })
    }

    fn fit(&self, train: &Rows<'_>, fit: &mut Fit<'_, Self>) -> Result<FittedClassifier, Error> {
        let classes = train.classes();
        let places = train.places();
        let y: Vec<f64> = places.iter().map(|place| *place as f64).collect();
        let mut weights = train.weights();
        if self.balanced {
            let factors = balance(&places, classes.len());
            let given = weights.unwrap_or_else(|| vec![1.0; places.len()]);
            let pairs = given.iter().zip(&places);
            weights = Some(pairs.map(|(w, place)| w * factors[*place]).collect());
        }
        let task = Task {
            estimator: NAME,
            loss: match classes.len() {
                0..=2 => Loss::Binomial,
                n => Loss::Multinomial(n),
            },
            y: &y,
            weights: weights.as_deref(),
        };
        let alike = |e: &&Self| e.balanced == self.balanced && e.settings == self.settings;
        let longest = fit.siblings.iter().filter(alike).map(|e| e.max_iter).max();
        let iterations = (self.max_iter, longest.unwrap_or(0));
        let learned = fit
            .shared
            .0
            .learn(train, &task, &self.settings, iterations)?;
        Ok(FittedClassifier {
            classes,
            features: train.n_columns() as u32,
            ensemble: Ensemble::new(learned),
        })
    }
}

/// What a row of each class weighs so that all classes weigh the same; rows
/// count as one here whatever they weigh.
fn balance(places: &[usize], n_classes: usize) -> Vec<f64> {
    let mut counts = vec![0.0; n_classes];
    for place in places {
        counts[*place] += 1.0;
    }
    counts
        .iter()
        .map(|count| places.len() as f64 / (n_classes as f64 * count))
        .collect()
}

impl Model for FittedClassifier {
    fn classes(&self) -> &[u32] {
        &self.classes
    }

    fn predict(&self, rows: &Rows<'_>, _: Outputs) -> Result<Prediction, Error> {
        let raw = self.ensemble.raw(rows)?;
        let n = self.classes.len();
        // Of two classes there is one raw prediction, for the second.
        let (prediction, probabilities) = if n <= 2 {
            let second = |x: &f64| self.classes[usize::from(*x > 0.0 && n == 2)];
            let both = |x: &f64| match n {
                2 => vec![1.0 - expit(*x), expit(*x)],
                _ => vec![1.0],
            };
            (
                Prediction::classes(raw.iter().map(second).collect()),
                raw.iter().flat_map(both).collect(),
            )
        } else {
            let mut probabilities = raw.clone();
            probabilities.chunks_exact_mut(n).for_each(softmax);
            (Prediction::highest(&self.classes, &raw), probabilities)
        };
        Ok(Prediction {
            probabilities: Some(probabilities),
            decision: Some(raw),
            ..prediction
        })
    }

    fn save(&self) -> Result<Vec<u8>, Error> {
        encode(self)
    }

    fn load(bytes: &[u8]) -> Result<Self, Error> {
        let model: Self = model::load(bytes, |model: &Self| &model.ensemble)?;
        let trees = match model.classes.len() {
            1 | 2 => 1,
            n => n,
        };
        match model.ensemble.baseline.len() == trees {
            true => Ok(model),
            false => Err(Error::InvalidData(
                "these bytes are not a saved model: classes and trees do not fit together".into(),
            )),
        }
    }

    fn attributes(&self) -> Vec<Attribute> {
        self.ensemble.attributes()
    }

    fn write_as(&self, _: &str) -> Result<Vec<u8>, Error> {
        xgboost::write_classifier(self)
    }

    fn read_as(_: &str, bytes: &[u8]) -> Result<(Self, usize), Error> {
        xgboost::read_classifier(bytes)
    }
}
