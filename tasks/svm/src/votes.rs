//! One machine for every two classes, and what they decide together.

use serde::{Deserialize, Serialize};

use crate::gram::Gram;
use crate::kernel::Kernel;
use crate::panels::Panels;
use crate::solver::{Problem, Rules, solve};

/// The machines of every two classes: of the first with the second, the first
/// with the third ... the last two. Each is positive for the earlier class.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Machines {
    kernel: Kernel,
    /// The support vectors of all machines, class after class.
    vectors: Panels,
    /// Where each class begins among them, and where the last ends.
    starts: Vec<usize>,
    /// For each machine a factor for every support vector of its first class,
    /// then of its second.
    factors: Vec<Vec<f64>>,
    rhos: Vec<f64>,
}

/// The machines' factors for training rows, before it is known which of these
/// are support vectors.
pub struct Trained {
    /// Where each class begins among the training rows, and the last ends.
    starts: Vec<usize>,
    factors: Vec<Vec<f64>>,
    rhos: Vec<f64>,
    /// Whether all machines converged.
    pub converged: bool,
}

/// Every two of `n`, in the machines' order.
fn pairs(n: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..n).flat_map(move |i| (i + 1..n).map(move |j| (i, j)))
}

impl Trained {
    /// Trains on rows that stand class after class, where class `i` begins at
    /// `starts[i]` and the last ends at the last of them. An error on a row
    /// costs what `costs` says.
    pub fn new(gram: &mut Gram, starts: Vec<usize>, costs: &[f64], rules: Rules) -> Self {
        let mut trained = Trained {
            factors: Vec::new(),
            rhos: Vec::new(),
            converged: true,
            starts,
        };
        for (i, j) in pairs(trained.starts.len() - 1) {
            let first = trained.starts[i]..trained.starts[i + 1];
            let second = trained.starts[j]..trained.starts[j + 1];
            let rows = || first.clone().chain(second.clone());
            let sign = |row: &usize| if first.contains(row) { 1.0 } else { -1.0 };
            let problem = Problem {
                rows: rows().map(|row| row as u32).collect(),
                slopes: rows().map(|row| sign(&row)).collect(),
                bounds: rows().map(|row| sign(&row) * costs[row]).collect(),
            };
            let solution = solve(gram, problem, rules);
            trained.factors.push(solution.b);
            trained.rhos.push(solution.rho);
            trained.converged &= solution.converged;
        }
        trained
    }

    /// Whether every number of it is one.
    #[must_use]
    pub fn is_finite(&self) -> bool {
        let mut all = self.rhos.iter().chain(self.factors.iter().flatten());
        all.all(|x| x.is_finite())
    }

    /// Which training rows are support vectors of any machine.
    #[must_use]
    pub fn support(&self) -> Vec<usize> {
        let mut any = vec![false; self.starts.last().copied().unwrap_or(0)];
        for ((i, j), factors) in pairs(self.starts.len() - 1).zip(&self.factors) {
            for (row, factor) in self.rows(i, j).zip(factors) {
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
    pub fn into_machines(self, kernel: Kernel, support: &[usize], vectors: Panels) -> Machines {
        let factors = pairs(self.starts.len() - 1)
            .zip(&self.factors)
            .map(|((i, j), factors)| {
                let of_rows = self.rows(i, j).zip(factors);
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
            rhos: self.rhos,
        }
    }
}

/// What the machines say of one row, and the room to work it out in.
#[derive(Default)]
pub struct Decision {
    /// Each machine's value: above zero for its first class.
    pub values: Vec<f64>,
    kernels: Vec<f64>,
}

impl Decision {
    /// Asks the machines about a row.
    pub fn of(&mut self, machines: &Machines, row: &[f64]) -> &[f64] {
        let Machines {
            kernel,
            vectors,
            starts,
            ..
        } = machines;
        kernel.with_each(vectors, row, &mut self.kernels);
        self.values.clear();
        let trained = machines.factors.iter().zip(&machines.rhos);
        for ((i, j), (factors, rho)) in pairs(starts.len() - 1).zip(trained) {
            let first = &self.kernels[starts[i]..starts[i + 1]];
            let second = &self.kernels[starts[j]..starts[j + 1]];
            let terms = first.iter().chain(second).zip(factors);
            self.values
                .push(terms.fold(0.0, |sum, (kernel, factor)| sum + factor * kernel) - rho);
        }
        &self.values
    }
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
