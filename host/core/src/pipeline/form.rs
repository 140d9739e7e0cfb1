//! The form of a pipeline in a job file: read, named, written.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value as Json};

use super::columns::Columns;
use super::steps::Transform;
use super::{Pipeline, Step};
use crate::params::unknown;
use crate::settings::{Fault, Settings};

impl Pipeline {
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
}

fn parse_step(entry: &Json) -> Result<Step, Fault> {
    let (settings, transform) = parse_transform(entry, &["step", "name", "columns"])?;
    let name = match entry.get("name") {
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
    let columns = entry.get("columns").map(Columns::parse).transpose();
    let columns = columns.map_err(|sentence| ("columns".to_owned(), sentence))?;
    Ok(Step {
        named: name.is_some(),
        name: name.unwrap_or_default(),
        columns: columns.unwrap_or_default(),
        settings,
        transform,
    })
}

/// Reads a step's class and its parameters, which are all fields but `skip`.
fn parse_transform(entry: &Json, skip: &[&str]) -> Result<(Settings, Transform), Fault> {
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
        return Err((field.to_owned(), unknown("step", class, Pipeline::STEPS)));
    };
    let settings = Settings::read(fields, &infos, class, skip)?;
    let transform = transform(class, &settings)?;
    Ok((settings, transform))
}

/// The step of this class and these settings.
pub(super) fn transform(class: &str, settings: &Settings) -> Result<Transform, Fault> {
    Transform::read(class, settings)
        .unwrap_or_else(|| Err((String::new(), unknown("step", class, Pipeline::STEPS))))
}

/// The step a search puts in the place of another: a name or a table, which
/// has neither a name nor columns of its own.
pub(super) fn replacement(entry: &Json) -> Result<(Settings, Transform), String> {
    for field in ["name", "columns"] {
        if entry.get(field).is_some() {
            return Err(format!(
                "{field} cannot be searched: a step keeps the one it has in the pipeline"
            ));
        }
    }
    match parse_transform(entry, &["step"]) {
        Ok(step) => Ok(step),
        Err((field, sentence)) if field.is_empty() || field == "step" => Err(sentence),
        Err((field, sentence)) => Err(format!("{field}: {sentence}")),
    }
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
            if let Some(columns) = step.columns.write() {
                map.insert("columns".to_owned(), columns);
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
