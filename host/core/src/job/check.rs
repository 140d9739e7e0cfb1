//! From a document to a job: what it says, checked against the estimators
//! there are and the data it names.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::Map;

use super::record::{Entry, ErrorScore, Record, Sampling};
use super::spec::{CvSpec, EstimatorSpec, JobSpec, Refit, Scoring, SearchSpec};
use super::{Job, SpecError, join};
use crate::cv::{SplitRows, Splitter};
use crate::data::{ColumnFact, Frame, Label, Table, Target, groups, test_fold, weights};
use crate::digest::Digest;
use crate::estimator::{Catalogue, EstimatorInfo, Kind};
use crate::params::{Value, unknown};
use crate::pipeline::{Pipeline, Schema};
use crate::scoring::Scorer;
use crate::space::{self, Space, Spaces};
use crate::task::Params;

const DEFAULT_TIME: Duration = Duration::from_secs(300);
const DEFAULT_MEMORY: u64 = 1 << 30;
const DEFAULT_PARALLEL: u32 = 4096;
const DEFAULT_N_ITER: u32 = 10;

/// The estimators a document may choose from.
#[derive(Debug, Clone, Default)]
pub struct Offers {
    /// Those every Pleat has.
    pub builtin: Catalogue,
    /// Those of the components the document names, by what it calls them.
    pub own: BTreeMap<String, Catalogue>,
}

impl Offers {
    fn find(
        &self,
        component: Option<&String>,
        name: &str,
    ) -> Result<(Digest, &EstimatorInfo), String> {
        let catalogue = match component {
            None => &self.builtin,
            Some(component) => self
                .own
                .get(component)
                .ok_or_else(|| format!("there is no component \"{component}\""))?,
        };
        catalogue.find(name)
    }
}

impl JobSpec {
    /// Its estimators, however it names them.
    ///
    /// # Errors
    /// It names none, or in two ways.
    pub fn entries(&self) -> Result<Vec<EstimatorSpec>, SpecError> {
        match (&self.estimator, &self.estimators) {
            (Some(estimator), None) => Ok(vec![EstimatorSpec::named(estimator)]),
            (None, Some(several)) => Ok(several.clone()),
            (None, None) => Err(SpecError::new("estimator", "this field is missing")),
            (Some(_), Some(_)) => Err(SpecError::new(
                "estimators",
                "a job has either estimator or estimators: give one of the two",
            )),
        }
    }

    /// Every component it names.
    #[must_use]
    pub fn components(&self) -> Vec<&String> {
        let own = self.estimators.iter().flatten();
        let mut all: Vec<&String> = own
            .filter_map(|e| e.component.as_ref())
            .chain(&self.component)
            .collect();
        all.sort();
        all.dedup();
        all
    }

    /// Finds misspelt names before any data is read.
    ///
    /// # Errors
    /// The first estimator, step or scorer that does not exist.
    pub fn check_names(&self, offers: &Offers) -> Result<(), SpecError> {
        let infos = find_all(self, offers)?;
        for (i, (entry, ..)) in infos.iter().enumerate() {
            read_pipeline(self, entry, i)?;
        }
        if let Some((_, _, estimator)) = infos.first() {
            let (scorers, _) = read_scoring(self.scoring.as_ref(), estimator.kind)?;
            check_target(self, estimator, &scorers)?;
        }
        Ok(())
    }
}

