//! Tables: named columns of numbers or text, checked once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use pleat_num::math::{self, CANONICAL_NAN};

use super::buffer::Buffer;
use crate::digest::Digest;

/// The code of a missing text.
pub const MISSING: u32 = u32::MAX;

/// The values of one column; cheap to clone, since nobody changes them.
///
/// Compared by their bits, so that a missing number equals a missing number.
#[derive(Debug, Clone)]
pub enum Values {
    /// Numbers; NaN is a missing one.
    Numeric(Buffer<f64>),
    /// Words, each once and in the order of their code points; a row names
    /// its word by index, or is [`MISSING`].
    Text {
        /// One code a row.
        codes: Buffer<u32>,
        /// The words.
        categories: Arc<[String]>,
    },
}

impl Values {
    /// Numbers; every NaN becomes the same.
    #[must_use]
    pub fn numeric(mut numbers: Vec<f64>) -> Self {
        numbers.iter_mut().for_each(|x| *x = math::canonical(*x));
        Self::Numeric(numbers.into())
    }

    /// Words as they stand in a file, row by row.
    #[must_use]
    pub fn text<S: AsRef<str>>(rows: &[Option<S>]) -> Self {
        let words: BTreeSet<&str> = rows.iter().flatten().map(AsRef::as_ref).collect();
        let code_of: BTreeMap<&str, u32> = words.iter().copied().zip(0..).collect();
        let code = |row: &Option<S>| {
            row.as_ref()
                .and_then(|w| code_of.get(w.as_ref()).copied())
                .unwrap_or(MISSING)
        };
        Self::Text {
            codes: rows.iter().map(code).collect(),
            categories: words.into_iter().map(str::to_owned).collect(),
        }
    }

    /// How many rows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Numeric(values) => values.len(),
            Self::Text { codes, .. } => codes.len(),
        }
    }

    /// Whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl PartialEq for Values {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Numeric(a), Self::Numeric(b)) => {
                a.len() == b.len() && a.iter().zip(&**b).all(|(a, b)| a.to_bits() == b.to_bits())
            }
            (
                Self::Text {
                    codes: a,
                    categories: x,
                },
                Self::Text {
                    codes: b,
                    categories: y,
                },
            ) => a == b && x == y,
            _ => false,
        }
    }
}

/// A column: its name and its values.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Unique within its table.
    pub name: String,
    /// One value a row.
    pub values: Values,
}

/// Columns of equal length with different names: at least one column and one
/// row, every NaN the same, every category in use.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    rows: u32,
    columns: Vec<Column>,
}

/// Why columns do not make a table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    /// There is nothing.
    #[error("the table has no columns: allowed is at least one")]
    NoColumns,
    /// There are names only.
    #[error("the table has no rows: allowed is at least one")]
    NoRows,
    /// A row's index would not fit.
    #[error("the table has {0} rows: allowed are at most {max}", max = u32::MAX - 1)]
    TooManyRows(usize),
    /// A name is used twice.
    #[error("column \"{0}\" occurs twice: names must differ")]
    DuplicateName(String),
    /// Columns of different lengths.
    #[error(
        "column \"{name}\" has {rows} rows where \"{first}\" has {expected}: all must have as many"
    )]
    UnequalLengths {
        /// The first column.
        first: String,
        /// Its rows.
        expected: usize,
        /// The column that differs.
        name: String,
        /// Its rows.
        rows: usize,
    },
    /// A code that names no category.
    #[error(
        "column \"{name}\", row {row}: code {code} is not allowed: there are {categories} categories"
    )]
    BadCode {
        /// The column.
        name: String,
        /// The first such row.
        row: usize,
        /// Its code.
        code: u32,
        /// How many categories there are.
        categories: usize,
    },
    /// Categories out of order, repeated or unused.
    #[error(
        "column \"{name}\": category \"{category}\" is {wrong}: allowed are distinct words in the order of their code points, each in use"
    )]
    BadCategory {
        /// The column.
        name: String,
        /// The category.
        category: String,
        /// What is wrong with it.
        wrong: &'static str,
    },
}

impl Table {
    /// Checks columns and makes a table of them.
    ///
    /// # Errors
    /// What does not fit, and what would.
    pub fn new(mut columns: Vec<Column>) -> Result<Self, TableError> {
        for column in &mut columns {
            if let Values::Numeric(values) = &mut column.values
                && values.iter().copied().any(odd_nan)
            {
                *values = values.iter().copied().map(math::canonical).collect();
            }
        }
        Self::of_canonical(columns)
    }

