//! What async-nats and the server say, turned into this room's errors. Here
//! alone it is decided which refusal means "another was first", which means
//! "full", and which may be tried again.

use std::error::Error as StdError;

use async_nats::jetstream::context::{
    AccountError, AccountErrorKind, CreateStreamError, CreateStreamErrorKind, GetStreamError,
    GetStreamErrorKind, PublishError, PublishErrorKind,
};
use async_nats::jetstream::stream::{
    ConsumerCreateStrictError, ConsumerCreateStrictErrorKind, ConsumerError, ConsumerErrorKind,
    LastRawMessageError, LastRawMessageErrorKind, PurgeError, PurgeErrorKind,
};
use async_nats::jetstream::{Error as Api, ErrorCode};

use crate::broker::{Error, ErrorKind};

/// How a publish that only one can win was refused.
pub(super) enum Refusal {
    /// There is something there already.
    Taken,
    /// Another write was under way on the same subject; whether it went
    /// through must be looked up.
    Contested,
    /// It failed.
    Failed(Error),
}

/// The server's own error within one of async-nats', which puts it into the
/// kind of some errors and below others as their source.
fn api_error(err: &(dyn StdError + 'static)) -> Option<Api> {
    macro_rules! in_the_kind {
        ($($error:ty: $kind:path),+ $(,)?) => {
            $(if let Some(err) = err.downcast_ref::<$error>() {
                return match err.kind() {
                    $kind(api) => Some(api),
                    _ => below(err),
                };
            })+
        };
    }
    in_the_kind!(
        AccountError: AccountErrorKind::JetStream,
        ConsumerCreateStrictError: ConsumerCreateStrictErrorKind::JetStream,
        ConsumerError: ConsumerErrorKind::JetStream,
        CreateStreamError: CreateStreamErrorKind::JetStream,
        GetStreamError: GetStreamErrorKind::JetStream,
        LastRawMessageError: LastRawMessageErrorKind::JetStream,
        PurgeError: PurgeErrorKind::JetStream,
    );
    below(err)
}

fn below(err: &(dyn StdError + 'static)) -> Option<Api> {
    let source = err.source()?;
    source.downcast_ref::<Api>().cloned()
}

/// The server's error code within one of async-nats' errors.
pub(super) fn code(err: &(dyn StdError + 'static)) -> Option<ErrorCode> {
    api_error(err).map(|api| api.error_code())
}

/// The kind of a failure of which only what the server said is known.
fn kind(err: &(dyn StdError + 'static)) -> ErrorKind {
    let Some(api) = api_error(err) else {
        return ErrorKind::Unavailable;
    };
    match api.error_code() {
        ErrorCode::INSUFFICIENT_RESOURCES
        | ErrorCode::STORAGE_RESOURCES_EXCEEDED
        | ErrorCode::MEMORY_RESOURCES_EXCEEDED
        | ErrorCode::ACCOUNT_RESOURCES_EXCEEDED
        | ErrorCode::STREAM_MAX_STREAM_BYTES_EXCEEDED
        | ErrorCode::MAXIMUM_STREAMS_LIMIT
        | ErrorCode::MAXIMUM_CONSUMERS_LIMIT => ErrorKind::Full,
        // One code for everything the store refuses; only the text tells.
        ErrorCode::STREAM_STORE_FAILED => {
            let text = api.to_string();
            let full = ["maximum", "no space", "resource limits", "insufficient"];
            if full.iter().any(|word| text.contains(word)) {
                ErrorKind::Full
            } else {
                ErrorKind::Unavailable
            }
        }
        ErrorCode::STREAM_MESSAGE_EXCEEDS_MAXIMUM | ErrorCode::STREAM_HEADER_EXCEEDS_MAXIMUM => {
            ErrorKind::Invalid
        }
        ErrorCode::JETSTREAM_NOT_ENABLED | ErrorCode::JETSTREAM_NOT_ENABLED_FOR_ACCOUNT => {
            ErrorKind::Unsuitable
        }
        _ => ErrorKind::Unavailable,
    }
}

/// A failure of `doing`, with the kind the server's answer gives it.
pub(super) fn failed<E>(doing: &str, err: E) -> Error
where
    E: StdError + Send + Sync + 'static,
{
    Error::with_source(kind(&err), format!("{doing} failed: {err}"), err)
}

/// A publish that was not to be refused.
pub(super) fn publish(doing: &str, err: PublishError) -> Error {
    match err.kind() {
        PublishErrorKind::MaxPayloadExceeded => Error::with_source(
            ErrorKind::Invalid,
            format!("{doing} failed: {err}; larger things are stored as blobs"),
            err,
        ),
        PublishErrorKind::StreamNotFound => Error::with_source(
            ErrorKind::Unavailable,
            format!("{doing} failed: JetStream has no stream for it (starting, or deleted?)"),
            err,
        ),
        _ => failed(doing, err),
    }
}

/// A publish that expected its subject to be at some revision.
pub(super) fn expecting(doing: &str, err: PublishError) -> Refusal {
    if err.kind() == PublishErrorKind::WrongLastSequence {
        return Refusal::Taken;
    }
    match code(&err) {
        Some(ErrorCode::STREAM_WRONG_LAST_SEQUENCE_CONSTANT) => Refusal::Contested,
        _ => Refusal::Failed(publish(doing, err)),
    }
}

/// A publish to a stream that keeps the first message of a subject.
pub(super) fn queueing(doing: &str, err: PublishError) -> Refusal {
    // The server has no code of its own for this.
    let queued = api_error(&err).is_some_and(|api| {
        api.error_code() == ErrorCode::STREAM_STORE_FAILED
            && api.to_string().contains("maximum messages per subject")
    });
    if queued {
        Refusal::Taken
    } else {
        Refusal::Failed(publish(doing, err))
    }
}
