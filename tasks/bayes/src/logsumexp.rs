//! The logarithm of a sum of exponentials, with scikit-learn's arithmetic:
//! whether two probabilities near 1 are equal decides scores that rank.

use pleat_num::math::{exp, ln, ln_1p};

/// `ln(exp(row[0]) + exp(row[1]) + ...)`, where `highest` is the highest of
/// them. What equals it is taken out of the sum, which `sum` adds up.
pub fn log_sum_exp(row: &[f64], highest: f64, sum: impl Fn(&[f64]) -> f64) -> f64 {
    let shift = if highest.is_finite() { highest } else { 0.0 };
    let of = |x: &f64| if *x == highest { 0.0 } else { exp(*x - shift) };
    let rest: Vec<f64> = row.iter().map(of).collect();
    let count = row.iter().filter(|x| **x == highest).count() as f64;
    let rest = match sum(&rest) {
        0.0 => 0.0,
        rest => rest / count,
    };
    ln_1p(rest) + ln(count) + highest
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers of scikit-learn 1.9.1's `_logsumexp`, to the last bit.
    #[test]
    fn the_bits_are_scikit_learns() {
        let cases: &[(&[f64], f64)] = &[
            (&[0.0], 0.0),
            (&[-1.0, -1.0], -0.3068528194400547),
            (&[-3.5, -40.0, -39.5], -3.4999999999999996),
            (&[-700.0, -737.0, -736.5, -100000.0], -700.0),
            (&[-1e+300, f64::NEG_INFINITY], -1e+300),
            (&[-20.0, -56.0], -20.0),
            (&[-100.25, -136.7, -136.9, -137.1], -100.25),
            (&[-2.39, -3.77, -2.77, -2.36], -1.302821327980435),
            (&[-1.65, -3.11, -1.73, -6.67], -0.8789861015965701),
            (&[-9.94, -1.45, -4.71, -2.26], -1.0556282108567059),
            (&[-2.52, -7.79, -0.22, -0.27], 0.4988168574587706),
        ];
        for (row, expected) in cases {
            let highest = row.iter().copied().fold(-f64::INFINITY, f64::max);
            let got = log_sum_exp(row, highest, |xs| xs.iter().sum());
            assert_eq!(got.to_bits(), expected.to_bits(), "{row:?}: {got:?}");
        }
    }
}
