//! Gaussian naive Bayes, with scikit-learn's arithmetic.
//!
//! Classes are places 0, 1, 2 ... Sums run down the rows in the order given and
//! pairwise along them, as numpy's do: a variance that is nothing but smoothing
//! makes terms so large that any other order shows in the scores.

use pleat_num::math::{exp, ln};
use pleat_num::sum::pairwise;
use serde::{Deserialize, Serialize};

use crate::logsumexp::log_sum_exp;
use crate::strips::{Strip, Table, WIDTH};

/// What a model is fitted on.
pub struct Training<'a> {
    /// The features.
    pub table: Table<'a>,
    /// For each row its class, below `n_classes`; each class occurs.
    pub classes: &'a [usize],
    /// How many classes.
    pub n_classes: usize,
    /// One weight a row.
    pub weights: Option<&'a [f64]>,
    /// One probability a class; how often they occur if none.
    pub priors: Option<&'a [f64]>,
    /// The share of the largest variance that is added to every one.
    pub var_smoothing: f64,
}

/// A variance is zero, so there is no density.
#[derive(Debug)]
pub struct Degenerate {
    /// Within this class,
    pub class: usize,
    /// of this column.
    pub column: usize,
}

/// A fitted model. Tables have one row a class, one entry a column.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Gaussian {
    columns: usize,
    /// The weight of each class.
    counts: Vec<f64>,
    /// The probability of each class.
    priors: Vec<f64>,
    /// What was added to each variance.
    added: f64,
    mean: Vec<f64>,
    variance: Vec<f64>,
}

impl Gaussian {
    /// Estimates priors, means and variances.
    pub fn fit(train: &Training<'_>) -> Result<Self, Degenerate> {
        let columns = train.table.columns();
        let mut mass = vec![0.0; train.n_classes];
        for (row, class) in train.classes.iter().enumerate() {
            mass[*class] += train.weights.map_or(1.0, |w| w[row]);
        }
        let total: f64 = mass.iter().sum();
        let priors = match train.priors {
            Some(priors) => priors.to_vec(),
            None => mass.iter().map(|m| m / total).collect(),
        };

        let mut mean = vec![0.0; train.n_classes * columns];
        let mut variance = mean.clone();
        let mut largest = 0.0_f64;
        train.table.strips(|of, rows| {
            let moments = Moments::new(rows, train.classes, &mass, train.weights);
            for (lane, c) in of.enumerate() {
                largest = largest.max(moments.spread[lane]);
                for class in 0..train.n_classes {
                    mean[class * columns + c] = moments.means[class][lane];
                    variance[class * columns + c] = moments.variances[class][lane];
                }
            }
        });
        let added = train.var_smoothing * largest;
        for c in 0..columns {
            for class in 0..train.n_classes {
                let v = &mut variance[class * columns + c];
                *v += added;
                let dense = *v > 0.0; // False for a NaN too.
                if !dense {
                    return Err(Degenerate { class, column: c });
                }
            }
        }
        Ok(Gaussian {
            columns,
            counts: mass,
            priors,
            added,
            mean,
            variance,
        })
    }

    /// How many columns there are.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// The weight of each class.
    #[must_use]
    pub fn counts(&self) -> &[f64] {
        &self.counts
    }

    /// The probability of each class.
    #[must_use]
    pub fn priors(&self) -> &[f64] {
        &self.priors
    }

    /// What was added to each variance.
    #[must_use]
    pub fn added(&self) -> f64 {
        self.added
    }

    /// The mean of each column, class after class.
    #[must_use]
    pub fn means(&self) -> &[f64] {
        &self.mean
    }

    /// The variance of each column, class after class.
    #[must_use]
    pub fn variances(&self) -> &[f64] {
        &self.variance
    }

