//! `pleat task`: what estimators there are, and what they take.

use std::fmt::Write as _;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Subcommand;
use comfy_table::{ContentArrangement, Table, presets};
use pleat_core::digest::Digest;
use pleat_core::estimator::{Catalogue, ComponentInfo, EstimatorInfo};

use super::{open_store, write_out};
use crate::store::Store;

#[derive(Subcommand)]
pub(super) enum TaskCommand {
    /// List the built-in estimators.
    List {
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Show an estimator's parameters, or what a component offers.
    Inspect {
        /// An estimator's name, or the file of a component.
        what: String,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
}

pub(super) async fn run(command: TaskCommand) -> anyhow::Result<ExitCode> {
    let store = open_store()?;
    let text = match command {
        TaskCommand::List { json } => {
            let catalogue = crate::builtin::catalogue(&store).await?;
            if json {
                pretty(&catalogue)?
            } else {
                list(&catalogue)
            }
        }
        TaskCommand::Inspect { what, json } => {
            if Path::new(&what).is_file() {
                let component = of_file(&store, &what).await?;
                if json {
                    pretty(&component)?
                } else {
                    component.estimators.iter().map(inspect).collect()
                }
            } else {
                let catalogue = crate::builtin::catalogue(&store).await?;
                let (_, estimator) = catalogue.find(&what).map_err(anyhow::Error::msg)?;
                if json {
                    pretty(estimator)?
                } else {
                    inspect(estimator)
                }
            }
        }
    };
    write_out(&text)?;
    Ok(ExitCode::SUCCESS)
}

async fn of_file(store: &Store, path: &str) -> anyhow::Result<ComponentInfo> {
    let bytes = std::fs::read(path).with_context(|| path.to_owned())?;
    let digest = Digest::of(&bytes);
    let estimators = store
        .describe(&digest, &bytes)
        .await
        .with_context(|| path.to_owned())?;
    Ok(ComponentInfo {
        name: path.to_owned(),
        digest,
        estimators,
    })
}

fn pretty(value: &impl serde::Serialize) -> anyhow::Result<String> {
    Ok(serde_json::to_string_pretty(value)? + "\n")
}

fn list(catalogue: &Catalogue) -> String {
    let mut table = Table::new();
    table
        .load_preset(presets::UTF8_HORIZONTAL_ONLY)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_header(["estimator", "kind", "family", "what it is"]);
    for component in &catalogue.components {
        for e in &component.estimators {
            table.add_row([&e.name, e.kind.as_str(), &component.name, &e.doc]);
        }
    }
    format!("{table}\n")
}

fn inspect(e: &EstimatorInfo) -> String {
    let mut out = String::new();
    let yes = |b: bool| if b { "yes" } else { "no" };
    let _ = writeln!(out, "{} ({})\n{}\n", e.name, e.kind.as_str(), e.doc);
    let _ = writeln!(
        out,
        "probabilities: {}   missing values: {}   weights: {}   shares work along: {}",
        yes(e.probabilities),
        yes(e.accepts_missing),
        yes(e.accepts_weights),
        if e.shares.is_empty() {
            "nothing".to_owned()
        } else {
            e.shares.join(", ")
        }
    );
    let mut table = Table::new();
    table
        .load_preset(presets::UTF8_HORIZONTAL_ONLY)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_header(["parameter", "default", "allowed", "what it does"]);
    for p in &e.params {
        table.add_row([
            p.name.clone(),
            p.default.to_string(),
            p.allowed(),
            p.doc.clone(),
        ]);
    }
    let _ = writeln!(out, "{table}");
    out
}
