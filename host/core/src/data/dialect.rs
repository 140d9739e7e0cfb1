//! What a file does not say about itself: how its cells are meant.
//!
//! How each format is read is not known here; readers go by this.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How the cells of a file are meant, where that is not what they look like.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Dialect {
    /// What separates the fields of a text file, if not what its format says.
    pub delimiter: Option<char>,
    /// Cells that mean a missing value, besides the usual ones.
    pub na_values: Vec<NaValue>,
    /// Columns that are to be of this type.
    pub types: BTreeMap<String, ColumnType>,
}

/// A cell that means a missing value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum NaValue {
    /// A number, however it is written.
    Number(f64),
    /// A text; one that is a number counts as such too.
    Text(String),
}

/// What the cells of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ColumnType {
    /// Words, even if all of them look like numbers.
    Text,
    /// Numbers; a cell that is none is an error.
    Numeric,
    /// true and false, or 1 and 0; a cell that is neither is an error.
    Boolean,
}

impl ColumnType {
    /// Its name in a job.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Numeric => "numeric",
            Self::Boolean => "boolean",
        }
    }
}
