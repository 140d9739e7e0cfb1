//! Right singular vectors of matrices of any shape, on top of Jacobi's method
//! for tall ones.

use pleat_num::dense::{Svd, axpy, dot, transpose};

/// Some singular values of a matrix, and the right vectors that belong to them.
pub(crate) struct Right {
    /// In no particular order.
    pub(crate) values: Vec<f64>,
    /// One after another.
    pub(crate) vectors: Vec<f64>,
}

/// Decomposes a column-major matrix. There are as many values as its shorter
/// side is long; a vector whose value is zero means nothing.
pub(crate) fn right(x: Vec<f64>, rows: usize, columns: usize) -> Right {
    if rows >= columns {
        // Jacobi turns whole columns many times over, so these are made short
        // first: in X = QR the factor R has the same values and vectors.
        let Svd { v, values, .. } = Svd::new(triangle(x, rows), columns);
        return Right { values, vectors: v };
    }
    let Svd {
        mut scaled, values, ..
    } = Svd::new(transpose(&x, rows), columns);
    for (vector, value) in scaled.chunks_exact_mut(columns).zip(&values) {
        if *value > 0.0 {
            vector.iter_mut().for_each(|x| *x /= value);
        }
    }
    Right {
        values,
        vectors: scaled,
    }
}

/// The square upper triangle R of X = QR, column-major, by Householder's
/// reflections. X has at least as many rows as columns.
fn triangle(mut x: Vec<f64>, rows: usize) -> Vec<f64> {
    let n = x.len().checked_div(rows).unwrap_or(0);
    for k in 0..n {
        let (left, right) = x.split_at_mut((k + 1) * rows);
        let mirror = &mut left[k * rows + k..];
        let length = dot(mirror, mirror).sqrt();
        if length == 0.0 {
            continue;
        }
        let pivot = if mirror[0] > 0.0 { -length } else { length };
        mirror[0] -= pivot;
        let half = dot(mirror, mirror) / 2.0;
        for column in right.chunks_exact_mut(rows) {
            let below = &mut column[k..];
            axpy(-dot(mirror, below) / half, mirror, below);
        }
        mirror.fill(0.0);
        mirror[0] = pivot;
    }
    x.chunks_exact(rows.max(1))
        .flat_map(|column| &column[..n])
        .copied()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use pleat_num::rng::RandomState;

    /// The vectors are orthonormal, and turn X'X into the squared values.
    #[test]
    fn tall_and_wide_matrices_come_apart() {
        for (rows, columns) in [(9, 4), (4, 9), (5, 5), (1, 3), (3, 1)] {
            let mut draws = RandomState::new(4);
            let x: Vec<f64> = (0..rows * columns).map(|_| draws.double() - 0.5).collect();
            let Right { values, vectors } = right(x.clone(), rows, columns);
            assert_eq!(values.len(), rows.min(columns));
            let images: Vec<Vec<f64>> = vectors
                .chunks_exact(columns)
                .map(|v| {
                    let mut image = vec![0.0; rows];
                    for (column, factor) in x.chunks_exact(rows).zip(v) {
                        axpy(*factor, column, &mut image);
                    }
                    image
                })
                .collect();
            for i in 0..values.len() {
                for j in 0..values.len() {
                    let same = f64::from(u8::from(i == j));
                    let (v, w) = (&vectors[i * columns..], &vectors[j * columns..]);
                    let product = dot(&v[..columns], &w[..columns]);
                    assert!((product - same).abs() < 1e-14);
                    let product = dot(&images[i], &images[j]);
                    assert!((product - same * values[i] * values[i]).abs() < 1e-14);
                }
            }
        }
    }
}
