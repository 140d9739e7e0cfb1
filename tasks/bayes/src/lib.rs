//! Naive Bayes for Pleat: `GaussianNB`'s description and its glue; those of
//! the others are in [`counting`]. The arithmetic is in [`gaussian`] and
//! [`discrete`], which know nothing of the SDK.

pub mod counting;
pub mod discrete;
pub mod gaussian;
pub mod logsumexp;
pub mod strips;

use pleat_guest::{
    Attribute, Error, Estimator, Fit, Info, Model, Outputs, Params, Prediction, Rows, Value,
    decode, domain::*, encode,
};
use serde::{Deserialize, Serialize};

pub use counting::{BernoulliNB, ComplementNB, MultinomialNB};

use gaussian::{Degenerate, Gaussian, Training};
use strips::Table;

/// scikit-learn's `GaussianNB`.
pub struct GaussianNB {
    priors: Option<Vec<f64>>,
    var_smoothing: f64,
}

/// A fitted [`GaussianNB`].
#[derive(Serialize, Deserialize)]
pub struct FittedGaussian {
    classes: Vec<u32>,
    gaussian: Gaussian,
}

impl Estimator for GaussianNB {
    type Model = FittedGaussian;
    type Shared = ();

    fn info() -> Info {
        Info::classifier(
            "GaussianNB",
            "Gaussian naive Bayes: within a class, every feature is normal and independent of the others.",
        )
        .param(
            "priors",
            (),
            none().or(json()),
            "A list with the prior probability of each class; how often each occurs if None.",
        )
        .param(
            "var_smoothing",
            1e-9,
            at_least(0.0),
            "This share of the largest variance of all features is added to every variance.",
        )
        .probabilities()
        .weights()
    }

    fn new(params: &Params) -> Result<Self, Error> {
        let priors = match params.value("priors")? {
            Value::None => None,
            _ => Some(params.get::<Vec<f64>>("priors")?),
        };
        Ok(GaussianNB {
            priors,
            var_smoothing: params.get("var_smoothing")?,
        })
    }

    fn fit(&self, train: &Rows<'_>, _: &mut Fit<'_, Self>) -> Result<FittedGaussian, Error> {
        let classes = train.classes();
        if let Some(priors) = &self.priors {
            check_priors(priors, classes.len())?;
        }
        let weights = train.weights();
        if weights.iter().any(|w| w.iter().all(|w| *w == 0.0)) {
            return Err(Error::InvalidData(
                "GaussianNB: the weights of all rows are 0.".into(),
            ));
        }
        let gaussian = Gaussian::fit(&Training {
            table: table(train),
            classes: &train.places(),
            n_classes: classes.len(),
            weights: weights.as_deref(),
            priors: self.priors.as_deref(),
            var_smoothing: self.var_smoothing,
        })
        .map_err(|Degenerate { class, column }| {
            Error::InvalidData(format!(
                "GaussianNB: column {column} has no variance within class {} and none was added \
                 (var_smoothing = {:?} of the largest variance): its density is not a number. \
                 Raise var_smoothing or remove what is constant.",
                classes[class], self.var_smoothing
            ))
        })?;
        Ok(FittedGaussian { classes, gaussian })
    }
}

/// The rows of a fit.
fn table<'a>(rows: &Rows<'a>) -> Table<'a> {
    let data = rows.dataset();
    Table::new(data.values(), data.n_rows(), rows.indices())
}

/// The sentences are scikit-learn's.
fn check_priors(priors: &[f64], n_classes: usize) -> Result<(), Error> {
    let refuse = |sentence: &str| Err(Error::InvalidParams(sentence.into()));
    if priors.len() != n_classes {
        return refuse("Number of priors must match number of classes.");
    }
    // np.isclose(sum, 1.0); false for a NaN too.
    let sums_to_one = (priors.iter().sum::<f64>() - 1.0).abs() <= 1e-8 + 1e-5;
    if !sums_to_one {
        return refuse("The sum of the priors should be 1.");
    }
    if priors.iter().any(|p| *p < 0.0) {
        return refuse("Priors must be non-negative.");
    }
    Ok(())
}

impl Model for FittedGaussian {
    fn classes(&self) -> &[u32] {
        &self.classes
    }

    fn predict(&self, rows: &Rows<'_>, outputs: Outputs) -> Result<Prediction, Error> {
        let mut scores = self.gaussian.joint_log_likelihood(&rows.row_major());
        // The class is decided before normalising, as scikit-learn does it.
        let answers = Prediction::highest(&self.classes, &scores);
        if !outputs.contains(Outputs::PROBABILITIES) {
            return Ok(answers);
        }
        scores
            .chunks_exact_mut(self.classes.len())
            .for_each(gaussian::normalise);
        Ok(Prediction {
            probabilities: Some(scores),
            ..answers
        })
    }

    fn attributes(&self) -> Vec<Attribute> {
        let gaussian = &self.gaussian;
        let width = gaussian.columns();
        vec![
            Attribute::vector("class_count_", gaussian.counts().to_vec()),
            Attribute::vector("class_prior_", gaussian.priors().to_vec()),
            Attribute::number("epsilon_", gaussian.added()),
            Attribute::matrix("theta_", width, gaussian.means().to_vec()),
            Attribute::matrix("var_", width, gaussian.variances().to_vec()),
        ]
    }

    fn save(&self) -> Result<Vec<u8>, Error> {
        encode(self)
    }

    fn load(bytes: &[u8]) -> Result<Self, Error> {
        decode(bytes)
    }
}

pleat_guest::export!(GaussianNB, MultinomialNB, BernoulliNB, ComplementNB);
