//! The kernels a search works with, in its own order.

use std::ops::Range;

use crate::gram::Gram;

/// How many numbers are held before all are let go.
const MOST: usize = 1 << 20;

/// In place of a line that is not held.
const NONE: u32 = u32::MAX;

/// For some variables of a problem the kernels with all active ones, one after
/// another: what every step goes over.
pub(crate) struct Lines<'a> {
    gram: &'a mut Gram,
    /// The rows of the matrix, in the problem's order.
    rows: [Range<usize>; 2],
    /// Whether the variables are in that order still.
    in_order: bool,
    /// Line after line; and which of these a variable has, by where it is now.
    held: Vec<f32>,
    which: Vec<u32>,
    /// In the problem's order.
    whole: Vec<f32>,
}

impl<'a> Lines<'a> {
    /// Of a problem over these rows of a matrix.
    pub(crate) fn new(gram: &'a mut Gram, rows: [Range<usize>; 2]) -> Self {
        let n = rows[0].len() + rows[1].len();
        Lines {
            gram,
            rows,
            in_order: true,
            held: Vec::with_capacity(MOST.min(64 * n)),
            which: vec![NONE; n],
            whole: Vec::new(),
        }
    }

    /// Has to be told when variables change places or become active.
    pub(crate) fn reorder(&mut self) {
        self.in_order = false;
        self.forget();
    }

    fn forget(&mut self) {
        self.held.clear();
        self.which.fill(NONE);
    }

    /// The kernels of the variable that was at a place in the problem with all
    /// of it, in the problem's order.
    pub(crate) fn whole(&mut self, place: usize) -> &[f32] {
        self.whole.clear();
        write(self.gram, &self.rows, place, &mut self.whole);
        &self.whole
    }

    /// The kernels of variable `i` with the active ones, which were at these
    /// places in the problem.
    pub(crate) fn active(&mut self, i: usize, places: &[u32]) -> &[f32] {
        self.make(i, places);
        self.line(i, places.len())
    }

    /// The same of two variables.
    pub(crate) fn two(&mut self, i: usize, j: usize, places: &[u32]) -> (&[f32], &[f32]) {
        self.make(i, places);
        self.make(j, places);
        // The second may have made the first be let go; there is room for two.
        self.make(i, places);
        (self.line(i, places.len()), self.line(j, places.len()))
    }

    fn line(&self, i: usize, width: usize) -> &[f32] {
        &self.held[self.which[i] as usize * width..][..width]
    }

    fn make(&mut self, i: usize, places: &[u32]) {
        if self.which[i] != NONE {
            return;
        }
        let width = places.len();
        if self.held.len() + width > MOST.max(2 * width) {
            self.forget();
        }
        self.which[i] = (self.held.len() / width) as u32;
        let place = places[i] as usize;
        if self.in_order {
            write(self.gram, &self.rows, place, &mut self.held);
        } else {
            self.whole.clear();
            write(self.gram, &self.rows, place, &mut self.whole);
            let whole = &self.whole;
            let in_order = places.iter().map(|place| whole[*place as usize]);
            self.held.extend(in_order);
        }
    }
}

fn write(gram: &mut Gram, [first, second]: &[Range<usize>; 2], place: usize, to: &mut Vec<f32>) {
    let row = match place.checked_sub(first.len()) {
        None => first.start + place,
        Some(place) => second.start + place,
    };
    to.extend_from_slice(gram.row(row, first.clone()));
    to.extend_from_slice(gram.row(row, second.clone()));
}
