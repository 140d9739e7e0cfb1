//! The report: a search reduced to one document.
//!
//! `result` is everything that must be equal wherever the job ran, and has a
//! digest; `run` is everything else: times, nodes, attempts. Reduction goes in
//! plan order (candidate, then split), so that sums of floats do not depend on
//! who finished first. How a report looks on a terminal is not decided here.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use crate::digest::Digest;
use crate::job::ErrorScore;
use crate::model::Learned;
use crate::reduce;
use crate::search::{Cell, Search, Sequence};
use crate::task::{Score, Scores, Usage};

/// The columns that tell of time; they belong to `run`, and stand in
/// `cv_results` only because scikit-learn has them there.
const TIME_COLUMNS: [&str; 4] = [
    "mean_fit_time",
    "std_fit_time",
    "mean_score_time",
    "std_score_time",
];

/// A fit that did not give scores.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FailedFit {
    /// Which candidate.
    pub candidate: u32,
    /// On which split.
    pub split: u32,
    /// `rejected`, `trapped`, `timed-out` or `out-of-memory`.
    pub kind: String,
    /// What happened.
    pub message: String,
}

/// A warning some fits gave.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Warning {
    /// The candidate it concerns; absent when it concerns the job.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub candidate: Option<u32>,
    /// What to know.
    pub message: String,
}

/// What an estimator that looks at no feature comes to on the same splits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Baseline {
    /// Which one.
    pub estimator: String,
    /// Its score on each split by scorer; NaN is null.
    pub split_scores: BTreeMap<String, Vec<Option<f64>>>,
    /// Their means.
    pub mean_scores: BTreeMap<String, Option<f64>>,
    /// Why it has none on some split.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
}

/// What fitting the best candidate on all rows came to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Refitted {
    /// The scorer that said which is best.
    pub by: String,
    /// The model, by content; null if there is none.
    pub model: Option<Digest>,
    /// Why there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    /// What the model has learned, if that is not too much for a report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub learned: Option<Learned>,
}

/// What must be equal wherever the job ran.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SearchResult {
    /// The best candidate's parameters.
    pub best_params: Map<String, Json>,
    /// Its mean score; null if no candidate has one.
    pub best_score: Option<f64>,
    /// Its place.
    pub best_index: u32,
    /// Splits of each candidate.
    pub n_splits: u32,
    /// The scorers, in order.
    pub scorers: Vec<String>,
    /// What was asked for, in a job file's words and with every default.
    #[schemars(with = "Map<String, Json>")]
    pub setup: Map<String, Json>,
    /// What to compare with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<Baseline>,
    /// The best candidate, fitted on all rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refit: Option<Refitted>,
    /// scikit-learn's columns, each a list in candidate order; NaN is null.
    #[schemars(with = "Map<String, Json>")]
    pub cv_results: Map<String, Json>,
    /// Fits without scores, in plan order.
    pub failures: Vec<FailedFit>,
    /// What should be known.
    pub warnings: Vec<Warning>,
    /// Whether the search ended before all fits were done.
    pub partial: bool,
}

/// How it ran.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Run {
    /// The job's id.
    pub job: String,
    /// Its name.
    pub name: String,
    /// Seconds from the first task asked for to the last one told.
    pub seconds: f64,
    /// Fits done and planned.
    pub fits: (usize, usize),
    /// Tasks told.
    pub tasks: usize,
    /// Starts of tasks, retries included.
    pub attempts: u64,
    /// CPU seconds of all slots.
    pub cpu_seconds: f64,
    /// Most linear memory of any task, in bytes.
    pub peak_memory: u64,
    /// Tasks that found their matrix prepared.
    pub datasets_reused: usize,
    /// Tasks by node.
    pub nodes: BTreeMap<String, usize>,
    /// Candidates whose fit time is a share of a common fit.
    pub shared_fit: Vec<u32>,
    /// Seconds spent fitting the best on all rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refit_time: Option<f64>,
}

/// A report, ready to be written.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// What must be equal.
    pub result: SearchResult,
    /// How it ran.
    pub run: Run,
    /// The time columns, in scikit-learn's order.
    times: Vec<(String, Json)>,
    /// The digest of `result`.
    pub result_digest: Digest,
}

fn number(x: f64) -> Json {
    // NaN and the infinities have no JSON: null.
    serde_json::Number::from_f64(x).map_or(Json::Null, Json::Number)
}

