//! Drives one job: asks the plan for tasks, keeps a window of them in flight,
//! tells it their outcomes, and writes the report when it is done.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures::StreamExt;
use futures::stream::FuturesUnordered;
use pleat_core::digest::{JobId, TaskId};
use pleat_core::job::Job;
use pleat_core::report::Report;
use pleat_core::search::{Asked, Sequence};
use pleat_core::task::{Failure, FailureKind, Outcome};

use super::{Done, Ending, PROGRESS, Progress};
use crate::broker::{Broker, ErrorKind, RecordKind, Result, Watched, Won};

/// Tasks in flight at the start; how it grows is told at `adjust_window`.
const FIRST_WINDOW: usize = 64;
const WIDEST_WINDOW: usize = 8192;

/// At most this many publications await their confirmation.
const PUBLISHING: usize = 512;

/// Progress is told no more often than this.
const TELL_EVERY: Duration = Duration::from_millis(100);

/// How long the last late results may take to come in.
const LATE_RESULTS: Duration = Duration::from_millis(500);

/// Runs a job to its end. Returning with an error changes nothing: whoever
/// comes next goes on from what the broker holds.
pub(super) async fn drive<B: Broker>(
    broker: &B,
    id: &JobId,
    open_jobs: impl Fn() -> usize,
) -> Result<()> {
    let Some(record) = broker.record(id, RecordKind::Spec).await? else {
        return Ok(());
    };
    let job = match Job::decode(&record.bytes) {
        Ok(job) => Arc::new(job),
        Err(e) => return refuse(broker, id, e.to_string()).await,
    };
    if broker.record(id, RecordKind::Done).await?.is_some() {
        // A predecessor died between the end and the tidying up.
        return broker.purge(id, job.lane()).await;
    }
    broker.open_lane(job.lane()).await?;
    let mut cancel = broker.watch_records().await?;
    let Watched {
        backlog,
        stream: mut results,
    } = broker.watch_results(id).await?;
    let started = Instant::now();
    let mut drive = Drive {
        broker,
        id,
        sequence: Sequence::new(Arc::clone(&job)),
        job: Arc::clone(&job),
        waiting: VecDeque::new(),
        in_flight: BTreeMap::new(),
        window: FIRST_WINDOW,
        results_lately: 0,
        told: None,
    };
    // After a take-over: what is finished is told again, not computed again.
    for _ in 0..backlog {
        match results.next().await {
            Some((task, payload)) => drive.receive(&task, &payload),
            None => break,
        }
    }
    drive.advance();
    let mut tick = tokio::time::interval(TELL_EVERY);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut second = Instant::now();
    let mut publishing = FuturesUnordered::new();
    let mut cancelled = broker.record(id, RecordKind::Cancel).await?.is_some();
    while !cancelled && !drive.sequence.search().is_done() {
        let share = (drive.window / open_jobs().max(1)).max(16);
        while drive.in_flight.len() < share && publishing.len() < PUBLISHING {
            let Some(asked) = drive.next_to_publish() else {
                break;
            };
            publishing.push(publish(broker, id, Arc::clone(&job), asked));
        }
        tokio::select! {
            result = results.next() => match result {
                Some((task, payload)) => {
                    drive.receive(&task, &payload);
                    // Whatever else is at hand comes along.
                    while let Some(Some((task, payload))) = futures::FutureExt::now_or_never(results.next()) {
                        drive.receive(&task, &payload);
                    }
                    drive.advance();
                }
                None => results = broker.watch_results(id).await?.stream,
            },
            Some(published) = publishing.next() => match published {
                Ok(_) => {}
                // It does not fit into a message, whoever tries.
                Err(e) if e.kind == ErrorKind::Invalid => return refuse(broker, id, e.to_string()).await,
                Err(e) => return Err(e),
            },
            change = cancel.next() => match change {
                Some(change) if change.job == *id && change.kind == RecordKind::Done => {
                    // Another coordinator was faster.
                    return broker.purge(id, drive.job.lane()).await;
                }
                Some(change) => {
                    cancelled |= change.job == *id && change.kind == RecordKind::Cancel;
                }
                None => cancel = broker.watch_records().await?,
            },
            _ = tick.tick() => {
                drive.tell().await;
                if second.elapsed() >= Duration::from_millis(250) {
                    drive.adjust_window(share).await;
                    second = Instant::now();
                }
                for asked in drive.overdue() {
                    publishing.push(publish(broker, id, Arc::clone(&job), asked));
                }
            }
        }
    }
    drop(publishing);
    drive.tell().await;
    if cancelled {
        drive.sequence.give_up();
    }
    drive.finish(started.elapsed(), cancelled).await
}

async fn publish<B: Broker>(broker: &B, id: &JobId, job: Arc<Job>, asked: Asked) -> Result<Won> {
    broker
        .put_task(job.lane(), id, &asked.id, asked.task.encode().into())
        .await
}

/// A record that is no job: end it, so that nobody tries again.
async fn refuse<B: Broker>(broker: &B, id: &JobId, message: String) -> Result<()> {
    tracing::error!("job {id} is refused: {message}");
    let done = Done {
        ending: Ending::Failed,
        report: None,
        result_digest: None,
        fits: (0, 0),
        failures: 0,
        message: Some(message),
    };
    write_done(broker, id, &done).await
}

