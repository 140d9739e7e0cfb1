//! Mutual information between a column of numbers and a target, estimated
//! from distances to nearest neighbours.
//!
//! A. Kraskov, H. Stögbauer and P. Grassberger, "Estimating mutual
//! information", Phys. Rev. E 69 (2004), for a target of numbers; B. C. Ross,
//! "Mutual information between discrete and continuous data sets", PLoS ONE
//! 9 (2014), for classes. The noise is scikit-learn's, draw for draw.

use pleat_num::rng::RandomState;
use pleat_num::{math, sum};

use super::column_sum;
use super::univariate::members;

/// scikit-learn's default, which a selection by name leaves as it is.
pub(in crate::pipeline) const NEIGHBOURS: usize = 3;

/// Of each column with classes; `codes` as in `f_classif`.
pub(in crate::pipeline) fn with_classes(
    columns: &[Vec<f64>],
    codes: &[usize],
    classes: usize,
    seed: u32,
) -> Vec<f64> {
    let mut normal = Normal::new(seed);
    let noisy = noisy_columns(columns, &mut normal);
    let of_class = members(codes, classes);
    noisy.iter().map(|x| discrete(x, &of_class)).collect()
}

/// Of each column with numbers.
pub(in crate::pipeline) fn with_numbers(
    columns: &[Vec<f64>],
    target: &[f64],
    seed: u32,
) -> Vec<f64> {
    let mut normal = Normal::new(seed);
    let noisy = noisy_columns(columns, &mut normal);
    let mut y = scaled(target, 1);
    let magnitude = magnitude(&y, 1);
    y.iter_mut()
        .for_each(|y| *y += 1e-10 * magnitude * normal.draw());
    noisy.iter().map(|x| continuous(x, &y)).collect()
}

/// Columns of variance 1 with so little noise that no two values are equal.
fn noisy_columns(columns: &[Vec<f64>], normal: &mut Normal) -> Vec<Vec<f64>> {
    let width = columns.len();
    let mut out: Vec<Vec<f64>> = columns.iter().map(|c| scaled(c, width)).collect();
    let magnitudes: Vec<f64> = out.iter().map(|c| magnitude(c, width)).collect();
    for row in 0..columns.first().map_or(0, Vec::len) {
        for (column, magnitude) in out.iter_mut().zip(&magnitudes) {
            column[row] += 1e-10 * magnitude * normal.draw();
        }
    }
    out
}

fn scaled(values: &[f64], width: usize) -> Vec<f64> {
    let deviation = super::column_variance(values, width).sqrt();
    let constant = deviation < 10.0 * f64::EPSILON;
    let scale = if constant { 1.0 } else { deviation };
    values.iter().map(|x| x / scale).collect()
}

fn magnitude(values: &[f64], width: usize) -> f64 {
    let sizes: Vec<f64> = values.iter().map(|x| x.abs()).collect();
    (column_sum(&sizes, width) / values.len() as f64).max(1.0)
}

/// Values, and where each of them stands among the others.
struct Sorted(Vec<f64>);

impl Sorted {
    fn new(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        Self(values)
    }

    /// How many values are nearer to `x` than `radius`.
    fn within(&self, x: f64, radius: f64) -> usize {
        let from = self.0.partition_point(|v| x - v >= radius);
        let to = self.0.partition_point(|v| v - x < radius);
        to.saturating_sub(from)
    }

    /// The distance of the value at `at` from the `k`-th nearest of the
    /// others, of which there are at least as many.
    fn distance(&self, at: usize, k: usize) -> f64 {
        let x = self.0[at];
        let (mut left, mut right) = (at, at + 1);
        let mut distance = 0.0;
        for _ in 0..k {
            let below = if left > 0 {
                x - self.0[left - 1]
            } else {
                f64::INFINITY
            };
            let above = self.0.get(right).map_or(f64::INFINITY, |v| v - x);
            if below <= above {
                left -= 1;
                distance = below;
            } else {
                right += 1;
                distance = above;
            }
        }
        distance
    }
}

