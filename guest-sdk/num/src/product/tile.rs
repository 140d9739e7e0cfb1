//! The innermost loops: sums of a few vectors with a few others, kept in
//! registers over a whole run.

use std::ops::{Add, Mul, Range};

use super::{GROUP, HALF};
use crate::lanes::{F32x4, F64x2, Lanes};

/// `f64` or `f32`.
pub trait Number: Copy + Default + Add<Output = Self> + Mul<Output = Self> + 'static {
    /// A register of them.
    type Lanes: Lanes<Number = Self>;
    /// Whether a register holds two of them, not four.
    const DOUBLE: bool;
    /// Four numbers in registers, each of which is there in every turn.
    fn turns(four: [Self; HALF]) -> [Self::Lanes; HALF];
}

impl Number for f64 {
    type Lanes = F64x2;
    const DOUBLE: bool = true;

    #[inline(always)]
    fn turns(four: [Self; HALF]) -> [F64x2; HALF] {
        let (low, high) = (F64x2::of(&four), F64x2::of(&four[2..]));
        [low, low.turned(), high, high.turned()]
    }
}

impl Number for f32 {
    type Lanes = F32x4;
    const DOUBLE: bool = false;

    #[inline(always)]
    fn turns(four: [Self; HALF]) -> [F32x4; HALF] {
        let first = F32x4::of(&four);
        let second = first.turned();
        let third = second.turned();
        [first, second, third, third.turned()]
    }
}

/// Up to eight by eight numbers of a product: whole rows, and which of their
/// columns.
pub(super) struct Corner<'a, T> {
    pub(super) out: &'a mut [T],
    pub(super) width: usize,
    pub(super) columns: Range<usize>,
    /// Whether what is above the diagonal may be left as it is.
    pub(super) diagonal: bool,
}

impl<T: Number> Corner<'_, T> {
    /// Adds the inner products of one run of two groups; tiles that are
    /// nothing but filling are left out.
    pub(super) fn add(&mut self, a: &[[T; GROUP]], b: &[[T; GROUP]]) {
        let lower = self.out.len() > HALF * self.width;
        // Two registers are all columns of single precision.
        let right = T::DOUBLE && self.columns.len() > HALF;
        self.put(0, 0, tile::<T, 0, 0>(a, b));
        if right && !self.diagonal {
            self.put(0, HALF, tile::<T, 0, HALF>(a, b));
        }
        if lower {
            self.put(HALF, 0, tile::<T, HALF, 0>(a, b));
        }
        if lower && right {
            self.put(HALF, HALF, tile::<T, HALF, HALF>(a, b));
        }
    }

    /// Adds a tile: in turn `t`, a lane has what belongs `t` rows further down
    /// than the lane, as far as a register goes.
    fn put(&mut self, down: usize, across: usize, sums: [[T::Lanes; 2]; HALF]) {
        let width = T::Lanes::WIDTH;
        let mut tile = [[T::default(); GROUP]; HALF];
        for (turn, sums) in sums.into_iter().enumerate() {
            for (half, sum) in sums.into_iter().enumerate() {
                for (lane, sum) in sum.lanes().as_ref().iter().enumerate() {
                    let row = turn / width * width + (turn + lane) % width;
                    tile[row][half * width + lane] = *sum;
                }
            }
        }
        let rows = self.out.chunks_exact_mut(self.width).skip(down);
        for (row, sums) in rows.zip(tile) {
            let columns = self.columns.start + across..self.columns.end;
            for (out, sum) in row[columns].iter_mut().zip(&sums[..2 * width]) {
                *out = *out + *sum;
            }
        }
    }
}

/// The inner products of four vectors of a group, from `I` on, with as many of
/// another as fill two registers, from `J` on.
#[inline(always)]
fn tile<T: Number, const I: usize, const J: usize>(
    a: &[[T; GROUP]],
    b: &[[T; GROUP]],
) -> [[T::Lanes; 2]; HALF] {
    let mut sums = [[T::Lanes::splat(T::default()); 2]; HALF];
    for (a, b) in a.iter().zip(b) {
        let right = [
            T::Lanes::of(&b[J..]),
            T::Lanes::of(&b[J + T::Lanes::WIDTH..]),
        ];
        let left = T::turns([a[I], a[I + 1], a[I + 2], a[I + 3]]);
        for (sums, a) in sums.iter_mut().zip(left) {
            for (sum, b) in sums.iter_mut().zip(right) {
                *sum = sum.plus_product(a, b);
            }
        }
    }
    sums
}

/// The inner products of a group with one vector.
#[inline(always)]
pub(super) fn column<T: Number>(group: &[[T; GROUP]], vector: &[T]) -> [T; GROUP] {
    let mut sums = [T::default(); GROUP];
    for (numbers, x) in group.iter().zip(vector) {
        for (sum, number) in sums.iter_mut().zip(numbers) {
            *sum = *sum + *number * *x;
        }
    }
    sums
}
