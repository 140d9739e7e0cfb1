//! Sequential minimal optimisation: the dual problem of every support vector
//! machine here, solved two variables at a time.
//!
//! Minimised is b'Kb / 2 - s'b, where the sum of b is zero and each b lies
//! between two bounds, one of which is zero. The pair is chosen by
//! second-order information (Fan, Chen and Lin, JMLR 6, 2005), and variables
//! that seem settled at a bound are set aside for a while ("shrunk"). Order,
//! ties and the stopping rule are libsvm's, whose solution is only as near to
//! the optimum as `tol` asks (Chang and Lin, ACM TIST 2:27, 2011): to answer the
//! same, one has to walk the same way.

use std::ops::Range;

use crate::gram::Gram;
use crate::scan::{Partners, curvature, descend, steepest};

/// What is to be solved. A variable is a training row, of which a problem may
/// have some only, or each twice.
#[derive(Clone, Debug)]
pub struct Problem {
    /// The variables' rows of the kernel matrix, in two runs, each of which is
    /// of one class or all.
    pub rows: [Range<usize>; 2],
    /// The slope of the objective at zero, downwards: s.
    pub slopes: Vec<f64>,
    /// The other bound than zero, of either sign.
    pub bounds: Vec<f64>,
}

/// When to stop, and how.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// How much two variables' slopes may still differ.
    pub tol: f64,
    /// Whether settled variables are set aside.
    pub shrinking: bool,
    /// The most steps to take, if there is a most.
    pub max_iter: Option<u64>,
}

/// Where it ended.
#[derive(Clone, Debug)]
pub struct Solution {
    /// One a variable, in the order of the problem.
    pub b: Vec<f64>,
    /// What is to be subtracted from the weighted sum of kernels.
    pub rho: f64,
    /// Whether it ended by `tol`, not by `max_iter`.
    pub converged: bool,
}

/// Solves from zero.
pub fn solve(gram: &mut Gram, problem: Problem, rules: Rules) -> Solution {
    let mut state = State::new(gram, problem, rules);
    let converged = state.run();
    let rho = state.rho();
    let mut b = vec![0.0; state.b.len()];
    for (place, value) in state.place.iter().zip(&state.b) {
        b[*place as usize] = *value;
    }
    Solution { b, rho, converged }
}

/// All vectors are in the same order, the active variables before the others.
struct State<'a> {
    gram: &'a mut Gram,
    rules: Rules,
    /// The rows of the kernel matrix, in the problem's order.
    rows: [Range<usize>; 2],
    /// Where each variable was in the problem, and whether that is where it
    /// is.
    place: Vec<u32>,
    in_order: bool,
    b: Vec<f64>,
    lower: Vec<f64>,
    upper: Vec<f64>,
    /// Zero where b is below its upper bound, minus infinity where it is not.
    lift: Vec<f64>,
    /// Zero where b is above its lower bound, infinity where it is not.
    drop: Vec<f64>,
    /// Downhill at b; current for active variables only.
    slope: Vec<f64>,
    /// The same at zero.
    slope_at_zero: Vec<f64>,
    /// What the variables at their bound contribute to the slope.
    of_bound: Vec<f64>,
    diagonal: Vec<f64>,
    active: usize,
    /// Whether all were called back once, near the end.
    unshrunk: bool,
    /// Kernels of one variable, in the problem's order; and of the two that
    /// move, with the active ones.
    line: Vec<f32>,
    k_i: Vec<f32>,
    k_j: Vec<f32>,
}

impl<'a> State<'a> {
    fn new(gram: &'a mut Gram, problem: Problem, rules: Rules) -> Self {
        let Problem {
            rows,
            slopes,
            bounds,
        } = problem;
        let n = bounds.len();
        let diagonal = rows.iter().cloned().flatten().map(|r| gram.diagonal(r));
        State {
            rules,
            place: (0..n as u32).collect(),
            b: vec![0.0; n],
            lower: bounds.iter().map(|c| c.min(0.0)).collect(),
            upper: bounds.iter().map(|c| c.max(0.0)).collect(),
            lift: bounds.iter().map(|c| lift(*c > 0.0)).collect(),
            drop: bounds.iter().map(|c| drop(*c < 0.0)).collect(),
            slope: slopes.clone(),
            slope_at_zero: slopes,
            of_bound: vec![0.0; n],
            diagonal: diagonal.collect(),
            gram,
            rows,
            in_order: true,
            active: n,
            unshrunk: false,
            line: Vec::new(),
            k_i: Vec::new(),
            k_j: Vec::new(),
        }
    }

