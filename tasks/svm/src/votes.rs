//! One machine for every two classes, and what they decide together.

use std::cell::RefCell;
use std::rc::Rc;

use pleat_guest::{Attribute, Rows};
use serde::{Deserialize, Serialize};

use crate::gram::Gram;
use crate::kernel::Kernel;
use crate::paths::Paths;
use crate::solver::{Problem, Rules, Solution};
use crate::vectors::{Block, LANES, Vectors};

/// The machines of every two classes: of the first with the second, the first
/// with the third ... the last two. Each is positive for the earlier class.
#[derive(Serialize, Deserialize)]
pub struct Machines {
    kernel: Kernel,
    /// The support vectors of all machines, class after class.
    vectors: Vectors,
    /// Where each class begins among them, and where the last ends.
    starts: Vec<usize>,
    /// For each machine a factor for every support vector of its first class,
    /// then of its second.
    factors: Vec<Vec<f64>>,
    rhos: Vec<f64>,
    #[serde(skip)]
    decided: RefCell<Decided>,
}

/// What the machines said last of rows of their own dataset: models that share
/// them are asked of the same rows.
#[derive(Default)]
struct Decided {
    rows: Vec<u32>,
    /// Each machine's value, row after row.
    values: Vec<f64>,
}

/// The most values that are kept.
const MOST_DECIDED: usize = 1 << 20;

/// The machines as they are solved, before it is known which training rows are
/// support vectors.
pub struct Trained {
    /// Where each class begins among the training rows, and the last ends.
    starts: Vec<usize>,
    /// One a machine.
    solved: Vec<Rc<Solution>>,
}

/// Every two of `n`, in the machines' order.
fn pairs(n: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..n).flat_map(move |i| (i + 1..n).map(move |j| (i, j)))
}

impl Trained {
    /// Trains on rows that stand class after class, where class `i` begins at
    /// `starts[i]` and the last ends at the last of them. An error on a row
    /// costs what `costs` says.
    pub fn new(
        (gram, paths): (&mut Gram, &mut Paths),
        starts: Vec<usize>,
        costs: &[f64],
        rules: Rules,
    ) -> Self {
        let solved = pairs(starts.len() - 1).map(|(i, j)| {
            let first = starts[i]..starts[i + 1];
            let second = starts[j]..starts[j + 1];
            let signs = first
                .clone()
                .map(|_| 1.0)
                .chain(second.clone().map(|_| -1.0));
            let slopes: Vec<f64> = signs.collect();
            let costs = costs[first.clone()].iter().chain(&costs[second.clone()]);
            let problem = Problem {
                rows: [first, second],
                bounds: slopes.iter().zip(costs).map(|(sign, c)| sign * c).collect(),
                slopes,
            };
            paths.solve(gram, problem, rules)
        });
        let solved = solved.collect();
        Trained { starts, solved }
    }

    /// Whether every number of it is one.
    #[must_use]
    pub fn is_finite(&self) -> bool {
        self.solved.iter().all(|solution| solution.is_finite())
    }

    /// Whether all machines converged.
    #[must_use]
    pub fn converged(&self) -> bool {
        self.solved.iter().all(|solution| solution.converged)
    }

    /// Whether these are the same machines, and not only equal ones.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        let mut both = self.solved.iter().zip(&other.solved);
        self.starts == other.starts && both.all(|(one, other)| Rc::ptr_eq(one, other))
    }

    /// Which training rows are support vectors of any machine.
    #[must_use]
    pub fn support(&self) -> Vec<usize> {
        let mut any = vec![false; self.starts.last().copied().unwrap_or(0)];
        for ((i, j), solution) in pairs(self.starts.len() - 1).zip(&self.solved) {
            for (row, factor) in self.rows(i, j).zip(&solution.b) {
                any[row] |= *factor != 0.0;
            }
        }
        (0..any.len()).filter(|row| any[*row]).collect()
    }

    /// The rows of two classes.
    fn rows(&self, i: usize, j: usize) -> impl Iterator<Item = usize> {
        (self.starts[i]..self.starts[i + 1]).chain(self.starts[j]..self.starts[j + 1])
    }

    /// The machines, given the kernel, the support vectors' rows, and the
    /// vectors.
    #[must_use]
    pub fn machines(&self, kernel: Kernel, support: &[usize], vectors: Vectors) -> Machines {
        let factors = pairs(self.starts.len() - 1)
            .zip(&self.solved)
            .map(|((i, j), solution)| {
                let of_rows = self.rows(i, j).zip(&solution.b);
                let supports = of_rows.filter(|(row, _)| support.binary_search(row).is_ok());
                supports.map(|(_, factor)| *factor).collect()
            })
            .collect();
        let starts = self.starts.iter();
        let start = |start: &usize| support.partition_point(|row| row < start);
        Machines {
            kernel,
            vectors,
            starts: starts.map(start).collect(),
            factors,
            rhos: self.solved.iter().map(|solution| solution.rho).collect(),
            decided: RefCell::default(),
        }
    }
}

