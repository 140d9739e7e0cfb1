//! The losses: what a prediction without features is, gradients and hessians,
//! and the mean loss itself, which stops the search early.
//!
//! Gradients are worked out in double precision and kept in single, as
//! scikit-learn keeps them.

use pleat_num::exp::exp_each;
use pleat_num::math::{exp, ln, ln_1p};
use pleat_num::sum::{mean, pairwise};
use serde::{Deserialize, Serialize};

use crate::quantiles::{median, quantile, weighted};

/// What is minimised.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Loss {
    SquaredError,
    AbsoluteError,
    Quantile(f64),
    Poisson,
    Gamma,
    /// Of two classes, or one.
    Binomial,
    /// Of several, one raw prediction each.
    Multinomial(usize),
}

/// Targets with their weights; a target is a class's place where there are classes.
#[derive(Clone, Copy)]
pub(crate) struct Truth<'a> {
    pub(crate) y: &'a [f64],
    pub(crate) weights: Option<&'a [f64]>,
}

impl Truth<'_> {
    /// The weighted mean of something of each row.
    pub(crate) fn mean(&self, of: impl Fn(usize) -> f64) -> f64 {
        let values: Vec<f64> = (0..self.y.len()).map(of).collect();
        match self.weights {
            None => mean(&values),
            Some(weights) => {
                let products: Vec<f64> = values.iter().zip(weights).map(|(x, w)| x * w).collect();
                pairwise(&products) / pairwise(weights)
            }
        }
    }
}

/// Rows whose exponentials are worked out at once.
const BATCH: usize = 256;

/// As far from an end of (0, 1) as a probability is kept.
const MARGIN: f64 = 10.0 * f64::EPSILON;

impl Loss {
    /// How many trees an iteration grows: raw predictions a row.
    pub(crate) fn trees(self) -> usize {
        match self {
            Loss::Multinomial(classes) => classes,
            _ => 1,
        }
    }

    /// Whether all hessians are 1 as long as there are no weights.
    pub(crate) fn constant_hessian(self) -> bool {
        matches!(
            self,
            Loss::SquaredError | Loss::AbsoluteError | Loss::Quantile(_)
        )
    }

    /// The best raw predictions of a model without features.
    pub(crate) fn intercept(self, truth: Truth<'_>) -> Vec<f64> {
        let average = || truth.mean(|i| truth.y[i]);
        match self {
            Loss::SquaredError => vec![average()],
            Loss::AbsoluteError | Loss::Quantile(_) => {
                vec![self.step(truth.y.to_vec(), truth.weights)]
            }
            Loss::Poisson | Loss::Gamma => vec![ln(average().max(MARGIN))],
            Loss::Binomial => vec![logit(average().clamp(MARGIN, 1.0 - MARGIN))],
            Loss::Multinomial(classes) => {
                let share = |k: usize| {
                    let share = truth.mean(|i| f64::from(u8::from(truth.y[i] == k as f64)));
                    share.clamp(f64::EPSILON, 1.0 - f64::EPSILON)
                };
                let shares: Vec<f64> = (0..classes).map(share).collect();
                let logs: Vec<f64> = shares.iter().map(|p| ln(*p)).collect();
                let centre = exp(mean(&logs));
                shares.iter().map(|p| ln(p / centre)).collect()
            }
        }
    }

    /// Whether leaves are to be asked again for their best step, since the
    /// loss has no second derivative that would tell.
    pub(crate) fn steps(self) -> bool {
        matches!(self, Loss::AbsoluteError | Loss::Quantile(_))
    }

    /// The best constant for these residuals, of a loss that [steps](Self::steps).
    pub(crate) fn step(self, mut residuals: Vec<f64>, weights: Option<&[f64]>) -> f64 {
        let level = match self {
            Loss::Quantile(level) => level,
            _ => 0.5,
        };
        match (weights, self) {
            (Some(weights), _) => weighted(&residuals, weights, level),
            (None, Loss::Quantile(_)) => quantile(&mut residuals, level),
            (None, _) => median(&mut residuals),
        }
    }

    /// The answer in a raw prediction, of a regressor.
    pub(crate) fn answer(self, raw: f64) -> f64 {
        match self {
            Loss::Poisson | Loss::Gamma => exp(raw),
            _ => raw,
        }
    }

    /// Gradients and hessians of all rows; of hessians that are all 1 none.
    /// `raw` has a column for each tree.
    pub(crate) fn gradients(
        self,
        truth: Truth<'_>,
        raw: &[Vec<f64>],
        gradients: &mut [Vec<f32>],
        hessians: &mut [Vec<f32>],
    ) {
        if let Loss::Multinomial(_) = self {
            return softmax_gradients(truth, raw, gradients, hessians);
        }
        let constant = self.constant_hessian() && truth.weights.is_none();
        let sign = match self {
            Loss::Poisson => 1.0,
            _ => -1.0,
        };
        let mut exponentials = [0.0; BATCH];
        for (b, batch) in raw[0].chunks(BATCH).enumerate() {
            if !self.constant_hessian() {
                let arguments = exponentials.iter_mut().zip(batch);
                arguments.for_each(|(e, raw)| *e = sign * raw);
                exp_each(&mut exponentials[..batch.len()]);
            }
            for (j, (raw, e)) in batch.iter().zip(&exponentials).enumerate() {
                let i = b * BATCH + j;
                let (gradient, hessian) = self.pair(truth.y[i], *raw, *e);
                let weight = truth.weights.map_or(1.0, |weights| weights[i]);
                gradients[0][i] = (weight * gradient) as f32;
                if !constant {
                    hessians[0][i] = (weight * hessian) as f32;
                }
            }
        }
    }

