//! `pleat tune`: a job from its file to its report, in this process or on the
//! fabric.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use bytes::Bytes;
use pleat_core::digest::{Digest, JobId};
use pleat_core::job::{Job, JobSpec, Refit, Scoring};
use pleat_core::model::SavedModel;
use pleat_core::report::Report;

use super::data::reading;
use super::follow::{fetch_report, follow, follow_own};
use super::{Output, default_slots, exit_of, open_store, print_report, unique_name};
use crate::broker::Broker;
use crate::broker::memory::Memory;
use crate::broker::nats::Nats;
use crate::bundle::Origin;
use crate::coordinator::{self, CoordinatorConfig};
use crate::node::{self, NodeConfig, NodeStats};
use crate::prepare::{Prepared, References, new_id, prepare_telling, read_spec, submit};
use crate::store::Store;

/// Run a job and print its report.
///
/// Without --nats everything happens in this process and its slots; nothing
/// else needs to be installed or running. With --nats the job goes to the
/// nodes of the fabric. Ctrl-C stops the job and reports what is finished.
#[derive(clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    run: RunArgs,
    /// Write the best candidate, fitted on all rows, to this file: see `pleat
    /// predict`.
    #[arg(long, value_name = "FILE")]
    model: Option<PathBuf>,
}

/// Which job, where to run it, and how to tell of it.
#[derive(clap::Args)]
pub(super) struct RunArgs {
    /// The job: TOML, or the same document as JSON.
    job: PathBuf,
    /// How many tasks to run at once [default: the number of cores; with
    /// --nats none in this process].
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1024))]
    slots: Option<u16>,
    /// Run on the nodes around this NATS server, such as nats://localhost:4222.
    /// With --slots this process lends a hand.
    #[arg(long, env = "PLEAT_NATS", value_name = "URL")]
    nats: Option<String>,
    /// How to print the report.
    #[arg(long, value_enum, default_value = "table")]
    output: Output,
    /// Write the report as JSON to this file too.
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
}

pub(super) async fn run(args: Args) -> anyhow::Result<ExitCode> {
    run_for(args.run, args.model.as_deref()).await
}

/// Runs a job, and writes the model it leaves if a file is named for it.
pub(super) async fn run_for(args: RunArgs, model: Option<&Path>) -> anyhow::Result<ExitCode> {
    can_be_written("report", args.report.as_deref())?;
    can_be_written("model", model)?;
    let store = open_store()?;
    let mut spec = read_spec(&args.job)?;
    if model.is_some() {
        leave_a_model(&mut spec)?;
    }
    // A job that is at fault is refused before anything is asked of a server.
    let prepared = prepare_spec(&spec, &args.job, &store).await?;
    let id = new_id(prepared.job.name()).context("the job's name gives no id")?;
    let job = Running {
        args: &args,
        model,
        id: &id,
        prepared: &prepared,
    };
    match &args.nats {
        None => {
            let slots = args.slots.map_or_else(default_slots, usize::from);
            job.run(Memory::new(), store, slots).await
        }
        Some(url) => {
            let broker = Nats::connect(url, crate::broker::nats::Options::default()).await?;
            let slots = args.slots.map_or(0, usize::from);
            job.run(broker, store, slots).await
        }
    }
}

/// Who names a file for the model wants the best candidate to be fitted. Of
/// several scorers the first says which that is, as it does for the report.
fn leave_a_model(spec: &mut JobSpec) -> anyhow::Result<()> {
    match (&spec.refit, &spec.scoring) {
        (None, Some(Scoring::Several(names))) if names.len() > 1 => {
            spec.refit = names.first().cloned().map(Refit::By);
        }
        (None, _) => spec.refit = Some(Refit::Whether(true)),
        (Some(Refit::Whether(false)), _) => {
            anyhow::bail!(
                "refit: false leaves no model: leave the field out, or do not ask for one"
            )
        }
        (Some(_), _) => {}
    }
    Ok(())
}

/// A job on its way.
struct Running<'a> {
    args: &'a RunArgs,
    model: Option<&'a Path>,
    id: &'a JobId,
    prepared: &'a Prepared,
}

