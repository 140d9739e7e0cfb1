//! What a slot does with a task: prepare the matrix, let the guest fit and
//! predict, score the predictions, or keep the model.
//!
//! A session of the guest is kept from one task of the job to the next, and
//! with it the prepared matrix. A failure in such a used session is looked at
//! again in a fresh one before it counts: what a candidate comes to must not
//! depend on what ran before it.

use std::collections::BTreeMap;
use std::time::Instant;

use pleat_core::cv::Split;
use pleat_core::data::{Categories, Matrix};
use pleat_core::digest::Digest;
use pleat_core::estimator::EstimatorInfo;
use pleat_core::model::{Learned, ModelHeader, SavedModel};
use pleat_core::pipeline::{FittedPipeline, Pipeline};
use pleat_core::scoring::{Gives, Needs};
use pleat_core::task::{
    CandidateOutcome, Failure, FailureKind, Outcome, Params, Scores, Task, Usage,
};

use super::frames::OpenJob;
use super::rows::{MatrixMade, Rows};
use crate::engine::{Code, DatasetHandle, Fault, Fitted, Message, Session};

/// Compiled code by component.
pub type Codes = BTreeMap<Digest, Code>;

/// On which rows steps are fitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FittedOn {
    /// It does not matter which.
    Any,
    /// The training rows of this split.
    Split(u32),
    /// All of them.
    All,
}

/// Which prepared matrix: of which features, and on which rows their steps
/// were fitted.
#[derive(Clone, PartialEq)]
struct Key {
    component: Digest,
    /// `None` for the baseline, which looks at no feature.
    pipeline: Option<Pipeline>,
    on: FittedOn,
    /// Whether the estimator gets weights.
    weighted: bool,
}

/// A matrix inside the guest, and what the guest said of it: that holds for
/// every task that uses it, not only for the one that happened to come first.
struct Dataset {
    key: Key,
    handle: DatasetHandle,
    /// All rows as the fitted steps apply to them later, where that differs
    /// for training rows and these are scored.
    applied: Option<DatasetHandle>,
    warnings: Vec<String>,
    steps: FittedPipeline,
    /// The matrix, where scorers look at it.
    features: Option<Matrix>,
    /// What its columns are called.
    names: Vec<String>,
    categories: Vec<Categories>,
}

/// A guest with a matrix in it.
struct Prepared {
    component: Digest,
    session: Session,
    dataset: Option<Dataset>,
    /// Whether it has run a task already.
    used: bool,
}

/// What a task leaves besides its outcome.
pub trait Leave {
    /// Takes a candidate of a longer task, as JSON, as soon as it is done.
    fn candidate(&mut self, outcome: Vec<u8>);
    /// Takes a model that is to be kept.
    fn model(&mut self, model: Vec<u8>);
}

/// One job, open in this slot.
pub struct Evaluator {
    rows: Rows,
    digest: Digest,
    node: String,
    prepared: Option<Prepared>,
}

pub(super) fn reject(message: impl Into<String>) -> Failure {
    Failure::new(FailureKind::Rejected, message)
}

impl Evaluator {
    /// Reads the job's record and its table.
    ///
    /// # Errors
    /// They do not fit each other; no task of this job can run.
    pub fn open(open: &OpenJob) -> Result<Self, Fault> {
        let rows = Rows::open(&open.job, &open.data)?;
        Ok(Self {
            digest: rows.job().digest(),
            rows,
            node: open.node.clone(),
            prepared: None,
        })
    }

    /// Runs a task.
    pub fn run(
        &mut self,
        codes: &Codes,
        task: &[u8],
        attempt: u32,
        leave: &mut impl Leave,
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
                let used = self
                    .prepared
                    .as_ref()
                    .is_some_and(|p| p.used && p.component == work.key.component);
                let outcome = self.attempt(codes, &work, &mut usage, leave);
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
        let job = self.rows.job();
        let task =
            Task::decode(task).map_err(|e| reject(format!("the task cannot be read: {e}")))?;
        if task.job != self.digest {
            return Err(reject(format!(
                "the task is of job {}, this is {}",
                task.job, self.digest
            )));
        }
        let mut work: Option<Work> = None;
        for candidate in task.candidates {
            let configuration = if task.baseline {
                job.baseline()
                    .ok_or_else(|| reject("this job has no baseline"))?
            } else {
                job.configure(&candidate.params)
                    .map_err(|e| reject(e.to_string()))?
            };
            let pipeline = (!task.baseline).then_some(configuration.pipeline);
            let key = Key {
                component: configuration.component,
                on: match task.split {
                    _ if !pipeline.as_ref().is_some_and(Pipeline::is_row_fitted) => FittedOn::Any,
                    Some(split) => FittedOn::Split(split),
                    None => FittedOn::All,
                },
                pipeline,
                weighted: self.rows.weights().is_some() && configuration.estimator.accepts_weights,
            };
            let work = match &mut work {
                None => work.insert(Work {
                    split: self.rows.split(task.split)?,
                    keep: task.split.is_none(),
                    needs: self.needs(configuration.estimator)?,
                    estimator: configuration.estimator.clone(),
                    indices: Vec::new(),
                    candidates: Vec::new(),
                    params: Vec::new(),
                    key,
                }),
                Some(work)
                    if work.key == key && work.estimator.name == configuration.estimator.name =>
                {
                    work
                }
                Some(_) => {
                    return Err(reject(
                        "the candidates of one task need one estimator and one pipeline",
                    ));
                }
            };
            work.indices.push(candidate.index);
            work.candidates.push(candidate.params);
            work.params.push(configuration.params);
        }
        work.ok_or_else(|| reject("a task without candidates"))
    }

