//! When it is enough: scores after each iteration, and whether they still
//! rise.

use pleat_num::sum::pairwise;

use crate::loss::{Loss, Truth};

/// What is watched.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Scoring {
    Loss,
    /// The estimator's own: accuracy, or the share of variance explained.
    Own,
}

/// When to stop.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Patience {
    pub(crate) scoring: Scoring,
    pub(crate) n_iter_no_change: usize,
    pub(crate) tol: f64,
}

impl Patience {
    /// Whether none of the last scores is better than the one before them.
    pub(crate) fn is_over(&self, scores: &[f64]) -> bool {
        let Some(before) = scores.len().checked_sub(self.n_iter_no_change + 1) else {
            return false;
        };
        let bar = scores[before] + self.tol;
        !scores[before + 1..].iter().any(|score| *score > bar)
    }

    /// The higher, the better.
    pub(crate) fn score(&self, loss: Loss, truth: Truth<'_>, raw: &[Vec<f64>]) -> f64 {
        match (self.scoring, loss) {
            (Scoring::Loss, _) => -loss.mean(truth, raw),
            (Scoring::Own, Loss::Binomial) => {
                truth.mean(|i| hit((raw[0][i] > 0.0) == (truth.y[i] == 1.0)))
            }
            (Scoring::Own, Loss::Multinomial(_)) => truth.mean(|i| {
                let mut best = 0;
                for (k, raw_k) in raw.iter().enumerate() {
                    if raw_k[i] > raw[best][i] {
                        best = k;
                    }
                }
                hit(truth.y[i] == best as f64)
            }),
            (Scoring::Own, _) => explained(loss, truth, &raw[0]),
        }
    }
}

fn hit(right: bool) -> f64 {
    f64::from(u8::from(right))
}

/// R².
fn explained(loss: Loss, truth: Truth<'_>, raw: &[f64]) -> f64 {
    let centre = truth.mean(|i| truth.y[i]);
    let squares = |of: &dyn Fn(usize) -> f64| {
        let square = |i: usize| {
            let weight = truth.weights.map_or(1.0, |weights| weights[i]);
            weight * of(i) * of(i)
        };
        pairwise(&(0..truth.y.len()).map(square).collect::<Vec<_>>())
    };
    let left = squares(&|i| truth.y[i] - loss.answer(raw[i]));
    let all = squares(&|i| truth.y[i] - centre);
    if truth.y.len() < 2 {
        f64::NAN
    } else if all != 0.0 {
        1.0 - left / all
    } else {
        hit(left == 0.0)
    }
}
