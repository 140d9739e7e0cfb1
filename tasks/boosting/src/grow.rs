//! Grows one tree, best node first, as scikit-learn does: what a row's
//! gradient is and what becomes of the tree is not known here.

use std::rc::Rc;

use pleat_num::pair::Pair;
use pleat_num::sum::pairwise;

use crate::bins::{Binned, Column, TOGETHER};
use crate::frontier::Frontier;
use crate::generator::Generator;
use crate::histogram::{Bench, Histograms, Slots};
use crate::rules::{Allowed, Rules};
use crate::scan::{Numeric, Scan};
use crate::split::{MIN_HESSIAN, Node, Split, Sums, Test};
use crate::{categories, tree};

/// A node while the tree grows.
pub(crate) struct Growing {
    /// Where its rows stand.
    pub(crate) rows: (usize, usize),
    pub(crate) depth: u32,
    /// `node.bounds` are for its children.
    pub(crate) node: Node,
    pub(crate) split: Option<Split>,
    pub(crate) children: Option<(usize, usize)>,
    allowed: Rc<Allowed>,
    histograms: Option<Histograms>,
    leaf: bool,
}

/// What trees over the same rows use again.
pub(crate) struct Grower<'a> {
    table: &'a Binned,
    rules: &'a Rules,
    constant: bool,
    /// The rows, those of a node next to each other.
    order: Vec<u32>,
    aside: Vec<u32>,
    pairs: Vec<Pair>,
    bench: Box<Bench>,
    scan: Box<Scan>,
    /// Where each column's histogram begins, and the last ends.
    offsets: Vec<usize>,
    spare: Vec<Histograms>,
}

/// A node that looks for its split: which columns, and the best so far.
struct Seeker {
    at: usize,
    node: Node,
    looks: Vec<bool>,
    best: Option<Split>,
}

impl Seeker {
    /// Looks for a better split in a column.
    fn look(
        &mut self,
        table: &Binned,
        rules: &Rules,
        scan: &mut Scan,
        column: usize,
        slots: Slots<'_>,
    ) {
        if !self.looks[column] {
            return;
        }
        let Column {
            bins,
            missing,
            categorical,
            ..
        } = table.columns[column];
        let direction = rules.directions[column];
        let found = if categorical {
            categories::best(&rules.limits, &self.node, column, slots, bins, missing)
        } else {
            let of = Numeric {
                column,
                slots,
                bins,
                missing,
                direction,
            };
            scan.best(&rules.limits, &self.node, &of)
        };
        Split::keep(&mut self.best, found);
    }
}

impl<'a> Grower<'a> {
    /// Everything but gradients. With `constant` all hessians are 1.
    pub(crate) fn new(table: &'a Binned, rules: &'a Rules, constant: bool) -> Self {
        let mut offsets = vec![0];
        for column in &table.columns {
            offsets.push(offsets[offsets.len() - 1] + column.slots());
        }
        Grower {
            table,
            rules,
            constant,
            order: vec![0; table.rows],
            aside: vec![0; table.rows],
            pairs: vec![Pair::ZERO; table.rows],
            bench: Bench::new(constant),
            scan: Box::new(Scan::new()),
            offsets,
            spare: Vec::new(),
        }
    }

    /// The rows of a leaf.
    pub(crate) fn rows(&self, leaf: &Growing) -> &[u32] {
        &self.order[leaf.rows.0..leaf.rows.1]
    }

    /// Grows a tree. The nodes come back as they grew, their values without
    /// the learning rate; those without children are leaves.
    pub(crate) fn grow(
        &mut self,
        gradients: &[f32],
        hessians: &[f32],
        rng: &mut Generator,
    ) -> Vec<Growing> {
        for (i, row) in self.order.iter_mut().enumerate() {
            *row = i as u32;
        }
        let mut nodes = Vec::new();
        let mut open = Frontier::default();
        nodes.push(self.root(gradients, hessians));
        if nodes[0].histograms.is_some() {
            let mut seeker = self.seeker(&nodes, 0, rng);
            if let Some(histograms) = nodes[0].histograms.take() {
                for c in 0..self.table.columns.len() {
                    let slots = histograms.slots(self.offsets[c], self.offsets[c + 1]);
                    seeker.look(self.table, self.rules, &mut self.scan, c, slots);
                }
                nodes[0].histograms = Some(histograms);
            }
            self.settle(&mut nodes, seeker, &mut open);
        }
        let mut leaves = nodes.len() - open.len();
        while let Some(parent) = open.pop() {
            let (left, right) = self.part(&mut nodes, parent);
            let both = leaves + open.len() + 2;
            let full = self.rules.max_leaf_nodes == Some(both);
            let deepest = self.rules.max_depth == Some(nodes[left].depth);
            if full || deepest {
                nodes[left].leaf = true;
                nodes[right].leaf = true;
                leaves += 2;
                self.release(&mut nodes[parent]);
                if full {
                    break;
                }
                continue;
            }
            self.children(
                &mut nodes,
                parent,
                (left, right),
                (gradients, hessians),
                rng,
            );
            for child in [left, right] {
                if nodes[child].leaf {
                    leaves += 1;
                } else if let Some(split) = &nodes[child].split {
                    open.push(split.gain, child);
                }
            }
        }
        for node in &mut nodes {
            self.release(node);
            if node.children.is_none() {
                node.split = None;
            }
        }
        nodes
    }

