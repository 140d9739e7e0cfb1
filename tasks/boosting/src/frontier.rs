//! Which of the open nodes is split next: a binary heap as Python's `heapq`
//! keeps it, since of equal gains scikit-learn takes the one that its heap
//! happens to have on top.

/// Open nodes with their gains.
#[derive(Default)]
pub(crate) struct Frontier(Vec<(f64, usize)>);

impl Frontier {
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn push(&mut self, gain: f64, node: usize) {
        self.0.push((gain, node));
        self.rise(self.0.len() - 1);
    }

    /// Takes the node of the highest gain.
    pub(crate) fn pop(&mut self) -> Option<usize> {
        let last = self.0.pop()?;
        let Some(best) = self.0.first().copied() else {
            return Some(last.1);
        };
        // The better children move up along the hole, down to the bottom;
        // what fills it rises again.
        let (mut hole, n) = (0, self.0.len());
        while 2 * hole + 1 < n {
            let (left, right) = (2 * hole + 1, 2 * hole + 2);
            let take_right = right < n && self.0[left].0 <= self.0[right].0;
            let child = if take_right { right } else { left };
            self.0[hole] = self.0[child];
            hole = child;
        }
        self.0[hole] = last;
        self.rise(hole);
        Some(best.1)
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

    /// `heapq` over pairs that compare by the first, the other way round.
    #[test]
    fn equal_gains_come_as_from_heapq() {
        let mut frontier = Frontier::default();
        for (node, gain) in [3.0, 1.0, 3.0, 3.0, 2.0, 1.0].into_iter().enumerate() {
            frontier.push(gain, node);
        }
        let order: Vec<usize> = std::iter::from_fn(|| frontier.pop()).collect();
        assert_eq!(order, [0, 2, 3, 4, 1, 5]);
    }
}
