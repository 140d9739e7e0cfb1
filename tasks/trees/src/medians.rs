//! How far the numbers of a node are from their median, with scikit-learn's
//! arithmetic. The medians of all beginnings and of all ends of an order are
//! found in one pass each, with Fenwick's trees over the ranks of the numbers
//! (P. M. Fenwick, "A new data structure for cumulative frequency tables",
//! Software: Practice and Experience 24(3), 1994).

use crate::criterion::Criterion;
use crate::introsort::introsort;

/// The mean absolute error over rows.
pub struct ByMedian<'a> {
    numbers: &'a [f64],
    weights: Option<&'a [f64]>,
    /// The number and the weight at each place.
    node: Vec<(f64, f64)>,
    at: usize,
    mass: f64,
    masses: (f64, f64),
    median: f64,
    /// The sum of absolute errors of the rows up to this one,
    left: Vec<f64>,
    /// and of those from this one on,
    right: Vec<f64>,
    /// with the medians of both.
    medians: (Vec<f64>, Vec<f64>),
    sorted: Vec<f64>,
    ranks: Vec<usize>,
    tree: Fenwick,
}

impl<'a> ByMedian<'a> {
    /// Of these numbers, one a row.
    #[must_use]
    pub fn new(numbers: &'a [f64], weights: Option<&'a [f64]>) -> Self {
        ByMedian {
            numbers,
            weights,
            node: Vec::new(),
            at: 0,
            mass: 0.0,
            masses: (0.0, 0.0),
            median: 0.0,
            left: Vec::new(),
            right: Vec::new(),
            medians: (Vec::new(), Vec::new()),
            sorted: Vec::new(),
            ranks: Vec::new(),
            tree: Fenwick::default(),
        }
    }

    fn rank(&mut self, order: &[u32]) {
        let number = |i: &usize| self.node[order[*i] as usize].0;
        let mut by_number: Vec<usize> = (0..order.len()).collect();
        introsort(&mut by_number, number);
        self.sorted.clear();
        self.sorted.extend(by_number.iter().map(number));
        self.ranks.clear();
        self.ranks.resize(order.len(), 0);
        for (rank, i) in by_number.into_iter().enumerate() {
            self.ranks[i] = rank;
        }
    }

    /// Adds one row more; answers with the median so far and the sum of
    /// absolute errors.
    fn include(&mut self, order: &[u32], i: usize) -> (f64, f64) {
        let rank = self.ranks[i];
        let weight = self.node[order[i] as usize].1;
        self.tree.add(rank, self.sorted[rank], weight);
        let (below, at, mass_left, sum_left) = self.tree.half();
        let last = self.sorted.len() - 1;
        let (below, at) = (self.sorted[below.min(last)], self.sorted[at.min(last)]);
        // Between two numbers if exactly half of the weight is below.
        let median = if below == at { at } else { (below + at) / 2.0 };
        let (mass_right, sum_right) = (self.tree.mass - mass_left, self.tree.sum - sum_left);
        let error = (sum_right - median * mass_right) + (median * mass_left - sum_left);
        (median, error)
    }
}