    /// The same for columns in which every NaN is known to be the one.
    pub(super) fn of_canonical(columns: Vec<Column>) -> Result<Self, TableError> {
        let first = columns.first().ok_or(TableError::NoColumns)?;
        let expected = first.values.len();
        if expected == 0 {
            return Err(TableError::NoRows);
        }
        let rows = u32::try_from(expected)
            .ok()
            .filter(|r| *r != MISSING)
            .ok_or(TableError::TooManyRows(expected))?;
        let mut names = BTreeSet::new();
        for column in &columns {
            if column.values.len() != expected {
                return Err(TableError::UnequalLengths {
                    first: first.name.clone(),
                    expected,
                    name: column.name.clone(),
                    rows: column.values.len(),
                });
            }
            if !names.insert(column.name.as_str()) {
                return Err(TableError::DuplicateName(column.name.clone()));
            }
            if let Values::Text { codes, categories } = &column.values {
                check_text(&column.name, codes, categories)?;
            }
        }
        Ok(Self { rows, columns })
    }

    /// How many rows there are.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows as usize
    }

    /// The columns, in file order.
    #[must_use]
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The column of this name.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|c| c.name == name)
    }

    /// The names of all columns, in file order.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        self.columns.iter().map(|c| c.name.as_str()).collect()
    }

    /// The digest of [`Table::encode`]: equal data has an equal name,
    /// whatever file it came from.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(&self.encode())
    }
}

/// A NaN that is not the one NaN of tables.
pub(super) fn odd_nan(x: f64) -> bool {
    x.is_nan() && x.to_bits() != CANONICAL_NAN.to_bits()
}

fn check_text(name: &str, codes: &[u32], categories: &[String]) -> Result<(), TableError> {
    let bad = |category: &str, wrong| TableError::BadCategory {
        name: name.to_owned(),
        category: category.to_owned(),
        wrong,
    };
    for pair in categories.windows(2) {
        if pair[0] >= pair[1] {
            let wrong = if pair[0] == pair[1] {
                "repeated"
            } else {
                "out of order"
            };
            return Err(bad(&pair[1], wrong));
        }
    }
    let mut used = vec![false; categories.len()];
    for (row, code) in codes.iter().enumerate().filter(|(_, c)| **c != MISSING) {
        match used.get_mut(*code as usize) {
            Some(seen) => *seen = true,
            None => {
                return Err(TableError::BadCode {
                    name: name.to_owned(),
                    row,
                    code: *code,
                    categories: categories.len(),
                });
            }
        }
    }
    match used.iter().position(|seen| !seen) {
        Some(unused) => Err(bad(&categories[unused], "not in use")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numeric(name: &str, values: &[f64]) -> Column {
        Column {
            name: name.to_owned(),
            values: Values::numeric(values.to_vec()),
        }
    }

    fn text(codes: &[u32], categories: &[&str]) -> Column {
        Column {
            name: "t".to_owned(),
            values: Values::Text {
                codes: codes.to_vec().into(),
                categories: categories.iter().map(|c| (*c).to_owned()).collect(),
            },
        }
    }

    #[test]
    fn what_is_not_a_table_is_refused_with_a_sentence() {
        let cases: &[(Vec<Column>, &str)] = &[
            (vec![], "the table has no columns: allowed is at least one"),
            (
                vec![numeric("a", &[])],
                "the table has no rows: allowed is at least one",
            ),
            (
                vec![numeric("a", &[1.0]), numeric("a", &[2.0])],
                "column \"a\" occurs twice: names must differ",
            ),
            (
                vec![numeric("a", &[1.0]), numeric("b", &[2.0, 3.0])],
                "column \"b\" has 2 rows where \"a\" has 1: all must have as many",
            ),
            (
                vec![text(&[0, 1], &["x"])],
                "column \"t\", row 1: code 1 is not allowed: there are 1 categories",
            ),
            (
                vec![text(&[0, 1], &["y", "x"])],
                "column \"t\": category \"x\" is out of order: allowed are distinct words in the order of their code points, each in use",
            ),
            (
                vec![text(&[0, 1], &["x", "x"])],
                "column \"t\": category \"x\" is repeated: allowed are distinct words in the order of their code points, each in use",
            ),
            (
                vec![text(&[0, MISSING], &["x", "y"])],
                "column \"t\": category \"y\" is not in use: allowed are distinct words in the order of their code points, each in use",
            ),
        ];
        for (columns, sentence) in cases {
            assert_eq!(
                Table::new(columns.clone()).unwrap_err().to_string(),
                *sentence
            );
        }
    }

    #[test]
    fn text_is_encoded_in_code_point_order() {
        let values = Values::text(&[Some("b"), None, Some("a"), Some("b"), Some("B")]);
        let expected = text(&[2, MISSING, 1, 2, 0], &["B", "a", "b"]).values;
        assert_eq!(values, expected);
    }

    #[test]
    fn every_nan_is_the_same_missing_value() {
        let odd = f64::from_bits(0xfff8_0000_0000_0007);
        let a = Table::new(vec![numeric("a", &[odd, -0.0])]).unwrap();
        let b = Table::new(vec![numeric("a", &[f64::NAN, -0.0])]).unwrap();
        assert_eq!(a, b);
        assert_eq!(a.digest(), b.digest());
        let zero = Table::new(vec![numeric("a", &[f64::NAN, 0.0])]).unwrap();
        assert_ne!(a.digest(), zero.digest());
    }
}
