//! The best threshold of a numeric column, from its histogram.
//!
//! A gain costs two divisions and has to be known to the last bit, since that
//! decides between splits that part the same rows. So a first pass writes
//! down the sums of every threshold that is allowed, a second estimates all
//! gains at once, with one division each and in vector registers, and only
//! those that may be the best are worked out.

use crate::histogram::Slots;
use crate::split::{Limits, MIN_HESSIAN, Node, Split, Sums, Test};

/// How much an estimate may be off, relative to what it is made of: far more
/// than rounding ever comes to.
const SLACK: f64 = 1e-12;

/// Room for the thresholds of one column.
pub(crate) struct Scan {
    gradient: [f64; 256],
    hessian: [f64; 256],
    estimate: [f64; 256],
    rows: [f64; 256],
    bin: [u8; 256],
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
            gradient: [0.0; 256],
            hessian: [0.0; 256],
            estimate: [0.0; 256],
            rows: [0.0; 256],
            bin: [0; 256],
        }
    }

    /// The best threshold, rows without a value going right; and if there are
    /// such rows, going left.
    pub(crate) fn best(&mut self, limits: &Limits, node: &Node, of: &Numeric<'_>) -> Option<Split> {
        let mut best = None;
        let end = of.bins - 1 + usize::from(of.missing);
        let found = self.sums(limits, node, of, 0..end);
        self.pick(limits, node, of, found, false, &mut best);
        if of.missing && of.bins > 1 {
            let found = self.sums(limits, node, of, (1..of.bins).rev());
            self.pick(limits, node, of, found, true, &mut best);
        }
        best
    }

    /// Adds up bins in this order and writes down the sums wherever both sides
    /// have enough. An empty bin changes nothing and is left out.
    fn sums(
        &mut self,
        limits: &Limits,
        node: &Node,
        of: &Numeric<'_>,
        bins: impl Iterator<Item = usize>,
    ) -> usize {
        let (mut found, mut near) = (0, Sums::default());
        for bin in bins {
            let here = of.slots.at(bin);
            near.gradient += here.gradient;
            near.hessian += here.hessian;
            near.rows += here.rows;
            if !limits.enough_rows(near) {
                continue;
            }
            let far = node.sums.without(near);
            if !limits.enough_rows(far) {
                break;
            }
            if near.hessian < MIN_HESSIAN {
                continue;
            }
            if far.hessian < MIN_HESSIAN {
                break;
            }
            self.gradient[found & 255] = near.gradient;
            self.hessian[found & 255] = near.hessian;
            self.rows[found & 255] = near.rows;
            self.bin[found & 255] = bin as u8;
            let changed = here.rows != 0.0 || here.gradient != 0.0 || here.hessian != 0.0;
            found += usize::from(changed);
        }
        found
    }

    /// Takes the best of the thresholds written down, if it beats what there is.
    fn pick(
        &mut self,
        limits: &Limits,
        node: &Node,
        of: &Numeric<'_>,
        found: usize,
        missing_left: bool,
        best: &mut Option<Split>,
    ) {
        // Bounds may forbid what an estimate promises.
        let slack = if limits.monotonic {
            f64::INFINITY
        } else {
            self.estimate(limits, node, found);
            SLACK * (node.sums.gradient * node.value).abs()
        };
        let mut bar = f64::NEG_INFINITY;
        for i in 0..found.min(256) {
            if self.estimate[i] < bar {
                continue;
            }
            bar = bar.max(self.estimate[i] * (1.0 - SLACK) - slack);
            let near = Sums {
                gradient: self.gradient[i],
                hessian: self.hessian[i],
                rows: self.rows[i],
            };
            let far = node.sums.without(near);
            let (left, right) = if missing_left {
                (far, near)
            } else {
                (near, far)
            };
            let gain = limits.gain(node, left, right, of.direction);
            if gain > 0.0 && best.as_ref().is_none_or(|best| gain > best.gain) {
                *best = Some(Split {
                    gain,
                    column: of.column,
                    // Bins added from the right lie right of the threshold.
                    test: Test::UpTo(u32::from(self.bin[i]) - u32::from(missing_left)),
                    missing_left,
                    left,
                });
            }
        }
    }

    /// What the two sides of each threshold come to, about.
    fn estimate(&mut self, limits: &Limits, node: &Node, found: usize) {
        let found = found.min(256);
        let (gradient, hessian) = (&self.gradient[..found], &self.hessian[..found]);
        let estimate = &mut self.estimate[..found];
        for ((estimate, g), h) in estimate.iter_mut().zip(gradient).zip(hessian) {
            let (near, far) = (h + limits.l2, node.sums.hessian - h + limits.l2);
            let rest = node.sums.gradient - g;
            *estimate = (g * g * far + rest * rest * near) / (near * far);
        }
    }
}
