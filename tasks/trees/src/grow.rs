//! Growing a tree.
//!
//! The trees are scikit-learn's for the same `random_state`: columns are looked
//! at in its order, so that of equally good splits the same one wins, and sums
//! run over the rows of a node in its order, which is that of the column that
//! was looked at last.

use std::ops::Range;

use crate::criterion::Criterion;
use crate::draws::Columns;
use crate::frontier::Frontier;
use crate::search::{Best, Search, Split, partition};
use crate::sorted::{Entry, Order, Runs};
use crate::tree::{Node, Parent, Tree};

/// What counts as no impurity left, as in scikit-learn.
const EPSILON: f64 = f64::EPSILON;

/// When to split, and where.
#[derive(Clone, Debug, PartialEq)]
pub struct Rules {
    /// No node lies deeper; the root lies at 0.
    pub max_depth: Option<u32>,
    /// A node of fewer rows is not split.
    pub min_samples_split: usize,
    /// No node has fewer rows.
    pub min_samples_leaf: usize,
    /// No node weighs less.
    pub min_weight_leaf: f64,
    /// One random threshold a column, rather than all.
    pub random: bool,
    /// How many columns are drawn at each node.
    pub max_features: usize,
    /// Best nodes first until there are so many leaves; all if none.
    pub max_leaf_nodes: Option<usize>,
    /// A split that gains less is not made.
    pub min_impurity_decrease: f64,
    /// What the draws of columns start from.
    pub seed: u32,
}

/// The rows that are learned from.
pub struct Sample<'a> {
    /// All rows of the dataset in the order of each column.
    pub order: &'a Order,
    /// Those of the fit, in order, without those that have no weight.
    pub rows: &'a [u32],
    /// The weight of all of them.
    pub mass: f64,
}

/// A tree, and how far it is certain.
#[derive(Clone)]
pub struct Grown {
    /// The tree.
    pub tree: Tree,
    /// Down to this depth no split was as good as one of another column.
    pub certain: u32,
}

/// A node that has not been split yet.
struct Open {
    rows: Range<usize>,
    depth: u32,
    /// As found when its parent was split; none for the root.
    impurity: Option<f64>,
    /// How many columns are known to be constant in it.
    constant: usize,
    parent: Parent,
}

/// A node of the tree and, if it has a split, what will be below it.
struct Made {
    id: usize,
    improvement: f64,
    split: Option<(Split, Open, Open)>,
}

struct Grower<'a, C> {
    rules: &'a Rules,
    criterion: C,
    runs: Runs,
    /// The rows, node by node, in the order of the last column looked at.
    rows: Vec<Entry>,
    /// For each row of the dataset its value in a column.
    values: Vec<f32>,
    /// The weight of the whole fit.
    mass: f64,
    columns: Columns,
    /// The one that was looked at last.
    last_column: usize,
    tree: Tree,
    certain: u32,
}

/// Grows a tree whose nodes predict `width` numbers.
#[must_use]
pub fn grow<C: Criterion>(sample: &Sample<'_>, criterion: C, width: usize, rules: &Rules) -> Grown {
    let runs = Runs::new(sample.order, &sample.times());
    let mut grower = Grower {
        rules,
        criterion,
        columns: Columns::new(rules.seed, runs.columns()),
        rows: sample.entries(),
        values: vec![0.0; sample.order.rows()],
        mass: sample.mass,
        last_column: 0,
        tree: Tree::new(width),
        certain: u32::MAX,
        runs,
    };
    let root = Open {
        rows: 0..grower.runs.length(),
        depth: 0,
        impurity: None,
        constant: 0,
        parent: None,
    };
    match rules.max_leaf_nodes {
        None => grower.depth_first(root),
        Some(leaves) => grower.best_first(root, leaves),
    }
    Grown {
        tree: grower.tree,
        certain: grower.certain,
    }
}

impl Sample<'_> {
    /// For each row of the dataset how often it counts.
    fn times(&self) -> Vec<u32> {
        let mut times = vec![0; self.order.rows()];
        for row in self.rows {
            times[*row as usize] += 1;
        }
        times
    }

    fn entries(&self) -> Vec<Entry> {
        let entry = |row: &u32| Entry {
            value: 0.0,
            row: *row,
        };
        self.rows.iter().map(entry).collect()
    }
}

