//! One slot's driver: hands tasks to the process, watches its time, blames
//! the task that was running when it dies, and starts it again.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use bytes::Bytes;
use pleat_core::task::{CandidateOutcome, Failure, FailureKind, Outcome, Task, Usage};
use tokio::sync::watch;

use super::Shared;
use super::jobs::{Files, JobContext};
use super::queue::{Held, Work};
use crate::broker::{Broker, Delivery};
use crate::slot::frames::{FromSlot, OpenJob, ToSlot};
use crate::slot::process::{SlotError, SlotProcess};

/// How often a running task's time is looked at.
const TICK: Duration = Duration::from_millis(50);

/// How long a node that cannot start a slot leaves tasks to others.
const MACHINE_FAULT_PAUSE: Duration = Duration::from_secs(2);

/// Tasks in the pipe at once while they are short.
const DEEPEST: usize = 64;

/// A task inside the slot's pipe.
struct Running<D> {
    held: Held<D>,
    seq: u64,
    attempt: u32,
    /// Whether the present process has it.
    sent: bool,
    /// Candidates that are done, in case the task does not end well.
    partial: Vec<CandidateOutcome>,
    /// What has come of the model it leaves.
    model: Vec<u8>,
}

/// When the front task began, as far as is known.
struct Watch {
    seq: u64,
    began: Instant,
    /// CPU time of the process at the first look after it began.
    cpu: Option<Duration>,
}

/// Why the present job's slot is given up.
enum End {
    /// No more tasks of this job at hand: this one is next.
    Other,
    /// The node is stopping.
    Stopped,
}

/// Drives one slot until the node stops.
pub(super) async fn run<B: Broker>(shared: Arc<Shared<B>>, mut stopped: watch::Receiver<bool>) {
    let mut next: Option<Work<B::Delivery>> = None;
    loop {
        let work = match next.take() {
            Some(work) => work,
            None => tokio::select! {
                work = shared.queue.take(None) => work,
                () = stop(&mut stopped) => return,
            },
        };
        let mut session = JobSession {
            shared: &shared,
            job: Arc::clone(&work.job),
            running: VecDeque::new(),
            seq: 0,
            watch: None,
            kept_alive: Instant::now(),
            tick: tokio::time::interval(TICK),
            deaf: false,
        };
        match session.serve(work, &mut next, &mut stopped).await {
            End::Other => {}
            End::Stopped => return,
        }
    }
}

/// Resolves when the node is to stop.
async fn stop(stopped: &mut watch::Receiver<bool>) {
    let _ = stopped.wait_for(|stopped| *stopped).await;
}

/// One job in one slot.
struct JobSession<'a, B: Broker> {
    shared: &'a Arc<Shared<B>>,
    job: Arc<JobContext>,
    running: VecDeque<Running<B::Delivery>>,
    seq: u64,
    watch: Option<Watch>,
    kept_alive: Instant,
    tick: tokio::time::Interval,
    /// Tasks have come in, and none of them was for this job.
    deaf: bool,
}

