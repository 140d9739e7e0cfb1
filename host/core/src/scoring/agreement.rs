//! How far found groups agree with true ones, whatever the groups are called.
//!
//! Rows have no weights here, as they have none in scikit-learn. Formulas:
//! Hubert & Arabie 1985 (Rand), Vinh, Epps & Bailey 2010 (mutual
//! information), Rosenberg & Hirschberg 2007 (V-measure), Fowlkes & Mallows
//! 1983.

use pleat_num::math;

use super::Reason;

/// Rows by true class and found group.
pub(super) struct Contingency {
    /// Class by class, those of the groups it shares rows with: place of the
    /// group, and how many rows.
    cells: Vec<Vec<(usize, u64)>>,
    classes: Vec<u64>,
    groups: Vec<u64>,
    rows: u64,
}

/// The place of each code among those that occur, and how many occur.
fn places(codes: &[u32]) -> (Vec<usize>, usize) {
    let mut all = codes.to_vec();
    all.sort_unstable();
    all.dedup();
    let place = |code: &u32| all.binary_search(code).unwrap_or_default();
    (codes.iter().map(place).collect(), all.len())
}

fn sizes(places: &[usize], count: usize) -> Vec<u64> {
    let mut sizes = vec![0; count];
    places.iter().for_each(|place| sizes[*place] += 1);
    sizes
}

impl Contingency {
    pub(super) fn new(truth: &[u32], found: &[u32]) -> Self {
        let ((class_of, n_classes), (group_of, n_groups)) = (places(truth), places(found));
        let mut pairs: Vec<_> = class_of
            .iter()
            .copied()
            .zip(group_of.iter().copied())
            .collect();
        pairs.sort_unstable();
        let mut cells: Vec<Vec<(usize, u64)>> = vec![Vec::new(); n_classes];
        for (class, group) in pairs {
            match cells[class].last_mut() {
                Some((last, rows)) if *last == group => *rows += 1,
                _ => cells[class].push((group, 1)),
            }
        }
        Self {
            cells,
            classes: sizes(&class_of, n_classes),
            groups: sizes(&group_of, n_groups),
            rows: truth.len() as u64,
        }
    }

    /// Both are of one piece.
    fn is_whole(&self) -> bool {
        self.classes.len() == 1 && self.groups.len() == 1
    }

    /// Ordered pairs of rows: apart in both, apart in the truth alone, apart
    /// in what was found alone, together in both.
    fn pairs(&self) -> [f64; 4] {
        let square = |n: &u64| u128::from(*n) * u128::from(*n);
        let cells: u128 = self.cells.iter().flatten().map(|(_, n)| square(n)).sum();
        let classes: u128 = self.classes.iter().map(square).sum();
        let groups: u128 = self.groups.iter().map(square).sum();
        let (rows, all) = (u128::from(self.rows), square(&self.rows));
        [
            (all + cells - classes - groups) as f64,
            (groups - cells) as f64,
            (classes - cells) as f64,
            (cells - rows) as f64,
        ]
    }

    fn mutual_information(&self) -> f64 {
        let n = self.rows as f64;
        if self.classes.len() == 1 || self.groups.len() == 1 {
            return 0.0;
        }
        let mut sum = 0.0;
        for (class, cells) in self.cells.iter().enumerate() {
            for (group, rows) in cells {
                let (share, both) = (*rows as f64 / n, *rows as f64);
                let outer = self.classes[class] as f64 * self.groups[*group] as f64;
                let term = share * (math::ln(both) - math::ln(n))
                    + share * (2.0 * math::ln(n) - math::ln(outer));
                sum += if term.abs() < f64::EPSILON { 0.0 } else { term };
            }
        }
        sum.max(0.0)
    }

    /// What mutual information groups of these sizes would have by chance.
    fn expected_mutual_information(&self) -> f64 {
        let n = self.rows;
        // Logarithms of factorials, as far as rows go.
        let mut factorial = Vec::with_capacity(n as usize + 1);
        factorial.push(0.0);
        for i in 1..=n {
            factorial.push(factorial[i as usize - 1] + math::ln(i as f64));
        }
        let of = |i: u64| factorial[i as usize];
        // Sizes come many times; each two sizes are looked at once.
        let counted = |sizes: &[u64]| {
            let mut sizes = sizes.to_vec();
            sizes.sort_unstable();
            let mut counts: Vec<(u64, f64)> = Vec::new();
            for size in sizes {
                match counts.last_mut() {
                    Some((last, count)) if *last == size => *count += 1.0,
                    _ => counts.push((size, 1.0)),
                }
            }
            counts
        };
        let mut expected = 0.0;
        for (a, times_a) in counted(&self.classes) {
            for (b, times_b) in counted(&self.groups) {
                let mut sum = 0.0;
                let fixed = of(a) + of(b) + of(n - a) + of(n - b) - of(n);
                for both in (a + b).saturating_sub(n).max(1)..=a.min(b) {
                    let share = both as f64 / n as f64;
                    let gain = math::ln(n as f64) + math::ln(both as f64)
                        - math::ln(a as f64)
                        - math::ln(b as f64);
                    let likelihood =
                        fixed - of(both) - of(a - both) - of(b - both) - of(n + both - a - b);
                    sum += share * gain * math::exp(likelihood);
                }
                expected += times_a * times_b * sum;
            }
        }
        expected
    }
}

