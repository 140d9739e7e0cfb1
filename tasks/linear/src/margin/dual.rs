//! The dual problems, solved one row's variable at a time.
//!
//! For classes: Hsieh, Chang, Lin, Keerthi and Sundararajan, A dual coordinate
//! descent method for large-scale linear SVM, ICML 2008. For numbers: Ho and
//! Lin, Large-scale linear support vector regression, JMLR 13 (2012),
//! algorithm 4. Order, shrinking and stopping rule are liblinear's, whose
//! answer is only as near to the optimum as `tol` asks.

use super::Solved;
use super::draws::Draws;
use super::problem::Problem;

/// A move smaller than this is not made.
const STILL: f64 = 1e-12;

/// What kind of error costs, and when to stop.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// Whether the squared error costs, not the error.
    pub squared: bool,
    /// How far from the optimum to stop.
    pub tol: f64,
    /// How often all rows are gone over at most.
    pub max_iter: u64,
}

/// A row's variable and all that goes with it, in one place: rows are taken in
/// random order.
struct Variable {
    value: f64,
    /// The most it may be.
    upper: f64,
    /// What is added to the curvature for squared errors.
    ridge: f64,
    curvature: f64,
    y: f64,
}

impl Rules {
    fn variables(self, problem: &Problem<'_>) -> Vec<Variable> {
        let variable = |i: usize| {
            let cost = problem.costs[i];
            let (upper, ridge) = match self.squared {
                true => (f64::INFINITY, 0.5 / cost),
                false => (cost, 0.0),
            };
            Variable {
                value: 0.0,
                upper,
                ridge,
                curvature: ridge + problem.squares(i),
                y: problem.y[i],
            }
        };
        (0..problem.len()).map(variable).collect()
    }
}

/// Rows that are still looked at.
struct Active {
    order: Vec<u32>,
    len: usize,
}

impl Active {
    fn new(len: usize) -> Self {
        Active {
            order: (0..len as u32).collect(),
            len,
        }
    }

    /// Sets the row at this place aside; another comes there.
    fn drop(&mut self, place: usize) {
        self.len -= 1;
        self.order.swap(place, self.len);
    }

    /// Calls all rows back; false if none was set aside.
    fn call_back(&mut self) -> bool {
        let shrunk = self.len < self.order.len();
        self.len = self.order.len();
        shrunk
    }
}

/// Parts the rows of class 1 from those of class -1. `tick` hears of every
/// iteration, and ends the search with its error.
pub fn classes<E>(
    problem: &Problem<'_>,
    rules: Rules,
    draws: &mut Draws,
    mut tick: impl FnMut(u64) -> Result<(), E>,
) -> Result<Solved, E> {
    let mut variables = rules.variables(problem);
    let mut at = problem.origin();
    let mut active = Active::new(problem.len());
    let (mut highest, mut lowest) = (f64::INFINITY, f64::NEG_INFINITY);
    let mut iterations = 0;
    while iterations < rules.max_iter {
        tick(iterations)?;
        let (mut most, mut least) = (f64::NEG_INFINITY, f64::INFINITY);
        draws.shuffle(&mut active.order[..active.len]);
        let mut place = 0;
        while place < active.len {
            let i = active.order[place] as usize;
            let of = &mut variables[i];
            let (y, before) = (of.y, of.value);
            let slope = problem.score(&at, i) * y - 1.0 + before * of.ridge;
            let (at_zero, at_upper) = (before == 0.0, before == of.upper);
            if (at_zero && slope > highest) || (!at_zero && at_upper && slope < lowest) {
                active.drop(place);
                continue;
            }
            let violation = if at_zero {
                slope.min(0.0)
            } else if at_upper {
                slope.max(0.0)
            } else {
                slope
            };
            most = most.max(violation);
            least = least.min(violation);
            if violation.abs() > STILL {
                of.value = (before - slope / of.curvature).max(0.0).min(of.upper);
                problem.add(i, (of.value - before) * y, &mut at);
            }
            place += 1;
        }
        iterations += 1;
        if most - least <= rules.tol {
            if !active.call_back() {
                break;
            }
            (highest, lowest) = (f64::INFINITY, f64::NEG_INFINITY);
            continue;
        }
        highest = if most > 0.0 { most } else { f64::INFINITY };
        lowest = if least < 0.0 {
            least
        } else {
            f64::NEG_INFINITY
        };
    }
    Ok(Solved { at, iterations })
}

/// Follows the rows' numbers, from which `epsilon` is no error. `tick` hears
/// of every iteration, and ends the search with its error.
pub fn numbers<E>(
    problem: &Problem<'_>,
    epsilon: f64,
    rules: Rules,
    draws: &mut Draws,
    mut tick: impl FnMut(u64) -> Result<(), E>,
) -> Result<Solved, E> {
    let mut variables = rules.variables(problem);
    let mut at = problem.origin();
    let mut active = Active::new(problem.len());
    let (mut highest, mut first) = (f64::INFINITY, 0.0);
    let mut iterations = 0;
    while iterations < rules.max_iter {
        tick(iterations)?;
        let (mut most, mut total) = (0.0_f64, 0.0);
        draws.shuffle(&mut active.order[..active.len]);
        let mut place = 0;
        while place < active.len {
            let i = active.order[place] as usize;
            let of = &mut variables[i];
            let before = of.value;
            let slope = of.ridge * before - of.y + problem.score(&at, i);
            let (up, down) = (slope + epsilon, slope - epsilon);
            let (violation, settled) = if before == 0.0 {
                ((-up).max(down).max(0.0), up > highest && down < -highest)
            } else if before >= of.upper {
                (up.max(0.0), up < -highest)
            } else if before <= -of.upper {
                ((-down).max(0.0), down > highest)
            } else if before > 0.0 {
                (up.abs(), false)
            } else {
                (down.abs(), false)
            };
            if settled && violation == 0.0 {
                active.drop(place);
                continue;
            }
            most = most.max(violation);
            total += violation;
            place += 1;
            let step = newton(before, up, down, of.curvature);
            if step.abs() < STILL {
                continue;
            }
            of.value = (before + step).max(-of.upper).min(of.upper);
            if of.value != before {
                problem.add(i, of.value - before, &mut at);
            }
        }
        if iterations == 0 {
            first = total;
        }
        iterations += 1;
        if total <= rules.tol * first {
            if !active.call_back() {
                break;
            }
            highest = f64::INFINITY;
            continue;
        }
        highest = most;
    }
    Ok(Solved { at, iterations })
}

/// The step to the minimum of a parabola with a kink at zero, given its slopes
/// to the right of the kink and to the left.
pub(super) fn newton(at: f64, right: f64, left: f64, curvature: f64) -> f64 {
    if right < curvature * at {
        -right / curvature
    } else if left > curvature * at {
        -left / curvature
    } else {
        -at
    }
}
