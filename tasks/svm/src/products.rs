//! What comparisons of a dataset's rows come to before there is a kernel: made
//! once, for every fit and prediction on the dataset.
//!
//! Nothing is compared before somebody asks, since a single fit may ask for
//! little: of a row it wants to know only some classes, of many rows nothing.
//! Only where rows are long all products are made as soon as one is wanted.

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;

use pleat_guest::{Dataset, Rows};
use pleat_num::exp::exp_each;
use pleat_num::product::{Matrix, Packed, gram};

use crate::segments::Segments;

/// The most rows of a dataset whose comparisons are kept: products and
/// distances take up to 32 MB each then.
const MOST_ROWS: usize = 2048;

/// How many numbers of a segment stay in a cache while row after row meets
/// them. Beyond that it is faster to have all rows meet at once.
const CACHED: usize = 1 << 17;

/// Inner products of every two rows of a dataset, and their squared distances,
/// as far as somebody has asked.
pub struct Products {
    segments: Segments,
    /// Where each row is when they stand class after class.
    places: Vec<u32>,
    /// Where each segment begins in that order.
    starts: Vec<usize>,
    /// The rows in that order, one after another, each of so many numbers.
    values: Vec<f64>,
    width: usize,
    products: Made,
    /// Whether there was a fit before, and a prediction.
    fitted: Cell<bool>,
    predicted: Cell<bool>,
    /// For each row its distances from all.
    distances: RefCell<Known>,
    /// The kernels these come to with the factor asked for last.
    kernels: RefCell<(f64, Known)>,
}

