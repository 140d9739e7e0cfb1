//! Search spaces: what a search may set each parameter to.
//!
//! A space has a dimension a parameter: a list of values, or a distribution to
//! draw from. Its candidates are scikit-learn's: those of `ParameterGrid`, in
//! order, and of `ParameterSampler`, draw for draw. Which parameters there
//! are and what each may be is not known here.

mod dimension;
mod grid;
mod sample;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::params::Value;

pub use dimension::Dimension;
pub use grid::{NotAList, count, grid};
pub use sample::{Sample, sample};

/// What one search may set each parameter to. An empty one has one candidate,
/// which sets nothing.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Space(BTreeMap<String, Dimension>);

impl Space {
    /// Its dimensions by parameter, in the order in which candidates go
    /// through them.
    #[must_use]
    pub fn dimensions(&self) -> &BTreeMap<String, Dimension> {
        &self.0
    }

    /// The same, with a parameter that has this one value.
    #[must_use]
    pub(crate) fn with(mut self, name: &str, value: Value) -> Self {
        let only = Dimension::List(vec![value]);
        self.0.insert(name.to_owned(), only);
        self
    }

    /// The same under other names; the name that two would get, if any.
    pub(crate) fn renamed(&self, rename: impl Fn(&str) -> String) -> Result<Self, String> {
        let mut renamed = BTreeMap::new();
        for (name, dimension) in &self.0 {
            let name = rename(name);
            if renamed.insert(name.clone(), dimension.clone()).is_some() {
                return Err(name);
            }
        }
        Ok(Self(renamed))
    }
}

impl From<BTreeMap<String, Dimension>> for Space {
    fn from(dimensions: BTreeMap<String, Dimension>) -> Self {
        Self(dimensions)
    }
}

/// The spaces of a document, which writes down one, or a list of them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Spaces(pub Vec<Space>);

impl<'de> Deserialize<'de> for Spaces {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        // A visitor and not an untagged enum: errors keep their place.
        struct OneOrSeveral;

        impl<'de> Visitor<'de> for OneOrSeveral {
            type Value = Spaces;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a table of parameters, or a list of such tables")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Spaces, A::Error> {
                Space::deserialize(MapAccessDeserializer::new(map)).map(|one| Spaces(vec![one]))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Spaces, A::Error> {
                Vec::deserialize(SeqAccessDeserializer::new(seq)).map(Spaces)
            }
        }

        d.deserialize_any(OneOrSeveral)
    }
}

impl JsonSchema for Spaces {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Spaces".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "One space, or a list of spaces to search one after another.",
            "anyOf": [
                generator.subschema_for::<Space>(),
                generator.subschema_for::<Vec<Space>>(),
            ]
        })
    }
}
