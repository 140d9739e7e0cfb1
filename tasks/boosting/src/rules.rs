//! What a tree may do: how large it grows, which columns may meet on a path,
//! along which of them values may only rise or fall.

use std::rc::Rc;

use crate::generator::Generator;
use crate::split::{Limits, Split};

/// The rules of every tree of an ensemble. Columns are in the order of the
/// binned ones.
pub(crate) struct Rules {
    pub(crate) limits: Limits,
    pub(crate) max_leaf_nodes: Option<usize>,
    pub(crate) max_depth: Option<u32>,
    /// The share of columns drawn at each node.
    pub(crate) max_features: f64,
    pub(crate) learning_rate: f64,
    /// For each column 1 if values may only rise with it, -1 if they may only
    /// fall.
    pub(crate) directions: Vec<i8>,
    pub(crate) meetings: Meetings,
}

/// Which columns may meet on a path from the root.
pub(crate) enum Meetings {
    Any,
    /// Any two, no third.
    Pairs,
    /// Those that are in one of these sets; every column is in one.
    Within(Vec<Vec<usize>>),
}

/// The columns that a node may be split on.
#[derive(Clone)]
pub(crate) struct Allowed {
    /// The sets that no split above has left, if there are sets; of pairs the
    /// columns so far.
    sets: Vec<usize>,
    columns: Vec<usize>,
}

impl Rules {
    /// What the root may be split on.
    pub(crate) fn anything(&self) -> Rc<Allowed> {
        let sets = match &self.meetings {
            Meetings::Within(sets) => (0..sets.len()).collect(),
            _ => Vec::new(),
        };
        Rc::new(Allowed {
            sets,
            columns: (0..self.directions.len()).collect(),
        })
    }

    /// What children may be split on, after a split on a column.
    pub(crate) fn below(&self, node: &Rc<Allowed>, column: usize) -> Rc<Allowed> {
        match &self.meetings {
            Meetings::Any => node.clone(),
            Meetings::Pairs => {
                let mut met = node.sets.clone();
                met.push(column);
                met.sort_unstable();
                met.dedup();
                let columns = match met.len() {
                    2 => met.clone(),
                    _ => node.columns.clone(),
                };
                Rc::new(Allowed { sets: met, columns })
            }
            Meetings::Within(all) => {
                let holds = |set: &&usize| all[**set].contains(&column);
                let sets: Vec<usize> = node.sets.iter().filter(holds).copied().collect();
                let mut columns: Vec<usize> =
                    sets.iter().flat_map(|set| &all[*set]).copied().collect();
                columns.sort_unstable();
                columns.dedup();
                Rc::new(Allowed { sets, columns })
            }
        }
    }

    /// One flag a column, whether a node looks at it: draws if columns are
    /// drawn.
    pub(crate) fn looks(&self, allowed: &Allowed, rng: &mut Generator) -> Vec<bool> {
        let mut looks = vec![false; self.directions.len()];
        let n = allowed.columns.len();
        if self.max_features < 1.0 {
            let chosen = ((self.max_features * n as f64).ceil() as usize).max(1);
            for (column, chosen) in allowed.columns.iter().zip(rng.mask(n, chosen)) {
                looks[*column] = chosen;
            }
        } else {
            allowed.columns.iter().for_each(|c| looks[*c] = true);
        }
        looks
    }

    /// The bounds of the values below each child of a split.
    pub(crate) fn bounds(
        &self,
        bounds: (f64, f64),
        split: &Split,
        values: (f64, f64),
    ) -> ((f64, f64), (f64, f64)) {
        let middle = (values.0 + values.1) / 2.0;
        match self.directions[split.column] {
            0 => (bounds, bounds),
            1 => ((bounds.0, middle), (middle, bounds.1)),
            _ => ((middle, bounds.1), (bounds.0, middle)),
        }
    }
}

impl Allowed {
    /// One flag a column.
    pub(crate) fn flags(&self, columns: usize) -> Vec<bool> {
        let mut flags = vec![false; columns];
        self.columns.iter().for_each(|c| flags[*c] = true);
        flags
    }
}
