//! A job: a document that has been checked against the data and the
//! estimators it names.
//!
//! Every mistake a person can make is found here, before a task runs, and
//! said with the field it is about. Fields are private: only a checked job can
//! be planned. `spec` is the document, `check` makes a job of it, `record` is
//! the job as it travels: as JSON, and checked again as far as that needs no
//! data.

mod check;
mod record;
mod spec;

use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use check::Offers;
pub use record::ErrorScore;
pub use spec::{CvSpec, DataSpec, EstimatorSpec, JobSpec, LimitsSpec, Refit, Scoring, SearchSpec};

use crate::cv::Splitter;
use crate::data::{Label, NaValue};
use crate::digest::{Digest, Lane};
use crate::estimator::{EstimatorInfo, Kind};
use crate::params::{self, Value};
use crate::pipeline::Pipeline;
use crate::scoring::Scorer;
use crate::space;
use crate::task::Params;
use record::{Entry, Record};

/// A mistake in a job: the field it is about and a sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpecError {
    /// The field's path, such as `cv.n_splits`; empty for the whole document.
    pub field: String,
    /// What was passed and what is allowed.
    pub message: String,
}

impl SpecError {
    /// A mistake in `field`.
    #[must_use]
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            message: message.into(),
        }
    }
}

impl std::fmt::Display for SpecError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.field.is_empty() {
            f.write_str(&self.message)
        } else {
            write!(f, "{}: {}", self.field, self.message)
        }
    }
}

impl std::error::Error for SpecError {}

/// The parameter by which a candidate names its estimator, where a job
/// compares several.
pub const ESTIMATOR: &str = "estimator";

/// A checked job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Record", into = "Record")]
pub struct Job {
    record: Record,
}

/// What a candidate amounts to.
#[derive(Debug, Clone, PartialEq)]
pub struct Configuration<'a> {
    /// The component that holds its estimator.
    pub component: Digest,
    /// Its estimator.
    pub estimator: &'a EstimatorInfo,
    /// The steps before it, with the candidate's parameters.
    pub pipeline: Pipeline,
    /// The estimator's parameters, the fixed ones included.
    pub params: Params,
}

impl Job {
    /// The job as it travels.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        // Text keys only, and numbers that JSON has: this always serialises.
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Reads a job and checks it again.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn decode(bytes: &[u8]) -> Result<Self, SpecError> {
        serde_json::from_slice(bytes)
            .map_err(|e| SpecError::new("", format!("the job's record cannot be read: {e}")))
    }

