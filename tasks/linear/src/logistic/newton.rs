//! Minimising by Newton's method with the whole matrix of second derivatives.
//!
//! Few iterations, also where columns differ much in scale; each takes the
//! square of the dimension in memory and its cube in time.

use pleat_num::dense::{Cholesky, axpy, dot};

use super::loss::Loss;
use super::{Minimum, STUCK, TOO_FEW, largest};

/// Decrease asked for, as a share of what the slope promises.
const DECREASE: f64 = 1e-4;
/// How often a step is halved.
const HALVINGS: usize = 30;
/// Differences of the loss below this share of it are rounding.
const ROUNDING: f64 = 16.0 * f64::EPSILON;

/// Minimises from the origin until no number of the gradient, and not the
/// decrease that a step promises, is above `tol`. `tick` hears of every
/// iteration, and ends the search with its error.
pub fn minimise<E>(
    loss: &Loss,
    tol: f64,
    max_iter: u64,
    mut tick: impl FnMut(u64) -> Result<(), E>,
) -> Result<Minimum, E> {
    let mut at = vec![0.0; loss.dimension()];
    let mut probabilities = loss.raw(&at);
    let (mut value, mut gradient) = loss.value_and_gradient(&at, &mut probabilities);
    for iteration in 0..max_iter {
        tick(iteration)?;
        let trouble = |at, trouble| {
            Ok(Minimum {
                at,
                iterations: iteration,
                trouble,
            })
        };
        let mut direction: Vec<f64> = gradient.iter().map(|g| -g).collect();
        if !solve(hessian(loss, &probabilities), &mut direction) {
            return trouble(at, Some(STUCK));
        }
        let slope = dot(&gradient, &direction);
        let mut step = 1.0;
        let mut found = None;
        for _ in 0..HALVINGS {
            let mut there = at.clone();
            axpy(step, &direction, &mut there);
            let mut raw = loss.raw(&there);
            let (new, flat) = loss.value_and_gradient(&there, &mut raw);
            let lower = new <= value + DECREASE * step * slope;
            // Where the loss can no longer tell, the gradient can.
            let same = (new - value).abs() <= ROUNDING * value.abs().max(1.0);
            if lower || (same && largest(&flat) < largest(&gradient)) {
                found = Some((there, raw, new, flat));
                break;
            }
            step /= 2.0;
        }
        let Some(found) = found else {
            // What is promised may be too little to be seen in the loss.
            let arrived = largest(&gradient) <= tol || -slope <= ROUNDING * value.abs().max(1.0);
            return trouble(at, (!arrived).then_some(STUCK));
        };
        (at, probabilities, value, gradient) = found;
        if largest(&gradient) <= tol && -slope / 2.0 <= tol {
            return Ok(Minimum {
                at,
                iterations: iteration + 1,
                trouble: None,
            });
        }
    }
    Ok(Minimum {
        at,
        iterations: max_iter,
        trouble: Some(TOO_FEW),
    })
}

/// The second derivatives, of which the lower triangle is filled.
fn hessian(loss: &Loss, probabilities: &[f64]) -> Vec<f64> {
    let (width, scores, n) = (loss.width(), loss.scores(), loss.dimension());
    let mut out = vec![0.0; n * n];
    for upper in 0..scores {
        for lower in 0..=upper {
            let same = f64::from(u8::from(upper == lower));
            let curvature: Vec<f64> = probabilities
                .chunks_exact(scores)
                .zip(loss.shares())
                .map(|(p, share)| share * p[upper] * (same - p[lower]))
                .collect();
            let scaled = loss.columns().scaled(&curvature);
            let products = scaled.symmetric(loss.columns());
            for (i, row) in products.chunks_exact(width).enumerate() {
                let begin = (upper * width + i) * n + lower * width;
                out[begin..begin + width].copy_from_slice(row);
            }
        }
    }
    for place in 0..n {
        out[place * n + place] += loss.penalty(place);
    }
    pin(loss, &mut out);
    out
}

/// Raising every class's score by the same changes nothing: along that, what
/// is not penalised has no second derivative, and no gradient either. It is
/// given some, so that the matrix can be solved with and the step stays zero
/// there.
fn pin(loss: &Loss, matrix: &mut [f64]) {
    let (width, n) = (loss.width(), loss.dimension());
    if loss.scores() == 1 {
        return;
    }
    for column in (0..width).filter(|column| loss.penalty(*column) == 0.0) {
        let places = || (0..loss.scores()).map(move |score| score * width + column);
        let most = places().map(|i| matrix[i * n + i]).fold(0.0, f64::max);
        for (i, j) in places().flat_map(|i| places().map(move |j| (i, j))) {
            matrix[i * n + j] += most;
        }
    }
}

/// Solves in place, with something added to the diagonal if need be: columns
/// that say the same make the matrix singular where nothing is penalised.
fn solve(matrix: Vec<f64>, b: &mut [f64]) -> bool {
    let n = b.len();
    let most = matrix.iter().step_by(n + 1).copied().fold(0.0, f64::max);
    for damping in [0.0, 1e-9, 1e-7, 1e-5, 1e-3] {
        let mut damped = matrix.clone();
        damped
            .iter_mut()
            .step_by(n + 1)
            .for_each(|diagonal| *diagonal += damping * most);
        if let Some(factor) = Cholesky::new(damped, n) {
            factor.solve(b);
            return b.iter().all(|x| x.is_finite());
        }
    }
    false
}
