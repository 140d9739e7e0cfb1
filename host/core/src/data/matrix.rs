//! The matrix estimators get.

use pleat_num::math;

use super::buffer::Buffer;

/// Numbers, column after column: row `r` of column `c` is at `c * rows + r`.
/// Every NaN in it is the same.
#[derive(Debug, Clone, PartialEq)]
pub struct Matrix {
    rows: usize,
    columns: usize,
    values: Buffer<f64>,
}

impl Matrix {
    /// A matrix of these values; `None` if they are not `rows * columns`.
    #[must_use]
    pub fn new(rows: usize, columns: usize, mut values: Vec<f64>) -> Option<Self> {
        if rows.checked_mul(columns)? != values.len() {
            return None;
        }
        values.iter_mut().for_each(|x| *x = math::canonical(*x));
        Some(Self {
            rows,
            columns,
            values: values.into(),
        })
    }

    /// The same for values in which every NaN is known to be the one.
    pub(super) fn of_canonical(rows: usize, columns: usize, values: Buffer<f64>) -> Option<Self> {
        (rows.checked_mul(columns)? == values.len()).then_some(Self {
            rows,
            columns,
            values,
        })
    }

    /// How many rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// How many columns.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// All values, column after column.
    #[must_use]
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// Some rows, one after another.
    #[must_use]
    pub fn pick_rows(&self, rows: &[u32]) -> Vec<f64> {
        let mut out = vec![0.0; rows.len() * self.columns];
        for (c, column) in self.iter_columns().enumerate() {
            for (i, row) in rows.iter().enumerate() {
                out[i * self.columns + c] = column[*row as usize];
            }
        }
        out
    }

    /// The values of each column.
    pub fn iter_columns(&self) -> impl ExactSizeIterator<Item = &[f64]> {
        let rows = self.rows;
        (0..self.columns).map(move |c| &self.values[c * rows..(c + 1) * rows])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_matrix_has_as_many_values_as_it_says() {
        assert!(Matrix::new(2, 2, vec![0.0; 3]).is_none());
        assert!(Matrix::new(usize::MAX, 2, vec![]).is_none());
        let odd = Matrix::new(1, 1, vec![-f64::NAN]).unwrap();
        assert_eq!(odd.values()[0].to_bits(), math::CANONICAL_NAN.to_bits());
        assert_eq!(Matrix::new(3, 0, vec![]).unwrap().iter_columns().len(), 0);
    }
}
