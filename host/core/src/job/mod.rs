//! A job: a document that has been checked against the data and the estimator
//! it names.
//!
//! Every mistake a person can make is found here, before a task runs, and
//! said with the field it is about. Fields are private: only a checked job can
//! be planned. A job travels as JSON; what arrives is checked again as far as
//! that needs no data.

mod spec;

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

pub use spec::{DataSpec, JobSpec, LimitsSpec, Scoring, SearchSpec};

use crate::cv::Splitter;
use crate::data::{Column, ColumnFact, Frame, Table, Target, Values};
use crate::digest::{Digest, Lane};
use crate::estimator::{Catalogue, EstimatorInfo, Kind};
use crate::params::{self, Value, unknown};
use crate::pipeline::{Pipeline, Schema};
use crate::scoring::Scorer;
use crate::task::Params;

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

const DEFAULT_TIME: Duration = Duration::from_secs(300);
const DEFAULT_MEMORY: u64 = 1 << 30;
const SMALLEST_MEMORY: u64 = 1 << 20;
const LARGEST_MEMORY: u64 = 4 << 30;
const DEFAULT_PARALLEL: u32 = 4096;
const LONGEST_TIME: Duration = Duration::from_secs(30 * 24 * 3600);
const LONGEST_NAME: usize = 1024;
const MOST_SPLITS: u64 = 100_000;
const MOST_FITS: u64 = 1_000_000;

/// A checked job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Record", into = "Record")]
pub struct Job {
    record: Record,
}

/// A job as it travels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Record {
    version: u32,
    name: String,
    component: Digest,
    estimator: EstimatorInfo,
    data: Digest,
    target: String,
    pipeline: Pipeline,
    scorers: Vec<Scorer>,
    /// Whether columns are called `score` rather than by the scorer.
    single: bool,
    params: Params,
    space: BTreeMap<String, Vec<Value>>,
    splitter: Splitter,
    time_ms: u64,
    memory: u64,
    lane: Lane,
    parallel: u32,
    max_attempts: u32,
    warnings: Vec<String>,
}

impl Job {
    /// Checks a document against the estimators there are and the data it
    /// names.
    ///
    /// # Errors
    /// The first mistake found.
    pub fn check(
        spec: &JobSpec,
        catalogue: &Catalogue,
        table: &Table,
        data: Digest,
    ) -> Result<Self, SpecError> {
        let (component, estimator) = catalogue
            .find(&spec.estimator)
            .map_err(|m| SpecError::new("estimator", m))?;
        if spec.refit == Some(true) {
            return Err(SpecError::new(
                "refit",
                "true is not allowed: this version fits no final model; allowed is false",
            ));
        }
        let pipeline = Pipeline::parse(&spec.pipeline)
            .map_err(|(field, m)| SpecError::new(join("pipeline", &field), m))?;
        let alias = format!("{}__", estimator.name.to_lowercase());
        let bare = |name: &str| name.strip_prefix(&alias).unwrap_or(name).to_owned();
        let mut fixed = Params::new();
        for (name, value) in &spec.params {
            let name = bare(name);
            if fixed.insert(name.clone(), value.clone()).is_some() {
                return Err(SpecError::new(
                    "params",
                    format!("\"{name}\" is given twice: as it is and as \"{alias}{name}\""),
                ));
            }
        }
        let space = read_space(spec.search.as_ref(), &bare)?;
        let target = check_data(spec, estimator, &pipeline, table)?;
        let splitter = read_splitter(spec.cv.as_ref(), estimator.kind)?;
        let (scorers, single) = read_scoring(spec.scoring.as_ref(), estimator.kind)?;

        let memory = spec.limits.memory.map_or(DEFAULT_MEMORY, |m| m.as_u64());
        let time = spec.limits.time.unwrap_or(DEFAULT_TIME);
        let record = Record {
            version: 1,
            name: spec.name.clone().unwrap_or_else(|| "job".to_owned()),
            component,
            estimator: estimator.clone(),
            data,
            target: spec.target.clone(),
            pipeline,
            scorers,
            single,
            params: fixed,
            space,
            time_ms: u64::try_from(time.as_millis()).unwrap_or(u64::MAX),
            memory,
            lane: spec.lane.clone(),
            parallel: spec.parallel.unwrap_or(DEFAULT_PARALLEL),
            max_attempts: spec.max_attempts.unwrap_or(3),
            warnings: splitter.warnings(table.rows(), target.codes()),
            splitter,
        };
        let job = Self::try_from(record)?;
        // Last, because so many splits as this makes must be allowed first.
        job.splitter()
            .splits(table.rows(), target.codes())
            .map_err(|e| SpecError::new("cv", e.to_string()))?;
        Ok(job)
    }

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

