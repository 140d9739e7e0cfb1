//! The search: which tasks a job asks for, and what their outcomes add up to.
//!
//! `Search` is the state machine: asked for tasks, told outcomes, without a
//! clock or I/O. `Sequence` wraps it so that outcomes are told in the order
//! they were asked for, whatever order they arrive in: what has been asked and
//! told is then a function of the job and the outcomes alone, and any node can
//! take a job over by replaying them. Reduction to a report is in `report`.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use crate::digest::{Digest, TaskId};
use crate::job::{ErrorScore, Job};
use crate::task::{CandidateOutcome, Failure, FailureKind, Outcome, Params, Task, TaskCandidate};

/// Most candidates in one task: enough to share work, few enough that a task
/// stays short.
const MAX_GROUP: usize = 32;

/// One candidate on one split.
#[derive(Debug, Clone)]
pub(crate) struct Cell {
    pub(crate) outcome: CandidateOutcome,
}

/// What one task is about.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    /// Candidates on a split.
    Candidates(u32, Vec<u32>),
    /// The baseline on a split.
    Baseline(u32),
    /// The best candidate on all rows.
    Refit(u32),
}

/// What is left to do once all candidates are scored.
#[derive(Debug, Clone, PartialEq)]
enum Refit {
    /// Not asked for, or there is no best candidate.
    None,
    /// To be asked for when all candidates are scored.
    Due,
    /// Asked for.
    Open,
    /// What it came to.
    Done(Box<CandidateOutcome>),
}

/// The plan of a job, and what is known so far.
#[derive(Debug)]
pub struct Search {
    job: Arc<Job>,
    digest: Digest,
    candidates: Vec<Params>,
    /// Tasks still to be asked for: the plan, then what failed groups left.
    todo: VecDeque<Part>,
    /// Tasks asked for and not told yet, oldest first.
    open: VecDeque<Part>,
    /// One row a candidate, one place a split.
    cells: Vec<Vec<Option<Cell>>>,
    /// The baseline, one place a split; nothing where there is none.
    baseline: Vec<Option<Cell>>,
    refit: Refit,
    /// A failure that ends the job, since its error score is to raise.
    raised: bool,
    total: usize,
    done: usize,
    failed: usize,
    /// Fits of the baseline that are settled.
    baseline_done: usize,
}

impl Search {
    /// Plans a job.
    #[must_use]
    pub fn new(job: Arc<Job>) -> Self {
        let candidates = job.candidates();
        let splits = job.n_splits();
        let groups = group(&job, &candidates);
        // Splits outermost: tasks next to each other then share a prepared
        // matrix, which a slot keeps from one task to the next.
        let candidates_first = (0..splits).flat_map(|split| {
            let groups = groups.iter();
            groups.map(move |g| Part::Candidates(split, g.clone()))
        });
        // The baseline is of another component: in between, it would cost a
        // slot its session.
        let baseline = job.has_baseline();
        let baselines = (0..splits).map(Part::Baseline).filter(|_| baseline);
        let todo: VecDeque<_> = candidates_first.chain(baselines).collect();
        let total = candidates.len() * splits as usize;
        Self {
            digest: job.digest(),
            cells: vec![vec![None; splits as usize]; candidates.len()],
            baseline: vec![None; if baseline { splits as usize } else { 0 }],
            refit: if job.refits() {
                Refit::Due
            } else {
                Refit::None
            },
            raised: false,
            candidates,
            todo,
            open: VecDeque::new(),
            total,
            done: 0,
            failed: 0,
            baseline_done: 0,
            job,
        }
    }

