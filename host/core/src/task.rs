//! Tasks and their outcomes: what travels between coordinator and node.
//!
//! A task is a few references, never data; an outcome is data, never an
//! error. Both are JSON on the wire, so that fleets of mixed versions
//! understand each other and a person can read them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::digest::{Digest, TaskId};
use crate::model::Learned;
use crate::params::Value;

/// Parameter values by name.
pub type Params = BTreeMap<String, Value>;

/// One candidate of a task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TaskCandidate {
    /// Its place among the candidates of the job.
    pub index: u32,
    /// What it sets beyond the job's fixed parameters: bare names are the
    /// estimator's, `step__param` a step's.
    pub params: Params,
}

/// Fit some candidates on the training rows of one split and score them on
/// its test rows; or fit one on all rows and keep the model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Task {
    /// The job, by content.
    pub job: Digest,
    /// Which split; absent: all rows, for a model to keep.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub split: Option<u32>,
    /// Whether this is the job's baseline and none of its candidates.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub baseline: bool,
    /// Candidates that differ only in what the estimator shares.
    pub candidates: Vec<TaskCandidate>,
}

impl Task {
    /// The task as it travels.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        // A struct of strings and numbers with text keys always serialises.
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Reads a task.
    ///
    /// # Errors
    /// What is wrong with the bytes.
    pub fn decode(bytes: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(bytes)
    }

    /// Its name: a hash of its content.
    #[must_use]
    pub fn id(&self) -> TaskId {
        TaskId::of(&self.encode())
    }
}

/// How a task, or one candidate of it, failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailureKind {
    /// The guest, or the host before it, refused.
    Rejected,
    /// The guest trapped, or its process died.
    Trapped,
    /// It used up its time.
    TimedOut,
    /// It asked for more memory than it may have.
    OutOfMemory,
}

impl FailureKind {
    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rejected => "rejected",
            Self::Trapped => "trapped",
            Self::TimedOut => "timed-out",
            Self::OutOfMemory => "out-of-memory",
        }
    }
}

/// A failure: its kind and a sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{}: {message}", kind.as_str())]
pub struct Failure {
    /// What sort.
    pub kind: FailureKind,
    /// What happened.
    pub message: String,
}

impl Failure {
    /// A failure with this sentence, cut to a length that can travel.
    #[must_use]
    pub fn new(kind: FailureKind, message: impl Into<String>) -> Self {
        const LONGEST: usize = 2000;
        let mut message: String = message.into();
        if message.len() > LONGEST {
            let mut end = LONGEST;
            while !message.is_char_boundary(end) {
                end -= 1;
            }
            message.truncate(end);
            message.push('…');
        }
        Self { kind, message }
    }
}

/// One score a scorer, in the job's order.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Scores {
    /// Of the rows tested.
    pub test: Vec<Score>,
    /// Of the rows trained on, where the job asks for them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub train: Vec<Score>,
}

/// What one candidate of a task came to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CandidateOutcome {
    /// Its place among the candidates of the job.
    pub index: u32,
    /// Its scores, or why there are none.
    pub scores: Result<Scores, Failure>,
    /// What the guest wants known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// Seconds spent fitting.
    pub fit_time: f64,
    /// Seconds spent predicting and scoring.
    pub score_time: f64,
    /// Whether `fit_time` is a share of a fit it had in common.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub shared_fit: bool,
    /// The model it left, if the task was to fit one on all rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<Digest>,
    /// What that model has learned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub learned: Option<Learned>,
}

impl CandidateOutcome {
    /// A candidate without scores, after so many seconds.
    #[must_use]
    pub fn failed(index: u32, failure: Failure, fit_time: f64) -> Self {
        Self {
            index,
            scores: Err(failure),
            warnings: Vec::new(),
            fit_time,
            score_time: 0.0,
            shared_fit: false,
            model: None,
            learned: None,
        }
    }
}

/// A score that survives JSON: NaN and the infinities are written as text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Score(pub f64);

impl Serialize for Score {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        if self.0.is_finite() {
            s.serialize_f64(self.0)
        } else {
            s.collect_str(&self.0)
        }
    }
}

impl<'de> Deserialize<'de> for Score {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Form {
            Number(f64),
            Text(String),
        }
        match Form::deserialize(d)? {
            Form::Number(x) => Ok(Self(x)),
            Form::Text(s) => match s.as_str() {
                "NaN" => Ok(Self(f64::NAN)),
                "inf" => Ok(Self(f64::INFINITY)),
                "-inf" => Ok(Self(f64::NEG_INFINITY)),
                _ => Err(serde::de::Error::custom(format!("\"{s}\" is not a score"))),
            },
        }
    }
}

/// What a task cost and where it ran: for the report's `run` half only.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Usage {
    /// The node that ran it.
    pub node: String,
    /// How many times it was started there.
    pub attempts: u32,
    /// CPU seconds of the slot.
    pub cpu_seconds: f64,
    /// Most linear memory held, in bytes.
    pub peak_memory: u64,
    /// Whether the prepared matrix was there already.
    pub dataset_reused: bool,
}

/// What a task came to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// What each candidate came to that got that far, in the task's order.
    pub candidates: Vec<CandidateOutcome>,
    /// Why the task ended before its last candidate, if it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
    /// What it cost.
    #[serde(default)]
    pub usage: Usage,
}

impl Outcome {
    /// A task that failed as a whole.
    #[must_use]
    pub fn failed(failure: Failure) -> Self {
        Self {
            candidates: Vec::new(),
            failure: Some(failure),
            usage: Usage::default(),
        }
    }

    /// The outcome as it travels.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        // Text keys and finite numbers only: this always serialises.
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Reads an outcome.
    ///
    /// # Errors
    /// What is wrong with the bytes.
    pub fn decode(bytes: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(split: u32) -> Task {
        Task {
            job: Digest::of(b"job"),
            split: Some(split),
            baseline: false,
            candidates: vec![TaskCandidate {
                index: 3,
                params: Params::from([("alpha".into(), Value::Float(1.0))]),
            }],
        }
    }

    #[test]
    fn a_task_is_named_by_its_content() {
        assert_eq!(task(1).id(), task(1).id());
        assert_ne!(task(1).id(), task(2).id());
        assert_eq!(Task::decode(&task(1).encode()).unwrap(), task(1));
    }

    #[test]
    fn scores_survive_the_wire_to_the_bit() {
        for x in [
            0.1 + 0.2,
            -0.0,
            f64::NAN,
            f64::INFINITY,
            f64::NEG_INFINITY,
            5e-324,
        ] {
            let text = serde_json::to_string(&Score(x)).unwrap();
            let back: Score = serde_json::from_str(&text).unwrap();
            assert!(
                back.0.to_bits() == x.to_bits() || (x.is_nan() && back.0.is_nan()),
                "{text}"
            );
        }
    }

    #[test]
    fn long_messages_are_cut_at_a_character() {
        let failure = Failure::new(FailureKind::Trapped, "é".repeat(5000));
        assert!(failure.message.len() < 2010);
    }
}