/// Inner products, as far as they are made.
enum Made {
    /// All of them at once, row-major.
    Whole(OnceCell<Vec<f64>>),
    /// Of a row with one of these segments at a time: for each place, segment
    /// by segment; empty where nobody asked.
    Parts(Vec<Packed<f64>>, RefCell<Vec<Vec<f64>>>),
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
        let (values, width) = (row_major(data, &order), data.n_columns());
        let longest = starts.windows(2).map(|ends| ends[1] - ends[0]).max();
        let products = if longest.unwrap_or(n) * width > CACHED {
            Made::Whole(OnceCell::new())
        } else {
            let packed = starts.windows(2).map(|ends| {
                let values = &values[ends[0] * width..ends[1] * width];
                Packed::new(Matrix::row_major(values, width))
            });
            let nothing = vec![Vec::new(); n * segments.count()];
            Made::Parts(packed.collect(), RefCell::new(nothing))
        };
        Products {
            width,
            values,
            products,
            fitted: Cell::default(),
            predicted: Cell::default(),
            distances: RefCell::default(),
            kernels: RefCell::default(),
            segments,
            places,
            starts,
        }
    }

    /// Whether a fit is to take products from here, not from its own rows. The
    /// first may be the only one, and would keep more than it needs; but if
    /// all products are made at once, that is faster for any.
    #[must_use]
    pub fn serve_fit(&self) -> bool {
        self.fitted.replace(true) || matches!(self.products, Made::Whole(_))
    }

    /// Whether a prediction is to note its distances here: the first may be
    /// the only one.
    #[must_use]
    pub fn serve_prediction(&self) -> bool {
        self.predicted.replace(true)
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
    pub fn of_row(&self, row: u32, segment: usize, spots: &[u32], out: &mut Vec<f64>) {
        let place = self.places[row as usize] as usize;
        let mut pick = |all: &[f64]| {
            out.clear();
            out.extend(spots.iter().map(|spot| all[*spot as usize]));
        };
        match &self.products {
            Made::Whole(whole) => {
                let rows = Matrix::row_major(&self.values, self.width);
                let whole = whole.get_or_init(|| gram(rows));
                pick(&whole[place * self.places.len() + self.starts[segment]..]);
            }
            Made::Parts(packed, parts) => {
                let part = &mut parts.borrow_mut()[place * self.segments.count() + segment];
                if part.is_empty() {
                    let row = &self.values[place * self.width..][..self.width];
                    *part = packed[segment].times_vector(row);
                }
                pick(part);
            }
        }
    }

    /// Looks up the inner products of a few rows with vectors of the dataset;
    /// has `work_out` make the ones not known.
    pub fn known<const N: usize>(
        &self,
        few: &[u32],
        vectors: &[u32],
        out: &mut [[f64; N]],
        mut work_out: impl FnMut(usize) -> [f64; N],
    ) {
        let spots: Vec<(usize, u32)> = few.iter().map(|row| self.spot(*row)).collect();
        for (i, (lanes, vector)) in out.iter_mut().zip(vectors).enumerate() {
            let place = self.places[*vector as usize] as usize;
            let known = match &self.products {
                Made::Whole(whole) => whole.get().map(|whole| {
                    let products = &whole[place * self.places.len()..];
                    for (lane, (segment, spot)) in lanes.iter_mut().zip(&spots) {
                        *lane = products[self.starts[*segment] + *spot as usize];
                    }
                }),
                Made::Parts(_, parts) => {
                    let parts = &parts.borrow()[place * self.segments.count()..];
                    let lanes = lanes.iter_mut().zip(&spots);
                    let mut products = lanes
                        .map(|(lane, (segment, spot))| (lane, parts[*segment].get(*spot as usize)));
                    products.try_for_each(|(lane, product)| product.map(|p| *lane = *p))
                }
            };
            if known.is_none() {
                *lanes = work_out(i);
            }
        }
    }

    /// Looks up e to the power of `factor` times the squared distances of a few
    /// rows from vectors of the dataset; has `work_out` make the distances not
    /// known.
    pub fn bells<const N: usize>(
        &self,
        factor: f64,
        few: &[u32],
        vectors: &[u32],
        out: &mut [[f64; N]],
        mut work_out: impl FnMut(usize) -> [f64; N],
    ) {
        let n = self.places.len();
        let mut distances = self.distances.borrow_mut();
        let mut kernels = self.kernels.borrow_mut();
        let (of_factor, kernels) = &mut *kernels;
        if *of_factor != factor {
            (*of_factor, *kernels) = (factor, Known::default());
        }
        distances.make_room(n, few);
        kernels.make_room(n, few);
        kernels.look_up(few, vectors, out);
        // What is missing, side by side.
        let is_missing = |lanes: &[f64; N]| lanes[..few.len()].iter().any(|x| x.is_nan());
        let missing = (0..vectors.len()).filter(|i| is_missing(&out[*i]));
        let missing: Vec<usize> = missing.collect();
        let vectors: Vec<u32> = missing.iter().map(|i| vectors[*i]).collect();
        let mut made = vec![[0.0; N]; vectors.len()];
        distances.look_up(few, &vectors, &mut made);
        for ((i, vector), lanes) in missing.iter().zip(&vectors).zip(&mut made) {
            if is_missing(lanes) {
                *lanes = work_out(*i);
                distances.note(few, *vector, lanes);
            }
        }
        made.as_flattened_mut()
            .iter_mut()
            .for_each(|x| *x *= factor);
        exp_each(made.as_flattened_mut());
        for ((i, vector), lanes) in missing.into_iter().zip(&vectors).zip(made) {
            out[i] = lanes;
            kernels.note(few, *vector, &lanes);
        }
    }
}

/// Numbers for every two rows of a dataset: a vector for each row, NaN where
/// it is not known; empty where nobody asked.
#[derive(Default)]
struct Known(Vec<Vec<f64>>);

impl Known {
    fn make_room(&mut self, n: usize, rows: &[u32]) {
        self.0.resize(n, Vec::new());
        for row in rows {
            self.0[*row as usize].resize(n, f64::NAN);
        }
    }

    fn look_up<const N: usize>(&self, rows: &[u32], others: &[u32], out: &mut [[f64; N]]) {
        for (lane, row) in rows.iter().enumerate() {
            let of_row = &self.0[*row as usize];
            for (lanes, other) in out.iter_mut().zip(others) {
                lanes[lane] = of_row[*other as usize];
            }
        }
    }

    fn note<const N: usize>(&mut self, rows: &[u32], other: u32, lanes: &[f64; N]) {
        for (lane, row) in lanes.iter().zip(rows) {
            self.0[*row as usize][other as usize] = *lane;
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
