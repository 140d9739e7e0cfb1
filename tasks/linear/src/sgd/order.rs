//! The order rows come in. The stream is Marsaglia's xorshift of 32 bits
//! (Journal of Statistical Software 8(14), 2003), as scikit-learn draws it, so
//! that rows come in its order.

/// Shuffles from the first element up, by the stream of this seed.
pub fn shuffle<T>(order: &mut [T], seed: u32) {
    // Zero would stay zero.
    let mut x = seed.max(1);
    let n = order.len();
    for i in 0..n.saturating_sub(1) {
        x ^= x << 13;
        x ^= x >> 17;
        x ^= x << 5;
        // A guest's rows are numbered in 32 bits.
        let j = i + ((x & (u32::MAX >> 1)) % (n - i) as u32) as usize;
        order.swap(i, j);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of `ArrayDataset64(...)._shuffle_py(seed)`, twice.
    #[test]
    fn the_order_is_scikit_learns() {
        let mut order: Vec<u32> = (0..10).collect();
        shuffle(&mut order, 12345);
        assert_eq!(order, [2, 4, 0, 8, 9, 7, 6, 5, 3, 1]);
        shuffle(&mut order, 12345);
        assert_eq!(order, [0, 9, 2, 3, 1, 5, 6, 7, 8, 4]);
        shuffle::<u32>(&mut [], 0);
        shuffle(&mut [1], 0);
    }
}
