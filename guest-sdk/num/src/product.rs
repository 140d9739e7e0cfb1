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

use std::ops::{Add, Mul, Range};

use crate::lanes::{F32x4, F64x2, Lanes};

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

/// `f64` or `f32`.
pub trait Number: Copy + Default + Add<Output = Self> + Mul<Output = Self> + 'static {
    /// A register of them.
    type Lanes: Lanes<Number = Self>;
    /// Whether a register holds two of them, not four.
    const DOUBLE: bool;
    /// Four numbers in registers, each of which is there in every turn.
    fn turns(four: [Self; HALF]) -> [Self::Lanes; HALF];
}

impl Number for f64 {
    type Lanes = F64x2;
    const DOUBLE: bool = true;

    #[inline(always)]
    fn turns(four: [Self; HALF]) -> [F64x2; HALF] {
        let (low, high) = (F64x2::of(&four), F64x2::of(&four[2..]));
        [low, low.turned(), high, high.turned()]
    }
}

impl Number for f32 {
    type Lanes = F32x4;
    const DOUBLE: bool = false;

    #[inline(always)]
    fn turns(four: [Self; HALF]) -> [F32x4; HALF] {
        let first = F32x4::of(&four);
        let second = first.turned();
        let third = second.turned();
        [first, second, third, third.turned()]
    }
}

/// A matrix in either order, as a view.
#[derive(Clone, Copy, Debug)]
pub struct Matrix<'a, T> {
    values: &'a [T],
    rows: usize,
    columns: usize,
    /// How far it is to the next row, and to the next column.
    down: usize,
    across: usize,
}

impl<'a, T> Matrix<'a, T> {
    /// Row after row of so many columns; what is left over is ignored.
    #[must_use]
    pub fn row_major(values: &'a [T], columns: usize) -> Self {
        Matrix {
            values,
            rows: values.len().checked_div(columns).unwrap_or(0),
            columns,
            down: columns,
            across: 1,
        }
    }

    /// Column after column of so many rows; what is left over is ignored.
    #[must_use]
    pub fn column_major(values: &'a [T], rows: usize) -> Self {
        Matrix::row_major(values, rows).transposed()
    }

    /// The same numbers with rows for columns.
    #[must_use]
    pub fn transposed(self) -> Self {
        Matrix {
            values: self.values,
            rows: self.columns,
            columns: self.rows,
            down: self.across,
            across: self.down,
        }
    }
}

/// Rows of a matrix, arranged for products.
#[derive(Clone, Debug)]
pub struct Packed<T> {
    vectors: usize,
    length: usize,
    /// Group after group, in each the first numbers of its vectors, the second
    /// ones and so on. The last group is filled up with zeros.
    values: Vec<[T; GROUP]>,
}

/// The product of two matrices, row-major. What one has in columns beyond the
/// other's rows is ignored.
#[must_use]
pub fn product<T: Number>(a: Matrix<'_, T>, b: Matrix<'_, T>) -> Vec<T> {
    let right = Packed::new(b.transposed());
    let mut out = vec![T::default(); a.rows * b.columns];
    // Chunk by chunk, so that the left side is not there twice as a whole.
    for begin in (0..a.rows).step_by(CHUNK * GROUP) {
        let end = a.rows.min(begin + CHUNK * GROUP);
        let out = &mut out[begin * b.columns..end * b.columns];
        Packed::of(a, begin..end).add_times(&right, out, false);
    }
    out
}

impl<T: Number> Packed<T> {
    /// Packs the rows of a matrix; its columns are the rows of the transposed.
    #[must_use]
    pub fn new(matrix: Matrix<'_, T>) -> Self {
        Packed::of(matrix, 0..matrix.rows)
    }

    fn of(matrix: Matrix<'_, T>, rows: Range<usize>) -> Self {
        let Matrix {
            values,
            columns: length,
            down,
            across,
            ..
        } = matrix;
        let vectors = rows.len();
        let groups = vectors.div_ceil(GROUP);
        let mut packed = vec![[T::default(); GROUP]; groups * length];
        for (g, group) in packed.chunks_exact_mut(length.max(1)).enumerate() {
            let first = rows.start + g * GROUP;
            let lanes = GROUP.min(rows.end - first);
            if down == 1 && lanes == GROUP {
                for (k, to) in group.iter_mut().enumerate() {
                    to.copy_from_slice(&values[first + k * across..][..GROUP]);
                }
                continue;
            }
            for lane in 0..lanes {
                let from = values[(first + lane) * down..]
                    .iter()
                    .step_by(across.max(1));
                for (to, value) in group.iter_mut().zip(from) {
                    to[lane] = *value;
                }
            }
        }
        Packed {
            vectors,
            length,
            values: packed,
        }
    }

