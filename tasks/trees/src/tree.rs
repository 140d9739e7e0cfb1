//! A grown tree: finding a row's leaf, and cutting at a depth.

use pleat_num::sum::pairwise;
use serde::{Deserialize, Serialize};

/// A node. The root is never a child, so child 0 is none.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Node {
    pub(crate) column: u32,
    pub(crate) threshold: f64,
    /// Where a missing value goes.
    pub(crate) missing_left: bool,
    pub(crate) left: u32,
    pub(crate) right: u32,
    pub(crate) depth: u32,
    /// The weight of its training rows, and how impure they are.
    pub(crate) mass: f64,
    pub(crate) impurity: f64,
}

impl Node {
    /// The same node with nothing below it.
    fn leaf(&self) -> Node {
        Node {
            depth: self.depth,
            mass: self.mass,
            impurity: self.impurity,
            ..Node::default()
        }
    }
}

/// The parent of a node, and whether the node is to its left.
pub(crate) type Parent = Option<(usize, bool)>;

/// A decision tree.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tree {
    /// How many numbers each node predicts.
    width: u32,
    nodes: Vec<Node>,
    /// Node after node, what it predicts.
    values: Vec<f64>,
}

impl Tree {
    pub(crate) fn new(width: usize) -> Self {
        Tree {
            width: width as u32,
            nodes: Vec::new(),
            values: Vec::new(),
        }
    }

    /// Adds a leaf; what it predicts is written by `value`.
    pub(crate) fn add(
        &mut self,
        node: Node,
        parent: Parent,
        value: impl FnOnce(&mut Vec<f64>),
    ) -> usize {
        value(&mut self.values);
        self.push(node, parent)
    }

    fn push(&mut self, node: Node, parent: Parent) -> usize {
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
    pub(crate) fn split(&mut self, id: usize, column: usize, threshold: f64, missing_left: bool) {
        let node = &mut self.nodes[id];
        node.column = column as u32;
        node.threshold = threshold;
        node.missing_left = missing_left;
    }

    pub(crate) fn nodes(&self) -> &[Node] {
        &self.nodes
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

    /// This tree with every node a leaf that is as deep as this. It is the one
    /// that would have grown under this `max_depth`, provided that it grew
    /// depth first and that no split above was a matter of draws.
    #[must_use]
    pub fn cut(&self, max_depth: u32) -> Tree {
        self.without_what_is_below(|id| self.nodes[id].depth >= max_depth)
    }

    /// A copy in which these nodes are leaves. Nodes are numbered depth first.
    pub(crate) fn without_what_is_below(&self, is_leaf: impl Fn(usize) -> bool) -> Tree {
        let mut copy = Tree::new(self.width as usize);
        let mut stack = vec![(0, None)];
        while let Some((id, parent)) = stack.pop() {
            let old = &self.nodes[id];
            let inner = old.left != 0 && !is_leaf(id);
            let new = if inner { old.clone() } else { old.leaf() };
            let new_id = copy.add(new, parent, |values| values.extend(self.value(id)));
            if inner {
                stack.push((old.right as usize, Some((new_id, false))));
                stack.push((old.left as usize, Some((new_id, true))));
            }
        }
        copy
    }

    /// Tells columns by what they are in a larger table.
    pub(crate) fn rename(&mut self, columns: &[usize]) {
        for node in self.nodes.iter_mut().filter(|node| node.left != 0) {
            node.column = columns[node.column as usize] as u32;
        }
    }

    /// How much each column lowers the impurity, as a share of what all do.
    #[must_use]
    pub fn importances(&self, columns: usize) -> Vec<f64> {
        let mut lowered = vec![0.0; columns];
        let cost = |node: &Node| node.mass * node.impurity;
        for node in self.nodes.iter().filter(|node| node.left != 0) {
            let (left, right) = (node.left as usize, node.right as usize);
            lowered[node.column as usize] +=
                cost(node) - cost(&self.nodes[left]) - cost(&self.nodes[right]);
        }
        for share in &mut lowered {
            *share /= self.nodes[0].mass;
        }
        let all = pairwise(&lowered);
        if all > 0.0 {
            lowered.iter_mut().for_each(|share| *share /= all);
        }
        lowered
    }

    pub(crate) fn value(&self, id: usize) -> &[f64] {
        let width = self.width as usize;
        &self.values[id * width..(id + 1) * width]
    }

    /// What the leaf of each row predicts, row after row, of a column-major
    /// matrix.
    #[must_use]
    pub fn predict(&self, values: &[f64], rows: usize) -> Vec<f64> {
        let mut out = Vec::with_capacity(rows * self.width as usize);
        for row in 0..rows {
            let mut id = 0;
            while self.nodes[id].left != 0 {
                let node = &self.nodes[id];
                let value = values[node.column as usize * rows + row] as f32;
                let left = if value.is_nan() {
                    node.missing_left
                } else {
                    f64::from(value) <= node.threshold
                };
                id = if left { node.left } else { node.right } as usize;
            }
            out.extend(self.value(id));
        }
        out
    }
}
