//! The task queue on NATS: the consumer each lane shares, pulls from it, and
//! tasks in hand. What a worker does with them is the node's.
//!
//! Pulls are made here by hand, not with async-nats' `batch()`: that one
//! stops being woken after a heartbeat and knows nothing of a connection
//! lost while it waits.

use std::ops::ControlFlow::{self, Break, Continue};
use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream::consumer::{AckPolicy, DeliverPolicy, PullConsumer, pull};
use async_nats::jetstream::stream::ConsumerCreateStrictErrorKind;
use async_nats::jetstream::{AckKind, Context, ErrorCode};
use async_nats::{Message, RequestErrorKind, StatusCode, Subject, Subscriber};
use bytes::Bytes;
use futures::StreamExt as _;
use futures::future::BoxFuture;
use futures::stream::{self, BoxStream};
use pleat_core::digest::{JobId, Lane, TaskId};
use tokio::sync::watch;
use tokio::time::Instant;

use super::connection::Connection;
use super::{errors, streams};
use crate::broker::{Delivery, Error, ErrorKind, Result, lane_closed};

/// How many tasks a fleet may hold at once. The server's default of 1000
/// would starve nodes from a few hundred slots on.
const MAX_ACK_PENDING: i64 = 100_000;
/// How many pulls may wait at once: one or two for each node.
const MAX_WAITING: i64 = 8_192;
/// Pulls at least twice this long hear from the server this often.
const HEARTBEAT: Duration = Duration::from_secs(5);
/// How much later than the server's clock ours ends a pull.
const GRACE: Duration = Duration::from_secs(1);

/// The name of a lane's consumer.
fn durable(lane: &Lane) -> String {
    format!("lane-{lane}")
}

/// Creates the lane's consumer, or finds it, and tells its ack-wait.
pub(super) async fn open(context: &Context, lane: &Lane, ack_wait: Duration) -> Result<Duration> {
    if let Some(there) = find(context, lane).await? {
        return Ok(there);
    }
    let config = pull::Config {
        durable_name: Some(durable(lane)),
        description: Some(format!("Pleat: the workers of the lane {lane}")),
        ack_policy: AckPolicy::Explicit,
        deliver_policy: DeliverPolicy::All,
        ack_wait,
        // Past a limit the server would park a task without a word.
        max_deliver: -1,
        max_ack_pending: MAX_ACK_PENDING,
        max_waiting: MAX_WAITING,
        filter_subject: streams::tasks_of_lane(lane),
        ..pull::Config::default()
    };
    let made = context
        .create_consumer_strict_on_stream(config, streams::TASKS)
        .await;
    match made {
        Ok(consumer) => Ok(consumer.cached_info().config.ack_wait),
        // Another coordinator was faster, with other wishes: its stand.
        Err(err) if err.kind() == ConsumerCreateStrictErrorKind::AlreadyExists => {
            find(context, lane).await?.ok_or_else(|| lane_closed(lane))
        }
        Err(err) => Err(errors::failed(&format!("opening the lane {lane}"), err)),
    }
}

/// The ack-wait of the lane's consumer, if there is one and it fits.
pub(super) async fn find(context: &Context, lane: &Lane) -> Result<Option<Duration>> {
    let name = durable(lane);
    let found = context
        .get_consumer_from_stream::<pull::Config, _, _>(&name, streams::TASKS)
        .await;
    let consumer: PullConsumer = match found {
        Ok(consumer) => consumer,
        Err(err) if errors::code(&err) == Some(ErrorCode::CONSUMER_NOT_FOUND) => return Ok(None),
        Err(err) => return Err(errors::failed(&format!("looking up the lane {lane}"), err)),
    };
    let config = &consumer.cached_info().config;
    let complaint = if config.ack_policy != AckPolicy::Explicit {
        "acknowledges otherwise than explicitly"
    } else if config.max_deliver > 0 {
        "limits deliveries, and would park tasks without a word"
    } else if config.filter_subject != streams::tasks_of_lane(lane) {
        "does not filter by the lane's subjects"
    } else {
        return Ok(Some(config.ack_wait));
    };
    Err(Error::new(
        ErrorKind::Unsuitable,
        format!(
            "the consumer {name} of the stream {stream} exists but {complaint}; remove it with `nats consumer rm {stream} {name}` and let Pleat create it",
            stream = streams::TASKS,
        ),
    ))
}

/// How many tasks of a lane wait to be pulled.
pub(super) async fn queued(context: &Context, lane: &Lane) -> Result<usize> {
    let found = context
        .get_consumer_from_stream::<pull::Config, _, _>(&durable(lane), streams::TASKS)
        .await;
    let consumer: PullConsumer =
        found.map_err(|err| errors::failed(&format!("looking at the lane {lane}"), err))?;
    Ok(usize::try_from(consumer.cached_info().num_pending).unwrap_or(usize::MAX))
}

