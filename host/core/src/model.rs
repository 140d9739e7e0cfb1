//! Models that are kept: what a task leaves that fits a candidate on all
//! rows.
//!
//! A [`SavedModel`] is everything that predicting needs besides the component:
//! the columns, the fitted steps, the labels and the guest's own bytes. It is
//! one blob. How models are bundled into files is not decided here.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Number, Value as Json};

use crate::data::{Categories, Column, Frame, FrameColumn, Label, Table, Values};
use crate::digest::Digest;
use crate::estimator::Kind;
use crate::params::unknown;
use crate::pipeline::FittedPipeline;
use crate::task::Params;

const MAGIC: [u8; 8] = *b"pleatmo\x02";
const HEADER_AT: usize = 16;

/// A column a model was fitted on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelColumn {
    /// Its name.
    pub name: String,
    /// Whether it is text.
    pub text: bool,
}

/// What a model has learned that a person would read.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Learned {
    /// The names of the features, as the steps leave them.
    pub features: Vec<String>,
    /// By scikit-learn's names, such as `coef_` and `feature_importances_`:
    /// numbers, or lists of them nested as an array is; NaN is null.
    #[schemars(with = "Map<String, Json>")]
    pub attributes: Map<String, Json>,
}

/// An array of numbers, the last direction varying fastest.
#[derive(Debug, Clone, PartialEq)]
pub struct Attribute {
    /// Its name.
    pub name: String,
    /// How long it is in each direction.
    pub shape: Vec<u32>,
    /// The numbers.
    pub values: Vec<f64>,
}

impl Learned {
    /// So many numbers are kept with a model; a guest may send any number.
    const MOST: usize = 1 << 20;
    /// So many bytes of JSON, about, travel in a message.
    const MOST_TOLD: usize = 256 << 10;

    /// Of these features and attributes; a guest is not trusted to have made
    /// them well.
    ///
    /// # Errors
    /// An attribute that is not an array.
    pub fn of(features: Vec<String>, attributes: Vec<Attribute>) -> Result<Self, String> {
        let mut learned = Self {
            features,
            ..Self::default()
        };
        let mut numbers = 0_usize;
        for attribute in attributes {
            let Attribute {
                name,
                shape,
                values,
            } = attribute;
            let due = shape.iter().map(|n| *n as usize);
            if due.fold(1, usize::saturating_mul) != values.len() || shape.len() > 8 {
                return Err(format!(
                    "the attribute \"{name}\" has {} numbers, and its shape is {shape:?}",
                    values.len()
                ));
            }
            numbers = numbers.saturating_add(values.len());
            if numbers <= Self::MOST {
                learned.attributes.insert(name, nested(&shape, &values));
            }
        }
        Ok(learned)
    }

    /// As much of it as a report carries, while the model has all of it: an
    /// attribute that is too long is left out. None if there is nothing to
    /// tell.
    #[must_use]
    pub fn told(&self) -> Option<Self> {
        const OF_NUMBER: usize = 25;
        let names: usize = self.features.iter().map(|name| name.len() + 3).sum();
        let mut left = Self::MOST_TOLD.checked_sub(names)?;
        let mut told = Self::default();
        for (name, value) in &self.attributes {
            if let Some(rest) = left.checked_sub(name.len() + OF_NUMBER * count(value)) {
                left = rest;
                told.attributes.insert(name.clone(), value.clone());
            }
        }
        if told.attributes.is_empty() {
            return None;
        }
        told.features.clone_from(&self.features);
        Some(told)
    }
}

fn nested(shape: &[u32], values: &[f64]) -> Json {
    match shape.split_first() {
        None => values
            .first()
            .and_then(|x| Number::from_f64(*x))
            .map_or(Json::Null, Json::Number),
        Some((_, rest)) => {
            let each: usize = rest.iter().map(|n| *n as usize).product();
            let parts = values.chunks_exact(each.max(1));
            Json::Array(parts.map(|part| nested(rest, part)).collect())
        }
    }
}

fn count(value: &Json) -> usize {
    match value {
        Json::Array(parts) => parts.iter().map(count).sum(),
        _ => 1,
    }
}