    /// What it is called.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.record.name
    }

    /// The component that holds its estimator.
    #[must_use]
    pub fn component(&self) -> Digest {
        self.record.component
    }

    /// Its estimator.
    #[must_use]
    pub fn estimator(&self) -> &EstimatorInfo {
        &self.record.estimator
    }

    /// Its table.
    #[must_use]
    pub fn data(&self) -> Digest {
        self.record.data
    }

    /// The column to predict.
    #[must_use]
    pub fn target(&self) -> &str {
        &self.record.target
    }

    /// Its splitter.
    #[must_use]
    pub fn splitter(&self) -> &Splitter {
        &self.record.splitter
    }

    /// How many splits each candidate is tried on.
    #[must_use]
    pub fn n_splits(&self) -> u32 {
        u32::try_from(self.record.splitter.n_splits()).unwrap_or(u32::MAX)
    }

    /// How many fits it asks for: candidates times splits.
    #[must_use]
    pub fn n_fits(&self) -> u64 {
        // No overflow: the job was checked.
        self.record
            .space
            .values()
            .fold(self.record.splitter.n_splits(), |n, v| {
                n.saturating_mul(v.len() as u64)
            })
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

    /// Every candidate: the grid, keys sorted, the last key fastest.
    #[must_use]
    pub fn candidates(&self) -> Vec<Params> {
        let mut out = vec![Params::new()];
        for (name, values) in &self.record.space {
            out = out
                .into_iter()
                .flat_map(|partial| {
                    values.iter().map(move |v| {
                        let mut next = partial.clone();
                        next.insert(name.clone(), v.clone());
                        next
                    })
                })
                .collect();
        }
        out
    }

    /// What a candidate amounts to: the pipeline with its step parameters,
    /// and the estimator's parameters with the fixed ones.
    ///
    /// # Errors
    /// A parameter that is not allowed.
    pub fn configure(&self, candidate: &Params) -> Result<(Pipeline, Params), SpecError> {
        let mut steps = Params::new();
        let mut own = Params::new();
        for (name, value) in self.record.params.iter().chain(candidate) {
            let to = if name.contains("__") || self.record.pipeline.names().contains(&&name[..]) {
                &mut steps
            } else {
                &mut own
            };
            to.insert(name.clone(), value.clone());
        }
        for (name, value) in &own {
            let info = params::find(
                &self.record.estimator.params,
                name,
                &self.record.estimator.name,
            )
            .map_err(|m| SpecError::new(name, m))?;
            info.check(value).map_err(|m| SpecError::new(name, m))?;
        }
        let pipeline = self
            .record
            .pipeline
            .with_params(&steps)
            .map_err(|(field, m)| SpecError::new(field, m))?;
        Ok((pipeline, own))
    }
}

impl From<Job> for Record {
    fn from(job: Job) -> Self {
        job.record
    }
}

impl TryFrom<Record> for Job {
    type Error = SpecError;