    /// Gradient and hessian of a row. `e` is the exponential of the raw
    /// prediction, or of its negative, where one is needed.
    fn pair(self, y: f64, raw: f64, e: f64) -> (f64, f64) {
        match self {
            Loss::SquaredError => (raw - y, 1.0),
            Loss::AbsoluteError => (if raw > y { 1.0 } else { -1.0 }, 1.0),
            Loss::Quantile(level) => (if y >= raw { -level } else { 1.0 - level }, 1.0),
            Loss::Poisson => (e - y, e),
            Loss::Gamma => (1.0 - y * e, e * y),
            Loss::Binomial if raw > -37.0 => {
                let p = 1.0 + e;
                (((1.0 - y) - y * e) / p, e / (p * p))
            }
            Loss::Binomial | Loss::Multinomial(_) => {
                let e = exp(raw);
                (e - y, e)
            }
        }
    }

    /// The mean loss, up to what does not depend on predictions.
    pub(crate) fn mean(self, truth: Truth<'_>, raw: &[Vec<f64>]) -> f64 {
        let mut p = vec![0.0; self.trees()];
        let mut losses = Vec::with_capacity(truth.y.len());
        for (i, y) in truth.y.iter().enumerate() {
            let x = raw[0][i];
            losses.push(match self {
                Loss::SquaredError => 0.5 * (x - y) * (x - y),
                Loss::AbsoluteError => (x - y).abs(),
                Loss::Quantile(level) if *y >= x => level * (y - x),
                Loss::Quantile(level) => (1.0 - level) * (x - y),
                Loss::Poisson => exp(x) - y * x,
                Loss::Gamma => x + y * exp(-x),
                Loss::Binomial => ln_1p_exp(x) - y * x,
                Loss::Multinomial(_) => {
                    let highest = exponentials(raw, i, &mut p);
                    ln(total(&p)) + highest - raw[*y as usize][i]
                }
            });
        }
        truth.mean(|i| losses[i])
    }
}

/// Gradients and hessians of several classes: a batch of rows at a time, class
/// by class.
fn softmax_gradients(
    truth: Truth<'_>,
    raw: &[Vec<f64>],
    gradients: &mut [Vec<f32>],
    hessians: &mut [Vec<f32>],
) {
    let mut p = vec![[0.0; BATCH]; raw.len()];
    for from in (0..truth.y.len()).step_by(BATCH) {
        let rows = from..(from + BATCH).min(truth.y.len());
        let n = rows.len();
        let mut highest = [f64::NEG_INFINITY; BATCH];
        for raw in raw {
            for (highest, raw) in highest.iter_mut().zip(&raw[rows.clone()]) {
                *highest = if *highest < *raw { *raw } else { *highest };
            }
        }
        let mut sums = [0.0; BATCH];
        for (p, raw) in p.iter_mut().zip(raw) {
            for ((p, raw), highest) in p.iter_mut().zip(&raw[rows.clone()]).zip(&highest) {
                *p = raw - highest;
            }
            exp_each(&mut p[..n]);
            for (sum, p) in sums.iter_mut().zip(p) {
                *sum += *p;
            }
        }
        for (k, p) in p.iter().enumerate() {
            let out = gradients[k][rows.clone()]
                .iter_mut()
                .zip(&mut hessians[k][rows.clone()]);
            for (j, (gradient, hessian)) in out.enumerate() {
                let weight = truth.weights.map_or(1.0, |weights| weights[from + j]);
                let hit = f64::from(u8::from(truth.y[from + j] == k as f64));
                let p = p[j] / sums[j];
                *gradient = ((p - hit) * weight) as f32;
                *hessian = (p * (1.0 - p) * weight) as f32;
            }
        }
    }
}

/// The exponentials of a row's raw predictions over the highest one's, which
/// is the answer.
fn exponentials(raw: &[Vec<f64>], row: usize, p: &mut [f64]) -> f64 {
    let mut highest = raw[0][row];
    for raw in &raw[1..] {
        if highest < raw[row] {
            highest = raw[row];
        }
    }
    for (p, raw) in p.iter_mut().zip(raw) {
        *p = exp(raw[row] - highest);
    }
    highest
}

/// One after the other.
fn total(p: &[f64]) -> f64 {
    p.iter().fold(0.0, |sum, p| sum + p)
}

/// Probabilities from the raw predictions of a row.
pub(crate) fn softmax(raw: &mut [f64]) {
    let highest = raw.iter().fold(f64::NEG_INFINITY, |a, b| a.max(*b));
    raw.iter_mut().for_each(|x| *x = exp(*x - highest));
    let sum = total(raw);
    raw.iter_mut().for_each(|p| *p /= sum);
}

/// The logistic function.
pub(crate) fn expit(x: f64) -> f64 {
    1.0 / (1.0 + exp(-x))
}

fn logit(p: f64) -> f64 {
    if (0.3..=0.65).contains(&p) {
        let s = 2.0 * (p - 0.5);
        return ln_1p(s) - ln_1p(-s);
    }
    ln(p / (1.0 - p))
}

/// `ln(1 + exp(x))` without overflow (Maechler, 2012, "Accurately Computing
/// log(1 - exp(-|a|))").
fn ln_1p_exp(x: f64) -> f64 {
    if x <= -37.0 {
        exp(x)
    } else if x <= -2.0 {
        ln_1p(exp(x))
    } else if x <= 18.0 {
        ln(1.0 + exp(x))
    } else if x <= 33.3 {
        x + exp(-x)
    } else {
        x
    }
}
