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
use crate::job::Job;
use crate::task::{CandidateOutcome, Failure, FailureKind, Outcome, Params, Task, TaskCandidate};

/// Most candidates in one task: enough to share work, few enough that a task
/// stays short.
const MAX_GROUP: usize = 32;

/// One candidate on one split.
#[derive(Debug, Clone)]
pub(crate) struct Cell {
    pub(crate) outcome: CandidateOutcome,
}

/// The plan of a job, and what is known so far.
#[derive(Debug)]
pub struct Search {
    job: Arc<Job>,
    digest: Digest,
    candidates: Vec<Params>,
    /// Tasks still to be asked for: the plan, then what failed groups left.
    todo: VecDeque<(u32, Vec<u32>)>,
    /// Tasks asked for and not told yet, oldest first.
    open: VecDeque<(u32, Vec<u32>)>,
    /// One row a candidate, one place a split.
    cells: Vec<Vec<Option<Cell>>>,
    total: usize,
    done: usize,
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
        let todo: VecDeque<_> = (0..splits)
            .flat_map(|split| groups.iter().map(move |g| (split, g.clone())))
            .collect();
        let total = candidates.len() * splits as usize;
        Self {
            digest: job.digest(),
            cells: vec![vec![None; splits as usize]; candidates.len()],
            candidates,
            todo,
            open: VecDeque::new(),
            total,
            done: 0,
            job,
        }
    }

    fn ask(&mut self) -> Option<Task> {
        let (split, members) = self.todo.pop_front()?;
        let candidates = members
            .iter()
            .map(|&index| TaskCandidate {
                index,
                params: self.candidates[index as usize].clone(),
            })
            .collect();
        self.open.push_back((split, members));
        Some(Task {
            job: self.digest,
            split,
            candidates,
        })
    }

    /// Takes the outcome of the oldest open task.
    fn tell(&mut self, outcome: Outcome) {
        let Some((split, members)) = self.open.pop_front() else {
            return;
        };
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
            self.todo.extend(left.into_iter().map(|m| (split, vec![m])));
            return;
        }
        let failure = outcome.failure.unwrap_or_else(|| {
            Failure::new(
                FailureKind::Rejected,
                "the task ended without an answer for this candidate",
            )
        });
        for index in left {
            self.settle(
                split,
                CandidateOutcome {
                    index,
                    scores: Err(failure.clone()),
                    warnings: Vec::new(),
                    fit_time: f64::NAN,
                    score_time: f64::NAN,
                    shared_fit: false,
                },
            );
        }
    }

    fn cell(&self, candidate: u32, split: u32) -> Option<&Cell> {
        self.cells[candidate as usize][split as usize].as_ref()
    }

    fn settle(&mut self, split: u32, outcome: CandidateOutcome) {
        let expected = self.job.scorers().len();
        let outcome = match &outcome.scores {
            Ok(scores) if scores.len() != expected => CandidateOutcome {
                scores: Err(Failure::new(
                    FailureKind::Rejected,
                    format!(
                        "{} scores came back where {expected} were asked for",
                        scores.len()
                    ),
                )),
                ..outcome
            },
            _ => outcome,
        };
        let place = &mut self.cells[outcome.index as usize][split as usize];
        if place.is_none() {
            self.done += 1;
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

    /// How many fits are settled, and how many there are.
    #[must_use]
    pub fn progress(&self) -> (usize, usize) {
        (self.done, self.total)
    }

    /// How many settled fits failed.
    #[must_use]
    pub fn failed(&self) -> usize {
        self.cells
            .iter()
            .flatten()
            .flatten()
            .filter(|c| c.outcome.scores.is_err())
            .count()
    }

    /// The best candidate so far and its mean score, by the first scorer,
    /// among those that have come furthest: means over different splits do
    /// not compare.
    #[must_use]
    pub fn best(&self) -> Option<(u32, f64)> {
        let first = |cell: &Option<Cell>| {
            cell.as_ref()?
                .outcome
                .scores
                .as_ref()
                .ok()?
                .first()
                .map(|s| s.0)
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

    /// Whether every fit is settled.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.done == self.total
    }
}

/// Puts candidates together that differ only in what the estimator shares.
/// From the job alone: the number of slots must not change what is run.
fn group(job: &Job, candidates: &[Params]) -> Vec<Vec<u32>> {
    let shared = &job.estimator().shares;
    let mut groups: Vec<Vec<u32>> = Vec::new();
    let mut open: BTreeMap<String, usize> = BTreeMap::new();
    for (index, params) in (0_u32..).zip(candidates) {
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