/// Ross's estimate. Classes of one row count for nothing.
fn discrete(x: &[f64], of_class: &[Vec<usize>]) -> f64 {
    let of_class: Vec<&Vec<usize>> = of_class.iter().filter(|m| m.len() > 1).collect();
    let counted = of_class.iter().flat_map(|m| m.iter().map(|r| x[*r]));
    let all = Sorted::new(counted.collect());
    let rows = all.0.len();
    // By row, so that the sums below run in the order of rows.
    let mut terms: Vec<(usize, [f64; 3])> = Vec::with_capacity(rows);
    for m in of_class {
        let values: Vec<f64> = m.iter().map(|r| x[*r]).collect();
        let own = Sorted::new(values.clone());
        let k = NEIGHBOURS.min(m.len() - 1);
        let few = k >= m.len() / 2;
        let (digamma_k, digamma_count) = (digamma(k), digamma(m.len()));
        for (i, row) in m.iter().enumerate() {
            let radius = if few {
                distance_by_squares(&values, i, k)
            } else {
                own.distance(own.0.partition_point(|v| *v < x[*row]), k)
            };
            let near = all.within(x[*row], radius).max(1);
            terms.push((*row, [digamma_k, digamma_count, digamma(near)]));
        }
    }
    terms.sort_by_key(|(row, _)| *row);
    let mean = |i: usize| sum::mean(&terms.iter().map(|(_, t)| t[i]).collect::<Vec<_>>());
    (digamma(rows) + mean(0) - mean(1) - mean(2)).max(0.0)
}

/// The distance of the value at `at` from the `k`-th nearest of the others, as
/// scikit-learn has it where there are few: from a sum of squares and a
/// product, which rounds so much that it can make a difference.
fn distance_by_squares(values: &[f64], at: usize, k: usize) -> f64 {
    let x = values[at];
    let square = |v: &f64| x * x + -2.0 * (x * v) + v * v;
    let mut squares: Vec<(f64, usize)> = values.iter().map(square).zip(0..).collect();
    squares.sort_by(|a, b| a.0.total_cmp(&b.0));
    squares.truncate(k + 1);
    // Itself does not count, nor the nearest if it is not even among them.
    let own = squares.iter().position(|(_, i)| *i == at);
    squares.remove(own.unwrap_or(0));
    squares
        .last()
        .map_or(0.0, |(square, _)| square.max(0.0).sqrt())
}

/// Kraskov's first estimate, with the larger of both distances.
fn continuous(x: &[f64], y: &[f64]) -> f64 {
    let rows = x.len();
    let mut order: Vec<usize> = (0..rows).collect();
    order.sort_by(|a, b| x[*a].total_cmp(&x[*b]));
    let (sorted_x, sorted_y) = (Sorted::new(x.to_vec()), Sorted::new(y.to_vec()));
    let mut terms = vec![[0.0; 2]; rows];
    for (at, row) in order.iter().enumerate() {
        let radius = distance_in_plane(x, y, &order, at);
        // The row itself stands for the 1 that is to be added.
        let near = |sorted: &Sorted, v: f64| digamma(sorted.within(v, radius).max(1));
        terms[*row] = [near(&sorted_x, x[*row]), near(&sorted_y, y[*row])];
    }
    let mean = |i: usize| sum::mean(&terms.iter().map(|t| t[i]).collect::<Vec<_>>());
    (digamma(rows) + digamma(NEIGHBOURS) - mean(0) - mean(1)).max(0.0)
}

/// The distance, along x or y, whichever is larger, of the row at `at` from
/// its third nearest. Looks outwards along x until x alone is too far.
fn distance_in_plane(x: &[f64], y: &[f64], order: &[usize], at: usize) -> f64 {
    let row = order[at];
    let mut nearest = [f64::INFINITY; NEIGHBOURS];
    let mut meet = |other: usize| {
        let along_x = (x[other] - x[row]).abs();
        let farthest = nearest[NEIGHBOURS - 1];
        if along_x > farthest {
            return false;
        }
        let distance = along_x.max((y[other] - y[row]).abs());
        if distance < farthest {
            let place = nearest.partition_point(|d| *d <= distance);
            nearest[place..].rotate_right(1);
            nearest[place] = distance;
        }
        true
    };
    let (mut below, mut above) = (order[..at].iter().rev(), order[at + 1..].iter());
    let (mut down, mut up) = (true, true);
    while down || up {
        down = down && below.next().is_some_and(|other| meet(*other));
        up = up && above.next().is_some_and(|other| meet(*other));
    }
    nearest[NEIGHBOURS - 1]
}