impl Job {
    /// Checks a document against the estimators there are and the data it
    /// names.
    ///
    /// # Errors
    /// The first mistake found.
    pub fn check(
        spec: &JobSpec,
        offers: &Offers,
        table: &Table,
        data: Digest,
    ) -> Result<Self, SpecError> {
        let found = find_all(spec, offers)?;
        let kind = found.first().map_or(Kind::Classifier, |(.., e)| e.kind);
        let mut estimators = Vec::new();
        for (i, (entry, component, estimator)) in found.iter().enumerate() {
            estimators.push(read_entry(spec, entry, *component, estimator, i)?);
        }
        let sampling = read_sampling(spec.search.as_ref(), &estimators)?;
        let target = match &spec.target {
            Some(name) => Target::of(table, name, kind)
                .map_err(|e| SpecError::new("target", e.to_string()))?,
            None => Target::None(table.rows()),
        };
        let splitter = read_splitter(spec.cv.as_ref(), kind)?;
        let (scorers, single) = read_scoring(spec.scoring.as_ref(), kind)?;
        if let Some((.., estimator)) = found.first() {
            check_target(spec, estimator, &scorers)?;
        }
        let pos_label = read_pos_label(spec, &target, &scorers)?;
        if let (Some(_), Target::Classes { labels, .. }) = (&spec.data.sample_weight, &target) {
            for scorer in &scorers {
                scorer
                    .check_weights(labels.len())
                    .map_err(|m| SpecError::new("scoring", m))?;
            }
        }
        let (refit, decides) = read_refit(spec, &scorers)?;
        let error_score = match &spec.error_score {
            None => ErrorScore::Number(f64::NAN),
            Some(form) => ErrorScore::parse(form).map_err(|m| SpecError::new("error_score", m))?,
        };
        let baseline = match spec.baseline {
            Some(false) => None,
            _ => baseline(offers, kind).filter(|b| {
                estimators
                    .iter()
                    .all(|e| e.estimator.name != b.estimator.name)
            }),
        };

        let rows = Rows::of(spec, &splitter, table)?;
        let split_rows = rows.split_rows(&target);
        let plan = splitter
            .plan(&split_rows)
            .map_err(|e| SpecError::new("cv", e.to_string()))?;
        let n_splits = plan.len();
        let mut warnings = plan.warnings().to_vec();
        warnings.extend(unweighted(spec, &estimators));

        let memory = spec.limits.memory.map_or(DEFAULT_MEMORY, |m| m.as_u64());
        let time = spec.limits.time.unwrap_or(DEFAULT_TIME);
        let record = Record {
            version: Record::VERSION,
            name: spec.name.clone().unwrap_or_else(|| "job".to_owned()),
            estimators,
            baseline,
            data,
            target: spec.target.clone(),
            pos_label,
            groups: spec.data.groups.clone(),
            sample_weight: spec.data.sample_weight.clone(),
            na_values: spec.data.na_values.clone(),
            scorers,
            single,
            decides,
            refit,
            train_scores: spec.return_train_score,
            error_score,
            sampling,
            splitter,
            n_splits,
            time_ms: u64::try_from(time.as_millis()).unwrap_or(u64::MAX),
            memory,
            lane: spec.lane.clone(),
            parallel: spec.parallel.unwrap_or(DEFAULT_PARALLEL),
            max_attempts: spec.max_attempts.unwrap_or(3),
            warnings,
        };
        let mut job = Self::try_from(record).map_err(|e| placed(spec, e))?;
        job.check_features(table).map_err(|e| placed(spec, e))?;
        if let Some(sampling) = &job.record.sampling {
            let drawn = space::sample(&job.record.spaces(), sampling.n_iter, sampling.random_state);
            job.record.warnings.extend(drawn.warning);
        }
        Ok(job)
    }

    /// Whether a task can hold the matrix at all, where no step makes another
    /// of it. What an estimator arranges for itself comes on top.
    fn check_memory(&self, frame: &Frame) -> Result<(), SpecError> {
        // One number for the target of each row.
        let cells = frame.rows().saturating_mul(frame.columns().len() + 1);
        let matrix = u64::try_from(cells).unwrap_or(u64::MAX).saturating_mul(8);
        let as_it_is = |e: &Entry| e.pipeline.names().is_empty();
        if matrix <= self.record.memory || !self.record.estimators.iter().all(as_it_is) {
            return Ok(());
        }
        Err(SpecError::new(
            "limits.memory",
            format!(
                "{} is too little: {} rows of {} columns take {} by themselves, and estimators \
                 arrange copies of them; allow three times that",
                size(self.record.memory),
                frame.rows(),
                frame.columns().len(),
                size(matrix)
            ),
        ))
    }

