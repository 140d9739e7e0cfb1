//! Rows as points, arranged for looking at how far they are from others.

use std::ops::Range;

use pleat_guest::Rows;
use pleat_num::product::{Matrix, Packed};

/// Points that are looked at together, so that what is worked out of them
/// stays in cache.
pub const CHUNK: usize = 1024;

/// Points, one row after another.
#[derive(Clone, Debug)]
pub struct Points {
    values: Vec<f64>,
    width: usize,
    packed: Vec<Packed<f64>>,
}

impl Points {
    /// Rows of so many numbers.
    #[must_use]
    pub fn new(values: Vec<f64>, width: usize) -> Self {
        let chunks = values.chunks(CHUNK * width);
        let packed = chunks.map(|rows| Packed::new(Matrix::row_major(rows, width)));
        Points {
            packed: packed.collect(),
            values,
            width,
        }
    }

    /// How many there are.
    #[must_use]
    #[allow(clippy::len_without_is_empty)]
    pub fn len(&self) -> usize {
        self.values.len() / self.width
    }

    /// Some of them, as points of their own.
    #[must_use]
    pub fn some(&self, rows: &[usize]) -> Self {
        Points::new(self.pick(rows), self.width)
    }

    /// How many numbers each has.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }

    /// One of them.
    #[must_use]
    pub fn row(&self, i: usize) -> &[f64] {
        &self.values[i * self.width..(i + 1) * self.width]
    }

    /// All of them.
    pub fn rows(&self) -> std::slice::ChunksExact<'_, f64> {
        self.values.chunks_exact(self.width)
    }

    /// All of them, packed, [`CHUNK`] at a time.
    pub fn chunks(&self) -> std::slice::Iter<'_, Packed<f64>> {
        self.packed.iter()
    }

    /// Some of them, one after another.
    #[must_use]
    pub fn pick(&self, rows: &[usize]) -> Vec<f64> {
        let mut values = Vec::with_capacity(rows.len() * self.width);
        rows.iter()
            .for_each(|i| values.extend_from_slice(self.row(*i)));
        values
    }

    /// The inner products of points and others, chunk by chunk: which points
    /// they are, and a row of products for each of the others. Of what is
    /// longer than the other the rest is left out.
    pub fn products(&self, others: &Packed<f64>, mut each: impl FnMut(Range<usize>, &[f64])) {
        for (i, chunk) in self.packed.iter().enumerate() {
            let first = i * CHUNK;
            each(first..first + chunk.vectors(), &others.times(chunk));
        }
    }

    /// The squared distances of others to all points, a row for each of the
    /// others. `norms` are the squared lengths of the points.
    #[must_use]
    pub fn squared_distances(&self, norms: &[f64], others: &[f64]) -> Vec<f64> {
        let n = self.len();
        let of_others: Vec<f64> = others.chunks_exact(self.width).map(norm).collect();
        let mut out = vec![0.0; n * of_others.len()];
        let others = Packed::new(Matrix::row_major(others, self.width));
        self.products(&others, |points, products| {
            let rows = products.chunks_exact(points.len()).zip(&of_others);
            for ((products, other), out) in rows.zip(out.chunks_exact_mut(n)) {
                let norms = &norms[points.clone()];
                for ((out, product), own) in out[points.clone()].iter_mut().zip(products).zip(norms)
                {
                    *out = (-2.0 * product + own + other).max(0.0);
                }
            }
        });
        out
    }
}

/// The squared length of a vector.
#[must_use]
pub fn norm(x: &[f64]) -> f64 {
    pleat_num::dense::dot(x, x)
}

/// The squared distance of two points.
#[must_use]
pub fn apart(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0; 4];
    let (a4, b4) = (a.chunks_exact(4), b.chunks_exact(4));
    let rest = a4.remainder().iter().zip(b4.remainder());
    let rest: f64 = rest.map(|(x, y)| (x - y) * (x - y)).sum();
    for (x, y) in a4.zip(b4) {
        for lane in 0..4 {
            sums[lane] += (x[lane] - y[lane]) * (x[lane] - y[lane]);
        }
    }
    (sums[0] + sums[2]) + (sums[1] + sums[3]) + rest
}

/// Rows a chunk at a time, one row after another.
pub fn chunks<'a>(rows: &'a Rows<'_>) -> impl Iterator<Item = Points> + 'a {
    let width = rows.n_columns();
    rows.indices().chunks(CHUNK).map(move |indices| {
        let mut values = vec![0.0; indices.len() * width];
        for c in 0..width {
            let column = rows.dataset().column(c);
            for (row, i) in values.chunks_exact_mut(width).zip(indices) {
                row[c] = column[*i as usize];
            }
        }
        Points::new(values, width)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_to_a_distance_agree() {
        let width = 7;
        let values: Vec<f64> = (0..2100 * width)
            .map(|i| f64::from(i as u32 % 97) / 9.0)
            .collect();
        let points = Points::new(values, width);
        let others = points.pick(&[3, 2000]);
        let norms: Vec<f64> = points.rows().map(norm).collect();
        let got = points.squared_distances(&norms, &others);
        assert_eq!(got.len(), 2 * points.len());
        for (got, other) in got.chunks_exact(points.len()).zip([3, 2000]) {
            for (i, got) in got.iter().enumerate() {
                let wanted = apart(points.row(i), points.row(other));
                assert!((got - wanted).abs() < 1e-9, "{i}: {got} {wanted}");
            }
        }
    }
}