    /// The logarithm of prior times density: row after row, one number a class.
    /// The values are row-major.
    #[must_use]
    pub fn joint_log_likelihood(&self, values: &[f64]) -> Vec<f64> {
        let classes: Vec<_> = self
            .priors
            .iter()
            .zip(self.mean.chunks_exact(self.columns))
            .zip(self.variance.chunks_exact(self.columns))
            .map(|((prior, mean), variance)| {
                // Minus infinity for a class that cannot occur: it is never
                // the answer.
                let log_prior = ln(*prior);
                let logs: Vec<f64> = variance
                    .iter()
                    .map(|v| ln(2.0 * std::f64::consts::PI * v))
                    .collect();
                (log_prior, -0.5 * pairwise(&logs), mean, variance)
            })
            .collect();
        let mut out = Vec::with_capacity(values.len() / self.columns * classes.len());
        let mut distances = vec![0.0; self.columns];
        for row in values.chunks_exact(self.columns) {
            for (log_prior, log_scale, mean, variance) in &classes {
                let of_row = row.iter().zip(*mean).zip(*variance);
                for (distance, ((x, mean), variance)) in distances.iter_mut().zip(of_row) {
                    *distance = (x - mean) * (x - mean) / variance;
                }
                out.push(log_prior + (log_scale - 0.5 * pairwise(&distances)));
            }
        }
        out
    }
}

/// What there is to know of four columns.
struct Moments {
    /// Within each class; zero for one without weight.
    means: Vec<Strip>,
    variances: Vec<Strip>,
    /// The variance of all rows together. It does not look at weights; neither
    /// does scikit-learn's.
    spread: Strip,
}

impl Moments {
    /// Of rows with their classes, whose weights sum to `mass`.
    fn new(rows: &[Strip], classes: &[usize], mass: &[f64], weights: Option<&[f64]>) -> Self {
        let weight = |row: usize| weights.map_or(1.0, |w| w[row]);
        let (mut sum, mut sums) = ([0.0; WIDTH], vec![[0.0; WIDTH]; mass.len()]);
        for (row, (x, class)) in rows.iter().zip(classes).enumerate() {
            add(&mut sum, 1.0, x);
            add(&mut sums[*class], weight(row), x);
        }
        let centre = sum.map(|sum| sum / rows.len() as f64);
        let means = averages(sums, mass);
        let (mut sum, mut sums) = ([0.0; WIDTH], vec![[0.0; WIDTH]; mass.len()]);
        for (row, (x, class)) in rows.iter().zip(classes).enumerate() {
            add(&mut sum, 1.0, &squares(x, &centre));
            add(&mut sums[*class], weight(row), &squares(x, &means[*class]));
        }
        Moments {
            means,
            variances: averages(sums, mass),
            spread: sum.map(|sum| sum / rows.len() as f64),
        }
    }
}

fn add(sum: &mut Strip, weight: f64, x: &Strip) {
    for lane in 0..WIDTH {
        sum[lane] += weight * x[lane];
    }
}

fn squares(x: &Strip, mean: &Strip) -> Strip {
    std::array::from_fn(|lane| (x[lane] - mean[lane]) * (x[lane] - mean[lane]))
}

fn averages(mut sums: Vec<Strip>, mass: &[f64]) -> Vec<Strip> {
    for (sum, mass) in sums.iter_mut().zip(mass) {
        // np.isclose(mass, 0.0): scikit-learn leaves such a class at zero.
        *sum = match *mass > 1e-8 {
            true => sum.map(|sum| sum / mass),
            false => [0.0; WIDTH],
        };
    }
    sums
}

/// Turns the joint log likelihoods of one row into probabilities.
pub fn normalise(row: &mut [f64]) {
    let highest = row.iter().copied().fold(-f64::INFINITY, f64::max);
    // Beyond all classes: scikit-learn's sum is then minus infinity too, and
    // its probabilities are not numbers. Equal ones say as much and are.
    if !highest.is_finite() {
        let n = row.len() as f64;
        row.fill(1.0 / n);
        return;
    }
    // One class after another: that is how numpy goes through its array here.
    let log_sum = log_sum_exp(row, highest, |xs| xs.iter().sum());
    for x in row {
        *x = exp(*x - log_sum);
    }
}