    /// Whether the features, after their steps, are what the estimators take.
    fn check_features(&self, table: &Table) -> Result<(), SpecError> {
        let frame = Frame::of(table, &self.left_out());
        if frame.columns().is_empty() {
            return Err(SpecError::new(
                "data",
                "there is no column besides the target: at least one feature is needed",
            ));
        }
        if let Some(fact) = frame.infinite().first() {
            let said = said(fact, "infinite values, which no estimator takes");
            return Err(SpecError::new("data", said));
        }
        self.check_memory(&frame)?;
        let schema = Schema::of(&frame);
        for (i, entry) in self.record.estimators.iter().enumerate() {
            check_pipeline(&entry.pipeline, &schema, &frame, &entry.estimator)
                .map_err(|e| self.record.of_entry(i, e))?;
        }
        // What a candidate sets or replaces may leave other columns behind.
        let searches_steps = self.record.estimators.iter().any(|entry| {
            let mut names = entry.spaces.iter().flat_map(|s| s.dimensions().keys());
            names.any(|name| entry.pipeline.takes(name))
        });
        if !searches_steps {
            return Ok(());
        }
        let mut seen = BTreeSet::new();
        for candidate in self.candidates() {
            let Ok(entry) = self.record.entry(&candidate) else {
                continue;
            };
            let steps: Params = candidate
                .into_iter()
                .filter(|(name, _)| entry.pipeline.takes(name))
                .collect();
            let key = serde_json::to_string(&(&entry.name, &steps)).unwrap_or_default();
            if steps.is_empty() || seen.len() >= MOST_PIPELINES || !seen.insert(key) {
                continue;
            }
            let pipeline = entry
                .pipeline
                .with_params(&entry.params_of_steps(steps))
                .map_err(|(field, m)| SpecError::new(join("search.space", &field), m))?;
            check_pipeline(&pipeline, &schema, &frame, &entry.estimator)?;
        }
        Ok(())
    }
}

/// Bytes as a person writes them.
fn size(bytes: u64) -> String {
    format!("{} MiB", bytes.div_ceil(1 << 20))
}

/// Where the document says what was found at fault in one of several
/// estimators: what they have in common stands there only once.
fn placed(spec: &JobSpec, e: SpecError) -> SpecError {
    let Some(entries) = &spec.estimators else {
        return e;
    };
    let numbered = e.field.strip_prefix("estimators[");
    let numbered = numbered.and_then(|rest| rest.split_once("]."));
    let (i, field) = match numbered.and_then(|(i, rest)| Some((i.parse().ok()?, rest))) {
        Some(found) => found,
        None => (0, &e.field[..]),
    };
    let Some(entry) = entries.get(i) else {
        return e;
    };
    let own = match field.split_once('.') {
        Some(("params", name)) => {
            let is = |key: &str| key.rsplit("__").next() == Some(name) || key == name;
            entry.params.keys().any(|key| is(key))
        }
        _ if field.starts_with("search.space") => entry.space.is_some(),
        _ if field.starts_with("pipeline") => entry.pipeline.is_some(),
        _ => false,
    };
    let field = match own {
        true => format!("estimators[{i}].{}", field.trim_start_matches("search.")),
        false => field.to_owned(),
    };
    SpecError { field, ..e }
}

/// More pipelines than this are not looked at beforehand: their tasks say
/// what is wrong with them.
const MOST_PIPELINES: usize = 10_000;

fn check_pipeline(
    pipeline: &Pipeline,
    schema: &Schema,
    frame: &Frame,
    estimator: &EstimatorInfo,
) -> Result<(), SpecError> {
    let left = pipeline
        .check(schema)
        .map_err(|(field, m)| SpecError::new(join("pipeline", &field), m))?;
    check_left(&left, frame, estimator).map_err(|m| SpecError::new("data", m))
}

impl Entry {
    /// The fixed parameters of its steps, and these.
    fn params_of_steps(&self, candidate: Params) -> Params {
        let fixed = self.params.iter().map(|(n, v)| (n.clone(), v.clone()));
        fixed
            .filter(|(name, _)| self.pipeline.takes(name))
            .chain(candidate)
            .collect()
    }
}

/// A fact about a column, as a person counts rows.
fn said(fact: &ColumnFact, what: &str) -> String {
    let ColumnFact {
        name,
        count,
        first_row,
        example,
    } = fact;
    let row = first_row + 1;
    format!("column \"{name}\" has {count} {what} (first \"{example}\", in row {row})")
}

/// Whether an estimator takes what its steps leave.
fn check_left(left: &Schema, frame: &Frame, estimator: &EstimatorInfo) -> Result<(), String> {
    let fact = |facts: Vec<ColumnFact>, name: &str| facts.into_iter().find(|f| f.name == name);
    if !estimator.accepts_categorical
        && let Some(column) = left.text()
    {
        let advice = "give it numbers with OneHotEncoder, OrdinalEncoder or TargetEncoder in the pipeline, or drop it";
        return Err(match fact(frame.text(), &column.name) {
            Some(fact) if fact.count > 0 => {
                format!("{}; {advice}", said(&fact, "values that are not numbers"))
            }
            _ => format!("column \"{}\" is text; {advice}", column.name),
        });
    }
    if !estimator.accepts_missing
        && let Some(column) = left.missing().next()
    {
        let what = format!("missing values, and {} takes none", estimator.name);
        let advice = "fill them with SimpleImputer in the pipeline, or drop the column";
        return Err(match fact(frame.missing(), &column.name) {
            Some(fact) => format!("{}; {advice}", said(&fact, &what)),
            None => format!("column \"{}\" may have {what}; {advice}", column.name),
        });
    }
    Ok(())
}

