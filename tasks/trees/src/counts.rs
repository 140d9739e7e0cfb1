//! How mixed the classes of a node are where rows weigh whole numbers: counts
//! are exact, so they come out the same in any order, and a split can be ruled
//! out before its impurities are worked out with scikit-learn's arithmetic.

use crate::classes::Mixture;
use crate::criterion::Criterion;
use crate::run::{Best, Limits, Run, Side};

/// How much less a bound must be for rounding not to matter, as a share of the
/// weight of the node.
const SLACK: f64 = 1e-9;
/// Classes stand in lanes of so many.
const LANES: usize = 4;
/// Up to so many classes are counted in bytes beside each other,
const BYTES: usize = 16;
/// up to so many rows, each of which counts once.
const ONCE: usize = 255;

/// A [`Mixture`] over rows that count whole times.
pub struct ByCount<'a> {
    mixture: Mixture,
    /// Each row's class and how often it counts, in one.
    rows: &'a [Counted],
    classes: usize,
    /// The same, place after place.
    node: Vec<Counted>,
    /// The same, each class in bits of its own, where there is room for that.
    packed: Vec<u64>,
    /// Whether every row counts once, of so few classes that bytes will do.
    bytes: bool,
    at: usize,
    total: Vec<f64>,
    left: Vec<f64>,
    right: Vec<f64>,
    mass: f64,
    left_mass: f64,
    table: Counts,
}

/// A row's class and how often it counts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Counted(u32);

impl Counted {
    /// None if either does not fit.
    #[must_use]
    pub fn new(class: u32, times: f64) -> Option<Self> {
        let fits = class < 1 << 16 && times < 65_536.0 && times.trunc() == times;
        fits.then_some(Counted(class << 16 | times as u32))
    }

    fn class(self) -> usize {
        (self.0 >> 16) as usize
    }

    fn times(self) -> u32 {
        self.0 & 0xffff
    }
}

impl<'a> ByCount<'a> {
    /// Classes are below `classes`.
    #[must_use]
    pub fn new(mixture: Mixture, rows: &'a [Counted], classes: usize) -> Self {
        let slots = classes.next_multiple_of(LANES);
        ByCount {
            mixture,
            rows,
            classes,
            node: Vec::new(),
            packed: Vec::new(),
            bytes: slots > LANES && slots <= BYTES && rows.iter().all(|row| row.times() == 1),
            at: 0,
            total: vec![0.0; slots],
            left: vec![0.0; slots],
            right: vec![0.0; slots],
            mass: 0.0,
            left_mass: 0.0,
            table: Counts::default(),
        }
    }

    /// The impurity of counts of which the squares' sum is known.
    fn impurity_of(&self, counts: &[f64], squares: f64, mass: f64) -> f64 {
        match self.mixture {
            Mixture::Gini => 1.0 - squares / (mass * mass),
            Mixture::Entropy => self.mixture.impurity(&counts[..self.classes], mass),
        }
    }

    /// What a split must reach, as the sum over both sides of their counts'
    /// squares by their weight, which for Gini orders as the scores do.
    fn bound(&self, best: &Best) -> f64 {
        match self.mixture {
            Mixture::Gini => best.score + self.mass - SLACK * self.mass,
            Mixture::Entropy => -f64::INFINITY,
        }
    }

    /// Whether a split cannot be the best, by the sums of both sides' squares,
    /// without a division.
    #[inline]
    fn ruled_out(&self, squares: (f64, f64), left: f64, worth: f64) -> bool {
        let right = self.mass - left;
        squares.0 * right + squares.1 * left < worth * (left * right)
    }

