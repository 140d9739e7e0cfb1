//! Sums of gradients and hessians by bin: added up from rows, four columns at
//! a time, or taken from the parent's and the sibling's.
//!
//! Rows are added one after another in the order of the node, in double
//! precision: scikit-learn's order, so equal splits tie, or do not, as there.

use pleat_num::pair::Pair;

use crate::bins::{Column, TOGETHER};
use crate::split::Sums;

/// The histograms of one node, column after column.
#[derive(Default)]
pub(crate) struct Histograms {
    /// Gradients and hessians. Where all hessians are 1, their sum is also the
    /// number of rows.
    sums: Vec<Pair>,
    /// Empty where all hessians are 1.
    rows: Vec<u32>,
}

/// The histogram of one column.
#[derive(Clone, Copy)]
pub(crate) struct Slots<'a> {
    pub(crate) sums: &'a [Pair],
    /// Empty where the hessians' sums are rows too.
    pub(crate) rows: &'a [u32],
}

impl Slots<'_> {
    /// One bin.
    pub(crate) fn at(&self, bin: usize) -> Sums {
        let (pair, rows) = (self.sums[bin], self.rows.get(bin));
        Sums {
            gradient: pair.first(),
            hessian: pair.second(),
            rows: rows.map_or(pair.second(), |rows| f64::from(*rows)),
        }
    }

    /// Whether the sums of hessians are numbers of rows.
    pub(crate) fn constant(&self) -> bool {
        self.rows.is_empty()
    }
}

impl Histograms {
    /// Makes room for so many bins.
    pub(crate) fn fit(&mut self, slots: usize, constant: bool) {
        self.sums.resize(slots, Pair::ZERO);
        self.rows.resize(if constant { 0 } else { slots }, 0);
    }

    /// A column's, which stands from here to there.
    pub(crate) fn slots(&self, from: usize, to: usize) -> Slots<'_> {
        Slots {
            sums: &self.sums[from..to],
            rows: self.rows.get(from..to).unwrap_or_default(),
        }
    }

    /// Writes a column's down.
    pub(crate) fn set(&mut self, from: usize, of: Slots<'_>) {
        self.sums[from..from + of.sums.len()].copy_from_slice(of.sums);
        if !of.constant() {
            self.rows[from..from + of.rows.len()].copy_from_slice(of.rows);
        }
    }

    /// Takes the other child's from the parent's, in place, for a column.
    pub(crate) fn subtract(&mut self, from: usize, of: Slots<'_>) {
        let all = self.sums[from..].iter_mut();
        for (all, one) in all.zip(of.sums) {
            *all = all.minus(*one);
        }
        if !of.constant() {
            for (all, one) in self.rows[from..].iter_mut().zip(of.rows) {
                *all = all.wrapping_sub(*one);
            }
        }
    }
}

/// Where the histograms of a block of columns are added up.
pub(crate) struct Bench {
    sums: [[Pair; 256]; TOGETHER],
    rows: [[u32; 256]; TOGETHER],
    constant: bool,
}

impl Bench {
    pub(crate) fn new(constant: bool) -> Box<Self> {
        Box::new(Bench {
            sums: [[Pair::ZERO; 256]; TOGETHER],
            rows: [[0; 256]; TOGETHER],
            constant,
        })
    }

    /// Adds up these rows of a block, of which the columns are given.
    pub(crate) fn build(
        &mut self,
        columns: &[Column],
        block: &[[u8; TOGETHER]],
        rows: &[u32],
        pairs: &[Pair],
    ) {
        for (c, column) in columns.iter().enumerate() {
            self.sums[c][..column.slots()].fill(Pair::ZERO);
            self.rows[c][..column.slots()].fill(0);
        }
        match (columns.len(), self.constant) {
            (4, true) => self.add::<4, true>(block, rows, pairs),
            (4, false) => self.add::<4, false>(block, rows, pairs),
            (3, true) => self.add::<3, true>(block, rows, pairs),
            (3, false) => self.add::<3, false>(block, rows, pairs),
            (2, true) => self.add::<2, true>(block, rows, pairs),
            (2, false) => self.add::<2, false>(block, rows, pairs),
            (_, true) => self.add::<1, true>(block, rows, pairs),
            (_, false) => self.add::<1, false>(block, rows, pairs),
        }
    }

    fn add<const WIDTH: usize, const CONSTANT: bool>(
        &mut self,
        block: &[[u8; TOGETHER]],
        rows: &[u32],
        pairs: &[Pair],
    ) {
        // All rows are in order, and need no looking up.
        if rows.len() == block.len() {
            for (bins, pair) in block.iter().zip(pairs) {
                self.add_row::<WIDTH, CONSTANT>(bins, pair);
            }
        } else {
            for (row, pair) in rows.iter().zip(pairs) {
                self.add_row::<WIDTH, CONSTANT>(&block[*row as usize], pair);
            }
        }
    }

    #[inline(always)]
    fn add_row<const WIDTH: usize, const CONSTANT: bool>(
        &mut self,
        bins: &[u8; TOGETHER],
        pair: &Pair,
    ) {
        let columns = self.sums.iter_mut().zip(&mut self.rows);
        for (bin, (sums, rows)) in bins.iter().zip(columns).take(WIDTH) {
            let bin = *bin as usize;
            sums[bin] = sums[bin].plus(*pair);
            if !CONSTANT {
                rows[bin] += 1;
            }
        }
    }

    /// What was added up of a column of the block.
    pub(crate) fn slots(&self, c: usize, column: &Column) -> Slots<'_> {
        let rows: &[u32] = match self.constant {
            true => &[],
            false => &self.rows[c][..column.slots()],
        };
        Slots {
            sums: &self.sums[c][..column.slots()],
            rows,
        }
    }
}
