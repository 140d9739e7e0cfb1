//! Centres: means of the points around them.

use crate::points::{Points, apart};

/// Centres on the way from one place to the next.
#[derive(Clone, Debug)]
pub struct Centres {
    /// One row after another.
    pub places: Vec<f64>,
    width: usize,
    /// Sums of the points around each, and of their weights.
    sums: Vec<f64>,
    weights: Vec<f64>,
}

impl Centres {
    /// At these places.
    #[must_use]
    pub fn new(places: Vec<f64>, width: usize) -> Self {
        Centres {
            sums: vec![0.0; places.len()],
            weights: vec![0.0; places.len() / width],
            places,
            width,
        }
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.weights.len()
    }

    /// Where one is.
    #[must_use]
    pub fn place(&self, i: usize) -> &[f64] {
        &self.places[i * self.width..(i + 1) * self.width]
    }

    /// Takes a point into the next mean of a centre.
    pub fn add(&mut self, label: u32, point: &[f64], weight: f64) {
        let i = label as usize;
        self.weights[i] += weight;
        let sum = &mut self.sums[i * self.width..][..self.width];
        sum.iter_mut()
            .zip(point)
            .for_each(|(s, x)| *s += x * weight);
    }

    /// Moves all to the means of what was added, and says how far each moved.
    /// Those without points get the points that are furthest from theirs.
    pub fn go(&mut self, points: &Points, weights: &[f64], labels: &[u32]) -> Vec<f64> {
        self.fill_empty(points, weights, labels);
        let width = self.width;
        let heaviest = first_highest(&self.weights);
        for i in 0..self.count() {
            if self.weights[i] > 0.0 {
                let share = 1.0 / self.weights[i];
                let sum = &mut self.sums[i * width..][..width];
                sum.iter_mut().for_each(|s| *s *= share);
            } else {
                // A sum if it is further on, as scikit-learn has it.
                self.sums
                    .copy_within(heaviest * width..(heaviest + 1) * width, i * width);
            }
        }
        std::mem::swap(&mut self.places, &mut self.sums);
        let pairs = self
            .places
            .chunks_exact(width)
            .zip(self.sums.chunks_exact(width));
        let moved = pairs.map(|(to, from)| apart(to, from).sqrt()).collect();
        self.sums.fill(0.0);
        self.weights.fill(0.0);
        moved
    }

    fn fill_empty(&mut self, points: &Points, weights: &[f64], labels: &[u32]) {
        let centres = 0..self.count();
        let empty: Vec<usize> = centres.filter(|i| self.weights[*i] == 0.0).collect();
        if empty.is_empty() {
            return;
        }
        let pairs = points.rows().zip(labels);
        let away: Vec<f64> = pairs
            .map(|(x, l)| apart(x, self.place(*l as usize)))
            .collect();
        if away.iter().all(|d| *d == 0.0) {
            return;
        }
        let mut furthest: Vec<usize> = (0..away.len()).collect();
        furthest.sort_by(|a, b| away[*b].total_cmp(&away[*a]));
        for (to, row) in empty.into_iter().zip(furthest) {
            let (from, weight) = (labels[row] as usize, weights[row]);
            for (c, x) in points.row(row).iter().enumerate() {
                self.sums[from * self.width + c] -= x * weight;
                self.sums[to * self.width + c] = x * weight;
            }
            self.weights[to] = weight;
            self.weights[from] -= weight;
        }
    }
}

fn first_highest(values: &[f64]) -> usize {
    let mut best = 0;
    for (i, value) in values.iter().enumerate() {
        if *value > values[best] {
            best = i;
        }
    }
    best
}

/// The sum of the squared distances of points to their centres, by weight.
#[must_use]
pub fn inertia(points: &Points, weights: &[f64], centres: &[f64], labels: &[u32]) -> f64 {
    let width = points.width();
    let of = |((x, w), label): ((&[f64], &f64), &u32)| {
        apart(x, &centres[*label as usize * width..][..width]) * w
    };
    points.rows().zip(weights).zip(labels).map(of).sum()
}
