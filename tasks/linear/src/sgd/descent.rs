//! One line's descent. Steps, their order, and when they end are
//! scikit-learn's, so the line is the same up to rounding.

use super::holdout;
use super::losses::Loss;
use super::order::shuffle;
use super::vector::{Norms, Vector};
use crate::row_kernels::dot;
use crate::row_major::RowMajor;

/// No derivative counts for more.
const STEEPEST: f64 = 1e12;
/// An adaptive rate is divided by this, and until it is this small.
const ADAPT: (f64, f64) = (5.0, 1e-6);

/// As many numbers stay near the processor.
const NEAR_ANYWAY: usize = 1 << 17;
/// A row of more is long.
const LONG: usize = 256;

/// How long steps are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rate {
    /// Always `eta0`.
    Constant,
    /// 1 / (alpha (t + t0)), after Bottou.
    Optimal,
    /// `eta0 / t^power_t`.
    Inverse,
    /// `eta0`, divided by 5 when nothing improves any more.
    Adaptive,
    /// As long as the row's loss asks for, up to `eta0` (Crammer and others,
    /// JMLR 7, 2006).
    PassiveAggressive,
    /// As long as that, damped by `eta0`.
    PassiveAggressiveSquared,
}

/// What is penalised.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Penalty {
    /// Nothing.
    None,
    /// Squared coefficients.
    Squares,
    /// Absolute and squared ones; the former have this share.
    Mixed(f64),
    /// Absolute ones.
    Absolutes,
}

impl Penalty {
    /// The share of absolute coefficients.
    fn share(self) -> f64 {
        match self {
            Penalty::None | Penalty::Squares => 0.0,
            Penalty::Mixed(share) => share,
            Penalty::Absolutes => 1.0,
        }
    }

    fn cuts(self) -> bool {
        matches!(self, Penalty::Mixed(_) | Penalty::Absolutes)
    }

    fn shrinks(self) -> bool {
        matches!(self, Penalty::Mixed(_) | Penalty::Squares)
    }
}

/// How to descend.
#[derive(Clone, Debug)]
pub struct Descent {
    /// What a row costs.
    pub loss: Loss,
    /// What is penalised.
    pub penalty: Penalty,
    /// How much.
    pub alpha: f64,
    /// Whether the line need not pass through zero.
    pub fit_intercept: bool,
    /// How often all rows are gone over at most, at least once.
    pub max_iter: u64,
    /// What counts as no improvement; always goes on without.
    pub tol: Option<f64>,
    /// Whether rows come in random order.
    pub shuffle: bool,
    /// How long steps are.
    pub rate: Rate,
    /// What the rate starts from.
    pub eta0: f64,
    /// How fast an inverse rate falls.
    pub power_t: f64,
    /// How often in a row nothing improves before it ends.
    pub n_iter_no_change: u64,
    /// The step from which on the mean of the lines is taken; 0 for none.
    pub average: u64,
}

/// What to descend on.
pub struct Task<'a> {
    /// All rows.
    pub rows: &'a RowMajor,
    /// Those meant.
    pub indices: &'a [u32],
    /// Whether targets are classes.
    pub of_classes: bool,
    /// A target for each of these.
    pub y: &'a [f64],
    /// What a step for each of these is multiplied with.
    pub weights: &'a [f64],
    /// What each weighs when the held out are scored.
    pub row_weights: &'a [f64],
    /// Which of them are held out, for early stopping.
    pub held: Option<&'a [bool]>,
    /// Of the order.
    pub seed: u32,
}

/// Coefficients and intercept.
pub type Fitted = (Vec<f64>, f64);

/// Where a descent came to.
pub struct Descended {
    /// The line after the last step.
    pub last: Fitted,
    /// The mean of the lines, if it was asked for.
    pub mean: Option<Fitted>,
    /// How often all rows were gone over.
    pub epochs: u64,
    /// Whether numbers became too large.
    pub overflown: bool,
}

/// One row's share of a task, in one place: rows are taken in random order.
struct Sample {
    row: u32,
    held: bool,
    y: f64,
    weight: f64,
}

