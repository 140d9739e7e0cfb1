//! The best place to cut a node in two along one column.
//!
//! Whether a cut is good is decided with scikit-learn's formula; but as two
//! divisions a row are dear, a first look multiplies with reciprocals instead, in
//! lanes, and only what comes near the best so far is looked at again.

use crate::table::apart;

/// Cuts that are looked at together.
const LANES: usize = 8;

/// How far a first look may be off, many times over.
const NEARLY: f64 = 1.0 - 1e-12;

/// What is summed over a node's rows.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sums {
    /// Of the targets, each times its weight.
    pub(crate) sum: f64,
    /// Of their squares, likewise.
    pub(crate) squares: f64,
    /// Of the weights.
    pub(crate) mass: f64,
}

impl Sums {
    /// The variance.
    pub(crate) fn impurity(&self) -> f64 {
        let mean = self.sum / self.mass;
        self.squares / self.mass - mean * mean
    }

    /// What remains.
    pub(crate) fn less(&self, part: &Sums) -> Sums {
        Sums {
            sum: self.sum - part.sum,
            squares: self.squares - part.squares,
            mass: self.mass - part.mass,
        }
    }
}

/// What parts must have at least.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Least {
    pub(crate) rows: usize,
    pub(crate) mass: f64,
}

/// The targets of a fit's rows, by place.
#[derive(Clone, Copy)]
pub(crate) struct Targets<'a> {
    /// Each times its weight.
    pub(crate) sums: &'a [f64],
    /// The weights, if they are not all one.
    pub(crate) weights: Option<&'a [f64]>,
}

/// A cut: how good it is, and how many rows or codes are below it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Cut {
    pub(crate) score: f64,
    pub(crate) at: usize,
}

/// Higher is better, within a node.
fn score(left: f64, right: f64, masses: (f64, f64)) -> f64 {
    left * left / masses.0 + right * right / masses.1
}

/// Looks through nodes, and keeps the room it needs for that.
pub(crate) struct Scanner {
    /// Sums up to each row, and masses.
    sums: Vec<f64>,
    masses: Vec<f64>,
    /// 1 / i, and 1 / (length - i).
    ascending: Vec<f64>,
    descending: Vec<f64>,
    /// Sums and masses by code, and how many rows.
    bins: Vec<[f64; 2]>,
    counts: Vec<u32>,
}

impl Scanner {
    /// For nodes of at most so many rows.
    pub(crate) fn new(rows: usize) -> Self {
        let ascending: Vec<f64> = (0..=rows).map(|i| 1.0 / i as f64).collect();
        let descending = ascending.iter().rev().copied().collect();
        Scanner {
            sums: Vec::new(),
            masses: Vec::new(),
            ascending,
            descending,
            bins: Vec::new(),
            counts: Vec::new(),
        }
    }

    /// The best cut of a node whose rows stand in the order of the column; it
    /// must be better than `beaten`. `apart` says whether a row's value can be
    /// told from that of the row before it.
    pub(crate) fn sorted(
        &mut self,
        run: &[u32],
        targets: Targets<'_>,
        node: &Sums,
        least: Least,
        beaten: f64,
        apart: impl Fn(usize) -> bool,
    ) -> Option<Cut> {
        match targets.weights {
            None => self.counted(run, targets.sums, node, least, beaten, apart),
            Some(weights) => self.weighed(run, targets.sums, weights, node, least, beaten, apart),
        }
    }

    fn counted(
        &mut self,
        run: &[u32],
        targets: &[f64],
        node: &Sums,
        least: Least,
        beaten: f64,
        apart: impl Fn(usize) -> bool,
    ) -> Option<Cut> {
        let n = run.len();
        add_up(&mut self.sums, run, targets);
        // Cuts leave `first` rows below them, or more, up to `last`.
        let rows = least.rows.max(1).max(least.mass.ceil() as usize);
        let (first, last) = (rows, n.checked_sub(rows)?);
        if first > last {
            return None;
        }
        let sums = &self.sums[first - 1..last];
        let below = &self.ascending[first..];
        let above = &self.descending[self.descending.len() - 1 - n + first..];
        let mut best: Option<Cut> = None;
        let mut bound = beaten * NEARLY;
        let look = |bound: &mut f64, best: &mut Option<Cut>, i: usize| {
            let (at, left) = (first + i, sums[i]);
            let exact = score(left, node.sum - left, (at as f64, (n - at) as f64));
            let beaten = best.map_or(beaten, |b| b.score);
            if exact > beaten && apart(at) {
                *best = Some(Cut { score: exact, at });
                *bound = exact * NEARLY;
            }
        };
        let whole = sums.len() - sums.len() % LANES;
        let eights = sums[..whole].chunks_exact(LANES);
        let of_cuts = below.chunks_exact(LANES).zip(above.chunks_exact(LANES));
        for (e, (left, (below, above))) in eights.zip(of_cuts).enumerate() {
            let mut scores = [0.0; LANES];
            for lane in 0..LANES {
                let right = node.sum - left[lane];
                scores[lane] = left[lane] * left[lane] * below[lane] + right * right * above[lane];
            }
            let mut highest = [scores[0], scores[1]];
            for pair in scores.chunks_exact(2) {
                for lane in 0..2 {
                    if pair[lane] > highest[lane] {
                        highest[lane] = pair[lane];
                    }
                }
            }
            if highest[0] > bound || highest[1] > bound {
                for (lane, score) in scores.iter().enumerate() {
                    if *score > bound {
                        look(&mut bound, &mut best, e * LANES + lane);
                    }
                }
            }
        }
        for i in whole..sums.len() {
            look(&mut bound, &mut best, i);
        }
        best
    }