    /// Everything that can be said without the data.
    fn try_from(record: Record) -> Result<Self, SpecError> {
        if record.version != 1 {
            return Err(SpecError::new(
                "version",
                format!(
                    "this job has version {}, this Pleat knows version 1",
                    record.version
                ),
            ));
        }
        for (field, name) in [("name", &record.name), ("target", &record.target)] {
            if name.len() > LONGEST_NAME {
                return Err(SpecError::new(
                    field,
                    format!(
                        "a name of {} bytes is not allowed: allowed are at most {LONGEST_NAME}",
                        name.len()
                    ),
                ));
            }
        }
        check_estimator(&record.estimator)?;
        if !(SMALLEST_MEMORY..=LARGEST_MEMORY).contains(&record.memory) {
            return Err(SpecError::new(
                "limits.memory",
                format!(
                    "{} bytes is not allowed: allowed is 1MiB to 4GiB",
                    record.memory
                ),
            ));
        }
        if record.time_ms == 0 {
            return Err(SpecError::new(
                "limits.time",
                "a time of 0 is not allowed: allowed is 1ms or more",
            ));
        }
        let longest = LONGEST_TIME.as_millis();
        if u128::from(record.time_ms) > longest {
            return Err(SpecError::new(
                "limits.time",
                format!(
                    "{} ms is not allowed: allowed are at most 30 days, which is {longest} ms",
                    record.time_ms
                ),
            ));
        }
        if record.parallel == 0 {
            return Err(SpecError::new(
                "parallel",
                "0 is not allowed: allowed is an integer >= 1",
            ));
        }
        if !(1..=100).contains(&record.max_attempts) {
            return Err(SpecError::new(
                "max_attempts",
                format!(
                    "{} is not allowed: allowed is an integer from 1 to 100",
                    record.max_attempts
                ),
            ));
        }
        check_scorers(&record)?;
        check_size(&record)?;
        let job = Self { record };
        job.configure(&Params::new())
            .map_err(|e| SpecError::new(join("params", &e.field), e.message))?;
        // Ranges are per parameter, so each value is checked once, not each
        // combination.
        for (name, values) in &job.record.space {
            for value in values {
                let one = Params::from([(name.clone(), value.clone())]);
                job.configure(&one)
                    .map_err(|e| SpecError::new(format!("search.space.{name}"), e.message))?;
            }
        }
        Ok(job)
    }
}

fn join(section: &str, field: &str) -> String {
    if field.is_empty() {
        section.to_owned()
    } else {
        format!("{section}.{field}")
    }
}

/// What a component's word for it does not make true.
fn check_estimator(estimator: &EstimatorInfo) -> Result<(), SpecError> {
    let EstimatorInfo {
        name,
        params,
        shares,
        ..
    } = estimator;
    match shares
        .iter()
        .find(|shared| !params.iter().any(|p| p.name == **shared))
    {
        Some(shared) => Err(SpecError::new(
            "estimator",
            format!(
                "{name} is said to share work along \"{shared}\", which is not one of its parameters"
            ),
        )),
        None => Ok(()),
    }
}

fn check_scorers(record: &Record) -> Result<(), SpecError> {
    let Record {
        scorers,
        estimator,
        single,
        ..
    } = record;
    let refuse = |m: String| Err(SpecError::new("scoring", m));
    if scorers.is_empty() {
        return refuse("no scorer is given: give one or more, or leave it out".to_owned());
    }
    if *single && scorers.len() > 1 {
        return refuse(format!(
            "{} scorers cannot share the name \"score\": allowed is one",
            scorers.len()
        ));
    }
    for (i, scorer) in scorers.iter().enumerate() {
        let name = scorer.name();
        if scorer.kind() != estimator.kind {
            return refuse(format!(
                "{name} scores a {}, and {} is a {}",
                scorer.kind().as_str(),
                estimator.name,
                estimator.kind.as_str()
            ));
        }
        if scorer.needs().probabilities && !estimator.probabilities {
            return refuse(format!(
                "{name} needs probabilities, and {} gives none",
                estimator.name
            ));
        }
        if scorers[..i].contains(scorer) {
            return refuse(format!("{name} is given twice"));
        }
    }
    Ok(())
}