    fn release(&mut self, node: &mut Growing) {
        self.spare.extend(node.histograms.take());
    }

    fn room(&mut self) -> Histograms {
        let mut histograms = self.spare.pop().unwrap_or_default();
        histograms.fit(self.offsets[self.offsets.len() - 1], self.constant);
        histograms
    }

    /// The root, with histograms if it may be split.
    fn root(&mut self, gradients: &[f32], hessians: &[f32]) -> Growing {
        let rows = self.table.rows;
        self.gather((0, rows), gradients, hessians);
        let mut histograms = self.room();
        for (b, block) in self.table.blocks.iter().enumerate() {
            let columns = self.table.block(b);
            self.bench
                .build(columns, block, &self.order, &self.pairs[..rows]);
            for (c, column) in columns.iter().enumerate() {
                let from = self.offsets[b * TOGETHER + c];
                histograms.set(from, self.bench.slots(c, column));
            }
        }
        let sums = self.total(histograms.slots(0, self.offsets[1]));
        let mut root = Growing {
            rows: (0, rows),
            depth: 0,
            node: Node {
                sums,
                value: 0.0,
                bounds: (f64::NEG_INFINITY, f64::INFINITY),
            },
            split: None,
            children: None,
            allowed: self.rules.anything(),
            histograms: Some(histograms),
            leaf: false,
        };
        if self.too_small(&root) || sums.hessian < MIN_HESSIAN {
            root.leaf = true;
            self.release(&mut root);
        }
        root
    }

    /// All rows, by the first column's histogram: added up as if it had every
    /// bin there may be, the one of missing values last.
    fn total(&self, slots: Slots<'_>) -> Sums {
        let column = &self.table.columns[0];
        let spread = |part: fn(Pair) -> f64| {
            let mut all = vec![0.0; self.table.max_bins + 1];
            for (bin, pair) in slots.sums[..column.bins].iter().enumerate() {
                all[bin] = part(*pair);
            }
            all[self.table.max_bins] = part(slots.sums[column.bins]);
            pairwise(&all)
        };
        Sums {
            gradient: spread(Pair::first),
            hessian: if self.constant {
                self.table.rows as f64
            } else {
                spread(Pair::second)
            },
            rows: self.table.rows as f64,
        }
    }

    fn too_small(&self, node: &Growing) -> bool {
        ((node.rows.1 - node.rows.0) as f64) < 2.0 * self.rules.limits.min_samples_leaf
    }

    /// Puts the gradients of these rows side by side.
    fn gather(&mut self, rows: (usize, usize), gradients: &[f32], hessians: &[f32]) {
        let order = &self.order[rows.0..rows.1];
        for (pair, row) in self.pairs.iter_mut().zip(order) {
            let row = *row as usize;
            let hessian = if self.constant { 1.0 } else { hessians[row] };
            *pair = Pair::new(f64::from(gradients[row]), f64::from(hessian));
        }
    }

    /// Parts a node's rows by its split, without changing their order, and
    /// makes its children.
    fn part(&mut self, nodes: &mut Vec<Growing>, parent: usize) -> (usize, usize) {
        let (left, right) = (nodes.len(), nodes.len() + 1);
        let growing = &mut nodes[parent];
        let Some(split) = &mut growing.split else {
            // Only nodes with a split are open.
            return (parent, parent);
        };
        let column = &self.table.columns[split.column];
        let mut goes_left = [0_usize; 256];
        for (bin, goes) in goes_left.iter_mut().enumerate() {
            let left = match split.test {
                Test::UpTo(last) => {
                    bin <= last as usize || (split.missing_left && bin == column.bins)
                }
                Test::In(set) => set[bin / 32] >> (bin % 32) & 1 == 1,
            };
            // A split on missing values keeps them right of the last bin.
            *goes = usize::from(left);
        }
        let (start, stop) = growing.rows;
        let block = &self.table.blocks[split.column / TOGETHER];
        let lane = split.column % TOGETHER;
        let rows = &mut self.order[start..stop];
        let l = part_rows(rows, &mut self.aside, block, lane, &goes_left);
        let r = rows.len() - l;
        if !column.missing {
            // Nobody was without a value: whoever is goes with the majority.
            split.missing_left = l > r;
        }
        split.left.rows = l as f64;
        let (node, limits) = (growing.node, &self.rules.limits);
        let sums = (split.left, node.sums.without(split.left));
        let values = (
            limits.value(sums.0, node.bounds),
            limits.value(sums.1, node.bounds),
        );
        let bounds = self.rules.bounds(node.bounds, split, values);
        let allowed = self.rules.below(&growing.allowed, split.column);
        growing.children = Some((left, right));
        let depth = growing.depth + 1;
        let child = |rows, sums, value, bounds| Growing {
            rows,
            depth,
            node: Node {
                sums,
                value,
                bounds,
            },
            split: None,
            children: None,
            allowed: allowed.clone(),
            histograms: None,
            leaf: false,
        };
        nodes.push(child((start, start + l), sums.0, values.0, bounds.0));
        nodes.push(child((start + l, stop), sums.1, values.1, bounds.1));
        (left, right)
    }

