//! Frames: what steps hand on, named columns of numbers or text, and how the
//! last of them becomes the matrix.
//!
//! A frame shares its columns with the table and with other frames; what a
//! step does not touch costs nothing. What steps do to it lives in `pipeline`.

use std::ops::Range;
use std::sync::Arc;

use super::buffer::Buffer;
use super::matrix::Matrix;
use super::table::{MISSING, Table, Values};

/// A column of a [`Frame`].
#[derive(Debug, Clone, PartialEq)]
pub struct FrameColumn {
    /// Its name.
    pub name: String,
    /// One value a row; every NaN the same.
    pub values: Arc<Values>,
}

impl FrameColumn {
    /// A column of numbers.
    #[must_use]
    pub fn numeric(name: impl Into<String>, numbers: Vec<f64>) -> Self {
        Self {
            name: name.into(),
            values: Arc::new(Values::numeric(numbers)),
        }
    }

    /// Its numbers, unless it is text.
    #[must_use]
    pub fn numbers(&self) -> Option<&[f64]> {
        match &*self.values {
            Values::Numeric(numbers) => Some(numbers),
            Values::Text { .. } => None,
        }
    }

    /// Its codes and its words, unless it is numeric.
    #[must_use]
    pub fn text(&self) -> Option<(&[u32], &[String])> {
        match &*self.values {
            Values::Numeric(_) => None,
            Values::Text { codes, categories } => Some((codes, categories)),
        }
    }
}

/// Something about a column that a step or an estimator may not take.
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

/// Columns of equal length.
#[derive(Debug, Clone, PartialEq)]
pub struct Frame {
    rows: usize,
    columns: Vec<FrameColumn>,
}

impl Frame {
    /// These columns; `None` if one does not have so many rows.
    #[must_use]
    pub fn new(rows: usize, columns: Vec<FrameColumn>) -> Option<Self> {
        let fits = columns.iter().all(|c| c.values.len() == rows);
        fits.then_some(Self { rows, columns })
    }

    /// All columns of `table` but those named.
    #[must_use]
    pub fn of(table: &Table, leave_out: &[&str]) -> Self {
        let kept = table.columns().iter();
        let kept = kept.filter(|c| !leave_out.contains(&c.name.as_str()));
        Self {
            rows: table.rows(),
            columns: kept
                .map(|c| FrameColumn {
                    name: c.name.clone(),
                    values: Arc::new(c.values.clone()),
                })
                .collect(),
        }
    }

    /// Some of the rows.
    #[must_use]
    pub fn slice(&self, rows: Range<usize>) -> Self {
        let column = |c: &FrameColumn| FrameColumn {
            name: c.name.clone(),
            values: Arc::new(match &*c.values {
                Values::Numeric(numbers) => Values::numeric(numbers[rows.clone()].to_vec()),
                Values::Text { codes, categories } => Values::Text {
                    codes: codes[rows.clone()].to_vec().into(),
                    categories: categories.clone(),
                },
            }),
        };
        Self {
            rows: rows.len(),
            columns: self.columns.iter().map(column).collect(),
        }
    }

    /// How many rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The columns, in order.
    #[must_use]
    pub fn columns(&self) -> &[FrameColumn] {
        &self.columns
    }

    /// The columns, taken out.
    #[must_use]
    pub fn into_columns(self) -> Vec<FrameColumn> {
        self.columns
    }