impl Criterion for ByMedian<'_> {
    fn enter(&mut self, rows: &[u32]) {
        let weight = |row: u32| self.weights.map_or(1.0, |w| w[row as usize]);
        let of_row = |row: &u32| (self.numbers[*row as usize], weight(*row));
        self.node.clear();
        self.node.extend(rows.iter().map(of_row));
        self.mass = self.node.iter().fold(0.0, |sum, (_, weight)| sum + weight);
        let order: Vec<u32> = (0..rows.len() as u32).collect();
        self.begin(&order);
    }

    fn begin(&mut self, order: &[u32]) {
        self.at = 0;
        self.masses = (0.0, self.mass);
        self.rank(order);
        self.left.resize(order.len(), 0.0);
        self.right.resize(order.len(), 0.0);
        self.medians.0.resize(order.len(), 0.0);
        self.medians.1.resize(order.len(), 0.0);
        self.tree.clear(order.len());
        for i in 0..order.len() {
            (self.medians.0[i], self.left[i]) = self.include(order, i);
        }
        self.tree.clear(order.len());
        for i in (0..order.len()).rev() {
            (self.medians.1[i], self.right[i]) = self.include(order, i);
        }
        self.median = self.medians.1.first().copied().unwrap_or_default();
    }

    fn advance(&mut self, order: &[u32], to: usize) {
        for place in &order[self.at..to] {
            self.masses.0 += self.node[*place as usize].1;
        }
        self.masses.1 = self.mass - self.masses.0;
        self.at = to;
    }

    fn mass(&self) -> f64 {
        self.mass
    }

    fn masses(&self) -> (f64, f64) {
        self.masses
    }

    fn impurity(&mut self) -> f64 {
        self.right[0] / self.mass
    }

    fn impurities(&self, _: &[u32]) -> (f64, f64) {
        (
            self.left[self.at - 1] / self.masses.0,
            self.right[self.at] / self.masses.1,
        )
    }

    fn value(&self, out: &mut Vec<f64>) {
        out.push(self.median);
    }

    fn answers(&self) -> (f64, f64) {
        (self.medians.0[self.at - 1], self.medians.1[self.at])
    }

    fn halfway(&self) -> f64 {
        let (left, right) = self.answers();
        (left + right) / 2.0
    }

    fn minds_order(&self) -> bool {
        true
    }
}

/// Sums of weights, and of weighted numbers, up to any rank.
#[derive(Default)]
struct Fenwick {
    masses: Vec<f64>,
    sums: Vec<f64>,
    mass: f64,
    sum: f64,
}

impl Fenwick {
    fn clear(&mut self, ranks: usize) {
        self.masses.clear();
        self.masses.resize(ranks + 1, 0.0);
        self.sums.clear();
        self.sums.resize(ranks + 1, 0.0);
        (self.mass, self.sum) = (0.0, 0.0);
    }

    fn add(&mut self, rank: usize, number: f64, weight: f64) {
        let amount = weight * number;
        let mut node = rank + 1;
        while node < self.masses.len() {
            self.masses[node] += weight;
            self.sums[node] += amount;
            node += node & node.wrapping_neg();
        }
        self.mass += weight;
        self.sum += amount;
    }

    /// The rank whose weight reaches half of all, the one that goes beyond it,
    /// and the sums below the latter. They differ if half is met exactly.
    fn half(&self) -> (usize, usize, f64, f64) {
        let half = 0.5 * self.mass;
        let (reaches, ..) = self.descend(half, |due, mass| due > mass);
        let (beyond, mass, sum) = self.descend(half, |due, mass| due >= mass);
        (reaches, beyond, mass, sum)
    }

    fn descend(&self, mut due: f64, passes: impl Fn(f64, f64) -> bool) -> (usize, f64, f64) {
        let ranks = self.masses.len() - 1;
        let (mut node, mut mass, mut sum) = (0, 0.0, 0.0);
        let mut step = (ranks + 1).next_power_of_two();
        while step > 0 {
            let next = node + step;
            if next <= ranks && passes(due, self.masses[next]) {
                due -= self.masses[next];
                mass += self.masses[next];
                sum += self.sums[next];
                node = next;
            }
            step /= 2;
        }
        (node, mass, sum)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_and_errors_of_both_sides() {
        let numbers = [5.0, 1.0, 4.0, 2.0, 2.0];
        let order: Vec<u32> = (0..5).collect();
        let mut measure = ByMedian::new(&numbers, None);
        measure.enter(&order);
        assert_eq!(measure.median, 2.0);
        assert_eq!(measure.left, [0.0, 4.0, 4.0, 6.0, 6.0]);
        assert_eq!(measure.right, [6.0, 3.0, 2.0, 0.0, 0.0]);
        // Half of the weight is up to 2, exactly; then not any more.
        for (weight, median) in [(2.0, 3.0), (3.0, 4.0)] {
            let weights = [1.0, 1.0, weight, 1.0, 1.0];
            let mut measure = ByMedian::new(&numbers, Some(&weights));
            measure.enter(&order);
            assert_eq!(measure.median, median);
        }
    }
}
