//! Scorers: one number for a prediction, the higher the better.
//!
//! The host computes every metric, so that a score means the same whatever
//! language a guest was written in; names and conventions are scikit-learn's,
//! down to what is NaN and what is refused. How scores of several splits
//! become one is not decided here.

mod agreement;
mod classes;
mod counts;
mod curve;
mod error;
mod labels;
mod prediction;
mod probabilities;
mod ranking;
mod regression;
mod scores;
mod separation;
mod table;
mod weighted;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::estimator::Kind;
use crate::params::unknown;
use agreement::Contingency;
use classes::Answers;
use regression::Numbers;
use scores::Scores;
use separation::Grouped;
use table::Metric;

pub use error::{Reason, ScoreError};
pub use prediction::{Context, Gives, Needs, Prediction, Truth};
pub use table::Scorer;

impl Scorer {
    /// The scorer of this name.
    ///
    /// # Errors
    /// The sentence that names the nearest one and all that there are.
    pub fn parse(name: &str) -> Result<Self, String> {
        let found = Self::ALL.iter().copied().find(|s| s.name() == name);
        found.ok_or_else(|| {
            let known: Vec<_> = Self::ALL.iter().map(|s| s.name()).collect();
            unknown("scorer", name, &known)
        })
    }

    /// What an estimator's own `score` computes, which is what a search uses
    /// when no scorer is named; clusterers have none.
    #[must_use]
    pub fn default_for(kind: Kind) -> Option<Self> {
        match kind {
            Kind::Classifier => Some(Self::Accuracy),
            Kind::Regressor => Some(Self::R2),
            Kind::Clusterer => None,
        }
    }

    /// The kind of estimator it is for.
    #[must_use]
    pub fn kind(self) -> Kind {
        match self.metric() {
            Metric::Numbers(_) => Kind::Regressor,
            Metric::Agreement(_) | Metric::Separation(_) => Kind::Clusterer,
            _ => Kind::Classifier,
        }
    }

    /// Whether it makes use of weights. Those that do not give the same with
    /// them, as scikit-learn's do.
    #[must_use]
    pub fn accepts_weights(self) -> bool {
        self.kind() != Kind::Clusterer
            && !matches!(
                self,
                Self::NegMaxError
                    | Self::PositiveLikelihoodRatio
                    | Self::NegNegativeLikelihoodRatio
            )
    }

    /// Whether it compares with a target.
    #[must_use]
    pub fn needs_target(self) -> bool {
        !self.needs_features()
    }

    /// Whether it looks at the features, as the estimator saw them.
    #[must_use]
    pub fn needs_features(self) -> bool {
        matches!(self.metric(), Metric::Separation(_))
    }

    /// That it can score a target of so many classes with weights.
    ///
    /// # Errors
    /// The sentence that names scorers that can.
    pub fn check_weights(self, n_classes: usize) -> Result<(), String> {
        if n_classes > 2 && matches!(self, Self::RocAucOvo | Self::RocAucOvoWeighted) {
            return Err(format!("{self}: {}", Reason::Unweighted));
        }
        Ok(())
    }

    /// What it needs of the predictions of an estimator that gives this.
    /// Rankings go by decision scores where there are any.
    ///
    /// # Errors
    /// The sentence that says what the estimator does not give.
    pub fn needs(self, gives: Gives) -> Result<Needs, String> {
        let none = Needs::default();
        match self.metric() {
            Metric::Classes(_)
            | Metric::Counts(..)
            | Metric::Numbers(_)
            | Metric::Agreement(_)
            | Metric::Separation(_) => Ok(Needs {
                answers: true,
                ..none
            }),
            Metric::Ranking(_) if gives.decision => Ok(Needs {
                decision: true,
                ..none
            }),
            Metric::Ranking(_) | Metric::Probabilities(_) if gives.probabilities => Ok(Needs {
                probabilities: true,
                ..none
            }),
            Metric::Ranking(_) => Err(format!(
                "{self} needs decision scores or probabilities, and the estimator gives neither"
            )),
            Metric::Probabilities(_) => Err(format!(
                "{self} needs probabilities, and the estimator gives none"
            )),
        }
    }

