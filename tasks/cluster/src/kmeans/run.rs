//! From first centres to last ones.

use pleat_num::sum::pairwise;

use super::centres::{Centres, inertia};
use super::{elkan, hamerly};
use crate::points::Points;

/// When to stop, and how nearest centres are found on the way.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// Whether by [`elkan`], not by [`hamerly`].
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

/// Lets centres move to the means of the points nearest to them, whose squared
/// lengths are `norms`. `tick` hears
/// of every move, and ends the run with its error.
pub fn run<E>(
    points: &Points,
    norms: &[f64],
    weights: &[f64],
    first: Vec<f64>,
    rules: Rules,
    mut tick: impl FnMut(u64) -> Result<(), E>,
) -> Result<Rest, E> {
    let mut centres = Centres::new(first, points.width());
    let mut labels = vec![0; points.len()];
    let mut before: Option<Vec<u32>> = None;
    let mut way = match rules.elkan {
        true => Way::Elkan(elkan::Bounds::new(points, &centres, &mut labels)),
        false => Way::Hamerly(hamerly::Bounds::new(norms.to_vec())),
    };
    let mut iterations = 0;
    let mut settled = false;
    while iterations < rules.max_iter {
        tick(iterations)?;
        way.nearest(points, &centres, &mut labels);
        for ((point, weight), label) in points.rows().zip(weights).zip(&labels) {
            centres.add(*label, point, *weight);
        }
        let moved = centres.go(points, weights, &labels);
        way.moved(&moved, &centres, &labels);
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
        way.nearest(points, &centres, &mut labels);
    }
    Ok(Rest {
        inertia: inertia(points, weights, &centres.places, &labels),
        centres: centres.places,
        labels,
        iterations,
    })
}

/// What is known of distances, by the rules.
enum Way {
    Hamerly(hamerly::Bounds),
    Elkan(elkan::Bounds),
}

impl Way {
    fn nearest(&mut self, points: &Points, centres: &Centres, labels: &mut [u32]) {
        match self {
            Way::Hamerly(bounds) => bounds.nearest(points, &centres.places, labels),
            Way::Elkan(bounds) => bounds.nearest(points, centres, labels),
        }
    }

    fn moved(&mut self, by: &[f64], centres: &Centres, labels: &[u32]) {
        match self {
            Way::Hamerly(bounds) => bounds.moved(by, labels),
            Way::Elkan(bounds) => {
                bounds.moved(by, labels);
                bounds.compare(centres);
            }
        }
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
