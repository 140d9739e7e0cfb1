//! What is minimised: where predictions start, which way each row pulls them,
//! and how far off they are. Formulas are scikit-learn's, cases included.

use pleat_num::math::{exp, ln, ln_1p};
use pleat_num::sum::pairwise;

use super::percentile::{interpolated, weighted};

/// A loss. Classes are told by their places.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Loss {
    Squared,
    Absolute,
    /// Squared up to this percentile of the distances, absolute beyond.
    Huber(f64),
    /// Of this percentile.
    Quantile(f64),
    /// log_loss of two classes,
    Binomial,
    /// and of so many.
    Multinomial(usize),
    /// Of two classes.
    Exponential,
}

/// Numbers that are learned, with their weights, if they have any.
#[derive(Clone, Debug)]
pub(crate) struct Truth {
    pub(crate) numbers: Vec<f64>,
    pub(crate) weights: Option<Vec<f64>>,
}

impl Truth {
    pub(crate) fn weight(&self, row: usize) -> f64 {
        self.weights.as_ref().map_or(1.0, |w| w[row])
    }

    /// numpy's weighted average of something by row.
    fn average(&self, amounts: Vec<f64>) -> f64 {
        let n = amounts.len() as f64;
        let Some(weights) = &self.weights else {
            return pairwise(&amounts) / n;
        };
        let products: Vec<f64> = amounts.iter().zip(weights).map(|(a, w)| a * w).collect();
        pairwise(&products) / pairwise(weights)
    }
}

impl Loss {
    /// How many numbers are predicted of a row: so many trees are grown at a
    /// time.
    pub(crate) fn outputs(self) -> usize {
        match self {
            Loss::Multinomial(classes) => classes,
            _ => 1,
        }
    }

    /// What is predicted of every row before there is a tree.
    pub(crate) fn start(self, truth: &Truth) -> Vec<f64> {
        let percentile = |share| match &truth.weights {
            None => interpolated(&truth.numbers, share),
            Some(weights) => {
                let pairs = truth.numbers.iter().copied().zip(weights.iter().copied());
                weighted(&mut pairs.collect::<Vec<_>>(), share)
            }
        };
        let share = |class: f64| {
            let is = |y: &f64| f64::from(u8::from(*y == class));
            let share = truth.average(truth.numbers.iter().map(is).collect());
            share.clamp(f64::EPSILON, 1.0 - f64::EPSILON)
        };
        let logit = |share: f64| ln(share / (1.0 - share));
        match self {
            Loss::Squared => vec![truth.average(truth.numbers.clone())],
            Loss::Absolute | Loss::Huber(_) => vec![percentile(0.5)],
            Loss::Quantile(alpha) => vec![percentile(alpha)],
            Loss::Binomial => vec![logit(share(1.0))],
            Loss::Exponential => vec![0.5 * logit(share(1.0))],
            Loss::Multinomial(classes) => {
                let logs: Vec<f64> = (0..classes).map(|c| ln(share(c as f64))).collect();
                let mean = pairwise(&logs) / classes as f64;
                logs.iter().map(|log| log - mean).collect()
            }
        }
    }

    /// From which distance on a row pulls no harder; infinite for losses that
    /// know none.
    pub(crate) fn delta(self, truth: &Truth, raw: &[f64]) -> f64 {
        let Loss::Huber(alpha) = self else {
            return f64::INFINITY;
        };
        let distance =
            |(row, (y, raw)): (usize, (&f64, &f64))| ((y - raw).abs(), truth.weight(row));
        let pairs = truth.numbers.iter().zip(raw).enumerate().map(distance);
        weighted(&mut pairs.collect::<Vec<_>>(), alpha)
    }

