//! Axes along which rows are spread alike within the classes.

use pleat_num::dense::{axpy, dot};
use pleat_num::product::{Matrix, gram};

use crate::eigen::symmetric;
use crate::svd::{Right, right};

/// Singular values count as exact from here on beside the largest where they
/// are roots of eigenvalues: 1e-11 or so is then lost.
pub(crate) const SHARP: f64 = 1e-5;

/// Axes, by what they are made of.
pub(crate) enum Axes {
    /// One after another.
    Plain { columns: usize, axes: Vec<f64> },
    /// Of fewer rows than columns, as sums of rows: the axes themselves would
    /// take as long to write down as all else together.
    OfRows {
        /// Column-major.
        x: Vec<f64>,
        deviations: Vec<f64>,
        /// One axis after another, a factor a row.
        factors: Vec<f64>,
        rows: usize,
    },
}

impl Axes {
    /// Of a column-major matrix of centred rows whose columns have been
    /// divided by their deviations: an axis for each singular value above
    /// `tol`.
    pub(crate) fn new(x: Vec<f64>, rows: usize, deviations: Vec<f64>, tol: f64) -> Self {
        let columns = deviations.len();
        let parts = match rows < columns {
            true => sharp(&x, rows, tol),
            false => None,
        };
        if let Some(Right { values, vectors }) = parts {
            let mut factors = Vec::new();
            for (value, vector) in values.iter().zip(vectors.chunks_exact(rows)) {
                if value.max(0.0).sqrt() > tol {
                    factors.extend(vector.iter().map(|u| u / value));
                }
            }
            return Axes::OfRows {
                x,
                deviations,
                factors,
                rows,
            };
        }
        let parts = right(x, rows, columns);
        let mut axes = Vec::new();
        for (value, vector) in parts.values.iter().zip(parts.vectors.chunks_exact(columns)) {
            if *value > tol {
                let scaled = vector.iter().zip(&deviations).map(|(v, d)| v / d / value);
                axes.extend(scaled);
            }
        }
        Axes::Plain { columns, axes }
    }

    /// How many there are.
    pub(crate) fn rank(&self) -> usize {
        match self {
            Axes::Plain { columns, axes } => axes.len() / columns,
            Axes::OfRows { factors, rows, .. } => factors.len() / rows,
        }
    }

    /// How far a point lies along each.
    pub(crate) fn along(&self, point: &[f64]) -> Vec<f64> {
        match self {
            Axes::Plain { columns, axes } => axes
                .chunks_exact(*columns)
                .map(|axis| dot(point, axis))
                .collect(),
            Axes::OfRows {
                x,
                deviations,
                factors,
                rows,
            } => {
                let mut by_row = vec![0.0; *rows];
                for ((column, point), deviation) in x.chunks_exact(*rows).zip(point).zip(deviations)
                {
                    axpy(point / deviation, column, &mut by_row);
                }
                factors
                    .chunks_exact(*rows)
                    .map(|axis| dot(&by_row, axis))
                    .collect()
            }
        }
    }

    /// The sum of all, each so many times.
    pub(crate) fn sum(&self, times: &[f64]) -> Vec<f64> {
        match self {
            Axes::Plain { columns, axes } => {
                let mut out = vec![0.0; *columns];
                for (times, axis) in times.iter().zip(axes.chunks_exact(*columns)) {
                    axpy(*times, axis, &mut out);
                }
                out
            }
            Axes::OfRows {
                x,
                deviations,
                factors,
                rows,
            } => {
                let mut by_row = vec![0.0; *rows];
                for (times, axis) in times.iter().zip(factors.chunks_exact(*rows)) {
                    axpy(*times, axis, &mut by_row);
                }
                let columns = x.chunks_exact(*rows).zip(deviations);
                columns
                    .map(|(column, deviation)| dot(column, &by_row) / deviation)
                    .collect()
            }
        }
    }
}

/// Squared singular values and left vectors, from the inner products of rows;
/// none where squaring would lose digits: all that counts must be far above
/// rounding, and all else below the tolerance even so.
pub(crate) fn sharp(x: &[f64], rows: usize, tol: f64) -> Option<Right> {
    let parts = symmetric(gram(Matrix::column_major(x, rows)), rows)?;
    let largest = parts.values.iter().copied().fold(0.0, f64::max);
    let rounding = 16.0 * rows as f64 * f64::EPSILON * largest;
    let nothing = if rounding.sqrt() < tol {
        rounding
    } else {
        -1.0
    };
    let clear = |value: &f64| *value >= SHARP * largest || *value <= nothing;
    parts.values.iter().all(clear).then_some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use pleat_num::rng::RandomState;

    /// Ten rows of which one is the sum of two others, in thirty columns.
    #[test]
    fn axes_are_the_same_whatever_they_are_made_of() {
        let (rows, columns) = (10, 30);
        let mut draws = RandomState::new(3);
        let mut x: Vec<f64> = (0..rows * columns).map(|_| draws.double() - 0.5).collect();
        for column in x.chunks_exact_mut(rows) {
            column[7] = column[1] + column[2];
        }
        let deviations: Vec<f64> = (0..columns).map(|_| draws.double() + 0.5).collect();
        let point: Vec<f64> = (0..columns).map(|_| draws.double()).collect();
        let of_rows = Axes::new(x.clone(), rows, deviations.clone(), 1e-4);
        assert!(matches!(of_rows, Axes::OfRows { .. }));
        // Below its own rounding nothing is sharp.
        let plain = Axes::new(x, rows, deviations, 1e-14);
        assert!(matches!(plain, Axes::Plain { .. }));
        // There and back does not depend on the order or the signs of axes.
        let there_and_back = |axes: &Axes| {
            assert_eq!(axes.rank(), 9);
            axes.sum(&axes.along(&point))
        };
        for (a, b) in there_and_back(&of_rows).iter().zip(there_and_back(&plain)) {
            assert!((a - b).abs() < 1e-11 * b.abs().max(1.0), "{a} {b}");
        }
    }
}
