//! Why rows cannot be split: the sentences, and nothing that decides it.

use super::{MOST_NUMBERS, MOST_SPLITS};

/// Why rows cannot be split.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum CvError {
    /// More folds than rows.
    #[error(
        "n_splits={n_splits} is not allowed: the data has {rows} rows, and every split needs at least one of its own"
    )]
    TooFewRows {
        /// What was passed.
        n_splits: u32,
        /// How many rows there are.
        rows: usize,
    },
    /// More folds than groups.
    #[error(
        "n_splits={n_splits} is not allowed: there are {groups} groups, and every split needs at least one of its own"
    )]
    TooFewGroups {
        /// What was passed.
        n_splits: u32,
        /// How many groups there are.
        groups: usize,
    },
    /// More folds than any class has members.
    #[error("n_splits={n_splits} is not allowed: the largest class has only {largest} members")]
    ClassesTooSmall {
        /// What was passed.
        n_splits: u32,
        /// Members of the most populated class.
        largest: usize,
    },
    /// A class that cannot be on both sides of a split.
    #[error("{classes} of the classes have only 1 member: StratifiedShuffleSplit needs 2 of each")]
    SingleMember {
        /// How many classes there are of this sort.
        classes: usize,
    },
    /// More rows or groups left out than there are to leave any.
    #[error("{name}={passed} is not allowed: allowed is less than the {units} {what} there are")]
    NothingLeft {
        /// The parameter.
        name: &'static str,
        /// What was passed.
        passed: u32,
        /// How many there are.
        units: usize,
        /// Of what: rows or groups.
        what: &'static str,
    },
    /// Nothing to leave out.
    #[error("{splitter} needs at least 2 {what}, and the data has {units}")]
    TooFewToLeave {
        /// The splitter.
        splitter: &'static str,
        /// How many there are.
        units: usize,
        /// Of what: rows or groups.
        what: &'static str,
    },
    /// A `test_size` or `train_size` beyond what there is.
    #[error(
        "{name}={passed} is not allowed: allowed is an integer from 1 to one less than the {units} {what} there are, or a number between 0 and 1"
    )]
    SizeTooLarge {
        /// The parameter.
        name: &'static str,
        /// What was passed.
        passed: u32,
        /// How many there are.
        units: usize,
        /// Of what: rows or groups.
        what: &'static str,
    },
    /// Both sides together are more than there is.
    #[error(
        "train_size and test_size come to {train} and {test} {what}, and there are only {units}: reduce one of them"
    )]
    SizesTooLarge {
        /// To train on.
        train: usize,
        /// To test on.
        test: usize,
        /// How many there are.
        units: usize,
        /// Of what: rows or groups.
        what: &'static str,
    },
    /// A train size that comes to nothing.
    #[error(
        "with {units} {what}, test_size and train_size leave none to train on: reduce test_size or raise train_size"
    )]
    NothingToTrainOn {
        /// How many there are.
        units: usize,
        /// Of what: rows or groups.
        what: &'static str,
    },
    /// A side of the split that has no room for each class.
    #[error(
        "{name} comes to {size} rows, which is less than the {classes} classes: every class needs one"
    )]
    FewerThanClasses {
        /// The parameter.
        name: &'static str,
        /// How many rows it comes to.
        size: usize,
        /// How many classes there are.
        classes: usize,
    },
    /// A series that is too short for its splits.
    #[error(
        "n_splits={n_splits} with test_size={test_size} and gap={gap} is not allowed: they need more than {needed} rows, and the data has {rows}"
    )]
    SeriesTooShort {
        /// What was passed.
        n_splits: u32,
        /// Rows each split tests.
        test_size: usize,
        /// Rows left out before them.
        gap: u32,
        /// Rows tested and left out.
        needed: u64,
        /// How many rows there are.
        rows: usize,
    },
    /// A stratified splitter for numbers.
    #[error(
        "{splitter} needs classes, and the target is numeric: allowed are KFold, RepeatedKFold and the others that do not stratify"
    )]
    NeedsClasses {
        /// The splitter.
        splitter: &'static str,
    },
    /// A splitter of groups, and no groups.
    #[error(
        "{splitter} needs groups: set groups in [data] to the column that says which group a row is in"
    )]
    NeedsGroups {
        /// The splitter.
        splitter: &'static str,
    },
    /// No folds for the splitter that is told them.
    #[error("PredefinedSplit needs the folds of the rows: set test_fold to a column of integers")]
    NeedsTestFold,
    /// Folds of which none is tested.
    #[error("test_fold is -1 in every row, which leaves none to test: give some rows a fold")]
    NothingTested,
    /// One fold that has all rows.
    #[error(
        "test_fold is {fold} in every row, which leaves none to train on: give two folds or more, or -1 to rows that are only trained on"
    )]
    OneFold {
        /// The fold.
        fold: i64,
    },
    /// The classes, groups or folds are of other data.
    #[error("{passed} {what} were passed for {rows} rows: allowed is one a row")]
    WrongLength {
        /// Classes, groups or folds.
        what: &'static str,
        /// How many were passed.
        passed: usize,
        /// Rows passed.
        rows: usize,
    },
    /// More splits than a job may have.
    #[error("{} splits are too many: allowed are at most {MOST_SPLITS}", counted(*.splits))]
    TooManySplits {
        /// How many; `u64::MAX` for that many or more.
        splits: u64,
    },
    /// The plan would not fit into memory.
    #[error(
        "{passes} passes over {units} {what} are too many: allowed are {MOST_NUMBERS} {what} in all passes together"
    )]
    TooLarge {
        /// How often all of them are drawn or dealt.
        passes: u64,
        /// How many there are.
        units: u64,
        /// Of what: rows or groups.
        what: &'static str,
    },
    /// Weighing each group against each fold would take too long.
    #[error(
        "{groups} groups of {classes} classes in {n_splits} folds are too many for StratifiedGroupKFold: allowed are {} for groups times classes times the square of n_splits",
        super::MOST_WEIGHED
    )]
    TooMuchToWeigh {
        /// How many groups there are.
        groups: usize,
        /// How many classes there are.
        classes: usize,
        /// What was passed.
        n_splits: u32,
    },
}

/// A number that stops counting at the end of its range.
fn counted(splits: u64) -> String {
    if splits == u64::MAX {
        format!("{splits} or more")
    } else {
        splits.to_string()
    }
}
