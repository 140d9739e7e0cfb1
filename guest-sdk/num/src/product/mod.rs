//! Products of matrices, in double and in single precision.
//!
//! Every number of a product is the inner product of two vectors, and always
//! the same sum, whatever matrices the two stand in: the vectors are cut into
//! runs of [`RUN`] numbers from their beginning, each run is added up from
//! left to right, and so are the runs. So a product of some rows has the bits
//! of those rows in the product of all, and a transposed product those of the
//! product.
//!
//! Vectors are first [`Packed`] in groups that stand side by side, which is
//! what takes time where matrices are thin. What is multiplied often is worth
//! packing once.

mod matrix;
mod packed;
mod tile;

pub use matrix::Matrix;
pub use packed::Packed;
pub use tile::Number;

/// How many numbers are added up before the sum is added to what was before.
pub const RUN: usize = 256;

/// Vectors that stand side by side.
const GROUP: usize = 8;

/// Vectors on the left that a tile of sums is for, and on the right in double
/// precision. Sums of 4 by 4 doubles fill half of sixteen registers.
const HALF: usize = GROUP / 2;

/// Groups on the left that are used together, since a run of so many stays in
/// a cache of 256 KB.
const CHUNK: usize = 8;

/// Numbers of a vector that are packed at once where nothing is kept.
const PART: usize = 4 * RUN;

/// The product of two matrices, row-major. What one has in columns beyond the
/// other's rows is ignored.
#[must_use]
pub fn product<T: Number>(a: Matrix<'_, T>, b: Matrix<'_, T>) -> Vec<T> {
    let right = Packed::new(b.transposed());
    let mut out = vec![T::default(); a.rows() * b.columns()];
    // Chunk by chunk, so that the left side is not there twice as a whole.
    for begin in (0..a.rows()).step_by(CHUNK * GROUP) {
        let end = a.rows().min(begin + CHUNK * GROUP);
        let out = &mut out[begin * b.columns()..end * b.columns()];
        Packed::new(a.rows_of(begin..end)).times_onto(&right, out);
    }
    out
}

/// The inner products of every two rows of a matrix, square and symmetric.
#[must_use]
pub fn gram<T: Number>(a: Matrix<'_, T>) -> Vec<T> {
    let n = a.rows();
    let mut out = vec![T::default(); n * n];
    // Part by part, so that the matrix is not there twice as a whole.
    for begin in (0..a.columns()).step_by(PART) {
        let part = a.columns_of(begin..a.columns().min(begin + PART));
        let packed = Packed::new(part);
        packed.symmetric_onto(&packed, &mut out);
    }
    mirror(&mut out, n);
    out
}

