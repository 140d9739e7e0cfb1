//! Finding the nearest rows: a screen in single precision leaves few of them,
//! and these are compared exactly. Answers are those of comparing all exactly,
//! to the bit: of equally near rows the earlier is nearer.

use crate::kept::Kept;
use crate::metric::Metric;
use crate::screen::{QUERIES, Screen};

/// Rows to be found.
#[derive(Debug)]
pub struct Index {
    columns: usize,
    metric: Metric,
    /// Prepared, row-major.
    rows: Vec<f64>,
    screen: Option<Screen>,
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
    /// Takes in row-major rows.
    #[must_use]
    pub fn new(mut rows: Vec<f64>, columns: usize, metric: Metric) -> Self {
        metric.prepare(&mut rows, columns);
        Self::prepared(rows, columns, metric)
    }

    /// Takes in rows that have been prepared.
    #[must_use]
    pub fn prepared(rows: Vec<f64>, columns: usize, metric: Metric) -> Self {
        let screen = Screen::new(&rows, columns, metric);
        Index {
            columns,
            metric,
            rows,
            screen,
        }
    }

    /// The rows in the form in which they are compared, row-major.
    #[must_use]
    pub fn rows(&self) -> &[f64] {
        &self.rows
    }

    /// How many columns there are.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// One row in the form in which it is compared.
    #[must_use]
    pub fn row(&self, row: u32) -> &[f64] {
        &self.rows[row as usize * self.columns..][..self.columns]
    }

    /// The `k` nearest rows of each of some prepared row-major queries; `k`
    /// must not be above the number of rows.
    #[must_use]
    pub fn nearest(&self, queries: &[f64], k: usize) -> Neighbours {
        let n = queries.len() / self.columns;
        let mut found = Neighbours {
            k,
            places: Vec::with_capacity(n * k),
            distances: Vec::with_capacity(n * k),
        };
        let mut kept: Vec<Kept> = (0..n.min(QUERIES)).map(|_| Kept::new(k)).collect();
        let mut exact = Vec::new();
        for block in queries.chunks(QUERIES * self.columns) {
            let kept = &mut kept[..block.len() / self.columns];
            kept.iter_mut().for_each(Kept::clear);
            match &self.screen {
                Some(screen) => screen.sift(block, kept),
                None => self.sift(block, kept),
            }
            for (query, kept) in block.chunks_exact(self.columns).zip(kept) {
                exact.clear();
                exact.extend(kept.rows().map(|row| (self.reduced(query, row), row)));
                exact.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
                for (reduced, row) in &exact[..k] {
                    found.places.push(*row);
                    found.distances.push(self.metric.distance(*reduced));
                }
            }
        }
        found
    }

    fn reduced(&self, query: &[f64], row: u32) -> f64 {
        self.metric.reduced(query, self.row(row))
    }

    /// Without a screen every row is compared exactly.
    fn sift(&self, queries: &[f64], kept: &mut [Kept]) {
        for (query, kept) in queries.chunks_exact(self.columns).zip(kept) {
            for row in 0..(self.rows.len() / self.columns) as u32 {
                let exact = self.reduced(query, row);
                if exact <= kept.limit() {
                    kept.push(exact, exact, row);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pleat_num::rng::RandomState;

    const METRICS: [Metric; 7] = [
        Metric::Euclidean,
        Metric::SquaredEuclidean,
        Metric::Manhattan,
        Metric::Chebyshev,
        Metric::Minkowski(3.0),
        Metric::Minkowski(1.5),
        Metric::Cosine,
    ];

    /// Of small whole numbers, so that many distances are equal; or of numbers
    /// far from zero, of very different sizes, or both.
    fn table(rows: usize, columns: usize, shape: usize) -> Vec<f64> {
        let mut rng = RandomState::new(3);
        let mut one = |i: usize| match shape {
            0 => rng.interval(4) as f64,
            1 => 1e9 + rng.double(),
            2 => rng.double() * [1e-12, 1.0, 1e12][i % 3],
            3 if i % 97 == 5 => 1e25,
            4 => rng.double() * 1e-200,
            5 if i.is_multiple_of(7) => 1e300 * (rng.double() - 0.5),
            _ => rng.double(),
        };
        (0..rows * columns).map(&mut one).collect()
    }

    /// The same the plain way: every distance, a stable sort.
    fn plainly(index: &Index, query: &[f64]) -> Vec<(f64, u32)> {
        let rows = index.rows.chunks_exact(index.columns);
        let mut all: Vec<(f64, u32)> = (0u32..)
            .zip(rows)
            .map(|(place, row)| (index.metric.reduced(query, row), place))
            .collect();
        all.sort_by(|a, b| a.0.total_cmp(&b.0));
        all.into_iter()
            .map(|(reduced, place)| (index.metric.distance(reduced), place))
            .collect()
    }

    #[test]
    fn finds_what_a_plain_search_finds() {
        for (rows, columns) in [(1, 1), (7, 2), (8, 3), (100, 3), (303, 9), (40, 700)] {
            for shape in 0..7 {
                let table = table(rows, columns, shape);
                for metric in METRICS {
                    let index = Index::new(table.clone(), columns, metric);
                    // An odd number of queries, more than a block; some far off.
                    let mut queries: Vec<f64> =
                        table.iter().cycle().take(67 * columns).copied().collect();
                    queries[0] = 1e200;
                    queries[66 * columns] = -1e30;
                    metric.prepare(&mut queries, columns);
                    let queries: Vec<&[f64]> = queries.chunks_exact(columns).collect();
                    let wanted: Vec<_> = queries.iter().map(|q| plainly(&index, q)).collect();
                    for k in [1, 2, 65, 203].into_iter().filter(|k| *k <= rows) {
                        let found = index.nearest(&queries.concat(), k);
                        for (q, wanted) in wanted.iter().enumerate() {
                            let got: Vec<(f64, u32)> = (q * k..(q + 1) * k)
                                .map(|i| (found.distances[i], found.places[i]))
                                .collect();
                            assert_eq!(got, wanted[..k], "{metric:?} {k} {rows} {shape} {q}");
                        }
                    }
                }
            }
        }
    }

    /// Else the screen would be of no use.
    #[test]
    fn few_rows_are_compared_exactly() {
        let table = table(2000, 20, 6);
        for metric in METRICS {
            let index = Index::new(table.clone(), 20, metric);
            let Some(screen) = &index.screen else {
                continue;
            };
            let mut kept = [Kept::new(5)];
            screen.sift(index.row(0), &mut kept);
            assert!(kept[0].rows().count() < 8, "{metric:?}");
        }
    }

    #[test]
    fn distances_beyond_all_numbers_are_still_ranked() {
        let index = Index::new(vec![-1e300, 1e300, 1.0], 1, Metric::Euclidean);
        let found = index.nearest(&[1e300], 3);
        assert_eq!(found.places, [1, 0, 2]);
    }
}
