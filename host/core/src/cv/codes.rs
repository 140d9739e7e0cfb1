//! Codes of classes and groups without gaps: what `np.unique` makes of them.

/// Codes from 0 on, each of which some row has.
pub(super) struct Codes {
    /// The code of each row; they ascend as those passed do.
    pub(super) of_row: Vec<u32>,
    /// How many rows have each.
    pub(super) counts: Vec<usize>,
}

impl Codes {
    pub(super) fn new(passed: &[u32]) -> Self {
        let mut known = passed.to_vec();
        known.sort_unstable();
        known.dedup();
        let mut counts = vec![0; known.len()];
        let of_row = passed.iter().map(|code| {
            let code = known.partition_point(|k| k < code);
            counts[code] += 1;
            // There are no more codes than rows, which a `u32` counts.
            code as u32
        });
        Self {
            of_row: of_row.collect(),
            counts,
        }
    }

    /// The rows of each code, ascending.
    pub(super) fn members(&self) -> Vec<Vec<u32>> {
        let mut members: Vec<_> = self.counts.iter().map(|n| Vec::with_capacity(*n)).collect();
        for (row, code) in (0..).zip(&self.of_row) {
            members[*code as usize].push(row);
        }
        members
    }
}
