//! Means and variances of columns, and rows with the former taken off.

use pleat_guest::Rows;

use crate::points::Points;

/// Columns that are looked at together: as many numbers as a cache line has.
const BLOCK: usize = 8;

/// Of each column.
#[derive(Clone, Debug, Default)]
pub struct Moments {
    /// The mean.
    pub mean: Vec<f64>,
    /// The mean square of what is off the mean.
    pub variances: Vec<f64>,
}

/// The moments of rows.
#[must_use]
pub fn moments(rows: &Rows<'_>) -> Moments {
    let mut found = Moments::default();
    each_block(rows, &mut found, |_, _| {});
    found
}

/// Rows less their mean, and the moments of the rows themselves.
#[must_use]
pub fn centred(rows: &Rows<'_>) -> (Points, Moments) {
    let width = rows.n_columns();
    let mut found = Moments::default();
    let mut values = vec![0.0; rows.len() * width];
    each_block(rows, &mut found, |first, block| {
        let lanes = BLOCK.min(width - first);
        for (row, numbers) in values.chunks_exact_mut(width).zip(block) {
            row[first..first + lanes].copy_from_slice(&numbers[..lanes]);
        }
    });
    (Points::new(values, width), found)
}

/// Takes the means off a few columns at a time. `each` hears of the first of
/// them, and of what is left, row by row.
fn each_block(rows: &Rows<'_>, found: &mut Moments, mut each: impl FnMut(usize, &[[f64; BLOCK]])) {
    let n = rows.len() as f64;
    let width = rows.n_columns();
    let mut block = vec![[0.0; BLOCK]; rows.len()];
    for first in (0..width).step_by(BLOCK) {
        let lanes = BLOCK.min(width - first);
        for lane in 0..lanes {
            let column = rows.dataset().column(first + lane);
            for (numbers, row) in block.iter_mut().zip(rows.indices()) {
                numbers[lane] = column[*row as usize];
            }
        }
        let mut mean = [0.0; BLOCK];
        for numbers in &block {
            mean.iter_mut().zip(numbers).for_each(|(sum, x)| *sum += x);
        }
        mean.iter_mut().for_each(|sum| *sum /= n);
        let mut squares = [0.0; BLOCK];
        for numbers in &mut block {
            for lane in 0..BLOCK {
                numbers[lane] -= mean[lane];
                squares[lane] += numbers[lane] * numbers[lane];
            }
        }
        found.mean.extend(&mean[..lanes]);
        found
            .variances
            .extend(squares[..lanes].iter().map(|sum| sum / n));
        each(first, &block);
    }
}
