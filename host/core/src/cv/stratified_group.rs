//! StratifiedGroupKFold: folds of whole groups in which each class has about
//! the same share.
//!
//! Groups whose rows are spread least evenly over the classes go first, each
//! into the fold where it leaves the shares most alike. Which that is hangs on
//! the last bits of standard deviations, so sums go in numpy's order.

use pleat_num::rng::RandomState;
use pleat_num::sum;

use super::codes::Codes;
use super::{CvError, MOST_WEIGHED, group_kfold, stratified};

/// The fold of each row.
pub(super) fn assign(
    classes: &Codes,
    groups: &Codes,
    folds: u32,
    rng: Option<&mut RandomState>,
) -> Result<Vec<u32>, CvError> {
    stratified::check(classes, folds)?;
    group_kfold::check(groups, folds)?;
    let (n_classes, n_groups) = (classes.counts.len(), groups.counts.len());
    let weighed = [n_groups, n_classes, folds as usize, folds as usize]
        .into_iter()
        .fold(1_u64, |product, n| product.saturating_mul(n as u64));
    if weighed > MOST_WEIGHED {
        return Err(CvError::TooMuchToWeigh {
            groups: n_groups,
            classes: n_classes,
            n_splits: folds,
        });
    }

    let mut members = vec![vec![0.0; n_classes]; n_groups];
    for (group, class) in groups.of_row.iter().zip(&classes.of_row) {
        members[*group as usize][*class as usize] += 1.0;
    }
    let mut order: Vec<usize> = (0..n_groups).collect();
    if let Some(rng) = rng {
        rng.shuffle(&mut order);
    }
    let spread: Vec<f64> = members.iter().map(|counts| sum::std(counts)).collect();
    // Stable: equal ones stay as they were shuffled.
    order.sort_by(|a, b| spread[*b].total_cmp(&spread[*a]));

    let mut shares = Shares::new(&classes.counts, folds);
    let mut fold_of_group = vec![0; n_groups];
    for group in order {
        let fold = shares.best_fold(&members[group]);
        shares.put(fold, &members[group]);
        fold_of_group[group] = fold as u32;
    }
    let of_row = groups.of_row.iter().map(|g| fold_of_group[*g as usize]);
    Ok(of_row.collect())
}

/// How much of each class each fold has.
struct Shares {
    /// Rows of each class.
    totals: Vec<f64>,
    /// Rows of a class in each fold, class by class.
    rows: Vec<Vec<f64>>,
    /// `rows` by `totals`.
    shares: Vec<Vec<f64>>,
    /// Rows in each fold.
    filled: Vec<f64>,
}

impl Shares {
    fn new(totals: &[usize], folds: u32) -> Self {
        let empty = vec![vec![0.0; folds as usize]; totals.len()];
        Self {
            totals: totals.iter().map(|n| *n as f64).collect(),
            rows: empty.clone(),
            shares: empty,
            filled: vec![0.0; folds as usize],
        }
    }

    /// The fold where the group leaves shares most alike; of those about
    /// equal the one with fewer rows, then the first.
    fn best_fold(&mut self, group: &[f64]) -> usize {
        let (mut best, mut least, mut fewest) = (0, f64::INFINITY, f64::INFINITY);
        for fold in 0..self.filled.len() {
            let uneven = self.uneven_with(fold, group);
            let filled = self.filled[fold];
            if uneven < least || (is_close(uneven, least) && filled < fewest) {
                (best, least, fewest) = (fold, uneven, filled);
            }
        }
        best
    }

    /// How uneven the classes' shares would be with the group in this fold.
    fn uneven_with(&mut self, fold: usize, group: &[f64]) -> f64 {
        // numpy adds an axis that is not the last one row by row, and one of
        // a single column pairwise.
        let single = self.totals.len() == 1;
        let mut spreads = Vec::with_capacity(group.len());
        for (class, more) in group.iter().enumerate() {
            let shares = &mut self.shares[class];
            let before = shares[fold];
            shares[fold] = (self.rows[class][fold] + more) / self.totals[class];
            spreads.push(if single {
                sum::std(shares)
            } else {
                std_in_order(shares)
            });
            shares[fold] = before;
        }
        sum::mean(&spreads)
    }

    fn put(&mut self, fold: usize, group: &[f64]) {
        for (class, more) in group.iter().enumerate() {
            self.rows[class][fold] += more;
            self.shares[class][fold] = self.rows[class][fold] / self.totals[class];
            self.filled[fold] += more;
        }
    }
}

/// The standard deviation of values summed one after another.
fn std_in_order(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let mean = values.iter().fold(0.0, |sum, x| sum + x) / n;
    let squares = values
        .iter()
        .fold(0.0, |sum, x| sum + (x - mean) * (x - mean));
    (squares / n).sqrt()
}

/// `np.isclose` with its defaults; `b` may be infinite.
fn is_close(a: f64, b: f64) -> bool {
    b.is_finite() && (a - b).abs() <= 1e-8 + 1e-5 * b.abs()
}
