//! Normal distributions with their shares, and how likely they make points.

use std::f64::consts::PI;

use pleat_num::dense::dot;
use pleat_num::exp::exp_each;
use pleat_num::ln::ln_each;
use pleat_num::math::{exp, ln};
use pleat_num::product::{Matrix, Packed};
use serde::{Deserialize, Serialize};

use super::covariance::{Collapsed, Scatter, Shape, covariances, whitening};
use crate::points::Points;

/// Columns of a triangle that are multiplied at once.
const COLUMNS: usize = 8;

/// Components of a mixture.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Components {
    /// What their covariances are like.
    pub shape: Shape,
    /// The share of each.
    pub weights: Vec<f64>,
    /// One row after another.
    pub means: Vec<f64>,
    /// As [`covariances`] has them.
    pub covariances: Vec<f64>,
    /// As [`whitening`] has it.
    pub whitening: Vec<f64>,
}

/// What components say of points.
pub struct Said {
    /// The logarithm of how likely each point is.
    pub likelihoods: Vec<f64>,
    /// How much of each point belongs to a component: a column after another.
    pub parts: Vec<f64>,
}

impl Components {
    /// The components that points make by how much of them belongs to each.
    /// `least` is added to every variance.
    pub fn new(
        shape: Shape,
        scatter: &Scatter,
        points: &Points,
        parts: &[f64],
        least: f64,
    ) -> Result<Self, Collapsed> {
        let (n, width) = (points.len(), points.width());
        let columns = parts.chunks_exact(n);
        // Never nothing, so that it can be divided by.
        let sizes: Vec<f64> = columns
            .clone()
            .map(|part| part.iter().sum::<f64>() + 10.0 * f64::EPSILON)
            .collect();
        let mut means = vec![0.0; sizes.len() * width];
        for ((mean, part), size) in means.chunks_exact_mut(width).zip(columns).zip(&sizes) {
            for (row, part) in points.rows().zip(part) {
                mean.iter_mut()
                    .zip(row)
                    .for_each(|(sum, x)| *sum += part * x);
            }
            mean.iter_mut().for_each(|sum| *sum /= size);
        }
        let covariances = covariances(shape, scatter, points, parts, &sizes, &means, least);
        let whitening = whitening(shape, &covariances, width)?;
        let all: f64 = sizes.iter().sum();
        Ok(Components {
            shape,
            weights: sizes.iter().map(|size| size / all).collect(),
            means,
            covariances,
            whitening,
        })
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.weights.len()
    }

    /// How likely each component makes each point, by its share: logarithms, a
    /// column for each component after another.
    #[must_use]
    pub fn log_likelihoods(&self, points: &Points) -> Vec<f64> {
        let (n, width) = (points.len(), points.width());
        let mut out = vec![0.0; n * self.count()];
        for (k, out) in out.chunks_exact_mut(n.max(1)).enumerate() {
            let mean = &self.means[k * width..(k + 1) * width];
            let log_det = match self.shape {
                Shape::Full | Shape::Tied => {
                    let matrix = self.triangle(k, width);
                    far(points, mean, matrix, out);
                    matrix
                        .iter()
                        .step_by(width + 1)
                        .map(|d| ln(*d))
                        .sum::<f64>()
                }
                Shape::Diag => {
                    let scale = &self.whitening[k * width..(k + 1) * width];
                    for (out, row) in out.iter_mut().zip(points.rows()) {
                        *out = scaled(row, mean, scale);
                    }
                    scale.iter().map(|d| ln(*d)).sum()
                }
                Shape::Spherical => {
                    let scale = self.whitening[k];
                    for (out, row) in out.iter_mut().zip(points.rows()) {
                        *out = crate::points::apart(row, mean) * (scale * scale);
                    }
                    width as f64 * ln(scale)
                }
            };
            let constant = width as f64 * ln(2.0 * PI);
            let more = log_det + ln(self.weights[k]);
            out.iter_mut()
                .for_each(|square| *square = -0.5 * (constant + *square) + more);
        }
        out
    }

    fn triangle(&self, k: usize, width: usize) -> &[f64] {
        let size = width * width;
        match self.shape {
            Shape::Tied => &self.whitening,
            _ => &self.whitening[k * size..(k + 1) * size],
        }
    }

    /// What they say of points.
    #[must_use]
    pub fn say(&self, points: &Points) -> Said {
        let n = points.len();
        let mut parts = self.log_likelihoods(points);
        let mut most = vec![f64::NEG_INFINITY; n];
        for column in parts.chunks_exact(n) {
            most.iter_mut()
                .zip(column)
                .for_each(|(most, x)| *most = most.max(*x));
        }
        for column in parts.chunks_exact_mut(n) {
            column
                .iter_mut()
                .zip(&most)
                .for_each(|(x, most)| *x -= most);
        }
        exp_each(&mut parts);
        let mut sums = vec![0.0; n];
        for column in parts.chunks_exact(n) {
            sums.iter_mut().zip(column).for_each(|(sum, x)| *sum += x);
        }
        for column in parts.chunks_exact_mut(n) {
            column.iter_mut().zip(&sums).for_each(|(x, sum)| *x /= sum);
        }
        ln_each(&mut sums);
        let likelihoods = most
            .iter()
            .zip(&sums)
            .map(|(most, sum)| most + sum)
            .collect();
        Said { likelihoods, parts }
    }
}

/// How far points are from a mean in terms of its component, squared.
fn far(points: &Points, mean: &[f64], triangle: &[f64], out: &mut [f64]) {
    let width = points.width();
    for first in (0..width).step_by(COLUMNS) {
        // Below the diagonal there is nothing.
        let last = width.min(first + COLUMNS);
        let column = |j: usize| triangle.iter().skip(j).step_by(width).take(last).copied();
        let columns: Vec<f64> = (first..last).flat_map(column).collect();
        let packed = Packed::new(Matrix::row_major(&columns, last));
        let at_mean: Vec<f64> = columns
            .chunks_exact(last)
            .map(|c| dot(c, &mean[..last]))
            .collect();
        points.products(&packed, |rows, products| {
            let columns = products.chunks_exact(rows.len());
            for (column, at_mean) in columns.zip(&at_mean) {
                let out = out[rows.clone()].iter_mut().zip(column);
                out.for_each(|(out, x)| *out += (x - at_mean) * (x - at_mean));
            }
        });
    }
}

/// The squared distance with every direction scaled.
fn scaled(row: &[f64], mean: &[f64], scale: &[f64]) -> f64 {
    let each = row.iter().zip(mean).zip(scale);
    let squares = each.map(|((x, m), s)| {
        let d = (x - m) * s;
        d * d
    });
    squares.sum()
}

/// The logarithm of the sum of what these are logarithms of, and the place of
/// the first highest.
#[must_use]
pub fn together(logarithms: impl Iterator<Item = f64> + Clone) -> (f64, usize) {
    let mut best = (f64::NEG_INFINITY, 0);
    for (i, x) in logarithms.clone().enumerate() {
        if x > best.0 {
            best = (x, i);
        }
    }
    let sum: f64 = logarithms.map(|x| exp(x - best.0)).sum();
    (best.0 + ln(sum), best.1)
}
