//! A node: pulls tasks, runs them in slots, publishes what comes out.
//!
//! `jobs` holds what tasks of one job have in common, `queue` the tasks in
//! hand, `runner` drives one slot. A node sees a broker and a store; it does
//! not know who asked for its tasks nor what becomes of the results.

mod jobs;
mod queue;
mod runner;

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures::StreamExt;
use pleat_core::digest::Lane;
use pleat_core::task::{Failure, FailureKind, Outcome};
use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore};

use crate::broker::{Broker, Delivery, ErrorKind, RecordKind};
use crate::store::Store;
use jobs::Jobs;
use queue::{Held, Queue};

/// A task handed out so often kills whatever node takes it.
const MOST_DELIVERIES: u64 = 10_000;

/// Prefetch aims at this much work waiting beside each slot.
const WAITING_WORK: Duration = Duration::from_millis(50);

/// Above this a task is long enough that fetching the next costs nothing.
const LONG_TASK: Duration = Duration::from_millis(100);

/// Most tasks held beside the running ones.
const MOST_WAITING: usize = 512;

/// How long a node that stops waits for its last results to be stored.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// How a node is set up.
#[derive(Debug, Clone)]
pub struct NodeConfig {
    /// What it is called in reports.
    pub name: String,
    /// How many tasks it runs at once.
    pub slots: usize,
    /// Which queues it serves.
    pub lanes: Vec<Lane>,
}

/// What a node has done so far.
#[derive(Debug, Default)]
pub struct NodeStats {
    /// Tasks whose result is published.
    pub done: AtomicU64,
    /// Those of them that failed as a whole.
    pub failed: AtomicU64,
    /// Slots that were started.
    pub slots_started: AtomicU64,
    /// A running mean of the time a task takes, in microseconds.
    mean_us: AtomicU64,
}

impl NodeStats {
    /// A running mean of the time a task takes; nothing before the first.
    #[must_use]
    pub fn mean_task(&self) -> Option<Duration> {
        match self.mean_us.load(Ordering::Relaxed) {
            0 => None,
            us => Some(Duration::from_micros(us)),
        }
    }

    fn observe(&self, task: Duration) {
        let us = u64::try_from(task.as_micros()).unwrap_or(u64::MAX).max(1);
        let old = self.mean_us.load(Ordering::Relaxed);
        let new = if old == 0 { us } else { (old * 7 + us) / 8 };
        self.mean_us.store(new.max(1), Ordering::Relaxed);
    }
}

/// What the parts of a node share.
struct Shared<B: Broker> {
    broker: B,
    store: Store,
    config: NodeConfig,
    stats: Arc<NodeStats>,
    jobs: Jobs,
    queue: Queue<B::Delivery>,
    /// One permit for each task this node may hold.
    capacity: Arc<Semaphore>,
    /// How many permits there are in all.
    granted: Mutex<usize>,
    started: std::time::Instant,
    /// Cloned by each publication under way.
    publishing: Arc<()>,
}

