//! What the nearest rows say together.

use serde::{Deserialize, Serialize};

/// How much a neighbour counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Weights {
    /// All alike.
    Uniform,
    /// By the inverse of the distance; where one is at no distance, only those
    /// that are.
    Distance,
}

/// All neighbours of this query are infinitely far.
#[derive(Debug, PartialEq, Eq)]
pub struct Weightless;

/// Turns the distances of one query's neighbours into weights.
fn weigh(weights: Weights, distances: &[f64], out: &mut Vec<f64>) -> Result<(), Weightless> {
    out.clear();
    match weights {
        Weights::Uniform => out.resize(distances.len(), 1.0),
        Weights::Distance => {
            out.extend(distances.iter().map(|d| 1.0 / d));
            // A distance too small to invert counts as none, as in scikit-learn.
            if out.iter().any(|w| w.is_infinite()) {
                out.iter_mut()
                    .for_each(|w| *w = f64::from(u8::from(w.is_infinite())));
            }
            if out.iter().all(|w| *w == 0.0) {
                return Err(Weightless);
            }
        }
    }
    Ok(())
}

/// One query's neighbours.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    /// Nearest first: places among the training rows.
    pub places: &'a [u32],
    /// Nearest first.
    pub distances: &'a [f64],
}

/// The votes for each class, query after query.
pub fn classes<'a>(
    queries: impl ExactSizeIterator<Item = Asked<'a>>,
    weights: Weights,
    class_of: &[u32],
    n_classes: usize,
) -> Result<Vec<f64>, Weightless> {
    let mut votes = vec![0.0; queries.len() * n_classes];
    let mut weight = Vec::new();
    for (asked, votes) in queries.zip(votes.chunks_exact_mut(n_classes)) {
        weigh(weights, asked.distances, &mut weight)?;
        for (place, weight) in asked.places.iter().zip(&weight) {
            votes[class_of[*place as usize] as usize] += weight;
        }
    }
    Ok(votes)
}

/// Turns votes into probabilities.
pub fn normalise(votes: &mut [f64], n_classes: usize) {
    for votes in votes.chunks_exact_mut(n_classes) {
        let sum: f64 = votes.iter().sum();
        votes.iter_mut().for_each(|vote| *vote /= sum);
    }
}

/// The mean of each query's neighbours.
pub fn means<'a>(
    queries: impl ExactSizeIterator<Item = Asked<'a>>,
    weights: Weights,
    target: &[f64],
) -> Result<Vec<f64>, Weightless> {
    let mut weight = Vec::new();
    let mean = |asked: Asked<'a>| {
        weigh(weights, asked.distances, &mut weight)?;
        let total: f64 = weight.iter().sum();
        let sum: f64 = asked
            .places
            .iter()
            .zip(&weight)
            .map(|(place, w)| target[*place as usize] * w)
            .sum();
        Ok(sum / total)
    };
    queries.map(mean).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weights(distances: &[f64]) -> Result<Vec<f64>, Weightless> {
        let mut out = Vec::new();
        weigh(Weights::Distance, distances, &mut out).map(|()| out)
    }

    #[test]
    fn no_distance_takes_all() {
        assert_eq!(weights(&[0.5, 2.0]), Ok(vec![2.0, 0.5]));
        assert_eq!(weights(&[0.0, 0.0, 2.0]), Ok(vec![1.0, 1.0, 0.0]));
        // Its inverse is beyond all numbers.
        assert_eq!(weights(&[5e-324, 1.0]), Ok(vec![1.0, 0.0]));
    }

    #[test]
    fn neighbours_infinitely_far_say_nothing() {
        assert_eq!(weights(&[f64::INFINITY]), Err(Weightless));
        assert_eq!(weights(&[1.0, f64::INFINITY]), Ok(vec![1.0, 0.0]));
    }

    #[test]
    fn the_mean_is_weighted() {
        let asked = [Asked {
            places: &[1, 0],
            distances: &[1.0, 3.0],
        }];
        assert_eq!(
            means(asked.into_iter(), Weights::Uniform, &[1.0, 5.0]),
            Ok(vec![3.0])
        );
        let weighted = means(asked.into_iter(), Weights::Distance, &[1.0, 5.0]).unwrap();
        assert!((weighted[0] - 4.0).abs() < 1e-15);
    }
}
