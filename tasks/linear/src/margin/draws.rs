//! The order rows and columns come in, as scikit-learn's liblinear draws it.

use pleat_num::rng::RandomState;

/// A stream of whole numbers.
pub struct Draws(RandomState);

impl Draws {
    /// The stream of this seed, itself drawn by `randint(2**31 - 1)`.
    #[must_use]
    pub fn new(seed: u32) -> Self {
        let drawn = RandomState::new(seed).randint(0, i64::from(i32::MAX));
        Draws(RandomState::new(drawn as u32))
    }

    /// A number below `end`, by multiplying and rejecting (Lemire, ACM TOMACS
    /// 29(1), 2019).
    fn below(&mut self, end: u32) -> u32 {
        let mut draw = || u64::from(self.0.next_u32()) * u64::from(end);
        let mut product = draw();
        if (product as u32) < end {
            let threshold = end.wrapping_neg().checked_rem(end).unwrap_or(0);
            while (product as u32) < threshold {
                product = draw();
            }
        }
        (product >> 32) as u32
    }

    /// Shuffles from the first element up.
    pub fn shuffle(&mut self, order: &mut [u32]) {
        let n = order.len();
        for i in 0..n {
            let j = i + self.below((n - i) as u32) as usize;
            order.swap(i, j);
        }
    }
}
