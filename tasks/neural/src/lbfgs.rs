//! Minimising a function of many numbers by L-BFGS, all rows at once.
//!
//! Nocedal and Wright, Numerical Optimization (2006), algorithm 7.4; first
//! step, memory and where the search ends are those of L-BFGS-B 3.0 without
//! bounds, so that a search that is cut short ends at the same place, up to
//! rounding.

use std::collections::VecDeque;

use pleat_num::dense::{axpy, dot};

use crate::line_search::{LineSearch, Next};

/// Pairs of changes kept.
const MEMORY: usize = 10;
/// Points of one line that are looked at, at most.
const TRIES: usize = 20;
/// A value that falls by less than this share of it has arrived.
const STANDSTILL: f64 = 2.220_446_049_250_313e-9;

/// When to stop.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// A slope this flat has arrived.
    pub tol: f64,
    /// Lines at most.
    pub max_iter: u64,
    /// Points at most, as far as the line that is being searched allows.
    pub max_fun: u64,
}

/// Where a search ended.
#[derive(Debug)]
pub struct Minimum {
    /// The place.
    pub at: Vec<f64>,
    /// The value there.
    pub value: f64,
    /// Lines searched.
    pub iterations: u64,
    /// Why it is no minimum, if it is none.
    pub trouble: Option<&'static str>,
}

/// One step and what it did to the slope.
struct Pair {
    step: Vec<f64>,
    change: Vec<f64>,
    product: f64,
}

/// A place with what is known of it.
struct Place {
    at: Vec<f64>,
    value: f64,
    slope: Vec<f64>,
}

/// Minimises from a place on. `evaluate` puts the slope at a place in its last
/// argument and answers with the value; `tick` hears of every line. Errors of
/// either end the search.
pub fn minimise<E>(
    from: Vec<f64>,
    limits: Limits,
    mut evaluate: impl FnMut(&[f64], &mut [f64]) -> Result<f64, E>,
    mut tick: impl FnMut(u64) -> Result<(), E>,
) -> Result<Minimum, E> {
    let mut points = 0;
    let mut look = |at: Vec<f64>| {
        points += 1;
        let mut slope = vec![0.0; at.len()];
        let value = evaluate(&at, &mut slope)?;
        Ok((Place { at, value, slope }, points))
    };
    let mut here = look(from)?.0;
    let mut memory: VecDeque<Pair> = VecDeque::new();
    let mut iterations = 0;
    let end = |here: Place, iterations, trouble| {
        Ok(Minimum {
            at: here.at,
            value: here.value,
            iterations,
            trouble,
        })
    };
    if largest(&here.slope) <= limits.tol {
        return end(here, 0, None);
    }
    loop {
        tick(iterations)?;
        let mut direction = direction(&memory, &here.slope);
        let falling = dot(&here.slope, &direction);
        let first = match iterations {
            0 => 1.0 / dot(&direction, &direction).sqrt(),
            _ => 1.0,
        };
        let found = match falling < 0.0 && first > 0.0 {
            true => along(&mut look, &here, &direction, falling, first)?,
            false => None,
        };
        let Some(found) = found else {
            if memory.is_empty() {
                return end(here, iterations, Some("no lower loss was found"));
            }
            // Perhaps it is what was remembered that misleads.
            memory.clear();
            continue;
        };
        iterations += 1;
        let before = std::mem::replace(&mut here, found.place);
        if iterations >= limits.max_iter {
            return end(here, iterations, Some("max_iter was reached"));
        }
        if found.points > limits.max_fun {
            return end(here, iterations, Some("max_fun was reached"));
        }
        let size = before.value.abs().max(here.value.abs()).max(1.0);
        if largest(&here.slope) <= limits.tol || before.value - here.value <= STANDSTILL * size {
            return end(here, iterations, None);
        }
        let product = (found.slope - falling) * found.step;
        if product > f64::EPSILON * -falling * found.step {
            direction.iter_mut().for_each(|d| *d *= found.step);
            let mut change = here.slope.clone();
            axpy(-1.0, &before.slope, &mut change);
            if memory.len() == MEMORY {
                memory.pop_front();
            }
            memory.push_back(Pair {
                step: direction,
                change,
                product,
            });
        }
    }
}

fn largest(slope: &[f64]) -> f64 {
    slope.iter().fold(0.0, |most: f64, g| most.max(g.abs()))
}

/// The direction that what is remembered makes of a slope.
fn direction(memory: &VecDeque<Pair>, slope: &[f64]) -> Vec<f64> {
    let mut out: Vec<f64> = slope.iter().map(|g| -g).collect();
    let mut shares = Vec::with_capacity(memory.len());
    for pair in memory.iter().rev() {
        let share = dot(&pair.step, &out) / pair.product;
        axpy(-share, &pair.change, &mut out);
        shares.push(share);
    }
    if let Some(last) = memory.back() {
        let scale = dot(&last.change, &last.change) / last.product;
        out.iter_mut().for_each(|x| *x /= scale);
    }
    for (pair, share) in memory.iter().zip(shares.iter().rev()) {
        let back = dot(&pair.change, &out) / pair.product;
        axpy(share - back, &pair.step, &mut out);
    }
    out
}

/// A place on a line that will do.
struct Found {
    step: f64,
    place: Place,
    /// How steep the line is there.
    slope: f64,
    /// Points looked at in all.
    points: u64,
}

/// Looks for one; none if it takes too long, or if what is found is not a
/// number.
fn along<E>(
    look: &mut impl FnMut(Vec<f64>) -> Result<(Place, u64), E>,
    from: &Place,
    direction: &[f64],
    falling: f64,
    first: f64,
) -> Result<Option<Found>, E> {
    let mut search = LineSearch::new(from.value, falling, first);
    let mut step = first;
    for _ in 0..TRIES {
        let mut at = from.at.clone();
        axpy(step, direction, &mut at);
        let (place, points) = look(at)?;
        let slope = dot(&place.slope, direction);
        if !place.value.is_finite() || !slope.is_finite() {
            return Ok(None);
        }
        match search.heard(step, place.value, slope) {
            Next::Take => {
                return Ok(Some(Found {
                    step,
                    place,
                    slope,
                    points,
                }));
            }
            Next::Try(next) => step = next,
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rosenbrock's valley.
    fn valley(at: &[f64], slope: &mut [f64]) -> Result<f64, ()> {
        let (x, y) = (at[0], at[1]);
        slope[0] = -2.0 * (1.0 - x) - 400.0 * x * (y - x * x);
        slope[1] = 200.0 * (y - x * x);
        Ok((1.0 - x) * (1.0 - x) + 100.0 * (y - x * x) * (y - x * x))
    }

    #[test]
    fn a_bent_valley_is_followed_to_its_end() {
        let limits = Limits {
            tol: 1e-9,
            max_iter: 200,
            max_fun: 1000,
        };
        let found = minimise(vec![-1.2, 1.0], limits, valley, |_| Ok(())).unwrap();
        assert!(found.trouble.is_none(), "{found:?}");
        assert!((found.at[0] - 1.0).abs() < 1e-4 && (found.at[1] - 1.0).abs() < 1e-4);
        for limits in [
            Limits {
                max_iter: 3,
                ..limits
            },
            Limits {
                max_fun: 3,
                ..limits
            },
        ] {
            let found = minimise(vec![-1.2, 1.0], limits, valley, |_| Ok(())).unwrap();
            assert!(found.trouble.is_some() && found.iterations <= 3);
        }
    }
}
