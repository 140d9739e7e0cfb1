//! Least squares by the normal equations, where they can be trusted: many
//! times faster than taking the matrix itself apart.
//!
//! Inner products square the condition of a matrix. What a factorisation of
//! them answers is therefore corrected by what it leaves over, worked out from
//! the matrix itself (Björck, Stability analysis of the method of seminormal
//! equations, Linear Algebra and its Applications 88, 1987); and it is not
//! asked at all where columns are nearly collinear.

use pleat_num::dense::{Cholesky, axpy, dot};
use pleat_num::product::{Matrix, gram};

use crate::centred::Centred;

/// The worst condition, of vectors scaled to one length, for which a
/// correction takes off eight digits of the error.
const CONDITION: f64 = 1e4;
/// Corrections; the second one is for the last digits.
const CORRECTIONS: usize = 2;
/// How much worse the condition may be than estimated from sums of squares.
const SAFETY: f64 = 10.0;

/// The shortest solution for the first target, or none if the inner products
/// cannot tell it, or a singular value could be `negligible` times the largest.
#[must_use]
pub fn well_posed(rows: &Centred, negligible: f64) -> Option<Vec<f64>> {
    match rows.columns > rows.rows {
        true => wide(rows, negligible),
        false => tall(rows, negligible),
    }
}

/// Columns that are constant get 0, and are left out of the equations.
fn tall(rows: &Centred, negligible: f64) -> Option<Vec<f64>> {
    let (mut squares, moments) = rows.normal();
    blank(rows, &mut squares, negligible);
    let (n, moments) = (rows.columns, &moments[..rows.columns]);
    let (used, square) = without_zeros(&squares, n);
    let factor = trusted(square, used.len(), negligible)?;
    let solved = |of_columns: &[f64]| {
        let mut solution: Vec<f64> = used.iter().map(|i| of_columns[*i]).collect();
        factor.solve(&mut solution);
        solution
    };
    let mut coefficients = vec![0.0; n];
    let mut add = |change: Vec<f64>| {
        for (i, change) in used.iter().zip(change) {
            coefficients[*i] += change;
        }
        coefficients.clone()
    };
    let mut at = add(solved(moments));
    for _ in 0..CORRECTIONS {
        at = add(solved(&rows.columns_times(&left_over(rows, &at))));
    }
    Some(at)
}

/// One equation a row. Rows without weight say nothing and are left out; what
/// taking out means has left without an equation is given one, which changes
/// no answer: there the target has nothing either.
fn wide(rows: &Centred, negligible: f64) -> Option<Vec<f64>> {
    let n = rows.rows;
    let mut squares = gram(Matrix::column_major(&rows.x, n));
    if let Some(left_out) = rows.left_out() {
        let size = squares.iter().step_by(n + 1).sum::<f64>() / n as f64;
        let factor = size / dot(left_out, left_out);
        for (row, i) in squares.chunks_exact_mut(n).zip(left_out) {
            axpy(factor * i, left_out, row);
        }
    }
    let (used, square) = without_zeros(&squares, n);
    let factor = trusted(square, used.len(), negligible)?;
    let step = |of_rows: &[f64]| {
        let mut some: Vec<f64> = used.iter().map(|i| of_rows[*i]).collect();
        factor.solve(&mut some);
        let mut dual = vec![0.0; n];
        for (i, value) in used.iter().zip(some) {
            dual[*i] = value;
        }
        rows.columns_times(&dual)
    };
    let mut coefficients = step(&rows.y[..n]);
    for _ in 0..CORRECTIONS {
        axpy(
            1.0,
            &step(&left_over(rows, &coefficients)),
            &mut coefficients,
        );
    }
    Some(coefficients)
}

/// Puts 0 for what taking out its mean has left of a constant column: rounding,
/// which is as good as nothing where others are longer by far.
fn blank(rows: &Centred, squares: &mut [f64], negligible: f64) {
    let Some(left_out) = rows.left_out() else {
        return;
    };
    let total = dot(left_out, left_out);
    let n = rows.columns;
    let longest = squares.iter().step_by(n + 1).copied().fold(0.0, f64::max);
    for (i, square) in squares.iter_mut().step_by(n + 1).enumerate() {
        let rounding = 4.0 * f64::EPSILON * rows.offset(i);
        let share = 1e-3 * negligible;
        if *square <= total * rounding * rounding && *square < share * share * longest {
            *square = 0.0;
        }
    }
}

