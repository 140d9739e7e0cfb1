//! CalibratedClassifierCV over SVC: its description and glue.

use std::rc::Rc;

use pleat_guest::{
    Error, Estimator, Fit, Info, Model, Outputs, Params, Prediction, Rows, Value, decode,
    domain::*, encode,
};
use pleat_num::sum::pairwise;
use serde::{Deserialize, Serialize};

use crate::calibrators::{Calibrator, softmax, temperature};
use crate::classifier::{FittedSVC, SVC};
use crate::folds::stratified;
use crate::settings::{Shared as Kernels, not_converged};

/// What the parameters of the machines begin with.
const PREFIX: &str = "estimator__";

/// scikit-learn's `CalibratedClassifierCV`, of an `SVC`.
pub struct CalibratedClassifierCV {
    method: Method,
    plan: Plan,
}

/// How scores become probabilities.
#[derive(Clone, Copy, Debug)]
enum Method {
    Sigmoid,
    Isotonic,
    Temperature,
}

/// What is fitted before anything is calibrated.
#[derive(Clone, Debug, PartialEq)]
struct Plan {
    base: SVC,
    n_splits: usize,
    /// Whether a model of each split is kept, not one of all rows.
    ensemble: bool,
}

/// What candidates that differ in the method alone share.
#[derive(Default)]
pub struct Shared(Option<(Plan, Rc<Vec<Base>>)>);

/// A model, and scores of rows that it, or one like it, has not seen.
struct Base {
    fitted: Rc<FittedSVC>,
    /// Places among the training rows.
    rows: Vec<usize>,
    /// Row after row.
    scores: Vec<f64>,
    converged: bool,
}

/// A fitted [`CalibratedClassifierCV`].
#[derive(Serialize, Deserialize)]
pub struct Calibrated {
    classes: Vec<u32>,
    pairs: Vec<(Rc<FittedSVC>, Calibration)>,
}

#[derive(Serialize, Deserialize)]
enum Calibration {
    /// One for each class, or the second of two.
    OfClass(Vec<Calibrator>),
    Temperature(f64),
}

impl Estimator for CalibratedClassifierCV {
    type Model = Calibrated;
    type Shared = Shared;

    fn info() -> Info {
        let info = Info::classifier(
            "CalibratedClassifierCV",
            "An SVC whose scores are turned into probabilities, as learned on rows it has not seen.",
        )
        .param(
            "method",
            "sigmoid",
            words(["sigmoid", "isotonic", "temperature"]),
            "What turns scores into probabilities: a logistic curve, any that does not fall, or one factor for all classes.",
        )
        .param(
            "cv",
            (),
            integers(2..).or(none()),
            "Into how many stratified folds rows are split; 5 if None.",
        )
        .param(
            "ensemble",
            "auto",
            boolean().or(words(["auto"])),
            "Whether the models of all splits are kept and their probabilities averaged, or one of all rows; auto is True.",
        );
        SVC::describe(info, PREFIX)
            .weights()
            .probabilities()
            .shares(&["method"])
    }

    fn new(params: &Params) -> Result<Self, Error> {
        let methods = [
            ("sigmoid", Method::Sigmoid),
            ("isotonic", Method::Isotonic),
            ("temperature", Method::Temperature),
        ];
        let n_splits: Option<u32> = params.get("cv")?;
        Ok(CalibratedClassifierCV {
            method: params.choice("method", &methods)?,
            plan: Plan {
                base: SVC::scoring(params, PREFIX)?,
                n_splits: n_splits.unwrap_or(5) as usize,
                ensemble: *params.value("ensemble")? != Value::Boolean(false),
            },
        })
    }

    fn fit(&self, train: &Rows<'_>, fit: &mut Fit<'_, Self>) -> Result<Calibrated, Error> {
        let made = fit.shared.0.take();
        let made = made.filter(|(plan, _)| *plan == self.plan);
        let bases = match made {
            Some((_, bases)) => bases,
            None => Rc::new(self.plan.fit(train)?),
        };
        fit.shared.0 = Some((self.plan.clone(), bases.clone()));
        if bases.iter().any(|base| !base.converged) {
            fit.warn(not_converged("SVC", self.plan.base.rules()));
        }
        let weights = train.weights().unwrap_or_else(|| vec![1.0; train.len()]);
        let places = train.places();
        let pairs = bases.iter().map(|base| {
            let weights: Vec<f64> = base.rows.iter().map(|row| weights[*row]).collect();
            let places: Vec<usize> = base.rows.iter().map(|row| places[*row]).collect();
            let calibration = self.method.learn(base, &places, &weights)?;
            Ok((base.fitted.clone(), calibration))
        });
        Ok(Calibrated {
            classes: train.classes(),
            pairs: pairs.collect::<Result<_, Error>>()?,
        })
    }
}

