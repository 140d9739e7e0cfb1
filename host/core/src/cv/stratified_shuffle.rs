//! StratifiedShuffleSplit: rows drawn at random, class by class, so that each
//! side has about the same share of each class.

use pleat_num::rng::RandomState;

use super::CvError;
use super::codes::Codes;
use super::shuffle::Draws;
use super::splits::Split;

/// The rows of each split, in the order drawn.
pub(super) fn draw(draws: Draws, classes: &Codes) -> Result<Vec<Split>, CvError> {
    let (counts, mut rng) = draws.start(classes.of_row.len(), "rows")?;
    let single = classes.counts.iter().filter(|n| **n < 2).count();
    if single > 0 {
        return Err(CvError::SingleMember { classes: single });
    }
    let n_classes = classes.counts.len();
    for (name, size) in [("train_size", counts.train), ("test_size", counts.test)] {
        if size < n_classes {
            return Err(CvError::FewerThanClasses {
                name,
                size,
                classes: n_classes,
            });
        }
    }
    let members = classes.members();
    let once = |_| {
        let to_train = shares(&classes.counts, counts.train, &mut rng);
        let left: Vec<usize> = classes
            .counts
            .iter()
            .zip(&to_train)
            .map(|(all, taken)| all.saturating_sub(*taken))
            .collect();
        let to_test = shares(&left, counts.test, &mut rng);
        let (mut train, mut test) = (Vec::new(), Vec::new());
        for (class, rows) in members.iter().enumerate() {
            let mut drawn = rng.choice(rows, rows.len()).into_iter();
            train.extend(drawn.by_ref().take(to_train[class]));
            test.extend(drawn.take(to_test[class]));
        }
        rng.shuffle(&mut train);
        rng.shuffle(&mut test);
        Split { train, test }
    };
    Ok((0..draws.n_splits).map(once).collect())
}

/// `n` rows shared out among classes by their sizes: what is left after
/// rounding down goes to the largest remainders, among equal ones at random.
fn shares(sizes: &[usize], n: usize, rng: &mut RandomState) -> Vec<usize> {
    let all = sizes.iter().sum::<usize>() as f64;
    let exact: Vec<f64> = sizes.iter().map(|s| *s as f64 / all * n as f64).collect();
    let mut shares: Vec<usize> = exact.iter().map(|x| x.floor() as usize).collect();
    let mut missing = n.saturating_sub(shares.iter().sum());
    let remainder: Vec<f64> = exact.iter().map(|x| x - x.floor()).collect();
    let mut values = remainder.clone();
    values.sort_by(|a, b| b.total_cmp(a));
    values.dedup();
    for value in values {
        if missing == 0 {
            break;
        }
        let equal: Vec<usize> = (0..sizes.len())
            .filter(|class| remainder[*class] == value)
            .collect();
        // Drawn from even when there are enough for all.
        let chosen = rng.choice(&equal, missing);
        missing -= chosen.len();
        chosen.into_iter().for_each(|class| shares[class] += 1);
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    /// scikit-learn's `_approximate_mode` with `RandomState(0)`, and
    /// `randint(1000)` afterwards.
    #[test]
    fn ties_are_broken_with_scikit_learns_draws() {
        let cases: [(&[usize], usize, &[usize], i64); 5] = [
            (&[4, 2], 3, &[2, 1], 684),
            (&[5, 2], 4, &[3, 1], 684),
            (&[2, 2, 2, 1], 2, &[0, 1, 1, 0], 629),
            (&[10, 10, 10, 10, 10, 7], 13, &[2, 2, 3, 2, 2, 2], 835),
            (&[3, 3, 3], 9, &[3, 3, 3], 684),
        ];
        for (sizes, n, expected, after) in cases {
            let mut rng = RandomState::new(0);
            assert_eq!(shares(sizes, n, &mut rng), expected);
            assert_eq!(rng.randint(0, 1000), after);
        }
    }
}
