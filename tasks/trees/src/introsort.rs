//! A sort that leaves equal keys where scikit-learn's leaves them: introsort
//! (D. R. Musser, "Introspective sorting and selection algorithms", Software:
//! Practice and Experience 27(8), 1997) that parts in three.
//!
//! Any other sort is faster or stable. But sums run over rows in the order the
//! sort leaves, and their last bits decide between splits that are equal but
//! for rounding.

/// Up to so many are inserted one by one.
const FEW: usize = 15;

/// Sorts by keys without NaN.
pub(crate) fn introsort<T, K: PartialOrd + Copy>(items: &mut [T], key: impl Fn(&T) -> K) {
    if !items.is_empty() {
        part(items, &key, 2 * items.len().ilog2());
    }
}

fn part<T, K: PartialOrd + Copy>(mut items: &mut [T], key: &impl Fn(&T) -> K, mut depth: u32) {
    while items.len() > FEW {
        if depth == 0 {
            return heapsort(items, key);
        }
        depth -= 1;
        let pivot = middle(
            key(&items[0]),
            key(&items[items.len() / 2]),
            key(&items[items.len() - 1]),
        );
        let (mut i, mut low, mut high) = (0, 0, items.len());
        while i < high {
            // Changes places even with itself: there is nothing to guess.
            let k = key(&items[i]);
            let (less, more) = (k < pivot, k > pivot);
            high -= usize::from(more);
            let other = if more { high } else { i };
            items.swap(i, if less { low } else { other });
            low += usize::from(less);
            i += usize::from(!more);
        }
        let (below, above) = items.split_at_mut(high);
        part(&mut below[..low], key, depth);
        items = above;
    }
    for i in 1..items.len() {
        let mut at = i;
        while at > 0 && key(&items[at - 1]) > key(&items[at]) {
            items.swap(at - 1, at);
            at -= 1;
        }
    }
}

/// The middle one of three.
fn middle<K: PartialOrd>(a: K, b: K, c: K) -> K {
    let (low, high) = if b < a { (b, a) } else { (a, b) };
    if c < low {
        low
    } else if high < c {
        high
    } else {
        c
    }
}

fn heapsort<T, K: PartialOrd + Copy>(items: &mut [T], key: &impl Fn(&T) -> K) {
    for start in (0..items.len() / 2).rev() {
        sink(items, key, start);
    }
    for end in (1..items.len()).rev() {
        items.swap(0, end);
        sink(&mut items[..end], key, 0);
    }
}

fn sink<T, K: PartialOrd + Copy>(items: &mut [T], key: &impl Fn(&T) -> K, mut at: usize) {
    loop {
        let mut largest = at;
        for child in [2 * at + 1, 2 * at + 2] {
            if child < items.len() && key(&items[largest]) < key(&items[child]) {
                largest = child;
            }
        }
        if largest == at {
            return;
        }
        items.swap(at, largest);
        at = largest;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pleat_num::rng::RandomState;

    /// `_py_simultaneous_sort` of scikit-learn 1.9.1, on
    /// `RandomState(1).randint(0, 5, 40)`.
    #[test]
    fn equal_keys_end_where_scikit_learns_end() {
        let mut draws = RandomState::new(1);
        let mut items: Vec<(u64, usize)> = (0..40).map(|i| (draws.interval(4), i)).collect();
        introsort(&mut items, |item| item.0);
        let places: Vec<usize> = items.iter().map(|item| item.1).collect();
        assert_eq!(
            places,
            [
                2, 5, 6, 36, 31, 28, 32, 23, 30, 39, 3, 35, 7, 27, 26, 38, 21, 22, 10, 24, 25, 19,
                17, 34, 13, 11, 37, 0, 33, 4, 15, 29, 20, 18, 16, 14, 12, 9, 8, 1
            ]
        );
    }

    #[test]
    fn any_way_of_sorting_sorts() {
        for n in [0, 1, 2, 15, 16, 100, 1000] {
            let mut draws = RandomState::new(n);
            let keys: Vec<u64> = (0..n).map(|_| draws.interval(50)).collect();
            let mut expected = keys.clone();
            expected.sort_unstable();
            let (mut quick, mut heap) = (keys.clone(), keys);
            introsort(&mut quick, |k| *k);
            heapsort(&mut heap, &|k: &u64| *k);
            assert_eq!(quick, expected);
            assert_eq!(heap, expected);
        }
    }
}
