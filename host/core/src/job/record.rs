//! A job as it travels, and everything that can be said of it without the
//! data: whoever receives one checks it again.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value as Json};

use super::{ESTIMATOR, Job, SpecError, join};
use crate::cv::{MOST_SPLITS, Splitter};
use crate::data::{Label, NaValue};
use crate::digest::{Digest, Lane};
use crate::estimator::EstimatorInfo;
use crate::params::{self, Value, unknown};
use crate::pipeline::Pipeline;
use crate::scoring::{Gives, Scorer};
use crate::space::{self, Space};
use crate::task::Params;

const VERSION: u32 = 3;
const SMALLEST_MEMORY: u64 = 1 << 20;
const LARGEST_MEMORY: u64 = 4 << 30;
const LONGEST_TIME_MS: u64 = 30 * 24 * 3600 * 1000;
const LONGEST_NAME: usize = 1024;
const MOST_FITS: u64 = 1_000_000;
const MOST_ESTIMATORS: usize = 100;

/// What counts as the score of a fit that failed.
#[derive(Debug, Clone, Copy)]
pub enum ErrorScore {
    /// The first failure ends the job.
    Raise,
    /// This number; NaN by default.
    Number(f64),
}

impl PartialEq for ErrorScore {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Raise, Self::Raise) => true,
            // By their bits, so that NaN equals NaN.
            (Self::Number(a), Self::Number(b)) => a.to_bits() == b.to_bits(),
            _ => false,
        }
    }
}

impl Serialize for ErrorScore {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Raise => s.serialize_str("raise"),
            Self::Number(x) if x.is_finite() => s.serialize_f64(*x),
            Self::Number(x) => s.serialize_str(if x.is_nan() {
                "nan"
            } else if *x > 0.0 {
                "inf"
            } else {
                "-inf"
            }),
        }
    }
}

impl<'de> Deserialize<'de> for ErrorScore {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        Self::parse(&Json::deserialize(d)?).map_err(serde::de::Error::custom)
    }
}

impl ErrorScore {
    /// Reads the form of a job file.
    pub(super) fn parse(form: &Json) -> Result<Self, String> {
        match form {
            Json::String(s) if s == "raise" => Ok(Self::Raise),
            Json::String(s) if s.eq_ignore_ascii_case("nan") => Ok(Self::Number(f64::NAN)),
            Json::String(s) if s == "inf" => Ok(Self::Number(f64::INFINITY)),
            Json::String(s) if s == "-inf" => Ok(Self::Number(f64::NEG_INFINITY)),
            Json::Number(n) => Ok(Self::Number(n.as_f64().unwrap_or(f64::NAN))),
            other => Err(format!(
                "{other} is not allowed: allowed is \"raise\", \"nan\" or a number"
            )),
        }
    }
}

/// How a random search draws.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Sampling {
    pub(super) n_iter: u32,
    pub(super) random_state: u32,
}

/// One estimator of a job, with what is its own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Entry {
    /// What candidates call it, where there are several.
    pub(super) name: String,
    pub(super) component: Digest,
    pub(super) estimator: EstimatorInfo,
    pub(super) pipeline: Pipeline,
    pub(super) params: Params,
    /// Nothing to search: no spaces.
    pub(super) spaces: Vec<Space>,
}

/// A job as it travels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Record {
    pub(super) version: u32,
    pub(super) name: String,
    pub(super) estimators: Vec<Entry>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) baseline: Option<Entry>,
    pub(super) data: Digest,
    /// Absent: nothing is known, groups are looked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) target: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) pos_label: Option<Label>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) groups: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) sample_weight: Option<String>,
    /// What else meant a missing value in the file: models read new data so.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) na_values: Vec<NaValue>,
    pub(super) scorers: Vec<Scorer>,
    /// Whether columns are called `score` rather than by the scorer.
    pub(super) single: bool,
    /// The scorer that says what is best.
    pub(super) decides: u32,
    /// Whether the best is fitted on all rows in the end.
    pub(super) refit: bool,
    pub(super) train_scores: bool,
    pub(super) error_score: ErrorScore,
    /// Absent: every combination.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) sampling: Option<Sampling>,
    pub(super) splitter: Splitter,
    pub(super) n_splits: u32,
    pub(super) time_ms: u64,
    pub(super) memory: u64,
    pub(super) lane: Lane,
    pub(super) parallel: u32,
    pub(super) max_attempts: u32,
    pub(super) warnings: Vec<String>,
}