    /// The names of the columns, in order.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        self.columns.iter().map(|c| c.name.as_str()).collect()
    }

    /// The columns that are text, with how many rows have a word that is no
    /// number: one among many is what made them text.
    #[must_use]
    pub fn text(&self) -> Vec<ColumnFact> {
        let of_column = |column: &FrameColumn| {
            let (codes, categories) = column.text()?;
            let show = |c: &u32| categories.get(*c as usize).cloned().unwrap_or_default();
            let is_word = |c: &u32| {
                let word = categories.get(*c as usize);
                *c != MISSING && word.is_none_or(|w| w.trim().parse::<f64>().is_err())
            };
            let found = fact(&column.name, codes, is_word, show);
            // A column without a single word is text all the same.
            Some(found.unwrap_or_else(|| ColumnFact {
                name: column.name.clone(),
                count: 0,
                first_row: 0,
                example: String::new(),
            }))
        };
        self.columns.iter().filter_map(of_column).collect()
    }

    /// The columns with missing values.
    #[must_use]
    pub fn missing(&self) -> Vec<ColumnFact> {
        let of_column = |column: &FrameColumn| match &*column.values {
            Values::Numeric(numbers) => {
                fact(&column.name, numbers, |x| x.is_nan(), |x| format!("{x}"))
            }
            Values::Text { codes, .. } => {
                fact(&column.name, codes, |c| *c == MISSING, |_| String::new())
            }
        };
        self.columns.iter().filter_map(of_column).collect()
    }

    /// The columns with infinite values, which scikit-learn never takes.
    #[must_use]
    pub fn infinite(&self) -> Vec<ColumnFact> {
        let of_column = |column: &FrameColumn| {
            let show = |x: &f64| format!("{x}");
            fact(&column.name, column.numbers()?, |x| x.is_infinite(), show)
        };
        self.columns.iter().filter_map(of_column).collect()
    }

    /// The numbers of each column.
    ///
    /// # Errors
    /// A column is text: a sentence that says which.
    pub fn numbers(&self) -> Result<Vec<&[f64]>, String> {
        let of_column = |c: &'_ FrameColumn| Err(text_sentence(&c.name));
        self.columns
            .iter()
            .map(|c| c.numbers().map_or_else(|| of_column(c), Ok))
            .collect()
    }

    /// The numbers of each column, none of them missing.
    ///
    /// # Errors
    /// A column is text or has missing values: a sentence that says which.
    pub fn complete_numbers(&self) -> Result<Vec<&[f64]>, String> {
        let numbers = self.numbers()?;
        let bad = numbers.iter().position(|c| c.iter().any(|x| x.is_nan()));
        match bad {
            Some(i) => Err(missing_sentence(&self.columns[i].name)),
            None => Ok(numbers),
        }
    }

    /// The frame with text as codes of categories, for estimators that take
    /// them, and the categories of each column that has some. Where categories
    /// are known already their codes are used, and words that are none of them
    /// are missing.
    #[must_use]
    pub fn coded(self, known: &[Categories]) -> (Self, Vec<Categories>) {
        let mut columns = Vec::with_capacity(self.columns.len());
        let mut used = Vec::with_capacity(self.columns.len());
        for (i, column) in self.columns.into_iter().enumerate() {
            let Some((codes, words)) = column.text() else {
                columns.push(column);
                used.push(None);
                continue;
            };
            let categories = known.get(i).cloned().flatten();
            let categories = categories.unwrap_or_else(|| words.to_vec());
            // Both are sorted.
            let place = |word: &String| categories.binary_search(word).ok();
            let places: Vec<f64> = words
                .iter()
                .map(|word| place(word).map_or(f64::NAN, |place| place as f64))
                .collect();
            let number = |code: &u32| places.get(*code as usize).copied().unwrap_or(f64::NAN);
            let numbers = codes.iter().map(number).collect();
            columns.push(FrameColumn::numeric(column.name.clone(), numbers));
            used.push(Some(categories));
        }
        let frame = Self {
            rows: self.rows,
            columns,
        };
        (frame, used)
    }

    /// The frame as an estimator gets it. Columns that stand one after the
    /// other in a stored table are a matrix as they are; others are let go as
    /// they are copied.
    ///
    /// # Errors
    /// A column is text: a sentence that says which, and what to do.
    pub fn into_matrix(self) -> Result<Matrix, String> {
        if let Some(column) = self.columns.iter().find(|c| c.text().is_some()) {
            return Err(format!(
                "column \"{}\" is text, and estimators take numbers: drop it, or put \
                 OneHotEncoder, OrdinalEncoder or TargetEncoder into the pipeline",
                column.name
            ));
        }
        let (rows, count) = (self.rows, self.columns.len());
        let buffers = self.columns.iter().filter_map(|c| match &*c.values {
            Values::Numeric(numbers) => Some(numbers),
            Values::Text { .. } => None,
        });
        let values = Buffer::joined(buffers).unwrap_or_else(|| {
            let mut values = Vec::with_capacity(rows * count);
            for column in self.columns {
                values.extend_from_slice(column.numbers().unwrap_or_default());
            }
            values.into()
        });
        Matrix::of_canonical(rows, count, values)
            .ok_or_else(|| format!("the columns do not all have {rows} rows"))
    }
}