impl<B: Broker> JobSession<'_, B> {
    /// Serves the job of `first` until a task of another comes up.
    async fn serve(
        &mut self,
        first: Work<B::Delivery>,
        next: &mut Option<Work<B::Delivery>>,
        stopped: &mut watch::Receiver<bool>,
    ) -> End {
        self.accept(first.held);
        let mut slot: Option<SlotProcess> = None;
        loop {
            if self.job.has_ended() {
                self.drop_all(&mut slot).await;
            }
            if self.running.is_empty() {
                // A slot at rest waits for work with its process warm.
                let work = tokio::select! {
                    work = self.shared.queue.take(Some(self.job.id())) => Some(work),
                    () = stop(stopped) => None,
                    // Nothing of a job outlives it, least of all its data.
                    () = self.job.ended() => {
                        if let Some(slot) = &mut slot {
                            slot.kill().await;
                        }
                        return End::Other;
                    }
                };
                match work {
                    Some(work) if Arc::ptr_eq(&work.job, &self.job) => self.accept(work.held),
                    Some(work) => {
                        if let Some(slot) = &mut slot {
                            slot.kill().await;
                        }
                        *next = Some(work);
                        return End::Other;
                    }
                    None => return End::Stopped,
                }
            }
            let files = match &self.job.files {
                Ok(files) => files.clone(),
                Err(failure) => {
                    self.fail_all(&failure.clone());
                    continue;
                }
            };
            if slot.is_none() {
                match self.start(&files).await {
                    Ok(Ok(started)) => slot = Some(started),
                    Ok(Err(failure)) => {
                        self.fail_all(&failure);
                        continue;
                    }
                    // Nothing has run: no task is to blame, this machine is.
                    // Another may do better, and this one asks anew.
                    Err(e) => {
                        tracing::warn!("{e}");
                        self.shared.jobs.forget(self.job.id());
                        tokio::select! {
                            () = tokio::time::sleep(MACHINE_FAULT_PAUSE) => {}
                            () = stop(stopped) => {}
                        }
                        self.give_back().await;
                        continue;
                    }
                }
            }
            let Some(process) = &mut slot else { continue };
            match self.step(process, stopped).await {
                Ok(Step::GoOn) => {}
                Ok(Step::Stopped) => {
                    process.kill().await;
                    self.give_back().await;
                    return End::Stopped;
                }
                Ok(Step::TimedOut) => {
                    process.kill().await;
                    slot = None;
                    self.time_out();
                }
                Err(e) => {
                    // Answers may have been under way when it died.
                    self.take_all(process);
                    process.kill().await;
                    slot = None;
                    if *stopped.borrow() {
                        self.give_back().await;
                        return End::Stopped;
                    }
                    self.blame(&e.to_string());
                }
            }
        }
    }

    fn accept(&mut self, held: Held<B::Delivery>) {
        self.deaf = false;
        self.seq += 1;
        let task = Running {
            held,
            seq: self.seq,
            attempt: 1,
            sent: false,
            partial: Vec::new(),
            model: Vec::new(),
        };
        self.running.push_back(task);
    }

    /// A fresh process with the job open.
    async fn start(&mut self, files: &Files) -> Result<Result<SlotProcess, Failure>, SlotError> {
        let mut slot = SlotProcess::start(self.shared.store.exe())?;
        self.shared
            .stats
            .slots_started
            .fetch_add(1, Ordering::Relaxed);
        let job = OpenJob {
            job: self.job.record.to_vec(),
            data: files.data.display().to_string(),
            node: self.shared.config.name.clone(),
        };
        if let Err(failure) = slot.open(&files.codes, Some(job)).await? {
            return Ok(Err(failure));
        }
        self.watch = None;
        for task in &mut self.running {
            task.partial.clear();
            task.model.clear();
            task.sent = false;
        }
        Ok(Ok(slot))
    }

    /// Hands over what the process does not have yet.
    async fn send(&mut self, slot: &mut SlotProcess) -> Result<(), SlotError> {
        for task in self.running.iter_mut().filter(|t| !t.sent) {
            task.sent = true;
            let frame = ToSlot::Run {
                seq: task.seq,
                attempt: task.attempt,
                task: task.held.delivery.payload().to_vec(),
            };
            slot.send(&frame).await?;
        }
        Ok(())
    }

    /// How many tasks may be in the pipe. One that takes long must not have
    /// others behind it that another slot could run.
    fn depth(&self) -> usize {
        let brief = self
            .shared
            .stats
            .mean_task()
            .is_some_and(|m| m < super::LONG_TASK);
        if brief { DEEPEST } else { 1 }
    }

    /// Waits for whatever comes first.
    async fn step(
        &mut self,
        slot: &mut SlotProcess,
        stopped: &mut watch::Receiver<bool>,
    ) -> Result<Step, SlotError> {
        while self.running.len() < self.depth()
            && let Some(work) = self.shared.queue.try_take(self.job.id())
        {
            self.accept(work.held);
        }
        self.send(slot).await?;
        self.look();
        let room = self.running.len() < self.depth();
        tokio::select! {
            biased;
            _ = self.tick.tick() => {
                self.deaf = false;
                // An answer that is here already beats the deadline.
                self.take_all(slot);
                self.look();
                self.keep_alive();
                if self.is_over_time(slot) {
                    return Ok(Step::TimedOut);
                }
            }
            frame = slot.next() => {
                self.take(frame?);
                self.take_all(slot);
            }
            () = stop(stopped) => return Ok(Step::Stopped),
            () = self.shared.queue.arrived(), if room && !self.deaf => {
                // It may be another job's, and another slot's to take. Until
                // the next tick this slot does not listen, or the two would
                // wake each other for ever.
                self.deaf = true;
                self.shared.queue.pass_on();
            }
        }
        Ok(Step::GoOn)
    }

    /// Notes when a new task comes to the front: that is the one that runs.
    fn look(&mut self) {
        let front = self.running.front().map(|t| t.seq);
        match (front, &self.watch) {
            (Some(seq), Some(watch)) if watch.seq == seq => {}
            (Some(seq), _) => {
                self.watch = Some(Watch {
                    seq,
                    began: Instant::now(),
                    cpu: None,
                })
            }
            (None, _) => self.watch = None,
        }
    }

    /// The limit is on CPU time; the wall clock only decides when to look,
    /// and ends what neither works nor answers.
    fn is_over_time(&mut self, slot: &SlotProcess) -> bool {
        let (Some(task), Some(watch)) = (self.running.front(), &mut self.watch) else {
            return false;
        };
        let wall = watch.began.elapsed();
        let cpu = slot.cpu_time();
        let began = *watch
            .cpu
            .get_or_insert(cpu.unwrap_or_default().saturating_sub(wall));
        let used = cpu.map_or(wall, |cpu| cpu.saturating_sub(began));
        let limit = self.limit(task);
        used > limit
            || wall
                > limit
                    .saturating_mul(4)
                    .saturating_add(Duration::from_secs(10))
    }

    /// The sum of its candidates' limits.
    fn limit(&self, task: &Running<B::Delivery>) -> Duration {
        let candidates =
            Task::decode(task.held.delivery.payload()).map_or(1, |t| t.candidates.len());
        self.job
            .job
            .time_limit()
            .saturating_mul(u32::try_from(candidates).unwrap_or(u32::MAX))
    }

    fn keep_alive(&mut self) {
        if self.kept_alive.elapsed() < self.shared.broker.ack_wait() / 3 {
            return;
        }
        self.kept_alive = Instant::now();
        for task in &self.running {
            let (progress, confirmed) = task.held.progress();
            let shared = Arc::clone(self.shared);
            tokio::spawn(async move {
                if progress.await.is_ok() {
                    confirmed.store(shared.now_ms(), Ordering::Relaxed);
                }
            });
        }
    }

    /// Takes what has arrived already.
    fn take_all(&mut self, slot: &mut SlotProcess) {
        while let Some(frame) = slot.try_next() {
            self.take(frame);
        }
    }

    fn take(&mut self, frame: FromSlot) {
        match frame {
            FromSlot::Candidate { seq, outcome } => {
                if let Some(task) = self.running.iter_mut().find(|t| t.seq == seq)
                    && let Ok(outcome) = serde_json::from_slice(&outcome)
                {
                    task.partial.push(outcome);
                }
            }
            FromSlot::Model { seq, bytes } => {
                // A guest's model is no larger than its memory.
                let most = usize::try_from(self.job.job.memory_limit()).unwrap_or(usize::MAX);
                if let Some(task) = self.running.iter_mut().find(|t| t.seq == seq)
                    && task.model.len() + bytes.len() <= most.saturating_mul(2)
                {
                    task.model.extend(bytes);
                }
            }
            FromSlot::Done { seq, outcome } => {
                if self.running.front().is_some_and(|t| t.seq == seq)
                    && let Some(task) = self.running.pop_front()
                {
                    if let Some(watch) = &self.watch {
                        self.shared.stats.observe(watch.began.elapsed());
                    }
                    self.look();
                    let completed = is_final(&outcome);
                    let model = (!task.model.is_empty()).then(|| task.model.into());
                    self.publish(task.held, outcome, model, completed);
                }
            }
            FromSlot::Opened(_)
            | FromSlot::Described(_)
            | FromSlot::Portion(_)
            | FromSlot::Predicted(_)
            | FromSlot::Exchanged(_) => {}
        }
    }

    /// Off the slot's path: the next task must not wait for a round trip.
    fn publish(
        &self,
        held: Held<B::Delivery>,
        outcome: Vec<u8>,
        model: Option<Bytes>,
        completed: bool,
    ) {
        let shared = Arc::clone(self.shared);
        let under_way = shared.publishing.clone();
        let ended = self.job.has_ended();
        tokio::spawn(async move {
            if ended {
                // Its results are cleared away; a late one would stay behind.
                let _ = held.delivery.ack().await;
            } else {
                shared.publish(held, outcome, model, completed).await;
            }
            drop(under_way);
        });
    }

    /// What was handed over goes back for others to take.
    async fn give_back(&mut self) {
        for task in self.running.drain(..) {
            let _ = task.held.delivery.retry(Duration::ZERO).await;
        }
    }

    fn fail(&self, task: Running<B::Delivery>, failure: Failure) {
        let completed = failure.kind == FailureKind::Rejected;
        let outcome = Outcome {
            candidates: task.partial,
            failure: Some(failure),
            usage: Usage {
                node: self.shared.config.name.clone(),
                attempts: task.attempt,
                ..Usage::default()
            },
        };
        self.publish(task.held, outcome.encode(), None, completed);
    }

    fn fail_all(&mut self, failure: &Failure) {
        while let Some(task) = self.running.pop_front() {
            self.fail(task, failure.clone());
        }
    }

    fn time_out(&mut self) {
        if let Some(task) = self.running.pop_front() {
            let limit = self.limit(&task);
            let failure = Failure::new(
                FailureKind::TimedOut,
                format!("it used up its {limit:?} of CPU time"),
            );
            self.fail(task, failure);
        }
    }

    /// The process died by itself: the front task is tried again, until it has
    /// done so too often. Those behind it are not to blame.
    fn blame(&mut self, how: &str) {
        let most = self.job.job.max_attempts();
        let Some(task) = self.running.front_mut() else {
            return;
        };
        if task.attempt < most {
            task.attempt += 1;
            return;
        }
        if let Some(task) = self.running.pop_front() {
            let failure = Failure::new(
                FailureKind::Trapped,
                format!("{how}, {most} times in a row"),
            );
            self.fail(task, failure);
        }
    }

    /// Nobody wants the results any more.
    async fn drop_all(&mut self, slot: &mut Option<SlotProcess>) {
        if let Some(mut slot) = slot.take() {
            slot.kill().await;
        }
        for task in self.running.drain(..) {
            let _ = task.held.delivery.ack().await;
        }
    }
}

/// Whether an outcome would be the same on any node: completed, or rejected.
/// Read in full only if it tells of a failure.
fn is_final(outcome: &[u8]) -> bool {
    const FAILURE: &[u8] = b"\"failure\":";
    if !outcome.windows(FAILURE.len()).any(|w| w == FAILURE) {
        return true;
    }
    let failure = Outcome::decode(outcome).ok().and_then(|o| o.failure);
    failure.is_none_or(|f| f.kind == FailureKind::Rejected)
}

enum Step {
    GoOn,
    Stopped,
    TimedOut,
}
