//! The trees of an ensemble as they are kept: what is needed to predict, and to
//! say what each column was worth.

use serde::{Deserialize, Serialize};

use pleat_guest::{Attribute, Rows};

use crate::table::rounded_down;
use crate::tree::Tree;

/// A node. The root is never a child, so child 0 is none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Branch {
    column: u32,
    /// Values up to this go to the left.
    threshold: f32,
    left: u32,
    right: u32,
}

/// One tree.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Member {
    branches: Vec<Branch>,
    /// What each node answers, as far as it is a leaf.
    pub(crate) values: Vec<f64>,
    /// By how much each node's split lowers the impurity, as a share of the
    /// tree's weight.
    gains: Vec<f64>,
}

impl Member {
    pub(crate) fn new(tree: &Tree) -> Self {
        let nodes = tree.nodes();
        let branch = |node: &crate::tree::Node| Branch {
            column: node.column,
            threshold: rounded_down(node.threshold),
            left: node.left,
            right: node.right,
        };
        let gain = |node: &crate::tree::Node| {
            if node.left == 0 {
                return 0.0;
            }
            let (left, right) = (&nodes[node.left as usize], &nodes[node.right as usize]);
            let gain =
                node.mass * node.impurity - left.mass * left.impurity - right.mass * right.impurity;
            gain / nodes[0].mass
        };
        Member {
            branches: nodes.iter().map(branch).collect(),
            values: (0..nodes.len()).map(|id| tree.value(id)[0]).collect(),
            gains: nodes.iter().map(gain).collect(),
        }
    }

    /// What each of so many columns was worth, all together 1; all 0 if there is
    /// no split.
    pub(crate) fn importances(&self, columns: usize) -> Vec<f64> {
        let mut sums = vec![0.0; columns];
        for (node, gain) in self.branches.iter().zip(&self.gains) {
            if node.left != 0 {
                sums[node.column as usize] += gain;
            }
        }
        let all = pleat_num::sum::pairwise(&sums);
        if all > 0.0 {
            sums.iter_mut().for_each(|sum| *sum /= all);
        }
        sums
    }

    pub(crate) fn is_leaf(&self, node: usize) -> bool {
        self.branches[node].left == 0
    }

    /// The leaf that each row comes to.
    pub(crate) fn leaves(&self, rows: &Rows<'_>, out: &mut Vec<u32>) {
        out.clear();
        let data = rows.dataset();
        out.extend(rows.indices().iter().map(|row| {
            let mut id = 0;
            loop {
                let node = &self.branches[id];
                if node.left == 0 {
                    return id as u32;
                }
                let value = data.value(*row, node.column as usize) as f32;
                let below = value <= node.threshold;
                id = if below { node.left } else { node.right } as usize;
            }
        }));
    }

    /// Adds what each row's leaf answers, times `rate`.
    pub(crate) fn add(&self, rows: &Rows<'_>, rate: f64, leaves: &mut Vec<u32>, to: &mut [f64]) {
        self.leaves(rows, leaves);
        for (sum, leaf) in to.iter_mut().zip(&*leaves) {
            *sum += rate * self.values[*leaf as usize];
        }
    }
}

/// Everything a boosted model consists of.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Boosted {
    /// What is predicted before there is a tree.
    pub(crate) start: Vec<f64>,
    /// Stage after stage, a tree for each output.
    pub(crate) members: Vec<Member>,
    pub(crate) learning_rate: f64,
    pub(crate) columns: u32,
}

impl Boosted {
    /// Without the stages that come after so many.
    pub(crate) fn first(&self, stages: usize) -> Boosted {
        let members = stages.saturating_mul(self.start.len());
        Boosted {
            members: self.members.iter().take(members).cloned().collect(),
            start: self.start.clone(),
            ..*self
        }
    }

    /// What is predicted of each row, row after row.
    pub(crate) fn raw_by_row(&self, rows: &Rows<'_>) -> Vec<f64> {
        let (n, outputs) = (rows.len(), self.start.len());
        let mut raw: Vec<f64> = self.start.iter().flat_map(|x| vec![*x; n]).collect();
        let mut leaves = Vec::new();
        for stage in self.members.chunks_exact(outputs) {
            for (member, raw) in stage.iter().zip(raw.chunks_exact_mut(n)) {
                member.add(rows, self.learning_rate, &mut leaves, raw);
            }
        }
        pleat_num::dense::transpose(&raw, n)
    }

    /// What each column was worth, and how many stages there are.
    pub(crate) fn attributes(&self) -> Vec<Attribute> {
        let importances = importances(&self.members, self.columns as usize);
        let stages = self.members.len() / self.start.len();
        vec![
            Attribute::vector("feature_importances_", importances),
            Attribute::number("n_estimators_", stages as f64),
        ]
    }
}

/// What each of so many columns was worth to the trees that have any split,
/// all together 1; all 0 if no tree has one.
fn importances(members: &[Member], columns: usize) -> Vec<f64> {
    let mut sums = vec![0.0; columns];
    let mut grown = 0.0;
    for member in members.iter().filter(|m| m.branches.len() > 1) {
        grown += 1.0;
        for (node, gain) in member.branches.iter().zip(&member.gains) {
            if node.left != 0 {
                sums[node.column as usize] += gain;
            }
        }
    }
    if grown == 0.0 {
        return sums;
    }
    sums.iter_mut().for_each(|sum| *sum /= grown);
    let all = pleat_num::sum::pairwise(&sums);
    sums.iter().map(|sum| sum / all).collect()
}
