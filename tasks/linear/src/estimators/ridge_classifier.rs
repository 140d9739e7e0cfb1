//! `RidgeClassifier`: ridge regression on -1 and 1, one target a class, or one
//! for two classes. Candidates that differ in alpha alone share the inner
//! products.

use pleat_guest::{
    Attribute, Error, Estimator, Fit, Info, Model, Outputs, Params, Prediction, Rows, decode,
    domain::*, encode,
};
use serde::{Deserialize, Serialize};

use super::beyond;
use super::centred;
use super::ridge::Shared;
use crate::centred::Centred;
use crate::line::Line;
use crate::scores::Scores;
use crate::weights::{self, ClassWeight};

/// scikit-learn's `RidgeClassifier`.
pub struct RidgeClassifier {
    alpha: f64,
    fit_intercept: bool,
    class_weight: ClassWeight,
}

/// A fitted [`RidgeClassifier`].
#[derive(Serialize, Deserialize)]
pub struct FittedRidgeClassifier(Scores);

impl Estimator for RidgeClassifier {
    type Model = FittedRidgeClassifier;
    type Shared = Shared;

    fn info() -> Info {
        Info::classifier(
            "RidgeClassifier",
            "Ridge regression on 1 for rows of a class and -1 for others; the highest line wins.",
        )
        .param("alpha", 1.0, at_least(0.0), "How much the squared coefficients are penalised.")
        .param("fit_intercept", true, boolean(), "Whether the lines need not pass through zero.")
        .param(
            "class_weight",
            (),
            none().or(words(["balanced"])),
            "balanced: rows of rare classes weigh more, so that all classes weigh the same.",
        )
        .param(
            "solver",
            "auto",
            words(["auto", "cholesky"]),
            "Cholesky under either word; singular values where it fails, for the shortest solution.",
        )
        .decision()
        .weights()
        .shares(&["alpha"])
    }

    fn new(params: &Params) -> Result<Self, Error> {
        Ok(RidgeClassifier {
            alpha: params.get("alpha")?,
            fit_intercept: params.get("fit_intercept")?,
            class_weight: ClassWeight::of(params)?,
        })
    }

    fn fit(
        &self,
        train: &Rows<'_>,
        fit: &mut Fit<'_, Self>,
    ) -> Result<FittedRidgeClassifier, Error> {
        let classes = train.classes();
        let key = (self.fit_intercept, self.class_weight);
        let prepared = fit
            .shared
            .prepared(key, || self.prepare(train, classes.len()))?;
        let lines = prepared.solve(self.alpha);
        if !lines.iter().all(Line::is_finite) {
            return Err(beyond("RidgeClassifier"));
        }
        Ok(FittedRidgeClassifier(Scores { classes, lines }))
    }
}

impl RidgeClassifier {
    fn prepare(&self, train: &Rows<'_>, n_classes: usize) -> Result<Centred, Error> {
        let places = train.places();
        let mut weights = weights::of_rows("RidgeClassifier", train)?;
        if self.class_weight == ClassWeight::Balanced {
            // By rows, whatever they weigh: so it is in scikit-learn.
            let factors = self
                .class_weight
                .factors(&weights::amounts(&places, n_classes, None));
            let weights = weights.get_or_insert_with(|| vec![1.0; places.len()]);
            for (weight, place) in weights.iter_mut().zip(&places) {
                *weight *= factors[*place];
            }
        }
        // The target of the only class is -1 everywhere; of two classes the
        // second one's will do.
        let of_class = |class: usize| {
            let target = move |place: &usize| if *place == class { 1.0 } else { -1.0 };
            places.iter().map(target)
        };
        let targets = match n_classes {
            0..=2 => of_class(1).collect(),
            n => (0..n).flat_map(of_class).collect(),
        };
        Ok(centred(
            train,
            targets,
            weights.as_deref(),
            self.fit_intercept,
        ))
    }
}

impl Model for FittedRidgeClassifier {
    fn classes(&self) -> &[u32] {
        &self.0.classes
    }

    fn predict(&self, rows: &Rows<'_>, _: Outputs) -> Result<Prediction, Error> {
        let decision = self.0.decision(rows);
        Ok(Prediction {
            decision: Some(decision.clone()),
            ..self.0.answers(&decision)
        })
    }

    fn attributes(&self) -> Vec<Attribute> {
        self.0.attributes()
    }

    fn save(&self) -> Result<Vec<u8>, Error> {
        encode(self)
    }

    fn load(bytes: &[u8]) -> Result<Self, Error> {
        decode(bytes)
    }
}
