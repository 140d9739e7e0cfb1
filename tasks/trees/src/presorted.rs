//! The rows of a tree in the order of each column, kept from node to node: they
//! are sorted once, and parted at every split, which leaves them in order.
//! Only of columns in which few rows have the same value. In which order those
//! stand may matter, and is [`search`](crate::search)'s business.

use std::ops::Range;

use crate::order::Entry;
use crate::table::Table;

/// Nodes of fewer rows are sorted more quickly than they are parted.
const LEAST: usize = 8;
/// Columns are parted if one in so many is looked at.
const LOOKED_AT: usize = 2;

/// Values are few if rows are more than so many times as many.
const FEW: usize = 2;

/// Rows by column, node by node.
pub(crate) struct Presorted {
    rows: usize,
    /// Column after column; places are rows of the table.
    entries: Vec<Entry>,
    /// How many columns before each are kept, if it is.
    starts: Vec<Option<usize>>,
    /// Whether a column has rows of the same value.
    tied: Vec<bool>,
    /// Whether a row of the table goes to the left.
    left: Vec<bool>,
    spare: Vec<Entry>,
}

impl Presorted {
    /// None if that would take longer than it saves.
    pub(crate) fn new(table: &Table, rows: &[u32], looked_at: usize) -> Option<Self> {
        if rows.len() < LEAST || table.columns() > looked_at.saturating_mul(LOOKED_AT) {
            return None;
        }
        let mut presorted = Presorted {
            rows: rows.len(),
            entries: Vec::new(),
            starts: vec![None; table.columns()],
            tied: vec![false; table.columns()],
            left: vec![false; table.rows()],
            spare: vec![Entry::default(); rows.len()],
        };
        let (mut places, mut kept) = (Vec::new(), 0);
        for column in 0..table.columns() {
            let start = kept * rows.len();
            let Some(distinct) = count(&mut places, table, column, rows) else {
                continue;
            };
            presorted
                .entries
                .resize(start + rows.len(), Entry::default());
            let (ranks, entries) = (table.ranks(column), &mut presorted.entries[start..]);
            for row in rows {
                let rank = ranks[*row as usize];
                let place = &mut places[rank as usize];
                entries[*place as usize] = Entry::new(rank, *row);
                *place += 1;
            }
            presorted.starts[column] = Some(start);
            presorted.tied[column] = distinct < rows.len();
            kept += 1;
        }
        (kept > 0).then_some(presorted)
    }

    /// The rows of a node in the order of a column, if it is known.
    #[inline]
    pub(crate) fn of(&self, column: usize, node: &Range<usize>) -> Option<&[Entry]> {
        let start = self.starts[column].filter(|_| node.len() >= LEAST)?;
        Some(&self.entries[start + node.start..start + node.end])
    }

    /// Whether some of a node's rows, in the order of a column, have the same
    /// value.
    pub(crate) fn tied(&self, column: usize, entries: &[Entry]) -> bool {
        let same = |pair: &[Entry]| pair[0].rank() == pair[1].rank();
        self.tied[column] && entries.windows(2).any(same)
    }

    /// Parts a node, in the order of all columns.
    pub(crate) fn part(&mut self, node: &Range<usize>, left: &[u32], right: &[u32]) {
        if left.len().max(right.len()) < LEAST {
            return;
        }
        for (rows, is_left) in [(left, true), (right, false)] {
            for row in rows {
                self.left[*row as usize] = is_left;
            }
        }
        for column in self.entries.chunks_exact_mut(self.rows) {
            let (mut lefts, mut rights) = (0, 0);
            let (entries, spare) = (&mut column[node.clone()], &mut self.spare[..node.len()]);
            for i in 0..entries.len() {
                // Never to the right of where it was.
                let entry = entries[i];
                let left = self.left[entry.place() as usize];
                entries[lefts] = entry;
                spare[rights] = entry;
                lefts += usize::from(left);
                rights += usize::from(!left);
            }
            entries[lefts..].copy_from_slice(&spare[..rights]);
        }
    }
}

/// Counts how many rows come before each rank; answers with how many of the
/// ranks there are, or with none if they are few or a value is missing.
fn count(places: &mut Vec<u32>, table: &Table, column: usize, rows: &[u32]) -> Option<usize> {
    let missing = table.missing(column) as usize;
    if missing * FEW < rows.len() {
        return None;
    }
    places.clear();
    places.resize(missing + 1, 0);
    let ranks = table.ranks(column);
    for row in rows {
        places[ranks[*row as usize] as usize] += 1;
    }
    let distinct = places.iter().filter(|rows| **rows > 0).count();
    if places[missing] > 0 || distinct * FEW < rows.len() {
        return None;
    }
    let mut before = 0;
    for place in places {
        before += std::mem::replace(place, before);
    }
    Some(distinct)
}

#[cfg(test)]
mod tests {
    use super::*;
    use pleat_num::rng::RandomState;

    #[test]
    fn parts_stay_in_order() {
        let (n, mut draws) = (60, RandomState::new(1));
        let mut values: Vec<f64> = (0..2 * n).map(|_| draws.double()).collect();
        // A tie, a column of ties, and one with a missing value.
        values[4] = values[6];
        values.extend((0..n).map(|i| f64::from(i % 7)));
        values.extend((0..n).map(|i| if i == 3 { f64::NAN } else { f64::from(i) }));
        let table = Table::new(&values, n as usize);
        let mut rows: Vec<u32> = (0..n).filter(|row| row % 5 > 0).collect();
        let mut presorted = Presorted::new(&table, &rows, 4).unwrap();
        let all = 0..rows.len();
        assert!(presorted.of(2, &all).is_none() && presorted.of(3, &all).is_none());
        let known = presorted.of(0, &all).unwrap();
        assert!(presorted.tied(0, known) && !presorted.tied(0, &known[..1]));
        assert!(!presorted.tied(1, presorted.of(1, &all).unwrap()));
        let middle = 20;
        rows.sort_by_key(|row| table.ranks(1)[*row as usize]);
        presorted.part(&all, &rows[..middle], &rows[middle..]);
        for node in [0..middle, middle..rows.len()] {
            for column in 0..2 {
                let ranks = table.ranks(column);
                let mut expected = rows[node.clone()].to_vec();
                expected.sort_unstable();
                expected.sort_by_key(|row| ranks[*row as usize]);
                let expected: Vec<Entry> = expected
                    .iter()
                    .map(|row| Entry::new(ranks[*row as usize], *row))
                    .collect();
                assert_eq!(presorted.of(column, &node), Some(expected.as_slice()));
            }
        }
    }

    #[test]
    fn few_rows_or_columns_are_not_worth_it() {
        let values: Vec<f64> = (0..340).map(f64::from).collect();
        let table = Table::new(&values, 10);
        let rows: Vec<u32> = (0..10).collect();
        assert!(Presorted::new(&table, &rows, 17).is_some());
        assert!(Presorted::new(&table, &rows, 16).is_none());
        assert!(Presorted::new(&table, &rows[..LEAST - 1], 34).is_none());
    }
}