    /// Answers whether it converged.
    fn run(&mut self) -> bool {
        let n = self.b.len();
        let pause = n.min(1000);
        let mut until_shrinking = pause + 1;
        let mut steps = 0;
        loop {
            if self.rules.max_iter.is_some_and(|most| steps >= most) {
                return false;
            }
            until_shrinking -= 1;
            if until_shrinking == 0 {
                until_shrinking = pause;
                if self.rules.shrinking {
                    self.shrink();
                }
            }
            let mut pair = self.select();
            if pair.is_none() {
                self.call_back();
                pair = self.select();
                until_shrinking = 1;
            }
            let Some((i, j)) = pair else { return true };
            steps += 1;
            self.step(i, j);
        }
    }

    /// The kernel of variable `i` with every variable, in the problem's order.
    fn kernels(&mut self, i: usize) {
        let [first, second] = self.rows.clone();
        let place = self.place[i] as usize;
        let row = match place.checked_sub(first.len()) {
            None => first.start + place,
            Some(place) => second.start + place,
        };
        self.line.clear();
        self.line.extend_from_slice(self.gram.row(row, first));
        self.line.extend_from_slice(self.gram.row(row, second));
    }

    /// The kernel of variable `i` with the active ones.
    fn of_active(&mut self, i: usize, mut out: Vec<f32>) -> Vec<f32> {
        self.kernels(i);
        if self.in_order {
            std::mem::swap(&mut self.line, &mut out);
            out.truncate(self.active);
        } else {
            let places = &self.place[..self.active];
            out.clear();
            out.extend(places.iter().map(|place| self.line[*place as usize]));
        }
        out
    }

    /// The pair to move: `i` up and `j` down by as much. None if no pair
    /// promises more than `tol`. Leaves the kernels of `i` in `k_i`.
    fn select(&mut self) -> Option<(usize, usize)> {
        let n = self.active;
        let (i, steepest) = steepest(&self.slope[..n], &self.lift[..n])?;
        let k_i = std::mem::take(&mut self.k_i);
        self.k_i = self.of_active(i, k_i);
        let partners = Partners {
            slope: &self.slope[..n],
            drop: &self.drop[..n],
            diagonal: &self.diagonal[..n],
            kernels: &self.k_i,
            steepest,
            of_itself: self.diagonal[i],
        };
        let (j, lowest) = partners.best();
        let close = steepest - lowest < self.rules.tol;
        if close { None } else { Some((i, j?)) }
    }

    /// Moves `i` up and `j` down, as just selected, to where the objective is
    /// least or a bound is met.
    fn step(&mut self, i: usize, j: usize) {
        let k_j = std::mem::take(&mut self.k_j);
        self.k_j = self.of_active(j, k_j);
        let curvature = curvature(self.diagonal[i], self.diagonal[j], self.k_i[j]);
        let by = (self.slope[i] - self.slope[j]) / curvature;
        let (old_i, old_j) = (self.b[i], self.b[j]);
        let sum = old_i + old_j;
        let (upper, lower) = (self.upper[i], self.lower[j]);
        (self.b[i], self.b[j]) = (old_i + by, old_j - by);
        if sum > upper + lower {
            if self.b[i] > upper {
                (self.b[i], self.b[j]) = (upper, sum - upper);
            }
        } else if self.b[j] < lower {
            (self.b[i], self.b[j]) = (sum - lower, lower);
        }
        let (moved_i, moved_j) = (self.b[i] - old_i, self.b[j] - old_j);
        let slope = &mut self.slope[..self.active];
        descend(slope, &self.k_i, &self.k_j, moved_i, moved_j);
        self.note_bound(i);
        self.note_bound(j);
    }

    /// Whether a variable is at the bound that is not zero.
    fn at_bound(&self, t: usize) -> bool {
        if self.upper[t] > 0.0 {
            !self.is_up(t)
        } else {
            !self.is_down(t)
        }
    }

