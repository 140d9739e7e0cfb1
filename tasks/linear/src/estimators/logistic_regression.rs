//! `LogisticRegression`.
//!
//! Three ways lead to the one minimum. `lbfgs` takes fewer steps than
//! scikit-learn's;
//! `newton-cg`, `newton-cholesky` and `sag` are names for Newton's method,
//! and `saga` too unless absolute coefficients are penalised.

use pleat_guest::{
    Attribute, Error, Estimator, Fit, Info, Model, Outputs, Params, Prediction, Rows, Value,
    decode, domain::*, encode, go_on,
};
use pleat_num::sum;
use serde::{Deserialize, Serialize};
use std::ops::Bound::{Excluded, Included};

use super::beyond;
use crate::line::Line;
use crate::logistic::loss::{Loss, expit, softmax};
use crate::logistic::{Minimum, lbfgs, newton, proximal};
use crate::scores::Scores;
use crate::weights::{self, ClassWeight};

/// The most numbers for which second derivatives are written down: their
/// matrix then takes 128 MB.
const NEWTON_LIMIT: usize = 4096;

const NAME: &str = "LogisticRegression";

/// scikit-learn's `LogisticRegression`.
pub struct LogisticRegression {
    /// 1 / C, and the share of it that is on absolute coefficients.
    strength: f64,
    l1_ratio: f64,
    class_weight: ClassWeight,
    fit_intercept: bool,
    tol: f64,
    max_iter: u64,
    solver: Solver,
    /// What is to be said about the parameters.
    remarks: Vec<String>,
}

#[derive(Clone, Copy, PartialEq)]
enum Solver {
    Lbfgs,
    Newton,
    Saga,
}

/// A fitted [`LogisticRegression`].
#[derive(Serialize, Deserialize)]
pub struct FittedLogistic {
    scores: Scores,
    n_iter: u64,
}

impl Estimator for LogisticRegression {
    type Model = FittedLogistic;
    type Shared = ();

    fn info() -> Info {
        Info::classifier(
            NAME,
            "Logistic regression; multinomial where there are more than two classes.",
        )
        .param(
            "penalty",
            "deprecated",
            words(["deprecated", "l1", "l2", "elasticnet"]).or(none()),
            "Deprecated: say it with l1_ratio and C.",
        )
        .param(
            "C",
            1.0,
            numbers((Excluded(0.0), Included(f64::INFINITY))),
            "The inverse of the penalty's strength; none at all if infinite.",
        )
        .param(
            "l1_ratio",
            0.0,
            numbers(0.0..=1.0),
            "The share of the penalty that is on absolute, not squared, coefficients; saga only.",
        )
        .param(
            "class_weight",
            (),
            none().or(words(["balanced"])),
            "balanced: rows of rare classes weigh more, so that all classes weigh the same.",
        )
        .param(
            "fit_intercept",
            true,
            boolean(),
            "Whether scores need not be 0 where all columns are.",
        )
        .param(
            "tol",
            1e-4,
            at_least(0.0),
            "The search ends when no number of the gradient of the mean loss is above this.",
        )
        .param(
            "max_iter",
            100i64,
            integers(0..),
            "How many iterations at most.",
        )
        .param(
            "solver",
            "lbfgs",
            words(["lbfgs", "newton-cg", "newton-cholesky", "sag", "saga"]),
            "lbfgs, or Newton's method under any other word (proximal where l1_ratio is above 0).",
        )
        .param(
            "random_state",
            (),
            none().or(integers(0..=i64::from(u32::MAX))),
            "Has no effect: none of the solvers draws.",
        )
        .probabilities()
        .decision()
        .weights()
    }

    fn new(params: &Params) -> Result<Self, Error> {
        let solver = params.choice(
            "solver",
            &[
                ("lbfgs", Solver::Lbfgs),
                ("newton-cg", Solver::Newton),
                ("newton-cholesky", Solver::Newton),
                ("sag", Solver::Newton),
                ("saga", Solver::Saga),
            ],
        )?;
        let (strength, l1_ratio, remarks) = penalty(params)?;
        if l1_ratio > 0.0 && solver != Solver::Saga {
            return Err(Error::InvalidParams(format!(
                "{NAME}: solver = {} cannot penalise absolute coefficients (l1_ratio = \
                 {l1_ratio:?}); solver = 'saga' can.",
                params.value("solver")?
            )));
        }
        Ok(LogisticRegression {
            strength,
            l1_ratio,
            class_weight: ClassWeight::of(params)?,
            fit_intercept: params.get("fit_intercept")?,
            tol: params.get("tol")?,
            max_iter: params.get("max_iter")?,
            solver,
            remarks,
        })
    }

