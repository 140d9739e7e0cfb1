//! The glue of `MultinomialNB`, `BernoulliNB` and `ComplementNB`: their
//! parameters, and what is counted of the rows. The arithmetic is in [`discrete`](crate::discrete).
//!
//! Candidates that differ in smoothing and priors alone share the counting.

use std::rc::Rc;

use pleat_guest::{
    Attribute, Error, Estimator, Fit, Info, Model, Outputs, Params, Prediction, Rows, Value,
    decode, domain::*, encode,
};
use pleat_num::math::ln;
use serde::{Deserialize, Serialize};

use crate::discrete::{Counts, Linear, first_highest, normalise};
use crate::table;

/// Below this, smoothing is raised to it, unless `force_alpha`.
const LEAST_ALPHA: f64 = 1e-10;

/// The parameters of all three.
struct Smoothing {
    /// One for all columns, or one each.
    alpha: Alpha,
    force_alpha: bool,
    fit_prior: bool,
    class_prior: Option<Vec<f64>>,
}

enum Alpha {
    Same(f64),
    Each(Vec<f64>),
}

const SHARES: [&str; 4] = ["alpha", "force_alpha", "fit_prior", "class_prior"];

impl Smoothing {
    fn describe(info: Info, alpha: Domains, doc: &str) -> Info {
        info.param("alpha", 1.0, alpha, doc)
            .param(
                "force_alpha",
                true,
                boolean(),
                "Whether alpha may be below 1e-10, which it is raised to if not.",
            )
            .param(
                "fit_prior",
                true,
                boolean(),
                "Whether a class is as likely as it is frequent; all are as likely if not.",
            )
            .param(
                "class_prior",
                (),
                none().or(json()),
                "A list with the prior probability of each class, whatever fit_prior says.",
            )
            .probabilities()
            .weights()
            .shares(&SHARES)
    }

    fn new(params: &Params) -> Result<Self, Error> {
        let alpha = match params.value("alpha")? {
            Value::Json(_) => Alpha::Each(params.get("alpha")?),
            _ => Alpha::Same(params.get("alpha")?),
        };
        Ok(Smoothing {
            alpha,
            force_alpha: params.get("force_alpha")?,
            fit_prior: params.get("fit_prior")?,
            class_prior: match params.value("class_prior")? {
                Value::None => None,
                _ => Some(params.get("class_prior")?),
            },
        })
    }

    /// One a column. The sentences are scikit-learn's.
    fn alpha<E: Estimator>(&self, columns: usize, fit: &mut Fit<'_, E>) -> Result<Vec<f64>, Error> {
        let mut alpha = match &self.alpha {
            Alpha::Same(alpha) => vec![*alpha; columns],
            Alpha::Each(each) => each.clone(),
        };
        if alpha.len() != columns {
            return Err(Error::InvalidParams(format!(
                "When alpha is an array, it should contains `n_features`. \
                 Got {} elements instead of {columns}.",
                alpha.len()
            )));
        }
        if !alpha.iter().all(|a| *a >= 0.0 && a.is_finite()) {
            return Err(Error::InvalidParams(
                "All values in alpha must be greater than 0.".into(),
            ));
        }
        if !self.force_alpha && alpha.iter().any(|a| *a < LEAST_ALPHA) {
            fit.warn(
                "alpha too small will result in numeric errors, setting alpha = 1.0e-10. \
                 Use `force_alpha=True` to keep alpha unchanged.",
            );
            alpha.iter_mut().for_each(|a| *a = a.max(LEAST_ALPHA));
        }
        Ok(alpha)
    }

    fn log_prior(&self, counts: &Counts, n_classes: usize) -> Result<Vec<f64>, Error> {
        match &self.class_prior {
            Some(prior) if prior.len() != n_classes => Err(Error::InvalidParams(
                "Number of priors must match number of classes.".into(),
            )),
            Some(prior) if !prior.iter().all(|p| *p >= 0.0) => Err(Error::InvalidParams(format!(
                "The probabilities in class_prior must be 0 or more. Got {prior:?} instead."
            ))),
            Some(prior) => Ok(prior.iter().map(|p| ln(*p)).collect()),
            None if self.fit_prior => Ok(counts.log_shares()),
            None => Ok(vec![-ln(n_classes as f64); n_classes]),
        }
    }
}

/// What has been counted, and above which value a feature counted as a one.
pub type Counted = Option<(Option<f64>, Rc<Counts>)>;

