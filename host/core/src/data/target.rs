//! What is to be learned: the target column, as classes or as numbers.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::table::{Column, MISSING, Table, Values};
use crate::estimator::Kind;
use crate::params::{Value, unknown};

/// A class, as a report shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Label {
    /// A whole number.
    Int(i64),
    /// A word.
    Text(String),
}

impl Label {
    /// The one of these labels that a job's value means.
    #[must_use]
    pub fn matching<'a>(value: &Value, labels: &'a [Self]) -> Option<&'a Self> {
        labels.iter().find(|label| match (label, value) {
            (Self::Int(label), Value::Int(i)) => label == i,
            (Self::Int(label), Value::Float(x)) => (*label as f64).to_bits() == x.to_bits(),
            (Self::Int(label), Value::Bool(b)) => *label == i64::from(*b),
            (Self::Text(label), Value::Text(text)) => label == text,
            // What looks like a number in a document may be a word in the data.
            (Self::Text(label), other) => *label == other.to_string(),
            _ => false,
        })
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int(i) => write!(f, "{i}"),
            Self::Text(s) => f.write_str(s),
        }
    }
}

/// What is to be learned, one value a row.
#[derive(Debug, Clone, PartialEq)]
pub enum Target {
    /// One of several classes.
    Classes {
        /// The classes: numbers ascending, words by code point.
        labels: Vec<Label>,
        /// For each row the index of its class.
        codes: Vec<u32>,
    },
    /// A number.
    Numbers(Vec<f64>),
    /// Nothing, for so many rows: groups are looked for.
    None(usize),
}

/// Why a column cannot be the target.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum TargetError {
    /// There is no such column.
    #[error("{0}")]
    NoColumn(String),
    /// Some rows have no value.
    #[error(
        "target column \"{name}\" has {count} missing values, the first in row {row}: allowed are none (drop_missing_target = true in [data] leaves such rows out)"
    )]
    Missing {
        /// The column.
        name: String,
        /// How many rows.
        count: usize,
        /// The first of them, counted from 1.
        row: usize,
    },
    /// Some rows are infinite.
    #[error(
        "target column \"{name}\" has {count} infinite values, the first in row {row}: allowed are finite numbers"
    )]
    Infinite {
        /// The column.
        name: String,
        /// How many rows.
        count: usize,
        /// The first of them, counted from 1.
        row: usize,
    },
    /// A regressor cannot learn words.
    #[error("target column \"{name}\" is text (row 1: \"{example}\"): a regressor needs numbers")]
    Text {
        /// The column.
        name: String,
        /// What stands in its first row.
        example: String,
    },
    /// A classifier cannot learn measurements.
    #[error(
        "target column \"{name}\" is continuous (row {row}: {value}): a classifier needs classes, that is whole numbers or text"
    )]
    Continuous {
        /// The column.
        name: String,
        /// The first row that is not a whole number, counted from 1.
        row: usize,
        /// Its value.
        value: f64,
    },
}

impl Target {
    /// Takes the column `name` as the target for this kind of estimator.
    ///
    /// # Errors
    /// The column does not exist, has missing or infinite values, or is not of
    /// a kind that can be learned: text by a regressor, fractions by a
    /// classifier (as scikit-learn refuses them).
    pub fn of(table: &Table, name: &str, kind: Kind) -> Result<Self, TargetError> {
        let column = table
            .column(name)
            .ok_or_else(|| TargetError::NoColumn(unknown("column", name, &table.names())))?;
        match (&column.values, kind) {
            (Values::Numeric(values), _) => numeric(column, values, kind),
            (Values::Text { codes, categories }, Kind::Regressor) => {
                let example = categories
                    .get(codes[0] as usize)
                    .cloned()
                    .unwrap_or_default();
                Err(TargetError::Text {
                    name: name.to_owned(),
                    example,
                })
            }
            (Values::Text { codes, categories }, _) => {
                if let Some((count, row)) = which(codes, |c| *c == MISSING) {
                    return Err(TargetError::Missing {
                        name: name.to_owned(),
                        count,
                        row,
                    });
                }
                // A table's categories are sorted and all in use.
                let labels = categories.iter().cloned().map(Label::Text).collect();
                Ok(Self::Classes {
                    labels,
                    codes: codes.to_vec(),
                })
            }
        }
    }

    /// How many rows there are.
    #[must_use]
    pub fn rows(&self) -> usize {
        match self {
            Self::Classes { codes, .. } => codes.len(),
            Self::Numbers(values) => values.len(),
            Self::None(rows) => *rows,
        }
    }

    /// For each row the index of its class; `None` where there are none.
    #[must_use]
    pub fn codes(&self) -> Option<&[u32]> {
        match self {
            Self::Classes { codes, .. } => Some(codes),
            Self::Numbers(_) | Self::None(_) => None,
        }
    }

