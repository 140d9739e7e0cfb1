//! What is known about estimators: the host's picture of what a component
//! says of itself. Nothing here runs one.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::params::{ParamInfo, unknown};

/// What an estimator answers with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// One of several classes.
    Classifier,
    /// A number.
    Regressor,
    /// Groups, without a target.
    Clusterer,
}

impl Kind {
    /// The word for it in a sentence.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Classifier => "classifier",
            Self::Regressor => "regressor",
            Self::Clusterer => "clusterer",
        }
    }
}

/// An estimator, described.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EstimatorInfo {
    /// Its scikit-learn name.
    pub name: String,
    /// One line about it.
    pub doc: String,
    /// What it answers with.
    pub kind: Kind,
    /// Its parameters.
    pub params: Vec<ParamInfo>,
    /// Whether features may be NaN.
    pub accepts_missing: bool,
    /// Whether features may be categories without an order.
    pub accepts_categorical: bool,
    /// Whether it honours weights.
    pub accepts_weights: bool,
    /// Whether its models give probabilities.
    pub probabilities: bool,
    /// Whether its models give decision scores.
    pub decision: bool,
    /// Parameters along which candidates share work.
    pub shares: Vec<String>,
    /// Formats of other programs its models can be written in and read from.
    pub formats: Vec<String>,
}

/// A component and what it offers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ComponentInfo {
    /// What to call it in a list: a built-in family, or a file's name.
    pub name: String,
    /// The component itself.
    pub digest: Digest,
    /// Its estimators.
    pub estimators: Vec<EstimatorInfo>,
}

/// The components a job may choose from.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Catalogue {
    /// In the order they are searched.
    pub components: Vec<ComponentInfo>,
}

impl Catalogue {
    /// Finds an estimator by name.
    ///
    /// # Errors
    /// The sentence that names the nearest one and all that there are.
    pub fn find(&self, name: &str) -> Result<(Digest, &EstimatorInfo), String> {
        let mut all = self
            .components
            .iter()
            .flat_map(|c| c.estimators.iter().map(move |e| (c.digest, e)));
        all.find(|(_, e)| e.name == name).ok_or_else(|| {
            let known: Vec<_> = self
                .components
                .iter()
                .flat_map(|c| c.estimators.iter().map(|e| e.name.as_str()))
                .collect();
            unknown("estimator", name, &known)
        })
    }
}
