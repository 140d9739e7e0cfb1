//! One dimension of a space: its form in a document, and how scipy draws from
//! it.

use pleat_num::math;
use pleat_num::rng::RandomState;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Value as Json, json};

use crate::params::Value;

/// What a search may set one parameter to.
#[derive(Debug, Clone, PartialEq)]
pub enum Dimension {
    /// One of these: `[1, 10, 100]`. Never empty.
    List(Vec<Value>),
    /// A number whose logarithm is spread evenly: `{ loguniform = [1e-3, 1e2] }`,
    /// scipy's `loguniform(low, high)`.
    LogUniform {
        /// Lower end, above 0.
        low: f64,
        /// Upper end, above `low`.
        high: f64,
    },
    /// A number spread evenly: `{ uniform = [0.5, 1.0] }`, scipy's
    /// `uniform(low, high - low)`.
    Uniform {
        /// Lower end.
        low: f64,
        /// Upper end, above `low`.
        high: f64,
    },
    /// A whole number: `{ randint = [1, 10] }`, scipy's `randint(low, high)`.
    RandInt {
        /// Lower end, included.
        low: i64,
        /// Upper end, above `low` and not included.
        high: i64,
    },
}

impl Dimension {
    /// Reads the form of a document.
    ///
    /// # Errors
    /// What was passed and what is allowed.
    pub fn from_json(json: Json) -> Result<Self, String> {
        let (name, ends) = match json {
            Json::Array(values) if values.is_empty() => {
                return Err(
                    "an empty list is not allowed: give at least one value to try".to_owned(),
                );
            }
            Json::Array(values) => {
                let values = values.into_iter().map(Value::from_json);
                return values.collect::<Result<_, _>>().map(Self::List);
            }
            Json::Object(ref table) if table.len() == 1 => {
                // Of the one there is.
                table.iter().next().ok_or_else(|| refuse(&json))?
            }
            other => return Err(refuse(&other)),
        };
        let ends = match ends.as_array().map(Vec::as_slice) {
            Some([low, high]) => Some((low, high)),
            _ => None,
        };
        match name.as_str() {
            "loguniform" => match ends.and_then(floats) {
                Some((low, high)) if low > 0.0 => Some(Self::LogUniform { low, high }),
                _ => None,
            }
            .ok_or_else(|| {
                format!("{json} is not allowed: allowed are two numbers, 0 < low < high, as in {{ loguniform = [0.001, 100.0] }}")
            }),
            "uniform" => ends
                .and_then(floats)
                .map(|(low, high)| Self::Uniform { low, high })
                .ok_or_else(|| {
                    format!("{json} is not allowed: allowed are two numbers, low < high, as in {{ uniform = [0.0, 1.0] }}")
                }),
            "randint" => match ends.map(|(low, high)| (low.as_i64(), high.as_i64())) {
                Some((Some(low), Some(high))) if low < high => Some(Self::RandInt { low, high }),
                _ => None,
            }
            .ok_or_else(|| {
                format!("{json} is not allowed: allowed are two integers, low < high, as in {{ randint = [1, 10] }}, which is 1 to 9")
            }),
            _ => Err(refuse(&json)),
        }
    }

    /// The form of a document; the reverse of [`Dimension::from_json`].
    #[must_use]
    pub fn to_json(&self) -> Json {
        match self {
            Self::List(values) => values.iter().map(Value::to_json).collect(),
            Self::LogUniform { low, high } => json!({ "loguniform": [low, high] }),
            Self::Uniform { low, high } => json!({ "uniform": [low, high] }),
            Self::RandInt { low, high } => json!({ "randint": [low, high] }),
        }
    }

    /// The values that must be allowed for all that can be drawn to be
    /// allowed: those of a list, the ends of a distribution.
    #[must_use]
    pub fn values(&self) -> Vec<Value> {
        match self {
            Self::List(values) => values.clone(),
            Self::LogUniform { low, high } | Self::Uniform { low, high } => {
                vec![Value::Float(*low), Value::Float(*high)]
            }
            Self::RandInt { low, high } => vec![Value::Int(*low), Value::Int(high - 1)],
        }
    }

    /// Draws one value.
    pub(super) fn draw(&self, rng: &mut RandomState) -> Value {
        match self {
            Self::List(values) => {
                let place = rng.randint(0, values.len() as i64);
                // Out of range only in an empty list, which cannot be read.
                values.get(place as usize).cloned().unwrap_or(Value::None)
            }
            Self::LogUniform { low, high } => {
                let (low, high) = (math::ln(*low), math::ln(*high));
                Value::Float(math::exp(low + rng.double() * (high - low)))
            }
            Self::Uniform { low, high } => Value::Float(rng.double() * (high - low) + low),
            Self::RandInt { low, high } => Value::Int(rng.randint(*low, *high)),
        }
    }
}

fn refuse(json: &Json) -> String {
    format!(
        "{json} is not allowed: allowed is a list of values, {{ loguniform = [low, high] }}, \
         {{ uniform = [low, high] }} or {{ randint = [low, high] }}"
    )
}

/// Two ends in order, with a finite distance between them.
fn floats((low, high): (&Json, &Json)) -> Option<(f64, f64)> {
    let number = |json: &Json| match Value::from_json(json.clone()) {
        Ok(Value::Float(x)) => Some(x),
        #[allow(clippy::cast_precision_loss)]
        Ok(Value::Int(i)) => Some(i as f64),
        _ => None,
    };
    let (low, high) = (number(low)?, number(high)?);
    (low < high && (high - low).is_finite()).then_some((low, high))
}

impl Serialize for Dimension {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        self.to_json().serialize(s)
    }
}

impl<'de> Deserialize<'de> for Dimension {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        Self::from_json(Json::deserialize(d)?).map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Dimension {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Dimension".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let ends = |kind: &str| json!({ "type": "array", "items": { "type": kind }, "minItems": 2, "maxItems": 2 });
        let distribution = |name: &str, kind: &str| {
            json!({
                "type": "object",
                "properties": { name: ends(kind) },
                "required": [name],
                "additionalProperties": false,
            })
        };
        schemars::json_schema!({
            "description": "A list of values to try, or a distribution to draw from.",
            "anyOf": [
                { "type": "array", "minItems": 1 },
                distribution("loguniform", "number"),
                distribution("uniform", "number"),
                distribution("randint", "integer"),
            ]
        })
    }
}
