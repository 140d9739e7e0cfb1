//! From the SDK's rows to trees: what all trees of a fit stand on, and which
//! measure is the quickest for their weights.

use std::rc::Rc;

use pleat_guest::{Dataset, Error, Rows};
use pleat_num::sum::pairwise;

use crate::classes::{ByClass, Mixture};
use crate::counts::{ByCount, Counted};
use crate::criterion::Criterion;
use crate::grow::{Grown, Sample, grow};
use crate::means::{ByMean, Loss};
use crate::medians::ByMedian;
use crate::settings::Settings;
use crate::table::Table;

/// How a regression tree measures.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Measure {
    Squared,
    Absolute,
    Poisson,
}

/// The rows of a fit, which go by their places among them from here on.
pub(crate) struct Ground {
    estimator: &'static str,
    table: Rc<Table>,
}

impl Ground {
    pub(crate) fn new(
        estimator: &'static str,
        train: &Rows<'_>,
        random: bool,
    ) -> Result<Self, Error> {
        single_precision(train)?;
        let data = train.dataset();
        let all = if random {
            data.cached("unsorted", || Table::unsorted(data.values(), data.n_rows()))
        } else {
            data.cached("sorted", || Table::new(data.values(), data.n_rows()))
        };
        let every = train.len() == data.n_rows() && train.indices().is_sorted_by(|a, b| a < b);
        let table = if every {
            all
        } else {
            Rc::new(all.of_rows(train.indices()))
        };
        Ok(Ground { estimator, table })
    }

    /// The same rows with these columns alone, in this order.
    pub(crate) fn of_columns(&self, columns: &[usize]) -> Self {
        Ground {
            estimator: self.estimator,
            table: Rc::new(self.table.of_columns(columns)),
        }
    }

    /// How many rows there are.
    pub(crate) fn rows(&self) -> usize {
        self.table.rows()
    }

    /// Weights must not all be 0.
    pub(crate) fn check(&self, weights: Option<&[f64]>) -> Result<(), Error> {
        if weights.is_none_or(|weights| weights.iter().any(|w| *w != 0.0)) {
            return Ok(());
        }
        Err(Error::InvalidData(format!(
            "{}: the weights of all rows are 0.",
            self.estimator
        )))
    }

    /// A tree that tells classes apart, given by their places; not pruned yet.
    pub(crate) fn classes(
        &self,
        mixture: Mixture,
        (codes, n): (&[u32], usize),
        weights: Option<&[f64]>,
        settings: &Settings,
        seed: u32,
    ) -> Result<Grown, Error> {
        let counted = |row: usize| Counted::new(codes[row], weights.map_or(1.0, |w| w[row]));
        let counted: Option<Vec<Counted>> = (0..codes.len()).map(counted).collect();
        match counted {
            Some(rows) => {
                let criterion = ByCount::new(mixture, &rows, n);
                self.grow(criterion, n, weights, settings, seed)
            }
            None => {
                let criterion = ByClass::new(mixture, codes, n, weights);
                self.grow(criterion, n, weights, settings, seed)
            }
        }
    }

    /// A tree that predicts numbers; not pruned yet.
    pub(crate) fn numbers(
        &self,
        measure: Measure,
        numbers: &[f64],
        weights: Option<&[f64]>,
        settings: &Settings,
        seed: u32,
    ) -> Result<Grown, Error> {
        let loss = match measure {
            Measure::Absolute => {
                let criterion = ByMedian::new(numbers, weights);
                return self.grow(criterion, 1, weights, settings, seed);
            }
            Measure::Squared => Loss::Squared,
            Measure::Poisson => Loss::Poisson,
        };
        let criterion = ByMean::new(loss, numbers, weights);
        self.grow(criterion, 1, weights, settings, seed)
    }

    fn grow<C: Criterion>(
        &self,
        criterion: C,
        width: usize,
        weights: Option<&[f64]>,
        settings: &Settings,
        seed: u32,
    ) -> Result<Grown, Error> {
        // A row without weight counts nowhere, not even as a row of a leaf.
        let counts = |row: &u32| weights.is_none_or(|w| w[*row as usize] != 0.0);
        let rows: Vec<u32> = (0..self.rows() as u32).filter(counts).collect();
        self.check(weights)?;
        let n = self.rows() as f64;
        let rules = settings.rules(
            self.rows(),
            weights.map_or(n, pairwise),
            self.table.columns(),
            seed,
        );
        let sample = Sample {
            table: &self.table,
            rows,
            mass: weights.map_or(n, |weights| weights.iter().sum()),
        };
        Ok(grow(sample, criterion, width, &rules))
    }
}

/// Features are compared in single precision, so they must have one; the
/// sentence is scikit-learn's.
pub(crate) fn single_precision(rows: &Rows<'_>) -> Result<(), Error> {
    let data = rows.dataset();
    let wide = |value: &f64| (*value as f32).is_infinite();
    let fits = |data: &Dataset| !data.values().iter().any(wide);
    if *data.cached("fits single precision", || fits(data)) {
        return Ok(());
    }
    for c in 0..rows.n_columns() {
        let column = data.column(c);
        if rows
            .indices()
            .iter()
            .any(|row| wide(&column[*row as usize]))
        {
            return Err(Error::InvalidData(format!(
                "Input X contains infinity or a value too large for dtype('float32') (column {c})."
            )));
        }
    }
    Ok(())
}

/// Poisson's measure needs numbers that such a distribution could have. The
/// sentences are scikit-learn's.
pub(crate) fn check_poisson(numbers: &[f64]) -> Result<(), Error> {
    let refuse = |sentence: &str| Err(Error::InvalidData(sentence.into()));
    if numbers.iter().any(|y| *y < 0.0) {
        return refuse(
            "Some value(s) of y are negative which is not allowed for Poisson regression.",
        );
    }
    if pairwise(numbers) <= 0.0 {
        return refuse("Sum of y is not positive which is necessary for Poisson regression.");
    }
    Ok(())
}

/// What a row of each class weighs so that all classes weigh the same, given
/// how much of each there is.
pub(crate) fn balance(counts: &[f64]) -> Vec<f64> {
    let all = pairwise(counts);
    let n = counts.iter().filter(|count| **count > 0.0).count() as f64;
    let factor = |count: &f64| {
        if *count > 0.0 { all / (n * count) } else { 0.0 }
    };
    counts.iter().map(factor).collect()
}

/// How much there is of each class, each row counted by its weight.
pub(crate) fn class_counts(codes: &[u32], n: usize, weight: impl Fn(usize) -> f64) -> Vec<f64> {
    let mut counts = vec![0.0; n];
    for (row, code) in codes.iter().enumerate() {
        counts[*code as usize] += weight(row);
    }
    counts
}
