//! The job document as people write it: untrusted, and not yet a job.
//!
//! Fields and their meaning live here, and the sentences for a document that
//! cannot be read at all. What the values mean together is checked in `job`.

use std::fmt;
use std::path::Path;
use std::time::Duration;

use bytesize::ByteSize;
use schemars::JsonSchema;
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value as Json};
use serde_path_to_error::Segment;

use super::SpecError;
use crate::data::{ColumnType, Dialect, NaValue, Plan};
use crate::digest::{Digest, Lane};
use crate::params::{Value, unknown};
use crate::space::Spaces;
use crate::task::Params;

/// A job document.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JobSpec {
    /// What to call the job; the document's file name where absent.
    pub name: Option<String>,
    /// The estimator, by its scikit-learn name. Or `estimators`.
    pub estimator: Option<String>,
    /// Several estimators to compare: names, or tables with what is theirs.
    #[serde(default, deserialize_with = "estimators")]
    #[schemars(with = "Option<Vec<Json>>")]
    pub estimators: Option<Vec<EstimatorSpec>>,
    /// Where the estimators come from: a component's file, or its digest.
    /// Absent: the built-in ones.
    pub component: Option<String>,
    /// The column to predict. Clusterers need none; scorers may, to compare
    /// what they find with.
    pub target: Option<String>,
    /// Which class a binary scorer asks for, where it is not plain from the
    /// labels.
    #[schemars(with = "Option<Json>")]
    pub pos_label: Option<Value>,
    /// Steps before the estimator: names, or tables `{ step = "...", ... }`.
    #[serde(default)]
    #[schemars(with = "Vec<Json>")]
    pub pipeline: Json,
    /// One scorer or several. Absent: accuracy for classifiers, r2 for
    /// regressors.
    pub scoring: Option<Scoring>,
    /// Whether the best candidate is fitted on all rows after a search; of
    /// several scorers, the name of the one that decides which is best.
    pub refit: Option<Refit>,
    /// What counts as the score of a fit that failed: `"nan"`, a number, or
    /// `"raise"` to end the job at the first.
    #[schemars(with = "Option<Json>")]
    pub error_score: Option<Json>,
    /// Whether to score the training rows as well.
    #[serde(default)]
    pub return_train_score: bool,
    /// Whether to score a baseline, which looks at no feature, on the same
    /// splits; by default it is.
    pub baseline: Option<bool>,
    /// Where the rows come from.
    pub data: DataSpec,
    /// Fixed parameters: of the estimator by bare name, of a step as
    /// `step__param`.
    #[serde(default)]
    pub params: Params,
    /// What to search. Absent: plain cross-validation of the fixed parameters.
    pub search: Option<SearchSpec>,
    /// How to split: a number of folds, or a splitter; by default 5 folds,
    /// stratified for classifiers.
    pub cv: Option<CvSpec>,
    /// What each candidate may use.
    #[serde(default)]
    pub limits: LimitsSpec,
    /// Which nodes may run it.
    #[serde(default)]
    pub lane: Lane,
    /// How many tasks may be asked for ahead of the oldest unfinished one.
    pub parallel: Option<u32>,
    /// How often a task is tried on one node when its slot dies.
    pub max_attempts: Option<u32>,
}

/// One of several estimators, with what is its own. A name alone will do.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EstimatorSpec {
    /// By its scikit-learn name.
    pub estimator: String,
    /// What results call it; absent: the estimator's name.
    pub name: Option<String>,
    /// Instead of the job's `component`.
    pub component: Option<String>,
    /// Instead of the job's `pipeline`.
    #[schemars(with = "Option<Vec<Json>>")]
    pub pipeline: Option<Json>,
    /// On top of the job's `params`.
    #[serde(default)]
    pub params: Params,
    /// Instead of the job's `search.space`.
    #[schemars(with = "Option<Json>")]
    pub space: Option<Spaces>,
}

impl EstimatorSpec {
    pub(super) fn named(estimator: &str) -> Self {
        Self {
            estimator: estimator.to_owned(),
            name: None,
            component: None,
            pipeline: None,
            params: Params::new(),
            space: None,
        }
    }
}

