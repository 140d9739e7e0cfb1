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
pub(crate) const SPLITTERS: &str = file!("reference/splitters.json");
pub(crate) const SPACES: &str = file!("reference/spaces.json");
pub(crate) const STEPS_A: &str = file!("reference/steps-a.json");
pub(crate) const SCORES: &str = file!("reference/scores.json");
pub(crate) const SCORERS: &str = file!("reference/scorers.json");

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
