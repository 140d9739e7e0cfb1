//! What coordinate descent does with columns that are read from afar: several
//! inner products at once, or one while the vector is changed.
//!
//! Columns are as long as there are rows; those of a few numbers, again and
//! again, are `row_kernels`'.

use pleat_num::lanes::{F64x2, Lanes};

/// Columns taken together.
pub const TOGETHER: usize = 4;

/// Numbers of a column that are multiplied at once: one register, as four
/// sums are as many as are added up while the first one is under way.
const STEP: usize = F64x2::WIDTH;

/// The inner products of columns with one vector, all of one length.
// Not part of its callers, which would leave it fewer registers.
#[inline(never)]
#[must_use]
pub fn dots(columns: [&[f64]; TOGETHER], vector: &[f64]) -> [f64; TOGETHER] {
    let n = vector.len();
    let [a, b, c, d] = columns.map(|column| column[..n].chunks_exact(STEP));
    let mut sums = [F64x2::splat(0.0); TOGETHER];
    let all = a.zip(b).zip(c.zip(d)).zip(vector.chunks_exact(STEP));
    for (((a, b), (c, d)), v) in all {
        let v = F64x2::of(v);
        for (sum, x) in sums.iter_mut().zip([a, b, c, d]) {
            *sum = sum.plus_product(F64x2::of(x), v);
        }
    }
    let even = n - n % STEP;
    let mut out = [0.0; TOGETHER];
    for ((out, sum), column) in out.iter_mut().zip(sums).zip(columns) {
        let sum = sum.lanes().as_ref().iter().sum::<f64>();
        let rest = column[even..n].iter().zip(&vector[even..]);
        *out = rest.fold(sum, |sum, (x, v)| sum + x * v);
    }
    out
}

/// Adds `factor * x` to `y`, and answers with the inner product of what that
/// comes to with `next`; all are of one length.
#[inline(never)]
#[must_use]
pub fn axpy_dot(factor: f64, x: &[f64], y: &mut [f64], next: &[f64]) -> f64 {
    /// As many sums as are added up while the first one is under way.
    const SUMS: usize = 8;
    let n = y.len();
    let (x, next) = (&x[..n], &next[..n]);
    let even = n - n % SUMS;
    let mut rest = 0.0;
    for ((y, x), z) in y[even..].iter_mut().zip(&x[even..]).zip(&next[even..]) {
        *y += factor * x;
        rest += *y * z;
    }
    let mut sums = [0.0; SUMS];
    let others = x.chunks_exact(SUMS).zip(next.chunks_exact(SUMS));
    for (y, (x, z)) in y.chunks_exact_mut(SUMS).zip(others) {
        for lane in 0..SUMS {
            y[lane] += factor * x[lane];
            sums[lane] += y[lane] * z[lane];
        }
    }
    let [a, b, c, d, e, f, g, h] = sums;
    ((a + e) + (b + f)) + ((c + g) + (d + h)) + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use pleat_num::dense::{axpy, dot};
    use pleat_num::rng::RandomState;

    #[test]
    fn what_is_done_at_once_is_what_is_done_in_turn() {
        let mut rng = RandomState::new(4);
        for n in [1, 3, 4, 7, 8, 9, 50, 64, 401] {
            let mut draw = || -> Vec<f64> { (0..n).map(|_| rng.uniform(-1.0, 1.0)).collect() };
            let (vectors, mut y) = ([draw(), draw(), draw(), draw()], draw());
            let close = |a: f64, b: f64| (a - b).abs() < 1e-13;
            let got = dots(vectors.each_ref().map(|v| &v[..]), &y);
            for (vector, got) in vectors.iter().zip(got) {
                assert!(close(got, dot(vector, &y)), "{n}");
            }
            let mut changed = y.clone();
            axpy(0.7, &vectors[0], &mut changed);
            let got = axpy_dot(0.7, &vectors[0], &mut y, &vectors[1]);
            assert_eq!(y, changed, "{n}");
            assert!(close(got, dot(&vectors[1], &changed)), "{n}");
        }
    }
}
