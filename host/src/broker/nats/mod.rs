//! The broker on a NATS server with JetStream: the only room that knows
//! async-nats. Subjects and streams are in `streams`, the task queue in
//! `queue`, the object store in `blobs`, the public API in [`service`].

mod blobs;
mod connection;
pub mod discovery;
mod errors;
mod queue;
mod server;
pub mod service;
mod streams;
mod watch;

use std::collections::HashMap;
use std::future::ready;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_nats::Subject;
use async_nats::jetstream::context::ContextBuilder;
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::stream::{DirectGetErrorKind, LastRawMessageErrorKind, Stream};
use async_nats::jetstream::{Context, Message};
use bytes::Bytes;
use futures::StreamExt as _;
use futures::stream::{self, BoxStream};
use pleat_core::digest::{Digest, JobId, Lane, TaskId};

pub use self::connection::Connection;
pub use self::queue::NatsDelivery;

use self::errors::Refusal;
use self::queue::Link;
use self::watch::Wanted;
use super::{
    Broker, Error, ErrorKind, Record, RecordChange, RecordKind, Result, Watched, Won, check_topic,
};

/// How many publishes may await their confirmation at once.
const MAX_IN_FLIGHT: usize = 1 << 16;

/// How to connect.
#[derive(Debug, Clone)]
pub struct Options {
    /// What the server's monitoring calls this connection.
    pub name: String,
    /// How long a silent worker keeps a task, in lanes this broker opens
    /// first.
    pub ack_wait: Duration,
    /// The JetStream domain to work in, when it is not the server's own: an
    /// edge node connected to a leaf server works in its hub's.
    pub domain: Option<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            name: "pleat".to_owned(),
            ack_wait: Duration::from_secs(30),
            domain: None,
        }
    }
}

/// A broker on NATS; its clones share one connection.
#[derive(Clone)]
pub struct Nats {
    link: Arc<Link>,
    ack_wait: Duration,
    /// The lanes seen open, with the ack-wait each has.
    lanes: Arc<Mutex<HashMap<Lane, Duration>>>,
}

impl Nats {
    /// Connects, checks that the server is one to work with, and creates the
    /// streams that are missing.
    ///
    /// # Errors
    ///
    /// Those of [`Connection::open`]; and [`ErrorKind::Unsuitable`] when the
    /// server is too old or has no JetStream, or when a stream is there that
    /// does not fit.
    pub async fn connect(url: &str, options: Options) -> Result<Self> {
        let connection = Connection::open(url, &options.name).await?;
        Self::on(connection, options).await
    }

    /// The same on a connection that is there already.
    ///
    /// # Errors
    ///
    /// Those of [`Nats::connect`].
    pub async fn on(connection: Connection, options: Options) -> Result<Self> {
        let api = options.domain.as_ref().map_or_else(
            || "$JS.API".to_owned(),
            |domain| format!("$JS.{domain}.API"),
        );
        let context = ContextBuilder::new()
            .max_ack_inflight(MAX_IN_FLIGHT)
            .api_prefix(api.clone())
            .build(connection.client().clone());
        server::check(&connection, &context).await?;
        streams::ensure(&context).await?;
        Ok(Self {
            link: Arc::new(Link {
                connection,
                context,
                api,
            }),
            ack_wait: options.ack_wait,
            lanes: Arc::default(),
        })
    }

    /// The connection, for the services of this room.
    #[must_use]
    pub fn connection(&self) -> &Connection {
        &self.link.connection
    }

    fn context(&self) -> &Context {
        &self.link.context
    }

