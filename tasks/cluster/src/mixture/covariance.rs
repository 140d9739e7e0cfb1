//! Covariances of components, from the points that belong to them.

use pleat_num::dense::dot;
use pleat_num::product::{Matrix, Packed, gram};
use serde::{Deserialize, Serialize};

use crate::points::Points;

/// What components' covariances are like.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Shape {
    /// Any, each its own.
    Full,
    /// Any, one for all.
    Tied,
    /// Without correlations, each its own.
    Diag,
    /// The same in every direction, each its own.
    Spherical,
}

/// A covariance that is not positive definite: it has no inverse.
#[derive(Debug, PartialEq)]
pub struct Collapsed;

/// What of covariances is the same whatever belongs to whom, worked out once.
pub struct Scatter {
    /// Columns of the points, one after another, where any correlate.
    columns: Vec<f64>,
    /// The mean of all points, and of their products about it the sum, where
    /// there is one covariance for all.
    mean: Vec<f64>,
    sum: Vec<f64>,
}

impl Scatter {
    /// Of these points; empty where the shape has no use for it.
    #[must_use]
    pub fn new(shape: Shape, points: &Points) -> Self {
        let mut scatter = Scatter {
            columns: Vec::new(),
            mean: Vec::new(),
            sum: Vec::new(),
        };
        let n = points.len();
        if matches!(shape, Shape::Full | Shape::Tied) {
            scatter.columns = vec![0.0; n * points.width()];
            for (i, row) in points.rows().enumerate() {
                for (column, x) in scatter.columns.chunks_exact_mut(n).zip(row) {
                    column[i] = *x;
                }
            }
        }
        if shape == Shape::Tied {
            let columns = scatter.columns.chunks_exact(n);
            scatter.mean = columns.map(pleat_num::sum::mean).collect();
            scatter.sum = gram(Matrix::row_major(&scatter.about(&scatter.mean), n));
        }
        scatter
    }

    /// The columns less a mean.
    fn about(&self, mean: &[f64]) -> Vec<f64> {
        let n = self.columns.len() / mean.len();
        let mut columns = self.columns.clone();
        for (column, mean) in columns.chunks_exact_mut(n).zip(mean) {
            column.iter_mut().for_each(|x| *x -= mean);
        }
        columns
    }
}

/// Covariances about means: a matrix for each component, one for all, a row
/// for each component, or a number for each. `parts` has a column after
/// another, how much of each point belongs to a component; `sizes` are their
/// sums; `least` is added to every variance.
#[must_use]
pub fn covariances(
    shape: Shape,
    scatter: &Scatter,
    points: &Points,
    parts: &[f64],
    sizes: &[f64],
    means: &[f64],
    least: f64,
) -> Vec<f64> {
    let width = points.width();
    let each = means
        .chunks_exact(width)
        .zip(parts.chunks_exact(points.len()));
    let each = each.zip(sizes);
    match shape {
        Shape::Full => each
            .flat_map(|((mean, parts), size)| {
                let columns = scatter.about(mean);
                let packed = Packed::new(Matrix::row_major(&columns, points.len()));
                let mut out = packed.scaled(parts).symmetric(&packed);
                out.iter_mut().for_each(|x| *x /= size);
                out.iter_mut().step_by(width + 1).for_each(|x| *x += least);
                out
            })
            .collect(),
        Shape::Tied => {
            let mut out = scatter.sum.clone();
            for (mean, size) in means.chunks_exact(width).zip(sizes) {
                let off: Vec<f64> = mean.iter().zip(&scatter.mean).map(|(m, c)| m - c).collect();
                for (row, a) in out.chunks_exact_mut(width).zip(&off) {
                    row.iter_mut()
                        .zip(&off)
                        .for_each(|(x, b)| *x -= size * (a * b));
                }
            }
            let all: f64 = sizes.iter().sum();
            out.iter_mut().for_each(|x| *x /= all);
            out.iter_mut().step_by(width + 1).for_each(|x| *x += least);
            out
        }
        Shape::Diag | Shape::Spherical => {
            let variances = each.flat_map(|((mean, parts), size)| {
                let mut out = vec![0.0; width];
                for (row, part) in points.rows().zip(parts) {
                    for ((sum, x), mean) in out.iter_mut().zip(row).zip(mean) {
                        *sum += part * ((x - mean) * (x - mean));
                    }
                }
                out.into_iter().map(move |sum| sum / size + least)
            });
            let variances: Vec<f64> = variances.collect();
            match shape {
                Shape::Spherical => {
                    let rows = variances.chunks_exact(width);
                    rows.map(|row| row.iter().sum::<f64>() / width as f64)
                        .collect()
                }
                _ => variances,
            }
        }
    }
}

