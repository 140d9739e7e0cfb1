//! `pleat catalogue`: all that a job can name, with parameters and defaults.

use std::fmt::Write as _;
use std::process::ExitCode;

use pleat_core::cv::Splitter;
use pleat_core::params::ParamInfo;
use pleat_core::pipeline::Pipeline;
use pleat_core::scoring::Scorer;
use serde::Serialize;

use super::{open_store, write_out};

#[derive(clap::Args)]
pub(super) struct Args {
    /// Print JSON, parameters included.
    #[arg(long)]
    json: bool,
}

/// A name that a job can use, and what can be set beside it.
#[derive(Serialize)]
struct Entry {
    name: String,
    params: Vec<ParamInfo>,
    /// The component an estimator is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    family: Option<String>,
    /// Formats of other programs its models can be exported to and imported
    /// from.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    formats: Vec<String>,
}

/// What is offered, by the section of a job that names it.
#[derive(Serialize)]
struct Offer {
    splitters: Vec<Entry>,
    scorers: Vec<&'static str>,
    steps: Vec<Entry>,
    estimators: Vec<Entry>,
}

pub(super) async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let tasks = crate::builtin::catalogue(&open_store()?).await?;
    let estimators = tasks.components.into_iter().flat_map(|c| {
        let family = c.name;
        c.estimators.into_iter().map(move |e| (family.clone(), e))
    });
    let entries = |names: &[&str], params: fn(&str) -> Option<Vec<ParamInfo>>| {
        let entry = |name: &&str| Entry {
            name: (*name).to_owned(),
            params: params(name).unwrap_or_default(),
            family: None,
            formats: Vec::new(),
        };
        names.iter().map(entry).collect()
    };
    let offer = Offer {
        splitters: entries(&Splitter::NAMES, Splitter::params),
        scorers: Scorer::ALL.iter().map(|s| s.name()).collect(),
        steps: entries(Pipeline::STEPS, Pipeline::params),
        estimators: estimators
            .map(|(family, e)| Entry {
                name: e.name,
                params: e.params,
                family: Some(family),
                formats: e.formats,
            })
            .collect(),
    };
    let text = if args.json {
        serde_json::to_string_pretty(&offer)? + "\n"
    } else {
        list(&offer)
    };
    write_out(&text)?;
    Ok(ExitCode::SUCCESS)
}

fn list(offer: &Offer) -> String {
    let names = |of: &[Entry]| of.iter().map(|e| e.name.clone()).collect::<Vec<_>>();
    let mut out = String::new();
    for (title, names) in [
        ("splitters", names(&offer.splitters)),
        (
            "scorers",
            offer.scorers.iter().map(ToString::to_string).collect(),
        ),
        ("steps", names(&offer.steps)),
        ("estimators", names(&offer.estimators)),
    ] {
        let _ = writeln!(out, "{title} ({})\n  {}\n", names.len(), names.join("\n  "));
    }
    out
}