/// What deliveries need of the connection they came by.
pub(super) struct Link {
    pub(super) connection: Connection,
    pub(super) context: Context,
    pub(super) api: String,
}

/// Asks for up to `max` tasks of a lane that was seen open.
pub(super) async fn pull(
    link: Arc<Link>,
    lane: &Lane,
    max: usize,
    expires: Duration,
    ack_wait: Duration,
) -> Result<BoxStream<'static, Result<NatsDelivery>>> {
    if max == 0 {
        return Ok(stream::empty().boxed());
    }
    let losses = link.connection.losses();
    // A request sent now would wait for the reconnect, and a node would
    // rather know.
    if !link.connection.is_up() {
        return Err(link.connection.broken());
    }
    let client = link.connection.client();
    let doing = "pulling tasks";
    let inbox = Subject::from(client.new_inbox());
    let messages = client
        .subscribe(inbox.clone())
        .await
        .map_err(|err| errors::failed(doing, err))?;
    let heartbeat = (expires >= 2 * HEARTBEAT).then_some(HEARTBEAT);
    let subject = format!(
        "{}.CONSUMER.MSG.NEXT.{}.{}",
        link.api,
        streams::TASKS,
        durable(lane)
    );
    client
        .publish_with_reply(subject, inbox, request(max, expires, heartbeat))
        .await
        .map_err(|err| errors::failed(doing, err))?;
    let pull = Pull {
        messages: Some(messages),
        losses,
        lane: lane.clone(),
        left: max,
        until: Instant::now() + expires.min(Duration::from_secs(86_400)) + GRACE,
        heartbeat,
        ack_wait,
        link,
    };
    Ok(stream::unfold(pull, |mut pull| async move {
        let item = pull.next().await?;
        Some((item, pull))
    })
    .fuse()
    .boxed())
}

