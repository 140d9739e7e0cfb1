//! Rendering: a report as a table for people, as JSON, or as CSV.

use std::fmt::Write as _;

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use pleat_core::job::ESTIMATOR;
use pleat_core::reduce;
use pleat_core::report::{Baseline, Report};
use serde_json::Value as Json;

/// Rows of the table; more are counted, not shown.
const MOST_ROWS: usize = 40;

/// The whole report as one JSON document.
#[must_use]
pub fn json(report: &Report) -> String {
    let mut text = serde_json::to_string_pretty(&report.to_json()).unwrap_or_default();
    text.push('\n');
    text
}

/// `cv_results` as CSV, a row a candidate.
///
/// # Errors
/// The writer failed.
pub fn csv(report: &Report) -> Result<String, csv::Error> {
    let document = report.to_json();
    let columns = document["cv_results"]
        .as_object()
        .cloned()
        .unwrap_or_default();
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(columns.keys())?;
    let rows = columns
        .values()
        .filter_map(Json::as_array)
        .map(Vec::len)
        .max()
        .unwrap_or(0);
    for row in 0..rows {
        writer.write_record(columns.values().map(|column| cell(&column[row])))?;
    }
    let bytes = writer.into_inner().map_err(|e| e.into_error())?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn cell(value: &Json) -> String {
    match value {
        Json::Null => String::new(),
        Json::String(s) => s.clone(),
        other => other.to_string(),
    }
}

/// The ranking, then what went wrong, then how it ran.
#[must_use]
pub fn table(report: &Report) -> String {
    let document = report.to_json();
    let results = &document["cv_results"];
    let suffixes = suffixes(results);
    let mut out = String::new();
    let candidates = results["params"].as_array().map_or(&[][..], |p| &p[..]);
    let first = deciding(report, &suffixes);
    let rank = |i: usize| {
        results[format!("rank_test_{first}")][i]
            .as_u64()
            .unwrap_or(u64::MAX)
    };
    let mut order: Vec<usize> = (0..candidates.len()).collect();
    order.sort_by_key(|&i| (rank(i), i));

    let mut table = Table::new();
    table
        .load_preset(presets::UTF8_HORIZONTAL_ONLY)
        .set_content_arrangement(ContentArrangement::Dynamic);
    let scorers = &report.result.scorers;
    let header = ["rank".to_owned(), "params".to_owned()]
        .into_iter()
        .chain(scorers.iter().map(|s| format!("{s} (mean ± std)")))
        .chain(["fit time".to_owned()]);
    table.set_header(header);
    let failed: std::collections::BTreeSet<u64> = report
        .result
        .failures
        .iter()
        .map(|f| u64::from(f.candidate))
        .collect();
    for &i in order.iter().take(MOST_ROWS) {
        let params = match candidates[i].as_object() {
            Some(p) if !p.is_empty() => described(p),
            _ => "(as given)".to_owned(),
        };
        let score = |suffix: &String| {
            let value = |column: &str| results[format!("{column}_test_{suffix}")][i].as_f64();
            match (value("mean"), value("std")) {
                (Some(mean), Some(std)) => format!("{mean:.4} ± {std:.4}"),
                _ if report.result.partial && !failed.contains(&(i as u64)) => "-".to_owned(),
                _ if failed.contains(&(i as u64)) => "failed".to_owned(),
                // As scikit-learn has it, such as a curve of one class.
                _ => "nan".to_owned(),
            }
        };
        let time = results["mean_fit_time"][i]
            .as_f64()
            .map_or("-".to_owned(), seconds);
        let row = [rank(i).to_string(), params]
            .into_iter()
            .chain(suffixes.iter().map(score))
            .chain([time]);
        table.add_row(row);
    }
    if let Some(baseline) = &report.result.baseline {
        table.add_row(baseline_row(baseline, scorers));
    }
    for column in 2..3 + scorers.len() {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let _ = writeln!(out, "{table}");
    if order.len() > MOST_ROWS {
        let _ = writeln!(out, "... and {} more candidates", order.len() - MOST_ROWS);
    }
    for warning in &report.result.warnings {
        let of = warning
            .candidate
            .map_or_else(String::new, |c| format!("candidate {c}: "));
        let _ = writeln!(out, "warning: {of}{}", plain(&warning.message));
    }
    failures(report, &mut out);
    let run = &report.run;
    if report.result.partial {
        let _ = writeln!(
            out,
            "partial: {} of {} fits were done",
            run.fits.0, run.fits.1
        );
    }
    let best = report
        .result
        .best_score
        .map_or("none".to_owned(), |s| format!("{s:.6}"));
    let params = Json::Object(report.result.best_params.clone());
    let _ = writeln!(out, "best: {best} {params}");
    if let Some(why) = report
        .result
        .refit
        .as_ref()
        .and_then(|r| r.failure.as_ref())
    {
        let _ = writeln!(out, "failed: fitting the best on all rows: {}", plain(why));
    }
    let _ = writeln!(
        out,
        "{} fits in {} on {} node(s), {} CPU; result {}",
        run.fits.0,
        seconds(run.seconds),
        run.nodes.len(),
        seconds(run.cpu_seconds),
        report.result_digest
    );
    out
}

/// A candidate on a line: its estimator first, numbers as short as a person
/// reads them.
fn described(params: &serde_json::Map<String, Json>) -> String {
    let (estimator, others): (Vec<_>, Vec<_>) =
        params.iter().partition(|(name, _)| *name == ESTIMATOR);
    let shown = |(name, value): (&String, &Json)| match value.as_f64() {
        Some(x) if value.is_f64() => format!("{name}={}", short(x)),
        _ => format!("{name}={}", cell_or_none(value)),
    };
    let all = estimator.into_iter().chain(others).map(shown);
    all.collect::<Vec<_>>().join(", ")
}

/// A number with at most six digits that count.
fn short(x: f64) -> String {
    let exact = format!("{x:?}");
    let rounded: f64 = format!("{x:.5e}").parse().unwrap_or(x);
    let rounded = format!("{rounded:?}");
    if rounded.len() < exact.len() {
        rounded
    } else {
        exact
    }
}

/// What the columns call the scorer that ranks candidates.
fn deciding<'a>(report: &Report, suffixes: &'a [String]) -> &'a str {
    let by = report.result.refit.as_ref().map(|r| &r.by);
    let named = suffixes.iter().find(|s| Some(*s) == by);
    named.or(suffixes.first()).map_or("", |s| &s[..])
}

