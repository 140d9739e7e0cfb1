//! The quantile function of the normal distribution.

use pleat_num::math;

/// The value below which a standard normal variable stays with probability
/// `p`: infinite at 0 and 1, NaN beyond.
///
/// Rational approximations of S. L. Moshier's Cephes library (`ndtri`), which
/// scipy uses too.
pub(in crate::pipeline) fn quantile(p: f64) -> f64 {
    if p == 0.0 {
        return f64::NEG_INFINITY;
    }
    if p == 1.0 {
        return f64::INFINITY;
    }
    let inside = p > 0.0 && p < 1.0;
    if !inside {
        return f64::NAN;
    }
    let upper = p > 1.0 - EXP_MINUS_2;
    let tail = if upper { 1.0 - p } else { p };
    if tail > EXP_MINUS_2 {
        let y = tail - 0.5;
        let y2 = y * y;
        let x = y + y * (y2 * polynomial(y2, &P0) / monic(y2, &Q0));
        return x * SQRT_2_PI;
    }
    let x = (-2.0 * math::ln(tail)).sqrt();
    let x0 = x - math::ln(x) / x;
    let z = 1.0 / x;
    let x1 = if x < 8.0 {
        z * polynomial(z, &P1) / monic(z, &Q1)
    } else {
        z * polynomial(z, &P2) / monic(z, &Q2)
    };
    let x = x0 - x1;
    if upper { x } else { -x }
}

/// Highest power first.
fn polynomial(x: f64, coefficients: &[f64]) -> f64 {
    coefficients.iter().fold(0.0, |sum, c| sum * x + c)
}

/// Highest power first, without that one's coefficient, which is 1.
fn monic(x: f64, coefficients: &[f64]) -> f64 {
    coefficients.iter().fold(1.0, |sum, c| sum * x + c)
}

const EXP_MINUS_2: f64 = 0.135_335_283_236_612_7;
const SQRT_2_PI: f64 = 2.506_628_274_631_000_7;

const P0: [f64; 5] = [
    -59.963_350_101_410_79,
    98.001_075_418_599_97,
    -56.676_285_746_907_03,
    13.931_260_938_727_968,
    -1.239_165_838_673_812_5,
];
const Q0: [f64; 8] = [
    1.954_488_583_381_417_6,
    4.676_279_128_988_815,
    86.360_242_139_089_05,
    -225.462_687_854_119_37,
    200.260_212_380_060_66,
    -82.037_225_616_833_34,
    15.905_622_512_621_17,
    -1.183_316_211_213_3,
];
const P1: [f64; 9] = [
    4.055_448_923_059_624_5,
    31.525_109_459_989_388,
    57.162_819_224_642_13,
    44.080_507_389_320_08,
    14.684_956_192_885_803,
    2.186_633_068_507_902_5,
    -0.140_256_079_171_354_5,
    -0.035_042_462_682_784_82,
    -0.000_857_456_785_154_685_4,
];
const Q1: [f64; 8] = [
    15.779_988_325_646_675,
    45.390_763_512_887_92,
    41.317_203_825_467_2,
    15.042_538_569_290_75,
    2.504_649_462_083_094,
    -0.142_182_922_854_787_79,
    -0.038_080_640_769_157_83,
    -0.000_933_259_480_895_457_4,
];
const P2: [f64; 9] = [
    3.237_748_917_769_460_3,
    6.915_228_890_689_842,
    3.938_810_252_924_744_4,
    1.333_034_608_158_075_5,
    0.201_485_389_549_179_08,
    0.012_371_663_481_782_003,
    0.000_301_581_553_508_235_43,
    2.658_069_746_867_375_5e-6,
    6.239_745_391_849_833e-9,
];
const Q2: [f64; 8] = [
    6.024_270_393_647_42,
    3.679_835_638_561_608_7,
    1.377_020_994_890_813_2,
    0.216_236_993_594_496_63,
    0.013_420_400_608_854_318,
    0.000_328_014_464_682_127_74,
    2.892_478_647_453_806_8e-6,
    6.790_194_080_099_813e-9,
];

#[cfg(test)]
mod tests {
    use super::*;

    /// `scipy.stats.norm.ppf`.
    #[test]
    fn quantiles_are_scipys() {
        for (p, wanted) in SCIPY {
            let got = quantile(p);
            assert!((got - wanted).abs() <= 4e-16 * wanted.abs(), "{p}: {got}");
        }
        assert_eq!(quantile(0.0), f64::NEG_INFINITY);
        assert_eq!(quantile(1.0), f64::INFINITY);
        assert!(quantile(1.1).is_nan() && quantile(f64::NAN).is_nan());
    }

    const SCIPY: [(f64, f64); 12] = [
        (1e-300, -37.0470962993612),
        (1e-20, -9.262340089798409),
        (1e-07, -5.1993375821928165),
        (0.001, -3.090232306167813),
        (0.1353, -1.10168187367228),
        (0.2, -0.8416212335729142),
        (0.5, 0.0),
        (0.6, 0.2533471031357997),
        (0.8646647, 1.1015195514214806),
        (0.99, 2.3263478740408408),
        (0.9999999, 5.199337582290661),
        (0.9999999999999999, 8.209536151601387),
    ];
}
