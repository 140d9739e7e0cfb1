//! Fitting a pipeline, and the fitted pipeline, which transforms other data.

use serde::{Deserialize, Serialize};

use super::steps::Fitted;
use super::{Pipeline, Step};
use crate::data::{Frame, FrameColumn, MISSING, Target, Values};
use crate::params::unknown;

/// What steps are fitted on.
#[derive(Debug, Clone, Copy)]
pub struct FitOn<'a> {
    /// The training rows, in the order they are trained in.
    pub train: &'a [u32],
    /// What is to be learned, for the steps that look at it.
    pub target: Option<&'a Target>,
    /// The weight of every row of the table, for the steps that take one.
    pub weights: Option<&'a [f64]>,
}

impl<'a> FitOn<'a> {
    /// These rows and nothing else.
    #[must_use]
    pub fn rows(train: &'a [u32]) -> Self {
        Self {
            train,
            target: None,
            weights: None,
        }
    }

    /// What stands in the training rows of a column.
    pub(super) fn pick<T: Copy>(&self, column: &[T]) -> Vec<T> {
        self.train.iter().map(|row| column[*row as usize]).collect()
    }
}

/// Why a pipeline cannot be fitted or applied.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PipelineError {
    /// There is nothing to fit on.
    #[error("step \"{step}\" has no training rows: at least one is needed")]
    NoRows {
        /// The step.
        step: String,
    },
    /// A training row that does not exist.
    #[error("training row {row} does not exist: there are {rows} rows")]
    NoSuchRow {
        /// The row that was named.
        row: u32,
        /// How many there are.
        rows: usize,
    },
    /// Targets or weights that are not one a row.
    #[error("there are {found} {what} for {rows} rows: as many are needed")]
    Unequal {
        /// What they are.
        what: &'static str,
        /// How many.
        found: usize,
        /// How many rows there are.
        rows: usize,
    },
    /// Values that no step takes.
    #[error(
        "step \"{step}\" got an infinite value in column \"{column}\": allowed are finite numbers and NaN"
    )]
    Infinite {
        /// The step.
        step: String,
        /// The column.
        column: String,
    },
    /// What a step has to say itself.
    #[error("step \"{step}\": {sentence}")]
    Step {
        /// The step.
        step: String,
        /// What was passed and what is allowed.
        sentence: String,
    },
    /// Data that is not like what the pipeline was fitted on.
    #[error("{0}")]
    Columns(String),
}

/// Steps that have been fitted. It needs nothing else to transform new data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FittedPipeline {
    inputs: Vec<Input>,
    steps: Vec<FittedStep>,
}

/// A column the pipeline was fitted with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Input {
    name: String,
    text: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct FittedStep {
    name: String,
    /// The places of the columns it takes out of what the one before made.
    columns: Vec<usize>,
    fitted: Fitted,
}

impl Pipeline {
    /// Fits each step on the training rows of what the one before made, and
    /// applies it to all rows.
    ///
    /// # Errors
    /// There are no training rows, some do not exist, values are infinite, or
    /// a step cannot take what it gets.
    pub fn fit_transform(
        &self,
        x: &Frame,
        on: &FitOn<'_>,
    ) -> Result<(FittedPipeline, Frame), PipelineError> {
        check_rows(x.rows(), on)?;
        let inputs = x.columns().iter().map(|c| Input {
            name: c.name.clone(),
            text: c.text().is_some(),
        });
        let mut fitted = FittedPipeline {
            inputs: inputs.collect(),
            steps: Vec::with_capacity(self.steps.len()),
        };
        let mut x = x.clone();
        for step in &self.steps {
            if on.train.is_empty() {
                return Err(PipelineError::NoRows {
                    step: step.name.clone(),
                });
            }
            let own = |sentence| step_error(&step.name, sentence);
            let columns = step.columns.of(&x).map_err(own)?;
            if columns.is_empty() {
                continue;
            }
            let Step {
                name, transform, ..
            } = step;
            let mut kept = None;
            x = apply(name, &columns, &x, |given| {
                let (fitted, made) = transform.fit_transform(given, on)?;
                kept = Some(fitted);
                Ok(made)
            })?;
            fitted.steps.extend(kept.map(|fitted| FittedStep {
                name: name.clone(),
                columns,
                fitted,
            }));
        }
        Ok((fitted, x))
    }
}

