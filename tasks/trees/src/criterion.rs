//! How good a split is. What all measures share is here: sums that move from
//! the right child to the left one row by row, in scikit-learn's order, for
//! sums of floats in another order part equal splits differently.

use crate::run::{Best, Limits, Run, Side};

/// A measure of a node and of its splits. A node is entered with its rows; from
/// then on these go by their places in it, and the node is begun once for each
/// order of places in which splits are looked for.
pub trait Criterion {
    /// Takes stock of a node.
    fn enter(&mut self, rows: &[u32]);
    /// Puts all of its rows to the right.
    fn begin(&mut self, order: &[u32]);
    /// Moves rows to the left until so many are there.
    fn advance(&mut self, order: &[u32], to: usize);
    /// The weight of the node.
    fn mass(&self) -> f64;
    /// The weights to the left and to the right.
    fn masses(&self) -> (f64, f64);
    /// The impurity of the node, right after it was entered.
    fn impurity(&mut self) -> f64;
    /// The impurities to the left and to the right.
    fn impurities(&self, order: &[u32]) -> (f64, f64);
    /// What the node predicts.
    fn value(&self, out: &mut Vec<f64>);
    /// What the left and the right would predict, as far as columns are held
    /// to rise or fall with it.
    fn answers(&self) -> (f64, f64);
    /// Halfway between the two.
    fn halfway(&self) -> f64;
    /// Whether sums depend on the order of rows, if only in their last bits.
    fn minds_order(&self) -> bool;

    /// Higher is better; only comparable within a node.
    fn score(&self, order: &[u32]) -> f64 {
        let (left, right) = self.masses();
        let (impurity_left, impurity_right) = self.impurities(order);
        -right * impurity_right - left * impurity_left
    }

    /// Finds the best split of a column whose rows are sorted, none of them
    /// missing: what trying one by one would find, but faster. Answers with
    /// whether it did.
    fn sweep(&mut self, run: &Run<'_>, limits: &Limits, best: &mut Best) -> bool {
        let _ = (run, limits, best);
        false
    }

    /// Whether that is so wherever no two rows have the same value, and rows
    /// may go by their places in the table.
    fn sweeps(&self) -> bool {
        false
    }

    /// The same before anything is sorted, given the rank of each place.
    fn tally(&mut self, run: &Run<'_>, ranks: &[u32], limits: &Limits, best: &mut Best) -> bool {
        let _ = (run, ranks, limits, best);
        false
    }

    /// Moves all rows to the left whose ranks belong there, whatever order
    /// they are in, and answers with how many they are. Nobody asks where the
    /// order matters.
    fn part(&mut self, ranks: &[u32], side: Side) -> usize {
        let _ = (ranks, side);
        0
    }

    /// The impurities to the left and to the right after that.
    fn parted(&self, ranks: &[u32], side: Side) -> (f64, f64) {
        let _ = (ranks, side);
        self.impurities(&[])
    }
}

