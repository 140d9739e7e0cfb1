//! The nearest centre, by looking at all.

use pleat_num::product::{Matrix, Packed};

use crate::points::{CHUNK, Points, norm};

/// Centres, arranged for being compared with points.
pub struct All {
    packed: Packed<f64>,
    norms: Vec<f64>,
}

/// What is known of a chunk of points: squared distances without the part that
/// is the same for all centres.
pub struct Known {
    /// The nearest centres, the first of equal ones.
    pub labels: [f64; CHUNK],
    /// How far these are.
    pub nearest: [f64; CHUNK],
    /// How far the next ones are.
    pub next: [f64; CHUNK],
}

impl All {
    /// One row after another.
    #[must_use]
    pub fn new(centres: &[f64], width: usize) -> Self {
        All {
            packed: Packed::new(Matrix::row_major(centres, width)),
            norms: centres.chunks_exact(width).map(norm).collect(),
        }
    }

    /// The squared length of the longest.
    #[must_use]
    pub fn longest(&self) -> f64 {
        self.norms.iter().copied().fold(0.0, f64::max)
    }

    /// Looks at some points, which are packed and at most a chunk.
    pub fn look(&self, points: &Packed<f64>, known: &mut Known) {
        let n = points.vectors();
        let labels = &mut known.labels[..n];
        let nearest = &mut known.nearest[..n];
        let next = &mut known.next[..n];
        labels.fill(0.0);
        nearest.fill(f64::INFINITY);
        next.fill(f64::INFINITY);
        let products = self.packed.times(points);
        for (j, (products, norm)) in products.chunks_exact(n).zip(&self.norms).enumerate() {
            let j = j as f64;
            for i in 0..n {
                let distance = norm - 2.0 * products[i];
                let nearer = distance < nearest[i];
                let second = if distance < next[i] {
                    distance
                } else {
                    next[i]
                };
                next[i] = if nearer { nearest[i] } else { second };
                nearest[i] = if nearer { distance } else { nearest[i] };
                labels[i] = if nearer { j } else { labels[i] };
            }
        }
    }
}

impl Known {
    /// Nothing.
    #[must_use]
    pub fn new() -> Box<Self> {
        Box::default()
    }
}

impl Default for Known {
    fn default() -> Self {
        Known {
            labels: [0.0; CHUNK],
            nearest: [0.0; CHUNK],
            next: [0.0; CHUNK],
        }
    }
}

/// Puts the nearest centre of each point in its place, the first of equal
/// ones.
pub fn nearest(points: &Points, centres: &[f64], labels: &mut [u32]) {
    let all = All::new(centres, points.width());
    let mut known = Known::new();
    for (chunk, labels) in points.chunks().zip(labels.chunks_mut(CHUNK)) {
        all.look(chunk, &mut known);
        let found = labels.iter_mut().zip(&known.labels);
        found.for_each(|(label, found)| *label = *found as u32);
    }
}
