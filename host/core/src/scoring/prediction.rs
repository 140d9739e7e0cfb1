//! What is scored: the truth, what a model said, and what an estimator can
//! be asked to say. Nothing is computed here.

use serde::{Deserialize, Serialize};

/// What an estimator offers besides its answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Gives {
    /// A probability for each class.
    pub probabilities: bool,
    /// Decision scores.
    pub decision: bool,
}

/// What a scorer needs of a prediction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Needs {
    /// The answers: a class, or a number.
    pub answers: bool,
    /// A probability for each class of the model.
    pub probabilities: bool,
    /// Decision scores.
    pub decision: bool,
}

impl Needs {
    /// What `self` or `other` needs.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self {
            answers: self.answers || other.answers,
            probabilities: self.probabilities || other.probabilities,
            decision: self.decision || other.decision,
        }
    }
}

/// What is true of the rows that were predicted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Truth<'a> {
    /// One class code a row.
    Classes(&'a [u32]),
    /// One finite number a row.
    Numbers(&'a [f64]),
    /// Nothing is known of so many rows.
    Unknown(usize),
}

impl Truth<'_> {
    /// How many rows there are.
    #[must_use]
    pub fn rows(&self) -> usize {
        match self {
            Self::Classes(codes) => codes.len(),
            Self::Numbers(values) => values.len(),
            Self::Unknown(rows) => *rows,
        }
    }
}

/// What a model said about the same rows, in the same order. Class codes are
/// those of the truth.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Prediction<'a> {
    /// The classes the model knows, ascending: the columns of `probabilities`
    /// and of `decision`.
    pub model_classes: &'a [u32],
    /// One class code a row.
    pub classes: Option<&'a [u32]>,
    /// One number a row.
    pub numbers: Option<&'a [f64]>,
    /// Row after row, one probability for each of the model's classes.
    pub probabilities: Option<&'a [f64]>,
    /// Row after row, one score for each of the model's classes; for two
    /// classes one score a row, positive for the second.
    pub decision: Option<&'a [f64]>,
}

/// What a scorer is told beyond the two.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Context<'a> {
    /// One weight a row; none is negative.
    pub weights: Option<&'a [f64]>,
    /// The class that counts as positive, as `Scorer::check_labels` found it
    /// for this scorer.
    pub positive: Option<u32>,
    /// The features, row after row, for scorers that look at them.
    pub features: Option<&'a [f64]>,
}
