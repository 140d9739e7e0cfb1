//! How far the numbers of a node are from their mean, with scikit-learn's
//! arithmetic.

use pleat_num::math::ln;

use crate::criterion::{Criterion, Sums, Target};
use crate::sorted::Entry;

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

/// A [`Loss`] over rows.
pub struct ByMean<'a> {
    loss: Loss,
    numbers: &'a [f64],
    sums: Sums<'a>,
    /// The weighted sum of the squares of the node.
    squares: f64,
}

impl<'a> ByMean<'a> {
    /// Of these numbers, one a row.
    #[must_use]
    pub fn new(loss: Loss, numbers: &'a [f64], weights: Option<&'a [f64]>) -> Self {
        ByMean {
            loss,
            numbers,
            sums: Sums::new(Target::Numbers(numbers), weights),
            squares: 0.0,
        }
    }

    fn poisson(&self, rows: &[Entry], sum: f64, mass: f64) -> f64 {
        if sum <= NOTHING {
            return f64::INFINITY;
        }
        let mean = sum / mass;
        let deviance = rows.iter().fold(0.0, |deviance, entry| {
            let y = self.numbers[entry.row as usize];
            let log = if y == 0.0 { 0.0 } else { y * ln(y / mean) };
            deviance + self.sums.weight(entry.row) * log
        });
        deviance / mass
    }
}

impl Criterion for ByMean<'_> {
    fn enter(&mut self, node: &[Entry]) {
        self.sums.enter(node);
        self.squares = node.iter().fold(0.0, |squares, entry| {
            let y = self.numbers[entry.row as usize];
            squares + self.sums.weight(entry.row) * y * y
        });
    }

    fn begin(&mut self, _: &[Entry]) {
        self.sums.begin();
    }

    fn advance(&mut self, order: &[Entry], to: usize) {
        self.sums.advance(order, to);
    }

    fn mass(&self) -> f64 {
        self.sums.mass
    }

    fn masses(&self) -> (f64, f64) {
        self.sums.masses
    }

    fn impurity(&mut self, node: &[Entry]) -> f64 {
        let (sum, mass) = (self.sums.total[0], self.sums.mass);
        match self.loss {
            Loss::Squared => self.squares / mass - (sum / mass) * (sum / mass),
            Loss::Poisson => self.poisson(node, sum, mass),
        }
    }

    fn impurities(&self, order: &[Entry]) -> (f64, f64) {
        let (left, right) = (self.sums.left[0], self.sums.right[0]);
        let masses = self.sums.masses;
        let rows = self.sums.parts(order);
        match self.loss {
            Loss::Squared => {
                let squares = rows.0.iter().fold(0.0, |squares, entry| {
                    let y = self.numbers[entry.row as usize];
                    squares + self.sums.weight(entry.row) * y * y
                });
                let variance = |squares: f64, sum: f64, mass: f64| {
                    squares / mass - (sum / mass) * (sum / mass)
                };
                (
                    variance(squares, left, masses.0),
                    variance(self.squares - squares, right, masses.1),
                )
            }
            Loss::Poisson => (
                self.poisson(rows.0, left, masses.0),
                self.poisson(rows.1, right, masses.1),
            ),
        }
    }

    /// Only what differs between the splits of a node.
    fn score(&self, _: &[Entry]) -> f64 {
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

    fn minds_order(&self) -> bool {
        self.sums.minds_order()
    }
}
