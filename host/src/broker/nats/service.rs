//! The fabric's public door: the NATS micro service `pleat` (ADR-32) with
//! the endpoints of `pleat.v1`, and the client side of it. What a request
//! means is the handler's to know; here are only bytes and error replies.

use std::future::Future;
use std::sync::Arc;

use async_nats::service::{
    NATS_SERVICE_ERROR, NATS_SERVICE_ERROR_CODE, Request, Service, ServiceExt as _,
};
use async_nats::{HeaderMap, RequestErrorKind};
use bytes::Bytes;
use futures::{FutureExt as _, StreamExt as _};
use serde::{Deserialize, Serialize};
use tokio::task::JoinHandle;

use super::Connection;
use crate::broker::{Error, ErrorKind, Result};

/// The endpoints of version 1, each at `pleat.v1.<endpoint>`.
pub const ENDPOINTS: [&str; 7] = [
    "submit",
    "status",
    "cancel",
    "list",
    "report",
    "catalogue",
    "schema",
];

/// Requests of one endpoint answered at the same time.
const CONCURRENT: usize = 64;

/// Why a request was not granted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct ApiError {
    /// As in HTTP: 400 and above the asker's fault, 500 and above not.
    pub code: u16,
    /// A name that stays the same, for programs.
    pub name: String,
    /// A sentence that says what to change, for people.
    pub message: String,
    /// The part of the request that is at fault, such as `search.params.C`.
    pub field: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct ErrorBody {
    error: ApiError,
}

impl ApiError {
    fn too_large(size: usize, limit: usize) -> Self {
        Self {
            code: 413,
            name: "too-large".to_owned(),
            message: format!(
                "the answer has {size} bytes and this NATS server takes {limit} at most: fetch it from the object store by its digest"
            ),
            field: None,
        }
    }
}

/// A micro service while it runs; dropped, it stops.
#[must_use = "the service stops when this is dropped"]
pub struct Serving {
    service: Option<Service>,
    endpoints: Vec<JoinHandle<()>>,
}

impl Serving {
    pub(super) fn new(service: Service, endpoints: Vec<JoinHandle<()>>) -> Self {
        Self {
            service: Some(service),
            endpoints,
        }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        for endpoint in &self.endpoints {
            endpoint.abort();
        }
        if let Some(service) = self.service.take() {
            // Waits for nothing, whatever its signature says.
            service.stop().now_or_never();
        }
    }
}

pub(super) fn refused(name: &str, err: async_nats::Error) -> Error {
    Error::with_source(
        ErrorKind::Unavailable,
        format!("the service \"{name}\" could not be started: {err}"),
        err,
    )
}

