//! Pipelines: what is done to features before an estimator gets them.
//!
//! Steps are fitted by the host, on training rows only, and candidates that
//! share a pipeline share its result. One step a file under `steps`; this one
//! holds what they share: names, the form in a job file, the order of things.

#[allow(dead_code)]
mod kernels;
mod steps;

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value as Json};

use crate::data::Matrix;
use crate::params::{ParamInfo, Value, unknown};
use crate::settings::{Fault, Settings};

use steps::Transform;

/// Steps in order; without any the features stay as they are.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Pipeline {
    steps: Vec<Step>,
}

/// One step: its name in this pipeline and what it does.
#[derive(Debug, Clone, PartialEq)]
struct Step {
    name: String,
    /// Whether the job chose the name.
    named: bool,
    settings: Settings,
    transform: Transform,
}

/// Why a pipeline cannot be fitted.
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
    /// Values that no step takes.
    #[error(
        "step \"{step}\" got an infinite value in column {column}: allowed are finite numbers and NaN"
    )]
    Infinite {
        /// The step.
        step: String,
        /// The column, counted from 0.
        column: usize,
    },
}

impl Pipeline {
    /// The names of all steps there are.
    pub const STEPS: [&str; 1] = steps::NAMES;

    /// The parameters of the step of this name, if there is one.
    #[must_use]
    pub fn params(step: &str) -> Option<Vec<ParamInfo>> {
        steps::params(step)
    }

    /// Reads the form of a job file: a list of names or of tables such as
    /// `{ step = "StandardScaler", with_mean = false, name = "scale" }`.
    ///
    /// # Errors
    /// The field, such as `[0].with_mean`, and a sentence about it.
    pub fn parse(form: &Json) -> Result<Self, Fault> {
        let entries = match form {
            Json::Null => &[],
            Json::Array(entries) => entries.as_slice(),
            other => {
                let sentence = format!("{other} is not a pipeline: allowed is a list of steps");
                return Err((String::new(), sentence));
            }
        };
        let mut steps = Vec::with_capacity(entries.len());
        for (i, entry) in entries.iter().enumerate() {
            let step = parse_step(entry).map_err(|(field, sentence)| {
                let dot = if field.is_empty() { "" } else { "." };
                (format!("[{i}]{dot}{field}"), sentence)
            })?;
            steps.push(step);
        }
        name_steps(&mut steps);
        for (i, step) in steps.iter().enumerate() {
            if steps[..i].iter().any(|other| other.name == step.name) {
                let sentence = format!("\"{}\" names two steps: names must differ", step.name);
                return Err((format!("[{i}].name"), sentence));
            }
        }
        Ok(Self { steps })
    }

    /// The names of the steps, in order.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        self.steps.iter().map(|s| s.name.as_str()).collect()
    }

    /// Every parameter that a search may vary, by its name `step__param`.
    #[must_use]
    pub fn searchable(&self) -> Vec<ParamInfo> {
        let of_step = |step: &Step| {
            let prefix = format!("{}__", step.name);
            let infos = step.transform.params().into_iter();
            infos.map(move |info| ParamInfo {
                name: format!("{prefix}{}", info.name),
                ..info
            })
        };
        self.steps.iter().flat_map(of_step).collect()
    }

    /// The same pipeline with some parameters, `step__param`, set otherwise.
    ///
    /// # Errors
    /// The name and a sentence, if there is no such step or parameter, or the
    /// value is not allowed.
    pub fn with_params(&self, overrides: &BTreeMap<String, Value>) -> Result<Self, Fault> {
        let mut changed = self.clone();
        for (key, value) in overrides {
            changed
                .set(key, value)
                .map_err(|sentence| (key.clone(), sentence))?;
        }
        Ok(changed)
    }

    fn set(&mut self, key: &str, value: &Value) -> Result<(), String> {
        let Some((name, param)) = key.split_once("__") else {
            return Err(format!(
                "\"{key}\" is not a parameter of a step: allowed is step__parameter"
            ));
        };
        let Some(step) = self.steps.iter_mut().find(|s| s.name == name) else {
            return Err(unknown("step", name, &self.names()));
        };
        let infos = step.transform.params();
        step.settings
            .set(&infos, step.transform.name(), param, value.clone())?;
        step.transform = step.transform.with(&step.settings);
        Ok(())
    }

    /// Whether features stay as they are.
    #[must_use]
    pub fn is_identity(&self) -> bool {
        self.steps.is_empty()
    }

    /// Whether the result depends on which rows are trained on. If not, one
    /// dataset serves all splits of a job.
    #[must_use]
    pub fn is_row_fitted(&self) -> bool {
        self.steps.iter().any(|s| s.transform.is_row_fitted())
    }

    /// Fits each step on the training rows of what the one before made, and
    /// applies it to all rows.
    ///
    /// # Errors
    /// There are no training rows, some do not exist, or values are infinite.
    pub fn fit_transform(&self, x: &Matrix, train: &[u32]) -> Result<Matrix, PipelineError> {
        if let Some(row) = train.iter().find(|row| **row as usize >= x.rows()) {
            return Err(PipelineError::NoSuchRow {
                row: *row,
                rows: x.rows(),
            });
        }
        let mut x = x.clone();
        for step in &self.steps {
            if train.is_empty() {
                return Err(PipelineError::NoRows {
                    step: step.name.clone(),
                });
            }
            let infinite = x
                .iter_columns()
                .position(|c| c.iter().any(|v| v.is_infinite()));
            if let Some(column) = infinite {
                return Err(PipelineError::Infinite {
                    step: step.name.clone(),
                    column,
                });
            }
            x = step.transform.fit_transform(&x, train);
        }
        Ok(x)
    }
}

