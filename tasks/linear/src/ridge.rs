//! Ridge regression in closed form.
//!
//! Only inner products are solved with: of the columns (X'X + alpha) where
//! there are at least as many rows, of the rows (XX' + alpha) otherwise. That
//! matrix is the same for every alpha and every target, so it is made once.
//! Where it cannot be factorised, a singular value decomposition finds the
//! shortest solution.

use pleat_num::dense::{Cholesky, Svd, axpy, dot, transpose};
use pleat_num::product::{Matrix, gram};

use crate::centred::Centred;
use crate::line::Line;

/// Rows to fit on, made ready for any alpha.
pub struct Prepared {
    rows: Centred,
    products: Products,
}

/// What systems are made of.
enum Products {
    /// Inner products of the columns, and of each target with them.
    Columns(Vec<f64>, Vec<f64>),
    /// Of the rows, where they are fewer.
    Rows(Vec<f64>),
}

impl Prepared {
    /// Takes the inner products.
    #[must_use]
    pub fn new(rows: Centred) -> Self {
        let products = if rows.columns > rows.rows {
            Products::Rows(gram(Matrix::column_major(&rows.x, rows.rows)))
        } else {
            let (squares, moments) = rows.normal();
            Products::Columns(squares, moments)
        };
        Prepared { rows, products }
    }

    /// The line of each target for one alpha. Without a penalty it may be one
    /// of many; then it is the one with the smallest coefficients.
    #[must_use]
    pub fn solve(&self, alpha: f64) -> Vec<Line> {
        let (Products::Columns(matrix, _) | Products::Rows(matrix)) = &self.products;
        let n = self.rows.rows.min(self.rows.columns);
        let mut penalised = matrix.clone();
        penalised
            .iter_mut()
            .step_by(n + 1)
            .for_each(|diagonal| *diagonal += alpha);
        let solved = |factor: &Cholesky, b: &[f64]| {
            let mut solution = b.to_vec();
            factor.solve(&mut solution);
            solution
        };
        let solutions: Vec<Vec<f64>> = match (Cholesky::new(penalised, n), &self.products) {
            (Some(factor), Products::Columns(_, moments)) => moments
                .chunks_exact(n)
                .map(|moments| solved(&factor, moments))
                .collect(),
            (Some(factor), Products::Rows(_)) => {
                let targets = self.rows.y.chunks_exact(n);
                targets
                    .map(|y| self.rows.columns_times(&solved(&factor, y)))
                    .collect()
            }
            (None, _) => self.shortest(alpha),
        };
        let line = |(target, coefficients)| self.rows.line(target, coefficients);
        solutions.into_iter().enumerate().map(line).collect()
    }

    /// By singular values. What is nothing but rounding error beside the
    /// largest of them counts as zero.
    fn shortest(&self, alpha: f64) -> Vec<Vec<f64>> {
        let Centred {
            rows,
            columns,
            ref x,
            ..
        } = self.rows;
        let wide = columns > rows;
        // X = USV'; of a wide matrix the transpose is decomposed, X = VSU'.
        let (x, long, short) = match wide {
            true => (transpose(x, rows), columns, rows),
            false => (x.clone(), rows, columns),
        };
        let Svd { scaled, v, values } = Svd::new(x, long);
        let largest = values.iter().copied().fold(0.0, f64::max);
        let negligible = largest * f64::EPSILON * long as f64;
        let solution = |y: &[f64]| {
            let mut out = vec![0.0; columns];
            for (i, s) in values.iter().enumerate().filter(|(_, s)| **s > negligible) {
                let scaled = &scaled[i * long..(i + 1) * long];
                let v = &v[i * short..(i + 1) * short];
                let (of_rows, of_columns) = if wide { (v, scaled) } else { (scaled, v) };
                // One of the two is s times a unit vector, so s is in here once.
                axpy(dot(of_rows, y) / (s * s + alpha), of_columns, &mut out);
            }
            out
        };
        self.rows.y.chunks_exact(rows).map(solution).collect()
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

    fn prepared(x: &[f64], y: &[f64], weights: Option<&[f64]>, intercept: bool) -> Prepared {
        let rows = Centred::new(x, y.to_vec(), y.len(), weights, intercept);
        Prepared::new(rows)
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
                let ready = prepared(&x, &y, None, intercept);
                let line = ready.solve(0.3).remove(0);
                let other = Line {
                    coefficients: ready.shortest(0.3).remove(0),
                    ..line.clone()
                };
                close(&line, &other);
            }
        }
    }

    #[test]
    fn without_a_penalty_the_shortest_of_many_lines_wins() {
        // The same column twice: each gets half.
        let ready = prepared(
            &[1.0, 2.0, 3.0, 1.0, 2.0, 3.0],
            &[3.0, 5.0, 7.0],
            None,
            true,
        );
        close(
            &ready.solve(0.0)[0],
            &Line {
                coefficients: vec![1.0, 1.0],
                intercept: 1.0,
            },
        );
        // A constant column gets none.
        let ready = prepared(
            &[1.0, 2.0, 3.0, 4.0, 4.0, 4.0],
            &[3.0, 5.0, 7.0],
            None,
            true,
        );
        close(
            &ready.solve(0.0)[0],
            &Line {
                coefficients: vec![2.0, 0.0],
                intercept: 1.0,
            },
        );
    }

    #[test]
    fn a_weight_of_two_is_a_row_twice() {
        let x = [0.5, -1.0, 2.0, 0.1, 0.7, -0.3];
        let once = prepared(&x, &[1.0, 2.0, -1.0], Some(&[1.0, 2.0, 1.0]), true);
        let twice = [0.5, -1.0, -1.0, 2.0, 0.1, 0.7, 0.7, -0.3];
        let twice = prepared(&twice, &[1.0, 2.0, 2.0, -1.0], None, true);
        close(&once.solve(0.5)[0], &twice.solve(0.5)[0]);
    }

    #[test]
    fn targets_are_solved_as_if_alone() {
        let (x, both) = (random(8 * 3), random(16));
        let rows = |y: &[f64]| Centred::new(&x, y.to_vec(), 8, None, true);
        let together = Prepared::new(rows(&both)).solve(0.2);
        for (y, line) in both.chunks_exact(8).zip(together) {
            assert_eq!(Prepared::new(rows(y)).solve(0.2), [line]);
        }
    }
}
