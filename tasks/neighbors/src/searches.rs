//! The training rows of a model, and what was found among them: for candidates
//! that share a search, and for a dataset's rows among themselves.

use std::cell::{OnceCell, RefCell};
use std::rc::{Rc, Weak};

use pleat_guest::{Attribute, Dataset, Rows};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use crate::known::Known;
use crate::long;
use crate::metric::Metric;
use crate::search::{Index, Neighbours};

/// The training rows, and what was found among them lately.
pub(crate) struct Searches {
    metric: Metric,
    /// As many as the most demanding of the candidates asks. Not saved: what a
    /// candidate is must not show its siblings.
    most: usize,
    /// None for a model that was loaded.
    source: Option<Source>,
    /// Made when first needed.
    index: OnceCell<Index>,
    lately: RefCell<Vec<Lately>>,
}

/// Where the training rows stand.
struct Source {
    data: Rc<Dataset>,
    /// Ascending.
    rows: Vec<u32>,
}

/// One search and its answer.
struct Lately {
    data: Weak<Dataset>,
    rows: Vec<u32>,
    found: Rc<Neighbours>,
}

/// Test rows, and training rows where the job wants training scores.
const LATELY: usize = 2;

/// Training rows in the order of the data: of equally near rows the first in
/// the data shall be nearer, whatever order a splitter names them in.
pub(crate) fn in_order(train: &Rows<'_>) -> Vec<u32> {
    let mut rows = train.indices().to_vec();
    rows.sort_unstable();
    rows
}

impl Searches {
    pub(crate) fn new(train: &Rows<'_>, metric: Metric, most: usize) -> Self {
        Searches {
            metric,
            most,
            source: Some(Source {
                data: train.dataset().clone(),
                rows: in_order(train),
            }),
            index: OnceCell::new(),
            lately: RefCell::default(),
        }
    }

    pub(crate) fn metric(&self) -> Metric {
        self.metric
    }

    /// How many training rows there are.
    pub(crate) fn attribute(&self) -> Attribute {
        let rows = match &self.source {
            Some(source) => source.rows.len(),
            None => self.index().rows().len() / self.index().columns(),
        };
        Attribute::number("n_samples_fit_", rows as f64)
    }

    fn index(&self) -> &Index {
        self.index.get_or_init(|| match &self.source {
            Some(Source { data, rows }) => {
                let values = Rows::new(data, rows).map_or_else(|_| Vec::new(), row_major);
                Index::new(values, data.n_columns(), self.metric)
            }
            // Of a loaded model the index was there from the start.
            None => Index::new(Vec::new(), 1, self.metric),
        })
    }

    /// The `k` nearest of each query, or more.
    pub(crate) fn nearest(&self, queries: &Rows<'_>, k: usize) -> Rc<Neighbours> {
        let same = |lately: &&Lately| {
            std::ptr::eq(lately.data.as_ptr(), Rc::as_ptr(queries.dataset()))
                && lately.rows == queries.indices()
        };
        if let Some(lately) = self.lately.borrow().iter().find(same) {
            return lately.found.clone();
        }
        let found = Rc::new(self.search(queries, k.max(self.most)));
        let mut lately = self.lately.borrow_mut();
        if lately.len() == LATELY {
            lately.remove(0);
        }
        lately.push(Lately {
            // Keeps the address from being used again, not the data.
            data: Rc::downgrade(queries.dataset()),
            rows: queries.indices().to_vec(),
            found: found.clone(),
        });
        found
    }

    fn search(&self, queries: &Rows<'_>, k: usize) -> Neighbours {
        if let Some(Source { data, rows }) = &self.source
            && Rc::ptr_eq(data, queries.dataset())
        {
            if let Some(known) = Known::of(data, self.metric) {
                return known.nearest(queries.indices(), rows, k);
            }
            let found = long::nearest(data, rows, queries.indices(), k, self.metric);
            if let Some(found) = found {
                return found;
            }
        }
        let mut values = row_major(*queries);
        self.metric.prepare(&mut values, queries.n_columns());
        self.index().nearest(&values, k)
    }
}

/// Rows one after another. By squares of a few rows and columns: in a table of
/// many columns each value of a row would else come from another page.
pub(crate) fn row_major(rows: Rows<'_>) -> Vec<f64> {
    const SIDE: usize = 16;
    let (width, all) = (rows.n_columns(), rows.dataset().n_rows());
    let values = rows.dataset().values();
    let mut out = vec![0.0; rows.len() * width];
    for (rows, out) in rows
        .indices()
        .chunks(SIDE)
        .zip(out.chunks_mut(SIDE * width))
    {
        for from in (0..width).step_by(SIDE) {
            let to = (from + SIDE).min(width);
            for (row, out) in rows.iter().zip(out.chunks_exact_mut(width)) {
                for (c, out) in (from..to).zip(&mut out[from..to]) {
                    *out = values[c * all + *row as usize];
                }
            }
        }
    }
    out
}

/// What is saved of the training rows: in the form in which they are compared.
#[derive(Serialize, Deserialize)]
struct Saved<T> {
    metric: Metric,
    columns: u32,
    rows: T,
}

impl Serialize for Searches {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let index = self.index();
        let saved = Saved {
            metric: self.metric,
            columns: index.columns() as u32,
            rows: index.rows(),
        };
        saved.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Searches {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let saved = Saved::<Vec<f64>>::deserialize(deserializer)?;
        let columns = saved.columns as usize;
        if columns == 0 || saved.rows.is_empty() || !saved.rows.len().is_multiple_of(columns) {
            return Err(D::Error::custom("training rows are incomplete"));
        }
        Ok(Searches {
            metric: saved.metric,
            most: 0,
            source: None,
            index: Index::prepared(saved.rows, columns, saved.metric).into(),
            lately: RefCell::default(),
        })
    }
}