/// Reads a name or a table. An untagged enum would lose which field of the
/// table is at fault.
fn estimators<'de, D: Deserializer<'de>>(d: D) -> Result<Option<Vec<EstimatorSpec>>, D::Error> {
    struct Entry(EstimatorSpec);
    struct Reader;
    impl<'de> Visitor<'de> for Reader {
        type Value = Entry;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a name or a table")
        }

        fn visit_str<E: de::Error>(self, name: &str) -> Result<Entry, E> {
            Ok(Entry(EstimatorSpec::named(name)))
        }

        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Entry, A::Error> {
            EstimatorSpec::deserialize(MapAccessDeserializer::new(map)).map(Entry)
        }
    }
    impl<'de> Deserialize<'de> for Entry {
        fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
            d.deserialize_any(Reader)
        }
    }
    let entries = Option::<Vec<Entry>>::deserialize(d)?;
    Ok(entries.map(|all| all.into_iter().map(|Entry(e)| e).collect()))
}

/// One scorer or several.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Scoring {
    /// Columns are called `mean_test_score` and so on.
    One(String),
    /// Columns carry each scorer's name.
    Several(Vec<String>),
}

/// Whether, and by which scorer, the best is fitted on all rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Refit {
    /// Whether.
    Whether(bool),
    /// By this scorer.
    By(String),
}

/// How to split.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum CvSpec {
    /// So many folds.
    Folds(i64),
    /// A splitter with its parameters.
    Splitter(Map<String, Json>),
}

/// Where the rows come from, exactly one of `path`, `csv` and `blob`, and what
/// is to be made of them: types first, then rows without a target go, then
/// rows are sorted, then columns go.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DataSpec {
    /// A file, relative to the job document: CSV, TSV, Parquet, Arrow
    /// (Feather), npy or npz.
    pub path: Option<String>,
    /// CSV text.
    pub csv: Option<String>,
    /// A blob already in the fabric: any format a file may have, or a table
    /// Pleat has stored.
    pub blob: Option<Digest>,
    /// What separates the fields of a text file, such as `";"`. Absent: a
    /// comma, or a tab in a `.tsv`.
    pub delimiter: Option<char>,
    /// Cells that mean a missing value, besides those pandas knows.
    #[serde(default)]
    pub na_values: Vec<NaValue>,
    /// Columns that are to be `"text"`, `"numeric"` or `"boolean"`, whatever
    /// they look like.
    #[serde(default)]
    pub types: std::collections::BTreeMap<String, ColumnType>,
    /// Leave out rows without a target.
    #[serde(default)]
    pub drop_missing_target: bool,
    /// Sort rows by this column, as splitters of time series need it: numbers
    /// ascending, text by code point, missing values last.
    pub sort_by: Option<String>,
    /// Columns to leave out.
    #[serde(default)]
    pub drop: Vec<String>,
    /// The column that says which rows belong together; not a feature.
    pub groups: Option<String>,
    /// The column of sample weights; not a feature.
    pub sample_weight: Option<String>,
}

impl DataSpec {
    /// How the cells of the file are meant.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        Dialect {
            delimiter: self.delimiter,
            na_values: self.na_values.clone(),
            types: self.types.clone(),
        }
    }

    /// What to make of the table, in a job with this target.
    #[must_use]
    pub fn plan<'a>(&'a self, target: Option<&'a str>) -> Plan<'a> {
        Plan {
            complete_in: target.filter(|_| self.drop_missing_target),
            sort_by: self.sort_by.as_deref(),
            drop: &self.drop,
        }
    }
}

/// What to search.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SearchSpec {
    /// How: `"grid"` tries every combination, `"random"` draws some. Absent:
    /// grid.
    pub strategy: Option<String>,
    /// What to try of each parameter: a list of values, or for a random search
    /// a distribution. Several such tables in a list are searched one after
    /// the other.
    #[schemars(with = "Option<Json>")]
    pub space: Option<Spaces>,
    /// How many candidates a random search draws; by default 10.
    pub n_iter: Option<u32>,
    /// The seed of a random search; by default 0.
    pub random_state: Option<u32>,
}

