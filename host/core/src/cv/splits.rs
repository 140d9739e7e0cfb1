//! Splits: which rows each split trains on and tests, kept short.
//!
//! A plan holds a fold number for each row and pass, or what was drawn, or
//! only the rule; the rows of one split are worked out when it is asked for.
//! So memory goes with rows times passes, never with rows times splits. How a
//! plan comes about lives with the splitters.

use super::choose::combination;

/// The fold of rows that no split tests.
pub(super) const NEVER: u32 = u32::MAX;

/// One split, rows in scikit-learn's order: ascending, but for
/// `ShuffleSplit` and `StratifiedShuffleSplit`, which leave them as drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split {
    /// Rows to fit on.
    pub train: Vec<u32>,
    /// Rows to score on.
    pub test: Vec<u32>,
}

/// All splits of a job, in plan order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Splits {
    rows: u32,
    len: u32,
    source: Source,
    warnings: Vec<String>,
}

/// Where splits come from. A unit is a row, or a group of rows that stay
/// together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Source {
    /// The fold of each row, one pass after another. A split tests a fold.
    Folds {
        /// Folds of a pass.
        folds: u32,
        /// One number a row and pass.
        fold_of: Vec<u32>,
    },
    /// A split tests `p` units; all choices there are.
    Left {
        /// Units a split tests.
        p: u32,
        /// How many units there are.
        units: u32,
        /// The unit of each row, where a unit is more than a row.
        unit_of: Option<Vec<u32>>,
    },
    /// The units of each split as they were drawn.
    Drawn {
        /// Units instead of rows.
        splits: Vec<Split>,
        /// The unit of each row, where a unit is more than a row.
        unit_of: Option<Vec<u32>>,
    },
    /// The rows before a moment, and those after it.
    Series {
        /// The first row that the first split tests.
        first: u32,
        /// Rows a split tests.
        test_size: u32,
        /// Rows left out before them.
        gap: u32,
        /// Most rows to train on.
        max_train_size: u32,
    },
}

impl Splits {
    /// `len` splits of `rows` rows, which the caller has counted.
    pub(super) fn new(rows: u32, len: u32, source: Source) -> Self {
        Self {
            rows,
            len,
            source,
            warnings: Vec::new(),
        }
    }

    /// Folds, one pass or several.
    pub(super) fn folds(rows: u32, folds: u32, passes: u32, fold_of: Vec<u32>) -> Self {
        Self::new(rows, folds * passes, Source::Folds { folds, fold_of })
    }

    pub(super) fn warn(&mut self, warning: impl IntoIterator<Item = String>) {
        self.warnings.extend(warning);
    }

    /// How many there are: from 1 to [`super::MOST_SPLITS`].
    #[allow(clippy::len_without_is_empty)] // Never empty.
    #[must_use]
    pub fn len(&self) -> u32 {
        self.len
    }

    /// What should be known about them, as scikit-learn warns.
    #[must_use]
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// All of them, one after another.
    pub fn iter(&self) -> impl Iterator<Item = Split> {
        (0..self.len).filter_map(|split| self.get(split))
    }

    /// The rows of one split; `None` if there is no such split.
    #[must_use]
    pub fn get(&self, split: u32) -> Option<Split> {
        if split >= self.len {
            return None;
        }
        Some(match &self.source {
            Source::Folds { folds, fold_of } => {
                let (pass, fold) = (split / folds, split % folds);
                let rows = self.rows as usize;
                let of_pass = fold_of.iter().skip(pass as usize * rows).take(rows);
                by_side(of_pass.map(|f| if *f == fold { Side::Test } else { Side::Train }))
            }
            Source::Left { p, units, unit_of } => {
                let mut sides = vec![Side::Train; *units as usize];
                for unit in combination(*units, *p, split) {
                    sides[unit as usize] = Side::Test;
                }
                match unit_of {
                    Some(unit_of) => by_side(unit_of.iter().map(|u| sides[*u as usize])),
                    None => by_side(sides),
                }
            }
            Source::Drawn { splits, unit_of } => {
                let drawn = splits.get(split as usize)?;
                let Some(unit_of) = unit_of else {
                    return Some(drawn.clone());
                };
                let units = unit_of.iter().max().map_or(0, |last| *last as usize + 1);
                let mut sides = vec![Side::Neither; units];
                for (members, side) in [(&drawn.train, Side::Train), (&drawn.test, Side::Test)] {
                    members.iter().for_each(|u| sides[*u as usize] = side);
                }
                by_side(unit_of.iter().map(|u| sides[*u as usize]))
            }
            Source::Series {
                first,
                test_size,
                gap,
                max_train_size,
            } => {
                let start = first + split * test_size;
                let end = start - gap;
                Split {
                    train: (end.saturating_sub(*max_train_size)..end).collect(),
                    test: (start..start + test_size).collect(),
                }
            }
        })
    }
}

/// What a split does with a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Train,
    Test,
    Neither,
}

/// The split of rows whose sides are these, ascending.
fn by_side(sides: impl IntoIterator<Item = Side>) -> Split {
    let mut split = Split {
        train: Vec::new(),
        test: Vec::new(),
    };
    for (row, side) in (0..).zip(sides) {
        match side {
            Side::Train => split.train.push(row),
            Side::Test => split.test.push(row),
            Side::Neither => {}
        }
    }
    split
}
