//! Finding the nearest rows by comparing with every one.
//!
//! Distances are sums over the columns of exact differences, added in the
//! order of the columns: not |x|^2 + |y|^2 - 2xy, which is faster on paper but
//! loses the digits that decide between near neighbours. What is vectorised is
//! the rows: they stand in panels of eight, column after column, so eight sums
//! grow side by side and each is the same as if it had been alone.

use pleat_num::math::pow;
use serde::{Deserialize, Serialize};

/// Rows of a panel.
const PANEL: usize = 8;
/// Queries that pass over the panels together: their distances to a few
/// thousand rows stay in the second-level cache.
const QUERIES: usize = 16;
/// Up to so many neighbours a sorted list is kept by insertion; beyond, all
/// rows are partitioned at once.
const INSERTION: usize = 64;

/// How the distance of two rows is measured.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Metric {
    /// The root of the sum of squares.
    Euclidean,
    /// The sum.
    Manhattan,
    /// The largest.
    Chebyshev,
    /// The root of the sum of these powers.
    Minkowski(f64),
}

impl Metric {
    /// The Minkowski metric of a power, under its own name if it has one.
    #[must_use]
    pub fn minkowski(p: f64) -> Self {
        match p {
            1.0 => Metric::Manhattan,
            2.0 => Metric::Euclidean,
            f64::INFINITY => Metric::Chebyshev,
            p => Metric::Minkowski(p),
        }
    }

    /// What the search compares, as a distance.
    fn distance(self, reduced: f64) -> f64 {
        match self {
            Metric::Euclidean => reduced.sqrt(),
            Metric::Manhattan | Metric::Chebyshev => reduced,
            Metric::Minkowski(p) => pow(reduced, 1.0 / p),
        }
    }
}

/// Rows to be found.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Index {
    rows: usize,
    columns: usize,
    /// Panel after panel; in each, column after column, eight rows side by
    /// side. The last is filled up with zeros.
    panels: Vec<f64>,
}

/// The nearest rows of some queries.
#[derive(Clone, Debug, PartialEq)]
pub struct Neighbours {
    /// How many there are of each query.
    pub k: usize,
    /// Query after query, nearest first: places in the index.
    pub places: Vec<u32>,
    /// Query after query, nearest first.
    pub distances: Vec<f64>,
}

impl Index {
    /// Takes in rows of a column-major matrix, in the order named: of equally
    /// near rows the earlier is nearer.
    #[must_use]
    pub fn new<'a>(columns: impl ExactSizeIterator<Item = &'a [f64]>, rows: &[u32]) -> Self {
        let n_columns = columns.len();
        let width = n_columns * PANEL;
        let mut panels = vec![0.0; rows.len().div_ceil(PANEL) * width];
        for (c, column) in columns.enumerate() {
            for (place, row) in rows.iter().enumerate() {
                panels[place / PANEL * width + c * PANEL + place % PANEL] = column[*row as usize];
            }
        }
        Index {
            rows: rows.len(),
            columns: n_columns,
            panels,
        }
    }

    /// How many rows there are.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The `k` nearest rows of each query; `k` must not be above `rows()`.
    /// Queries are row-major.
    #[must_use]
    pub fn nearest(&self, queries: &[f64], k: usize, metric: Metric) -> Neighbours {
        match metric {
            Metric::Euclidean => self.search(queries, k, metric, |sum, d| sum + d * d),
            Metric::Manhattan => self.search(queries, k, metric, |sum, d| sum + d.abs()),
            Metric::Chebyshev => self.search(queries, k, metric, |most, d| {
                let d = d.abs();
                if d > most { d } else { most }
            }),
            Metric::Minkowski(p) => self.search(queries, k, metric, |sum, d| sum + pow(d.abs(), p)),
        }
    }

    fn search(
        &self,
        queries: &[f64],
        k: usize,
        metric: Metric,
        add: impl Fn(f64, f64) -> f64 + Copy,
    ) -> Neighbours {
        let n = queries.len() / self.columns;
        let mut found = Neighbours {
            k,
            places: Vec::with_capacity(n * k),
            distances: Vec::with_capacity(n * k),
        };
        let stride = self.rows.div_ceil(PANEL) * PANEL;
        let mut reduced = vec![0.0; QUERIES * stride];
        let mut nearest = Nearest::default();
        for block in queries.chunks(QUERIES * self.columns) {
            self.reduced(block, &mut reduced, stride, add);
            for of_query in reduced
                .chunks_exact(stride)
                .take(block.len() / self.columns)
            {
                for (distance, place) in nearest.of(&of_query[..self.rows], k) {
                    found.places.push(*place);
                    found.distances.push(metric.distance(*distance));
                }
            }
        }
        found
    }

    /// The reduced distances of a block of queries to all rows.
    fn reduced(
        &self,
        block: &[f64],
        out: &mut [f64],
        stride: usize,
        add: impl Fn(f64, f64) -> f64 + Copy,
    ) {
        let pairs = block.chunks_exact(2 * self.columns);
        let odd = pairs.remainder();
        for (p, panel) in self.panels.chunks_exact(self.columns * PANEL).enumerate() {
            let at = p * PANEL;
            // Two queries at a time share the loads of the panel.
            for (pair, out) in pairs.clone().zip(out.chunks_exact_mut(2 * stride)) {
                let (a, b) = pair.split_at(self.columns);
                let (mut sums_a, mut sums_b) = ([0.0; PANEL], [0.0; PANEL]);
                for ((rows, a), b) in panel.chunks_exact(PANEL).zip(a).zip(b) {
                    for lane in 0..PANEL {
                        sums_a[lane] = add(sums_a[lane], rows[lane] - a);
                        sums_b[lane] = add(sums_b[lane], rows[lane] - b);
                    }
                }
                out[at..at + PANEL].copy_from_slice(&sums_a);
                out[stride + at..stride + at + PANEL].copy_from_slice(&sums_b);
            }
            if !odd.is_empty() {
                let mut sums = [0.0; PANEL];
                for (rows, q) in panel.chunks_exact(PANEL).zip(odd) {
                    for lane in 0..PANEL {
                        sums[lane] = add(sums[lane], rows[lane] - q);
                    }
                }
                let at = (block.len() / self.columns - 1) * stride + at;
                out[at..at + PANEL].copy_from_slice(&sums);
            }
        }
    }
}

