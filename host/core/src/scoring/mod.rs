//! Scorers: one number for a prediction, the higher the better.
//!
//! The host computes every metric, so that a score means the same whatever
//! language a guest was written in; names and conventions are scikit-learn's,
//! down to what is NaN and what is refused. How scores of several splits
//! become one is not decided here.

mod classification;
mod regression;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::estimator::Kind;
use crate::params::unknown;

/// A scorer, by its scikit-learn name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scorer {
    /// The share of right answers.
    Accuracy,
    /// The mean over true classes of the share of right answers.
    BalancedAccuracy,
    /// The mean F1 over all classes that are true or answered.
    F1Macro,
    /// The mean logarithm of the probability given to the true class.
    NegLogLoss,
    /// The share of variance that is explained.
    R2,
    /// The mean squared error, negative.
    NegMeanSquaredError,
}

/// What a scorer needs of a prediction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Needs {
    /// The answers: a class, or a number.
    pub answers: bool,
    /// A probability for each class of the model.
    pub probabilities: bool,
}

impl Needs {
    /// What `self` or `other` needs.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self {
            answers: self.answers || other.answers,
            probabilities: self.probabilities || other.probabilities,
        }
    }
}

/// What is true of the rows that were predicted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Truth<'a> {
    /// One class code a row.
    Classes(&'a [u32]),
    /// One number a row.
    Numbers(&'a [f64]),
}

impl Truth<'_> {
    /// How many rows there are.
    #[must_use]
    pub fn rows(&self) -> usize {
        match self {
            Self::Classes(codes) => codes.len(),
            Self::Numbers(values) => values.len(),
        }
    }
}

/// What a model said about the same rows, in the same order. Class codes are
/// those of the truth.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Prediction<'a> {
    /// The classes the model knows, ascending: the columns of `probabilities`.
    pub model_classes: &'a [u32],
    /// One class code a row.
    pub classes: Option<&'a [u32]>,
    /// One number a row.
    pub numbers: Option<&'a [f64]>,
    /// Row after row, one probability for each of the model's classes.
    pub probabilities: Option<&'a [f64]>,
}

/// Why there is no score. Where scikit-learn searches, it turns these into
/// NaN and a warning (`error_score=nan`).
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ScoreError {
    /// Nothing was predicted.
    #[error("{scorer}: there are no rows to score")]
    NoRows {
        /// The scorer.
        scorer: Scorer,
    },
    /// The truth is of the other kind.
    #[error("{scorer} is for a {kind}, and the target is not one's", kind = scorer.kind().as_str())]
    WrongTarget {
        /// The scorer.
        scorer: Scorer,
    },
    /// The prediction lacks what the scorer needs.
    #[error("{scorer} needs {what}, and the prediction has none")]
    Lacks {
        /// The scorer.
        scorer: Scorer,
        /// What it needs.
        what: &'static str,
    },
    /// Too many or too few values.
    #[error("{scorer}: the prediction has {actual} {what} where {expected} are expected")]
    WrongLength {
        /// The scorer.
        scorer: Scorer,
        /// Of what.
        what: &'static str,
        /// How many there should be.
        expected: usize,
        /// How many there are.
        actual: usize,
    },
    /// NaN or an infinity where a number is needed.
    #[error(
        "{scorer}: the prediction for row {row} of those tested is {value}: allowed are finite numbers"
    )]
    NotFinite {
        /// The scorer.
        scorer: Scorer,
        /// Which of the tested rows.
        row: usize,
        /// What was predicted.
        value: f64,
    },
    /// Outside of [0, 1].
    #[error(
        "{scorer}: the prediction for row {row} of those tested has the probability {value}: allowed is 0 to 1"
    )]
    NotAProbability {
        /// The scorer.
        scorer: Scorer,
        /// Which of the tested rows.
        row: usize,
        /// What was predicted.
        value: f64,
    },
    /// The model was fitted on one class.
    #[error("{scorer}: the model knows {classes} class: at least two are needed")]
    TooFewModelClasses {
        /// The scorer.
        scorer: Scorer,
        /// How many it knows.
        classes: usize,
    },
    /// The tested rows are all of one class.
    #[error("{scorer}: the tested rows are all of one class: at least two are needed")]
    OneClass {
        /// The scorer.
        scorer: Scorer,
    },
    /// The tested rows have other classes than the rows fitted on.
    #[error(
        "{scorer}: the tested rows have {tested} classes and the model knows {known}, {common} of them in common: they must be the same"
    )]
    OtherClasses {
        /// The scorer.
        scorer: Scorer,
        /// Classes among the tested rows.
        tested: usize,
        /// Classes of the model.
        known: usize,
        /// Classes that are both.
        common: usize,
    },
}

