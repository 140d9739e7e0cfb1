//! What the tasks of one job have in common on a node: its record, its code
//! and its data, fetched once.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use pleat_core::digest::{Digest, JobId};
use pleat_core::job::Job;
use pleat_core::task::Failure;
use tokio::sync::{OnceCell, watch};

use crate::broker::{Broker, RecordKind};
use crate::store::{CodeError, Store};

/// Code and data of a job, on this machine's disk.
#[derive(Debug, Clone)]
pub(super) struct Files {
    pub(super) codes: BTreeMap<Digest, PathBuf>,
    pub(super) data: PathBuf,
}

/// A job as this node knows it.
#[derive(Debug)]
pub(super) struct JobContext {
    id: JobId,
    pub(super) job: Job,
    pub(super) record: Bytes,
    /// The files, or why no task of this job can run anywhere.
    pub(super) files: Result<Files, Failure>,
    ended: watch::Sender<bool>,
}

impl JobContext {
    pub(super) fn id(&self) -> &JobId {
        &self.id
    }

    /// Whether nobody waits for its results any more.
    pub(super) fn has_ended(&self) -> bool {
        *self.ended.borrow()
    }

    /// Resolves when nobody waits for its results any more.
    pub(super) async fn ended(&self) {
        let _ = self.ended.subscribe().wait_for(|ended| *ended).await;
    }
}

/// Why a job cannot be had.
pub(super) enum Absent {
    /// There is no such job, or its record is no job.
    Gone,
    /// Not now.
    Later(String),
}

type Cell = Arc<OnceCell<Arc<JobContext>>>;

/// The jobs a node has met.
#[derive(Default)]
pub(super) struct Jobs {
    known: Mutex<BTreeMap<JobId, Cell>>,
}

impl Jobs {
    fn cell(&self, id: &JobId) -> Cell {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(known.entry(id.clone()).or_default())
    }

    /// A job that has been fetched already.
    pub(super) fn known(&self, id: &JobId) -> Option<Arc<JobContext>> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(id)?.get().cloned()
    }

    /// A job, fetched now if need be; tasks that ask at the same time share
    /// one fetch.
    pub(super) async fn get<B: Broker>(
        &self,
        broker: &B,
        store: &Store,
        id: &JobId,
    ) -> Result<Arc<JobContext>, Absent> {
        let cell = self.cell(id);
        let made = cell
            .get_or_try_init(|| fetch(broker, store, id))
            .await
            .cloned();
        if matches!(made, Err(Absent::Gone)) {
            self.end(id);
        }
        made
    }

    /// Forgets what was fetched of a job, so that it is fetched anew.
    pub(super) fn forget(&self, id: &JobId) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.remove(id);
    }

    /// Forgets a job; those who still hold it learn that it has ended.
    pub(super) fn end(&self, id: &JobId) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(context) = known.remove(id).as_ref().and_then(|cell| cell.get()) {
            context.ended.send_replace(true);
        }
    }
}

async fn fetch<B: Broker>(
    broker: &B,
    store: &Store,
    id: &JobId,
) -> Result<Arc<JobContext>, Absent> {
    let later = |e: &dyn std::fmt::Display| Absent::Later(e.to_string());
    for end in [RecordKind::Done, RecordKind::Cancel] {
        if broker
            .record(id, end)
            .await
            .map_err(|e| later(&e))?
            .is_some()
        {
            return Err(Absent::Gone);
        }
    }
    let record = broker
        .record(id, RecordKind::Spec)
        .await
        .map_err(|e| later(&e))?;
    let record = record.ok_or(Absent::Gone)?.bytes;
    let job = Job::decode(&record).map_err(|e| {
        tracing::error!("job {id} is refused: {e}");
        Absent::Gone
    })?;
    let files = files(broker, store, &job).await?;
    let (ended, _) = watch::channel(false);
    Ok(Arc::new(JobContext {
        id: id.clone(),
        job,
        record,
        files,
        ended,
    }))
}

/// The files of a job. Inner error: no node can run it. Outer: not now.
async fn files<B: Broker>(
    broker: &B,
    store: &Store,
    job: &Job,
) -> Result<Result<Files, Failure>, Absent> {
    let data = blob(broker, store, &job.data()).await?;
    let mut codes = BTreeMap::new();
    for component in job.components() {
        let wasm: Bytes = match crate::builtin::component(&component) {
            Some(bytes) => Bytes::from_static(bytes),
            None => {
                let path = blob(broker, store, &component).await?;
                tokio::fs::read(path)
                    .await
                    .map_err(|e| Absent::Later(e.to_string()))?
                    .into()
            }
        };
        match store.code(&component, &wasm).await {
            Ok(code) => drop(codes.insert(component, code)),
            Err(CodeError::Component(failure)) => return Ok(Err(failure)),
            Err(e) => return Err(Absent::Later(e.to_string())),
        }
    }
    Ok(Ok(Files { codes, data }))
}

/// A blob on this machine's disk. One that is not in the fabric may still be
/// on its way there: it is put before the job's record, but not everywhere at
/// once.
async fn blob<B: Broker>(broker: &B, store: &Store, digest: &Digest) -> Result<PathBuf, Absent> {
    let later = |e: &dyn std::fmt::Display| Absent::Later(e.to_string());
    if let Some(path) = store.blob(digest).map_err(|e| later(&e))? {
        return Ok(path);
    }
    match broker.blob(digest).await.map_err(|e| later(&e))? {
        Some(bytes) => Ok(store.put_blob(&bytes).map_err(|e| later(&e))?.1),
        None => Err(Absent::Later(format!("the fabric has no blob {digest}"))),
    }
}
