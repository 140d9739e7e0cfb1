//! Which columns are categories, and what a category is called: its place
//! among those of the training rows.

use pleat_guest::{ColumnKind, Dataset, Error, Rows};
use serde::{Deserialize, Serialize};

/// What the parameter `categorical_features` says.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Categorical {
    /// The columns that the dataset calls categorical.
    ByKind,
    Nowhere,
    /// These columns.
    At(Vec<usize>),
    /// One flag a column.
    Flags(Vec<bool>),
}

impl Categorical {
    /// One flag for each column of a dataset.
    pub(crate) fn flags(&self, estimator: &str, data: &Dataset) -> Result<Vec<bool>, Error> {
        let n = data.n_columns();
        let refuse = |what: String| {
            Err(Error::InvalidParams(format!(
                "The 'categorical_features' parameter of {estimator} {what}"
            )))
        };
        match self {
            Categorical::ByKind => Ok(data
                .kinds()
                .iter()
                .map(|kind| *kind == ColumnKind::Categorical)
                .collect()),
            Categorical::Nowhere => Ok(vec![false; n]),
            Categorical::At(columns) => {
                if let Some(column) = columns.iter().find(|column| **column >= n) {
                    return refuse(format!(
                        "must name columns from 0 to {}. Got {column}.",
                        n - 1
                    ));
                }
                let mut flags = vec![false; n];
                columns.iter().for_each(|column| flags[*column] = true);
                Ok(flags)
            }
            Categorical::Flags(flags) if flags.len() == n => Ok(flags.clone()),
            Categorical::Flags(flags) => refuse(format!(
                "must have {n} flags, one for each column. Got {}.",
                flags.len()
            )),
        }
    }
}

/// The categories of the columns that have some: the values of the training
/// rows, ascending, NaN left out.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Encoders(Vec<(u32, Vec<f64>)>);

impl Encoders {
    /// Looks for the categories of these columns, of which there may be
    /// `max_bins` at most.
    pub(crate) fn new(train: &Rows<'_>, flags: &[bool], max_bins: usize) -> Result<Self, Error> {
        let mut encoders = Vec::new();
        for (column, _) in flags.iter().enumerate().filter(|(_, flag)| **flag) {
            let mut values = train.column(column);
            values.retain(|x| !x.is_nan());
            values.iter_mut().for_each(|x| *x += 0.0);
            values.sort_by(f64::total_cmp);
            values.dedup();
            if values.len() > max_bins {
                return Err(Error::InvalidData(format!(
                    "categorical column {column} has {} categories, but max_bins allows {max_bins}",
                    values.len()
                )));
            }
            encoders.push((column as u32, values));
        }
        Ok(Encoders(encoders))
    }

    /// The categories of a column, if it has any.
    pub(crate) fn categories(&self, column: usize) -> Option<&[f64]> {
        let place = self.0.iter().position(|(c, _)| *c as usize == column)?;
        Some(&self.0[place].1)
    }

    /// Replaces values by categories' places, in a row-major matrix; what is
    /// no category becomes NaN.
    pub(crate) fn encode(&self, matrix: &mut [f64], width: usize) {
        for (column, categories) in &self.0 {
            let values = matrix.iter_mut().skip(*column as usize).step_by(width);
            values.for_each(|x| *x = place(categories, *x));
        }
    }
}

/// A category's place, or NaN.
pub(crate) fn place(categories: &[f64], x: f64) -> f64 {
    let place = categories.partition_point(|category| *category < x);
    match categories.get(place) == Some(&x) {
        true => place as f64,
        false => f64::NAN,
    }
}