/// Answers the requests of `pleat.v1` with `handler`, together with every
/// other who does, until what is returned is dropped. The handler gets one
/// of [`ENDPOINTS`] and the payload.
///
/// # Errors
///
/// [`ErrorKind::Unavailable`] when the connection is gone.
pub async fn serve_api<H, F>(connection: &Connection, handler: H) -> Result<Serving>
where
    H: Fn(&'static str, Bytes) -> F + Send + Sync + 'static,
    F: Future<Output = std::result::Result<Bytes, ApiError>> + Send + 'static,
{
    const NAME: &str = "pleat";
    let service = connection
        .client()
        .service_builder()
        .description("Pleat: submit and follow machine-learning jobs")
        .start(NAME, env!("CARGO_PKG_VERSION"))
        .await
        .map_err(|err| refused(NAME, err))?;
    let group = service.group("pleat.v1");
    let handler = Arc::new(handler);
    let mut serving = Serving::new(service, Vec::new());
    for name in ENDPOINTS {
        let requests = group
            .endpoint_builder()
            .name(name)
            .add(name)
            .await
            .map_err(|err| refused(NAME, err))?;
        let (handler, connection) = (Arc::clone(&handler), connection.clone());
        serving.endpoints.push(tokio::spawn(async move {
            requests
                .for_each_concurrent(CONCURRENT, |request| {
                    let answer = handler(name, request.message.payload.clone());
                    // On a task of its own: one that computes holds up none.
                    let answer = tokio::spawn(answer);
                    let connection = &connection;
                    async move {
                        let answer = answer.await.unwrap_or_else(|_| Err(crashed(name)));
                        reply(connection, &request, answer).await;
                    }
                })
                .await;
        }));
    }
    connection.settle().await;
    Ok(serving)
}

fn crashed(endpoint: &str) -> ApiError {
    ApiError {
        code: 500,
        name: "internal".to_owned(),
        message: format!("answering {endpoint} failed inside the node; its log says more"),
        field: None,
    }
}

async fn reply(
    connection: &Connection,
    request: &Request,
    answer: std::result::Result<Bytes, ApiError>,
) {
    let limit = connection.max_payload();
    let answer = answer.and_then(|body| {
        if body.len() > limit {
            Err(ApiError::too_large(body.len(), limit))
        } else {
            Ok(body)
        }
    });
    let sent = match answer {
        Ok(body) => request.respond(Ok(body)).await,
        Err(error) => {
            let mut headers = HeaderMap::new();
            headers.insert(NATS_SERVICE_ERROR, one_line(&error.message).as_str());
            headers.insert(NATS_SERVICE_ERROR_CODE, error.code.to_string().as_str());
            let body = serde_json::to_vec(&ErrorBody { error }).unwrap_or_default();
            // As "Ok", for async-nats sends no body along with an error.
            request.respond_with_headers(Ok(body.into()), headers).await
        }
    };
    if let Err(err) = sent {
        tracing::warn!(%err, "a reply could not be sent");
    }
}

/// A header's value ends with its line, and its place is limited.
fn one_line(text: &str) -> String {
    text.split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .chars()
        .take(512)
        .collect()
}

/// Asks whoever serves `pleat.v1`. The inner result is what the service
/// answered.
///
/// # Errors
///
/// [`ErrorKind::Unavailable`] when nobody serves or answers in time,
/// [`ErrorKind::Invalid`] when the payload is too large for the server.
pub async fn request(
    connection: &Connection,
    endpoint: &str,
    payload: Bytes,
) -> Result<std::result::Result<Bytes, ApiError>> {
    let subject = format!("pleat.v1.{endpoint}");
    let url = connection.url();
    let size = payload.len();
    let answer = connection.client().request(subject, payload).await;
    let answer = answer.map_err(|err| {
        let (kind, message) = match err.kind() {
            RequestErrorKind::NoResponders => (
                ErrorKind::Unavailable,
                format!("no coordinator answers; start a node with `pleat node --nats {url}`"),
            ),
            RequestErrorKind::TimedOut => (
                ErrorKind::Unavailable,
                format!("no answer to \"{endpoint}\" from the fabric at {url} in time"),
            ),
            RequestErrorKind::MaxPayloadExceeded => (
                ErrorKind::Invalid,
                format!(
                    "the request has {size} bytes and the NATS server at {url} takes {} at most: store large parts as blobs",
                    connection.max_payload()
                ),
            ),
            _ => (
                ErrorKind::Unavailable,
                format!("asking the fabric at {url} failed: {err}"),
            ),
        };
        Error::with_source(kind, message, err)
    })?;
    let header = |name| {
        answer
            .headers
            .as_ref()?
            .get(name)
            .map(|value| value.as_str())
    };
    let Some(sentence) = header(NATS_SERVICE_ERROR) else {
        return Ok(Ok(answer.payload));
    };
    let error = serde_json::from_slice(&answer.payload).map_or_else(
        // Not one of ours; its headers are all there is.
        |_| ApiError {
            code: header(NATS_SERVICE_ERROR_CODE)
                .and_then(|code| code.parse().ok())
                .unwrap_or(500),
            name: "unknown".to_owned(),
            message: sentence.to_owned(),
            field: None,
        },
        |ErrorBody { error }| error,
    );
    Ok(Err(error))
}
