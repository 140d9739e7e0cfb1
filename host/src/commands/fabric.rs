//! The commands that talk to a fabric that is there: submit, watch, status,
//! report, cancel, jobs, nodes.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, bail};
use comfy_table::{Table, presets};
use pleat_core::digest::JobId;
use pleat_core::job::Job;
use serde_json::Value as Json;

use super::follow::{fetch_report, follow};
use super::tune::{can_be_written, interrupted, prepare_file, write_model};
use super::{NatsArgs, Output, exit_of, open_store, print_report, write_out};
use crate::broker::nats::service::ApiError;
use crate::broker::nats::{Nats, Options, discovery};
use crate::broker::{Broker, RecordKind};
use crate::coordinator::Done;
use crate::prepare::new_id;
use crate::service::{self, State, Status};

/// How long nodes have to answer a call for names.
const ROLL_CALL: Duration = Duration::from_millis(500);

/// Send a job to the fabric and print its id.
#[derive(clap::Args)]
pub(super) struct SubmitArgs {
    /// The job: TOML, or the same document as JSON.
    job: PathBuf,
    #[command(flatten)]
    nats: NatsArgs,
    /// An id of your choice: submitting the same job under it again changes
    /// nothing.
    #[arg(long)]
    id: Option<JobId>,
}

/// A job of the fabric.
#[derive(clap::Args)]
pub(super) struct JobArgs {
    /// The job's id, as `pleat submit` printed it.
    id: JobId,
    #[command(flatten)]
    nats: NatsArgs,
}

