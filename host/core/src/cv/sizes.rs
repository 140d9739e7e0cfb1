//! `test_size` and `train_size`: numbers of rows or shares of them, and what
//! they come to.

use serde_json::{Map, Value as Json};

use super::CvError;
use crate::params::{Bound, Domain, ParamInfo, Value};
use crate::settings::{Fault, Settings};

/// A number of units, or a share of them strictly between 0 and 1. A unit is
/// a row or a group.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Size {
    Count(u32),
    Share(f64),
}

/// The sizes of both sides; at least one of them is set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Sizes {
    test: Option<Size>,
    train: Option<Size>,
}

/// How many units are tested and trained on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) test: usize,
    pub(super) train: usize,
}

/// The parameters of [`Sizes`]; `default` is the share that is tested if
/// neither is set.
pub(super) fn params(default: &str) -> [ParamInfo; 2] {
    let size = |name: &str, doc: String| {
        let end = |at| {
            Some(Bound {
                at,
                inclusive: false,
            })
        };
        ParamInfo {
            name: name.to_owned(),
            default: Value::None,
            domains: vec![
                Domain::Int {
                    min: Some(1),
                    max: Some(i64::from(u32::MAX)),
                },
                Domain::Float {
                    min: end(0.0),
                    max: end(1.0),
                },
                Domain::None,
            ],
            doc,
        }
    };
    [
        size(
            "test_size",
            format!(
                "how many are tested, or what share of them; what train_size leaves, or {default}"
            ),
        ),
        size(
            "train_size",
            "how many are trained on, or what share of them; what test_size leaves".to_owned(),
        ),
    ]
}

impl Size {
    fn read(settings: &Settings, name: &str) -> Option<Self> {
        // In range by their descriptions.
        match settings.json(name) {
            Json::Number(n) if n.is_f64() => n.as_f64().map(Self::Share),
            Json::Number(n) => n
                .as_u64()
                .and_then(|n| u32::try_from(n).ok())
                .map(Self::Count),
            _ => None,
        }
    }

    fn json(self) -> Json {
        match self {
            Self::Count(n) => n.into(),
            Self::Share(x) => x.into(),
        }
    }

    /// How many of `units`; a share is rounded by `round`.
    fn of(
        self,
        name: &'static str,
        units: usize,
        what: &'static str,
        round: impl Fn(f64) -> f64,
    ) -> Result<usize, CvError> {
        match self {
            Self::Count(passed) if passed as usize >= units => Err(CvError::SizeTooLarge {
                name,
                passed,
                units,
                what,
            }),
            Self::Count(n) => Ok(n as usize),
            // At most `units`, since it is a share.
            Self::Share(x) => Ok(round(x * units as f64) as usize),
        }
    }
}

impl Sizes {
    pub(super) fn read(settings: &Settings, default: f64) -> Result<Self, Fault> {
        let test = Size::read(settings, "test_size");
        let train = Size::read(settings, "train_size");
        if let (Some(Size::Share(test)), Some(Size::Share(train))) = (test, train)
            && train + test > 1.0
        {
            let sentence = format!(
                "{train} with test_size={test} is not allowed: together they are {}, and \
                 allowed is at most 1",
                train + test
            );
            return Err(("train_size".to_owned(), sentence));
        }
        Ok(Self {
            test: match train {
                None => test.or(Some(Size::Share(default))),
                Some(_) => test,
            },
            train,
        })
    }

    pub(super) fn write(self, map: &mut Map<String, Json>) {
        for (name, size) in [("test_size", self.test), ("train_size", self.train)] {
            if let Some(size) = size {
                map.insert(name.to_owned(), size.json());
            }
        }
    }

    /// What they come to: a share to test is rounded up, one to train on down.
    pub(super) fn of(self, units: usize, what: &'static str) -> Result<Counts, CvError> {
        let count = |size: Option<Size>, name, round: fn(f64) -> f64| {
            size.map(|size| size.of(name, units, what, round))
                .transpose()
        };
        let test = count(self.test, "test_size", f64::ceil)?;
        let train = count(self.train, "train_size", f64::floor)?;
        let rest = |other: Option<usize>| units.saturating_sub(other.unwrap_or(0));
        let (test, train) = (
            test.unwrap_or_else(|| rest(train)),
            train.unwrap_or_else(|| rest(test)),
        );
        if train + test > units {
            return Err(CvError::SizesTooLarge {
                train,
                test,
                units,
                what,
            });
        }
        if train == 0 {
            return Err(CvError::NothingToTrainOn { units, what });
        }
        Ok(Counts { test, train })
    }
}
