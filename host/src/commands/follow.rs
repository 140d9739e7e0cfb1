//! Following a job: its progress on stderr, its end as a record.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use futures::StreamExt;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use pleat_core::digest::{JobId, Lane};
use pleat_core::job::Job;
use pleat_core::report::Report;
use tokio::time::sleep_until;

use crate::broker::{Broker, RecordKind};
use crate::coordinator::{Done, PROGRESS, Progress};

/// Without a terminal, a line no more often than this.
const LINE_EVERY: Duration = Duration::from_secs(5);

/// A job that nobody coordinates after this time needs somebody.
const OWNED_WITHIN: Duration = Duration::from_secs(3);

/// A coordinated job without a single result after this time may have nobody
/// to work for it.
const RESULT_WITHIN: Duration = Duration::from_secs(10);

/// What a job waits for, while nothing is to be seen of it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Awaited {
    Coordinator,
    Result,
}

/// Waits for a job's end, showing its progress; where there is none, says once
/// what may be missing.
pub(super) async fn follow<B: Broker>(broker: &B, id: &JobId) -> anyhow::Result<Done> {
    until_done(broker, id, Some(Awaited::Coordinator)).await
}

/// The same for a job that this process coordinates and serves itself: what
/// takes long there is work.
pub(super) async fn follow_own<B: Broker>(broker: &B, id: &JobId) -> anyhow::Result<Done> {
    until_done(broker, id, None).await
}

async fn until_done<B: Broker>(
    broker: &B,
    id: &JobId,
    mut awaited: Option<Awaited>,
) -> anyhow::Result<Done> {
    let mut events = broker.watch_events(Some(id)).await?;
    let mut records = broker.watch_records().await?;
    let mut view = View::new();
    let mut said_nobody_coordinates = false;
    let mut due = Instant::now() + OWNED_WITHIN;
    loop {
        tokio::select! {
            change = records.next() => match change {
                Some(change) if change.job == *id && change.kind == RecordKind::Done => {
                    let done: Done = serde_json::from_slice(&change.record.bytes)
                        .context("the job's last record cannot be read")?;
                    view.finish(&done);
                    return Ok(done);
                }
                Some(change) if change.job == *id && change.kind == RecordKind::Owner => {
                    if awaited == Some(Awaited::Coordinator) {
                        awaited = Some(Awaited::Result);
                        due = Instant::now() + RESULT_WITHIN;
                    }
                }
                Some(_) => {}
                None => records = broker.watch_records().await?,
            },
            event = events.next() => match event {
                Some((_, topic, payload)) if topic == PROGRESS => {
                    if let Ok(progress) = serde_json::from_slice::<Progress>(&payload) {
                        if progress.done > 0 {
                            awaited = None;
                        }
                        view.show(&progress);
                    }
                }
                Some(_) => {}
                None => events = broker.watch_events(Some(id)).await?,
            },
            () = sleep_until(due.into()), if awaited.is_some_and(|a| a == Awaited::Result || !said_nobody_coordinates) => {
                if awaited == Some(Awaited::Coordinator) {
                    said_nobody_coordinates = true;
                    view.say("no node coordinates this job yet; start one with `pleat node --nats URL`");
                } else {
                    awaited = None;
                    if let Some(lane) = unserved(broker, id).await {
                        view.say(&format!(
                            "no task has finished yet; is a node serving the lane \"{lane}\"? `pleat nodes` lists them"
                        ));
                    }
                }
            }
        }
    }
}

/// The lane of a job that has no result. What cannot be found out is not said.
async fn unserved<B: Broker>(broker: &B, id: &JobId) -> Option<Lane> {
    let results = broker.watch_results(id).await.ok()?;
    if results.backlog > 0 {
        return None;
    }
    let record = broker.record(id, RecordKind::Spec).await.ok()??;
    Some(Job::decode(&record.bytes).ok()?.lane().clone())
}

/// The report a job ended with.
pub(super) async fn fetch_report<B: Broker>(broker: &B, done: &Done) -> anyhow::Result<Report> {
    let Some(digest) = &done.report else {
        bail!(
            "the job failed: {}",
            done.message.as_deref().unwrap_or("no reason was given")
        );
    };
    let bytes = broker
        .blob(digest)
        .await?
        .with_context(|| format!("the fabric has lost the report {digest}"))?;
    let document = serde_json::from_slice(&bytes).context("the report is not JSON")?;
    Report::from_json(document).map_err(anyhow::Error::msg)
}

/// A bar on a terminal, now and then a line elsewhere.
struct View {
    bar: Option<ProgressBar>,
    started: Instant,
    last_line: Instant,
}

impl View {
    fn new() -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            let template = "{bar:30} {pos}/{len} fits  {per_sec}  {msg}  eta {eta}";
            bar.set_style(
                ProgressStyle::with_template(template)
                    .unwrap_or_else(|_| ProgressStyle::default_bar()),
            );
            bar
        });
        let now = Instant::now();
        Self {
            bar,
            started: now,
            last_line: now,
        }
    }

    fn show(&mut self, progress: &Progress) {
        let best = match progress.best_score {
            Some(score) => format!("best {score:.4}"),
            None => "best -".to_owned(),
        };
        let failed = if progress.failed > 0 {
            format!("  {} failed", progress.failed)
        } else {
            String::new()
        };
        if let Some(bar) = &self.bar {
            bar.set_length(progress.total as u64);
            bar.set_position(progress.done as u64);
            bar.set_message(format!("{best}{failed}"));
        } else if self.last_line.elapsed() >= LINE_EVERY {
            self.last_line = Instant::now();
            #[allow(clippy::cast_precision_loss)]
            let rate = progress.done as f64 / self.started.elapsed().as_secs_f64().max(1e-9);
            #[allow(clippy::cast_precision_loss)]
            let left = progress.total.saturating_sub(progress.done) as f64 / rate;
            let eta = if left.is_finite() {
                format!("{left:.0}s")
            } else {
                "unknown".to_owned()
            };
            eprintln!(
                "{}/{} fits  {rate:.1}/s  {best}{failed}  eta {eta}",
                progress.done, progress.total
            );
        }
    }

    fn say(&self, sentence: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| eprintln!("{sentence}")),
            None => eprintln!("{sentence}"),
        }
    }

    fn finish(&self, done: &Done) {
        if let Some(bar) = &self.bar {
            bar.set_position(done.fits.0 as u64);
            bar.finish_and_clear();
        }
    }
}
