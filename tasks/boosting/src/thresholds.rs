//! Where a numeric column is cut into bins: between its values if they are
//! few, at its quantiles if they are many.

use crate::quantiles::cumulated;

/// No threshold is infinite but the one that parts NaN from the rest.
const HIGHEST: f64 = 1e300;

/// The upper ends of all bins but the last, ascending: at most `max_bins` - 1.
/// NaN, and rows without weight, have no say.
pub(crate) fn thresholds(values: &[f64], weights: Option<&[f64]>, max_bins: usize) -> Vec<f64> {
    let mut cuts = match weights {
        None => {
            let mut sorted: Vec<f64> = values.iter().copied().filter(|x| !x.is_nan()).collect();
            sort(&mut sorted);
            match midpoints(&sorted, max_bins) {
                Some(cuts) => cuts,
                None => levels(max_bins).map(|p| at(&sorted, p)).collect(),
            }
        }
        Some(weights) => {
            let mut pairs: Vec<(f64, f64)> = values
                .iter()
                .copied()
                .zip(weights.iter().copied())
                .filter(|(x, weight)| !x.is_nan() && *weight != 0.0)
                .collect();
            pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
            let sorted: Vec<f64> = pairs.iter().map(|(x, _)| *x + 0.0).collect();
            match midpoints(&sorted, max_bins) {
                Some(cuts) => cuts,
                None => {
                    let reached = cumulated(pairs.iter().map(|(_, weight)| *weight));
                    levels(max_bins)
                        .map(|p| weighted_at(&sorted, &reached, p))
                        .collect()
                }
            }
        }
    };
    cuts.dedup();
    cuts.iter_mut().for_each(|cut| *cut = cut.min(HIGHEST));
    cuts
}

/// Sorts numbers by their bits, which is quicker than by comparing them; -0
/// becomes 0.
fn sort(values: &mut [f64]) {
    let mut keys: Vec<i64> = values.iter().map(|x| key((x + 0.0).to_bits())).collect();
    keys.sort_unstable();
    for (value, bits) in values.iter_mut().zip(&keys) {
        *value = f64::from_bits(key(*bits as u64) as u64);
    }
}

/// Negative numbers' bits the other way round, and back again.
fn key(bits: u64) -> i64 {
    let bits = bits as i64;
    bits ^ ((bits >> 63) as u64 >> 1) as i64
}

/// Half way between neighbours, if there are no more values than bins.
fn midpoints(sorted: &[f64], max_bins: usize) -> Option<Vec<f64>> {
    let mut distinct = Vec::with_capacity(max_bins);
    for x in sorted {
        if distinct.last() != Some(x) {
            if distinct.len() == max_bins {
                return None;
            }
            distinct.push(*x);
        }
    }
    Some(distinct.windows(2).map(|w| (w[0] + w[1]) / 2.0).collect())
}

/// The inner percentiles of so many equal parts.
fn levels(max_bins: usize) -> impl Iterator<Item = f64> {
    let step = 100.0 / max_bins as f64;
    (1..max_bins).map(move |i| i as f64 * step)
}

/// A percentile by the averaged inverse of the distribution: a value, or
/// half way between two where the share is met exactly.
fn at(sorted: &[f64], percent: f64) -> f64 {
    let place = sorted.len() as f64 * (percent / 100.0) - 1.0;
    let below = place.floor().max(0.0);
    let last = sorted.len() - 1;
    let a = sorted[(below as usize).min(last)];
    let b = sorted[(below as usize + 1).min(last)];
    match place == below {
        true => b - (b - a) * 0.5,
        false => b,
    }
}

/// The same with weights, `reached` being their running sums.
fn weighted_at(sorted: &[f64], reached: &[f64], percent: f64) -> f64 {
    let last = sorted.len() - 1;
    let due = percent / 100.0 * reached[last];
    let place = reached.partition_point(|sum| *sum < due).min(last);
    match reached[place] - due > f64::EPSILON {
        true => sorted[place],
        false => (sorted[place] + sorted[(place + 1).min(last)]) / 2.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_values_are_cut_between() {
        let cuts = thresholds(&[3.0, 1.0, f64::NAN, 1.0, -2.0], None, 255);
        assert_eq!(cuts, [-0.5, 2.0]);
        assert!(thresholds(&[-0.0, 0.0], None, 255).is_empty());
        assert!(thresholds(&[f64::NAN], None, 255).is_empty());
        assert_eq!(thresholds(&[f64::MAX, 1.7e308], None, 255), [HIGHEST]);
    }

    #[test]
    fn many_are_cut_at_quantiles() {
        let values: Vec<f64> = (0..12).map(f64::from).collect();
        assert_eq!(thresholds(&values, None, 4), [2.5, 5.5, 8.5]);
        let ones = vec![1.0; 12];
        assert_eq!(thresholds(&values, Some(&ones), 4), [2.5, 5.5, 8.5]);
        // The last value weighs as much as all others.
        let mut heavy = ones;
        heavy[11] = 11.0;
        assert_eq!(thresholds(&values, Some(&heavy), 2), [10.5]);
    }
}