/// The digamma function of a whole number: exact sums below ten, the
/// asymptotic series from there on.
fn digamma(n: usize) -> f64 {
    const EULER: f64 = 0.577_215_664_901_532_9;
    if n == 0 {
        return f64::NEG_INFINITY;
    }
    if n <= 10 {
        return (1..n).fold(0.0, |s, i| s + 1.0 / i as f64) - EULER;
    }
    let x = n as f64;
    let z = 1.0 / (x * x);
    // Bernoulli numbers over 2k, the highest first.
    let series = [
        8.333_333_333_333_333e-2,
        -2.109_279_609_279_609_3e-2,
        7.575_757_575_757_576e-3,
        -4.166_666_666_666_667e-3,
        3.968_253_968_253_968e-3,
        -8.333_333_333_333_333e-3,
        8.333_333_333_333_333e-2,
    ];
    let tail = series.iter().fold(0.0, |s, c| s * z + c) * z;
    math::ln(x) - 0.5 / x - tail
}

/// `numpy.random.RandomState(seed).standard_normal()`: Marsaglia's polar
/// method, two at a time.
struct Normal {
    rng: RandomState,
    second: Option<f64>,
}

impl Normal {
    fn new(seed: u32) -> Self {
        Self {
            rng: RandomState::new(seed),
            second: None,
        }
    }

    fn draw(&mut self) -> f64 {
        if let Some(x) = self.second.take() {
            return x;
        }
        loop {
            let a = 2.0 * self.rng.double() - 1.0;
            let b = 2.0 * self.rng.double() - 1.0;
            let square = a * a + b * b;
            if square < 1.0 && square != 0.0 {
                let f = (-2.0 * math::ln(square) / square).sqrt();
                self.second = Some(f * a);
                return f * b;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `np.random.RandomState(0).standard_normal(4)`; numpy's logarithm is the
    /// platform's.
    #[test]
    fn noise_is_numpys() {
        let wanted = [
            1.764_052_345_967_664,
            0.400_157_208_367_223_3,
            0.978_737_984_105_739_2,
            2.240_893_199_201_458,
        ];
        let mut normal = Normal::new(0);
        for x in wanted {
            assert!((normal.draw() - x).abs() < 1e-15);
        }
    }

    /// `scipy.special.digamma`.
    #[test]
    fn digamma_is_scipys() {
        let wanted = [
            (1, -0.577_215_664_901_532_9),
            (2, 0.422_784_335_098_467_13),
            (10, 2.251_752_589_066_721),
            (11, 2.351_752_589_066_721_5),
            (25, 3.198_742_512_851_974),
            (1000, 6.907_255_195_648_812),
            (123_456, 11.723_636_046_234_013),
        ];
        for (n, x) in wanted {
            assert!(
                (digamma(n) - x).abs() <= 4e-16 * x.abs(),
                "{n}: {}",
                digamma(n)
            );
        }
        assert_eq!(digamma(0), f64::NEG_INFINITY);
    }

    #[test]
    fn neighbours_are_counted_up_to_the_radius_but_not_at_it() {
        let sorted = Sorted::new(vec![5.0, 1.0, 2.0, 4.0, 2.5]);
        assert_eq!(sorted.within(2.0, 1.0), 2);
        assert_eq!(sorted.within(2.0, 1.0 + f64::EPSILON), 3);
        assert_eq!(sorted.distance(0, 3), 3.0);
        assert_eq!(sorted.distance(2, 2), 1.5);
    }

    /// The search along x ends early; a search through all must find the same.
    #[test]
    fn no_neighbour_in_the_plane_is_missed() {
        let mut rng = RandomState::new(3);
        let x: Vec<f64> = (0..200).map(|_| rng.double()).collect();
        let y: Vec<f64> = (0..200).map(|_| rng.double() * 0.1).collect();
        let mut order: Vec<usize> = (0..200).collect();
        order.sort_by(|a, b| x[*a].total_cmp(&x[*b]));
        for (at, row) in order.iter().enumerate() {
            let others = (0..200).filter(|other| other != row);
            let distance = |o: usize| (x[o] - x[*row]).abs().max((y[o] - y[*row]).abs());
            let mut all: Vec<f64> = others.map(distance).collect();
            all.sort_by(f64::total_cmp);
            assert_eq!(distance_in_plane(&x, &y, &order, at), all[NEIGHBOURS - 1]);
        }
    }
}
