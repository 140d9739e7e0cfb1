//! `NearestCentroid`: its description and its glue. The arithmetic is in
//! [`centroids`](crate::centroids).

use pleat_guest::{
    Attribute, Error, Estimator, Fit, Info, Model, Outputs, Params, Prediction, Rows, Value,
    decode, domain::*, encode,
};
use pleat_num::math::exp;
use serde::{Deserialize, Serialize};

use crate::centroids::{Centroids, Metric};

/// scikit-learn's `NearestCentroid`.
pub struct NearestCentroid {
    metric: Metric,
    shrink_threshold: Option<f64>,
    priors: Priors,
}

enum Priors {
    Uniform,
    Empirical,
    Given(Vec<f64>),
}

/// A fitted [`NearestCentroid`].
#[derive(Serialize, Deserialize)]
pub struct FittedCentroid {
    classes: Vec<u32>,
    priors: Vec<f64>,
    centroids: Centroids,
}

impl Estimator for NearestCentroid {
    type Model = FittedCentroid;
    type Shared = ();

    fn info() -> Info {
        Info::classifier(
            "NearestCentroid",
            "The class whose mean or median is nearest. Probabilities go by distances in units of \
             each column's spread, which decide where priors differ.",
        )
        .param(
            "metric",
            "euclidean",
            words(["euclidean", "manhattan"]),
            "How distance is measured; centroids are medians for manhattan, else means.",
        )
        .param(
            "shrink_threshold",
            (),
            above(0.0).or(none()),
            "How far centroids are moved towards the centre of all rows, column by column.",
        )
        .param(
            "priors",
            "uniform",
            words(["uniform", "empirical"]).or(json()),
            "The probability of each class: the same, as frequent as it is, or a list.",
        )
        .probabilities()
        .decision()
    }

    fn new(params: &Params) -> Result<Self, Error> {
        let metrics = [
            ("euclidean", Metric::Euclidean),
            ("manhattan", Metric::Manhattan),
        ];
        Ok(NearestCentroid {
            metric: params.choice("metric", &metrics)?,
            shrink_threshold: params.get("shrink_threshold")?,
            priors: match params.value("priors")? {
                Value::Text(word) if word == "empirical" => Priors::Empirical,
                Value::Text(_) => Priors::Uniform,
                _ => Priors::Given(params.get("priors")?),
            },
        })
    }

    fn fit(&self, train: &Rows<'_>, fit: &mut Fit<'_, Self>) -> Result<FittedCentroid, Error> {
        let refuse = |why: String| Err(Error::InvalidData(format!("NearestCentroid: {why}")));
        let (classes, places) = (train.classes(), train.places());
        if let [only] = classes[..] {
            return refuse(format!(
                "all rows are of class {only}; it needs two classes."
            ));
        }
        let varies = |c: usize| {
            let column = train.dataset().column(c);
            let first = column[train.indices()[0] as usize];
            train
                .indices()
                .iter()
                .any(|row| column[*row as usize] != first)
        };
        if !(0..train.n_columns()).any(varies) {
            return refuse("no column varies.".into());
        }
        let priors = self.priors(&places, classes.len(), fit)?;
        let columns = (0..train.n_columns()).map(|c| train.column(c));
        let threshold = self.shrink_threshold;
        let centroids = Centroids::new(columns, &places, classes.len(), self.metric, threshold);
        if centroids.spread.contains(&0.0) {
            fit.warn("Some column does not vary within any class of NearestCentroid.");
        }
        if !centroids.points.iter().all(|x| x.is_finite()) {
            return refuse(
                "some centroid cannot be shrunken; too few columns vary within the classes, or \
                 values are beyond all numbers."
                    .into(),
            );
        }
        Ok(FittedCentroid {
            classes,
            priors,
            centroids,
        })
    }
}

