//! A connection to a NATS server: made once, with a sentence when it cannot
//! be, and then kept up for ever. What is asked of the server besides, such
//! as JetStream, is not known here.

use std::time::Duration;

use async_nats::{Client, ConnectErrorKind, ConnectOptions, Event, ServerAddr, ServerInfo};
use tokio::sync::watch;

use crate::broker::{Error, ErrorKind, Result};

/// How long the first connection may take.
pub(super) const PATIENCE: Duration = Duration::from_secs(3);

/// A server that vanished without closing its socket is noticed after two.
const PING_EVERY: Duration = Duration::from_secs(10);

/// A connection to NATS; its clones are the same connection.
#[derive(Clone)]
pub struct Connection {
    client: Client,
    url: String,
    losses: watch::Receiver<u64>,
}

impl Connection {
    /// Connects to the server at `url` (or to one of several, divided by
    /// commas); `name` is what the server's monitoring shows. A user and
    /// password, or a token, may stand in the URL.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unavailable`] when nobody answers within three seconds,
    /// [`ErrorKind::Unsuitable`] when the server wants other credentials,
    /// [`ErrorKind::Invalid`] when the URL is none.
    pub async fn open(url: &str, name: &str) -> Result<Self> {
        let mut shown = Vec::new();
        let mut credentials = None;
        for part in url.split(',') {
            let (address, found) = split_credentials(part.trim());
            shown.push(address);
            credentials = credentials.or(found);
        }
        let addresses = shown
            .iter()
            .map(|address| address.parse())
            .collect::<std::io::Result<Vec<ServerAddr>>>()
            .map_err(|err| {
                let shown = shown.join(",");
                Error::with_source(
                    ErrorKind::Invalid,
                    format!(
                        "\"{shown}\" is not the URL of a NATS server: {err}; it looks like nats://host:4222"
                    ),
                    err,
                )
            })?;
        let shown = shown.join(",");
        let (lost, losses) = watch::channel(0);
        // async-nats leaves what stands in the URL alone.
        let options = match credentials {
            None => ConnectOptions::new(),
            Some((token, None)) => ConnectOptions::with_token(token),
            Some((user, Some(password))) => ConnectOptions::with_user_and_password(user, password),
        };
        let connecting = options
            .name(name)
            .connection_timeout(PATIENCE)
            .ping_interval(PING_EVERY)
            .event_callback(move |event| {
                if event == Event::Disconnected {
                    lost.send_modify(|losses| *losses += 1);
                }
                std::future::ready(())
            })
            .connect(addresses);
        let nobody = |why: &dyn std::fmt::Display| {
            format!("no NATS server answers at {shown}: {why}; start one with `nats-server -js`")
        };
        let client = match tokio::time::timeout(PATIENCE, connecting).await {
            Err(late) => {
                let message = nobody(&format_args!("silence for {} s", PATIENCE.as_secs()));
                return Err(Error::with_source(ErrorKind::Unavailable, message, late));
            }
            Ok(Err(err))
                if matches!(
                    err.kind(),
                    ConnectErrorKind::AuthorizationViolation | ConnectErrorKind::Authentication
                ) =>
            {
                return Err(Error::with_source(
                    ErrorKind::Unsuitable,
                    format!(
                        "the NATS server at {shown} does not let us in: {err}; credentials go into the URL: nats://user:password@host:4222"
                    ),
                    err,
                ));
            }
            Ok(Err(err)) => {
                let message = nobody(&err);
                return Err(Error::with_source(ErrorKind::Unavailable, message, err));
            }
            Ok(Ok(client)) => client,
        };
        Ok(Self {
            client,
            url: shown,
            losses,
        })
    }

    /// Where this connection goes, without credentials.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The largest payload the server takes.
    #[must_use]
    pub fn max_payload(&self) -> usize {
        self.client.max_payload()
    }

    pub(super) fn client(&self) -> &Client {
        &self.client
    }

    pub(super) fn server_info(&self) -> ServerInfo {
        self.client.server_info()
    }

    /// Counts how often the connection broke; closed when it is given up.
    pub(super) fn losses(&self) -> watch::Receiver<u64> {
        let mut losses = self.losses.clone();
        losses.mark_unchanged();
        losses
    }

    pub(super) fn is_up(&self) -> bool {
        self.client.connection_state() == async_nats::connection::State::Connected
    }

    /// Returns once the server has seen everything sent before.
    pub async fn settle(&self) {
        // Nobody listens to a fresh inbox, and the server says so: a round
        // trip that needs no permission beyond those every request needs.
        let nobody = self.client.new_inbox();
        self.client.request(nobody, bytes::Bytes::new()).await.ok();
    }

    /// What becomes of `doing`, unless the connection breaks meanwhile: the
    /// answer would not come then, and waiting for it helps nobody.
    pub(super) async fn unless_lost<T>(&self, doing: impl Future<Output = Result<T>>) -> Result<T> {
        let mut losses = self.losses();
        tokio::select! {
            biased;
            done = doing => done,
            _ = losses.changed() => Err(self.broken()),
        }
    }

    pub(super) fn broken(&self) -> Error {
        Error::new(
            ErrorKind::Unavailable,
            format!("the connection to the NATS server at {} broke", self.url),
        )
    }
}

/// A server's URL without what stands before the `@`, and that: a user and a
/// password, or a token.
fn split_credentials(url: &str) -> (String, Option<(String, Option<String>)>) {
    let (scheme, rest) = match url.split_once("://") {
        Some((scheme, rest)) => (format!("{scheme}://"), rest),
        None => (String::new(), url),
    };
    let Some((before, host)) = rest.rsplit_once('@') else {
        return (url.to_owned(), None);
    };
    let credentials = match before.split_once(':') {
        Some((user, password)) => (percent_decoded(user), Some(percent_decoded(password))),
        None => (percent_decoded(before), None),
    };
    (format!("{scheme}{host}"), Some(credentials))
}

/// Text with its `%41` undone; what is not of that form stays.
fn percent_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let hex = |at: usize| char::from(*bytes.get(at)?).to_digit(16);
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        match (byte, hex(at + 1), hex(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                decoded.push((high << 4 | low) as u8);
                at += 3;
            }
            _ => {
                decoded.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

#[cfg(test)]
mod tests {
    use super::split_credentials;

    #[test]
    fn credentials_are_taken_out_of_urls() {
        for (url, address, credentials) in [
            ("nats://a:b@host:1", "nats://host:1", Some(("a", Some("b")))),
            ("token@host", "host", Some(("token", None))),
            ("tls://a:p%40s%zz@h", "tls://h", Some(("a", Some("p@s%zz")))),
            ("nats://a:p@ss@h:2", "nats://h:2", Some(("a", Some("p@ss")))),
            ("nats://host", "nats://host", None),
        ] {
            let (found, said) = split_credentials(url);
            assert_eq!(found, address);
            let said = said.as_ref();
            let said = said.map(|(user, password)| (user.as_str(), password.as_deref()));
            assert_eq!(said, credentials);
        }
    }
}
