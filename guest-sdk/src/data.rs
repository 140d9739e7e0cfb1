//! The matrix an estimator works on, and the rows of it that are meant.

use std::any::{Any, TypeId};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use ndarray::{Array2, ArrayView1, ArrayView2, ShapeBuilder};

use crate::{Classes, ColumnKind, Contents, Error, Target, Values};

/// A matrix with its target, checked and owned.
///
/// Values are double precision and column-major whatever the host sent; every
/// NaN has the one bit pattern of `f64::NAN`.
pub struct Dataset {
    rows: usize,
    columns: Vec<ColumnKind>,
    values: Vec<f64>,
    target: Target,
    weights: Option<Vec<f64>>,
    pub(crate) has_nan: bool,
    pub(crate) has_infinity: bool,
    cache: RefCell<BTreeMap<(TypeId, String), Rc<dyn Any>>>,
}

impl Dataset {
    /// Takes contents over, or says what is wrong with them.
    pub fn new(contents: Contents) -> Result<Rc<Self>, Error> {
        let Contents {
            rows,
            columns,
            values,
            target,
            weights,
        } = contents;
        let rows = rows as usize;
        let mut values = match values {
            Values::Double(values) => values,
            Values::Single(values) => values.into_iter().map(f64::from).collect(),
        };
        if rows == 0 || columns.is_empty() {
            return Err(invalid(format!(
                "a dataset needs at least one row and one column; got {rows} rows and {} columns",
                columns.len()
            )));
        }
        if rows.checked_mul(columns.len()) != Some(values.len()) {
            return Err(invalid(format!(
                "{rows} rows of {} columns make {} values; got {}",
                columns.len(),
                rows as u64 * columns.len() as u64,
                values.len()
            )));
        }
        let a_row_each = |what: &str, got: usize| match got == rows {
            true => Ok(()),
            false => Err(invalid(format!(
                "{rows} rows need {rows} {what}; got {got}"
            ))),
        };
        match &target {
            Target::None => {}
            Target::Classes(Classes { codes, count }) => {
                a_row_each("classes", codes.len())?;
                if let Some(row) = codes.iter().position(|code| code >= count) {
                    return Err(invalid(format!(
                        "row {row} has class {}, but there are {count} classes",
                        codes[row]
                    )));
                }
            }
            Target::Numbers(numbers) => {
                a_row_each("target numbers", numbers.len())?;
                if let Some(row) = numbers.iter().position(|y| !y.is_finite()) {
                    return Err(invalid(format!(
                        "the target of row {row} is {}",
                        numbers[row]
                    )));
                }
            }
        }
        if let Some(weights) = &weights {
            a_row_each("weights", weights.len())?;
            if let Some(row) = weights.iter().position(|w| !w.is_finite() || *w < 0.0) {
                return Err(invalid(format!(
                    "the weight of row {row} is {}",
                    weights[row]
                )));
            }
        }
        let (mut has_nan, mut has_infinity) = (false, false);
        for value in &mut values {
            has_infinity |= value.is_infinite();
            if value.is_nan() {
                has_nan = true;
                *value = f64::NAN;
            }
        }
        for (c, column) in values.chunks_exact(rows).enumerate() {
            let code = |v: &f64| v.is_nan() || (*v >= 0.0 && v.trunc() == *v);
            if columns[c] == ColumnKind::Categorical && !column.iter().all(code) {
                return Err(invalid(format!(
                    "column {c} is categorical, but its values are not all codes 0, 1, 2 ..."
                )));
            }
        }
        let cache = RefCell::default();
        Ok(Rc::new(Dataset {
            rows,
            columns,
            values,
            target,
            weights,
            has_nan,
            has_infinity,
            cache,
        }))
    }

    /// How many rows there are in all.
    pub fn n_rows(&self) -> usize {
        self.rows
    }

    /// How many features.
    pub fn n_columns(&self) -> usize {
        self.columns.len()
    }

    /// How each feature is to be read.
    pub fn kinds(&self) -> &[ColumnKind] {
        &self.columns
    }

    /// One feature of all rows.
    pub fn column(&self, column: usize) -> &[f64] {
        &self.values[column * self.rows..(column + 1) * self.rows]
    }

    /// One value.
    pub fn value(&self, row: u32, column: usize) -> f64 {
        self.values[column * self.rows + row as usize]
    }

