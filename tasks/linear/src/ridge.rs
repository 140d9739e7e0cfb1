//! Ridge regression in closed form.
//!
//! The rows are centred and scaled by the roots of their weights, and only
//! their inner products are solved with: of the columns (X'X + alpha) where
//! there are at least as many rows, of the rows (XX' + alpha) otherwise. That
//! matrix is the same for every alpha, so it is made once. Where it cannot be
//! factorised, a singular value decomposition finds the shortest solution.

use pleat_num::dense::{Cholesky, Svd, axpy, dot, gram, transpose};
use serde::{Deserialize, Serialize};

/// Rows to fit on, made ready for any alpha.
pub struct Prepared {
    rows: usize,
    columns: usize,
    /// Column-major, centred and weighted.
    x: Vec<f64>,
    y: Vec<f64>,
    x_offset: Vec<f64>,
    y_offset: f64,
    /// The inner products of the columns, or of the rows if they are fewer.
    products: Vec<f64>,
}

/// A fitted line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// One a column.
    pub coefficients: Vec<f64>,
    /// What is predicted where every column is 0.
    pub intercept: f64,
}

impl Prepared {
    /// Prepares a column-major matrix, its target, and one weight a row.
    /// Without an intercept nothing is centred.
    #[must_use]
    pub fn new(
        mut x: Vec<f64>,
        mut y: Vec<f64>,
        weights: Option<&[f64]>,
        fit_intercept: bool,
    ) -> Self {
        let rows = y.len();
        let columns = x.len() / rows;
        let mut centre = |values: &mut [f64]| {
            if !fit_intercept {
                return 0.0;
            }
            let offset = mean(values, weights);
            values.iter_mut().for_each(|value| *value -= offset);
            offset
        };
        let x_offset = x.chunks_exact_mut(rows).map(&mut centre).collect();
        let y_offset = centre(&mut y);
        if let Some(weights) = weights {
            for values in x.chunks_exact_mut(rows).chain([y.as_mut_slice()]) {
                values
                    .iter_mut()
                    .zip(weights)
                    .for_each(|(value, w)| *value *= w.sqrt());
            }
        }
        let products = if columns > rows {
            gram(&transpose(&x, rows), columns)
        } else {
            gram(&x, rows)
        };
        Prepared {
            rows,
            columns,
            x,
            y,
            x_offset,
            y_offset,
            products,
        }
    }

    /// The line for one alpha. Without a penalty it may be one of many; then
    /// it is the one with the smallest coefficients.
    #[must_use]
    pub fn solve(&self, alpha: f64) -> Line {
        let n = self.rows.min(self.columns);
        let mut penalised = self.products.clone();
        penalised
            .iter_mut()
            .step_by(n + 1)
            .for_each(|diagonal| *diagonal += alpha);
        let coefficients = match Cholesky::new(penalised, n) {
            Some(factor) if self.columns > self.rows => {
                let mut dual = self.y.clone();
                factor.solve(&mut dual);
                self.columns_times(&dual)
            }
            Some(factor) => {
                let mut solution = self.columns_times(&self.y);
                factor.solve(&mut solution);
                solution
            }
            None => self.shortest(alpha),
        };
        let intercept = self.y_offset - dot(&self.x_offset, &coefficients);
        Line {
            coefficients,
            intercept,
        }
    }

    fn columns_times(&self, of_rows: &[f64]) -> Vec<f64> {
        self.x
            .chunks_exact(self.rows)
            .map(|column| dot(column, of_rows))
            .collect()
    }

