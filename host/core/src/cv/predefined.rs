//! PredefinedSplit: the folds stand in a column.

use super::splits::{NEVER, Splits};
use super::{CvError, MOST_SPLITS};
use crate::params::{Domain, ParamInfo, Value};
use crate::settings::{Fault, Settings};

/// What rows have that are only trained on.
const ONLY_TRAINED_ON: i64 = -1;

/// Its parameter.
pub(super) fn param() -> ParamInfo {
    ParamInfo {
        name: "test_fold".to_owned(),
        default: Value::None,
        domains: vec![Domain::Text],
        doc: "the column that has the fold of each row, -1 for rows that are only trained on; must be set"
            .to_owned(),
    }
}

/// Reads the column's name.
pub(super) fn read(settings: &Settings) -> Result<String, Fault> {
    match settings.json("test_fold") {
        serde_json::Value::String(name) => Ok(name),
        _ => {
            let sentence = "PredefinedSplit needs it: allowed is the name of a column of integers";
            Err(("test_fold".to_owned(), sentence.to_owned()))
        }
    }
}

/// One split a fold, the folds ascending.
pub(super) fn plan(test_fold: &[i64]) -> Result<Splits, CvError> {
    let mut folds = test_fold.to_vec();
    folds.sort_unstable();
    folds.dedup();
    let everywhere = folds.len() == 1;
    folds.retain(|fold| *fold != ONLY_TRAINED_ON);
    match folds[..] {
        [] => return Err(CvError::NothingTested),
        [fold] if everywhere => return Err(CvError::OneFold { fold }),
        _ => {}
    }
    let n_splits = match u32::try_from(folds.len()) {
        Ok(n) if n <= MOST_SPLITS => n,
        _ => {
            return Err(CvError::TooManySplits {
                splits: folds.len() as u64,
            });
        }
    };
    let fold_of = test_fold
        .iter()
        .map(|fold| match folds.binary_search(fold) {
            Ok(place) => place as u32,
            Err(_) => NEVER,
        });
    // Rows are counted by a `u32` before.
    let rows = test_fold.len() as u32;
    Ok(Splits::folds(rows, n_splits, 1, fold_of.collect()))
}
