//! Naive Bayes over counts, with scikit-learn's arithmetic: how often each
//! feature occurs in each class, and the linear model that follows from it.
//!
//! Classes are places 0, 1, 2 ... A probability of zero is kept as it is: its
//! logarithm is minus infinity, and what is computed with it may be no number,
//! as in scikit-learn.

use pleat_num::math::{exp, ln};
use pleat_num::sum::pairwise;
use serde::{Deserialize, Serialize};

use crate::logsumexp::log_sum_exp;
use crate::strips::{Table, WIDTH};

/// How often what occurs in the rows of each class.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Counts {
    columns: usize,
    /// The weight of each class.
    classes: Vec<f64>,
    /// One row a class, one entry a column.
    features: Vec<f64>,
}

impl Counts {
    /// Adds up values, row after row, or what of them is above the threshold.
    /// `classes` says for each row its class, below `n_classes`.
    #[must_use]
    pub fn new(
        table: Table<'_>,
        threshold: Option<f64>,
        classes: &[usize],
        n_classes: usize,
        weights: Option<&[f64]>,
    ) -> Self {
        let columns = table.columns();
        let weight = |row: usize| weights.map_or(1.0, |w| w[row]);
        let mut of_class = vec![0.0; n_classes];
        for (row, class) in classes.iter().enumerate() {
            of_class[*class] += weight(row);
        }
        let mut features = vec![0.0; n_classes * columns];
        table.strips(|of, rows| {
            if let Some(threshold) = threshold {
                let one = |x: f64| f64::from(u8::from(x > threshold));
                rows.iter_mut().for_each(|x| *x = x.map(one));
            }
            let mut sums = vec![[0.0; WIDTH]; n_classes];
            for (row, (x, class)) in rows.iter().zip(classes).enumerate() {
                let weight = weight(row);
                for lane in 0..WIDTH {
                    sums[*class][lane] += weight * x[lane];
                }
            }
            for (lane, c) in of.enumerate() {
                for (class, sums) in sums.iter().enumerate() {
                    features[class * columns + c] = sums[lane];
                }
            }
        });
        Counts {
            columns,
            classes: of_class,
            features,
        }
    }

    /// The logarithm of each class's share of all weight.
    #[must_use]
    pub fn log_shares(&self) -> Vec<f64> {
        let all = ln(pairwise(&self.classes));
        self.classes.iter().map(|count| ln(*count) - all).collect()
    }

    /// One distribution over all columns a class.
    #[must_use]
    pub fn multinomial(&self, alpha: &[f64], log_prior: Vec<f64>) -> Linear {
        let mut weights = Vec::with_capacity(self.features.len());
        for counts in self.features.chunks_exact(self.columns) {
            let smoothed: Vec<f64> = counts.iter().zip(alpha).map(|(n, a)| n + a).collect();
            let all = ln(pairwise(&smoothed));
            weights.extend(smoothed.iter().map(|count| ln(*count) - all));
        }
        Linear {
            columns: self.columns,
            weights,
            intercept: log_prior,
        }
    }

    /// For each class and column the probability of a one; the others are
    /// zeros and count as well.
    #[must_use]
    pub fn bernoulli(&self, alpha: &[f64], log_prior: Vec<f64>) -> Linear {
        let mut weights = self.log_ones(alpha);
        let mut intercept = log_prior;
        let rows = weights.chunks_exact_mut(self.columns);
        for (ones, prior) in rows.zip(&mut intercept) {
            let zeros: Vec<f64> = ones.iter().map(|one| ln(1.0 - exp(*one))).collect();
            ones.iter_mut()
                .zip(&zeros)
                .for_each(|(one, zero)| *one -= zero);
            *prior += pairwise(&zeros);
        }
        Linear {
            columns: self.columns,
            weights,
            intercept,
        }
    }

    /// The logarithm of the probability of a one, by class and column.
    #[must_use]
    pub fn log_ones(&self, alpha: &[f64]) -> Vec<f64> {
        let rows = self.features.chunks_exact(self.columns).zip(&self.classes);
        let ones = |(counts, all): (&[f64], &f64)| {
            let one = |(n, a): (&f64, &f64)| ln(n + a) - ln(all + a * 2.0);
            counts.iter().zip(alpha).map(one).collect::<Vec<f64>>()
        };
        rows.flat_map(ones).collect()
    }