    /// The negative gradient by row, one output after the other, as are the
    /// predictions.
    pub(crate) fn pulls(self, truth: &Truth, raw: &[f64], delta: f64, out: &mut Vec<f64>) {
        out.clear();
        let pairs = truth.numbers.iter().zip(raw);
        match self {
            Loss::Squared => out.extend(pairs.map(|(y, raw)| y - raw)),
            Loss::Absolute => out.extend(pairs.map(|(y, raw)| if raw > y { -1.0 } else { 1.0 })),
            Loss::Huber(_) => out.extend(pairs.map(|(y, raw)| {
                let off = raw - y;
                if off.abs() <= delta {
                    -off
                } else if off >= 0.0 {
                    -delta
                } else {
                    delta
                }
            })),
            Loss::Quantile(alpha) => {
                out.extend(pairs.map(|(y, raw)| if y >= raw { alpha } else { alpha - 1.0 }));
            }
            Loss::Binomial => out.extend(pairs.map(|(y, raw)| {
                if *raw > -37.0 {
                    let e = exp(-raw);
                    (y * e - (1.0 - y)) / (1.0 + e)
                } else {
                    y - exp(*raw)
                }
            })),
            Loss::Exponential => out.extend(pairs.map(|(y, raw)| {
                let e = exp(*raw);
                y / e - (1.0 - y) * e
            })),
            Loss::Multinomial(classes) => {
                out.resize(raw.len(), 0.0);
                let n = truth.numbers.len();
                let mut of_row = vec![0.0; classes];
                for (row, class) in truth.numbers.iter().enumerate() {
                    softmax((0..classes).map(|k| raw[k * n + row]), &mut of_row);
                    for (k, share) in of_row.iter().enumerate() {
                        let is = f64::from(u8::from(*class == k as f64));
                        out[k * n + row] = is - share;
                    }
                }
            }
        }
    }

    /// The mean loss, twice as much where scikit-learn halves it.
    pub(crate) fn mean(self, truth: &Truth, raw: &[f64], delta: f64) -> f64 {
        let n = truth.numbers.len();
        let of_row = |row: usize| {
            let (y, raw_y) = (truth.numbers[row], raw[row]);
            let off = (y - raw_y).abs();
            match self {
                Loss::Squared => off * off,
                Loss::Absolute => off,
                Loss::Huber(_) if off <= delta => 0.5 * off * off,
                Loss::Huber(_) => delta * (off - 0.5 * delta),
                Loss::Quantile(alpha) if y >= raw_y => alpha * off,
                Loss::Quantile(alpha) => (1.0 - alpha) * off,
                Loss::Binomial => 2.0 * (ln_1p_exp(raw_y) - y * raw_y),
                Loss::Exponential => {
                    let e = exp(raw_y);
                    y / e + (1.0 - y) * e
                }
                Loss::Multinomial(classes) => {
                    let of_row = || (0..classes).map(|k| raw[k * n + row]);
                    let highest = of_row().fold(f64::NEG_INFINITY, f64::max);
                    let sum: f64 = of_row().map(|raw| exp(raw - highest)).sum();
                    ln(sum) + highest - raw[y as usize * n + row]
                }
            }
        };
        truth.average((0..n).map(of_row).collect())
    }

    /// The classes' probabilities by what was predicted of a row.
    pub(crate) fn probabilities(self, raw: &[f64], out: &mut [f64]) {
        let of_second = |raw: f64| 1.0 / (1.0 + exp(-raw));
        match self {
            Loss::Multinomial(_) => softmax(raw.iter().copied(), out),
            Loss::Exponential => out[1] = of_second(2.0 * raw[0]),
            _ => out[1] = of_second(raw[0]),
        }
        if self.outputs() == 1 {
            out[0] = 1.0 - out[1];
        }
    }
}

fn softmax(raw: impl Iterator<Item = f64> + Clone, out: &mut [f64]) {
    let highest = raw.clone().fold(f64::NEG_INFINITY, f64::max);
    let mut sum = 0.0;
    for (out, raw) in out.iter_mut().zip(raw) {
        *out = exp(raw - highest);
        sum += *out;
    }
    out.iter_mut().for_each(|share| *share /= sum);
}

/// ln(1 + e^x) without overflow (M. Mächler, "Accurately computing
/// log(1 - exp(-|a|))", 2012).
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
