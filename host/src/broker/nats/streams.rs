//! The subjects and streams the fabric is made of, and how they come to be.
//! Whoever connects creates what is missing; what is there must fit, or is
//! left alone and complained about.

use std::time::Duration;

use async_nats::jetstream::stream::{Config, DiscardPolicy, RetentionPolicy, StorageType};
use async_nats::jetstream::{Context, ErrorCode};
use pleat_core::digest::{JobId, Lane, TaskId};

use super::errors;
use crate::broker::{Error, ErrorKind, RecordKind, Result};

pub(super) const JOBS: &str = "PLEAT_JOBS";
pub(super) const TASKS: &str = "PLEAT_TASKS";
pub(super) const RESULTS: &str = "PLEAT_RESULTS";
pub(super) const BUCKET: &str = "pleat-blobs";
/// The stream of the object store [`BUCKET`].
pub(super) const BLOBS: &str = "OBJ_pleat-blobs";

/// Jobs clean up after themselves; this is for those that could not.
const BACKSTOP: Duration = Duration::from_secs(7 * 24 * 3600);

pub(super) fn record(job: &JobId, kind: RecordKind) -> String {
    format!("pleat.job.{job}.{}", kind.as_str())
}

pub(super) const ALL_SPECS: &str = "pleat.job.*.spec";

pub(super) fn task(lane: &Lane, job: &JobId, task: &TaskId) -> String {
    format!("pleat.task.{lane}.{job}.{task}")
}

pub(super) fn tasks_of_lane(lane: &Lane) -> String {
    format!("pleat.task.{lane}.*.*")
}

pub(super) fn tasks_of_job(lane: &Lane, job: &JobId) -> String {
    format!("pleat.task.{lane}.{job}.*")
}

pub(super) fn result(job: &JobId, task: &TaskId) -> String {
    format!("pleat.result.{job}.{task}")
}

pub(super) fn results_of_job(job: &JobId) -> String {
    format!("pleat.result.{job}.*")
}

pub(super) fn event(job: &JobId, topic: &str) -> String {
    format!("pleat.event.{job}.{topic}")
}

pub(super) fn events(job: Option<&JobId>) -> String {
    job.map_or_else(
        || "pleat.event.*.>".to_owned(),
        |job| format!("pleat.event.{job}.>"),
    )
}

/// The rest of `subject` behind `pleat.<room>.`, with a name in front.
fn split<'s>(subject: &'s str, room: &str) -> Option<(&'s str, &'s str)> {
    subject.strip_prefix(room)?.split_once('.')
}

pub(super) fn parse_record(subject: &str) -> Option<(JobId, RecordKind)> {
    let (job, kind) = split(subject, "pleat.job.")?;
    let kind = RecordKind::ALL.into_iter().find(|k| k.as_str() == kind)?;
    Some((job.parse().ok()?, kind))
}

pub(super) fn parse_task(subject: &str) -> Option<(JobId, TaskId)> {
    let (_lane, rest) = split(subject, "pleat.task.")?;
    let (job, task) = rest.split_once('.')?;
    Some((job.parse().ok()?, task.parse().ok()?))
}

pub(super) fn parse_result(subject: &str) -> Option<TaskId> {
    split(subject, "pleat.result.")?.1.parse().ok()
}

pub(super) fn parse_event(subject: &str) -> Option<(JobId, &str)> {
    let (job, topic) = split(subject, "pleat.event.")?;
    Some((job.parse().ok()?, topic))
}

/// What the four streams share: on disk, read without a consumer, and full
/// means refusing what is new, never forgetting what was promised.
fn stream(name: &str, subjects: &[&str], description: &str) -> Config {
    Config {
        name: name.to_owned(),
        description: Some(description.to_owned()),
        subjects: subjects.iter().map(|&s| s.to_owned()).collect(),
        storage: StorageType::File,
        discard: DiscardPolicy::New,
        allow_direct: true,
        ..Config::default()
    }
}

