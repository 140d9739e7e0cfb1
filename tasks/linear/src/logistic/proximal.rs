//! Minimising with a penalty on the absolute coefficients: Newton steps on the
//! loss, each found by coordinate descent.
//!
//! Yuan, Ho and Lin, An improved GLMNET for l1-regularized logistic
//! regression, JMLR 13 (2012). The second derivatives are never written down:
//! the descent keeps what the step so far does to every row's scores.

use pleat_num::dense::{axpy, dot, transpose};

use super::loss::Loss;
use super::{Minimum, STUCK, TOO_FEW};

/// Decrease asked for, as a share of what a step promises.
const DECREASE: f64 = 1e-3;
/// How often a step is halved.
const HALVINGS: usize = 30;
/// Passes over the coordinates that one step may take.
const PASSES: usize = 1000;
/// Differences of the loss below this share of it are rounding.
const ROUNDING: f64 = 16.0 * f64::EPSILON;

/// Minimises the loss and `l1` times the absolute coefficients from the
/// origin until no number of the flattest subgradient is above `tol`. `tick`
/// hears of every step, and ends the search with its error.
pub fn minimise<E>(
    loss: &Loss,
    l1: f64,
    tol: f64,
    max_iter: u64,
    mut tick: impl FnMut(u64) -> Result<(), E>,
) -> Result<Minimum, E> {
    let penalties: Vec<f64> = (0..loss.dimension())
        .map(|place| if loss.penalised(place) { l1 } else { 0.0 })
        .collect();
    let norm = |at: &[f64]| -> f64 { at.iter().zip(&penalties).map(|(w, l)| l * w.abs()).sum() };
    let columns: Vec<Vec<f64>> = (0..loss.width())
        .map(|i| loss.columns().vector(i))
        .collect();
    let mut at = vec![0.0; loss.dimension()];
    let mut probabilities = loss.raw(&at);
    let (mut value, mut gradient) = loss.value_and_gradient(&at, &mut probabilities);
    let mut iterations = 0;
    let trouble = loop {
        let steep = steepest(&gradient, &at, &penalties);
        if steep <= tol {
            break None;
        }
        if iterations >= max_iter {
            break Some(TOO_FEW);
        }
        tick(iterations)?;
        iterations += 1;
        let step =
            Model::new(loss, &columns, &probabilities, &gradient, &at, &penalties).step(steep);
        let mut end = at.clone();
        axpy(1.0, &step, &mut end);
        let promised = dot(&gradient, &step) + norm(&end) - norm(&at);
        let before = value + norm(&at);
        let mut share = 1.0;
        let mut found = None;
        for _ in 0..HALVINGS {
            let mut there = at.clone();
            axpy(share, &step, &mut there);
            if share == 1.0 {
                // Exactly zero where the step says so.
                there.clone_from(&end);
            }
            let mut raw = loss.raw(&there);
            let (new, slopes) = loss.value_and_gradient(&there, &mut raw);
            let after = new + norm(&there);
            let lower = after <= before + DECREASE * share * promised;
            let same = (after - before).abs() <= ROUNDING * before.abs().max(1.0);
            if lower || (same && steepest(&slopes, &there, &penalties) < steep) {
                found = Some((there, raw, new, slopes));
                break;
            }
            share /= 2.0;
        }
        match found {
            Some(found) => (at, probabilities, value, gradient) = found,
            None => break Some(STUCK),
        }
    };
    Ok(Minimum {
        at,
        iterations,
        trouble,
    })
}

/// The largest number of the flattest subgradient.
fn steepest(gradient: &[f64], at: &[f64], penalties: &[f64]) -> f64 {
    let places = gradient.iter().zip(at).zip(penalties);
    places
        .map(|((g, w), penalty)| violation(*g, *w, *penalty))
        .fold(0.0, f64::max)
}

/// How far a place is from where it should be, as a slope.
fn violation(slope: f64, w: f64, penalty: f64) -> f64 {
    if w == 0.0 {
        (slope.abs() - penalty).max(0.0)
    } else {
        (slope + penalty * w.signum()).abs()
    }
}

/// The loss to second order around a point, and a step from there.
struct Model<'a> {
    loss: &'a Loss,
    columns: &'a [Vec<f64>],
    gradient: &'a [f64],
    at: &'a [f64],
    penalties: &'a [f64],
    /// One score after the other.
    probabilities: Vec<f64>,
    /// Each place's second derivative.
    curvatures: Vec<f64>,
    step: Vec<f64>,
    /// What the step does to each score of each row.
    moved: Vec<f64>,
    /// Its mean over the scores of a row, by their probabilities; unused for
    /// two classes.
    mean: Vec<f64>,
}

