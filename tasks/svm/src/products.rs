//! What comparisons of a dataset's rows come to before there is a kernel: made
//! once, for every fit and prediction on the dataset.
//!
//! Nothing is compared before somebody asks, since a single fit asks for
//! little: of a row it wants to know only some classes, of many rows nothing.

use std::cell::RefCell;
use std::rc::Rc;

use pleat_guest::{Dataset, Rows};
use pleat_num::product::{Matrix, Packed};

use crate::segments::Segments;

/// The most rows of a dataset whose comparisons are kept: products and
/// distances take up to 32 MB each then.
const MOST_ROWS: usize = 2048;

/// How many numbers of a segment stay in a cache while row after row meets
/// them. Beyond that, eight rows meet them at once.
const CACHED: usize = 1 << 16;

/// Inner products of every two rows of a dataset, and their squared distances,
/// as far as somebody has asked.
pub struct Products {
    segments: Segments,
    /// The rows class after class, and where each row is in that order.
    order: Vec<u32>,
    places: Vec<u32>,
    /// Where each segment begins in that order.
    starts: Vec<usize>,
    /// Each segment's rows.
    packed: Vec<Packed<f64>>,
    /// For each place, segment by segment; empty where nobody asked.
    products: RefCell<Vec<Vec<f64>>>,
    /// For each row its distances from all, NaN where nobody asked; empty for
    /// rows that nobody asked about.
    distances: RefCell<Vec<Vec<f64>>>,
}

impl Products {
    /// Of the rows' dataset, if it is small and most of it is named.
    #[must_use]
    pub fn of(rows: &Rows<'_>) -> Option<Rc<Self>> {
        let data = rows.dataset();
        let n = data.n_rows();
        (n <= MOST_ROWS && rows.len() >= n / 2).then(|| data.cached("", || Products::new(data)))
    }

    fn new(data: &Dataset) -> Self {
        let n = data.n_rows();
        let segments = Segments::of(data);
        let mut order: Vec<u32> = (0..n as u32).collect();
        order.sort_by_key(|row| data.codes().get(*row as usize));
        let mut places = vec![0; n];
        for (place, row) in order.iter().enumerate() {
            places[*row as usize] = place as u32;
        }
        let starts = segments.starts(data, &order);
        let packed = starts.windows(2).map(|ends| {
            let values = row_major(data, &order[ends[0]..ends[1]]);
            Packed::new(Matrix::row_major(&values, data.n_columns()))
        });
        Products {
            packed: packed.collect(),
            products: RefCell::new(vec![Vec::new(); n * segments.count()]),
            distances: RefCell::new(vec![Vec::new(); n]),
            segments,
            order,
            places,
            starts,
        }
    }

    /// Where a row is in its dataset's segments: which one, and where in that.
    #[must_use]
    pub fn spot(&self, row: u32) -> (usize, u32) {
        let place = self.places[row as usize];
        let segment = self.starts.partition_point(|s| *s <= place as usize) - 1;
        (segment, place - self.starts[segment] as u32)
    }

    /// The inner products of a row with some rows of a segment, which are
    /// where `spots` says.
    pub fn of_row(&self, data: &Dataset, row: u32, segment: usize, spots: &[u32], out: &mut Vec<f64>) {
        let mut products = self.products.borrow_mut();
        let all = self.known(&mut products, data, row, segment);
        out.clear();
        out.extend(spots.iter().map(|spot| all[*spot as usize]));
    }

    /// The inner product of two rows, of which the second is at this spot.
    #[must_use]
    pub fn of_two(&self, data: &Dataset, row: u32, (segment, spot): (usize, u32)) -> f64 {
        let mut products = self.products.borrow_mut();
        self.known(&mut products, data, row, segment)[spot as usize]
    }

    fn known<'a>(
        &self,
        products: &'a mut [Vec<f64>],
        data: &Dataset,
        row: u32,
        segment: usize,
    ) -> &'a [f64] {
        let (place, count) = (self.places[row as usize] as usize, self.segments.count());
        let slot = |place: usize| place * count + segment;
        if products[slot(place)].is_empty() {
            let packed = &self.packed[segment];
            if packed.vectors() * packed.length() <= CACHED {
                products[slot(place)] = packed.times_vector(&row_major(data, &[row]));
            } else {
                let near = place..self.order.len().min(place + 8);
                let unknown = near.filter(|place| products[slot(*place)].is_empty());
                let unknown: Vec<usize> = unknown.collect();
                let rows: Vec<u32> = unknown.iter().map(|place| self.order[*place]).collect();
                let rows = row_major(data, &rows);
                let few = Packed::new(Matrix::row_major(&rows, packed.length()));
                let made = few.times(packed);
                let made = made.chunks_exact(packed.vectors());
                for (place, of_row) in unknown.into_iter().zip(made) {
                    products[slot(place)] = of_row.to_vec();
                }
            }
        }
        &products[slot(place)]
    }

    /// Looks up the squared distances of a few rows from vectors of the
    /// dataset; has `work_out` make, and notes, the ones not known.
    pub fn distances<const N: usize>(
        &self,
        few: &[u32],
        vectors: &[u32],
        out: &mut [[f64; N]],
        mut work_out: impl FnMut(usize) -> [f64; N],
    ) {
        let n = self.order.len();
        let mut distances = self.distances.borrow_mut();
        for row in few {
            let known = &mut distances[*row as usize];
            if known.is_empty() {
                known.resize(n, f64::NAN);
            }
        }
        for (i, (lanes, vector)) in out.iter_mut().zip(vectors).enumerate() {
            let mut missing = false;
            for (lane, row) in lanes.iter_mut().zip(few) {
                *lane = distances[*row as usize][*vector as usize];
                missing |= lane.is_nan();
            }
            if missing {
                *lanes = work_out(i);
                for (lane, row) in lanes.iter().zip(few) {
                    distances[*row as usize][*vector as usize] = *lane;
                }
            }
        }
    }
}

/// Rows of a dataset, one after another.
#[must_use]
pub fn row_major(data: &Dataset, rows: &[u32]) -> Vec<f64> {
    let width = data.n_columns();
    let mut values = vec![0.0; rows.len() * width];
    for c in 0..width {
        let column = data.column(c);
        for (row, values) in rows.iter().zip(values.chunks_exact_mut(width)) {
            values[c] = column[*row as usize];
        }
    }
    values
}
