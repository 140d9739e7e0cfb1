//! What a search and a measure tell each other: a column's rows in order, what
//! a split must leave on each side, and the best split so far.

use crate::order::Entry;
use crate::table::apart;

/// The rows of a node as a column has them.
pub struct Run<'a> {
    /// The column.
    pub column: usize,
    /// What its ranks stand for; that of missing values comes after the last.
    pub values: &'a [f32],
    /// Which of these are too close to the next to be told apart; nothing if
    /// none is.
    pub close: &'a [bool],
    /// The lowest rank.
    pub low: u32,
    /// The highest rank, but for that of a missing value.
    pub high: u32,
    /// The rows in order, where they have been put in one,
    pub sorted: &'a [Entry],
    /// by their places in the table rather than in the node.
    pub of_table: bool,
    /// Whether no two rows have the same value.
    pub plain: bool,
}

impl Run<'_> {
    /// Whether there can be a split between two ranks, the lower one first.
    #[must_use]
    #[inline]
    pub fn apart(&self, lower: u32, upper: u32) -> bool {
        upper != lower
            && (!self.close.get(lower as usize).is_some_and(|close| *close)
                || apart(self.values[lower as usize], self.values[upper as usize]))
    }

    /// The split between two ranks.
    #[must_use]
    pub fn between(&self, lower: u32, upper: u32, middle: usize, rows: usize) -> Split {
        Split {
            column: self.column,
            threshold: Threshold::Between(lower, upper),
            side: Side {
                last: lower,
                missing: self.values.len() as u32,
                missing_left: middle > rows - middle,
            },
            middle,
        }
    }
}

/// Which ranks go to the left.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Side {
    /// Those up to this one,
    pub last: u32,
    /// but this one, of missing values,
    pub missing: u32,
    /// only if so.
    pub missing_left: bool,
}

impl Side {
    /// Whether a rank goes to the left.
    #[must_use]
    pub fn is_left(self, rank: u32) -> bool {
        // Without a branch: half of all answers are yes.
        (rank <= self.last) | ((rank == self.missing) & self.missing_left)
    }
}

/// Where a split is made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Threshold {
    /// Here.
    At(f64),
    /// Halfway between what two ranks stand for, which is looked up of the best
    /// split alone.
    Between(u32, u32),
}

/// How a node is divided.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Split {
    /// The column it goes by.
    pub column: usize,
    /// Values up to this go to the left.
    pub threshold: Threshold,
    /// The same by ranks.
    pub side: Side,
    /// How many rows go to the left.
    pub middle: usize,
}

/// What each side must have at least.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// So many rows,
    pub rows: usize,
    /// and this weight.
    pub mass: f64,
}

impl Limits {
    /// Whether a split leaves enough rows on both sides.
    #[must_use]
    pub fn allow(&self, left: usize, right: usize) -> bool {
        left >= self.rows && right >= self.rows
    }

    /// Whether it leaves enough weight.
    #[must_use]
    pub fn weigh(&self, left: f64, right: f64) -> bool {
        left >= self.mass && right >= self.mass
    }
}

/// The best split so far.
#[derive(Clone, Copy, Debug)]
pub struct Best {
    /// How good it is.
    pub score: f64,
    /// None as long as there is none.
    pub split: Option<Split>,
    /// Whether another column has one as good.
    pub tied: bool,
}

impl Best {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Best {
            score: -f64::INFINITY,
            split: None,
            tied: false,
        }
    }

    /// Keeps a split if it is better; the first of equal ones stays.
    pub fn offer(&mut self, score: f64, column: usize, split: impl FnOnce() -> Split) {
        if score > self.score {
            self.score = score;
            self.split = Some(split());
            self.tied = false;
        } else if score == self.score && self.split.is_some_and(|best| best.column != column) {
            self.tied = true;
        }
    }
}

impl Default for Best {
    fn default() -> Self {
        Self::new()
    }
}