impl FittedPipeline {
    /// What the steps make of other data. Its columns are found by name; those
    /// the pipeline was not fitted with are left out.
    ///
    /// # Errors
    /// A column is missing or of another type, values are infinite, or a step
    /// cannot take what it gets.
    pub fn transform(&self, x: &Frame) -> Result<Frame, PipelineError> {
        let columns = self.inputs.iter().map(|input| input.of(x));
        let columns = columns.collect::<Result<_, _>>();
        let columns = columns.map_err(PipelineError::Columns)?;
        let mut x = framed(x.rows(), columns).map_err(PipelineError::Columns)?;
        for step in &self.steps {
            let FittedStep {
                name,
                columns,
                fitted,
            } = step;
            x = apply(name, columns, &x, |given| fitted.transform(given))?;
        }
        Ok(x)
    }
}

impl Input {
    fn of(&self, x: &Frame) -> Result<FrameColumn, String> {
        let Input { name, text } = self;
        let column = x.columns().iter().find(|c| c.name == *name);
        let column = column.ok_or_else(|| {
            let sentence = unknown("column", name, &x.names());
            format!("the data lacks a column the pipeline was fitted with: {sentence}")
        })?;
        // A column without a single value has no type of its own.
        match &*column.values {
            Values::Text { codes, .. } if !text => {
                if codes.iter().any(|code| *code != MISSING) {
                    return Err(format!(
                        "column \"{name}\" is text: allowed are numbers, which it was fitted with"
                    ));
                }
                Ok(FrameColumn::numeric(name, vec![f64::NAN; x.rows()]))
            }
            Values::Numeric(numbers) if *text => {
                if numbers.iter().any(|number| !number.is_nan()) {
                    return Err(format!(
                        "column \"{name}\" is numeric: allowed is text, which it was fitted with"
                    ));
                }
                Ok(FrameColumn {
                    name: name.clone(),
                    values: Values::text::<&str>(&vec![None; x.rows()]).into(),
                })
            }
            _ => Ok(column.clone()),
        }
    }
}

fn check_rows(rows: usize, on: &FitOn<'_>) -> Result<(), PipelineError> {
    if let Some(row) = on.train.iter().find(|row| **row as usize >= rows) {
        return Err(PipelineError::NoSuchRow { row: *row, rows });
    }
    let targets = on.target.map(|t| ("targets", t.rows()));
    let weights = on.weights.map(|w| ("weights", w.len()));
    match [targets, weights]
        .into_iter()
        .flatten()
        .find(|l| l.1 != rows)
    {
        Some((what, found)) => Err(PipelineError::Unequal { what, found, rows }),
        None => Ok(()),
    }
}

fn step_error(step: &str, sentence: String) -> PipelineError {
    PipelineError::Step {
        step: step.to_owned(),
        sentence,
    }
}

fn framed(rows: usize, columns: Vec<FrameColumn>) -> Result<Frame, String> {
    Frame::new(rows, columns).ok_or_else(|| format!("the columns do not all have {rows} rows"))
}

/// Gives a step its columns. What it makes of them comes first, then the
/// columns it did not get: scikit-learn's `ColumnTransformer` with the
/// remainder passed through.
fn apply(
    step: &str,
    columns: &[usize],
    x: &Frame,
    transform: impl FnOnce(&Frame) -> Result<Frame, String>,
) -> Result<Frame, PipelineError> {
    let own = |sentence| step_error(step, sentence);
    let pick = |c: &usize| {
        let column = x.columns().get(*c).cloned();
        column.ok_or_else(|| {
            format!(
                "there is no column {c} to take: there are {}",
                x.columns().len()
            )
        })
    };
    let given = columns.iter().map(pick).collect::<Result<_, _>>();
    let given = given.and_then(|c| framed(x.rows(), c)).map_err(own)?;
    if let Some(fact) = given.infinite().into_iter().next() {
        return Err(PipelineError::Infinite {
            step: step.to_owned(),
            column: fact.name,
        });
    }
    let made = transform(&given).map_err(own)?;
    let rest = x.columns().iter().enumerate();
    let rest = rest.filter(|(c, _)| !columns.contains(c)).map(|(_, c)| c);
    let rest: Vec<FrameColumn> = rest.cloned().collect();
    let mut all = made.into_columns();
    // Two columns of one name could not be told apart any more.
    for column in &mut all {
        if rest.iter().any(|other| other.name == column.name) {
            column.name = format!("{step}__{}", column.name);
        }
    }
    all.extend(rest);
    framed(x.rows(), all).map_err(own)
}
