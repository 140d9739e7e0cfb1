//! The values of a dataset as ranks: in each column the distinct values,
//! ascending, and for each row the place of its value among them.
//!
//! Made once per dataset; after that no node compares floats. Values are
//! rounded to single precision first, as scikit-learn does it. A missing value
//! has the rank after the last.

use std::cell::OnceCell;
use std::rc::Rc;

/// Values this close are one value, as in scikit-learn.
const FEATURE_THRESHOLD: f32 = 1e-7;

/// Rows are few if all are so many times as many.
const FEW_OF: usize = 8;
/// How many columns are turned into rows at a time.
const AT_ONCE: usize = 16;

/// Ranks of rows by columns, and what they stand for.
pub struct Table {
    rows: usize,
    /// Column after column.
    ranks: Vec<u32>,
    /// The same row after row, once it is asked for.
    by_row: OnceCell<Vec<u32>>,
    /// What ranks stand for.
    values: Values,
}

/// The distinct values of columns.
#[derive(Default)]
struct Listed {
    /// Column after column.
    values: Vec<f32>,
    /// For each value whether the next one is too close to be told apart.
    close: Vec<bool>,
    columns: Vec<Part>,
}

/// Where a column's values are, and whether any are close.
#[derive(Clone, Copy)]
struct Part {
    start: usize,
    end: usize,
    loose: bool,
}

#[derive(Clone)]
enum Values {
    Listed(Rc<Listed>),
    /// The ranks are the values' own bits, put so that they order as the values
    /// do; of so many columns.
    Bits(usize),
}

impl Table {
    /// Ranks every column of a column-major matrix.
    #[must_use]
    pub fn new(values: &[f64], rows: usize) -> Self {
        let mut ranks = vec![0; values.len()];
        let (mut listed, mut sorter) = (Listed::default(), Sorter::default());
        let columns = values.chunks_exact(rows);
        for (column, ranks) in columns.zip(ranks.chunks_exact_mut(rows)) {
            rank(sorter.sorted(column), &mut listed.values, ranks);
            listed.end_column();
        }
        Table {
            rows,
            ranks,
            by_row: OnceCell::new(),
            values: Values::Listed(Rc::new(listed)),
        }
    }

    /// The same without sorting anything, so that ranks have gaps: enough
    /// where they are only compared.
    #[must_use]
    pub fn unsorted(values: &[f64], rows: usize) -> Self {
        Table {
            rows,
            ranks: values.iter().map(|value| key_of(*value as f32)).collect(),
            by_row: OnceCell::new(),
            values: Values::Bits(values.len() / rows),
        }
    }

    /// These rows alone, in this order; a row may come twice.
    #[must_use]
    pub fn of_rows(&self, rows: &[u32]) -> Self {
        let mut ranks = Vec::with_capacity(self.columns() * rows.len());
        for column in self.ranks.chunks_exact(self.rows) {
            ranks.extend(rows.iter().map(|row| column[*row as usize]));
        }
        Table {
            rows: rows.len(),
            ranks,
            by_row: OnceCell::new(),
            values: self.values.clone(),
        }
    }

    /// These columns alone, in this order; a column may come twice.
    #[must_use]
    pub fn of_columns(&self, columns: &[usize]) -> Self {
        let ranks = columns.iter().flat_map(|c| self.ranks(*c)).copied();
        let values = match &self.values {
            Values::Bits(_) => Values::Bits(columns.len()),
            Values::Listed(of_all) => {
                let mut listed = Listed::default();
                for column in columns {
                    let part = of_all.columns[*column];
                    listed.values.extend(&of_all.values[part.start..part.end]);
                    listed.end_column();
                }
                Values::Listed(Rc::new(listed))
            }
        };
        Table {
            rows: self.rows,
            ranks: ranks.collect(),
            by_row: OnceCell::new(),
            values,
        }
    }

    /// How many rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// How many columns.
    #[must_use]
    pub fn columns(&self) -> usize {
        match &self.values {
            Values::Listed(listed) => listed.columns.len(),
            Values::Bits(columns) => *columns,
        }
    }

    /// Each row's rank in a column.
    #[must_use]
    pub fn ranks(&self, column: usize) -> &[u32] {
        &self.ranks[column * self.rows..(column + 1) * self.rows]
    }

    /// The ranks of some rows in a column; answers with the lowest and the
    /// highest. If `drawn` columns are looked at, few rows are picked from where
    /// all of a row's ranks stand, for the next column finds some of them near.
    #[inline]
    pub(crate) fn pick(
        &self,
        column: usize,
        rows: &[u32],
        drawn: usize,
        out: &mut Vec<u32>,
    ) -> (u32, u32) {
        let width = self.columns();
        if rows.len() * FEW_OF <= self.rows && rows.len() * width <= drawn * self.rows {
            let of_column = self.by_row().get(column..).unwrap_or_default();
            gather(rows, out, |row| of_column[row as usize * width])
        } else {
            let ranks = self.ranks(column);
            gather(rows, out, |row| ranks[row as usize])
        }
    }