    /// Scores a prediction. NaN where scikit-learn gives NaN: a share of
    /// fewer than two rows, a curve of one class.
    ///
    /// # Errors
    /// Wherever scikit-learn raises: nothing to score, something missing or
    /// not finite, no probability, other classes tested than fitted, no
    /// weight.
    pub fn score(
        self,
        truth: Truth<'_>,
        prediction: &Prediction<'_>,
        context: &Context<'_>,
    ) -> Result<f64, ScoreError> {
        self.compute(truth, prediction, context)
            .map_err(|reason| ScoreError {
                scorer: self,
                reason,
            })
    }

    fn compute(
        self,
        truth: Truth<'_>,
        prediction: &Prediction<'_>,
        context: &Context<'_>,
    ) -> Result<f64, Reason> {
        let rows = truth.rows();
        if rows == 0 {
            return Err(Reason::NoRows);
        }
        let weights = context.weights.filter(|_| self.accepts_weights());
        if let Some(weights) = weights {
            check_weights(weights, rows)?;
        }
        let known = prediction.model_classes;
        let positive = context.positive;
        let answers = |truth| {
            let answered = prediction
                .classes
                .ok_or(Reason::Lacks { what: "classes" })?;
            check_length("classes", rows, answered.len())?;
            Ok(Answers {
                truth,
                answered,
                known,
                weights,
                positive,
            })
        };
        let scores = |truth, decision: bool| {
            let (what, values) = if decision {
                ("decision scores", prediction.decision)
            } else {
                ("probabilities", prediction.probabilities)
            };
            let values = values.ok_or(Reason::Lacks { what })?;
            let width = Scores::width(known, decision);
            check_length(what, rows.saturating_mul(width), values.len())?;
            Ok(Scores {
                truth,
                known,
                values,
                decision,
                weights,
                positive,
            })
        };
        match (self.metric(), truth) {
            (Metric::Numbers(metric), Truth::Numbers(truth)) => {
                let predicted = prediction
                    .numbers
                    .ok_or(Reason::Lacks { what: "numbers" })?;
                check_length("numbers", rows, predicted.len())?;
                if let Some(row) = predicted.iter().position(|x| !x.is_finite()) {
                    return Err(Reason::NotFinite {
                        row,
                        value: predicted[row],
                    });
                }
                metric(&Numbers {
                    truth,
                    predicted,
                    weights,
                })
            }
            (Metric::Classes(metric), Truth::Classes(truth)) => metric(&answers(truth)?),
            (Metric::Agreement(metric), Truth::Classes(truth)) => {
                metric(&Contingency::new(truth, answers(truth)?.answered))
            }
            (Metric::Separation(metric), _) => {
                let found = answers(&[])?.answered;
                let features = context.features.ok_or(Reason::Lacks { what: "features" })?;
                if features.len() % rows != 0 {
                    return Err(Reason::WrongLength {
                        what: "features",
                        expected: features.len().div_ceil(rows) * rows,
                        actual: features.len(),
                    });
                }
                metric(&Grouped::new(features, found)?)
            }
            (Metric::Counts(ratio, average), Truth::Classes(truth)) => {
                counts::score(&answers(truth)?, ratio, average)
            }
            (Metric::Probabilities(metric), Truth::Classes(truth)) => {
                metric(&scores(truth, false)?)
            }
            (Metric::Ranking(metric), Truth::Classes(truth)) => {
                metric(&scores(truth, prediction.decision.is_some())?)
            }
            _ => Err(Reason::WrongTarget {
                kind: self.kind().as_str(),
            }),
        }
    }
}

fn check_length(what: &'static str, expected: usize, actual: usize) -> Result<(), Reason> {
    if expected == actual {
        return Ok(());
    }
    Err(Reason::WrongLength {
        what,
        expected,
        actual,
    })
}

fn check_weights(weights: &[f64], rows: usize) -> Result<(), Reason> {
    check_length("weights", rows, weights.len())?;
    let bad = |w: &f64| !(w.is_finite() && *w >= 0.0);
    if let Some(row) = weights.iter().position(bad) {
        return Err(Reason::BadWeight {
            row,
            value: weights[row],
        });
    }
    if weights.iter().all(|w| *w == 0.0) {
        return Err(Reason::NoWeight);
    }
    Ok(())
}

impl fmt::Display for Scorer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Scorer {
    type Err = String;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        Self::parse(s)
    }
}

impl Serialize for Scorer {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Scorer {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(d)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests;