/// The counts of the training rows, made once for candidates that count alike.
fn count<E: Estimator<Shared = Counted>>(
    name: &str,
    train: &Rows<'_>,
    threshold: Option<f64>,
    fit: &mut Fit<'_, E>,
) -> Result<Rc<Counts>, Error> {
    if let Some((of, counts)) = &*fit.shared
        && *of == threshold
    {
        return Ok(counts.clone());
    }
    let weights = train.weights();
    if weights.iter().any(|w| w.iter().all(|w| *w == 0.0)) {
        return Err(Error::InvalidData(format!(
            "{name}: the weights of all rows are 0."
        )));
    }
    let n_classes = train.classes().len();
    let counts = Rc::new(Counts::new(
        table(train),
        threshold,
        &train.places(),
        n_classes,
        weights.as_deref(),
    ));
    *fit.shared = Some((threshold, counts.clone()));
    Ok(counts)
}

fn binarize(values: &mut [f64], threshold: Option<f64>) {
    if let Some(threshold) = threshold {
        for value in values {
            *value = f64::from(u8::from(*value > threshold));
        }
    }
}

/// scikit-learn's `MultinomialNB`.
pub struct MultinomialNB(Smoothing);

/// scikit-learn's `BernoulliNB`.
pub struct BernoulliNB {
    smoothing: Smoothing,
    binarize: Option<f64>,
}

/// scikit-learn's `ComplementNB`.
pub struct ComplementNB {
    smoothing: Smoothing,
    norm: bool,
}

/// A fitted [`MultinomialNB`], [`BernoulliNB`] or [`ComplementNB`].
#[derive(Serialize, Deserialize)]
pub struct FittedDiscrete {
    classes: Vec<u32>,
    kind: Kind,
    counts: Rc<Counts>,
    /// One a column.
    alpha: Vec<f64>,
    log_prior: Vec<f64>,
    linear: Linear,
}

/// What becomes of the counts.
#[derive(Clone, Copy, Serialize, Deserialize)]
enum Kind {
    Multinomial,
    /// With what lies above which value is a one.
    Bernoulli(Option<f64>),
    /// With whether weights are normalised.
    Complement(bool),
}

impl Kind {
    fn threshold(self) -> Option<f64> {
        match self {
            Kind::Bernoulli(threshold) => threshold,
            _ => None,
        }
    }
}

impl FittedDiscrete {
    fn new<E: Estimator<Shared = Counted>>(
        name: &str,
        kind: Kind,
        smoothing: &Smoothing,
        train: &Rows<'_>,
        fit: &mut Fit<'_, E>,
    ) -> Result<Self, Error> {
        let counts = count(name, train, kind.threshold(), fit)?;
        let alpha = smoothing.alpha(train.n_columns(), fit)?;
        let classes = train.classes();
        let log_prior = smoothing.log_prior(&counts, classes.len())?;
        let linear = match kind {
            Kind::Multinomial => counts.multinomial(&alpha, log_prior.clone()),
            Kind::Bernoulli(_) => counts.bernoulli(&alpha, log_prior.clone()),
            Kind::Complement(norm) => counts.complement(&alpha, log_prior.clone(), norm),
        };
        if let (Kind::Complement(true), 1) = (kind, train.n_columns()) {
            fit.warn(
                "The weight of a single column is 0 and cannot be normalised: probabilities are not \
                 numbers.",
            );
        } else if linear.excludes() {
            fit.warn(
                "alpha = 0 leaves a class without some feature, or without its absence: rows it \
                 should be likely for may have probabilities that are not numbers.",
            );
        }
        Ok(FittedDiscrete {
            classes,
            kind,
            counts,
            alpha,
            log_prior,
            linear,
        })
    }
}

/// Counts are not below zero.
fn not_negative(name: &str, train: &Rows<'_>) -> Result<(), Error> {
    for c in 0..train.n_columns() {
        let column = train.dataset().column(c);
        if let Some(row) = train.indices().iter().find(|r| column[**r as usize] < 0.0) {
            return Err(Error::InvalidData(format!(
                "Negative values in data passed to {name} (input X): {:?} in row {row}, column {c}.",
                column[*row as usize]
            )));
        }
    }
    Ok(())
}

impl Estimator for MultinomialNB {
    type Model = FittedDiscrete;
    type Shared = Counted;

    fn info() -> Info {
        let info = Info::classifier(
            "MultinomialNB",
            "Naive Bayes over counts: each class draws its features from a distribution of its own.",
        );
        Smoothing::describe(
            info,
            at_least(0.0).or(json()),
            "Added to every count; a list has one number for each column.",
        )
    }

