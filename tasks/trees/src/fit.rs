//! From the SDK's rows to a sample to grow a tree over.

use std::rc::Rc;

use pleat_guest::{Error, Rows};
use pleat_num::sum::pairwise;

use crate::criterion::Criterion;
use crate::grow::{Grown, Sample, grow};
use crate::settings::Settings;
use crate::sorted::Order;

/// The rows of a fit, and the weight of each row of the dataset.
pub(crate) struct Prepared {
    order: Rc<Order>,
    rows: Vec<u32>,
    pub(crate) weights: Option<Vec<f64>>,
    n_rows: usize,
    n_columns: usize,
    /// The weight of all, as numpy adds it and as a loop does.
    mass: (f64, f64),
}

impl Prepared {
    /// `weights` are those of the dataset, or what became of them.
    pub(crate) fn new(
        estimator: &str,
        train: &Rows<'_>,
        weights: Option<Vec<f64>>,
    ) -> Result<Self, Error> {
        single_precision(train)?;
        let data = train.dataset();
        // A row without weight counts nowhere, not even as a row of a leaf.
        let counts = |row: &&u32| weights.as_ref().is_none_or(|w| w[**row as usize] != 0.0);
        let rows: Vec<u32> = train.indices().iter().filter(counts).copied().collect();
        if rows.is_empty() {
            return Err(Error::InvalidData(format!(
                "{estimator}: the weights of all rows are 0."
            )));
        }
        let mass = match &weights {
            None => (train.len() as f64, train.len() as f64),
            Some(weights) => {
                let of_rows: Vec<f64> = train
                    .indices()
                    .iter()
                    .map(|row| weights[*row as usize])
                    .collect();
                (pairwise(&of_rows), of_rows.iter().sum())
            }
        };
        Ok(Prepared {
            order: data.cached("order", || Order::new(data.values(), data.n_rows())),
            rows,
            weights,
            n_rows: train.len(),
            n_columns: train.n_columns(),
            mass,
        })
    }

    /// Not pruned yet.
    pub(crate) fn grow<C: Criterion>(
        &self,
        settings: &Settings,
        criterion: C,
        width: usize,
    ) -> Grown {
        let sample = Sample {
            order: &self.order,
            rows: &self.rows,
            mass: self.mass.1,
        };
        let rules = settings.rules(self.n_rows, self.mass.0, self.n_columns);
        grow(&sample, criterion, width, &rules)
    }
}

/// Features are compared in single precision, so they must have one; the
/// sentence is scikit-learn's.
pub(crate) fn single_precision(rows: &Rows<'_>) -> Result<(), Error> {
    for c in 0..rows.n_columns() {
        let column = rows.dataset().column(c);
        if rows
            .indices()
            .iter()
            .any(|row| (column[*row as usize] as f32).is_infinite())
        {
            return Err(Error::InvalidData(format!(
                "Input X contains infinity or a value too large for dtype('float32') (column {c})."
            )));
        }
    }
    Ok(())
}
