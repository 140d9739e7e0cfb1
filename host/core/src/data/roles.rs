//! Columns that are neither feature nor target: groups, sample weights, and
//! the folds of a predefined split.

use super::table::{MISSING, Table, Values};
use crate::params::unknown;

/// Why a column cannot play its role.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum RoleError {
    /// There is no such column.
    #[error("{0}")]
    NoColumn(String),
    /// Some rows belong to no group, or have no weight.
    #[error(
        "column \"{name}\" has {count} missing values, the first in row {row}: every row needs a {needed}"
    )]
    Missing {
        /// The column.
        name: String,
        /// How many rows.
        count: usize,
        /// The first of them, counted from 1.
        row: usize,
        /// A group or a weight.
        needed: &'static str,
    },
    /// Words do not weigh.
    #[error("column \"{0}\" is text: weights are finite numbers >= 0")]
    Text(String),
    /// Weights that are negative or infinite.
    #[error(
        "column \"{name}\" has {count} values that are no weights, the first in row {row} ({value}): allowed are finite numbers >= 0"
    )]
    NotAWeight {
        /// The column.
        name: String,
        /// How many rows.
        count: usize,
        /// The first of them, counted from 1.
        row: usize,
        /// What stands there.
        value: f64,
    },
    /// What does not number a fold.
    #[error(
        "column \"{name}\" numbers the folds, and row {row} has {value}: allowed are whole numbers >= -1"
    )]
    NotAFold {
        /// The column.
        name: String,
        /// The first such row, counted from 1.
        row: usize,
        /// What stands there.
        value: String,
    },
    /// Nothing weighs anything.
    #[error("every weight in column \"{0}\" is 0: at least one must be above 0")]
    AllZero(String),
}

fn column<'a>(table: &'a Table, name: &str) -> Result<&'a Values, RoleError> {
    match table.column(name) {
        Some(column) => Ok(&column.values),
        None => Err(RoleError::NoColumn(unknown("column", name, &table.names()))),
    }
}

/// How many rows it concerns, and the first, counted from 1.
fn which<T: Copy>(values: &[T], concerns: impl Fn(T) -> bool) -> Option<(usize, usize)> {
    let first = values.iter().position(|x| concerns(*x))?;
    let count = values[first..].iter().filter(|x| concerns(**x)).count();
    Some((count, first + 1))
}

/// The group of each row: numbers ascending or words by code point, counted
/// from 0.
///
/// # Errors
/// The column is not there, or some rows have no group.
pub fn groups(table: &Table, name: &str) -> Result<Vec<u32>, RoleError> {
    let missing = |(count, row)| RoleError::Missing {
        name: name.to_owned(),
        count,
        row,
        needed: "group",
    };
    match column(table, name)? {
        Values::Text { codes, .. } => match which(codes, |c| c == MISSING) {
            Some(found) => Err(missing(found)),
            None => Ok(codes.to_vec()),
        },
        Values::Numeric(numbers) => {
            if let Some(found) = which(numbers, f64::is_nan) {
                return Err(missing(found));
            }
            // Adding 0 makes -0 and 0 one group.
            let mut distinct: Vec<f64> = numbers.iter().map(|x| x + 0.0).collect();
            distinct.sort_unstable_by(f64::total_cmp);
            distinct.dedup();
            let code = |x: &f64| distinct.partition_point(|d| d < x) as u32;
            Ok(numbers.iter().map(code).collect())
        }
    }
}

/// The weight of each row.
///
/// # Errors
/// The column is not there or is text, some weights are missing, negative or
/// infinite, or all are 0.
pub fn weights(table: &Table, name: &str) -> Result<Vec<f64>, RoleError> {
    let Values::Numeric(numbers) = column(table, name)? else {
        return Err(RoleError::Text(name.to_owned()));
    };
    if let Some((count, row)) = which(numbers, f64::is_nan) {
        return Err(RoleError::Missing {
            name: name.to_owned(),
            count,
            row,
            needed: "weight",
        });
    }
    if let Some((count, row)) = which(numbers, |x| x < 0.0 || x.is_infinite()) {
        return Err(RoleError::NotAWeight {
            name: name.to_owned(),
            count,
            row,
            value: numbers[row - 1],
        });
    }
    if numbers.iter().all(|x| *x == 0.0) {
        return Err(RoleError::AllZero(name.to_owned()));
    }
    Ok(numbers.to_vec())
}