    fn lanes(&self) -> MutexGuard<'_, HashMap<Lane, Duration>> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn stream(&self, name: &str) -> Result<Stream<()>> {
        self.context()
            .get_stream_no_info(name)
            .await
            .map_err(|err| errors::failed("opening a stream", err))
    }

    /// The latest message of a subject, from the stream's leader: what was
    /// written before is seen.
    async fn latest(&self, stream: &str, subject: &str) -> Result<Option<Record>> {
        let stream = self.stream(stream).await?;
        match stream.get_last_raw_message_by_subject(subject).await {
            Ok(message) => Ok(Some(Record {
                bytes: message.payload,
                revision: message.sequence,
            })),
            Err(err) if err.kind() == LastRawMessageErrorKind::NoMessageFound => Ok(None),
            Err(err) => Err(errors::failed(&format!("reading {subject}"), err)),
        }
    }

    /// Publishes if the subject is still at sequence `expected` (0: empty).
    async fn publish_at(
        &self,
        stream: &str,
        subject: String,
        payload: Bytes,
        expected: u64,
    ) -> Result<Won> {
        let subject = Subject::from(subject);
        let publish = PublishMessage::build()
            .payload(payload)
            .expected_last_subject_sequence(expected);
        let doing = || format!("writing {subject}");
        let acknowledged = self.connection().unless_lost(async {
            let sent = self.context().send_publish(subject.clone(), publish).await;
            let sent = sent.map_err(|err| errors::publish(&doing(), err))?;
            Ok(sent.await.map_err(|err| errors::expecting(&doing(), err)))
        });
        match acknowledged.await? {
            Ok(ack) => Ok(Won::Yes(ack.sequence)),
            Err(Refusal::Taken) => Ok(Won::No),
            Err(Refusal::Contested) => {
                let now = self.latest(stream, &subject).await?;
                if now.map_or(0, |record| record.revision) == expected {
                    Err(Error::new(
                        ErrorKind::Unavailable,
                        format!("{} met another write that then failed; try again", doing()),
                    ))
                } else {
                    Ok(Won::No)
                }
            }
            Err(Refusal::Failed(err)) => Err(err),
        }
    }

    async fn purge_subjects(&self, stream: &str, subjects: String) -> Result<()> {
        let doing = format!("purging {subjects}");
        let stream = self.stream(stream).await?;
        match stream.purge().filter(subjects).await {
            Ok(_) => Ok(()),
            Err(err) => Err(errors::failed(&doing, err)),
        }
    }
}

impl Broker for Nats {
    type Delivery = NatsDelivery;

    fn ack_wait(&self) -> Duration {
        let shortest = self.lanes().values().min().copied();
        shortest.unwrap_or(self.ack_wait)
    }

    async fn put_record(
        &self,
        job: &JobId,
        kind: RecordKind,
        bytes: Bytes,
        expected: Option<u64>,
    ) -> Result<Won> {
        let subject = streams::record(job, kind);
        self.publish_at(streams::JOBS, subject, bytes, expected.unwrap_or(0))
            .await
    }

    async fn record(&self, job: &JobId, kind: RecordKind) -> Result<Option<Record>> {
        let subject = streams::record(job, kind);
        let latest = self.latest(streams::JOBS, &subject);
        self.connection().unless_lost(latest).await
    }

