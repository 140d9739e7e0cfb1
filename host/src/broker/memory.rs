//! The broker inside one process: what `pleat tune` uses when no NATS server
//! is named, and what tests of the other rooms use.
//!
//! Nothing is kept when the process ends, and nothing is encoded: those who
//! use a broker bring bytes. A task dropped without a word is back at once,
//! for in here a worker cannot vanish without its values being dropped; so
//! the ack-wait never passes.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt as _;
use futures::channel::mpsc::{UnboundedSender, unbounded};
use futures::future::BoxFuture;
use futures::stream::{self, BoxStream};
use pleat_core::digest::{Digest, JobId, Lane, TaskId};
use tokio::sync::Notify;
use tokio::time::Sleep;

use super::{
    Broker, Delivery, Record, RecordChange, RecordKind, Result, Watched, Won, check_topic,
    digest_of, lane_closed,
};

/// What [`Broker::ack_wait`] says in here.
const ACK_WAIT: Duration = Duration::from_secs(30);

/// A broker within this process; its clones are the same broker.
#[derive(Clone, Default)]
pub struct Memory {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    records: Mutex<Records>,
    lanes: Mutex<HashMap<Lane, Arc<Queue>>>,
    results: Mutex<HashMap<JobId, Results>>,
    blobs: Mutex<HashMap<Digest, Bytes>>,
    listeners: Mutex<Vec<Listener>>,
}

#[derive(Default)]
struct Records {
    latest: BTreeMap<(JobId, RecordKind), Record>,
    revision: u64,
    watchers: Vec<UnboundedSender<RecordChange>>,
}

#[derive(Default)]
struct Results {
    first: HashMap<TaskId, (u64, Bytes)>,
    written: u64,
    watchers: Vec<UnboundedSender<(TaskId, Bytes)>>,
}

struct Listener {
    job: Option<JobId>,
    sender: UnboundedSender<(JobId, String, Bytes)>,
}

/// One lane: the tasks that wait, and the names of all that are not done.
#[derive(Default)]
struct Queue {
    state: Mutex<QueueState>,
    wake: Notify,
}

#[derive(Default)]
struct QueueState {
    /// Tasks may be queued before anyone may pull.
    open: bool,
    waiting: VecDeque<Queued>,
    /// Waiting and handed-out tasks, with the serial that tells a task from
    /// one of the same name queued after a purge.
    present: HashMap<(JobId, TaskId), u64>,
    serial: u64,
}

#[derive(Clone)]
struct Queued {
    key: (JobId, TaskId),
    payload: Bytes,
    delivered: u64,
    serial: u64,
}

/// No code here panics while it holds a lock, so a poisoned one still guards
/// a whole value.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Queue {
    fn take(&self) -> Option<Queued> {
        let mut state = lock(&self.state);
        let mut task = state.waiting.pop_front()?;
        let more = !state.waiting.is_empty();
        drop(state);
        task.delivered += 1;
        if more {
            // Two puts may have left one permit: whoever takes passes it on.
            self.wake.notify_one();
        }
        Some(task)
    }

    /// Puts a handed-out task back, unless it was purged meanwhile.
    fn give_back(&self, task: Queued) {
        let mut state = lock(&self.state);
        if state.present.get(&task.key) == Some(&task.serial) {
            // In front: it has waited longest.
            state.waiting.push_front(task);
            drop(state);
            self.wake.notify_one();
        }
    }

    fn forget(&self, task: &Queued) {
        let mut state = lock(&self.state);
        if state.present.get(&task.key) == Some(&task.serial) {
            state.present.remove(&task.key);
        }
    }
}

/// A task handed out by [`Memory`].
pub struct MemoryDelivery {
    queue: Arc<Queue>,
    task: Queued,
    settled: bool,
}

impl Drop for MemoryDelivery {
    fn drop(&mut self) {
        if !self.settled {
            self.queue.give_back(self.task.clone());
        }
    }
}

impl Delivery for MemoryDelivery {
    fn job(&self) -> &JobId {
        &self.task.key.0
    }

    fn task(&self) -> &TaskId {
        &self.task.key.1
    }

    fn payload(&self) -> &Bytes {
        &self.task.payload
    }

    fn delivered(&self) -> u64 {
        self.task.delivered
    }

