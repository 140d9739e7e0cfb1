//! Least squares without a penalty: of all best solutions the shortest, or of
//! all solutions without a negative number the best.
//!
//! A matrix is first taken apart into an orthogonal and a small triangular
//! part. The triangle alone answers what is well posed. Otherwise its
//! singular values tell what counts as zero.

use pleat_num::dense::{Svd, axpy, dot, transpose};

/// A column-major matrix with at least as many rows as columns, as QR.
struct Qr {
    rows: usize,
    columns: usize,
    /// Below and on the diagonal the reflectors, above it R.
    packed: Vec<f64>,
    /// R's diagonal.
    diagonal: Vec<f64>,
}

impl Qr {
    /// By Householder's reflections, I - vv' with the length of v being the
    /// root of 2.
    fn new(mut packed: Vec<f64>, rows: usize) -> Self {
        let columns = packed.len() / rows;
        let mut diagonal = Vec::with_capacity(columns);
        for j in 0..columns {
            let (head, rest) = packed[j * rows..].split_at_mut(rows);
            let v = &mut head[j..];
            let norm = dot(v, v).sqrt();
            diagonal.push(if v[0] > 0.0 { -norm } else { norm });
            if norm == 0.0 {
                continue;
            }
            // v - diagonal * e1 has the squared length 2 norm (norm + |v1|).
            let scale = (norm * (norm + v[0].abs())).sqrt();
            v[0] -= diagonal[j];
            v.iter_mut().for_each(|v| *v /= scale);
            for other in rest.chunks_exact_mut(rows) {
                let other = &mut other[j..];
                axpy(-dot(v, other), v, other);
            }
        }
        Qr {
            rows,
            columns,
            packed,
            diagonal,
        }
    }

    fn reflector(&self, j: usize) -> &[f64] {
        &self.packed[j * self.rows + j..(j + 1) * self.rows]
    }

    /// Q'y, as far as R reaches.
    fn rotated(&self, y: &[f64]) -> Vec<f64> {
        let mut y = y.to_vec();
        for j in 0..self.columns {
            let v = self.reflector(j);
            axpy(-dot(v, &y[j..]), v, &mut y[j..]);
        }
        y.truncate(self.columns);
        y
    }

    /// Q times one number a column.
    fn rotated_back(&self, of_columns: &[f64]) -> Vec<f64> {
        let mut out = of_columns.to_vec();
        out.resize(self.rows, 0.0);
        for j in (0..self.columns).rev() {
            let v = self.reflector(j);
            axpy(-dot(v, &out[j..]), v, &mut out[j..]);
        }
        out
    }

    /// R, column-major and square.
    fn triangle(&self) -> Vec<f64> {
        let n = self.columns;
        let mut out = vec![0.0; n * n];
        for j in 0..n {
            out[j * n..j * n + j].copy_from_slice(&self.packed[j * self.rows..j * self.rows + j]);
            out[j * n + j] = self.diagonal[j];
        }
        out
    }
}

/// Solves Rx = b in place, for an upper triangle that is column-major.
fn solve_upper(triangle: &[f64], b: &mut [f64]) {
    let n = b.len();
    for j in (0..n).rev() {
        b[j] /= triangle[j * n + j];
        let (above, from_j) = b.split_at_mut(j);
        axpy(-from_j[0], &triangle[j * n..j * n + j], above);
    }
}

/// Solves R'x = b in place.
fn solve_lower(triangle: &[f64], b: &mut [f64]) {
    let n = b.len();
    for j in 0..n {
        b[j] = (b[j] - dot(&triangle[j * n..j * n + j], &b[..j])) / triangle[j * n + j];
    }
}

/// Whether no singular value can be `negligible` times the largest, or less.
/// Frobenius norms, which are never too small, stand for the spectral ones.
fn well_posed(triangle: &[f64], n: usize, negligible: f64) -> bool {
    let norm = dot(triangle, triangle).sqrt();
    let mut inverse = 0.0;
    for j in 0..n {
        let mut column = vec![0.0; n];
        column[j] = 1.0;
        // What is below the diagonal of an inverse stays zero.
        let (head, _) = column.split_at_mut(j + 1);
        for k in (0..=j).rev() {
            head[k] /= triangle[k * n + k];
            let (above, from_k) = head.split_at_mut(k);
            axpy(-from_k[0], &triangle[k * n..k * n + k], above);
        }
        inverse += dot(&column, &column);
    }
    // False for a NaN too.
    norm * inverse.sqrt() * negligible < 1.0
}

