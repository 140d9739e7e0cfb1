//! The two traits an author implements, and what a fit is handed.

use crate::{Attribute, Error, Info, Outputs, Params, Prediction, Rows};

/// An estimator with its parameters set, not yet fitted.
pub trait Estimator: Sized + 'static {
    /// What a fit answers with.
    type Model: Model;

    /// What the candidates of one fitting share: made empty before the first,
    /// handed to each in turn, gone after the last unless a model keeps an
    /// `Rc` to a part of it. `()` for nothing.
    type Shared: Default + 'static;

    /// The description: name, parameters, abilities. Must not depend on
    /// anything.
    fn info() -> Info;

    /// The estimator with these parameters. Names, types and ranges have been
    /// checked; only what a range cannot say is left to check.
    fn new(params: &Params) -> Result<Self, Error>;

    /// Learns from rows. The target is of the described kind, values are
    /// finite (NaN only if described as accepted), and weights are there only
    /// if described as honoured.
    ///
    /// The answer must not depend on the other candidates of the fitting.
    fn fit(&self, train: &Rows<'_>, fit: &mut Fit<'_, Self>) -> Result<Self::Model, Error>;
}

/// An estimator that has learned.
pub trait Model: Sized + 'static {
    /// The classes it knows, ascending: the columns of its probabilities.
    /// Empty for regressors, and for clusterers.
    fn classes(&self) -> &[u32] {
        &[]
    }

    /// Predicts rows of a dataset that has as many columns as the one it
    /// learned from. Only described outputs are asked for; what was not asked
    /// for may be given all the same, and is dropped.
    fn predict(&self, rows: &Rows<'_>, outputs: Outputs) -> Result<Prediction, Error>;

    /// The model as bytes; see [`encode`](crate::encode).
    fn save(&self) -> Result<Vec<u8>, Error>;

    /// A saved model brought back; see [`decode`](crate::decode).
    fn load(bytes: &[u8]) -> Result<Self, Error>;

    /// What it has learned that a person would read, under scikit-learn's
    /// names: `coef_`, `feature_importances_`, `cluster_centers_`.
    fn attributes(&self) -> Vec<Attribute> {
        Vec::new()
    }

    /// The model in a format of another program. Asked only for formats that
    /// are described.
    fn write_as(&self, format: &str) -> Result<Vec<u8>, Error> {
        Err(Error::Unsupported(format!(
            "nothing is written as {format}"
        )))
    }

    /// A model of another program, with the number of features it takes.
    /// Asked only for formats that are described.
    fn read_as(format: &str, bytes: &[u8]) -> Result<(Self, usize), Error> {
        let _ = bytes;
        Err(Error::Unsupported(format!("nothing is read from {format}")))
    }
}

/// One candidate's fit, besides its rows.
pub struct Fit<'a, E: Estimator> {
    /// Work shared with the other candidates of this fitting.
    pub shared: &'a mut E::Shared,
    /// All candidates of this fitting that could be constructed, this one
    /// among them: so that shared work can be done for the most demanding one
    /// at once.
    pub siblings: &'a [E],
    /// How much of the full effort to spend, where described as honoured.
    pub budget: Option<u32>,
    pub(crate) state: Option<&'a [u8]>,
    pub(crate) warnings: Vec<String>,
}

impl<E: Estimator> Fit<'_, E> {
    /// Something the person should know about this candidate, such as "did not
    /// converge".
    pub fn warn(&mut self, message: impl Into<String>) {
        self.warnings.push(message.into());
    }

    /// The earlier model to go on from, where described as possible and given.
    pub fn earlier(&self) -> Result<Option<E::Model>, Error> {
        self.state.map(E::Model::load).transpose()
    }
}

impl Attribute {
    /// Numbers in a row, such as one for each feature.
    pub fn vector(name: &str, values: Vec<f64>) -> Self {
        Attribute {
            name: name.into(),
            shape: vec![values.len() as u32],
            values,
        }
    }

    /// Row after row of numbers, each of this width.
    pub fn matrix(name: &str, width: usize, values: Vec<f64>) -> Self {
        let rows = values.len() / width.max(1);
        Attribute {
            name: name.into(),
            shape: vec![rows as u32, width as u32],
            values,
        }
    }

    /// A single number.
    pub fn number(name: &str, value: f64) -> Self {
        Attribute {
            name: name.into(),
            shape: Vec::new(),
            values: vec![value],
        }
    }
}

impl Prediction {
    /// A regressor's answers.
    pub fn numbers(numbers: Vec<f64>) -> Self {
        Prediction {
            numbers: Some(numbers),
            ..Self::default()
        }
    }

    /// A classifier's or clusterer's answers.
    pub fn classes(classes: Vec<u32>) -> Self {
        Prediction {
            classes: Some(classes),
            ..Self::default()
        }
    }

    /// A classifier's answers by its scores, which stand row after row with
    /// one for each class: the first of the highest wins.
    pub fn highest(classes: &[u32], scores: &[f64]) -> Self {
        let best = |row: &[f64]| {
            let mut best = 0;
            for (i, score) in row.iter().enumerate() {
                if *score > row[best] {
                    best = i;
                }
            }
            classes[best]
        };
        Self::classes(
            scores
                .chunks_exact(classes.len().max(1))
                .map(best)
                .collect(),
        )
    }

    /// A classifier's answers by its probabilities, with these.
    pub fn probable(classes: &[u32], probabilities: Vec<f64>) -> Self {
        Prediction {
            probabilities: Some(probabilities.clone()),
            ..Self::highest(classes, &probabilities)
        }
    }
}