fn configs() -> [Config; 4] {
    [
        Config {
            max_messages_per_subject: 1,
            max_age: BACKSTOP,
            ..stream(
                JOBS,
                &["pleat.job.*.*"],
                "Pleat: what is written down about jobs",
            )
        },
        Config {
            retention: RetentionPolicy::WorkQueue,
            max_messages_per_subject: 1,
            discard_new_per_subject: true,
            max_age: BACKSTOP,
            ..stream(
                TASKS,
                &["pleat.task.*.*.*"],
                "Pleat: tasks that are not done",
            )
        },
        // Even a client that publishes without an expected sequence cannot
        // replace a first result.
        Config {
            max_messages_per_subject: 1,
            discard_new_per_subject: true,
            max_age: BACKSTOP,
            ..stream(
                RESULTS,
                &["pleat.result.*.*"],
                "Pleat: the first result of each task",
            )
        },
        // What every client's "create object store" makes.
        Config {
            allow_rollup: true,
            ..stream(
                BLOBS,
                &["$O.pleat-blobs.C.>", "$O.pleat-blobs.M.>"],
                "Pleat: data, code, reports by digest",
            )
        },
    ]
}

/// Creates the streams that are missing and checks those that are there.
pub(super) async fn ensure(context: &Context) -> Result<()> {
    for needed in configs() {
        let found = match context.get_or_create_stream(needed.clone()).await {
            // Another node made it between our look and our try.
            Err(err) if errors::code(&err) == Some(ErrorCode::STREAM_NAME_EXIST) => {
                context.get_stream(&needed.name).await.map_err(|err| {
                    errors::failed(&format!("looking up the stream {}", needed.name), err)
                })?
            }
            Err(err) => {
                let name = &needed.name;
                return Err(errors::failed(&format!("creating the stream {name}"), err));
            }
            Ok(stream) => stream,
        };
        check(&found.cached_info().config, &needed)?;
    }
    Ok(())
}

/// Whether a stream somebody else made keeps the promises made here. Limits,
/// ages, replicas and placement are the operator's.
fn check(found: &Config, needed: &Config) -> Result<()> {
    let unlike = |what: &str, found: &dyn std::fmt::Debug, needed: &dyn std::fmt::Debug| {
        format!("its {what} is {found:?} where Pleat needs {needed:?}")
    };
    let complaint = if found.retention != needed.retention {
        unlike("retention", &found.retention, &needed.retention)
    } else if found.max_messages_per_subject.max(0) != needed.max_messages_per_subject {
        unlike(
            "limit of messages per subject",
            &found.max_messages_per_subject,
            &needed.max_messages_per_subject,
        )
    } else if found.discard != needed.discard {
        unlike("discard policy", &found.discard, &needed.discard)
    } else if found.discard_new_per_subject != needed.discard_new_per_subject {
        unlike(
            "discard-new-per-subject",
            &found.discard_new_per_subject,
            &needed.discard_new_per_subject,
        )
    } else if found.allow_direct != needed.allow_direct {
        unlike("allow-direct", &found.allow_direct, &needed.allow_direct)
    } else if found.allow_rollup != needed.allow_rollup {
        unlike("allow-rollup", &found.allow_rollup, &needed.allow_rollup)
    } else if found.sealed {
        "it is sealed".to_owned()
    } else if let Some(subject) = needed.subjects.iter().find(|s| !found.subjects.contains(s)) {
        format!("it does not hold the subject {subject}")
    } else {
        return Ok(());
    };
    let name = &needed.name;
    Err(Error::new(
        ErrorKind::Unsuitable,
        format!(
            "the stream {name} exists but does not fit: {complaint}; change it with `nats stream edit {name}`, or remove it with `nats stream rm {name}` and let Pleat create it"
        ),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subjects_survive_their_parsing() {
        let (job, id): (JobId, TaskId) = ("j-1".parse().unwrap(), "t_2".parse().unwrap());
        let lane = Lane::default();
        for kind in RecordKind::ALL {
            assert_eq!(parse_record(&record(&job, kind)), Some((job.clone(), kind)));
        }
        assert_eq!(
            parse_task(&task(&lane, &job, &id)),
            Some((job.clone(), id.clone()))
        );
        assert_eq!(parse_result(&result(&job, &id)).as_ref(), Some(&id));
        assert_eq!(
            parse_event(&event(&job, "log.warn")),
            Some((job, "log.warn"))
        );
        for strange in [
            "pleat.job.a.other",
            "pleat.job.a",
            "pleat.task.a.b",
            "x.y.z",
        ] {
            assert!(parse_record(strange).is_none() && parse_task(strange).is_none());
        }
    }
}
