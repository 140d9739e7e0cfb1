//! Averages, sums and medians with or without weights. Weights are finite,
//! not negative and not all 0.

use pleat_num::sum;

/// `np.average`.
pub(super) fn average(values: &[f64], weights: Option<&[f64]>) -> f64 {
    match weights {
        None => sum::mean(values),
        Some(weights) => total(values, Some(weights)) / sum::pairwise(weights),
    }
}

/// The sum of values, each times its weight.
pub(super) fn total(values: &[f64], weights: Option<&[f64]>) -> f64 {
    let Some(weights) = weights else {
        return sum::pairwise(values);
    };
    let products: Vec<f64> = values.iter().zip(weights).map(|(x, w)| x * w).collect();
    sum::pairwise(&products)
}

/// `np.median` without weights. With weights the inverse of the weighted
/// distribution function, averaged where it jumps (definition 2 of Hyndman
/// and Fan, Sample Quantiles in Statistical Packages, 1996).
pub(super) fn median(values: &[f64], weights: Option<&[f64]>) -> f64 {
    let Some(weights) = weights else {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let n = sorted.len();
        return if n.is_multiple_of(2) {
            sum::mean(&sorted[n / 2 - 1..=n / 2])
        } else {
            sorted[n / 2]
        };
    };
    let mut pairs: Vec<(f64, f64)> = values
        .iter()
        .copied()
        .zip(weights.iter().copied())
        .collect();
    pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut running = 0.0;
    let reached: Vec<f64> = pairs
        .iter()
        .map(|(_, weight)| {
            running += weight;
            running
        })
        .collect();
    let last = pairs.len() - 1;
    let half = 0.5 * running;
    let at = reached.partition_point(|r| *r < half).min(last);
    if reached[at] - half > f64::EPSILON {
        return pairs[at].0;
    }
    // Half of the weight ends here: the other side begins with the next row
    // that weighs anything.
    let next = reached.partition_point(|r| *r <= reached[at]);
    let next = if next > last { at } else { next };
    (pairs[at].0 + pairs[next].0) / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By `sklearn.metrics.median_absolute_error` 1.9.1 against zeros.
    #[test]
    fn medians_are_scikit_learns() {
        let values = [4.0, 1.0, 3.0, 2.0];
        assert_eq!(median(&values, None), 2.5);
        assert_eq!(median(&values[..3], None), 3.0);
        for (weights, expected) in [
            ([1.0, 1.0, 1.0, 1.0], 2.5),
            ([1.0, 1.0, 0.0, 1.0], 2.0),
            ([1.0, 1.0, 0.0, 0.0], 2.5),
            ([0.0, 0.0, 1.0, 0.0], 3.0),
            ([3.0, 1.0, 1.0, 1.0], 3.5),
            ([0.1, 0.2, 0.3, 0.4], 2.0),
            ([0.3, 0.3, 0.2, 0.2], 2.5),
        ] {
            assert_eq!(median(&values, Some(&weights)), expected, "{weights:?}");
        }
    }

    #[test]
    fn weights_that_are_equal_change_nothing() {
        let values = [0.25, 3.0, -1.5];
        assert_eq!(average(&values, Some(&[2.0; 3])), average(&values, None));
        assert_eq!(total(&values, Some(&[2.0; 3])), 2.0 * total(&values, None));
    }
}
