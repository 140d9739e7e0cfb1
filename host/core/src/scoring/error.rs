//! Why there is no score, in sentences. What is scored as NaN instead is the
//! metrics' business.

use super::Scorer;

/// Why there is no score. Where scikit-learn searches, it turns these into
/// NaN and a warning (`error_score=nan`).
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{scorer}: {reason}")]
pub struct ScoreError {
    /// The scorer.
    pub scorer: Scorer,
    /// What stands in its way.
    pub reason: Reason,
}

/// What stands in the way of a score. Rows are counted from 0 among those
/// tested.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum Reason {
    /// Nothing was predicted.
    #[error("there are no rows to score")]
    NoRows,
    /// The truth is of the other kind.
    #[error("it is for a {kind}, and the target is not one's")]
    WrongTarget {
        /// What it is for.
        kind: &'static str,
    },
    /// The prediction lacks what the scorer needs.
    #[error("it needs {what}, and the prediction has none")]
    Lacks {
        /// What it needs.
        what: &'static str,
    },
    /// One group, or each row by itself.
    #[error("the tested rows are in {found} groups: allowed are 2 to {}", rows - 1)]
    Groups {
        /// How many groups there are.
        found: usize,
        /// How many rows.
        rows: usize,
    },
    /// Too many or too few values.
    #[error("there are {actual} {what} where {expected} are expected")]
    WrongLength {
        /// Of what.
        what: &'static str,
        /// How many there should be.
        expected: usize,
        /// How many there are.
        actual: usize,
    },
    /// NaN or an infinity where a number is needed.
    #[error("the prediction for row {row} of those tested is {value}: allowed are finite numbers")]
    NotFinite {
        /// Which of the tested rows.
        row: usize,
        /// What was predicted.
        value: f64,
    },
    /// A number the metric has no value for.
    #[error("the {what} for row {row} of those tested is {value}: allowed is {allowed}")]
    OutOfDomain {
        /// The target or the prediction.
        what: &'static str,
        /// Which of the tested rows.
        row: usize,
        /// What it is.
        value: f64,
        /// What it may be.
        allowed: &'static str,
    },
    /// Outside of [0, 1].
    #[error(
        "the prediction for row {row} of those tested has the probability {value}: allowed is 0 to 1"
    )]
    NotAProbability {
        /// Which of the tested rows.
        row: usize,
        /// What was predicted.
        value: f64,
    },
    /// Probabilities that are not a distribution.
    #[error("the probabilities for row {row} of those tested add up to {sum}: they should to 1")]
    NotOne {
        /// Which of the tested rows.
        row: usize,
        /// What they add up to.
        sum: f64,
    },
    /// A weight that is none.
    #[error(
        "the weight of row {row} of those tested is {value}: allowed are finite numbers of at least 0"
    )]
    BadWeight {
        /// Which of the tested rows.
        row: usize,
        /// The weight.
        value: f64,
    },
    /// All weights are 0.
    #[error("the tested rows all have weight 0: at least one needs more")]
    NoWeight,
    /// The metric is not defined with weights.
    #[error("it is not defined with weights: use roc_auc_ovr or roc_auc_ovr_weighted")]
    Unweighted,
    /// The model was fitted on one class.
    #[error("the model knows {classes} class: at least two are needed")]
    TooFewModelClasses {
        /// How many it knows.
        classes: usize,
    },
    /// The tested rows are all of one class.
    #[error("the tested rows are all of one class: at least two are needed")]
    OneClass,
    /// What is tested and answered is all one class.
    #[error("the tested rows and the answers are all of one class: two are needed")]
    OneLabel,
    /// More classes than a metric of two can take.
    #[error("there are {classes} classes where at most two are allowed")]
    TooManyClasses {
        /// How many there are.
        classes: usize,
    },
    /// The tested rows have other classes than the rows fitted on.
    #[error(
        "the tested rows have {tested} classes and the model knows {known}, {common} of them in common: they must be the same"
    )]
    OtherClasses {
        /// Classes among the tested rows.
        tested: usize,
        /// Classes of the model.
        known: usize,
        /// Classes that are both.
        common: usize,
    },
    /// Of two classes none is positive: those of a target of more, for a model
    /// that knows two of them, or those of which nobody said.
    #[error("there are two classes, and none of them is known as the positive one")]
    NoPositive,
    /// The positive class is not among those at hand.
    #[error("the positive class is none of those {of}")]
    PositiveUnknown {
        /// Of whom.
        of: &'static str,
    },
}
