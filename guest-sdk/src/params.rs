//! One candidate's parameters, complete and checked.

use crate::info::refusal;
use crate::{Candidate, Error, EstimatorInfo, Param, Value};

/// The parameters an estimator is constructed from: the candidate's, and the
/// defaults of its description for what the candidate leaves out. Names and
/// values have been checked against the description.
#[derive(Clone, Debug)]
pub struct Params {
    estimator: String,
    values: Vec<Param>,
}

impl Params {
    /// The candidate's parameters, each checked, over the defaults.
    pub(crate) fn new(info: &EstimatorInfo, candidate: Candidate) -> Result<Self, Error> {
        let mut values: Vec<Param> = info
            .params
            .iter()
            .map(|p| Param {
                name: p.name.clone(),
                value: p.default.clone(),
            })
            .collect();
        let mut set = vec![false; values.len()];
        for given in candidate {
            let name = &given.name;
            let Some(i) = info.params.iter().position(|p| p.name == *name) else {
                let known: Vec<&str> = info.params.iter().map(|p| p.name.as_str()).collect();
                return Err(Error::InvalidParams(format!(
                    "Invalid parameter '{name}' for estimator {}. Valid parameters are: [{}].",
                    info.name,
                    known.join(", "),
                )));
            };
            if std::mem::replace(&mut set[i], true) {
                return Err(Error::InvalidParams(format!(
                    "The '{name}' parameter of {} is given twice.",
                    info.name,
                )));
            }
            if let Some(sentence) = refusal(&info.name, &info.params[i], &given.value) {
                return Err(Error::InvalidParams(sentence));
            }
            values[i].value = given.value;
        }
        Ok(Params {
            estimator: info.name.clone(),
            values,
        })
    }

    /// A parameter as it was written.
    pub fn value(&self, name: &str) -> Result<&Value, Error> {
        self.values
            .iter()
            .find(|p| p.name == name)
            .map(|p| &p.value)
            .ok_or_else(|| {
                Error::Other(format!(
                    "{} does not describe its parameter '{name}'",
                    self.estimator
                ))
            })
    }

    /// A parameter as a Rust type: `bool`, whole and real numbers, `String`,
    /// lists of numbers, and `Option` of these for what may be None.
    pub fn get<T: FromValue>(&self, name: &str) -> Result<T, Error> {
        let value = self.value(name)?;
        T::from_value(value).ok_or_else(|| {
            Error::InvalidParams(format!(
                "The '{name}' parameter of {} must be {}. Got {value} instead.",
                self.estimator,
                T::what(),
            ))
        })
    }

    /// A word as what it stands for.
    pub fn choice<T: Clone>(&self, name: &str, words: &[(&str, T)]) -> Result<T, Error> {
        let value = self.value(name)?;
        let word = if let Value::Text(word) = value {
            word.as_str()
        } else {
            ""
        };
        words
            .iter()
            .find(|(w, _)| *w == word)
            .map(|(_, t)| t.clone())
            .ok_or_else(|| {
                let words: Vec<String> = words.iter().map(|(w, _)| format!("'{w}'")).collect();
                Error::InvalidParams(format!(
                    "The '{name}' parameter of {} must be a str among {{{}}}. Got {value} instead.",
                    self.estimator,
                    words.join(", "),
                ))
            })
    }
}

/// What [`Params::get`] can answer with.
pub trait FromValue: Sized {
    /// The value as this type, if it fits.
    fn from_value(value: &Value) -> Option<Self>;
    /// What fits, for the sentence that says so.
    fn what() -> String;
}

impl FromValue for bool {
    fn from_value(value: &Value) -> Option<Self> {
        if let Value::Boolean(v) = value {
            Some(*v)
        } else {
            None
        }
    }
    fn what() -> String {
        "a bool".into()
    }
}

impl FromValue for f64 {
    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Number(v) => Some(*v),
            Value::Integer(v) => Some(*v as f64),
            _ => None,
        }
    }
    fn what() -> String {
        "a float".into()
    }
}

impl FromValue for String {
    fn from_value(value: &Value) -> Option<Self> {
        if let Value::Text(v) = value {
            Some(v.clone())
        } else {
            None
        }
    }
    fn what() -> String {
        "a str".into()
    }
}

impl FromValue for Value {
    fn from_value(value: &Value) -> Option<Self> {
        Some(value.clone())
    }
    fn what() -> String {
        "anything".into()
    }
}

impl<T: FromValue> FromValue for Option<T> {
    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::None => Some(None),
            value => T::from_value(value).map(Some),
        }
    }
    fn what() -> String {
        format!("{} or None", T::what())
    }
}

// Whole numbers, and flat JSON lists of them. Integers of the contract are 64
// bits wide on every machine; what does not fit is refused, not cut.
macro_rules! whole {
    ($($t:ty)*) => {$(
        impl FromValue for $t {
            fn from_value(value: &Value) -> Option<Self> {
                if let Value::Integer(v) = value { <$t>::try_from(*v).ok() } else { None }
            }
            fn what() -> String {
                format!("an int in the range [{}, {}]", <$t>::MIN, <$t>::MAX)
            }
        }

        impl FromValue for Vec<$t> {
            fn from_value(value: &Value) -> Option<Self> {
                list(value)
            }
            fn what() -> String {
                format!("a list, each {}", <$t>::what())
            }
        }
    )*};
}
whole!(i32 u32 i64 u64 usize);

impl FromValue for Vec<f64> {
    fn from_value(value: &Value) -> Option<Self> {
        list(value)
    }
    fn what() -> String {
        "a list of floats".into()
    }
}

/// `[1, 2, 3]`, without what JSON could nest in it.
fn list<T: std::str::FromStr>(value: &Value) -> Option<Vec<T>> {
    let Value::Json(text) = value else {
        return None;
    };
    let inner = text.trim().strip_prefix('[')?.strip_suffix(']')?.trim();
    if inner.is_empty() {
        return Some(Vec::new());
    }
    inner
        .split(',')
        .map(|item| item.trim().parse().ok())
        .collect()
}
