//! Means and quantiles with numpy's arithmetic, and scikit-learn's where there
//! are weights.

use pleat_num::sum::{mean, pairwise};

/// `np.average`.
#[must_use]
pub fn average(values: &[f64], weights: Option<&[f64]>) -> f64 {
    match weights {
        None => mean(values),
        Some(weights) => {
            let weighted: Vec<f64> = values.iter().zip(weights).map(|(x, w)| x * w).collect();
            pairwise(&weighted) / pairwise(weights)
        }
    }
}

/// `np.median`, or the lower of the two in the middle where there are weights.
#[must_use]
pub fn median(values: &[f64], weights: Option<&[f64]>) -> f64 {
    if let Some(weights) = weights {
        return weighted(values, weights, 50.0);
    }
    let sorted = sorted(values);
    let upper = sorted.len() / 2;
    if sorted.len() % 2 == 1 {
        sorted[upper]
    } else {
        mean(&sorted[upper - 1..=upper])
    }
}

/// `np.percentile`, which goes linearly from one value to the next; where
/// there are weights, the lowest value that has this share at or below it.
#[must_use]
pub fn quantile(values: &[f64], weights: Option<&[f64]>, share: f64) -> f64 {
    // There and back: scikit-learn counts in percent.
    let percent = share * 100.0;
    if let Some(weights) = weights {
        return weighted(values, weights, percent);
    }
    let sorted = sorted(values);
    let place = (sorted.len() - 1) as f64 * (percent / 100.0);
    let lower = (place.floor() as usize).min(sorted.len() - 1);
    let upper = (lower + 1).min(sorted.len() - 1);
    let (a, b, part) = (sorted[lower], sorted[upper], place - place.floor());
    // From the nearer end, so that it meets both exactly.
    if part >= 0.5 {
        b - (b - a) * (1.0 - part)
    } else {
        a + (b - a) * part
    }
}

fn sorted(values: &[f64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted
}

fn weighted(values: &[f64], weights: &[f64], percent: f64) -> f64 {
    let mut pairs: Vec<(f64, f64)> = values
        .iter()
        .copied()
        .zip(weights.iter().copied())
        .collect();
    pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut below = 0.0;
    let sums: Vec<f64> = pairs
        .iter()
        .map(|(_, weight)| {
            below += weight;
            below
        })
        .collect();
    // Nothing below is still something: values without weight do not count.
    let due = (percent / 100.0 * below).max(f64::from_bits(1));
    let place = sums.partition_point(|sum| *sum < due).min(pairs.len() - 1);
    pairs[place].0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_median_with_weights_is_the_lower_one() {
        assert_eq!(median(&[4.0, 1.0, 3.0, 2.0], None), 2.5);
        assert_eq!(median(&[4.0, 1.0, 3.0, 2.0], Some(&[1.0; 4])), 2.0);
        assert_eq!(median(&[4.0, 1.0, 3.0], Some(&[1.0, 5.0, 1.0])), 1.0);
    }

    #[test]
    fn the_ends_are_values() {
        let values = [0.1, 0.7, 0.3];
        assert_eq!(quantile(&values, None, 0.0), 0.1);
        assert_eq!(quantile(&values, None, 1.0), 0.7);
        assert_eq!(quantile(&values, Some(&[0.0, 1.0, 1.0]), 0.0), 0.3);
        assert_eq!(quantile(&values, Some(&[1.0, 0.0, 1.0]), 1.0), 0.3);
        assert_eq!(quantile(&[5.0], None, 0.3), 5.0);
    }
}
