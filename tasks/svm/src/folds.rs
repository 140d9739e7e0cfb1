//! The folds of scikit-learn's StratifiedKFold, not shuffled.

/// The fold of each row: every fold gets as many of a class as of any other
/// fold, or one more or less. Classes are numbered as they first appear, and
/// rows of a class go to the folds in their order.
pub(crate) fn stratified(places: &[usize], n_classes: usize, k: usize) -> Vec<usize> {
    let first = |class| places.iter().position(|place| *place == class);
    let mut order: Vec<usize> = (0..n_classes).collect();
    order.sort_by_key(|class| first(*class));
    let mut rank = vec![0; n_classes];
    for (i, class) in order.iter().enumerate() {
        rank[*class] = i;
    }
    let mut sorted: Vec<usize> = places.iter().map(|place| rank[*place]).collect();
    let ranks = sorted.clone();
    sorted.sort_unstable();
    // How many of each class every fold gets: as if the sorted rows were dealt.
    let mut due = vec![vec![0; k]; n_classes];
    for (i, rank) in sorted.into_iter().enumerate() {
        due[rank][i % k] += 1;
    }
    let mut fold = vec![0; n_classes];
    let deal = |rank: usize| {
        while due[rank][fold[rank]] == 0 {
            fold[rank] += 1;
        }
        due[rank][fold[rank]] -= 1;
        fold[rank]
    };
    ranks.into_iter().map(deal).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of scikit-learn 1.9.1: `StratifiedKFold(3)` on these classes.
    #[test]
    fn folds_are_scikit_learns() {
        let places = [1, 1, 0, 2, 1, 0, 1, 2, 1, 0, 0, 2, 2, 1, 1];
        let folds = stratified(&places, 3, 3);
        assert_eq!(folds, [0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2]);
    }
}
