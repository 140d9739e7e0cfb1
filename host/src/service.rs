//! What anyone with a NATS client can ask of the fabric: the requests of
//! `pleat.v1`, answered in JSON. The protocol around them is in the broker;
//! what they mean is here.

use std::str::FromStr;
use std::time::Duration;

use bytes::Bytes;
use pleat_core::digest::{Digest, JobId};
use pleat_core::estimator::Catalogue;
use pleat_core::job::{Job, JobSpec, SpecError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::broker::nats::service::ApiError;
use crate::broker::{self, Broker, ErrorKind, RecordKind};
use crate::coordinator::{Done, Ending};
use crate::prepare::{PrepareError, References, new_id, prepare, submit};
use crate::store::Store;

/// How long an answer may take to gather.
const GATHER: Duration = Duration::from_secs(5);

/// A job to submit.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SubmitRequest {
    /// An id of the client's choice: sent twice, it is one job.
    pub id: Option<String>,
    /// The job document. Its data is `csv` or `blob`.
    #[schemars(with = "JobSpec")]
    pub job: serde_json::Value,
}

/// A request about one job.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JobRequest {
    /// The job's id.
    pub id: String,
}

/// The answer to a submission.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Submitted {
    /// The job's id.
    pub id: JobId,
    /// How many fits it asks for.
    pub fits: u64,
    /// What should be known before it runs.
    pub warnings: Vec<String>,
}

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Nobody coordinates it yet.
    Queued,
    /// Somebody does.
    Running,
    /// It is to stop and has not yet.
    Cancelling,
    /// All fits are in its report.
    Completed,
    /// Its report has what was finished when it was cancelled.
    Cancelled,
    /// It has no report.
    Failed,
}

/// How far a job is.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Status {
    /// The job's id.
    pub id: JobId,
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub state: State,
    /// Tasks with a result, while it runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tasks_done: Option<usize>,
    /// Fits done, once it has ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fits_done: Option<usize>,
    /// Fits in all.
    pub fits: u64,
    /// Fits without scores, once it has ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failures: Option<usize>,
    /// The report's blob.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub report: Option<Digest>,
    /// The digest of its result.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result_digest: Option<Digest>,
    /// Why there is no report.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// Answers the requests of one node.
#[derive(Clone)]
pub struct Api<B: Broker> {
    broker: B,
    store: Store,
}

impl<B: Broker> Api<B> {
    /// Answers from this broker; what jobs name is looked at in this store.
    #[must_use]
    pub fn new(broker: B, store: Store) -> Self {
        Self { broker, store }
    }

    /// Answers one request.
    ///
    /// # Errors
    /// What the asker should change, or what is wrong here.
    pub async fn answer(&self, endpoint: &str, payload: Bytes) -> Result<Bytes, ApiError> {
        match endpoint {
            "submit" => encode(&self.submit(&payload).await?),
            "status" => encode(&status(&self.broker, &job_of(&payload)?).await?),
            "cancel" => encode(&self.cancel(&job_of(&payload)?).await?),
            "list" => encode(&list(&self.broker).await?),
            "report" => self.report(&job_of(&payload)?).await,
            "catalogue" => encode(&self.catalogue().await?),
            _ => encode(&schemas()),
        }
    }

    async fn submit(&self, payload: &[u8]) -> Result<Submitted, ApiError> {
        let request: SubmitRequest = decode(payload)?;
        let text = serde_json::to_vec(&request.job).unwrap_or_default();
        let spec = JobSpec::from_json(&text).map_err(invalid)?;
        let prepared = prepare(&spec, &References::Blobs(&self.broker), &self.store)
            .await
            .map_err(refused)?;
        let id = match &request.id {
            Some(id) => {
                JobId::from_str(id).map_err(|e| invalid(SpecError::new("id", e.to_string())))?
            }
            None => new_id(prepared.job.name()).ok_or_else(|| internal("no id could be made"))?,
        };
        submit(&self.broker, &id, &prepared)
            .await
            .map_err(refused)?;
        Ok(Submitted {
            id,
            fits: prepared.job.n_fits(),
            warnings: prepared
                .job
                .warnings()
                .iter()
                .cloned()
                .chain(prepared.findings.iter().map(ToString::to_string))
                .collect(),
        })
    }

    async fn cancel(&self, id: &JobId) -> Result<Status, ApiError> {
        let before = status(&self.broker, id).await?;
        if matches!(before.state, State::Queued | State::Running) {
            cancel(&self.broker, id).await.map_err(of_broker)?;
        }
        status(&self.broker, id).await
    }

    async fn report(&self, id: &JobId) -> Result<Bytes, ApiError> {
        let status = status(&self.broker, id).await?;
        let Some(digest) = status.report else {
            return Err(ApiError {
                code: 409,
                name: "no_report".to_owned(),
                message: match status.message {
                    Some(message) => format!("job \"{id}\" has no report: {message}"),
                    None => format!("job \"{id}\" has not ended: it is {:?}", status.state)
                        .to_lowercase(),
                },
                field: None,
            });
        };
        let bytes = self.broker.blob(&digest).await.map_err(of_broker)?;
        bytes.ok_or_else(|| internal(&format!("the report {digest} is not in the object store")))
    }

    async fn catalogue(&self) -> Result<Catalogue, ApiError> {
        crate::builtin::catalogue(&self.store)
            .await
            .map_err(|e| internal(&e.to_string()))
    }
}