/// What is learned, one entry a row.
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
    /// Row after row, what it adds, and its weight, where that is asked for;
    all: Vec<(f64, f64)>,
    /// place after place the same;
    shares: Vec<(f64, f64)>,
    /// and to which sum, where there are several.
    slots: Vec<u32>,
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
            all: Vec::new(),
            shares: Vec::new(),
            slots: Vec::new(),
            at: 0,
            total: vec![0.0; slots],
            left: vec![0.0; slots],
            right: vec![0.0; slots],
            mass: 0.0,
            masses: (0.0, 0.0),
        }
    }

    /// Keeps what each row adds, wherever it is.
    pub(crate) fn keep_all(&mut self, numbers: &[f64]) {
        let share = |(row, number): (u32, &f64)| {
            let weight = self.weight(row);
            (weight * number, weight)
        };
        self.all = (0..).zip(numbers).map(share).collect();
    }

    /// The amounts and the weights that the entries of a run point to.
    pub(crate) fn shares_of(&self, run: &Run<'_>) -> &[(f64, f64)] {
        if run.of_table {
            &self.all
        } else {
            &self.shares
        }
    }

    /// The weight of a row, wherever it is.
    pub(crate) fn weight(&self, row: u32) -> f64 {
        self.weights.map_or(1.0, |w| w[row as usize])
    }

    /// The amount and the weight at a place.
    #[inline]
    pub(crate) fn amount(&self, place: u32) -> (f64, f64) {
        self.shares[place as usize]
    }

    fn slot(&self, place: u32) -> usize {
        self.slots
            .get(place as usize)
            .map_or(0, |slot| *slot as usize)
    }

    pub(crate) fn enter(&mut self, rows: &[u32]) {
        self.total.fill(0.0);
        self.mass = 0.0;
        self.shares.clear();
        self.slots.clear();
        for row in rows {
            let weight = self.weight(*row);
            let (slot, amount) = match self.target {
                Target::Classes(codes, _) => {
                    self.slots.push(codes[*row as usize]);
                    (codes[*row as usize] as usize, weight)
                }
                Target::Numbers(numbers) => (0, weight * numbers[*row as usize]),
            };
            self.total[slot] += amount;
            self.mass += weight;
            self.shares.push((amount, weight));
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
    pub(crate) fn advance(&mut self, order: &[u32], to: usize) {
        if to - self.at <= order.len() - to {
            let moved = order[self.at..to].iter();
            self.move_by(moved, |sum, amount| sum + amount);
        } else {
            self.left.copy_from_slice(&self.total);
            self.masses.0 = self.mass;
            let moved = order[to..].iter().rev();
            self.move_by(moved, |sum, amount| sum - amount);
        }
        self.masses.1 = self.mass - self.masses.0;
        for (right, (total, left)) in self.right.iter_mut().zip(self.total.iter().zip(&self.left)) {
            *right = total - left;
        }
        self.at = to;
    }

    fn move_by<'p>(
        &mut self,
        places: impl Iterator<Item = &'p u32>,
        step: impl Fn(f64, f64) -> f64,
    ) {
        let mut mass = self.masses.0;
        if self.slots.is_empty() {
            let mut left = self.left[0];
            for place in places {
                let (amount, weight) = self.amount(*place);
                left = step(left, amount);
                mass = step(mass, weight);
            }
            self.left[0] = left;
        } else {
            for place in places {
                let (amount, weight) = self.amount(*place);
                let slot = self.slot(*place);
                self.left[slot] = step(self.left[slot], amount);
                mass = step(mass, weight);
            }
        }
        self.masses.0 = mass;
    }

    /// Puts sums that were found otherwise to the left.
    pub(crate) fn set(&mut self, at: usize, left: f64, mass: f64) {
        self.at = at;
        self.left[0] = left;
        self.right[0] = self.total[0] - left;
        self.masses = (mass, self.mass - mass);
    }

    /// The variances to the left and to the right, by the squares' sums there
    /// and in all.
    pub(crate) fn variances(&self, left: f64, all: f64) -> (f64, f64) {
        let variance =
            |squares: f64, sum: f64, mass: f64| squares / mass - (sum / mass) * (sum / mass);
        (
            variance(left, self.left[0], self.masses.0),
            variance(all - left, self.right[0], self.masses.1),
        )
    }

    /// The places to the left and to the right.
    pub(crate) fn parts<'o>(&self, order: &'o [u32]) -> (&'o [u32], &'o [u32]) {
        order.split_at(self.at)
    }

    pub(crate) fn value(&self, out: &mut Vec<f64>) {
        out.extend(self.total.iter().map(|sum| sum / self.mass));
    }

    /// What the first sum comes to on each side.
    pub(crate) fn answers(&self) -> (f64, f64) {
        (self.left[0] / self.masses.0, self.right[0] / self.masses.1)
    }

    /// Halfway between them, in the order of scikit-learn's arithmetic.
    pub(crate) fn halfway(&self) -> f64 {
        self.left[0] / (2.0 * self.masses.0) + self.right[0] / (2.0 * self.masses.1)
    }
}