fn numbers(xs: impl IntoIterator<Item = f64>) -> Json {
    xs.into_iter().map(number).collect()
}

fn digest(result: &SearchResult) -> Digest {
    // Text keys and finite numbers only: this always serialises.
    Digest::of(&serde_json::to_vec(result).unwrap_or_default())
}

impl Report {
    /// Reduces a search; `job` and `seconds` are what only the caller knows.
    #[must_use]
    pub fn reduce(sequence: &Sequence, job: &str, seconds: f64) -> Self {
        let search = sequence.search();
        let spec = search.job();
        let cells = search.cells();
        let n_splits = spec.n_splits();

        let mut columns = Map::new();
        let searched: BTreeSet<&String> =
            search.candidates().iter().flat_map(|p| p.keys()).collect();
        for name in searched {
            let column = search
                .candidates()
                .iter()
                .map(|p| {
                    p.get(name)
                        .map_or(Json::Null, crate::params::Value::to_json)
                })
                .collect();
            columns.insert(format!("param_{name}"), column);
        }
        let params: Vec<Map<String, Json>> = search
            .candidates()
            .iter()
            .map(|p| p.iter().map(|(k, v)| (k.clone(), v.to_json())).collect())
            .collect();
        columns.insert(
            "params".into(),
            params.iter().cloned().map(Json::Object).collect(),
        );

        let mut best: Option<(usize, f64)> = None;
        for (s, scorer) in spec.score_names().iter().enumerate() {
            let rows = Rows::of(search, s, |scores| &scores.test);
            rows.write("test", scorer, n_splits, &mut columns);
            let means = rows.means();
            let ranks = reduce::rank(&means);
            columns.insert(
                format!("rank_test_{scorer}"),
                ranks.iter().copied().map(Json::from).collect(),
            );
            if s == spec.deciding_scorer() {
                let index = reduce::best(&ranks).unwrap_or(0);
                best = Some((index, means.get(index).copied().unwrap_or(f64::NAN)));
            }
            if spec.scores_training() {
                let rows = Rows::of(search, s, |scores| &scores.train);
                rows.write("train", scorer, n_splits, &mut columns);
            }
        }
        let (best_index, best_score) = best.unwrap_or((0, f64::NAN));

        let result = SearchResult {
            best_params: params.get(best_index).cloned().unwrap_or_default(),
            best_score: best_score.is_finite().then_some(best_score),
            best_index: u32::try_from(best_index).unwrap_or(u32::MAX),
            n_splits,
            scorers: spec.scorers().iter().map(|s| s.name().to_owned()).collect(),
            setup: spec.setup(),
            baseline: baseline(search),
            refit: refit(search),
            cv_results: columns,
            failures: failures(cells),
            warnings: warnings(search),
            partial: !search.is_done() || search.raised(),
        };
        let result_digest = digest(&result);
        Self {
            times: times(cells),
            run: run(sequence, job, seconds),
            result,
            result_digest,
        }
    }

    /// The document: `result`'s fields at the top, next to `run` and
    /// `result_digest`, the time columns in their usual place.
    #[must_use]
    pub fn to_json(&self) -> Json {
        let mut document = Map::new();
        if let Ok(Json::Object(result)) = serde_json::to_value(&self.result) {
            document = result;
        }
        let timed: Map<String, Json> = self
            .times
            .iter()
            .cloned()
            .chain(self.result.cv_results.clone())
            .collect();
        document.insert("cv_results".into(), Json::Object(timed));
        document.insert(
            "run".into(),
            serde_json::to_value(&self.run).unwrap_or_default(),
        );
        document.insert(
            "result_digest".into(),
            self.result_digest.to_string().into(),
        );
        Json::Object(document)
    }

    /// Reads a document and checks its digest.
    ///
    /// # Errors
    /// What is missing, or that the digest is not that of the result.
    pub fn from_json(document: Json) -> Result<Self, String> {
        #[derive(Deserialize)]
        struct Document {
            #[serde(flatten)]
            result: SearchResult,
            run: Run,
            result_digest: Digest,
        }
        let Document {
            mut result,
            run,
            result_digest,
        } = serde_json::from_value(document).map_err(|e| format!("not a report: {e}"))?;
        let mut times = Vec::new();
        for name in TIME_COLUMNS {
            if let Some(column) = result.cv_results.shift_remove(name) {
                times.push((name.to_owned(), column));
            }
        }
        let found = digest(&result);
        if found != result_digest {
            return Err(format!(
                "the report says {result_digest}, its result is {found}"
            ));
        }
        Ok(Self {
            result,
            run,
            times,
            result_digest,
        })
    }