/// Runs a node until `shutdown`. Then nothing more is pulled, running slots
/// are ended, and what was in hand goes back for others to take.
pub async fn run<B: Broker>(
    broker: B,
    store: Store,
    config: NodeConfig,
    stats: Arc<NodeStats>,
    shutdown: impl Future<Output = ()>,
) {
    let slots = config.slots.max(1);
    let shared = Arc::new(Shared {
        broker,
        store,
        stats,
        jobs: Jobs::default(),
        queue: Queue::default(),
        capacity: Arc::new(Semaphore::new(slots)),
        granted: Mutex::new(slots),
        config,
        started: std::time::Instant::now(),
        publishing: Arc::new(()),
    });
    let mut tasks = tokio::task::JoinSet::new();
    for lane in shared.config.lanes.clone() {
        tasks.spawn(pull(Arc::clone(&shared), lane));
    }
    tasks.spawn(watch_for_ends(Arc::clone(&shared)));
    tasks.spawn(keep_alive(Arc::clone(&shared)));
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let mut runners = tokio::task::JoinSet::new();
    for _ in 0..slots {
        runners.spawn(runner::run(Arc::clone(&shared), stopped.clone()));
    }
    shutdown.await;
    tasks.shutdown().await;
    let _ = stop.send(true);
    while runners.join_next().await.is_some() {}
    for held in shared.queue.drain() {
        let _ = held.delivery.retry(Duration::ZERO).await;
    }
    // What is finished is worth a moment.
    let until = tokio::time::Instant::now() + LAST_WORDS;
    while Arc::strong_count(&shared.publishing) > 1 && tokio::time::Instant::now() < until {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

impl<B: Broker> Shared<B> {
    fn now_ms(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// How many tasks to hold beside the running ones: enough to bridge a
    /// round trip when tasks are short, none when they are long, so that
    /// nobody waits behind a task that another node could have taken.
    fn prefetch(&self) -> usize {
        match self.stats.mean_task() {
            None => 0,
            Some(mean) if mean >= LONG_TASK => 0,
            Some(mean) => {
                let each = WAITING_WORK.as_micros() / mean.as_micros().max(1) + 1;
                (usize::try_from(each).unwrap_or(MOST_WAITING) * self.config.slots)
                    .min(MOST_WAITING)
            }
        }
    }

    /// Brings the number of permits to what the present prefetch asks for.
    async fn adjust_capacity(&self) {
        let target = self.config.slots.max(1) + self.prefetch();
        let mut granted = self.granted.lock().await;
        if target > *granted {
            self.capacity.add_permits(target - *granted);
            *granted = target;
        } else {
            *granted -= self.capacity.forget_permits(*granted - target);
        }
    }
}

/// Keeps asking for as many tasks as there is room for.
async fn pull<B: Broker>(shared: Arc<Shared<B>>, lane: Lane) {
    // Room asked for by one lane is not there for another: several lanes must
    // not wait for each other for long.
    let expires = Duration::from_secs(if shared.config.lanes.len() > 1 { 1 } else { 20 });
    let mut opened = false;
    loop {
        if !opened {
            match shared.broker.open_lane(&lane).await {
                Ok(()) => opened = true,
                Err(e) => {
                    tracing::warn!("lane {lane}: {e}");
                    tokio::time::sleep(Duration::from_secs(1)).await;
                    continue;
                }
            }
        }
        shared.adjust_capacity().await;
        let Ok(first) = Arc::clone(&shared.capacity).acquire_owned().await else {
            return;
        };
        let mut room = vec![first];
        while room.len() < MOST_WAITING
            && let Ok(more) = Arc::clone(&shared.capacity).try_acquire_owned()
        {
            room.push(more);
        }
        tracing::debug!("lane {lane}: asking for {}", room.len());
        match shared.broker.pull(&lane, room.len(), expires).await {
            Ok(mut deliveries) => {
                while let Some(delivery) = deliveries.next().await {
                    match (delivery, room.pop()) {
                        (Ok(delivery), Some(permit)) => admit(&shared, delivery, permit).await,
                        (Ok(_), None) => break,
                        (Err(e), _) => {
                            tracing::warn!("lane {lane}: {e}");
                            opened = false;
                            tokio::time::sleep(Duration::from_millis(200)).await;
                            break;
                        }
                    }
                }
            }
            Err(e) => {
                tracing::warn!("lane {lane}: {e}");
                opened = false;
                tokio::time::sleep(Duration::from_millis(500)).await;
            }
        }
    }
}

/// Takes a task in: at once if its job is known, beside the pulling if that
/// must be looked up first.
async fn admit<B: Broker>(
    shared: &Arc<Shared<B>>,
    delivery: B::Delivery,
    permit: OwnedSemaphorePermit,
) {
    tracing::debug!("task {} of {} in hand", delivery.task(), delivery.job());
    let held = Held::new(delivery, permit, shared.now_ms());
    if held.delivery.delivered() == 1
        && let Some(job) = shared.jobs.known(held.delivery.job())
    {
        shared.queue.push(held.of(job));
        return;
    }
    let shared = Arc::clone(shared);
    tokio::spawn(async move { look_up(&shared, held).await });
}

/// What must be known before a task may wait in the queue.
async fn look_up<B: Broker>(shared: &Shared<B>, held: Held<B::Delivery>) {
    let (job, task) = (held.delivery.job().clone(), held.delivery.task().clone());
    if held.delivery.delivered() > 1 {
        match shared.broker.result(&job, &task).await {
            Ok(None) => {}
            // Done already: whoever did it lost its acknowledgement.
            Ok(Some(_)) => {
                let _ = held.delivery.ack().await;
                return;
            }
            Err(e) => {
                tracing::warn!("task {task}: {e}");
                give_back_later(held).await;
                return;
            }
        }
    }
    if held.delivery.delivered() > MOST_DELIVERIES {
        let failure = Failure::new(
            FailureKind::Trapped,
            format!(
                "no node survived this task: it was handed out {} times",
                held.delivery.delivered()
            ),
        );
        shared
            .publish(held, Outcome::failed(failure).encode(), None, false)
            .await;
        return;
    }
    match shared.jobs.get(&shared.broker, &shared.store, &job).await {
        Ok(context) => shared.queue.push(held.of(context)),
        Err(jobs::Absent::Gone) => {
            let _ = held.delivery.reject().await;
        }
        Err(jobs::Absent::Later(why)) => {
            tracing::warn!("job {job}: {why}");
            give_back_later(held).await;
        }
    }
}

/// Gives a task back after a while. Until then it takes up room here: a node
/// that is not fit for work must not go through the whole queue.
async fn give_back_later<D: Delivery>(held: Held<D>) {
    tokio::time::sleep(Duration::from_secs(2)).await;
    let _ = held.delivery.retry(Duration::ZERO).await;
}

impl<B: Broker> Shared<B> {
    /// Publishes a result and, when that is confirmed, acknowledges the task.
    /// Keeps trying while the broker is out of reach: the first result wins,
    /// so a late one does no harm.
    async fn publish(
        &self,
        held: Held<B::Delivery>,
        outcome: Vec<u8>,
        model: Option<bytes::Bytes>,
        completed: bool,
    ) {
        if !completed && self.now_ms().saturating_sub(held.confirmed_at()) > self.ack_wait_ms() {
            // Somebody else may have the task by now and do better with it.
            let _ = held.delivery.retry(Duration::ZERO).await;
            return;
        }
        let mut outcome = bytes::Bytes::from(outcome);
        let mut shortened = false;
        let (job, task) = (held.delivery.job().clone(), held.delivery.task().clone());
        let mut pause = Duration::from_millis(50);
        // First what the result refers to.
        while let Some(model) = &model {
            match self.broker.put_blob(model.clone()).await {
                Ok(_) => break,
                Err(e) if e.kind == ErrorKind::Unavailable => {
                    tracing::warn!("model of {task}: {e}");
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(Duration::from_secs(5));
                }
                Err(e) => {
                    tracing::error!("model of {task}: {e}");
                    return;
                }
            }
        }
        loop {
            match self.broker.put_result(&job, &task, outcome.clone()).await {
                Ok(_) => break,
                Err(e) if e.kind == ErrorKind::Unavailable => {
                    tracing::warn!("result of {task}: {e}");
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(Duration::from_secs(5));
                }
                // It does not fit into a message, and never will.
                Err(e) if e.kind == ErrorKind::Invalid && !shortened => {
                    let failure = Failure::new(
                        FailureKind::Rejected,
                        format!("its outcome cannot travel: {e}"),
                    );
                    outcome = Outcome::failed(failure).encode().into();
                    shortened = true;
                }
                Err(e) => {
                    // Not stored, so not done: it comes back after the ack-wait.
                    tracing::error!("result of {task}: {e}");
                    return;
                }
            }
        }
        tracing::debug!("task {task} is done");
        self.stats.done.fetch_add(1, Ordering::Relaxed);
        if !completed {
            self.stats.failed.fetch_add(1, Ordering::Relaxed);
        }
        let _ = held.delivery.ack().await;
    }

    fn ack_wait_ms(&self) -> u64 {
        u64::try_from(self.broker.ack_wait().as_millis()).unwrap_or(u64::MAX)
    }
}

/// Tells the broker of waiting tasks that they are still in hand.
async fn keep_alive<B: Broker>(shared: Arc<Shared<B>>) {
    let mut tick = tokio::time::interval(shared.broker.ack_wait() / 3);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    tick.tick().await;
    loop {
        tick.tick().await;
        let pending = shared.queue.for_each(Held::progress);
        futures::stream::iter(pending)
            .for_each_concurrent(64, |(progress, confirmed)| {
                let shared = &shared;
                async move {
                    if progress.await.is_ok() {
                        confirmed.store(shared.now_ms(), Ordering::Relaxed);
                    }
                }
            })
            .await;
    }
}

/// Drops the tasks of jobs that were cancelled or have ended.
async fn watch_for_ends<B: Broker>(shared: Arc<Shared<B>>) {
    loop {
        match shared.broker.watch_records().await {
            Ok(mut changes) => {
                while let Some(change) = changes.next().await {
                    if matches!(change.kind, RecordKind::Cancel | RecordKind::Done) {
                        shared.jobs.end(&change.job);
                        for held in shared.queue.remove(&change.job) {
                            let _ = held.delivery.ack().await;
                        }
                    }
                }
            }
            Err(e) => tracing::warn!("records: {e}"),
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}