    /// The classes; none where it is something else.
    #[must_use]
    pub fn labels(&self) -> &[Label] {
        match self {
            Self::Classes { labels, .. } => labels,
            Self::Numbers(_) | Self::None(_) => &[],
        }
    }
}

/// How many values it concerns, and the row of the first as a person counts.
fn which<T>(values: &[T], concerns: impl Fn(&T) -> bool) -> Option<(usize, usize)> {
    let first = values.iter().position(&concerns)?;
    Some((values.iter().filter(|x| concerns(x)).count(), first + 1))
}

fn numeric(column: &Column, values: &[f64], kind: Kind) -> Result<Target, TargetError> {
    let name = column.name.clone();
    if let Some((count, row)) = which(values, |x| x.is_nan()) {
        return Err(TargetError::Missing { name, count, row });
    }
    if let Some((count, row)) = which(values, |x| x.is_infinite()) {
        return Err(TargetError::Infinite { name, count, row });
    }
    if kind == Kind::Regressor {
        return Ok(Target::Numbers(values.to_vec()));
    }
    // Beyond 2^53 neighbouring whole numbers are one and the same f64.
    const WIDEST: f64 = 9_007_199_254_740_992.0;
    let fits = |x: f64| x == x.trunc() && x.abs() <= WIDEST;
    if let Some(row) = values.iter().position(|x| !fits(*x)) {
        return Err(TargetError::Continuous {
            name,
            row: row + 1,
            value: values[row],
        });
    }
    let whole: Vec<i64> = values.iter().map(|x| *x as i64).collect();
    let mut distinct = whole.clone();
    distinct.sort_unstable();
    distinct.dedup();
    // Every value is there, so the search always finds it.
    let code = |v: &i64| distinct.partition_point(|d| d < v) as u32;
    let codes = whole.iter().map(code).collect();
    Ok(Target::Classes {
        labels: distinct.into_iter().map(Label::Int).collect(),
        codes,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(values: Values) -> Table {
        Table::new(vec![Column {
            name: "y".into(),
            values,
        }])
        .unwrap()
    }

    fn sentence(values: Values, kind: Kind) -> String {
        Target::of(&table(values), "y", kind)
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn numeric_classes_are_sorted_as_numbers() {
        let table = table(Values::numeric(vec![10.0, 9.0, -1.0, 10.0, -0.0, 0.0]));
        let Ok(Target::Classes { labels, codes }) = Target::of(&table, "y", Kind::Classifier)
        else {
            panic!("classes");
        };
        let shown: Vec<_> = labels.iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["-1", "0", "9", "10"]);
        assert_eq!(codes, [3, 2, 0, 3, 1, 1]);
    }

    #[test]
    fn text_classes_are_sorted_by_code_point() {
        let table = table(Values::text(&[Some("b"), Some("a"), Some("É"), Some("Z")]));
        let target = Target::of(&table, "y", Kind::Classifier).unwrap();
        let text = |s: &str| Label::Text(s.into());
        let labels = vec![text("Z"), text("a"), text("b"), text("É")];
        assert_eq!(
            target,
            Target::Classes {
                labels,
                codes: vec![2, 1, 3, 0]
            }
        );
    }

    #[test]
    fn what_cannot_be_learned_is_refused_with_a_sentence() {
        let nan = f64::NAN;
        assert_eq!(
            sentence(Values::numeric(vec![1.0, nan, nan]), Kind::Classifier),
            "target column \"y\" has 2 missing values, the first in row 2: allowed are none (drop_missing_target = true in [data] leaves such rows out)"
        );
        assert_eq!(
            sentence(Values::text(&[Some("a"), None]), Kind::Classifier),
            "target column \"y\" has 1 missing values, the first in row 2: allowed are none (drop_missing_target = true in [data] leaves such rows out)"
        );
        assert_eq!(
            sentence(Values::numeric(vec![f64::INFINITY]), Kind::Regressor),
            "target column \"y\" has 1 infinite values, the first in row 1: allowed are finite numbers"
        );
        assert_eq!(
            sentence(Values::text(&[Some("a")]), Kind::Regressor),
            "target column \"y\" is text (row 1: \"a\"): a regressor needs numbers"
        );
        assert_eq!(
            sentence(Values::numeric(vec![1.0, 2.5]), Kind::Classifier),
            "target column \"y\" is continuous (row 2: 2.5): a classifier needs classes, that is whole numbers or text"
        );
        let error = Target::of(&table(Values::numeric(vec![1.0])), "yy", Kind::Regressor);
        assert_eq!(
            error.unwrap_err().to_string(),
            "unknown column \"yy\" (did you mean \"y\"?); allowed: y"
        );
    }

    #[test]
    fn numbers_stay_as_they_are() {
        let table = table(Values::numeric(vec![1.5, -2.0]));
        let target = Target::of(&table, "y", Kind::Regressor).unwrap();
        assert_eq!(target, Target::Numbers(vec![1.5, -2.0]));
        assert_eq!((target.rows(), target.codes()), (2, None));
    }
}