    fn fit(&self, train: &Rows<'_>, fit: &mut Fit<'_, Self>) -> Result<FittedLogistic, Error> {
        let classes = train.classes();
        if let [only] = classes[..] {
            return Err(Error::InvalidData(format!(
                "{NAME} needs rows of at least two classes, but all {} rows are of class {only}.",
                train.len()
            )));
        }
        let weights = self.weights(train, classes.len())?;
        let strength = self.strength / sum::pairwise(&weights);
        // With room for the intercept's ones: moving it would hold it twice.
        let mut x = Vec::with_capacity(train.len() * (train.n_columns() + 1));
        (0..train.n_columns()).for_each(|column| x.extend(train.column(column)));
        let loss = Loss::new(
            x,
            train.places(),
            classes.len(),
            &weights,
            self.fit_intercept,
            strength * (1.0 - self.l1_ratio),
        );
        let end = self.minimise(&loss, strength * self.l1_ratio)?;
        for remark in &self.remarks {
            fit.warn(remark.clone());
        }
        if let Some(trouble) = end.trouble {
            fit.warn(format!(
                "{NAME} did not converge ({} iterations): {trouble}. Raise max_iter (now {}) or \
                 tol, or scale the data.",
                end.iterations, self.max_iter
            ));
        }
        let lines = lines(&loss, &end.at, self.fit_intercept);
        if !lines.iter().all(Line::is_finite) {
            return Err(beyond(NAME));
        }
        Ok(FittedLogistic {
            scores: Scores { classes, lines },
            n_iter: end.iterations,
        })
    }
}

/// The strength of the penalty, the share of it on absolute coefficients, and
/// what scikit-learn warns of.
fn penalty(params: &Params) -> Result<(f64, f64, Vec<String>), Error> {
    let c: f64 = params.get("C")?;
    let l1_ratio: f64 = params.get("l1_ratio")?;
    let penalty = params.value("penalty")?;
    let word = match penalty {
        Value::Text(word) => word.as_str(),
        _ => "None",
    };
    if word == "deprecated" {
        let unpenalised = c == f64::INFINITY;
        return Ok((
            1.0 / c,
            if unpenalised { 0.0 } else { l1_ratio },
            Vec::new(),
        ));
    }
    let mut remarks = vec![format!(
        "penalty = {penalty} is deprecated: l1_ratio = 0 stands for 'l2', 1 for 'l1', what is \
         between for 'elasticnet', and C = inf for None."
    )];
    let used = match word {
        "l1" => 1.0,
        "elasticnet" => l1_ratio,
        _ => 0.0,
    };
    if used != l1_ratio {
        remarks.push(format!(
            "penalty = {penalty} overrules l1_ratio = {l1_ratio:?}."
        ));
    }
    if word == "None" && c != 1.0 {
        remarks.push(format!("penalty = None overrules C = {c:?}."));
    }
    let strength = if word == "None" { 0.0 } else { 1.0 / c };
    Ok((strength, used, remarks))
}

impl LogisticRegression {
    /// What each row weighs.
    fn weights(&self, train: &Rows<'_>, n_classes: usize) -> Result<Vec<f64>, Error> {
        let weights = weights::of_rows(NAME, train)?;
        let places = train.places();
        // Unlike in RidgeClassifier, by what the rows weigh.
        let amounts = weights::amounts(&places, n_classes, weights.as_deref());
        let factors = self.class_weight.factors(&amounts);
        let mut weights = weights.unwrap_or_else(|| vec![1.0; places.len()]);
        for (weight, place) in weights.iter_mut().zip(&places) {
            *weight *= factors[*place];
        }
        Ok(weights)
    }

    fn minimise(&self, loss: &Loss, l1: f64) -> Result<Minimum, Error> {
        let most = self.max_iter;
        let tick = |iteration: u64| go_on(iteration as f64 / most.max(1) as f64);
        if l1 > 0.0 {
            proximal::minimise(loss, l1, self.tol, most, tick)
        } else if self.solver == Solver::Lbfgs || loss.dimension() > NEWTON_LIMIT {
            lbfgs::minimise(loss, self.tol, most, tick)
        } else {
            newton::minimise(loss, self.tol, most, tick)
        }
    }
}

/// A point as lines. What all intercepts have in common changes nothing and
/// is taken out, as a search that follows the gradient would never put it in.
fn lines(loss: &Loss, at: &[f64], intercept: bool) -> Vec<Line> {
    let mut lines: Vec<Line> = at
        .chunks_exact(loss.width())
        .map(|block| {
            let (coefficients, last) = block.split_at(block.len() - usize::from(intercept));
            Line {
                coefficients: coefficients.to_vec(),
                intercept: last.first().copied().unwrap_or(0.0),
            }
        })
        .collect();
    if lines.len() > 1 {
        let mean = lines.iter().map(|l| l.intercept).sum::<f64>() / lines.len() as f64;
        lines.iter_mut().for_each(|l| l.intercept -= mean);
    }
    lines
}

impl Model for FittedLogistic {
    fn classes(&self) -> &[u32] {
        &self.scores.classes
    }

    fn predict(&self, rows: &Rows<'_>, _: Outputs) -> Result<Prediction, Error> {
        let decision = self.scores.decision(rows);
        let mut probabilities = decision.clone();
        if self.scores.lines.len() == 1 {
            let both = |score: &f64| {
                let second = expit(*score);
                [1.0 - second, second]
            };
            probabilities = decision.iter().flat_map(both).collect();
        } else {
            for row in probabilities.chunks_exact_mut(self.scores.lines.len()) {
                softmax(row);
            }
        }
        Ok(Prediction {
            probabilities: Some(probabilities),
            decision: Some(decision.clone()),
            ..self.scores.answers(&decision)
        })
    }

    fn attributes(&self) -> Vec<Attribute> {
        let mut out = self.scores.attributes();
        out.push(Attribute::vector("n_iter_", vec![self.n_iter as f64]));
        out
    }

    fn save(&self) -> Result<Vec<u8>, Error> {
        encode(self)
    }

    fn load(bytes: &[u8]) -> Result<Self, Error> {
        decode(bytes)
    }
}
