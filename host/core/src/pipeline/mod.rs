//! Pipelines: what is done to features before an estimator gets them.
//!
//! Steps are fitted by the host, on training rows only, and candidates that
//! share a pipeline share its result. One step a file under `steps`; this one
//! holds what a pipeline is and what a search may vary of it. Its form in a job
//! file is in `form`, fitting and applying in `fitted`, what can be said before
//! that in `schema`.

mod columns;
mod fitted;
mod form;
mod kernels;
mod numbers;
mod schema;
mod steps;

use std::collections::BTreeMap;

use crate::params::{Domain, ParamInfo, Value, unknown};
use crate::settings::{Fault, Settings};

pub use fitted::{FitOn, FittedPipeline, PipelineError};
pub use schema::{ColumnSchema, Schema};

use columns::Columns;
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
    columns: Columns,
    settings: Settings,
    transform: Transform,
}

impl Pipeline {
    /// The names of all steps there are.
    pub const STEPS: &[&str] = steps::NAMES;

    /// The parameters of the step of this name, if there is one.
    #[must_use]
    pub fn params(step: &str) -> Option<Vec<ParamInfo>> {
        steps::params(step)
    }

    /// The names of the steps, in order.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        self.steps.iter().map(|s| s.name.as_str()).collect()
    }

    /// Whether this value may be set, as far as that can be said of one value
    /// by itself; some go together only with others.
    ///
    /// # Errors
    /// There is no such step or parameter, or the value is not allowed.
    pub fn check_param(&self, name: &str, value: &Value) -> Result<(), String> {
        let one = || BTreeMap::from([(name.to_owned(), value.clone())]);
        match self.searchable().iter().find(|info| info.name == name) {
            Some(info) if name.contains("__") => info.check(value),
            // Its own sentences know what is near.
            _ => self.with_params(&one()).map(drop).map_err(|(_, m)| m),
        }
    }

    /// Whether a parameter of this name would be a step's, or a step itself.
    #[must_use]
    pub fn takes(&self, param: &str) -> bool {
        param.contains("__") || self.steps.iter().any(|s| s.name == param)
    }

    /// Every parameter that a search may vary: the steps themselves by their
    /// names, and their parameters as `step__param`.
    #[must_use]
    pub fn searchable(&self) -> Vec<ParamInfo> {
        let of_step = |step: &Step| {
            let itself = ParamInfo {
                name: step.name.clone(),
                default: Value::Text(step.transform.name().to_owned()),
                domains: vec![
                    Domain::Choice(Self::STEPS.iter().map(|s| (*s).to_owned()).collect()),
                    Domain::Json,
                ],
                doc: "the step: its name, a table with parameters, or \"passthrough\"".to_owned(),
            };
            let prefix = format!("{}__", step.name);
            let infos = step.transform.params().into_iter();
            let infos = infos.map(move |info| ParamInfo {
                name: format!("{prefix}{}", info.name),
                ..info
            });
            std::iter::once(itself).chain(infos)
        };
        self.steps.iter().flat_map(of_step).collect()
    }

    /// The same pipeline with some steps, and some parameters, `step__param`,
    /// set otherwise. A step that is replaced keeps its name and its columns;
    /// parameters are then those of the new one.
    ///
    /// # Errors
    /// The name and a sentence, if there is no such step or parameter, or the
    /// value is not allowed.
    pub fn with_params(&self, overrides: &BTreeMap<String, Value>) -> Result<Self, Fault> {
        let mut changed = self.clone();
        let (params, steps): (Vec<_>, Vec<_>) =
            overrides.iter().partition(|(key, _)| key.contains("__"));
        for (key, value) in steps {
            changed
                .replace(key, value)
                .map_err(|sentence| (key.clone(), sentence))?;
        }
        let mut touched = Vec::new();
        for (key, value) in params {
            let step = changed
                .set(key, value)
                .map_err(|sentence| (key.clone(), sentence))?;
            touched.push((step, key));
        }
        // Parameters that go together only with others: when all are set.
        for (i, key) in touched {
            let step = &mut changed.steps[i];
            step.transform = form::transform(step.transform.name(), &step.settings)
                .map_err(|(_, sentence)| (key.clone(), sentence))?;
        }
        Ok(changed)
    }

    fn replace(&mut self, name: &str, value: &Value) -> Result<(), String> {
        let Some(i) = self.steps.iter().position(|s| s.name == name) else {
            return Err(format!(
                "\"{name}\" is neither a step nor a parameter of one, step__parameter; {}",
                unknown("step", name, &self.names())
            ));
        };
        let step = &mut self.steps[i];
        let (settings, transform) = form::replacement(&value.to_json())?;
        // Its name is then no longer the one its class would give it.
        step.named |= transform.name() != step.transform.name();
        step.settings = settings;
        step.transform = transform;
        Ok(())
    }

    /// Sets a parameter of the step whose place is the answer.
    fn set(&mut self, key: &str, value: &Value) -> Result<usize, String> {
        let (name, param) = key.split_once("__").unwrap_or((key, ""));
        let Some(i) = self.steps.iter().position(|s| s.name == name) else {
            return Err(unknown("step", name, &self.names()));
        };
        let step = &mut self.steps[i];
        let infos = step.transform.params();
        step.settings
            .set(&infos, step.transform.name(), param, value.clone())?;
        Ok(i)
    }

    /// Whether features stay as they are.
    #[must_use]
    pub fn is_identity(&self) -> bool {
        let idle = |s: &Step| s.columns == Columns::All && s.transform.name() == "passthrough";
        self.steps.iter().all(idle)
    }

    /// Whether the result depends on which rows are trained on. If not, one
    /// dataset serves all splits of a job.
    #[must_use]
    pub fn is_row_fitted(&self) -> bool {
        self.steps.iter().any(|s| s.transform.is_row_fitted())
    }

    /// Whether training rows become something else when it is fitted than when
    /// it is applied later: scores of training rows are of the latter.
    #[must_use]
    pub fn is_cross_fitted(&self) -> bool {
        self.steps.iter().any(|s| s.transform.is_cross_fitted())
    }
}

#[cfg(test)]
mod recorded;
#[cfg(test)]
mod tests;
