//! Growing one tree over the columns of a fit.
//!
//! Nodes are summed up in scikit-learn's order of rows, as far as that is known
//! without sorting: a node's rows stand in the order of the column that was looked
//! at last above it, and change places as they are parted. Where the values of that
//! column are all different there is but one such order, and sums, and so which of
//! two equal splits wins, are scikit-learn's to the bit.

use std::ops::Range;

use crate::draws::Columns;
use crate::frontier::Frontier;
use crate::grow::Rules;
use crate::table::{apart, midpoint};
use crate::tree::{Node, Parent, Tree};

use super::scan::{Cut, Least, Scanner, Sums, Targets, around};
use super::table::{Form, Table};

/// What counts as no impurity left, as in scikit-learn.
const EPSILON: f64 = f64::EPSILON;

/// A node that has not been split yet.
struct Open {
    rows: Range<usize>,
    depth: u32,
    sums: Sums,
    impurity: f64,
    /// How many columns are known to be constant in it.
    constant: usize,
    parent: Parent,
}

/// A node of the tree and, if it has a split, what will be below it.
struct Made {
    improvement: f64,
    id: usize,
    split: Option<(Split, Open, Open)>,
}

#[derive(Clone, Copy)]
struct Split {
    column: usize,
    cut: Cut,
}

/// Grows trees over one table, and keeps the room it needs for that.
pub(crate) struct Grower<'a> {
    table: &'a Table<'a>,
    scanner: Scanner,
    /// The rows, node by node.
    rows: Vec<u32>,
    /// The column that was looked at last, if it is a sorted one.
    last: Option<usize>,
    /// The rows in the order of each sorted column, node by node.
    runs: Vec<u32>,
    /// Whether the root's are still those of the table.
    whole: bool,
    /// Whether a row was last found to be to the left.
    left: Vec<bool>,
    spare: Vec<u32>,
}

/// What one tree is to follow.
#[derive(Clone, Copy)]
pub(crate) struct Task<'a> {
    /// The numbers, by row.
    pub(crate) numbers: &'a [f64],
    pub(crate) targets: Targets<'a>,
    pub(crate) rules: &'a Rules,
}

impl<'a> Grower<'a> {
    pub(crate) fn new(table: &'a Table<'a>) -> Self {
        Grower {
            table,
            scanner: Scanner::new(table.rows),
            rows: Vec::new(),
            last: None,
            runs: Vec::new(),
            whole: true,
            left: vec![false; table.rows],
            spare: Vec::new(),
        }
    }

    /// Grows a tree from the rows of the bag, or from all.
    pub(crate) fn grow(
        &mut self,
        bag: Option<&[bool]>,
        task: &Task<'_>,
        mut columns: Columns,
    ) -> Tree {
        self.begin(bag);
        let mut tree = Tree::new(1);
        let sums = self.sums(0..self.rows.len(), task);
        let root = Open {
            rows: 0..self.rows.len(),
            depth: 0,
            sums,
            impurity: sums.impurity(),
            constant: 0,
            parent: None,
        };
        match task.rules.max_leaf_nodes {
            None => {
                // Left before right.
                let mut stack = vec![root];
                while let Some(node) = stack.pop() {
                    let made = self.make(node, sums.mass, task, &mut columns, &mut tree);
                    if let Some((split, left, right)) = made.split {
                        self.open(made.id, split, &left, &right, task.rules, &mut tree);
                        stack.push(right);
                        stack.push(left);
                    }
                }
            }
            Some(leaves) => {
                let mut frontier = Frontier::new();
                let root = self.make(root, sums.mass, task, &mut columns, &mut tree);
                frontier.push(root.improvement, root);
                let mut more = leaves - 1;
                while more > 0
                    && let Some(best) = frontier.pop()
                {
                    let Some((split, left, right)) = best.split else {
                        continue;
                    };
                    more -= 1;
                    self.open(best.id, split, &left, &right, task.rules, &mut tree);
                    for child in [left, right] {
                        // Every node finds out anew what is constant in it.
                        let child = Open {
                            constant: 0,
                            ..child
                        };
                        let made = self.make(child, sums.mass, task, &mut columns, &mut tree);
                        frontier.push(made.improvement, made);
                    }
                }
            }
        }
        tree
    }

    fn begin(&mut self, bag: Option<&[bool]>) {
        let all = 0..self.table.rows as u32;
        self.rows.clear();
        self.whole = bag.is_none();
        let Some(bag) = bag else {
            self.rows.extend(all);
            self.runs.resize(self.table.runs.len(), 0);
            return;
        };
        let within = |row: &u32| bag[*row as usize];
        self.rows.extend(all.filter(within));
        self.runs.clear();
        let runs = self.table.runs.iter();
        self.runs.extend(runs.copied().filter(within));
    }

