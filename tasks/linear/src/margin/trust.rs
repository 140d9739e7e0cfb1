//! Newton's method within a region where the second derivatives are trusted:
//! the step is looked for by conjugate gradients.
//!
//! Lin and Moré, Newton's method for large bound-constrained optimization
//! problems, SIAM J. Optim. 9 (1999), without bounds, as Lin, Weng and Keerthi
//! use it (JMLR 9, 2008). Constants and stopping rule are liblinear's.

use pleat_num::dense::{axpy, dot};

use super::Solved;

/// A step must do this much of what it promised; below the next share the
/// region shrinks, above the last it may grow.
const KEPT: [f64; 3] = [1e-4, 0.25, 0.75];
/// How far the region shrinks at most, at least, and grows at most.
const RESIZED: [f64; 3] = [0.25, 0.5, 4.0];
/// Changes this small a share of the function are none.
const STANDSTILL: f64 = 1e-12;

/// A convex function with second derivatives.
pub trait Curved {
    /// Its value.
    fn value(&mut self, at: &[f64]) -> f64;
    /// Its gradient, where its value was asked for last.
    fn gradient(&mut self, at: &[f64]) -> Vec<f64>;
    /// Its second derivatives, where its gradient was asked for last, times a
    /// vector.
    fn curve(&self, along: &[f64]) -> Vec<f64>;
}

/// Minimises from this point until the gradient has shrunk to `tol` of what it
/// was. `tick` hears of every step, and ends the search with its error.
pub fn minimise<E>(
    function: &mut impl Curved,
    mut at: Vec<f64>,
    tol: f64,
    max_iter: u64,
    mut tick: impl FnMut(u64) -> Result<(), E>,
) -> Result<Solved, E> {
    let mut value = function.value(&at);
    let mut gradient = function.gradient(&at);
    let first = norm(&gradient);
    let (mut radius, mut size, mut iterations) = (first, first, 0);
    while iterations < max_iter && size > tol * first {
        tick(iterations)?;
        let (step, left) = conjugate(function, &gradient, radius);
        let mut next = at.clone();
        axpy(1.0, &step, &mut next);
        let slope = dot(&gradient, &step);
        let promised = -0.5 * (slope - dot(&step, &left));
        let new = function.value(&next);
        let fallen = value - new;
        if !fallen.is_finite() || !promised.is_finite() {
            // Numbers became too large; the caller sees it by the point.
            at = next;
            break;
        }
        let length = norm(&step);
        if iterations == 0 {
            radius = radius.min(length);
        }
        radius = resized(radius, length, slope, fallen, promised);
        if fallen > KEPT[0] * promised {
            iterations += 1;
            (at, value) = (next, new);
            gradient = function.gradient(&at);
            size = norm(&gradient);
            if size <= tol * first {
                break;
            }
        }
        let none = |change: f64| change.abs() <= STANDSTILL * value.abs();
        if (fallen == 0.0 && promised <= 0.0) || (none(fallen) && none(promised)) {
            break;
        }
    }
    Ok(Solved { at, iterations })
}

/// The region's radius after a step.
fn resized(radius: f64, length: f64, slope: f64, fallen: f64, promised: f64) -> f64 {
    let [least, middle, most] = RESIZED;
    let bend = -fallen - slope;
    // The minimum of the parabola through what is known, as a share of the step.
    let share = match bend > 0.0 {
        true => least.max(-0.5 * (slope / bend)),
        false => most,
    };
    if fallen < KEPT[0] * promised {
        (share.max(least) * length).min(middle * radius)
    } else if fallen < KEPT[1] * promised {
        (least * radius).max((share * length).min(middle * radius))
    } else if fallen < KEPT[2] * promised {
        (least * radius).max((share * length).min(most * radius))
    } else {
        radius.max((share * length).min(most * radius))
    }
}

/// A step within the radius that lowers the quadratic model, and the model's
/// negative gradient after it.
fn conjugate(function: &impl Curved, gradient: &[f64], radius: f64) -> (Vec<f64>, Vec<f64>) {
    let mut step = vec![0.0; gradient.len()];
    let mut left: Vec<f64> = gradient.iter().map(|g| -g).collect();
    let mut direction = left.clone();
    let enough = 0.1 * norm(gradient);
    let mut squares = dot(&left, &left);
    // Without rounding, as many rounds as there are numbers would do.
    for _ in 0..gradient.len().saturating_mul(10) {
        if norm(&left) <= enough {
            break;
        }
        let curved = function.curve(&direction);
        let by = squares / dot(&direction, &curved);
        axpy(by, &direction, &mut step);
        if norm(&step) > radius {
            axpy(-by, &direction, &mut step);
            let by = to_the_edge(&step, &direction, radius);
            axpy(by, &direction, &mut step);
            axpy(-by, &curved, &mut left);
            break;
        }
        axpy(-by, &curved, &mut left);
        let next = dot(&left, &left);
        if !next.is_finite() {
            break;
        }
        let keep = next / squares;
        for (d, l) in direction.iter_mut().zip(&left) {
            *d = *d * keep + l;
        }
        squares = next;
    }
    (step, left)
}

/// How far along a direction the radius is reached.
fn to_the_edge(from: &[f64], direction: &[f64], radius: f64) -> f64 {
    let (sd, ss, dd) = (
        dot(from, direction),
        dot(from, from),
        dot(direction, direction),
    );
    let room = radius * radius - ss;
    let root = (sd * sd + dd * room).sqrt();
    if sd >= 0.0 {
        room / (sd + root)
    } else {
        (root - sd) / dd
    }
}

fn norm(vector: &[f64]) -> f64 {
    dot(vector, vector).sqrt()
}
