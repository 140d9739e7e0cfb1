//! What the leaves of a tree answer: how far to go along the way that the
//! tree's rows pull.

use pleat_num::sum::pairwise;

use super::loss::{Loss, Truth};
use super::members::Member;
use super::percentile::weighted;

/// A denominator that is as good as zero.
const NOTHING: f64 = 1e-150;

/// Where a stage stands when a tree of it has grown.
pub(crate) struct Stage<'a> {
    pub(crate) loss: Loss,
    pub(crate) truth: &'a Truth,
    /// Which of the outputs the tree is for.
    pub(crate) output: usize,
    /// What is predicted of each row so far, and how it pulls.
    pub(crate) raw: &'a [f64],
    pub(crate) pulls: &'a [f64],
    pub(crate) delta: f64,
    /// The leaf of each row, and whether the row counts.
    pub(crate) leaves: &'a [u32],
    pub(crate) bag: Option<&'a [bool]>,
}

impl Stage<'_> {
    /// Replaces the means that the tree grew with.
    pub(crate) fn answer(&self, member: &mut Member) {
        match self.loss {
            Loss::Squared => {}
            Loss::Binomial | Loss::Exponential | Loss::Multinomial(_) => self.newton(member),
            Loss::Absolute | Loss::Huber(_) | Loss::Quantile(_) => self.percentiles(member),
        }
    }

    fn counts(&self, row: usize) -> bool {
        self.bag.is_none_or(|bag| bag[row])
    }

    /// One step of Newton's, by the means of the gradient and of the second
    /// derivative.
    fn newton(&self, member: &mut Member) {
        let mut rows: Vec<Vec<u32>> = vec![Vec::new(); member.values.len()];
        for (row, leaf) in self.leaves.iter().enumerate() {
            if self.counts(row) {
                rows[*leaf as usize].push(row as u32);
            }
        }
        let factor = match self.loss {
            Loss::Multinomial(classes) => (classes - 1) as f64 / classes as f64,
            _ => 1.0,
        };
        let (mut up, mut down, mut weights) = (Vec::new(), Vec::new(), Vec::new());
        for (leaf, rows) in rows.iter().enumerate() {
            if !member.is_leaf(leaf) {
                continue;
            }
            let of_rows = rows.iter().map(|row| *row as usize);
            let weight = |row: usize| self.truth.weight(row);
            weights.clear();
            weights.extend(of_rows.clone().map(weight));
            up.clear();
            up.extend(of_rows.clone().map(|row| self.pulls[row] * weight(row)));
            down.clear();
            down.extend(of_rows.map(|row| self.bend(row) * weight(row)));
            let mass = pairwise(&weights);
            let (up, down) = (pairwise(&up) / mass * factor, pairwise(&down) / mass);
            let settled = down.abs() < NOTHING;
            member.values[leaf] = if settled { 0.0 } else { up / down };
        }
    }

    /// The second derivative, told from the first.
    fn bend(&self, row: usize) -> f64 {
        let (pull, y) = (self.pulls[row], self.truth.numbers[row]);
        let share = match self.loss {
            Loss::Exponential => return if y == 0.0 { -pull } else { pull },
            Loss::Multinomial(_) => f64::from(u8::from(y == self.output as f64)) - pull,
            _ => y - pull,
        };
        share * (1.0 - share)
    }

    /// Percentiles of what is left to learn.
    fn percentiles(&self, member: &mut Member) {
        let mut left: Vec<Vec<(f64, f64)>> = vec![Vec::new(); member.values.len()];
        for (row, leaf) in self.leaves.iter().enumerate() {
            if self.counts(row) {
                let off = self.truth.numbers[row] - self.raw[row];
                left[*leaf as usize].push((off, self.truth.weight(row)));
            }
        }
        for (leaf, rows) in left.into_iter().enumerate() {
            if !member.is_leaf(leaf) {
                continue;
            }
            let share = match self.loss {
                Loss::Quantile(alpha) => alpha,
                _ => 0.5,
            };
            // In another order; the mean below runs in that of the rows.
            let mut step = weighted(&mut rows.clone(), share);
            if let Loss::Huber(_) = self.loss {
                let median = step;
                let bounded = |off: f64| (off - median).clamp(-self.delta, self.delta);
                let pulls: Vec<f64> = rows.iter().map(|(off, w)| bounded(*off) * w).collect();
                let weights: Vec<f64> = rows.iter().map(|(_, w)| *w).collect();
                step = median + pairwise(&pulls) / pairwise(&weights);
            }
            member.values[leaf] = step;
        }
    }
}