impl Record {
    /// What is searched: of several estimators each has its own spaces, in
    /// which it is a parameter too.
    pub(super) fn spaces(&self) -> Vec<Space> {
        let several = self.estimators.len() > 1;
        let of = |entry: &Entry| {
            let spaces = if entry.spaces.is_empty() {
                vec![Space::default()]
            } else {
                entry.spaces.clone()
            };
            let name = several.then(|| entry.name.clone());
            spaces.into_iter().map(move |space| match &name {
                Some(name) => space.with(ESTIMATOR, Value::Text(name.clone())),
                None => space,
            })
        };
        self.estimators.iter().flat_map(of).collect()
    }

    pub(super) fn n_candidates(&self) -> u64 {
        let spaces = self.spaces();
        // Without a list in some dimension there is no end to draw from.
        let all = space::count(&spaces).unwrap_or(u64::MAX);
        match &self.sampling {
            None => all,
            Some(sampling) => all.min(sampling.n_iter.into()),
        }
    }

    /// The estimator a candidate is of.
    pub(super) fn entry(&self, candidate: &Params) -> Result<&Entry, SpecError> {
        let names = || {
            self.estimators
                .iter()
                .map(|e| &e.name[..])
                .collect::<Vec<_>>()
        };
        let refuse = |m: String| SpecError::new(ESTIMATOR, m);
        if let [only] = &self.estimators[..] {
            return Ok(only);
        }
        match candidate.get(ESTIMATOR) {
            Some(Value::Text(name)) => self
                .estimators
                .iter()
                .find(|e| e.name == *name)
                .ok_or_else(|| refuse(unknown("estimator", name, &names()))),
            _ => Err(refuse(format!(
                "a candidate names its estimator: {}",
                names().join(", ")
            ))),
        }
    }

    /// What was decided, in a job file's words, with every default.
    pub(super) fn setup(&self) -> Map<String, Json> {
        let mut out = Map::new();
        let entry = |e: &Entry| {
            let mut map = Map::new();
            if self.estimators.len() > 1 {
                map.insert("name".into(), e.name.as_str().into());
            }
            map.insert("estimator".into(), e.estimator.name.as_str().into());
            map.insert("pipeline".into(), seeded(json(&e.pipeline)));
            map.insert("params".into(), json(&e.effective_params()));
            if !e.spaces.is_empty() {
                map.insert("space".into(), json(&e.spaces));
            }
            Json::Object(map)
        };
        if let Some(target) = &self.target {
            out.insert("target".into(), target.as_str().into());
        }
        out.insert(
            "estimators".into(),
            self.estimators.iter().map(entry).collect(),
        );
        if let Some(sampling) = &self.sampling {
            out.insert("search".into(), json(sampling));
        }
        out.insert("cv".into(), json(&self.splitter));
        for (name, column) in [
            ("groups", &self.groups),
            ("sample_weight", &self.sample_weight),
        ] {
            if let Some(column) = column {
                out.insert(name.into(), column.as_str().into());
            }
        }
        if let Some(label) = &self.pos_label {
            out.insert("pos_label".into(), json(label));
        }
        out.insert("error_score".into(), json(&self.error_score));
        out
    }
}

/// Steps with the seeds they have: one that is not set is 0, where the step
/// draws at all.
fn seeded(mut steps: Json) -> Json {
    for step in steps.as_array_mut().into_iter().flatten() {
        let draws = step.get("shuffle") != Some(&Json::Bool(false));
        if let Some(seed) = step
            .get_mut("random_state")
            .filter(|s| s.is_null() && draws)
        {
            *seed = 0.into();
        }
    }
    steps
}

/// What cannot fail to serialise: text keys only, and numbers that JSON has.
fn json(value: &impl Serialize) -> Json {
    serde_json::to_value(value).unwrap_or_default()
}