/// What points are multiplied with to make the covariances 1: the transposed
/// inverses of their Cholesky factors, upper triangles; or 1 / deviations.
pub fn whitening(shape: Shape, covariances: &[f64], width: usize) -> Result<Vec<f64>, Collapsed> {
    match shape {
        Shape::Full | Shape::Tied => {
            let mut out = Vec::with_capacity(covariances.len());
            for covariance in covariances.chunks_exact(width * width) {
                let lower = factor(covariance, width)?;
                out.extend(inverse_transposed(&lower, width));
            }
            Ok(out)
        }
        Shape::Diag | Shape::Spherical => {
            let positive = covariances.iter().all(|v| *v > 0.0 && v.is_finite());
            let deviations = covariances.iter().map(|v| 1.0 / v.sqrt());
            positive.then(|| deviations.collect()).ok_or(Collapsed)
        }
    }
}

/// The lower triangle L of a matrix LL', row-major.
fn factor(matrix: &[f64], n: usize) -> Result<Vec<f64>, Collapsed> {
    let mut lower = vec![0.0; n * n];
    for i in 0..n {
        let (above, row) = lower.split_at_mut(i * n);
        let row = &mut row[..n];
        for j in 0..i {
            let upper = &above[j * n..(j + 1) * n];
            row[j] = (matrix[i * n + j] - dot(&row[..j], &upper[..j])) / upper[j];
        }
        let pivot = matrix[i * n + i] - dot(&row[..i], &row[..i]);
        // False for a NaN too.
        let sound = pivot > 0.0 && pivot.is_finite();
        if !sound {
            return Err(Collapsed);
        }
        row[i] = pivot.sqrt();
    }
    Ok(lower)
}

/// The inverse of a lower triangle with rows for columns.
fn inverse_transposed(lower: &[f64], n: usize) -> Vec<f64> {
    // Row j is column j of the inverse, which begins at its diagonal.
    let mut out = vec![0.0; n * n];
    for j in 0..n {
        let column = &mut out[j * n..(j + 1) * n];
        for i in j..n {
            let known = dot(&lower[i * n + j..i * n + i], &column[j..i]);
            let unit = if i == j { 1.0 } else { 0.0 };
            column[i] = (unit - known) / lower[i * n + i];
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_whitens_undoes_a_covariance() {
        let covariance = [4.0, 1.0, 0.5, 1.0, 3.0, -0.7, 0.5, -0.7, 2.0];
        let w = whitening(Shape::Full, &covariance, 3).unwrap();
        // W'CW = 1.
        for i in 0..3 {
            for j in 0..3 {
                let mut sum = 0.0;
                for a in 0..3 {
                    for b in 0..3 {
                        sum += w[a * 3 + i] * covariance[a * 3 + b] * w[b * 3 + j];
                    }
                }
                let wanted = if i == j { 1.0 } else { 0.0 };
                assert!((sum - wanted).abs() < 1e-14, "{i} {j} {sum}");
            }
        }
        assert!(w[3] == 0.0 && w[6] == 0.0 && w[7] == 0.0);
        assert_eq!(
            whitening(Shape::Full, &[1.0, 1.0, 1.0, 1.0], 2),
            Err(Collapsed)
        );
        assert_eq!(whitening(Shape::Diag, &[1.0, 0.0], 2), Err(Collapsed));
    }
}