impl<C: Criterion> Grower<'_, C> {
    /// Left before right, so that nodes are numbered as they are visited.
    fn depth_first(&mut self, root: Open) {
        let mut stack = vec![root];
        while let Some(node) = stack.pop() {
            let made = self.make(node);
            if let Some((split, left, right)) = made.split {
                self.split(made.id, &split);
                stack.push(right);
                stack.push(left);
            }
        }
    }

    /// The node whose split improves most is split next.
    fn best_first(&mut self, root: Open, max_leaves: usize) {
        let mut frontier = Frontier::new();
        let mut left = max_leaves - 1;
        let root = self.make(root);
        frontier.push(root.improvement, root);
        while left > 0
            && let Some(best) = frontier.pop()
        {
            let Some((split, low, high)) = best.split else {
                continue;
            };
            left -= 1;
            self.split(best.id, &split);
            for child in [low, high] {
                // Every node finds out anew what is constant in it.
                let child = self.make(Open {
                    constant: 0,
                    ..child
                });
                frontier.push(child.improvement, child);
            }
        }
    }

    fn split(&mut self, id: usize, split: &Split) {
        self.tree
            .split(id, split.column, split.threshold, split.missing_left);
    }

    /// Adds a node to the tree, and finds the split it would get.
    fn make(&mut self, mut node: Open) -> Made {
        let rows = &self.rows[node.rows.clone()];
        self.criterion.enter(rows);
        let impurity = match node.impurity {
            Some(impurity) => impurity,
            None => self.criterion.impurity(rows),
        };
        let (n, rules) = (node.rows.len(), self.rules);
        let is_leaf = rules.max_depth.is_some_and(|most| node.depth >= most)
            || n < rules.min_samples_split
            || n / 2 < rules.min_samples_leaf
            || self.criterion.mass() < 2.0 * rules.min_weight_leaf
            || impurity <= EPSILON;
        let best = if is_leaf {
            None
        } else {
            self.best_split(&mut node)
        };
        let divided = best.and_then(|best| {
            if best.tied {
                self.certain = self.certain.min(node.depth);
            }
            self.divide(&node, impurity, best.split)
        });
        let made = Node {
            depth: node.depth,
            mass: self.criterion.mass(),
            impurity,
            ..Node::default()
        };
        let criterion = &self.criterion;
        let id = self
            .tree
            .add(made, node.parent, |values| criterion.value(values));
        let (improvement, split) = match divided {
            None => (0.0, None),
            Some((improvement, (left, right), split)) => {
                let middle = node.rows.start + split.middle;
                let child = |rows, impurity, is_left| Open {
                    rows,
                    depth: node.depth + 1,
                    impurity: Some(impurity),
                    constant: node.constant,
                    parent: Some((id, is_left)),
                };
                let left = child(node.rows.start..middle, left, true);
                let right = child(middle..node.rows.end, right, false);
                (improvement, Some((split, left, right)))
            }
        };
        Made {
            id,
            improvement,
            split,
        }
    }

    /// Divides the rows of a node if that is worth it; answers with by how
    /// much, and with the impurities of both parts.
    fn divide(
        &mut self,
        node: &Open,
        impurity: f64,
        split: Split,
    ) -> Option<(f64, (f64, f64), Split)> {
        self.runs.mark(
            &node.rows,
            split.column,
            split.threshold,
            split.missing_left,
        );
        let rows = &mut self.rows[node.rows.clone()];
        // A random split has divided them already, unless others came after.
        if !self.rules.random || self.last_column != split.column {
            partition(rows, |row| self.runs.is_left(row));
        }
        self.criterion.begin(rows);
        self.criterion.advance(rows, split.middle);
        let parts = self.criterion.impurities(rows);
        let mass = self.criterion.mass();
        let (left, right) = self.criterion.masses();
        let improvement =
            mass / self.mass * (impurity - right / mass * parts.1 - left / mass * parts.0);
        let refused = improvement + EPSILON < self.rules.min_impurity_decrease;
        if refused {
            return None;
        }
        self.runs.divide(&node.rows);
        Some((improvement, parts, split))
    }

    fn best_split(&mut self, node: &mut Open) -> Option<Best> {
        let mut search = Search {
            rules: self.rules,
            criterion: &mut self.criterion,
            rows: &mut self.rows[node.rows.clone()],
            values: &mut self.values,
            column: 0,
            missing: 0,
            best: None,
        };
        let mut visit = self.columns.visit(node.constant, self.rules.max_features);
        while let Some(column) = visit.next() {
            let run = self.runs.of(column, &node.rows);
            let Some((low, high)) = search.turn_to(column, run) else {
                visit.constant();
                continue;
            };
            visit.varies();
            if self.rules.random {
                let threshold = visit.between(low, high);
                let missing_left = search.missing > 0 && visit.either();
                search.at(threshold, missing_left);
            } else {
                search.everywhere();
            }
        }
        self.last_column = search.column;
        let best = search.best;
        node.constant = visit.end();
        best
    }
}