impl Entry {
    /// All of the estimator's parameters: as given, or as they are by default.
    fn effective_params(&self) -> Map<String, Json> {
        let searched = |name: &str| {
            self.spaces
                .iter()
                .any(|s| s.dimensions().contains_key(name))
        };
        let value = |info: &params::ParamInfo| {
            self.params
                .get(&info.name)
                .unwrap_or(&info.default)
                .to_json()
        };
        let mut all: Map<String, Json> = self
            .estimator
            .params
            .iter()
            .filter(|info| !searched(&info.name))
            .map(|info| (info.name.clone(), value(info)))
            .collect();
        for (name, value) in self.params.iter().filter(|(name, _)| name.contains("__")) {
            all.insert(name.clone(), value.to_json());
        }
        all
    }

    /// Whether a parameter may have this value, as far as that can be said of
    /// one by itself.
    fn check_param(&self, name: &str, value: &Value) -> Result<(), String> {
        if self.pipeline.takes(name) {
            return self.pipeline.check_param(name, value);
        }
        params::find(&self.estimator.params, name, &self.estimator.name)?.check(value)
    }

    /// What an estimator of this entry offers to scorers.
    pub(super) fn gives(&self) -> Gives {
        Gives {
            probabilities: self.estimator.probabilities,
            decision: self.estimator.decision,
        }
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
        if record.version != VERSION {
            return Err(SpecError::new(
                "version",
                format!(
                    "this job has version {}, this Pleat knows version {VERSION}",
                    record.version
                ),
            ));
        }
        check_names(&record)?;
        check_limits(&record)?;
        check_estimators(&record)?;
        check_scorers(&record)?;
        check_size(&record)?;
        for (i, entry) in record.estimators.iter().enumerate() {
            check_entry(entry).map_err(|e| record.of_entry(i, e))?;
        }
        if let Some(baseline) = &record.baseline {
            check_entry(baseline)?;
        }
        Ok(Self { record })
    }
}

impl Record {
    pub(super) const VERSION: u32 = VERSION;

    /// A mistake in one estimator, with its place if there are several.
    pub(super) fn of_entry(&self, i: usize, e: SpecError) -> SpecError {
        match self.estimators.len() {
            1 => e,
            _ => SpecError::new(join(&format!("estimators[{i}]"), &e.field), e.message),
        }
    }
}

fn check_names(record: &Record) -> Result<(), SpecError> {
    let columns = [
        ("name", Some(&record.name)),
        ("target", record.target.as_ref()),
        ("data.groups", record.groups.as_ref()),
        ("data.sample_weight", record.sample_weight.as_ref()),
    ];
    let entries = record
        .estimators
        .iter()
        .map(|e| ("estimators", Some(&e.name)));
    for (field, name) in columns.into_iter().chain(entries) {
        if let Some(name) = name.filter(|n| n.len() > LONGEST_NAME) {
            return Err(SpecError::new(
                field,
                format!(
                    "a name of {} bytes is not allowed: allowed are at most {LONGEST_NAME}",
                    name.len()
                ),
            ));
        }
    }
    Ok(())
}

