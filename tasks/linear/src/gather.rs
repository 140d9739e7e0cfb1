//! The columns of a fit's rows, put one behind the other. Rows of a fold stand
//! next to each other more often than not, and are copied as they stand.

use std::ops::Range;

use pleat_guest::Rows;

/// Rows that are copied at once, on average, from which on it is worth it.
const WORTH: usize = 8;

/// The columns of some rows of a dataset.
pub struct Gather<'a> {
    rows: &'a Rows<'a>,
    /// Rows that follow each other; empty if they are copied one by one.
    runs: Vec<Range<usize>>,
}

impl<'a> Gather<'a> {
    /// Looks at which rows follow each other.
    #[must_use]
    pub fn new(rows: &'a Rows<'a>) -> Self {
        let mut runs: Vec<Range<usize>> = Vec::new();
        for row in rows.indices() {
            let (row, many) = (*row as usize, runs.len() * WORTH > rows.len());
            match runs.last_mut() {
                Some(run) if run.end == row => run.end += 1,
                _ if many => {
                    runs.clear();
                    break;
                }
                _ => runs.push(row..row + 1),
            }
        }
        Gather { rows, runs }
    }

    /// How many rows.
    #[must_use]
    #[allow(clippy::len_without_is_empty)]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// How many columns.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.rows.n_columns()
    }

    /// Puts a column behind what is there.
    pub fn append(&self, column: usize, to: &mut Vec<f64>) {
        let column = self.rows.dataset().column(column);
        if self.runs.is_empty() {
            to.extend(self.rows.indices().iter().map(|row| column[*row as usize]));
        }
        for run in &self.runs {
            to.extend_from_slice(&column[run.clone()]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pleat_guest::{Dataset, native};

    #[test]
    fn rows_come_in_the_order_they_were_named() {
        let values: Vec<[f64; 2]> = (0..50).map(|i| [f64::from(i), -f64::from(i)]).collect();
        let data = Dataset::new(native::data(&values)).unwrap();
        let orders: [Vec<u32>; 5] = [
            (0..50).collect(),
            (0..20).chain(30..50).collect(),
            (0..25).map(|i| 2 * i).collect(),
            (10..50).chain(3..40).chain([7]).collect(),
            vec![4, 4, 4, 5, 5, 6, 0],
        ];
        for order in orders {
            let rows = Rows::new(&data, &order).unwrap();
            let gather = Gather::new(&rows);
            let mut got = Vec::new();
            (0..gather.columns()).for_each(|c| gather.append(c, &mut got));
            assert_eq!(got, rows.column_major());
        }
    }
}