/// What each candidate may use.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LimitsSpec {
    /// CPU time, such as `"60s"`.
    #[serde(default, with = "humantime_serde")]
    #[schemars(with = "Option<String>")]
    pub time: Option<Duration>,
    /// Memory, such as `"512MiB"`.
    #[schemars(with = "Option<String>")]
    pub memory: Option<ByteSize>,
}

impl JobSpec {
    /// Reads a job document in JSON.
    ///
    /// # Errors
    /// Where and why it cannot be read.
    pub fn from_json(text: &[u8]) -> Result<Self, SpecError> {
        let value: Json = serde_json::from_slice(text)
            .map_err(|e| SpecError::new("", format!("the job is not valid JSON: {e}")))?;
        Self::from_value(value)
    }

    /// Reads a job document in TOML.
    ///
    /// # Errors
    /// Where and why it cannot be read.
    pub fn from_toml(text: &str) -> Result<Self, SpecError> {
        let table: toml::Table = toml::from_str(text).map_err(|e| {
            let at = e.span().map_or_else(String::new, |span| {
                let line = text[..span.start.min(text.len())].matches('\n').count() + 1;
                format!(" (line {line})")
            });
            SpecError::new(
                "",
                format!("the job is not valid TOML{at}: {}", e.message()),
            )
        })?;
        Self::from_value(toml_to_json(toml::Value::Table(table)))
    }

    /// Reads the text of a file of that name: JSON if it ends in `.json`,
    /// TOML otherwise.
    ///
    /// # Errors
    /// Where and why it cannot be read.
    pub fn from_file_text(path: &Path, text: &str) -> Result<Self, SpecError> {
        if path
            .extension()
            .is_some_and(|e| e.eq_ignore_ascii_case("json"))
        {
            Self::from_json(text.as_bytes())
        } else {
            Self::from_toml(text)
        }
    }

    fn from_value(value: Json) -> Result<Self, SpecError> {
        if !value.is_object() {
            return Err(SpecError::new(
                "",
                "a job is a table of fields such as \"estimator\" and \"data\"",
            ));
        }
        // To serde a table may as well be a list of its values.
        for section in ["data", "search", "limits", "cv"] {
            if let Some(list @ Json::Array(_)) = value.get(section) {
                return Err(refuse(section, list));
            }
        }
        serde_path_to_error::deserialize(&value).map_err(|e| {
            let path = e.path().to_string();
            let path = if path == "." { "" } else { &path };
            let passed = e
                .path()
                .iter()
                .try_fold(&value, |at, segment| match segment {
                    Segment::Map { key } => at.get(key),
                    Segment::Seq { index } => at.get(index),
                    _ => None,
                });
            explain(path, passed.unwrap_or(&Json::Null), &e.inner().to_string())
        })
    }
}

/// What may stand in a field, as a phrase.
fn allowed(path: &str) -> &'static str {
    match path {
        "data.delimiter" => "one character such as \";\"",
        "data.na_values" => "a list of texts and numbers, such as [\"?\", -999]",
        "data.types" => "a table of column types, such as { zip = \"text\" }",
        "data.drop" => "a list of column names",
        "data.drop_missing_target" => "true or false",
        _ if path.starts_with("data.types.") => "\"text\", \"numeric\" or \"boolean\"",
        _ if path.starts_with("data.na_values[") => "a text or a number",
        _ if path.starts_with("data.drop[") => "a column's name",
        "data" => "a table with one of path, csv and blob, such as { path = \"data.csv\" }",
        "params" => "a table of parameters, such as { n_neighbors = 5 }",
        "cv" => "a number of folds, or a table such as { splitter = \"KFold\", n_splits = 5 }",
        "search" => "a table such as { strategy = \"grid\", space = { n_neighbors = [3, 5] } }",
        "search.n_iter" => "an integer >= 1",
        "search.random_state" => "an integer from 0 to 4294967295",
        "estimators" => {
            "a list of names, or of tables such as { estimator = \"SVC\", params = { C = 10 } }"
        }
        "return_train_score" | "baseline" => "true or false",
        "limits" => "a table with time and memory, such as { time = \"60s\", memory = \"512MiB\" }",
        "limits.time" => "a duration such as \"60s\"",
        "limits.memory" => "a size such as \"512MiB\"",
        "scoring" => "a scorer's name, or a list of names",
        "refit" => "true, false, or the name of a scorer",
        "parallel" => "an integer >= 1",
        "max_attempts" => "an integer from 1 to 100",
        _ if path.starts_with("estimators[") => {
            "a name, or a table such as { estimator = \"SVC\", params = { C = 10 }, space = { gamma = [0.1, 1.0] } }"
        }
        // Everything else is text, or takes any value.
        _ => "a string",
    }
}