async fn write_done<B: Broker>(broker: &B, id: &JobId, done: &Done) -> Result<()> {
    let bytes = Bytes::from(serde_json::to_vec(done).unwrap_or_default());
    broker.put_record(id, RecordKind::Done, bytes, None).await?;
    Ok(())
}

struct Drive<'a, B: Broker> {
    broker: &'a B,
    id: &'a JobId,
    job: Arc<Job>,
    sequence: Sequence,
    /// Asked for and not published yet, in order.
    waiting: VecDeque<Asked>,
    /// Published and without a result; and when that was.
    in_flight: BTreeMap<TaskId, (Asked, Instant)>,
    window: usize,
    results_lately: usize,
    /// Fits with an outcome and fits settled when progress was last told.
    told: Option<(usize, usize)>,
}

impl<B: Broker> Drive<'_, B> {
    fn receive(&mut self, task: &TaskId, payload: &[u8]) {
        // A node that speaks nonsense must not stop the job.
        let outcome = Outcome::decode(payload).unwrap_or_else(|e| {
            Outcome::failed(Failure::new(
                FailureKind::Rejected,
                format!("the result cannot be read: {e}"),
            ))
        });
        self.in_flight.remove(task);
        self.results_lately += 1;
        if self.results_lately >= self.window {
            // All that was in flight has come back: more can be.
            self.window = (self.window * 2).min(WIDEST_WINDOW);
            self.results_lately = 0;
        }
        self.sequence.receive(task, outcome);
    }

    fn advance(&mut self) {
        self.waiting.extend(self.sequence.advance());
    }

    fn next_to_publish(&mut self) -> Option<Asked> {
        loop {
            let asked = self.waiting.pop_front()?;
            // Its result may have come from a predecessor's publication.
            if !self.sequence.is_settled(&asked.id) {
                self.in_flight
                    .insert(asked.id.clone(), (asked.clone(), Instant::now()));
                return Some(asked);
            }
        }
    }

    /// Tasks without a result for so long that they may be lost. Those that
    /// are still queued are refused; lost ones are healed.
    fn overdue(&mut self) -> Vec<Asked> {
        let ack_wait = self.broker.ack_wait();
        let mut overdue = Vec::new();
        for (asked, since) in self.in_flight.values_mut() {
            if since.elapsed() > ack_wait {
                *since = Instant::now();
                overdue.push(asked.clone());
            }
        }
        overdue
    }

    /// Enough in flight that no node is idle, and little more: a cancel is
    /// quick then, and jobs share nodes. Wide enough is what leaves some tasks
    /// waiting in the queue; a window whose tasks are all in hand is too
    /// narrow, one whose tasks mostly wait is too wide. Short tasks widen it
    /// faster: see `receive`.
    async fn adjust_window(&mut self, share: usize) {
        let Ok(queued) = self.broker.queued(self.job.lane()).await else {
            return;
        };
        if self.in_flight.len() >= share && queued * 4 < share {
            self.window = (self.window * 2).min(WIDEST_WINDOW);
        } else if queued * 4 > self.in_flight.len() * 3 && self.results_lately * 4 < self.window {
            self.window = (self.window / 2).max(FIRST_WINDOW);
        }
        self.results_lately = 0;
    }

    async fn tell(&mut self) {
        let (done, total) = self.sequence.progress();
        let search = self.sequence.search();
        let settled = search.progress().0;
        if self.told == Some((done, settled)) {
            // Nothing new: the best is looked for among all fits.
            return;
        }
        let best = search.best();
        let progress = Progress {
            done,
            total,
            failed: search.failed(),
            best_score: best.map(|(_, score)| score),
            best_index: best.map(|(index, _)| index),
        };
        let payload = Bytes::from(serde_json::to_vec(&progress).unwrap_or_default());
        self.told = Some((done, settled));
        if let Err(e) = self.broker.publish_event(self.id, PROGRESS, payload).await {
            tracing::debug!("progress of {}: {e}", self.id);
        }
    }

    /// Report first, then the record that says so, then the tidying up: at
    /// every point a successor can go on from here.
    async fn finish(&self, seconds: Duration, cancelled: bool) -> Result<()> {
        let report = Report::reduce(&self.sequence, self.id.as_str(), seconds.as_secs_f64());
        let document = serde_json::to_vec(&report.to_json()).unwrap_or_default();
        let blob = self.broker.put_blob(document.into()).await?;
        let done = Done {
            ending: if cancelled {
                Ending::Cancelled
            } else {
                Ending::Completed
            },
            report: Some(blob),
            result_digest: Some(report.result_digest),
            fits: report.run.fits,
            failures: report.result.failures.len(),
            message: None,
        };
        write_done(self.broker, self.id, &done).await?;
        self.broker.purge(self.id, self.job.lane()).await?;
        // Nodes that were at work have heard of the end by now.
        tokio::time::sleep(LATE_RESULTS).await;
        self.broker.purge(self.id, self.job.lane()).await
    }
}
