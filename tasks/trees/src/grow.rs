//! Growing a classification tree.
//!
//! The trees are scikit-learn's, threshold for threshold, as long as the best
//! split of every node is better than all others. scikit-learn looks at the
//! columns in random order and keeps the first of equally good splits; here
//! the lowest column wins, and in it the lowest threshold.

use std::ops::Range;

use pleat_num::rng::RandomState;

use crate::criterion::Criterion;
use crate::sorted::{Order, Runs, apart, midpoint};
use crate::tree::Tree;

/// What counts as no impurity left, as in scikit-learn.
const EPSILON: f64 = f64::EPSILON;

/// When to split, and where.
#[derive(Clone, Debug, PartialEq)]
pub struct Rules {
    /// The measure of a split's quality.
    pub criterion: Criterion,
    /// No node lies deeper; the root lies at 0.
    pub max_depth: Option<u32>,
    /// A node of fewer rows is not split.
    pub min_samples_split: usize,
    /// No node has fewer rows.
    pub min_samples_leaf: usize,
    /// How many columns are drawn at each node.
    pub max_features: usize,
    /// Best nodes first until there are so many leaves; all if none.
    pub max_leaf_nodes: Option<usize>,
    /// A split that gains less is not made.
    pub min_impurity_decrease: f64,
    /// What the draws of columns start from.
    pub seed: u32,
}

/// What is learned from, beside the sorted features. One entry a row of the
/// dataset.
pub struct Training<'a> {
    /// How often each row counts; 0 for rows that are not in this fit.
    pub times: &'a [u32],
    /// Its class, below `n_classes`.
    pub classes: &'a [u32],
    /// How many classes.
    pub n_classes: usize,
    /// Its weight.
    pub weights: Option<&'a [f64]>,
}

/// A node that has not been split yet.
struct Open {
    rows: Range<usize>,
    depth: u32,
    impurity: f64,
    /// The weight of each class, and of all.
    counts: Vec<f64>,
    total: f64,
}

/// Where a node is divided.
struct Split {
    column: usize,
    threshold: f64,
    improvement: f64,
    left_counts: Vec<f64>,
}

/// A node of the frontier, with the split it would get.
struct Candidate {
    id: usize,
    node: Open,
    split: Split,
}

struct Grower<'a> {
    rules: &'a Rules,
    train: &'a Training<'a>,
    runs: Runs,
    /// The weight of the whole fit.
    total: f64,
    draws: RandomState,
    tree: Tree,
}

impl Tree {
    /// Grows a tree.
    #[must_use]
    pub fn grow(order: &Order, train: &Training<'_>, rules: &Rules) -> Tree {
        let mut grower = Grower {
            rules,
            train,
            runs: Runs::new(order, train.times),
            total: 0.0,
            draws: RandomState::new(rules.seed),
            tree: Tree::new(train.n_classes),
        };
        let root = grower.root();
        grower.total = root.total;
        match rules.max_leaf_nodes {
            None => grower.depth_first(root),
            Some(leaves) => grower.best_first(root, leaves),
        }
        grower.tree
    }
}

