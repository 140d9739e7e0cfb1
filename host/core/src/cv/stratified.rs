//! StratifiedKFold: every fold has about the same share of each class.

use pleat_num::rng::RandomState;

use super::CvError;
use super::codes::Codes;

/// The fold of each row. One generator serves all classes, in the order in
/// which they first appear.
pub(super) fn assign(
    classes: &Codes,
    folds: u32,
    mut rng: Option<&mut RandomState>,
) -> Result<Vec<u32>, CvError> {
    check(classes, folds)?;
    let mut members = classes.members();
    members.sort_by_key(|rows| rows.first().copied());
    let mut fold_of = vec![0; classes.of_row.len()];
    // Sorted by class, row `i` would go to fold `i % folds`; a class gets that
    // many rows in each fold, but in blocks, to keep what order there is.
    let mut first = 0;
    for rows in members {
        let next = first + rows.len();
        let mut blocks: Vec<u32> = (first..next).map(|i| (i % folds as usize) as u32).collect();
        blocks.sort_unstable();
        if let Some(rng) = rng.as_deref_mut() {
            rng.shuffle(&mut blocks);
        }
        rows.iter()
            .zip(blocks)
            .for_each(|(row, fold)| fold_of[*row as usize] = fold);
        first = next;
    }
    Ok(fold_of)
}

/// Some class must be large enough for all folds.
pub(super) fn check(classes: &Codes, folds: u32) -> Result<(), CvError> {
    let largest = classes.counts.iter().copied().max().unwrap_or(0);
    if largest < folds as usize {
        return Err(CvError::ClassesTooSmall {
            n_splits: folds,
            largest,
        });
    }
    Ok(())
}

/// The sentence for a class that is not in every fold.
pub(super) fn warning(classes: &Codes, folds: u32) -> Option<String> {
    let smallest = classes.counts.iter().copied().min()?;
    if smallest >= folds as usize {
        return None;
    }
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
        let classes = Codes::new(&[2, 0, 0, 2, 1, 1, 2, 2, 0, 2, 2, 1, 0, 2, 9]);
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
