//! Matrices as they lie: views of numbers in either order.

use std::ops::Range;

/// A matrix in either order, as a view.
#[derive(Clone, Copy, Debug)]
pub struct Matrix<'a, T> {
    pub(super) values: &'a [T],
    pub(super) rows: usize,
    pub(super) columns: usize,
    /// How far it is to the next row, and to the next column.
    pub(super) down: usize,
    pub(super) across: usize,
}

impl<'a, T> Matrix<'a, T> {
    /// Row after row of so many columns; what is left over is ignored.
    #[must_use]
    pub fn row_major(values: &'a [T], columns: usize) -> Self {
        Matrix {
            values,
            rows: values.len().checked_div(columns).unwrap_or(0),
            columns,
            down: columns,
            across: 1,
        }
    }

    /// Column after column of so many rows; what is left over is ignored.
    #[must_use]
    pub fn column_major(values: &'a [T], rows: usize) -> Self {
        Matrix::row_major(values, rows).transposed()
    }

    /// The same numbers with rows for columns.
    #[must_use]
    pub fn transposed(self) -> Self {
        Matrix {
            values: self.values,
            rows: self.columns,
            columns: self.rows,
            down: self.across,
            across: self.down,
        }
    }

    /// How many rows.
    #[must_use]
    pub fn rows(self) -> usize {
        self.rows
    }

    /// How many columns.
    #[must_use]
    pub fn columns(self) -> usize {
        self.columns
    }

    /// Some of its rows.
    #[must_use]
    pub fn rows_of(self, rows: Range<usize>) -> Self {
        Matrix {
            values: &self.values[(rows.start * self.down).min(self.values.len())..],
            rows: rows.len(),
            ..self
        }
    }

    /// Some of its columns.
    #[must_use]
    pub fn columns_of(self, columns: Range<usize>) -> Self {
        self.transposed().rows_of(columns).transposed()
    }
}