/// What the splitter looks at besides the target.
struct Rows {
    rows: usize,
    groups: Option<Vec<u32>>,
    test_fold: Option<Vec<i64>>,
}

impl Rows {
    fn of(spec: &JobSpec, splitter: &Splitter, table: &Table) -> Result<Self, SpecError> {
        let groups = spec.data.groups.as_ref().map(|name| groups(table, name));
        let groups = groups
            .transpose()
            .map_err(|e| SpecError::new("data.groups", e.to_string()))?;
        if let Some(name) = &spec.data.sample_weight {
            weights(table, name)
                .map_err(|e| SpecError::new("data.sample_weight", e.to_string()))?;
        }
        let test_fold = splitter.test_fold().map(|name| test_fold(table, name));
        let test_fold = test_fold
            .transpose()
            .map_err(|e| SpecError::new("cv.test_fold", e.to_string()))?;
        for (field, name) in [
            ("data.groups", spec.data.groups.as_deref()),
            ("data.sample_weight", spec.data.sample_weight.as_deref()),
            ("cv.test_fold", splitter.test_fold()),
        ] {
            if let Some(name) = name.filter(|name| spec.target.as_deref() == Some(name)) {
                return Err(SpecError::new(
                    field,
                    format!("\"{name}\" is the target: it cannot be both"),
                ));
            }
        }
        Ok(Self {
            rows: table.rows(),
            groups,
            test_fold,
        })
    }

    fn split_rows<'a>(&'a self, target: &'a Target) -> SplitRows<'a> {
        SplitRows {
            rows: self.rows,
            classes: target.codes(),
            groups: self.groups.as_deref(),
            test_fold: self.test_fold.as_deref(),
        }
    }
}

fn find_all<'a>(
    spec: &JobSpec,
    offers: &'a Offers,
) -> Result<Vec<(EstimatorSpec, Digest, &'a EstimatorInfo)>, SpecError> {
    let entries = spec.entries()?;
    let several = spec.estimators.is_some();
    let mut found = Vec::with_capacity(entries.len());
    for (i, entry) in entries.into_iter().enumerate() {
        let component = entry.component.as_ref().or(spec.component.as_ref());
        let (digest, info) = offers.find(component, &entry.estimator).map_err(|m| {
            let field = if several {
                format!("estimators[{i}].estimator")
            } else {
                "estimator".to_owned()
            };
            SpecError::new(field, m)
        })?;
        found.push((entry, digest, info));
    }
    Ok(found)
}

fn read_pipeline(spec: &JobSpec, entry: &EstimatorSpec, i: usize) -> Result<Pipeline, SpecError> {
    let (form, section) = match &entry.pipeline {
        Some(own) => (own, format!("estimators[{i}].pipeline")),
        None => (&spec.pipeline, "pipeline".to_owned()),
    };
    Pipeline::parse(form).map_err(|(field, m)| SpecError::new(join(&section, &field), m))
}

fn read_entry(
    spec: &JobSpec,
    entry: &EstimatorSpec,
    component: Digest,
    estimator: &EstimatorInfo,
    i: usize,
) -> Result<Entry, SpecError> {
    let pipeline = read_pipeline(spec, entry, i)?;
    let alias = format!("{}__", estimator.name.to_lowercase());
    let bare = |name: &str| name.strip_prefix(&alias).unwrap_or(name).to_owned();
    let mut params = Params::new();
    for (section, given) in [
        ("params".to_owned(), &spec.params),
        (format!("estimators[{i}].params"), &entry.params),
    ] {
        let mut here = Params::new();
        for (name, value) in given {
            let name = bare(name);
            if here.insert(name.clone(), value.clone()).is_some() {
                return Err(SpecError::new(
                    section,
                    format!("\"{name}\" is given twice: as it is and as \"{alias}{name}\""),
                ));
            }
        }
        params.append(&mut here);
    }
    let spaces = match (&entry.space, &spec.search) {
        (Some(own), _) => read_spaces(own, &format!("estimators[{i}].space"), &bare)?,
        (None, Some(search)) => match &search.space {
            Some(common) => read_spaces(common, "search.space", &bare)?,
            None => Vec::new(),
        },
        (None, None) => Vec::new(),
    };
    // Unset, a seed is 0, and the record says so.
    let seed = "random_state";
    let is_searched = spaces.iter().any(|s| s.dimensions().contains_key(seed));
    if !is_searched
        && !params.contains_key(seed)
        && let Some(info) = estimator.params.iter().find(|p| p.name == seed)
        && info.default == Value::None
        && info.check(&Value::Int(0)).is_ok()
    {
        params.insert(seed.to_owned(), Value::Int(0));
    }
    Ok(Entry {
        name: entry.name.clone().unwrap_or_else(|| estimator.name.clone()),
        component,
        estimator: estimator.clone(),
        pipeline,
        params,
        spaces,
    })
}

