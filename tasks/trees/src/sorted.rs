//! The rows of a node, sorted by every column at once.
//!
//! A column is sorted once per dataset. A fit picks its rows out of that
//! order, and a split divides every column's run in two without disturbing
//! it, so no node ever sorts. Values are rounded to single precision first,
//! as scikit-learn does it. Missing ones come last.

use std::ops::Range;

/// Values this close are one value, as in scikit-learn.
const FEATURE_THRESHOLD: f32 = 1e-7;

/// All rows of a dataset in the order of each column.
pub struct Order {
    rows: usize,
    /// Column after column: values ascending, each with its row; equal values
    /// in the order of the rows.
    entries: Vec<Entry>,
}

/// One value of a column.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// Rounded to single precision.
    pub value: f32,
    /// Its row in the dataset.
    pub row: u32,
}

impl Order {
    /// How many rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Sorts every column of a column-major matrix.
    #[must_use]
    pub fn new(values: &[f64], rows: usize) -> Self {
        let mut entries = Vec::with_capacity(values.len());
        for column in values.chunks_exact(rows) {
            let start = entries.len();
            let entry = |(row, value): (u32, &f64)| Entry {
                value: *value as f32,
                row,
            };
            entries.extend((0u32..).zip(column).map(entry));
            // The dataset has one NaN, a positive one, which sorts above all.
            entries[start..].sort_by(|a, b| a.value.total_cmp(&b.value));
        }
        Order { rows, entries }
    }
}

/// The rows of a fit in the order of each column, divided among the nodes:
/// a node has the same range in every column.
pub struct Runs {
    length: usize,
    entries: Vec<Entry>,
    /// For each row of the dataset whether it goes to the left child.
    left: Vec<bool>,
    spare: Vec<Entry>,
}

impl Runs {
    /// Picks rows out of the order of all; `times` says for each row of the
    /// dataset how often it counts.
    #[must_use]
    pub fn new(order: &Order, times: &[u32]) -> Self {
        let length = times.iter().map(|t| *t as usize).sum();
        let mut entries = Vec::with_capacity(order.entries.len() / order.rows * length);
        for column in order.entries.chunks_exact(order.rows) {
            for entry in column {
                for _ in 0..times[entry.row as usize] {
                    entries.push(*entry);
                }
            }
        }
        Runs {
            length,
            entries,
            left: vec![false; order.rows],
            spare: Vec::new(),
        }
    }

    /// How many rows there are, each counted as often as it was named.
    #[must_use]
    pub fn length(&self) -> usize {
        self.length
    }

    /// How many columns.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.entries.len().checked_div(self.length).unwrap_or(0)
    }

    /// A node's rows in the order of one column.
    #[must_use]
    pub fn of(&self, column: usize, node: &Range<usize>) -> &[Entry] {
        &self.entries[column * self.length + node.start..column * self.length + node.end]
    }

    /// Says for each row of a node on which side of a value of a column it is.
    pub fn mark(&mut self, node: &Range<usize>, column: usize, threshold: f64, missing_left: bool) {
        let start = column * self.length;
        for entry in &self.entries[start + node.start..start + node.end] {
            self.left[entry.row as usize] = if entry.value.is_nan() {
                missing_left
            } else {
                f64::from(entry.value) <= threshold
            };
        }
    }

    /// Whether a row was last marked as being to the left.
    #[must_use]
    pub fn is_left(&self, row: u32) -> bool {
        self.left[row as usize]
    }

    /// Divides a node as marked.
    pub fn divide(&mut self, node: &Range<usize>) {
        for column in self.entries.chunks_exact_mut(self.length) {
            let run = &mut column[node.clone()];
            self.spare.clear();
            let mut kept = 0;
            for i in 0..run.len() {
                let entry = run[i];
                if self.left[entry.row as usize] {
                    run[kept] = entry;
                    kept += 1;
                } else {
                    self.spare.push(entry);
                }
            }
            run[kept..].copy_from_slice(&self.spare);
        }
    }
}

/// Whether two neighbouring values can be told apart.
#[must_use]
pub fn apart(lower: f32, upper: f32) -> bool {
    upper > lower + FEATURE_THRESHOLD
}

/// Where a split between two neighbouring values is made.
#[must_use]
pub fn midpoint(lower: f32, upper: f32) -> f64 {
    // Halved before they are added, so that it stays finite.
    let middle = f64::from(lower) / 2.0 + f64::from(upper) / 2.0;
    if middle == f64::from(upper) || middle.is_infinite() {
        f64::from(lower)
    } else {
        middle
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_divided_node_stays_sorted_in_every_column() {
        let values = [3.0, 1.0, 2.0, 0.0, /* and */ 5.0, 6.0, 7.0, 8.0];
        let mut runs = Runs::new(&Order::new(&values, 4), &[1, 2, 1, 1]);
        let rows = |runs: &Runs, c, node| -> Vec<u32> {
            runs.of(c, &node).iter().map(|entry| entry.row).collect()
        };
        assert_eq!((runs.length(), runs.columns()), (5, 2));
        assert_eq!(rows(&runs, 0, 0..5), [3, 1, 1, 2, 0]);
        runs.mark(&(0..5), 0, 1.5, false);
        assert!(runs.is_left(1) && !runs.is_left(2));
        runs.divide(&(0..5));
        assert_eq!(rows(&runs, 0, 0..3), [3, 1, 1]);
        assert_eq!(rows(&runs, 1, 0..3), [1, 1, 3]);
        assert_eq!(rows(&runs, 1, 3..5), [0, 2]);
    }

    #[test]
    fn missing_values_come_last_and_go_either_way() {
        let values = [f64::NAN, 1.0, 2.0, f64::NAN];
        for (missing_left, parts) in [(true, [1, 0, 3, 2]), (false, [1, 2, 0, 3])] {
            let mut runs = Runs::new(&Order::new(&values, 4), &[1; 4]);
            let rows = |runs: &Runs| -> Vec<u32> {
                runs.of(0, &(0..4)).iter().map(|entry| entry.row).collect()
            };
            assert_eq!(rows(&runs), [1, 2, 0, 3]);
            runs.mark(&(0..4), 0, 1.5, missing_left);
            runs.divide(&(0..4));
            assert_eq!(rows(&runs), parts);
        }
    }

    #[test]
    fn values_are_told_apart_in_single_precision() {
        assert!(!apart(0.0, 1e-7) && apart(0.0, 2e-7));
        // Neighbouring numbers, whose midpoint would round to the upper one.
        assert_eq!(midpoint(1.0, 2.0), 1.5);
        assert_eq!(midpoint(-3e38, 3e38), 0.0);
    }
}
