//! The power transforms that make a column more like a normal one, and how
//! likely it is then.
//!
//! G. E. P. Box and D. R. Cox, "An analysis of transformations", JRSS B 26
//! (1964); I.-K. Yeo and R. A. Johnson, "A new family of power
//! transformations to improve normality or symmetry", Biometrika 87 (2000).
//! The order of operations, the searches and their bounds are scipy's.

use pleat_num::{math, sum};

use super::brent;

/// Yeo and Johnson's transform of one value.
pub(in crate::pipeline) fn yeo_johnson(x: f64, lambda: f64) -> f64 {
    if x >= 0.0 {
        if lambda.abs() < f64::EPSILON {
            math::ln_1p(x)
        } else {
            math::exp_m1(lambda * math::ln_1p(x)) / lambda
        }
    } else if (lambda - 2.0).abs() > f64::EPSILON {
        -math::exp_m1((2.0 - lambda) * math::ln_1p(-x)) / (2.0 - lambda)
    } else {
        -math::ln_1p(-x)
    }
}

/// Box and Cox' transform of one value, which is positive or missing.
pub(in crate::pipeline) fn box_cox(x: f64, lambda: f64) -> f64 {
    let log = math::ln(x);
    let power = lambda * log;
    if lambda.abs() < 1e-19 || power.abs() < 1e-289 {
        log
    } else if power < 709.78 {
        math::exp_m1(power) / lambda
    } else {
        lambda.signum() * math::exp(power - math::ln(lambda.abs())) - 1.0 / lambda
    }
}

/// The lambda under which the values, none of them missing, are most likely.
pub(in crate::pipeline) fn best_yeo_johnson(values: &[f64]) -> f64 {
    /// That of scipy's other search, which has it by default.
    const TOLERANCE: f64 = 1.48e-8;
    if values.iter().all(|x| *x == 0.0) {
        return 1.0;
    }
    let largest = values.iter().fold(0.0, |m: f64, x| m.max(x.abs()));
    // Half the exponents a float has, so that even the variance of what is
    // twenty times as large as anything seen can be computed.
    let room = math::ln_1p(20.0 * largest);
    let log_eps = math::ln(f64::EPSILON);
    let mut low = (math::ln(f64::MIN_POSITIVE) - log_eps) / 2.0 / room;
    let mut high = (math::ln(f64::MAX) + log_eps) / 2.0 / room;
    if values.iter().all(|x| *x < 0.0) {
        (low, high) = (2.0 - high, 2.0 - low);
    } else if values.iter().any(|x| *x < 0.0) {
        (low, high) = ((2.0 - high).max(low), (2.0 - low).min(high));
    }
    let logs: Vec<f64> = values
        .iter()
        .map(|x| sign(*x) * math::ln_1p(x.abs()))
        .collect();
    let logs = sum::pairwise(&logs);
    let unlikely = |lambda: f64| {
        let y: Vec<f64> = values.iter().map(|x| yeo_johnson(*x, lambda)).collect();
        let variance = variance(&y);
        let log = if variance >= f64::MIN_POSITIVE {
            math::ln(variance)
        } else {
            f64::NEG_INFINITY
        };
        let likely = -(y.len() as f64) / 2.0 * log + (lambda - 1.0) * logs;
        // Infinitely likely is what has no variance left.
        if likely.is_infinite() {
            f64::INFINITY
        } else {
            -likely
        }
    };
    brent::bounded(unlikely, low, high, TOLERANCE)
}

/// numpy's sign: nothing of nothing.
fn sign(x: f64) -> f64 {
    if x == 0.0 { 0.0 } else { x.signum() }
}

fn variance(values: &[f64]) -> f64 {
    let mean = sum::mean(values);
    let squares: Vec<f64> = values.iter().map(|x| (x - mean) * (x - mean)).collect();
    sum::mean(&squares)
}

/// Why there is no best lambda.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::pipeline) enum NoLambda {
    /// The likelihood rises for ever, or is no number.
    NoMaximum,
    /// This one is the best, and what it makes of the values overflows.
    Overflow(f64),
}