/// A job of any size can be written in a line; not each can be planned.
fn check_size(record: &Record) -> Result<(), SpecError> {
    let splits = record.splitter.n_splits();
    if splits > MOST_SPLITS {
        return Err(SpecError::new(
            "cv",
            format!("{splits} splits are too many: allowed are at most {MOST_SPLITS}"),
        ));
    }
    for (name, values) in &record.space {
        let field = || format!("search.space.{name}");
        if values.is_empty() {
            return Err(SpecError::new(
                field(),
                "an empty list is not allowed: give at least one value to try",
            ));
        }
        if record.params.contains_key(name) {
            return Err(SpecError::new(
                field(),
                "this parameter is fixed in [params] too: it can stand in one of the two",
            ));
        }
    }
    let fits = record
        .space
        .values()
        .fold(splits, |n, v| n.saturating_mul(v.len() as u64));
    if fits > MOST_FITS {
        return Err(SpecError::new(
            "search.space",
            format!(
                "{} candidates on {splits} splits are too many: allowed are at most {MOST_FITS} fits",
                fits / splits
            ),
        ));
    }
    Ok(())
}

fn read_space(
    search: Option<&SearchSpec>,
    bare: &impl Fn(&str) -> String,
) -> Result<BTreeMap<String, Vec<Value>>, SpecError> {
    let Some(search) = search else {
        return Ok(BTreeMap::new());
    };
    if search.strategy != "grid" {
        return Err(SpecError::new(
            "search.strategy",
            unknown("strategy", &search.strategy, &["grid"]),
        ));
    }
    if search.space.is_empty() {
        return Err(SpecError::new(
            "search.space",
            "the space is empty: name at least one parameter with a list of values, or leave [search] out",
        ));
    }
    let mut space = BTreeMap::new();
    for (name, values) in &search.space {
        let name = bare(name);
        if space.insert(name.clone(), values.clone()).is_some() {
            return Err(SpecError::new(
                format!("search.space.{name}"),
                "this parameter is given twice",
            ));
        }
    }
    Ok(space)
}

/// The splitter: the one asked for, or scikit-learn's default of 5 folds,
/// stratified where there are classes.
fn read_splitter(cv: Option<&Map<String, Json>>, kind: Kind) -> Result<Splitter, SpecError> {
    let mut fields = cv.cloned().unwrap_or_default();
    if !fields.contains_key("splitter") {
        let default = Splitter::default_name(kind == Kind::Classifier);
        fields.insert("splitter".into(), default.into());
    }
    Splitter::parse(&fields).map_err(|(field, m)| SpecError::new(join("cv", &field), m))
}

/// The scorers asked for, or the estimator's own, and whether columns are
/// called `score`.
fn read_scoring(scoring: Option<&Scoring>, kind: Kind) -> Result<(Vec<Scorer>, bool), SpecError> {
    let (names, single) = match scoring {
        None => return Ok((Scorer::default_for(kind).into_iter().collect(), true)),
        Some(Scoring::One(name)) => (vec![&name[..]], true),
        Some(Scoring::Several(names)) => (names.iter().map(|n| &n[..]).collect(), false),
    };
    let scorers = names
        .into_iter()
        .map(Scorer::parse)
        .collect::<Result<_, _>>();
    Ok((scorers.map_err(|m| SpecError::new("scoring", m))?, single))
}