    /// By singular values. What is nothing but rounding error beside the
    /// largest of them counts as zero.
    fn shortest(&self, alpha: f64) -> Vec<f64> {
        let wide = self.columns > self.rows;
        // X = USV'; of a wide matrix the transpose is decomposed, X = VSU'.
        let (x, long, short) = match wide {
            true => (transpose(&self.x, self.rows), self.columns, self.rows),
            false => (self.x.clone(), self.rows, self.columns),
        };
        let Svd { scaled, v, values } = Svd::new(x, long);
        let largest = values.iter().copied().fold(0.0, f64::max);
        let negligible = largest * f64::EPSILON * long as f64;
        let mut out = vec![0.0; self.columns];
        for (i, s) in values.iter().enumerate().filter(|(_, s)| **s > negligible) {
            let scaled = &scaled[i * long..(i + 1) * long];
            let v = &v[i * short..(i + 1) * short];
            let (of_rows, of_columns) = if wide { (v, scaled) } else { (scaled, v) };
            // One of the two is s times a unit vector, so s is in here once.
            axpy(
                dot(of_rows, &self.y) / (s * s + alpha),
                of_columns,
                &mut out,
            );
        }
        out
    }
}

/// The mean, weighted if there are weights.
fn mean(values: &[f64], weights: Option<&[f64]>) -> f64 {
    match weights {
        None => pleat_num::sum::mean(values),
        Some(weights) => dot(values, weights) / pleat_num::sum::pairwise(weights),
    }
}

impl Line {
    /// Whether every number of it is one.
    #[must_use]
    pub fn is_finite(&self) -> bool {
        self.intercept.is_finite() && self.coefficients.iter().all(|c| c.is_finite())
    }

    /// The line's value at each row, given the columns.
    pub fn predict(&self, columns: impl Iterator<Item = Vec<f64>>, rows: usize) -> Vec<f64> {
        let mut out = vec![0.0; rows];
        for (coefficient, column) in self.coefficients.iter().zip(columns) {
            axpy(*coefficient, &column, &mut out);
        }
        out.iter_mut().for_each(|y| *y += self.intercept);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pleat_num::rng::RandomState;

    fn random(n: usize) -> Vec<f64> {
        let mut rng = RandomState::new(5);
        (0..n).map(|_| rng.uniform(-1.0, 1.0)).collect()
    }

    fn close(a: &Line, b: &Line) {
        for (a, b) in a.coefficients.iter().zip(&b.coefficients) {
            assert!((a - b).abs() < 1e-9, "{a} {b}");
        }
        assert!((a.intercept - b.intercept).abs() < 1e-9);
    }

    /// What fits exactly is found, whichever system is solved.
    #[test]
    fn the_three_ways_agree() {
        for (rows, columns) in [(12, 5), (5, 12), (7, 7)] {
            let (x, y) = (random(rows * columns), random(rows));
            for intercept in [true, false] {
                let ready = Prepared::new(x.clone(), y.clone(), None, intercept);
                let line = ready.solve(0.3);
                let other = Line {
                    coefficients: ready.shortest(0.3),
                    ..line.clone()
                };
                close(&line, &other);
            }
        }
    }

    #[test]
    fn without_a_penalty_the_shortest_of_many_lines_wins() {
        // The same column twice: each gets half.
        let ready = Prepared::new(
            vec![1.0, 2.0, 3.0, 1.0, 2.0, 3.0],
            vec![3.0, 5.0, 7.0],
            None,
            true,
        );
        close(
            &ready.solve(0.0),
            &Line {
                coefficients: vec![1.0, 1.0],
                intercept: 1.0,
            },
        );
        // A constant column gets none.
        let ready = Prepared::new(
            vec![1.0, 2.0, 3.0, 4.0, 4.0, 4.0],
            vec![3.0, 5.0, 7.0],
            None,
            true,
        );
        close(
            &ready.solve(0.0),
            &Line {
                coefficients: vec![2.0, 0.0],
                intercept: 1.0,
            },
        );
    }

    #[test]
    fn a_weight_of_two_is_a_row_twice() {
        let x = [0.5, -1.0, 2.0, 0.1, 0.7, -0.3];
        let once = Prepared::new(
            x.to_vec(),
            vec![1.0, 2.0, -1.0],
            Some(&[1.0, 2.0, 1.0]),
            true,
        );
        let twice = [0.5, -1.0, -1.0, 2.0, 0.1, 0.7, 0.7, -0.3];
        let twice = Prepared::new(twice.to_vec(), vec![1.0, 2.0, 2.0, -1.0], None, true);
        close(&once.solve(0.5), &twice.solve(0.5));
    }
}
