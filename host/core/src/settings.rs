//! Settings: the parameters of a splitter or a step, read from a job.
//!
//! What both share: unknown names, wrong types and values out of range are
//! refused with a sentence, and what is not set gets its default. What a
//! parameter means lives with the splitter or step it belongs to.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use crate::params::{Domain, ParamInfo, Value, find};

/// What is wrong: the field, relative to the table that was read, and a
/// sentence about it.
pub(crate) type Fault = (String, String);

/// A value for every parameter, each allowed by its [`ParamInfo`].
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Settings(BTreeMap<String, Value>);

impl Settings {
    /// Reads all fields of `map` but those in `skip`; `of` says whose
    /// parameters they are.
    pub(crate) fn read(
        map: &Map<String, Json>,
        infos: &[ParamInfo],
        of: &str,
        skip: &[&str],
    ) -> Result<Self, Fault> {
        let mut settings = Self::defaults(infos);
        for (name, json) in map
            .iter()
            .filter(|(name, _)| !skip.contains(&name.as_str()))
        {
            let value = Value::from_json(json.clone()).map_err(|s| (name.clone(), s))?;
            settings
                .set(infos, of, name, value)
                .map_err(|s| (name.clone(), s))?;
        }
        Ok(settings)
    }

    fn defaults(infos: &[ParamInfo]) -> Self {
        Self(
            infos
                .iter()
                .map(|i| (i.name.clone(), i.default.clone()))
                .collect(),
        )
    }

    /// Sets one parameter, or says why it cannot be.
    pub(crate) fn set(
        &mut self,
        infos: &[ParamInfo],
        of: &str,
        name: &str,
        value: Value,
    ) -> Result<(), String> {
        find(infos, name, of)?.check(&value)?;
        self.0.insert(name.to_owned(), value);
        Ok(())
    }

    /// A parameter's value as JSON.
    pub(crate) fn json(&self, name: &str) -> Json {
        self.0.get(name).map_or(Json::Null, Value::to_json)
    }

    /// A parameter that is a boolean by its description.
    pub(crate) fn bool(&self, name: &str) -> bool {
        matches!(self.0.get(name), Some(Value::Bool(true)))
    }

    /// A parameter that is a whole number from 0 to `u32::MAX` by its
    /// description; `None` where it is `None`.
    pub(crate) fn u32(&self, name: &str) -> Option<u32> {
        match self.0.get(name) {
            Some(Value::Int(i)) => u32::try_from(*i).ok(),
            _ => None,
        }
    }
}

impl Settings {
    /// A parameter's value; `None` for one that there is not, too.
    pub(crate) fn value(&self, name: &str) -> &Value {
        self.0.get(name).unwrap_or(&Value::None)
    }

    /// A parameter that is a word; empty where it is not.
    pub(crate) fn text(&self, name: &str) -> &str {
        match self.value(name) {
            Value::Text(word) => word,
            _ => "",
        }
    }

    /// A parameter that is a number.
    pub(crate) fn number(&self, name: &str) -> Option<f64> {
        match self.value(name) {
            Value::Int(i) => Some(*i as f64),
            Value::Float(x) => Some(*x),
            _ => None,
        }
    }
}

/// A parameter that takes any of several forms.
pub(crate) fn any_of(name: &str, default: Value, domains: Vec<Domain>, doc: &str) -> ParamInfo {
    ParamInfo {
        name: name.to_owned(),
        default,
        domains,
        doc: doc.to_owned(),
    }
}

/// A parameter that is one of these words, the first if it is not set.
pub(crate) fn choice(name: &str, words: &[&str], doc: &str) -> ParamInfo {
    let default = words
        .first()
        .map_or(Value::None, |w| Value::Text((*w).to_owned()));
    any_of(name, default, vec![one_of(words)], doc)
}

/// One of these words.
pub(crate) fn one_of(words: &[&str]) -> Domain {
    Domain::Choice(words.iter().map(|w| (*w).to_owned()).collect())
}

/// A parameter that is true or false.
pub(crate) fn flag(name: &str, default: bool, doc: &str) -> ParamInfo {
    ParamInfo {
        name: name.to_owned(),
        default: Value::Bool(default),
        domains: vec![Domain::Bool],
        doc: doc.to_owned(),
    }
}

/// A parameter that is a whole number from `min` to `max`.
pub(crate) fn count(name: &str, default: i64, min: i64, max: i64, doc: &str) -> ParamInfo {
    ParamInfo {
        name: name.to_owned(),
        default: Value::Int(default),
        domains: vec![Domain::Int {
            min: Some(min),
            max: Some(max),
        }],
        doc: doc.to_owned(),
    }
}

/// The seed of a random stream, as everywhere in scikit-learn.
pub(crate) fn random_state(doc: &str) -> ParamInfo {
    ParamInfo {
        name: "random_state".to_owned(),
        default: Value::None,
        domains: vec![
            Domain::Int {
                min: Some(0),
                max: Some(i64::from(u32::MAX)),
            },
            Domain::None,
        ],
        doc: doc.to_owned(),
    }
}
