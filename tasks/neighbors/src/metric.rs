//! How far two rows are from each other, to the last bit: what decides who is
//! nearer, wherever the rows were found.
//!
//! Distances are sums over exact differences, not |x|^2 + |y|^2 - 2xy, which
//! loses the digits that decide between near neighbours.

use pleat_num::math::pow;
use serde::{Deserialize, Serialize};

/// Running sums that a distance keeps: enough for four two-lane registers.
pub(crate) const LANES: usize = 8;
/// Whole powers up to here are multiplied out.
const MULTIPLIED: f64 = 16.0;
/// Lengths whose squares are surely well within all numbers.
pub(crate) const PLAIN: std::ops::Range<f64> = 1e-100..1e100;

/// How the distance of two rows is measured.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Metric {
    /// The root of the sum of squares.
    Euclidean,
    /// The sum of squares itself.
    SquaredEuclidean,
    /// The sum.
    Manhattan,
    /// The largest.
    Chebyshev,
    /// The root of the sum of these powers.
    Minkowski(f64),
    /// One less the cosine of the angle between the rows.
    Cosine,
}

impl Metric {
    /// The Minkowski metric of a power, under its own name if it has one.
    #[must_use]
    pub fn minkowski(p: f64) -> Self {
        match p {
            1.0 => Metric::Manhattan,
            2.0 => Metric::Euclidean,
            f64::INFINITY => Metric::Chebyshev,
            p => Metric::Minkowski(p),
        }
    }

    /// Brings row-major rows into the form that is compared: of length 1 for
    /// the cosine, but for those without a direction.
    pub fn prepare(self, rows: &mut [f64], columns: usize) {
        if self != Metric::Cosine {
            return;
        }
        for row in rows.chunks_exact_mut(columns) {
            let length = folded(row, row, |x, y| x * y, |a, b| a + b).sqrt();
            if PLAIN.contains(&length) {
                row.iter_mut().for_each(|x| *x /= length);
                continue;
            }
            let largest = row.iter().fold(0.0, |most: f64, x| most.max(x.abs()));
            if largest > 0.0 {
                // First by the largest, whose square may be beyond all numbers.
                row.iter_mut().for_each(|x| *x /= largest);
                let length = folded(row, row, |x, y| x * y, |a, b| a + b).sqrt();
                row.iter_mut().for_each(|x| *x /= length);
            }
        }
    }

    /// What stands for the distance of two prepared rows where only order
    /// matters.
    #[must_use]
    pub fn reduced(self, a: &[f64], b: &[f64]) -> f64 {
        let add = |a: f64, b: f64| a + b;
        match self {
            Metric::Euclidean | Metric::SquaredEuclidean => {
                folded(a, b, |x, y| (x - y) * (x - y), add)
            }
            Metric::Manhattan => folded(a, b, |x, y| (x - y).abs(), add),
            Metric::Chebyshev => {
                let larger = |a: f64, b: f64| if b > a { b } else { a };
                folded(a, b, |x, y| (x - y).abs(), larger)
            }
            Metric::Minkowski(p) if p == p.trunc() && p <= MULTIPLIED => {
                let p = p as u32;
                let power = |x: f64, y: f64| {
                    let d = (x - y).abs();
                    (1..p).fold(d, |out, _| out * d)
                };
                folded(a, b, power, add)
            }
            Metric::Minkowski(p) => folded(a, b, |x, y| pow((x - y).abs(), p), add),
            Metric::Cosine => self.of_sum(folded(a, b, |x, y| x * y, add)),
        }
    }

    /// [`reduced`](Self::reduced), given the sum over the columns.
    pub(crate) fn of_sum(self, sum: f64) -> f64 {
        match self {
            Metric::Cosine => (1.0 - sum).clamp(0.0, 2.0),
            _ => sum,
        }
    }

    /// What the search compares, as a distance.
    #[must_use]
    pub fn distance(self, reduced: f64) -> f64 {
        match self {
            Metric::Euclidean => reduced.sqrt(),
            Metric::Minkowski(p) => pow(reduced, 1.0 / p),
            _ => reduced,
        }
    }
}

/// What `of` makes of each pair, joined in a fixed order over fixed lanes.
fn folded(
    a: &[f64],
    b: &[f64],
    of: impl Fn(f64, f64) -> f64,
    join: impl Fn(f64, f64) -> f64,
) -> f64 {
    let (a8, b8) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let rest = a8.remainder().iter().zip(b8.remainder());
    let rest = rest.fold(0.0, |sum, (x, y)| join(sum, of(*x, *y)));
    let mut sums = [0.0; LANES];
    for (x, y) in a8.zip(b8) {
        for lane in 0..LANES {
            sums[lane] = join(sums[lane], of(x[lane], y[lane]));
        }
    }
    joined(sums, rest, join)
}

/// The lanes together, and what was left over.
pub(crate) fn joined(sums: [f64; LANES], rest: f64, join: impl Fn(f64, f64) -> f64) -> f64 {
    let [s0, s1, s2, s3, s4, s5, s6, s7] = sums;
    let left = join(join(s0, s4), join(s1, s5));
    let right = join(join(s2, s6), join(s3, s7));
    join(join(left, right), rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_the_textbooks() {
        let (a, b) = ([1.0, -2.0, 0.5], [4.0, 2.0, 0.5]);
        let of = |metric: Metric| metric.distance(metric.reduced(&a, &b));
        assert_eq!(of(Metric::Euclidean), 5.0);
        assert_eq!(of(Metric::SquaredEuclidean), 25.0);
        assert_eq!(of(Metric::Manhattan), 7.0);
        assert_eq!(of(Metric::Chebyshev), 4.0);
        assert!((of(Metric::Minkowski(3.0)) - 91.0_f64.cbrt()).abs() < 1e-14);
        let half = (3.0_f64.sqrt() + 2.0).powi(2);
        assert!((of(Metric::Minkowski(0.5)) - half).abs() < 1e-13);
    }

    #[test]
    fn a_direction_has_no_length() {
        let mut rows = [3.0, 4.0, -6e300, -8e300, 0.0, 0.0, 4e-320, -3e-320];
        Metric::Cosine.prepare(&mut rows, 2);
        let of =
            |i: usize, j: usize| Metric::Cosine.reduced(&rows[2 * i..][..2], &rows[2 * j..][..2]);
        assert!(of(0, 0) < 1e-15);
        assert!((of(0, 1) - 2.0).abs() < 1e-15);
        assert_eq!(of(0, 2), 1.0);
        assert!((of(0, 3) - 1.0).abs() < 1e-3);
    }
}
