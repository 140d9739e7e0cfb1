//! Who coordinates a job: a record renewed by compare-and-swap.

use std::time::{Duration, Instant};

use bytes::Bytes;
use pleat_core::digest::JobId;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use super::CoordinatorConfig;
use crate::broker::{Broker, RecordKind, Result, Won};

/// What the record says.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Owner {
    /// The coordinator's name.
    name: String,
    /// Tells this holder from every other, whatever they are called.
    holder: String,
    /// How long it may be silent, in milliseconds.
    lease_ms: u64,
    /// Makes each renewal a new revision with new content.
    beat: u64,
}

impl Owner {
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }

    pub(super) fn lease(&self) -> Duration {
        Duration::from_millis(self.lease_ms)
    }

    fn encode(&self) -> Bytes {
        serde_json::to_vec(self).unwrap_or_default().into()
    }
}

fn unique() -> String {
    use std::hash::{BuildHasher, RandomState};
    // Randomly keyed by the standard library: enough to tell holders apart.
    let random = || RandomState::new().hash_one(std::process::id());
    format!("{:016x}{:016x}", random(), random())
}

async fn told_to_stop(stopped: &mut watch::Receiver<bool>) {
    let _ = stopped.wait_for(|stopped| *stopped).await;
}

/// How a lease ended.
pub(super) enum LeaseEnd {
    /// The job is another's, or may be.
    Lost,
    /// It was given up for another to take.
    LetGo,
}

/// A job in this coordinator's hands.
pub(super) struct Lease {
    job: JobId,
    owner: Owner,
    revision: u64,
}

impl Lease {
    /// Takes a job whose owner record stands at `revision`; `None` if another
    /// was faster.
    pub(super) async fn take<B: Broker>(
        broker: &B,
        config: &CoordinatorConfig,
        job: &JobId,
        revision: Option<u64>,
    ) -> Result<Option<Self>> {
        let lease_ms = u64::try_from(config.lease.as_millis()).unwrap_or(u64::MAX);
        let owner = Owner {
            name: config.name.clone(),
            holder: unique(),
            lease_ms,
            beat: 0,
        };
        let won = broker
            .put_record(job, RecordKind::Owner, owner.encode(), revision)
            .await?;
        Ok(match won {
            Won::Yes(revision) => Some(Self {
                job: job.clone(),
                owner,
                revision,
            }),
            Won::No => None,
        })
    }

    /// Renews it for as long as that works. Returns when the job is another's,
    /// or may be: a renewal that cannot be confirmed within the lease counts
    /// as lost.
    pub(super) async fn keep<B: Broker>(
        mut self,
        broker: B,
        mut stopped: watch::Receiver<bool>,
    ) -> LeaseEnd {
        let lease = self.owner.lease();
        let mut renewed = Instant::now();
        loop {
            tokio::select! {
                () = tokio::time::sleep(lease / 3) => {}
                () = told_to_stop(&mut stopped) => {
                    self.let_go(&broker).await;
                    return LeaseEnd::LetGo;
                }
            }
            self.owner.beat += 1;
            let renewal = broker.put_record(
                &self.job,
                RecordKind::Owner,
                self.owner.encode(),
                Some(self.revision),
            );
            match tokio::time::timeout(lease / 3, renewal).await {
                Ok(Ok(Won::Yes(revision))) => {
                    self.revision = revision;
                    renewed = Instant::now();
                }
                Ok(Ok(Won::No)) => {
                    // A renewal whose confirmation was lost is still ours.
                    match broker.record(&self.job, RecordKind::Owner).await {
                        Ok(Some(record)) if self.wrote(&record.bytes) => {
                            self.revision = record.revision
                        }
                        _ => return LeaseEnd::Lost,
                    }
                }
                Ok(Err(_)) | Err(_) if renewed.elapsed() > lease => return LeaseEnd::Lost,
                Ok(Err(_)) | Err(_) => {}
            }
        }
    }

    /// A lease of no time at all: the next one need not wait.
    async fn let_go<B: Broker>(&mut self, broker: &B) {
        self.owner.lease_ms = 0;
        let last = self.owner.encode();
        let _ = broker
            .put_record(&self.job, RecordKind::Owner, last, Some(self.revision))
            .await;
    }

    fn wrote(&self, bytes: &[u8]) -> bool {
        Owner::decode(bytes).is_some_and(|o| o.holder == self.owner.holder)
    }
}
