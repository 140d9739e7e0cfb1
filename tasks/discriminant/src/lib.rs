//! Discriminant analysis for Pleat: the linear estimator's description and its
//! glue; those of the quadratic one are in [`qda`]. [`discriminant`] finds the
//! lines, [`quadratic`] the axes, [`groups`] is the rows by class; none of them
//! knows anything of the SDK.

pub mod discriminant;
mod eigen;
pub mod groups;
pub mod qda;
pub mod quadratic;
mod svd;
mod whitening;
mod wide;

pub use qda::QuadraticDiscriminantAnalysis;

use pleat_guest::{
    Attribute, Error, Estimator, Fit, Info, Model, Outputs, Params, Prediction, Rows, Value,
    decode, domain::*, encode,
};
use pleat_num::math::exp;
use pleat_num::sum::pairwise;
use serde::{Deserialize, Serialize};

use discriminant::{Failure, Lines, Solver};
use groups::{Groups, Shrinkage};

const NAME: &str = "LinearDiscriminantAnalysis";

/// scikit-learn's `LinearDiscriminantAnalysis`.
pub struct LinearDiscriminantAnalysis {
    solver: Solver,
    priors: Option<Vec<f64>>,
    store_covariance: bool,
}

/// A fitted [`LinearDiscriminantAnalysis`].
#[derive(Serialize, Deserialize)]
pub struct FittedDiscriminant {
    classes: Vec<u32>,
    lines: Lines,
    priors: Vec<f64>,
    /// Class after class.
    means: Vec<f64>,
    /// If it was to be stored.
    covariance: Option<Vec<f64>>,
}

impl Estimator for LinearDiscriminantAnalysis {
    type Model = FittedDiscriminant;
    type Shared = ();

    fn info() -> Info {
        Info::classifier(
            "LinearDiscriminantAnalysis",
            "Classes as normal densities of one covariance, parted by lines.",
        )
        .param(
            "solver",
            "svd",
            words(["svd", "lsqr", "eigen"]),
            "How the covariance is undone; svd does so without making one.",
        )
        .param(
            "shrinkage",
            (),
            none().or(words(["auto"])).or(numbers(0.0..=1.0)),
            "How far the covariance is drawn to the identity, by Ledoit and Wolf if auto; not with svd.",
        )
        .param(
            "priors",
            (),
            json().or(none()),
            "The probability of each class; as frequent as in the training rows if None.",
        )
        .param(
            "store_covariance",
            false,
            boolean(),
            "Whether the covariance within the classes is kept, to be looked at.",
        )
        .param(
            "tol",
            1e-4,
            at_least(0.0),
            "Singular values not above this are left out; svd only.",
        )
        .probabilities()
        .decision()
    }

    fn new(params: &Params) -> Result<Self, Error> {
        let shrinkage = shrinkage(params)?;
        let tol = params.get("tol")?;
        let solvers = [
            ("svd", Solver::Svd(tol)),
            ("lsqr", Solver::LeastSquares(shrinkage)),
            ("eigen", Solver::Eigen(shrinkage)),
        ];
        let solver = params.choice("solver", &solvers)?;
        if let (Solver::Svd(_), Some(_)) = (solver, shrinkage) {
            return Err(Error::InvalidParams(format!(
                "The 'shrinkage' parameter of LinearDiscriminantAnalysis must be None where the \
                 solver is 'svd'. Got {} instead; the solvers 'lsqr' and 'eigen' take it.",
                params.value("shrinkage")?,
            )));
        }
        Ok(LinearDiscriminantAnalysis {
            solver,
            priors: params.get("priors")?,
            store_covariance: params.get("store_covariance")?,
        })
    }

