//! The nearest centre, without points for which it cannot have changed.
//!
//! Hamerly, Making k-means even faster, SDM 2010: a point's distance to its
//! centre is at most one bound, to all others at least another, and both move
//! along with the centres. Only where they meet need centres be looked at.
//! Bounds allow for rounding, so that labels are those of looking at all.

use pleat_num::product::{Matrix, Packed};

use super::lloyd::{All, Known};
use crate::points::{CHUNK, Points};

/// What rounding may add to squared distances, as a share of squared lengths:
/// much more than it does.
const DOUBT: f64 = 1e-11;

/// What is known of distances.
pub struct Bounds {
    /// Squared lengths of the points.
    norms: Vec<f64>,
    /// At most so far from their own centre.
    upper: Vec<f64>,
    /// At least so far from all others.
    lower: Vec<f64>,
}

impl Bounds {
    /// When nothing is known of points of these squared lengths.
    #[must_use]
    pub fn new(norms: Vec<f64>) -> Self {
        Bounds {
            upper: vec![f64::INFINITY; norms.len()],
            lower: vec![0.0; norms.len()],
            norms,
        }
    }

    /// Puts each point's nearest centre in its place, the first of equal ones.
    pub fn nearest(&mut self, points: &Points, centres: &[f64], labels: &mut [u32]) {
        let all = All::new(centres, points.width());
        let longest = all.longest();
        let mut known = Known::new();
        let mut open = Vec::with_capacity(points.len());
        for row in 0..points.len() {
            let (upper, lower) = (self.upper[row], self.lower[row]);
            let settled = lower * lower - upper * upper > DOUBT * (self.norms[row] + longest);
            if !settled {
                open.push(row);
            }
        }
        // To pick and arrange points takes longer than to compare some that
        // are arranged.
        if 4 * open.len() > points.len() {
            for (i, chunk) in points.chunks().enumerate() {
                all.look(chunk, &mut known);
                let first = i * CHUNK;
                self.learn(first..first + chunk.vectors(), &known, longest, labels);
            }
            return;
        }
        for rows in open.chunks(CHUNK) {
            let some = points.pick(rows);
            let some = Packed::new(Matrix::row_major(&some, points.width()));
            all.look(&some, &mut known);
            self.learn(rows.iter().copied(), &known, longest, labels);
        }
    }

    fn learn(
        &mut self,
        rows: impl Iterator<Item = usize>,
        known: &Known,
        longest: f64,
        labels: &mut [u32],
    ) {
        for (place, row) in rows.enumerate() {
            let norm = self.norms[row];
            let doubt = DOUBT * (norm + longest);
            labels[row] = known.labels[place] as u32;
            self.upper[row] = (known.nearest[place] + norm + doubt).max(0.0).sqrt();
            self.lower[row] = (known.next[place] + norm - doubt).max(0.0).sqrt();
        }
    }

    /// Centres have moved so far.
    pub fn moved(&mut self, by: &[f64], labels: &[u32]) {
        let (mut most, mut second) = ((0.0, 0), 0.0);
        for (i, by) in (0..).zip(by) {
            if *by > most.0 {
                second = most.0;
                most = (*by, i);
            } else if *by > second {
                second = *by;
            }
        }
        let bounds = self.upper.iter_mut().zip(&mut self.lower);
        for ((upper, lower), label) in bounds.zip(labels) {
            *upper += by[*label as usize];
            let other = if *label == most.1 { second } else { most.0 };
            *lower = (*lower - other).max(0.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use pleat_num::rng::RandomState;

    use super::super::centres::Centres;
    use super::super::lloyd;
    use super::*;
    use crate::points::norm;

    /// On a grid, where much is equally far, and far from the origin, where
    /// rounding is coarse.
    #[test]
    fn labels_are_those_of_looking_at_all() {
        let mut rng = RandomState::new(5);
        for (round, far) in [(true, 0.0), (true, 1e6), (false, 0.0), (false, 1e6)] {
            for k in [1, 2, 7] {
                let mut draw = || match round {
                    true => far + rng.randint(0, 6) as f64,
                    false => far + rng.uniform(0.0, 6.0),
                };
                let n = CHUNK + 300;
                let points = Points::new((0..n * 3).map(|_| draw()).collect(), 3);
                let mut centres = Centres::new(points.pick(&(0..k).collect::<Vec<_>>()), 3);
                let mut bounds = Bounds::new(points.rows().map(norm).collect());
                let (mut labels, mut all) = (vec![0; n], vec![0; n]);
                let mut looked = 0;
                for _ in 0..25 {
                    bounds.nearest(&points, &centres.places, &mut labels);
                    lloyd::nearest(&points, &centres.places, &mut all);
                    assert_eq!(labels, all);
                    for (point, label) in points.rows().zip(&labels) {
                        centres.add(*label, point, 1.0);
                    }
                    let moved = centres.go(&points, &vec![1.0; n], &labels);
                    bounds.moved(&moved, &labels);
                    let open = bounds.upper.iter().zip(&bounds.lower);
                    looked += open.filter(|(upper, lower)| upper >= lower).count();
                }
                // Some are left out, or there would be nothing to test; but far
                // off all is doubtful.
                assert!(far > 0.0 || looked < 25 * n, "{looked}");
            }
        }
    }
}
