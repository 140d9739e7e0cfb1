//! What a slot does with a task: prepare the matrix, let the guest fit and
//! predict, score the predictions.
//!
//! A session of the guest is kept from one task of the job to the next, and
//! with it the prepared matrix. A failure in such a used session is looked at
//! again in a fresh one before it counts: what a candidate comes to must not
//! depend on what ran before it.

use std::fs::File;
use std::time::Instant;

use pleat_core::cv::Split;
use pleat_core::data::{Features as Columns, Matrix, Table, Target};
use pleat_core::digest::Digest;
use pleat_core::job::Job;
use pleat_core::pipeline::Pipeline;
use pleat_core::scoring::{Needs, Prediction, Truth};
use pleat_core::task::{
    CandidateOutcome, Failure, FailureKind, Outcome, Params, Score, Task, Usage,
};

use super::frames::OpenJob;
use crate::engine::{
    Answer, Code, Contents, DatasetHandle, Fault, Features, Fitted, Message, Session, TargetValues,
};

/// Which prepared matrix: a pipeline's configuration, and the split it was
/// fitted on if it has steps that are fitted.
#[derive(Clone, PartialEq)]
struct Key {
    pipeline: Pipeline,
    split: Option<u32>,
}

/// A matrix inside the guest, and what the guest said of it: that holds for
/// every task that uses it, not only for the one that happened to come first.
struct Dataset {
    key: Key,
    handle: DatasetHandle,
    warnings: Vec<String>,
}

/// A guest with a matrix in it.
struct Prepared {
    session: Session,
    dataset: Option<Dataset>,
    /// Whether it has run a task already.
    used: bool,
}

/// One job, open in this slot.
pub struct Evaluator {
    job: Job,
    digest: Digest,
    node: String,
    matrix: Matrix,
    target: Target,
    splits: Vec<Split>,
    needs: Needs,
    prepared: Option<Prepared>,
}

fn reject(message: impl Into<String>) -> Failure {
    Failure::new(FailureKind::Rejected, message)
}

impl Evaluator {
    /// Reads the job's record and its table.
    ///
    /// # Errors
    /// They do not fit each other; no task of this job can run.
    pub fn open(open: &OpenJob) -> Result<Self, Fault> {
        let unreadable = |e| Fault::Machine(format!("the data cannot be read: {e}"));
        let job = Job::decode(&open.job).map_err(|e| reject(e.to_string()))?;
        let file = File::open(&open.data).map_err(unreadable)?;
        // SAFETY: the file is in the node's own cache, written once under a
        // new name and never changed in place.
        #[allow(unsafe_code)]
        let bytes = unsafe { memmap2::Mmap::map(&file) };
        let bytes = bytes.map_err(unreadable)?;
        let table =
            Table::decode(&bytes).map_err(|e| reject(format!("the data is no table: {e}")))?;
        let target = Target::of(&table, job.target(), job.estimator().kind)
            .map_err(|e| reject(e.to_string()))?;
        let splits = job
            .splitter()
            .splits(table.rows(), target.codes())
            .map_err(|e| reject(e.to_string()))?;
        let matrix = Columns::of(&table, Some(job.target())).matrix;
        let needs = job
            .scorers()
            .iter()
            .fold(Needs::default(), |n, s| n.union(s.needs()));
        let digest = job.digest();
        Ok(Self {
            job,
            digest,
            node: open.node.clone(),
            matrix,
            target,
            splits,
            needs,
            prepared: None,
        })
    }

    /// Runs a task. `partial` gets each candidate of a longer one as it is
    /// done.
    pub fn run(
        &mut self,
        code: &Code,
        task: &[u8],
        attempt: u32,
        mut partial: impl FnMut(Vec<u8>),
    ) -> Outcome {
        let cpu = cpu_now();
        let mut usage = Usage {
            node: self.node.clone(),
            attempts: attempt,
            ..Usage::default()
        };
        let mut outcome = match self.read(task) {
            Err(failure) => Outcome::failed(failure),
            Ok(work) => loop {
                let used = self.prepared.as_ref().is_some_and(|p| p.used);
                let outcome = self.attempt(code, &work, &mut usage, &mut partial);
                if outcome.failure.is_some() && used {
                    continue;
                }
                break outcome;
            },
        };
        usage.cpu_seconds = cpu_now() - cpu;
        outcome.usage = usage;
        outcome
    }

