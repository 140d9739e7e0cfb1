//! Following a stream from its start: first what is there, then what comes.
//!
//! The ordered consumers below live in the server's memory and go 30 s after
//! their watcher has. While connected they mend gaps themselves; after a lost
//! connection a new one is made here, behind the last message seen, since
//! theirs takes ten seconds or more to get over it.

use std::time::Duration;

use async_nats::jetstream::consumer::DeliverPolicy;
use async_nats::jetstream::consumer::push::{Ordered, OrderedConfig};
use async_nats::jetstream::{Context, Message};
use futures::stream::{self, Stream};
use futures::{StreamExt as _, TryFutureExt as _};
use tokio::sync::watch::Receiver;

use super::{Connection, errors};
use crate::broker::{Error, ErrorKind, Result};

/// How long a message that is known to be there may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// The pause between two attempts to go on.
const PAUSE: Duration = Duration::from_millis(50);

/// What of a stream is to be read.
#[derive(Clone)]
pub(super) struct Wanted {
    pub(super) stream: &'static str,
    pub(super) subjects: String,
    pub(super) headers_only: bool,
}

/// Where a watch gets its messages.
struct Source {
    context: Context,
    wanted: Wanted,
}

impl Source {
    /// A consumer of what came after `seen`, and how much that is.
    async fn consume(&self, seen: u64) -> Result<(Ordered, u64)> {
        let doing = || format!("reading the stream {}", self.wanted.stream);
        let config = OrderedConfig {
            deliver_subject: self.context.client().new_inbox(),
            filter_subject: self.wanted.subjects.clone(),
            headers_only: self.wanted.headers_only,
            deliver_policy: match seen {
                0 => DeliverPolicy::All,
                seen => DeliverPolicy::ByStartSequence {
                    start_sequence: seen + 1,
                },
            },
            ..OrderedConfig::default()
        };
        let consumer = self
            .context
            .create_consumer_on_stream(config, self.wanted.stream)
            .await
            .map_err(|err| errors::failed(&doing(), err))?;
        let pending = consumer.cached_info().num_pending;
        let messages = consumer
            .messages()
            .map_err(|err| errors::failed(&doing(), err))
            .await?;
        Ok((messages, pending))
    }
}

struct Watch {
    connection: Connection,
    losses: Receiver<u64>,
    source: Source,
    /// `None` while it is to be made anew.
    messages: Option<Ordered>,
    /// The last sequence seen.
    seen: u64,
}

impl Watch {
    /// Starts watching, and counts what is there.
    async fn start(
        connection: &Connection,
        context: &Context,
        wanted: Wanted,
    ) -> Result<(Self, u64)> {
        let losses = connection.losses();
        let source = Source {
            context: context.clone(),
            wanted,
        };
        let (messages, pending) = connection.unless_lost(source.consume(0)).await?;
        let watch = Self {
            connection: connection.clone(),
            losses,
            source,
            messages: Some(messages),
            seen: 0,
        };
        Ok((watch, pending))
    }

    /// The next message; `None` when the connection is given up.
    async fn next(&mut self) -> Option<Message> {
        loop {
            let Some(messages) = &mut self.messages else {
                self.resume().await?;
                continue;
            };
            tokio::select! {
                biased;
                message = messages.next() => match message {
                    Some(Ok(message)) => {
                        if let Ok(info) = message.info() {
                            self.seen = info.stream_sequence;
                        }
                        return Some(message);
                    }
                    Some(Err(err)) => {
                        tracing::debug!(%err, stream = self.source.wanted.stream, "a watch broke");
                        self.messages = None;
                    }
                    None => self.messages = None,
                },
                lost = self.losses.changed() => {
                    lost.ok()?;
                    self.messages = None;
                }
            }
        }
    }

    /// Makes the consumer anew, unless the connection is lost meanwhile.
    async fn resume(&mut self) -> Option<()> {
        // Its sender lives as long as the connection does.
        self.losses.has_changed().ok()?;
        self.losses.mark_unchanged();
        tokio::time::sleep(PAUSE).await;
        if self.connection.is_up() {
            let mut losses = self.losses.clone();
            tokio::select! {
                made = self.source.consume(self.seen) => match made {
                    Ok((messages, _)) => self.messages = Some(messages),
                    Err(err) => tracing::debug!(%err, "a watch does not resume yet"),
                },
                _ = losses.changed() => {}
            }
        }
        Some(())
    }

    fn into_stream(self) -> impl Stream<Item = Message> + Send + use<> {
        stream::unfold(self, |mut watch| async move {
            let message = watch.next().await?;
            Some((message, watch))
        })
        .fuse()
    }

    /// Takes what was there at the start: `pending` messages, or fewer if
    /// some have been removed since.
    async fn gather(&mut self, pending: u64) -> Result<Vec<Message>> {
        let mut there = Vec::new();
        let mut left = pending;
        while left > 0 {
            let next = tokio::time::timeout(PATIENCE, self.next()).await;
            let message = next.ok().flatten().ok_or_else(|| {
                Error::new(
                    ErrorKind::Unavailable,
                    format!("reading the stream {} stalled", self.source.wanted.stream),
                )
            })?;
            let behind = message.info().map_or(0, |info| info.pending);
            left = behind.min(left - 1);
            there.push(message);
        }
        Ok(there)
    }
}

/// Every message, present and future. Ends only when the connection is given
/// up.
pub(super) async fn follow(
    connection: &Connection,
    context: &Context,
    wanted: Wanted,
) -> Result<impl Stream<Item = Message> + Send + use<>> {
    let (watch, _) = Watch::start(connection, context, wanted).await?;
    Ok(watch.into_stream())
}

/// The messages there are, oldest first.
pub(super) async fn read(
    connection: &Connection,
    context: &Context,
    wanted: Wanted,
) -> Result<Vec<Message>> {
    let (mut watch, pending) = Watch::start(connection, context, wanted).await?;
    watch.gather(pending).await
}

/// The messages there are, oldest first, and those to come.
pub(super) async fn read_and_follow(
    connection: &Connection,
    context: &Context,
    wanted: Wanted,
) -> Result<(Vec<Message>, impl Stream<Item = Message> + Send + use<>)> {
    let (mut watch, pending) = Watch::start(connection, context, wanted).await?;
    let there = watch.gather(pending).await?;
    Ok((there, watch.into_stream()))
}
