//! Folds within the training rows, for steps that cross-fit.

use pleat_num::rng::RandomState;

use super::codes::Codes;
use super::{kfold, stratified};

/// The fold of each row: `StratifiedKFold`'s where there are classes, else
/// `KFold`'s, shuffled if there is a seed.
pub(crate) fn assign_folds(
    rows: usize,
    classes: Option<&[u32]>,
    folds: u32,
    shuffle: Option<u32>,
) -> Result<Vec<u32>, String> {
    if rows < folds as usize {
        return Err(format!(
            "{folds} folds are not allowed: there are {rows} training rows, and every fold needs \
             at least one"
        ));
    }
    let mut rng = shuffle.map(RandomState::new);
    match classes {
        Some(classes) => {
            stratified::assign(&Codes::new(classes), folds, rng.as_mut()).map_err(|e| e.to_string())
        }
        None => Ok(kfold::assign(rows, folds, rng.as_mut())),
    }
}
