//! TimeSeriesSplit: trains on the rows before a moment and tests those after.

use serde_json::{Map, Value as Json};

use super::CvError;
use super::kfold;
use super::splits::{Source, Splits};
use crate::params::{Domain, ParamInfo, Value};
use crate::settings::{self, Settings};

/// What it is set to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TimeSeries {
    n_splits: u32,
    max_train_size: Option<u32>,
    test_size: Option<u32>,
    gap: u32,
}

/// Its parameters.
pub(super) fn params() -> Vec<ParamInfo> {
    let rows = |name: &str, doc: &str| ParamInfo {
        name: name.to_owned(),
        default: Value::None,
        domains: vec![
            Domain::Int {
                min: Some(1),
                max: Some(i64::from(u32::MAX)),
            },
            Domain::None,
        ],
        doc: doc.to_owned(),
    };
    vec![
        kfold::n_splits(),
        rows("max_train_size", "most rows to train on: the last ones"),
        rows(
            "test_size",
            "how many rows a split tests; rows // (n_splits + 1) if not set",
        ),
        settings::count(
            "gap",
            0,
            0,
            i64::from(u32::MAX),
            "how many rows before those tested are left out",
        ),
    ]
}

impl TimeSeries {
    pub(super) fn read(settings: &Settings) -> Self {
        // All are whole numbers in range by their descriptions.
        Self {
            n_splits: settings.u32("n_splits").unwrap_or(5),
            max_train_size: settings.u32("max_train_size"),
            test_size: settings.u32("test_size"),
            gap: settings.u32("gap").unwrap_or(0),
        }
    }

    pub(super) fn write(self, map: &mut Map<String, Json>) {
        map.insert("n_splits".to_owned(), self.n_splits.into());
        for (name, size) in [
            ("max_train_size", self.max_train_size),
            ("test_size", self.test_size),
        ] {
            if let Some(size) = size {
                map.insert(name.to_owned(), size.into());
            }
        }
        map.insert("gap".to_owned(), self.gap.into());
    }

    pub(super) fn plan(self, rows: u32) -> Result<Splits, CvError> {
        // At least 1, so that data too short for it are told what they lack.
        let default = (rows / (self.n_splits + 1)).max(1);
        let test_size = self.test_size.unwrap_or(default);
        let tested = u64::from(test_size) * u64::from(self.n_splits);
        let needed = tested + u64::from(self.gap);
        match u32::try_from(tested) {
            Ok(tested) if needed < u64::from(rows) => Ok(Splits::new(
                rows,
                self.n_splits,
                Source::Series {
                    first: rows - tested,
                    test_size,
                    gap: self.gap,
                    max_train_size: self.max_train_size.unwrap_or(rows),
                },
            )),
            _ => Err(CvError::SeriesTooShort {
                n_splits: self.n_splits,
                test_size: test_size as usize,
                gap: self.gap,
                needed,
                rows: rows as usize,
            }),
        }
    }
}
