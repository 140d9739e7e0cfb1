//! The kernel of every two training rows, as far as it is asked for.

use std::borrow::Cow;
use std::ops::Range;
use std::rc::Rc;

use pleat_guest::{Dataset, Rows};
use pleat_num::product::{Matrix, Packed, RUN};

use crate::kernel::Kernel;
use crate::products::{Products, row_major};
use crate::recency::Recency;
use crate::segments::Segments;

/// Training rows, class after class, and where their inner products come from.
pub struct Source {
    /// Where each segment begins among them, and where the last ends.
    starts: Vec<usize>,
    from: From,
}

enum From {
    /// The rows themselves: row after row, and each segment of them arranged
    /// for products.
    Rows(Vec<f64>, Vec<Packed<f64>>),
    /// Their dataset, in which they are these, segment by segment at these
    /// spots.
    Dataset(Rc<Dataset>, Rc<Products>, Vec<u32>, Vec<Vec<u32>>),
}

impl Source {
    /// Of these rows of the dataset of the training rows.
    #[must_use]
    pub fn new(train: &Rows<'_>, rows: Vec<u32>) -> Self {
        let data = train.dataset();
        let starts = Segments::of(data).starts(data, &rows);
        let segments = starts.windows(2).map(|ends| &rows[ends[0]..ends[1]]);
        let from = if let Some(products) = Products::of(train).filter(|p| p.serve_fit()) {
            let spots = segments.map(|rows| rows.iter().map(|row| products.spot(*row).1).collect());
            let spots = spots.collect();
            From::Dataset(data.clone(), products, rows, spots)
        } else {
            let pack = |rows: &[u32]| {
                let values = row_major(data, rows);
                Packed::new(Matrix::row_major(&values, data.n_columns()))
            };
            let packed = segments.map(pack).collect();
            From::Rows(row_major(data, &rows), packed)
        };
        Source { starts, from }
    }

    /// The inner products of a row with those of a segment.
    fn products(&self, row: usize, segment: usize, out: &mut Vec<f64>) {
        match &self.from {
            From::Rows(values, packed) => {
                let packed = &packed[segment];
                let width = packed.length();
                *out = packed.times_vector(&values[row * width..][..width]);
            }
            From::Dataset(_, products, rows, spots) => {
                products.of_row(rows[row], segment, &spots[segment], out);
            }
        }
    }

    /// Each row's inner product with itself.
    fn squares(&self) -> Vec<f64> {
        let values = match &self.from {
            From::Rows(values, _) => Cow::Borrowed(values),
            From::Dataset(data, _, rows, _) => Cow::Owned(row_major(data, rows)),
        };
        let n = self.starts.last().copied().unwrap_or(0);
        let width = values.len().checked_div(n).unwrap_or(0).max(1);
        // In the order of a product's sums, to have its bits.
        let of_run = |run: &[f64]| run.iter().fold(0.0, |sum, x| sum + x * x);
        let of_row = |row: &[f64]| row.chunks(RUN).map(of_run).fold(0.0, |sum, run| sum + run);
        values.chunks_exact(width).map(of_row).collect()
    }
}

/// A kernel's matrix. A row's part in a segment is made when first asked for
/// and kept as long as memory allows; what is kept does not change what is
/// answered.
///
/// Off the diagonal it is single precision, as in libsvm: half the memory, and
/// a search for the optimum that takes the same steps.
pub struct Gram {
    source: Source,
    kernel: Kernel,
    /// Each row's inner product with itself.
    squares: Vec<f64>,
    diagonal: Vec<f64>,
    /// For each row, segment by segment; empty for what is not there.
    kept: Vec<Vec<f32>>,
    recency: Recency,
    /// How many numbers are kept, and may be.
    held: usize,
    most: usize,
    products: Vec<f64>,
}