/// Picks the smallest of many, and keeps its memory for the next time.
#[derive(Default)]
struct Nearest {
    kept: Vec<(f64, u32)>,
}

impl Nearest {
    /// The `k` smallest with their places, ascending; of equal ones the first
    /// place is smaller.
    fn of(&mut self, distances: &[f64], k: usize) -> &[(f64, u32)] {
        self.kept.clear();
        let mut all = (0u32..)
            .zip(distances)
            .map(|(place, distance)| (*distance, place));
        if k > INSERTION {
            self.kept.extend(all);
            let order = |a: &(f64, u32), b: &(f64, u32)| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1));
            self.kept.select_nth_unstable_by(k - 1, order);
            self.kept.truncate(k);
            self.kept.sort_unstable_by(order);
            return &self.kept;
        }
        self.kept.extend(all.by_ref().take(k));
        // Stable, so equal ones stay in the order of their places.
        self.kept.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut worst = self.kept.last().map_or(f64::INFINITY, |last| last.0);
        for (distance, place) in all {
            if distance < worst {
                let at = self.kept.partition_point(|kept| kept.0 <= distance);
                self.kept.pop();
                self.kept.insert(at, (distance, place));
                worst = self.kept.last().map_or(f64::INFINITY, |last| last.0);
            }
        }
        &self.kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pleat_num::rng::RandomState;

    /// Rows of small whole numbers, so that many distances are equal.
    fn table(rows: usize, columns: usize) -> Vec<Vec<f64>> {
        let mut rng = RandomState::new(3);
        (0..rows)
            .map(|_| (0..columns).map(|_| rng.interval(4) as f64).collect())
            .collect()
    }

    fn index(table: &[Vec<f64>]) -> Index {
        let columns: Vec<Vec<f64>> = (0..table[0].len())
            .map(|c| table.iter().map(|row| row[c]).collect())
            .collect();
        let rows: Vec<u32> = (0..table.len() as u32).collect();
        Index::new(columns.iter().map(Vec::as_slice), &rows)
    }

    /// The same the plain way: every distance, a stable sort.
    fn plainly(table: &[Vec<f64>], query: &[f64], k: usize, metric: Metric) -> Vec<(f64, u32)> {
        let mut all: Vec<(f64, u32)> = (0u32..)
            .zip(table)
            .map(|(place, row)| {
                let d = row.iter().zip(query).map(|(x, q)| (x - q).abs());
                let reduced = match metric {
                    Metric::Euclidean => d.fold(0.0, |s, d| s + d * d),
                    Metric::Manhattan => d.fold(0.0, |s, d| s + d),
                    Metric::Chebyshev => d.fold(0.0, f64::max),
                    Metric::Minkowski(p) => d.fold(0.0, |s, d| s + pow(d, p)),
                };
                (metric.distance(reduced), place)
            })
            .collect();
        all.sort_by(|a, b| a.0.total_cmp(&b.0));
        all.truncate(k);
        all
    }

    #[test]
    fn finds_what_a_plain_search_finds() {
        let metrics = [
            Metric::Euclidean,
            Metric::Manhattan,
            Metric::Chebyshev,
            Metric::minkowski(3.0),
        ];
        for (rows, columns) in [(1, 1), (7, 2), (8, 3), (100, 3), (203, 5)] {
            let table = table(rows, columns);
            let index = index(&table);
            // An odd number of queries, more than a block.
            let queries: Vec<f64> = table.iter().cycle().take(37).flatten().copied().collect();
            for metric in metrics {
                for k in [1, 2, 5, 64, 65, 203] {
                    if k > rows {
                        continue;
                    }
                    let found = index.nearest(&queries, k, metric);
                    for (q, query) in queries.chunks_exact(columns).enumerate() {
                        let got: Vec<(f64, u32)> = (q * k..(q + 1) * k)
                            .map(|i| (found.distances[i], found.places[i]))
                            .collect();
                        assert_eq!(got, plainly(&table, query, k, metric), "{metric:?} {k}");
                    }
                }
            }
        }
    }

    #[test]
    fn the_first_of_many_nearest_are_the_nearest() {
        let table = table(150, 2);
        let index = index(&table);
        let queries: Vec<f64> = table[..9].iter().flatten().copied().collect();
        let many = index.nearest(&queries, 100, Metric::Euclidean);
        for k in 1..100 {
            let few = index.nearest(&queries, k, Metric::Euclidean);
            for q in 0..9 {
                assert_eq!(
                    few.places[q * k..(q + 1) * k],
                    many.places[q * 100..q * 100 + k]
                );
            }
        }
    }

    #[test]
    fn distances_beyond_all_numbers_are_still_ranked() {
        let index = index(&[vec![-1e300], vec![1e300], vec![1.0]]);
        let found = index.nearest(&[1e300], 3, Metric::Euclidean);
        assert_eq!(found.places, [1, 0, 2]);
    }
}
