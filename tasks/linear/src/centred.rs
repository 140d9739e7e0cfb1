//! Rows made ready for least squares: centred, so that no intercept is left to
//! find, and scaled by the roots of their weights, so that none are left to
//! heed.

use pleat_num::dense::dot;
use pleat_num::sum;

use crate::line::Line;

/// A matrix and its targets, centred and weighted.
pub struct Centred {
    /// How many rows, at least one.
    pub rows: usize,
    /// How many columns.
    pub columns: usize,
    /// Column-major.
    pub x: Vec<f64>,
    /// One target after the other.
    pub y: Vec<f64>,
    x_offset: Vec<f64>,
    y_offset: Vec<f64>,
}

impl Centred {
    /// Prepares a column-major matrix, one or more targets, and one weight a
    /// row. Without an intercept nothing is centred.
    #[must_use]
    pub fn new(
        mut x: Vec<f64>,
        mut y: Vec<f64>,
        rows: usize,
        weights: Option<&[f64]>,
        fit_intercept: bool,
    ) -> Self {
        let mut centre = |values: &mut [f64]| {
            if !fit_intercept {
                return 0.0;
            }
            let offset = mean(values, weights);
            values.iter_mut().for_each(|value| *value -= offset);
            offset
        };
        let x_offset: Vec<f64> = x.chunks_exact_mut(rows).map(&mut centre).collect();
        let y_offset = y.chunks_exact_mut(rows).map(&mut centre).collect();
        if let Some(weights) = weights {
            for values in x.chunks_exact_mut(rows).chain(y.chunks_exact_mut(rows)) {
                values
                    .iter_mut()
                    .zip(weights)
                    .for_each(|(value, w)| *value *= w.sqrt());
            }
        }
        Centred {
            rows,
            columns: x_offset.len(),
            x,
            y,
            x_offset,
            y_offset,
        }
    }

    /// One column.
    #[must_use]
    pub fn column(&self, column: usize) -> &[f64] {
        &self.x[column * self.rows..(column + 1) * self.rows]
    }

    /// The inner product of each column with a number a row.
    #[must_use]
    pub fn columns_times(&self, of_rows: &[f64]) -> Vec<f64> {
        self.x
            .chunks_exact(self.rows)
            .map(|column| dot(column, of_rows))
            .collect()
    }

    /// The line of these coefficients for the rows as they came.
    #[must_use]
    pub fn line(&self, target: usize, coefficients: Vec<f64>) -> Line {
        Line {
            intercept: self.y_offset[target] - dot(&self.x_offset, &coefficients),
            coefficients,
        }
    }
}

/// The mean, weighted if there are weights.
fn mean(values: &[f64], weights: Option<&[f64]>) -> f64 {
    match weights {
        None => sum::mean(values),
        Some(weights) => dot(values, weights) / sum::pairwise(weights),
    }
}