/// The share of the largest singular value up to which others count as zero,
/// as LAPACK's `gelsd` understands it: what is no share is as much as the
/// machine can tell.
#[must_use]
pub fn negligible(tol: f64) -> f64 {
    match tol {
        share if share > 0.0 && share < 1.0 => share,
        _ => f64::EPSILON / 2.0,
    }
}

/// The shortest x that minimises |y - Xx|. Singular values up to `negligible`
/// times the largest count as zero.
#[must_use]
pub fn shortest(x: &[f64], y: &[f64], negligible: f64) -> Vec<f64> {
    let rows = y.len();
    let columns = x.len() / rows;
    // X = QR, or of a wide matrix X' = QR.
    let wide = columns > rows;
    let qr = if wide {
        Qr::new(transpose(x, rows), columns)
    } else {
        Qr::new(x.to_vec(), rows)
    };
    let triangle = qr.triangle();
    let n = qr.columns;
    let mut solution = if wide { y.to_vec() } else { qr.rotated(y) };
    if well_posed(&triangle, n, negligible) {
        if wide {
            solve_lower(&triangle, &mut solution);
        } else {
            solve_upper(&triangle, &mut solution);
        }
    } else {
        // R = USV', so R' = VSU'.
        let Svd { scaled, v, values } = Svd::new(triangle, n);
        let largest = values.iter().copied().fold(0.0, f64::max);
        let mut out = vec![0.0; n];
        for (i, s) in values.iter().enumerate() {
            if *s <= (largest * negligible).max(f64::MIN_POSITIVE) {
                continue;
            }
            let (us, v) = (&scaled[i * n..(i + 1) * n], &v[i * n..(i + 1) * n]);
            let (from, to) = if wide { (v, us) } else { (us, v) };
            // One of the two is s times a unit vector; not s * s, which may
            // be beyond all numbers.
            axpy(dot(from, &solution) / s / s, to, &mut out);
        }
        solution = out;
    }
    if wide {
        qr.rotated_back(&solution)
    } else {
        solution
    }
}

