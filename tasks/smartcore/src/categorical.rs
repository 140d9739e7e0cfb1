//! smartcore's categorical naive Bayes.

use pleat_guest::{
    Attribute, Error, Estimator, Fit, Info, Model, Outputs, Params, Prediction, Rows, Value,
    decode, domain::*, encode,
};
use pleat_num::math::{exp, ln};
use pleat_num::sum::pairwise;
use serde::{Deserialize, Serialize};
use smartcore::linalg::basic::matrix::DenseMatrix;
use smartcore::naive_bayes::categorical::CategoricalNB as Counted;

/// Categories are numbered from 0, and there is a count for each, so a number
/// that means something else must not be taken for one.
const MOST: f64 = 65_535.0;

/// Below this, smoothing is raised to it, unless `force_alpha`.
const LEAST_ALPHA: f64 = 1e-10;

/// scikit-learn's `CategoricalNB`, by smartcore.
pub struct CategoricalNB {
    alpha: f64,
    force_alpha: bool,
    fit_prior: bool,
    class_prior: Option<Vec<f64>>,
}

/// A fitted [`CategoricalNB`].
#[derive(Serialize, Deserialize)]
pub struct FittedCategorical {
    classes: Vec<u32>,
    class_count: Vec<f64>,
    log_prior: Vec<f64>,
    /// Of each column the logarithms of its categories' shares: category after
    /// category, one number a class.
    log_shares: Vec<Vec<f64>>,
}

impl Estimator for CategoricalNB {
    type Model = FittedCategorical;
    type Shared = ();

    fn info() -> Info {
        Info::classifier(
            "CategoricalNB",
            "Naive Bayes over categories, by the crate smartcore: within a class, every feature has \
             its own frequencies.",
        )
        .param(
            "alpha",
            1.0,
            at_least(0.0),
            "Added to the count of every category.",
        )
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
        .categorical()
    }

    fn new(params: &Params) -> Result<Self, Error> {
        Ok(CategoricalNB {
            alpha: params.get("alpha")?,
            force_alpha: params.get("force_alpha")?,
            fit_prior: params.get("fit_prior")?,
            class_prior: match params.value("class_prior")? {
                Value::None => None,
                _ => Some(params.get("class_prior")?),
            },
        })
    }

    fn fit(&self, train: &Rows<'_>, fit: &mut Fit<'_, Self>) -> Result<FittedCategorical, Error> {
        let classes = train.classes();
        let mut alpha = self.alpha;
        if !self.force_alpha && alpha < LEAST_ALPHA {
            fit.warn(format!(
                "alpha = {alpha:?} is below 1e-10, and was raised to that."
            ));
            alpha = LEAST_ALPHA;
        }
        let places: Vec<u32> = train
            .places()
            .into_iter()
            .map(|place| place as u32)
            .collect();
        let counted = Counted::fit(&matrix(train)?, &places, Default::default());
        let counted = counted.map_err(refusal)?;
        let counts = counted.category_count().iter();
        Ok(FittedCategorical {
            classes,
            class_count: counted.class_count().iter().map(|n| *n as f64).collect(),
            log_prior: self.log_prior(counted.class_count())?,
            log_shares: counts
                .map(|of_classes| log_shares(of_classes, alpha))
                .collect(),
        })
    }
}

impl CategoricalNB {
    fn log_prior(&self, counts: &[usize]) -> Result<Vec<f64>, Error> {
        let n = counts.len();
        match &self.class_prior {
            Some(prior) if prior.len() != n || !prior.iter().all(|p| *p >= 0.0) => {
                Err(Error::InvalidParams(format!(
                    "The 'class_prior' parameter of CategoricalNB must be {n} floats of 0 or more, \
                     one for each class. Got {prior:?} instead."
                )))
            }
            Some(prior) => Ok(prior.iter().map(|p| ln(*p)).collect()),
            None if self.fit_prior => {
                let all = ln(counts.iter().sum::<usize>() as f64);
                Ok(counts.iter().map(|count| ln(*count as f64) - all).collect())
            }
            None => Ok(vec![-ln(n as f64); n]),
        }
    }
}

