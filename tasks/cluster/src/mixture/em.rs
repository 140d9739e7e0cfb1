//! Back and forth: what components say of points makes new components
//! (Dempster, Laird and Rubin 1977).

use super::components::Components;
use super::covariance::{Collapsed, Scatter};
use crate::points::Points;

/// When to stop.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// A change of the mean logarithm that is small enough.
    pub tol: f64,
    /// What is added to every variance.
    pub least: f64,
    /// How often to go back and forth at most.
    pub max_iter: u64,
}

/// Where it ended.
#[derive(Clone, Debug)]
pub struct Ended {
    /// The components.
    pub components: Components,
    /// The mean logarithm of how likely points were, each time.
    pub bounds: Vec<f64>,
    /// Whether it changed no more.
    pub converged: bool,
}

/// Goes back and forth from these components on, of which `bound` was the mean
/// logarithm if it is known. `tick` hears of every time, and ends it with its
/// error.
pub fn run<E: From<Collapsed>>(
    points: &Points,
    scatter: &Scatter,
    mut components: Components,
    mut bound: f64,
    rules: Rules,
    mut tick: impl FnMut(u64) -> Result<(), E>,
) -> Result<Ended, E> {
    let mut bounds = Vec::new();
    let mut converged = false;
    for time in 0..rules.max_iter {
        tick(time)?;
        let said = components.say(points);
        components = Components::new(components.shape, scatter, points, &said.parts, rules.least)?;
        let before = bound;
        bound = pleat_num::sum::mean(&said.likelihoods);
        bounds.push(bound);
        if (bound - before).abs() < rules.tol {
            converged = true;
            break;
        }
    }
    Ok(Ended {
        components,
        bounds,
        converged,
    })
}
