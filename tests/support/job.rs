//! Jobs: the folder they lie in, the data they name, the report they end in.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value as Json, json};
use tempfile::TempDir;

use super::pleat::{Ran, pleat, run};

/// A folder of the test's own, removed with it.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary directory"))
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Writes a file and says where.
    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, content).expect("a file in a folder of our own");
        path
    }

    /// What lies in it.
    pub(crate) fn names(&self) -> BTreeSet<String> {
        let entries = std::fs::read_dir(self.0.path()).unwrap();
        entries
            .map(|e| e.unwrap().file_name().to_string_lossy().into_owned())
            .collect()
    }
}

/// A file of `tests/data`.
pub(crate) fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../tests/data")
        .join(name)
}

/// A file of `tests/data/reference`.
pub(crate) fn reference(name: &str) -> Json {
    let text = std::fs::read_to_string(data("reference").join(name)).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// The column to predict of a data set.
pub(crate) fn target(dataset: &str) -> &'static str {
    match dataset {
        "iris" => "species",
        "digits" => "digit",
        "breast_cancer" => "target",
        "diabetes" => "progression",
        other => panic!("no data set {other}"),
    }
}

/// A job for a data set and an estimator, and whatever else is set.
pub(crate) fn job(dataset: &str, estimator: &str, more: Json) -> Json {
    let mut job = json!({
        "estimator": estimator,
        "target": target(dataset),
        "data": { "path": data(&format!("{dataset}.csv")) },
    });
    let fields: &mut Map<String, Json> = job.as_object_mut().unwrap();
    let Json::Object(more) = more else {
        panic!("{more} is no table")
    };
    fields.extend(more);
    job
}

/// `pleat tune` of a job written as TOML.
pub(crate) fn tune(job: &Json, args: &[&str]) -> Ran {
    let folder = Folder::new();
    let path = folder.file("job.toml", toml::to_string(job).unwrap());
    run(pleat(["tune"]).arg(path).args(args))
}

/// The report of a job all of whose fits succeed.
pub(crate) fn report(job: &Json) -> Json {
    let ran = tune(job, &["--output", "json"]);
    assert_eq!(ran.code, Some(0), "{job}\n{}", ran.stderr);
    parse(&ran)
}

/// What a command printed, as JSON.
pub(crate) fn parse(ran: &Ran) -> Json {
    serde_json::from_str(&ran.stdout)
        .unwrap_or_else(|e| panic!("{e}\nstdout: {}\nstderr: {}", ran.stdout, ran.stderr))
}

/// One of the columns of `cv_results`, as numbers; null is NaN.
pub(crate) fn column(report: &Json, name: &str) -> Vec<f64> {
    let column = report["cv_results"][name].as_array();
    let column = column.unwrap_or_else(|| panic!("no column {name}"));
    column
        .iter()
        .map(|x| {
            if x.is_null() {
                f64::NAN
            } else {
                x.as_f64().unwrap()
            }
        })
        .collect()
}