    async fn watch_records(&self) -> Result<BoxStream<'static, RecordChange>> {
        let wanted = Wanted {
            stream: streams::JOBS,
            subjects: "pleat.job.*.*".to_owned(),
            headers_only: false,
        };
        let messages = watch::follow(self.connection(), self.context(), wanted).await?;
        Ok(messages
            .filter_map(|message| async move {
                let (job, kind) = streams::parse_record(&message.subject)?;
                let revision = message.info().ok()?.stream_sequence;
                let bytes = message.message.payload;
                let record = Record { bytes, revision };
                Some(RecordChange { job, kind, record })
            })
            .boxed())
    }

    async fn jobs(&self) -> Result<Vec<JobId>> {
        let wanted = Wanted {
            stream: streams::JOBS,
            subjects: streams::ALL_SPECS.to_owned(),
            headers_only: true,
        };
        let specs = watch::read(self.connection(), self.context(), wanted).await?;
        Ok(specs
            .iter()
            .filter_map(|spec| streams::parse_record(&spec.subject))
            .map(|(job, _)| job)
            .collect())
    }

    async fn open_lane(&self, lane: &Lane) -> Result<()> {
        let ack_wait = queue::open(self.context(), lane, self.ack_wait).await?;
        self.lanes().insert(lane.clone(), ack_wait);
        Ok(())
    }

    async fn put_task(
        &self,
        lane: &Lane,
        job: &JobId,
        task: &TaskId,
        payload: Bytes,
    ) -> Result<Won> {
        let doing = || format!("queueing the task {task} of job {job}");
        let acknowledged = self.connection().unless_lost(async {
            let subject = streams::task(lane, job, task);
            let sent = self.context().publish(subject, payload).await;
            let sent = sent.map_err(|err| errors::publish(&doing(), err))?;
            Ok(sent.await.map_err(|err| errors::queueing(&doing(), err)))
        });
        match acknowledged.await? {
            Ok(ack) => Ok(Won::Yes(ack.sequence)),
            Err(Refusal::Taken | Refusal::Contested) => Ok(Won::No),
            Err(Refusal::Failed(err)) => Err(err),
        }
    }

    async fn queued(&self, lane: &Lane) -> Result<usize> {
        queue::queued(self.context(), lane).await
    }

    async fn pull(
        &self,
        lane: &Lane,
        max: usize,
        expires: Duration,
    ) -> Result<BoxStream<'static, Result<NatsDelivery>>> {
        let known = self.lanes().get(lane).copied();
        let ack_wait = match known {
            Some(ack_wait) => ack_wait,
            None => {
                let found = queue::find(self.context(), lane).await?;
                let found = found.ok_or_else(|| super::lane_closed(lane))?;
                self.lanes().insert(lane.clone(), found);
                found
            }
        };
        queue::pull(Arc::clone(&self.link), lane, max, expires, ack_wait).await
    }

    async fn put_result(&self, job: &JobId, task: &TaskId, payload: Bytes) -> Result<Won> {
        let subject = streams::result(job, task);
        self.publish_at(streams::RESULTS, subject, payload, 0).await
    }

    async fn result(&self, job: &JobId, task: &TaskId) -> Result<Option<Bytes>> {
        let found = self.connection().unless_lost(async {
            let stream = self.stream(streams::RESULTS).await?;
            let subject = streams::result(job, task);
            Ok(stream.direct_get_last_for_subject(subject).await)
        });
        // From any replica: one that lags costs a task run in vain, no more.
        match found.await? {
            Ok(message) => Ok(Some(message.payload)),
            Err(err) if err.kind() == DirectGetErrorKind::NotFound => Ok(None),
            Err(err) => Err(errors::failed("looking up a result", err)),
        }
    }

    async fn watch_results(&self, job: &JobId) -> Result<Watched> {
        let wanted = Wanted {
            stream: streams::RESULTS,
            subjects: streams::results_of_job(job),
            headers_only: false,
        };
        let (there, to_come) =
            watch::read_and_follow(self.connection(), self.context(), wanted).await?;
        let parse = |message: Message| {
            let task = streams::parse_result(&message.subject)?;
            Some((task, message.message.payload))
        };
        let there: Vec<_> = there.into_iter().filter_map(parse).collect();
        let to_come = to_come.filter_map(move |message| ready(parse(message)));
        Ok(Watched {
            // Counted when read: a reader that waits for so many gets them.
            backlog: there.len(),
            stream: stream::iter(there).chain(to_come).boxed(),
        })
    }

    async fn put_blob(&self, bytes: Bytes) -> Result<Digest> {
        blobs::put(self.context(), self.connection().max_payload(), bytes).await
    }

    async fn blob(&self, digest: &Digest) -> Result<Option<Bytes>> {
        blobs::get(self.connection(), self.context(), digest).await
    }

    async fn publish_event(&self, job: &JobId, topic: &str, payload: Bytes) -> Result<()> {
        check_topic(topic)?;
        self.connection()
            .client()
            .publish(streams::event(job, topic), payload)
            .await
            .map_err(|err| errors::failed("publishing an event", err))
    }

    async fn watch_events(
        &self,
        job: Option<&JobId>,
    ) -> Result<BoxStream<'static, (JobId, String, Bytes)>> {
        let connection = self.connection();
        let messages = connection
            .client()
            .subscribe(streams::events(job))
            .await
            .map_err(|err| errors::failed("subscribing to events", err))?;
        // "From now on" begins when the server has the subscription.
        connection.settle().await;
        Ok(messages
            .filter_map(|message| async move {
                let (job, topic) = streams::parse_event(&message.subject)?;
                Some((job, topic.to_owned(), message.payload.clone()))
            })
            .boxed())
    }

    async fn purge(&self, job: &JobId, lane: &Lane) -> Result<()> {
        let tasks = streams::tasks_of_job(lane, job);
        self.purge_subjects(streams::TASKS, tasks).await?;
        self.purge_subjects(streams::RESULTS, streams::results_of_job(job))
            .await
    }
}