    fn seeker(&self, nodes: &[Growing], at: usize, rng: &mut Generator) -> Seeker {
        Seeker {
            at,
            node: nodes[at].node,
            looks: self.rules.looks(&nodes[at].allowed, rng),
            best: None,
        }
    }

    /// The histograms and the best splits of two children. Column by column,
    /// the smaller one's histogram is added up and the larger one's is what is
    /// left of the parent's; both are looked at while they are at hand.
    fn children(
        &mut self,
        nodes: &mut [Growing],
        parent: usize,
        (left, right): (usize, usize),
        (gradients, hessians): (&[f32], &[f32]),
        rng: &mut Generator,
    ) {
        for child in [left, right] {
            nodes[child].leaf = self.too_small(&nodes[child]);
        }
        let mut seekers: Vec<Seeker> = Vec::new();
        for child in [left, right] {
            if !nodes[child].leaf {
                seekers.push(self.seeker(nodes, child, rng));
            }
        }
        let Some(mut of_large) = nodes[parent].histograms.take() else {
            return;
        };
        if seekers.is_empty() {
            self.spare.push(of_large);
            return;
        }
        let length = |child: usize| nodes[child].rows.1 - nodes[child].rows.0;
        let small = if length(left) < length(right) {
            left
        } else {
            right
        };
        let large = left + right - small;
        let rows = nodes[small].rows;
        self.gather(rows, gradients, hessians);
        let mut of_small = (!nodes[small].leaf).then(|| self.room());
        let large_leaf = nodes[large].leaf;
        let allowed = nodes[small].allowed.flags(self.table.columns.len());
        for (b, block) in self.table.blocks.iter().enumerate() {
            let first = b * TOGETHER;
            let columns = self.table.block(b);
            if !allowed[first..first + columns.len()].contains(&true) {
                continue;
            }
            let order = &self.order[rows.0..rows.1];
            self.bench
                .build(columns, block, order, &self.pairs[..order.len()]);
            for (c, column) in columns.iter().enumerate() {
                let (from, to) = (self.offsets[first + c], self.offsets[first + c + 1]);
                let built = self.bench.slots(c, column);
                if let Some(of_small) = &mut of_small {
                    of_small.set(from, built);
                }
                if !large_leaf {
                    of_large.subtract(from, built);
                }
                for seeker in &mut seekers {
                    let of = if seeker.at == small {
                        of_small.as_ref()
                    } else {
                        Some(&of_large)
                    };
                    if let Some(of) = of {
                        let slots = of.slots(from, to);
                        seeker.look(self.table, self.rules, &mut self.scan, first + c, slots);
                    }
                }
            }
        }
        nodes[small].histograms = of_small;
        nodes[large].histograms = Some(of_large);
        for seeker in seekers {
            nodes[seeker.at].split = seeker.best;
        }
        for child in [left, right] {
            nodes[child].leaf |= nodes[child].split.is_none();
            if nodes[child].leaf {
                self.release(&mut nodes[child]);
            }
        }
    }

    fn settle(&mut self, nodes: &mut [Growing], seeker: Seeker, open: &mut Frontier) {
        let at = seeker.at;
        match &seeker.best {
            Some(split) => open.push(split.gain, at),
            None => self.release(&mut nodes[at]),
        }
        nodes[at].leaf = seeker.best.is_none();
        nodes[at].split = seeker.best;
    }

    /// What grew, as what predicts.
    pub(crate) fn tree(&self, nodes: &[Growing]) -> tree::Tree {
        tree::Tree::new(nodes, &self.table.columns)
    }
}

/// Puts the rows that go left before the others, each in their order, and says
/// how many they are. Apart, so that its variables stay in registers.
#[inline(never)]
fn part_rows(
    rows: &mut [u32],
    aside: &mut [u32],
    block: &[[u8; TOGETHER]],
    lane: usize,
    goes_left: &[usize; 256],
) -> usize {
    let (mut l, mut r) = (0, 0);
    for i in 0..rows.len() {
        let row = rows[i];
        let left = goes_left[block[row as usize][lane % TOGETHER] as usize];
        rows[l] = row;
        aside[r] = row;
        l += left;
        r += 1 - left;
    }
    rows[l..].copy_from_slice(&aside[..r]);
    l
}