    async fn ack(mut self) -> Result<()> {
        self.settled = true;
        self.queue.forget(&self.task);
        Ok(())
    }

    async fn retry(mut self, delay: Duration) -> Result<()> {
        self.settled = true;
        let (queue, task) = (Arc::clone(&self.queue), self.task.clone());
        if delay.is_zero() {
            queue.give_back(task);
        } else {
            tokio::spawn(async move {
                tokio::time::sleep(delay).await;
                queue.give_back(task);
            });
        }
        Ok(())
    }

    async fn reject(self) -> Result<()> {
        self.ack().await
    }

    fn progress(&self) -> BoxFuture<'static, Result<()>> {
        Box::pin(async { Ok(()) })
    }
}

/// An open pull: how many it may still take, and until when it waits.
struct Pull {
    queue: Arc<Queue>,
    left: usize,
    until: Pin<Box<Sleep>>,
}

impl Pull {
    async fn next(&mut self) -> Option<MemoryDelivery> {
        self.left = self.left.checked_sub(1)?;
        loop {
            if let Some(task) = self.queue.take() {
                return Some(MemoryDelivery {
                    queue: Arc::clone(&self.queue),
                    task,
                    settled: false,
                });
            }
            tokio::select! {
                () = self.queue.wake.notified() => {}
                () = &mut self.until => {
                    self.left = 0;
                    return None;
                }
            }
        }
    }
}

impl Memory {
    /// A broker of its own, empty.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn lane(&self, lane: &Lane) -> Arc<Queue> {
        Arc::clone(lock(&self.shared.lanes).entry(lane.clone()).or_default())
    }
}

impl Broker for Memory {
    type Delivery = MemoryDelivery;

    fn ack_wait(&self) -> Duration {
        ACK_WAIT
    }

    async fn put_record(
        &self,
        job: &JobId,
        kind: RecordKind,
        bytes: Bytes,
        expected: Option<u64>,
    ) -> Result<Won> {
        let mut records = lock(&self.shared.records);
        let key = (job.clone(), kind);
        if records.latest.get(&key).map(|record| record.revision) != expected {
            return Ok(Won::No);
        }
        records.revision += 1;
        let revision = records.revision;
        let record = Record { bytes, revision };
        records.latest.insert(key, record.clone());
        let change = RecordChange {
            job: job.clone(),
            kind,
            record,
        };
        records
            .watchers
            .retain(|watcher| watcher.unbounded_send(change.clone()).is_ok());
        Ok(Won::Yes(revision))
    }

    async fn record(&self, job: &JobId, kind: RecordKind) -> Result<Option<Record>> {
        let key = (job.clone(), kind);
        Ok(lock(&self.shared.records).latest.get(&key).cloned())
    }

