//! Vectors arranged so that products run over them from one end to the other.

use super::tile::{Corner, Number, column};
use super::{CHUNK, GROUP, Matrix, RUN, mirror};

/// Rows of a matrix, arranged for products.
#[derive(Clone, Debug)]
pub struct Packed<T> {
    vectors: usize,
    length: usize,
    /// Group after group, in each the first numbers of its vectors, the second
    /// ones and so on. The last group is filled up with zeros.
    values: Vec<[T; GROUP]>,
}

impl<T: Number> Packed<T> {
    /// Packs the rows of a matrix; its columns are the rows of the transposed.
    #[must_use]
    pub fn new(matrix: Matrix<'_, T>) -> Self {
        let Matrix {
            values,
            rows: vectors,
            columns: length,
            down,
            across,
        } = matrix;
        let groups = vectors.div_ceil(GROUP);
        let mut packed = Vec::with_capacity(groups * length);
        let zeros = vec![T::default(); if across == 1 { length } else { 0 }];
        for first in (0..vectors).step_by(GROUP) {
            let lanes = GROUP.min(vectors - first);
            if across == 1 {
                let vector = |lane: usize| match lane < lanes {
                    true => &values[(first + lane) * down..][..length],
                    false => &zeros[..length],
                };
                let [a, b, c, d, e, f, g, h] = std::array::from_fn(vector);
                packed
                    .extend((0..length).map(|k| [a[k], b[k], c[k], d[k], e[k], f[k], g[k], h[k]]));
                continue;
            }
            packed.extend((0..length).map(|k| {
                let mut to = [T::default(); GROUP];
                if down == 1 {
                    to[..lanes].copy_from_slice(&values[first + k * across..][..lanes]);
                } else {
                    for (lane, to) in to[..lanes].iter_mut().enumerate() {
                        *to = values[(first + lane) * down + k * across];
                    }
                }
                to
            }));
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

    /// [`times`](Self::times) of equally many vectors where the answer is known
    /// to be symmetric, as with these vectors [`scaled`](Self::scaled): what is
    /// below the diagonal is worked out, and is put above it too.
    #[must_use]
    pub fn symmetric(&self, right: &Self) -> Vec<T> {
        let n = right.vectors;
        let mut out = vec![T::default(); self.vectors * n];
        self.add_times(right, &mut out, true);
        mirror(&mut out, n.min(self.vectors));
        out
    }

    /// Adds what [`symmetric`](Self::symmetric) answers to numbers that are
    /// there, on and below the diagonal; what is above it is not to be used.
    pub fn symmetric_onto(&self, right: &Self, out: &mut [T]) {
        self.add_times(right, out, true);
    }

    /// One of the vectors.
    #[must_use]
    pub fn vector(&self, i: usize) -> Vec<T> {
        let group = &self.values[i / GROUP * self.length..][..self.length];
        group.iter().map(|numbers| numbers[i % GROUP]).collect()
    }

    /// The inner product of every vector with one: the same bits as a column
    /// of [`times`](Self::times).
    #[must_use]
    pub fn times_vector(&self, vector: &[T]) -> Vec<T> {
        let mut out = vec![T::default(); self.vectors];
        self.times_vector_onto(vector, &mut out);
        out
    }

    /// Adds what [`times_vector`](Self::times_vector) answers to numbers that
    /// are there.
    pub fn times_vector_onto(&self, vector: &[T], out: &mut [T]) {
        let length = self.length.min(vector.len());
        for (g, out) in out.chunks_mut(GROUP).enumerate() {
            let group = &self.values[g * self.length..(g + 1) * self.length];
            for begin in (0..length).step_by(RUN) {
                let run = begin..length.min(begin + RUN);
                let sums = column(&group[run.clone()], &vector[run]);
                for (out, sum) in out.iter_mut().zip(sums) {
                    *out = *out + sum;
                }
            }
        }
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
                            diagonal: symmetric && i == j,
                        };
                        to.add(a, b);
                    }
                }
            }
        }
    }
}
