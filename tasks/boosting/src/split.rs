//! What a split is worth (equations 5 to 7 of Chen and Guestrin, 2016, "XGBoost:
//! A Scalable Tree Boosting System"), and what a node knows when it looks for one.

/// Neither side of a split may have a smaller sum of hessians.
pub(crate) const MIN_HESSIAN: f64 = 1e-3;

/// A set of bins.
pub(crate) type BinSet = [u32; 8];

/// Sums over rows.
#[derive(Clone, Copy, Default)]
pub(crate) struct Sums {
    pub(crate) gradient: f64,
    pub(crate) hessian: f64,
    pub(crate) rows: f64,
}

impl Sums {
    /// What is left of these without others.
    pub(crate) fn without(self, other: Sums) -> Sums {
        Sums {
            gradient: self.gradient - other.gradient,
            hessian: self.hessian - other.hessian,
            rows: self.rows - other.rows,
        }
    }
}

/// A node that may be split.
#[derive(Clone, Copy)]
pub(crate) struct Node {
    pub(crate) sums: Sums,
    pub(crate) value: f64,
    /// Between which its children's values must lie.
    pub(crate) bounds: (f64, f64),
}

/// What holds for every split of a tree.
#[derive(Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) min_samples_leaf: f64,
    pub(crate) l2: f64,
    /// Whether there are columns along which values may only rise, or fall.
    pub(crate) monotonic: bool,
}

impl Limits {
    /// The value of a node within bounds, before the learning rate.
    pub(crate) fn value(&self, sums: Sums, bounds: (f64, f64)) -> f64 {
        let value = -sums.gradient / (sums.hessian + self.l2 + 1e-15);
        if value < bounds.0 {
            bounds.0
        } else if value > bounds.1 {
            bounds.1
        } else {
            value
        }
    }

    /// By how much a split lowers the loss; -1 for one against the column's
    /// direction (1 for rising, -1 for falling, 0 for none).
    pub(crate) fn gain(&self, node: &Node, left: Sums, right: Sums, direction: i8) -> f64 {
        let (low, high) = (
            self.value(left, node.bounds),
            self.value(right, node.bounds),
        );
        if (direction > 0 && low > high) || (direction < 0 && low < high) {
            return -1.0;
        }
        let gain = node.sums.gradient * node.value;
        gain - left.gradient * low - right.gradient * high
    }

    /// Whether a side of a split has rows and hessians enough.
    pub(crate) fn enough_rows(&self, sums: Sums) -> bool {
        sums.rows >= self.min_samples_leaf
    }
}

/// Which rows go left.
#[derive(Clone)]
pub(crate) enum Test {
    /// Those in bins up to this one.
    UpTo(u32),
    /// Those in these bins, of which the one of missing values may be one.
    In(BinSet),
}

/// The best split of a column, or of a node.
#[derive(Clone)]
pub(crate) struct Split {
    pub(crate) gain: f64,
    /// Its place among the binned columns.
    pub(crate) column: usize,
    pub(crate) test: Test,
    pub(crate) missing_left: bool,
    /// How many rows these are is known when they have been parted.
    pub(crate) left: Sums,
}

impl Split {
    /// Keeps the better of two, the earlier of equal ones.
    pub(crate) fn keep(best: &mut Option<Split>, split: Option<Split>) {
        if let Some(split) = split
            && best.as_ref().is_none_or(|best| split.gain > best.gain)
        {
            *best = Some(split);
        }
    }
}
