//! Registers of 128 bits: two doubles or four singles that are added and
//! multiplied at once.
//!
//! For the few loops that the compiler does not find them in by itself. Each
//! operation is that of every lane, rounded as it would be alone, so that the
//! form for other targets has the same bits.

/// Numbers side by side, as many as fill a register.
pub trait Lanes: Copy {
    /// One of them.
    type Number: Copy;
    /// How many there are.
    const WIDTH: usize;
    /// The same number in every lane.
    fn splat(x: Self::Number) -> Self;
    /// These numbers moved down by a lane, the first to the last.
    fn turned(self) -> Self;
    /// The first numbers of a slice, of which there must be enough.
    fn of(numbers: &[Self::Number]) -> Self;
    /// Lane by lane `self + x * y`, rounded twice.
    fn plus_product(self, x: Self, y: Self) -> Self;
    /// The numbers.
    fn lanes(self) -> impl AsRef<[Self::Number]>;
}

macro_rules! lanes {
    ($(#[$doc:meta])* $name:ident, $number:ty, [$($lane:literal)+], $splat:ident, $add:ident, $mul:ident, $of:ident, $extract:ident, $shuffle:ident [$($from:literal)+]) => {
        $(#[$doc])*
        #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
        #[derive(Clone, Copy, Debug)]
        pub struct $name(core::arch::wasm32::v128);

        #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
        impl Lanes for $name {
            type Number = $number;
            const WIDTH: usize = [$($lane),+].len();

            #[inline(always)]
            fn splat(x: $number) -> Self {
                $name(core::arch::wasm32::$splat(x))
            }

            #[inline(always)]
            fn turned(self) -> Self {
                $name(core::arch::wasm32::$shuffle::<$($from),+>(self.0, self.0))
            }

            #[inline(always)]
            fn of(numbers: &[$number]) -> Self {
                let numbers = &numbers[..Self::WIDTH];
                $name(core::arch::wasm32::$of($(numbers[$lane]),+))
            }

            #[inline(always)]
            fn plus_product(self, x: Self, y: Self) -> Self {
                use core::arch::wasm32::{$add, $mul};
                $name($add(self.0, $mul(x.0, y.0)))
            }

            #[inline(always)]
            fn lanes(self) -> impl AsRef<[$number]> {
                [$(core::arch::wasm32::$extract::<$lane>(self.0)),+]
            }
        }

        $(#[$doc])*
        #[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
        #[derive(Clone, Copy, Debug)]
        pub struct $name([$number; [$($lane),+].len()]);

        #[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
        impl Lanes for $name {
            type Number = $number;
            const WIDTH: usize = [$($lane),+].len();

            #[inline(always)]
            fn splat(x: $number) -> Self {
                $name([x; Self::WIDTH])
            }

            #[inline(always)]
            fn turned(self) -> Self {
                $name([$(self.0[$from]),+])
            }

            #[inline(always)]
            fn of(numbers: &[$number]) -> Self {
                let numbers = &numbers[..Self::WIDTH];
                $name([$(numbers[$lane]),+])
            }

            #[inline(always)]
            fn plus_product(self, x: Self, y: Self) -> Self {
                $name([$(self.0[$lane] + x.0[$lane] * y.0[$lane]),+])
            }

            #[inline(always)]
            fn lanes(self) -> impl AsRef<[$number]> {
                self.0
            }
        }
    };
}

lanes! {
    /// Two doubles.
    F64x2, f64, [0 1], f64x2_splat, f64x2_add, f64x2_mul, f64x2, f64x2_extract_lane, i64x2_shuffle [1 0]
}
lanes! {
    /// Four singles.
    F32x4, f32, [0 1 2 3], f32x4_splat, f32x4_add, f32x4_mul, f32x4, f32x4_extract_lane, i32x4_shuffle [1 2 3 0]
}
