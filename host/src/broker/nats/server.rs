//! Whether a server is one to work with: JetStream there, and new enough.
//! What is then created on it is decided in `streams`.

use async_nats::jetstream::context::AccountErrorKind;
use async_nats::jetstream::{Context, ErrorCode};

use super::connection::{Connection, PATIENCE};
use super::errors;
use crate::broker::{Error, ErrorKind, Result};

/// The first server with JetStream's API level 1.
const OLDEST: (u32, u32) = (2, 11);

/// Asks the server, and says in a sentence what is amiss.
pub(super) async fn check(connection: &Connection, context: &Context) -> Result<()> {
    let (url, version) = (connection.url(), connection.server_info().version);
    let too_old = || {
        let (major, minor) = OLDEST;
        Error::new(
            ErrorKind::Unsuitable,
            format!(
                "the NATS server at {url} is version {version}, and Pleat needs {major}.{minor} or newer (JetStream API level 1): get one from https://nats.io/download, for distributions often package older ones"
            ),
        )
    };
    if parse_version(&version).is_some_and(|found| found < OLDEST) {
        return Err(too_old());
    }
    let seconds = PATIENCE.as_secs();
    match tokio::time::timeout(PATIENCE, context.query_account()).await {
        // The level is that of whoever leads JetStream, which need not be
        // the server we are connected to.
        Ok(Ok(account)) if account.requests.level >= 1 => Ok(()),
        Ok(Ok(_)) => Err(too_old()),
        Ok(Err(err)) if is_absence(&err) => Err(Error::with_source(
            ErrorKind::Unsuitable,
            format!(
                "the NATS server at {url} (version {version}) has no JetStream for us: start it with `nats-server -js`, and enable it for the account if there are accounts"
            ),
            err,
        )),
        Ok(Err(err)) => {
            let doing = format!("asking the NATS server at {url} about JetStream");
            Err(errors::failed(&doing, err))
        }
        // A server that denies a request says nothing on the request itself.
        Err(late) => Err(Error::with_source(
            ErrorKind::Unavailable,
            format!(
                "the NATS server at {url} (version {version}) answers, but its JetStream does not within {seconds} s: it may be starting, or this user may lack permission for $JS.API.>"
            ),
            late,
        )),
    }
}

fn is_absence(err: &async_nats::jetstream::context::AccountError) -> bool {
    match errors::code(err) {
        Some(code) => {
            code == ErrorCode::JETSTREAM_NOT_ENABLED
                || code == ErrorCode::JETSTREAM_NOT_ENABLED_FOR_ACCOUNT
        }
        None => err.kind() == AccountErrorKind::JetStreamUnavailable,
    }
}

/// Major and minor of a version such as `2.11.0-RC.1`.
fn parse_version(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::parse_version;

    #[test]
    fn versions_are_compared_by_number() {
        assert_eq!(parse_version("2.9.10"), Some((2, 9)));
        assert_eq!(parse_version("2.11.0-RC.1"), Some((2, 11)));
        assert!(parse_version("2.9.10") < parse_version("2.11.0"));
        assert_eq!(parse_version("next"), None);
    }
}
