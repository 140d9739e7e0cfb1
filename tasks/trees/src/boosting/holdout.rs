//! Rows that are held back to see when more trees no longer help: the ones that
//! scikit-learn's `train_test_split` holds back.

use pleat_guest::Error;
use pleat_num::rng::RandomState;

/// Places among the rows of a fit.
pub(crate) struct Parts {
    pub(crate) train: Vec<u32>,
    pub(crate) test: Vec<u32>,
}

/// Holds back a share of `n` rows; of each class alike, if there are classes.
pub(crate) fn hold_out(
    n: usize,
    share: f64,
    classes: Option<(&[usize], usize)>,
    seed: u32,
) -> Result<Parts, Error> {
    let n_test = (share * n as f64).ceil() as usize;
    let n_train = n - n_test.min(n);
    if n_train == 0 {
        return Err(Error::InvalidData(format!(
            "validation_fraction={share:?} of {n} rows leaves none to learn from."
        )));
    }
    let mut draws = RandomState::new(seed);
    match classes {
        None => {
            let mut test = draws.permutation(n as u32);
            Ok(Parts {
                train: test.split_off(n_test),
                test,
            })
        }
        Some((places, n_classes)) => stratified(places, n_classes, (n_train, n_test), &mut draws),
    }
}

fn stratified(
    places: &[usize],
    n_classes: usize,
    (n_train, n_test): (usize, usize),
    draws: &mut RandomState,
) -> Result<Parts, Error> {
    let mut rows: Vec<Vec<u32>> = vec![Vec::new(); n_classes];
    for (row, place) in (0u32..).zip(places) {
        rows[*place].push(row);
    }
    if rows.iter().any(|rows| rows.len() < 2) {
        return Err(Error::InvalidData(
            "n_iter_no_change holds back rows of every class, and needs two of each at least."
                .into(),
        ));
    }
    if n_train.min(n_test) < n_classes {
        return Err(Error::InvalidData(format!(
            "n_iter_no_change learns from {n_train} rows and holds back {n_test}; each must be \
             as many as there are classes, {n_classes}."
        )));
    }
    let counts: Vec<usize> = rows.iter().map(Vec::len).collect();
    let of_train = apportion(&counts, n_train, draws);
    let left: Vec<usize> = counts.iter().zip(&of_train).map(|(n, t)| n - t).collect();
    let of_test = apportion(&left, n_test, draws);
    let mut parts = Parts {
        train: Vec::new(),
        test: Vec::new(),
    };
    for (class, rows) in rows.iter().enumerate() {
        let order = draws.permutation(rows.len() as u32);
        let drawn: Vec<u32> = order.iter().map(|i| rows[*i as usize]).collect();
        let (train, rest) = drawn.split_at(of_train[class]);
        parts.train.extend(train);
        parts.test.extend(&rest[..of_test[class]]);
    }
    draws.shuffle(&mut parts.train);
    draws.shuffle(&mut parts.test);
    Ok(parts)
}

/// How many of `n` go to each class by its size: the share rounded down, and
/// one more where most was cut off; lots decide between equals.
fn apportion(counts: &[usize], n: usize, draws: &mut RandomState) -> Vec<usize> {
    let all: usize = counts.iter().sum();
    let exact = |count: &usize| *count as f64 / all as f64 * n as f64;
    let shares: Vec<f64> = counts.iter().map(exact).collect();
    let mut given: Vec<usize> = shares.iter().map(|share| *share as usize).collect();
    let rest: Vec<f64> = shares.iter().map(|share| share - share.floor()).collect();
    let mut more = n.saturating_sub(given.iter().sum::<usize>());
    let mut order = rest.clone();
    order.sort_unstable_by(|a, b| b.total_cmp(a));
    order.dedup();
    for value in order {
        if more == 0 {
            break;
        }
        let equal: Vec<usize> = (0..counts.len()).filter(|i| rest[*i] == value).collect();
        let chosen = draws.choice(&equal, more.min(equal.len()));
        more -= chosen.len();
        chosen.iter().for_each(|class| given[*class] += 1);
    }
    given
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// `_approximate_mode` of scikit-learn 1.9.1.
    #[test]
    fn lots_are_scikit_learns() {
        let mode = |counts: &[usize], n, seed| apportion(counts, n, &mut RandomState::new(seed));
        assert_eq!(mode(&[4, 2], 3, 0), [2, 1]);
        assert_eq!(mode(&[5, 2], 4, 0), [3, 1]);
        assert_eq!(mode(&[2, 2, 2, 1], 2, 0), [0, 1, 1, 0]);
        assert_eq!(mode(&[2, 2, 2, 1], 2, 42), [1, 1, 0, 0]);
    }

    /// `train_test_split` of twelve rows, `random_state=3`: a quarter, and of
    /// three classes three tenths.
    #[test]
    fn rows_are_scikit_learns() {
        let parts = hold_out(12, 0.25, None, 3).unwrap();
        assert_eq!(parts.test, [5, 4, 1]);
        assert_eq!(parts.train, [2, 11, 6, 7, 0, 3, 9, 8, 10]);
        let places = [0, 1, 1, 2, 0, 1, 2, 2, 1, 0, 0, 1];
        let parts = hold_out(12, 0.3, Some((&places, 3)), 3).unwrap();
        assert_eq!(parts.test, [1, 9, 8, 6]);
        assert_eq!(parts.train, [10, 11, 3, 5, 4, 7, 0, 2]);
        let lonely = [0, 1, 1, 1, 0, 1, 2, 1, 1, 0, 0, 1];
        assert!(hold_out(12, 0.3, Some((&lonely, 3)), 3).is_err());
    }
}