/// What an estimator that looks at no feature comes to, below the ranking.
fn baseline_row(baseline: &Baseline, scorers: &[String]) -> Vec<String> {
    let score = |scorer: &String| {
        let scores = baseline.split_scores.get(scorer);
        let known: Vec<f64> = scores.into_iter().flatten().flatten().copied().collect();
        match baseline.mean_scores.get(scorer) {
            Some(Some(mean)) => format!("{mean:.4} ± {:.4}", reduce::std(&known)),
            _ => "-".to_owned(),
        }
    };
    let name = format!("baseline: {}", baseline.estimator);
    [String::new(), name]
        .into_iter()
        .chain(scorers.iter().map(score))
        .chain([String::new()])
        .collect()
}

fn failures(report: &Report, out: &mut String) {
    const SHOWN: usize = 5;
    let failures = &report.result.failures;
    for f in failures.iter().take(SHOWN) {
        let _ = writeln!(
            out,
            "failed: candidate {} on split {}: {}: {}",
            f.candidate,
            f.split,
            f.kind,
            plain(&f.message)
        );
    }
    if failures.len() > SHOWN {
        let _ = writeln!(out, "... and {} more failed fits", failures.len() - SHOWN);
    }
}

/// Words of a guest or a file on somebody's terminal: no control characters.
#[must_use]
pub fn plain(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

fn cell_or_none(value: &Json) -> String {
    if value.is_null() {
        "None".to_owned()
    } else {
        cell(value)
    }
}

/// What the columns call the scorers.
fn suffixes(results: &Json) -> Vec<String> {
    let keys = results.as_object().into_iter().flat_map(|o| o.keys());
    keys.filter_map(|k| k.strip_prefix("mean_test_"))
        .map(str::to_owned)
        .collect()
}

fn seconds(s: f64) -> String {
    // The sum of nothing is a negative zero.
    match s + 0.0 {
        s if s >= 1.0 => format!("{s:.2} s"),
        s if s >= 1e-3 => format!("{:.1} ms", s * 1e3),
        s => format!("{:.0} µs", s * 1e6),
    }
}
