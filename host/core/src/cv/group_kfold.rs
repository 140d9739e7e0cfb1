//! GroupKFold: folds of whole groups, about equal in rows, or in groups when
//! they are shuffled.

use std::cmp::Reverse;

use pleat_num::rng::RandomState;

use super::codes::Codes;
use super::{CvError, kfold};

/// The fold of each row.
pub(super) fn assign(
    groups: &Codes,
    folds: u32,
    rng: Option<&mut RandomState>,
) -> Result<Vec<u32>, CvError> {
    check(groups, folds)?;
    let fold_of_group = match rng {
        Some(rng) => kfold::assign(groups.counts.len(), folds, Some(rng)),
        None => balanced(&groups.counts, folds),
    };
    let of_row = groups.of_row.iter().map(|g| fold_of_group[*g as usize]);
    Ok(of_row.collect())
}

/// Each fold needs a group of its own.
pub(super) fn check(groups: &Codes, folds: u32) -> Result<(), CvError> {
    if groups.counts.len() < folds as usize {
        return Err(CvError::TooFewGroups {
            n_splits: folds,
            groups: groups.counts.len(),
        });
    }
    Ok(())
}

/// The fold of each group: largest first (of equal ones the last), each into
/// the fold with the fewest rows so far (of equal ones the first).
fn balanced(sizes: &[usize], folds: u32) -> Vec<u32> {
    let mut order: Vec<usize> = (0..sizes.len()).collect();
    order.sort_by_key(|g| Reverse((sizes[*g], *g)));
    let mut fold_of = vec![0; sizes.len()];
    let mut filled: std::collections::BTreeSet<(usize, u32)> = (0..folds).map(|f| (0, f)).collect();
    for group in order {
        if let Some((rows, fold)) = filled.pop_first() {
            fold_of[group] = fold;
            filled.insert((rows + sizes[group], fold));
        }
    }
    fold_of
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_groups_go_first_and_into_the_emptiest_fold() {
        assert_eq!(balanced(&[1, 4, 2, 4, 3], 2), [1, 1, 1, 0, 0]);
    }
}