/// The entropy of groups of these sizes.
fn entropy(sizes: &[u64], rows: u64) -> f64 {
    if sizes.len() == 1 {
        return 0.0;
    }
    let n = rows as f64;
    let terms = sizes.iter().map(|size| {
        let size = *size as f64;
        (size / n) * (math::ln(size) - math::ln(n))
    });
    -terms.sum::<f64>()
}

/// The share of pairs that are together in both or apart in both.
pub(super) fn rand(table: &Contingency) -> Result<f64, Reason> {
    let [apart, missed, wrong, together] = table.pairs();
    let (right, all) = (apart + together, apart + missed + wrong + together);
    Ok(if right == all || all == 0.0 {
        1.0
    } else {
        right / all
    })
}

/// The same, with 0 for what chance gives.
pub(super) fn adjusted_rand(table: &Contingency) -> Result<f64, Reason> {
    let [apart, missed, wrong, together] = table.pairs();
    if missed == 0.0 && wrong == 0.0 {
        return Ok(1.0);
    }
    let numerator = 2.0 * (together * apart - wrong * missed);
    let denominator = (together + wrong) * (wrong + apart) + (together + missed) * (missed + apart);
    Ok(numerator / denominator)
}

/// What the one tells of the other, in nats.
pub(super) fn mutual_info(table: &Contingency) -> Result<f64, Reason> {
    Ok(table.mutual_information())
}

/// Mutual information as a share of the mean entropy.
pub(super) fn normalized_mutual_info(table: &Contingency) -> Result<f64, Reason> {
    if table.is_whole() {
        return Ok(1.0);
    }
    let information = table.mutual_information();
    if information == 0.0 {
        return Ok(0.0);
    }
    Ok(information / mean_entropy(table))
}

/// The same, with 0 for what chance gives.
pub(super) fn adjusted_mutual_info(table: &Contingency) -> Result<f64, Reason> {
    if table.is_whole() {
        return Ok(1.0);
    }
    // One of the two says nothing, and chance says as much.
    if table.classes.len() == 1 || table.groups.len() == 1 {
        return Ok(0.0);
    }
    let expected = table.expected_mutual_information();
    // Away from 0, on the side where it is: what agrees in full leaves no room.
    let off = |x: f64| {
        if x < 0.0 {
            x.min(-f64::EPSILON)
        } else {
            x.max(f64::EPSILON)
        }
    };
    Ok(off(table.mutual_information() - expected) / off(mean_entropy(table) - expected))
}

fn mean_entropy(table: &Contingency) -> f64 {
    (entropy(&table.classes, table.rows) + entropy(&table.groups, table.rows)) / 2.0
}

/// Homogeneity and completeness.
fn purity(table: &Contingency) -> (f64, f64) {
    let information = table.mutual_information();
    let share = |entropy: f64| {
        if entropy == 0.0 {
            1.0
        } else {
            information / entropy
        }
    };
    (
        share(entropy(&table.classes, table.rows)),
        share(entropy(&table.groups, table.rows)),
    )
}

/// Whether each group has rows of one class only.
pub(super) fn homogeneity(table: &Contingency) -> Result<f64, Reason> {
    Ok(purity(table).0)
}

/// Whether all rows of a class are in one group.
pub(super) fn completeness(table: &Contingency) -> Result<f64, Reason> {
    Ok(purity(table).1)
}

/// The harmonic mean of the two.
pub(super) fn v_measure(table: &Contingency) -> Result<f64, Reason> {
    let (homogeneity, completeness) = purity(table);
    let sum = homogeneity + completeness;
    Ok(if sum == 0.0 {
        0.0
    } else {
        2.0 * homogeneity * completeness / sum
    })
}

/// The geometric mean of precision and recall over pairs of rows.
pub(super) fn fowlkes_mallows(table: &Contingency) -> Result<f64, Reason> {
    let [_, missed, wrong, together] = table.pairs();
    if together == 0.0 {
        return Ok(0.0);
    }
    let (found, there) = (together + missed, together + wrong);
    Ok((together / found).sqrt() * (together / there).sqrt())
}