    /// The job, by content.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(&self.encode())
    }

    /// What decides its result, by content: everything but its name and how it
    /// is run. The same job under another name leaves the same model.
    #[must_use]
    pub fn essence(&self) -> Digest {
        let mut same = self.clone();
        same.record.name.clear();
        same.record.lane = Lane::default();
        same.record.time_ms = 0;
        same.record.memory = 0;
        same.record.parallel = 0;
        same.record.max_attempts = 0;
        same.digest()
    }

    /// What it is called.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.record.name
    }

    /// The components its tasks may need, each once.
    #[must_use]
    pub fn components(&self) -> Vec<Digest> {
        let entries = self.record.estimators.iter().chain(&self.record.baseline);
        let mut all: Vec<Digest> = Vec::new();
        for entry in entries {
            if !all.contains(&entry.component) {
                all.push(entry.component);
            }
        }
        all
    }

    /// What its estimators answer with: the same for all.
    #[must_use]
    pub fn kind(&self) -> Kind {
        // There is at least one: the job was checked.
        self.record
            .estimators
            .first()
            .map_or(Kind::Classifier, |e| e.estimator.kind)
    }

    /// Its table.
    #[must_use]
    pub fn data(&self) -> Digest {
        self.record.data
    }

    /// The column to predict; clusterers may do without.
    #[must_use]
    pub fn target(&self) -> Option<&str> {
        self.record.target.as_deref()
    }

    /// The class binary scorers ask for, where the job says which.
    #[must_use]
    pub fn pos_label(&self) -> Option<&Label> {
        self.record.pos_label.as_ref()
    }

    /// The column that names each row's group, if there is one.
    #[must_use]
    pub fn groups(&self) -> Option<&str> {
        self.record.groups.as_deref()
    }

    /// The column of weights, if there is one.
    #[must_use]
    pub fn sample_weight(&self) -> Option<&str> {
        self.record.sample_weight.as_deref()
    }

    /// Cells that meant a missing value besides the usual ones.
    #[must_use]
    pub fn na_values(&self) -> &[NaValue] {
        &self.record.na_values
    }

    /// The columns that are no features: target, groups, weights, folds.
    #[must_use]
    pub fn left_out(&self) -> Vec<&str> {
        let named = [
            self.target(),
            self.groups(),
            self.sample_weight(),
            self.splitter().test_fold(),
        ];
        named.into_iter().flatten().collect()
    }

    /// Its splitter.
    #[must_use]
    pub fn splitter(&self) -> &Splitter {
        &self.record.splitter
    }

    /// How many splits each candidate is tried on.
    #[must_use]
    pub fn n_splits(&self) -> u32 {
        self.record.n_splits
    }

    /// How many fits the candidates need: each on every split.
    #[must_use]
    pub fn n_fits(&self) -> u64 {
        self.record
            .n_candidates()
            .saturating_mul(self.record.n_splits.into())
    }

    /// Its scorers, in order.
    #[must_use]
    pub fn scorers(&self) -> &[Scorer] {
        &self.record.scorers
    }

    /// What result columns call each scorer.
    #[must_use]
    pub fn score_names(&self) -> Vec<String> {
        if self.record.single {
            vec!["score".to_owned()]
        } else {
            self.record
                .scorers
                .iter()
                .map(|s| s.name().to_owned())
                .collect()
        }
    }

    /// Which scorer decides what is best.
    #[must_use]
    pub fn deciding_scorer(&self) -> usize {
        self.record.decides as usize
    }

    /// Whether the best candidate is fitted on all rows in the end.
    #[must_use]
    pub fn refits(&self) -> bool {
        self.record.refit
    }

    /// Whether training rows are scored too.
    #[must_use]
    pub fn scores_training(&self) -> bool {
        self.record.train_scores
    }

    /// What counts as the score of a fit that failed.
    #[must_use]
    pub fn error_score(&self) -> ErrorScore {
        self.record.error_score
    }

    /// Whether there is a baseline.
    #[must_use]
    pub fn has_baseline(&self) -> bool {
        self.record.baseline.is_some()
    }

    /// CPU time each candidate may use.
    #[must_use]
    pub fn time_limit(&self) -> Duration {
        Duration::from_millis(self.record.time_ms)
    }

    /// Bytes of linear memory each candidate may use.
    #[must_use]
    pub fn memory_limit(&self) -> u64 {
        self.record.memory
    }

    /// Which nodes may run it.
    #[must_use]
    pub fn lane(&self) -> &Lane {
        &self.record.lane
    }

    /// How far tasks may be asked for ahead of the oldest unfinished one.
    #[must_use]
    pub fn parallel(&self) -> u32 {
        self.record.parallel
    }

    /// How often a node tries a task whose slot dies.
    #[must_use]
    pub fn max_attempts(&self) -> u32 {
        self.record.max_attempts
    }

    /// What should be known before it runs.
    #[must_use]
    pub fn warnings(&self) -> &[String] {
        &self.record.warnings
    }

    /// Every candidate, in order: all combinations, or those drawn.
    #[must_use]
    pub fn candidates(&self) -> Vec<Params> {
        let spaces = self.record.spaces();
        match &self.record.sampling {
            // A grid has lists only: the job was checked.
            None => space::grid(&spaces).unwrap_or_default(),
            Some(sampling) => {
                space::sample(&spaces, sampling.n_iter, sampling.random_state).candidates
            }
        }
    }

    /// What a candidate amounts to.
    ///
    /// # Errors
    /// A parameter that is not allowed.
    pub fn configure(&self, candidate: &Params) -> Result<Configuration<'_>, SpecError> {
        let entry = self.record.entry(candidate)?;
        let several = self.record.estimators.len() > 1;
        let own = candidate
            .iter()
            .filter(|(name, _)| !(several && *name == ESTIMATOR));
        entry.configure(own)
    }

    /// The parameters along which a candidate's estimator shares work.
    #[must_use]
    pub fn shares(&self, candidate: &Params) -> &[String] {
        self.record
            .entry(candidate)
            .map_or(&[], |entry| &entry.estimator.shares)
    }

    /// What the baseline amounts to, if there is one.
    #[must_use]
    pub fn baseline(&self) -> Option<Configuration<'_>> {
        let entry = self.record.baseline.as_ref()?;
        entry.configure(std::iter::empty()).ok()
    }

    /// What was decided, the defaults included, for whoever reads a report.
    #[must_use]
    pub fn setup(&self) -> serde_json::Map<String, serde_json::Value> {
        self.record.setup()
    }
}

impl Entry {
    fn configure<'a, 'v>(
        &'a self,
        candidate: impl Iterator<Item = (&'v String, &'v Value)>,
    ) -> Result<Configuration<'a>, SpecError> {
        let mut steps = Params::new();
        let mut own = Params::new();
        let fixed = self.params.iter().map(|(n, v)| (n.clone(), v.clone()));
        let varied = candidate.map(|(n, v)| (n.clone(), v.clone()));
        for (name, value) in fixed.chain(varied) {
            let to = if self.pipeline.takes(&name) {
                &mut steps
            } else {
                &mut own
            };
            to.insert(name, value);
        }
        for (name, value) in &own {
            let info = params::find(&self.estimator.params, name, &self.estimator.name)
                .map_err(|m| SpecError::new(name, m))?;
            info.check(value).map_err(|m| SpecError::new(name, m))?;
        }
        let pipeline = self
            .pipeline
            .with_params(&steps)
            .map_err(|(field, m)| SpecError::new(field, m))?;
        Ok(Configuration {
            component: self.component,
            estimator: &self.estimator,
            pipeline,
            params: own,
        })
    }
}

fn join(section: &str, field: &str) -> String {
    if field.is_empty() {
        section.to_owned()
    } else if section.is_empty() {
        field.to_owned()
    } else if field.starts_with('[') {
        format!("{section}{field}")
    } else {
        format!("{section}.{field}")
    }
}

#[cfg(test)]
mod tests;