fn check_data(
    spec: &JobSpec,
    estimator: &EstimatorInfo,
    pipeline: &Pipeline,
    table: &Table,
) -> Result<Target, SpecError> {
    let target = Target::of(table, &spec.target, estimator.kind)
        .map_err(|e| SpecError::new("target", e.to_string()))?;
    let features = Frame::of(table, &[&spec.target]);
    let refuse = |fact: &ColumnFact, what: &str| {
        let ColumnFact {
            name,
            count,
            first_row,
            example,
        } = fact;
        // A person counts rows from 1.
        let row = first_row + 1;
        SpecError::new(
            "data",
            format!("column \"{name}\" has {count} {what} (first \"{example}\", in row {row})"),
        )
    };
    if let Some(fact) = features.infinite().first() {
        return Err(refuse(fact, "infinite values, which no estimator takes"));
    }
    if features.columns().is_empty() {
        return Err(SpecError::new(
            "data",
            "there is no column besides the target: at least one feature is needed",
        ));
    }
    let prepared = pipeline
        .check(&Schema::of(&features))
        .map_err(|(field, m)| SpecError::new(join("pipeline", &field), m))?;
    if let Some(column) = prepared.text() {
        let words = table.column(&column.name).and_then(words_among_numbers);
        let facts = features.text();
        let fact = words.or_else(|| facts.into_iter().find(|f| f.name == column.name));
        return Err(fact.map_or_else(
            || SpecError::new("data", format!("column \"{}\" is text", column.name)),
            |fact| refuse(&fact, "values that are not numbers"),
        ));
    }
    if let Some(column) = prepared.missing().next()
        && !estimator.accepts_missing
    {
        let what = format!("missing values, and {} takes none", estimator.name);
        let facts = features.missing();
        let fact = facts.into_iter().find(|f| f.name == column.name);
        return Err(fact.map_or_else(
            || {
                SpecError::new(
                    "data",
                    format!("column \"{}\" may have {what}", column.name),
                )
            },
            |fact| refuse(&fact, &what),
        ));
    }
    Ok(target)
}

/// The words of a column that has numbers as well: those are what keeps it
/// from being one of numbers.
fn words_among_numbers(column: &Column) -> Option<ColumnFact> {
    let Values::Text { codes, categories } = &column.values else {
        return None;
    };
    let word: Vec<bool> = categories
        .iter()
        .map(|c| c.parse::<f64>().is_err())
        .collect();
    let is_word = |code: &u32| word.get(*code as usize).is_some_and(|w| *w);
    let first_row = codes.iter().position(is_word)?;
    Some(ColumnFact {
        name: column.name.clone(),
        count: codes.iter().filter(|c| is_word(c)).count(),
        first_row,
        example: categories.get(codes[first_row] as usize)?.clone(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// A record somebody has tampered with at this place.
    fn forged(place: &str, value: Json) -> Result<Job, SpecError> {
        let job = crate::search::tests::job(1);
        let mut record: Json = serde_json::from_slice(&job.encode()).unwrap();
        *record.pointer_mut(place).unwrap() = value;
        Job::decode(record.to_string().as_bytes())
    }

    #[test]
    fn a_job_survives_its_record() {
        let job = crate::search::tests::job(1);
        assert_eq!(Job::decode(&job.encode()).unwrap(), *job);
        assert!(forged("/name", json!("another")).is_ok());
    }

    #[test]
    fn a_forged_record_is_refused() {
        for (place, value) in [
            ("/version", json!(2)),
            ("/name", json!("x".repeat(2000))),
            ("/memory", json!(1)),
            ("/memory", json!(u64::MAX)),
            ("/time_ms", json!(0)),
            ("/time_ms", json!(u64::MAX)),
            ("/parallel", json!(0)),
            ("/max_attempts", json!(0)),
            ("/scorers", json!([])),
            ("/scorers", json!(["accuracy"])),
            ("/scorers", json!(["r2", "r2"])),
            ("/scorers", json!(["r2", "neg_mean_squared_error"])),
            ("/params", json!({ "m": "word" })),
            ("/params", json!({ "unheard_of": 1 })),
            ("/space/n", json!([])),
            ("/space/n", json!([-1])),
            ("/space/n", json!(vec![1; 2_000_000])),
            ("/estimator/shares", json!(["unheard_of"])),
            ("/splitter/n_splits", json!(1)),
            ("/splitter/n_splits", json!(2_000_000)),
        ] {
            assert!(forged(place, value).is_err(), "{place}");
        }
    }
}
