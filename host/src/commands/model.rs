//! Models: `pleat fit` makes one, `pleat predict`, `evaluate` and `inspect`
//! use it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use bytesize::ByteSize;
use comfy_table::{Table as Page, presets};
use pleat_core::data::{ColumnType, Dialect, Label, Table, Target, weights};
use pleat_core::estimator::Kind;
use pleat_core::job::Job;
use pleat_core::model::{Learned, ModelHeader};
use pleat_core::scoring::{Context as Scored, Gives, Needs, Prediction, Scorer, Truth};
use serde_json::{Value as Json, json};

use super::data::reading;
use super::{open_store, tune, write_out};
use crate::bundle::Bundle;
use crate::data::{Encoded, Limit, Source, read};
use crate::engine::Answer;
use crate::report::plain;
use crate::slot::frames;
use crate::slot::process::SlotProcess;

/// Run a job and keep its best candidate, fitted on all rows.
///
/// The same as `pleat tune` with --model: a job without [search] fits its
/// fixed parameters. The file carries all that predicting needs: steps,
/// columns, labels, the estimator's code, the job and the digest of its result.
#[derive(clap::Args)]
pub(super) struct FitArgs {
    #[command(flatten)]
    run: tune::RunArgs,
    /// The file to write the model to.
    #[arg(long, short, value_name = "FILE")]
    out: PathBuf,
}

/// Predict rows with a model that `pleat fit` wrote.
///
/// Prints CSV: a column `prediction`, and with --proba one for each class.
/// Columns may be in another order, and there may be more of them; one that is
/// missing or of another type is an error.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  pleat predict model.pleat new.csv\n  \
    pleat predict model.pleat new.parquet --proba -o predictions.csv")]
pub(super) struct PredictArgs {
    /// The model.
    model: PathBuf,
    /// The rows: CSV, TSV, Parquet, Arrow, npy or npz.
    data: PathBuf,
    /// Print each class's probability too.
    #[arg(long)]
    proba: bool,
    /// Write to this file instead.
    #[arg(long, short, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    reading: ReadingArgs,
}

/// Score a model on rows whose target is known.
///
/// Prints the scorers of the job that made it, or those named; where the job
/// had weights, the rows count by the same column.
#[derive(clap::Args)]
pub(super) struct EvaluateArgs {
    /// The model.
    model: PathBuf,
    /// The rows, with the target among their columns.
    data: PathBuf,
    /// A scorer; may be given several times [default: the job's].
    #[arg(long, value_name = "SCORER")]
    scoring: Vec<String>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    reading: ReadingArgs,
}

