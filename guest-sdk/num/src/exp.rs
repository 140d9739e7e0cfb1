//! The exponential of many numbers at once, with the bits of one by one.
//!
//! The same steps as [`exp`] takes, but without branches, so that they run in
//! lanes: the argument less a multiple of ln 2, a rational function of what is
//! left, and the power of two (FreeBSD's msun, `e_exp.c`, whose constants
//! these are). What is rare - huge, tiny in effect, NaN - is left to [`exp`].

use crate::math::exp;

/// Numbers taken at once: enough for latencies to overlap.
const LANES: usize = 8;

/// From here on results overflow or lose bits.
const FAR: f64 = 708.0;
/// Below this nothing is taken off: half of ln 2, its low word rounded up.
const HALF_LN2: f64 = f64::from_bits(0x3fd6_2e43_0000_0000);
/// Below this the answer is `1 + x`.
const TINY: f64 = f64::from_bits(0x3e30_0001_0000_0000);
const INV_LN2: f64 = f64::from_bits(0x3ff7_1547_652b_82fe);
/// ln 2 in two parts, the first of so few bits that its multiples are exact.
const LN2_HIGH: f64 = f64::from_bits(0x3fe6_2e42_fee0_0000);
const LN2_LOW: f64 = f64::from_bits(0x3dea_39ef_3579_3c76);
const P: [f64; 5] = [
    f64::from_bits(0x3fc5_5555_5555_553e),
    f64::from_bits(0xbf66_c16c_16be_bd93),
    f64::from_bits(0x3f11_566a_af25_de2c),
    f64::from_bits(0xbebb_bd41_c5d2_6bf1),
    f64::from_bits(0x3e66_3769_72be_a4d0),
];
/// 1.5 * 2^52: a whole number added to it stands in its lowest bits.
const SHIFT: f64 = 6_755_399_441_055_744.0;

/// Puts e to the power of each in its place: to the bit what [`exp`] says.
pub fn exp_each(values: &mut [f64]) {
    let mut blocks = values.chunks_exact_mut(LANES);
    for block in &mut blocks {
        let mut near = true;
        for x in block.iter() {
            // False for NaN too.
            near &= x.abs() < FAR;
        }
        if near {
            for x in block.iter_mut() {
                *x = of_near(*x);
            }
        } else {
            for x in block.iter_mut() {
                *x = exp(*x);
            }
        }
    }
    for x in blocks.into_remainder() {
        *x = exp(*x);
    }
}

#[inline]
fn of_near(x: f64) -> f64 {
    let size = x.abs();
    let k = (INV_LN2 * x + 0.5_f64.copysign(x)).trunc();
    let k = if size < HALF_LN2 { 0.0 } else { k };
    let (high, low) = (x - k * LN2_HIGH, k * LN2_LOW);
    let r = high - low;
    let rr = r * r;
    let c = r - rr * (P[0] + rr * (P[1] + rr * (P[2] + rr * (P[3] + rr * P[4]))));
    let y = 1.0 + (r * c / (2.0 - c) - low + high);
    let y = if size < TINY { 1.0 + x } else { y };
    let power = ((k + SHIFT).to_bits() << 52).wrapping_add(1023 << 52);
    y * f64::from_bits(power)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::RandomState;

    fn same(values: &[f64]) {
        let mut each = values.to_vec();
        exp_each(&mut each);
        for (x, got) in values.iter().zip(each) {
            assert_eq!(got.to_bits(), exp(*x).to_bits(), "{x:e}");
        }
    }

    #[test]
    fn each_is_what_one_is() {
        let mut rng = RandomState::new(3);
        for scale in [1e-12, 1e-3, 0.4, 1.1, 20.0, 800.0] {
            let values: Vec<f64> = (0..20_001).map(|_| rng.uniform(-scale, scale)).collect();
            same(&values);
        }
        // Any bits at all: infinities and NaN among them.
        let any = |_| f64::from_bits(u64::from(rng.next_u32()) << 32 | u64::from(rng.next_u32()));
        let any: Vec<f64> = (0..20_000).map(any).filter(|x| !x.is_nan()).collect();
        same(&any);
    }

    #[test]
    fn where_one_rule_gives_way_to_the_next() {
        let borders = [
            0.0,
            TINY,
            HALF_LN2,
            0.346_573_590_279_972_65,
            1.039_720_770_839_918,
            FAR,
        ];
        for border in borders {
            for off in -40_i64..40 {
                for step in [1_i64, 1 << 20, 1 << 32] {
                    let bits = (border.to_bits() as i64 + off * step).unsigned_abs();
                    let x = f64::from_bits(bits);
                    same(&[x, -x, x, -x, x, -x, x, -x]);
                }
            }
        }
        let mut rare = [
            f64::NAN,
            f64::INFINITY,
            f64::NEG_INFINITY,
            1.0,
            -745.2,
            -740.0,
            709.9,
            0.0,
        ];
        exp_each(&mut rare);
        assert!(rare[0].is_nan());
        assert_eq!(rare[1..5], [f64::INFINITY, 0.0, exp(1.0), 0.0]);
        assert_eq!(rare[5..], [exp(-740.0), f64::INFINITY, 1.0]);
    }
}