impl Task<'_> {
    fn samples(&self) -> Vec<Sample> {
        let sample = |i: usize| Sample {
            row: self.indices[i],
            held: self.held.is_some_and(|held| held[i]),
            y: self.y[i],
            weight: self.weights[i],
        };
        (0..self.indices.len()).map(sample).collect()
    }
}

/// The line under way.
struct State {
    w: Vector,
    intercept: f64,
    mean_intercept: f64,
    /// The step's number, from 1.
    t: f64,
    eta: f64,
    /// How much a coefficient that was never zero would have been cut.
    due: f64,
}

impl Descent {
    /// Descends from zero. `tick` hears of every epoch, and ends the descent
    /// with its error.
    pub fn run<E>(
        &self,
        task: &Task<'_>,
        mut tick: impl FnMut(u64) -> Result<(), E>,
    ) -> Result<Descended, E> {
        let mut state = State {
            w: Vector::new(task.rows.stride(), self.average > 0, self.penalty.cuts()),
            intercept: 0.0,
            mean_intercept: 0.0,
            t: 1.0,
            eta: self.eta0,
            due: 0.0,
        };
        let held = task
            .held
            .map_or(0, |held| held.iter().filter(|h| **h).count());
        let learned = (task.indices.len() - held) as f64;
        let mut samples = task.samples();
        let (mut best, mut unchanged, mut epochs, mut overflown) = (f64::INFINITY, 0, 0, false);
        while epochs < self.max_iter {
            tick(epochs)?;
            epochs += 1;
            if self.shuffle {
                shuffle(&mut samples, task.seed);
            }
            let objective = self.epoch(task, &samples, &mut state);
            if !state.intercept.is_finite() || !state.w.is_finite() {
                overflown = true;
                break;
            }
            // The lower, the better. A score that is NaN is no change for the
            // worse, nor is it remembered.
            let now = match task.held {
                Some(held) => -self.score(task, held, &state),
                None => objective / learned,
            };
            let worse = |tol: f64| match task.held {
                Some(_) => -now < -best + tol,
                None => now > best - tol,
            };
            unchanged = if self.tol.is_some_and(worse) {
                unchanged + 1
            } else {
                0
            };
            if now < best {
                best = now;
            }
            if unchanged >= self.n_iter_no_change {
                if self.rate != Rate::Adaptive || state.eta <= ADAPT.1 {
                    break;
                }
                state.eta /= ADAPT.0;
                unchanged = 0;
            }
        }
        let (last, mean) = state.w.end();
        Ok(Descended {
            last: (last, state.intercept),
            mean: mean.map(|mean| (mean, state.mean_intercept)),
            epochs,
            overflown,
        })
    }

    /// Goes over all rows once. Answers with the sum of what was minimised,
    /// as each row found it.
    fn epoch(&self, task: &Task<'_>, samples: &[Sample], state: &mut State) -> f64 {
        let State { w, intercept, .. } = state;
        let share = self.penalty.share();
        let passive = matches!(
            self.rate,
            Rate::PassiveAggressive | Rate::PassiveAggressiveSquared
        );
        // Before the first step of an optimal rate, a coefficient's size is
        // taken to be 1 / alpha^(1/4).
        let t0 = 1.0 / ((1.0 / self.alpha.sqrt()).sqrt() * self.alpha);
        let norms = match self.penalty {
            _ if task.held.is_some() || passive => Norms::None,
            Penalty::None => Norms::None,
            Penalty::Squares => Norms::Squares,
            Penalty::Mixed(_) | Penalty::Absolutes => Norms::Both,
        };
        let mut objective = 0.0;
        let mut near = Near::new(task.rows);
        for (n, sample) in samples.iter().enumerate() {
            near.bring(task.rows, samples, n);
            if sample.held {
                continue;
            }
            let (row, y) = (near.row(task.rows, samples, n), sample.y);
            let p = w.dot(row) + *intercept;
            match self.rate {
                Rate::Optimal => state.eta = 1.0 / (self.alpha * (t0 + state.t - 1.0)),
                Rate::Inverse => state.eta = self.eta0 / power(state.t, self.power_t),
                _ => {}
            }
            let (loss, slope) = self.loss.at(y, p);
            objective += loss;
            if norms != Norms::None {
                objective +=
                    self.alpha * ((1.0 - share) * 0.5 * w.squares() + share * w.absolutes());
            }
            let mut step = match self.rate {
                Rate::PassiveAggressive => {
                    let length = squares(row);
                    if length == 0.0 {
                        continue;
                    }
                    self.eta0.min(loss / length) * self.towards(y, p)
                }
                Rate::PassiveAggressiveSquared => {
                    loss / (squares(row) + 0.5 / self.eta0) * self.towards(y, p)
                }
                _ => -state.eta * slope.clamp(-STEEPEST, STEEPEST),
            };
            step *= sample.weight;
            if self.penalty.shrinks() {
                w.shrink((1.0 - (1.0 - share) * state.eta * self.alpha).max(0.0));
            }
            if step != 0.0 {
                w.add(row, step, norms);
                if self.fit_intercept {
                    *intercept += step;
                }
            }
            let counted = state.t - self.average as f64 + 1.0;
            if self.average > 0 && counted >= 1.0 {
                w.add_to_mean(row, step, counted);
                state.mean_intercept += (*intercept - state.mean_intercept) / counted;
            }
            if self.penalty.cuts() {
                state.due += share * state.eta * self.alpha;
                w.cut(state.due);
            }
            state.t += 1.0;
        }
        objective
    }

