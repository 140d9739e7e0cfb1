//! Rows with a target and a cost each, and lines over them.

use crate::row_kernels::{add, dot};
use crate::row_major::RowMajor;

/// What is to be solved.
pub struct Problem<'a> {
    /// All rows.
    pub rows: &'a RowMajor,
    /// Those meant; none costs nothing.
    pub indices: &'a [u32],
    /// The value of the intercept's column; 0 for no intercept.
    pub bias: f64,
    /// A number for each row, of classes -1 or 1.
    pub y: &'a [f64],
    /// What an error costs in each row, above 0.
    pub costs: &'a [f64],
}

impl Problem<'_> {
    /// How many rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.indices.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.indices.is_empty()
    }

    /// All coefficients zero.
    #[must_use]
    pub fn origin(&self) -> Vec<f64> {
        vec![0.0; self.rows.stride() + 1]
    }

    /// The line's value at one row.
    #[must_use]
    pub fn score(&self, at: &[f64], i: usize) -> f64 {
        let row = self.rows.row(self.indices[i]);
        dot(row, at) + self.bias * at[row.len()]
    }

    /// Adds `factor` times a row to a line.
    pub fn add(&self, i: usize, factor: f64, at: &mut [f64]) {
        let row = self.rows.row(self.indices[i]);
        add(factor, row, at);
        at[row.len()] += factor * self.bias;
    }

    /// The inner product of a row with itself.
    #[must_use]
    pub fn squares(&self, i: usize) -> f64 {
        let row = self.rows.row(self.indices[i]);
        dot(row, row) + self.bias * self.bias
    }
}
