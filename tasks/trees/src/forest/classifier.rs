//! `RandomForestClassifier` and `ExtraTreesClassifier`: their descriptions and
//! their glue.

use pleat_guest::{
    Attribute, Error, Estimator, Fit, Info, Model, Outputs, Params, Prediction, Rows, Value,
    decode, domain::*, encode,
};
use pleat_num::sum::pairwise;
use serde::{Deserialize, Serialize};

use crate::classes::Mixture;
use crate::criteria::{describe_mixture, mixture};
use crate::fit::{Ground, balance, class_counts};
use crate::forest::bootstrap::Chances;
use crate::forest::grove::{Grove, Growing};
use crate::forest::settings::ForestSettings;
use crate::tree::Tree;

/// scikit-learn's `ExtraTreesClassifier` if thresholds are drawn, else its
/// `RandomForestClassifier`.
#[derive(Clone, PartialEq)]
pub struct ForestClassifier<const RANDOM: bool> {
    mixture: Mixture,
    class_weight: ClassWeight,
    settings: ForestSettings,
}

#[derive(Clone, Copy, PartialEq)]
enum ClassWeight {
    None,
    Balanced,
    /// Anew for the rows of each tree.
    Subsample,
}

/// A fitted [`ForestClassifier`].
#[derive(Serialize, Deserialize)]
pub struct FittedClassifier {
    classes: Vec<u32>,
    grove: Grove,
}

/// The largest forest any candidate of a fitting has asked for so far.
#[derive(Default)]
pub struct Largest<const RANDOM: bool>(Option<(ForestClassifier<RANDOM>, Growing)>);

const fn name(random: bool) -> &'static str {
    if random {
        "ExtraTreesClassifier"
    } else {
        "RandomForestClassifier"
    }
}

impl<const RANDOM: bool> Estimator for ForestClassifier<RANDOM> {
    type Model = FittedClassifier;
    type Shared = Largest<RANDOM>;

    fn info() -> Info {
        let doc = if RANDOM {
            "The mean of many trees, each of a few thresholds drawn at random at every node."
        } else {
            "The mean of many trees, each grown over other rows, and over other columns at every \
             node."
        };
        let info = ForestSettings::describe_number(Info::classifier(name(RANDOM), doc));
        let info = ForestSettings::describe(describe_mixture(info), "sqrt", !RANDOM).param(
            "class_weight",
            (),
            none().or(words(["balanced", "balanced_subsample"])),
            "With balanced, rows weigh more the rarer their class is; with balanced_subsample, is \
             among the rows of the tree.",
        );
        ForestSettings::describe_rest(info).probabilities()
    }

    fn new(params: &Params) -> Result<Self, Error> {
        Ok(ForestClassifier {
            mixture: mixture(params)?,
            class_weight: match params.value("class_weight")? {
                Value::None => ClassWeight::None,
                Value::Text(word) if word == "balanced" => ClassWeight::Balanced,
                _ => ClassWeight::Subsample,
            },
            settings: ForestSettings::new(name(RANDOM), params, RANDOM)?,
        })
    }

    fn fit(&self, train: &Rows<'_>, fit: &mut Fit<'_, Self>) -> Result<FittedClassifier, Error> {
        let same = |kept: &(Self, Growing)| kept.0 == self.of_any_size();
        let (kind, mut growing) = fit.shared.0.take().filter(same).unwrap_or_else(|| {
            let growing = Growing::new(&self.settings);
            (self.of_any_size(), growing)
        });
        let classes = train.classes();
        let warning = self.grow(train, classes.len(), &mut growing)?;
        let grove = growing.first(self.settings.n_estimators, classes.len(), train.n_columns());
        fit.shared.0 = Some((kind, growing));
        if let Some(warning) = warning {
            fit.warn(warning);
        }
        Ok(FittedClassifier { classes, grove })
    }
}

impl<const RANDOM: bool> ForestClassifier<RANDOM> {
    fn of_any_size(&self) -> Self {
        ForestClassifier {
            settings: self.settings.of_any_size(),
            ..self.clone()
        }
    }

    /// Grows what is missing; answers with what there is to say.
    fn grow(
        &self,
        train: &Rows<'_>,
        n: usize,
        growing: &mut Growing,
    ) -> Result<Option<String>, Error> {
        let codes: Vec<u32> = train.places().iter().map(|place| *place as u32).collect();
        let weights = self.weights(train, &codes, n);
        let rows = codes.len();
        let mass = weights.as_deref().map_or(rows as f64, pairwise);
        let draws = self.settings.draws(rows, mass);
        let warning = self.settings.warning(rows, draws);
        if growing.len() >= self.settings.n_estimators {
            return Ok(warning);
        }
        let ground = Ground::new(name(RANDOM), train, RANDOM)?;
        ground.check(weights.as_deref())?;
        let tree = self.settings.tree.for_rows(train.n_columns(), n)?;
        let grow = |weights: Option<&[f64]>, seed| -> Result<Tree, Error> {
            let grown = ground.classes(self.mixture, (&codes, n), weights, &tree, seed)?;
            Ok(grown.tree)
        };
        let columns = train.n_columns();
        if !self.settings.bootstrap {
            growing.up_to(&self.settings, columns, |seed| {
                grow(weights.as_deref(), seed)
            })?;
            return Ok(warning);
        }
        let chances = Chances::new(weights.as_deref());
        growing.up_to(&self.settings, columns, |seed| {
            let mut times = chances.draw(seed, rows, draws);
            if self.class_weight == ClassWeight::Subsample {
                let factors = balance(&class_counts(&codes, n, |row| times[row]));
                for (times, code) in times.iter_mut().zip(&codes) {
                    *times *= factors[*code as usize];
                }
            }
            grow(Some(&times), seed)
        })?;
        Ok(warning)
    }

    /// What rows weigh, in trees or when they are drawn.
    fn weights(&self, train: &Rows<'_>, codes: &[u32], n: usize) -> Option<Vec<f64>> {
        let weights = train.weights();
        let later = self.settings.bootstrap && self.class_weight == ClassWeight::Subsample;
        if self.class_weight == ClassWeight::None || later {
            return weights;
        }
        let given = weights.unwrap_or_else(|| vec![1.0; codes.len()]);
        let factors = balance(&class_counts(codes, n, |row| given[row]));
        let rows = given.iter().zip(codes);
        Some(rows.map(|(w, code)| w * factors[*code as usize]).collect())
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

    fn attributes(&self) -> Vec<Attribute> {
        vec![Attribute::vector(
            "feature_importances_",
            self.grove.importances(),
        )]
    }

    fn save(&self) -> Result<Vec<u8>, Error> {
        encode(self)
    }

    fn load(bytes: &[u8]) -> Result<Self, Error> {
        decode(bytes)
    }
}
