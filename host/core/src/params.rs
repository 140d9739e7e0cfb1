//! Parameters: values, what is allowed, and the sentences that say so.
//!
//! One vocabulary for everything a job can set by name: an estimator's
//! parameters (described by its component) and a step's (described here in
//! core). No meaning lives here, only names, forms and ranges.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// One parameter's value, as a job states it.
///
/// JSON has one kind of number and scikit-learn has two: `1` is an integer
/// and `1.0` a float, and the difference is kept. Languages that write `1` for
/// both can say `{ float = 1 }` and `{ int = 1 }`.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// `None`: JSON null; the text `"None"` also means it.
    None,
    /// A boolean.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A real number.
    Float(f64),
    /// A word.
    Text(String),
    /// A list or a table.
    Json(serde_json::Value),
}

impl Value {
    /// Reads a JSON value.
    ///
    /// # Errors
    /// A whole number that needs more than 64 bits is refused.
    pub fn from_json(value: serde_json::Value) -> Result<Self, String> {
        Ok(match value {
            serde_json::Value::Null => Self::None,
            serde_json::Value::Bool(b) => Self::Bool(b),
            serde_json::Value::String(s) => match s.as_str() {
                "None" => Self::None,
                "inf" => Self::Float(f64::INFINITY),
                "-inf" => Self::Float(f64::NEG_INFINITY),
                _ => Self::Text(s),
            },
            serde_json::Value::Number(n) => match (n.as_i64(), n.as_f64()) {
                (Some(i), _) => Self::Int(i),
                (None, Some(f)) if n.is_f64() => Self::Float(f),
                _ => return Err(format!("{n} does not fit into 64 bits")),
            },
            other => match untagged(other) {
                serde_json::Value::Number(n) => return Self::from_json(n.into()),
                serde_json::Value::String(s) => return Self::from_json(s.into()),
                other => Self::Json(other),
            },
        })
    }

    /// The value as JSON; the reverse of [`Value::from_json`].
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        match self {
            Self::None => serde_json::Value::Null,
            Self::Bool(b) => (*b).into(),
            Self::Int(i) => (*i).into(),
            Self::Float(f) if f.is_infinite() => if *f > 0.0 { "inf" } else { "-inf" }.into(),
            Self::Float(f) => (*f).into(),
            Self::Text(s) => s.as_str().into(),
            Self::Json(j) => j.clone(),
        }
    }
}

/// The number that `{ float = 1 }` and `{ int = 1 }` stand for, also inside of
/// lists and tables. What only looks like one of those stays as it is.
fn untagged(json: serde_json::Value) -> serde_json::Value {
    use serde_json::Value as Json;
    let tag = |table: &serde_json::Map<String, Json>| {
        let (kind, value) = table.iter().next().filter(|_| table.len() == 1)?;
        match (kind.as_str(), value) {
            ("float", Json::Number(n)) => n.as_f64().map(Json::from),
            ("float", Json::String(s)) if s == "inf" || s == "-inf" => Some(value.clone()),
            ("int", Json::Number(n)) if n.is_i64() || n.is_u64() => Some(value.clone()),
            // Whole, and small enough for each whole number to be a float.
            ("int", Json::Number(n)) => n
                .as_f64()
                .filter(|x| x.trunc() == *x && x.abs() <= 9_007_199_254_740_992.0)
                .map(|x| Json::from(x as i64)),
            _ => None,
        }
    };
    match json {
        Json::Array(items) => items.into_iter().map(untagged).collect(),
        Json::Object(table) => tag(&table).unwrap_or_else(|| {
            let fields = table
                .into_iter()
                .map(|(name, value)| (name, untagged(value)));
            Json::Object(fields.collect())
        }),
        other => other,
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("None"),
            Self::Float(x) => write!(f, "{x:?}"),
            other => write!(f, "{}", other.to_json()),
        }
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        self.to_json().serialize(s)
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        Self::from_json(serde_json::Value::deserialize(d)?).map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Value {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Value".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "A parameter's value: null, boolean, number, text, list or table. {\"float\": 1} is the number 1.0, {\"int\": 1.0} the number 1."
        })
    }
}

/// One end of a range of real numbers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Bound {
    /// Where the range ends; an infinity is written as text.
    #[serde(with = "real")]
    #[schemars(with = "Value")]
    pub at: f64,
    /// Whether `at` itself is allowed.
    pub inclusive: bool,
}

/// A real number where JSON has none for it: infinities as in [`Value`].
mod real {
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    use super::Value;

