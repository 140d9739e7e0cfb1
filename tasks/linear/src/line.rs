//! What every linear model comes to: one number a column, and one for where
//! all columns are 0.

use pleat_num::dense::axpy;
use serde::{Deserialize, Serialize};

use crate::gather::Gather;

/// A fitted line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// One a column.
    pub coefficients: Vec<f64>,
    /// What is predicted where every column is 0.
    pub intercept: f64,
}

impl Line {
    /// Whether every number of it is one.
    #[must_use]
    pub fn is_finite(&self) -> bool {
        self.intercept.is_finite() && self.coefficients.iter().all(|c| c.is_finite())
    }

    /// The line's value at each row, given the columns.
    pub fn predict(&self, columns: impl Iterator<Item = Vec<f64>>, rows: usize) -> Vec<f64> {
        let mut out = vec![0.0; rows];
        for (coefficient, column) in self.coefficients.iter().zip(columns) {
            axpy(*coefficient, &column, &mut out);
        }
        out.iter_mut().for_each(|y| *y += self.intercept);
        out
    }

    /// The same, to the bit, of a dataset's rows.
    #[must_use]
    pub fn of_rows(&self, rows: &Gather<'_>) -> Vec<f64> {
        let mut out = vec![0.0; rows.len()];
        let mut column = Vec::with_capacity(rows.len());
        // What is multiplied by 0 need not be fetched.
        for (c, coefficient) in self.coefficients.iter().enumerate() {
            if *coefficient != 0.0 {
                column.clear();
                rows.append(c, &mut column);
                axpy(*coefficient, &column, &mut out);
            }
        }
        out.iter_mut().for_each(|y| *y += self.intercept);
        out
    }
}