    fn ask(&mut self) -> Option<Task> {
        if self.raised {
            return None;
        }
        let part = match self.todo.pop_front() {
            Some(part) => part,
            None => self.ask_refit()?,
        };
        let candidate = |index: u32| TaskCandidate {
            index,
            params: self
                .candidates
                .get(index as usize)
                .cloned()
                .unwrap_or_default(),
        };
        let (split, baseline, candidates) = match &part {
            Part::Candidates(split, members) => {
                let members = members.iter().map(|m| candidate(*m)).collect();
                (Some(*split), false, members)
            }
            Part::Baseline(split) => {
                let only = TaskCandidate {
                    index: 0,
                    params: Params::new(),
                };
                (Some(*split), true, vec![only])
            }
            Part::Refit(best) => (None, false, vec![candidate(*best)]),
        };
        self.open.push_back(part);
        Some(Task {
            job: self.digest,
            split,
            baseline,
            candidates,
        })
    }

    /// The last thing to ask for, once it is known which candidate is best.
    fn ask_refit(&mut self) -> Option<Part> {
        if self.refit != Refit::Due || self.done < self.total {
            return None;
        }
        let Some(best) = crate::report::best_candidate(self) else {
            self.refit = Refit::None;
            return None;
        };
        self.refit = Refit::Open;
        Some(Part::Refit(best))
    }

    /// Takes the outcome of the oldest open task.
    fn tell(&mut self, outcome: Outcome) {
        // What comes after the failure that ends the job is not told: it may
        // or may not have been run.
        let Some(part) = self.open.pop_front().filter(|_| !self.raised) else {
            return;
        };
        let alone = |outcome: Outcome, index: u32| {
            let Outcome {
                candidates,
                failure,
                ..
            } = outcome;
            let answer = candidates.into_iter().find(|c| c.index == index);
            answer.unwrap_or_else(|| {
                CandidateOutcome::failed(index, failure.unwrap_or_else(no_answer), f64::NAN)
            })
        };
        match part {
            Part::Candidates(split, members) => self.tell_candidates(split, &members, outcome),
            Part::Baseline(split) => {
                let outcome = self.checked(alone(outcome, 0));
                if let Some(place) = self.baseline.get_mut(split as usize) {
                    self.baseline_done += usize::from(place.is_none());
                    *place = Some(Cell { outcome });
                }
            }
            Part::Refit(best) => self.refit = Refit::Done(Box::new(alone(outcome, best))),
        }
    }

    fn tell_candidates(&mut self, split: u32, members: &[u32], outcome: Outcome) {
        for candidate in outcome.candidates {
            if members.contains(&candidate.index) {
                self.settle(split, candidate);
            }
        }
        let left: Vec<u32> = members
            .iter()
            .copied()
            .filter(|&m| self.cell(m, split).is_none())
            .collect();
        if left.is_empty() {
            return;
        }
        if members.len() > 1 {
            // One bad candidate must not fail its siblings: alone, each shows
            // what it does by itself.
            let alone = left.into_iter().map(|m| Part::Candidates(split, vec![m]));
            self.todo.extend(alone);
            return;
        }
        let failure = outcome.failure.unwrap_or_else(no_answer);
        for index in left {
            let failed = CandidateOutcome {
                score_time: f64::NAN,
                ..CandidateOutcome::failed(index, failure.clone(), f64::NAN)
            };
            self.settle(split, failed);
        }
    }

    fn cell(&self, candidate: u32, split: u32) -> Option<&Cell> {
        self.cells[candidate as usize][split as usize].as_ref()
    }

    /// Scores that are not as many as were asked for are none.
    fn checked(&self, outcome: CandidateOutcome) -> CandidateOutcome {
        let expected = self.job.scorers().len();
        let trained = if self.job.scores_training() {
            expected
        } else {
            0
        };
        match &outcome.scores {
            Ok(scores) if scores.test.len() != expected || scores.train.len() != trained => {
                CandidateOutcome {
                    scores: Err(Failure::new(
                        FailureKind::Rejected,
                        format!(
                            "{} scores came back where {} were asked for",
                            scores.test.len() + scores.train.len(),
                            expected + trained
                        ),
                    )),
                    ..outcome
                }
            }
            _ => outcome,
        }
    }

