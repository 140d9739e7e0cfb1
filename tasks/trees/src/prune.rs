//! Minimal cost-complexity pruning (Breiman, Friedman, Olshen and Stone,
//! "Classification and Regression Trees", 1984, section 3.3), in the order of
//! scikit-learn's sums.

use crate::tree::Tree;

/// What pruning knows of a node.
struct Branch {
    parent: usize,
    /// Its share of the weight times its impurity,
    as_leaf: f64,
    /// and that of its leaves together.
    of_leaves: f64,
    leaves: usize,
    inner: bool,
    kept: bool,
}

impl Tree {
    /// The smallest tree of which no branch is worth less than `ccp_alpha` for
    /// each leaf more: the weakest branch goes first, of equal ones the one
    /// that was made first.
    #[must_use]
    pub fn pruned(&self, ccp_alpha: f64) -> Tree {
        let mut branches = self.branches();
        while branches[0].inner {
            let worth = |b: &Branch| (b.as_leaf - b.of_leaves) / (b.leaves - 1) as f64;
            let mut weakest = (f64::MAX, 0);
            for (id, branch) in branches.iter().enumerate().filter(|(_, b)| b.inner) {
                let alpha = worth(branch);
                if alpha < weakest.0 {
                    weakest = (alpha, id);
                }
            }
            if ccp_alpha < weakest.0 {
                break;
            }
            self.collapse(&mut branches, weakest.1);
        }
        self.without_what_is_below(|id| branches[id].kept && !branches[id].inner)
    }

    fn branches(&self) -> Vec<Branch> {
        let nodes = self.nodes();
        let all = nodes[0].mass;
        let mut branches: Vec<Branch> = nodes
            .iter()
            .map(|node| Branch {
                parent: 0,
                as_leaf: node.mass * node.impurity / all,
                of_leaves: 0.0,
                leaves: 0,
                inner: node.left != 0,
                kept: true,
            })
            .collect();
        for (id, node) in nodes.iter().enumerate().filter(|(_, n)| n.left != 0) {
            branches[node.left as usize].parent = id;
            branches[node.right as usize].parent = id;
        }
        for leaf in (0..nodes.len()).filter(|id| nodes[*id].left == 0) {
            let cost = branches[leaf].as_leaf;
            branches[leaf].of_leaves = cost;
            let mut id = leaf;
            while id != 0 {
                id = branches[id].parent;
                branches[id].of_leaves += cost;
                branches[id].leaves += 1;
            }
        }
        branches
    }

    /// Makes an inner node a leaf.
    fn collapse(&self, branches: &mut [Branch], at: usize) {
        let mut stack = vec![at];
        while let Some(id) = stack.pop() {
            let node = &self.nodes()[id];
            if node.left != 0 && branches[id].kept {
                stack.extend([node.left as usize, node.right as usize]);
            }
            branches[id].inner = false;
            branches[id].kept = false;
        }
        let branch = &mut branches[at];
        branch.kept = true;
        let fewer = branch.leaves - 1;
        let costlier = branch.as_leaf - branch.of_leaves;
        branch.leaves = 0;
        branch.of_leaves = branch.as_leaf;
        let mut id = at;
        while id != 0 {
            id = branches[id].parent;
            branches[id].leaves -= fewer;
            branches[id].of_leaves += costlier;
        }
    }
}