    /// Where a node's rows stand in the order of a sorted column, and in what.
    fn run(&self, sorted: usize, node: &Range<usize>) -> &[u32] {
        let start = sorted * self.rows.len();
        let run = start + node.start..start + node.end;
        if self.whole {
            &self.table.runs[run]
        } else {
            &self.runs[run]
        }
    }

    fn sums(&self, node: Range<usize>, task: &Task<'_>) -> Sums {
        let mut sums = Sums::default();
        for row in &self.rows[node] {
            let row = *row as usize;
            let amount = task.targets.sums[row];
            sums.sum += amount;
            sums.squares += amount * task.numbers[row];
            sums.mass += task.targets.weights.map_or(1.0, |w| w[row]);
        }
        sums
    }

    /// The sums of both parts of a divided node, of which what is to the right
    /// is what remains: impurities are told from those, and what rounding leaves of an
    /// impurity may be enough to split a part once more.
    fn parts(&self, node: &Open, middle: usize, task: &Task<'_>) -> (Sums, Sums) {
        let mut left = self.sums(node.rows.start..middle, task);
        if middle - node.rows.start > node.rows.end - middle {
            // Whichever way is shorter.
            (left.sum, left.mass) = (node.sums.sum, node.sums.mass);
            for row in self.rows[middle..node.rows.end].iter().rev() {
                let row = *row as usize;
                left.sum -= task.targets.sums[row];
                left.mass -= task.targets.weights.map_or(1.0, |w| w[row]);
            }
        }
        let right = node.sums.less(&left);
        (left, right)
    }

    /// Adds a node to the tree, and finds the split it would get. `mass` is
    /// that of the whole tree.
    fn make(
        &mut self,
        mut node: Open,
        mass: f64,
        task: &Task<'_>,
        columns: &mut Columns,
        tree: &mut Tree,
    ) -> Made {
        let split = if may_split(&node, task.rules) {
            self.best_split(&mut node, task, columns)
        } else {
            None
        };
        let new = Node {
            depth: node.depth,
            mass: node.sums.mass,
            impurity: node.impurity,
            ..Node::default()
        };
        let sums = node.sums;
        let id = tree.add(new, node.parent, |values| {
            values.push(sums.sum / sums.mass);
        });
        let leaf = Made {
            improvement: 0.0,
            id,
            split: None,
        };
        let Some(split) = split else {
            return leaf;
        };
        let middle = node.rows.start + self.divide_rows(&node.rows, &split);
        let parts = self.parts(&node, middle, task);
        let child = |rows: Range<usize>, part: &Sums, is_left| Open {
            sums: self.sums(rows.clone(), task),
            rows,
            depth: node.depth + 1,
            impurity: part.impurity(),
            constant: node.constant,
            parent: Some((id, is_left)),
        };
        let left = child(node.rows.start..middle, &parts.0, true);
        let right = child(middle..node.rows.end, &parts.1, false);
        let share = |part: &Sums| part.mass / sums.mass * part.impurity();
        let improvement = sums.mass / mass * (node.impurity - share(&parts.1) - share(&parts.0));
        if improvement + EPSILON < task.rules.min_impurity_decrease {
            return leaf;
        }
        Made {
            improvement,
            id,
            split: Some((split, left, right)),
        }
    }

    fn best_split(
        &mut self,
        node: &mut Open,
        task: &Task<'_>,
        columns: &mut Columns,
    ) -> Option<Split> {
        let least = Least {
            rows: task.rules.min_samples_leaf,
            mass: task.rules.min_weight_leaf,
        };
        let mut best: Option<Split> = None;
        self.last = None;
        let mut visit = columns.visit(node.constant, task.rules.max_features);
        while let Some(column) = visit.next() {
            let beaten = best.map_or(f64::NEG_INFINITY, |best| best.cut.score);
            let (cut, constant) = match self.table.forms[column] {
                Form::Coded(coded) => {
                    let codes = (self.table.codes(coded), self.table.levels(coded));
                    let rows = &self.rows[node.rows.clone()];
                    self.scanner
                        .coded(rows, codes, task.targets, &node.sums, least)
                }
                Form::Sorted(sorted) => self.scan(sorted, column, node, task, least, beaten),
            };
            if constant {
                visit.constant();
                continue;
            }
            visit.varies();
            self.last = match self.table.forms[column] {
                Form::Coded(_) => None,
                Form::Sorted(sorted) => Some(sorted),
            };
            if let Some(cut) = cut.filter(|cut| cut.score > beaten) {
                best = Some(Split { column, cut });
            }
        }
        node.constant = visit.end();
        best
    }

    /// The best cut along a sorted column, and whether the column is constant.
    fn scan(
        &mut self,
        sorted: usize,
        column: usize,
        node: &Open,
        task: &Task<'_>,
        least: Least,
        beaten: f64,
    ) -> (Option<Cut>, bool) {
        let table = self.table;
        let runs = if self.whole { &table.runs } else { &self.runs };
        let start = sorted * self.rows.len();
        let run = &runs[start + node.rows.start..start + node.rows.end];
        let value = |i: usize| table.value(column, run[i]);
        if !apart(value(0), value(run.len() - 1)) {
            return (None, true);
        }
        let apart = |i: usize| apart(value(i - 1), value(i));
        let cut = self
            .scanner
            .sorted(run, task.targets, &node.sums, least, beaten, apart);
        (cut, false)
    }