fn read_spaces(
    Spaces(spaces): &Spaces,
    section: &str,
    bare: &impl Fn(&str) -> String,
) -> Result<Vec<Space>, SpecError> {
    let mut renamed = Vec::with_capacity(spaces.len());
    for space in spaces {
        if space.dimensions().is_empty() {
            return Err(SpecError::new(
                section,
                "the space is empty: name at least one parameter with a list of values, or leave [search] out",
            ));
        }
        renamed.push(space.renamed(bare).map_err(|name| {
            SpecError::new(format!("{section}.{name}"), "this parameter is given twice")
        })?);
    }
    Ok(renamed)
}

fn read_sampling(
    search: Option<&SearchSpec>,
    estimators: &[Entry],
) -> Result<Option<Sampling>, SpecError> {
    let strategy = search.and_then(|s| s.strategy.as_deref()).unwrap_or("grid");
    let refuse = |field: &str, m: String| Err(SpecError::new(join("search", field), m));
    let spaces = || estimators.iter().flat_map(|e| &e.spaces);
    if search.is_some() && spaces().next().is_none() {
        return Err(SpecError::new("search.space", "this field is missing"));
    }
    match strategy {
        "random" => {
            let n_iter = search.and_then(|s| s.n_iter).unwrap_or(DEFAULT_N_ITER);
            if n_iter == 0 {
                return refuse(
                    "n_iter",
                    "0 is not allowed: allowed is an integer >= 1".to_owned(),
                );
            }
            Ok(Some(Sampling {
                n_iter,
                random_state: search.and_then(|s| s.random_state).unwrap_or(0),
            }))
        }
        "grid" => {
            for (field, given) in [
                ("n_iter", search.is_some_and(|s| s.n_iter.is_some())),
                (
                    "random_state",
                    search.is_some_and(|s| s.random_state.is_some()),
                ),
            ] {
                if given {
                    return refuse(
                        field,
                        "a grid has no use for it: allowed with strategy = \"random\"".to_owned(),
                    );
                }
            }
            Ok(None)
        }
        other => refuse("strategy", unknown("strategy", other, &["grid", "random"])),
    }
}

/// The splitter: the one asked for, or scikit-learn's default of 5 folds,
/// stratified where there are classes.
fn read_splitter(cv: Option<&CvSpec>, kind: Kind) -> Result<Splitter, SpecError> {
    let classifier = kind == Kind::Classifier;
    let in_cv = |(field, m): (String, String)| SpecError::new(join("cv", &field), m);
    let mut fields = match cv {
        None => Map::new(),
        Some(CvSpec::Folds(n)) => {
            return Splitter::folds(*n, classifier).map_err(|(_, m)| SpecError::new("cv", m));
        }
        Some(CvSpec::Splitter(fields)) => fields.clone(),
    };
    if !fields.contains_key("splitter") {
        fields.insert("splitter".into(), Splitter::default_name(classifier).into());
    }
    Splitter::parse(&fields).map_err(in_cv)
}

/// Whether there is a target where one is needed.
fn check_target(
    spec: &JobSpec,
    estimator: &EstimatorInfo,
    scorers: &[Scorer],
) -> Result<(), SpecError> {
    let refuse = |field: &str, m: String| Err(SpecError::new(field, m));
    if spec.target.is_some() {
        return Ok(());
    }
    if estimator.kind != Kind::Clusterer {
        return refuse("target", "this field is missing".to_owned());
    }
    if spec.data.drop_missing_target {
        return refuse(
            "data.drop_missing_target",
            "true is not allowed: there is no target".to_owned(),
        );
    }
    match scorers.iter().find(|s| s.needs_target()) {
        None => Ok(()),
        Some(scorer) => refuse(
            "scoring",
            format!(
                "{scorer} compares groups with a target, and there is none: name one, or use {}",
                with_features().join(", ")
            ),
        ),
    }
}

