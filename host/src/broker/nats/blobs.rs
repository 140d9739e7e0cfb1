//! Blobs in the object store, in the format every NATS client understands
//! (ADR-20): chunks on one subject, then a description on another.
//!
//! Writing is done by hand since async-nats waits for each chunk before it
//! sends the next, and because two who store the same blob at once should
//! leave one copy.

use async_nats::jetstream::context::PublishAckFuture;
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::stream::DirectGetErrorKind;
use async_nats::jetstream::stream::{LastRawMessageErrorKind, Stream};
use async_nats::jetstream::{Context, object_store::ObjectInfo};
use bytes::Bytes;
use futures::stream::{FuturesUnordered, TryStreamExt as _};
use pleat_core::digest::Digest;

use super::Connection;
use super::errors::{self, Refusal};
use super::streams::{BLOBS, BUCKET};
use super::watch::{self, Wanted};
use crate::broker::{Error, ErrorKind, Result, digest_of};

/// What other clients use; well below any server's largest payload.
const CHUNK: usize = 128 << 10;
/// Chunks sent and not confirmed: 4 MiB, which fills a gigabit link over
/// 30 ms without filling the server's buffers.
const IN_FLIGHT: usize = 32;
/// What is set aside before a blob's description has proved true.
const TRUSTED: usize = 64 << 20;

/// A blob's description and the revision it was read at.
struct Described {
    info: ObjectInfo,
    revision: u64,
}

fn described_at(name: &str) -> String {
    format!("$O.{BUCKET}.M.{}", base64_url(name.as_bytes()))
}

fn chunks_at(nuid: &str) -> String {
    format!("$O.{BUCKET}.C.{nuid}")
}

async fn store(context: &Context) -> Result<Stream<()>> {
    context
        .get_stream_no_info(BLOBS)
        .await
        .map_err(|err| errors::failed("opening the object store", err))
}

/// What is stored under a name, deleted things included.
async fn describe(store: &Stream<()>, name: &str) -> Result<Option<Described>> {
    let subject = described_at(name);
    let doing = "looking up a blob";
    let found = match store.direct_get_last_for_subject(subject.as_str()).await {
        Ok(message) => message,
        // Any replica may have answered; only the leader knows.
        Err(err) if err.kind() == DirectGetErrorKind::NotFound => {
            match store.get_last_raw_message_by_subject(&subject).await {
                Ok(message) => message,
                Err(err) if err.kind() == LastRawMessageErrorKind::NoMessageFound => {
                    return Ok(None);
                }
                Err(err) => return Err(errors::failed(doing, err)),
            }
        }
        Err(err) => return Err(errors::failed(doing, err)),
    };
    let info = serde_json::from_slice(&found.payload).map_err(|err| {
        Error::with_source(
            ErrorKind::Corrupt,
            format!("the object store's description of {name} is unreadable: {err}"),
            err,
        )
    })?;
    Ok(Some(Described {
        info,
        revision: found.sequence,
    }))
}

/// Stores bytes under their digest unless they are there.
pub(super) async fn put(context: &Context, max_payload: usize, bytes: Bytes) -> Result<Digest> {
    let digest = digest_of(&bytes).await?;
    let name = digest.to_string();
    let store = store(context).await?;
    let stamp = format!("SHA-256={}", base64_url(&raw(&digest)));
    let there = match describe(&store, &name).await {
        Ok(there) => there,
        Err(err) if err.kind == ErrorKind::Corrupt => None,
        Err(err) => return Err(err),
    };
    if let Some(Described { info, .. }) = &there {
        let whole = info.size == bytes.len() && info.digest.as_deref() == Some(stamp.as_str());
        if whole && !info.deleted {
            return Ok(digest);
        }
    }
    let nuid = nuid(context);
    let size = bytes.len();
    let chunk = CHUNK.min(max_payload);
    let sent = async {
        let chunks = send_chunks(context, &nuid, bytes, chunk).await?;
        // The time is the message's own: other clients write a zero too.
        let info = serde_json::json!({
            "name": name,
            "bucket": BUCKET,
            "nuid": nuid,
            "size": size,
            "mtime": "0001-01-01T00:00:00Z",
            "chunks": chunks,
            "digest": stamp,
            "options": { "max_chunk_size": chunk },
        });
        let publish = PublishMessage::build()
            .payload(info.to_string().into())
            .header("Nats-Rollup", "sub")
            .expected_last_subject_sequence(there.as_ref().map_or(0, |there| there.revision));
        confirm(
            context
                .send_publish(described_at(&name), publish)
                .await
                .map_err(|err| Refusal::Failed(errors::publish(STORING, err)))?,
        )
        .await
    };
    let obsolete = match sent.await {
        Ok(()) => there.map(|there| there.info.nuid),
        // Somebody stored the same meanwhile.
        Err(Refusal::Taken | Refusal::Contested) => Some(nuid),
        Err(Refusal::Failed(err)) => {
            remove(&store, &nuid).await;
            return Err(err);
        }
    };
    if let Some(obsolete) = obsolete {
        remove(&store, &obsolete).await;
    }
    Ok(digest)
}