    /// Whether every fit gave what it was to give.
    #[must_use]
    pub fn all_succeeded(&self) -> bool {
        let refit = self.result.refit.as_ref();
        self.result.failures.is_empty()
            && !self.result.partial
            && refit.is_none_or(|r| r.failure.is_none())
    }
}

/// The scores of one scorer: a row a candidate, a place a split.
struct Rows {
    scores: Vec<Vec<f64>>,
    done: Vec<Vec<f64>>,
}

impl Rows {
    fn of(search: &Search, scorer: usize, which: fn(&Scores) -> &Vec<Score>) -> Self {
        // What counts where a fit failed; a job that raises has no such score.
        let failed = match search.job().error_score() {
            ErrorScore::Number(x) => x,
            ErrorScore::Raise => f64::NAN,
        };
        let score = |Cell { outcome }: &Cell| match &outcome.scores {
            Ok(scores) => which(scores).get(scorer).map_or(f64::NAN, |s| s.0),
            Err(_) => failed,
        };
        let of_row = |row: &Vec<Option<Cell>>| {
            let scores = row.iter().map(|c| c.as_ref().map_or(f64::NAN, score));
            scores.collect()
        };
        // A partial report goes by the splits that were done.
        let done_of_row =
            |row: &Vec<Option<Cell>>| row.iter().flatten().map(score).collect::<Vec<_>>();
        Self {
            scores: search.cells().iter().map(of_row).collect(),
            done: search.cells().iter().map(done_of_row).collect(),
        }
    }

    fn means(&self) -> Vec<f64> {
        self.done.iter().map(|row| reduce::mean(row)).collect()
    }

    /// A column for each split, then mean and deviation.
    fn write(&self, set: &str, scorer: &str, n_splits: u32, columns: &mut Map<String, Json>) {
        for split in 0..n_splits as usize {
            let column = numbers(self.scores.iter().map(|row| row[split]));
            columns.insert(format!("split{split}_{set}_{scorer}"), column);
        }
        columns.insert(format!("mean_{set}_{scorer}"), numbers(self.means()));
        columns.insert(
            format!("std_{set}_{scorer}"),
            numbers(self.done.iter().map(|row| reduce::std(row))),
        );
    }
}

/// The best candidate by the scorer that decides; none if none has a score.
pub(crate) fn best_candidate(search: &Search) -> Option<u32> {
    let rows = Rows::of(search, search.job().deciding_scorer(), |scores| {
        &scores.test
    });
    let means = rows.means();
    let best = reduce::best(&reduce::rank(&means))?;
    means
        .get(best)
        .filter(|m| !m.is_nan())
        .and_then(|_| u32::try_from(best).ok())
}

fn baseline(search: &Search) -> Option<Baseline> {
    let job = search.job();
    let configuration = job.baseline()?;
    let mut out = Baseline {
        estimator: configuration.estimator.name.clone(),
        split_scores: BTreeMap::new(),
        mean_scores: BTreeMap::new(),
        failure: None,
    };
    let finite = |x: f64| x.is_finite().then_some(x);
    for (s, scorer) in job.scorers().iter().enumerate() {
        let score = |cell: &Option<Cell>| {
            let scores = cell.as_ref()?.outcome.scores.as_ref().ok()?;
            scores.test.get(s).map(|s| s.0)
        };
        let scores: Vec<Option<f64>> = search.baseline().iter().map(score).collect();
        let known: Vec<f64> = scores.iter().map(|s| s.unwrap_or(f64::NAN)).collect();
        let name = scorer.name().to_owned();
        out.mean_scores
            .insert(name.clone(), finite(reduce::mean(&known)));
        out.split_scores.insert(
            name,
            scores.into_iter().map(|s| s.and_then(finite)).collect(),
        );
    }
    let failures = search.baseline().iter().flatten();
    out.failure = failures
        .filter_map(|c| c.outcome.scores.as_ref().err())
        .map(ToString::to_string)
        .next();
    Some(out)
}