    /// Weighs a split by the counts on its left and the sums of both sides'
    /// squares; answers with whether it is allowed.
    #[inline(never)]
    fn weigh(&mut self, split: &Weighed<'_>, best: &mut Best) -> bool {
        let (left, right) = (split.mass, self.mass - split.mass);
        let squares = split.squares;
        if !split.limits.allow(split.middle, split.rows - split.middle)
            || !split.limits.weigh(left, right)
            || !split.run.apart(split.lower, split.upper)
        {
            return false;
        }
        if self.mixture == Mixture::Entropy {
            for (right, (total, left)) in
                self.right.iter_mut().zip(self.total.iter().zip(&self.left))
            {
                *right = total - left;
            }
        }
        let impurity_left = self.impurity_of(&self.left, squares.0, left);
        let impurity_right = self.impurity_of(&self.right, squares.1, right);
        let score = -right * impurity_right - left * impurity_left;
        best.offer(score, split.run.column, || {
            split
                .run
                .between(split.lower, split.upper, split.middle, split.rows)
        });
        true
    }
}

/// A split about to be weighed.
struct Weighed<'a> {
    run: &'a Run<'a>,
    limits: &'a Limits,
    lower: u32,
    upper: u32,
    middle: usize,
    rows: usize,
    mass: f64,
    squares: (f64, f64),
}

