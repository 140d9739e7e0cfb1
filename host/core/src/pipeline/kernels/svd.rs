//! Singular values and right singular vectors of a matrix of any shape.
//!
//! A QR decomposition with column pivoting makes the matrix small and
//! square; Jacobi's rotations in `pleat_num` do the rest. Exact, up to
//! rounding, and equal to the bit on every machine, which LAPACK is not.

use pleat_num::dense::{self, Svd};

/// What principal components are made of, the largest first.
#[derive(Debug)]
pub(in crate::pipeline) struct Spectrum {
    /// As many as the matrix has rows or columns, whichever are fewer.
    pub(in crate::pipeline) values: Vec<f64>,
    /// A right singular vector for each: one number a column of the matrix.
    /// The largest of these in magnitude, the first of several, is positive.
    pub(in crate::pipeline) vectors: Vec<Vec<f64>>,
}

/// Decomposes the matrix with these columns, all as long as the first.
pub(in crate::pipeline) fn spectrum(columns: &[Vec<f64>]) -> Spectrum {
    let n = columns.len();
    let rows = columns.first().map_or(0, Vec::len);
    let tall = rows >= n;
    // Of a wide matrix the transpose: its left vectors are the right ones.
    let thin: Vec<Vec<f64>> = if tall {
        columns.to_vec()
    } else {
        (0..rows)
            .map(|r| columns.iter().map(|c| c[r]).collect())
            .collect()
    };
    let k = thin.len();
    let qr = Qr::new(thin);
    // The triangle's transpose: its columns are nearly orthogonal already,
    // since pivoting has sorted them by length.
    let Svd { scaled, v, values } = Svd::new(qr.lower(), k);
    let mut order: Vec<usize> = (0..k).collect();
    order.sort_by(|a, b| values[*b].total_cmp(&values[*a]));
    let left = complete(&scaled, &values, &order, k);
    let vector = |(rank, i): (usize, &usize)| {
        let mut vector = if tall {
            qr.unpivot(&left[rank])
        } else {
            qr.apply(&v[i * k..(i + 1) * k], n)
        };
        point_up(&mut vector);
        vector
    };
    Spectrum {
        vectors: order.iter().enumerate().map(vector).collect(),
        values: order.iter().map(|i| values[*i]).collect(),
    }
}

/// The left vectors, in the order of `order`; those that belong to nothing
/// are filled in, so that all stand at right angles.
fn complete(scaled: &[f64], values: &[f64], order: &[usize], k: usize) -> Vec<Vec<f64>> {
    let mut out: Vec<Vec<f64>> = Vec::with_capacity(k);
    for i in order {
        let column = &scaled[i * k..(i + 1) * k];
        let unit: Vec<f64> = column.iter().map(|x| x / values[*i]).collect();
        if unit.iter().all(|x| x.is_finite()) {
            out.push(unit);
            continue;
        }
        // Of all axes the one that the others explain least.
        let seen = |axis: usize| out.iter().fold(0.0, |s, u| s + u[axis] * u[axis]);
        let axis = (0..k)
            .min_by(|a, b| seen(*a).total_cmp(&seen(*b)))
            .unwrap_or(0);
        let mut unit = vec![0.0; k];
        unit[axis] = 1.0;
        for _ in 0..2 {
            for other in &out {
                dense::axpy(-dense::dot(other, &unit), other, &mut unit);
            }
        }
        let length = dense::dot(&unit, &unit).sqrt();
        unit.iter_mut().for_each(|x| *x /= length);
        out.push(unit);
    }
    out
}

/// scikit-learn's choice between the two signs a singular vector may have.
/// Among those as large up to rounding the first decides; of two scaled
/// columns both always are.
fn point_up(vector: &mut [f64]) {
    const ROUNDING: f64 = 1e-10;
    let mut largest = 0.0_f64;
    for x in vector.iter() {
        if x.abs() > largest.abs() * (1.0 + ROUNDING) {
            largest = *x;
        }
    }
    if largest < 0.0 {
        vector.iter_mut().for_each(|x| *x = -*x);
    }
}

/// Householder's decomposition AP = QR of a matrix with at least as many rows
/// as columns.
struct Qr {
    /// Above the diagonal R, column by column; from it on the reflectors.
    columns: Vec<Vec<f64>>,
    diagonal: Vec<f64>,
    /// Which column of A each of these is.
    pivots: Vec<usize>,
}