impl Grower<'_> {
    fn root(&self) -> Open {
        let rows = 0..self.runs.length();
        let mut counts = vec![0.0; self.train.n_classes];
        for entry in self.runs.of(0, &rows) {
            counts[self.train.classes[entry.row as usize] as usize] += self.weight(entry.row);
        }
        self.open(rows, 0, counts)
    }

    fn weight(&self, row: u32) -> f64 {
        self.train.weights.map_or(1.0, |w| w[row as usize])
    }

    fn open(&self, rows: Range<usize>, depth: u32, counts: Vec<f64>) -> Open {
        let total = counts.iter().sum();
        let impurity = self.rules.criterion.impurity(&counts, total);
        Open {
            rows,
            depth,
            impurity,
            counts,
            total,
        }
    }

    /// Left before right, so that nodes are numbered as they are visited.
    fn depth_first(&mut self, root: Open) {
        let mut stack = vec![(root, None)];
        while let Some((node, parent)) = stack.pop() {
            let id = self.tree.add(&node.counts, node.total, node.depth, parent);
            if let Some(split) = self.best_split(&node) {
                let (left, right) = self.divide(id, node, split);
                stack.push((right, Some((id, false))));
                stack.push((left, Some((id, true))));
            }
        }
    }

    /// The node whose split improves most is split next; of equal ones, the
    /// one that was there first.
    fn best_first(&mut self, root: Open, max_leaves: usize) {
        let mut frontier = Vec::new();
        self.consider(root, None, &mut frontier);
        for _ in 1..max_leaves {
            let improvement = |c: &Candidate| c.split.improvement;
            let best = (0..frontier.len()).reduce(|best, i| {
                if improvement(&frontier[i]) > improvement(&frontier[best]) {
                    i
                } else {
                    best
                }
            });
            let Some(best) = best else { break };
            let Candidate { id, node, split } = frontier.remove(best);
            let (left, right) = self.divide(id, node, split);
            self.consider(left, Some((id, true)), &mut frontier);
            self.consider(right, Some((id, false)), &mut frontier);
        }
    }

    fn consider(
        &mut self,
        node: Open,
        parent: Option<(usize, bool)>,
        frontier: &mut Vec<Candidate>,
    ) {
        let id = self.tree.add(&node.counts, node.total, node.depth, parent);
        if let Some(split) = self.best_split(&node) {
            frontier.push(Candidate { id, node, split });
        }
    }

    fn divide(&mut self, id: usize, node: Open, split: Split) -> (Open, Open) {
        self.tree.split(id, split.column, split.threshold);
        let middle = self.runs.divide(&node.rows, split.column, split.threshold);
        let right_counts = node
            .counts
            .iter()
            .zip(&split.left_counts)
            .map(|(all, left)| all - left)
            .collect();
        let left = self.open(node.rows.start..middle, node.depth + 1, split.left_counts);
        let right = self.open(middle..node.rows.end, node.depth + 1, right_counts);
        (left, right)
    }

    /// The split of a node, if it gets one.
    fn best_split(&mut self, node: &Open) -> Option<Split> {
        let rows = node.rows.len();
        let rules = self.rules;
        if rules.max_depth.is_some_and(|most| node.depth >= most)
            || rows < rules.min_samples_split
            || rows / 2 < rules.min_samples_leaf
            || node.impurity <= EPSILON
        {
            return None;
        }
        let mut best: Option<(f64, Split)> = None;
        for column in self.draw(node) {
            self.search(node, column, &mut best);
        }
        let (_, split) = best?;
        (split.improvement + EPSILON >= rules.min_impurity_decrease).then_some(split)
    }

    /// The columns to look at, ascending. Constant ones are drawn too, but as
    /// long as none other came, drawing goes on.
    fn draw(&mut self, node: &Open) -> Vec<usize> {
        let varies = |runs: &Runs, column: usize| {
            let run = runs.of(column, &node.rows);
            run.first()
                .zip(run.last())
                .is_some_and(|(first, last)| apart(first.value, last.value))
        };
        let mut columns: Vec<usize> = (0..self.runs.columns()).collect();
        if self.rules.max_features >= columns.len() {
            columns.retain(|c| varies(&self.runs, *c));
            return columns;
        }
        let mut drawn = Vec::new();
        for tried in 0..columns.len() {
            if tried >= self.rules.max_features && !drawn.is_empty() {
                break;
            }
            let left = (columns.len() - tried - 1) as u64;
            columns.swap(tried, tried + self.draws.interval(left) as usize);
            if varies(&self.runs, columns[tried]) {
                drawn.push(columns[tried]);
            }
        }
        drawn.sort_unstable();
        drawn
    }

    /// Looks for a better split in one column.
    fn search(&self, node: &Open, column: usize, best: &mut Option<(f64, Split)>) {
        let run = self.runs.of(column, &node.rows);
        let leaf = self.rules.min_samples_leaf;
        let criterion = self.rules.criterion;
        let mut left = vec![0.0; node.counts.len()];
        let mut right = node.counts.clone();
        let mut left_total = 0.0;
        for (i, pair) in run.windows(2).enumerate() {
            let (entry, next) = (pair[0], pair[1]);
            let class = self.train.classes[entry.row as usize] as usize;
            let weight = self.weight(entry.row);
            left[class] += weight;
            left_total += weight;
            right[class] = node.counts[class] - left[class];
            let on_left = i + 1;
            if !apart(entry.value, next.value) || on_left < leaf || run.len() - on_left < leaf {
                continue;
            }
            let right_total = node.total - left_total;
            let left_impurity = criterion.impurity(&left, left_total);
            let right_impurity = criterion.impurity(&right, right_total);
            let score = -right_total * right_impurity - left_total * left_impurity;
            if best.as_ref().is_none_or(|(best, _)| score > *best) {
                let improvement = node.total / self.total
                    * (node.impurity
                        - right_total / node.total * right_impurity
                        - left_total / node.total * left_impurity);
                let threshold = midpoint(entry.value, next.value);
                let left_counts = left.clone();
                *best = Some((
                    score,
                    Split {
                        column,
                        threshold,
                        improvement,
                        left_counts,
                    },
                ));
            }
        }
    }
}
