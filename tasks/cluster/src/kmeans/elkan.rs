//! The nearest centre, by looking only where it may have changed.
//!
//! Elkan, Using the triangle inequality to accelerate k-means, ICML 2003: an
//! upper bound of a point's distance to its centre and a lower bound of that
//! to every other move along with the centres, and where they do not meet
//! nothing needs to be worked out.

use super::centres::Centres;
use crate::points::{Points, apart};

/// What is known of distances.
pub struct Bounds {
    upper: Vec<f64>,
    /// A row for each point.
    lower: Vec<f64>,
    /// Half the distances between centres.
    halves: Vec<f64>,
    /// Half the distance of each centre to the next one.
    next: Vec<f64>,
}

impl Bounds {
    /// Of points and first centres; the nearest ones are put into `labels`.
    #[must_use]
    pub fn new(points: &Points, centres: &Centres, labels: &mut [u32]) -> Self {
        let (n, k) = (points.len(), centres.count());
        let mut bounds = Bounds {
            upper: vec![0.0; n],
            lower: vec![0.0; n * k],
            halves: Vec::new(),
            next: Vec::new(),
        };
        bounds.compare(centres);
        for (i, point) in points.rows().enumerate() {
            let lower = &mut bounds.lower[i * k..(i + 1) * k];
            let mut best = 0;
            let mut least = f64::INFINITY;
            for (j, lower) in lower.iter_mut().enumerate() {
                if j > 0 && least <= bounds.halves[best * k + j] {
                    continue;
                }
                *lower = apart(point, centres.place(j)).sqrt();
                if *lower < least {
                    (best, least) = (j, *lower);
                }
            }
            labels[i] = best as u32;
            bounds.upper[i] = least;
        }
        bounds
    }

    /// Takes the distances between centres anew.
    pub fn compare(&mut self, centres: &Centres) {
        let k = centres.count();
        let half = |at: usize| apart(centres.place(at / k), centres.place(at % k)).sqrt() / 2.0;
        self.halves = (0..k * k).map(half).collect();
        let others = |i: usize| (0..k).filter(move |j| *j != i);
        let least = |i: usize| {
            others(i)
                .map(|j| self.halves[i * k + j])
                .fold(f64::INFINITY, f64::min)
        };
        self.next = (0..k).map(least).collect();
    }

    /// Puts each point's nearest centre in its place; of equal ones it stays
    /// with the one it had.
    pub fn nearest(&mut self, points: &Points, centres: &Centres, labels: &mut [u32]) {
        let k = centres.count();
        for (i, point) in points.rows().enumerate() {
            let lower = &mut self.lower[i * k..(i + 1) * k];
            let (mut label, mut upper) = (labels[i] as usize, self.upper[i]);
            if self.next[label] >= upper {
                continue;
            }
            let mut tight = false;
            for j in 0..k {
                if j == label || upper <= lower[j] || upper <= self.halves[label * k + j] {
                    continue;
                }
                if !tight {
                    upper = apart(point, centres.place(label)).sqrt();
                    lower[label] = upper;
                    tight = true;
                }
                if upper > lower[j] || upper > self.halves[label * k + j] {
                    lower[j] = apart(point, centres.place(j)).sqrt();
                    if lower[j] < upper {
                        (label, upper) = (j, lower[j]);
                    }
                }
            }
            labels[i] = label as u32;
            self.upper[i] = upper;
        }
    }

    /// Centres have moved so far.
    pub fn moved(&mut self, by: &[f64], labels: &[u32]) {
        for (upper, label) in self.upper.iter_mut().zip(labels) {
            *upper += by[*label as usize];
        }
        for lower in self.lower.chunks_exact_mut(by.len()) {
            for (lower, by) in lower.iter_mut().zip(by) {
                *lower = (*lower - by).max(0.0);
            }
        }
    }
}
