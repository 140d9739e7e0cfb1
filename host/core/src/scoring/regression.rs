//! Scores of numbers. Lengths are equal, not zero, and all values finite.

use pleat_num::math;

use super::Reason;
use super::weighted;

/// Numbers that are true and numbers that were predicted.
pub(super) struct Numbers<'a> {
    pub(super) truth: &'a [f64],
    pub(super) predicted: &'a [f64],
    pub(super) weights: Option<&'a [f64]>,
}

type Score = Result<f64, Reason>;

impl Numbers<'_> {
    /// `f` of the true and the predicted number of each row.
    fn each(&self, f: impl Fn(f64, f64) -> f64) -> Vec<f64> {
        let pairs = self.truth.iter().zip(self.predicted);
        pairs.map(|(t, p)| f(*t, *p)).collect()
    }

    fn mean(&self, f: impl Fn(f64, f64) -> f64) -> f64 {
        weighted::average(&self.each(f), self.weights)
    }

    fn absolute_errors(&self) -> Vec<f64> {
        self.each(|t, p| (p - t).abs())
    }

    /// The first number that is not allowed, the truth's before the
    /// prediction's.
    fn require(
        &self,
        truth: (impl Fn(f64) -> bool, &'static str),
        predicted: (impl Fn(f64) -> bool, &'static str),
    ) -> Result<(), Reason> {
        let first = |what, values: &[f64], allows: &dyn Fn(f64) -> bool, allowed| {
            let row = values.iter().position(|x| !allows(*x))?;
            Some(Reason::OutOfDomain {
                what,
                row,
                value: values[row],
                allowed,
            })
        };
        let reason = first("target", self.truth, &truth.0, truth.1)
            .or_else(|| first("prediction", self.predicted, &predicted.0, predicted.1));
        reason.map_or(Ok(()), Err)
    }
}

/// What share of `total` was not `missed`: 1 if nothing was, and 0 if
/// something was where there is nothing to explain.
fn explained(missed: f64, total: f64) -> f64 {
    match (missed == 0.0, total == 0.0) {
        (true, _) => 1.0,
        (false, true) => 0.0,
        (false, false) => 1.0 - missed / total,
    }
}

fn square(x: f64) -> f64 {
    x * x
}

/// 1 for a constant truth that is met exactly, 0 for one that is not, NaN for
/// fewer than two rows.
pub(super) fn r2(of: &Numbers<'_>) -> Score {
    if of.truth.len() < 2 {
        return Ok(f64::NAN);
    }
    let mean = weighted::average(of.truth, of.weights);
    let missed = weighted::total(&of.each(|t, p| square(t - p)), of.weights);
    let total = weighted::total(&of.each(|t, _| square(t - mean)), of.weights);
    Ok(explained(missed, total))
}

/// Unlike `r2`, a constant error costs nothing, and one row has a score.
pub(super) fn explained_variance(of: &Numbers<'_>) -> Score {
    let bias = of.mean(|t, p| t - p);
    let mean = weighted::average(of.truth, of.weights);
    let missed = of.mean(|t, p| square(t - p - bias));
    let total = of.mean(|t, _| square(t - mean));
    Ok(explained(missed, total))
}

pub(super) fn d2_absolute_error(of: &Numbers<'_>) -> Score {
    if of.truth.len() < 2 {
        return Ok(f64::NAN);
    }
    // scikit-learn takes the weighted median here, also without weights.
    let ones = vec![1.0; of.truth.len()];
    let median = weighted::median(of.truth, Some(of.weights.unwrap_or(&ones)));
    let missed = of.mean(|t, p| 0.5 * (t - p).abs());
    let total = of.mean(|t, _| 0.5 * (t - median).abs());
    Ok(explained(missed, total))
}

pub(super) fn neg_max_error(of: &Numbers<'_>) -> Score {
    Ok(-of.absolute_errors().into_iter().fold(0.0, f64::max))
}

pub(super) fn neg_mean_absolute_error(of: &Numbers<'_>) -> Score {
    Ok(-weighted::average(&of.absolute_errors(), of.weights))
}

pub(super) fn neg_median_absolute_error(of: &Numbers<'_>) -> Score {
    Ok(-weighted::median(&of.absolute_errors(), of.weights))
}

/// A truth of 0 counts as one machine epsilon.
pub(super) fn neg_mean_absolute_percentage_error(of: &Numbers<'_>) -> Score {
    Ok(-of.mean(|t, p| (p - t).abs() / t.abs().max(f64::EPSILON)))
}

pub(super) fn neg_mean_squared_error(of: &Numbers<'_>) -> Score {
    Ok(-of.mean(|t, p| square(t - p)))
}

pub(super) fn neg_root_mean_squared_error(of: &Numbers<'_>) -> Score {
    Ok(-of.mean(|t, p| square(t - p)).sqrt())
}

fn mean_squared_log_error(of: &Numbers<'_>) -> Score {
    let allowed = "more than -1";
    of.require((|t| t > -1.0, allowed), (|p| p > -1.0, allowed))?;
    Ok(of.mean(|t, p| square(math::ln_1p(t) - math::ln_1p(p))))
}

pub(super) fn neg_mean_squared_log_error(of: &Numbers<'_>) -> Score {
    mean_squared_log_error(of).map(|x| -x)
}

pub(super) fn neg_root_mean_squared_log_error(of: &Numbers<'_>) -> Score {
    mean_squared_log_error(of).map(|x| -x.sqrt())
}

pub(super) fn neg_mean_poisson_deviance(of: &Numbers<'_>) -> Score {
    of.require((|t| t >= 0.0, "at least 0"), (|p| p > 0.0, "more than 0"))?;
    let log = |t: f64, p: f64| if t == 0.0 { 0.0 } else { t * math::ln(t / p) };
    Ok(-of.mean(|t, p| 2.0 * (log(t, p) - t + p)))
}

pub(super) fn neg_mean_gamma_deviance(of: &Numbers<'_>) -> Score {
    let allowed = "more than 0";
    of.require((|t| t > 0.0, allowed), (|p| p > 0.0, allowed))?;
    Ok(-of.mean(|t, p| 2.0 * (math::ln(p / t) + t / p - 1.0)))
}