impl<'a> Model<'a> {
    fn new(
        loss: &'a Loss,
        columns: &'a [Vec<f64>],
        probabilities: &[f64],
        gradient: &'a [f64],
        at: &'a [f64],
        penalties: &'a [f64],
    ) -> Self {
        let rows = loss.rows();
        let probabilities = transpose(probabilities, loss.scores());
        let mut curvatures = Vec::with_capacity(at.len());
        for score in 0..loss.scores() {
            let p = &probabilities[score * rows..(score + 1) * rows];
            let of_rows: Vec<f64> = p
                .iter()
                .zip(loss.shares())
                .map(|(p, share)| share * p * (1.0 - p))
                .collect();
            for (column, x) in columns.iter().enumerate() {
                let sum: f64 = x.iter().zip(&of_rows).map(|(x, c)| x * x * c).sum();
                curvatures.push(sum + loss.penalty(score * columns.len() + column));
            }
        }
        Model {
            loss,
            columns,
            gradient,
            at,
            penalties,
            probabilities,
            curvatures,
            step: vec![0.0; at.len()],
            moved: vec![0.0; loss.scores() * rows],
            mean: vec![0.0; rows],
        }
    }

    /// The step, found the more exactly the closer the end is.
    fn step(mut self, steep: f64) -> Vec<f64> {
        let enough = steep * steep.sqrt().min(0.1);
        let all: Vec<usize> = (0..self.at.len()).collect();
        let mut active = all.clone();
        for _ in 0..PASSES {
            let whole = active.len() == all.len();
            let mut worst = 0.0_f64;
            for place in &active {
                worst = worst.max(self.improve(*place));
            }
            if worst <= enough {
                if whole {
                    break;
                }
                // What was left out may have come to matter.
                active.clone_from(&all);
            } else if whole {
                active.retain(|place| self.matters(*place));
            }
        }
        self.step
    }

    /// Whether a place is not at rest at zero.
    fn matters(&self, place: usize) -> bool {
        self.at[place] + self.step[place] != 0.0
            || violation(self.slope(place), 0.0, self.penalties[place]) > 0.0
    }

    /// The model's slope at the step.
    fn slope(&self, place: usize) -> f64 {
        let (rows, width) = (self.loss.rows(), self.loss.width());
        let (score, column) = (place / width, place % width);
        let x = &self.columns[column];
        let p = &self.probabilities[score * rows..(score + 1) * rows];
        let moved = &self.moved[score * rows..(score + 1) * rows];
        let mut sum = 0.0;
        if self.loss.scores() == 1 {
            for (row, x) in x.iter().enumerate() {
                sum += x * self.loss.shares()[row] * p[row] * (1.0 - p[row]) * moved[row];
            }
        } else {
            for (row, x) in x.iter().enumerate() {
                sum += x * self.loss.shares()[row] * p[row] * (moved[row] - self.mean[row]);
            }
        }
        self.gradient[place] + sum + self.loss.penalty(place) * self.step[place]
    }

    /// Moves one place to where the model is least. Answers with how far it
    /// was from there, as a slope.
    fn improve(&mut self, place: usize) -> f64 {
        let (curvature, penalty) = (self.curvatures[place], self.penalties[place]);
        let slope = self.slope(place);
        let w = self.at[place] + self.step[place];
        let violation = violation(slope, w, penalty);
        if curvature <= 0.0 || violation == 0.0 {
            return 0.0;
        }
        let free = curvature * w - slope;
        let kept = (free.abs() - penalty).max(0.0);
        let wanted = if kept == 0.0 {
            0.0
        } else {
            free.signum() * kept / curvature
        };
        // So that the place itself, not only its distance, becomes zero.
        let target = wanted - self.at[place];
        let by = target - self.step[place];
        self.step[place] = target;
        let (rows, width) = (self.loss.rows(), self.loss.width());
        let (score, column) = (place / width, place % width);
        let x = &self.columns[column];
        axpy(by, x, &mut self.moved[score * rows..(score + 1) * rows]);
        if self.loss.scores() > 1 {
            let p = &self.probabilities[score * rows..(score + 1) * rows];
            for ((mean, x), p) in self.mean.iter_mut().zip(x).zip(p) {
                *mean += by * x * p;
            }
        }
        violation
    }
}
