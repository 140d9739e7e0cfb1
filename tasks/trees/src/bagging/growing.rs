//! Growing trees, each from a seed of its own, of what was drawn for it.

use std::rc::Rc;

use pleat_guest::{Error, Rows, go_on};
use pleat_num::rng::RandomState;
use pleat_num::sum::pairwise;

use crate::bagging::draws::{any, distinct, distinct_by_weight};
use crate::bagging::settings::BaggingSettings;
use crate::fit::Ground;
use crate::forest::bootstrap::Chances;
use crate::forest::flat::Flat;
use crate::tree::Tree;

/// The trees of the largest ensemble, and what there is to say about them.
pub(crate) struct Trees {
    trees: Vec<Rc<Flat>>,
    pub(crate) warnings: Vec<String>,
}

impl Trees {
    /// The first `n`.
    pub(crate) fn first(&self, n: usize) -> Vec<Rc<Flat>> {
        self.trees[..n].to_vec()
    }

    /// Grows `n` trees with `grow`, which is given columns, how often each row
    /// counts, and a seed; those of all columns with `quick`, if it has an answer.
    pub(crate) fn grow(
        train: &Rows<'_>,
        ground: &Ground,
        settings: &BaggingSettings,
        (n, seed): (usize, u32),
        quick: impl Fn(&[f64], u32) -> Option<Tree>,
        grow: impl Fn(&Ground, &[f64], u32) -> Result<Tree, Error>,
    ) -> Result<Trees, Error> {
        let (rows, columns) = (train.len(), train.n_columns());
        let weights = train.weights();
        ground.check(weights.as_deref())?;
        let mass = weights.as_deref().map_or(rows as f64, pairwise);
        let (samples, features) = (settings.samples(rows, mass)?, settings.features(columns)?);
        let mut warnings: Vec<String> = settings.warning(rows, samples).into_iter().collect();
        if let Some(weights) = &weights
            && !settings.bootstrap
        {
            warnings
                .push("Weights are chances of being drawn; bootstrap is meant for them.".into());
            let there = weights.iter().filter(|w| **w > 0.0).count();
            if there < samples {
                return Err(Error::InvalidData(format!(
                    "{samples} rows are to be drawn without bootstrap, but only {there} weigh \
                     anything."
                )));
            }
        }
        let chances = Chances::new(weights.as_deref());
        let mut seeds = RandomState::new(seed);
        let mut trees = Vec::with_capacity(n);
        for i in 0..n {
            go_on(i as f64 / n as f64)?;
            // Columns and rows are drawn from the same stream as the seed of the
            // tree, from its beginning.
            let seed = seeds.interval(0x7fff_fffe) as u32;
            let of_tree = RandomState::new(seed).interval(0x7fff_fffe) as u32;
            let mut draws = RandomState::new(seed);
            let chosen = if settings.bootstrap_features {
                any(&mut draws, columns, features)
            } else {
                distinct(&mut draws, columns, features)
            };
            let times = match (&weights, settings.bootstrap) {
                (_, true) => chances.draw_from(&mut draws, rows, samples),
                (None, false) => times(rows, &distinct(&mut draws, rows, samples)),
                (Some(weights), false) => {
                    let shares: Vec<f64> = weights.iter().map(|w| w / mass).collect();
                    times(rows, &distinct_by_weight(&mut draws, &shares, samples))
                }
            };
            let all = !settings.bootstrap_features && features == columns;
            let tree = if all {
                match quick(&times, of_tree) {
                    Some(tree) => tree,
                    None => grow(ground, &times, of_tree)?,
                }
            } else {
                let mut tree = grow(&ground.of_columns(&chosen), &times, of_tree)?;
                tree.rename(&chosen);
                tree
            };
            trees.push(Rc::new(Flat::new(&tree, columns)));
        }
        Ok(Trees { trees, warnings })
    }
}

fn times(rows: usize, drawn: &[usize]) -> Vec<f64> {
    let mut times = vec![0.0; rows];
    drawn.iter().for_each(|row| times[*row] += 1.0);
    times
}
