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
        x: &[f64],
        y: Vec<f64>,
        rows: usize,
        weights: Option<&[f64]>,
        fit_intercept: bool,
    ) -> Self {
        let column = |c: usize, to: &mut Vec<f64>| to.extend(&x[c * rows..(c + 1) * rows]);
        Self::gathered(x.len() / rows, column, y, rows, weights, fit_intercept)
    }

    /// The same of a matrix that is put together column by column: each is
    /// made ready while it is still close to the processor.
    #[must_use]
    pub fn gathered(
        columns: usize,
        append: impl Fn(usize, &mut Vec<f64>),
        mut y: Vec<f64>,
        rows: usize,
        weights: Option<&[f64]>,
        fit_intercept: bool,
    ) -> Self {
        let roots: Option<Vec<f64>> = weights.map(|w| w.iter().map(|w| w.sqrt()).collect());
        let prepare = |values: &mut [f64]| {
            let offset = match fit_intercept {
                true => mean(values, weights),
                false => 0.0,
            };
            if fit_intercept {
                values.iter_mut().for_each(|value| *value -= offset);
            }
            for (value, root) in values.iter_mut().zip(roots.iter().flatten()) {
                *value *= root;
            }
            offset
        };
        let mut x = Vec::with_capacity(rows * columns);
        let mut of_column = |c: usize| {
            append(c, &mut x);
            prepare(&mut x[c * rows..])
        };
        let x_offset: Vec<f64> = (0..columns).map(&mut of_column).collect();
        let y_offset = y.chunks_exact_mut(rows).map(prepare).collect();
        let left_out = fit_intercept.then(|| roots.unwrap_or_else(|| vec![1.0; rows]));
        Centred {
            rows,
            columns,
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
        let mut squares = vec![0.0; self.columns * self.columns];
        let mut moments = vec![0.0; self.y.len() / self.rows * self.columns];
        for begin in (0..self.rows).step_by(PART) {
            let part = begin..self.rows.min(begin + PART);
            let columns = Packed::new(x.columns_of(part.clone()));
            columns.symmetric_onto(&columns, &mut squares);
            let targets = self.y.chunks_exact(self.rows);
            for (y, moments) in targets.zip(moments.chunks_exact_mut(self.columns)) {
                columns.times_vector_onto(&y[part.clone()], moments);
            }
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
