//! The tasks a node has in hand and is not running yet.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures::future::BoxFuture;
use pleat_core::digest::JobId;
use tokio::sync::{Notify, OwnedSemaphorePermit};

use super::jobs::JobContext;
use crate::broker::{Delivery, Result};

/// A slot keeps to its own job while others wait no longer than this.
const PATIENCE: Duration = Duration::from_secs(1);

/// A task in hand.
pub(super) struct Held<D> {
    pub(super) delivery: D,
    /// When the broker last confirmed that it is ours, in node time.
    confirmed: Arc<AtomicU64>,
    since: Instant,
    _room: OwnedSemaphorePermit,
}

/// A task in hand whose job is known.
pub(super) struct Work<D> {
    pub(super) held: Held<D>,
    pub(super) job: Arc<JobContext>,
}

impl<D: Delivery> Held<D> {
    pub(super) fn new(delivery: D, room: OwnedSemaphorePermit, now_ms: u64) -> Self {
        let confirmed = Arc::new(AtomicU64::new(now_ms));
        Self {
            delivery,
            confirmed,
            since: Instant::now(),
            _room: room,
        }
    }

    pub(super) fn of(self, job: Arc<JobContext>) -> Work<D> {
        Work { held: self, job }
    }

    pub(super) fn confirmed_at(&self) -> u64 {
        self.confirmed.load(Ordering::Relaxed)
    }

    /// A call that keeps it ours, and where to note that it succeeded.
    pub(super) fn progress(&self) -> (BoxFuture<'static, Result<()>>, Arc<AtomicU64>) {
        (self.delivery.progress(), Arc::clone(&self.confirmed))
    }
}

/// Tasks waiting for a slot.
pub(super) struct Queue<D> {
    waiting: Mutex<VecDeque<Work<D>>>,
    arrived: Notify,
}

impl<D> Default for Queue<D> {
    fn default() -> Self {
        Self {
            waiting: Mutex::default(),
            arrived: Notify::new(),
        }
    }
}

impl<D: Delivery> Queue<D> {
    fn lock(&self) -> MutexGuard<'_, VecDeque<Work<D>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn push(&self, work: Work<D>) {
        self.lock().push_back(work);
        self.arrived.notify_one();
    }

    /// The next task of this job, unless another has waited too long.
    pub(super) fn try_take(&self, job: &JobId) -> Option<Work<D>> {
        let mut waiting = self.lock();
        let oldest = waiting.front()?;
        if oldest.job.id() != job && oldest.held.since.elapsed() > PATIENCE {
            return None;
        }
        let at = waiting.iter().position(|w| w.job.id() == job)?;
        waiting.remove(at)
    }

    /// The next task, of this job if there is one.
    pub(super) async fn take(&self, prefer: Option<&JobId>) -> Work<D> {
        loop {
            let arrived = self.arrived.notified();
            if let Some(work) = prefer.and_then(|job| self.try_take(job)) {
                return work;
            }
            let next = self.lock().pop_front();
            if let Some(work) = next {
                return work;
            }
            arrived.await;
        }
    }

    /// Resolves when a task has come in.
    pub(super) async fn arrived(&self) {
        self.arrived.notified().await;
    }

    /// Hands the wake-up on to another slot.
    pub(super) fn pass_on(&self) {
        if !self.lock().is_empty() {
            self.arrived.notify_one();
        }
    }

    pub(super) fn remove(&self, job: &JobId) -> Vec<Held<D>> {
        let mut waiting = self.lock();
        let (gone, left) = waiting.drain(..).partition(|w: &Work<D>| w.job.id() == job);
        *waiting = left;
        let gone: VecDeque<Work<D>> = gone;
        gone.into_iter().map(|w| w.held).collect()
    }

    pub(super) fn for_each<T>(&self, f: impl Fn(&Held<D>) -> T) -> Vec<T> {
        self.lock().iter().map(|w| f(&w.held)).collect()
    }

    pub(super) fn drain(&self) -> Vec<Held<D>> {
        self.lock().drain(..).map(|w| w.held).collect()
    }
}
