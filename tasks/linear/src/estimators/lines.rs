//! What classifiers with a line a class say and show alike.

use pleat_guest::{Attribute, Error};

use crate::line::Line;

/// Refuses rows that are all of one class.
pub(super) fn at_least_two(estimator: &str, classes: &[u32], rows: usize) -> Result<(), Error> {
    match classes {
        [only] => Err(Error::InvalidData(format!(
            "{estimator} needs rows of at least two classes, but all {rows} rows are of class \
             {only}."
        ))),
        _ => Ok(()),
    }
}

/// `coef_`, `intercept_` and `n_iter_`.
pub(super) fn attributes(lines: &[Line], n_iter: u64) -> Vec<Attribute> {
    let width = lines.first().map_or(0, |line| line.coefficients.len());
    let coefficients = lines.iter().flat_map(|line| line.coefficients.clone());
    let intercepts = lines.iter().map(|line| line.intercept);
    vec![
        Attribute::matrix("coef_", width, coefficients.collect()),
        Attribute::vector("intercept_", intercepts.collect()),
        Attribute::number("n_iter_", n_iter as f64),
    ]
}
