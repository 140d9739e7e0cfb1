//! Quantiles of sorted values, by each of numpy's methods and with weights.
//!
//! The methods are those of R. J. Hyndman and Y. Fan, "Sample quantiles in
//! statistical packages", The American Statistician 50 (1996).

/// How a quantile that falls between two values is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::pipeline) enum Method {
    InvertedCdf,
    AveragedInvertedCdf,
    ClosestObservation,
    InterpolatedInvertedCdf,
    Hazen,
    Weibull,
    Linear,
    MedianUnbiased,
    NormalUnbiased,
}

impl Method {
    /// numpy's names.
    pub(in crate::pipeline) const ALL: [(&'static str, Self); 9] = [
        ("inverted_cdf", Self::InvertedCdf),
        ("averaged_inverted_cdf", Self::AveragedInvertedCdf),
        ("closest_observation", Self::ClosestObservation),
        ("interpolated_inverted_cdf", Self::InterpolatedInvertedCdf),
        ("hazen", Self::Hazen),
        ("weibull", Self::Weibull),
        ("linear", Self::Linear),
        ("median_unbiased", Self::MedianUnbiased),
        ("normal_unbiased", Self::NormalUnbiased),
    ];

    /// Where, in `n` values counted from 0, the quantile `q` lies.
    fn position(self, n: f64, q: f64) -> f64 {
        let between = |alpha: f64, beta: f64| n * q + (alpha + q * (1.0 - alpha - beta)) - 1.0;
        match self {
            Self::InvertedCdf | Self::AveragedInvertedCdf => n * q - 1.0,
            Self::ClosestObservation => n * q - 1.0 - 0.5,
            Self::InterpolatedInvertedCdf => between(0.0, 1.0),
            Self::Hazen => between(0.5, 0.5),
            Self::Weibull => between(0.0, 0.0),
            Self::Linear => (n - 1.0) * q,
            Self::MedianUnbiased => between(1.0 / 3.0, 1.0 / 3.0),
            Self::NormalUnbiased => between(3.0 / 8.0, 3.0 / 8.0),
        }
    }

    /// How far from the value before to the one after, of `beyond` the way.
    fn share(self, before: f64, beyond: f64) -> f64 {
        match self {
            Self::InvertedCdf => f64::from(u8::from(beyond != 0.0)),
            Self::AveragedInvertedCdf if beyond == 0.0 => 0.5,
            Self::AveragedInvertedCdf => 1.0,
            // Half way between two values: the even one, counted from 1.
            Self::ClosestObservation => {
                let even = before.rem_euclid(2.0) == 1.0;
                f64::from(u8::from(!(beyond == 0.0 && even)))
            }
            _ => beyond,
        }
    }
}

/// `np.percentile` of values that are sorted and hold no NaN; NaN of nothing.
pub(in crate::pipeline) fn percentile(sorted: &[f64], percent: f64, method: Method) -> f64 {
    let [first, .., last] = sorted else {
        return sorted.first().copied().unwrap_or(f64::NAN);
    };
    let n = sorted.len() as f64;
    let position = method.position(n, percent / 100.0);
    if position < 0.0 {
        return *first;
    }
    if position >= n - 1.0 {
        return *last;
    }
    let before = position.floor();
    // Within the values: between 0 and the last but one.
    let at = before as usize;
    let (a, b) = (sorted[at], sorted[at + 1]);
    let share = method.share(before, position - before);
    if share >= 0.5 {
        b - (b - a) * (1.0 - share)
    } else {
        a + (b - a) * share
    }
}

/// scikit-learn's weighted percentile of `(value, weight)` sorted by value:
/// the inverse of the weighted distribution function, and with `average` the
/// mean of two values where it is a step. `None` without any weight.
pub(in crate::pipeline) fn weighted(
    sorted: &[(f64, f64)],
    percent: f64,
    average: bool,
) -> Option<f64> {
    let cumulated: Vec<f64> = sorted
        .iter()
        .scan(0.0, |sum, (_, weight)| {
            *sum += weight;
            Some(*sum)
        })
        .collect();
    let last = sorted.len().checked_sub(1)?;
    if sorted.iter().all(|(_, weight)| *weight == 0.0) {
        return None;
    }
    let mut wanted = percent / 100.0 * cumulated[last];
    if wanted == 0.0 {
        // Values without weight in front do not count.
        wanted = f64::from_bits(1);
    }
    let at = cumulated.partition_point(|c| *c < wanted).min(last);
    let value = sorted[at].0;
    if !average || cumulated[at] - wanted > f64::EPSILON {
        return Some(value);
    }
    let mut next = (at + 1).min(last);
    if sorted[next].1 == 0.0 {
        let beyond = cumulated.partition_point(|c| *c <= cumulated[at]);
        next = if beyond > last { at } else { beyond };
    }
    Some((value + sorted[next].0) / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALUES: [f64; 6] = [-2.5, 0.1, 0.1, 3.0, 7.25, 11.0];

    /// `np.percentile(VALUES, [0, 10, 25, 33.3, 50, 75, 100], method=...)`.
    #[test]
    fn every_method_is_numpys() {
        let percents = [0.0, 10.0, 25.0, 33.3, 50.0, 75.0, 100.0];
        for ((name, method), wanted) in Method::ALL.iter().zip(NUMPY) {
            let got = percents.map(|p| percentile(&VALUES, p, *method));
            assert_eq!(got, wanted, "{name}");
        }
    }

    const NUMPY: [[f64; 7]; 9] = [
        [-2.5, -2.5, 0.1, 0.1, 0.1, 7.25, 11.0],
        [-2.5, -2.5, 0.1, 0.1, 1.55, 7.25, 11.0],
        [-2.5, -2.5, 0.1, 0.1, 0.1, 3.0, 11.0],
        [-2.5, -2.5, -1.2, 0.09479999999999943, 0.1, 5.125, 11.0],
        [-2.5, -2.2399999999999998, 0.1, 0.1, 1.55, 7.25, 11.0],
        [-2.5, -2.5, -0.55, 0.1, 1.55, 8.1875, 11.0],
        [-2.5, -1.2, 0.1, 0.1, 1.55, 6.1875, 11.0],
        [
            -2.5,
            -2.5,
            -0.11666666666666647,
            0.1,
            1.55,
            7.562499999999999,
            11.0,
        ],
        [-2.5, -2.5, -0.0625, 0.1, 1.55, 7.484375, 11.0],
    ];

    #[test]
    fn one_value_is_every_quantile() {
        for (name, method) in Method::ALL {
            assert_eq!(percentile(&[4.0], 30.0, method), 4.0, "{name}");
            assert!(percentile(&[], 30.0, method).is_nan(), "{name}");
        }
    }

    #[test]
    fn weights_are_scikit_learns() {
        let sorted = [
            (1.0, 0.0),
            (2.0, 1.0),
            (3.0, 2.0),
            (4.0, 0.0),
            (5.0, 1.0),
            (6.0, 0.0),
        ];
        let got =
            |average| [0.0, 25.0, 50.0, 75.0, 90.0, 100.0].map(|p| weighted(&sorted, p, average));
        assert_eq!(got(false), WEIGHTED.map(Some));
        assert_eq!(got(true), AVERAGED.map(Some));
        assert_eq!(weighted(&[(1.0, 0.0)], 50.0, true), None);
        assert_eq!(weighted(&[], 50.0, true), None);
    }

    const WEIGHTED: [f64; 6] = [2.0, 2.0, 3.0, 3.0, 5.0, 5.0];
    const AVERAGED: [f64; 6] = [2.0, 2.5, 3.0, 4.0, 5.0, 5.0];
}