impl Machines {
    /// Hands out, row by row, each machine's value: above zero for its first
    /// class.
    pub fn decide(&self, rows: &Rows<'_>, mut each: impl FnMut(&[f64])) {
        let n = self.rhos.len();
        if !self.vectors.are_of(rows.dataset()) || rows.len() * n > MOST_DECIDED {
            return self.work_out(rows, each);
        }
        let mut decided = self.decided.borrow_mut();
        if decided.rows != rows.indices() {
            let mut values = Vec::with_capacity(rows.len() * n);
            self.work_out(rows, |of_row| values.extend_from_slice(of_row));
            let rows = rows.indices().to_vec();
            *decided = Decided { rows, values };
        }
        decided.values.chunks_exact(n).for_each(&mut each);
    }

    fn work_out(&self, rows: &Rows<'_>, mut each: impl FnMut(&[f64])) {
        let mut values = Vec::new();
        let mut of_row = vec![0.0; self.rhos.len()];
        self.vectors.meet(self.kernel, rows, |kernels, n| {
            values.clear();
            let trained = self.factors.iter().zip(&self.rhos);
            for ((i, j), (factors, rho)) in pairs(self.starts.len() - 1).zip(trained) {
                let first = &kernels[self.starts[i]..self.starts[i + 1]];
                let second = &kernels[self.starts[j]..self.starts[j + 1]];
                let (of_first, of_second) = factors.split_at(first.len());
                let sums = add_up([0.0; LANES], first, of_first);
                let sums = add_up(sums, second, of_second);
                values.push(sums.map(|sum| sum - rho));
            }
            for lane in 0..n {
                for (value, lanes) in of_row.iter_mut().zip(&values) {
                    *value = lanes[lane];
                }
                each(&of_row);
            }
        });
    }
}

impl Machines {
    /// What a person would read of them: how many support vectors each class
    /// has, and each machine's intercept and, if the kernel is linear,
    /// weights. Two classes' machine is shown as speaking for the second.
    #[must_use]
    pub fn attributes(&self) -> Vec<Attribute> {
        let n = self.starts.len() - 1;
        let sign = if n == 2 { -1.0 } else { 1.0 };
        let supports = self
            .starts
            .windows(2)
            .map(|ends| (ends[1] - ends[0]) as f64);
        let intercepts = self.rhos.iter().map(|rho| sign * -rho);
        let mut attributes = vec![
            Attribute::vector("n_support_", supports.collect()),
            Attribute::vector("intercept_", intercepts.collect()),
        ];
        if self.kernel == Kernel::Linear {
            let mut coef = Vec::new();
            for ((i, j), factors) in pairs(n).zip(&self.factors) {
                let first = self.starts[i]..self.starts[i + 1];
                let (of_first, of_second) = factors.split_at(first.len());
                let first = self.vectors.combined(first, of_first);
                let second = self.starts[j]..self.starts[j + 1];
                let second = self.vectors.combined(second, of_second);
                coef.extend(first.iter().zip(&second).map(|(x, y)| sign * (x + y)));
            }
            attributes.push(Attribute::matrix("coef_", self.vectors.columns(), coef));
        }
        attributes
    }
}

/// Adds kernels times factors to sums, in order.
pub fn add_up(mut sums: [f64; LANES], kernels: &Block, factors: &[f64]) -> [f64; LANES] {
    for (kernels, factor) in kernels.iter().zip(factors) {
        for lane in 0..LANES {
            sums[lane] += factor * kernels[lane];
        }
    }
    sums
}

/// The class most machines are for; of equals the first.
#[must_use]
pub fn winner(values: &[f64], n_classes: usize) -> usize {
    let mut votes = vec![0; n_classes];
    for ((i, j), value) in pairs(n_classes).zip(values) {
        votes[if *value > 0.0 { i } else { j }] += 1;
    }
    (0..n_classes)
        .rev()
        .max_by_key(|class| votes[*class])
        .unwrap_or(0)
}

/// A score for each class: its votes, and less than half a vote for how sure
/// the machines were.
#[must_use]
pub fn scores(values: &[f64], n_classes: usize) -> Vec<f64> {
    let (mut votes, mut sure) = (vec![0.0; n_classes], vec![0.0; n_classes]);
    for ((i, j), value) in pairs(n_classes).zip(values) {
        sure[i] += value;
        sure[j] -= value;
        votes[if *value < 0.0 { j } else { i }] += 1.0;
    }
    let score = |(votes, sure): (f64, f64)| votes + sure / (3.0 * (sure.abs() + 1.0));
    votes.into_iter().zip(sure).map(score).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_equally_many_votes_the_first_class_wins() {
        // A ring: 0 beats 1, 1 beats 2, 2 beats 0.
        let ring = [1.0, -3.0, 1.5];
        assert_eq!(winner(&ring, 3), 0);
        // The scores see who was surer.
        let scores = scores(&ring, 3);
        assert!(scores[2] > scores[1] && scores[1] > scores[0], "{scores:?}");
        // What is neither goes to the second as a vote, to the first as a score.
        assert_eq!(winner(&[0.0], 2), 1);
        assert_eq!(super::scores(&[0.0], 2), [1.0, 0.0]);
    }
}
