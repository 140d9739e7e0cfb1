//! Eigenvalues and vectors of a symmetric matrix: Householder's reflections
//! make it tridiagonal, and the implicit QL algorithm diagonal (Dubrulle,
//! Martin and Wilkinson, Numerische Mathematik 12, 1968). Errors are as large
//! as rounding beside the largest eigenvalue.

use pleat_num::dense::{axpy, dot};
use pleat_num::math::hypot;

use crate::svd::Right;

/// Rotations that are tried for one eigenvalue; two or three suffice.
const MOST: usize = 60;

/// Decomposes a symmetric matrix of `n` rows; none if it holds what is not
/// finite.
pub(crate) fn symmetric(mut matrix: Vec<f64>, n: usize) -> Option<Right> {
    let norm = matrix.iter().fold(0.0_f64, |most, x| most.max(x.abs()));
    if !norm.is_finite() || matrix.iter().any(|x| x.is_nan()) {
        return None;
    }
    let mut mirrors = Vec::with_capacity(n);
    let (mut diagonal, mut beside) = (vec![0.0; n], vec![0.0; n]);
    for k in 0..n {
        diagonal[k] = matrix[k * n + k];
        let (above, below) = matrix.split_at_mut((k + 1) * n);
        let row = &above[k * n + k + 1..];
        let (mirror, length) = reflection(row);
        beside[k] = length;
        if let Some(mirror) = &mirror {
            reflect(below, n, k + 1, mirror);
        }
        mirrors.push(mirror);
    }
    // Vectors stand one after another, so that what is turned is contiguous.
    let mut vectors = vec![0.0; n * n];
    vectors.iter_mut().step_by(n + 1).for_each(|x| *x = 1.0);
    for (k, mirror) in mirrors.iter().enumerate().rev() {
        let Some(mirror) = mirror else { continue };
        for vector in vectors.chunks_exact_mut(n).skip(k + 1) {
            let vector = &mut vector[k + 1..];
            axpy(-dot(mirror, vector), mirror, vector);
        }
    }
    diagonalise(&mut diagonal, &mut beside, &mut vectors, norm)?;
    Some(Right {
        values: diagonal,
        vectors,
    })
}

/// A vector v of length root 2, so that I - vv' turns this one into its length,
/// with a sign, and zeros; none where it is that already.
fn reflection(x: &[f64]) -> (Option<Vec<f64>>, f64) {
    let Some(first) = x.first().copied() else {
        return (None, 0.0);
    };
    let largest = x[1..].iter().fold(0.0_f64, |most, x| most.max(x.abs()));
    if largest == 0.0 {
        return (None, first);
    }
    let largest = largest.max(first.abs());
    let mut mirror: Vec<f64> = x.iter().map(|x| x / largest).collect();
    let length = dot(&mirror, &mirror).sqrt();
    let pivot = if first > 0.0 { -length } else { length };
    mirror[0] -= pivot;
    let scale = (2.0 / dot(&mirror, &mirror)).sqrt();
    mirror.iter_mut().for_each(|x| *x *= scale);
    (Some(mirror), pivot * largest)
}

/// Reflects the rows and columns from `from` on of a symmetric matrix, whose
/// rows from there on these are.
fn reflect(rows: &mut [f64], n: usize, from: usize, mirror: &[f64]) {
    let mut image: Vec<f64> = rows
        .chunks_exact(n)
        .map(|row| dot(&row[from..], mirror))
        .collect();
    let half = dot(&image, mirror) / 2.0;
    axpy(-half, mirror, &mut image);
    for (i, row) in rows.chunks_exact_mut(n).enumerate() {
        let (m, p) = (mirror[i], image[i]);
        for ((x, mirror), image) in row[from..].iter_mut().zip(mirror).zip(&image) {
            *x -= m * image + p * mirror;
        }
    }
}

/// Turns a tridiagonal matrix, and vectors with it, until nothing is beside
/// the diagonal.
fn diagonalise(d: &mut [f64], e: &mut [f64], vectors: &mut [f64], norm: f64) -> Option<()> {
    let n = d.len();
    for first in 0..n {
        for round in 0.. {
            // What is rounding beside its neighbours, or beside the whole.
            let split = |m: &usize| {
                let near = (d[*m].abs() + d[*m + 1].abs()).max(0.1 * norm);
                e[*m].abs() <= f64::EPSILON * near
            };
            let last = (first..n - 1).find(split).unwrap_or(n - 1);
            if last == first {
                break;
            }
            if round == MOST {
                return None;
            }
            // Wilkinson's shift.
            let lean = (d[first + 1] - d[first]) / (2.0 * e[first]);
            let root = hypot(lean, 1.0).copysign(lean);
            let mut g = d[last] - d[first] + e[first] / (lean + root);
            let (mut sine, mut cosine, mut moved) = (1.0, 1.0, 0.0);
            let mut cut = false;
            for i in (first..last).rev() {
                let (f, b) = (sine * e[i], cosine * e[i]);
                let length = hypot(f, g);
                e[i + 1] = length;
                if length == 0.0 {
                    d[i + 1] -= moved;
                    cut = true;
                    break;
                }
                (sine, cosine) = (f / length, g / length);
                let before = d[i + 1] - moved;
                let turn = (d[i] - before) * sine + 2.0 * cosine * b;
                moved = sine * turn;
                d[i + 1] = before + moved;
                g = cosine * turn - b;
                let (left, right) = vectors.split_at_mut((i + 1) * n);
                for (x, y) in left[i * n..].iter_mut().zip(&mut right[..n]) {
                    (*x, *y) = (cosine * *x - sine * *y, sine * *x + cosine * *y);
                }
            }
            e[last] = 0.0;
            if !cut {
                d[first] -= moved;
                e[first] = g;
            }
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use pleat_num::dense::gram;
    use pleat_num::rng::RandomState;

    #[test]
    fn vectors_are_orthonormal_and_turn_the_matrix_into_its_values() {
        for (n, rank) in [(1, 1), (2, 2), (3, 1), (7, 7), (30, 30), (30, 4), (61, 50)] {
            let mut draws = RandomState::new(n as u32);
            let x: Vec<f64> = (0..n * rank).map(|_| draws.double() - 0.5).collect();
            let a = gram(&x, rank);
            let Right { values, vectors } = symmetric(a.clone(), n).unwrap();
            for i in 0..n {
                let v = &vectors[i * n..][..n];
                for (row, v_r) in a.chunks_exact(n).zip(v) {
                    assert!((dot(row, v) - values[i] * v_r).abs() < 1e-13 * n as f64);
                }
                for j in 0..n {
                    let same = f64::from(u8::from(i == j));
                    assert!((dot(v, &vectors[j * n..][..n]) - same).abs() < 1e-13);
                }
            }
            let some = values.iter().filter(|v| v.abs() > 1e-12).count();
            assert_eq!(some, rank);
        }
    }

    #[test]
    fn what_is_diagonal_stays() {
        let Right { values, .. } = symmetric(vec![2.0, 0.0, 0.0, 3.0], 2).unwrap();
        assert_eq!(values, [2.0, 3.0]);
        assert_eq!(symmetric(vec![0.0; 9], 3).unwrap().values, [0.0; 3]);
        assert!(symmetric(vec![f64::NAN], 1).is_none());
    }
}
