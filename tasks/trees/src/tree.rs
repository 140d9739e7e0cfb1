//! A grown tree: finding a row's leaf, and cutting at a depth.

use serde::{Deserialize, Serialize};

/// A node. The root is never a child, so child 0 is none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Node {
    pub(crate) column: u32,
    pub(crate) threshold: f64,
    pub(crate) left: u32,
    pub(crate) right: u32,
    pub(crate) depth: u32,
}

const LEAF: Node = Node {
    column: 0,
    threshold: 0.0,
    left: 0,
    right: 0,
    depth: 0,
};

/// A classification tree.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tree {
    n_classes: u32,
    nodes: Vec<Node>,
    /// Node after node, the share of each class among its training rows.
    shares: Vec<f64>,
}

impl Tree {
    pub(crate) fn new(n_classes: usize) -> Self {
        Tree {
            n_classes: n_classes as u32,
            nodes: Vec::new(),
            shares: Vec::new(),
        }
    }

    /// Adds a leaf, as the left child or the right one of a parent.
    pub(crate) fn add(
        &mut self,
        counts: &[f64],
        total: f64,
        depth: u32,
        parent: Option<(usize, bool)>,
    ) -> usize {
        self.shares.extend(counts.iter().map(|count| count / total));
        self.push(Node { depth, ..LEAF }, parent)
    }

    fn push(&mut self, node: Node, parent: Option<(usize, bool)>) -> usize {
        let id = self.nodes.len();
        self.nodes.push(node);
        match parent {
            Some((parent, true)) => self.nodes[parent].left = id as u32,
            Some((parent, false)) => self.nodes[parent].right = id as u32,
            None => {}
        }
        id
    }

    /// Gives a node a split; its children are added later.
    pub(crate) fn split(&mut self, id: usize, column: usize, threshold: f64) {
        self.nodes[id].column = column as u32;
        self.nodes[id].threshold = threshold;
    }

    /// How many nodes there are.
    #[must_use]
    pub fn n_nodes(&self) -> usize {
        self.nodes.len()
    }

    /// How many leaves there are.
    #[must_use]
    pub fn n_leaves(&self) -> usize {
        self.nodes.iter().filter(|node| node.left == 0).count()
    }

    /// The depth of the deepest node.
    #[must_use]
    pub fn depth(&self) -> u32 {
        self.nodes.iter().map(|node| node.depth).max().unwrap_or(0)
    }

    /// The column and threshold of each inner node, in the order they were
    /// made.
    pub fn splits(&self) -> impl Iterator<Item = (u32, f64)> {
        self.nodes
            .iter()
            .filter(|node| node.left != 0)
            .map(|node| (node.column, node.threshold))
    }

    /// The tree that would have grown under this `max_depth`: provided that
    /// this one grew depth first and drew no columns, every node above is the
    /// same in both.
    #[must_use]
    pub fn cut(&self, max_depth: u32) -> Tree {
        let mut cut = Tree::new(self.n_classes as usize);
        let mut stack = vec![(0, None)];
        while let Some((id, parent)) = stack.pop() {
            let old = &self.nodes[id];
            cut.shares.extend(self.shares(id));
            let inner = old.left != 0 && old.depth < max_depth;
            let new = if inner {
                old.clone()
            } else {
                Node {
                    depth: old.depth,
                    ..LEAF
                }
            };
            let new_id = cut.push(new, parent);
            if inner {
                stack.push((old.right as usize, Some((new_id, false))));
                stack.push((old.left as usize, Some((new_id, true))));
            }
        }
        cut
    }

    fn shares(&self, id: usize) -> &[f64] {
        let n = self.n_classes as usize;
        &self.shares[id * n..(id + 1) * n]
    }

    /// The share of each class in the leaf of each row, row after row, of a
    /// column-major matrix.
    #[must_use]
    pub fn probabilities(&self, values: &[f64], rows: usize) -> Vec<f64> {
        let mut out = Vec::with_capacity(rows * self.n_classes as usize);
        for row in 0..rows {
            let mut id = 0;
            while self.nodes[id].left != 0 {
                let node = &self.nodes[id];
                let value = values[node.column as usize * rows + row] as f32;
                id = if f64::from(value) <= node.threshold {
                    node.left
                } else {
                    node.right
                } as usize;
            }
            out.extend(self.shares(id));
        }
        out
    }
}
