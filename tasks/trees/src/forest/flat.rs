//! A grown tree as a forest keeps it: only what predicting takes, packed, and
//! what its columns were worth.

use serde::{Deserialize, Serialize};

use crate::table::rounded_down;
use crate::tree::Tree;

/// A node; the root is never below another, so 0 to the left is a leaf.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Node {
    /// The largest number in single precision that goes to the left.
    threshold: f32,
    /// Twice the column, and one more if missing values go to the left.
    column: u32,
    left: u32,
    /// For a leaf where its answer stands.
    right: u32,
}

/// A packed tree.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Flat {
    width: u32,
    nodes: Vec<Node>,
    /// What leaves predict.
    values: Vec<f64>,
    /// None of a tree that is one leaf.
    importances: Option<Vec<f64>>,
}

impl Flat {
    pub(crate) fn new(tree: &Tree, columns: usize) -> Self {
        let nodes = tree.nodes();
        let width = tree.value(0).len();
        let mut values = Vec::with_capacity(tree.n_leaves() * width);
        let mut pack = |(id, node): (usize, &crate::tree::Node)| {
            let at = values.len() as u32;
            if node.left == 0 {
                values.extend_from_slice(tree.value(id));
            }
            Node {
                threshold: rounded_down(node.threshold),
                column: node.column * 2 + u32::from(node.missing_left),
                left: node.left,
                right: if node.left == 0 { at } else { node.right },
            }
        };
        let packed = nodes.iter().enumerate().map(&mut pack).collect();
        Flat {
            width: width as u32,
            nodes: packed,
            values,
            importances: (nodes.len() > 1).then(|| tree.importances(columns)),
        }
    }

    /// What each column was worth, if any was.
    pub(crate) fn importances(&self) -> Option<&[f64]> {
        self.importances.as_deref()
    }

    /// Adds what the tree predicts of rows, given row after row of so many
    /// columns.
    pub(crate) fn add(&self, rows: &[f32], columns: usize, sums: &mut [f64]) {
        let width = self.width as usize;
        for (row, sums) in rows.chunks_exact(columns).zip(sums.chunks_exact_mut(width)) {
            let at = self.leaf(row);
            for (sum, value) in sums.iter_mut().zip(&self.values[at..at + width]) {
                *sum += value;
            }
        }
    }

    /// Where the answer of a row's leaf stands.
    fn leaf(&self, row: &[f32]) -> usize {
        let mut node = &self.nodes[0];
        while node.left != 0 {
            let value = row[(node.column >> 1) as usize];
            let left = value <= node.threshold || (value.is_nan() && node.column & 1 == 1);
            node = &self.nodes[if left { node.left } else { node.right } as usize];
        }
        node.right as usize
    }
}
