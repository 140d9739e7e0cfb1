//! The parameters that are lists of columns.

use pleat_guest::{Error, Params, Value};
use serde_json::Value as Json;

use crate::columns::Categorical;

/// What the parameter `interaction_cst` says.
#[derive(Clone, PartialEq)]
pub(crate) enum Interactions {
    Any,
    Pairwise,
    None,
    Sets(Vec<Vec<usize>>),
}

/// A parameter, for sentences about it.
struct Parameter<'a> {
    estimator: &'a str,
    name: &'a str,
    value: &'a Value,
}

impl<'a> Parameter<'a> {
    fn of(params: &'a Params, estimator: &'a str, name: &'a str) -> Result<Self, Error> {
        Ok(Parameter {
            estimator,
            name,
            value: params.value(name)?,
        })
    }

    fn refuse<T>(&self, allowed: &str) -> Result<T, Error> {
        Err(Error::InvalidParams(format!(
            "The '{}' parameter of {} must be {allowed}. Got {} instead.",
            self.name, self.estimator, self.value
        )))
    }

    /// The items of a list; None where the value is no list.
    fn items(&self) -> Option<Vec<Json>> {
        let Value::Json(text) = self.value else {
            return None;
        };
        match serde_json::from_str(text) {
            Ok(Json::Array(items)) => Some(items),
            _ => None,
        }
    }
}

/// Whole numbers that may be columns.
fn columns(items: &[Json]) -> Option<Vec<usize>> {
    let column = |item: &Json| item.as_u64().and_then(|c| usize::try_from(c).ok());
    items.iter().map(column).collect()
}

pub(crate) fn categorical(params: &Params, estimator: &str) -> Result<Categorical, Error> {
    let given = Parameter::of(params, estimator, "categorical_features")?;
    match given.value {
        Value::None => return Ok(Categorical::Nowhere),
        Value::Text(_) => return Ok(Categorical::ByKind),
        _ => {}
    }
    let items = given.items().unwrap_or_default();
    let flags: Option<Vec<bool>> = items.iter().map(Json::as_bool).collect();
    match (columns(&items), flags) {
        (Some(columns), _) if !columns.is_empty() => Ok(Categorical::At(columns)),
        (None, Some(flags)) => Ok(Categorical::Flags(flags)),
        _ if given.items().is_some_and(|items| items.is_empty()) => Ok(Categorical::Nowhere),
        _ => given.refuse("'from_dtype', None, or a list of columns counted from 0 or of booleans"),
    }
}

/// One number a column, of -1, 0 and 1.
pub(crate) fn monotonic(params: &Params, estimator: &str) -> Result<Option<Vec<i8>>, Error> {
    let given = Parameter::of(params, estimator, "monotonic_cst")?;
    if matches!(given.value, Value::None) {
        return Ok(None);
    }
    let direction = |item: &Json| match item.as_i64() {
        Some(direction @ -1..=1) => Some(direction as i8),
        _ => None,
    };
    let items = given.items();
    match items.and_then(|items| items.iter().map(direction).collect()) {
        Some(directions) => Ok(Some(directions)),
        None => given.refuse("None or a list of -1, 0 and 1, one for each column"),
    }
}

pub(crate) fn interactions(params: &Params, estimator: &str) -> Result<Interactions, Error> {
    let given = Parameter::of(params, estimator, "interaction_cst")?;
    match given.value {
        Value::None => return Ok(Interactions::Any),
        Value::Text(word) if word == "pairwise" => return Ok(Interactions::Pairwise),
        Value::Text(_) => return Ok(Interactions::None),
        _ => {}
    }
    let set = |item: &Json| columns(item.as_array()?);
    let items = given.items();
    match items.and_then(|items| items.iter().map(set).collect()) {
        Some(sets) => Ok(Interactions::Sets(sets)),
        None => given.refuse(
            "'pairwise', 'no_interactions', None, or a list of lists of columns counted from 0",
        ),
    }
}