/// The lambda under which the values, positive and not all equal, are most
/// likely.
pub(in crate::pipeline) fn best_box_cox(values: &[f64]) -> Result<f64, NoLambda> {
    let logs: Vec<f64> = values.iter().map(|x| math::ln(*x)).collect();
    let total = sum::pairwise(&logs);
    let unlikely = |lambda: f64| {
        let log_variance = if lambda == 0.0 {
            math::ln(variance(&logs))
        } else {
            let powers: Vec<f64> = logs.iter().map(|x| lambda * x).collect();
            log_variance(&powers) - 2.0 * math::ln(lambda.abs())
        };
        -((lambda - 1.0) * total - logs.len() as f64 / 2.0 * log_variance)
    };
    let lambda = brent::unbounded(unlikely, -2.0, 2.0).ok_or(NoLambda::NoMaximum)?;
    let overflows = |x: &f64| box_cox(*x, lambda).abs() > f64::MAX / 10_000.0;
    if values.iter().any(overflows) {
        return Err(NoLambda::Overflow(lambda));
    }
    Ok(lambda)
}

/// The logarithm of the variance of `exp(logs)`.
fn log_variance(logs: &[f64]) -> f64 {
    let n = math::ln(logs.len() as f64);
    let mean = log_sum_exp(logs) - n;
    let squares: Vec<f64> = logs
        .iter()
        .map(|x| 2.0 * log_difference(*x, mean))
        .collect();
    log_sum_exp(&squares) - n
}

/// The logarithm of the sum of `exp(logs)`.
fn log_sum_exp(logs: &[f64]) -> f64 {
    let largest = logs.iter().fold(f64::NEG_INFINITY, |m, x| m.max(*x));
    let times = logs.iter().filter(|x| **x == largest).count() as f64;
    // The largest are kept out of the sum: 1 would drown what is small.
    let beside = |x: &f64| {
        if *x == largest {
            0.0
        } else {
            math::exp(x - largest)
        }
    };
    let rest = sum::pairwise(&logs.iter().map(beside).collect::<Vec<_>>());
    let rest = if rest == 0.0 { rest } else { rest / times };
    let out = math::ln_1p(rest) + math::ln(times) + largest;
    if out.is_finite() {
        return out;
    }
    let plain: Vec<f64> = logs.iter().map(|x| math::exp(*x)).collect();
    math::ln(sum::pairwise(&plain))
}

/// The logarithm of `|exp(a) - exp(b)|`.
fn log_difference(a: f64, b: f64) -> f64 {
    let (low, high) = if a < b { (a, b) } else { (b, a) };
    let out = math::ln_1p(-math::exp(low - high)) + high;
    if out.is_finite() {
        return out;
    }
    math::ln((math::exp(a) - math::exp(b)).abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    const POSITIVE: [f64; 6] = [0.5, 1.2, 3.3, 0.7, 8.1, 2.2];
    const ANY: [f64; 6] = [-1.5, 0.3, 2.2, -0.7, 0.0, 4.0];

    fn near(got: f64, wanted: f64, tolerance: f64) {
        assert!(
            (got - wanted).abs() <= tolerance,
            "{got} instead of {wanted}"
        );
    }

    /// scipy 1.17's `boxcox` and `yeojohnson`, also at the powers that are
    /// logarithms.
    #[test]
    fn powers_are_scipys() {
        let cases = [
            (
                0.0,
                [-2.625, 1.163_150_809_805_680_9, 1.609_437_912_434_100_3],
            ),
            (
                2.0,
                [-0.916_290_731_874_155_1, 4.62, 11.999_999_999_999_998],
            ),
            (
                0.7,
                [
                    -1.762_273_469_873_533_6,
                    1.796_259_458_652_489,
                    2.978_813_305_142_925_7,
                ],
            ),
        ];
        for (lambda, wanted) in cases {
            for (x, wanted) in [-1.5, 2.2, 4.0].into_iter().zip(wanted) {
                near(yeo_johnson(x, lambda), wanted, 4e-15);
            }
        }
        near(box_cox(1.2, 0.0), 0.182_321_556_793_954_6, 1e-16);
        near(box_cox(0.5, -1.5), -1.218_951_416_497_46, 1e-15);
        near(box_cox(8.1, -1.5), 0.637_747_803_747_888_6, 1e-15);
    }

    #[test]
    fn the_best_powers_are_scipys() {
        near(best_yeo_johnson(&ANY), 0.479_517_649_759_558_96, 1e-7);
        near(
            best_box_cox(&POSITIVE).unwrap(),
            -0.196_179_958_939_040_33,
            1e-7,
        );
        assert_eq!(best_yeo_johnson(&[0.0, 0.0]), 1.0);
    }

    #[test]
    fn a_power_that_overflows_is_none() {
        // 104 is the best one, and to the power of it they are beyond a float.
        let years = [2003.0, 1950.0, 1997.0, 2000.0, 2009.0];
        assert!(matches!(best_box_cox(&years), Err(NoLambda::Overflow(_))));
    }
}
