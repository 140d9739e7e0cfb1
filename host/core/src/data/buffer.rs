//! The numbers of a column, wherever their bytes are.
//!
//! A column read from a stored table is a view into the file's bytes, which
//! all who look at the table share; one that was computed owns its numbers.
//! What the numbers mean is not known here.

use std::fmt;
use std::marker::PhantomData;
use std::ops::{Deref, Range};

use bytes::Bytes;

/// A number that lies in a table's bytes as it lies in memory.
pub trait Element: bytemuck::Pod + Send + Sync + fmt::Debug {
    /// The number these bytes are, little end first; zero if they are too few.
    fn from_le(bytes: &[u8]) -> Self;
}

macro_rules! element {
    ($($number:ty),*) => {$(
        impl Element for $number {
            fn from_le(bytes: &[u8]) -> Self {
                bytes.first_chunk().map_or_else(Self::default, |b| Self::from_le_bytes(*b))
            }
        }
    )*};
}

element!(f64, u32);

/// Numbers in memory that does not change: cheap to clone, read as a slice.
#[derive(Clone)]
pub struct Buffer<T> {
    /// What the numbers are part of.
    bytes: Bytes,
    /// Where they are; aligned for `T`, in this machine's byte order.
    range: Range<usize>,
    of: PhantomData<T>,
}

/// A vector that lends out its bytes.
struct Owner<T>(Vec<T>);

impl<T: Element> AsRef<[u8]> for Owner<T> {
    fn as_ref(&self) -> &[u8] {
        bytemuck::cast_slice(&self.0)
    }
}

impl<T: Element> Buffer<T> {
    /// The numbers in this range of bytes, little end first; none where
    /// there are no such bytes. They are not copied unless they lie where
    /// this machine cannot read them in place.
    #[must_use]
    pub fn part(bytes: &Bytes, range: Range<usize>) -> Self {
        let part = bytes.get(range.clone()).unwrap_or_default();
        let readable =
            cfg!(target_endian = "little") && bytemuck::try_cast_slice::<u8, T>(part).is_ok();
        if readable {
            return Self {
                bytes: bytes.clone(),
                range,
                of: PhantomData,
            };
        }
        part.chunks_exact(size_of::<T>()).map(T::from_le).collect()
    }

    /// These buffers as one, without a copy: `None` unless each begins where
    /// the one before it ends.
    #[must_use]
    pub fn joined<'a>(mut buffers: impl Iterator<Item = &'a Self>) -> Option<Self> {
        let mut all = buffers.next()?.clone();
        for next in buffers {
            let same = all.bytes.as_ptr() == next.bytes.as_ptr()
                && all.bytes.len() == next.bytes.len()
                && all.range.end == next.range.start;
            if !same {
                return None;
            }
            all.range.end = next.range.end;
        }
        Some(all)
    }
}

impl<T: Element> From<Vec<T>> for Buffer<T> {
    fn from(numbers: Vec<T>) -> Self {
        let bytes = Bytes::from_owner(Owner(numbers));
        Self {
            range: 0..bytes.len(),
            bytes,
            of: PhantomData,
        }
    }
}

impl<T: Element> FromIterator<T> for Buffer<T> {
    fn from_iter<I: IntoIterator<Item = T>>(numbers: I) -> Self {
        numbers.into_iter().collect::<Vec<T>>().into()
    }
}

impl<T: Element> Deref for Buffer<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        // Both ways to make a buffer see to it that this fits.
        let part = self.bytes.get(self.range.clone()).unwrap_or_default();
        bytemuck::try_cast_slice(part).unwrap_or_default()
    }
}

impl<T: Element + PartialEq> PartialEq for Buffer<T> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl<T: Element> fmt::Debug for Buffer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shared_bytes_are_read_where_they_lie() {
        let numbers = [1.5_f64, -0.0, f64::NAN];
        let bytes = Buffer::from(numbers.to_vec()).bytes;
        let view = Buffer::<f64>::part(&bytes, 0..24);
        assert_eq!(view.as_ptr().cast::<u8>(), bytes.as_ptr());
        assert_eq!(view.clone().as_ptr(), view.as_ptr());
        assert_eq!(view[..2], numbers[..2]);
        assert!(view[2].is_nan());
    }

    #[test]
    fn what_lies_askew_is_copied() {
        let straight = Buffer::from(vec![7.0_f64, 8.0, 9.0]).bytes;
        let askew = straight.slice(4..20);
        let copied = Buffer::<f64>::part(&straight, 4..20);
        assert_ne!(copied.as_ptr().cast::<u8>(), askew.as_ptr());
        assert_eq!(copied.len(), 2);
        let expected = f64::from_le_bytes(askew[..8].try_into().unwrap());
        assert_eq!(copied[0].to_bits(), expected.to_bits());
        // Half a number is none.
        assert_eq!(Buffer::<f64>::part(&straight, 0..12).len(), 1);
    }

    #[test]
    fn what_lies_in_a_row_is_one() {
        let bytes = Buffer::from(vec![1.0, 2.0, 3.0, 4.0]).bytes;
        let part = |range| Buffer::<f64>::part(&bytes, range);
        let all = Buffer::joined([part(8..16), part(16..32)].iter()).unwrap();
        assert_eq!(*all, [2.0, 3.0, 4.0]);
        assert_eq!(all.as_ptr().cast::<u8>(), bytes[8..].as_ptr());
        // A gap, the wrong order, other memory, nothing.
        assert!(Buffer::joined([part(0..8), part(16..24)].iter()).is_none());
        assert!(Buffer::joined([part(8..16), part(0..8)].iter()).is_none());
        let other = Buffer::from(vec![2.0]);
        assert!(Buffer::joined([part(0..8), other].iter()).is_none());
        assert!(Buffer::<f64>::joined([].iter()).is_none());
    }

    #[test]
    fn nothing_is_a_buffer_too() {
        assert!(Buffer::<f64>::from(vec![]).is_empty());
        assert!(Buffer::<u32>::part(&Bytes::new(), 0..0).is_empty());
        assert_eq!(Buffer::from(vec![1_u32, 2]), (1..3).collect());
    }
}
