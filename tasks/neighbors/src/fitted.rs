//! The fitted models: training rows to search, and the answers they vote with.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use pleat_guest::{Dataset, Error, Model, Outputs, Prediction, Rows, decode, encode};
use serde::{Deserialize, Serialize};

use crate::search::{Index, Metric, Neighbours};
use crate::vote::{self, Asked, Weightless, Weights};

/// One candidate's parameters.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Settings {
    pub(crate) n_neighbors: usize,
    pub(crate) weights: Weights,
    pub(crate) metric: Metric,
}

/// The training rows, and what was found among them lately.
#[derive(Serialize, Deserialize)]
pub(crate) struct Searches {
    index: Index,
    metric: Metric,
    /// As many as the most demanding of the candidates asks. Not saved: what a
    /// candidate is must not show its siblings.
    #[serde(skip)]
    most: usize,
    #[serde(skip)]
    lately: RefCell<Vec<Lately>>,
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
fn in_order(train: &Rows<'_>) -> Vec<u32> {
    let mut rows = train.indices().to_vec();
    rows.sort_unstable();
    rows
}

impl Searches {
    pub(crate) fn new(train: &Rows<'_>, metric: Metric, most: usize) -> Self {
        let columns = (0..train.n_columns()).map(|c| train.dataset().column(c));
        let index = Index::new(columns, &in_order(train));
        Searches {
            index,
            metric,
            most,
            lately: RefCell::default(),
        }
    }

    pub(crate) fn metric(&self) -> Metric {
        self.metric
    }

    /// The `k` nearest of each query, or more.
    fn nearest(&self, queries: &Rows<'_>, k: usize) -> Rc<Neighbours> {
        let same = |lately: &&Lately| {
            std::ptr::eq(lately.data.as_ptr(), Rc::as_ptr(queries.dataset()))
                && lately.rows == queries.indices()
        };
        if let Some(lately) = self.lately.borrow().iter().find(same) {
            return lately.found.clone();
        }
        let k = k.max(self.most);
        let found = Rc::new(self.index.nearest(&queries.row_major(), k, self.metric));
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
}

/// The first `k` neighbours of each query.
fn asked(found: &Neighbours, k: usize) -> impl ExactSizeIterator<Item = Asked<'_>> {
    found
        .places
        .chunks_exact(found.k)
        .zip(found.distances.chunks_exact(found.k))
        .map(move |(places, distances)| Asked {
            places: &places[..k],
            distances: &distances[..k],
        })
}

impl From<Weightless> for Error {
    fn from(_: Weightless) -> Self {
        Error::InvalidData(
            "All neighbors of some sample are infinitely far and get zero weights. Scale the data, \
             or use weights = 'uniform'."
                .into(),
        )
    }
}

/// A fitted [`KNeighborsClassifier`](crate::KNeighborsClassifier).
#[derive(Serialize, Deserialize)]
pub struct FittedClassifier {
    settings: Settings,
    searches: Rc<Searches>,
    classes: Vec<u32>,
    /// For each training row the place of its class in `classes`.
    class_of: Vec<u32>,
}

impl FittedClassifier {
    pub(crate) fn new(train: &Rows<'_>, settings: &Settings, searches: Rc<Searches>) -> Self {
        let classes = train.classes();
        let mut place = vec![0; train.dataset().n_classes()];
        for (i, class) in (0u32..).zip(&classes) {
            place[*class as usize] = i;
        }
        let codes = train.dataset().codes();
        let class_of = in_order(train)
            .iter()
            .map(|row| place[codes[*row as usize] as usize])
            .collect();
        FittedClassifier {
            settings: settings.clone(),
            searches,
            classes,
            class_of,
        }
    }
}

impl Model for FittedClassifier {
    fn classes(&self) -> &[u32] {
        &self.classes
    }

    fn predict(&self, rows: &Rows<'_>, _: Outputs) -> Result<Prediction, Error> {
        let found = self.searches.nearest(rows, self.settings.n_neighbors);
        let n_classes = self.classes.len();
        let asked = asked(&found, self.settings.n_neighbors);
        let mut votes = vote::classes(asked, self.settings.weights, &self.class_of, n_classes)?;
        // The class is decided before normalising, as scikit-learn does it.
        let answers = Prediction::highest(&self.classes, &votes);
        vote::normalise(&mut votes, n_classes);
        Ok(Prediction {
            probabilities: Some(votes),
            ..answers
        })
    }

    fn save(&self) -> Result<Vec<u8>, Error> {
        encode(self)
    }

    fn load(bytes: &[u8]) -> Result<Self, Error> {
        decode(bytes)
    }
}

/// A fitted [`KNeighborsRegressor`](crate::KNeighborsRegressor).
#[derive(Serialize, Deserialize)]
pub struct FittedRegressor {
    settings: Settings,
    searches: Rc<Searches>,
    target: Vec<f64>,
}

impl FittedRegressor {
    pub(crate) fn new(train: &Rows<'_>, settings: &Settings, searches: Rc<Searches>) -> Self {
        let numbers = train.dataset().numbers();
        let target = in_order(train)
            .iter()
            .map(|row| numbers[*row as usize])
            .collect();
        FittedRegressor {
            settings: settings.clone(),
            searches,
            target,
        }
    }
}

impl Model for FittedRegressor {
    fn predict(&self, rows: &Rows<'_>, _: Outputs) -> Result<Prediction, Error> {
        let found = self.searches.nearest(rows, self.settings.n_neighbors);
        let asked = asked(&found, self.settings.n_neighbors);
        Ok(Prediction::numbers(vote::means(
            asked,
            self.settings.weights,
            &self.target,
        )?))
    }

    fn save(&self) -> Result<Vec<u8>, Error> {
        encode(self)
    }

    fn load(bytes: &[u8]) -> Result<Self, Error> {
        decode(bytes)
    }
}
