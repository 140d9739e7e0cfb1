//! `pleat data`: a file as Pleat reads it, before anything is learned from it.

use std::fmt::Write as _;
use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use clap::{Subcommand, ValueEnum};
use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use pleat_core::data::{
    ColumnSummary, ColumnType, Dialect, Held, NaValue, balance, findings, summaries,
};
use pleat_core::params::unknown;
use serde_json::json;

use super::write_out;
use crate::data::{Encoded, Limit, Source, read};
use crate::prepare::Told;

/// Classes of a target that are shown.
const MOST_CLASSES: usize = 50;

#[derive(Subcommand)]
pub(super) enum DataCommand {
    /// Show what each column of a file holds, and what looks unmeant.
    ///
    /// Reads CSV, TSV, Parquet, Arrow (Feather), npy and npz as a job would,
    /// and prints columns, findings and the digest of the content: files of
    /// different formats with the same digest hold the same data. An array's
    /// columns are called x0, x1, ..., and y where an npz has X and y.
    #[command(
        after_help = "Examples:\n  pleat data inspect train.csv --target churn\n  \
        pleat data inspect export.csv --delimiter ';' --na-value '?' --type zip=text\n\n\
        What is set here has a field of the same meaning in a job's [data]: delimiter, na_values, types."
    )]
    Inspect(InspectArgs),
}

