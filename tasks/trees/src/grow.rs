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
use crate::presorted::Presorted;
use crate::run::{Best, Split, Threshold};
use crate::search::{Room, Search};
use crate::table::{Table, midpoint};
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
    /// For each column whether predictions must rise with it (1), fall (-1) or
    /// neither (0); neither in all if empty.
    pub directions: Vec<i8>,
    /// What the draws of columns start from.
    pub seed: u32,
}

impl Rules {
    pub(crate) fn direction(&self, column: usize) -> i8 {
        self.directions.get(column).copied().unwrap_or(0)
    }
}

/// The rows that are learned from.
pub struct Sample<'a> {
    /// What they have in each column.
    pub table: &'a Table,
    /// Those of the table that count, in order.
    pub rows: Vec<u32>,
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
    /// What it may predict, where predictions must rise or fall.
    bounds: (f64, f64),
    parent: Parent,
}

/// A node of the tree and, if it has a split, what will be below it.
struct Made {
    id: usize,
    improvement: f64,
    split: Option<(Split, Open, Open)>,
}

/// How a node was divided.
struct Divided {
    split: Split,
    improvement: f64,
    impurities: (f64, f64),
    halfway: f64,
}

struct Grower<'a, C> {
    rules: &'a Rules,
    criterion: C,
    table: &'a Table,
    /// The rows, node by node, in the order of the last column looked at where
    /// that matters.
    rows: Vec<u32>,
    /// The weight of the whole fit.
    mass: f64,
    presorted: Option<Presorted>,
    columns: Columns,
    /// The one that was looked at last.
    last_column: usize,
    room: Room,
    spare: Vec<u32>,
    tree: Tree,
    certain: u32,
}