/// How far a job is.
#[derive(clap::Args)]
pub(super) struct StatusArgs {
    #[command(flatten)]
    job: JobArgs,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// A job and how to print its report.
#[derive(clap::Args)]
pub(super) struct WatchArgs {
    #[command(flatten)]
    job: JobArgs,
    /// How to print the report.
    #[arg(long, value_enum, default_value = "table")]
    output: Output,
    /// Write the model the job has left to this file: see `pleat predict`.
    #[arg(long, value_name = "FILE")]
    model: Option<PathBuf>,
}

/// A list of the fabric.
#[derive(clap::Args)]
pub(super) struct ListArgs {
    #[command(flatten)]
    nats: NatsArgs,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

async fn connect(args: &NatsArgs) -> anyhow::Result<Nats> {
    Ok(Nats::connect(&args.nats, Options::default()).await?)
}

pub(super) async fn submit(args: SubmitArgs) -> anyhow::Result<ExitCode> {
    let store = open_store()?;
    let prepared = prepare_file(&args.job, &store).await?;
    let id = match args.id {
        Some(id) => id,
        None => new_id(prepared.job.name()).context("the job's name gives no id")?,
    };
    let broker = connect(&args.nats).await?;
    crate::prepare::submit(&broker, &id, &prepared).await?;
    write_out(&format!("{id}\n"))?;
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn watch(args: WatchArgs) -> anyhow::Result<ExitCode> {
    can_be_written("model", args.model.as_deref())?;
    let broker = connect(&args.job.nats).await?;
    let id = &args.job.id;
    known(&broker, id).await?;
    let done = tokio::select! {
        done = follow(&broker, id) => done?,
        () = interrupted() => {
            eprintln!("detached; {id} goes on");
            return Ok(ExitCode::from(130));
        }
    };
    tell(&broker, &done, &args).await
}

pub(super) async fn report(args: WatchArgs) -> anyhow::Result<ExitCode> {
    can_be_written("model", args.model.as_deref())?;
    let broker = connect(&args.job.nats).await?;
    let id = &args.job.id;
    let status = known(&broker, id).await?;
    let Some(record) = broker.record(id, RecordKind::Done).await? else {
        bail!(
            "{id} has not ended ({}): `pleat watch {id}` waits for its report",
            word(status.state)
        );
    };
    let done =
        serde_json::from_slice(&record.bytes).context("the job's last record cannot be read")?;
    tell(&broker, &done, &args).await
}

/// Prints the report of a job that has ended, and writes its model if a file
/// is named for it.
async fn tell(broker: &Nats, done: &Done, args: &WatchArgs) -> anyhow::Result<ExitCode> {
    let report = fetch_report(broker, done).await?;
    // No way of telling the result depends on another.
    let printed = print_report(&report, args.output);
    if let Some(path) = &args.model {
        let job = job(broker, &args.job.id).await?;
        write_model(broker, &job, &report, path).await?;
    }
    printed?;
    Ok(exit_of(&report))
}

/// A job as it was submitted.
async fn job(broker: &Nats, id: &JobId) -> anyhow::Result<Job> {
    let record = broker.record(id, RecordKind::Spec).await?;
    let record = record.with_context(|| format!("the fabric has lost the job {id}"))?;
    Job::decode(&record.bytes).with_context(|| format!("the job {id} cannot be read"))
}

pub(super) async fn status(args: StatusArgs) -> anyhow::Result<ExitCode> {
    let broker = connect(&args.job.nats).await?;
    let status = known(&broker, &args.job.id).await?;
    if args.json {
        write_out(&format!("{}\n", serde_json::to_string_pretty(&status)?))?;
    } else {
        write_out(&format!(
            "{}  {}  {}\n",
            status.id,
            word(status.state),
            far(&status)
        ))?;
    }
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn cancel(args: JobArgs) -> anyhow::Result<ExitCode> {
    let broker = connect(&args.nats).await?;
    let status = known(&broker, &args.id).await?;
    match status.state {
        State::Queued | State::Running => {
            service::cancel(&broker, &args.id).await?;
            eprintln!("{} is to stop", args.id);
        }
        State::Cancelling => eprintln!("{} is stopping already", args.id),
        ended => eprintln!("{} has ended already ({})", args.id, word(ended)),
    }
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn jobs(args: ListArgs) -> anyhow::Result<ExitCode> {
    let broker = connect(&args.nats).await?;
    let jobs = service::list(&broker).await.map_err(anyhow_of)?;
    if args.json {
        write_out(&format!("{}\n", serde_json::to_string_pretty(&jobs)?))?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut table = plain_table(["job", "name", "state", "progress"]);
    for job in &jobs {
        table.add_row([
            job.id.to_string(),
            job.name.clone(),
            word(job.state).to_owned(),
            far(job),
        ]);
    }
    write_out(&format!("{table}\n"))?;
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn nodes(args: ListArgs) -> anyhow::Result<ExitCode> {
    let broker = connect(&args.nats).await?;
    let nodes = discovery::discover(broker.connection(), discovery::NODE, ROLL_CALL).await?;
    if args.json {
        write_out(&format!("{}\n", serde_json::to_string_pretty(&nodes)?))?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut table = plain_table([
        "node",
        "slots",
        "lanes",
        "arch",
        "version",
        "tasks done",
        "failed",
        "mean task",
    ]);
    for node in &nodes {
        let (about, stats) = (&node["metadata"], &node["stats"]);
        let mean = stats["mean_task_seconds"].as_f64();
        table.add_row([
            text(&about["node"]),
            text(&about["slots"]),
            text(&about["lanes"]),
            text(&about["arch"]),
            text(&node["version"]),
            text(&stats["tasks_done"]),
            text(&stats["tasks_failed"]),
            mean.map_or("-".to_owned(), |s| format!("{:.1} ms", s * 1e3)),
        ]);
    }
    write_out(&format!("{table}\n"))?;
    if nodes.is_empty() {
        eprintln!(
            "no node answers; start one with `pleat node --nats {}`",
            args.nats.nats
        );
    }
    Ok(ExitCode::SUCCESS)
}

fn plain_table<const N: usize>(header: [&str; N]) -> Table {
    let mut table = Table::new();
    table
        .load_preset(presets::UTF8_HORIZONTAL_ONLY)
        .set_header(header);
    table
}

fn text(value: &Json) -> String {
    match value {
        Json::Null => "-".to_owned(),
        Json::String(s) => s.clone(),
        other => other.to_string(),
    }
}

fn word(state: State) -> &'static str {
    match state {
        State::Queued => "queued",
        State::Running => "running",
        State::Cancelling => "cancelling",
        State::Completed => "completed",
        State::Cancelled => "cancelled",
        State::Failed => "failed",
    }
}

fn far(status: &Status) -> String {
    match (status.tasks_done, status.fits_done) {
        (Some(tasks), _) => format!("{tasks} tasks done, {} fits asked for", status.fits),
        (None, Some(done)) => format!("{done}/{} fits", status.fits),
        (None, None) => format!("{} fits", status.fits),
    }
}

async fn known(broker: &Nats, id: &JobId) -> anyhow::Result<Status> {
    service::status(broker, id).await.map_err(anyhow_of)
}

fn anyhow_of(e: ApiError) -> anyhow::Error {
    anyhow::Error::msg(e.message)
}
