//! The broker: what nodes and coordinators see of each other.
//!
//! A broker keeps records, queues tasks, keeps the first result of each, and
//! stores blobs by digest. It knows subjects, revisions and acknowledgements
//! and nothing of what the bytes mean. Two live here: `memory`, inside one
//! process, and `nats`, on a JetStream server; one suite of tests holds both
//! to the same behaviour.

pub mod memory;
pub mod nats;

use std::future::Future;
use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;
use futures::stream::BoxStream;
use pleat_core::digest::{Digest, JobId, Lane, TaskId};

/// What is written down about a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RecordKind {
    /// The job itself; written once.
    Spec,
    /// Who coordinates it: a lease, renewed by compare-and-swap.
    Owner,
    /// That somebody wants it to stop.
    Cancel,
    /// A decision that depended on time, to be replayed.
    Clock,
    /// That it has ended, and how.
    Done,
}

impl RecordKind {
    /// Every kind there is.
    pub const ALL: [Self; 5] = [
        Self::Spec,
        Self::Owner,
        Self::Cancel,
        Self::Clock,
        Self::Done,
    ];

    /// The name subjects and logs carry.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Spec => "spec",
            Self::Owner => "owner",
            Self::Cancel => "cancel",
            Self::Clock => "clock",
            Self::Done => "done",
        }
    }
}

/// A record with the revision it was written at.
#[derive(Debug, Clone)]
pub struct Record {
    /// What it says.
    pub bytes: Bytes,
    /// Rises with every write; names this one.
    pub revision: u64,
}

/// A record as a watcher sees it.
#[derive(Debug, Clone)]
pub struct RecordChange {
    /// Whose record.
    pub job: JobId,
    /// Which record.
    pub kind: RecordKind,
    /// What it now is.
    pub record: Record,
}

/// The results of a job, present and future.
pub struct Watched {
    /// How many there were at the start: so many come first.
    pub backlog: usize,
    /// Each result, those that were there first.
    pub stream: BoxStream<'static, (TaskId, Bytes)>,
}

/// How a write ended that only one writer can win.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Won {
    /// This write was the one; its revision.
    Yes(u64),
    /// Another was there first.
    No,
}

/// What went wrong with the broker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// Nobody answers, or not in time. Trying again may help.
    Unavailable,
    /// Somebody answers who cannot do what is needed: too old, no JetStream,
    /// no permission.
    Unsuitable,
    /// The server refuses to store more.
    Full,
    /// What was stored is not what was asked for.
    Corrupt,
    /// The request itself is at fault.
    Invalid,
}

/// A broker's failure: a kind to decide on and a sentence to show.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    /// What sort of failure.
    pub kind: ErrorKind,
    /// What happened, and what can be done.
    pub message: String,
    /// What the layer below said.
    #[source]
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// A failure nothing below had a word for.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            source: None,
        }
    }

    /// A failure with what the layer below said about it.
    pub fn with_source(
        kind: ErrorKind,
        message: impl Into<String>,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self {
            kind,
            message: message.into(),
            source: Some(source.into()),
        }
    }
}

/// A broker's answer.
pub type Result<T> = std::result::Result<T, Error>;

/// A task in the hands of one worker.
///
/// Dropped without a word it comes back after the ack-wait (in memory: at
/// once), so a worker that dies loses nothing.
pub trait Delivery: Send + Sync + 'static {
    /// The job it belongs to.
    fn job(&self) -> &JobId;
    /// Its name.
    fn task(&self) -> &TaskId;
    /// What was queued.
    fn payload(&self) -> &Bytes;
    /// How often it has been handed out, this time included.
    fn delivered(&self) -> u64;
    /// Done: remove it from the queue. Sent, not awaited.
    fn ack(self) -> impl Future<Output = Result<()>> + Send;
    /// Give it back, to be handed out again after `delay`.
    fn retry(self, delay: Duration) -> impl Future<Output = Result<()>> + Send;
    /// It can never be done by anyone: remove it.
    fn reject(self) -> impl Future<Output = Result<()>> + Send;
    /// Still at it. Returns when the broker has confirmed.
    /// Holds on to nothing of `self`, so that many can be awaited together.
    fn progress(&self) -> BoxFuture<'static, Result<()>>;
}

