//! Scores of single columns against a target: how much each says about it.
//!
//! Those of scikit-learn's `feature_selection` that have a closed form; what
//! they are needed for is the order of columns, so there are no p-values.

use pleat_num::{dense, sum};

use super::{column_sum, extent};

/// Analysis of variance: the variance between classes over that within.
/// `codes` names each row's class, from 0 to `classes`, each at least once.
pub(in crate::pipeline) fn f_classif(
    columns: &[Vec<f64>],
    codes: &[usize],
    classes: usize,
) -> Vec<f64> {
    let width = columns.len();
    let rows = codes.len() as f64;
    let sizes: Vec<f64> = members(codes, classes)
        .iter()
        .map(|m| m.len() as f64)
        .collect();
    let of_class = members(codes, classes);
    let score = |column: &Vec<f64>| {
        let groups = of_class
            .iter()
            .map(|m| m.iter().map(|r| column[*r]).collect::<Vec<f64>>());
        let groups: Vec<Vec<f64>> = groups.collect();
        let squares =
            |g: &Vec<f64>| column_sum(&g.iter().map(|x| x * x).collect::<Vec<_>>(), width);
        let all_squares = groups.iter().fold(0.0, |s, g| s + squares(g));
        let sums: Vec<f64> = groups.iter().map(|g| column_sum(g, width)).collect();
        let total = sums.iter().fold(0.0, |s, x| s + x);
        let square_of_total = total * total / rows;
        let within_and_between = all_squares - square_of_total;
        let between =
            sums.iter().zip(&sizes).fold(0.0, |s, (x, n)| s + x * x / n) - square_of_total;
        let within = within_and_between - between;
        (between / (classes as f64 - 1.0)) / (within / (rows - classes as f64))
    };
    columns.iter().map(score).collect()
}

/// How far the sums of each class are from what they would be if classes did
/// not matter. The values must not be negative.
pub(in crate::pipeline) fn chi2(columns: &[Vec<f64>], codes: &[usize], classes: usize) -> Vec<f64> {
    let rows = codes.len() as f64;
    let of_class = members(codes, classes);
    let score = |column: &Vec<f64>| {
        // Of one class scikit-learn makes two, the other empty: 0 of 0.
        if classes < 2 {
            return f64::NAN;
        }
        let all = column_sum(column, columns.len());
        of_class.iter().fold(0.0, |score, m| {
            let observed = m.iter().fold(0.0, |s, r| s + column[*r]);
            let expected = m.len() as f64 / rows * all;
            let off = observed - expected;
            score + off * off / expected
        })
    };
    columns.iter().map(score).collect()
}

/// Pearson's correlation with the target; 0 where one of both is constant.
pub(in crate::pipeline) fn r_regression(columns: &[Vec<f64>], target: &[f64]) -> Vec<f64> {
    let width = columns.len();
    let rows = target.len() as f64;
    let mean = sum::mean(target);
    let y: Vec<f64> = target.iter().map(|y| y - mean).collect();
    let y_norm = dense::dot(&y, &y).sqrt();
    let constant = |values: &[f64]| extent(values).is_none_or(|(low, high)| low == high);
    let flat = constant(target);
    let score = |x: &Vec<f64>| {
        // Rounding would make something of the nothing that is left of them.
        if flat || constant(x) {
            return 0.0;
        }
        let mean = column_sum(x, width) / rows;
        let norm = (dense::dot(x, x) - rows * (mean * mean)).sqrt();
        let r = dense::dot(&y, x) / norm / y_norm;
        if r.is_nan() { 0.0 } else { r }
    };
    columns.iter().map(score).collect()
}

/// The F statistic of a regression on each column alone; the largest float
/// where the column says everything.
pub(in crate::pipeline) fn f_regression(columns: &[Vec<f64>], target: &[f64]) -> Vec<f64> {
    let freedom = target.len() as f64 - 2.0;
    let score = |r: f64| {
        let unexplained = 1.0 - r * r;
        // Rounding can carry r beyond 1, where F would be the lowest of all.
        if unexplained > 0.0 {
            r * r / unexplained * freedom
        } else if freedom > 0.0 {
            f64::MAX
        } else {
            0.0
        }
    };
    r_regression(columns, target)
        .into_iter()
        .map(score)
        .collect()
}

/// The rows of each class.
pub(super) fn members(codes: &[usize], classes: usize) -> Vec<Vec<usize>> {
    let mut out = vec![Vec::new(); classes];
    for (row, code) in codes.iter().enumerate() {
        out[*code].push(row);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(got: &[f64], wanted: &[f64]) {
        for (a, b) in got.iter().zip(wanted) {
            assert!(
                (a - b).abs() <= 1e-13 * b.abs().max(1.0) || (a.is_nan() && b.is_nan()),
                "{got:?}"
            );
        }
        assert_eq!(got.len(), wanted.len());
    }

    /// scikit-learn 1.9.1, but for r of the constant column, which is not
    /// computed there but rounded.
    #[test]
    fn scores_are_scikit_learns() {
        let x = [
            vec![1.0, 2.0, 4.0, 3.0, 5.0, 7.0],
            vec![3.0, 1.0, 4.0, 1.0, 9.0, 2.0],
            vec![2.5; 6],
        ];
        let codes = [0, 0, 1, 1, 1, 0];
        let y = [1.0, 2.0, 4.0, 3.0, 6.0, 5.0];
        near(
            &f_classif(&x, &codes, 2),
            &[0.117_647_058_823_530_3, 1.230_769_230_769_229_5, f64::NAN],
        );
        near(&chi2(&x, &codes, 2), &[0.181_818_181_818_181_82, 3.2, 0.0]);
        near(
            &f_regression(&x, &y),
            &[15.367_588_932_806_28, 2.761_363_636_363_637, 0.0],
        );
        near(
            &r_regression(&x, &y),
            &[0.890_768_986_749_706_8, 0.639_064_442_247_053_7, 0.0],
        );
    }

    #[test]
    fn what_says_everything_or_nothing_has_a_score() {
        let y = [1.0, 2.0, 4.0];
        let same = y.to_vec();
        // scikit-learn has -2.25e15 here.
        assert_eq!(f_regression(std::slice::from_ref(&same), &y), [f64::MAX]);
        assert_eq!(f_regression(std::slice::from_ref(&same), &[2.0; 3]), [0.0]);
        assert!(f_classif(std::slice::from_ref(&same), &[0; 3], 1)[0].is_nan());
        assert!(chi2(&[same], &[0; 3], 1)[0].is_nan());
    }
}