    fn by_row(&self) -> &[u32] {
        self.by_row.get_or_init(|| {
            let width = self.columns();
            let mut by_row = vec![0; self.ranks.len()];
            // Some columns at a time, for their rows' places to stay near.
            for (first, columns) in (0..)
                .step_by(AT_ONCE)
                .zip(self.ranks.chunks(AT_ONCE * self.rows))
            {
                for row in 0..self.rows {
                    let to = &mut by_row[row * width + first..];
                    let ranks = columns.iter().skip(row).step_by(self.rows);
                    for (to, rank) in to.iter_mut().zip(ranks) {
                        *to = *rank;
                    }
                }
            }
            by_row
        })
    }

    /// The distinct values of a column, ascending, and which of them are close
    /// to the next, if any; nothing if ranks are not places in them.
    #[inline]
    pub(crate) fn values(&self, column: usize) -> (&[f32], &[bool]) {
        match &self.values {
            Values::Listed(listed) => {
                let Part { start, end, loose } = listed.columns[column];
                let close = if loose {
                    &listed.close[start..end]
                } else {
                    &[]
                };
                (&listed.values[start..end], close)
            }
            Values::Bits(_) => (&[], &[]),
        }
    }

    /// Whether two ranks' values can be told apart, the lower one first.
    #[inline]
    pub(crate) fn apart(&self, column: usize, lower: u32, upper: u32) -> bool {
        let (_, close) = self.values(column);
        match self.values {
            // Whoever is not close to the next is not close to any.
            Values::Listed(_) if !close.get(lower as usize).is_some_and(|close| *close) => true,
            _ => apart(self.value(column, lower), self.value(column, upper)),
        }
    }

    /// What a rank of a column stands for.
    #[must_use]
    #[inline]
    pub fn value(&self, column: usize, rank: u32) -> f32 {
        match &self.values {
            Values::Listed(_) => self.values(column).0[rank as usize],
            Values::Bits(_) => value_of(rank),
        }
    }

    /// The rank of a missing value.
    #[must_use]
    pub fn missing(&self, column: usize) -> u32 {
        match &self.values {
            Values::Listed(listed) => {
                let part = listed.columns[column];
                (part.end - part.start) as u32
            }
            Values::Bits(_) => MISSING,
        }
    }
}

/// Looks the rows' ranks up; answers with the lowest and the highest.
#[inline]
fn gather(rows: &[u32], out: &mut Vec<u32>, rank: impl Fn(u32) -> u32) -> (u32, u32) {
    let (mut low, mut high) = (u32::MAX, 0);
    out.resize(rows.len(), 0);
    for (out, row) in out.iter_mut().zip(rows) {
        let rank = rank(*row);
        *out = rank;
        low = low.min(rank);
        high = high.max(rank);
    }
    (low, high)
}

/// The rank of the last value up to a threshold, where ranks are bits.
pub(crate) fn rank_up_to(threshold: f64) -> u32 {
    key_of(rounded_down(threshold))
}

/// The largest number in single precision that is not above.
pub(crate) fn rounded_down(threshold: f64) -> f32 {
    let nearest = threshold as f32;
    if f64::from(nearest) > threshold {
        nearest.next_down()
    } else {
        nearest
    }
}

impl Listed {
    /// Ends the column whose values were added last.
    fn end_column(&mut self) {
        let start = self.columns.last().map_or(0, |part| part.end);
        let column = &self.values[start..];
        let close = |pair: &[f32]| !apart(pair[0], pair[1]);
        self.close.extend(column.windows(2).map(close));
        self.close.resize(self.values.len(), false);
        self.columns.push(Part {
            start,
            end: self.values.len(),
            loose: self.close[start..].contains(&true),
        });
    }
}

/// Gives a column's rows their ranks, from its values in order.
fn rank(sorted: &[(u32, u32)], values: &mut Vec<f32>, ranks: &mut [u32]) {
    let start = values.len();
    let mut last = None;
    for (key, row) in sorted {
        let value = value_of(*key);
        if last != Some(value) && !value.is_nan() {
            values.push(value);
            last = Some(value);
        }
        let distinct = (values.len() - start) as u32;
        ranks[*row as usize] = distinct - u32::from(!value.is_nan());
    }
}

/// Sorts columns, each value with its row, by counting some bits at a time.
#[derive(Default)]
struct Sorter {
    sorted: Vec<(u32, u32)>,
    spare: Vec<(u32, u32)>,
    places: Vec<u32>,
}

/// Below so many rows comparing is quicker than counting,
const FEW: usize = 64;
/// and from so many on more bits are.
const MANY: usize = 4096;