/// What is known of a model besides the guest's bytes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelHeader {
    /// What decided the result of the job that fitted it: see
    /// [`crate::job::Job::essence`]. None of another program's model.
    pub job: Option<Digest>,
    /// The candidate that was fitted.
    pub candidate: Params,
    /// The component that can load it.
    pub component: Digest,
    /// The estimator's name in it.
    pub estimator: String,
    /// What it answers with.
    pub kind: Kind,
    /// Whether it gives probabilities.
    pub probabilities: bool,
    /// Whether it gives decision scores.
    pub decision: bool,
    /// The column that was learned, if there was one.
    pub target: Option<String>,
    /// The columns it was fitted on, in order.
    pub columns: Vec<ModelColumn>,
    /// What is done to them first.
    pub pipeline: FittedPipeline,
    /// The categories of each column that the estimator took as such, of the
    /// columns that the steps leave.
    pub categories: Vec<Categories>,
    /// The classes of the target; empty for numbers.
    pub labels: Vec<Label>,
    /// Those that the model knows, ascending: the columns of probabilities.
    pub classes: Vec<u32>,
    /// How many rows it was fitted on.
    pub rows: u32,
    /// What it has learned.
    pub learned: Learned,
}

/// A model that can be loaded again.
#[derive(Debug, Clone, PartialEq)]
pub struct SavedModel {
    /// What is known of it.
    pub header: ModelHeader,
    /// What the guest saved.
    pub bytes: Vec<u8>,
}

impl ModelHeader {
    /// The columns a model was fitted on.
    #[must_use]
    pub fn columns_of(frame: &Frame) -> Vec<ModelColumn> {
        let column = |c: &FrameColumn| ModelColumn {
            name: c.name.clone(),
            text: matches!(*c.values, Values::Text { .. }),
        };
        frame.columns().iter().map(column).collect()
    }

    /// The columns of this model in other data: in the model's order, whatever
    /// the order there; what it does not know is left out.
    ///
    /// # Errors
    /// The columns that are missing or of another type.
    pub fn frame(&self, table: &Table) -> Result<Frame, String> {
        let names = table.names();
        let mut columns = Vec::with_capacity(self.columns.len());
        let mut missing = Vec::new();
        for wanted in &self.columns {
            match table.column(&wanted.name) {
                None => missing.push(&wanted.name[..]),
                Some(column) => columns.push(wanted.take(column)?),
            }
        }
        if let [first, ..] = missing[..] {
            let said = unknown("column", first, &names);
            return Err(format!(
                "the model needs column {}, which the data has not: {said}",
                missing
                    .iter()
                    .map(|m| format!("\"{m}\""))
                    .collect::<Vec<_>>()
                    .join(", ")
            ));
        }
        Frame::new(table.rows(), columns).ok_or_else(|| "the columns differ in length".to_owned())
    }
}

impl ModelColumn {
    fn take(&self, column: &Column) -> Result<FrameColumn, String> {
        let name = &self.name;
        let values = match &column.values {
            Values::Text { categories, codes } if !self.text => {
                let example = codes
                    .iter()
                    .find_map(|code| categories.get(*code as usize))
                    .map_or("", |c| &c[..]);
                return Err(format!(
                    "column \"{name}\" is text here (such as \"{example}\"), and the model was fitted on numbers"
                ));
            }
            // Nothing is there at all: it may as well be text.
            Values::Numeric(numbers) if self.text && numbers.iter().all(|x| x.is_nan()) => {
                Values::text(&vec![None::<&str>; numbers.len()])
            }
            Values::Numeric(_) if self.text => {
                return Err(format!(
                    "column \"{name}\" is numeric here, and the model was fitted on text"
                ));
            }
            values => values.clone(),
        };
        Ok(FrameColumn {
            name: name.clone(),
            values: std::sync::Arc::new(values),
        })
    }
}

/// Why bytes are not a model.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// The first bytes are others.
    #[error("these bytes are not a saved model")]
    NotAModel,
    /// They end too early.
    #[error("the saved model is cut off")]
    CutOff,
    /// The header cannot be read.
    #[error("the saved model's header is damaged: {0}")]
    Header(#[from] serde_json::Error),
}

impl SavedModel {
    /// The model as one blob.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        // Text keys only, and no numbers JSON lacks: this always serialises.
        let header = serde_json::to_vec(&self.header).unwrap_or_default();
        let mut out = Vec::with_capacity(HEADER_AT + header.len() + self.bytes.len());
        out.extend(MAGIC);
        out.extend((header.len() as u64).to_le_bytes());
        out.extend(header);
        out.extend(&self.bytes);
        out
    }

    /// Reads a blob.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn decode(bytes: &[u8]) -> Result<Self, ModelError> {
        if !bytes.starts_with(&MAGIC) {
            return Err(ModelError::NotAModel);
        }
        let length = bytes.get(8..HEADER_AT).and_then(|b| b.try_into().ok());
        let length = usize::try_from(u64::from_le_bytes(length.ok_or(ModelError::CutOff)?))
            .map_err(|_| ModelError::CutOff)?;
        let rest = &bytes[HEADER_AT..];
        let header = rest.get(..length).ok_or(ModelError::CutOff)?;
        Ok(Self {
            header: serde_json::from_slice(header)?,
            bytes: rest[length..].to_vec(),
        })
    }
}
