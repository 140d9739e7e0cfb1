//! First centres.

use pleat_num::rng::RandomState;

use crate::draws::{Chances, running};
use crate::points::Points;

/// How first centres are found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Init {
    /// Far from each other, as far as chance allows.
    PlusPlus,
    /// Any points.
    Random,
}

/// Not as many points have weight as centres are wanted.
#[derive(Debug, PartialEq)]
pub struct TooFew;

impl Init {
    /// Which points become the first `k` centres.
    pub fn draw(
        self,
        points: &Points,
        norms: &[f64],
        weights: &[f64],
        k: usize,
        rng: &mut RandomState,
    ) -> Result<Vec<usize>, TooFew> {
        let chances = Chances::new(weights).ok_or(TooFew)?;
        match self {
            Init::PlusPlus => Ok(plus_plus(points, norms, weights, &chances, k, rng)),
            Init::Random => chances.different(k, rng).ok_or(TooFew),
        }
    }
}

/// k-means++ (Arthur and Vassilvitskii 2007), the greedy way: of several
/// points drawn by how far they are from all centres so far, the one that
/// leaves the least distance is taken.
fn plus_plus(
    points: &Points,
    norms: &[f64],
    weights: &[f64],
    chances: &Chances,
    k: usize,
    rng: &mut RandomState,
) -> Vec<usize> {
    let trials = 2 + pleat_num::math::ln(k as f64) as usize;
    let mut taken = vec![chances.one(rng)];
    let mut nearest = points.squared_distances(norms, &points.pick(&taken));
    let weighted = |distances: &[f64]| pleat_num::dense::dot(distances, weights);
    let mut left = weighted(&nearest);
    while taken.len() < k {
        let draws: Vec<f64> = (0..trials).map(|_| rng.double() * left).collect();
        let sums = running(weights.iter().zip(&nearest).map(|(w, d)| w * d));
        let place = |draw: &f64| sums.partition_point(|sum| sum < draw).min(sums.len() - 1);
        let tried: Vec<usize> = draws.iter().map(place).collect();
        let apart = points.squared_distances(norms, &points.pick(&tried));
        let mut best: Option<(usize, f64, Vec<f64>)> = None;
        for (point, apart) in tried.iter().zip(apart.chunks_exact(nearest.len())) {
            let after = nearest.iter().zip(apart);
            let after: Vec<f64> = after.map(|(a, b)| if b < a { *b } else { *a }).collect();
            let leaves = weighted(&after);
            if best.as_ref().is_none_or(|(_, least, _)| leaves < *least) {
                best = Some((*point, leaves, after));
            }
        }
        if let Some((point, leaves, after)) = best {
            taken.push(point);
            (left, nearest) = (leaves, after);
        }
    }
    taken
}