    /// What this estimator's models are asked for.
    fn needs(&self, estimator: &EstimatorInfo) -> Result<Needs, Failure> {
        let gives = Gives {
            probabilities: estimator.probabilities,
            decision: estimator.decision,
        };
        let mut needs = Needs::default();
        for scorer in self.rows.job().scorers() {
            needs = needs.union(scorer.needs(gives).map_err(reject)?);
        }
        Ok(needs)
    }

    fn attempt(
        &mut self,
        codes: &Codes,
        work: &Work,
        usage: &mut Usage,
        leave: &mut impl Leave,
    ) -> Outcome {
        let mut candidates = Vec::new();
        let there = self
            .prepared
            .take()
            .filter(|p| p.component == work.key.component);
        let failure = match there.map_or_else(|| self.fresh(codes, work.key.component), Ok) {
            Err(failure) => Some(failure),
            Ok(mut prepared) => {
                let ran = self.fit_all(&mut prepared, work, usage, leave, &mut candidates);
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

    fn fresh(&self, codes: &Codes, component: Digest) -> Result<Prepared, Failure> {
        let code = codes
            .get(&component)
            .ok_or_else(|| reject(format!("this slot has no code of component {component}")))?;
        Ok(Prepared {
            component,
            session: code.session(self.rows.job().memory_limit())?,
            dataset: None,
            used: false,
        })
    }

    /// Fits candidate after candidate, and scores or keeps what comes out. An
    /// error ends the session; `candidates` then has those that were done.
    fn fit_all(
        &self,
        prepared: &mut Prepared,
        work: &Work,
        usage: &mut Usage,
        leave: &mut impl Leave,
        candidates: &mut Vec<CandidateOutcome>,
    ) -> Result<(), Failure> {
        usage.dataset_reused = self.make_dataset(prepared, work)?;
        let Prepared {
            session,
            dataset: Some(dataset),
            ..
        } = prepared
        else {
            return Ok(());
        };
        let data = &dataset.handle;
        let shared = work.indices.len() > 1;
        let mut clock = Instant::now();
        let mut fitting = 0.0;
        let fit = session.fit(data, &work.estimator.name, &work.split.train, &work.params);
        let fit = match fit {
            Ok(fit) => fit,
            // A refusal is an answer. Of several candidates it may mean one
            // only: they are asked again one by one.
            Err(failure) if failure.kind == FailureKind::Rejected && !shared => {
                let refused = |&index| CandidateOutcome::failed(index, failure.clone(), 0.0);
                candidates.extend(work.indices.iter().map(refused));
                session.take_messages();
                return Ok(());
            }
            Err(failure) => return Err(failure),
        };
        for (place, &index) in work.indices.iter().enumerate() {
            let next = session.next(&fit)?;
            let fit_time = clock.elapsed().as_secs_f64();
            fitting += fit_time;
            let refused = |failure| CandidateOutcome::failed(index, failure, fit_time);
            let mut outcome = match next {
                None => refused(reject("the guest left this candidate out")),
                Some(Err(failure)) => refused(failure),
                Some(Ok(fitted)) => {
                    let mut warnings = fitted.warnings.clone();
                    let (mut score_time, mut model, mut learned) = (0.0, None, None);
                    let scores = if work.keep {
                        let kept = self.keep(session, &fitted, dataset, work, place)?;
                        kept.map(|(bytes, told)| {
                            model = Some(Digest::of(&bytes));
                            learned = told;
                            leave.model(bytes);
                            Scores::default()
                        })
                    } else {
                        self.score(
                            session,
                            &fitted,
                            dataset,
                            work,
                            &mut score_time,
                            &mut warnings,
                        )?
                    };
                    session.drop_model(fitted)?;
                    CandidateOutcome {
                        index,
                        scores,
                        warnings,
                        fit_time,
                        score_time,
                        shared_fit: shared,
                        model,
                        learned,
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
                leave.candidate(serde_json::to_vec(&outcome).unwrap_or_default());
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
    fn make_dataset(&self, prepared: &mut Prepared, work: &Work) -> Result<bool, Failure> {
        let key = &work.key;
        if prepared
            .dataset
            .as_ref()
            .is_some_and(|there| there.key == *key)
        {
            return Ok(true);
        }
        if let Some(old) = prepared.dataset.take() {
            prepared.session.drop_dataset(old.handle)?;
            if let Some(applied) = old.applied {
                prepared.session.drop_dataset(applied)?;
            }
            prepared.session.take_messages();
        }
        let made = match &key.pipeline {
            None => MatrixMade {
                matrix: self.rows.no_features()?,
                steps: FittedPipeline::default(),
                names: Vec::new(),
                categories: Vec::new(),
            },
            Some(pipeline) if key.on == FittedOn::Any => {
                let all = self.rows.split(None)?;
                self.rows.prepare(pipeline, &all.train)?
            }
            Some(pipeline) => self.rows.prepare(pipeline, &work.split.train)?,
        };
        let MatrixMade {
            matrix,
            steps,
            names,
            categories,
        } = made;
        let contents = self.rows.contents(&matrix, &categories, key.weighted)?;
        let handle = prepared.session.dataset(contents)?;
        // The guest has it: a second copy would stay as long as the task.
        let mut scorers = self.rows.job().scorers().iter();
        let features = scorers.any(|s| s.needs_features()).then_some(matrix);
        let scores_training = self.rows.job().scores_training() && !work.keep;
        let applied = match &key.pipeline {
            Some(pipeline) if scores_training && pipeline.is_cross_fitted() => {
                let matrix = self.rows.apply(&steps, &categories)?;
                let contents = self.rows.contents(&matrix, &categories, false)?;
                Some(prepared.session.dataset(contents)?)
            }
            _ => None,
        };
        let warnings = warnings_of(prepared.session.take_messages());
        prepared.dataset = Some(Dataset {
            key: key.clone(),
            handle,
            applied,
            warnings,
            steps,
            features,
            names,
            categories,
        });
        Ok(false)
    }

    /// Outer error: the session is over. Inner: no scores for this candidate.
    fn score(
        &self,
        session: &mut Session,
        fitted: &Fitted,
        dataset: &Dataset,
        work: &Work,
        score_time: &mut f64,
        warnings: &mut Vec<String>,
    ) -> Result<Result<Scores, Failure>, Failure> {
        let clock = Instant::now();
        let mut scores = Scores::default();
        let sets = [
            (Some(&work.split.test), &mut scores.test),
            // After the test, as in scikit-learn: it is not in the score time.
            (
                self.rows
                    .job()
                    .scores_training()
                    .then_some(&work.split.train),
                &mut scores.train,
            ),
        ];
        for (place, (rows, out)) in sets.into_iter().enumerate() {
            let Some(rows) = rows else { continue };
            let applied = match &dataset.applied {
                Some(applied) if place == 1 => applied,
                _ => &dataset.handle,
            };
            let answer = match session.predict(fitted, applied, rows, work.needs)? {
                Ok(answer) => answer,
                Err(failure) => return Ok(Err(failure)),
            };
            match self.rows.score(
                &answer,
                &fitted.classes,
                rows,
                dataset.features.as_ref(),
                warnings,
            ) {
                Ok(all) => *out = all,
                Err(failure) => return Ok(Err(failure)),
            }
            if place == 0 {
                *score_time = clock.elapsed().as_secs_f64();
            }
        }
        Ok(Ok(scores))
    }

    /// Everything that predicting needs, as one blob, and what a report says of
    /// it. Outer error: the session
    /// is over. Inner: the guest cannot save this model.
    fn keep(
        &self,
        session: &mut Session,
        fitted: &Fitted,
        dataset: &Dataset,
        work: &Work,
        place: usize,
    ) -> Result<Result<Kept, Failure>, Failure> {
        let bytes = match session.save(fitted)? {
            Ok(bytes) => bytes,
            Err(failure) => return Ok(Err(failure)),
        };
        let attributes = session.attributes(fitted)?;
        let learned = match Learned::of(dataset.names.clone(), attributes) {
            Ok(learned) => learned,
            Err(why) => return Ok(Err(reject(why))),
        };
        let told = learned.told();
        let header = ModelHeader {
            job: Some(self.rows.job().essence()),
            candidate: work.candidates[place].clone(),
            component: work.key.component,
            estimator: work.estimator.name.clone(),
            kind: work.estimator.kind,
            probabilities: work.estimator.probabilities,
            decision: work.estimator.decision,
            target: self.rows.job().target().map(str::to_owned),
            columns: self.rows.columns(),
            pipeline: dataset.steps.clone(),
            categories: dataset.categories.clone(),
            labels: self.rows.labels().to_vec(),
            classes: fitted.classes.clone(),
            rows: u32::try_from(work.split.train.len()).unwrap_or(u32::MAX),
            learned,
        };
        Ok(Ok((SavedModel { header, bytes }.encode(), told)))
    }
}

/// A model as a blob, and what a report says of it.
type Kept = (Vec<u8>, Option<Learned>);

/// A task, read.
struct Work {
    split: Split,
    /// Whether the model is to be kept and not scored.
    keep: bool,
    needs: Needs,
    estimator: EstimatorInfo,
    indices: Vec<u32>,
    candidates: Vec<Params>,
    params: Vec<Params>,
    key: Key,
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

#[allow(clippy::cast_precision_loss)]
fn cpu_now() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}
