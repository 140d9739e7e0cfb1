//! Support vectors, and how rows to be predicted compare with them.

use std::ops::Range;
use std::rc::Rc;

use pleat_guest::{Dataset, Rows};
use pleat_num::dense::axpy;
use pleat_num::product::RUN;
use serde::{Deserialize, Serialize};

use crate::kernel::Kernel;
use crate::products::{Products, row_major};

/// Rows that are predicted side by side.
pub const LANES: usize = 8;

/// What each vector, in turn, has with each of a few rows.
pub type Block = [[f64; LANES]];

/// Some rows of a dataset, row-major.
#[derive(Serialize, Deserialize)]
pub struct Vectors {
    columns: usize,
    values: Vec<f64>,
    #[serde(skip)]
    home: Option<Home>,
}

/// Where the vectors are from, if its rows have been compared.
struct Home {
    data: Rc<Dataset>,
    rows: Vec<u32>,
    products: Rc<Products>,
}

impl Vectors {
    /// The rows at these places among the training rows.
    #[must_use]
    pub fn new(train: &Rows<'_>, places: &[usize]) -> Self {
        let data = train.dataset();
        let rows: Vec<u32> = places.iter().map(|place| train.indices()[*place]).collect();
        let home = Products::of(train).map(|products| Home {
            data: data.clone(),
            rows: rows.clone(),
            products,
        });
        Vectors {
            columns: train.n_columns(),
            values: row_major(data, &rows),
            home,
        }
    }

    /// Whether they are rows of this dataset, and it is a small one.
    #[must_use]
    pub fn are_of(&self, data: &Rc<Dataset>) -> bool {
        let home = self.home.as_ref();
        home.is_some_and(|home| Rc::ptr_eq(&home.data, data))
    }

    /// How many numbers make a vector.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// The sum of some vectors, each times its factor.
    #[must_use]
    pub fn combined(&self, which: Range<usize>, factors: &[f64]) -> Vec<f64> {
        let mut sums = vec![0.0; self.columns];
        let values = &self.values[which.start * self.columns..which.end * self.columns];
        for (vector, factor) in values.chunks_exact(self.columns).zip(factors) {
            axpy(*factor, vector, &mut sums);
        }
        sums
    }

    /// Hands out the kernels of every vector with these rows, of a few rows
    /// at a time: how many these are comes with them, lanes beyond mean
    /// nothing.
    pub fn meet(&self, kernel: Kernel, rows: &Rows<'_>, mut each: impl FnMut(&Block, usize)) {
        let data = rows.dataset();
        let from = |home: &&Home| Rc::ptr_eq(&home.data, data);
        let home = self.home.as_ref().filter(from);
        // Products are known from the fit; distances are not worth noting yet.
        let home =
            home.filter(|home| home.products.serve_prediction() || kernel.of_distances().is_none());
        let vector = |i: usize| &self.values[i * self.columns..][..self.columns];
        let mut block = vec![[0.0; LANES]; self.values.len() / self.columns];
        for few in rows.indices().chunks(LANES) {
            // Made when first needed.
            let mut of_few = Vec::new();
            let mut compare = |i| {
                if of_few.is_empty() {
                    of_few = panel(data, few);
                }
                match kernel.of_distances() {
                    Some(_) => distances(&of_few, vector(i)),
                    None => products(&of_few, vector(i)),
                }
            };
            match (home, kernel.of_distances()) {
                (Some(home), Some(factor)) => {
                    home.products
                        .bells(factor, few, &home.rows, &mut block, compare);
                }
                (Some(home), None) => {
                    home.products.known(few, &home.rows, &mut block, compare);
                    kernel.of_comparisons(block.as_flattened_mut());
                }
                (None, _) => {
                    for (i, lanes) in block.iter_mut().enumerate() {
                        *lanes = compare(i);
                    }
                    kernel.of_comparisons(block.as_flattened_mut());
                }
            }
            each(&block, few.len());
        }
    }
}

/// A few rows column after column: sums over the columns then run side by
/// side.
fn panel(data: &Dataset, few: &[u32]) -> Vec<[f64; LANES]> {
    let of_column = |c| {
        let column = data.column(c);
        let mut lanes = [0.0; LANES];
        for (lane, row) in lanes.iter_mut().zip(few) {
            *lane = column[*row as usize];
        }
        lanes
    };
    (0..data.n_columns()).map(of_column).collect()
}

/// The squared distances of a vector from rows: added up from differences.
fn distances(panel: &Block, vector: &[f64]) -> [f64; LANES] {
    let mut sums = [0.0; LANES];
    for (lanes, y) in panel.iter().zip(vector) {
        for lane in 0..LANES {
            let d = lanes[lane] - y;
            sums[lane] += d * d;
        }
    }
    sums
}

/// The inner products of a vector with rows, to the bit as `pleat_num` adds
/// them up: run by run.
fn products(panel: &Block, vector: &[f64]) -> [f64; LANES] {
    let mut sums = [0.0; LANES];
    for (panel, vector) in panel.chunks(RUN).zip(vector.chunks(RUN)) {
        let mut of_run = [0.0; LANES];
        for (lanes, y) in panel.iter().zip(vector) {
            for lane in 0..LANES {
                of_run[lane] += lanes[lane] * y;
            }
        }
        for lane in 0..LANES {
            sums[lane] += of_run[lane];
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;
    use pleat_guest::native;
    use pleat_num::rng::RandomState;

    /// Every kernel has the same bits with the dataset's products, with its
    /// distances once they are known, and without either.
    #[test]
    fn home_changes_nothing() {
        let mut rng = RandomState::new(5);
        let rows: Vec<[f64; 3]> = (0..50)
            .map(|_| std::array::from_fn(|_| rng.uniform(-3.0, 3.0)))
            .collect();
        let data = Dataset::new(native::data(&rows)).unwrap();
        let train: Vec<u32> = (0..50).filter(|row| row % 5 != 2).collect();
        let train = Rows::new(&data, &train).unwrap();
        let test: Vec<u32> = (0..50).filter(|row| row % 3 == 2).collect();
        let test = Rows::new(&data, &test).unwrap();
        let places: Vec<usize> = (0..train.len()).filter(|i| i % 7 != 1).collect();
        let at_home = Vectors::new(&train, &places);
        assert!(at_home.home.is_some());
        let abroad = Vectors {
            columns: 3,
            values: at_home.values.clone(),
            home: None,
        };
        let kernels = |vectors: &Vectors, kernel| {
            let mut all = Vec::new();
            vectors.meet(kernel, &test, |block, n| {
                for lane in 0..n {
                    all.extend(block.iter().map(|lanes| lanes[lane].to_bits()));
                }
            });
            assert_eq!(all.len(), places.len() * test.len());
            all
        };
        let (gamma, coef0) = (0.3, 0.5);
        for kernel in [
            Kernel::Linear,
            Kernel::Rbf { gamma },
            Kernel::Sigmoid { gamma, coef0 },
            Kernel::Poly {
                gamma,
                coef0,
                degree: 3,
            },
        ] {
            let expected = kernels(&abroad, kernel);
            for _ in 0..3 {
                assert_eq!(kernels(&at_home, kernel), expected);
            }
        }
    }
}
