//! From first centres to last ones.

use pleat_num::sum::pairwise;

use super::centres::{Centres, inertia};
use super::elkan::Bounds;
use super::lloyd;
use crate::points::Points;

/// When to stop, and how nearest centres are found on the way.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// Whether by [`Bounds`].
    pub elkan: bool,
    /// Moves at most.
    pub max_iter: u64,
    /// Squared moves that together are small enough.
    pub tol: f64,
}

/// Where centres came to rest.
#[derive(Clone, Debug)]
pub struct Rest {
    /// The centres, one row after another.
    pub centres: Vec<f64>,
    /// Which one is nearest to each point.
    pub labels: Vec<u32>,
    /// The squared distances of points to them, by weight.
    pub inertia: f64,
    /// How often they moved.
    pub iterations: u64,
}

/// Lets centres move to the means of the points nearest to them. `tick` hears
/// of every move, and ends the run with its error.
pub fn run<E>(
    points: &Points,
    weights: &[f64],
    first: Vec<f64>,
    rules: Rules,
    mut tick: impl FnMut(u64) -> Result<(), E>,
) -> Result<Rest, E> {
    let mut centres = Centres::new(first, points.width());
    let mut labels = vec![0; points.len()];
    let mut before: Option<Vec<u32>> = None;
    let mut bounds = rules
        .elkan
        .then(|| Bounds::new(points, &centres, &mut labels));
    let mut iterations = 0;
    let mut settled = false;
    while iterations < rules.max_iter {
        tick(iterations)?;
        find(points, &centres, bounds.as_mut(), &mut labels);
        for ((point, weight), label) in points.rows().zip(weights).zip(&labels) {
            centres.add(*label, point, *weight);
        }
        let moved = centres.go(points, weights, &labels);
        if let Some(bounds) = &mut bounds {
            bounds.moved(&moved, &labels);
            bounds.compare(&centres);
        }
        iterations += 1;
        if before.as_ref() == Some(&labels) {
            settled = true;
            break;
        }
        let squares: Vec<f64> = moved.iter().map(|d| d * d).collect();
        if pairwise(&squares) <= rules.tol {
            break;
        }
        before.get_or_insert_default().clone_from(&labels);
    }
    if !settled {
        find(points, &centres, bounds.as_mut(), &mut labels);
    }
    Ok(Rest {
        inertia: inertia(points, weights, &centres.places, &labels),
        centres: centres.places,
        labels,
        iterations,
    })
}

fn find(points: &Points, centres: &Centres, bounds: Option<&mut Bounds>, labels: &mut [u32]) {
    match bounds {
        Some(bounds) => bounds.nearest(points, centres, labels),
        None => lloyd::nearest(points, &centres.places, labels),
    }
}

/// Whether points that are together in one are so in the other.
#[must_use]
pub fn same(labels: &[u32], others: &[u32], k: usize) -> bool {
    let mut partner = vec![None; k];
    labels
        .iter()
        .zip(others)
        .all(|(label, other)| *partner[*label as usize].get_or_insert(*other) == *other)
}
