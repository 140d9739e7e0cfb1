//! The matrix estimators get, and what stands in the way of one.

use pleat_num::math;

use super::table::{MISSING, Table, Values};

/// Numbers, column after column: row `r` of column `c` is at `c * rows + r`.
/// Every NaN in it is the same.
#[derive(Debug, Clone, PartialEq)]
pub struct Matrix {
    rows: usize,
    columns: usize,
    values: Vec<f64>,
}

impl Matrix {
    /// A matrix of these values; `None` if they are not `rows * columns`.
    #[must_use]
    pub fn new(rows: usize, columns: usize, mut values: Vec<f64>) -> Option<Self> {
        if rows.checked_mul(columns)? != values.len() {
            return None;
        }
        values.iter_mut().for_each(|x| *x = math::canonical(*x));
        Some(Self {
            rows,
            columns,
            values,
        })
    }

    /// How many rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// How many columns.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// All values, column after column.
    #[must_use]
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// The values, taken out.
    #[must_use]
    pub fn into_values(self) -> Vec<f64> {
        self.values
    }

    /// The values of each column.
    pub fn iter_columns(&self) -> impl ExactSizeIterator<Item = &[f64]> {
        let rows = self.rows;
        (0..self.columns).map(move |c| &self.values[c * rows..(c + 1) * rows])
    }
}

/// Something about a column that an estimator may not take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnFact {
    /// The column.
    pub name: String,
    /// How many of its rows it concerns.
    pub count: usize,
    /// The first of them.
    pub first_row: usize,
    /// What stands there.
    pub example: String,
}

/// All columns but the target, and what is to be known about them.
///
/// Text columns are not in `matrix`: whoever goes on although `text` is not
/// empty leaves them out.
#[derive(Debug, Clone, PartialEq)]
pub struct Features {
    /// The names of the matrix's columns.
    pub names: Vec<String>,
    /// The numeric columns, in file order.
    pub matrix: Matrix,
    /// Columns of text.
    pub text: Vec<ColumnFact>,
    /// Numeric columns with missing values.
    pub missing: Vec<ColumnFact>,
    /// Numeric columns with infinite values, which scikit-learn never takes.
    pub infinite: Vec<ColumnFact>,
}

impl Features {
    /// Takes all columns of `table` but the one named `target`.
    #[must_use]
    pub fn of(table: &Table, target: Option<&str>) -> Self {
        let mut names = Vec::new();
        let mut values = Vec::new();
        let (mut text, mut missing, mut infinite) = (Vec::new(), Vec::new(), Vec::new());
        for column in table
            .columns()
            .iter()
            .filter(|c| Some(c.name.as_str()) != target)
        {
            let name = &column.name;
            match &column.values {
                Values::Numeric(numbers) => {
                    let show = |x: &f64| format!("{x}");
                    missing.extend(fact(name, numbers, |x| x.is_nan(), show));
                    infinite.extend(fact(name, numbers, |x| x.is_infinite(), show));
                    names.push(name.clone());
                    values.extend_from_slice(numbers);
                }
                Values::Text { codes, categories } => {
                    let show = |c: &u32| categories.get(*c as usize).cloned().unwrap_or_default();
                    let found = fact(name, codes, |c| *c != MISSING, show);
                    // A column without a single word is text all the same.
                    text.push(found.unwrap_or_else(|| ColumnFact {
                        name: name.clone(),
                        count: 0,
                        first_row: 0,
                        example: String::new(),
                    }));
                }
            }
        }
        // The table's NaNs are canonical and its columns equally long.
        let matrix = Matrix {
            rows: table.rows(),
            columns: names.len(),
            values,
        };
        Self {
            names,
            matrix,
            text,
            missing,
            infinite,
        }
    }
}

fn fact<T>(
    name: &str,
    values: &[T],
    concerns: impl Fn(&T) -> bool,
    show: impl Fn(&T) -> String,
) -> Option<ColumnFact> {
    let first_row = values.iter().position(&concerns)?;
    Some(ColumnFact {
        name: name.to_owned(),
        count: values.iter().filter(|x| concerns(x)).count(),
        first_row,
        example: show(&values[first_row]),
    })
}

#[cfg(test)]
mod tests {
    use super::super::table::Column;
    use super::*;

    #[test]
    fn features_are_all_columns_but_the_target() {
        let column = |name: &str, values| Column {
            name: name.into(),
            values,
        };
        let table = Table::new(vec![
            column("a", Values::numeric(vec![1.0, f64::NAN, f64::NAN])),
            column("y", Values::numeric(vec![0.0, 1.0, 0.0])),
            column("city", Values::text(&[None, Some("Bern"), Some("Ulm")])),
            column("b", Values::numeric(vec![4.0, 5.0, f64::NEG_INFINITY])),
            column("void", Values::text::<&str>(&[None, None, None])),
        ]);
        let table = table.unwrap();
        let features = Features::of(&table, Some("y"));
        let fact = |name: &str, count, first_row, example: &str| ColumnFact {
            name: name.into(),
            count,
            first_row,
            example: example.into(),
        };
        assert_eq!(features.names, ["a", "b"]);
        assert_eq!((features.matrix.rows(), features.matrix.columns()), (3, 2));
        assert_eq!(
            features.matrix.iter_columns().nth(1).unwrap(),
            [4.0, 5.0, f64::NEG_INFINITY]
        );
        assert_eq!(features.missing, [fact("a", 2, 1, "NaN")]);
        assert_eq!(features.infinite, [fact("b", 1, 2, "-inf")]);
        assert_eq!(
            features.text,
            [fact("city", 2, 1, "Bern"), fact("void", 0, 0, "")]
        );
        assert_eq!(Features::of(&table, None).names, ["a", "y", "b"]);
    }

    #[test]
    fn a_matrix_has_as_many_values_as_it_says() {
        assert!(Matrix::new(2, 2, vec![0.0; 3]).is_none());
        assert!(Matrix::new(usize::MAX, 2, vec![]).is_none());
        let odd = Matrix::new(1, 1, vec![-f64::NAN]).unwrap();
        assert_eq!(odd.values()[0].to_bits(), math::CANONICAL_NAN.to_bits());
        assert_eq!(Matrix::new(3, 0, vec![]).unwrap().iter_columns().len(), 0);
    }
}