    /// How many vectors there are.
    #[must_use]
    pub fn vectors(&self) -> usize {
        self.vectors
    }

    /// How long each is.
    #[must_use]
    pub fn length(&self) -> usize {
        self.length
    }

    /// The vectors with their first numbers multiplied by the first factor,
    /// the second ones by the second, and so on.
    #[must_use]
    pub fn scaled(&self, factors: &[T]) -> Self {
        let mut out = self.clone();
        for group in out.values.chunks_exact_mut(self.length.max(1)) {
            for (numbers, factor) in group.iter_mut().zip(factors) {
                numbers.iter_mut().for_each(|x| *x = *x * *factor);
            }
        }
        out
    }

    /// The inner products of every vector with every one of the other side:
    /// row-major, a row for each of these vectors.
    #[must_use]
    pub fn times(&self, right: &Self) -> Vec<T> {
        let mut out = vec![T::default(); self.vectors * right.vectors];
        self.add_times(right, &mut out, false);
        out
    }

    /// Adds what [`times`](Self::times) answers to numbers that are there.
    pub fn times_onto(&self, right: &Self, out: &mut [T]) {
        self.add_times(right, out, false);
    }

    /// The inner products of every two vectors, square and symmetric.
    #[must_use]
    pub fn gram(&self) -> Vec<T> {
        self.symmetric(self)
    }

    /// [`times`](Self::times) where the answer is known to be symmetric, as
    /// with these vectors [`scaled`](Self::scaled): what is below the diagonal
    /// is worked out, and is put above it too.
    #[must_use]
    pub fn symmetric(&self, right: &Self) -> Vec<T> {
        let n = self.vectors.min(right.vectors);
        if n < self.vectors.max(right.vectors) {
            return self.times(right);
        }
        let mut out = vec![T::default(); n * n];
        self.add_times(right, &mut out, true);
        for i in 0..n {
            for j in 0..i {
                out[j * n + i] = out[i * n + j];
            }
        }
        out
    }

    /// The inner product of every vector with one: the same bits as a column
    /// of [`times`](Self::times).
    #[must_use]
    pub fn times_vector(&self, vector: &[T]) -> Vec<T> {
        let mut out = vec![T::default(); self.vectors];
        let length = self.length.min(vector.len());
        // Two groups at once, or each sum would wait for the one before it.
        for (pair, out) in out.chunks_mut(2 * GROUP).enumerate() {
            let group = |g: usize| &self.values[g * self.length..(g + 1) * self.length];
            let second = if out.len() > GROUP { 1 } else { 0 };
            let (a, b) = (group(2 * pair), group(2 * pair + second));
            for begin in (0..length).step_by(RUN) {
                let run = begin..length.min(begin + RUN);
                let sums = column(&a[run.clone()], &b[run.clone()], &vector[run]);
                for (out, sum) in out.iter_mut().zip(sums.as_flattened()) {
                    *out = *out + *sum;
                }
            }
        }
        out
    }

    /// Adds inner products to `out`; if it is symmetric only to what is on or
    /// below the diagonal, as far as groups go.
    fn add_times(&self, right: &Self, out: &mut [T], symmetric: bool) {
        let (width, length) = (right.vectors, self.length.min(right.length));
        let groups = |packed: &Self| packed.vectors.div_ceil(GROUP);
        for begin in (0..length).step_by(RUN) {
            let end = length.min(begin + RUN);
            let run =
                |packed: &'_ Self, g: usize| g * packed.length + begin..g * packed.length + end;
            for chunk in (0..groups(self)).step_by(CHUNK) {
                let chunk = chunk..groups(self).min(chunk + CHUNK);
                for j in 0..groups(right) {
                    let b = &right.values[run(right, j)];
                    let columns = j * GROUP..width.min((j + 1) * GROUP);
                    for i in chunk.clone().filter(|i| !symmetric || *i >= j) {
                        let a = &self.values[run(self, i)];
                        let rows = i * GROUP..self.vectors.min((i + 1) * GROUP);
                        let mut to = Corner {
                            out: &mut out[rows.start * width..rows.end * width],
                            width,
                            columns: columns.clone(),
                        };
                        to.add(a, b);
                    }
                }
            }
        }
    }
}

