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
use crate::lines::{Held, Lines};
use crate::scan::{Extremes, Partners, curvature, descend, last_with};

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
#[derive(Clone, Copy, Debug, PartialEq)]
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
    /// How far each variable was from zero where it was furthest.
    pub furthest: Vec<f64>,
}

impl Solution {
    /// Whether every number of it is one.
    #[must_use]
    pub fn is_finite(&self) -> bool {
        self.rho.is_finite() && self.b.iter().all(|b| b.is_finite())
    }

    /// Whether no variable was ever as far as its bound.
    #[must_use]
    pub fn is_within(&self, bounds: &[f64]) -> bool {
        let mut both = self.furthest.iter().zip(bounds);
        both.all(|(furthest, bound)| *furthest < bound.abs())
    }
}

/// Solves from zero. Lines of the matrix are held in `held`, where they may be
/// from an earlier search over the same rows.
pub fn solve(gram: &mut Gram, held: &mut Held, problem: &Problem, rules: Rules) -> Solution {
    let mut state = State::new(gram, held, problem, rules);
    let converged = state.run();
    let rho = state.rho();
    let in_order = |values: &[f64]| {
        let mut all = vec![0.0; values.len()];
        for (place, value) in state.place.iter().zip(values) {
            all[*place as usize] = *value;
        }
        all
    };
    Solution {
        b: in_order(&state.b),
        rho,
        converged,
        furthest: in_order(&state.furthest),
    }
}

/// All vectors are in the same order, the active variables before the others.
struct State<'a> {
    lines: Lines<'a>,
    rules: Rules,
    /// Where each variable was in the problem.
    place: Vec<u32>,
    b: Vec<f64>,
    /// How far b was from zero where it was furthest.
    furthest: Vec<f64>,
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
    /// Of the slopes of the active variables, where these are known.
    extremes: Option<Extremes>,
}

impl<'a> State<'a> {
    fn new(gram: &'a mut Gram, held: &'a mut Held, problem: &Problem, rules: Rules) -> Self {
        let Problem {
            rows,
            slopes,
            bounds,
        } = problem.clone();
        let n = bounds.len();
        let diagonal = rows.iter().cloned().flatten().map(|r| gram.diagonal(r));
        State {
            rules,
            place: (0..n as u32).collect(),
            b: vec![0.0; n],
            furthest: vec![0.0; n],
            lower: bounds.iter().map(|c| c.min(0.0)).collect(),
            upper: bounds.iter().map(|c| c.max(0.0)).collect(),
            lift: bounds.iter().map(|c| lift(*c > 0.0)).collect(),
            drop: bounds.iter().map(|c| drop(*c < 0.0)).collect(),
            slope: slopes.clone(),
            slope_at_zero: slopes,
            of_bound: vec![0.0; n],
            diagonal: diagonal.collect(),
            lines: Lines::new(gram, rows, held),
            active: n,
            unshrunk: false,
            extremes: None,
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

    /// The pair to move: `i` up and `j` down by as much. None if no pair
    /// promises more than `tol`.
    fn select(&mut self) -> Option<(usize, usize)> {
        let n = self.active;
        let (slope, lift, drop) = (&self.slope[..n], &self.lift[..n], &self.drop[..n]);
        let extremes = self
            .extremes
            .unwrap_or_else(|| Extremes::of(slope, lift, drop));
        self.extremes = Some(extremes);
        let i = last_with(extremes.steepest, slope, lift)?;
        if extremes.steepest - extremes.lowest < self.rules.tol {
            return None;
        }
        let partners = Partners {
            slope,
            drop,
            diagonal: &self.diagonal[..n],
            kernels: self.lines.active(i, &self.place[..n]),
            extremes,
            of_itself: self.diagonal[i],
        };
        partners.best().map(|j| (i, j))
    }

    /// Moves `i` up and `j` down, as just selected, to where the objective is
    /// least or a bound is met.
    fn step(&mut self, i: usize, j: usize) {
        let n = self.active;
        let k_ij = self.lines.active(i, &self.place[..n])[j];
        let curvature = curvature(self.diagonal[i], self.diagonal[j], k_ij);
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
        let were = [i, j].map(|t| (t, self.at_bound(t)));
        for t in [i, j] {
            self.furthest[t] = self.furthest[t].max(self.b[t].abs());
            self.lift[t] = lift(self.b[t] < self.upper[t]);
            self.drop[t] = drop(self.b[t] > self.lower[t]);
        }
        let (k_i, k_j) = self.lines.two(i, j, &self.place[..n]);
        let open = (&self.lift[..n], &self.drop[..n]);
        let slope = &mut self.slope[..n];
        self.extremes = Some(descend(slope, open, (k_i, moved_i), (k_j, moved_j)));
        for (t, before) in were {
            self.note_bound(t, before);
        }
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

    /// Brings up to date what the variables at their bound contribute, if this
    /// one got there or left.
    fn note_bound(&mut self, t: usize, before: bool) {
        if self.at_bound(t) == before {
            return;
        }
        let bound = self.upper[t] + self.lower[t];
        let by = if before { bound } else { -bound };
        let line = self.lines.whole(self.place[t] as usize);
        for (sum, place) in self.of_bound.iter_mut().zip(&self.place) {
            *sum += by * f64::from(line[*place as usize]);
        }
    }

    /// Calls all variables back, and works out their slopes.
    fn call_back(&mut self) {
        let n = self.b.len();
        let active = std::mem::replace(&mut self.active, n);
        if active == n {
            return;
        }
        self.extremes = None;
        self.lines.reorder();
        for t in active..n {
            self.slope[t] = self.of_bound[t] + self.slope_at_zero[t];
        }
        for i in 0..active {
            if !self.is_free(i) {
                continue;
            }
            let line = self.lines.whole(self.place[i] as usize);
            for (slope, place) in self.slope[active..].iter_mut().zip(&self.place[active..]) {
                *slope -= self.b[i] * f64::from(line[*place as usize]);
            }
        }
    }

    /// Sets variables aside that no pair would move, as far as can be told.
    fn shrink(&mut self) {
        let n = self.active;
        let Extremes { steepest, lowest } =
            Extremes::of(&self.slope[..n], &self.lift[..n], &self.drop[..n]);
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
        if self.active < n {
            self.extremes = None;
            self.lines.reorder();
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
        for vector in [
            &mut self.b,
            &mut self.furthest,
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
