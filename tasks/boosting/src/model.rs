//! What both estimators learn: trees whose answers add up.

use std::rc::Rc;

use pleat_guest::{Attribute, Error, Rows, decode};
use serde::{Deserialize, Serialize};

use crate::columns::Encoders;
use crate::fit::Learned;
use crate::tree::Tree;

/// How many rows go through all trees together.
const PORTION: usize = 64;

/// A fitted ensemble.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Ensemble {
    /// What is predicted before the first tree: as many numbers as an
    /// iteration has trees.
    pub(crate) baseline: Vec<f64>,
    pub(crate) iterations: Vec<Rc<Vec<Tree>>>,
    pub(crate) encoders: Encoders,
    train_scores: Vec<f64>,
    validation_scores: Vec<f64>,
}

impl Ensemble {
    pub(crate) fn new(learned: Learned) -> Self {
        let run = learned.run;
        Ensemble {
            baseline: run.baseline,
            iterations: run.iterations,
            encoders: learned.encoders,
            train_scores: run.train_scores,
            validation_scores: run.validation_scores,
        }
    }

    /// One that was not learned here.
    pub(crate) fn read(baseline: Vec<f64>, iterations: Vec<Rc<Vec<Tree>>>) -> Self {
        Ensemble {
            baseline,
            iterations,
            encoders: Encoders::default(),
            train_scores: Vec::new(),
            validation_scores: Vec::new(),
        }
    }

    /// A saved one, and what was saved with it, if every tree can be gone
    /// through. How many features there are is not known here: a row that is
    /// too short is met when it comes.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let trees = self.iterations.iter().flat_map(|trees| trees.iter());
        let whole = self
            .iterations
            .iter()
            .all(|trees| trees.len() == self.baseline.len());
        match whole && !self.baseline.is_empty() && trees.clone().all(|t| t.sound(usize::MAX)) {
            true => Ok(()),
            false => Err(Error::InvalidData(
                "these bytes are not a saved model: its trees do not fit together".into(),
            )),
        }
    }

    /// Raw predictions, row after row, one number for each tree of an
    /// iteration.
    pub(crate) fn raw(&self, rows: &Rows<'_>) -> Result<Vec<f64>, Error> {
        let (width, trees) = (rows.n_columns(), self.baseline.len());
        let all = || self.iterations.iter().flat_map(|trees| trees.iter());
        if all().any(|tree| !tree.sound(width)) {
            return Err(Error::InvalidData(format!(
                "the model knows more columns than the {width} there are"
            )));
        }
        let mut raw = self.baseline.repeat(rows.len());
        let portions = rows.indices().chunks(PORTION);
        for (portion, raw) in portions.zip(raw.chunks_mut(PORTION * trees)) {
            let mut matrix = Rows::new(rows.dataset(), portion)?.row_major();
            self.encoders.encode(&mut matrix, width);
            for iteration in &self.iterations {
                for (k, tree) in iteration.iter().enumerate() {
                    for (row, raw) in matrix.chunks_exact(width).zip(raw.chunks_mut(trees)) {
                        raw[k] += tree.value(row);
                    }
                }
            }
        }
        Ok(raw)
    }

    /// How many iterations there were, and the scores, if any were looked at.
    pub(crate) fn attributes(&self) -> Vec<Attribute> {
        let mut attributes = vec![Attribute::number("n_iter_", self.iterations.len() as f64)];
        for (name, scores) in [
            ("train_score_", &self.train_scores),
            ("validation_score_", &self.validation_scores),
        ] {
            attributes.push(Attribute::vector(name, scores.clone()));
        }
        attributes
    }
}

/// A saved model brought back, its ensemble checked.
pub(crate) fn load<T: for<'a> Deserialize<'a>>(
    bytes: &[u8],
    ensemble: impl Fn(&T) -> &Ensemble,
) -> Result<T, Error> {
    let model: T = decode(bytes)?;
    ensemble(&model).check()?;
    Ok(model)
}
