//! Quadratic discriminants: each class a normal density of a covariance of its
//! own, along whose axes rows are measured.

use pleat_num::math::ln;
use pleat_num::product::{Matrix, gram, product};
use serde::{Deserialize, Serialize};

use crate::eigen::symmetric;
use crate::groups::{Groups, Shrinkage};
use crate::svd::{Right, right};

/// Variances along axes count as exact from here on beside the largest where
/// they are found from a covariance.
const SHARP: f64 = 1e-6;

/// How a class's axes are found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Solver {
    /// From the rows.
    Svd,
    /// From the covariance, which may be shrunken.
    Eigen(Option<Shrinkage>),
}

/// Why there are no axes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// One row says nothing of a covariance.
    OneRow,
    /// Something is beyond all numbers.
    NotFinite,
}

/// The axes of a class, the longest first, each with the variance along it.
/// There may be fewer than columns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Axes {
    /// Variances.
    pub variances: Vec<f64>,
    /// Unit vectors, one after another.
    pub vectors: Vec<f64>,
}

impl Axes {
    /// Of one class of some groups.
    pub fn new(groups: &Groups, class: usize, solver: Solver) -> Result<Self, Failure> {
        let (_, columns) = groups.shape();
        let n = groups.counts().nth(class).unwrap_or(0);
        if n < 2 {
            return Err(Failure::OneRow);
        }
        let found = match solver {
            Solver::Svd => by_rows(groups.centred_of(class), n, columns),
            Solver::Eigen(shrinkage) => symmetric(groups.covariance_of(class, shrinkage), columns),
        };
        let Right { values, vectors } = found.ok_or(Failure::NotFinite)?;
        if !values.iter().chain(&vectors).all(|x| x.is_finite()) {
            return Err(Failure::NotFinite);
        }
        let mut order: Vec<usize> = (0..values.len()).collect();
        order.sort_by(|a, b| values[*b].total_cmp(&values[*a]));
        let vector = |i: &usize| &vectors[i * columns..][..columns];
        Ok(Axes {
            variances: order.iter().map(|i| values[*i]).collect(),
            vectors: order.iter().flat_map(vector).copied().collect(),
        })
    }

    /// Variances drawn towards 1.
    #[must_use]
    pub fn regularised(&self, by: f64) -> Self {
        let drawn = |variance: &f64| (1.0 - by) * variance + by;
        Axes {
            variances: self.variances.iter().map(drawn).collect(),
            vectors: self.vectors.clone(),
        }
    }

    /// The covariance these are the axes of.
    #[must_use]
    pub fn covariance(&self, columns: usize) -> Vec<f64> {
        let scaled = self.scaled(columns, |variance| variance.sqrt());
        let scaled = Matrix::row_major(&scaled, columns);
        gram(scaled.transposed())
    }

    fn scaled(&self, columns: usize, by: impl Fn(f64) -> f64) -> Vec<f64> {
        let axes = self.vectors.chunks_exact(columns).zip(&self.variances);
        let scale = |(axis, variance): (&[f64], &f64)| {
            let by = by(*variance);
            axis.iter().map(|x| x * by).collect::<Vec<f64>>()
        };
        axes.flat_map(scale).collect()
    }

    /// The logarithm of the density of each row of a row-major matrix, but for
    /// a number all classes have in common.
    #[must_use]
    pub fn log_density(&self, rows: &[f64], mean: &[f64]) -> Vec<f64> {
        let columns = mean.len();
        let mut centred = rows.to_vec();
        for row in centred.chunks_exact_mut(columns) {
            row.iter_mut().zip(mean).for_each(|(x, mean)| *x -= mean);
        }
        let scaled = self.scaled(columns, |variance| 1.0 / variance.sqrt());
        let along = product(
            Matrix::row_major(&centred, columns),
            Matrix::row_major(&scaled, columns).transposed(),
        );
        let volume: f64 = self.variances.iter().map(|variance| ln(*variance)).sum();
        let of_row = |along: &[f64]| {
            let squared: f64 = along.iter().map(|x| x * x).sum();
            -0.5 * (squared + volume)
        };
        along
            .chunks_exact(self.variances.len().max(1))
            .map(of_row)
            .collect()
    }
}

/// Variances of `n` centred rows, column-major. By way of the covariance, which
/// is quick, unless that loses digits.
fn by_rows(x: Vec<f64>, n: usize, columns: usize) -> Option<Right> {
    let over_n = |mut parts: Right| {
        parts.values.iter_mut().for_each(|value| *value /= n as f64);
        parts
    };
    if n > columns {
        let products = gram(Matrix::column_major(&x, n).transposed());
        let parts = symmetric(products, columns)?;
        let largest = parts.values.iter().copied().fold(0.0, f64::max);
        if parts.values.iter().all(|value| *value >= SHARP * largest) {
            return Some(over_n(parts));
        }
    }
    let mut parts = right(x, n, columns);
    parts.values.iter_mut().for_each(|value| *value *= *value);
    Some(over_n(parts))
}