    /// How much a column speaks against each class by what it is in all the
    /// others (Rennie, Shih, Teevan and Karger, ICML 2003), brought to a sum of
    /// 1 with `norm`. Priors matter only where there is one class.
    #[must_use]
    pub fn complement(&self, alpha: &[f64], log_prior: Vec<f64>, norm: bool) -> Linear {
        let all = self.of_columns();
        let mut weights = Vec::with_capacity(self.features.len());
        for counts in self.features.chunks_exact(self.columns) {
            let others = all
                .iter()
                .zip(alpha)
                .zip(counts)
                .map(|((all, a), n)| all + a - n);
            let others: Vec<f64> = others.collect();
            let sum = pairwise(&others);
            let logs: Vec<f64> = others.iter().map(|n| ln(n / sum)).collect();
            let divisor = if norm { pairwise(&logs) } else { -1.0 };
            weights.extend(logs.iter().map(|log| log / divisor));
        }
        let intercept = match self.classes.len() {
            1 => log_prior,
            n => vec![0.0; n],
        };
        Linear {
            columns: self.columns,
            weights,
            intercept,
        }
    }

    /// The weight of each class.
    #[must_use]
    pub fn of_classes(&self) -> &[f64] {
        &self.classes
    }

    /// How often each column occurs: class after class.
    #[must_use]
    pub fn of_features(&self) -> &[f64] {
        &self.features
    }

    /// How often each column occurs in all classes together.
    #[must_use]
    pub fn of_columns(&self) -> Vec<f64> {
        let mut all = vec![0.0; self.columns];
        for counts in self.features.chunks_exact(self.columns) {
            all.iter_mut().zip(counts).for_each(|(all, n)| *all += n);
        }
        all
    }
}

/// A fitted model: the joint log likelihood is linear in what is counted.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Linear {
    columns: usize,
    /// One row a class, one entry a column.
    weights: Vec<f64>,
    intercept: Vec<f64>,
}

impl Linear {
    /// What each column weighs: class after class.
    #[must_use]
    pub fn weights(&self) -> &[f64] {
        &self.weights
    }

    /// Whether some probability is zero.
    #[must_use]
    pub fn excludes(&self) -> bool {
        !self.weights.iter().all(|w| w.is_finite())
    }

    /// The logarithm of prior times likelihood of row-major values: row after
    /// row, one number a class.
    #[must_use]
    pub fn joint_log_likelihood(&self, values: &[f64]) -> Vec<f64> {
        let rows = values.chunks_exact(self.columns);
        let mut out = Vec::with_capacity(rows.len() * self.intercept.len());
        for row in rows {
            for (weights, intercept) in self.weights.chunks_exact(self.columns).zip(&self.intercept)
            {
                let product = row.iter().zip(weights).map(|(x, w)| x * w);
                out.push(product.sum::<f64>() + intercept);
            }
        }
        out
    }
}

/// `np.argmax`: the first of the highest, where a NaN is higher than all.
#[must_use]
pub fn first_highest(row: &[f64]) -> usize {
    let mut best = 0;
    for (i, x) in row.iter().enumerate() {
        if x.is_nan() {
            return i;
        }
        if *x > row[best] {
            best = i;
        }
    }
    best
}

/// Turns the joint log likelihoods of one row into probabilities; into NaNs
/// if one of them is NaN, or all are minus infinity.
pub fn normalise(row: &mut [f64]) {
    let highest = row[first_highest(row)];
    let log_sum = log_sum_exp(row, highest, pairwise);
    for x in row {
        *x = exp(*x - log_sum);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_number_is_the_highest() {
        assert_eq!(first_highest(&[1.0, 3.0, 3.0]), 1);
        assert_eq!(first_highest(&[1.0, f64::NAN, 3.0, f64::NAN]), 1);
        assert_eq!(first_highest(&[-f64::INFINITY; 3]), 0);
    }

    #[test]
    fn what_cannot_be_normalised_is_no_number() {
        let mut row = [0.0, f64::NAN];
        normalise(&mut row);
        assert!(row.iter().all(|p| p.is_nan()));
        let mut row = [-f64::INFINITY; 2];
        normalise(&mut row);
        assert!(row.iter().all(|p| p.is_nan()));
        let mut row = [-f64::INFINITY, -1e300];
        normalise(&mut row);
        assert_eq!(row, [0.0, 1.0]);
    }
}