fn parse_step(entry: &Json) -> Result<Step, Fault> {
    let own = |sentence: String| (String::new(), sentence);
    let allowed = || format!("allowed: {}", Pipeline::STEPS.join(", "));
    let none = Map::new();
    let (class, fields) = match entry {
        Json::String(class) => (class, &none),
        Json::Object(map) => match map.get("step") {
            Some(Json::String(class)) => (class, map),
            Some(other) => {
                return Err((
                    "step".to_owned(),
                    format!("{other} is not a step; {}", allowed()),
                ));
            }
            None => return Err(own(format!("the step is not named; {}", allowed()))),
        },
        other => return Err(own(format!("{other} is not a step; {}", allowed()))),
    };
    let Some(infos) = Pipeline::params(class) else {
        let field = if entry.is_object() { "step" } else { "" };
        return Err((field.to_owned(), unknown("step", class, &Pipeline::STEPS)));
    };
    let name = match fields.get("name") {
        None => None,
        Some(Json::String(name)) if is_name(name) => Some(name.clone()),
        Some(other) => {
            let sentence = format!(
                "{other} is not a name: allowed are letters, digits, '-' and '_', but not \"__\", \
                 which parts a step from its parameter"
            );
            return Err(("name".to_owned(), sentence));
        }
    };
    let settings = Settings::read(fields, &infos, class, &["step", "name"])?;
    let transform = Transform::read(class, &settings)
        .ok_or_else(|| own(unknown("step", class, &Pipeline::STEPS)))?;
    Ok(Step {
        named: name.is_some(),
        name: name.unwrap_or_default(),
        settings,
        transform,
    })
}

/// Ends in `_` would make `name__param` ambiguous.
fn is_name(name: &str) -> bool {
    let fits = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
    !name.is_empty() && name.chars().all(fits) && !name.contains("__") && !name.ends_with('_')
}

/// Names steps as `make_pipeline` does: the class in lower case, and where
/// that occurs more than once, `-1`, `-2` after it.
fn name_steps(steps: &mut [Step]) {
    let mut seen = BTreeMap::<&str, (usize, usize)>::new();
    for step in steps.iter().filter(|s| !s.named) {
        seen.entry(step.transform.name()).or_default().0 += 1;
    }
    for step in steps.iter_mut().filter(|s| !s.named) {
        let class = step.transform.name();
        step.name = class.to_lowercase();
        if let Some((all, so_far)) = seen.get_mut(class).filter(|(all, _)| *all > 1) {
            *so_far += 1;
            debug_assert!(*so_far <= *all);
            step.name = format!("{}-{so_far}", step.name);
        }
    }
}

impl Serialize for Pipeline {
    /// Every parameter is written, and the name where the job chose it.
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_seq(self.steps.iter().map(|step| {
            let mut map = Map::new();
            map.insert("step".to_owned(), step.transform.name().into());
            if step.named {
                map.insert("name".to_owned(), step.name.as_str().into());
            }
            // In the order they are described in, not the alphabet's.
            for info in step.transform.params() {
                map.insert(info.name.clone(), step.settings.json(&info.name));
            }
            map
        }))
    }
}

impl<'de> Deserialize<'de> for Pipeline {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        Self::parse(&Json::deserialize(d)?)
            .map_err(|(field, sentence)| serde::de::Error::custom(format!("{field}: {sentence}")))
    }
}

#[cfg(test)]
mod tests;
