//! Percentiles of numbers, plain and weighted, as scikit-learn takes them.

/// numpy's, between the two nearest numbers; `share` is in [0, 1].
pub(crate) fn interpolated(numbers: &[f64], share: f64) -> f64 {
    let mut sorted = numbers.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let at = (sorted.len() - 1) as f64 * share;
    let low = (at.floor() as usize).min(sorted.len() - 1);
    let high = (low + 1).min(sorted.len() - 1);
    let (part, difference) = (at - low as f64, sorted[high] - sorted[low]);
    if part < 0.5 {
        sorted[low] + difference * part
    } else {
        sorted[high] - difference * (1.0 - part)
    }
}

/// The first number below which, itself counted, this share of the weight
/// lies. Brings the pairs of number and weight into order.
pub(crate) fn weighted(pairs: &mut [(f64, f64)], share: f64) -> f64 {
    pairs.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let total = pairs.iter().fold(0.0, |sum, pair| sum + pair.1);
    // A percentile is a percentage there. What weighs nothing in front is not it.
    let wanted = (share * 100.0 / 100.0 * total).max(f64::MIN_POSITIVE);
    let mut sum = 0.0;
    for (number, weight) in &*pairs {
        sum += weight;
        if sum >= wanted {
            return *number;
        }
    }
    pairs.last().map_or(f64::NAN, |pair| pair.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `np.percentile`.
    #[test]
    fn between_two_numbers() {
        assert_eq!(interpolated(&[3.0, 1.0, 2.0, 4.0], 0.5), 2.5);
        assert_eq!(interpolated(&[1.0, 2.0, 4.0], 0.9), 3.6);
        assert_eq!(interpolated(&[7.0], 0.3), 7.0);
    }

    /// `_weighted_percentile` of scikit-learn 1.9.1.
    #[test]
    fn weights_count() {
        assert_eq!(weighted(&mut [(2.0, 1.0), (1.0, 1.0)], 0.5), 1.0);
        assert_eq!(
            weighted(&mut [(3.0, 1.0), (1.0, 1.0), (2.0, 5.0)], 0.9),
            3.0
        );
        assert_eq!(weighted(&mut [(1.0, 0.0), (2.0, 1.0)], 0.0), 2.0);
    }
}
