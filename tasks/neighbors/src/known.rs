//! What a small dataset's rows know of each other: the nearest among all of
//! them, found once for all splits. A split then only leaves out what it does
//! not train on.

use std::cell::RefCell;
use std::rc::Rc;

use pleat_guest::{Dataset, Rows};

use crate::metric::Metric;
use crate::search::{Index, Neighbours};
use crate::searches::row_major;

/// Larger datasets are searched split by split: comparing with rows that are
/// not trained on would cost more than remembering is likely to save.
const MOST_ROWS: usize = 4096;
/// The same for their values.
const MOST_VALUES: usize = 1 << 18;

/// Rows and how far they are.
type List = Rc<[(u32, f64)]>;

/// A dataset's rows, and the nearest of those that were asked for.
pub(crate) struct Known {
    index: Index,
    rows: usize,
    /// Of each row, nearest first: others, or itself, and how far.
    lists: RefCell<Vec<List>>,
}

impl Known {
    /// What is known of a dataset; none if it is too large.
    pub(crate) fn of(data: &Rc<Dataset>, metric: Metric) -> Option<Rc<Self>> {
        let n = data.n_rows();
        if n > MOST_ROWS || n * data.n_columns() > MOST_VALUES {
            return None;
        }
        let all: Vec<u32> = (0..n as u32).collect();
        Some(data.cached(&format!("{metric:?}"), || {
            let values = Rows::new(data, &all).map_or_else(|_| Vec::new(), row_major);
            Known {
                index: Index::new(values, data.n_columns(), metric),
                rows: n,
                lists: RefCell::new(vec![Rc::default(); n]),
            }
        }))
    }

    /// The `k` nearest of each query among training rows, which ascend and may
    /// be named more than once: as searching among these alone would find.
    pub(crate) fn nearest(&self, queries: &[u32], train: &[u32], k: usize) -> Neighbours {
        // Where each row's places begin, and after the last, where it ends.
        let mut places = vec![0u32; self.rows + 1];
        for row in train {
            places[*row as usize + 1] += 1;
        }
        for row in 0..self.rows {
            places[row + 1] += places[row];
        }
        // A little more than as many of all rows as hold `k` of these.
        let share = k as u64 * self.rows as u64 / train.len() as u64;
        let mut ask = (share + share / 4) as usize + 4;
        let mut found = Neighbours {
            k,
            places: Vec::with_capacity(queries.len() * k),
            distances: Vec::with_capacity(queries.len() * k),
        };
        let mut answered = 0;
        while answered < queries.len() {
            ask = ask.min(self.rows);
            self.learn(&queries[answered..], ask);
            let lists = self.lists.borrow();
            for query in &queries[answered..] {
                let list = lists[*query as usize].iter();
                let copies = |(row, distance): &(u32, f64)| {
                    let row = *row as usize;
                    let distance = *distance;
                    (places[row]..places[row + 1]).map(move |place| (place, distance))
                };
                let before = found.places.len();
                for (place, distance) in list.flat_map(copies).take(k) {
                    found.places.push(place);
                    found.distances.push(distance);
                }
                if found.places.len() - before < k {
                    found.places.truncate(before);
                    found.distances.truncate(before);
                    break;
                }
                answered += 1;
            }
            // Whoever had too few of these among its nearest asks for more.
            ask *= 2;
        }
        found
    }

    /// Sees to it that each of these rows knows at least so many.
    fn learn(&self, rows: &[u32], ask: usize) {
        let mut lists = self.lists.borrow_mut();
        let new: Vec<u32> = rows
            .iter()
            .copied()
            .filter(|row| lists[*row as usize].len() < ask)
            .collect();
        let queries: Vec<f64> = new
            .iter()
            .flat_map(|row| self.index.row(*row))
            .copied()
            .collect();
        let found = self.index.nearest(&queries, ask);
        let of_rows = found
            .places
            .chunks_exact(ask)
            .zip(found.distances.chunks_exact(ask));
        for (row, (places, distances)) in new.into_iter().zip(of_rows) {
            lists[row as usize] = places
                .iter()
                .copied()
                .zip(distances.iter().copied())
                .collect();
        }
    }
}