impl NearestCentroid {
    fn priors(
        &self,
        places: &[usize],
        n_classes: usize,
        fit: &mut Fit<'_, Self>,
    ) -> Result<Vec<f64>, Error> {
        let given = match &self.priors {
            Priors::Uniform => return Ok(vec![1.0 / n_classes as f64; n_classes]),
            Priors::Empirical => {
                let mut counts = vec![0.0; n_classes];
                places.iter().for_each(|place| counts[*place] += 1.0);
                counts.iter_mut().for_each(|n| *n /= places.len() as f64);
                return Ok(counts);
            }
            Priors::Given(given) => given,
        };
        let sum: f64 = given.iter().sum();
        let sound = given.iter().all(|p| *p >= 0.0) && sum > 0.0 && sum.is_finite();
        if given.len() != n_classes || !sound {
            return Err(Error::InvalidParams(format!(
                "The 'priors' parameter of NearestCentroid must be {n_classes} non-negative \
                 floats, one for each class, not all 0. Got {given:?} instead."
            )));
        }
        if (sum - 1.0).abs() <= 1e-8 + 1e-5 {
            return Ok(given.clone());
        }
        fit.warn(format!(
            "The priors of NearestCentroid add up to {sum}, not 1, and were divided by that."
        ));
        Ok(given.iter().map(|p| p / sum).collect())
    }
}

impl FittedCentroid {
    /// Whether all classes are as likely: then the plain distance decides.
    fn indifferent(&self) -> bool {
        let even = 1.0 / self.classes.len() as f64;
        let close = |p: &f64| (p - even).abs() <= 1e-8 + 1e-5 * even;
        self.priors.iter().all(close)
    }

    /// The class with the nearest point, of equally near ones the first.
    fn nearest(&self, rows: &Rows<'_>) -> Prediction {
        let columns = (0..rows.n_columns()).map(|c| rows.column(c));
        let n = rows.len();
        let distances = self.centroids.distances(columns, n, false);
        let closest = |row: usize| {
            let nearer = |a: usize, b: usize| match distances[b * n + row] < distances[a * n + row]
            {
                true => b,
                false => a,
            };
            self.classes[(1..self.classes.len()).fold(0, nearer)]
        };
        Prediction::classes((0..n).map(closest).collect())
    }
}

impl Model for FittedCentroid {
    fn classes(&self) -> &[u32] {
        &self.classes
    }

    fn predict(&self, rows: &Rows<'_>, outputs: Outputs) -> Result<Prediction, Error> {
        let indifferent = self.indifferent();
        let plain = !outputs.intersects(Outputs::PROBABILITIES | Outputs::DECISION);
        if indifferent && plain {
            return Ok(self.nearest(rows));
        }
        let n_classes = self.classes.len();
        let columns = (0..rows.n_columns()).map(|c| rows.column(c));
        let scores = self.centroids.scores(columns, rows.len(), &self.priors);
        let answers = match indifferent {
            true => self.nearest(rows),
            false => Prediction::highest(&self.classes, &scores),
        };
        let decision = match n_classes {
            2 => scores.chunks_exact(2).map(|row| row[1] - row[0]).collect(),
            _ => scores.clone(),
        };
        let mut probabilities = scores;
        probabilities.chunks_exact_mut(n_classes).for_each(softmax);
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
        let Centroids {
            points,
            deviations,
            spread,
            ..
        } = &self.centroids;
        let width = spread.len();
        vec![
            Attribute::matrix("centroids_", width, points.clone()),
            Attribute::matrix("deviations_", width, deviations.clone()),
            Attribute::vector("within_class_std_dev_", spread.clone()),
            Attribute::vector("class_prior_", self.priors.clone()),
        ]
    }
}

/// Turns scores into probabilities; even ones where all are infinitely far.
fn softmax(scores: &mut [f64]) {
    let highest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if highest == f64::NEG_INFINITY {
        let n = scores.len() as f64;
        return scores.fill(1.0 / n);
    }
    scores
        .iter_mut()
        .for_each(|score| *score = exp(*score - highest));
    let sum: f64 = scores.iter().sum();
    scores.iter_mut().for_each(|score| *score /= sum);
}
