//! Which of the open nodes is split next: a binary heap as C++'s standard
//! library keeps it, since of equal nodes scikit-learn takes the one that its
//! heap happens to have on top.

/// Open nodes, each with how much its split improves.
pub(crate) struct Frontier<T>(Vec<(f64, T)>);

impl<T> Frontier<T> {
    pub(crate) fn new() -> Self {
        Frontier(Vec::new())
    }

    pub(crate) fn push(&mut self, improvement: f64, item: T) {
        self.0.push((improvement, item));
        self.rise(self.0.len() - 1);
    }

    /// Takes the best.
    pub(crate) fn pop(&mut self) -> Option<T> {
        let last = self.0.len().checked_sub(1)?;
        self.0.swap(0, last);
        let best = self.0.pop();
        // The hole on top sinks to the bottom along the better children,
        // before what fills it rises again.
        let mut hole = 0;
        while 2 * hole + 2 < last {
            let (left, right) = (2 * hole + 1, 2 * hole + 2);
            let better = if self.0[right].0 < self.0[left].0 {
                left
            } else {
                right
            };
            self.0.swap(hole, better);
            hole = better;
        }
        if 2 * hole + 2 == last {
            self.0.swap(hole, 2 * hole + 1);
            hole = 2 * hole + 1;
        }
        if last > 0 {
            self.rise(hole);
        }
        best.map(|(_, item)| item)
    }

    fn rise(&mut self, mut at: usize) {
        while at > 0 && self.0[(at - 1) / 2].0 < self.0[at].0 {
            self.0.swap(at, (at - 1) / 2);
            at = (at - 1) / 2;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_comes_first() {
        let mut frontier = Frontier::new();
        let improvements = [0.5, 0.25, 1.0, 0.75, 0.0, 0.5, 0.125, 2.0];
        for x in improvements {
            frontier.push(x, x);
        }
        let mut sorted = improvements.to_vec();
        sorted.sort_by(|a, b| b.total_cmp(a));
        let popped: Vec<f64> = std::iter::from_fn(|| frontier.pop()).collect();
        assert_eq!(popped, sorted);
    }

    /// What `std::pop_heap` of GCC's library makes of equal ones.
    #[test]
    fn equal_ones_come_as_from_the_standard_librarys_heap() {
        let mut frontier = Frontier::new();
        for i in 0..7 {
            frontier.push(1.0, i);
        }
        let popped: Vec<i32> = std::iter::from_fn(|| frontier.pop()).collect();
        assert_eq!(popped, [0, 2, 5, 6, 4, 1, 3]);
    }
}