    /// What a task means for this job.
    fn read(&self, task: &[u8]) -> Result<Work, Failure> {
        let task =
            Task::decode(task).map_err(|e| reject(format!("the task cannot be read: {e}")))?;
        if task.job != self.digest {
            return Err(reject(format!(
                "the task is of job {}, this is {}",
                task.job, self.digest
            )));
        }
        if task.split as usize >= self.splits.len() {
            return Err(reject(format!(
                "split {} of {}",
                task.split,
                self.splits.len()
            )));
        }
        let mut indices = Vec::new();
        let mut params = Vec::new();
        let mut pipeline: Option<Pipeline> = None;
        for candidate in task.candidates {
            let (steps, own) = self
                .job
                .configure(&candidate.params)
                .map_err(|e| reject(e.to_string()))?;
            if pipeline.get_or_insert_with(|| steps.clone()) != &steps {
                return Err(reject("the candidates of one task need one pipeline"));
            }
            indices.push(candidate.index);
            params.push(own);
        }
        let pipeline = pipeline.ok_or_else(|| reject("a task without candidates"))?;
        let split = pipeline.is_row_fitted().then_some(task.split);
        Ok(Work {
            split: task.split,
            indices,
            params,
            key: Key { pipeline, split },
        })
    }

    fn attempt(
        &mut self,
        code: &Code,
        work: &Work,
        usage: &mut Usage,
        partial: &mut impl FnMut(Vec<u8>),
    ) -> Outcome {
        let mut candidates = Vec::new();
        let failure = match self.prepared.take().map_or_else(|| self.fresh(code), Ok) {
            Err(failure) => Some(failure),
            Ok(mut prepared) => {
                let ran = self.fit_all(&mut prepared, work, usage, partial, &mut candidates);
                usage.peak_memory = prepared.session.peak_memory();
                prepared.used = true;
                // A failed session is over; the next task gets a fresh one.
                if ran.is_ok() {
                    self.prepared = Some(prepared);
                }
                ran.err()
            }
        };
        Outcome {
            candidates,
            failure,
            usage: Usage::default(),
        }
    }

    fn fresh(&self, code: &Code) -> Result<Prepared, Failure> {
        Ok(Prepared {
            session: code.session(self.job.memory_limit())?,
            dataset: None,
            used: false,
        })
    }

    /// Fits and scores candidate after candidate. An error ends the session;
    /// `candidates` then has those that were done.
    fn fit_all(
        &self,
        prepared: &mut Prepared,
        work: &Work,
        usage: &mut Usage,
        partial: &mut impl FnMut(Vec<u8>),
        candidates: &mut Vec<CandidateOutcome>,
    ) -> Result<(), Failure> {
        usage.dataset_reused = self.make_dataset(prepared, &work.key)?;
        let Prepared {
            session,
            dataset: Some(dataset),
            ..
        } = prepared
        else {
            return Ok(());
        };
        let data = &dataset.handle;
        let split = &self.splits[work.split as usize];
        let shared = work.indices.len() > 1;
        let mut clock = Instant::now();
        let mut fitting = 0.0;
        let fit = session.fit(data, &self.job.estimator().name, &split.train, &work.params);
        let fit = match fit {
            Ok(fit) => fit,
            // A refusal is an answer. Of several candidates it may mean one
            // only: they are asked again one by one.
            Err(failure) if failure.kind == FailureKind::Rejected && !shared => {
                candidates.extend(
                    work.indices
                        .iter()
                        .map(|&index| refused(index, failure.clone(), 0.0)),
                );
                session.take_messages();
                return Ok(());
            }
            Err(failure) => return Err(failure),
        };
        for &index in &work.indices {
            let next = session.next(&fit)?;
            let fit_time = clock.elapsed().as_secs_f64();
            fitting += fit_time;
            clock = Instant::now();
            let mut outcome = match next {
                None => refused(index, reject("the guest left this candidate out"), fit_time),
                Some(Err(failure)) => refused(index, failure, fit_time),
                Some(Ok(fitted)) => {
                    let warnings = fitted.warnings.clone();
                    let scores = self.score(session, &fitted, data, &split.test)?;
                    session.drop_model(fitted)?;
                    let score_time = clock.elapsed().as_secs_f64();
                    CandidateOutcome {
                        index,
                        scores,
                        warnings,
                        fit_time,
                        score_time,
                        shared_fit: shared,
                    }
                }
            };
            let said = warnings_of(session.take_messages());
            let all = dataset
                .warnings
                .iter()
                .cloned()
                .chain(outcome.warnings)
                .chain(said);
            outcome.warnings = bounded(all);
            if shared {
                partial(serde_json::to_vec(&outcome).unwrap_or_default());
            }
            candidates.push(outcome);
            clock = Instant::now();
        }
        if shared {
            #[allow(clippy::cast_precision_loss)]
            let each = fitting / work.indices.len() as f64;
            candidates.iter_mut().for_each(|c| c.fit_time = each);
        }
        session.drop_fit(fit)?;
        session.take_messages();
        Ok(())
    }

