//! The coordinator: takes ownership of jobs and sees them through.
//!
//! `drive` runs one job from its record to its report; `lease` decides who
//! may. Every node coordinates unless told not to, and any coordinator can
//! take a job over at any moment: all that matters is in the broker.

mod drive;
mod lease;

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures::StreamExt;
use pleat_core::digest::{Digest, JobId};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::broker::{Broker, RecordChange, RecordKind};
use lease::{Lease, LeaseEnd, Owner};

/// How a coordinator is set up.
#[derive(Debug, Clone)]
pub struct CoordinatorConfig {
    /// What it is called; no two may share a name.
    pub name: String,
    /// How long an owner may be silent before another takes over.
    pub lease: Duration,
}

/// How a job ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// All fits are in the report.
    Completed,
    /// It was cancelled; the report has what was finished.
    Cancelled,
    /// There is no report.
    Failed,
}

/// The last record of a job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Done {
    /// How it ended.
    pub ending: Ending,
    /// The report's blob.
    pub report: Option<Digest>,
    /// The digest of its result.
    pub result_digest: Option<Digest>,
    /// Fits done and planned.
    pub fits: (usize, usize),
    /// Fits without scores.
    pub failures: usize,
    /// Why there is no report.
    pub message: Option<String>,
}

/// What is told about a job while it runs, on the topic `progress`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// Fits that have an outcome.
    pub done: usize,
    /// Fits in all.
    pub total: usize,
    /// Of those done, the ones without scores.
    pub failed: usize,
    /// The best mean score so far.
    pub best_score: Option<f64>,
    /// Whose it is.
    pub best_index: Option<u32>,
}

/// The topic of progress events.
pub const PROGRESS: &str = "progress";

/// The lease of an owner whose record cannot be read.
const UNKNOWN_LEASE: Duration = Duration::from_secs(30);

/// What is known about a job that is not this coordinator's.
#[derive(Default)]
struct Known {
    spec: bool,
    driven: bool,
    /// The owner record's revision, and since when it stands unchanged.
    owner: Option<(u64, Instant, Duration)>,
}

/// How long letting go of jobs may take.
const LET_GO_WITHIN: Duration = Duration::from_secs(2);

/// Takes and drives jobs until `shutdown`, then lets go of them, so that
/// another coordinator can take them over at once. Dropped without a word, it
/// loses them when their leases run out.
pub async fn run<B: Broker>(
    broker: B,
    config: CoordinatorConfig,
    shutdown: impl Future<Output = ()>,
) {
    let (stop, stopped) = watch::channel(false);
    let mut driving = JoinSet::new();
    tokio::select! {
        () = take_jobs(&broker, &config, &mut driving, &stopped) => {}
        () = shutdown => {}
    }
    stop.send_replace(true);
    let ended = async { while driving.join_next().await.is_some() {} };
    let _ = tokio::time::timeout(LET_GO_WITHIN, ended).await;
}

async fn take_jobs<B: Broker>(
    broker: &B,
    config: &CoordinatorConfig,
    driving: &mut JoinSet<JobId>,
    stopped: &watch::Receiver<bool>,
) {
    let jobs: Arc<Mutex<BTreeMap<JobId, Known>>> = Arc::default();
    let mut look = tokio::time::interval((config.lease / 5).max(Duration::from_millis(20)));
    look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        let mut changes = match broker.watch_records().await {
            Ok(changes) => changes,
            Err(e) => {
                tracing::warn!("records: {e}");
                tokio::time::sleep(Duration::from_secs(1)).await;
                continue;
            }
        };
        loop {
            tokio::select! {
                change = changes.next() => match change {
                    Some(change) => note(&mut lock(&jobs), &change),
                    None => break,
                },
                _ = look.tick() => {}
                Some(ended) = driving.join_next() => {
                    if let Ok(id) = ended
                        && let Some(known) = lock(&jobs).get_mut(&id)
                    {
                        known.driven = false;
                    }
                }
            }
            for (id, revision) in free(&mut lock(&jobs)) {
                let (broker, config, stopped) = (broker.clone(), config.clone(), stopped.clone());
                let siblings = Arc::clone(&jobs);
                driving.spawn(async move {
                    let open = move || lock(&siblings).values().filter(|k| k.driven).count();
                    take_and_drive(&broker, &config, &id, revision, open, stopped).await;
                    id
                });
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn note(jobs: &mut BTreeMap<JobId, Known>, change: &RecordChange) {
    if change.kind == RecordKind::Done {
        // Its records stay in the broker; there is nothing left to do here.
        jobs.remove(&change.job);
        return;
    }
    let known = jobs.entry(change.job.clone()).or_default();
    match change.kind {
        RecordKind::Spec => known.spec = true,
        RecordKind::Owner => {
            // An owner that speaks another version is an owner all the same.
            let lease = Owner::decode(&change.record.bytes).map_or(UNKNOWN_LEASE, |o| o.lease());
            let news = known
                .owner
                .is_none_or(|(revision, ..)| revision != change.record.revision);
            if news {
                known.owner = Some((change.record.revision, Instant::now(), lease));
            }
        }
        RecordKind::Cancel | RecordKind::Clock | RecordKind::Done => {}
    }
}

/// The jobs nobody drives: never owned, or owned by someone who has been
/// silent for a whole lease.
fn free(jobs: &mut BTreeMap<JobId, Known>) -> Vec<(JobId, Option<u64>)> {
    let mut out = Vec::new();
    for (id, known) in jobs.iter_mut().filter(|(_, k)| k.spec && !k.driven) {
        let revision = match known.owner {
            None => None,
            Some((revision, since, lease)) if since.elapsed() > lease => Some(revision),
            Some(_) => continue,
        };
        known.driven = true;
        out.push((id.clone(), revision));
    }
    out
}

async fn take_and_drive<B: Broker>(
    broker: &B,
    config: &CoordinatorConfig,
    id: &JobId,
    revision: Option<u64>,
    open: impl Fn() -> usize,
    stopped: watch::Receiver<bool>,
) {
    let lease = match Lease::take(broker, config, id, revision).await {
        Ok(Some(lease)) => lease,
        Ok(None) => return,
        Err(e) => {
            tracing::warn!("job {id}: {e}");
            tokio::time::sleep(Duration::from_millis(500)).await;
            return;
        }
    };
    tracing::info!("job {id}: coordinated by {}", config.name);
    // On a task of its own: planning a large job must not delay a renewal.
    let mut keeping = JoinSet::new();
    keeping.spawn(lease.keep(broker.clone(), stopped));
    tokio::select! {
        driven = drive::drive(broker, id, open) => match driven {
            Ok(()) => {}
            Err(e) => {
                tracing::warn!("job {id}: {e}");
                // Let go: the lease runs out and somebody tries again.
                tokio::time::sleep(config.lease).await;
            }
        },
        Some(ended) = keeping.join_next() => match ended {
            Ok(LeaseEnd::LetGo) => tracing::info!("job {id}: let go"),
            Ok(_) => tracing::warn!("job {id}: another coordinator has taken over"),
            // This process is ending.
            Err(_) => {}
        },
    }
}
