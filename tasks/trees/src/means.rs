//! How far the numbers of a node are from their mean, with scikit-learn's
//! arithmetic.

use pleat_num::math::ln;

use crate::criterion::{Criterion, Sums, Target};
use crate::run::{Best, Limits, Run, Side};

/// The measure of a regression tree that predicts means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// The variance.
    Squared,
    /// Half the deviance of a Poisson distribution.
    Poisson,
}

/// A sum up to this may be what rounding left of zero; scikit-learn's too.
const NOTHING: f64 = 10.0 * f64::EPSILON;
/// How much less a bound must be for rounding not to matter.
const SLACK: f64 = 1e-9;
/// Up to here whole numbers add up exactly.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// A [`Loss`] over rows.
pub struct ByMean<'a> {
    loss: Loss,
    numbers: &'a [f64],
    sums: Sums<'a>,
    /// The number at each place.
    node: Vec<f64>,
    /// The weighted sum of the squares of the node.
    squares: f64,
    /// Whether all weights are whole,
    whole: bool,
    /// and all sums of numbers, so that they come out the same in any order.
    exact: bool,
    /// For each value of a column how many rows have it, their sum and weight.
    table: Vec<(u32, f64, f64)>,
}

impl<'a> ByMean<'a> {
    /// Of these numbers, one a row.
    #[must_use]
    pub fn new(loss: Loss, numbers: &'a [f64], weights: Option<&'a [f64]>) -> Self {
        let is_whole = |x: &f64| x.trunc() == *x;
        let whole = weights.is_none_or(|weights| weights.iter().all(is_whole));
        let weight = |row: usize| weights.map_or(1.0, |w| w[row]);
        let squares = (0..numbers.len()).map(|row| weight(row) * numbers[row] * numbers[row]);
        let exact = whole && numbers.iter().all(is_whole) && squares.sum::<f64>() < EXACT;
        let mut sums = Sums::new(Target::Numbers(numbers), weights);
        if loss == Loss::Squared && whole {
            sums.keep_all(numbers);
        }
        ByMean {
            loss,
            numbers,
            sums,
            node: Vec::new(),
            squares: 0.0,
            whole,
            exact: exact && loss == Loss::Squared,
            table: Vec::new(),
        }
    }

    fn poisson(&self, places: &[u32], sum: f64, mass: f64) -> f64 {
        self.deviance(places.iter().copied(), sum, mass)
    }

    fn deviance(&self, places: impl Iterator<Item = u32>, sum: f64, mass: f64) -> f64 {
        if sum <= NOTHING {
            return f64::INFINITY;
        }
        let mean = sum / mass;
        let deviance = places.fold(0.0, |deviance, place| {
            let y = self.node[place as usize];
            let log = if y == 0.0 { 0.0 } else { y * ln(y / mean) };
            deviance + self.sums.amount(place).1 * log
        });
        deviance / mass
    }
}