    async fn watch_records(&self) -> Result<BoxStream<'static, RecordChange>> {
        let (sender, receiver) = unbounded();
        let mut records = lock(&self.shared.records);
        let mut changes: Vec<_> = records
            .latest
            .iter()
            .map(|((job, kind), record)| RecordChange {
                job: job.clone(),
                kind: *kind,
                record: record.clone(),
            })
            .collect();
        changes.sort_by_key(|change| change.record.revision);
        records.watchers.push(sender);
        drop(records);
        Ok(stream::iter(changes).chain(receiver).boxed())
    }

    async fn jobs(&self) -> Result<Vec<JobId>> {
        let mut jobs: Vec<_> = lock(&self.shared.records)
            .latest
            .iter()
            .filter(|((_, kind), _)| *kind == RecordKind::Spec)
            .map(|((job, _), record)| (record.revision, job.clone()))
            .collect();
        jobs.sort_unstable();
        Ok(jobs.into_iter().map(|(_, job)| job).collect())
    }

    async fn open_lane(&self, lane: &Lane) -> Result<()> {
        lock(&self.lane(lane).state).open = true;
        Ok(())
    }

    async fn put_task(
        &self,
        lane: &Lane,
        job: &JobId,
        task: &TaskId,
        payload: Bytes,
    ) -> Result<Won> {
        let queue = self.lane(lane);
        let mut state = lock(&queue.state);
        let serial = state.serial + 1;
        let key = (job.clone(), task.clone());
        if state.present.contains_key(&key) {
            return Ok(Won::No);
        }
        state.serial = serial;
        state.present.insert(key.clone(), serial);
        state.waiting.push_back(Queued {
            key,
            payload,
            delivered: 0,
            serial,
        });
        drop(state);
        queue.wake.notify_one();
        Ok(Won::Yes(serial))
    }

    async fn queued(&self, lane: &Lane) -> Result<usize> {
        Ok(lock(&self.lane(lane).state).waiting.len())
    }

    async fn pull(
        &self,
        lane: &Lane,
        max: usize,
        expires: Duration,
    ) -> Result<BoxStream<'static, Result<MemoryDelivery>>> {
        let queue = self.lane(lane);
        if !lock(&queue.state).open {
            return Err(lane_closed(lane));
        }
        let pull = Pull {
            queue,
            left: max,
            until: Box::pin(tokio::time::sleep(expires)),
        };
        Ok(stream::unfold(pull, |mut pull| async move {
            let delivery = pull.next().await?;
            Some((Ok(delivery), pull))
        })
        .fuse()
        .boxed())
    }

    async fn put_result(&self, job: &JobId, task: &TaskId, payload: Bytes) -> Result<Won> {
        let mut all = lock(&self.shared.results);
        let results = all.entry(job.clone()).or_default();
        if results.first.contains_key(task) {
            return Ok(Won::No);
        }
        results.written += 1;
        let revision = results.written;
        results
            .first
            .insert(task.clone(), (revision, payload.clone()));
        results.watchers.retain(|watcher| {
            watcher
                .unbounded_send((task.clone(), payload.clone()))
                .is_ok()
        });
        Ok(Won::Yes(revision))
    }

    async fn result(&self, job: &JobId, task: &TaskId) -> Result<Option<Bytes>> {
        Ok(lock(&self.shared.results)
            .get(job)
            .and_then(|results| results.first.get(task))
            .map(|(_, payload)| payload.clone()))
    }

    async fn watch_results(&self, job: &JobId) -> Result<Watched> {
        let (sender, receiver) = unbounded();
        let mut all = lock(&self.shared.results);
        let results = all.entry(job.clone()).or_default();
        let mut there: Vec<_> = results
            .first
            .iter()
            .map(|(task, (revision, payload))| (*revision, task.clone(), payload.clone()))
            .collect();
        there.sort_unstable_by_key(|(revision, ..)| *revision);
        results.watchers.push(sender);
        drop(all);
        let backlog = there.len();
        let there = there.into_iter().map(|(_, task, payload)| (task, payload));
        Ok(Watched {
            backlog,
            stream: stream::iter(there).chain(receiver).boxed(),
        })
    }

    async fn put_blob(&self, bytes: Bytes) -> Result<Digest> {
        let digest = digest_of(&bytes).await?;
        lock(&self.shared.blobs).entry(digest).or_insert(bytes);
        Ok(digest)
    }

    async fn blob(&self, digest: &Digest) -> Result<Option<Bytes>> {
        Ok(lock(&self.shared.blobs).get(digest).cloned())
    }

    async fn publish_event(&self, job: &JobId, topic: &str, payload: Bytes) -> Result<()> {
        check_topic(topic)?;
        lock(&self.shared.listeners).retain(|listener| {
            let wanted = listener.job.as_ref().is_none_or(|wanted| wanted == job);
            if wanted {
                let event = (job.clone(), topic.to_owned(), payload.clone());
                listener.sender.unbounded_send(event).is_ok()
            } else {
                !listener.sender.is_closed()
            }
        });
        Ok(())
    }

    async fn watch_events(
        &self,
        job: Option<&JobId>,
    ) -> Result<BoxStream<'static, (JobId, String, Bytes)>> {
        let (sender, receiver) = unbounded();
        lock(&self.shared.listeners).push(Listener {
            job: job.cloned(),
            sender,
        });
        Ok(receiver.boxed())
    }

    async fn purge(&self, job: &JobId, lane: &Lane) -> Result<()> {
        let queue = self.lane(lane);
        let mut state = lock(&queue.state);
        state.waiting.retain(|task| task.key.0 != *job);
        state.present.retain(|(owner, _), _| owner != job);
        drop(state);
        let mut all = lock(&self.shared.results);
        if let Some(results) = all.get_mut(job) {
            results.first.clear();
            results.watchers.retain(|watcher| !watcher.is_closed());
            if results.watchers.is_empty() {
                all.remove(job);
            }
        }
        Ok(())
    }
}