    fn settle(&mut self, split: u32, outcome: CandidateOutcome) {
        let outcome = self.checked(outcome);
        let place = &mut self.cells[outcome.index as usize][split as usize];
        if place.is_none() {
            self.done += 1;
            if outcome.scores.is_err() {
                self.failed += 1;
                if self.job.error_score() == ErrorScore::Raise {
                    self.raised = true;
                    self.todo.clear();
                }
            }
            *place = Some(Cell { outcome });
        }
    }

    /// The job this plans.
    #[must_use]
    pub fn job(&self) -> &Job {
        &self.job
    }

    /// The candidates, in order.
    #[must_use]
    pub fn candidates(&self) -> &[Params] {
        &self.candidates
    }

    pub(crate) fn cells(&self) -> &[Vec<Option<Cell>>] {
        &self.cells
    }

    pub(crate) fn baseline(&self) -> &[Option<Cell>] {
        &self.baseline
    }

    /// What fitting the best on all rows came to, once it has come.
    pub(crate) fn refitted(&self) -> Option<&CandidateOutcome> {
        match &self.refit {
            Refit::Done(outcome) => Some(outcome),
            Refit::None | Refit::Due | Refit::Open => None,
        }
    }

    /// Whether a failure has ended the job.
    #[must_use]
    pub fn raised(&self) -> bool {
        self.raised
    }

    /// How many fits are settled, and how many there are.
    #[must_use]
    pub fn progress(&self) -> (usize, usize) {
        (self.done, self.total)
    }

    /// How many settled fits failed.
    #[must_use]
    pub fn failed(&self) -> usize {
        self.failed
    }

    /// The best candidate so far and its mean score, by the scorer that
    /// decides,
    /// among those that have come furthest: means over different splits do
    /// not compare.
    #[must_use]
    pub fn best(&self) -> Option<(u32, f64)> {
        let deciding = self.job.deciding_scorer();
        let first = |cell: &Option<Cell>| {
            let scores = cell.as_ref()?.outcome.scores.as_ref().ok()?;
            scores.test.get(deciding).map(|s| s.0)
        };
        let mut best: Option<(usize, f64, u32)> = None;
        for (index, row) in (0_u32..).zip(&self.cells) {
            let scores: Vec<f64> = row.iter().filter_map(first).collect();
            let mean = crate::reduce::mean(&scores);
            let further = best.is_none_or(|(splits, so_far, _)| {
                scores.len() > splits || (scores.len() == splits && mean > so_far)
            });
            if further && !mean.is_nan() {
                best = Some((scores.len(), mean, index));
            }
        }
        best.map(|(_, mean, index)| (index, mean))
    }

    /// Whether there is nothing left to wait for.
    #[must_use]
    pub fn is_done(&self) -> bool {
        let refitted = match self.refit {
            Refit::None | Refit::Done(_) => true,
            Refit::Due | Refit::Open => false,
        };
        self.raised || (self.is_scored() && refitted)
    }

    /// Whether every fit of a candidate or the baseline is settled.
    #[must_use]
    pub fn is_scored(&self) -> bool {
        self.done == self.total && self.baseline_done == self.baseline.len()
    }
}

fn no_answer() -> Failure {
    Failure::new(
        FailureKind::Rejected,
        "the task ended without an answer for this candidate",
    )
}

/// Puts candidates together that differ only in what the estimator shares.
/// From the job alone: the number of slots must not change what is run.
fn group(job: &Job, candidates: &[Params]) -> Vec<Vec<u32>> {
    let mut groups: Vec<Vec<u32>> = Vec::new();
    let mut open: BTreeMap<String, usize> = BTreeMap::new();
    for (index, params) in (0_u32..).zip(candidates) {
        let shared = job.shares(params);
        let rest: Vec<_> = params
            .iter()
            .filter(|(name, _)| !shared.contains(name))
            .collect();
        let key = serde_json::to_string(&rest).unwrap_or_default();
        match open.get(&key) {
            Some(&g) if groups[g].len() < MAX_GROUP && !shared.is_empty() => groups[g].push(index),
            _ => {
                open.insert(key, groups.len());
                groups.push(vec![index]);
            }
        }
    }
    groups
}