/// Puts what is below the diagonal of a square matrix above it too.
pub fn mirror<T: Number>(square: &mut [T], n: usize) {
    for i in 0..n {
        for j in 0..i {
            square[j * n + i] = square[i * n + j];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::RandomState;

    fn random(n: usize, seed: u32) -> Vec<f64> {
        let mut rng = RandomState::new(seed);
        (0..n).map(|_| rng.uniform(-1.0, 1.0)).collect()
    }

    /// The sum as it is described.
    fn inner<T: Number>(a: &[T], b: &[T]) -> T {
        let zero = T::default();
        let runs = a.chunks(RUN).zip(b.chunks(RUN));
        let runs = runs.map(|(a, b)| a.iter().zip(b).fold(zero, |sum, (a, b)| sum + *a * *b));
        runs.fold(zero, |sum, run| sum + run)
    }

    /// Every order of either side, at sizes around every edge.
    fn check<T: Number + PartialEq + std::fmt::Debug>(number: impl Fn(f64) -> T) {
        let mut sizes = vec![
            (65, 20, 600),
            (130, 9, 256),
            (3, 70, 257),
            (17, 3, 2 * PART + 5),
        ];
        for rows in [1, 4, 5, 8, 9] {
            for columns in [1, 3, 4, 5, 8, 17] {
                sizes.extend([0, 1, 7, 255, 513].map(|length| (rows, columns, length)));
            }
        }
        for (rows, columns, length) in sizes {
            let a: Vec<T> = random(rows * length, 1).into_iter().map(&number).collect();
            let b: Vec<T> = random(columns * length, 2)
                .into_iter()
                .map(&number)
                .collect();
            let row = |i: usize| &a[i * length..(i + 1) * length];
            let column = |j: usize| &b[j * length..(j + 1) * length];
            let expected: Vec<T> = (0..rows)
                .flat_map(|i| (0..columns).map(move |j| inner(row(i), column(j))))
                .collect();
            if length == 0 {
                assert_eq!(
                    product(Matrix::row_major(&a, 0), Matrix::column_major(&b, 0)),
                    []
                );
                continue;
            }
            let left = Matrix::row_major(&a, length);
            let right = Matrix::column_major(&b, length);
            assert_eq!(product(left, right), expected, "{rows} {columns} {length}");
            // The same matrices with their numbers in the other order.
            let a_columns: Vec<T> = (0..length)
                .flat_map(|k| (0..rows).map(move |i| row(i)[k]))
                .collect();
            let b_rows: Vec<T> = (0..length)
                .flat_map(|k| (0..columns).map(move |j| column(j)[k]))
                .collect();
            let left_too = Matrix::column_major(&a_columns, rows);
            let right_too = Matrix::row_major(&b_rows, columns);
            assert_eq!(product(left_too, right_too), expected);
            assert_eq!(product(left_too, right), expected);
            let packed = Packed::new(left);
            for j in 0..columns {
                let of_column: Vec<T> = (0..rows).map(|i| expected[i * columns + j]).collect();
                assert_eq!(packed.times_vector(column(j)), of_column);
            }
            let expected_gram: Vec<T> = (0..rows)
                .flat_map(|i| (0..rows).map(move |j| inner(row(i), row(j))))
                .collect();
            assert_eq!(super::gram(left), expected_gram);
            assert_eq!(super::gram(left_too), expected_gram);
            assert_eq!(packed.symmetric(&packed), expected_gram);
            assert_eq!(packed.times(&packed), expected_gram);
            for i in 0..rows {
                assert_eq!(packed.vector(i), row(i));
            }
        }
    }

    #[test]
    fn products_are_the_sums_they_are_said_to_be() {
        check(|x| x);
        check(|x| x as f32);
    }

    #[test]
    fn factors_scale_what_they_belong_to() {
        let (a, factors) = (random(11 * 300, 3), random(300, 4));
        let scaled: Vec<f64> = a
            .iter()
            .zip(factors.iter().cycle())
            .map(|(a, f)| a * f)
            .collect();
        let (left, right) = (Matrix::row_major(&a, 300), Matrix::row_major(&scaled, 300));
        let packed = Packed::new(left).scaled(&factors);
        assert_eq!(packed.symmetric(&packed), gram(right));
        let weighted = packed.symmetric(&Packed::new(left));
        for (i, x) in weighted.iter().enumerate() {
            assert_eq!(*x, weighted[i % 11 * 11 + i / 11]);
            assert!((x - product(right, left.transposed())[i]).abs() < 1e-12);
        }
    }

    /// What there is more of on one side than on the other is left out.
    #[test]
    fn lengths_need_not_match() {
        let (a, b) = (random(9 * 10, 5), random(7 * 3, 6));
        let got = product(Matrix::row_major(&a, 10), Matrix::column_major(&b, 7));
        for (i, x) in got.iter().enumerate() {
            assert_eq!(*x, inner(&a[i / 3 * 10..][..7], &b[i % 3 * 7..][..7]));
        }
    }

    /// These bits are what a component gets too.
    #[test]
    fn the_bits_are_pinned() {
        let (a, b) = (random(13 * 700, 7), random(700 * 9, 8));
        let out = product(Matrix::row_major(&a, 700), Matrix::row_major(&b, 9));
        let bits = out
            .iter()
            .fold(0_u64, |h, x| h.rotate_left(5) ^ x.to_bits());
        assert_eq!(bits, 0x89b2_a058_8223_c164, "{bits:#x}");
    }
}