    /// Puts the matrix this task needs into the guest; says whether it was
    /// there.
    fn make_dataset(&self, prepared: &mut Prepared, key: &Key) -> Result<bool, Failure> {
        if prepared
            .dataset
            .as_ref()
            .is_some_and(|there| there.key == *key)
        {
            return Ok(true);
        }
        if let Some(old) = prepared.dataset.take() {
            prepared.session.drop_dataset(old.handle)?;
            prepared.session.take_messages();
        }
        let train = key
            .split
            .map_or(&[][..], |split| &self.splits[split as usize].train);
        let matrix = if key.pipeline.is_identity() {
            self.matrix.clone()
        } else {
            key.pipeline
                .fit_transform(&self.matrix, train)
                .map_err(|e| reject(e.to_string()))?
        };
        let count = |n: usize| {
            u32::try_from(n).map_err(|_| reject("the data has too many rows or columns"))
        };
        let contents = Contents {
            rows: count(matrix.rows())?,
            columns: count(matrix.columns())?,
            features: Features::F64(matrix.into_values()),
            target: match &self.target {
                Target::Classes { labels, codes } => {
                    TargetValues::Classes(codes.clone(), count(labels.len())?)
                }
                Target::Numbers(numbers) => TargetValues::Numbers(numbers.clone()),
            },
        };
        let handle = prepared.session.dataset(contents)?;
        let warnings = warnings_of(prepared.session.take_messages());
        prepared.dataset = Some(Dataset {
            key: key.clone(),
            handle,
            warnings,
        });
        Ok(false)
    }

    /// Outer error: the session is over. Inner: no scores for this candidate.
    fn score(
        &self,
        session: &mut Session,
        fitted: &Fitted,
        data: &DatasetHandle,
        rows: &[u32],
    ) -> Result<Result<Vec<Score>, Failure>, Failure> {
        let answer = match session.predict(fitted, data, rows, self.needs.probabilities)? {
            Ok(answer) => answer,
            Err(failure) => return Ok(Err(failure)),
        };
        Ok(self.score_answer(&answer, &fitted.classes, rows))
    }

    fn score_answer(
        &self,
        answer: &Answer,
        classes: &[u32],
        rows: &[u32],
    ) -> Result<Vec<Score>, Failure> {
        let (codes, numbers): (Vec<u32>, Vec<f64>);
        let truth = match &self.target {
            Target::Classes { codes: all, labels } => {
                check_codes(answer, classes, labels.len())?;
                codes = rows.iter().map(|&r| all[r as usize]).collect();
                Truth::Classes(&codes)
            }
            Target::Numbers(all) => {
                numbers = rows.iter().map(|&r| all[r as usize]).collect();
                Truth::Numbers(&numbers)
            }
        };
        let prediction = Prediction {
            model_classes: classes,
            classes: answer.classes.as_deref(),
            numbers: answer.numbers.as_deref(),
            probabilities: answer.probabilities.as_deref(),
        };
        let scored = self
            .job
            .scorers()
            .iter()
            .map(|s| s.score(truth, &prediction).map(Score));
        scored
            .collect::<Result<_, _>>()
            .map_err(|e| reject(e.to_string()))
    }
}

/// A task, read.
struct Work {
    split: u32,
    indices: Vec<u32>,
    params: Vec<Params>,
    key: Key,
}

fn refused(index: u32, failure: Failure, fit_time: f64) -> CandidateOutcome {
    CandidateOutcome {
        index,
        scores: Err(failure),
        warnings: Vec::new(),
        fit_time,
        score_time: 0.0,
        shared_fit: false,
    }
}

fn warnings_of(messages: Vec<Message>) -> Vec<String> {
    messages
        .into_iter()
        .filter(|m| m.warning)
        .map(|m| m.text)
        .collect()
}

/// A candidate's warnings as far as they travel: an outcome must fit into a
/// message whatever a guest has to say.
fn bounded(warnings: impl Iterator<Item = String>) -> Vec<String> {
    const MOST: usize = 20;
    const LONGEST: usize = 500;
    let mut kept: Vec<String> = Vec::new();
    let mut more = 0;
    for warning in warnings {
        if kept.len() == MOST {
            more += 1;
            continue;
        }
        // Control characters would take six bytes each in JSON, and have no
        // business on anyone's terminal.
        kept.push(
            warning
                .chars()
                .filter(|c| !c.is_control())
                .take(LONGEST)
                .collect(),
        );
    }
    if more > 0 {
        kept.push(format!("{more} more warnings were dropped"));
    }
    kept
}

/// A guest may answer with whatever numbers it likes; only classes that exist
/// go on to the scorers.
fn check_codes(answer: &Answer, classes: &[u32], count: usize) -> Result<(), Failure> {
    let beyond = |codes: &[u32]| codes.iter().copied().find(|&c| c as usize >= count);
    let answers = answer.classes.as_deref().unwrap_or_default();
    match beyond(answers).or_else(|| beyond(classes)) {
        Some(code) => Err(reject(format!(
            "the guest answered class {code}, and there are {count} classes"
        ))),
        None if !classes.is_sorted_by(|a, b| a < b) => Err(reject(
            "the guest's model does not list its classes in ascending order",
        )),
        None => Ok(()),
    }
}

#[allow(clippy::cast_precision_loss)]
fn cpu_now() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}