    /// Puts the rows of the left in front; answers with how many there are.
    fn divide_rows(&mut self, node: &Range<usize>, split: &Split) -> usize {
        match self.table.forms[split.column] {
            Form::Coded(coded) => {
                let codes = self.table.codes(coded);
                for row in &self.rows[node.clone()] {
                    let row = *row as usize;
                    self.left[row] = (codes[row] as usize) < split.cut.at;
                }
            }
            Form::Sorted(sorted) => {
                let runs = if self.whole {
                    &self.table.runs
                } else {
                    &self.runs
                };
                let start = sorted * self.rows.len();
                let run = &runs[start + node.start..start + node.end];
                for (i, row) in run.iter().enumerate() {
                    self.left[*row as usize] = i < split.cut.at;
                }
            }
        }
        if let Some(sorted) = self.last {
            let runs = if self.whole {
                &self.table.runs
            } else {
                &self.runs
            };
            let start = sorted * self.rows.len();
            let run = &runs[start + node.start..start + node.end];
            self.rows[node.clone()].copy_from_slice(run);
        }
        part(&mut self.rows[node.clone()], &self.left)
    }

    /// Gives a node its split, and divides its columns if that will be needed.
    fn open(
        &mut self,
        id: usize,
        split: Split,
        left: &Open,
        right: &Open,
        rules: &Rules,
        tree: &mut Tree,
    ) {
        let node = left.rows.start..right.rows.end;
        let (low, high) = match self.table.forms[split.column] {
            Form::Coded(coded) => {
                let rows = &self.rows[node.clone()];
                let levels = self.table.levels(coded);
                let (low, high) = around(rows, self.table.codes(coded), split.cut.at);
                (levels[low], levels[high])
            }
            Form::Sorted(sorted) => {
                let run = self.run(sorted, &node);
                let value = |i: usize| self.table.value(split.column, run[i]);
                (value(split.cut.at - 1), value(split.cut.at))
            }
        };
        tree.split(id, split.column, midpoint(low, high), false);
        if !may_split(left, rules) && !may_split(right, rules) {
            return;
        }
        // Nodes made since have used the marks.
        for row in &self.rows[left.rows.clone()] {
            self.left[*row as usize] = true;
        }
        for row in &self.rows[right.rows.clone()] {
            self.left[*row as usize] = false;
        }
        let stride = self.rows.len();
        if self.whole {
            self.whole = false;
            let columns = self.runs.chunks_exact_mut(stride);
            for (run, from) in columns.zip(self.table.runs.chunks_exact(stride)) {
                divide_from(from, run, &self.left, left.rows.len());
            }
        } else {
            for column in self.runs.chunks_exact_mut(stride) {
                divide(&mut column[node.clone()], &self.left, &mut self.spare);
            }
        }
    }
}

fn may_split(node: &Open, rules: &Rules) -> bool {
    let n = node.rows.len();
    rules.max_depth.is_none_or(|most| node.depth < most)
        && n >= rules.min_samples_split
        && n / 2 >= rules.min_samples_leaf
        && node.sums.mass >= 2.0 * rules.min_weight_leaf
        && node.impurity > EPSILON
}

/// Puts the rows of the left in front; what is to the right changes places with
/// what comes from the end. Answers with how many are to the left.
fn part(rows: &mut [u32], left: &[bool]) -> usize {
    let (mut start, mut end) = (0, rows.len());
    while start < end {
        if left[rows[start] as usize] {
            start += 1;
        } else {
            end -= 1;
            rows.swap(start, end);
        }
    }
    end
}

/// Puts the rows of the left in front and keeps the order otherwise; answers
/// with how many there are.
fn divide(run: &mut [u32], left: &[bool], spare: &mut Vec<u32>) -> usize {
    if spare.len() < run.len() {
        spare.resize(run.len(), 0);
    }
    let spare = &mut spare[..run.len()];
    let (mut kept, mut moved) = (0, 0);
    for i in 0..run.len() {
        let row = run[i];
        let is_left = left[row as usize];
        // Written to both, and counted in one: no branch to guess.
        run[kept] = row;
        spare[moved] = row;
        kept += usize::from(is_left);
        moved += usize::from(!is_left);
    }
    run[kept..].copy_from_slice(&spare[..moved]);
    kept
}

/// The same from one slice to another, of which so many are to the left.
fn divide_from(from: &[u32], to: &mut [u32], left: &[bool], n_left: usize) {
    let (mut low, mut high) = (0, n_left);
    for row in from {
        let is_left = left[*row as usize];
        to[if is_left { low } else { high }] = *row;
        low += usize::from(is_left);
        high += usize::from(!is_left);
    }
}