/// How far a job is.
///
/// # Errors
/// There is no such job, or the broker failed.
pub async fn status<B: Broker>(broker: &B, id: &JobId) -> Result<Status, ApiError> {
    let record = |kind| async move { broker.record(id, kind).await.map_err(of_broker) };
    let Some(spec) = record(RecordKind::Spec).await? else {
        return Err(ApiError {
            code: 404,
            name: "unknown_job".to_owned(),
            message: format!("there is no job \"{id}\" in this fabric"),
            field: Some("id".to_owned()),
        });
    };
    let job = Job::decode(&spec.bytes).ok();
    let done: Option<Done> = record(RecordKind::Done)
        .await?
        .and_then(|r| serde_json::from_slice(&r.bytes).ok());
    let state = match &done {
        Some(done) => match done.ending {
            Ending::Completed => State::Completed,
            Ending::Cancelled => State::Cancelled,
            Ending::Failed => State::Failed,
        },
        None if record(RecordKind::Cancel).await?.is_some() => State::Cancelling,
        None if record(RecordKind::Owner).await?.is_some() => State::Running,
        None => State::Queued,
    };
    let tasks_done = match state {
        State::Running | State::Cancelling => {
            let results = tokio::time::timeout(GATHER, broker.watch_results(id)).await;
            results.ok().and_then(Result::ok).map(|r| r.backlog)
        }
        _ => None,
    };
    Ok(Status {
        id: id.clone(),
        name: job
            .as_ref()
            .map_or_else(String::new, |j| j.name().to_owned()),
        state,
        tasks_done,
        fits_done: done.as_ref().map(|d| d.fits.0),
        fits: job.as_ref().map_or(0, Job::n_fits),
        failures: done.as_ref().map(|d| d.failures),
        report: done.as_ref().and_then(|d| d.report),
        result_digest: done.as_ref().and_then(|d| d.result_digest),
        message: done.and_then(|d| d.message),
    })
}

/// Writes down that a job is to stop. Said twice, it is said once.
///
/// # Errors
/// The broker failed.
pub async fn cancel<B: Broker>(broker: &B, id: &JobId) -> broker::Result<()> {
    let record = Bytes::from_static(b"{}");
    let written = broker.put_record(id, RecordKind::Cancel, record, None);
    written.await.map(drop)
}

/// Every job of the fabric, oldest first.
///
/// # Errors
/// The broker failed.
pub async fn list<B: Broker>(broker: &B) -> Result<Vec<Status>, ApiError> {
    let mut out = Vec::new();
    for id in broker.jobs().await.map_err(of_broker)? {
        match status(broker, &id).await {
            Ok(status) => out.push(status),
            // Gone since, or records without a job.
            Err(e) if e.code == 404 => {}
            Err(e) => return Err(e),
        }
    }
    Ok(out)
}

/// The JSON Schemas of what is sent and answered.
#[must_use]
pub fn schemas() -> serde_json::Value {
    serde_json::json!({
        "job": schemars::schema_for!(JobSpec),
        "submit": { "request": schemars::schema_for!(SubmitRequest), "response": schemars::schema_for!(Submitted) },
        "status": { "request": schemars::schema_for!(JobRequest), "response": schemars::schema_for!(Status) },
        "cancel": { "request": schemars::schema_for!(JobRequest), "response": schemars::schema_for!(Status) },
        "list": { "response": schemars::schema_for!(Vec<Status>) },
        "report": {
            "request": schemars::schema_for!(JobRequest),
            "response": schemars::schema_for!(pleat_core::report::SearchResult),
        },
        "catalogue": { "response": schemars::schema_for!(Catalogue) },
    })
}

fn job_of(payload: &[u8]) -> Result<JobId, ApiError> {
    let request: JobRequest = decode(payload)?;
    request
        .id
        .parse()
        .map_err(|e: pleat_core::digest::InvalidName| invalid(SpecError::new("id", e.to_string())))
}

fn decode<T: for<'de> Deserialize<'de>>(payload: &[u8]) -> Result<T, ApiError> {
    let mut reader = serde_json::Deserializer::from_slice(payload);
    serde_path_to_error::deserialize(&mut reader).map_err(|e| {
        let path = e.path().to_string();
        let field = if path == "." { String::new() } else { path };
        invalid(SpecError::new(
            field,
            format!("the request cannot be read: {}", e.into_inner()),
        ))
    })
}

fn encode(answer: &impl Serialize) -> Result<Bytes, ApiError> {
    serde_json::to_vec(answer)
        .map(Bytes::from)
        .map_err(|e| internal(&e.to_string()))
}

fn invalid(e: SpecError) -> ApiError {
    let message = e.to_string();
    ApiError {
        code: 400,
        name: "invalid_job".to_owned(),
        message,
        field: (!e.field.is_empty()).then_some(e.field),
    }
}

fn internal(message: &str) -> ApiError {
    ApiError {
        code: 500,
        name: "internal".to_owned(),
        message: message.to_owned(),
        field: None,
    }
}

fn of_broker(e: broker::Error) -> ApiError {
    let code = if e.kind == ErrorKind::Unavailable {
        503
    } else {
        500
    };
    ApiError {
        code,
        name: "broker".to_owned(),
        message: e.message,
        field: None,
    }
}

fn refused(e: PrepareError) -> ApiError {
    match e {
        PrepareError::Spec(e) => invalid(e),
        PrepareError::Broker(e) => of_broker(e),
        PrepareError::Code(e) => internal(&e.to_string()),
        PrepareError::Store(e) => internal(&e.to_string()),
    }
}