impl Criterion for ByCount<'_> {
    fn enter(&mut self, rows: &[u32]) {
        self.node.clear();
        self.node
            .extend(rows.iter().map(|row| self.rows[*row as usize]));
        self.total.fill(0.0);
        for row in &self.node {
            self.total[row.class()] += f64::from(row.times());
        }
        self.mass = self.total.iter().sum();
        self.packed.clear();
        if self.total.len() == LANES && self.mass < 65_536.0 {
            let pack = |row: &Counted| u64::from(row.times()) << (16 * row.class());
            self.packed.extend(self.node.iter().map(pack));
        }
        self.begin(&[]);
    }

    fn begin(&mut self, _: &[u32]) {
        self.at = 0;
        self.left_mass = 0.0;
        self.left.fill(0.0);
        self.right.copy_from_slice(&self.total);
    }

    fn advance(&mut self, order: &[u32], to: usize) {
        for place in &order[self.at..to] {
            let row = self.node[*place as usize];
            let times = f64::from(row.times());
            self.left[row.class()] += times;
            self.right[row.class()] -= times;
            self.left_mass += times;
        }
        self.at = to;
    }

    fn mass(&self) -> f64 {
        self.mass
    }

    fn masses(&self) -> (f64, f64) {
        (self.left_mass, self.mass - self.left_mass)
    }

    fn impurity(&mut self) -> f64 {
        let counts = &self.total[..self.classes];
        self.mixture.impurity(counts, self.mass)
    }

    fn impurities(&self, _: &[u32]) -> (f64, f64) {
        let (left, right) = self.masses();
        (
            self.mixture.impurity(&self.left[..self.classes], left),
            self.mixture.impurity(&self.right[..self.classes], right),
        )
    }

    fn score(&self, _: &[u32]) -> f64 {
        let (left, right) = self.masses();
        let impurity = |counts: &[f64], mass| {
            let squares = match self.mixture {
                Mixture::Gini => squares(counts),
                Mixture::Entropy => 0.0,
            };
            self.impurity_of(counts, squares, mass)
        };
        -right * impurity(&self.right, right) - left * impurity(&self.left, left)
    }

    fn value(&self, out: &mut Vec<f64>) {
        let counts = &self.total[..self.classes];
        out.extend(counts.iter().map(|count| count / self.mass));
    }

    fn answers(&self) -> (f64, f64) {
        let (left, right) = self.masses();
        (self.left[0] / left, self.right[0] / right)
    }

    fn halfway(&self) -> f64 {
        let (left, right) = self.masses();
        self.left[0] / (2.0 * left) + self.right[0] / (2.0 * right)
    }

    fn minds_order(&self) -> bool {
        false
    }

    fn sweeps(&self) -> bool {
        true
    }

    fn sweep(&mut self, run: &Run<'_>, limits: &Limits, best: &mut Best) -> bool {
        let rows = run.sorted.len();
        self.left.fill(0.0);
        let mut worth = self.bound(best);
        let all = self.total.iter().map(|count| count * count).sum();
        let (mut squares, mut mass) = ((0.0, all), 0.0);
        let mut lower = run.low;
        for (middle, entry) in run.sorted.iter().enumerate() {
            let upper = entry.rank();
            if upper != lower && self.ruled_out(squares, mass, worth) {
                lower = upper;
            } else if upper != lower {
                let split = Weighed {
                    run,
                    limits,
                    lower,
                    upper,
                    middle,
                    rows,
                    mass,
                    squares,
                };
                if self.weigh(&split, best) {
                    worth = self.bound(best);
                }
                lower = upper;
            }
            let row = if run.of_table {
                self.rows[entry.place() as usize]
            } else {
                self.node[entry.place() as usize]
            };
            let (class, times) = (row.class(), f64::from(row.times()));
            let left = self.left[class];
            let right = self.total[class] - left;
            self.left[class] = left + times;
            squares.0 += times * (2.0 * left + times);
            squares.1 -= times * (2.0 * right - times);
            mass += times;
        }
        true
    }

    fn tally(&mut self, run: &Run<'_>, ranks: &[u32], limits: &Limits, best: &mut Best) -> bool {
        let slots = self.total.len();
        let distinct = (run.high - run.low) as usize + 1;
        // What going through the table costs, against what sorting does.
        if distinct * (slots + 4) > 8 * ranks.len() {
            return false;
        }
        self.table
            .count(ranks, run.low, distinct, &self.node, slots);
        let mut worth = self.bound(best);
        let (mut squares, mut middle) = ((0.0, 0.0), 0);
        let mut lower = run.low;
        self.left.fill(0.0);
        let mut mass = 0.0;
        for value in 0..distinct {
            let rows_here = self.table.rows[value] as usize;
            if rows_here == 0 {
                continue;
            }
            let upper = run.low + value as u32;
            if middle > 0 && !self.ruled_out(squares, mass, worth) {
                let split = Weighed {
                    run,
                    limits,
                    lower,
                    upper,
                    middle,
                    rows: ranks.len(),
                    mass,
                    squares,
                };
                if self.weigh(&split, best) {
                    worth = self.bound(best);
                }
            }
            let counts = &self.table.counts[value * slots..(value + 1) * slots];
            let added;
            (squares, added) = add(&mut self.left, &self.total, counts);
            mass += added;
            middle += rows_here;
            lower = upper;
        }
        true
    }

    fn part(&mut self, ranks: &[u32], side: Side) -> usize {
        let slots = self.total.len();
        if self.bytes {
            self.left.fill(0.0);
            self.at = if side.missing_left {
                add_bytes(ranks, &self.node, &mut self.left, |rank| side.is_left(rank))
            } else {
                add_bytes(ranks, &self.node, &mut self.left, |rank| rank <= side.last)
            };
        } else if self.packed.is_empty() {
            self.at = self.table.part(ranks, side, &self.node, slots);
            let counts = &self.table.counts;
            for (slot, left) in self.left.iter_mut().enumerate() {
                *left = f64::from(counts[slot] + counts[slots + slot]);
            }
        } else {
            let packed;
            (self.at, packed) = if side.missing_left {
                add_packed(ranks, &self.packed, |rank| side.is_left(rank))
            } else {
                // What is missing has a rank above.
                add_packed(ranks, &self.packed, |rank| rank <= side.last)
            };
            for (slot, left) in self.left.iter_mut().enumerate() {
                *left = (packed >> (16 * slot) & 0xffff) as f64;
            }
        }
        for (right, (total, left)) in self.right.iter_mut().zip(self.total.iter().zip(&self.left)) {
            *right = total - left;
        }
        self.left_mass = self.left.iter().sum();
        self.at
    }
}

/// How many are to the left, and their counts together.
fn add_packed(ranks: &[u32], packed: &[u64], is_left: impl Fn(u32) -> bool) -> (usize, u64) {
    let (mut rows, mut sum) = (0u32, 0u64);
    for (rank, packed) in ranks.iter().zip(packed) {
        let left = u32::from(is_left(*rank));
        rows += left;
        sum += u64::from(left).wrapping_neg() & packed;
    }
    (rows as usize, sum)
}