fn refit(search: &Search) -> Option<Refitted> {
    let job = search.job();
    if !job.refits() {
        return None;
    }
    let (model, failure) = match search.refitted() {
        Some(outcome) => match (&outcome.scores, outcome.model) {
            (Err(failure), _) => (None, Some(failure.to_string())),
            (Ok(_), None) => (None, Some("no model came back".to_owned())),
            (Ok(_), model) => (model, None),
        },
        None if search.is_scored() => (None, Some("no candidate has a score".to_owned())),
        None => (None, Some("the search ended before".to_owned())),
    };
    Some(Refitted {
        by: job
            .scorers()
            .get(job.deciding_scorer())
            .map_or_else(String::new, |s| s.name().to_owned()),
        model,
        failure,
        learned: search.refitted().and_then(|o| o.learned.clone()),
    })
}

fn times(cells: &[Vec<Option<Cell>>]) -> Vec<(String, Json)> {
    let column = |of: fn(&Cell) -> f64, reduce: fn(&[f64]) -> f64| {
        numbers(cells.iter().map(|row| {
            let known: Vec<f64> = row
                .iter()
                .flatten()
                .map(of)
                .filter(|t| !t.is_nan())
                .collect();
            reduce(&known)
        }))
    };
    let fit: fn(&Cell) -> f64 = |c| c.outcome.fit_time;
    let score: fn(&Cell) -> f64 = |c| c.outcome.score_time;
    let values = [
        column(fit, reduce::mean),
        column(fit, reduce::std),
        column(score, reduce::mean),
        column(score, reduce::std),
    ];
    TIME_COLUMNS
        .iter()
        .map(|n| (*n).to_owned())
        .zip(values)
        .collect()
}

fn failures(cells: &[Vec<Option<Cell>>]) -> Vec<FailedFit> {
    let mut out = Vec::new();
    for (candidate, row) in (0_u32..).zip(cells) {
        for (split, cell) in (0_u32..).zip(row) {
            if let Some(Cell { outcome }) = cell
                && let Err(failure) = &outcome.scores
            {
                out.push(FailedFit {
                    candidate,
                    split,
                    kind: failure.kind.as_str().to_owned(),
                    message: failure.message.clone(),
                });
            }
        }
    }
    out
}

fn warnings(search: &Search) -> Vec<Warning> {
    let of_job = search.job().warnings();
    let mut out: Vec<Warning> = of_job
        .iter()
        .map(|m| Warning {
            candidate: None,
            message: m.clone(),
        })
        .collect();
    let refitted = |candidate: u32| {
        let refitted = search.refitted().filter(|o| o.index == candidate);
        refitted.into_iter().flat_map(|o| &o.warnings)
    };
    for (candidate, row) in (0_u32..).zip(search.cells()) {
        let mut seen = BTreeSet::new();
        let of_splits = row.iter().flatten().flat_map(|c| &c.outcome.warnings);
        for message in of_splits.chain(refitted(candidate)) {
            if seen.insert(message) {
                out.push(Warning {
                    candidate: Some(candidate),
                    message: message.clone(),
                });
            }
        }
    }
    out
}

fn run(sequence: &Sequence, job: &str, seconds: f64) -> Run {
    let search = sequence.search();
    let usage: &[Usage] = sequence.usage();
    let mut nodes = BTreeMap::new();
    for u in usage {
        *nodes.entry(u.node.clone()).or_insert(0) += 1;
    }
    let shared = |row: &Vec<Option<Cell>>| row.iter().flatten().any(|c| c.outcome.shared_fit);
    Run {
        job: job.to_owned(),
        name: search.job().name().to_owned(),
        seconds,
        fits: search.progress(),
        tasks: usage.len(),
        attempts: usage.iter().map(|u| u64::from(u.attempts)).sum(),
        cpu_seconds: usage.iter().map(|u| u.cpu_seconds).sum(),
        peak_memory: usage.iter().map(|u| u.peak_memory).max().unwrap_or(0),
        datasets_reused: usage.iter().filter(|u| u.dataset_reused).count(),
        nodes,
        shared_fit: (0_u32..)
            .zip(search.cells())
            .filter(|(_, row)| shared(row))
            .map(|(i, _)| i)
            .collect(),
        refit_time: search.refitted().map(|o| o.fit_time),
    }
}
