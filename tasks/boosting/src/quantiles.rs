//! Medians and quantiles of numbers, weighted and not, by scikit-learn's
//! definitions.

/// The median: of an even number of values the mean of the middle two.
pub(crate) fn median(values: &mut [f64]) -> f64 {
    let n = values.len();
    let upper = nth(values, n / 2);
    if n % 2 == 1 {
        return upper;
    }
    (nth(values, n / 2 - 1) + upper) / 2.0
}

/// The quantile at `level`, interpolated linearly between its neighbours.
pub(crate) fn quantile(values: &mut [f64], level: f64) -> f64 {
    // Percent and back, which may cost a bit.
    let place = (values.len() - 1) as f64 * (100.0 * level / 100.0);
    let below = place.floor() as usize;
    let (a, b) = (
        nth(values, below),
        nth(values, (below + 1).min(values.len() - 1)),
    );
    let t = place - below as f64;
    if t >= 0.5 {
        b - (b - a) * (1.0 - t)
    } else {
        a + (b - a) * t
    }
}

fn nth(values: &mut [f64], n: usize) -> f64 {
    *values.select_nth_unstable_by(n, f64::total_cmp).1
}

/// The first value at which the weights come to a share of all of them. NaN
/// if there is no weight at all.
pub(crate) fn weighted(values: &[f64], weights: &[f64], level: f64) -> f64 {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let reached = cumulated(order.iter().map(|i| weights[*i]));
    let total = reached.last().copied().unwrap_or(0.0);
    if total == 0.0 {
        return f64::NAN;
    }
    // A level so low that it rounds to nothing still needs some weight.
    let due = (100.0 * level / 100.0 * total).max(f64::from_bits(1));
    let place = reached.partition_point(|sum| *sum < due);
    values[order[place.min(order.len() - 1)]]
}

/// Running sums.
pub(crate) fn cumulated(weights: impl Iterator<Item = f64>) -> Vec<f64> {
    weights
        .scan(0.0, |sum, weight| {
            *sum += weight;
            Some(*sum)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn between_two_values() {
        assert_eq!(median(&mut [3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&mut [4.0, 1.0, 2.0, 8.0]), 3.0);
        assert_eq!(quantile(&mut [4.0, 1.0, 2.0, 8.0], 0.9), 6.800000000000001);
        assert_eq!(quantile(&mut [5.0], 0.3), 5.0);
    }

    #[test]
    fn weights_count_like_rows() {
        let (values, weights) = ([3.0, 1.0, 2.0], [1.0, 1.0, 5.0]);
        assert_eq!(weighted(&values, &weights, 0.5), 2.0);
        assert_eq!(weighted(&values, &weights, 0.1), 1.0);
        assert_eq!(weighted(&values, &weights, 0.95), 3.0);
        assert!(weighted(&values, &[0.0; 3], 0.5).is_nan());
    }
}