impl Sorter {
    fn sorted(&mut self, column: &[f64]) -> &[(u32, u32)] {
        self.sorted.clear();
        let keys = column.iter().map(|value| key_of(*value as f32));
        self.sorted.extend(keys.zip(0u32..));
        if column.len() < FEW {
            self.sorted.sort_unstable();
            return &self.sorted;
        }
        self.spare.resize(column.len(), (0, 0));
        let bits = if column.len() < MANY { 8 } else { 11 };
        for shift in (0..u32::BITS).step_by(bits) {
            self.pass(shift, bits);
        }
        &self.sorted
    }

    fn pass(&mut self, shift: u32, bits: usize) {
        let digit = |key: u32| (key >> shift) as usize & ((1 << bits) - 1);
        self.places.clear();
        self.places.resize(1 << bits, 0);
        for (key, _) in &self.sorted {
            self.places[digit(*key)] += 1;
        }
        let first = digit(self.sorted[0].0);
        if self.places[first] as usize == self.sorted.len() {
            return;
        }
        let mut start = 0;
        for place in &mut self.places {
            start += std::mem::replace(place, start);
        }
        for entry in &self.sorted {
            let place = &mut self.places[digit(entry.0)];
            self.spare[*place as usize] = *entry;
            *place += 1;
        }
        std::mem::swap(&mut self.sorted, &mut self.spare);
    }
}

/// What [`key_of`] makes of NaN, which comes last.
const MISSING: u32 = 0xffc0_0000;

/// Bits that order as the values do.
fn key_of(value: f32) -> u32 {
    if value.is_nan() {
        return MISSING;
    }
    // 0 and -0 are one value.
    let bits = (value + 0.0).to_bits();
    if bits >> 31 == 0 {
        bits | 1 << 31
    } else {
        !bits
    }
}

fn value_of(key: u32) -> f32 {
    f32::from_bits(if key >> 31 == 1 { key ^ 1 << 31 } else { !key })
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
    fn ranks_go_by_value() {
        let values = [
            3.0,
            -1.0,
            f64::NAN,
            3.0,
            /* and */ 0.0,
            -0.0,
            1e-3,
            -7.0,
        ];
        let table = Table::new(&values, 4);
        assert_eq!((table.rows(), table.columns()), (4, 2));
        assert_eq!((table.missing(0), table.missing(1)), (2, 3));
        assert_eq!(table.ranks(0), [1, 0, 2, 1]);
        assert_eq!((table.value(0, 0), table.value(0, 1)), (-1.0, 3.0));
        assert_eq!(table.ranks(1), [1, 1, 2, 0]);
        assert_eq!((table.value(1, 0), table.value(1, 1)), (-7.0, 0.0));
        assert_eq!(table.by_row(), [1, 1, 0, 1, 2, 2, 1, 0]);
        let some = table.of_rows(&[3, 2, 2]);
        assert_eq!(some.ranks(0), [1, 2, 2]);
        assert_eq!(some.ranks(1), [0, 2, 2]);
    }

    #[test]
    fn many_rows_are_ranked_as_few_are() {
        for n in [FEW - 1, FEW, MANY - 1, MANY] {
            ranked(n);
        }
    }

    fn ranked(n: usize) {
        let mut draws = pleat_num::rng::RandomState::new(0);
        let column: Vec<f64> = (0..n)
            .map(|_| (draws.double() * 60.0 - 30.0).round() * 1e10)
            .collect();
        let table = Table::new(&column, column.len());
        let unsorted = Table::unsorted(&column, column.len());
        for (i, value) in column.iter().enumerate() {
            assert_eq!(table.value(0, table.ranks(0)[i]), *value as f32);
            assert_eq!(unsorted.value(0, unsorted.ranks(0)[i]), *value as f32);
        }
        let last = (0..table.missing(0)).map(|rank| table.value(0, rank));
        assert!(last.is_sorted_by(|a, b| a < b));
    }

    #[test]
    fn bits_order_as_values_do() {
        let values = [-3e38, -1.5, -1e-40, 0.0, 1e-40, 1.0, 3e38];
        let table = Table::unsorted(&values, values.len());
        assert!(table.ranks(0).is_sorted_by(|a, b| a < b));
        assert_eq!(Table::unsorted(&[f64::NAN], 1).ranks(0), [table.missing(0)]);
        assert_eq!(key_of(-0.0), key_of(0.0));
    }

    #[test]
    fn thresholds_are_never_rounded_up() {
        for threshold in [0.1, 0.3, -0.1, -0.3, 1.0, 0.0, 1e-60, -1e-60] {
            let down = rounded_down(threshold);
            assert!(f64::from(down) <= threshold && f64::from(down.next_up()) > threshold);
        }
        assert_eq!(rounded_down(f64::INFINITY), f32::INFINITY);
    }

    #[test]
    fn values_are_told_apart_in_single_precision() {
        assert!(!apart(0.0, 1e-7) && apart(0.0, 2e-7));
        // Neighbouring numbers, whose midpoint would round to the upper one.
        assert_eq!(midpoint(1.0, 2.0), 1.5);
        assert_eq!(midpoint(-3e38, 3e38), 0.0);
    }
}