/// A search whose outcomes are told in the order they were asked for.
#[derive(Debug)]
pub struct Sequence {
    search: Search,
    parallel: usize,
    /// Tasks asked for and not told yet, oldest first, with what has arrived.
    open: VecDeque<(TaskId, Option<Outcome>)>,
    /// Where in `open` a task stands, counted from the first ever asked for.
    place: BTreeMap<TaskId, usize>,
    /// How many tasks have left `open`.
    told: usize,
    /// What has arrived for tasks not asked for yet (after a take-over).
    early: BTreeMap<TaskId, Outcome>,
    usage: Vec<crate::task::Usage>,
}

/// A task to be published.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Its name.
    pub id: TaskId,
    /// The task.
    pub task: Task,
}

impl Sequence {
    /// Starts a search.
    #[must_use]
    pub fn new(job: Arc<Job>) -> Self {
        let parallel = job.parallel() as usize;
        Self {
            search: Search::new(job),
            parallel,
            open: VecDeque::new(),
            place: BTreeMap::new(),
            told: 0,
            early: BTreeMap::new(),
            usage: Vec::new(),
        }
    }

    /// Takes note of an outcome. Seen before or never asked for: no matter.
    pub fn receive(&mut self, id: &TaskId, outcome: Outcome) {
        match self.place.get(id).and_then(|at| at.checked_sub(self.told)) {
            Some(at) => {
                if let Some((_, arrived)) = self.open.get_mut(at) {
                    arrived.get_or_insert(outcome);
                }
            }
            // Told already, or not asked for yet.
            None if self.place.contains_key(id) => {}
            None => {
                self.early.entry(id.clone()).or_insert(outcome);
            }
        }
    }

    /// Whether a task asked for has its outcome.
    #[must_use]
    pub fn is_settled(&self, id: &TaskId) -> bool {
        match self.place.get(id) {
            Some(at) => at
                .checked_sub(self.told)
                .and_then(|at| self.open.get(at))
                .is_none_or(|(_, arrived)| arrived.is_some()),
            None => false,
        }
    }

    /// Asks and tells as far as the outcomes at hand allow; gives the tasks
    /// newly asked for that have no outcome yet.
    pub fn advance(&mut self) -> Vec<Asked> {
        let mut asked = Vec::new();
        loop {
            if self.open.len() < self.parallel
                && let Some(task) = self.search.ask()
            {
                let id = task.id();
                let arrived = self.early.remove(&id);
                if arrived.is_none() {
                    asked.push(Asked {
                        id: id.clone(),
                        task,
                    });
                }
                self.place.insert(id.clone(), self.told + self.open.len());
                self.open.push_back((id, arrived));
            } else if self
                .open
                .front()
                .is_some_and(|(_, arrived)| arrived.is_some())
            {
                if let Some((_, Some(outcome))) = self.open.pop_front() {
                    self.told += 1;
                    self.usage.push(outcome.usage.clone());
                    self.search.tell(outcome);
                }
            } else {
                return asked;
            }
        }
    }

    /// Tells what has arrived out of order too: for a search that is given up
    /// before its end.
    pub fn give_up(&mut self) {
        while let Some((_, arrived)) = self.open.pop_front() {
            self.told += 1;
            match arrived {
                Some(outcome) => {
                    self.usage.push(outcome.usage.clone());
                    self.search.tell(outcome);
                }
                // Skip it: its fits stay unsettled.
                None => drop(self.search.open.pop_front()),
            }
        }
    }

    /// The search itself.
    #[must_use]
    pub fn search(&self) -> &Search {
        &self.search
    }

    /// What the told tasks cost.
    #[must_use]
    pub fn usage(&self) -> &[crate::task::Usage] {
        &self.usage
    }

