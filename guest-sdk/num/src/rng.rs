//! numpy's legacy random stream, draw for draw.
//!
//! scikit-learn's splitters and searches draw from `numpy.random.RandomState`;
//! to land on the same folds and candidates, the draws must be the same ones
//! in the same order. Only what those need is here. All widths are fixed:
//! nothing depends on the size of `usize`.

use rand_mt::Mt;

/// `numpy.random.RandomState(seed)`: MT19937 seeded by `init_genrand`.
#[derive(Debug, Clone)]
pub struct RandomState(Mt);

impl RandomState {
    /// The stream of this seed.
    #[must_use]
    pub fn new(seed: u32) -> Self {
        Self(Mt::new(seed))
    }

    /// The next 32 bits.
    pub fn next_u32(&mut self) -> u32 {
        self.0.next_u32()
    }

    /// The next 64 bits: the first draw is the upper half.
    pub fn next_u64(&mut self) -> u64 {
        let high = u64::from(self.next_u32());
        high << 32 | u64::from(self.next_u32())
    }

    /// A whole number from 0 to `max`, both included, by masking and
    /// rejecting. Draws nothing when `max` is 0.
    pub fn interval(&mut self, max: u64) -> u64 {
        if max == 0 {
            return 0;
        }
        let mask = u64::MAX >> max.leading_zeros();
        loop {
            let bits = if max <= u64::from(u32::MAX) {
                u64::from(self.next_u32())
            } else {
                self.next_u64()
            };
            if bits & mask <= max {
                return bits & mask;
            }
        }
    }

    /// A real number in [0, 1) with 53 random bits.
    pub fn double(&mut self) -> f64 {
        let a = f64::from(self.next_u32() >> 5);
        let b = f64::from(self.next_u32() >> 6);
        (a * 67_108_864.0 + b) / 9_007_199_254_740_992.0
    }

    /// A real number in [`low`, `high`).
    pub fn uniform(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.double()
    }

    /// Shuffles in place, from the last element down.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            // `interval` never exceeds `i`, so the way back always fits.
            let j = self.interval(i as u64) as usize;
            items.swap(i, j);
        }
    }

    /// The numbers 0 .. `n` in random order.
    pub fn permutation(&mut self, n: u32) -> Vec<u32> {
        let mut out: Vec<u32> = (0..n).collect();
        self.shuffle(&mut out);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stream_is_numpys() {
        assert_eq!(RandomState::new(0).next_u32(), 2_357_136_044);
        assert_eq!(RandomState::new(5489).next_u32(), 3_499_211_612);
        assert_eq!(
            RandomState::new(42).permutation(10),
            [8, 1, 5, 0, 7, 2, 9, 4, 3, 6]
        );
    }

    /// `RandomState(0).random_sample(3)`, `RandomState(7).uniform(-2, 5)`.
    #[test]
    fn doubles_are_numpys() {
        let mut rng = RandomState::new(0);
        let drawn = [rng.double(), rng.double(), rng.double()];
        assert_eq!(
            drawn,
            [
                0.548_813_503_927_324_8,
                0.715_189_366_372_419_5,
                0.602_763_376_071_643_9
            ]
        );
        assert_eq!(RandomState::new(7).uniform(-2.0, 5.0), -1.4658419743823);
    }

    /// `RandomState(3).randint(0, 2**40, 3, dtype=int64)` and its neighbours.
    #[test]
    fn intervals_wider_than_32_bits_are_numpys() {
        let mut rng = RandomState::new(3);
        let drawn: Vec<_> = (0..3).map(|_| rng.interval((1 << 40) - 1)).collect();
        assert_eq!(drawn, [455570294424, 1073054410371, 790795084744]);
    }

    #[test]
    fn an_interval_of_one_draws_nothing() {
        let mut rng = RandomState::new(1);
        assert_eq!(rng.interval(0), 0);
        assert_eq!(rng.next_u32(), RandomState::new(1).next_u32());
        rng.shuffle(&mut [1]);
        rng.shuffle::<u8>(&mut []);
    }

    #[test]
    fn the_widest_intervals_are_reached() {
        let mut rng = RandomState::new(9);
        assert_eq!(
            rng.interval(u64::from(u32::MAX)),
            u64::from(RandomState::new(9).next_u32())
        );
        assert_eq!(
            RandomState::new(9).interval(u64::MAX),
            RandomState::new(9).next_u64()
        );
    }
}
