//! Scores of numbers. Lengths are equal, not zero, and all values finite.

use pleat_num::sum;

pub(super) fn mean_squared_error(truth: &[f64], predicted: &[f64]) -> f64 {
    sum::mean(&squares(truth, |i| predicted[i]))
}

/// 1 for a constant truth that is met exactly, 0 for one that is not, NaN for
/// fewer than two rows.
pub(super) fn r2(truth: &[f64], predicted: &[f64]) -> f64 {
    if truth.len() < 2 {
        return f64::NAN;
    }
    let mean = sum::mean(truth);
    let missed = sum::pairwise(&squares(truth, |i| predicted[i]));
    let total = sum::pairwise(&squares(truth, |_| mean));
    match (missed == 0.0, total == 0.0) {
        (true, _) => 1.0,
        (false, true) => 0.0,
        (false, false) => 1.0 - missed / total,
    }
}

fn squares(truth: &[f64], of: impl Fn(usize) -> f64) -> Vec<f64> {
    let difference = |(i, x): (usize, &f64)| x - of(i);
    truth
        .iter()
        .enumerate()
        .map(difference)
        .map(|d| d * d)
        .collect()
}
