//! The natural logarithm of many numbers at once, with the bits of one by one.
//!
//! The same steps as [`ln`] takes, but without branches, so that they run in
//! lanes: the power of two, and a series for what is left (FreeBSD's msun,
//! `e_log.c`, whose constants these are). What is rare - nothing, less,
//! infinite, NaN or too small for all its digits - is left to [`ln`].

use crate::math::ln;

/// Numbers taken at once: enough for latencies to overlap.
const LANES: usize = 8;

/// The upper half of the root of 1/2, from where on the power of two is the
/// next one's.
const ROOT: u64 = 0x3fe6_a09e << 32;
const UPPER: u64 = 0xffff_ffff << 32;
const MANTISSA: u64 = (1 << 52) - 1;
/// 2^52: the whole number in the lowest bits of one this large is added to it.
const SHIFT: f64 = 4_503_599_627_370_496.0;
/// ln 2 in two parts, the first of so few bits that its multiples are exact.
const LN2_HIGH: f64 = f64::from_bits(0x3fe6_2e42_fee0_0000);
const LN2_LOW: f64 = f64::from_bits(0x3dea_39ef_3579_3c76);
const L: [f64; 7] = [
    f64::from_bits(0x3fe5_5555_5555_5593),
    f64::from_bits(0x3fd9_9999_9997_fa04),
    f64::from_bits(0x3fd2_4924_9422_9359),
    f64::from_bits(0x3fcc_71c5_1d8e_78af),
    f64::from_bits(0x3fc7_4664_96cb_03de),
    f64::from_bits(0x3fc3_9a09_d078_c69f),
    f64::from_bits(0x3fc2_f112_df3e_5244),
];

/// Puts the natural logarithm of each in its place: to the bit what [`ln`]
/// says.
pub fn ln_each(values: &mut [f64]) {
    let mut blocks = values.chunks_exact_mut(LANES);
    for block in &mut blocks {
        let mut normal = true;
        for x in block.iter() {
            // False for NaN too.
            normal &= (*x >= f64::MIN_POSITIVE) & (*x < f64::INFINITY);
        }
        if normal {
            for x in block.iter_mut() {
                *x = of_normal(*x);
            }
        } else {
            for x in block.iter_mut() {
                *x = ln(*x);
            }
        }
    }
    for x in blocks.into_remainder() {
        *x = ln(*x);
    }
}

#[inline]
fn of_normal(x: f64) -> f64 {
    let bits = x.to_bits().wrapping_add((0x3ff0_0000 << 32) - ROOT);
    let exponent = f64::from_bits((bits >> 52) | SHIFT.to_bits()) - (SHIFT + 1023.0);
    let bits = ((bits & MANTISSA & UPPER) + ROOT) | (bits & !UPPER);
    let f = f64::from_bits(bits) - 1.0;
    let half = 0.5 * f * f;
    let s = f / (2.0 + f);
    let z = s * s;
    let w = z * z;
    let odd = w * (L[1] + w * (L[3] + w * L[5]));
    let even = z * (L[0] + w * (L[2] + w * (L[4] + w * L[6])));
    s * (half + (even + odd)) + exponent * LN2_LOW - half + f + exponent * LN2_HIGH
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::exp;
    use crate::rng::RandomState;

    fn same(values: &[f64]) {
        let mut each = values.to_vec();
        ln_each(&mut each);
        for (x, got) in values.iter().zip(each) {
            assert_eq!(got.to_bits(), ln(*x).to_bits(), "ln({x:e})");
        }
    }

    /// Drawn from every order of magnitude, and from close to 1.
    #[test]
    fn the_bits_are_those_of_one_by_one() {
        let mut rng = RandomState::new(0);
        let ranges = [
            (0.0, 2.0),
            (0.999, 1.001),
            (f64::MIN_POSITIVE, 1e-300),
            (0.0, 1e-305),
            (0.0, f64::MAX),
        ];
        for (low, high) in ranges {
            let values: Vec<f64> = (0..40_000).map(|_| rng.uniform(low, high)).collect();
            same(&values);
        }
        let values: Vec<f64> = (0..40_000)
            .map(|_| exp(rng.uniform(-700.0, 700.0)))
            .collect();
        same(&values);
    }

    #[test]
    fn edges_are_left_to_the_one() {
        let edges = [
            0.0,
            -0.0,
            1.0,
            -1.0,
            2.0,
            0.5,
            f64::MIN_POSITIVE,
            5e-324,
            f64::MAX,
            f64::INFINITY,
            f64::NEG_INFINITY,
            std::f64::consts::SQRT_2,
            std::f64::consts::FRAC_1_SQRT_2,
        ];
        let around = |x: &f64| [x.next_down(), *x, x.next_up()];
        for x in edges.iter().flat_map(around).filter(|x| !x.is_nan()) {
            // In the lanes if it may be, and in what remains.
            same(&[x; LANES + 1]);
        }
        let mut unknown = [f64::NAN; LANES];
        ln_each(&mut unknown);
        assert!(unknown.iter().all(|x| x.is_nan()));
    }
}
