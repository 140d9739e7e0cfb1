//! A tree that has grown: what it predicts.

use serde::{Deserialize, Serialize};

use crate::bins::Column;
use crate::grow::Growing;
use crate::split::Test;

/// A node. The left child of one that is split is the next one.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Node {
    /// What is predicted here, the learning rate counted in.
    pub(crate) value: f64,
    /// How many training rows came here.
    pub(crate) rows: u32,
    pub(crate) split: Option<Split>,
}

/// Where a row goes on.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Split {
    /// The dataset's column.
    pub(crate) feature: u32,
    pub(crate) test: Decision,
    /// Whether rows without a value go left.
    pub(crate) missing_left: bool,
    pub(crate) right: u32,
    pub(crate) gain: f64,
}

/// Which rows go left.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) enum Decision {
    /// Those that are not above.
    UpTo(f64),
    /// Those in these categories, a bit each.
    In(Vec<u32>),
    /// Those not in these categories.
    NotIn(Vec<u32>),
}

/// A fitted tree.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Tree {
    pub(crate) nodes: Vec<Node>,
}

impl Split {
    /// Whether a row with this value goes left.
    pub(crate) fn goes_left(&self, x: f64) -> bool {
        if x.is_nan() {
            return self.missing_left;
        }
        match &self.test {
            Decision::UpTo(threshold) => x <= *threshold,
            Decision::In(set) => holds(set, x),
            Decision::NotIn(set) => !holds(set, x),
        }
    }
}

/// Whether a category is in a set.
fn holds(set: &[u32], x: f64) -> bool {
    let category = x as usize;
    x >= 0.0
        && set
            .get(category / 32)
            .is_some_and(|word| word >> (category % 32) & 1 == 1)
}

impl Tree {
    /// Puts grown nodes in order. Categories are meant by their places.
    pub(crate) fn new(grown: &[Growing], columns: &[Column]) -> Self {
        let mut tree = Tree::default();
        // Nodes to come, with the one whose right child they are.
        let mut due = vec![(0, None)];
        while let Some((at, parent)) = due.pop() {
            let place = tree.nodes.len() as u32;
            if let Some(parent) = parent
                && let Some(split) = &mut tree.nodes[parent as usize].split
            {
                split.right = place;
            }
            let from: &Growing = &grown[at];
            let split = from.children.zip(from.split.as_ref());
            if let Some(((left, right), _)) = split {
                due.push((right, Some(place)));
                due.push((left, None));
            }
            tree.nodes.push(Node {
                value: from.node.value,
                rows: (from.rows.1 - from.rows.0) as u32,
                split: split.map(|(_, split)| {
                    let column = &columns[split.column];
                    let test = match split.test {
                        Test::In(set) => Decision::In(set.to_vec()),
                        // After the last bin only NaN is parted from the rest.
                        Test::UpTo(bin) => Decision::UpTo(
                            column
                                .cuts
                                .get(bin as usize)
                                .copied()
                                .unwrap_or(f64::INFINITY),
                        ),
                    };
                    Split {
                        feature: column.feature,
                        test,
                        missing_left: split.missing_left,
                        right: 0,
                        gain: split.gain,
                    }
                }),
            });
        }
        tree
    }

    /// What a row's leaf says.
    pub(crate) fn value(&self, row: &[f64]) -> f64 {
        let mut at = 0;
        loop {
            let node = &self.nodes[at];
            let Some(split) = &node.split else {
                return node.value;
            };
            at = if split.goes_left(row[split.feature as usize]) {
                at + 1
            } else {
                split.right as usize
            };
        }
    }

    /// Whether every child is there, further on than its parent, and every
    /// column: what a row can be led through without end or fault.
    pub(crate) fn sound(&self, features: usize) -> bool {
        let n = self.nodes.len();
        let fine = |(at, node): (usize, &Node)| {
            node.split.as_ref().is_none_or(|split| {
                (split.feature as usize) < features
                    && at + 1 < n
                    && split.right as usize > at
                    && (split.right as usize) < n
            })
        };
        n > 0 && self.nodes.iter().enumerate().all(fine)
    }
}
