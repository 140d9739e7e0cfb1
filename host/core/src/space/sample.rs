//! Candidates drawn at random: those of `ParameterSampler`, draw for draw.

use std::collections::BTreeSet;

use pleat_num::rng::RandomState;

use super::{Space, grid};
use crate::task::Params;

/// What was drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// The candidates, in the order drawn.
    pub candidates: Vec<Params>,
    /// That there were fewer candidates than asked for.
    pub warning: Option<String>,
}

/// Draws `n_iter` candidates; how many are too many is the caller's to say.
///
/// If all dimensions are lists, no candidate of the grid is drawn twice, and
/// there are no more than it has. Otherwise each draw picks a space and then a
/// value for each of its keys, sorted.
#[must_use]
pub fn sample(spaces: &[Space], n_iter: u32, seed: u32) -> Sample {
    let mut rng = RandomState::new(seed);
    let Ok(size) = grid::count(spaces) else {
        let once = |_| draw(spaces, &mut rng);
        return Sample {
            candidates: (0..n_iter).map(once).collect(),
            warning: None,
        };
    };
    let warning = (size < u64::from(n_iter)).then(|| {
        format!(
            "the space has only {size} candidates, which is less than n_iter={n_iter}: all of \
             them are tried"
        )
    });
    let places = without_replacement(size, u64::from(n_iter).min(size), &mut rng);
    let candidates = places
        .into_iter()
        // Never an error: the space has been counted.
        .filter_map(|place| grid::candidate(spaces, place).ok());
    Sample {
        candidates: candidates.collect(),
        warning,
    }
}

/// One candidate with a distribution among its dimensions, or beside them.
fn draw(spaces: &[Space], rng: &mut RandomState) -> Params {
    let place = rng.randint(0, spaces.len() as i64);
    let dimensions = spaces.get(place as usize).map(Space::dimensions);
    dimensions
        .into_iter()
        .flatten()
        .map(|(name, dimension)| (name.clone(), dimension.draw(rng)))
        .collect()
}

/// `n` of the numbers 0 .. `all`: scikit-learn's `sample_without_replacement`.
/// By the share that is drawn: first come for a few, a permutation as a rule,
/// a reservoir for nearly all. Holds up to a hundred numbers for each one drawn.
fn without_replacement(all: u64, n: u64, rng: &mut RandomState) -> Vec<u64> {
    let share = if all == 0 { 1.0 } else { n as f64 / all as f64 };
    if share > 0.01 && share < 0.99 {
        let mut order: Vec<u64> = (0..all).collect();
        rng.shuffle(&mut order);
        order.truncate(n as usize);
        return order;
    }
    let mut chosen: Vec<u64> = Vec::new();
    if share < 0.2 {
        let mut known = BTreeSet::new();
        while (chosen.len() as u64) < n {
            let number = rng.interval(all - 1);
            if known.insert(number) {
                chosen.push(number);
            }
        }
    } else {
        chosen.extend(0..n);
        for number in n..all {
            let place = rng.interval(number);
            if place < n {
                chosen[place as usize] = number;
            }
        }
    }
    chosen
}