/// The scorers that need no target.
fn with_features() -> Vec<&'static str> {
    let all = Scorer::ALL.iter().filter(|s| s.needs_features());
    all.map(|s| s.name()).collect()
}

/// The scorers asked for, or the estimator's own, and whether columns are
/// called `score`.
fn read_scoring(scoring: Option<&Scoring>, kind: Kind) -> Result<(Vec<Scorer>, bool), SpecError> {
    let (names, single) = match scoring {
        None => {
            let own = Scorer::default_for(kind).ok_or_else(|| {
                let m = format!(
                    "this field is missing: a clusterer has no scorer of its own; name one, such as {}",
                    with_features().join(", ")
                );
                SpecError::new("scoring", m)
            })?;
            return Ok((vec![own], true));
        }
        Some(Scoring::One(name)) => (vec![&name[..]], true),
        Some(Scoring::Several(names)) => (names.iter().map(|n| &n[..]).collect(), false),
    };
    let scorers = names
        .into_iter()
        .map(Scorer::parse)
        .collect::<Result<_, _>>();
    Ok((scorers.map_err(|m| SpecError::new("scoring", m))?, single))
}

/// Which class binary scorers ask for, where the document says; where they
/// need it and it does not, that is a mistake.
fn read_pos_label(
    spec: &JobSpec,
    target: &Target,
    scorers: &[Scorer],
) -> Result<Option<Label>, SpecError> {
    let refuse = |m: String| SpecError::new("pos_label", m);
    let labels = target.labels();
    let given = match &spec.pos_label {
        None => None,
        Some(value) => Some(Label::matching(value, labels).ok_or_else(|| {
            let known: Vec<String> = labels.iter().map(ToString::to_string).collect();
            refuse(if known.is_empty() {
                format!("{value} is not allowed: the target has no classes")
            } else {
                format!("{value} is no class; the classes are {}", known.join(", "))
            })
        })?),
    };
    for scorer in scorers {
        scorer.check_labels(labels, given).map_err(|m| {
            // A label would help, or another scorer would.
            let field = if m.contains("pos_label") {
                "pos_label"
            } else {
                "scoring"
            };
            SpecError::new(field, m)
        })?;
    }
    Ok(given.cloned())
}

/// Whether the best is fitted in the end, and the scorer that says what is
/// best: scikit-learn's `refit`.
fn read_refit(spec: &JobSpec, scorers: &[Scorer]) -> Result<(bool, u32), SpecError> {
    let refuse = |m: String| Err(SpecError::new("refit", m));
    let names = || scorers.iter().map(|s| s.name()).collect::<Vec<_>>();
    let searched = spec.search.is_some() || spec.estimators.is_some();
    match &spec.refit {
        Some(Refit::Whether(false)) => Ok((false, 0)),
        Some(Refit::By(name)) => {
            let index = scorers.iter().position(|s| s.name() == name);
            match index.and_then(|i| u32::try_from(i).ok()) {
                Some(index) => Ok((true, index)),
                None => refuse(unknown("scorer of this job", name, &names())),
            }
        }
        None if !searched => Ok((false, 0)),
        whether if scorers.len() > 1 => {
            let passed = match whether {
                Some(_) => "true is not enough",
                None => "this field is missing",
            };
            refuse(format!(
                "{passed}: with several scorers it takes the name of the one that decides which candidate is best ({}), or false",
                names().join(", ")
            ))
        }
        _ => Ok((true, 0)),
    }
}

/// What every report compares with: an estimator that looks at no feature.
fn baseline(offers: &Offers, kind: Kind) -> Option<Entry> {
    let name = match kind {
        Kind::Classifier => "DummyClassifier",
        Kind::Regressor => "DummyRegressor",
        Kind::Clusterer => return None,
    };
    let (component, estimator) = offers.builtin.find(name).ok()?;
    Some(Entry {
        name: name.to_owned(),
        component,
        estimator: estimator.clone(),
        pipeline: Pipeline::default(),
        params: Params::new(),
        spaces: Vec::new(),
    })
}

/// Estimators that cannot make use of the weights there are.
fn unweighted(spec: &JobSpec, estimators: &[Entry]) -> Vec<String> {
    let Some(column) = &spec.data.sample_weight else {
        return Vec::new();
    };
    let deaf = estimators.iter().filter(|e| !e.estimator.accepts_weights);
    deaf.map(|e| {
        format!(
            "{} does not take sample weights: column \"{column}\" counts in its scores only",
            e.estimator.name
        )
    })
    .collect()
}
