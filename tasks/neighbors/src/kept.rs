//! The few of many rows that may be among the nearest, while they stream past.

/// Rows kept before the first sifting, at least.
const ROOM: usize = 32;

/// Rows that may be among the `k` nearest, by bounds of their distances.
#[derive(Debug)]
pub(crate) struct Kept {
    k: usize,
    room: usize,
    /// What lies above this is surely not among the nearest.
    limit: f64,
    rows: Vec<Bounded>,
    scratch: Vec<f64>,
}

/// A row, and between what its distance lies.
#[derive(Clone, Copy, Debug)]
struct Bounded {
    lower: f64,
    upper: f64,
    row: u32,
}

impl Kept {
    pub(crate) fn new(k: usize) -> Self {
        Kept {
            k,
            room: (2 * k).max(ROOM),
            limit: f64::INFINITY,
            rows: Vec::new(),
            scratch: Vec::new(),
        }
    }

    /// For another query.
    pub(crate) fn clear(&mut self) {
        self.rows.clear();
        self.room = (2 * self.k).max(ROOM);
        self.limit = f64::INFINITY;
    }

    pub(crate) fn limit(&self) -> f64 {
        self.limit
    }

    /// Keeps a row whose lower bound is not above the limit.
    pub(crate) fn push(&mut self, lower: f64, upper: f64, row: u32) {
        self.rows.push(Bounded { lower, upper, row });
        if self.rows.len() >= self.room {
            self.sift();
            // Where most stay, sifting again soon would take all the time.
            self.room = self.room.max(2 * self.rows.len());
        }
    }

    /// There are `k` rows at or below the `k`th lowest upper bound, so a row
    /// whose lower bound is above that is none of the nearest.
    fn sift(&mut self) {
        if self.rows.len() <= self.k {
            return;
        }
        self.scratch.clear();
        self.scratch.extend(self.rows.iter().map(|row| row.upper));
        let (_, kth, _) = self
            .scratch
            .select_nth_unstable_by(self.k - 1, f64::total_cmp);
        let limit = *kth;
        self.limit = limit;
        self.rows.retain(|row| row.lower <= limit);
    }

    /// All that may be among the nearest.
    pub(crate) fn rows(&mut self) -> impl Iterator<Item = u32> {
        self.sift();
        self.rows.iter().map(|row| row.row)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pleat_num::rng::RandomState;

    #[test]
    fn none_of_the_nearest_is_lost() {
        let mut draws = RandomState::new(1);
        for k in [1, 3, 40, 500] {
            let mut kept = Kept::new(k);
            for width in [0.0, 0.01, 1.0] {
                kept.clear();
                let of: Vec<f64> = (0..500).map(|_| draws.interval(99) as f64 / 10.0).collect();
                for (row, distance) in (0u32..).zip(&of) {
                    let lower = distance - width * draws.double();
                    if lower <= kept.limit() {
                        kept.push(lower, distance + width * draws.double(), row);
                    }
                }
                let found: Vec<u32> = kept.rows().collect();
                let mut sorted = of.clone();
                sorted.sort_by(f64::total_cmp);
                let near = (0u32..500).filter(|row| of[*row as usize] <= sorted[k - 1]);
                for row in near {
                    assert!(found.contains(&row), "{k} {width} {row}");
                }
                assert!(width > 0.5 || found.len() < k + 120, "{k} {}", found.len());
            }
        }
    }
}