    #[allow(clippy::too_many_arguments)]
    fn weighed(
        &mut self,
        run: &[u32],
        targets: &[f64],
        weights: &[f64],
        node: &Sums,
        least: Least,
        beaten: f64,
        apart: impl Fn(usize) -> bool,
    ) -> Option<Cut> {
        let n = run.len();
        add_up(&mut self.sums, run, targets);
        add_up(&mut self.masses, run, weights);
        let rows = least.rows.max(1);
        let mut best: Option<Cut> = None;
        let mut beaten = beaten;
        for at in rows..=n.checked_sub(rows)? {
            let (left, below) = (self.sums[at - 1], self.masses[at - 1]);
            let masses = (below, node.mass - below);
            let exact = score(left, node.sum - left, masses);
            if exact > beaten && masses.0 >= least.mass && masses.1 >= least.mass && apart(at) {
                beaten = exact;
                best = Some(Cut { score: exact, at });
            }
        }
        best
    }

    /// The best cut of a node along a coded column, or none, and whether the
    /// column is constant in it. `at` is the first code above the cut.
    pub(crate) fn coded(
        &mut self,
        rows: &[u32],
        (codes, levels): (&[u8], &[f32]),
        targets: Targets<'_>,
        node: &Sums,
        least: Least,
    ) -> (Option<Cut>, bool) {
        self.fill(rows, codes, levels.len(), targets);
        let mut present = (0..levels.len()).filter(|code| self.counts[*code] > 0);
        let Some(mut below) = present.next() else {
            return (None, true);
        };
        let lowest = below;
        let (mut count, [mut sum, mut mass]) = (self.counts[below] as usize, self.bins[below]);
        let mut best: Option<Cut> = None;
        for code in present {
            let masses = (mass, node.mass - mass);
            let exact = score(sum, node.sum - sum, masses);
            if best.is_none_or(|best| exact > best.score)
                && apart(levels[below], levels[code])
                && count >= least.rows
                && rows.len() - count >= least.rows
                && masses.0 >= least.mass
                && masses.1 >= least.mass
            {
                best = Some(Cut {
                    score: exact,
                    at: code,
                });
            }
            count += self.counts[code] as usize;
            sum += self.bins[code][0];
            mass += self.bins[code][1];
            below = code;
        }
        (best, !apart(levels[lowest], levels[below]))
    }

    /// Sums up by code.
    fn fill(&mut self, rows: &[u32], codes: &[u8], levels: usize, targets: Targets<'_>) {
        self.bins.clear();
        self.bins.resize(levels, [0.0; 2]);
        self.counts.clear();
        self.counts.resize(levels, 0);
        for row in rows {
            let row = *row as usize;
            let code = codes[row] as usize;
            let weight = targets.weights.map_or(1.0, |w| w[row]);
            let bin = &mut self.bins[code];
            *bin = [bin[0] + targets.sums[row], bin[1] + weight];
            self.counts[code] += 1;
        }
    }
}

/// Sums of `amounts` up to and with each row of a run.
fn add_up(sums: &mut Vec<f64>, run: &[u32], amounts: &[f64]) {
    sums.clear();
    let mut sum = 0.0;
    sums.extend(run.iter().map(|row| {
        sum += amounts[*row as usize];
        sum
    }));
}

/// The highest code below a cut, and the lowest above, among a node's rows.
pub(crate) fn around(rows: &[u32], codes: &[u8], at: usize) -> (usize, usize) {
    let (mut low, mut high) = (0, usize::MAX);
    for row in rows {
        let code = codes[*row as usize] as usize;
        if code < at {
            low = low.max(code);
        } else {
            high = high.min(code);
        }
    }
    (low, high)
}
