//! Classes as points: their centroids, how far these are shrunken towards the
//! centre of all (Tibshirani, Hastie, Narasimhan and Chu, PNAS 99, 2002), and
//! how far rows are from them.

use pleat_num::math::ln;
use serde::{Deserialize, Serialize};

/// What a centroid is, and how far a row is from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Metric {
    /// The mean, and the straight line.
    Euclidean,
    /// The median, and the sum of the differences.
    Manhattan,
}

/// A point for each class. Tables have one row a class, one entry a column.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Centroids {
    pub(crate) metric: Metric,
    pub(crate) points: Vec<f64>,
    /// How far each is from the centre of all, in units of its own spread.
    pub(crate) deviations: Vec<f64>,
    /// Of each column, within the classes.
    pub(crate) spread: Vec<f64>,
}

impl Centroids {
    /// Of rows that are handed over column by column, each with its class,
    /// below `n_classes`; every class occurs.
    #[must_use]
    pub fn new<'a>(
        columns: impl ExactSizeIterator<Item = Vec<f64>> + 'a,
        classes: &[usize],
        n_classes: usize,
        metric: Metric,
        threshold: Option<f64>,
    ) -> Self {
        let (rows, width) = (classes.len() as f64, columns.len());
        let mut counts = vec![0.0; n_classes];
        classes.iter().for_each(|class| counts[*class] += 1.0);
        let mut made = Centroids {
            metric,
            points: vec![0.0; n_classes * width],
            deviations: vec![0.0; n_classes * width],
            spread: Vec::with_capacity(width),
        };
        let mut centre = Vec::with_capacity(width);
        for (c, column) in columns.enumerate() {
            centre.push(column.iter().fold(0.0, |sum, x| sum + x) / rows);
            let points = match metric {
                Metric::Euclidean => means(&column, classes, &counts),
                Metric::Manhattan => medians(&column, classes, n_classes),
            };
            let square = |(x, class): (&f64, &usize)| (x - points[*class]) * (x - points[*class]);
            let squares = column.iter().zip(classes).map(square);
            let squares = squares.fold(0.0, |sum, x| sum + x);
            // As many rows as classes have no spread within them.
            let freedom = (rows - n_classes as f64).max(1.0);
            made.spread.push((squares / freedom).sqrt());
            for (class, point) in points.into_iter().enumerate() {
                made.points[class * width + c] = point;
            }
        }
        let middle = median(&mut made.spread.clone());
        for (class, count) in counts.iter().enumerate() {
            let few = (1.0 / count - 1.0 / rows).sqrt();
            for (c, centre) in centre.iter().enumerate() {
                let scale = few * (made.spread[c] + middle);
                let at = class * width + c;
                let mut deviation = (made.points[at] - centre) / scale;
                if let Some(threshold) = threshold {
                    let left = deviation.abs() - threshold;
                    // NaN stays what it is.
                    let left = if left < 0.0 { 0.0 } else { left };
                    deviation = if deviation == 0.0 {
                        0.0
                    } else {
                        left * deviation.signum()
                    };
                    made.points[at] = centre + scale * deviation;
                }
                made.deviations[at] = deviation;
            }
        }
        made
    }

    /// How far each row is from each point, or its square for the Euclidean
    /// metric: point after point. With `scaled`, in units of each column's
    /// spread, where it has one.
    #[must_use]
    pub fn distances(
        &self,
        columns: impl Iterator<Item = Vec<f64>>,
        rows: usize,
        scaled: bool,
    ) -> Vec<f64> {
        let width = self.spread.len();
        let mut out = vec![0.0; rows * self.points.len() / width];
        for (c, mut column) in columns.enumerate() {
            let scale = if scaled && self.spread[c] != 0.0 {
                self.spread[c]
            } else {
                1.0
            };
            column.iter_mut().for_each(|x| *x /= scale);
            let points = self.points.iter().skip(c).step_by(width);
            for (point, out) in points.zip(out.chunks_exact_mut(rows)) {
                let point = point / scale;
                let pairs = out.iter_mut().zip(&column);
                match self.metric {
                    Metric::Euclidean => {
                        pairs.for_each(|(sum, x)| *sum += (x - point) * (x - point))
                    }
                    Metric::Manhattan => pairs.for_each(|(sum, x)| *sum += (x - point).abs()),
                }
            }
        }
        out
    }

    /// The discriminant scores, row after row: twice the logarithm of the
    /// prior less the squared distance.
    #[must_use]
    pub fn scores(
        &self,
        columns: impl Iterator<Item = Vec<f64>>,
        rows: usize,
        priors: &[f64],
    ) -> Vec<f64> {
        let distances = self.distances(columns, rows, true);
        let mut out = vec![0.0; distances.len()];
        for (class, (distances, prior)) in distances.chunks_exact(rows).zip(priors).enumerate() {
            let prior = 2.0 * ln(*prior);
            let places = out.iter_mut().skip(class).step_by(priors.len());
            for (out, distance) in places.zip(distances) {
                let squared = match self.metric {
                    Metric::Euclidean => *distance,
                    Metric::Manhattan => distance * distance,
                };
                *out = prior - squared;
            }
        }
        out
    }
}

fn means(column: &[f64], classes: &[usize], counts: &[f64]) -> Vec<f64> {
    let mut sums = vec![0.0; counts.len()];
    for (x, class) in column.iter().zip(classes) {
        sums[*class] += x;
    }
    sums.iter()
        .zip(counts)
        .map(|(sum, count)| sum / count)
        .collect()
}

fn medians(column: &[f64], classes: &[usize], n_classes: usize) -> Vec<f64> {
    let mut of_class = vec![Vec::new(); n_classes];
    for (x, class) in column.iter().zip(classes) {
        of_class[*class].push(*x);
    }
    of_class.iter_mut().map(|values| median(values)).collect()
}

/// The value in the middle, or the mean of the two there.
fn median(values: &mut [f64]) -> f64 {
    let half = values.len() / 2;
    let even = values.len().is_multiple_of(2);
    let (below, upper, _) = values.select_nth_unstable_by(half, f64::total_cmp);
    if even {
        let lower = below.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        (lower + *upper) / 2.0
    } else {
        *upper
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_of_odd_and_even() {
        assert_eq!(median(&mut [3.0]), 3.0);
        assert_eq!(median(&mut [3.0, 1.0]), 2.0);
        assert_eq!(median(&mut [3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&mut [4.0, 3.0, 1.0, 2.0]), 2.5);
    }
}