impl Plan {
    fn fit(&self, train: &Rows<'_>) -> Result<Vec<Base>, Error> {
        let (classes, places) = (train.classes(), train.places());
        for (i, class) in classes.iter().enumerate() {
            let rows = places.iter().filter(|place| **place == i).count();
            if rows < self.n_splits {
                return Err(Error::InvalidData(format!(
                    "CalibratedClassifierCV with cv={} needs as many rows of each class; got {rows} of class {class}.",
                    self.n_splits
                )));
            }
        }
        let folds = stratified(&places, classes.len(), self.n_splits);
        let mut bases = Vec::with_capacity(self.n_splits);
        for fold in 0..self.n_splits {
            let (rows, others): (Vec<usize>, Vec<usize>) =
                (0..train.len()).partition(|row| folds[*row] == fold);
            let named = |rows: &[usize]| rows.iter().map(|i| train.indices()[*i]).collect();
            let (test, others): (Vec<u32>, Vec<u32>) = (named(&rows), named(&others));
            let (fitted, converged) =
                self.learn(&Rows::new(train.dataset(), &others)?, &classes)?;
            let test = Rows::new(train.dataset(), &test)?;
            bases.push(Base {
                scores: scores(&fitted, &test)?,
                fitted,
                rows,
                converged,
            });
        }
        if self.ensemble {
            return Ok(bases);
        }
        let (fitted, converged) = self.learn(train, &classes)?;
        let base = Base {
            fitted,
            rows: bases.iter().flat_map(|base| &base.rows).copied().collect(),
            converged: converged && bases.iter().all(|base| base.converged),
            scores: bases.into_iter().flat_map(|base| base.scores).collect(),
        };
        Ok(vec![base])
    }

    fn learn(&self, rows: &Rows<'_>, classes: &[u32]) -> Result<(Rc<FittedSVC>, bool), Error> {
        let (fitted, converged) = self.base.learn(rows, &mut Kernels::default())?;
        if fitted.classes() != classes {
            return Err(Error::InvalidData(
                "CalibratedClassifierCV needs weights above 0 in each class of every split.".into(),
            ));
        }
        Ok((Rc::new(fitted), converged))
    }
}

/// One for each class, row after row; of two classes only the second's.
fn scores(fitted: &FittedSVC, rows: &Rows<'_>) -> Result<Vec<f64>, Error> {
    let prediction = fitted.predict(rows, Outputs::DECISION)?;
    Ok(prediction.decision.unwrap_or_default())
}

impl Method {
    fn learn(self, base: &Base, places: &[usize], weights: &[f64]) -> Result<Calibration, Error> {
        let n = base.fitted.classes().len();
        if matches!(self, Method::Temperature) {
            let logits = logits(&base.scores, n);
            let factor = temperature(&logits, n, places, weights);
            return Ok(Calibration::Temperature(factor));
        }
        // Of two classes the score is the second's.
        let scored = if n == 2 { 1..2 } else { 0..n };
        let width = scored.len();
        let of_class = |(column, class): (usize, usize)| {
            let scores = base.scores.iter().skip(column).step_by(width);
            let scores: Vec<f64> = scores.copied().collect();
            let positive: Vec<bool> = places.iter().map(|place| *place == class).collect();
            match self {
                Method::Isotonic => Calibrator::isotonic(&scores, &positive, weights),
                _ => Some(Calibrator::sigmoid(&scores, &positive, weights)),
            }
        };
        let calibrators: Option<Vec<Calibrator>> = scored.enumerate().map(of_class).collect();
        calibrators.map(Calibration::OfClass).ok_or_else(|| {
            Error::InvalidData(
                "CalibratedClassifierCV needs weights above 0 in each fold; got none in one."
                    .into(),
            )
        })
    }
}

/// A score for each class: where there is one of two, its opposite comes first.
fn logits(scores: &[f64], n: usize) -> Vec<f64> {
    match n {
        2 => scores.iter().flat_map(|score| [-score, *score]).collect(),
        _ => scores.to_vec(),
    }
}

impl Calibration {
    /// The probabilities of a row's classes.
    fn probabilities(&self, scores: &[f64]) -> Vec<f64> {
        let n = scores.len();
        let mut probabilities = match self {
            Calibration::Temperature(factor) => {
                let logits = logits(scores, if n == 1 { 2 } else { n });
                let scaled: Vec<f64> = logits.iter().map(|x| factor * x).collect();
                softmax(&scaled)
            }
            Calibration::OfClass(calibrators) => {
                let of_class = calibrators.iter().zip(scores);
                let found: Vec<f64> = of_class.map(|(c, score)| c.probability(*score)).collect();
                let sum = pairwise(&found);
                match (found.as_slice(), sum) {
                    ([second], _) => vec![1.0 - second, *second],
                    // No class is thought possible: each is as likely.
                    (_, 0.0) => vec![1.0 / n as f64; n],
                    _ => found.into_iter().map(|p| p / sum).collect(),
                }
            }
        };
        // Rounding is no more than certain.
        for p in &mut probabilities {
            *p = if *p > 1.0 && *p <= 1.0 + 1e-5 {
                1.0
            } else {
                *p
            };
        }
        probabilities
    }
}

impl Model for Calibrated {
    fn classes(&self) -> &[u32] {
        &self.classes
    }

    fn predict(&self, rows: &Rows<'_>, _: Outputs) -> Result<Prediction, Error> {
        let n = self.classes.len();
        let mut sums = vec![0.0; rows.len() * n];
        for (fitted, calibration) in &self.pairs {
            let scores = scores(fitted, rows)?;
            let width = if n == 2 { 1 } else { n };
            for (sums, scores) in sums.chunks_exact_mut(n).zip(scores.chunks_exact(width)) {
                for (sum, p) in sums.iter_mut().zip(calibration.probabilities(scores)) {
                    *sum += p;
                }
            }
        }
        let pairs = self.pairs.len() as f64;
        sums.iter_mut().for_each(|sum| *sum /= pairs);
        Ok(Prediction::probable(&self.classes, sums))
    }

    fn save(&self) -> Result<Vec<u8>, Error> {
        encode(self)
    }

    fn load(bytes: &[u8]) -> Result<Self, Error> {
        decode(bytes)
    }
}
