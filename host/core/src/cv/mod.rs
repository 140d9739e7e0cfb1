//! Splitters: which rows are trained on and which are tested, split by split.
//!
//! Each gives scikit-learn's splits, index for index. A splitter sees only how
//! many rows there are, their classes, groups and folds, never the matrix. One
//! way of splitting a file; `splitter` holds the names and the form in a job,
//! `splits` what they all come to.

mod choose;
mod codes;
mod error;
mod group_kfold;
mod inner;
mod kfold;
mod leave_out;
mod predefined;
mod repeated;
mod shuffle;
mod sizes;
mod splits;
mod splitter;
mod stratified;
mod stratified_group;
mod stratified_shuffle;
#[cfg(test)]
mod tests;
mod time_series;

pub use error::CvError;
pub(crate) use inner::assign_folds;
pub use splits::{Split, Splits};
pub use splitter::Splitter;

/// Most splits that a job may have.
pub const MOST_SPLITS: u32 = 100_000;

/// Most numbers that a plan may hold (1 GiB): rows times passes.
pub const MOST_NUMBERS: u64 = 1 << 28;

/// Most steps that `StratifiedGroupKFold` may take: some seconds.
const MOST_WEIGHED: u64 = 1 << 32;

/// What splitters know of the rows. What one does not need it does not look at.
#[derive(Debug, Clone, Copy, Default)]
pub struct SplitRows<'a> {
    /// How many there are.
    pub rows: usize,
    /// The class of each; codes ascend as the labels do.
    pub classes: Option<&'a [u32]>,
    /// The group of each; codes ascend as the labels do.
    pub groups: Option<&'a [u32]>,
    /// The fold of each, -1 for rows that are only trained on.
    pub test_fold: Option<&'a [i64]>,
}