fn check_limits(record: &Record) -> Result<(), SpecError> {
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
    if record.time_ms > LONGEST_TIME_MS {
        return Err(SpecError::new(
            "limits.time",
            format!(
                "{} ms is not allowed: allowed are at most 30 days, which is {LONGEST_TIME_MS} ms",
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
    Ok(())
}

/// What a component's word for it does not make true, and what several
/// estimators must have in common.
fn check_estimators(record: &Record) -> Result<(), SpecError> {
    let refuse = |m: String| Err(SpecError::new("estimators", m));
    let Some(first) = record.estimators.first() else {
        return refuse("the list is empty: name at least one estimator".to_owned());
    };
    if record.estimators.len() > MOST_ESTIMATORS {
        return refuse(format!(
            "{} estimators are too many: allowed are at most {MOST_ESTIMATORS}",
            record.estimators.len()
        ));
    }
    for (i, entry) in record.estimators.iter().enumerate() {
        if record.estimators[..i].iter().any(|e| e.name == entry.name) {
            return refuse(format!(
                "\"{}\" occurs twice: give one of them another name, as in \
                 {{ estimator = \"{}\", name = \"...\" }}",
                entry.name, entry.estimator.name
            ));
        }
        if entry.estimator.kind != first.estimator.kind {
            return refuse(format!(
                "{} is a {} and {} is a {}: only estimators of one kind can be compared",
                first.estimator.name,
                first.estimator.kind.as_str(),
                entry.estimator.name,
                entry.estimator.kind.as_str()
            ));
        }
    }
    for EstimatorInfo {
        name,
        params,
        shares,
        ..
    } in record
        .estimators
        .iter()
        .chain(&record.baseline)
        .map(|e| &e.estimator)
    {
        if let Some(shared) = shares
            .iter()
            .find(|shared| !params.iter().any(|p| p.name == **shared))
        {
            return Err(SpecError::new(
                "estimator",
                format!(
                    "{name} is said to share work along \"{shared}\", which is not one of its parameters"
                ),
            ));
        }
    }
    Ok(())
}

fn check_scorers(record: &Record) -> Result<(), SpecError> {
    let Record {
        scorers,
        single,
        decides,
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
    if record.target.is_none()
        && let Some(scorer) = scorers.iter().find(|s| s.needs_target())
    {
        return refuse(format!("{scorer} needs a target, and there is none"));
    }
    if *decides as usize >= scorers.len() {
        return refuse(format!("scorer {decides} of {} decides", scorers.len()));
    }
    for (i, scorer) in scorers.iter().enumerate() {
        let name = scorer.name();
        for entry in &record.estimators {
            let estimator = &entry.estimator;
            if scorer.kind() != estimator.kind {
                return refuse(format!(
                    "{name} scores a {}, and {} is a {}",
                    scorer.kind().as_str(),
                    estimator.name,
                    estimator.kind.as_str()
                ));
            }
            if let Err(why) = scorer.needs(entry.gives()) {
                return refuse(why.replace("the estimator", &estimator.name));
            }
        }
        if scorers[..i].contains(scorer) {
            return refuse(format!("{name} is given twice"));
        }
    }
    Ok(())
}

/// A job of any size can be written in a line; not each can be planned.
fn check_size(record: &Record) -> Result<(), SpecError> {
    let splits = record.n_splits;
    if !(1..=MOST_SPLITS).contains(&splits) {
        return Err(SpecError::new(
            "cv",
            format!("{splits} splits are not allowed: allowed are 1 to {MOST_SPLITS}"),
        ));
    }
    if record.sampling.is_none()
        && let Err(not) = space::count(&record.spaces())
    {
        return Err(SpecError::new(
            format!("search.space.{}", not.name),
            "a distribution cannot be tried exhaustively: give a list of values, or set strategy = \"random\"",
        ));
    }
    let candidates = record.n_candidates();
    if candidates.saturating_mul(splits.into()) > MOST_FITS {
        return Err(SpecError::new(
            "search.space",
            format!(
                "{candidates} candidates on {splits} splits are too many: allowed are at most {MOST_FITS} fits"
            ),
        ));
    }
    Ok(())
}

/// Whether each value by itself may be set: ranges are per parameter, so each
/// is checked once, not each combination.
fn check_entry(entry: &Entry) -> Result<(), SpecError> {
    for step in entry.pipeline.names() {
        if entry.estimator.params.iter().any(|p| p.name == step) {
            return Err(SpecError::new(
                "pipeline",
                format!(
                    "a step cannot be called \"{step}\", since that is a parameter of {}: give it another name",
                    entry.estimator.name
                ),
            ));
        }
    }
    entry
        .configure(std::iter::empty())
        .map_err(|e| SpecError::new(join("params", &e.field), e.message))?;
    for (i, space) in entry.spaces.iter().enumerate() {
        let at = if entry.spaces.len() > 1 {
            format!("search.space[{i}]")
        } else {
            "search.space".to_owned()
        };
        for (name, dimension) in space.dimensions() {
            let field = format!("{at}.{name}");
            if entry.params.contains_key(name) {
                return Err(SpecError::new(
                    field,
                    "this parameter is fixed in [params] too: it can stand in one of the two",
                ));
            }
            // Parameters of a step that is replaced are those of whatever
            // replaces it: only whole candidates can be checked.
            let step = name.split_once("__").map(|(step, _)| step);
            if step.is_some_and(|step| space.dimensions().contains_key(step)) {
                continue;
            }
            for value in dimension.values() {
                entry
                    .check_param(name, &value)
                    .map_err(|m| SpecError::new(&field, m))?;
            }
        }
    }
    Ok(())
}
