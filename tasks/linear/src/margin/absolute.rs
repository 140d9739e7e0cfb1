//! Squared hinge with absolute coefficients penalised, solved one column's
//! coefficient at a time.
//!
//! Yuan, Chang, Hsieh and Lin, A comparison of optimization methods and
//! software for large-scale L1-regularized linear classification, JMLR 11
//! (2010). Order, shrinking, line search and stopping rule are liblinear's.

use super::Solved;
use super::draws::Draws;
use super::dual::newton;

/// Sums a loop keeps.
const LANES: usize = 4;
/// A move smaller than this is not made, and no curvature is smaller.
const STILL: f64 = 1e-12;
/// How often a step is halved at most.
const HALVINGS: usize = 20;
/// The share of what a step promised that it must keep.
const KEPT: f64 = 0.01;

/// Rows by columns, with the sign of each row's class multiplied in.
pub struct Signed<'a> {
    /// Column-major; the intercept's column last, if there is one.
    pub x: &'a [f64],
    /// What an error costs in each row.
    pub costs: &'a [f64],
}

impl Signed<'_> {
    fn column(&self, j: usize) -> &[f64] {
        let rows = self.costs.len();
        &self.x[j * rows..(j + 1) * rows]
    }

    /// The loss's slope and half its second derivative along a column, given
    /// how far each row is short of its margin.
    fn slope(&self, j: usize, short: &[f64]) -> (f64, f64) {
        let (mut slopes, mut curves) = ([0.0; LANES], [0.0; LANES]);
        let mut add = |lane: usize, x: f64, short: f64, cost: f64| {
            let (short, cost) = if short > 0.0 {
                (short, cost)
            } else {
                (0.0, 0.0)
            };
            slopes[lane] += cost * x * short;
            curves[lane] += cost * x * x;
        };
        let (x4, s4, c4) = (
            self.column(j).chunks_exact(LANES),
            short.chunks_exact(LANES),
            self.costs.chunks_exact(LANES),
        );
        let rest = x4
            .remainder()
            .iter()
            .zip(s4.remainder())
            .zip(c4.remainder());
        for ((x, s), c) in x4.zip(s4).zip(c4) {
            for lane in 0..LANES {
                add(lane, x[lane], s[lane], c[lane]);
            }
        }
        for (lane, ((x, s), c)) in rest.enumerate() {
            add(lane, *x, *s, *c);
        }
        (-2.0 * total(slopes), total(curves))
    }

    /// Moves along a column, and answers with the loss after it.
    fn moved(&self, j: usize, by: f64, short: &mut [f64]) -> f64 {
        let mut sums = [0.0; LANES];
        let x = self.column(j).chunks(LANES);
        for ((x, s), c) in x.zip(short.chunks_mut(LANES)).zip(self.costs.chunks(LANES)) {
            for (lane, ((x, s), c)) in x.iter().zip(s).zip(c).enumerate() {
                *s += by * x;
                let left = if *s > 0.0 { *s } else { 0.0 };
                sums[lane] += c * left * left;
            }
        }
        total(sums)
    }

    /// How far each row is short of its margin.
    fn short(&self, at: &[f64]) -> Vec<f64> {
        let mut out = vec![1.0; self.costs.len()];
        for (j, w) in at.iter().enumerate() {
            if *w != 0.0 {
                pleat_num::dense::axpy(-w, self.column(j), &mut out);
            }
        }
        out
    }
}

/// Minimises until the gradient has shrunk to `tol` of what it was. `tick`
/// hears of every iteration, and ends the search with its error.
pub fn minimise<E>(
    problem: &Signed<'_>,
    tol: f64,
    max_iter: u64,
    draws: &mut Draws,
    mut tick: impl FnMut(u64) -> Result<(), E>,
) -> Result<Solved, E> {
    let rows = problem.costs.len();
    let n = problem.x.len() / rows;
    let mut at = vec![0.0; n];
    let mut short = problem.short(&at);
    // With every row short, this is the sum of squares times costs.
    let squares: Vec<f64> = (0..n).map(|j| problem.slope(j, &short).1).collect();
    let mut order: Vec<u32> = (0..n as u32).collect();
    let mut active = n;
    let (mut highest, mut first, mut iterations) = (f64::INFINITY, 0.0, 0);
    while iterations < max_iter {
        tick(iterations)?;
        let (mut most, mut sum) = (0.0_f64, 0.0);
        draws.shuffle(&mut order[..active]);
        let mut place = 0;
        while place < active {
            let j = order[place] as usize;
            let (slope, half) = problem.slope(j, &short);
            let curvature = (2.0 * half).max(STILL);
            let (up, down) = (slope + 1.0, slope - 1.0);
            let violation = if at[j] == 0.0 {
                let settled = highest / rows as f64;
                if up >= 0.0 && down <= 0.0 && up > settled && down < -settled {
                    active -= 1;
                    order.swap(place, active);
                    continue;
                }
                (-up).max(down).max(0.0)
            } else if at[j] > 0.0 {
                up.abs()
            } else {
                down.abs()
            };
            most = most.max(violation);
            sum += violation;
            place += 1;
            let step = newton(at[j], up, down, curvature);
            if step.abs() >= STILL {
                take(problem, j, step, slope, squares[j], &mut at, &mut short);
            }
        }
        if iterations == 0 {
            first = sum;
        }
        iterations += 1;
        if sum <= tol * first {
            if active == n {
                break;
            }
            active = n;
            highest = f64::INFINITY;
            continue;
        }
        highest = most;
    }
    Ok(Solved { at, iterations })
}

/// Moves a coefficient by a step, or by half of it, or half of that, until
/// enough is gained.
fn take(
    problem: &Signed<'_>,
    j: usize,
    mut step: f64,
    slope: f64,
    squares: f64,
    at: &mut [f64],
    short: &mut [f64],
) {
    let grown = |step: f64| (at[j] + step).abs() - at[j].abs();
    let mut promised = grown(step) + slope * step;
    let (mut made, mut before) = (0.0, None);
    let mut enough = false;
    for _ in 0..HALVINGS {
        let penalty = grown(step) - KEPT * promised;
        if squares * step * step + slope * step + penalty <= 0.0 {
            // So even if no row stopped being short.
            pleat_num::dense::axpy(made - step, problem.column(j), short);
            enough = true;
            break;
        }
        let old = *before.get_or_insert_with(|| problem.moved(j, 0.0, short));
        let new = problem.moved(j, made - step, short);
        if penalty + new - old <= 0.0 {
            enough = true;
            break;
        }
        made = step;
        step *= 0.5;
        promised *= 0.5;
    }
    at[j] += step;
    if !enough {
        // Back and forth so often, what rows are short of has gathered rounding.
        short.copy_from_slice(&problem.short(at));
    }
}

fn total(sums: [f64; LANES]) -> f64 {
    (sums[0] + sums[1]) + (sums[2] + sums[3])
}