fn refuse(path: &str, passed: &Json) -> SpecError {
    const SHOWN: usize = 100;
    let mut shown: String = passed.to_string();
    if let Some((end, _)) = shown.char_indices().nth(SHOWN) {
        shown.truncate(end);
        shown.push_str("...");
    }
    SpecError::new(
        path,
        format!("{shown} is not allowed: allowed is {}", allowed(path)),
    )
}

/// Turns serde's sentence into ours: it speaks of Rust's types, and for a
/// field nobody knows there is a nearest known one.
fn explain(path: &str, passed: &Json, message: &str) -> SpecError {
    const OF_TYPES: [&str; 5] = [
        "invalid type:",
        "invalid value:",
        "invalid length",
        "data did not match",
        "unknown variant",
    ];
    if OF_TYPES.iter().any(|start| message.starts_with(start)) {
        return refuse(path, passed);
    }
    let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    if let ["unknown", "field", ..] = message.split(' ').collect::<Vec<_>>()[..]
        && let [passed, known @ ..] = &quoted[..]
    {
        let section = path.rsplit_once('.').map_or("", |(s, _)| s);
        let of = if section.is_empty() {
            "field".to_owned()
        } else {
            format!("field of [{section}]")
        };
        return SpecError::new(path, unknown(&of, passed, known));
    }
    if let (true, [name]) = (message.starts_with("missing field"), &quoted[..]) {
        return SpecError::new(super::join(path, name), "this field is missing");
    }
    SpecError::new(path, message.to_owned())
}

