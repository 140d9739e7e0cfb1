//! Putting the rows of a node in the order of a column: sorting by ranks.

/// A row by its place in a node, and its rank in a column.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Entry(u64);

impl Entry {
    /// A place with its rank.
    #[must_use]
    pub fn new(rank: u32, place: u32) -> Self {
        Entry(u64::from(rank) << 32 | u64::from(place))
    }

    /// The rank.
    #[must_use]
    pub fn rank(self) -> u32 {
        (self.0 >> 32) as u32
    }

    /// The place.
    #[must_use]
    pub fn place(self) -> u32 {
        self.0 as u32
    }
}

/// Up to so many are inserted one by one.
const FEW: usize = 20;
/// A bucket of more is sorted by comparing.
const CROWD: u32 = 24;

/// Room to sort in.
#[derive(Default)]
pub(crate) struct Order {
    entries: Vec<Entry>,
    /// What was sorted before.
    last: Vec<Entry>,
    /// Where the next entry of each bucket goes.
    places: Vec<u32>,
}

impl Order {
    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// What was sorted before that.
    pub(crate) fn last(&self) -> &[Entry] {
        &self.last
    }

    /// Sorts places by their ranks, which are not below `low` nor above `high`;
    /// equal ones stay in order. Ranks are spread evenly enough for about as
    /// many buckets as there are rows to leave nearly nothing to do. Answers
    /// with whether there are equal ones.
    pub(crate) fn sort(&mut self, ranks: &[u32], low: u32, high: u32) -> bool {
        let n = ranks.len();
        std::mem::swap(&mut self.entries, &mut self.last);
        if n <= FEW {
            self.entries.clear();
            let entries = (0u32..).zip(ranks);
            self.entries
                .extend(entries.map(|(place, rank)| Entry::new(*rank, place)));
            return insert(&mut self.entries);
        }
        let span = u64::from(high - low) + 1;
        let buckets = (n as u64).min(span);
        let scale = (buckets << 32) / span;
        let bucket = |rank: u32| ((u64::from(rank - low) * scale) >> 32) as usize;
        self.places.clear();
        self.places.resize(buckets as usize, 0);
        for rank in ranks {
            self.places[bucket(*rank)] += 1;
        }
        let (mut start, mut crowded) = (0, 0);
        for place in &mut self.places {
            crowded = crowded.max(*place);
            start += std::mem::replace(place, start);
        }
        self.entries.resize(n, Entry::default());
        for (place, rank) in (0u32..).zip(ranks) {
            let to = &mut self.places[bucket(*rank)];
            self.entries[*to as usize] = Entry::new(*rank, place);
            *to += 1;
        }
        if buckets == span {
            return crowded > 1;
        }
        if crowded > CROWD {
            let mut start = 0;
            for end in &self.places {
                if end - start > CROWD {
                    self.entries[start as usize..*end as usize].sort_by_key(|e| e.rank());
                }
                start = *end;
            }
        }
        insert(&mut self.entries)
    }

    /// Takes entries in the order they come.
    pub(crate) fn take(&mut self, entries: impl Iterator<Item = Entry>) -> &mut [Entry] {
        self.entries.clear();
        self.entries.extend(entries);
        &mut self.entries
    }
}

/// Sorts what is nearly sorted; answers with whether some are equal.
fn insert(entries: &mut [Entry]) -> bool {
    let mut tied = false;
    for i in 1..entries.len() {
        let entry = entries[i];
        let mut at = i;
        while at > 0 && entries[at - 1].rank() > entry.rank() {
            entries[at] = entries[at - 1];
            at -= 1;
        }
        entries[at] = entry;
        tied |= at > 0 && entries[at - 1].rank() == entry.rank();
    }
    tied
}

#[cfg(test)]
mod tests {
    use super::*;
    use pleat_num::rng::RandomState;

    #[test]
    fn any_way_of_sorting_is_stable() {
        // Few and many rows, of few and many ranks, evenly spread and crowded.
        for (n, of, power) in [
            (1, 9, 1),
            (20, 9, 1),
            (21, 5, 1),
            (400, 7, 1),
            (400, 1 << 30, 1),
            (400, 600, 5),
            (3000, 1 << 30, 9),
        ] {
            let mut draws = RandomState::new(n);
            let ranks: Vec<u32> = (0..n)
                .map(|_| 7 + (draws.double().powi(power) * f64::from(of)) as u32)
                .collect();
            let mut expected: Vec<Entry> = (0..n)
                .zip(&ranks)
                .map(|(place, rank)| Entry::new(*rank, place))
                .collect();
            expected.sort_by_key(|entry| entry.rank());
            let mut order = Order::default();
            let (low, high) = (expected[0].rank(), expected[n as usize - 1].rank());
            let tied = order.sort(&ranks, low, high);
            assert_eq!(order.entries(), expected, "{n} of {of}");
            let equal = |pair: &[Entry]| pair[0].rank() == pair[1].rank();
            assert_eq!(tied, expected.windows(2).any(equal), "{n} of {of}");
        }
    }
}