/// The x without a negative number that minimises |y - Xx|, or none if the
/// search does not come to an end. Lawson and Hanson, Solving Least Squares
/// Problems (1974), algorithm NNLS.
#[must_use]
pub fn non_negative(x: &[f64], y: &[f64]) -> Option<Vec<f64>> {
    let mut rows = y.len();
    let columns = x.len() / rows;
    // Distances do not change when everything is rotated.
    let (x, y) = if rows > columns {
        let qr = Qr::new(x.to_vec(), rows);
        rows = columns;
        (qr.triangle(), qr.rotated(y))
    } else {
        (x.to_vec(), y.to_vec())
    };
    let column = |j: usize| &x[j * rows..(j + 1) * rows];
    let largest = (0..columns)
        .map(|j| column(j).iter().map(|x| x.abs()).sum())
        .fold(0.0, f64::max);
    let level = 10.0 * rows.max(columns) as f64 * f64::EPSILON * largest;
    let mut solution = vec![0.0; columns];
    let mut free = vec![false; columns];
    // Solves with the free columns alone.
    let of_free = |free: &[bool]| {
        let chosen: Vec<usize> = (0..columns).filter(|j| free[*j]).collect();
        let some: Vec<f64> = chosen.iter().flat_map(|j| column(*j)).copied().collect();
        let mut out = vec![0.0; columns];
        for (j, value) in chosen.iter().zip(shortest(&some, &y, negligible(0.0))) {
            out[*j] = value;
        }
        out
    };
    let mut left = 3 * columns;
    loop {
        let mut residual = y.clone();
        for (j, value) in solution.iter().enumerate().filter(|(_, v)| **v != 0.0) {
            axpy(-value, column(j), &mut residual);
        }
        let mut steepest = None;
        for j in (0..columns).filter(|j| !free[*j]) {
            let slope = dot(column(j), &residual);
            if slope > steepest.map_or(level, |(_, s)| s) {
                steepest = Some((j, slope));
            }
        }
        let Some((j, _)) = steepest else {
            return Some(solution);
        };
        free[j] = true;
        let mut wanted = of_free(&free);
        while (0..columns).any(|j| free[j] && wanted[j] <= 0.0) {
            left = left.checked_sub(1)?;
            // As far towards it as no number turns negative; the first that
            // would is held at zero.
            let (mut share, mut first) = (f64::INFINITY, 0);
            for j in (0..columns).filter(|j| free[*j] && wanted[*j] <= 0.0) {
                let of_j = match solution[j] {
                    0.0 => 0.0,
                    value => value / (value - wanted[j]),
                };
                if of_j < share {
                    (share, first) = (of_j, j);
                }
            }
            for j in 0..columns {
                if !free[j] {
                    continue;
                }
                solution[j] += share * (wanted[j] - solution[j]);
                if j == first || solution[j] <= 0.0 {
                    solution[j] = 0.0;
                    free[j] = false;
                }
            }
            if !free.contains(&true) {
                wanted = vec![0.0; columns];
                break;
            }
            wanted = of_free(&free);
        }
        solution = wanted;
        left = left.checked_sub(1)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pleat_num::rng::RandomState;

    fn random(n: usize) -> Vec<f64> {
        let mut rng = RandomState::new(11);
        (0..n).map(|_| rng.uniform(-1.0, 1.0)).collect()
    }

    fn residual(x: &[f64], y: &[f64], solution: &[f64]) -> Vec<f64> {
        let mut out = y.to_vec();
        for (column, value) in x.chunks_exact(y.len()).zip(solution) {
            axpy(-value, column, &mut out);
        }
        out
    }

    /// What is left is at right angles to every column, or nothing.
    #[test]
    fn the_best_is_found_whatever_the_shape() {
        for (rows, columns) in [(20, 4), (6, 6), (4, 20), (1, 3), (5, 1)] {
            let (x, y) = (random(rows * columns), random(rows));
            let left = residual(&x, &y, &shortest(&x, &y, 1e-6));
            for column in x.chunks_exact(rows) {
                assert!(dot(column, &left).abs() < 1e-12, "{rows} {columns}");
            }
        }
    }

    /// Both ways to the answer, the triangle's and the singular values', are
    /// the same where both may be taken.
    #[test]
    fn a_column_that_says_nothing_new_changes_nothing() {
        for (rows, columns) in [(20, 4), (4, 20)] {
            let (x, y) = (random(rows * columns), random(rows));
            let alone = shortest(&x, &y, 1e-6);
            // Twice the same column: each gets half of a longer one's share.
            let twice: Vec<f64> = x.iter().chain(&x[..rows]).copied().collect();
            let both = shortest(&twice, &y, 1e-6);
            assert!((both[0] - both[columns]).abs() < 1e-12);
            if rows > columns {
                assert!((both[0] + both[columns] - alone[0]).abs() < 1e-12);
                assert!((both[1] - alone[1]).abs() < 1e-12);
            }
            // A column of zeros gets zero.
            let zeros: Vec<f64> = x.iter().copied().chain(vec![0.0; rows]).collect();
            let with = shortest(&zeros, &y, 1e-6);
            assert_eq!(with[columns], 0.0);
            for (a, b) in alone.iter().zip(&with) {
                assert!((a - b).abs() < 1e-12);
            }
        }
        assert_eq!(shortest(&[0.0; 6], &[1.0, 2.0, 3.0], 1e-6), [0.0, 0.0]);
    }

    /// Kuhn and Tucker: flat where positive, falling where held at zero.
    #[test]
    fn no_negative_number_is_needed() {
        for (rows, columns) in [(20, 6), (6, 6), (5, 9)] {
            let (x, y) = (random(rows * columns), random(rows));
            let solution = non_negative(&x, &y).unwrap();
            assert!(solution.contains(&0.0) && solution.iter().any(|v| *v > 0.0));
            let left = residual(&x, &y, &solution);
            for (column, value) in x.chunks_exact(rows).zip(&solution) {
                let slope = dot(column, &left);
                assert!(*value >= 0.0 && slope < 1e-12, "{value} {slope}");
                assert!(*value == 0.0 || slope > -1e-12, "{value} {slope}");
            }
        }
    }
}
