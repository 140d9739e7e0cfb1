//! The arithmetic of steps: quantiles, searches for a minimum, decompositions,
//! scores of single columns.
//!
//! Functions on slices, in numpy's, scipy's and scikit-learn's order of
//! operations where that is known. What a step is, its parameters and what
//! it says about mistakes live in `steps`.

pub(super) mod brent;
pub(super) mod kmeans;
pub(super) mod mutual;
pub(super) mod normal;
pub(super) mod percentile;
pub(super) mod power;
pub(super) mod svd;
pub(super) mod univariate;

use pleat_num::sum;

/// `np.sum(X, axis=0)` of one of the `columns` columns of a matrix stored row
/// by row: numpy adds whole rows, so from top to bottom, unless the column is
/// the only one and its values stand side by side.
pub(super) fn column_sum(values: &[f64], columns: usize) -> f64 {
    if columns == 1 {
        sum::pairwise(values)
    } else {
        values.iter().fold(0.0, |s, x| s + x)
    }
}

/// `np.var(X, axis=0)` of one of `columns` columns.
pub(super) fn column_variance(values: &[f64], columns: usize) -> f64 {
    let n = values.len() as f64;
    let mean = column_sum(values, columns) / n;
    let squares: Vec<f64> = values.iter().map(|x| (x - mean) * (x - mean)).collect();
    column_sum(&squares, columns) / n
}

/// `np.linspace(low, high, count)`.
pub(super) fn linspace(low: f64, high: f64, count: usize) -> Vec<f64> {
    let delta = high - low;
    let parts = count.saturating_sub(1) as f64;
    let step = delta / parts;
    let at = |i: usize| {
        let i = i as f64;
        // So near to each other that the step is nothing: divide later.
        let offset = if step == 0.0 {
            i / parts * delta
        } else {
            i * step
        };
        if count > 1 { offset + low } else { low }
    };
    let mut out: Vec<f64> = (0..count).map(at).collect();
    if let [_, .., last] = out.as_mut_slice() {
        *last = high;
    }
    out
}

/// Smallest and largest value; `None` of nothing or of a NaN among them.
pub(super) fn extent(values: &[f64]) -> Option<(f64, f64)> {
    let first = *values.first()?;
    let widen = |(low, high): (f64, f64), x: &f64| (low.min(*x), high.max(*x));
    let nan = values.iter().any(|x| x.is_nan());
    (!nan).then(|| values.iter().fold((first, first), widen))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// numpy 2.4.6.
    #[test]
    fn linspace_is_numpys() {
        assert_eq!(linspace(0.0, 1.0, 1), [0.0]);
        assert_eq!(linspace(0.0, 1.0, 4), [0.0, 1.0 / 3.0, 2.0 / 3.0, 1.0]);
        assert_eq!(linspace(0.1, 0.7, 7), [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7]);
        assert_eq!(linspace(0.0, 5e-324, 3), [0.0, 0.0, 5e-324]);
        assert!(linspace(0.0, 1.0, 0).is_empty());
    }

    #[test]
    fn an_extent_needs_numbers() {
        assert_eq!(extent(&[2.0, -1.0, 3.0]), Some((-1.0, 3.0)));
        assert_eq!(extent(&[2.0, f64::NAN]), None);
        assert_eq!(extent(&[]), None);
    }
}
