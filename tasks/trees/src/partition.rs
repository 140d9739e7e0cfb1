//! Putting what goes to the left in front, in the order scikit-learn's way of
//! doing it leaves: from the start on, what is to the right changes places with
//! what comes from the end. Done as that it would be one long chain of guesses.
//! But where everything ends follows from how many are to the left: of the
//! places that will be theirs, those that hold others are filled from the end.

use crate::run::Side;

/// Room to work in.
#[derive(Default)]
pub(crate) struct Partition {
    left: Vec<bool>,
    /// Places in front that hold what goes to the right,
    holes: Vec<u32>,
    /// and what they hold.
    out: Vec<u32>,
    /// What fills them, in turn.
    fill: Vec<u32>,
}

impl Partition {
    /// Answers with how many are to the left.
    pub(crate) fn part(&mut self, items: &mut [u32], is_left: impl Fn(u32) -> bool) -> usize {
        let n = items.len();
        self.left.clear();
        self.left.extend(items.iter().map(|item| is_left(*item)));
        let middle: usize = self.left.iter().map(|left| usize::from(*left)).sum();
        if middle == n {
            return n;
        }
        // One place more than needed: all are written to, and kept if so meant.
        self.make_room(n + 2);
        let mut holes = 0;
        for (i, left) in self.left[..middle].iter().enumerate() {
            self.holes[holes] = i as u32;
            self.out[holes] = items[i];
            holes += usize::from(!left);
        }
        let last = items[middle];
        self.out[holes] = last;
        // From the end: what is to the right moves down by one, to make room
        // for what comes out of the holes.
        let (out, fill) = (&self.out[..n + 2], &mut self.fill[..n + 2]);
        let mut next = out[0];
        let mut filled = 0;
        for (item, left) in items[middle + 1..]
            .iter_mut()
            .zip(&self.left[middle + 1..])
            .rev()
        {
            // Looked up whether it is needed or not, so that there is no branch.
            let (moved, waiting) = (*item, out[filled + 1]);
            *item = next;
            fill[filled] = moved;
            filled += usize::from(*left);
            next = if *left { waiting } else { moved };
        }
        items[middle] = next;
        self.fill[filled] = last;
        for (hole, item) in self.holes[..holes].iter().zip(&self.fill) {
            items[*hole as usize] = *item;
        }
        middle
    }

    fn make_room(&mut self, n: usize) {
        if self.out.len() < n {
            for room in [&mut self.holes, &mut self.out, &mut self.fill] {
                room.resize(n, 0);
            }
        }
    }

    /// The same where the order does not matter: all stay in order. Items go
    /// by the rank that stands where they do.
    pub(crate) fn part_in_order(&mut self, ranks: &[u32], side: Side, items: &mut [u32]) {
        let n = ranks.len();
        self.make_room(n);
        let (mut lefts, mut rights) = (0, 0);
        for (i, rank) in ranks.iter().enumerate() {
            // Never to the right of where it was.
            let (item, left) = (items[i], side.is_left(*rank));
            items[lefts] = item;
            self.out[rights] = item;
            lefts += usize::from(left);
            rights += usize::from(!left);
        }
        items[lefts..].copy_from_slice(&self.out[..rights]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pleat_num::rng::RandomState;

    /// One after the other.
    fn one_by_one(items: &mut [u32], is_left: impl Fn(u32) -> bool) -> usize {
        let (mut start, mut end) = (0, items.len());
        while start < end {
            if is_left(items[start]) {
                start += 1;
            } else {
                end -= 1;
                items.swap(start, end);
            }
        }
        end
    }

    #[test]
    fn everything_ends_where_changing_places_would_put_it() {
        let mut draws = RandomState::new(0);
        let mut partition = Partition::default();
        for n in (1..40).chain([500]) {
            for of in [1, 2, 3, 10] {
                let sides: Vec<bool> = (0..n).map(|_| draws.interval(of) > 0).collect();
                for flip in [false, true] {
                    let is_left = |item: u32| sides[item as usize] != flip;
                    let mut got = draws.permutation(n);
                    let mut expected = got.clone();
                    let middle = one_by_one(&mut expected, is_left);
                    assert_eq!(partition.part(&mut got, is_left), middle);
                    assert_eq!(got, expected);
                }
            }
        }
    }

    #[test]
    fn in_order() {
        let mut items = [5, 6, 7, 8, 9];
        let side = Side {
            last: 2,
            missing: 9,
            missing_left: true,
        };
        Partition::default().part_in_order(&[3, 1, 9, 4, 2], side, &mut items);
        assert_eq!(items, [6, 7, 9, 5, 8]);
    }
}