impl Gram {
    /// Of these rows, keeping at most `megabytes`, but two rows in any case.
    #[must_use]
    pub fn new(source: Source, kernel: Kernel, megabytes: f64) -> Self {
        let squares = source.squares();
        let n = squares.len();
        let parts = n * (source.starts.len() - 1);
        let most = (megabytes * f64::from(1 << 20)) as usize / size_of::<f32>();
        Gram {
            source,
            kernel,
            diagonal: squares.iter().map(|s| kernel.of_itself(*s)).collect(),
            squares,
            kept: vec![Vec::new(); parts],
            recency: Recency::new(parts),
            held: 0,
            most: most.max(2 * n),
            products: Vec::new(),
        }
    }

    /// How many rows it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.diagonal.len()
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.diagonal.is_empty()
    }

    /// The kernel of a training row with itself.
    #[must_use]
    pub fn diagonal(&self, i: usize) -> f64 {
        self.diagonal[i]
    }

    /// The kernel of a training row with each of a run of rows, which are of
    /// one class or all.
    pub fn row(&mut self, i: usize, run: Range<usize>) -> &[f32] {
        let starts = &self.source.starts;
        // Of segments without rows the last begins where the run does.
        let segment = starts.partition_point(|start| *start <= run.start) - 1;
        let first = starts[segment];
        let part = i * (starts.len() - 1) + segment;
        if self.kept[part].is_empty() {
            self.kept[part] = self.make(i, segment);
        }
        self.recency.touch(part);
        &self.kept[part][run.start - first..run.end - first]
    }

    fn make(&mut self, i: usize, segment: usize) -> Vec<f32> {
        let rows = self.source.starts[segment]..self.source.starts[segment + 1];
        self.held += rows.len();
        while self.held > self.most
            && let Some(oldest) = self.recency.forget_oldest()
        {
            self.held -= std::mem::take(&mut self.kept[oldest]).len();
        }
        self.source.products(i, segment, &mut self.products);
        let (square, squares) = (self.squares[i], &self.squares[rows]);
        self.kernel.of_products(&mut self.products, square, squares);
        self.products.iter().map(|x| *x as f32).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pleat_guest::native;

    /// Of two classes, of which the second is larger.
    fn rows() -> Rc<Dataset> {
        let value = |i: usize| (i * 7 % 11) as f64;
        let rows: Vec<[f64; 2]> = (0..60).map(|i| [value(2 * i), value(2 * i + 1)]).collect();
        let codes: Vec<u32> = (0..60).map(|row| u32::from(row % 3 > 0)).collect();
        Dataset::new(native::classes(native::data(&rows), &codes)).unwrap()
    }

    #[test]
    fn a_short_memory_and_a_known_dataset_change_nothing() {
        let data = rows();
        let mut some: Vec<u32> = (0..60).filter(|row| row % 2 == 0).collect();
        some.sort_by_key(|row| data.codes()[*row as usize]);
        let few = Rows::new(&data, &some[..1]).unwrap();
        let all = Rows::new(&data, &some).unwrap();
        let kernel = Kernel::Rbf { gamma: 0.1 };
        let gram = |train, size| Gram::new(Source::new(train, some.clone()), kernel, size);
        // Neither the first fit nor few rows have their whole dataset compared.
        let (mut all, mut known, mut two) = (gram(&all, 1.0), gram(&all, 1.0), gram(&few, 1e-9));
        assert!(matches!(known.source.from, From::Dataset(..)));
        assert!(matches!(all.source.from, From::Rows(..)));
        for i in (0..30).chain([3, 4, 3, 29, 0]) {
            for run in [0..10, 10..30] {
                let row = all.row(i, run.clone()).to_vec();
                assert_eq!(row.len(), run.len());
                assert_eq!(two.row(i, run.clone()), row);
                assert_eq!(known.row(i, run.clone()), row);
                assert!(two.kept.iter().map(Vec::len).sum::<usize>() <= 60);
                if run.contains(&i) {
                    assert_eq!(row[i - run.start], all.diagonal(i) as f32);
                }
            }
        }
        // Symmetric to the bit.
        for (i, j) in [(0, 1), (4, 17), (29, 8)] {
            let run = |row| if row < 10 { 0..10 } else { 10..30 };
            let at = |gram: &mut Gram, i, j: usize| gram.row(i, run(j))[j - run(j).start];
            assert_eq!(at(&mut all, i, j), at(&mut all, j, i));
        }
    }
}
