//! In which order the columns of a node are looked at: scikit-learn's, draw
//! for draw, so that of equally good splits the same one wins.

use pleat_num::rng::RandomState;

/// The columns as the draws so far have left them. What is known to be
/// constant in a node stands in front, and stays so below it.
pub(crate) struct Columns {
    state: u32,
    order: Vec<usize>,
    constant: Vec<usize>,
}

impl Columns {
    pub(crate) fn new(seed: u32, n: usize) -> Self {
        Self::drawn(&mut RandomState::new(seed), n)
    }

    /// For the next tree of several that draw from one stream.
    pub(crate) fn drawn(stream: &mut RandomState, n: usize) -> Self {
        Columns {
            // RandomState.randint(0, 2**31 - 1)
            state: stream.interval(0x7fff_fffe) as u32,
            order: (0..n).collect(),
            constant: vec![0; n],
        }
    }

    /// Marsaglia's xorshift of 32 bits, 31 of them.
    fn draw(&mut self) -> u32 {
        let mut x = self.state.max(1);
        x ^= x << 13;
        x ^= x >> 17;
        x ^= x << 5;
        self.state = x;
        x & 0x7fff_ffff
    }

    fn below(&mut self, n: usize) -> usize {
        (self.draw() % n as u32) as usize
    }

    /// Begins a node of which so many columns are known to be constant.
    pub(crate) fn visit(&mut self, known: usize, max_features: usize) -> Visit<'_> {
        Visit {
            left: self.order.len(),
            columns: self,
            max_features,
            known,
            found: 0,
            drawn: 0,
            tries: 0,
            at: 0,
        }
    }
}

/// One node's draws, without putting back. After each column it must be said
/// whether it varies.
pub(crate) struct Visit<'a> {
    columns: &'a mut Columns,
    max_features: usize,
    /// Constant from above, and found to be so here.
    known: usize,
    found: usize,
    /// How many of the known ones were drawn: they count as tries.
    drawn: usize,
    tries: usize,
    /// Where those that varied begin.
    left: usize,
    at: usize,
}

impl Visit<'_> {
    /// The next column, while there are some left and either too few were
    /// tried or none of them varied.
    #[inline]
    pub(crate) fn next(&mut self) -> Option<usize> {
        while self.left > self.known + self.found
            && (self.tries < self.max_features || self.tries <= self.found + self.drawn)
        {
            self.tries += 1;
            let at = self.drawn + self.columns.below(self.left - self.found - self.drawn);
            if at < self.known {
                self.columns.order.swap(self.drawn, at);
                self.drawn += 1;
                continue;
            }
            self.at = at + self.found;
            return Some(self.columns.order[self.at]);
        }
        None
    }

    pub(crate) fn constant(&mut self) {
        self.columns.order.swap(self.at, self.known + self.found);
        self.found += 1;
    }

    pub(crate) fn varies(&mut self) {
        self.left -= 1;
        self.columns.order.swap(self.left, self.at);
    }

    /// A threshold between the lowest and the highest value of a column, and
    /// never the latter.
    pub(crate) fn between(&mut self, low: f32, high: f32) -> f64 {
        let (low, high) = (f64::from(low), f64::from(high));
        let drawn = (high - low) * f64::from(self.columns.draw()) / f64::from(0x7fff_ffff) + low;
        if drawn == high { low } else { drawn }
    }

    pub(crate) fn either(&mut self) -> bool {
        self.columns.below(2) == 1
    }

    /// Ends the node; answers with how many columns are constant in it.
    pub(crate) fn end(self) -> usize {
        let Columns {
            order, constant, ..
        } = self.columns;
        let all = self.known + self.found;
        order[..self.known].copy_from_slice(&constant[..self.known]);
        constant[self.known..all].copy_from_slice(&order[self.known..all]);
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_comes_once() {
        let mut columns = Columns::new(3, 6);
        let mut visit = columns.visit(0, 6);
        let mut seen = Vec::new();
        while let Some(column) = visit.next() {
            seen.push(column);
            if column == 2 {
                visit.constant();
            } else {
                visit.varies();
            }
        }
        assert_eq!(visit.end(), 1);
        seen.sort_unstable();
        assert_eq!(seen, [0, 1, 2, 3, 4, 5]);
        // The constant one is not asked about again.
        let mut visit = columns.visit(1, 6);
        while let Some(column) = visit.next() {
            assert_ne!(column, 2);
            visit.varies();
        }
    }

    #[test]
    fn drawing_goes_on_until_one_varies() {
        let mut columns = Columns::new(0, 4);
        let mut visit = columns.visit(0, 1);
        for _ in 0..3 {
            assert!(visit.next().is_some());
            visit.constant();
        }
        assert!(visit.next().is_some());
        visit.varies();
        assert_eq!(visit.next(), None);
    }
}
