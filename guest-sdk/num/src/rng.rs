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

    /// `randint(low, high)`: a whole number from `low` to `high` - 1. Gives
    /// `low` where there is no other, without a draw.
    pub fn randint(&mut self, low: i64, high: i64) -> i64 {
        let last = high.wrapping_sub(1).max(low);
        // The difference of two `i64` always fits a `u64`.
        low.wrapping_add_unsigned(self.interval(last.abs_diff(low)))
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

    /// `choice(items, size, replace=False)`: the first of all of them in
    /// random order. Draws as much whatever `size` is.
    pub fn choice<T: Copy>(&mut self, items: &[T], size: usize) -> Vec<T> {
        let mut out = items.to_vec();
        self.shuffle(&mut out);
        out.truncate(size);
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

    /// One stream of `RandomState(3)`, the calls in this order.
    #[test]
    fn whole_numbers_of_any_width_are_numpys() {
        let mut rng = RandomState::new(3);
        let narrow: Vec<_> = (0..5).map(|_| rng.randint(0, 7)).collect();
        assert_eq!(narrow, [2, 0, 1, 3, 0]);
        let signed: Vec<_> = (0..3).map(|_| rng.randint(-5, 9)).collect();
        assert_eq!(signed, [3, -5, 0]);
        let half = 1 << 62;
        let wide: Vec<_> = (0..2).map(|_| rng.randint(-half, half)).collect();
        assert_eq!(wide, [2_636_905_949_329_312_403, 2_698_631_211_761_052_523]);
        assert_eq!(rng.randint(i64::MIN, i64::MAX), -6_906_731_853_346_584_919);
        assert_eq!(rng.randint(5, 6), 5);
        assert_eq!(rng.randint(0, 1 << 32), 890_101_386);
        assert_eq!(rng.randint(0, (1 << 32) + 1), 1_893_263_840);
        assert_eq!(rng.randint(0, 100), 20);
    }

    /// One stream of `RandomState(11)`: choices without replacement, the last
    /// of nothing, which draws all the same; then `randint(1000)`.
    #[test]
    fn choices_are_numpys() {
        let mut rng = RandomState::new(11);
        assert_eq!(rng.choice(&[4, 5, 6, 9], 2), [6, 9]);
        assert_eq!(rng.choice(&[4, 5, 6, 9], 4), [6, 4, 9, 5]);
        assert_eq!(rng.choice(&[8], 1), [8]);
        assert_eq!(rng.choice(&[0, 1, 2, 3, 4, 5, 6], 0), []);
        let with_replacement: Vec<_> = (0..3).map(|_| rng.randint(0, 3)).collect();
        assert_eq!(with_replacement, [1, 0, 1]);
        assert_eq!(rng.randint(0, 1000), 236);
        assert_eq!(rng.choice(&[5, 3, 1], 3), [1, 5, 3]);
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