/// Show what a model is: what it was made from, and what it needs.
#[derive(clap::Args)]
pub(super) struct InspectArgs {
    /// The model.
    model: PathBuf,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

#[derive(clap::Args)]
struct ReadingArgs {
    /// What separates the fields of a text file [default: a comma, or a tab
    /// in a .tsv].
    #[arg(long, value_name = "CHARACTER", value_parser = super::data::delimiter)]
    delimiter: Option<char>,
    /// Memory the model may use.
    #[arg(long, value_name = "SIZE", default_value = "2GiB")]
    memory: ByteSize,
}

pub(super) async fn fit(args: FitArgs) -> anyhow::Result<ExitCode> {
    tune::run_for(args.run, Some(&args.out)).await
}

pub(super) async fn predict(args: PredictArgs) -> anyhow::Result<ExitCode> {
    let bundle = Bundle::read(&args.model)?;
    let header = &bundle.model.header;
    if args.proba && !header.probabilities {
        bail!(
            "--proba: {} gives no probabilities; leave it out",
            header.estimator
        );
    }
    let needs = Needs {
        answers: true,
        probabilities: args.proba,
        decision: false,
    };
    let (_, answer) = apply(&bundle, &args.data, &args.reading, needs, &[]).await?;
    let text = predictions(header, &answer)?;
    match &args.out {
        None => write_out(&text)?,
        Some(path) => std::fs::write(path, text)
            .with_context(|| format!("{} cannot be written", path.display()))?,
    }
    Ok(ExitCode::SUCCESS)
}

/// The answers as CSV.
fn predictions(header: &ModelHeader, answer: &Answer) -> anyhow::Result<String> {
    let label = |code: &u32| header.labels.get(*code as usize).map(ToString::to_string);
    let mut writer = csv::Writer::from_writer(Vec::new());
    let mut head = vec!["prediction".to_owned()];
    let width = header.classes.len();
    if answer.probabilities.is_some() {
        head.extend(
            header
                .classes
                .iter()
                .map(|c| format!("probability_{}", label(c).unwrap_or_default())),
        );
    }
    writer.write_record(&head)?;
    let answers: Vec<String> = match (&answer.classes, &answer.numbers) {
        // Groups have no names.
        (Some(groups), _) if header.kind == Kind::Clusterer => {
            groups.iter().map(ToString::to_string).collect()
        }
        (Some(classes), _) => classes
            .iter()
            .map(|c| label(c).context("the model answered a class it does not know"))
            .collect::<Result<_, _>>()?,
        (None, Some(numbers)) => numbers.iter().map(ToString::to_string).collect(),
        (None, None) => bail!("the model gave no answers"),
    };
    let probabilities = answer.probabilities.as_deref().unwrap_or_default();
    for (row, answer) in answers.into_iter().enumerate() {
        let own = probabilities.iter().skip(row * width).take(width);
        let record = std::iter::once(answer).chain(own.map(ToString::to_string));
        writer.write_record(record)?;
    }
    Ok(String::from_utf8(writer.into_inner()?)?)
}

pub(super) async fn evaluate(args: EvaluateArgs) -> anyhow::Result<ExitCode> {
    let bundle = Bundle::read(&args.model)?;
    let (header, job) = (&bundle.model.header, bundle.job.as_ref());
    let named = args.scoring.iter().map(|name| Scorer::parse(name));
    let mut scorers: Vec<Scorer> = named
        .collect::<Result<_, _>>()
        .map_err(anyhow::Error::msg)?;
    if scorers.is_empty() {
        scorers = match job {
            // Those that look at features are for jobs.
            Some(job) => {
                let all = job.scorers().iter().copied();
                all.filter(|s| !s.needs_features()).collect()
            }
            None => Scorer::default_for(header.kind).into_iter().collect(),
        };
    }
    if scorers.is_empty() {
        bail!(
            "the {} was chosen by scores that only a job computes: name scorers with --scoring",
            header.kind.as_str()
        );
    }
    let pos_label = job.and_then(|job| job.pos_label());
    let sample_weight = job.and_then(|job| job.sample_weight());
    let gives = Gives {
        probabilities: header.probabilities,
        decision: header.decision,
    };
    let mut needs = Needs::default();
    let mut positive = BTreeMap::new();
    for scorer in &scorers {
        if scorer.kind() != header.kind {
            bail!(
                "{scorer} scores a {}, and {} is a {}",
                scorer.kind().as_str(),
                header.estimator,
                header.kind.as_str()
            );
        }
        if scorer.needs_features() {
            bail!(
                "{scorer} looks at the features as the steps leave them, which only a job does; \
                 --scoring takes scorers that compare with a target"
            );
        }
        needs = needs.union(scorer.needs(gives).map_err(anyhow::Error::msg)?);
        let code = scorer.check_labels(&header.labels, pos_label);
        positive.insert(*scorer, code.map_err(anyhow::Error::msg)?);
    }
    let Some(name) = &header.target else {
        bail!(
            "it is not known what column the {} predicts: there is nothing to score it with",
            header.kind.as_str()
        );
    };
    let wanted: Vec<&str> = std::iter::once(&name[..]).chain(sample_weight).collect();
    let (table, answer) = apply(&bundle, &args.data, &args.reading, needs, &wanted).await?;
    let target = truth(header, name, &table)?;
    let truth = match &target {
        Target::Classes { codes, .. } => Truth::Classes(codes),
        Target::Numbers(numbers) => Truth::Numbers(numbers),
        Target::None(rows) => Truth::Unknown(*rows),
    };
    let weights = match sample_weight {
        Some(name) => Some(weights(&table, name)?),
        None => None,
    };
    let prediction = Prediction {
        model_classes: &header.classes,
        classes: answer.classes.as_deref(),
        numbers: answer.numbers.as_deref(),
        probabilities: answer.probabilities.as_deref(),
        decision: answer.decision.as_deref(),
    };
    let mut scores = serde_json::Map::new();
    let mut failed = false;
    for scorer in scorers {
        let context = Scored {
            weights: weights.as_deref(),
            positive: positive.get(&scorer).copied().flatten(),
            features: None,
        };
        let score = match scorer.score(truth, &prediction, &context) {
            Ok(score) => serde_json::Number::from_f64(score).map_or(Json::Null, Json::Number),
            Err(e) => {
                eprintln!("no score: {e}");
                failed = true;
                Json::Null
            }
        };
        scores.insert(scorer.name().to_owned(), score);
    }
    write_out(&if args.json {
        serde_json::to_string_pretty(&json!({ "rows": table.rows(), "scores": scores }))? + "\n"
    } else {
        let mut text = String::new();
        for (name, score) in &scores {
            let _ = writeln!(text, "{name}: {score}");
        }
        let _ = writeln!(text, "{} rows", table.rows());
        text
    })?;
    Ok(ExitCode::from(u8::from(failed)))
}

/// The target of new rows in the model's own codes.
fn truth(header: &ModelHeader, name: &str, table: &Table) -> anyhow::Result<Target> {
    let target = Target::of(table, name, header.kind)?;
    let Target::Classes { labels, codes } = target else {
        return Ok(target);
    };
    let code = |label: &Label| {
        let known = header.labels.iter().zip(0_u32..).find(|(l, _)| *l == label);
        known.map(|(_, code)| code).with_context(|| {
            let known: Vec<String> = header.labels.iter().map(ToString::to_string).collect();
            format!(
                "column \"{name}\" has the class \"{label}\", which the model was not fitted with: it knows {}",
                known.join(", ")
            )
        })
    };
    let of_label = labels.iter().map(code).collect::<Result<Vec<u32>, _>>()?;
    Ok(Target::Classes {
        codes: codes.iter().map(|c| of_label[*c as usize]).collect(),
        labels: header.labels.clone(),
    })
}

/// Reads rows and lets the model predict them, in a slot as always.
async fn apply(
    bundle: &Bundle,
    data: &Path,
    reading_args: &ReadingArgs,
    needs: Needs,
    wanted: &[&str],
) -> anyhow::Result<(Table, Answer)> {
    let header = &bundle.model.header;
    let shown = data.display().to_string();
    let store = open_store()?;
    let source = Source::file(data).with_context(|| shown.clone())?;
    let mut dialect = Dialect {
        delimiter: reading_args.delimiter,
        na_values: bundle
            .job
            .as_ref()
            .map_or(Vec::new(), |job| job.na_values().to_vec()),
        types: BTreeMap::new(),
    };
    let (told, bar) = reading();
    let (exe, scratch) = (super::exe()?, store.scratch());
    let columns = header.columns.clone();
    let target_is_text = header.labels.iter().any(|l| matches!(l, Label::Text(_)));
    let (target, labelled) = (header.target.clone(), header.kind == Kind::Classifier);
    let encoded = tokio::task::spawn_blocking(move || {
        let first = read(&source, &dialect, &scratch, Limit::NONE, &*told)?;
        // What was text when the model was fitted may look like numbers here.
        let is_numeric = |name: &str| {
            let column = first.table.column(name);
            column.is_some_and(|c| matches!(c.values, pleat_core::data::Values::Numeric(_)))
        };
        let texts = columns.iter().filter(|c| c.text).map(|c| &c.name);
        let texts = texts.chain(target.as_ref().filter(|_| labelled && target_is_text));
        let retype: Vec<_> = texts.filter(|name| is_numeric(name)).cloned().collect();
        if retype.is_empty() {
            return Ok(first);
        }
        dialect
            .types
            .extend(retype.into_iter().map(|name| (name, ColumnType::Text)));
        read(&source, &dialect, &scratch, Limit::NONE, &*told)
    })
    .await?;
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
    let Encoded {
        table,
        bytes,
        digest,
        file,
    } = encoded.with_context(|| shown.clone())?;
    header
        .frame(&table)
        .map_err(anyhow::Error::msg)
        .with_context(|| shown.clone())?;
    if let Some(missing) = wanted.iter().find(|name| table.column(name).is_none()) {
        bail!(
            "{shown}: {}",
            pleat_core::params::unknown("column", missing, &table.names())
        );
    }
    if let Some(file) = file {
        store.adopt(file, &digest)?;
    }
    let data = store.put_blob(&bytes)?.1;
    let model = store.put_blob(&bundle.model_bytes)?.1;
    let code = store.code(&header.component, &bundle.component).await?;
    let mut slot = SlotProcess::start(&exe)?;
    slot.open(&BTreeMap::from([(header.component, code)]), None)
        .await??;
    let answer = slot
        .predict(frames::Prediction {
            model: model.display().to_string(),
            data: data.display().to_string(),
            memory: reading_args.memory.as_u64(),
            needs,
        })
        .await??;
    slot.kill().await;
    Ok((table, answer))
}

pub(super) fn inspect(args: &InspectArgs) -> anyhow::Result<ExitCode> {
    let bundle = Bundle::read(&args.model)?;
    write_out(&if args.json {
        serde_json::to_string_pretty(&json!({
            "manifest": bundle.manifest,
            "model": bundle.model.header,
            "setup": bundle.job.as_ref().map(Job::setup),
        }))? + "\n"
    } else {
        page(&bundle)
    })?;
    Ok(ExitCode::SUCCESS)
}

fn page(bundle: &Bundle) -> String {
    let (header, manifest) = (&bundle.model.header, &bundle.manifest);
    let mut out = String::new();
    let steps = bundle.job.as_ref();
    let steps = steps.and_then(|job| job.configure(&header.candidate).ok());
    let (steps, params) = steps.map_or_else(
        || (String::new(), String::new()),
        |c| {
            let params = c.params.iter().map(|(k, v)| format!("{k}={v}"));
            (
                c.pipeline.names().join(", "),
                params.collect::<Vec<_>>().join(", "),
            )
        },
    );
    let mut line = |what: &str, value: &str| {
        if !value.is_empty() {
            let _ = writeln!(out, "{what:<12}{}", plain(value));
        }
    };
    line(
        "estimator",
        &format!("{} ({})", header.estimator, header.kind.as_str()),
    );
    line("params", &params);
    line("steps", &steps);
    line("target", header.target.as_deref().unwrap_or_default());
    let labels: Vec<String> = header.labels.iter().map(ToString::to_string).collect();
    line("classes", &labels.join(", "));
    if let (Some(job), Some(result)) = (header.job, manifest.result_digest) {
        line("fitted on", &format!("{} rows", header.rows));
        let score = manifest
            .score
            .map_or("none".to_owned(), |s| format!("{s:.6}"));
        line(
            "score",
            &format!("{score} ({}, mean over the splits)", manifest.scorer),
        );
        line("job", &format!("{}, {job}", manifest.name));
        line("result", &result.to_string());
    } else {
        line("imported", &manifest.name);
    }
    line("component", &header.component.to_string());
    line("written by", &format!("pleat {}", manifest.pleat));
    let mut columns = Page::new();
    columns
        .load_preset(presets::UTF8_HORIZONTAL_ONLY)
        .set_header(["column", "type"]);
    for column in &header.columns {
        let kind = if column.text { "text" } else { "numeric" };
        columns.add_row([&plain(&column.name)[..], kind]);
    }
    let _ = writeln!(out, "\n{columns}");
    learned(&header.learned, &mut out);
    out
}

/// What the model has learned: numbers by themselves, importances and
/// coefficients beside the features they are of, of the rest the shape.
fn learned(learned: &Learned, out: &mut String) {
    const MOST: usize = 40;
    let mut others = Vec::new();
    for (name, value) in &learned.attributes {
        let row = match value {
            // Of two classes, or of a regressor with one output.
            Json::Array(rows) if rows.len() == 1 && rows[0].is_array() => &rows[0],
            value => value,
        };
        let numbers: Option<Vec<f64>> = row
            .as_array()
            .filter(|row| row.len() == learned.features.len() && row.len() > 1)
            .and_then(|row| row.iter().map(Json::as_f64).collect());
        let Some(numbers) = numbers else {
            others.push(format!("{}: {}", plain(name), shape(value)));
            continue;
        };
        let mut order: Vec<usize> = (0..numbers.len()).collect();
        order.sort_by(|a, b| numbers[*b].abs().total_cmp(&numbers[*a].abs()));
        let mut page = Page::new();
        page.load_preset(presets::UTF8_HORIZONTAL_ONLY)
            .set_header(["feature", &plain(name)[..]]);
        for place in order.iter().take(MOST) {
            let value = format!("{:.6}", numbers[*place]);
            page.add_row([plain(&learned.features[*place]), value]);
        }
        let _ = writeln!(out, "{page}");
        if order.len() > MOST {
            let _ = writeln!(out, "... and {} more features", order.len() - MOST);
        }
    }
    for other in others {
        let _ = writeln!(out, "{other}");
    }
}

/// A number as it is, an array by how long it is in each direction.
fn shape(value: &Json) -> String {
    let mut lengths = Vec::new();
    let mut inner = value;
    while let Json::Array(parts) = inner {
        lengths.push(parts.len().to_string());
        let Some(first) = parts.first() else { break };
        inner = first;
    }
    match (&lengths[..], value) {
        ([], value) => value.to_string(),
        ([length], Json::Array(parts)) if parts.len() <= 4 => {
            let parts: Vec<String> = parts.iter().map(ToString::to_string).collect();
            format!("{} ({length})", parts.join(", "))
        }
        _ => format!("{} numbers", lengths.join(" x ")),
    }
}