    /// Which way a passive-aggressive step goes.
    fn towards(&self, y: f64, p: f64) -> f64 {
        match self.loss {
            Loss::Hinge { .. } => y,
            _ if y - p < 0.0 => -1.0,
            _ => 1.0,
        }
    }

    /// How well the held out are predicted. As in scikit-learn, it is by the
    /// coefficients without their scale, and where classes are 0 and 1 no row
    /// of the first counts as right.
    fn score(&self, task: &Task<'_>, held: &[bool], state: &State) -> f64 {
        let places: Vec<usize> = (0..held.len()).filter(|i| held[*i]).collect();
        let pick = |all: &[f64]| -> Vec<f64> { places.iter().map(|i| all[*i]).collect() };
        let line = |i: &usize| {
            let row = task.rows.row(task.indices[*i]);
            state.w.unscaled_dot(row) + state.intercept
        };
        let predicted: Vec<f64> = places.iter().map(line).collect();
        let (y, weights) = (pick(task.y), pick(task.row_weights));
        if !task.of_classes {
            return holdout::r2(&y, &predicted, &weights);
        }
        let right = |(y, p): (&f64, &f64)| *y == if *p > 0.0 { 1.0 } else { -1.0 };
        let right: Vec<bool> = y.iter().zip(&predicted).map(right).collect();
        holdout::accuracy(&right, &weights)
    }
}

/// The next few rows of an order, brought together: rows come from anywhere,
/// and so the processor waits for all of them at once.
struct Near {
    values: Vec<f64>,
    stride: usize,
    count: usize,
}

impl Near {
    fn new(rows: &RowMajor) -> Self {
        // Few rows stay near anyway, and a long one is waited for but once.
        let worth_it = rows.len() > NEAR_ANYWAY && rows.stride() <= LONG;
        Near {
            values: Vec::new(),
            stride: rows.stride(),
            count: if worth_it { 16 } else { 0 },
        }
    }

    /// Brings rows from the `n`th sample on, if it is their turn.
    #[inline]
    fn bring(&mut self, rows: &RowMajor, samples: &[Sample], n: usize) {
        if self.count == 0 || !n.is_multiple_of(self.count) {
            return;
        }
        self.values.clear();
        for sample in samples[n..].iter().take(self.count) {
            self.values.extend_from_slice(rows.row(sample.row));
        }
    }

    #[inline]
    fn row<'a>(&'a self, rows: &'a RowMajor, samples: &[Sample], n: usize) -> &'a [f64] {
        match self.count {
            0 => rows.row(samples[n].row),
            count => &self.values[n % count * self.stride..][..self.stride],
        }
    }
}

fn squares(row: &[f64]) -> f64 {
    dot(row, row)
}

/// `t` to this power; the two defaults are roots.
fn power(t: f64, power: f64) -> f64 {
    if power == 0.5 {
        t.sqrt()
    } else if power == 0.25 {
        t.sqrt().sqrt()
    } else {
        pleat_num::math::pow(t, power)
    }
}