/// How likely each category of a column is in each class, of which there are
/// the counts.
fn log_shares(of_classes: &[Vec<usize>], alpha: f64) -> Vec<f64> {
    let categories = of_classes.first().map_or(0, Vec::len);
    let mut out = vec![0.0; categories * of_classes.len()];
    for (class, counts) in of_classes.iter().enumerate() {
        let smoothed: Vec<f64> = counts.iter().map(|n| *n as f64 + alpha).collect();
        let all = ln(pairwise(&smoothed));
        let places = out.iter_mut().skip(class).step_by(of_classes.len());
        for (place, count) in places.zip(smoothed) {
            *place = ln(count) - all;
        }
    }
    out
}

/// The rows as smartcore takes them.
fn matrix(rows: &Rows<'_>) -> Result<DenseMatrix<u32>, Error> {
    let mut values = Vec::with_capacity(rows.len() * rows.n_columns());
    for c in 0..rows.n_columns() {
        let column = rows.dataset().column(c);
        for row in rows.indices() {
            let value = column[*row as usize];
            let category = value == value.trunc() && (0.0..=MOST).contains(&value);
            if !category {
                return Err(Error::InvalidData(format!(
                    "CategoricalNB takes categories, whole numbers from 0 to {MOST}; row {row} has \
                     {value:?} in column {c}."
                )));
            }
            values.push(value as u32);
        }
    }
    DenseMatrix::new(rows.len(), rows.n_columns(), values, true).map_err(refusal)
}

/// What smartcore refuses, it refuses because of the data: parameters have
/// been checked.
fn refusal(failed: smartcore::error::Failed) -> Error {
    Error::InvalidData(format!("smartcore: {failed}"))
}

impl FittedCategorical {
    /// The logarithm of prior times likelihood: row after row, one number a
    /// class.
    fn scores(&self, rows: &Rows<'_>) -> Result<Vec<f64>, Error> {
        // Says what is no category.
        matrix(rows)?;
        let n = self.classes.len();
        let mut scores = vec![0.0; rows.len() * n];
        for (c, log_shares) in self.log_shares.iter().enumerate() {
            let column = rows.dataset().column(c);
            for (row, scores) in rows.indices().iter().zip(scores.chunks_exact_mut(n)) {
                let category = column[*row as usize] as usize;
                let Some(of_classes) = log_shares.chunks_exact(n).nth(category) else {
                    return Err(Error::InvalidData(format!(
                        "CategoricalNB has learned categories 0 to {} of column {c}; row {row} has \
                         {category}.",
                        log_shares.len() / n - 1
                    )));
                };
                for (score, log_share) in scores.iter_mut().zip(of_classes) {
                    *score += log_share;
                }
            }
        }
        for scores in scores.chunks_exact_mut(n) {
            for (score, log_prior) in scores.iter_mut().zip(&self.log_prior) {
                *score += log_prior;
            }
        }
        Ok(scores)
    }
}

impl Model for FittedCategorical {
    fn classes(&self) -> &[u32] {
        &self.classes
    }

    fn predict(&self, rows: &Rows<'_>, _: Outputs) -> Result<Prediction, Error> {
        let mut scores = self.scores(rows)?;
        let answers = Prediction::highest(&self.classes, &scores);
        scores
            .chunks_exact_mut(self.classes.len())
            .for_each(normalise);
        Ok(Prediction {
            probabilities: Some(scores),
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
        let categories = |shares: &Vec<f64>| (shares.len() / self.classes.len()) as f64;
        vec![
            Attribute::vector("class_count_", self.class_count.clone()),
            Attribute::vector("class_log_prior_", self.log_prior.clone()),
            Attribute::vector(
                "n_categories_",
                self.log_shares.iter().map(categories).collect(),
            ),
        ]
    }
}

/// Turns scores into probabilities. Where every class is impossible they are
/// not numbers, as scikit-learn's are.
fn normalise(scores: &mut [f64]) {
    let highest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    scores
        .iter_mut()
        .for_each(|score| *score = exp(*score - highest));
    let sum: f64 = scores.iter().sum();
    scores.iter_mut().for_each(|score| *score /= sum);
}
