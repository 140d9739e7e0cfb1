//! Rows that are not learned from, and how well they are predicted: what
//! early stopping goes by. Draws as scikit-learn's `ShuffleSplit` and
//! `StratifiedShuffleSplit`, so that the rows are the same.

use pleat_num::rng::RandomState;
use pleat_num::sum;

/// Marks `share` of `rows` rows at random; none if that leaves nothing on
/// either side.
#[must_use]
pub fn any(rows: usize, share: f64, seed: u32) -> Option<Vec<bool>> {
    let held = (share * rows as f64).ceil() as usize;
    if held == 0 || held >= rows {
        return None;
    }
    let mut out = vec![false; rows];
    let drawn = RandomState::new(seed).permutation(rows as u32);
    drawn[..held]
        .iter()
        .for_each(|row| out[*row as usize] = true);
    Some(out)
}

/// Marks as large a share of each class as of all rows; none if a class is
/// too small for that, or either side.
#[must_use]
pub fn of_each_class(classes: &[usize], share: f64, seed: u32) -> Option<Vec<bool>> {
    let n_classes = classes.iter().max().map_or(0, |c| c + 1);
    let mut members = vec![Vec::new(); n_classes];
    for (row, class) in classes.iter().enumerate() {
        members[*class].push(row);
    }
    let rows = classes.len();
    let held = (share * rows as f64).ceil() as usize;
    let learned = rows.saturating_sub(held);
    if held < n_classes || learned < n_classes || members.iter().any(|m| m.len() < 2) {
        return None;
    }
    let mut rng = RandomState::new(seed);
    let counts: Vec<usize> = members.iter().map(Vec::len).collect();
    let first = apportion(&counts, learned, &mut rng);
    let left: Vec<usize> = counts.iter().zip(&first).map(|(n, k)| n - k).collect();
    let second = apportion(&left, held, &mut rng);
    let mut out = vec![false; rows];
    for (c, members) in members.iter().enumerate() {
        let drawn = rng.permutation(members.len() as u32);
        for place in drawn.iter().skip(first[c]).take(second[c]) {
            out[members[*place as usize]] = true;
        }
    }
    Some(out)
}

/// Divides `draws` among classes in proportion to their counts: whole parts
/// first, then to the largest remainders, among equal ones at random.
fn apportion(counts: &[usize], draws: usize, rng: &mut RandomState) -> Vec<usize> {
    let total = counts.iter().sum::<usize>() as f64;
    let due: Vec<f64> = counts
        .iter()
        .map(|n| *n as f64 / total * draws as f64)
        .collect();
    let mut out: Vec<usize> = due.iter().map(|due| *due as usize).collect();
    let mut missing = draws.saturating_sub(out.iter().sum());
    let remainders: Vec<f64> = due.iter().map(|due| due - due.floor()).collect();
    let mut values = remainders.clone();
    values.sort_unstable_by(|a, b| b.total_cmp(a));
    values.dedup();
    for value in values {
        if missing == 0 {
            break;
        }
        let equal: Vec<usize> = (0..due.len()).filter(|c| remainders[*c] == value).collect();
        let now = missing.min(equal.len());
        rng.choice(&equal, now)
            .into_iter()
            .for_each(|c| out[c] += 1);
        missing -= now;
    }
    out
}

/// The weighted share of what is right.
#[must_use]
pub fn accuracy(right: &[bool], weights: &[f64]) -> f64 {
    let of_right = |(right, w): (&bool, &f64)| if *right { *w } else { 0.0 };
    let right: Vec<f64> = right.iter().zip(weights).map(of_right).collect();
    sum::pairwise(&right) / sum::pairwise(weights)
}

/// The weighted coefficient of determination; NaN for a single row.
#[must_use]
pub fn r2(y: &[f64], predicted: &[f64], weights: &[f64]) -> f64 {
    if y.len() < 2 {
        return f64::NAN;
    }
    let weighted = |of: &dyn Fn(usize) -> f64| {
        let terms: Vec<f64> = (0..y.len()).map(|i| weights[i] * of(i)).collect();
        sum::pairwise(&terms)
    };
    let mean = weighted(&|i| y[i]) / sum::pairwise(weights);
    let off = weighted(&|i| (y[i] - predicted[i]) * (y[i] - predicted[i]));
    let spread = weighted(&|i| (y[i] - mean) * (y[i] - mean));
    if spread != 0.0 {
        1.0 - off / spread
    } else {
        f64::from(u8::from(off == 0.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(marks: Option<Vec<bool>>) -> Vec<usize> {
        let marks = marks.unwrap();
        (0..marks.len()).filter(|row| marks[*row]).collect()
    }

    /// Of `ShuffleSplit(test_size=0.3, random_state=3)` and the stratified one.
    #[test]
    fn rows_are_scikit_learns() {
        assert_eq!(held(any(11, 0.3, 3)), [1, 2, 4, 5]);
        let classes = [0, 1, 2, 0, 1, 2, 0, 0, 1, 2, 0, 0, 1, 0, 0, 2];
        assert_eq!(held(of_each_class(&classes, 0.3, 3)), [0, 3, 4, 5, 7]);
    }

    #[test]
    fn too_little_is_refused() {
        assert_eq!(any(1, 0.5, 0), None);
        assert_eq!(of_each_class(&[0, 0, 1], 0.5, 0), None);
        assert_eq!(of_each_class(&[0, 0, 1, 1], 0.1, 0), None);
        assert_eq!(of_each_class(&[0, 0, 1, 1], 0.9, 0), None);
    }

    #[test]
    fn scores() {
        assert_eq!(accuracy(&[true, false, true], &[1.0, 3.0, 0.0]), 0.25);
        assert!(r2(&[1.0], &[1.0], &[1.0]).is_nan());
        assert_eq!(r2(&[1.0, 3.0], &[1.0, 1.0], &[1.0, 1.0]), -1.0);
        assert_eq!(r2(&[2.0, 2.0], &[2.0, 2.0], &[1.0, 1.0]), 1.0);
        assert_eq!(r2(&[2.0, 2.0], &[2.0, 1.0], &[1.0, 1.0]), 0.0);
    }
}
