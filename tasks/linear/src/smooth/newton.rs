//! Newton's method with backtracking, for functions of some hundred numbers;
//! of more, the step is looked for by conjugate gradients.
//!
//! Nocedal and Wright, Numerical Optimization (2006), chapters 3 and 7.

use pleat_num::dense::{Cholesky, axpy, dot};

/// The most numbers for which second derivatives are written down.
const WRITTEN: usize = 1024;
/// The share of what the slope promises that a step must gain.
const GAINED: f64 = 1e-4;
/// How often a step is halved at most.
const HALVINGS: usize = 50;
/// A step that promises less than this share of the function is the last.
const STANDSTILL: f64 = 1e-15;

/// A function to be minimised, whose last places may be bounded from below.
pub trait Smooth {
    /// Its value; not finite where it has none.
    fn value(&self, at: &[f64]) -> f64;
    /// Its gradient and what its second derivatives are made of.
    fn derivatives(&self, at: &[f64]) -> (Vec<f64>, Self::Curvature);
    /// What second derivatives are made of.
    type Curvature;
    /// The second derivatives, all of them.
    fn matrix(&self, curvature: &Self::Curvature) -> Vec<f64>;
    /// The second derivatives times a vector.
    fn curve(&self, curvature: &Self::Curvature, along: &[f64]) -> Vec<f64>;
    /// A place and the least it may be changed by in one step, if there is
    /// such a place.
    fn limit(&self, _at: &[f64]) -> Option<(usize, f64)> {
        None
    }
}

/// Where a search came to.
pub struct Minimum {
    /// The point.
    pub at: Vec<f64>,
    /// How many steps were taken.
    pub iterations: u64,
    /// Whether the steps did.
    pub converged: bool,
}

/// Minimises from this point until no number of the gradient is above `tol`.
/// `tick` hears of every step, and ends the search with its error.
pub fn minimise<E, F: Smooth>(
    function: &F,
    mut at: Vec<f64>,
    tol: f64,
    max_iter: u64,
    mut tick: impl FnMut(u64) -> Result<(), E>,
) -> Result<Minimum, E> {
    let mut value = function.value(&at);
    let mut iterations = 0;
    let converged = loop {
        let (gradient, curvature) = function.derivatives(&at);
        if gradient.iter().all(|g| g.abs() <= tol) {
            break true;
        }
        if iterations >= max_iter {
            break false;
        }
        tick(iterations)?;
        let limit = function.limit(&at);
        let step = match gradient.len() <= WRITTEN {
            true => within(function.matrix(&curvature), &gradient, limit),
            false => {
                let mut step = conjugate(|along| function.curve(&curvature, along), &gradient);
                if let Some((place, least)) = limit {
                    step[place] = step[place].max(least);
                }
                step
            }
        };
        let slope = dot(&gradient, &step);
        let mut share = 1.0;
        if -slope <= STANDSTILL * value.abs() {
            // The value can no longer tell, but the step may still be good
            // for as many digits as there are.
            let mut next = at.clone();
            axpy(share, &step, &mut next);
            if function.value(&next) <= value + STANDSTILL * value.abs() {
                (at, iterations) = (next, iterations + 1);
            }
            break true;
        }
        let mut found = None;
        for _ in 0..HALVINGS {
            let mut next = at.clone();
            axpy(share, &step, &mut next);
            let new = function.value(&next);
            if new <= value + GAINED * share * slope {
                found = Some((next, new));
                break;
            }
            share *= 0.5;
        }
        // What no step lowers has arrived, as near as can be told.
        let Some((next, new)) = found else { break true };
        (at, value) = (next, new);
        iterations += 1;
    };
    Ok(Minimum {
        at,
        iterations,
        converged,
    })
}

/// The step to where the gradient vanishes; where that goes beyond the limit,
/// the step along the limit to where the rest of it does.
fn within(matrix: Vec<f64>, gradient: &[f64], limit: Option<(usize, f64)>) -> Vec<f64> {
    let n = gradient.len();
    let Some((place, least)) = limit else {
        return solve(matrix, gradient);
    };
    let step = solve(matrix.clone(), gradient);
    if step[place] >= least {
        return step;
    }
    let (mut rest, mut gradient) = (matrix, gradient.to_vec());
    for (j, g) in gradient.iter_mut().enumerate() {
        *g += rest[j * n + place] * least;
        rest[j * n + place] = 0.0;
        rest[place * n + j] = 0.0;
    }
    gradient[place] = -least;
    rest[place * n + place] = 1.0;
    let mut step = solve(rest, &gradient);
    step[place] = least;
    step
}

/// The step to where the gradient vanishes; with more and more on the
/// diagonal until that is a minimum.
fn solve(mut matrix: Vec<f64>, gradient: &[f64]) -> Vec<f64> {
    let n = gradient.len();
    let largest = (0..n).fold(0.0_f64, |most, i| most.max(matrix[i * n + i].abs()));
    let mut step: Vec<f64> = gradient.iter().map(|g| -g).collect();
    let mut ridge = f64::EPSILON * largest.max(f64::MIN_POSITIVE);
    while ridge.is_finite() {
        if let Some(factor) = Cholesky::new(matrix.clone(), n) {
            factor.solve(&mut step);
            break;
        }
        (0..n).for_each(|i| matrix[i * n + i] += ridge);
        ridge *= 16.0;
    }
    step
}

/// About the same without the matrix.
fn conjugate(curve: impl Fn(&[f64]) -> Vec<f64>, gradient: &[f64]) -> Vec<f64> {
    let mut step = vec![0.0; gradient.len()];
    let mut left: Vec<f64> = gradient.iter().map(|g| -g).collect();
    let mut direction = left.clone();
    let first = dot(&left, &left);
    let mut squares = first;
    for round in 0..gradient.len() {
        let curved = curve(&direction);
        let bend = dot(&direction, &curved);
        if bend <= f64::EPSILON * dot(&direction, &direction) {
            if round == 0 {
                step = left;
            }
            break;
        }
        let by = squares / bend;
        axpy(by, &direction, &mut step);
        axpy(-by, &curved, &mut left);
        let next = dot(&left, &left);
        if next <= 1e-12 * first {
            break;
        }
        let keep = next / squares;
        for (d, l) in direction.iter_mut().zip(&left) {
            *d = *d * keep + l;
        }
        squares = next;
    }
    step
}
