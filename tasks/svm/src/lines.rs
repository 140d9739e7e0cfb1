//! The kernels a search works with, in its own order, and what the next
//! search over the same rows finds of them.

use std::ops::Range;

use crate::gram::Gram;

/// How many numbers are held before all are let go.
const MOST: usize = 1 << 20;

/// In place of a line that is not held.
const NONE: u32 = u32::MAX;

/// Lines, each as long as the others, and which of these a variable has.
#[derive(Default)]
pub struct Held {
    values: Vec<f32>,
    which: Vec<u32>,
}

impl Held {
    /// How many numbers are held.
    #[must_use]
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Lets go of all, and has room for the lines of `n` variables.
    fn clear(&mut self, n: usize) {
        self.values.clear();
        self.which.clear();
        self.which.resize(n, NONE);
    }

    fn holds(&self, i: usize) -> bool {
        self.which[i] != NONE
    }

    fn line(&self, i: usize, width: usize) -> &[f32] {
        &self.values[self.which[i] as usize * width..][..width]
    }

    /// Where the line of a variable is to be written: behind the others.
    fn begin(&mut self, i: usize, width: usize) -> &mut Vec<f32> {
        if self.values.len() + width > MOST.max(2 * width) {
            self.clear(self.which.len());
        }
        self.which[i] = (self.values.len() / width) as u32;
        &mut self.values
    }
}

/// For some variables of a problem the kernels with all active ones, one after
/// another: what every step goes over.
pub(crate) struct Lines<'a> {
    gram: &'a mut Gram,
    /// The rows of the matrix, in the problem's order.
    rows: [Range<usize>; 2],
    /// Of all variables, in that order.
    in_order: &'a mut Held,
    /// Of the active ones, in the order they are in now, if that is another.
    moved: Option<Held>,
    whole: Vec<f32>,
}

impl<'a> Lines<'a> {
    /// Of a problem over these rows of a matrix, with the lines that an
    /// earlier search over the same rows held, if any.
    pub(crate) fn new(gram: &'a mut Gram, rows: [Range<usize>; 2], held: &'a mut Held) -> Self {
        if held.is_empty() {
            held.clear(rows[0].len() + rows[1].len());
        }
        Lines {
            gram,
            rows,
            in_order: held,
            moved: None,
            whole: Vec::new(),
        }
    }

    /// Has to be told when variables change places or become active.
    pub(crate) fn reorder(&mut self) {
        let n = self.in_order.which.len();
        self.moved.get_or_insert_default().clear(n);
    }

    /// The kernels of the variable that was at a place in the problem with all
    /// of it, in the problem's order.
    pub(crate) fn whole(&mut self, place: usize) -> &[f32] {
        if self.in_order.holds(place) {
            return self.in_order.line(place, self.in_order.which.len());
        }
        self.whole.clear();
        write(self.gram, &self.rows, place, &mut self.whole);
        &self.whole
    }

    /// The kernels of variable `i` with the active ones, which were at these
    /// places in the problem.
    pub(crate) fn active(&mut self, i: usize, places: &[u32]) -> &[f32] {
        self.make(i, places);
        self.held().line(i, places.len())
    }

    /// The same of two variables.
    pub(crate) fn two(&mut self, i: usize, j: usize, places: &[u32]) -> (&[f32], &[f32]) {
        self.make(i, places);
        self.make(j, places);
        // The second may have made the first be let go; there is room for two.
        self.make(i, places);
        let held = self.held();
        (held.line(i, places.len()), held.line(j, places.len()))
    }

    fn held(&self) -> &Held {
        self.moved.as_ref().unwrap_or(self.in_order)
    }

    fn make(&mut self, i: usize, places: &[u32]) {
        if self.held().holds(i) {
            return;
        }
        let place = places[i] as usize;
        match self.moved.take() {
            None => {
                let to = self.in_order.begin(i, places.len());
                write(self.gram, &self.rows, place, to);
            }
            Some(mut moved) => {
                let whole = self.whole(place);
                let in_order = places.iter().map(|place| whole[*place as usize]);
                moved.begin(i, places.len()).extend(in_order);
                self.moved = Some(moved);
            }
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
