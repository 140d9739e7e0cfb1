//! Small dense kernels: inner products, Gram matrices, Cholesky, Jacobi's SVD.
//!
//! Written for columns of a few thousand rows and up to a few hundred columns.
//! Every sum runs in a fixed order over fixed lanes, so the bits do not depend
//! on the target, and there is no fused multiply-add. Matrices are plain
//! slices; each function says in which order. Products of two matrices are in
//! [`product`](mod@crate::product).

use crate::product::{self, Matrix};

/// Running sums an inner product keeps: enough for four two-lane registers.
const LANES: usize = 8;

/// The inner product of two vectors; what one has beyond the other is ignored.
#[must_use]
pub fn dot(a: &[f64], b: &[f64]) -> f64 {
    let n = a.len().min(b.len());
    let (a, b) = (&a[..n], &b[..n]);
    let mut sums = [0.0; LANES];
    let (a8, b8) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let rest: f64 = a8
        .remainder()
        .iter()
        .zip(b8.remainder())
        .fold(0.0, |s, (x, y)| s + x * y);
    for (x, y) in a8.zip(b8) {
        for lane in 0..LANES {
            sums[lane] += x[lane] * y[lane];
        }
    }
    ((sums[0] + sums[4]) + (sums[1] + sums[5])) + ((sums[2] + sums[6]) + (sums[3] + sums[7])) + rest
}

/// Adds `factor * x` to `y`.
pub fn axpy(factor: f64, x: &[f64], y: &mut [f64]) {
    for (y, x) in y.iter_mut().zip(x) {
        *y += factor * x;
    }
}

/// The inner products of every two of the vectors of length `length` that
/// stand one after another: of a column-major matrix X this is X'X, of a
/// row-major one XX'. The answer is square and symmetric.
#[must_use]
pub fn gram(vectors: &[f64], length: usize) -> Vec<f64> {
    product::gram(Matrix::row_major(vectors, length))
}

/// The transpose: vectors of length `length` one after another become vectors
/// of their first elements, of their second, and so on.
#[must_use]
pub fn transpose(vectors: &[f64], length: usize) -> Vec<f64> {
    let n = vectors.len().checked_div(length).unwrap_or(0);
    let mut out = vec![0.0; vectors.len()];
    for (i, vector) in vectors.chunks_exact(length.max(1)).enumerate() {
        for (j, value) in vector.iter().enumerate() {
            out[j * n + i] = *value;
        }
    }
    out
}

/// The lower triangle L of a positive definite matrix A = LL'.
#[derive(Clone, Debug)]
pub struct Cholesky {
    n: usize,
    /// Row-major; what is above the diagonal is never read.
    lower: Vec<f64>,
}

impl Cholesky {
    /// Factorises a symmetric `n` by `n` matrix, of which the lower triangle
    /// is read. None if it is not positive definite, or so nearly not that
    /// rounding alone could have made a pivot positive.
    #[must_use]
    pub fn new(mut matrix: Vec<f64>, n: usize) -> Option<Self> {
        for i in 0..n {
            let (above, from_i) = matrix.split_at_mut(i * n);
            let row = &mut from_i[..n];
            for (j, upper) in above.chunks_exact(n).enumerate() {
                row[j] = (row[j] - dot(&upper[..j], &row[..j])) / upper[j];
            }
            let pivot = row[i] - dot(&row[..i], &row[..i]);
            // False for a NaN too.
            let sound = pivot.is_finite() && pivot > n as f64 * f64::EPSILON * row[i];
            if !sound {
                return None;
            }
            row[i] = pivot.sqrt();
        }
        Some(Cholesky { n, lower: matrix })
    }

    /// The diagonal of the inverse of A.
    #[must_use]
    pub fn inverse_diagonal(&self) -> Vec<f64> {
        let n = self.n;
        let mut out = vec![0.0; n];
        for (j, out) in out.iter_mut().enumerate() {
            // A column of the inverse of L, which is zero above the diagonal.
            let mut column = vec![0.0; n - j];
            column[0] = 1.0 / self.lower[j * n + j];
            for i in j + 1..n {
                let row = &self.lower[i * n..(i + 1) * n];
                column[i - j] = -dot(&row[j..i], &column[..i - j]) / row[i];
            }
            *out = dot(&column, &column);
        }
        out
    }

    /// Solves Ax = b, in place.
    pub fn solve(&self, b: &mut [f64]) {
        let row = |i: usize| &self.lower[i * self.n..(i + 1) * self.n];
        for i in 0..self.n {
            b[i] = (b[i] - dot(&row(i)[..i], &b[..i])) / row(i)[i];
        }
        for i in (0..self.n).rev() {
            b[i] /= row(i)[i];
            let (left, right) = b.split_at_mut(i);
            axpy(-right[0], &row(i)[..i], left);
        }
    }
}

/// A singular value decomposition X = USV', of a matrix with at least as many
/// rows as columns.
#[derive(Clone, Debug)]
pub struct Svd {
    /// US, column-major: each left singular vector times its singular value.
    pub scaled: Vec<f64>,
    /// V, column-major.
    pub v: Vec<f64>,
    /// The singular values, in no particular order.
    pub values: Vec<f64>,
}