    #[allow(clippy::trivially_copy_pass_by_ref)] // Serde asks for it.
    pub(super) fn serialize<S: Serializer>(x: &f64, s: S) -> Result<S::Ok, S::Error> {
        Value::Float(*x).serialize(s)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<f64, D::Error> {
        match Value::deserialize(d)? {
            Value::Float(x) => Ok(x),
            Value::Int(i) => Ok(i as f64),
            other => Err(D::Error::custom(format!("{other} is no number"))),
        }
    }
}

/// One form a value may take.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Domain {
    /// `None`.
    None,
    /// `true` or `false`.
    Bool,
    /// A whole number, bounds inclusive.
    Int {
        /// Smallest allowed value.
        min: Option<i64>,
        /// Largest allowed value.
        max: Option<i64>,
    },
    /// A real number; a whole number counts as one.
    Float {
        /// Lower end.
        min: Option<Bound>,
        /// Upper end.
        max: Option<Bound>,
    },
    /// One of these words.
    Choice(Vec<String>),
    /// Any text.
    Text,
    /// A list or a table.
    Json,
}

impl Domain {
    /// A whole number from `min` on.
    #[must_use]
    pub fn int_from(min: i64) -> Self {
        Self::Int {
            min: Some(min),
            max: None,
        }
    }

    fn allows(&self, value: &Value) -> bool {
        let in_range = |x: f64, min: &Option<Bound>, max: &Option<Bound>| {
            let above = min.is_none_or(|b| if b.inclusive { x >= b.at } else { x > b.at });
            let below = max.is_none_or(|b| if b.inclusive { x <= b.at } else { x < b.at });
            !x.is_nan() && above && below
        };
        match (self, value) {
            (Self::None, Value::None) | (Self::Bool, Value::Bool(_)) => true,
            (Self::Int { min, max }, Value::Int(i)) => {
                min.is_none_or(|m| *i >= m) && max.is_none_or(|m| *i <= m)
            }
            (Self::Float { min, max }, Value::Float(x)) => in_range(*x, min, max),
            #[allow(clippy::cast_precision_loss)]
            (Self::Float { min, max }, Value::Int(i)) => in_range(*i as f64, min, max),
            (Self::Choice(words), Value::Text(s)) => words.contains(s),
            (Self::Text, Value::Text(_)) | (Self::Json, Value::Json(_)) => true,
            _ => false,
        }
    }
}

impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("None"),
            Self::Bool => f.write_str("true or false"),
            Self::Int { min, max } => match (min, max) {
                (None, None) => f.write_str("an integer"),
                (Some(a), None) => write!(f, "an integer >= {a}"),
                (None, Some(b)) => write!(f, "an integer <= {b}"),
                (Some(a), Some(b)) => write!(f, "an integer from {a} to {b}"),
            },
            Self::Float { min, max } => {
                f.write_str("a number")?;
                if let Some(Bound { at, inclusive }) = min {
                    write!(f, " {} {at}", if *inclusive { ">=" } else { ">" })?;
                }
                if min.is_some() && max.is_some() {
                    f.write_str(" and")?;
                }
                if let Some(Bound { at, inclusive }) = max {
                    write!(f, " {} {at}", if *inclusive { "<=" } else { "<" })?;
                }
                Ok(())
            }
            Self::Choice(words) => {
                let quoted: Vec<_> = words.iter().map(|w| format!("\"{w}\"")).collect();
                f.write_str(&quoted.join(", "))
            }
            Self::Text => f.write_str("a text"),
            Self::Json => f.write_str("a list or table"),
        }
    }
}

/// A parameter: its name, default and allowed values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ParamInfo {
    /// Its scikit-learn name.
    pub name: String,
    /// Its value where a job does not set it.
    pub default: Value,
    /// A value is allowed if any of these allows it.
    pub domains: Vec<Domain>,
    /// One line: what it does.
    pub doc: String,
}

impl ParamInfo {
    /// Says whether `value` is allowed.
    ///
    /// # Errors
    /// The sentence that says what was passed and what is allowed.
    pub fn check(&self, value: &Value) -> Result<(), String> {
        if self.domains.iter().any(|d| d.allows(value)) {
            return Ok(());
        }
        Err(format!(
            "{value} is not allowed: allowed is {}",
            self.allowed()
        ))
    }

    /// What is allowed, as a phrase.
    #[must_use]
    pub fn allowed(&self) -> String {
        let forms: Vec<_> = self.domains.iter().map(ToString::to_string).collect();
        forms.join(", or ")
    }
}

