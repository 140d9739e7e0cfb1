//! StratifiedKFold: every fold has about the same share of each class.

use std::collections::BTreeMap;

use pleat_num::rng::RandomState;
use serde_json::{Map, Value as Json};

use super::kfold::Folds;
use super::{CvError, Split, from_folds};
use crate::settings::{Fault, Settings};

/// Folds that keep the shares of the classes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StratifiedKFold(Folds);

impl StratifiedKFold {
    /// Its name.
    pub const NAME: &str = "StratifiedKFold";

    pub(super) fn read(settings: &Settings) -> Result<Self, Fault> {
        Folds::read(settings).map(Self)
    }

    pub(super) fn write(&self, map: &mut Map<String, Json>) {
        self.0.write(map);
    }

    /// How many folds there are.
    #[must_use]
    pub fn n_splits(&self) -> u32 {
        self.0.n_splits
    }

    pub(super) fn splits(&self, classes: &[u32]) -> Result<Vec<Split>, CvError> {
        let mut rng = self.0.shuffle.map(RandomState::new);
        let fold_of = assign(classes, self.0.n_splits, rng.as_mut())?;
        Ok(from_folds(self.0.n_splits, &fold_of).collect())
    }
}

/// The fold of each row. One generator serves all classes, in the order in
/// which they first appear.
pub(super) fn assign(
    classes: &[u32],
    folds: u32,
    mut rng: Option<&mut RandomState>,
) -> Result<Vec<u32>, CvError> {
    let mut code_of = BTreeMap::new();
    let mut members: Vec<Vec<usize>> = Vec::new();
    for (row, class) in classes.iter().enumerate() {
        let code = *code_of.entry(class).or_insert_with(|| {
            members.push(Vec::new());
            members.len() - 1
        });
        members[code].push(row);
    }
    let largest = members.iter().map(Vec::len).max().unwrap_or(0);
    if largest < folds as usize {
        return Err(CvError::ClassesTooSmall {
            n_splits: folds,
            largest,
        });
    }
    let mut fold_of = vec![0; classes.len()];
    // Sorted by class, row `i` would go to fold `i % folds`; a class gets that
    // many rows in each fold, but in blocks, to keep what order there is.
    let mut first = 0;
    for rows in &members {
        let k = folds as usize;
        let mut blocks: Vec<u32> = Vec::with_capacity(rows.len());
        for fold in 0..folds {
            // Places of this class that are `fold` modulo `folds`.
            let skipped = (fold as usize + k - first % k) % k;
            let count = rows.len().saturating_sub(skipped).div_ceil(k);
            blocks.extend(std::iter::repeat_n(fold, count));
        }
        if let Some(rng) = rng.as_deref_mut() {
            rng.shuffle(&mut blocks);
        }
        rows.iter()
            .zip(blocks)
            .for_each(|(row, fold)| fold_of[*row] = fold);
        first += rows.len();
    }
    Ok(fold_of)
}

/// The sentence for a class that is not in every fold.
pub(super) fn warning(folds: u32, classes: &[u32]) -> Option<String> {
    let mut counts = BTreeMap::<u32, usize>::new();
    classes
        .iter()
        .for_each(|class| *counts.entry(*class).or_default() += 1);
    let smallest = counts.into_values().min().filter(|n| *n < folds as usize)?;
    let members = if smallest == 1 { "member" } else { "members" };
    Some(format!(
        "the least populated class has only {smallest} {members}, which is less than \
         n_splits={folds}: some splits test none of them"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// scikit-learn's `_make_test_folds`, unshuffled and with `random_state=3`.
    #[test]
    fn uneven_classes_are_dealt_as_scikit_learn_does() {
        let classes = [2, 0, 0, 2, 1, 1, 2, 2, 0, 2, 2, 1, 0, 2, 9];
        assert_eq!(
            assign(&classes, 3, None).unwrap(),
            [0, 0, 1, 0, 0, 1, 0, 1, 1, 1, 2, 2, 2, 2, 2]
        );
        let mut rng = RandomState::new(3);
        assert_eq!(
            assign(&classes, 3, Some(&mut rng)).unwrap(),
            [1, 2, 1, 2, 0, 1, 2, 1, 1, 0, 0, 2, 0, 0, 2]
        );
    }
}