/// The sum of the squares of counts; all are whole, so any order will do.
fn squares(counts: &[f64]) -> f64 {
    let mut lanes = [0.0; LANES];
    for counts in counts.chunks_exact(LANES) {
        for lane in 0..LANES {
            lanes[lane] += counts[lane] * counts[lane];
        }
    }
    (lanes[0] + lanes[1]) + (lanes[2] + lanes[3])
}

/// Counts the classes to the left, a byte each; answers with how many rows
/// there are.
fn add_bytes(
    ranks: &[u32],
    node: &[Counted],
    left: &mut [f64],
    is_left: impl Fn(u32) -> bool,
) -> usize {
    let mut rows = 0;
    for (ranks, node) in ranks.chunks(ONCE).zip(node.chunks(ONCE)) {
        let mut counts = [0u8; BYTES];
        for (rank, row) in ranks.iter().zip(node) {
            let mask = u8::from(is_left(*rank)).wrapping_neg();
            let one = &ONES[row.class() % BYTES];
            for (count, one) in counts.iter_mut().zip(one) {
                *count += one & mask;
            }
        }
        rows += counts
            .iter()
            .map(|count| usize::from(*count))
            .sum::<usize>();
        for (left, count) in left.iter_mut().zip(counts) {
            *left += f64::from(count);
        }
    }
    rows
}

/// For each class a byte that is 1.
const ONES: [[u8; BYTES]; BYTES] = {
    let mut ones = [[0; BYTES]; BYTES];
    let mut class = 0;
    while class < BYTES {
        ones[class][class] = 1;
        class += 1;
    }
    ones
};

/// Adds counts to the left; answers with the sums of both sides' squares, and
/// with how much was added. All are whole, so any order of the sums will do.
fn add(left: &mut [f64], total: &[f64], counts: &[u32]) -> ((f64, f64), f64) {
    let (mut of_left, mut of_right) = ([0.0; LANES], [0.0; LANES]);
    let mut added = 0;
    let lanes = left.chunks_exact_mut(LANES).zip(total.chunks_exact(LANES));
    for ((left, total), counts) in lanes.zip(counts.chunks_exact(LANES)) {
        for lane in 0..LANES {
            added += counts[lane];
            left[lane] += f64::from(counts[lane]);
            let right = total[lane] - left[lane];
            of_left[lane] += left[lane] * left[lane];
            of_right[lane] += right * right;
        }
    }
    let sum = |lanes: [f64; LANES]| (lanes[0] + lanes[1]) + (lanes[2] + lanes[3]);
    ((sum(of_left), sum(of_right)), f64::from(added))
}

/// Counts by value and class.
#[derive(Default)]
struct Counts {
    /// Value after value, of each class.
    counts: Vec<u32>,
    /// How many rows have each value.
    rows: Vec<u32>,
}

impl Counts {
    fn count(&mut self, ranks: &[u32], low: u32, distinct: usize, node: &[Counted], slots: usize) {
        self.counts.clear();
        self.counts.resize(distinct * slots, 0);
        self.rows.clear();
        self.rows.resize(distinct, 0);
        for (rank, row) in ranks.iter().zip(node) {
            let value = (rank - low) as usize;
            self.rows[value] += 1;
            self.counts[value * slots + row.class()] += row.times();
        }
    }

    /// Counts what is to the left, in two halves so that an addition need not
    /// wait for the one before; answers with how many rows there are.
    fn part(&mut self, ranks: &[u32], side: Side, node: &[Counted], slots: usize) -> usize {
        self.counts.clear();
        self.counts.resize(2 * slots, 0);
        let mut rows = 0;
        for (ranks, node) in ranks.chunks(2).zip(node.chunks(2)) {
            for (half, (rank, row)) in ranks.iter().zip(node).enumerate() {
                let is_left = u32::from(side.is_left(*rank));
                rows += is_left as usize;
                self.counts[half * slots + row.class()] += row.times() * is_left;
            }
        }
        rows
    }
}
