//! What a network's answers cost, and what its last layer makes of its sums.

use pleat_num::exp::exp_each;
use pleat_num::math;
use serde::{Deserialize, Serialize};

/// A loss with the function of the last layer that belongs to it: of each pair
/// the slope by the sums is answer minus truth.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Loss {
    /// Half the squared error of the sum itself.
    Squared,
    /// Half the Poisson deviance of exp(sum).
    Poisson,
    /// The log loss of one probability, of class 1; the truth is 0 or 1.
    Binary,
    /// The log loss of a probability for each class; the truth is a class's
    /// place.
    Softmax,
}

impl Loss {
    /// Adds the intercepts to rows of sums, and turns them into answers.
    pub fn apply(self, sums: &mut [f64], intercepts: &[f64]) {
        for row in sums.chunks_exact_mut(intercepts.len()) {
            for (x, b) in row.iter_mut().zip(intercepts) {
                *x += b;
            }
            match self {
                Loss::Squared | Loss::Poisson => {}
                Loss::Binary => row.iter_mut().for_each(|x| *x = -*x),
                Loss::Softmax => {
                    let most = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                    row.iter_mut().for_each(|x| *x -= most);
                }
            }
        }
        if self == Loss::Squared {
            return;
        }
        exp_each(sums);
        match self {
            Loss::Squared | Loss::Poisson => {}
            Loss::Binary => sums.iter_mut().for_each(|x| *x = 1.0 / (1.0 + *x)),
            Loss::Softmax => {
                for row in sums.chunks_exact_mut(intercepts.len()) {
                    let sum: f64 = row.iter().sum();
                    row.iter_mut().for_each(|x| *x /= sum);
                }
            }
        }
    }

    /// What one row's answers cost.
    fn of(self, answers: &[f64], truth: f64) -> f64 {
        let log = |p: f64| -math::ln(p.clamp(f64::EPSILON, 1.0 - f64::EPSILON));
        match self {
            Loss::Squared => 0.5 * ((truth - answers[0]) * (truth - answers[0])),
            Loss::Poisson => {
                let logarithm = match truth {
                    0.0 => 0.0,
                    _ => truth * math::ln(truth / answers[0]),
                };
                logarithm - truth + answers[0]
            }
            Loss::Binary if truth == 1.0 => log(answers[0]),
            // Clipped before it is taken from 1, as scikit-learn does.
            Loss::Binary => -math::ln(1.0 - answers[0].clamp(f64::EPSILON, 1.0 - f64::EPSILON)),
            Loss::Softmax => log(answers[truth as usize]),
        }
    }

    /// The average over rows of `width` answers, by weight where there are
    /// weights of this sum. The slope by each sum takes the answers' place.
    pub fn average(
        self,
        answers: &mut [f64],
        width: usize,
        truth: &[f64],
        weights: Option<&[f64]>,
        weight: f64,
    ) -> f64 {
        let mut total = 0.0;
        for (i, (row, truth)) in answers.chunks_exact_mut(width).zip(truth).enumerate() {
            let cost = self.of(row, *truth);
            match self {
                Loss::Softmax => row[*truth as usize] -= 1.0,
                _ => row[0] -= truth,
            }
            match weights {
                Some(weights) => {
                    total += weights[i] * cost;
                    row.iter_mut().for_each(|d| *d *= weights[i]);
                }
                None => total += cost,
            }
        }
        total / weight
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slopes_are_those_of_the_losses() {
        for loss in [Loss::Squared, Loss::Poisson, Loss::Binary, Loss::Softmax] {
            let width = if loss == Loss::Softmax { 3 } else { 1 };
            for truth in [0.0, 1.0] {
                let sums = [0.3, -1.1, 0.7];
                let of = |sums: &[f64]| {
                    let mut answers = sums[..width].to_vec();
                    loss.apply(&mut answers, &vec![0.1; width]);
                    let weights = Some([0.5].as_slice());
                    let value = loss.average(&mut answers, width, &[truth], weights, 0.5);
                    (value, answers)
                };
                let slopes = of(&sums).1;
                for i in 0..width {
                    let (mut low, mut high) = (sums, sums);
                    low[i] -= 1e-6;
                    high[i] += 1e-6;
                    let measured = (of(&high).0 - of(&low).0) / 2e-6;
                    assert!((slopes[i] / 0.5 - measured).abs() < 1e-8, "{loss:?} {i}");
                }
            }
        }
    }
}