/// Which vectors of a square of inner products are not 0 everywhere, and the
/// square of those.
fn without_zeros(squares: &[f64], n: usize) -> (Vec<usize>, Vec<f64>) {
    let used: Vec<usize> = (0..n).filter(|i| squares[i * n + i] != 0.0).collect();
    let mut out = Vec::with_capacity(used.len() * used.len());
    for i in &used {
        out.extend(used.iter().map(|j| squares[i * n + j]));
    }
    (used, out)
}

/// What the first target has beyond the line.
fn left_over(rows: &Centred, coefficients: &[f64]) -> Vec<f64> {
    let mut out = rows.y[..rows.rows].to_vec();
    for (column, value) in rows.x.chunks_exact(rows.rows).zip(coefficients) {
        axpy(-value, column, &mut out);
    }
    out
}

/// Factorises inner products, if their vectors are far enough from collinear.
/// Sums of squares, which are never too small, stand for the largest ones.
fn trusted(squares: Vec<f64>, n: usize, negligible: f64) -> Option<Cholesky> {
    let diagonal: Vec<f64> = squares.iter().step_by(n + 1).copied().collect();
    let factor = Cholesky::new(squares, n)?;
    let inverse = factor.inverse_diagonal();
    let size: f64 = diagonal.iter().sum();
    let least: f64 = inverse.iter().sum();
    // Of vectors of length 1.
    let scaled = n as f64 * dot(&diagonal, &inverse);
    // False for a NaN too.
    let sound =
        scaled <= CONDITION * CONDITION && (size * least).sqrt() * negligible * SAFETY < 1.0;
    sound.then_some(factor)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::least_squares::shortest;
    use pleat_num::rng::RandomState;

    fn random(n: usize) -> Vec<f64> {
        let mut rng = RandomState::new(17);
        (0..n).map(|_| rng.uniform(-1.0, 1.0)).collect()
    }

    /// What is answered is what taking the matrix apart says, to the last
    /// digits, with columns and rows of zeros among the others.
    #[test]
    fn answers_are_those_of_the_matrix_itself() {
        for (n, columns) in [(40, 6), (7, 30), (9, 8), (5, 5)] {
            let (mut x, y) = (random(n * columns), random(n));
            x[n..2 * n].fill(0.1);
            // Columns of different lengths, the longest nearly the same.
            for i in 0..n {
                x[2 * n + i] = 100.0 * x[i] + 30.0 * x[2 * n + i];
                x[3 * n + i] *= 0.1;
            }
            let mut weights: Vec<f64> = random(n).iter().map(|w| w + 1.1).collect();
            weights[2] = 0.0;
            for weights in [None, Some(&weights[..])] {
                for intercept in [true, false] {
                    let rows = Centred::new(&x, y.clone(), n, weights, intercept);
                    let Some(got) = well_posed(&rows, 1e-6) else {
                        // As many unknowns as equations may be anything.
                        assert!(n < 10 && columns < 10, "{n} {columns} {intercept}");
                        continue;
                    };
                    let wanted = shortest(&rows.x, &rows.y, 1e-6);
                    let size = wanted.iter().fold(0.0_f64, |most, w| most.max(w.abs()));
                    for (got, wanted) in got.iter().zip(&wanted) {
                        assert!((got - wanted).abs() < 1e-12 * size, "{got} {wanted}");
                    }
                }
            }
        }
    }

    #[test]
    fn what_is_nearly_collinear_is_not_answered() {
        let (mut x, y) = (random(20 * 4), random(20));
        let with = |x: &[f64]| Centred::new(x, y.clone(), 20, None, true);
        assert!(well_posed(&with(&x), 1e-6).is_some());
        // Its singular values are not negligible, its inner products vague.
        for i in 0..20 {
            x[20 + i] = x[i] + 1e-5 * x[20 + i];
        }
        assert!(well_posed(&with(&x), 1e-9).is_none());
        assert!(well_posed(&with(&random(80)), 0.5).is_none());
        assert!(well_posed(&with(&[f64::MAX; 20]), 1e-6).is_none());
    }
}