impl Scorer {
    /// All there are.
    pub const ALL: [Self; 6] = [
        Self::Accuracy,
        Self::BalancedAccuracy,
        Self::F1Macro,
        Self::NegLogLoss,
        Self::R2,
        Self::NegMeanSquaredError,
    ];

    /// Its scikit-learn name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Accuracy => "accuracy",
            Self::BalancedAccuracy => "balanced_accuracy",
            Self::F1Macro => "f1_macro",
            Self::NegLogLoss => "neg_log_loss",
            Self::R2 => "r2",
            Self::NegMeanSquaredError => "neg_mean_squared_error",
        }
    }

    /// The scorer of this name.
    ///
    /// # Errors
    /// The sentence that names the nearest one and all that there are.
    pub fn parse(name: &str) -> Result<Self, String> {
        let known = Self::ALL.map(Self::name);
        let found = Self::ALL.into_iter().find(|s| s.name() == name);
        found.ok_or_else(|| unknown("scorer", name, &known))
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
        match self {
            Self::Accuracy | Self::BalancedAccuracy | Self::F1Macro | Self::NegLogLoss => {
                Kind::Classifier
            }
            Self::R2 | Self::NegMeanSquaredError => Kind::Regressor,
        }
    }

    /// What it needs of a prediction.
    #[must_use]
    pub fn needs(self) -> Needs {
        let probabilities = self == Self::NegLogLoss;
        Needs {
            answers: !probabilities,
            probabilities,
        }
    }

    /// Scores a prediction. NaN for `r2` of fewer than two rows, and finite
    /// or minus infinity (on overflow) otherwise.
    ///
    /// # Errors
    /// Wherever scikit-learn raises: nothing to score, something missing or
    /// not finite, no probability, other classes tested than fitted.
    pub fn score(self, truth: Truth<'_>, prediction: &Prediction<'_>) -> Result<f64, ScoreError> {
        let rows = truth.rows();
        if rows == 0 {
            return Err(ScoreError::NoRows { scorer: self });
        }
        let lacks = |what| ScoreError::Lacks { scorer: self, what };
        let length = |what, expected, actual| {
            if expected == actual {
                return Ok(());
            }
            Err(ScoreError::WrongLength {
                scorer: self,
                what,
                expected,
                actual,
            })
        };
        match (self.kind(), truth) {
            (Kind::Regressor, Truth::Numbers(truth)) => {
                let numbers = prediction.numbers.ok_or_else(|| lacks("numbers"))?;
                length("numbers", rows, numbers.len())?;
                if let Some(row) = numbers.iter().position(|x| !x.is_finite()) {
                    return Err(ScoreError::NotFinite {
                        scorer: self,
                        row,
                        value: numbers[row],
                    });
                }
                Ok(match self {
                    Self::R2 => regression::r2(truth, numbers),
                    _ => -regression::mean_squared_error(truth, numbers),
                })
            }
            (Kind::Classifier, Truth::Classes(truth)) if self == Self::NegLogLoss => {
                let known = prediction.model_classes;
                let probabilities = prediction
                    .probabilities
                    .ok_or_else(|| lacks("probabilities"))?;
                length(
                    "probabilities",
                    rows.saturating_mul(known.len()),
                    probabilities.len(),
                )?;
                classification::log_loss(truth, known, probabilities).map(|loss| -loss)
            }
            (Kind::Classifier, Truth::Classes(truth)) => {
                let classes = prediction.classes.ok_or_else(|| lacks("classes"))?;
                length("classes", rows, classes.len())?;
                Ok(match self {
                    Self::BalancedAccuracy => classification::balanced_accuracy(truth, classes),
                    Self::F1Macro => classification::f1_macro(truth, classes),
                    _ => classification::accuracy(truth, classes),
                })
            }
            _ => Err(ScoreError::WrongTarget { scorer: self }),
        }
    }
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
