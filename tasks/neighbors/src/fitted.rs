//! The fitted models: what they know of the training rows' targets, and the
//! answers these vote for. Finding them is [`Searches`]' affair.

use std::rc::Rc;

use pleat_guest::{Attribute, Error, Model, Outputs, Prediction, Rows, decode, encode};
use serde::{Deserialize, Serialize};

use crate::metric::Metric;
use crate::search::Neighbours;
use crate::searches::{Searches, in_order};
use crate::vote::{self, Asked, Weightless, Weights};

/// One candidate's parameters.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Settings {
    pub(crate) n_neighbors: usize,
    pub(crate) weights: Weights,
    pub(crate) metric: Metric,
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

    fn attributes(&self) -> Vec<Attribute> {
        vec![self.searches.attribute()]
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

    fn attributes(&self) -> Vec<Attribute> {
        vec![self.searches.attribute()]
    }

    fn save(&self) -> Result<Vec<u8>, Error> {
        encode(self)
    }

    fn load(bytes: &[u8]) -> Result<Self, Error> {
        decode(bytes)
    }
}
