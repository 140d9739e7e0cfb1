//! The best threshold of a numeric column, from its histogram.
//!
//! A gain costs two divisions and has to be known to the last bit, since that
//! decides between splits that part the same rows. So a first pass writes
//! down the sums of every threshold that is allowed, a second estimates all
//! gains at once, with one division each and in vector registers, and only
//! those that may be the best, mostly one, are worked out.

use std::ops::Range;

use pleat_num::pair::Pair;

use crate::histogram::Slots;
use crate::split::{Limits, MIN_HESSIAN, Node, Split, Sums, Test};

/// How much an estimate may be off, relative to what it is made of: far more
/// than rounding ever comes to.
const SLACK: f64 = 1e-12;

/// Room for the thresholds of one column, in the order in which bins are added
/// up: what has been added so far.
pub(crate) struct Scan {
    near: [Pair; 256],
    rows: [u32; 256],
    estimate: [f64; 256],
}

/// The column that is looked at.
pub(crate) struct Numeric<'a> {
    pub(crate) column: usize,
    pub(crate) slots: Slots<'a>,
    /// Bins without the one of missing values.
    pub(crate) bins: usize,
    pub(crate) missing: bool,
    pub(crate) direction: i8,
}

impl Scan {
    pub(crate) fn new() -> Self {
        Scan {
            near: [Pair::ZERO; 256],
            rows: [0; 256],
            estimate: [0.0; 256],
        }
    }

    /// The best threshold, rows without a value going right; and if there are
    /// such rows, going left.
    pub(crate) fn best(&mut self, limits: &Limits, node: &Node, of: &Numeric<'_>) -> Option<Split> {
        let mut best = None;
        let end = of.bins - 1 + usize::from(of.missing);
        let slots = of.slots;
        add_up(slots.sums[..end].iter(), &mut self.near);
        if !slots.constant() {
            count(slots.rows[..end].iter(), &mut self.rows);
        }
        self.pick(limits, node, of, end, false, &mut best);
        if of.missing && of.bins > 1 {
            add_up(slots.sums[1..of.bins].iter().rev(), &mut self.near);
            if !slots.constant() {
                count(slots.rows[1..of.bins].iter().rev(), &mut self.rows);
            }
            self.pick(limits, node, of, of.bins - 1, true, &mut best);
        }
        best
    }

    /// Which thresholds leave enough on both sides. All sums only grow.
    fn allowed(&self, limits: &Limits, node: &Node, n: usize, constant: bool) -> Range<usize> {
        let near = &self.near[..n.min(256)];
        let (all, min) = (node.sums, limits.min_samples_leaf);
        let (mut from, mut to) = match constant {
            true => (
                near.partition_point(|near| near.second() < min),
                near.partition_point(|near| all.hessian - near.second() >= min),
            ),
            false => {
                let rows = &self.rows[..n.min(256)];
                (
                    rows.partition_point(|rows| f64::from(*rows) < min),
                    rows.partition_point(|rows| all.rows - f64::from(*rows) >= min),
                )
            }
        };
        from = from.max(near.partition_point(|near| near.second() < MIN_HESSIAN));
        to = to.min(near.partition_point(|near| all.hessian - near.second() >= MIN_HESSIAN));
        from..to.max(from)
    }

    /// Takes the best of the first `n` thresholds, if it beats what there is.
    fn pick(
        &mut self,
        limits: &Limits,
        node: &Node,
        of: &Numeric<'_>,
        n: usize,
        missing_left: bool,
        best: &mut Option<Split>,
    ) {
        let allowed = self.allowed(limits, node, n, of.slots.constant());
        // Bounds may forbid what an estimate promises.
        let bar = if limits.monotonic {
            self.estimate[allowed.clone()].fill(0.0);
            f64::NEG_INFINITY
        } else {
            let highest = self.estimate(limits, node, allowed.clone());
            let parent = (node.sums.gradient * node.value).abs();
            highest - SLACK * (highest + parent)
        };
        let mut at = allowed.start;
        while let Some(next) = next_of(&self.estimate[at..allowed.end], bar) {
            at += next;
            exact(limits, node, of, (at, self.near[at]), missing_left, best);
            at += 1;
        }
    }

    /// What the two sides of each threshold come to, about; and the most.
    fn estimate(&mut self, limits: &Limits, node: &Node, allowed: Range<usize>) -> f64 {
        let estimate = &mut self.estimate[allowed.clone()];
        for (estimate, pair) in estimate.iter_mut().zip(&self.near[allowed]) {
            let (g, h) = (pair.first(), pair.second());
            let (near, far) = (h + limits.l2, node.sums.hessian - h + limits.l2);
            let rest = node.sums.gradient - g;
            *estimate = (g * g * far + rest * rest * near) / (near * far);
        }
        let mut highest = [f64::NEG_INFINITY; 4];
        let fours = estimate.chunks_exact(4);
        for estimate in fours.remainder() {
            highest[0] = if *estimate > highest[0] {
                *estimate
            } else {
                highest[0]
            };
        }
        for four in fours {
            for (highest, estimate) in highest.iter_mut().zip(four) {
                *highest = if *estimate > *highest {
                    *estimate
                } else {
                    *highest
                };
            }
        }
        highest.into_iter().fold(f64::NEG_INFINITY, f64::max)
    }
}

// The loops below are functions of their own, lest they share registers with
// all around them: kept on the stack, a loop's variables cost it half its time.

/// Running sums.
#[inline(never)]
fn add_up<'a>(pairs: impl Iterator<Item = &'a Pair>, near: &mut [Pair; 256]) {
    let mut sum = Pair::ZERO;
    for (near, pair) in near.iter_mut().zip(pairs) {
        sum = sum.plus(*pair);
        *near = sum;
    }
}

/// Running numbers of rows.
#[inline(never)]
fn count<'a>(bins: impl Iterator<Item = &'a u32>, rows: &mut [u32; 256]) {
    let mut sum = 0_u32;
    for (rows, bin) in rows.iter_mut().zip(bins) {
        sum = sum.wrapping_add(*bin);
        *rows = sum;
    }
}

/// The place of the first estimate that is not below the bar: NaN is not.
#[inline(never)]
fn next_of(estimates: &[f64], bar: f64) -> Option<usize> {
    let below = |estimate: &f64| *estimate < bar;
    estimates.iter().position(|estimate| !below(estimate))
}

/// Works out the gain of one threshold, and keeps it if it is better.
#[inline(never)]
fn exact(
    limits: &Limits,
    node: &Node,
    of: &Numeric<'_>,
    (at, near): (usize, Pair),
    missing_left: bool,
    best: &mut Option<Split>,
) {
    let near = Sums {
        gradient: near.first(),
        hessian: near.second(),
        rows: 0.0,
    };
    let far = node.sums.without(near);
    // Added from the right, bins lie right of the threshold.
    let (left, right, last) = match missing_left {
        true => (far, near, of.bins - 2 - at),
        false => (near, far, at),
    };
    let gain = limits.gain(node, left, right, of.direction);
    if gain > 0.0 && best.as_ref().is_none_or(|best| gain > best.gain) {
        *best = Some(Split {
            gain,
            column: of.column,
            test: Test::UpTo(last as u32),
            missing_left,
            left,
        });
    }
}