#[derive(clap::Args)]
pub(super) struct InspectArgs {
    /// The file.
    file: PathBuf,
    /// Show how often each value of this column occurs.
    #[arg(long, value_name = "COLUMN")]
    target: Option<String>,
    /// What separates the fields of a text file [default: a comma, or a tab
    /// in a .tsv].
    #[arg(long, value_name = "CHARACTER", value_parser = delimiter)]
    delimiter: Option<char>,
    /// A cell that means a missing value; may be given several times.
    #[arg(long = "na-value", value_name = "CELL")]
    na_values: Vec<String>,
    /// A column's type: text, numeric or boolean; may be given several times.
    #[arg(long = "type", value_name = "COLUMN=TYPE", value_parser = column_type)]
    types: Vec<(String, ColumnType)>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum TypeName {
    Text,
    Numeric,
    Boolean,
}

pub(super) fn delimiter(passed: &str) -> Result<char, String> {
    let mut characters = passed.chars();
    match (passed, characters.next(), characters.next()) {
        ("\\t", ..) => Ok('\t'),
        (_, Some(one), None) => Ok(one),
        _ => Err("allowed is one character, or \\t for a tab".to_owned()),
    }
}

fn column_type(passed: &str) -> Result<(String, ColumnType), String> {
    let (column, name) = passed
        .rsplit_once('=')
        .ok_or("allowed is a column and its type, such as zip=text")?;
    let kind = match TypeName::from_str(name, true) {
        Ok(TypeName::Text) => ColumnType::Text,
        Ok(TypeName::Numeric) => ColumnType::Numeric,
        Ok(TypeName::Boolean) => ColumnType::Boolean,
        Err(_) => {
            return Err(format!(
                "\"{name}\" is no type: allowed are text, numeric, boolean"
            ));
        }
    };
    Ok((column.to_owned(), kind))
}

pub(super) fn run(command: DataCommand) -> anyhow::Result<ExitCode> {
    let DataCommand::Inspect(args) = command;
    let shown = args.file.display().to_string();
    let source = Source::file(&args.file).with_context(|| shown.clone())?;
    let dialect = Dialect {
        delimiter: args.delimiter,
        na_values: args.na_values.into_iter().map(NaValue::Text).collect(),
        types: args.types.into_iter().collect(),
    };
    let (told, bar) = reading();
    let scratch = std::env::temp_dir();
    let encoded = read(&source, &dialect, &scratch, Limit::NONE, &*told);
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
    let encoded = encoded.with_context(|| shown)?;
    let target = args.target.as_deref();
    if let Some(name) = target
        && encoded.table.column(name).is_none()
    {
        anyhow::bail!("{}", unknown("column", name, &encoded.table.names()));
    }
    write_out(&if args.json {
        document(&encoded, target)?
    } else {
        page(&encoded, target)
    })?;
    Ok(ExitCode::SUCCESS)
}

/// A bar for reading a file, on a terminal only; it appears when there is
/// something to wait for.
pub(super) fn reading() -> (Told, Option<ProgressBar>) {
    if !std::io::stderr().is_terminal() {
        return (Arc::new(|_, _| {}), None);
    }
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    bar.set_style(
        ProgressStyle::with_template("{bar:30} {percent}% reading the data  eta {eta}")
            .unwrap_or_else(|_| ProgressStyle::default_bar()),
    );
    let shown = bar.clone();
    let told = move |done, total| {
        shown.set_length(total);
        shown.set_position(done);
    };
    (Arc::new(told), Some(bar))
}

/// The values of the target and how often each occurs, unless they are many.
fn classes(encoded: &Encoded, target: Option<&str>) -> Option<Vec<(String, usize)>> {
    balance(&encoded.table.column(target?)?.values, MOST_CLASSES)
}

fn document(encoded: &Encoded, target: Option<&str>) -> anyhow::Result<String> {
    let mut document = json!({
        "digest": encoded.digest,
        "rows": encoded.table.rows(),
        "columns": summaries(&encoded.table),
        "findings": findings(&encoded.table, target),
    });
    if let Some(classes) = classes(encoded, target) {
        let classes = classes
            .into_iter()
            .map(|(class, rows)| json!({ "class": class, "rows": rows }));
        document["classes"] = classes.collect();
    }
    Ok(serde_json::to_string_pretty(&document)? + "\n")
}

fn page(encoded: &Encoded, target: Option<&str>) -> String {
    let table = &encoded.table;
    let mut shown = Table::new();
    shown
        .load_preset(presets::UTF8_HORIZONTAL_ONLY)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_header(["column", "type", "missing", "distinct", "values"]);
    for column in summaries(table) {
        let (kind, values) = held(&column);
        let (missing, distinct) = (column.missing.to_string(), column.distinct.to_string());
        shown.add_row([
            plain(&column.name),
            kind.to_owned(),
            missing,
            distinct,
            values,
        ]);
    }
    for column in [2, 3] {
        if let Some(column) = shown.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let mut out = format!("{shown}\n");
    if let (Some(target), Some(classes)) = (target, classes(encoded, target)) {
        let _ = writeln!(out, "\nclasses of \"{}\":", plain(target));
        for (class, rows) in classes {
            #[allow(clippy::cast_precision_loss)]
            let share = 100.0 * rows as f64 / table.rows() as f64;
            let _ = writeln!(out, "  {}: {rows} rows, {share:.1} %", plain(&class));
        }
    }
    let found = findings(table, target);
    if !found.is_empty() {
        let _ = writeln!(out, "\nfindings:");
        for finding in found {
            let _ = writeln!(out, "  {}", crate::report::plain(&finding.to_string()));
        }
    }
    let _ = writeln!(
        out,
        "\n{} rows x {} columns, {}",
        table.rows(),
        table.columns().len(),
        encoded.digest
    );
    out
}

fn held(column: &ColumnSummary) -> (&'static str, String) {
    match &column.values {
        Held::Numeric {
            min: Some(min),
            mean: Some(mean),
            max: Some(max),
        } => (
            "numeric",
            format!("{} to {}, mean {}", short(*min), short(*max), short(*mean)),
        ),
        Held::Numeric { .. } => ("numeric", "none".to_owned()),
        Held::Text { commonest } => {
            let words = commonest
                .iter()
                .map(|(word, rows)| format!("{} ({rows})", plain(word)));
            let mut words: Vec<String> = words.collect();
            if column.distinct > words.len() {
                words.push("...".to_owned());
            }
            ("text", words.join(", "))
        }
    }
}

/// A number as short as a person reads it.
fn short(x: f64) -> String {
    let rounded: f64 = format!("{x:.6e}").parse().unwrap_or(x);
    if rounded == 0.0 || (1e-4..1e15).contains(&rounded.abs()) {
        format!("{rounded}")
    } else {
        format!("{rounded:e}")
    }
}

/// A word of a file as far as it belongs on a terminal.
fn plain(text: &str) -> String {
    const LONGEST: usize = 60;
    let mut shown: String = crate::report::plain(text).chars().take(LONGEST).collect();
    if text.chars().nth(LONGEST).is_some() {
        shown.push_str("...");
    }
    shown
}