/// The categories of a column, sorted; none of numbers.
pub type Categories = Option<Vec<String>>;

/// Why a step that takes numbers does not take this column.
pub(crate) fn text_sentence(column: &str) -> String {
    format!(
        "column \"{column}\" is text, and this step takes numbers: give it columns = \"numeric\", \
         put OneHotEncoder, OrdinalEncoder or TargetEncoder before it, or drop the column"
    )
}

/// Why a step that takes no missing values does not take this column.
pub(crate) fn missing_sentence(column: &str) -> String {
    format!(
        "column \"{column}\" has missing values, and this step takes none: put SimpleImputer \
         before it, or drop the column"
    )
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

    fn frame() -> Frame {
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
        Frame::of(&table.unwrap(), &["y"])
    }

    #[test]
    fn what_may_be_in_the_way_is_known_by_column() {
        let frame = frame();
        let fact = |name: &str, count, first_row, example: &str| ColumnFact {
            name: name.into(),
            count,
            first_row,
            example: example.into(),
        };
        assert_eq!(frame.names(), ["a", "city", "b", "void"]);
        assert_eq!(
            frame.missing(),
            [
                fact("a", 2, 1, "NaN"),
                fact("city", 1, 0, ""),
                fact("void", 3, 0, "")
            ]
        );
        assert_eq!(frame.infinite(), [fact("b", 1, 2, "-inf")]);
        assert_eq!(
            frame.text(),
            [fact("city", 2, 1, "Bern"), fact("void", 0, 0, "")]
        );
    }

    #[test]
    fn only_numbers_make_a_matrix() {
        let mut columns = frame().into_columns();
        let text = Frame::new(3, columns.clone()).unwrap();
        assert_eq!(
            text.into_matrix().unwrap_err(),
            "column \"city\" is text, and estimators take numbers: drop it, or put OneHotEncoder, \
             OrdinalEncoder or TargetEncoder into the pipeline"
        );
        columns.retain(|c| c.text().is_none());
        let numeric = Frame::new(3, columns.clone()).unwrap();
        let matrix = numeric.clone().into_matrix().unwrap();
        assert_eq!((matrix.rows(), matrix.columns()), (3, 2));
        assert_eq!(
            matrix.iter_columns().nth(1).unwrap(),
            [4.0, 5.0, f64::NEG_INFINITY]
        );
        assert_eq!(
            numeric.complete_numbers().unwrap_err(),
            "column \"a\" has missing values, and this step takes none: put SimpleImputer before \
             it, or drop the column"
        );
        assert!(Frame::new(2, columns).is_none());
        assert_eq!(
            Frame::new(7, vec![]).unwrap().into_matrix().unwrap().rows(),
            7
        );
    }

    #[test]
    fn what_stands_in_a_row_in_a_table_is_lent() {
        let column = |i: u32| Column {
            name: format!("c{i}"),
            values: Values::numeric(vec![f64::from(i), f64::NAN]),
        };
        let table = Table::new((0..4).map(column).collect()).unwrap();
        let table = Table::decode(&table.encode()).unwrap();
        let place = |i: usize| {
            Frame::of(&table, &[]).columns[i]
                .numbers()
                .unwrap()
                .as_ptr()
        };
        for (left_out, begin) in [("c0", 1), ("c3", 0)] {
            let matrix = Frame::of(&table, &[left_out]).into_matrix().unwrap();
            assert_eq!(matrix.values().as_ptr(), place(begin));
            assert_eq!(matrix.iter_columns().nth(2).unwrap()[0], begin as f64 + 2.0);
        }
        let matrix = Frame::of(&table, &["c1"]).into_matrix().unwrap();
        assert_ne!(matrix.values().as_ptr(), place(0));
        assert_eq!(matrix.iter_columns().nth(1).unwrap()[0], 2.0);
    }
}
