//! The best threshold of a numeric column, from its histogram.
//!
//! A gain costs two divisions and has to be known to the last bit, since that
//! decides between splits that part the same rows. So a first pass writes
//! down the sums of every threshold that is allowed, a second estimates all
//! gains at once, with one division each and in vector registers, and only
//! those that may be the best, mostly one, are worked out.

use pleat_num::pair::Pair;

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

    fn sums(
        &mut self,
        limits: &Limits,
        node: &Node,
        of: &Numeric<'_>,
        bins: impl Iterator<Item = usize>,
    ) -> usize {
        match of.slots.constant() {
            true => self.sums_of::<true>(limits, node, of, bins),
            false => self.sums_of::<false>(limits, node, of, bins),
        }
    }

    /// Adds up bins in this order and writes down the sums wherever both sides
    /// have enough. An empty bin changes nothing and is left out. With
    /// `CONSTANT` the sums of hessians are numbers of rows.
    fn sums_of<const CONSTANT: bool>(
        &mut self,
        limits: &Limits,
        node: &Node,
        of: &Numeric<'_>,
        bins: impl Iterator<Item = usize>,
    ) -> usize {
        let (all, min) = (node.sums.rows as u32, limits.min_samples_leaf as u32);
        let (mut found, mut rows) = (0, 0_u32);
        let mut near = Pair::ZERO;
        for bin in bins {
            let pair = of.slots.sums[bin];
            near = near.plus(pair);
            let (gradient, hessian) = (near.first(), near.second());
            let mut changed = pair.first() != 0.0 || pair.second() != 0.0;
            if CONSTANT {
                if hessian < limits.min_samples_leaf {
                    continue;
                }
                if node.sums.hessian - hessian < limits.min_samples_leaf {
                    break;
                }
            } else {
                let here = of.slots.rows[bin];
                changed |= here != 0;
                rows = rows.wrapping_add(here);
                if rows < min {
                    continue;
                }
                if all.wrapping_sub(rows) < min {
                    break;
                }
                if hessian < MIN_HESSIAN {
                    continue;
                }
                if node.sums.hessian - hessian < MIN_HESSIAN {
                    break;
                }
            }
            self.gradient[found & 255] = gradient;
            self.hessian[found & 255] = hessian;
            self.bin[found & 255] = bin as u8;
            found += usize::from(changed);
        }
        found.min(256)
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
        let bar = if limits.monotonic {
            f64::NEG_INFINITY
        } else {
            let highest = self.estimate(limits, node, found);
            let parent = (node.sums.gradient * node.value).abs();
            highest - SLACK * (highest + parent)
        };
        for i in 0..found {
            if !limits.monotonic && self.estimate[i] < bar {
                continue;
            }
            let near = Sums {
                gradient: self.gradient[i],
                hessian: self.hessian[i],
                rows: 0.0,
            };
            let far = node.sums.without(near);
            let (left, right) = if missing_left {
                (far, near)
            } else {
                (near, far)
            };
            let gain = limits.gain(node, left, right, of.direction);
            if gain > 0.0 && best.as_ref().is_none_or(|best| gain > best.gain) {
                // Bins added from the right lie right of the threshold.
                let last = usize::from(self.bin[i]) - usize::from(missing_left);
                *best = Some(Split {
                    gain,
                    column: of.column,
                    test: Test::UpTo(last as u32),
                    missing_left,
                    left,
                });
            }
        }
    }

    /// What the two sides of each threshold come to, about; and the most.
    fn estimate(&mut self, limits: &Limits, node: &Node, found: usize) -> f64 {
        let (gradient, hessian) = (&self.gradient[..found], &self.hessian[..found]);
        let estimate = &mut self.estimate[..found];
        for ((estimate, g), h) in estimate.iter_mut().zip(gradient).zip(hessian) {
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
