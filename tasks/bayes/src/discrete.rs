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

/// How often what occurs in the rows of each class.
#[derive(Clone, Debug)]
pub struct Counts {
    columns: usize,
    /// The weight of each class.
    classes: Vec<f64>,
    /// One row a class, one entry a column.
    features: Vec<f64>,
}

impl Counts {
    /// Adds up column-major values, row after row. `classes` says for each row
    /// its class, below `n_classes`.
    #[must_use]
    pub fn new(
        values: &[f64],
        classes: &[usize],
        n_classes: usize,
        weights: Option<&[f64]>,
    ) -> Self {
        let columns = values.len() / classes.len();
        let weight = |row: usize| weights.map_or(1.0, |w| w[row]);
        let mut of_class = vec![0.0; n_classes];
        for (row, class) in classes.iter().enumerate() {
            of_class[*class] += weight(row);
        }
        let mut features = vec![0.0; n_classes * columns];
        for (c, column) in values.chunks_exact(classes.len()).enumerate() {
            for (row, (x, class)) in column.iter().zip(classes).enumerate() {
                features[class * columns + c] += weight(row) * x;
            }
        }
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
        let mut weights = Vec::with_capacity(self.features.len());
        let mut intercept = log_prior;
        let rows = self.features.chunks_exact(self.columns);
        for ((counts, all), prior) in rows.zip(&self.classes).zip(&mut intercept) {
            let mut zeros = Vec::with_capacity(self.columns);
            for (count, alpha) in counts.iter().zip(alpha) {
                let one = ln(count + alpha) - ln(all + alpha * 2.0);
                let zero = ln(1.0 - exp(one));
                weights.push(one - zero);
                zeros.push(zero);
            }
            *prior += pairwise(&zeros);
        }
        Linear {
            columns: self.columns,
            weights,
            intercept,
        }
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