    fn new(params: &Params) -> Result<Self, Error> {
        Smoothing::new(params).map(MultinomialNB)
    }

    fn fit(&self, train: &Rows<'_>, fit: &mut Fit<'_, Self>) -> Result<FittedDiscrete, Error> {
        let name = "MultinomialNB";
        not_negative(name, train)?;
        FittedDiscrete::new(name, Kind::Multinomial, &self.0, train, fit)
    }
}

impl Estimator for BernoulliNB {
    type Model = FittedDiscrete;
    type Shared = Counted;

    fn info() -> Info {
        let info = Info::classifier(
            "BernoulliNB",
            "Naive Bayes over zeros and ones: within a class, every feature is a coin of its own.",
        );
        // A list fits scikit-learn's arithmetic only by chance of shape.
        Smoothing::describe(
            info,
            at_least(0.0),
            "Added to every count of ones and of zeros.",
        )
        .param(
            "binarize",
            0.0,
            at_least(0.0).or(none()),
            "A feature above this is a one, any other a zero; None if they are that already.",
        )
    }

    fn new(params: &Params) -> Result<Self, Error> {
        Ok(BernoulliNB {
            smoothing: Smoothing::new(params)?,
            binarize: params.get("binarize")?,
        })
    }

    fn fit(&self, train: &Rows<'_>, fit: &mut Fit<'_, Self>) -> Result<FittedDiscrete, Error> {
        let kind = Kind::Bernoulli(self.binarize);
        FittedDiscrete::new("BernoulliNB", kind, &self.smoothing, train, fit)
    }
}

impl Estimator for ComplementNB {
    type Model = FittedDiscrete;
    type Shared = Counted;

    fn info() -> Info {
        let info = Info::classifier(
            "ComplementNB",
            "Naive Bayes over counts, by how little rows are like all the other classes: for classes of \
             very different sizes.",
        );
        Smoothing::describe(
            info,
            at_least(0.0).or(json()),
            "Added to every count; a list has one number for each column.",
        )
        .param(
            "norm",
            false,
            boolean(),
            "Whether the weights of each class are divided by their sum.",
        )
        .shares(&["alpha", "force_alpha", "fit_prior", "class_prior", "norm"])
    }

    fn new(params: &Params) -> Result<Self, Error> {
        Ok(ComplementNB {
            smoothing: Smoothing::new(params)?,
            norm: params.get("norm")?,
        })
    }

    fn fit(&self, train: &Rows<'_>, fit: &mut Fit<'_, Self>) -> Result<FittedDiscrete, Error> {
        let name = "ComplementNB";
        not_negative(name, train)?;
        FittedDiscrete::new(
            name,
            Kind::Complement(self.norm),
            &self.smoothing,
            train,
            fit,
        )
    }
}

impl Model for FittedDiscrete {
    fn classes(&self) -> &[u32] {
        &self.classes
    }

    fn predict(&self, rows: &Rows<'_>, outputs: Outputs) -> Result<Prediction, Error> {
        let mut values = rows.row_major();
        binarize(&mut values, self.kind.threshold());
        let mut scores = self.linear.joint_log_likelihood(&values);
        // The class is decided before normalising, as scikit-learn does it.
        let answers = Prediction::classes(
            scores
                .chunks_exact(self.classes.len())
                .map(|row| self.classes[first_highest(row)])
                .collect(),
        );
        if !outputs.contains(Outputs::PROBABILITIES) {
            return Ok(answers);
        }
        scores
            .chunks_exact_mut(self.classes.len())
            .for_each(normalise);
        Ok(Prediction {
            probabilities: Some(scores),
            ..answers
        })
    }

    fn attributes(&self) -> Vec<Attribute> {
        let probabilities = match self.kind {
            Kind::Bernoulli(_) => self.counts.log_ones(&self.alpha),
            _ => self.linear.weights().to_vec(),
        };
        let width = self.alpha.len();
        let mut attributes = vec![
            Attribute::vector("class_count_", self.counts.of_classes().to_vec()),
            Attribute::vector("class_log_prior_", self.log_prior.clone()),
            Attribute::matrix("feature_count_", width, self.counts.of_features().to_vec()),
            Attribute::matrix("feature_log_prob_", width, probabilities),
        ];
        if let Kind::Complement(_) = self.kind {
            attributes.push(Attribute::vector("feature_all_", self.counts.of_columns()));
        }
        attributes
    }

    fn save(&self) -> Result<Vec<u8>, Error> {
        encode(self)
    }

    fn load(bytes: &[u8]) -> Result<Self, Error> {
        decode(bytes)
    }
}
