//! Rows made ready for least squares: centred, so that no intercept is left to
//! find, and scaled by the roots of their weights, so that none are left to
//! heed.

use pleat_num::dense::dot;
use pleat_num::product::{Matrix, Packed, RUN, mirror};
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
    left_out: Option<Vec<f64>>,
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
            let roots: Vec<f64> = weights.iter().map(|w| w.sqrt()).collect();
            for values in x.chunks_exact_mut(rows).chain(y.chunks_exact_mut(rows)) {
                let values = values.iter_mut().zip(&roots);
                values.for_each(|(value, root)| *value *= root);
            }
        }
        let left_out = fit_intercept.then(|| match weights {
            Some(weights) => weights.iter().map(|w| w.sqrt()).collect(),
            None => vec![1.0; rows],
        });
        Centred {
            rows,
            columns: x_offset.len(),
            x,
            y,
            x_offset,
            y_offset,
            left_out,
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

    /// The inner products of the columns, and of each target with each column:
    /// what the normal equations are made of.
    #[must_use]
    pub fn normal(&self) -> (Vec<f64>, Vec<f64>) {
        /// Rows that are packed at once, for both.
        const PART: usize = 4 * RUN;
        let x = Matrix::column_major(&self.x, self.rows).transposed();
        let y = Matrix::column_major(&self.y, self.rows).transposed();
        let mut squares = vec![0.0; self.columns * self.columns];
        let mut moments = vec![0.0; y.rows() * self.columns];
        for begin in (0..self.rows).step_by(PART) {
            let part = begin..self.rows.min(begin + PART);
            let columns = Packed::new(x.columns_of(part.clone()));
            columns.symmetric_onto(&columns, &mut squares);
            Packed::new(y.columns_of(part)).times_onto(&columns, &mut moments);
        }
        mirror(&mut squares, self.columns);
        (squares, moments)
    }

    /// A number for each row of which no combination of the columns has any:
    /// where a mean was taken out, the root of the row's weight.
    #[must_use]
    pub fn left_out(&self) -> Option<&[f64]> {
        self.left_out.as_deref()
    }

    /// What was taken out of a column.
    #[must_use]
    pub fn offset(&self, column: usize) -> f64 {
        self.x_offset[column]
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