/// The fold of each row, for a predefined split; -1 for rows that are only
/// trained on.
///
/// # Errors
/// There is no such column, or it has something else than whole numbers from
/// -1 on.
pub fn test_fold(table: &Table, name: &str) -> Result<Vec<i64>, RoleError> {
    let not = |row: usize, value: String| RoleError::NotAFold {
        name: name.to_owned(),
        row: row + 1,
        value,
    };
    match column(table, name)? {
        Values::Text { codes, categories } => {
            let first = codes.iter().position(|c| *c != MISSING).unwrap_or(0);
            let word = codes.get(first).and_then(|c| categories.get(*c as usize));
            Err(not(first, format!("\"{}\"", word.map_or("", |w| w))))
        }
        Values::Numeric(numbers) => {
            let fits = |x: f64| x == x.trunc() && (-1.0..=f64::from(u32::MAX)).contains(&x);
            match numbers.iter().position(|x| !fits(*x)) {
                Some(row) => Err(not(row, numbers[row].to_string())),
                None => Ok(numbers.iter().map(|x| *x as i64).collect()),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::table::Column;
    use super::*;

    fn table(values: Values) -> Table {
        Table::new(vec![Column {
            name: "r".into(),
            values,
        }])
        .unwrap()
    }

    #[test]
    fn groups_are_counted_in_the_order_of_their_values() {
        let numbers = table(Values::numeric(vec![10.0, -0.0, 2.5, 0.0, 10.0]));
        assert_eq!(groups(&numbers, "r").unwrap(), [2, 0, 1, 0, 2]);
        let words = table(Values::text(&[Some("b"), Some("a"), Some("b")]));
        assert_eq!(groups(&words, "r").unwrap(), [1, 0, 1]);
    }

    #[test]
    fn what_is_no_group_is_refused_with_a_sentence() {
        let said = |values| groups(&table(values), "r").unwrap_err().to_string();
        let missing =
            "column \"r\" has 2 missing values, the first in row 2: every row needs a group";
        assert_eq!(
            said(Values::numeric(vec![1.0, f64::NAN, f64::NAN])),
            missing
        );
        assert_eq!(said(Values::text(&[Some("a"), None, None])), missing);
        let error = groups(&table(Values::numeric(vec![1.0])), "R").unwrap_err();
        assert_eq!(
            error.to_string(),
            "unknown column \"R\" (did you mean \"r\"?); allowed: r"
        );
    }

    #[test]
    fn weights_are_finite_and_weigh_something() {
        let of = |values| weights(&table(values), "r").map_err(|e| e.to_string());
        assert_eq!(of(Values::numeric(vec![0.0, 2.5])), Ok(vec![0.0, 2.5]));
        let refused = [
            (
                Values::numeric(vec![0.0, -0.0]),
                "every weight in column \"r\" is 0: at least one must be above 0",
            ),
            (
                Values::numeric(vec![1.0, f64::NAN]),
                "column \"r\" has 1 missing values, the first in row 2: every row needs a weight",
            ),
            (
                Values::numeric(vec![1.0, -2.0, f64::INFINITY]),
                "column \"r\" has 2 values that are no weights, the first in row 2 (-2): allowed are finite numbers >= 0",
            ),
            (
                Values::text(&[Some("a")]),
                "column \"r\" is text: weights are finite numbers >= 0",
            ),
        ];
        for (values, sentence) in refused {
            assert_eq!(of(values), Err(sentence.to_owned()));
        }
    }
}
