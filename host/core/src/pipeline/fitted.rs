//! Fitting a pipeline, and the fitted pipeline, which transforms other data.

use std::collections::BTreeSet;

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
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
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
    /// Whether it leaves everything as it is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

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
    let mut left = vec![true; x.columns().len()];
    columns.iter().for_each(|c| left[*c] = false);
    let rest = x.columns().iter().zip(left).filter(|(_, left)| *left);
    let rest: Vec<FrameColumn> = rest.map(|(column, _)| column.clone()).collect();
    let mut all = made.into_columns();
    // Two columns of one name could not be told apart any more.
    let taken: BTreeSet<&str> = rest.iter().map(|c| c.name.as_str()).collect();
    for column in &mut all {
        if taken.contains(&column.name[..]) {
            column.name = format!("{step}__{}", column.name);
        }
    }
    all.extend(rest);
    framed(x.rows(), all).map_err(own)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn text(name: &str, words: &[Option<&str>]) -> FrameColumn {
        FrameColumn {
            name: name.to_owned(),
            values: Values::text(words).into(),
        }
    }

    fn numeric(name: &str, numbers: &[f64]) -> FrameColumn {
        FrameColumn::numeric(name, numbers.to_vec())
    }

    fn frame(columns: Vec<FrameColumn>) -> Frame {
        Frame::new(columns[0].values.len(), columns).unwrap()
    }

    fn x() -> Frame {
        frame(vec![
            numeric("a", &[0.0, 2.0, 4.0]),
            text("city", &[Some("Ulm"), Some("Bern"), Some("Ulm")]),
            numeric("b", &[1.0, f64::NAN, 3.0]),
        ])
    }

    fn fit(form: serde_json::Value) -> Result<(FittedPipeline, Frame), PipelineError> {
        let pipeline = Pipeline::parse(&form).unwrap();
        pipeline.fit_transform(&x(), &FitOn::rows(&[0, 1, 2]))
    }

    #[test]
    fn a_steps_columns_come_first_then_those_it_did_not_get() {
        let names = |form| -> Vec<String> {
            let (_, made) = fit(form).unwrap();
            made.names().into_iter().map(str::to_owned).collect()
        };
        let scaler = |columns| json!([{ "step": "MaxAbsScaler", "columns": columns }]);
        assert_eq!(names(scaler(json!("numeric"))), ["a", "b", "city"]);
        assert_eq!(names(scaler(json!(["b"]))), ["b", "a", "city"]);
        assert_eq!(names(scaler(json!(["b", "a"]))), ["b", "a", "city"]);
        assert_eq!(names(scaler(json!([]))), ["a", "city", "b"]);
        let both = json!([
            { "step": "OneHotEncoder", "columns": "text" },
            { "step": "SimpleImputer", "add_indicator": true, "columns": ["b"] },
            { "step": "OneHotEncoder", "columns": "text" },
        ]);
        assert_eq!(
            names(both),
            ["b", "missingindicator_b", "city_Bern", "city_Ulm", "a"]
        );
    }

    #[test]
    fn equal_names_are_told_apart_by_the_step() {
        let x = frame(vec![
            text("a", &[Some("x"), Some("y")]),
            numeric("a_x", &[1.0, 2.0]),
        ]);
        let form = json!([{ "step": "OneHotEncoder", "columns": "text", "name": "hot" }]);
        let pipeline = Pipeline::parse(&form).unwrap();
        let (_, made) = pipeline.fit_transform(&x, &FitOn::rows(&[0, 1])).unwrap();
        assert_eq!(made.names(), ["hot__a_x", "a_y", "a_x"]);
    }

    #[test]
    fn a_fitted_pipeline_transforms_data_it_has_not_seen() {
        let form = json!([
            { "step": "SimpleImputer", "columns": "numeric" },
            { "step": "OneHotEncoder", "columns": "text", "handle_unknown": "ignore" },
        ]);
        let (fitted, _) = fit(form).unwrap();
        let text = serde_json::to_string(&fitted).unwrap();
        let fitted: FittedPipeline = serde_json::from_str(&text).unwrap();
        // In another order, with another column, and nothing known of b.
        let new = frame(vec![
            self::text("b", &[None, None]),
            numeric("more", &[0.0, 0.0]),
            self::text("city", &[Some("Genf"), Some("Bern")]),
            numeric("a", &[9.0, f64::NAN]),
        ]);
        let expected = frame(vec![
            numeric("city_Bern", &[0.0, 1.0]),
            numeric("city_Ulm", &[0.0, 0.0]),
            numeric("a", &[9.0, 2.0]),
            numeric("b", &[2.0, 2.0]),
        ]);
        assert_eq!(fitted.transform(&new).unwrap(), expected);

        let refusal = |columns| fitted.transform(&frame(columns)).unwrap_err().to_string();
        let city = || self::text("city", &[None]);
        assert_eq!(
            refusal(vec![numeric("a", &[1.0]), city()]),
            "the data lacks a column the pipeline was fitted with: unknown column \"b\"; allowed: a, city"
        );
        assert_eq!(
            refusal(vec![
                numeric("a", &[1.0]),
                numeric("b", &[1.0]),
                numeric("city", &[1.0])
            ]),
            "column \"city\" is numeric: allowed is text, which it was fitted with"
        );
        assert_eq!(
            refusal(vec![
                self::text("a", &[Some("x")]),
                numeric("b", &[1.0]),
                city()
            ]),
            "column \"a\" is text: allowed are numbers, which it was fitted with"
        );
        assert_eq!(
            refusal(vec![
                numeric("a", &[f64::INFINITY]),
                numeric("b", &[1.0]),
                city()
            ]),
            "step \"simpleimputer\" got an infinite value in column \"a\": allowed are finite numbers and NaN"
        );
    }

    #[test]
    fn a_saved_pipeline_that_was_tampered_with_does_not_panic() {
        let (fitted, _) = fit(json!([
            { "step": "SimpleImputer", "add_indicator": true, "columns": "numeric" },
            { "step": "OrdinalEncoder", "columns": "text" },
            { "step": "OneHotEncoder", "columns": ["city"] },
            "StandardScaler",
        ]))
        .unwrap();
        let good = serde_json::to_value(&fitted).unwrap();
        fn places(value: &serde_json::Value, at: String, out: &mut Vec<String>) {
            match value {
                serde_json::Value::Array(list) => {
                    out.push(at.clone());
                    for (i, v) in list.iter().enumerate() {
                        places(v, format!("{at}/{i}"), out);
                    }
                }
                serde_json::Value::Object(map) => {
                    for (key, v) in map {
                        places(v, format!("{at}/{key}"), out);
                    }
                }
                _ => out.push(at),
            }
        }
        let mut all = Vec::new();
        places(&good, String::new(), &mut all);
        let mut read = 0;
        for place in &all {
            for forged in [json!([]), json!(0), json!(7), json!("x"), json!(null)] {
                let mut bad = good.clone();
                *bad.pointer_mut(place).unwrap() = forged;
                if let Ok(bad) = serde_json::from_value::<FittedPipeline>(bad) {
                    read += 1;
                    let _ = bad.transform(&x());
                }
            }
        }
        assert!(read > 50, "{read} of {}", all.len());
    }
}