impl Running<'_> {
    async fn run<B: Broker>(
        &self,
        broker: B,
        store: Store,
        slots: usize,
    ) -> anyhow::Result<ExitCode> {
        let (id, prepared, args) = (self.id, self.prepared, self.args);
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let mut own = None;
        if slots > 0 {
            let config = NodeConfig {
                name: unique_name(),
                slots,
                lanes: vec![prepared.job.lane().clone()],
            };
            let coordinator = CoordinatorConfig {
                name: unique_name(),
                lease: Duration::from_secs(10),
            };
            tokio::spawn(coordinator::run(
                broker.clone(),
                coordinator,
                std::future::pending(),
            ));
            let shutdown = async {
                let _ = stopped.await;
            };
            let stats = Arc::new(NodeStats::default());
            own = Some(tokio::spawn(node::run(
                broker.clone(),
                store,
                config,
                stats,
                shutdown,
            )));
        }
        submit(&broker, id, prepared).await?;
        let (done, interrupted) = until_done(&broker, id, slots > 0).await?;
        let report = fetch_report(&broker, &done).await?;
        drop(stop);
        if let Some(own) = own {
            let _ = own.await;
        }
        // No way of telling the result depends on another.
        let printed = print_report(&report, args.output);
        if let Some(path) = &args.report {
            std::fs::write(path, crate::report::json(&report))
                .with_context(|| unwritable("report", path))?;
            eprintln!("report: {}", path.display());
        }
        if let Some(path) = self.model {
            write_model(&broker, &prepared.job, &report, path).await?;
        }
        printed?;
        Ok(if interrupted {
            ExitCode::from(130)
        } else {
            exit_of(&report)
        })
    }
}

/// Writes the model a job has left, with all it needs, into one file.
pub(super) async fn write_model<B: Broker>(
    broker: &B,
    job: &Job,
    report: &Report,
    path: &Path,
) -> anyhow::Result<()> {
    let refit = report.result.refit.as_ref();
    let digest = refit.and_then(|r| r.model).with_context(|| {
        let why = refit.and_then(|r| r.failure.as_deref());
        format!(
            "the job left no model: {}",
            why.unwrap_or("its refit is false")
        )
    })?;
    let blob = |digest: Digest| async move {
        let bytes = broker.blob(&digest).await?;
        bytes.with_context(|| format!("the fabric has lost the blob {digest}"))
    };
    let model = blob(digest).await?;
    let component = SavedModel::decode(&model)?.header.component;
    let component = match crate::builtin::component(&component) {
        Some(bytes) => Bytes::from_static(bytes),
        None => blob(component).await?,
    };
    let origin = Origin {
        result_digest: report.result_digest,
        scorer: refit.map_or_else(String::new, |r| r.by.clone()),
        score: report.result.best_score,
    };
    let bundle = crate::bundle::pack(job, origin, &model, &component)?;
    std::fs::write(path, bundle).with_context(|| unwritable("model", path))?;
    eprintln!("model: {}", path.display());
    Ok(())
}

fn unwritable(what: &str, path: &Path) -> String {
    format!("the {what} cannot be written to {}", path.display())
}

/// Finds out before the work whether a file can be written after it. Nothing
/// stays behind that was not there.
pub(super) fn can_be_written(what: &str, path: Option<&Path>) -> anyhow::Result<()> {
    let Some(path) = path else { return Ok(()) };
    try_writing(path).with_context(|| unwritable(what, path))
}

fn try_writing(path: &Path) -> std::io::Result<()> {
    let existing = path.metadata().ok();
    if existing
        .as_ref()
        .is_some_and(|m| !m.is_file() && !m.is_dir())
    {
        // A pipe or a terminal: opening it may be heard at the other end.
        return Ok(());
    }
    std::fs::OpenOptions::new()
        .append(true)
        .create(true)
        .open(path)?;
    if existing.is_none() {
        std::fs::remove_file(path)?;
    }
    Ok(())
}

/// Follows the job; at the first Ctrl-C cancels it and waits for what is
/// finished, at the second gives up.
async fn until_done<B: Broker>(
    broker: &B,
    id: &JobId,
    served_here: bool,
) -> anyhow::Result<(coordinator::Done, bool)> {
    let following = async {
        if served_here {
            follow_own(broker, id).await
        } else {
            follow(broker, id).await
        }
    };
    tokio::pin!(following);
    tokio::select! {
        done = &mut following => return Ok((done?, false)),
        () = interrupted() => {}
    }
    eprintln!("stopping; what is finished will be reported (Ctrl-C again to leave at once)");
    crate::service::cancel(broker, id).await?;
    tokio::select! {
        done = following => Ok((done?, true)),
        () = interrupted() => std::process::exit(130),
    }
}

/// Reads a job file and what it names, and says what should be known.
pub(super) async fn prepare_file(path: &Path, store: &Store) -> anyhow::Result<Prepared> {
    prepare_spec(&read_spec(path)?, path, store).await
}

/// The same for a document that has been read from this file.
async fn prepare_spec(spec: &JobSpec, path: &Path, store: &Store) -> anyhow::Result<Prepared> {
    let base = path.parent().unwrap_or(Path::new(""));
    // Files are all it can name, so no broker is asked.
    let (told, bar) = reading();
    let prepared = prepare_telling::<Memory>(spec, &References::Files(base), store, told).await;
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
    let prepared = prepared?;
    for finding in &prepared.findings {
        tracing::warn!("{finding}");
    }
    for warning in prepared.job.warnings() {
        tracing::warn!("{warning}");
    }
    Ok(prepared)
}

/// Resolves at Ctrl-C or SIGTERM.
pub(super) async fn interrupted() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}