/// Grows a tree whose nodes predict `width` numbers.
#[must_use]
pub fn grow<C: Criterion>(sample: Sample<'_>, criterion: C, width: usize, rules: &Rules) -> Grown {
    let presorted = (!rules.random && criterion.sweeps())
        .then(|| Presorted::new(sample.table, &sample.rows, rules.max_features))
        .flatten();
    let mut grower = Grower {
        rules,
        presorted,
        criterion,
        columns: Columns::new(rules.seed, sample.table.columns()),
        table: sample.table,
        rows: sample.rows,
        mass: sample.mass,
        last_column: 0,
        room: Room::default(),
        spare: Vec::new(),
        tree: Tree::new(width),
        certain: u32::MAX,
    };
    let root = Open {
        rows: 0..grower.rows.len(),
        depth: 0,
        impurity: None,
        constant: 0,
        bounds: (-f64::INFINITY, f64::INFINITY),
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
        let value = |rank| self.table.value(split.column, rank);
        let threshold = match split.threshold {
            Threshold::At(threshold) => threshold,
            Threshold::Between(lower, upper) => midpoint(value(lower), value(upper)),
        };
        self.tree
            .split(id, split.column, threshold, split.side.missing_left);
    }

    /// Adds a node to the tree, and finds the split it would get.
    fn make(&mut self, mut node: Open) -> Made {
        self.criterion.enter(&self.rows[node.rows.clone()]);
        let impurity = match node.impurity {
            Some(impurity) => impurity,
            None => self.criterion.impurity(),
        };
        let (n, rules) = (node.rows.len(), self.rules);
        let is_leaf = rules.max_depth.is_some_and(|most| node.depth >= most)
            || n < rules.min_samples_split
            || n / 2 < rules.min_samples_leaf
            || self.criterion.mass() < 2.0 * rules.min_weight_leaf
            || impurity <= EPSILON;
        let divided = if is_leaf {
            None
        } else {
            self.divide(&mut node, impurity)
        };
        let made = Node {
            depth: node.depth,
            mass: self.criterion.mass(),
            impurity,
            ..Node::default()
        };
        let (criterion, bounds) = (&self.criterion, node.bounds);
        let bounded = !rules.directions.is_empty();
        let id = self.tree.add(made, node.parent, |values| {
            let start = values.len();
            criterion.value(values);
            if bounded {
                clip(&mut values[start..], bounds);
            }
        });
        match divided {
            None => Made {
                id,
                improvement: 0.0,
                split: None,
            },
            Some(divided) => {
                let (left, right) = self.below(id, &node, &divided);
                Made {
                    id,
                    improvement: divided.improvement,
                    split: Some((divided.split, left, right)),
                }
            }
        }
    }

    /// The two parts of a node.
    fn below(&self, id: usize, node: &Open, divided: &Divided) -> (Open, Open) {
        let (least, most) = node.bounds;
        let (left, right) = match self.rules.direction(divided.split.column) {
            0 => (node.bounds, node.bounds),
            1.. => ((least, divided.halfway), (divided.halfway, most)),
            _ => ((divided.halfway, most), (least, divided.halfway)),
        };
        let child = |rows, impurity, bounds, is_left| Open {
            rows,
            depth: node.depth + 1,
            impurity: Some(impurity),
            constant: node.constant,
            bounds,
            parent: Some((id, is_left)),
        };
        let middle = node.rows.start + divided.split.middle;
        let impurities = divided.impurities;
        (
            child(node.rows.start..middle, impurities.0, left, true),
            child(middle..node.rows.end, impurities.1, right, false),
        )
    }

    /// Divides the rows of a node by the best split, if there is one that is
    /// worth it.
    fn divide(&mut self, node: &mut Open, impurity: f64) -> Option<Divided> {
        let minds_order = self.criterion.minds_order();
        if minds_order {
            self.room.begin(node.rows.len());
        }
        let best = self.best_split(node);
        let divided = best.split.and_then(|split| {
            if best.tied {
                self.certain = self.certain.min(node.depth);
            }
            self.part(node, impurity, split)
        });
        // The order the search has left matters to whoever sums next.
        if minds_order {
            let rows = &mut self.rows[node.rows.clone()];
            self.spare.clear();
            self.spare.extend_from_slice(rows);
            for (row, place) in rows.iter_mut().zip(&self.room.line) {
                *row = self.spare[*place as usize];
            }
        }
        let deeper = self
            .rules
            .max_depth
            .is_none_or(|most| node.depth + 1 < most);
        if let (Some(presorted), Some(divided)) = (&mut self.presorted, &divided)
            && deeper
        {
            let (left, right) = self.rows[node.rows.clone()].split_at(divided.split.middle);
            presorted.part(&node.rows, left, right);
        }
        divided
    }

    /// Puts the rows of a node on either side; where their order matters, the
    /// places of them.
    fn part(&mut self, node: &Open, impurity: f64, split: Split) -> Option<Divided> {
        let rows = &mut self.rows[node.rows.clone()];
        let Room {
            line,
            ranks,
            partition,
            ..
        } = &mut self.room;
        let minds_order = self.criterion.minds_order();
        let side = split.side;
        // Others may have come after.
        if self.last_column != split.column || !self.rules.random {
            let drawn = self.rules.max_features;
            self.table.pick(split.column, rows, drawn, ranks);
            if minds_order {
                partition.part(line, |place| side.is_left(ranks[place as usize]));
            }
        }
        let parts = if minds_order {
            self.criterion.begin(line);
            self.criterion.advance(line, split.middle);
            self.criterion.impurities(line)
        } else {
            self.criterion.part(ranks, side);
            self.criterion.parted(ranks, side)
        };
        let mass = self.criterion.mass();
        let (left, right) = self.criterion.masses();
        let improvement =
            mass / self.mass * (impurity - right / mass * parts.1 - left / mass * parts.0);
        let refused = improvement + EPSILON < self.rules.min_impurity_decrease;
        if !refused && !minds_order {
            partition.part_in_order(ranks, side, rows);
        }
        (!refused).then(|| Divided {
            split,
            improvement,
            impurities: parts,
            halfway: self.criterion.halfway(),
        })
    }

    fn best_split(&mut self, node: &mut Open) -> Best {
        let mut search = Search {
            rules: self.rules,
            criterion: &mut self.criterion,
            table: self.table,
            rows: &self.rows[node.rows.clone()],
            node: node.rows.clone(),
            presorted: self.presorted.as_ref(),
            room: &mut self.room,
            bounds: node.bounds,
            column: 0,
            best: Best::new(),
        };
        let mut visit = self.columns.visit(node.constant, self.rules.max_features);
        while let Some(column) = visit.next() {
            if !self.rules.random {
                if search.everywhere(column) {
                    visit.varies();
                } else {
                    visit.constant();
                }
                continue;
            }
            let Some((low, high, missing)) = search.turn_to(column) else {
                visit.constant();
                continue;
            };
            visit.varies();
            let threshold = visit.between(low, high);
            let missing_left = missing && visit.either();
            search.at(threshold, missing_left, missing);
        }
        if search.criterion.minds_order() {
            search.settle();
        }
        self.last_column = search.column;
        let best = search.best;
        node.constant = visit.end();
        best
    }
}

/// Keeps what a node predicts within bounds. Of two classes it is the first
/// one's share that is kept there; the second has the rest.
fn clip(value: &mut [f64], (least, most): (f64, f64)) {
    if value[0] < least {
        value[0] = least;
    } else if value[0] > most {
        value[0] = most;
    }
    if let [first, second] = value {
        *second = 1.0 - *first;
    }
}
