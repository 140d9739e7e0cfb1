//! Trees that grow one after the other, as many as the candidates of a fitting
//! need, and what they answer together. A smaller forest is the beginning of a
//! larger one.

use std::rc::Rc;

use pleat_guest::{Error, Rows, go_on};
use pleat_num::rng::RandomState;
use pleat_num::sum::pairwise;
use serde::{Deserialize, Serialize};

use crate::fit::single_precision;
use crate::forest::flat::Flat;
use crate::forest::settings::ForestSettings;
use crate::tree::Tree;

/// The trees grown so far, and the draws that go on after them.
pub(crate) struct Growing {
    draws: RandomState,
    trees: Vec<Rc<Flat>>,
}

impl Growing {
    pub(crate) fn new(settings: &ForestSettings) -> Self {
        Growing {
            draws: RandomState::new(settings.tree.seed()),
            trees: Vec::new(),
        }
    }

    /// How many trees there are.
    pub(crate) fn len(&self) -> usize {
        self.trees.len()
    }

    /// Grows trees until there are `n`, each from a seed of its own.
    pub(crate) fn up_to(
        &mut self,
        settings: &ForestSettings,
        columns: usize,
        mut grow: impl FnMut(u32) -> Result<Tree, Error>,
    ) -> Result<(), Error> {
        while self.trees.len() < settings.n_estimators {
            go_on(self.trees.len() as f64 / settings.n_estimators as f64)?;
            // RandomState.randint(2**31 - 1)
            let seed = self.draws.interval(0x7fff_fffe) as u32;
            let tree = grow(seed)?;
            let tree = match settings.tree.ccp_alpha() {
                Some(alpha) => tree.pruned(alpha),
                None => tree,
            };
            self.trees.push(Rc::new(Flat::new(&tree, columns)));
        }
        Ok(())
    }

    /// The first `n` trees.
    pub(crate) fn first(&self, n: usize, width: usize, columns: usize) -> Grove {
        Grove {
            width: width as u32,
            columns: columns as u32,
            trees: self.trees[..n].to_vec(),
        }
    }
}

/// The trees of a forest.
#[derive(Serialize, Deserialize)]
pub(crate) struct Grove {
    width: u32,
    columns: u32,
    trees: Vec<Rc<Flat>>,
}

/// About how many values of rows all trees go over before the next ones.
const BLOCK: usize = 1 << 16;

impl Grove {
    /// Of trees that predict `width` numbers from so many columns.
    pub(crate) fn new(width: usize, columns: usize, trees: Vec<Rc<Flat>>) -> Self {
        Grove {
            width: width as u32,
            columns: columns as u32,
            trees,
        }
    }

    /// The mean of what the trees predict, row after row.
    pub(crate) fn predict(&self, rows: &Rows<'_>) -> Result<Vec<f64>, Error> {
        single_precision(rows)?;
        let (width, columns) = (self.width as usize, self.columns as usize);
        let mut means = vec![0.0; rows.len() * width];
        let at_once = (BLOCK / columns).max(16);
        let mut block = Vec::new();
        let parts = rows.indices().chunks(at_once);
        for (indices, means) in parts.zip(means.chunks_mut(at_once * width)) {
            block.clear();
            block.resize(indices.len() * columns, 0.0);
            for column in 0..columns {
                let values = rows.dataset().column(column);
                let places = block.iter_mut().skip(column).step_by(columns);
                for (place, row) in places.zip(indices) {
                    *place = values[*row as usize] as f32;
                }
            }
            for tree in &self.trees {
                tree.add(&block, columns, means);
            }
        }
        let n = self.trees.len() as f64;
        means.iter_mut().for_each(|mean| *mean /= n);
        Ok(means)
    }

    /// The mean of what columns were worth, over trees that have a split.
    pub(crate) fn importances(&self) -> Vec<f64> {
        let mut means = vec![0.0; self.columns as usize];
        let mut trees = 0.0;
        for importances in self.trees.iter().filter_map(|tree| tree.importances()) {
            trees += 1.0;
            for (mean, importance) in means.iter_mut().zip(importances) {
                *mean += importance;
            }
        }
        if trees > 0.0 {
            means.iter_mut().for_each(|mean| *mean /= trees);
            let all = pairwise(&means);
            means.iter_mut().for_each(|mean| *mean /= all);
        }
        means
    }
}
