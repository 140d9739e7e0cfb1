//! Elementary functions with the same bits on every target.
//!
//! The standard library's `exp`, `ln`, `sin`... call whatever the platform
//! offers and differ in the last place between targets; libm's are plain Rust
//! and do not. `+ - * /`, `sqrt`, `abs`, `floor` and the like are exact by
//! IEEE 754 and are used from the standard library.

/// The one bit pattern of NaN that is stored or sent: what a NaN's sign and
/// payload are depends on the instruction that made it.
pub const CANONICAL_NAN: f64 = f64::from_bits(0x7ff8_0000_0000_0000);

/// `x`, or the canonical NaN if `x` is any NaN.
#[inline]
#[must_use]
pub fn canonical(x: f64) -> f64 {
    if x.is_nan() { CANONICAL_NAN } else { x }
}

macro_rules! unary {
    ($($(#[$doc:meta])* $name:ident => $libm:ident;)*) => {
        $(
            $(#[$doc])*
            #[inline]
            #[must_use]
            pub fn $name(x: f64) -> f64 {
                libm::$libm(x)
            }
        )*
    };
}

unary! {
    /// e to the power of `x`.
    exp => exp;
    /// 2 to the power of `x`.
    exp2 => exp2;
    /// `exp(x) - 1`, accurate near 0.
    exp_m1 => expm1;
    /// The natural logarithm.
    ln => log;
    /// `ln(1 + x)`, accurate near 0.
    ln_1p => log1p;
    /// The logarithm to base 2.
    log2 => log2;
    /// The logarithm to base 10.
    log10 => log10;
    /// The cube root.
    cbrt => cbrt;
    /// The sine.
    sin => sin;
    /// The cosine.
    cos => cos;
    /// The tangent.
    tan => tan;
    /// The hyperbolic tangent.
    tanh => tanh;
    /// The error function.
    erf => erf;
    /// The natural logarithm of the absolute value of the gamma function.
    ln_gamma => lgamma;
}

/// `x` to the power of `y`.
#[inline]
#[must_use]
pub fn pow(x: f64, y: f64) -> f64 {
    libm::pow(x, y)
}

/// The distance of (`x`, `y`) from the origin.
#[inline]
#[must_use]
pub fn hypot(x: f64, y: f64) -> f64 {
    libm::hypot(x, y)
}

/// `x` to a whole power, by squaring: the order of multiplications is fixed.
#[inline]
#[must_use]
pub fn powi(x: f64, n: i32) -> f64 {
    let mut base = if n < 0 { 1.0 / x } else { x };
    let mut left = n.unsigned_abs();
    let mut out = 1.0;
    while left > 0 {
        if left & 1 == 1 {
            out *= base;
        }
        base *= base;
        left >>= 1;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_nan_becomes_the_same() {
        for bits in [
            0x7ff8_0000_0000_0000,
            0xfff8_0000_0000_0000,
            0x7ff0_0000_0000_0001,
        ] {
            let x = canonical(f64::from_bits(bits));
            assert_eq!(x.to_bits(), CANONICAL_NAN.to_bits());
        }
        assert_eq!(canonical(-0.0).to_bits(), (-0.0_f64).to_bits());
    }

    #[test]
    fn whole_powers() {
        assert_eq!(powi(2.0, 10), 1024.0);
        assert_eq!(powi(2.0, -2), 0.25);
        assert_eq!(powi(0.0, 0), 1.0);
        assert_eq!(powi(1.0, i32::MIN), 1.0);
        assert_eq!(powi(-3.0, 3), -27.0);
    }

    /// These bits are libm's, whatever the platform's own library answers.
    #[test]
    fn the_bits_are_pinned() {
        assert_eq!(exp(1.0).to_bits(), 0x4005_bf0a_8b14_576a);
        assert_eq!(ln(2.0).to_bits(), 0x3fe6_2e42_fefa_39ef);
        assert_eq!(ln(f64::EPSILON), -36.04365338911715);
        assert_eq!(pow(2.0, 0.5).to_bits(), 2.0_f64.sqrt().to_bits());
    }
}