const STORING: &str = "storing a blob";

/// Chunks nobody describes only take space, so failing is no matter.
async fn remove(store: &Stream<()>, nuid: &str) {
    // It may come from a description that a stranger wrote: a wildcard in it
    // would take everyone's chunks along.
    if nuid.is_empty() || !nuid.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return;
    }
    store.purge().filter(chunks_at(nuid)).await.ok();
}

async fn confirm(sent: PublishAckFuture) -> std::result::Result<(), Refusal> {
    match sent.await {
        Ok(_) => Ok(()),
        Err(err) => Err(errors::expecting(STORING, err)),
    }
}

async fn send_chunks(
    context: &Context,
    nuid: &str,
    mut bytes: Bytes,
    chunk: usize,
) -> std::result::Result<usize, Refusal> {
    let subject = async_nats::Subject::from(chunks_at(nuid));
    let mut flying = FuturesUnordered::new();
    let mut chunks = 0;
    while !bytes.is_empty() {
        let piece = bytes.split_to(chunk.min(bytes.len()));
        // Sent here and not in the future, so that they arrive in order.
        let sent = context
            .publish(subject.clone(), piece)
            .await
            .map_err(|err| Refusal::Failed(errors::publish(STORING, err)))?;
        flying.push(confirm(sent));
        chunks += 1;
        if flying.len() >= IN_FLIGHT {
            flying.try_next().await?;
        }
    }
    while flying.try_next().await?.is_some() {}
    Ok(chunks)
}

/// The bytes of a digest, verified.
pub(super) async fn get(
    connection: &Connection,
    context: &Context,
    digest: &Digest,
) -> Result<Option<Bytes>> {
    let name = digest.to_string();
    let store = store(context).await?;
    let Some(Described { info, .. }) = describe(&store, &name).await? else {
        return Ok(None);
    };
    if info.deleted {
        return Ok(None);
    }
    let bytes = if info.chunks == 0 {
        Bytes::new()
    } else {
        fetch(connection, context, &store, &info).await?
    };
    if bytes.len() == info.size && digest_of(&bytes).await? == *digest {
        return Ok(Some(bytes));
    }
    Err(Error::new(
        ErrorKind::Corrupt,
        format!(
            "the object store {BUCKET} holds {} bytes under {name}, and they are not what the name says; remove it with `nats object rm {BUCKET} {name}` and store it again",
            bytes.len()
        ),
    ))
}

async fn fetch(
    connection: &Connection,
    context: &Context,
    store: &Stream<()>,
    info: &ObjectInfo,
) -> Result<Bytes> {
    let subject = chunks_at(&info.nuid);
    if info.chunks == 1
        && let Ok(message) = store.direct_get_last_for_subject(subject.as_str()).await
    {
        return Ok(message.payload);
    }
    let wanted = Wanted {
        stream: BLOBS,
        subjects: subject,
        headers_only: false,
    };
    let mut bytes = Vec::with_capacity(info.size.min(TRUSTED));
    for chunk in watch::read(connection, context, wanted).await? {
        bytes.extend_from_slice(&chunk.payload);
    }
    Ok(bytes.into())
}

/// A name no other upload has.
fn nuid(context: &Context) -> String {
    let inbox = context.client().new_inbox();
    inbox
        .rsplit_once('.')
        .map_or_else(|| inbox.clone(), |(_, unique)| unique.to_owned())
}

/// The 32 bytes of a digest.
fn raw(digest: &Digest) -> Vec<u8> {
    let hex = digest.hex();
    hex.as_bytes()
        .chunks_exact(2)
        .map(|pair| {
            let value = |digit: u8| char::from(digit).to_digit(16).unwrap_or(0) as u8;
            value(pair[0]) << 4 | value(pair[1])
        })
        .collect()
}

/// Base64 with the alphabet for URLs, padded: what object stores name by.
fn base64_url(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let at = |i: usize| u32::from(group.get(i).copied().unwrap_or(0));
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        for place in 0..4 {
            if place <= group.len() {
                let sextet = bits >> (18 - 6 * place) & 63;
                text.push(char::from(ALPHABET[sextet as usize]));
            } else {
                text.push('=');
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{base64_url, raw};
    use pleat_core::digest::Digest;

    #[test]
    fn base64_is_the_one_of_urls() {
        for (bytes, text) in [
            (&b""[..], ""),
            (b"f", "Zg=="),
            (b"fo", "Zm8="),
            (b"foo", "Zm9v"),
            (b"\xfb\xff\xfe", "-__-"),
        ] {
            assert_eq!(base64_url(bytes), text);
        }
        assert_eq!(
            base64_url(&raw(&Digest::of(b"abc"))),
            "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0="
        );
    }
}