/// Up to eight by eight numbers of a product: whole rows, and which of their
/// columns.
struct Corner<'a, T> {
    out: &'a mut [T],
    width: usize,
    columns: Range<usize>,
}

impl<T: Number> Corner<'_, T> {
    /// Adds the inner products of one run of two groups; tiles that are
    /// nothing but filling are left out.
    fn add(&mut self, a: &[[T; GROUP]], b: &[[T; GROUP]]) {
        let lower = self.out.len() > HALF * self.width;
        // Two registers are all columns of single precision.
        let right = T::DOUBLE && self.columns.len() > HALF;
        self.put(0, 0, tile::<T, 0, 0>(a, b));
        if right {
            self.put(0, HALF, tile::<T, 0, HALF>(a, b));
        }
        if lower {
            self.put(HALF, 0, tile::<T, HALF, 0>(a, b));
        }
        if lower && right {
            self.put(HALF, HALF, tile::<T, HALF, HALF>(a, b));
        }
    }

    /// Adds a tile: in turn `t`, a lane has what belongs `t` rows further down
    /// than the lane, as far as a register goes.
    fn put(&mut self, down: usize, across: usize, sums: [[T::Lanes; 2]; HALF]) {
        let width = T::Lanes::WIDTH;
        let mut tile = [[T::default(); GROUP]; HALF];
        for (turn, sums) in sums.into_iter().enumerate() {
            for (half, sum) in sums.into_iter().enumerate() {
                for (lane, sum) in sum.lanes().as_ref().iter().enumerate() {
                    let row = turn / width * width + (turn + lane) % width;
                    tile[row][half * width + lane] = *sum;
                }
            }
        }
        let rows = self.out.chunks_exact_mut(self.width).skip(down);
        for (row, sums) in rows.zip(tile) {
            let columns = self.columns.start + across..self.columns.end;
            for (out, sum) in row[columns].iter_mut().zip(&sums[..2 * width]) {
                *out = *out + *sum;
            }
        }
    }
}

/// The inner products of four vectors of a group, from `I` on, with as many of
/// another as fill two registers, from `J` on.
#[inline(always)]
fn tile<T: Number, const I: usize, const J: usize>(
    a: &[[T; GROUP]],
    b: &[[T; GROUP]],
) -> [[T::Lanes; 2]; HALF] {
    let mut sums = [[T::Lanes::splat(T::default()); 2]; HALF];
    for (a, b) in a.iter().zip(b) {
        let right = [
            T::Lanes::of(&b[J..]),
            T::Lanes::of(&b[J + T::Lanes::WIDTH..]),
        ];
        let left = T::turns([a[I], a[I + 1], a[I + 2], a[I + 3]]);
        for (sums, a) in sums.iter_mut().zip(left) {
            for (sum, b) in sums.iter_mut().zip(right) {
                *sum = sum.plus_product(a, b);
            }
        }
    }
    sums
}

/// The inner products of two groups with one vector.
#[inline(always)]
fn column<T: Number>(a: &[[T; GROUP]], b: &[[T; GROUP]], vector: &[T]) -> [[T; GROUP]; 2] {
    let mut sums = [[T::default(); GROUP]; 2];
    for ((a, b), x) in a.iter().zip(b).zip(vector) {
        for lane in 0..GROUP {
            sums[0][lane] = sums[0][lane] + a[lane] * *x;
            sums[1][lane] = sums[1][lane] + b[lane] * *x;
        }
    }
    sums
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
        let mut sizes = vec![(65, 20, 600), (130, 9, 256), (3, 70, 257)];
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
            let gram: Vec<T> = (0..rows)
                .flat_map(|i| (0..rows).map(move |j| inner(row(i), row(j))))
                .collect();
            assert_eq!(packed.gram(), gram);
            assert_eq!(packed.times(&packed), gram);
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
        assert_eq!(packed.gram(), Packed::new(right).gram());
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
