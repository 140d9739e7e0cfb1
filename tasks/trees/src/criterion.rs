//! How good a split is. What all measures share is here: sums that move from
//! the right child to the left one row by row, in scikit-learn's order, for
//! sums of floats in another order part equal splits differently.

use crate::sorted::Entry;

/// A measure of a node and of its splits. A node is entered with its rows,
/// then begun once for each order of them in which splits are looked for.
pub trait Criterion {
    /// Takes stock of a node.
    fn enter(&mut self, node: &[Entry]);
    /// Puts all of its rows to the right.
    fn begin(&mut self, order: &[Entry]);
    /// Moves rows to the left until so many are there.
    fn advance(&mut self, order: &[Entry], to: usize);
    /// The weight of the node.
    fn mass(&self) -> f64;
    /// The weights to the left and to the right.
    fn masses(&self) -> (f64, f64);
    /// The impurity of the node, right after it was entered.
    fn impurity(&mut self, node: &[Entry]) -> f64;
    /// The impurities to the left and to the right.
    fn impurities(&self, order: &[Entry]) -> (f64, f64);
    /// What the node predicts.
    fn value(&self, out: &mut Vec<f64>);
    /// Whether sums depend on the order of rows, if only in their last bits.
    fn minds_order(&self) -> bool;

    /// Higher is better; only comparable within a node.
    fn score(&self, order: &[Entry]) -> f64 {
        let (left, right) = self.masses();
        let (impurity_left, impurity_right) = self.impurities(order);
        -right * impurity_right - left * impurity_left
    }
}

/// What is learned, one entry a row of the dataset.
#[derive(Clone, Copy)]
pub enum Target<'a> {
    /// A class below a number of them.
    Classes(&'a [u32], usize),
    /// A number.
    Numbers(&'a [f64]),
}

/// The weights of the classes, or the weighted sum of the numbers, of a node
/// and of its two parts.
pub(crate) struct Sums<'a> {
    target: Target<'a>,
    weights: Option<&'a [f64]>,
    at: usize,
    pub(crate) total: Vec<f64>,
    pub(crate) left: Vec<f64>,
    pub(crate) right: Vec<f64>,
    pub(crate) mass: f64,
    pub(crate) masses: (f64, f64),
}

impl<'a> Sums<'a> {
    pub(crate) fn new(target: Target<'a>, weights: Option<&'a [f64]>) -> Self {
        let slots = match target {
            Target::Classes(_, n) => n,
            Target::Numbers(_) => 1,
        };
        Sums {
            target,
            weights,
            at: 0,
            total: vec![0.0; slots],
            left: vec![0.0; slots],
            right: vec![0.0; slots],
            mass: 0.0,
            masses: (0.0, 0.0),
        }
    }

    /// Counts do not depend on the order; sums of floats do.
    pub(crate) fn minds_order(&self) -> bool {
        self.weights.is_some() || matches!(self.target, Target::Numbers(_))
    }

    pub(crate) fn weight(&self, row: u32) -> f64 {
        self.weights.map_or(1.0, |w| w[row as usize])
    }

    /// To which sum a row adds what, and its weight.
    fn part(&self, row: u32) -> (usize, f64, f64) {
        let weight = self.weight(row);
        match self.target {
            Target::Classes(codes, _) => (codes[row as usize] as usize, weight, weight),
            Target::Numbers(numbers) => (0, weight * numbers[row as usize], weight),
        }
    }

    pub(crate) fn enter(&mut self, node: &[Entry]) {
        self.total.fill(0.0);
        self.mass = 0.0;
        for entry in node {
            let (slot, amount, weight) = self.part(entry.row);
            self.total[slot] += amount;
            self.mass += weight;
        }
        self.begin();
    }

    pub(crate) fn begin(&mut self) {
        self.at = 0;
        self.left.fill(0.0);
        self.right.copy_from_slice(&self.total);
        self.masses = (0.0, self.mass);
    }

    /// From the end that is nearer.
    pub(crate) fn advance(&mut self, order: &[Entry], to: usize) {
        if to - self.at <= order.len() - to {
            for entry in &order[self.at..to] {
                let (slot, amount, weight) = self.part(entry.row);
                self.left[slot] += amount;
                self.masses.0 += weight;
            }
        } else {
            self.left.copy_from_slice(&self.total);
            self.masses.0 = self.mass;
            for entry in order[to..].iter().rev() {
                let (slot, amount, weight) = self.part(entry.row);
                self.left[slot] -= amount;
                self.masses.0 -= weight;
            }
        }
        self.masses.1 = self.mass - self.masses.0;
        for (right, (total, left)) in self.right.iter_mut().zip(self.total.iter().zip(&self.left)) {
            *right = total - left;
        }
        self.at = to;
    }

    /// The rows to the left and to the right.
    pub(crate) fn parts<'o>(&self, order: &'o [Entry]) -> (&'o [Entry], &'o [Entry]) {
        order.split_at(self.at)
    }

    pub(crate) fn value(&self, out: &mut Vec<f64>) {
        out.extend(self.total.iter().map(|sum| sum / self.mass));
    }
}