/// The body of a pull request.
fn request(max: usize, expires: Duration, heartbeat: Option<Duration>) -> Bytes {
    let expires = expires.as_nanos();
    let body = match heartbeat {
        // The server takes an expiry of zero for none at all.
        _ if expires == 0 => format!(r#"{{"batch":{max},"no_wait":true}}"#),
        None => format!(r#"{{"batch":{max},"expires":{expires}}}"#),
        Some(every) => format!(
            r#"{{"batch":{max},"expires":{expires},"idle_heartbeat":{}}}"#,
            every.as_nanos()
        ),
    };
    body.into()
}

/// An open pull request.
struct Pull {
    link: Arc<Link>,
    /// Gone once the request is over.
    messages: Option<Subscriber>,
    losses: watch::Receiver<u64>,
    lane: Lane,
    left: usize,
    until: Instant,
    heartbeat: Option<Duration>,
    ack_wait: Duration,
}

/// What a message on a pull's inbox means: perhaps a task, or the end,
/// perhaps for a reason.
type Arrival = ControlFlow<Option<Error>, Option<NatsDelivery>>;

impl Pull {
    async fn next(&mut self) -> Option<Result<NatsDelivery>> {
        loop {
            if self.left == 0 {
                self.messages = None;
            }
            let messages = self.messages.as_mut()?;
            let silence = self.heartbeat.map_or(self.until, |every| {
                self.until.min(Instant::now() + 2 * every + GRACE)
            });
            // What has come is given first, whatever has happened since.
            let arrival = tokio::select! {
                biased;
                message = messages.next() => match message {
                    Some(message) => self.understand(message).await,
                    None => Break(Some(self.link.connection.broken())),
                },
                _ = self.losses.changed() => Break(Some(self.link.connection.broken())),
                () = tokio::time::sleep_until(silence) => {
                    Break((silence < self.until).then(|| self.link.connection.broken()))
                }
            };
            match arrival {
                Continue(Some(delivery)) => return Some(Ok(delivery)),
                Continue(None) => {}
                Break(reason) => {
                    self.messages = None;
                    return reason.map(Err);
                }
            }
        }
    }

    async fn understand(&mut self, message: Message) -> Arrival {
        match message.status {
            None | Some(StatusCode::OK) => {}
            Some(StatusCode::IDLE_HEARTBEAT) => return Continue(None),
            // Expired; or, when it was not to wait, nothing there.
            Some(StatusCode::TIMEOUT | StatusCode::NOT_FOUND) => return Break(None),
            Some(StatusCode::NO_RESPONDERS) => return Break(Some(lane_closed(&self.lane))),
            Some(status) => {
                let what = message.description.as_deref().unwrap_or("no reason given");
                let message = format!(
                    "the server ended a pull from the lane {}: {status} {what}",
                    self.lane
                );
                return Break(Some(Error::new(ErrorKind::Unavailable, message)));
            }
        }
        self.left -= 1;
        let Some(reply) = message.reply else {
            return Continue(None);
        };
        let (Some((job, task)), Some(delivered)) =
            (streams::parse_task(&message.subject), delivered(&reply))
        else {
            // Some other client's: nobody could ever do it.
            tracing::warn!(subject = %message.subject, "removed from the queue: not a task");
            let client = self.link.connection.client();
            client.publish(reply, AckKind::Term.into()).await.ok();
            return Continue(None);
        };
        Continue(Some(NatsDelivery {
            link: Arc::clone(&self.link),
            reply,
            job,
            task,
            payload: message.payload,
            delivered,
            patience: self.ack_wait / 3,
        }))
    }
}

/// How often a message was handed out, from the subject it is acknowledged
/// on (ADR-15). async-nats would clone its whole context to tell.
fn delivered(reply: &str) -> Option<u64> {
    let tokens = reply.strip_prefix("$JS.ACK.")?;
    // Newer servers put a domain and an account in front.
    let place = if tokens.split('.').count() >= 9 { 4 } else { 2 };
    tokens.split('.').nth(place)?.parse().ok()
}

impl Drop for Pull {
    /// Hands back what has come and was not taken.
    fn drop(&mut self) {
        let Some(mut messages) = self.messages.take() else {
            return;
        };
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            return;
        };
        let client = self.link.connection.client().clone();
        runtime.spawn(async move {
            messages.unsubscribe().await.ok();
            while let Some(message) = messages.next().await {
                if let (None, Some(reply)) = (message.status, message.reply) {
                    client.publish(reply, AckKind::Nak(None).into()).await.ok();
                }
            }
        });
    }
}

/// A task handed out by [`Nats`](super::Nats).
pub struct NatsDelivery {
    link: Arc<Link>,
    reply: Subject,
    job: JobId,
    task: TaskId,
    payload: Bytes,
    delivered: u64,
    /// How long to wait for a confirmation.
    patience: Duration,
}

impl NatsDelivery {
    async fn say(self, word: AckKind) -> Result<()> {
        let client = self.link.connection.client();
        client
            .publish(self.reply, word.into())
            .await
            .map_err(|err| errors::failed("acknowledging a task", err))
    }
}

impl Delivery for NatsDelivery {
    fn job(&self) -> &JobId {
        &self.job
    }

    fn task(&self) -> &TaskId {
        &self.task
    }

    fn payload(&self) -> &Bytes {
        &self.payload
    }

    fn delivered(&self) -> u64 {
        self.delivered
    }

    async fn ack(self) -> Result<()> {
        self.say(AckKind::Ack).await
    }

    async fn retry(self, delay: Duration) -> Result<()> {
        let delay = (!delay.is_zero()).then_some(delay);
        self.say(AckKind::Nak(delay)).await
    }

    async fn reject(self) -> Result<()> {
        self.say(AckKind::Term).await
    }

    fn progress(&self) -> BoxFuture<'static, Result<()>> {
        let request = async_nats::Request::new()
            .payload(AckKind::Progress.into())
            .timeout(Some(self.patience));
        let link = Arc::clone(&self.link);
        let (reply, task) = (self.reply.clone(), self.task.clone());
        Box::pin(async move {
            let connection = &link.connection;
            if !connection.is_up() {
                return Err(connection.broken());
            }
            let answer = connection.unless_lost(async {
                let client = connection.client();
                Ok(client.send_request(reply, request).await)
            });
            answer.await?.map(drop).map_err(|err| {
                let why = match err.kind() {
                    RequestErrorKind::NoResponders => "the lane's consumer is gone",
                    RequestErrorKind::TimedOut => "no confirmation in time",
                    _ => "it could not be sent",
                };
                Error::with_source(
                    ErrorKind::Unavailable,
                    format!("holding on to the task {task} failed: {why}"),
                    err,
                )
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::delivered;

    #[test]
    fn both_forms_of_ack_subjects_tell_deliveries() {
        assert_eq!(delivered("$JS.ACK.S.lane-a.7.100.9.179.42"), Some(7));
        assert_eq!(delivered("$JS.ACK._.hash.S.lane-a.7.100.9.179.42"), Some(7));
        assert_eq!(delivered("$JS.ACK.d.hash.S.lane-a.7.1.9.179.42.x"), Some(7));
        assert_eq!(delivered("_INBOX.x"), None);
    }
}