impl Qr {
    fn new(mut columns: Vec<Vec<f64>>) -> Self {
        let k = columns.len();
        let mut pivots: Vec<usize> = (0..k).collect();
        let mut diagonal = Vec::with_capacity(k);
        for i in 0..k {
            let length = |c: &Vec<f64>| dense::dot(&c[i..], &c[i..]);
            let mut longest = i;
            for j in i + 1..k {
                if length(&columns[j]) > length(&columns[longest]) {
                    longest = j;
                }
            }
            columns.swap(i, longest);
            pivots.swap(i, longest);
            let (done, rest) = columns.split_at_mut(i + 1);
            diagonal.push(reflector(&mut done[i][i..]));
            for column in rest {
                reflect(&done[i][i..], &mut column[i..]);
            }
        }
        Self {
            columns,
            diagonal,
            pivots,
        }
    }

    /// R', column by column: R row by row.
    fn lower(&self) -> Vec<f64> {
        let k = self.columns.len();
        let mut out = vec![0.0; k * k];
        for i in 0..k {
            out[i * k + i] = self.diagonal[i];
            for j in i + 1..k {
                out[i * k + j] = self.columns[j][i];
            }
        }
        out
    }

    /// P times a vector.
    fn unpivot(&self, vector: &[f64]) -> Vec<f64> {
        let mut out = vec![0.0; vector.len()];
        for (x, pivot) in vector.iter().zip(&self.pivots) {
            out[*pivot] = *x;
        }
        out
    }

    /// Q times a vector, which is filled up with nothing to `rows`.
    fn apply(&self, vector: &[f64], rows: usize) -> Vec<f64> {
        let mut out = vector.to_vec();
        out.resize(rows, 0.0);
        for (i, column) in self.columns.iter().enumerate().rev() {
            reflect(&column[i..], &mut out[i..]);
        }
        out
    }
}

/// Makes of `x` the unit vector whose reflection turns it onto the first
/// axis, and says where it lands. Nothing stays nothing.
fn reflector(x: &mut [f64]) -> f64 {
    let length = dense::dot(x, x).sqrt();
    if length == 0.0 {
        x.fill(0.0);
        return 0.0;
    }
    // Away from where it is, so that nothing cancels.
    let target = if x[0] > 0.0 { -length } else { length };
    x[0] -= target;
    let norm = dense::dot(x, x).sqrt();
    x.iter_mut().for_each(|v| *v /= norm);
    target
}

fn reflect(unit: &[f64], x: &mut [f64]) {
    dense::axpy(-2.0 * dense::dot(unit, x), unit, x);
}

#[cfg(test)]
mod tests {
    use pleat_num::rng::RandomState;

    use super::*;

    fn random(rows: usize, columns: usize) -> Vec<Vec<f64>> {
        let mut rng = RandomState::new(5);
        let mut column = || (0..rows).map(|_| rng.uniform(-1.0, 1.0)).collect();
        (0..columns).map(|_| column()).collect()
    }

    /// Vectors at right angles, of length one, that the matrix stretches as
    /// its values say.
    fn holds(columns: &[Vec<f64>]) {
        let Spectrum { values, vectors } = spectrum(columns);
        let rows = columns[0].len();
        assert_eq!(values.len(), rows.min(columns.len()));
        assert_eq!(vectors.len(), values.len());
        assert!(values.windows(2).all(|w| w[0] >= w[1]), "{values:?}");
        let images: Vec<Vec<f64>> = vectors
            .iter()
            .map(|v| {
                let mut image = vec![0.0; rows];
                for (c, x) in columns.iter().zip(v) {
                    dense::axpy(*x, c, &mut image);
                }
                image
            })
            .collect();
        for i in 0..values.len() {
            for j in 0..values.len() {
                let one = if i == j { 1.0 } else { 0.0 };
                let square = one * values[i] * values[i];
                assert!((dense::dot(&vectors[i], &vectors[j]) - one).abs() < 1e-13);
                assert!(
                    (dense::dot(&images[i], &images[j]) - square).abs()
                        <= 1e-13 * values[0] * values[0]
                );
            }
        }
    }

    #[test]
    fn tall_wide_and_square_matrices_are_decomposed() {
        for (rows, columns) in [(9, 4), (4, 9), (6, 6), (1, 3), (3, 1), (40, 17)] {
            holds(&random(rows, columns));
        }
    }

    #[test]
    fn the_first_of_equal_entries_points_up() {
        let Spectrum { vectors, .. } = spectrum(&[vec![-1.0, 1.0, 0.5], vec![1.0, -1.0, -0.5]]);
        assert!(vectors[0][0] > 0.0 && vectors[0][1] < 0.0, "{vectors:?}");
    }

    #[test]
    fn what_has_no_full_rank_gets_all_vectors_the_same() {
        let mut twice = random(8, 5);
        twice[3] = twice[1].clone();
        twice[4] = vec![0.0; 8];
        holds(&twice);
        let mut flat = random(3, 6);
        flat.iter_mut().for_each(|c| c[2] = c[0]);
        holds(&flat);
        holds(&vec![vec![0.0; 4]; 3]);
        holds(&vec![vec![0.0; 3]; 4]);
    }
}
