//! Reduction: from the scores of splits to a mean, a deviation and a rank.
//!
//! Every function takes its values in plan order (candidate, split) and gives
//! scikit-learn's bits. Which results there are is not decided here.

use pleat_num::sum;

/// The mean over splits, as `np.average` computes it; NaN if any is NaN.
#[must_use]
pub fn mean(scores: &[f64]) -> f64 {
    sum::mean(scores)
}

/// The population standard deviation over splits; NaN if any is NaN.
#[must_use]
pub fn std(scores: &[f64]) -> f64 {
    sum::std(scores)
}

/// Ranks candidates by their means, the highest first: equal means share the
/// best of their ranks, and NaN ranks last.
///
/// As in scikit-learn a NaN counts as one less than the lowest mean; when all
/// are NaN all rank first.
#[must_use]
pub fn rank(means: &[f64]) -> Vec<u32> {
    let lowest = means
        .iter()
        .copied()
        .filter(|m| !m.is_nan())
        .reduce(f64::min);
    let Some(lowest) = lowest else {
        return vec![1; means.len()];
    };
    // `nan_to_num` also pulls infinities in.
    let filled = |m: f64| match m {
        // Not above the highest finite value, or NaN would beat infinity.
        m if m.is_nan() => lowest.min(f64::MAX) - 1.0,
        m if m.is_infinite() => f64::MAX.copysign(m),
        // One zero only, for a total order.
        m => m + 0.0,
    };
    let keys: Vec<f64> = means.iter().map(|m| filled(*m)).collect();
    let mut order: Vec<usize> = (0..keys.len()).collect();
    order.sort_by(|a, b| keys[*b].total_cmp(&keys[*a]));
    let mut ranks = vec![1; keys.len()];
    let mut rank = 1;
    for (place, i) in (1..).zip(&order) {
        if place > 1 && keys[*i] < keys[order[place as usize - 2]] {
            rank = place;
        }
        ranks[*i] = rank;
    }
    ranks
}

/// The candidate to pick: the first among those of the best rank.
#[must_use]
pub fn best(ranks: &[u32]) -> Option<usize> {
    let best = ranks.iter().min()?;
    ranks.iter().position(|r| r == best)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAN: f64 = f64::NAN;
    const INF: f64 = f64::INFINITY;

    /// Answers of scikit-learn 1.9.1's `_format_results`.
    #[test]
    fn ranks_are_scikit_learns() {
        let cases: &[(&[f64], &[u32])] = &[
            (&[], &[]),
            (&[0.5], &[1]),
            (&[0.5, 0.9, 0.9, 0.1], &[3, 1, 1, 4]),
            (&[NAN, 0.9, NAN, 0.1], &[3, 1, 3, 2]),
            (&[NAN, NAN], &[1, 1]),
            (&[0.0, -0.0, 1.0], &[2, 2, 1]),
            (&[INF, f64::MAX, 1.0], &[1, 1, 3]),
            (&[-INF, NAN, 1.0, f64::MIN], &[2, 4, 1, 2]),
            (&[NAN, -1e300], &[1, 1]),
        ];
        for (means, expected) in cases {
            assert_eq!(rank(means), *expected, "{means:?}");
        }
    }

    /// scikit-learn ranks the NaN first here.
    #[test]
    fn nan_never_beats_infinity() {
        assert_eq!(rank(&[NAN, INF]), [1, 1]);
    }

    #[test]
    fn the_first_of_the_best_is_picked() {
        assert_eq!(best(&[]), None);
        assert_eq!(best(&rank(&[0.5, 0.9, 0.9, 0.1])), Some(1));
        assert_eq!(best(&rank(&[NAN, NAN])), Some(0));
    }

    #[test]
    fn means_and_deviations_have_numpys_bits() {
        let scores = [0.36, 0.44, 0.7, 0.06, 0.67, 0.67, 0.21, 0.13, 0.32, 0.36];
        assert_eq!(mean(&scores).to_bits(), 0x3fd9_1687_2b02_0c4a);
        assert_eq!(std(&scores).to_bits(), 0x3fcb_c72f_3b29_7207);
        assert_ne!(
            mean(&scores),
            scores.iter().sum::<f64>() / 10.0,
            "left to right differs"
        );
        assert!(mean(&[0.1, NAN]).is_nan() && std(&[0.1, NAN]).is_nan());
    }
}