    fn fit(&self, train: &Rows<'_>, fit: &mut Fit<'_, Self>) -> Result<FittedDiscriminant, Error> {
        let classes = train.classes();
        if train.len() <= classes.len() {
            return Err(Error::InvalidData(format!(
                "LinearDiscriminantAnalysis needs more rows than classes; got {} rows of {} classes.",
                train.len(),
                classes.len(),
            )));
        }
        let groups = groups_of(train, classes.len());
        let mut priors = match &self.priors {
            Some(priors) => checked_priors(NAME, priors, classes.len())?.to_vec(),
            None => {
                let share = |count| count as f64 / train.len() as f64;
                groups.counts().map(share).collect()
            }
        };
        let sum = pairwise(&priors);
        if (sum - 1.0).abs() > 1e-5 {
            fit.warn(format!(
                "The priors of LinearDiscriminantAnalysis add up to {sum}, not 1, and were divided by that."
            ));
            priors.iter_mut().for_each(|prior| *prior /= sum);
        }
        let lines = Lines::new(&groups, &priors, self.solver).map_err(|failure| {
            let why = match failure {
                Failure::NoSpread => "no column varies within any class",
                Failure::Singular => {
                    "the covariance within the classes is singular; solver 'svd' or a shrinkage \
                     above 0 can do with that"
                }
                Failure::NotFinite => {
                    "the covariance within the classes is beyond all numbers; scale the data"
                }
            };
            Error::InvalidData(format!("LinearDiscriminantAnalysis: {why}."))
        })?;
        let covariance = self.store_covariance.then(|| {
            let shrinkage = match self.solver {
                Solver::Svd(_) => None,
                Solver::LeastSquares(shrinkage) | Solver::Eigen(shrinkage) => shrinkage,
            };
            groups.within(&priors, shrinkage)
        });
        Ok(FittedDiscriminant {
            classes,
            lines,
            means: groups.means().to_vec(),
            priors,
            covariance,
        })
    }
}

/// The rows of a fit.
fn groups_of(train: &Rows<'_>, n_classes: usize) -> Groups {
    let columns = (0..train.n_columns()).map(|c| train.dataset().column(c));
    Groups::new(columns, train.indices(), &train.places(), n_classes)
}

/// The parameter of both.
fn shrinkage(params: &Params) -> Result<Option<Shrinkage>, Error> {
    Ok(match params.value("shrinkage")? {
        Value::None => None,
        Value::Text(_) => Some(Shrinkage::Auto),
        _ => Some(Shrinkage::By(params.get("shrinkage")?)),
    })
}

/// Priors that may be worked with.
fn checked_priors<'a>(name: &str, priors: &'a [f64], n_classes: usize) -> Result<&'a [f64], Error> {
    let sound = priors
        .iter()
        .all(|prior| *prior >= 0.0 && prior.is_finite());
    if priors.len() == n_classes && sound && pairwise(priors) > 0.0 {
        return Ok(priors);
    }
    Err(Error::InvalidParams(format!(
        "The 'priors' parameter of {name} must be {n_classes} non-negative floats, one for each \
         class, not all 0. Got {priors:?} instead."
    )))
}

impl Model for FittedDiscriminant {
    fn classes(&self) -> &[u32] {
        &self.classes
    }

    fn predict(&self, rows: &Rows<'_>, _: Outputs) -> Result<Prediction, Error> {
        let decision = self.lines.at(&rows.row_major());
        let n = self.classes.len();
        let (prediction, probabilities) = if n == 2 {
            let second = |score: &f64| self.classes[usize::from(*score > 0.0)];
            let logistic = |score: &f64| {
                let p = 1.0 / (1.0 + exp(-score));
                [1.0 - p, p]
            };
            (
                Prediction::classes(decision.iter().map(second).collect()),
                decision.iter().flat_map(logistic).collect(),
            )
        } else {
            (
                Prediction::highest(&self.classes, &decision),
                decision.chunks_exact(n).flat_map(softmax).collect(),
            )
        };
        Ok(Prediction {
            probabilities: Some(probabilities),
            decision: Some(decision),
            ..prediction
        })
    }

    fn attributes(&self) -> Vec<Attribute> {
        let width = self.means.len() / self.classes.len();
        let mut attributes = vec![
            Attribute::matrix("coef_", width, self.lines.coefficients.clone()),
            Attribute::vector("intercept_", self.lines.intercepts.clone()),
            Attribute::matrix("means_", width, self.means.clone()),
            Attribute::vector("priors_", self.priors.clone()),
        ];
        if let Some(covariance) = &self.covariance {
            attributes.push(Attribute::matrix("covariance_", width, covariance.clone()));
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

fn softmax(scores: &[f64]) -> Vec<f64> {
    let highest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mut out: Vec<f64> = scores.iter().map(|score| exp(score - highest)).collect();
    let sum = pairwise(&out);
    out.iter_mut().for_each(|p| *p /= sum);
    out
}

pleat_guest::export!(LinearDiscriminantAnalysis, QuadraticDiscriminantAnalysis);
