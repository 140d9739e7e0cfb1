//! The rows of a dataset one after another, for solvers that take one row at
//! a time. Turned once for a dataset, whatever rows and candidates follow.

use std::rc::Rc;

use pleat_guest::Dataset;

use crate::row_kernels::LANES;

/// All rows of a dataset. From as many columns on as kernels have lanes, rows
/// are filled up with zeros to a multiple of it.
pub struct RowMajor {
    stride: usize,
    values: Vec<f64>,
}

impl RowMajor {
    /// The dataset's, turned now if they were not before.
    #[must_use]
    pub fn of(data: &Rc<Dataset>) -> Rc<Self> {
        data.cached("", || {
            let columns = data.n_columns();
            let stride = match columns < LANES {
                true => columns,
                false => columns.next_multiple_of(LANES),
            };
            let mut values = vec![0.0; stride * data.n_rows()];
            // A few columns at once, for each row written is a line of cache.
            for first in (0..columns).step_by(LANES) {
                let last = columns.min(first + LANES);
                let part: Vec<&[f64]> = (first..last).map(|c| data.column(c)).collect();
                for (r, row) in values.chunks_exact_mut(stride).enumerate() {
                    for (value, column) in row[first..last].iter_mut().zip(&part) {
                        *value = column[r];
                    }
                }
            }
            RowMajor { stride, values }
        })
    }

    /// How many numbers a row has, the zeros it is filled up with among them.
    #[must_use]
    pub fn stride(&self) -> usize {
        self.stride
    }

    /// How many numbers there are in all.
    #[must_use]
    #[allow(clippy::len_without_is_empty)]
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// One row of the dataset.
    #[must_use]
    pub fn row(&self, row: u32) -> &[f64] {
        &self.values[row as usize * self.stride..][..self.stride]
    }
}
