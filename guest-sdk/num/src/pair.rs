//! Two doubles that are kept, added and subtracted together: one register.
//!
//! For sums of two things of each row, put where the row belongs; the compiler
//! sees two sums in such a loop, each with loads and stores of its own.

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod register {
    use core::arch::wasm32::{f64x2, f64x2_add, f64x2_extract_lane, f64x2_sub, v128};

    /// Two doubles.
    #[derive(Clone, Copy, Debug)]
    pub struct Pair(v128);

    impl Pair {
        /// These two.
        #[inline(always)]
        #[must_use]
        pub const fn new(first: f64, second: f64) -> Self {
            Pair(f64x2(first, second))
        }

        /// Both sums.
        #[inline(always)]
        #[must_use]
        pub fn plus(self, other: Self) -> Self {
            Pair(f64x2_add(self.0, other.0))
        }

        /// Both differences.
        #[inline(always)]
        #[must_use]
        pub fn minus(self, other: Self) -> Self {
            Pair(f64x2_sub(self.0, other.0))
        }

        /// The first.
        #[inline(always)]
        #[must_use]
        pub fn first(self) -> f64 {
            f64x2_extract_lane::<0>(self.0)
        }

        /// The second.
        #[inline(always)]
        #[must_use]
        pub fn second(self) -> f64 {
            f64x2_extract_lane::<1>(self.0)
        }
    }
}

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
mod register {
    /// Two doubles.
    #[derive(Clone, Copy, Debug)]
    pub struct Pair([f64; 2]);

    impl Pair {
        /// These two.
        #[inline(always)]
        #[must_use]
        pub const fn new(first: f64, second: f64) -> Self {
            Pair([first, second])
        }

        /// Both sums.
        #[inline(always)]
        #[must_use]
        pub fn plus(self, other: Self) -> Self {
            Pair([self.0[0] + other.0[0], self.0[1] + other.0[1]])
        }

        /// Both differences.
        #[inline(always)]
        #[must_use]
        pub fn minus(self, other: Self) -> Self {
            Pair([self.0[0] - other.0[0], self.0[1] - other.0[1]])
        }

        /// The first.
        #[inline(always)]
        #[must_use]
        pub fn first(self) -> f64 {
            self.0[0]
        }

        /// The second.
        #[inline(always)]
        #[must_use]
        pub fn second(self) -> f64 {
            self.0[1]
        }
    }
}

pub use register::Pair;

impl Pair {
    /// Nothing yet.
    pub const ZERO: Self = Pair::new(0.0, 0.0);
}

impl Default for Pair {
    fn default() -> Self {
        Pair::ZERO
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_on_its_own() {
        let sum = Pair::new(1.0, -2.0).plus(Pair::new(0.5, 8.0));
        assert_eq!((sum.first(), sum.second()), (1.5, 6.0));
        let rest = sum.minus(Pair::new(1.5, 7.0));
        assert_eq!((rest.first(), rest.second()), (0.0, -1.0));
    }
}
