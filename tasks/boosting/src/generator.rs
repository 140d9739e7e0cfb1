//! numpy's `default_rng`, draw for draw, as far as shuffling needs it: PCG64
//! (XSL-RR 128/64, O'Neill 2014) behind a `SeedSequence`. Columns are drawn
//! from it; rows are drawn from [`pleat_num::rng::RandomState`].

const MULTIPLIER: u128 = 0x2360_ed05_1fc6_5da4_4385_df64_9fcc_f645;

/// `numpy.random.default_rng(seed)`.
#[derive(Clone)]
pub(crate) struct Generator {
    state: u128,
    increment: u128,
    /// The upper half of the last 64 bits, if only the lower one was used.
    half: Option<u32>,
}

impl Generator {
    pub(crate) fn new(seed: u32) -> Self {
        let words = seed_sequence(seed);
        let wide = |i: usize| u128::from(words[i]) << 64 | u128::from(words[i + 1]);
        let mut rng = Generator {
            state: 0,
            increment: wide(2) << 1 | 1,
            half: None,
        };
        rng.step();
        rng.state = rng.state.wrapping_add(wide(0));
        rng.step();
        rng
    }

    /// A mask of `n` columns, `chosen` of which are set.
    pub(crate) fn mask(&mut self, n: usize, chosen: usize) -> Vec<bool> {
        let mut mask: Vec<bool> = (0..n).map(|i| i < chosen).collect();
        for i in (1..n).rev() {
            mask.swap(i, self.interval(i as u32) as usize);
        }
        mask
    }

    /// A whole number from 0 to `max`, by masking and rejecting.
    fn interval(&mut self, max: u32) -> u32 {
        let mask = u32::MAX >> max.leading_zeros();
        loop {
            let value = self.next_u32() & mask;
            if value <= max {
                return value;
            }
        }
    }

    fn next_u32(&mut self) -> u32 {
        if let Some(upper) = self.half.take() {
            return upper;
        }
        self.step();
        let folded = (self.state >> 64) as u64 ^ self.state as u64;
        let drawn = folded.rotate_right((self.state >> 122) as u32);
        self.half = Some((drawn >> 32) as u32);
        drawn as u32
    }

    fn step(&mut self) {
        self.state = self
            .state
            .wrapping_mul(MULTIPLIER)
            .wrapping_add(self.increment);
    }
}

/// `SeedSequence(seed).generate_state(4, uint64)`.
fn seed_sequence(seed: u32) -> [u64; 4] {
    let mut constant = 0x43b0_d7e5_u32;
    let mut hash = |value: u32| {
        let value = value ^ constant;
        constant = constant.wrapping_mul(0x931e_8875);
        let value = value.wrapping_mul(constant);
        value ^ value >> 16
    };
    let mut pool = [hash(seed), hash(0), hash(0), hash(0)];
    for from in 0..4 {
        for to in 0..4 {
            if from != to {
                let mixed = pool[to]
                    .wrapping_mul(0xca01_f9dd)
                    .wrapping_sub(hash(pool[from]).wrapping_mul(0x4973_f715));
                pool[to] = mixed ^ mixed >> 16;
            }
        }
    }
    let mut constant = 0x8b51_f9dd_u32;
    let mut word = |i: usize| {
        let value = pool[i % 4] ^ constant;
        constant = constant.wrapping_mul(0x58f3_8ded);
        let value = value.wrapping_mul(constant);
        u64::from(value ^ value >> 16)
    };
    let mut out = [0; 4];
    for (i, out) in out.iter_mut().enumerate() {
        let low = word(2 * i);
        *out = word(2 * i + 1) << 32 | low;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `shuffle` of three set and seven unset, three times, by
    /// `default_rng(2546248239)`.
    #[test]
    fn masks_are_numpys() {
        let mut rng = Generator::new(2_546_248_239);
        for wanted in [[0, 3, 9], [2, 5, 9], [1, 2, 5]] {
            let mask = rng.mask(10, 3);
            let set: Vec<usize> = (0..10).filter(|i| mask[*i]).collect();
            assert_eq!(set, wanted);
        }
    }
}
