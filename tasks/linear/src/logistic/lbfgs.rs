//! Minimising by L-BFGS: a direction from the last few steps and how the
//! gradient changed over each.
//!
//! Nocedal and Wright, Numerical Optimization (2006), algorithm 7.4. Memory,
//! when a pair of changes is left out and when the search ends are as in
//! L-BFGS-B 3.0 without bounds. Where that begins from a multiple of the
//! identity, this begins from the loss's own [`Curvature`] as long as that is
//! cheap, and looks at it anew from time to time: the same minimum in a tenth
//! of the steps where columns differ in scale or depend on each other. Of more
//! columns it follows L-BFGS-B's path up to rounding.

use std::collections::VecDeque;

use pleat_num::dense::{axpy, dot};

use super::curvature::Curvature;
use super::line_search::{LineSearch, Next};
use super::loss::Loss;
use super::{Minimum, STUCK, TOO_FEW, largest};

/// Pairs of changes kept.
const MEMORY: usize = 10;
/// Points of one line that are looked at, at most.
const TRIES: usize = 50;
/// After how many iterations the curvature is looked at again, and how often
/// beyond these.
const LOOKS: [u64; 6] = [8, 20, 40, 70, 110, 160];
const LATER_LOOKS: u64 = 50;
/// A loss that falls by less than this share of it has arrived.
const STANDSTILL: f64 = 64.0 * f64::EPSILON;
/// So many such steps in a row are the end.
const STANDS: u32 = 4;

/// One step and what it did to the gradient.
struct Pair {
    step: Vec<f64>,
    change: Vec<f64>,
    product: f64,
}

/// What the last steps tell of the curvature.
#[derive(Default)]
struct Memory {
    pairs: VecDeque<Pair>,
    /// Of the last pair, |change|^2 / product; 1 if there is none.
    scale: Option<f64>,
}

impl Memory {
    /// The direction that this and the curvature make of a gradient.
    fn direction(&self, gradient: &[f64], curvature: Option<&Curvature>) -> Vec<f64> {
        let mut out: Vec<f64> = gradient.iter().map(|g| -g).collect();
        let mut shares = Vec::with_capacity(self.pairs.len());
        for pair in self.pairs.iter().rev() {
            let share = dot(&pair.step, &out) / pair.product;
            axpy(-share, &pair.change, &mut out);
            shares.push(share);
        }
        let mut scale = self.scale.unwrap_or(1.0);
        if let Some(curvature) = curvature {
            curvature.solve(&mut out);
            if let Some(last) = self.pairs.back() {
                let mut change = last.change.clone();
                curvature.solve(&mut change);
                scale = dot(&last.change, &change) / last.product;
            }
        }
        out.iter_mut().for_each(|x| *x /= scale);
        for (pair, share) in self.pairs.iter().zip(shares.iter().rev()) {
            let back = dot(&pair.change, &out) / pair.product;
            axpy(share - back, &pair.step, &mut out);
        }
        out
    }

    fn learn(&mut self, step: Vec<f64>, change: Vec<f64>, product: f64) {
        if self.pairs.len() == MEMORY {
            self.pairs.pop_front();
        }
        self.scale = Some(dot(&change, &change) / product);
        self.pairs.push_back(Pair {
            step,
            change,
            product,
        });
    }
}

/// Minimises from the origin until no number of the gradient is above `tol`.
/// `tick` hears of every iteration, and ends the search with its error.
pub fn minimise<E>(
    loss: &Loss,
    tol: f64,
    max_iter: u64,
    mut tick: impl FnMut(u64) -> Result<(), E>,
) -> Result<Minimum, E> {
    let look = |at: &[f64]| {
        let mut probabilities = loss.raw(at);
        let (value, gradient) = loss.value_and_gradient(at, &mut probabilities);
        (value, gradient, probabilities)
    };
    let mut at = vec![0.0; loss.dimension()];
    let (mut value, mut gradient, probabilities) = look(&at);
    let mut curvature = None;
    if Curvature::pays(loss) {
        curvature = Curvature::of(loss, &probabilities);
    }
    let mut memory = Memory::default();
    let mut iterations = 0;
    let mut stood = 0;
    let end = |at, iterations, trouble| {
        Ok(Minimum {
            at,
            iterations,
            trouble,
        })
    };
    if largest(&gradient) <= tol {
        return end(at, 0, None);
    }
    loop {
        tick(iterations)?;
        let mut direction = memory.direction(&gradient, curvature.as_ref());
        let slope = dot(&gradient, &direction);
        let first = match iterations {
            0 if curvature.is_none() => 1.0 / dot(&direction, &direction).sqrt(),
            _ => 1.0,
        };
        let found = match slope < 0.0 && first > 0.0 {
            true => along(&look, &at, value, &direction, slope, first),
            false => None,
        };
        let Some(found) = found else {
            if memory.pairs.is_empty() && curvature.is_none() {
                return end(at, iterations, Some(STUCK));
            }
            // Perhaps it is what was remembered that misleads.
            memory = Memory::default();
            curvature = None;
            continue;
        };
        iterations += 1;
        let fallen = value - found.value;
        let size = value.abs().max(found.value.abs()).max(1.0);
        let mut change = found.gradient.clone();
        axpy(-1.0, &gradient, &mut change);
        let product = (found.slope - slope) * found.step;
        (at, value, gradient) = (found.at, found.value, found.gradient);
        if iterations >= max_iter {
            return end(at, iterations, Some(TOO_FEW));
        }
        stood = match fallen <= STANDSTILL * size {
            true => stood + 1,
            false => 0,
        };
        // With the curvature known the gradient goes on falling for a while
        // when the loss no longer can.
        let patience = if curvature.is_some() { STANDS } else { 1 };
        if largest(&gradient) <= tol || stood >= patience {
            return end(at, iterations, None);
        }
        if product > f64::EPSILON * -slope * found.step {
            direction.iter_mut().for_each(|d| *d *= found.step);
            memory.learn(direction, change, product);
        }
        let due = LOOKS.contains(&iterations)
            || (iterations > LOOKS[LOOKS.len() - 1] && iterations.is_multiple_of(LATER_LOOKS));
        if due && curvature.is_some() {
            curvature = Curvature::of(loss, &found.probabilities);
        }
    }
}

/// A point of a line that will do.
struct Found {
    step: f64,
    at: Vec<f64>,
    value: f64,
    gradient: Vec<f64>,
    slope: f64,
    probabilities: Vec<f64>,
}

/// Looks for one; none if it takes too long, or if what is found is not a
/// number.
fn along(
    look: &impl Fn(&[f64]) -> (f64, Vec<f64>, Vec<f64>),
    from: &[f64],
    value: f64,
    direction: &[f64],
    slope: f64,
    first: f64,
) -> Option<Found> {
    let mut search = LineSearch::new(value, slope, first);
    let mut step = first;
    for _ in 0..TRIES {
        let mut at = from.to_vec();
        axpy(step, direction, &mut at);
        let (value, gradient, probabilities) = look(&at);
        let slope = dot(&gradient, direction);
        if !value.is_finite() || !slope.is_finite() {
            return None;
        }
        match search.heard(step, value, slope) {
            Next::Take => {
                return Some(Found {
                    step,
                    at,
                    value,
                    gradient,
                    slope,
                    probabilities,
                });
            }
            Next::Try(next) => step = next,
        }
    }
    None
}