impl Criterion for ByMean<'_> {
    fn enter(&mut self, rows: &[u32]) {
        self.sums.enter(rows);
        self.node.clear();
        self.node
            .extend(rows.iter().map(|row| self.numbers[*row as usize]));
        let numbers = (0u32..).zip(&self.node);
        self.squares = numbers.fold(0.0, |squares, (place, y)| {
            squares + self.sums.amount(place).0 * y
        });
    }

    fn begin(&mut self, _: &[u32]) {
        self.sums.begin();
    }

    fn advance(&mut self, order: &[u32], to: usize) {
        self.sums.advance(order, to);
    }

    fn mass(&self) -> f64 {
        self.sums.mass
    }

    fn masses(&self) -> (f64, f64) {
        self.sums.masses
    }

    fn impurity(&mut self) -> f64 {
        let (sum, mass) = (self.sums.total[0], self.sums.mass);
        match self.loss {
            Loss::Squared => self.squares / mass - (sum / mass) * (sum / mass),
            Loss::Poisson => self.deviance(0..self.node.len() as u32, sum, mass),
        }
    }

    fn impurities(&self, order: &[u32]) -> (f64, f64) {
        let (left, right) = (self.sums.left[0], self.sums.right[0]);
        let masses = self.sums.masses;
        let places = self.sums.parts(order);
        match self.loss {
            Loss::Squared => {
                let squares = places.0.iter().fold(0.0, |squares, place| {
                    squares + self.sums.amount(*place).0 * self.node[*place as usize]
                });
                self.sums.variances(squares, self.squares)
            }
            Loss::Poisson => (
                self.poisson(places.0, left, masses.0),
                self.poisson(places.1, right, masses.1),
            ),
        }
    }

    /// Only what differs between the splits of a node.
    fn score(&self, _: &[u32]) -> f64 {
        let (left, right) = (self.sums.left[0], self.sums.right[0]);
        let masses = self.sums.masses;
        match self.loss {
            Loss::Squared => left * left / masses.0 + right * right / masses.1,
            Loss::Poisson if left <= NOTHING || right <= NOTHING => -f64::INFINITY,
            Loss::Poisson => {
                let part = |sum: f64, mass: f64| sum * (ln(sum / mass) / std::f64::consts::LN_2);
                part(left, masses.0) + part(right, masses.1)
            }
        }
    }

    fn value(&self, out: &mut Vec<f64>) {
        self.sums.value(out);
    }

    fn answers(&self) -> (f64, f64) {
        self.sums.answers()
    }

    fn halfway(&self) -> f64 {
        self.sums.halfway()
    }

    fn minds_order(&self) -> bool {
        !self.exact
    }

    fn sweeps(&self) -> bool {
        self.loss == Loss::Squared && self.whole
    }

    fn sweep(&mut self, run: &Run<'_>, limits: &Limits, best: &mut Best) -> bool {
        if !self.sweeps() || !(run.plain || self.exact) {
            return false;
        }
        let shares = self.sums.shares_of(run);
        let (total, all, n) = (self.sums.total[0], self.sums.mass, run.sorted.len());
        let mut worth = bound(best);
        let (mut at, mut left, mut mass) = (0, 0.0, 0.0);
        for (i, pair) in (1..).zip(run.sorted.windows(2)) {
            let (amount, weight) = shares[pair[0].place() as usize];
            left += amount;
            mass += weight;
            let (lower, upper) = (pair[0].rank(), pair[1].rank());
            if !limits.allow(i, n - i) || !run.apart(lower, upper) {
                continue;
            }
            if i - at > n - i && !self.exact {
                // Neighbours that are not apart were passed over; scikit-learn
                // comes from the end then.
                (left, mass) = (total, all);
                for entry in run.sorted[i..].iter().rev() {
                    let (amount, weight) = shares[entry.place() as usize];
                    left -= amount;
                    mass -= weight;
                }
            }
            at = i;
            let (right, rest) = (total - left, all - mass);
            if ruled_out((left, mass), (right, rest), worth) || !limits.weigh(mass, rest) {
                continue;
            }
            let score = left * left / mass + right * right / rest;
            best.offer(score, run.column, || run.between(lower, upper, i, n));
            worth = bound(best);
        }
        true
    }

    fn tally(&mut self, run: &Run<'_>, ranks: &[u32], limits: &Limits, best: &mut Best) -> bool {
        let distinct = (run.high - run.low) as usize + 1;
        // Going through the table must cost less than sorting.
        if !self.exact || distinct > 2 * ranks.len() {
            return false;
        }
        self.table.clear();
        self.table.resize(distinct, (0, 0.0, 0.0));
        for (place, rank) in (0u32..).zip(ranks) {
            let (amount, weight) = self.sums.amount(place);
            let (rows, sum, mass) = &mut self.table[(rank - run.low) as usize];
            *rows += 1;
            *sum += amount;
            *mass += weight;
        }
        let (total, all, n) = (self.sums.total[0], self.sums.mass, ranks.len());
        let (mut at, mut left, mut mass) = (0, 0.0, 0.0);
        let (mut lower, mut worth) = (run.low, bound(best));
        for (upper, (rows, sum, weight)) in (run.low..).zip(&self.table) {
            if *rows == 0 {
                continue;
            }
            let (right, rest) = (total - left, all - mass);
            if at > 0
                && !ruled_out((left, mass), (right, rest), worth)
                && limits.allow(at, n - at)
                && limits.weigh(mass, rest)
                && run.apart(lower, upper)
            {
                let score = left * left / mass + right * right / rest;
                best.offer(score, run.column, || run.between(lower, upper, at, n));
                worth = bound(best);
            }
            at += *rows as usize;
            left += sum;
            mass += weight;
            lower = upper;
        }
        true
    }

    fn part(&mut self, ranks: &[u32], side: Side) -> usize {
        let (mut at, mut left, mut mass) = (0, 0.0, 0.0);
        for (place, rank) in (0u32..).zip(ranks) {
            let (amount, weight) = self.sums.amount(place);
            let is_left = side.is_left(*rank);
            at += usize::from(is_left);
            left += if is_left { amount } else { 0.0 };
            mass += if is_left { weight } else { 0.0 };
        }
        self.sums.set(at, left, mass);
        at
    }

    fn parted(&self, ranks: &[u32], side: Side) -> (f64, f64) {
        let places = (0u32..).zip(ranks);
        let squares = places.fold(0.0, |squares, (place, rank)| {
            let square = self.sums.amount(place).0 * self.node[place as usize];
            squares + if side.is_left(*rank) { square } else { 0.0 }
        });
        self.sums.variances(squares, self.squares)
    }
}

/// What a split must reach to be the best.
fn bound(best: &Best) -> f64 {
    best.score - SLACK * best.score.abs()
}

/// Whether it does not, by the sum and the weight of each side, without a
/// division. What is not a number is not ruled out.
#[inline]
fn ruled_out(left: (f64, f64), right: (f64, f64), worth: f64) -> bool {
    left.0 * left.0 * right.1 + right.0 * right.0 * left.1 < worth * (left.1 * right.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_do_not_mind_their_order() {
        let mind =
            |numbers: &[f64], weights| ByMean::new(Loss::Squared, numbers, weights).minds_order();
        assert!(!mind(&[1.0, -3.0], None));
        assert!(!mind(&[1.0, -3.0], Some(&[2.0, 0.0])));
        assert!(mind(&[1.0, -3.0], Some(&[2.0, 0.5])));
        assert!(mind(&[1.0, 0.1], None));
        assert!(mind(&[1.0, 1e9], None));
        assert!(ByMean::new(Loss::Poisson, &[1.0, 3.0], None).minds_order());
    }
}
