//! `pleat node`: serves tasks, coordinates jobs and answers requests, until it
//! is told to stop.

use std::collections::HashMap;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use pleat_core::digest::Lane;
use serde_json::json;

use super::tune::interrupted;
use super::{NatsArgs, default_slots, open_store, unique_name};
use crate::broker::nats::service::serve_api;
use crate::broker::nats::{Nats, Options, discovery};
use crate::coordinator::{self, CoordinatorConfig};
use crate::node::{self, NodeConfig, NodeStats};
use crate::service::Api;

/// Serve tasks from a NATS server.
///
/// Nodes come and go as they like: what one had in hand when it went, others
/// finish. Each node also coordinates jobs and answers the requests of
/// pleat.v1, unless told not to. Ctrl-C or SIGTERM gives back what is not
/// finished and leaves.
#[derive(clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    nats: NatsArgs,
    /// How many tasks to run at once [default: the number of cores].
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1024))]
    slots: Option<u16>,
    /// A queue to serve; repeat it for more.
    #[arg(long = "lane", value_name = "L", default_value = "default")]
    lanes: Vec<Lane>,
    /// Run tasks only: coordinate no jobs and answer no requests.
    #[arg(long)]
    no_coordinate: bool,
    /// What the node is called [default: host name and process].
    #[arg(long)]
    name: Option<String>,
    /// How long a silent coordinator keeps its jobs, in seconds.
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = clap::value_parser!(u32).range(1..=3600))]
    lease: u32,
    /// How long a silent node keeps a task, in seconds; the first node of a
    /// lane decides.
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = clap::value_parser!(u32).range(1..=3600))]
    ack_wait: u32,
}

pub(super) async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let store = open_store()?;
    let name = args.name.clone().unwrap_or_else(unique_name);
    let options = Options {
        name: format!("pleat node {name}"),
        ack_wait: Duration::from_secs(u64::from(args.ack_wait)),
        ..Options::default()
    };
    let broker = Nats::connect(&args.nats.nats, options).await?;
    let slots = args.slots.map_or_else(default_slots, usize::from);
    let stats = Arc::new(NodeStats::default());
    let lanes: Vec<_> = args.lanes.iter().map(ToString::to_string).collect();
    let metadata = HashMap::from([
        ("node".to_owned(), name.clone()),
        ("slots".to_owned(), slots.to_string()),
        ("lanes".to_owned(), lanes.join(",")),
        (
            "arch".to_owned(),
            format!("{}-{}", std::env::consts::ARCH, std::env::consts::OS),
        ),
        ("coordinates".to_owned(), (!args.no_coordinate).to_string()),
    ]);
    let shown = Arc::clone(&stats);
    let _announced = discovery::announce_node(broker.connection(), metadata, move || {
        json!({
            "tasks_done": shown.done.load(Ordering::Relaxed),
            "tasks_failed": shown.failed.load(Ordering::Relaxed),
            "slots_started": shown.slots_started.load(Ordering::Relaxed),
            "mean_task_seconds": shown.mean_task().map(|m| m.as_secs_f64()),
        })
    })
    .await?;
    let mut serving = None;
    let mut coordinating = None;
    if !args.no_coordinate {
        let api = Api::new(broker.clone(), store.clone());
        serving = Some(
            serve_api(broker.connection(), move |endpoint, payload| {
                let api = api.clone();
                async move { api.answer(endpoint, payload).await }
            })
            .await?,
        );
        let lease = Duration::from_secs(u64::from(args.lease));
        let config = CoordinatorConfig {
            name: name.clone(),
            lease,
        };
        coordinating = Some(tokio::spawn(coordinator::run(
            broker.clone(),
            config,
            interrupted(),
        )));
    }
    tracing::info!(
        "node {name}: {slots} slots, lanes {}, at {}",
        lanes.join(", "),
        args.nats.nats
    );
    let config = NodeConfig {
        name: name.clone(),
        slots,
        lanes: args.lanes,
    };
    node::run(broker.clone(), store, config, stats, interrupted()).await;
    // What was given back must be out before the connection goes.
    let settled = broker.connection().settle();
    let _ = tokio::time::timeout(Duration::from_secs(5), settled).await;
    drop(serving);
    if let Some(coordinating) = coordinating {
        let _ = coordinating.await;
    }
    tracing::info!("node {name}: stopped");
    Ok(ExitCode::SUCCESS)
}
