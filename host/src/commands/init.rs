//! `pleat init`: a commented job file for a data file, to begin with.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use pleat_core::data::{Dialect, Finding, Table, Target, Values, findings};
use pleat_core::estimator::Kind;
use pleat_core::params::unknown;

use super::data::{delimiter, reading};
use super::write_out;
use crate::data::{Limit, Source, read};
use crate::report::plain;

/// A whole number with more different values than this is measured, not a
/// class.
const MOST_CLASSES: usize = 20;

/// Support vector machines take time that grows with the square of the rows.
const MOST_ROWS_FOR_SVM: usize = 10_000;

/// Folds, where there are rows for them.
const FOLDS: usize = 5;

/// Neighbours that are tried, where there are as many.
const MOST_NEIGHBORS: usize = 30;

/// A class rarer than this asks for a score that sees it.
const RARE: f64 = 0.2;

/// Write a job file for a data file, to begin with.
///
/// It says what was found in the data, fills and encodes what needs it, and
/// searches a few estimators. Everything in it is meant to be changed.
#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  pleat init train.csv --target churn -o job.toml && pleat tune job.toml"
)]
pub(super) struct Args {
    /// The data: CSV, TSV, Parquet, Arrow, npy or npz.
    data: PathBuf,
    /// The column to predict.
    #[arg(long, value_name = "COLUMN")]
    target: String,
    /// Write to this file instead of printing; one that is there stays.
    #[arg(long, short, value_name = "FILE")]
    out: Option<PathBuf>,
    /// What separates the fields of a text file [default: a comma, or a tab
    /// in a .tsv].
    #[arg(long, value_name = "CHARACTER", value_parser = delimiter)]
    delimiter: Option<char>,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let shown = args.data.display().to_string();
    let source = Source::file(&args.data).with_context(|| shown.clone())?;
    let dialect = Dialect {
        delimiter: args.delimiter,
        ..Dialect::default()
    };
    let (told, bar) = reading();
    let scratch = std::env::temp_dir();
    let encoded = read(&source, &dialect, &scratch, Limit::NONE, &*told);
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
    let table = encoded.with_context(|| shown)?.table;
    let draft = Draft::of(args, &table)?;
    let text = draft.write();
    match &args.out {
        None => write_out(&text)?,
        Some(path) => {
            let mut file = std::fs::File::create_new(path)
                .with_context(|| format!("{} cannot be written", path.display()))?;
            file.write_all(text.as_bytes())?;
            eprintln!("job: {}; run it with `pleat tune {0}`", path.display());
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// What a job for this data could be.
struct Draft<'a> {
    args: &'a Args,
    table: &'a Table,
    kind: Kind,
    /// Rows that have a target.
    rows: usize,
    missing_target: usize,
    /// The classes and how many rows each has, the commonest first.
    classes: Vec<(String, usize)>,
    findings: Vec<Finding>,
    drop: Vec<&'a str>,
}

impl<'a> Draft<'a> {
    fn of(args: &'a Args, table: &'a Table) -> anyhow::Result<Self> {
        let Some(target) = table.column(&args.target) else {
            bail!(
                "--target: {}",
                unknown("column", &args.target, &table.names())
            );
        };
        let distinct = pleat_core::data::balance(&target.values, MOST_CLASSES);
        let (kind, missing_target) = match &target.values {
            Values::Text { codes, .. } => {
                let missing = codes.iter().filter(|c| **c == pleat_core::data::MISSING);
                (Kind::Classifier, missing.count())
            }
            Values::Numeric(numbers) => {
                let whole = numbers.iter().all(|x| x.is_nan() || *x == x.trunc());
                let few = distinct.as_ref().is_some_and(|d| d.len() <= MOST_CLASSES);
                let kind = if whole && few {
                    Kind::Classifier
                } else {
                    Kind::Regressor
                };
                (kind, numbers.iter().filter(|x| x.is_nan()).count())
            }
        };
        let rows = table.rows() - missing_target;
        if rows == 0 {
            bail!("--target: column \"{}\" has no values", args.target);
        }
        if missing_target == 0 {
            // The sentence for a target that cannot be learned.
            Target::of(table, &args.target, kind)?;
        }
        if let Some([(only, _)]) = distinct.as_deref() {
            bail!(
                "--target: column \"{}\" is {only} in every row that has a value: there is nothing to tell apart",
                args.target
            );
        }
        let findings = findings(table, Some(&args.target));
        let drop = table
            .names()
            .into_iter()
            .filter(|name| {
                let of_column = findings.iter().filter(|f| f.column == *name);
                *name != args.target && of_column.into_iter().any(|f| f.message.contains("drop"))
            })
            .collect();
        let classes = match kind {
            Kind::Classifier => {
                pleat_core::data::balance(&target.values, usize::MAX).unwrap_or_default()
            }
            _ => Vec::new(),
        };
        let draft = Self {
            args,
            table,
            kind,
            rows,
            missing_target,
            classes,
            findings,
            drop,
        };
        if draft.features().iter().all(|(columns, _)| *columns == 0) {
            bail!(
                "{}: there is no column to learn \"{}\" from{}",
                args.data.display(),
                args.target,
                draft
                    .findings
                    .iter()
                    .map(|f| format!("; {f}"))
                    .collect::<String>()
            );
        }
        Ok(draft)
    }

    /// How many folds the rarest class allows; one of a single row is tested
    /// without having been learned anyway.
    fn folds(&self) -> usize {
        let sizes = self.classes.iter().map(|(_, rows)| *rows);
        let rarest = sizes.filter(|rows| *rows > 1).min();
        FOLDS.min(rarest.unwrap_or(self.rows)).max(2)
    }

    /// The columns that are left as features: numeric ones and text ones, each
    /// with whether any of them has missing values.
    fn features(&self) -> [(usize, bool); 2] {
        let mut out = [(0, false); 2];
        for column in self.table.columns() {
            if column.name == self.args.target || self.drop.contains(&&column.name[..]) {
                continue;
            }
            let (place, missing) = match &column.values {
                Values::Numeric(numbers) => (0, numbers.iter().any(|x| x.is_nan())),
                Values::Text { codes, .. } => (1, codes.contains(&pleat_core::data::MISSING)),
            };
            out[place].0 += 1;
            out[place].1 |= missing;
        }
        out
    }

    fn write(&self) -> String {
        let mut out = String::new();
        let file = self.args.data.file_name().unwrap_or_default();
        let file = file.to_string_lossy();
        let _ = writeln!(
            out,
            "# A job for {}, to begin with: {} rows, {} columns.\n# Run it with `pleat tune`; `pleat fit` keeps the best model.\n",
            plain(&file),
            self.table.rows(),
            self.table.columns().len()
        );
        let stem = self.args.data.file_stem().unwrap_or_default();
        let _ = writeln!(out, "name   = {}", quoted(&stem.to_string_lossy()));
        let _ = writeln!(out, "target = {}", quoted(&self.args.target));
        self.write_classes(&mut out);
        self.write_pipeline(&mut out);
        self.write_data(&mut out);
        self.write_search(&mut out);
        out
    }

    fn write_classes(&self, out: &mut String) {
        if self.kind != Kind::Classifier {
            out.push_str("scoring = \"r2\"                   # or neg_root_mean_squared_error, neg_mean_absolute_error, ...\n");
            return;
        }
        let mut shown: Vec<String> = self
            .classes
            .iter()
            .take(10)
            .map(|(class, n)| {
                #[allow(clippy::cast_precision_loss)]
                let share = 100.0 * *n as f64 / self.rows as f64;
                format!("{} {share:.1} %", plain(class))
            })
            .collect();
        if self.classes.len() > shown.len() {
            shown.push("...".to_owned());
        }
        let _ = writeln!(
            out,
            "# {} classes: {}",
            self.classes.len(),
            shown.join(", ")
        );
        let rarest = self.classes.iter().map(|(_, n)| *n).min().unwrap_or(0);
        if rarest == 1 {
            out.push_str("# A class of a single row is never learned from and tested at once: find more, or leave it out.\n");
        }
        #[allow(clippy::cast_precision_loss)]
        let rare = (rarest as f64) < RARE * self.rows as f64 && self.classes.len() == 2;
        if rare {
            out.push_str(
                "# One class is rare: accuracy would praise a model that never sees it.\n",
            );
            out.push_str("scoring = \"balanced_accuracy\"\n");
        } else {
            let area = if self.classes.len() == 2 {
                "roc_auc"
            } else {
                "roc_auc_ovr"
            };
            let _ = writeln!(
                out,
                "scoring = \"accuracy\"             # or balanced_accuracy, f1_macro, {area}, ..."
            );
        }
    }

    fn write_pipeline(&self, out: &mut String) {
        let [(numeric, numeric_missing), (text, text_missing)] = self.features();
        out.push_str("\n# Fitted on training rows only, in this order.\npipeline = [\n");
        if numeric_missing {
            out.push_str("    { step = \"SimpleImputer\", name = \"fill\", strategy = \"median\", columns = \"numeric\" },\n");
        }
        if text_missing {
            out.push_str("    { step = \"SimpleImputer\", name = \"fill-text\", strategy = \"most_frequent\", columns = \"text\" },\n");
        }
        if numeric > 0 {
            out.push_str(
                "    { step = \"StandardScaler\", name = \"scale\", columns = \"numeric\" },\n",
            );
        }
        if text > 0 {
            out.push_str("    { step = \"OneHotEncoder\", name = \"encode\", handle_unknown = \"ignore\", columns = \"text\" },\n");
        }
        out.push_str("]\n");
    }

    fn write_data(&self, out: &mut String) {
        out.push_str("\n[data]\n");
        let path = relative(&self.args.data, self.args.out.as_deref());
        let _ = writeln!(out, "path = {}", quoted(&path.to_string_lossy()));
        if let Some(delimiter) = self.args.delimiter {
            let _ = writeln!(out, "delimiter = {}", quoted(&delimiter.to_string()));
        }
        if self.missing_target > 0 {
            let _ = writeln!(
                out,
                "drop_missing_target = true        # {} rows have no target",
                self.missing_target
            );
        }
        for finding in &self.findings {
            let _ = writeln!(out, "# {}", plain(&finding.to_string()));
        }
        if !self.drop.is_empty() {
            let names: Vec<String> = self.drop.iter().map(|name| quoted(name)).collect();
            let _ = writeln!(out, "drop = [{}]", names.join(", "));
        }
        out.push_str("# groups = \"...\"                  # rows that belong together, for GroupKFold and its like\n");
        out.push_str("# sample_weight = \"...\"           # how much each row counts\n");
    }

    fn write_search(&self, out: &mut String) {
        let svm = self.rows <= MOST_ROWS_FOR_SVM;
        let folds = self.folds();
        // Of two folds that differ by one in each class the smaller trains.
        let trained = self.rows - (self.rows / folds + self.classes.len().max(1)).min(self.rows);
        let neighbors = format!(
            "n_neighbors = {{ randint = [1, {}] }}, weights = [\"uniform\", \"distance\"]",
            trained.clamp(2, MOST_NEIGHBORS)
        );
        out.push_str(
            "\n[search]\nstrategy = \"random\"              # or \"grid\", with lists of values only\nn_iter = 20\nrandom_state = 0\n\n[cv]\n",
        );
        let splitter = if self.kind == Kind::Classifier {
            "StratifiedKFold"
        } else {
            "KFold"
        };
        let _ = writeln!(
            out,
            "splitter = \"{splitter}\"\nn_splits = {folds}\nshuffle = true\nrandom_state = 0"
        );
        let mut estimator = |name: &str, space: &str| {
            let _ = writeln!(
                out,
                "\n[[estimators]]\nestimator = \"{name}\"\nspace = {{ {space} }}"
            );
        };
        if self.kind == Kind::Classifier {
            estimator("LogisticRegression", "C = { loguniform = [0.001, 100.0] }");
            estimator("KNeighborsClassifier", &neighbors);
            estimator(
                "DecisionTreeClassifier",
                "max_depth = { randint = [2, 12] }, min_samples_leaf = { randint = [1, 20] }",
            );
            if svm {
                estimator(
                    "SVC",
                    "C = { loguniform = [0.1, 100.0] }, gamma = { loguniform = [0.001, 1.0] }",
                );
            }
        } else {
            estimator("Ridge", "alpha = { loguniform = [0.001, 1000.0] }");
            estimator(
                "ElasticNet",
                "alpha = { loguniform = [0.001, 10.0] }, l1_ratio = { uniform = [0.05, 0.95] }",
            );
            estimator("KNeighborsRegressor", &neighbors);
            estimator(
                "DecisionTreeRegressor",
                "max_depth = { randint = [2, 12] }, min_samples_leaf = { randint = [1, 20] }",
            );
        }
    }
}

/// The data as a job file there would name it.
fn relative(data: &Path, job: Option<&Path>) -> PathBuf {
    match job.and_then(Path::parent) {
        // Beside each other, or the file is only printed.
        None => data.to_owned(),
        Some(folder) if folder.as_os_str().is_empty() => data.to_owned(),
        Some(folder) => match data.strip_prefix(folder) {
            Ok(inside) => inside.to_owned(),
            Err(_) => std::path::absolute(data).unwrap_or_else(|_| data.to_owned()),
        },
    }
}

/// A word as TOML, which writes a string as JSON does but for what no file
/// name and no column should hold.
fn quoted(word: &str) -> String {
    toml::Value::String(word.to_owned()).to_string()
}
