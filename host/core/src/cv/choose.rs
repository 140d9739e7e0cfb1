//! Choices of `p` out of `n`: how many there are, and the one of a number.
//!
//! In the order of Python's `itertools.combinations`, which is that of the
//! splits of the splitters that leave `p` out.

/// How many choices of `p` out of `n` there are; `u64::MAX` for that many or
/// more.
pub(super) fn choices(n: u64, p: u64) -> u64 {
    let Some(rest) = n.checked_sub(p) else {
        return 0;
    };
    let mut count: u64 = 1;
    for i in 0..p.min(rest) {
        // Exact: `count` is then that of `i + 1` out of `n`. It only grows,
        // so that what does not fit any more never will again.
        let next = u128::from(count) * u128::from(n - i) / u128::from(i + 1);
        match u64::try_from(next) {
            Ok(next) => count = next,
            Err(_) => return u64::MAX,
        }
    }
    count
}

/// The choice of this number among those of `p` out of `n`, ascending.
pub(super) fn combination(n: u32, p: u32, number: u32) -> Vec<u32> {
    let mut chosen = Vec::with_capacity(p as usize);
    let mut number = u64::from(number);
    let mut item = 0;
    while chosen.len() < p as usize && item < n {
        // Choices that have this item come before those that do not.
        let with_it = choices(
            u64::from(n - item - 1),
            u64::from(p) - chosen.len() as u64 - 1,
        );
        if number < with_it {
            chosen.push(item);
        } else {
            number -= with_it;
        }
        item += 1;
    }
    chosen
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn choices_are_counted_until_they_no_longer_fit() {
        assert_eq!(choices(5, 2), 10);
        assert_eq!(choices(5, 5), 1);
        assert_eq!(choices(5, 0), 1);
        assert_eq!(choices(5, 6), 0);
        assert_eq!(choices(67, 33), 14_226_520_737_620_288_370);
        assert_eq!(choices(68, 34), u64::MAX);
        assert_eq!(choices(u64::from(u32::MAX), 1 << 31), u64::MAX);
        assert_eq!(choices(100_000, 99_999), 100_000);
    }

    /// `list(itertools.combinations(range(5), 3))`.
    #[test]
    fn choices_come_in_pythons_order() {
        let all: Vec<_> = (0..10).map(|i| combination(5, 3, i)).collect();
        assert_eq!(
            all,
            [
                [0, 1, 2],
                [0, 1, 3],
                [0, 1, 4],
                [0, 2, 3],
                [0, 2, 4],
                [0, 3, 4],
                [1, 2, 3],
                [1, 2, 4],
                [1, 3, 4],
                [2, 3, 4]
            ]
        );
        assert_eq!(combination(100_000, 99_999, 99_999)[0], 1);
        assert_eq!(combination(100_000, 1, 99_999), [99_999]);
    }

    proptest! {
        #[test]
        fn each_number_is_the_next_choice(n in 1_u32..12, p in 1_u32..6) {
            let count = choices(u64::from(n), u64::from(p)) as u32;
            let all: Vec<_> = (0..count).map(|i| combination(n, p, i)).collect();
            prop_assert!(all.is_sorted_by(|a, b| a < b));
            prop_assert!(all.iter().all(|c| c.len() == p as usize && c.is_sorted_by(|a, b| a < b)));
        }
    }
}
