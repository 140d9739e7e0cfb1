//! Undoing a covariance of more columns than rows, without the covariance.
//! Shrunken it is a diagonal and a sum over rows, so that a system of as
//! many equations as there are rows is all there is to solve (Woodbury,
//! Inverting modified matrices, 1950).

use pleat_num::dense::{Cholesky, axpy, dot};
use pleat_num::product::{Matrix, gram};

use crate::groups::{Groups, Shrinkage};
use crate::whitening::{SHARP, sharp};

/// How much larger than the diagonal the rest may be: about as many digits are
/// lost in taking one from the other.
const LARGEST: f64 = 1e8;

/// Each class's mean, solved for; none where that would lose digits.
pub(crate) fn solutions(groups: &Groups, priors: &[f64], shrinkage: Shrinkage) -> Option<Vec<f64>> {
    let (rows, columns) = groups.shape();
    let mut diagonal = vec![0.0; columns];
    let mut left = Vec::with_capacity(priors.len());
    for (class, prior) in priors.iter().enumerate() {
        let drawn = groups.drawn(class, shrinkage);
        left.push(prior * (1.0 - drawn.by));
        let level = prior * drawn.by * drawn.level;
        for (sum, scale) in diagonal.iter_mut().zip(&drawn.scales) {
            *sum += level * (scale * scale);
        }
    }
    // The covariance is S(I + E'E)S of a diagonal S and these rows E.
    let (scales, mut rest) = (diagonal, groups.roots(&left));
    let scales: Vec<f64> = scales.iter().map(|x| x.sqrt()).collect();
    for (column, scale) in rest.chunks_exact_mut(rows).zip(&scales) {
        column.iter_mut().for_each(|x| *x /= scale);
    }
    let mut inner = gram(Matrix::column_major(&rest, rows));
    let size: f64 = inner.iter().step_by(rows + 1).sum();
    // False for a NaN too, which a scale of zero makes.
    let sound = size < LARGEST && scales.iter().all(|scale| *scale > 0.0);
    if !sound {
        return None;
    }
    inner.iter_mut().step_by(rows + 1).for_each(|x| *x += 1.0);
    let factor = Cholesky::new(inner, rows)?;

    let mut out = groups.means().to_vec();
    for mean in out.chunks_exact_mut(columns) {
        let mut by_row = vec![0.0; rows];
        for ((x, scale), column) in mean.iter_mut().zip(&scales).zip(rest.chunks_exact(rows)) {
            *x /= scale;
            axpy(*x, column, &mut by_row);
        }
        factor.solve(&mut by_row);
        for ((x, scale), column) in mean.iter_mut().zip(&scales).zip(rest.chunks_exact(rows)) {
            *x = (*x - dot(column, &by_row)) / scale;
        }
    }
    Some(out)
}

/// The shortest least-squares solution for each class's mean where there is no
/// shrinkage; none where inner products of rows would lose digits.
pub(crate) fn shortest(groups: &Groups, priors: &[f64]) -> Option<Vec<f64>> {
    let (rows, columns) = groups.shape();
    let x = groups.roots(priors);
    let parts = sharp(&x, rows, f64::INFINITY)?;
    let largest = parts.values.iter().copied().fold(0.0, f64::max);
    let mut out = groups.means().to_vec();
    for mean in out.chunks_exact_mut(columns) {
        let mut by_row = vec![0.0; rows];
        for (x, column) in mean.iter().zip(x.chunks_exact(rows)) {
            axpy(*x, column, &mut by_row);
        }
        let mut factors = vec![0.0; rows];
        for (value, vector) in parts.values.iter().zip(parts.vectors.chunks_exact(rows)) {
            if *value > 0.0 && *value >= SHARP * largest {
                axpy(dot(vector, &by_row) / value / value, vector, &mut factors);
            }
        }
        for (x, column) in mean.iter_mut().zip(x.chunks_exact(rows)) {
            *x = dot(column, &factors);
        }
    }
    Some(out)
}