/// TOML as JSON. A date has no meaning in a job; as text it meets the
/// sentence of whatever field it stands in.
fn toml_to_json(value: toml::Value) -> Json {
    match value {
        toml::Value::String(s) => Json::String(s),
        toml::Value::Integer(i) => i.into(),
        // JSON has no infinities: they travel as the words they are read from.
        toml::Value::Float(f) if f.is_finite() => f.into(),
        toml::Value::Float(f) => Json::String(if f.is_nan() {
            "nan".into()
        } else {
            f.to_string()
        }),
        toml::Value::Boolean(b) => b.into(),
        toml::Value::Datetime(d) => Json::String(d.to_string()),
        toml::Value::Array(a) => a.into_iter().map(toml_to_json).collect(),
        toml::Value::Table(t) => t.into_iter().map(|(k, v)| (k, toml_to_json(v))).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "estimator = \"GaussianNB\"\ntarget = \"y\"\n[data]\npath = \"a.csv\"\n";

    #[test]
    fn a_misspelt_field_is_named_with_the_nearest() {
        let error = JobSpec::from_toml(&format!("estimatr = \"x\"\n{GOOD}")).unwrap_err();
        assert!(
            error.to_string().contains("did you mean \"estimator\"?"),
            "{error}"
        );
        let error = JobSpec::from_toml(&format!("{GOOD}[limits]\nmemry = \"1MiB\"\n")).unwrap_err();
        assert!(
            error.to_string().contains("did you mean \"memory\"?"),
            "{error}"
        );
    }

    #[test]
    fn a_wrong_type_is_named_by_its_path() {
        let error = JobSpec::from_toml(&format!("{GOOD}[limits]\ntime = 60\n")).unwrap_err();
        assert_eq!(error.field, "limits.time");
    }

    #[test]
    fn what_was_passed_and_what_is_allowed_is_said_without_rust() {
        let said = |text: &str| {
            JobSpec::from_toml(&format!("{text}\n{GOOD}"))
                .unwrap_err()
                .to_string()
        };
        assert_eq!(
            said("scoring = [\"r2\", 5]"),
            "scoring: [\"r2\",5] is not allowed: allowed is a scorer's name, or a list of names"
        );
        assert_eq!(
            said("parallel = -1"),
            "parallel: -1 is not allowed: allowed is an integer >= 1"
        );
        assert_eq!(
            said("limits = [1, 2]"),
            "limits: [1,2] is not allowed: allowed is a table with time and memory, such as { time = \"60s\", memory = \"512MiB\" }"
        );
        assert_eq!(
            said("limits.memory = -1"),
            "limits.memory: -1 is not allowed: allowed is a size such as \"512MiB\""
        );
        assert_eq!(
            said("search = { strategy = \"grid\", space = { p = 1 } }"),
            "search.space.p: 1 is not allowed: allowed is a list of values, { loguniform = [low, high] }, { uniform = [low, high] } or { randint = [low, high] }"
        );
        assert_eq!(
            said("search.n_iter = -1"),
            "search.n_iter: -1 is not allowed: allowed is an integer >= 1"
        );
        assert_eq!(
            said("estimators = [\"SVC\", 5]"),
            "estimators[1]: 5 is not allowed: allowed is a name, or a table such as { estimator = \"SVC\", params = { C = 10 }, space = { gamma = [0.1, 1.0] } }"
        );
        let long = said(&format!("name = [\"{}\"]", "é".repeat(1000)));
        assert!(long.len() < 300, "{long}");
    }

    #[test]
    fn what_the_data_section_takes_is_said() {
        let data = |line: &str| JobSpec::from_toml(&format!("{GOOD}{line}\n"));
        let spec = data("delimiter = \";\"\nna_values = [\"?\", -999]\ntypes = { zip = \"text\" }")
            .unwrap()
            .data;
        assert_eq!(spec.delimiter, Some(';'));
        assert_eq!(
            spec.na_values,
            [NaValue::Text("?".into()), NaValue::Number(-999.0)]
        );
        assert_eq!(spec.types["zip"], ColumnType::Text);
        for (line, sentence) in [
            (
                "types = { zip = \"words\" }",
                "data.types.zip: \"words\" is not allowed: allowed is \"text\", \"numeric\" or \"boolean\"",
            ),
            (
                "delimiter = \"ab\"",
                "data.delimiter: \"ab\" is not allowed: allowed is one character such as \";\"",
            ),
            (
                "na_values = \"?\"",
                "data.na_values: \"?\" is not allowed: allowed is a list of texts and numbers, such as [\"?\", -999]",
            ),
            (
                "na_values = [true]",
                "data.na_values[0]: true is not allowed: allowed is a text or a number",
            ),
            (
                "drop = \"id\"",
                "data.drop: \"id\" is not allowed: allowed is a list of column names",
            ),
            (
                "sort_by = 1",
                "data.sort_by: 1 is not allowed: allowed is a string",
            ),
        ] {
            assert_eq!(data(line).unwrap_err().to_string(), sentence);
        }
        let error = data("groupz = \"g\"").unwrap_err().to_string();
        assert!(error.contains("did you mean \"groups\"?"), "{error}");
    }

    #[test]
    fn malformed_text_says_where() {
        let error = JobSpec::from_toml("estimator = \n").unwrap_err();
        assert!(error.to_string().contains("line 1"), "{error}");
        assert!(
            JobSpec::from_json(b"{")
                .unwrap_err()
                .to_string()
                .contains("not valid JSON")
        );
        assert!(JobSpec::from_json(b"[]").is_err());
    }

    #[test]
    fn toml_keeps_the_difference_between_1_and_1_0() {
        let spec =
            JobSpec::from_toml(&format!("{GOOD}[params]\na = 1\nb = 1.0\nc = inf\n")).unwrap();
        assert_eq!(spec.params["a"], Value::Int(1));
        assert_eq!(spec.params["b"], Value::Float(1.0));
        assert_eq!(spec.params["c"], Value::Float(f64::INFINITY));
    }
}
