//! Columns, with one of ones for the intercept, and their products with
//! numbers a row and numbers a column.

use pleat_num::dense::{axpy, dot, gram};

/// Rows taken at once, so that what is summed up stays close to the processor.
const BLOCK: usize = 512;

/// Some columns.
pub struct Columns {
    rows: usize,
    /// Column-major.
    x: Vec<f64>,
}

impl Columns {
    /// Of a column-major matrix; with an intercept the last column is ones.
    #[must_use]
    pub fn new(mut x: Vec<f64>, rows: usize, intercept: bool) -> Self {
        if intercept {
            x.resize(x.len() + rows, 1.0);
        }
        Columns { rows, x }
    }

    /// How many columns, that of ones among them.
    #[must_use]
    pub fn width(&self) -> usize {
        self.x.len() / self.rows
    }

    /// How many rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// A number for each row.
    #[must_use]
    pub fn times(&self, at: &[f64]) -> Vec<f64> {
        let mut out = vec![0.0; self.rows];
        for (block, out) in out.chunks_mut(BLOCK).enumerate() {
            let begin = block * BLOCK;
            for (column, w) in self.x.chunks_exact(self.rows).zip(at) {
                axpy(*w, &column[begin..begin + out.len()], out);
            }
        }
        out
    }

    /// A number for each column.
    #[must_use]
    pub fn transposed_times(&self, of_rows: &[f64]) -> Vec<f64> {
        let columns = self.x.chunks_exact(self.rows);
        columns.map(|column| dot(column, of_rows)).collect()
    }

    /// X'DX, of weights not below 0.
    #[must_use]
    pub fn gram(&self, weights: &[f64]) -> Vec<f64> {
        let roots: Vec<f64> = weights.iter().map(|w| w.sqrt()).collect();
        let mut scaled = self.x.clone();
        for column in scaled.chunks_exact_mut(self.rows) {
            column
                .iter_mut()
                .zip(&roots)
                .for_each(|(x, root)| *x *= root);
        }
        gram(&scaled, self.rows)
    }
}
