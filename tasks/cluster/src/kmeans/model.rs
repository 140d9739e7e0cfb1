//! What both estimators make: centres, and what was seen on the way.

use pleat_guest::{Attribute, Error, Model, Outputs, Prediction, Rows, decode, encode};
use serde::{Deserialize, Serialize};

use super::lloyd::nearest;
use crate::points::{apart, chunks};

/// Fitted centres.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FittedCentres {
    pub(super) width: usize,
    pub(super) centres: Vec<f64>,
    /// The squared distances of the training rows, by weight; or what is
    /// known of them.
    pub(super) inertia: Option<f64>,
    pub(super) iterations: u64,
    /// Batches looked at, where there were batches.
    pub(super) steps: Option<u64>,
}

impl Model for FittedCentres {
    /// The nearest centre of each row. Decision scores are minus the squared
    /// distances to it, one a row, of which scikit-learn's `score` is the sum.
    fn predict(&self, rows: &Rows<'_>, outputs: Outputs) -> Result<Prediction, Error> {
        let mut labels = Vec::with_capacity(rows.len());
        let mut scores = Vec::new();
        for points in chunks(rows) {
            let mut of_chunk = vec![0; points.len()];
            nearest(&points, &self.centres, &mut of_chunk);
            if outputs.contains(Outputs::DECISION) {
                let pairs = points.rows().zip(&of_chunk);
                let centre =
                    |label: u32| &self.centres[label as usize * self.width..][..self.width];
                scores.extend(pairs.map(|(x, label)| -apart(x, centre(*label))));
            }
            labels.extend(of_chunk);
        }
        Ok(Prediction {
            decision: outputs.contains(Outputs::DECISION).then_some(scores),
            ..Prediction::classes(labels)
        })
    }

    fn save(&self) -> Result<Vec<u8>, Error> {
        encode(self)
    }

    fn load(bytes: &[u8]) -> Result<Self, Error> {
        decode(bytes)
    }

    fn attributes(&self) -> Vec<Attribute> {
        let centres = self.centres.clone();
        let mut all = vec![Attribute::matrix("cluster_centers_", self.width, centres)];
        all.extend(
            self.inertia
                .map(|inertia| Attribute::number("inertia_", inertia)),
        );
        all.push(Attribute::number("n_iter_", self.iterations as f64));
        all.extend(
            self.steps
                .map(|steps| Attribute::number("n_steps_", steps as f64)),
        );
        all
    }
}