    /// How many fits have an outcome, told or not, and how many there are.
    #[must_use]
    pub fn progress(&self) -> (usize, usize) {
        let (told, total) = self.search.progress();
        let waiting: usize = self
            .open
            .iter()
            .filter_map(|(_, o)| o.as_ref())
            .map(|o| o.candidates.len())
            .sum();
        ((told + waiting).min(total), total)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::data::{Column, Table, Values};
    use crate::estimator::{Catalogue, ComponentInfo, EstimatorInfo, Kind};
    use crate::job::{JobSpec, Offers};
    use crate::params::{Domain, ParamInfo, Value};
    use crate::report::Report;
    use crate::task::{Score, Scores, Usage};

    /// Three values of `n`, which are shared, and two of `m`, on three folds,
    /// with `parallel` tasks at a time.
    pub(crate) fn job(parallel: u32) -> Arc<Job> {
        let param = |name: &str| ParamInfo {
            name: name.into(),
            default: Value::Int(1),
            domains: vec![Domain::int_from(0)],
            doc: String::new(),
        };
        let estimator = EstimatorInfo {
            name: "E".into(),
            doc: String::new(),
            kind: Kind::Regressor,
            params: vec![param("m"), param("n")],
            accepts_missing: false,
            accepts_categorical: false,
            accepts_weights: false,
            probabilities: false,
            decision: false,
            shares: vec!["n".into()],
            formats: Vec::new(),
        };
        let component = ComponentInfo {
            name: "c".into(),
            digest: Digest::of(b"c"),
            estimators: vec![estimator],
        };
        let numbers = |k: f64| Values::Numeric((0..6).map(|i| f64::from(i) * k).collect());
        let table = Table::new(vec![
            Column {
                name: "x".into(),
                values: numbers(1.0),
            },
            Column {
                name: "y".into(),
                values: numbers(2.0),
            },
        ])
        .unwrap();
        let text = format!(
            r#"{{ "estimator": "E", "target": "y", "data": {{ "csv": "" }}, "parallel": {parallel},
                "search": {{ "strategy": "grid", "space": {{ "n": [1, 2, 3], "m": [0, 1] }} }},
                "cv": {{ "splitter": "KFold", "n_splits": 3 }} }}"#
        );
        let spec = JobSpec::from_json(text.as_bytes()).unwrap();
        let builtin = Catalogue {
            components: vec![component],
        };
        let offers = Offers {
            builtin,
            ..Offers::default()
        };
        Arc::new(Job::check(&spec, &offers, &table, table.digest()).unwrap())
    }

    fn scored(index: u32, split: u32) -> CandidateOutcome {
        CandidateOutcome {
            index,
            scores: Ok(Scores {
                test: vec![Score(f64::from(index) + 0.1 * f64::from(split))],
                train: Vec::new(),
            }),
            warnings: Vec::new(),
            fit_time: 1.0,
            score_time: 1.0,
            shared_fit: false,
            model: None,
            learned: None,
        }
    }

    /// Candidate 4 traps, and takes its group along; all others score.
    fn answer(task: &Task) -> Outcome {
        let bad = task.candidates.iter().any(|c| c.index == 4);
        let failure = bad.then(|| Failure::new(FailureKind::Trapped, "it trapped"));
        let candidates = task
            .candidates
            .iter()
            .take_while(|c| c.index != 4)
            .map(|c| match task.split {
                Some(split) => scored(c.index, split),
                None => CandidateOutcome {
                    model: Some(Digest::of(b"model")),
                    scores: Ok(Scores::default()),
                    ..scored(c.index, 0)
                },
            })
            .collect();
        Outcome {
            candidates,
            failure,
            usage: Usage::default(),
        }
    }

    /// Runs a job; `pick` chooses which of the open tasks answers next.
    fn run(parallel: u32, pick: impl Fn(usize) -> usize) -> (Report, Vec<TaskId>) {
        let mut sequence = Sequence::new(job(parallel));
        let mut open = sequence.advance();
        let mut order: Vec<TaskId> = open.iter().map(|a| a.id.clone()).collect();
        while !sequence.search().is_done() {
            let asked = open.remove(pick(open.len()));
            sequence.receive(&asked.id, answer(&asked.task));
            let more = sequence.advance();
            order.extend(more.iter().map(|a| a.id.clone()));
            open.extend(more);
        }
        (Report::reduce(&sequence, "j", 0.0), order)
    }

    #[test]
    fn candidates_that_share_are_one_task() {
        let mut sequence = Sequence::new(job(100));
        let sizes: Vec<_> = sequence
            .advance()
            .iter()
            .map(|a| a.task.candidates.len())
            .collect();
        assert_eq!(sizes, [3; 6], "two values of m on three folds");
    }

    #[test]
    fn what_is_asked_does_not_depend_on_who_answers_first() {
        let (report, order) = run(2, |_| 0);
        for (parallel, pick) in [(2, (|n| n - 1) as fn(usize) -> usize), (2, |n| n / 2)] {
            let (other, other_order) = run(parallel, pick);
            assert_eq!(other.result_digest, report.result_digest);
            assert_eq!(other_order, order);
        }
        assert_eq!(
            run(100, |n| n - 1).0.result.cv_results,
            report.result.cv_results
        );
    }

    #[test]
    fn a_failed_group_is_asked_for_again_one_by_one() {
        let (report, order) = run(100, |_| 0);
        let failed: Vec<_> = report
            .result
            .failures
            .iter()
            .map(|f| (f.candidate, f.split))
            .collect();
        assert_eq!(failed, [(4, 0), (4, 1), (4, 2)]);
        // Candidate 3 was done when the group broke off; 4 and 5 came again;
        // in the end the best was fitted on all rows.
        assert_eq!(order.len(), 6 + 3 * 2 + 1);
        assert_eq!(report.result.best_index, 5);
    }

    #[test]
    fn what_is_finished_is_not_asked_for_again() {
        let (whole, order) = run(2, |_| 0);
        let mut first = Sequence::new(job(2));
        let mut results = Vec::new();
        let mut open = first.advance();
        while results.len() < 4 {
            let asked = open.remove(0);
            let outcome = answer(&asked.task);
            first.receive(&asked.id, outcome.clone());
            results.push((asked.id, outcome));
            open.extend(first.advance());
        }
        // Another takes over with nothing but the job and the results.
        let mut second = Sequence::new(job(2));
        for (id, outcome) in results.iter().rev() {
            second.receive(id, outcome.clone());
        }
        let mut open = second.advance();
        let mut asked_again = 0;
        while !second.search().is_done() {
            let asked = open.remove(0);
            asked_again += usize::from(results.iter().any(|(id, _)| *id == asked.id));
            second.receive(&asked.id, answer(&asked.task));
            open.extend(second.advance());
        }
        assert_eq!(asked_again, 0);
        assert_eq!(
            Report::reduce(&second, "j", 0.0).result_digest,
            whole.result_digest
        );
        assert_eq!(second.usage().len(), order.len());
    }

    #[test]
    fn a_partial_report_goes_by_the_splits_that_were_done() {
        let mut sequence = Sequence::new(job(100));
        let open = sequence.advance();
        // The first split, and of the second the group without candidate 4.
        for asked in &open[..3] {
            sequence.receive(&asked.id, answer(&asked.task));
        }
        sequence.give_up();
        let report = Report::reduce(&sequence, "j", 0.0);
        assert!(report.result.partial);
        let means = &report.result.cv_results["mean_test_score"];
        assert_eq!(means[1].as_f64(), Some(1.05), "over two splits");
        assert_eq!(means[3].as_f64(), Some(3.0), "over one");
        assert!(means[4].is_null());
        assert_eq!(report.result.best_index, 3);
    }

    #[test]
    fn a_report_survives_its_document_and_betrays_a_change() {
        let (report, _) = run(100, |_| 0);
        let document = report.to_json();
        assert_eq!(Report::from_json(document.clone()).unwrap(), report);
        let mut forged = document;
        forged["best_index"] = 0.into();
        assert!(Report::from_json(forged).is_err());
    }
}