    /// All values, column after column.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// All values as rows by columns, without a copy. A row of it is strided;
    /// see [`Rows::matrix`] for a row-major copy.
    pub fn matrix(&self) -> ArrayView2<'_, f64> {
        // The shape was checked on the way in.
        ArrayView2::from_shape((self.rows, self.columns.len()).f(), &self.values)
            .unwrap_or_else(|_| ArrayView2::from(&[[]; 0] as &[[f64; 0]; 0]))
    }

    /// The class of each row; empty if the target is not classes. Estimators
    /// described as classifiers always find one.
    pub fn codes(&self) -> &[u32] {
        if let Target::Classes(classes) = &self.target {
            &classes.codes
        } else {
            &[]
        }
    }

    /// How many classes there are in all rows together; 0 if the target is not
    /// classes. A fit's own classes are [`Rows::classes`].
    pub fn n_classes(&self) -> usize {
        if let Target::Classes(classes) = &self.target {
            classes.count as usize
        } else {
            0
        }
    }

    /// The target of each row; empty if it is not numbers. Estimators
    /// described as regressors always find one.
    pub fn numbers(&self) -> &[f64] {
        if let Target::Numbers(numbers) = &self.target {
            numbers
        } else {
            &[]
        }
    }

    /// The target as it came.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// The weight of each row, where the job has weights.
    pub fn weights(&self) -> Option<&[f64]> {
        self.weights.as_deref()
    }

    /// What is worth doing once for all rows, made at first use and kept as
    /// long as the dataset: sorted columns, bins. `key` tells apart things of
    /// one type, such as bins of different counts.
    ///
    /// It must depend on the dataset alone, and must not hold the dataset's
    /// own `Rc`, or neither would ever be freed.
    pub fn cached<T: 'static>(&self, key: &str, make: impl FnOnce() -> T) -> Rc<T> {
        let slot = (TypeId::of::<T>(), key.to_owned());
        let found = self.cache.borrow().get(&slot).cloned();
        if let Some(Ok(kept)) = found.map(Rc::downcast) {
            return kept;
        }
        // Not while the cache is borrowed: `make` may ask for other slots.
        let made = Rc::new(make());
        self.cache.borrow_mut().insert(slot, made.clone());
        made
    }
}

/// Some rows of a dataset, in the order the host named them: what a fit learns
/// from, or what a prediction is about.
///
/// There is always at least one, and a row may be named twice.
#[derive(Clone, Copy)]
pub struct Rows<'a> {
    data: &'a Rc<Dataset>,
    rows: &'a [u32],
}

impl<'a> Rows<'a> {
    /// Names rows of a dataset.
    pub fn new(data: &'a Rc<Dataset>, rows: &'a [u32]) -> Result<Self, Error> {
        if rows.is_empty() {
            return Err(invalid("no rows are named".into()));
        }
        if let Some(row) = rows.iter().find(|row| **row as usize >= data.rows) {
            return Err(invalid(format!(
                "row {row} is named, but there are {} rows",
                data.rows
            )));
        }
        Ok(Rows { data, rows })
    }

    /// The dataset, which a model may keep instead of copying from it.
    pub fn dataset(&self) -> &'a Rc<Dataset> {
        self.data
    }

    /// The rows' indices into the dataset.
    pub fn indices(&self) -> &'a [u32] {
        self.rows
    }

    /// How many rows are named, at least one.
    #[allow(clippy::len_without_is_empty)]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// How many features.
    pub fn n_columns(&self) -> usize {
        self.data.n_columns()
    }

    /// One feature of these rows.
    pub fn column(&self, column: usize) -> Vec<f64> {
        self.pick(self.data.column(column))
    }

    /// One feature after the other, column-major.
    pub fn column_major(&self) -> Vec<f64> {
        let mut values = Vec::with_capacity(self.rows.len() * self.n_columns());
        for c in 0..self.n_columns() {
            let column = self.data.column(c);
            values.extend(self.rows.iter().map(|r| column[*r as usize]));
        }
        values
    }

    /// One row after the other, row-major.
    pub fn row_major(&self) -> Vec<f64> {
        let width = self.n_columns();
        let mut values = vec![0.0; self.rows.len() * width];
        for c in 0..width {
            let column = self.data.column(c);
            for (i, r) in self.rows.iter().enumerate() {
                values[i * width + c] = column[*r as usize];
            }
        }
        values
    }

    /// These rows as an owned row-major matrix.
    pub fn matrix(&self) -> Array2<f64> {
        Array2::from_shape_vec((self.rows.len(), self.n_columns()), self.row_major())
            .unwrap_or_default()
    }

    /// One row of the dataset, strided.
    pub fn row(&self, i: usize) -> ArrayView1<'a, f64> {
        self.data
            .matrix()
            .index_axis_move(ndarray::Axis(0), self.rows[i] as usize)
    }

    /// The class of each of these rows; empty if the target is not classes.
    pub fn codes(&self) -> Vec<u32> {
        self.pick(self.data.codes())
    }

    /// The classes among these rows, ascending: what `Model::classes` of a
    /// classifier answers.
    pub fn classes(&self) -> Vec<u32> {
        let mut classes = self.codes();
        classes.sort_unstable();
        classes.dedup();
        classes
    }

    /// For each of these rows the place of its class in [`Rows::classes`].
    pub fn places(&self) -> Vec<usize> {
        let mut place = vec![0; self.data.n_classes()];
        for (i, class) in self.classes().into_iter().enumerate() {
            place[class as usize] = i;
        }
        self.codes()
            .into_iter()
            .map(|code| place[code as usize])
            .collect()
    }

    /// The target of each of these rows; empty if it is not numbers.
    pub fn numbers(&self) -> Vec<f64> {
        self.pick(self.data.numbers())
    }

    /// The weight of each of these rows, where the job has weights.
    pub fn weights(&self) -> Option<Vec<f64>> {
        self.data.weights().map(|w| self.pick(w))
    }

    fn pick<T: Copy>(&self, all: &[T]) -> Vec<T> {
        if all.is_empty() {
            return Vec::new();
        }
        self.rows.iter().map(|r| all[*r as usize]).collect()
    }
}

fn invalid(sentence: String) -> Error {
    Error::InvalidData(sentence)
}
