//! What tests compare with: the data sets, and what scikit-learn made of them.

use crate::data::{Column, Frame, Table, Target, Values};
use crate::estimator::Kind;

macro_rules! file {
    ($path:literal) => {
        include_str!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../tests/data/",
            $path
        ))
    };
}

pub(crate) const SPLITS: &str = file!("reference/splits.json");
pub(crate) const SCORES: &str = file!("reference/scores.json");

/// What scikit-learn said of problems that are made at random.
pub(crate) struct Made {
    name: &'static str,
    recorded: &'static str,
}

pub(crate) const SPLITTERS: Made = made("splitters", file!("reference/splitters.json"));
pub(crate) const SPACES: Made = made("spaces", file!("reference/spaces.json"));
pub(crate) const STEPS_A: Made = made("steps-a", file!("reference/steps-a.json"));
pub(crate) const STEPS_B: Made = made("steps-b", file!("reference/steps-b.json"));
pub(crate) const SCORERS: Made = made("scorers", file!("reference/scorers.json"));
pub(crate) const GROUPS: Made = made("groups", file!("reference/groups.json"));

const fn made(name: &'static str, recorded: &'static str) -> Made {
    Made { name, recorded }
}

impl Made {
    /// As recorded; or, where `PLEAT_REFERENCE` names a folder, as scikit-learn
    /// said there just now (`tests/parity/live.py`), of other problems.
    #[allow(clippy::disallowed_methods)] // A test's numbers, and no part of core.
    pub(crate) fn read<T: serde::de::DeserializeOwned>(&self) -> T {
        match std::env::var_os("PLEAT_REFERENCE") {
            None => serde_json::from_str(self.recorded).unwrap(),
            Some(folder) => {
                let path = std::path::Path::new(&folder).join(format!("{}.json", self.name));
                let text = std::fs::read_to_string(&path);
                let text = text.unwrap_or_else(|e| panic!("{}: {e}", path.display()));
                serde_json::from_str(&text).unwrap()
            }
        }
    }
}

pub(crate) struct Dataset {
    pub(crate) features: Frame,
    pub(crate) target: Target,
}

/// A data set; its target is the last column. Numeric but for that.
pub(crate) fn dataset(name: &str) -> Dataset {
    let (csv, kind) = match name {
        "iris" => (file!("iris.csv"), Kind::Classifier),
        "digits" => (file!("digits.csv"), Kind::Classifier),
        "breast_cancer" => (file!("breast_cancer.csv"), Kind::Classifier),
        "diabetes" => (file!("diabetes.csv"), Kind::Regressor),
        other => panic!("no data set {other}"),
    };
    let mut rows = csv.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let names = rows.next().unwrap();
    let rows: Vec<_> = rows.collect();
    let column = |(i, name): (usize, &&str)| {
        let cells = rows.iter().map(|row| row[i]);
        let numbers: Result<Vec<f64>, _> = cells.clone().map(str::parse).collect();
        let text = || Values::text(&cells.map(Some).collect::<Vec<_>>());
        Column {
            name: (*name).to_owned(),
            values: numbers.map_or_else(|_| text(), Values::numeric),
        }
    };
    let table = Table::new(names.iter().enumerate().map(column).collect()).unwrap();
    let name = names.last().unwrap();
    Dataset {
        features: Frame::of(&table, &[name]),
        target: Target::of(&table, name, kind).unwrap(),
    }
}