    /// Whether a variable may go up.
    fn is_up(&self, t: usize) -> bool {
        self.lift[t] == 0.0
    }

    /// Whether it may go down.
    fn is_down(&self, t: usize) -> bool {
        self.drop[t] == 0.0
    }

    fn is_free(&self, t: usize) -> bool {
        self.is_up(t) && self.is_down(t)
    }

    /// Brings up to date what depends on where a variable stands.
    fn note_bound(&mut self, t: usize) {
        let before = self.at_bound(t);
        self.lift[t] = lift(self.b[t] < self.upper[t]);
        self.drop[t] = drop(self.b[t] > self.lower[t]);
        if self.at_bound(t) == before {
            return;
        }
        let bound = self.upper[t] + self.lower[t];
        let by = if before { bound } else { -bound };
        self.kernels(t);
        for (sum, place) in self.of_bound.iter_mut().zip(&self.place) {
            *sum += by * f64::from(self.line[*place as usize]);
        }
    }

    /// Calls all variables back, and works out their slopes.
    fn call_back(&mut self) {
        let n = self.b.len();
        let active = std::mem::replace(&mut self.active, n);
        if active == n {
            return;
        }
        for t in active..n {
            self.slope[t] = self.of_bound[t] + self.slope_at_zero[t];
        }
        for i in 0..active {
            if !self.is_free(i) {
                continue;
            }
            self.kernels(i);
            for (slope, place) in self.slope[active..].iter_mut().zip(&self.place[active..]) {
                *slope -= self.b[i] * f64::from(self.line[*place as usize]);
            }
        }
    }

    /// Sets variables aside that no pair would move, as far as can be told.
    fn shrink(&mut self) {
        let (mut steepest, mut lowest) = (f64::NEG_INFINITY, f64::INFINITY);
        for t in 0..self.active {
            if self.is_up(t) && self.slope[t] >= steepest {
                steepest = self.slope[t];
            }
            if self.is_down(t) && self.slope[t] <= lowest {
                lowest = self.slope[t];
            }
        }
        if !self.unshrunk && steepest - lowest <= self.rules.tol * 10.0 {
            self.unshrunk = true;
            self.call_back();
        }
        let mut t = 0;
        while t < self.active {
            if self.is_settled(t, steepest, lowest) {
                self.active -= 1;
                while self.active > t && self.is_settled(self.active, steepest, lowest) {
                    self.active -= 1;
                }
                self.swap(t, self.active);
            }
            t += 1;
        }
    }

    /// Whether a variable is at a bound and pressed against it harder than any
    /// pair could undo.
    fn is_settled(&self, t: usize, steepest: f64, lowest: f64) -> bool {
        if !self.is_up(t) && self.slope[t] > steepest {
            return true;
        }
        !self.is_down(t) && self.slope[t] < lowest
    }

    fn swap(&mut self, i: usize, j: usize) {
        self.in_order &= i == j;
        for vector in [
            &mut self.b,
            &mut self.lower,
            &mut self.upper,
            &mut self.lift,
            &mut self.drop,
            &mut self.slope,
            &mut self.slope_at_zero,
            &mut self.of_bound,
            &mut self.diagonal,
        ] {
            vector.swap(i, j);
        }
        self.place.swap(i, j);
    }

    /// Free variables are on the margin, so their slopes tell; without any,
    /// the middle of what the others allow.
    fn rho(&self) -> f64 {
        let (mut free, mut sum) = (0.0, 0.0);
        let (mut least, mut most) = (f64::NEG_INFINITY, f64::INFINITY);
        for t in 0..self.active {
            let value = -self.slope[t];
            if self.is_free(t) {
                free += 1.0;
                sum += value;
            } else if self.is_up(t) {
                most = most.min(value);
            } else {
                least = least.max(value);
            }
        }
        if free > 0.0 {
            sum / free
        } else {
            (most + least) / 2.0
        }
    }
}

/// What is added to the slope of a variable when the steepest one is looked
/// for: nothing if it may go up.
fn lift(may: bool) -> f64 {
    if may { 0.0 } else { f64::NEG_INFINITY }
}

/// What is added when the lowest one is looked for: nothing if it may go down.
fn drop(may: bool) -> f64 {
    if may { 0.0 } else { f64::INFINITY }
}