impl Svd {
    /// Decomposes a column-major matrix by one-sided Jacobi rotations: slow
    /// for large matrices, but accurate to the last bits also for small
    /// singular values, and short.
    #[must_use]
    pub fn new(mut columns: Vec<f64>, rows: usize) -> Self {
        /// Convergence is quadratic; eight or so suffice for anything finite.
        const MAX_SWEEPS: usize = 60;
        let n = columns.len().checked_div(rows).unwrap_or(0);
        let mut v = vec![0.0; n * n];
        for i in 0..n {
            v[i * n + i] = 1.0;
        }
        for _ in 0..MAX_SWEEPS {
            let mut rotated = false;
            for j in 1..n {
                for i in 0..j {
                    rotated |= orthogonalise(&mut columns, rows, &mut v, n, i, j);
                }
            }
            if !rotated {
                break;
            }
        }
        let values = columns
            .chunks_exact(rows.max(1))
            .map(|c| dot(c, c).sqrt())
            .collect();
        Svd {
            scaled: columns,
            v,
            values,
        }
    }
}

/// Rotates columns `i` < `j` until they are orthogonal, and `v` with them;
/// false if they already were.
fn orthogonalise(
    columns: &mut [f64],
    rows: usize,
    v: &mut [f64],
    n: usize,
    i: usize,
    j: usize,
) -> bool {
    let (x, y) = two(columns, rows, i, j);
    let (xx, yy, xy) = (dot(x, x), dot(y, y), dot(x, y));
    // False for a NaN too, which no rotation would mend.
    let oblique = xy.abs() > f64::EPSILON * (xx.sqrt() * yy.sqrt());
    if !oblique {
        return false;
    }
    let zeta = (yy - xx) / (2.0 * xy);
    let tangent = zeta.signum() / (zeta.abs() + (1.0 + zeta * zeta).sqrt());
    let cosine = 1.0 / (1.0 + tangent * tangent).sqrt();
    let sine = cosine * tangent;
    rotate(x, y, cosine, sine);
    let (x, y) = two(v, n, i, j);
    rotate(x, y, cosine, sine);
    true
}

fn two(columns: &mut [f64], rows: usize, i: usize, j: usize) -> (&mut [f64], &mut [f64]) {
    let (left, right) = columns.split_at_mut(j * rows);
    (&mut left[i * rows..(i + 1) * rows], &mut right[..rows])
}

fn rotate(x: &mut [f64], y: &mut [f64], cosine: f64, sine: f64) {
    for (x, y) in x.iter_mut().zip(y) {
        (*x, *y) = (cosine * *x - sine * *y, sine * *x + cosine * *y);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::RandomState;

    fn random(n: usize) -> Vec<f64> {
        let mut rng = RandomState::new(7);
        (0..n).map(|_| rng.uniform(-1.0, 1.0)).collect()
    }

    #[test]
    fn a_dot_product_of_every_length() {
        for n in 0..40 {
            let a: Vec<f64> = (0..n).map(f64::from).collect();
            let exact = (0..n).map(|i| f64::from(i * i)).sum::<f64>();
            assert_eq!(dot(&a, &a), exact, "{n}");
        }
    }

    #[test]
    fn transposing_twice_changes_nothing() {
        let a = random(6 * 5);
        assert_eq!(transpose(&transpose(&a, 6), 5), a);
        assert_eq!(
            transpose(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], 3),
            [1.0, 4.0, 2.0, 5.0, 3.0, 6.0]
        );
    }

    #[test]
    fn cholesky_solves() {
        let n = 13;
        let a = gram(&random(n * 40), 40);
        let x = random(n);
        let mut b: Vec<f64> = a.chunks_exact(n).map(|row| dot(row, &x)).collect();
        Cholesky::new(a, n).unwrap().solve(&mut b);
        for (got, wanted) in b.iter().zip(&x) {
            assert!((got - wanted).abs() < 1e-12, "{got} {wanted}");
        }
    }

    #[test]
    fn the_diagonal_of_an_inverse() {
        let n = 9;
        let factor = Cholesky::new(gram(&random(n * 30), 30), n).unwrap();
        for (i, got) in factor.inverse_diagonal().into_iter().enumerate() {
            let mut unit = vec![0.0; n];
            unit[i] = 1.0;
            factor.solve(&mut unit);
            assert!((got - unit[i]).abs() < 1e-13, "{got} {}", unit[i]);
        }
    }

    #[test]
    fn cholesky_refuses_what_is_singular() {
        assert!(Cholesky::new(vec![1.0, 1.0, 1.0, 1.0], 2).is_none());
        assert!(Cholesky::new(vec![0.0], 1).is_none());
        assert!(Cholesky::new(vec![f64::NAN], 1).is_none());
        // The third column is the sum of the others, up to rounding.
        let mut x = random(20);
        let sum: Vec<f64> = (0..10).map(|i| x[i] + x[10 + i]).collect();
        x.extend(sum);
        assert!(Cholesky::new(gram(&x, 10), 3).is_none());
    }

    #[test]
    fn the_parts_of_an_svd_multiply_to_the_matrix() {
        let (rows, n) = (9, 4);
        let mut x = random(rows * n);
        // One column twice: a singular value is zero.
        x.copy_within(0..rows, rows * 2);
        let Svd { scaled, v, values } = Svd::new(x.clone(), rows);
        for c in 0..n {
            for r in 0..rows {
                let got: f64 = (0..n).map(|k| scaled[k * rows + r] * v[k * n + c]).sum();
                assert!((got - x[c * rows + r]).abs() < 1e-14);
            }
        }
        assert_eq!(values.iter().filter(|s| **s < 1e-14).count(), 1);
        assert!(Svd::new(vec![0.0; 6], 3).values.iter().all(|s| *s == 0.0));
    }
}