/// The fabric's shared state.
pub trait Broker: Clone + Send + Sync + 'static {
    /// A task in hand.
    type Delivery: Delivery;

    /// How long a silent worker keeps a task: the shortest of the lanes seen
    /// so far, which is not what was asked for when another made the lane.
    fn ack_wait(&self) -> Duration;

    /// Writes a record if it is still at revision `expected` (`None`: if there
    /// is none yet).
    ///
    /// As with every write here, [`ErrorKind::Unavailable`] leaves open
    /// whether it was done: only reading tells.
    fn put_record(
        &self,
        job: &JobId,
        kind: RecordKind,
        bytes: Bytes,
        expected: Option<u64>,
    ) -> impl Future<Output = Result<Won>> + Send;

    /// Reads a record.
    fn record(
        &self,
        job: &JobId,
        kind: RecordKind,
    ) -> impl Future<Output = Result<Option<Record>>> + Send;

    /// Every record there is, then every change; survives reconnects. Only
    /// the latest revision of a record is promised.
    fn watch_records(
        &self,
    ) -> impl Future<Output = Result<BoxStream<'static, RecordChange>>> + Send;

    /// The jobs there are, oldest first.
    fn jobs(&self) -> impl Future<Output = Result<Vec<JobId>>> + Send;

    /// Makes sure that tasks of this lane can be pulled.
    fn open_lane(&self, lane: &Lane) -> impl Future<Output = Result<()>> + Send;

    /// Queues a task unless it is queued already ([`Won::No`]).
    fn put_task(
        &self,
        lane: &Lane,
        job: &JobId,
        task: &TaskId,
        payload: Bytes,
    ) -> impl Future<Output = Result<Won>> + Send;

    /// How many tasks of a lane wait to be pulled.
    fn queued(&self, lane: &Lane) -> impl Future<Output = Result<usize>> + Send;

    /// Asks for up to `max` tasks. The stream gives each as it comes and ends
    /// when `max` have come or `expires` has passed. Fails with
    /// [`ErrorKind::Unavailable`] while the lane is not open; a connection
    /// lost in between ends the stream with the same error.
    ///
    /// Tasks a dropped stream had received and not yet given go back at once;
    /// those still on their way come back after the ack-wait.
    fn pull(
        &self,
        lane: &Lane,
        max: usize,
        expires: Duration,
    ) -> impl Future<Output = Result<BoxStream<'static, Result<Self::Delivery>>>> + Send;

    /// Stores a task's result if it has none yet: the first wins, for ever.
    fn put_result(
        &self,
        job: &JobId,
        task: &TaskId,
        payload: Bytes,
    ) -> impl Future<Output = Result<Won>> + Send;

    /// A task's result, if it has one.
    fn result(
        &self,
        job: &JobId,
        task: &TaskId,
    ) -> impl Future<Output = Result<Option<Bytes>>> + Send;

    /// Every result of a job there is, then every further one; survives
    /// reconnects. A result may be seen twice, none is left out.
    fn watch_results(&self, job: &JobId) -> impl Future<Output = Result<Watched>> + Send;

    /// Stores bytes under their digest, unless they are there.
    fn put_blob(&self, bytes: Bytes) -> impl Future<Output = Result<Digest>> + Send;

    /// The bytes of that digest, verified.
    fn blob(&self, digest: &Digest) -> impl Future<Output = Result<Option<Bytes>>> + Send;

    /// Tells whoever listens. Nothing is kept. A topic is made of letters,
    /// digits, '-' and '_'; dots divide it.
    fn publish_event(
        &self,
        job: &JobId,
        topic: &str,
        payload: Bytes,
    ) -> impl Future<Output = Result<()>> + Send;

    /// What is told about a job from now on: topic and payload. `None`: about
    /// every job.
    fn watch_events(
        &self,
        job: Option<&JobId>,
    ) -> impl Future<Output = Result<BoxStream<'static, (JobId, String, Bytes)>>> + Send;

    /// Removes a job's tasks and results; its records stay.
    fn purge(&self, job: &JobId, lane: &Lane) -> impl Future<Output = Result<()>> + Send;
}

/// Whether an event's topic has the form subjects need.
fn check_topic(topic: &str) -> Result<()> {
    let fits = topic.len() <= 64
        && topic.split('.').all(|token| {
            !token.is_empty()
                && token
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        });
    if fits {
        Ok(())
    } else {
        Err(Error::new(
            ErrorKind::Invalid,
            format!(
                "the topic \"{topic}\" is not valid: allowed are letters, digits, '-' and '_', with single dots between"
            ),
        ))
    }
}

/// The digest of some bytes, computed off the async threads when there are
/// many: hashing 50 MB would hold up every other task for tens of ms.
async fn digest_of(bytes: &Bytes) -> Result<Digest> {
    const WORTH_A_THREAD: usize = 256 << 10;
    if bytes.len() < WORTH_A_THREAD {
        return Ok(Digest::of(bytes));
    }
    let shared = bytes.clone();
    tokio::task::spawn_blocking(move || Digest::of(&shared))
        .await
        .map_err(|err| Error::with_source(ErrorKind::Unavailable, "the process is ending", err))
}

/// What a pull from a lane nobody has opened answers.
fn lane_closed(lane: &Lane) -> Error {
    Error::new(
        ErrorKind::Unavailable,
        format!("the lane \"{lane}\" is not open yet: a coordinator opens it with its first job"),
    )
}