/// Finds `name` among `infos`.
///
/// # Errors
/// The sentence that names the nearest one and all that there are; `of` says
/// whose parameters they are.
pub fn find<'a>(infos: &'a [ParamInfo], name: &str, of: &str) -> Result<&'a ParamInfo, String> {
    infos.iter().find(|i| i.name == name).ok_or_else(|| {
        let known: Vec<_> = infos.iter().map(|i| i.name.as_str()).collect();
        unknown(&format!("parameter of {of}"), name, &known)
    })
}

/// The sentence for a name nobody knows: what was passed, the nearest known
/// name if one is near, and all known names.
#[must_use]
pub fn unknown(what: &str, passed: &str, known: &[&str]) -> String {
    let folded = passed.to_lowercase();
    let nearest = known
        .iter()
        .map(|k| (strsim::jaro_winkler(&k.to_lowercase(), &folded), *k))
        .filter(|(likeness, _)| *likeness > 0.75)
        .max_by(|a, b| a.0.total_cmp(&b.0));
    let hint = nearest.map_or_else(String::new, |(_, k)| format!(" (did you mean \"{k}\"?)"));
    let all = if known.is_empty() {
        "there is none".to_owned()
    } else {
        format!("allowed: {}", known.join(", "))
    };
    format!("unknown {what} \"{passed}\"{hint}; {all}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alpha() -> ParamInfo {
        ParamInfo {
            name: "alpha".into(),
            default: Value::Float(1.0),
            domains: vec![Domain::Float {
                min: Some(Bound {
                    at: 0.0,
                    inclusive: true,
                }),
                max: None,
            }],
            doc: String::new(),
        }
    }

    #[test]
    fn a_whole_number_is_a_real_one_but_not_the_reverse() {
        assert!(alpha().check(&Value::Int(1)).is_ok());
        let k = ParamInfo {
            domains: vec![Domain::int_from(1)],
            ..alpha()
        };
        assert_eq!(
            k.check(&Value::Float(1.0)),
            Err("1.0 is not allowed: allowed is an integer >= 1".to_owned())
        );
    }

    #[test]
    fn nan_is_never_in_range() {
        assert!(alpha().check(&Value::Float(f64::NAN)).is_err());
        assert!(alpha().check(&Value::Float(-1e-9)).is_err());
    }

    #[test]
    fn an_unknown_name_suggests_the_nearest() {
        let sentence = unknown(
            "estimator",
            "KNeighborClassifier",
            &["GaussianNB", "KNeighborsClassifier"],
        );
        assert!(
            sentence.contains("did you mean \"KNeighborsClassifier\"?"),
            "{sentence}"
        );
        assert!(!unknown("scorer", "zzz", &["r2"]).contains("did you mean"));
    }

    #[test]
    fn a_language_with_one_kind_of_number_can_say_which_it_means() {
        for (text, value) in [
            (r#"{"float": 1}"#, Value::Float(1.0)),
            (r#"{"float": 0.5}"#, Value::Float(0.5)),
            (r#"{"float": "-inf"}"#, Value::Float(f64::NEG_INFINITY)),
            (r#"{"int": 1}"#, Value::Int(1)),
            (r#"{"int": -3.0}"#, Value::Int(-3)),
            (
                r#"{"int": 1.5}"#,
                Value::Json(serde_json::json!({"int": 1.5})),
            ),
            (
                r#"{"int": 1e300}"#,
                Value::Json(serde_json::json!({"int": 1e300})),
            ),
            (
                r#"{"float": "x"}"#,
                Value::Json(serde_json::json!({"float": "x"})),
            ),
            (
                r#"{"float": 1, "int": 1}"#,
                Value::Json(serde_json::json!({"float": 1, "int": 1})),
            ),
            (
                r#"[{"float": 1}, 2, {"a": {"int": 3.0}}]"#,
                Value::Json(serde_json::json!([1.0, 2, {"a": 3}])),
            ),
        ] {
            let read: Value = serde_json::from_str(text).unwrap();
            assert_eq!(read, value, "{text}");
            let again: Value = serde_json::from_value(read.to_json()).unwrap();
            assert_eq!(again, value, "{text}");
        }
        assert!(serde_json::from_str::<Value>(r#"{"int": 18446744073709551615}"#).is_err());
    }

    #[test]
    fn numbers_keep_their_kind_through_json() {
        for text in ["1", "1.0", "null", "true", "\"inf\"", "[1,2]"] {
            let value: Value = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&value).unwrap(), text);
        }
    }
}
