//! XGBoost's JSON: the parts of the document that say what is predicted.
//!
//! What is not here: training parameters, linear boosters, dropped trees
//! (`dart`), leaves that answer with several numbers.

mod read;
mod threshold;
mod write;

use serde::{Deserialize, Serialize};

pub(crate) use read::{read_classifier, read_regressor};
pub(crate) use write::{write_classifier, write_regressor};

/// The format's name.
pub(crate) const FORMAT: &str = "xgboost-json";

#[derive(Serialize, Deserialize)]
struct Document {
    learner: Learner,
    #[serde(default)]
    version: Vec<u32>,
}

#[derive(Serialize, Deserialize)]
struct Learner {
    #[serde(default)]
    attributes: serde_json::Map<String, serde_json::Value>,
    #[serde(default)]
    feature_names: Vec<String>,
    #[serde(default)]
    feature_types: Vec<String>,
    gradient_booster: Booster,
    learner_model_param: LearnerParam,
    objective: Objective,
}

/// Numbers stand as words in the parameters.
#[derive(Serialize, Deserialize)]
struct LearnerParam {
    base_score: String,
    #[serde(default)]
    num_class: String,
    num_feature: String,
    #[serde(default = "one")]
    num_target: String,
}

fn one() -> String {
    "1".into()
}

#[derive(Serialize, Deserialize)]
struct Objective {
    name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    softmax_multiclass_param: Option<serde_json::Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    quantile_loss_param: Option<serde_json::Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reg_loss_param: Option<serde_json::Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    poisson_regression_param: Option<serde_json::Value>,
}

#[derive(Serialize, Deserialize)]
struct Booster {
    name: String,
    // A linear booster's is another.
    #[serde(default)]
    model: Option<Trees>,
}

#[derive(Serialize, Deserialize)]
struct Trees {
    #[serde(default)]
    gbtree_model_param: serde_json::Value,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    iteration_indptr: Vec<u32>,
    /// For which class each tree is.
    tree_info: Vec<u32>,
    trees: Vec<Flat>,
}

/// A tree: one item a node in each list, the root first. The test and the
/// answer of a node share a list, for a node has one or the other.
#[derive(Serialize, Deserialize, Default)]
struct Flat {
    #[serde(default)]
    base_weights: Vec<f32>,
    /// The categories that go right, node after node.
    #[serde(default)]
    categories: Vec<u32>,
    #[serde(default)]
    categories_nodes: Vec<u32>,
    #[serde(default)]
    categories_segments: Vec<u32>,
    #[serde(default)]
    categories_sizes: Vec<u32>,
    default_left: Vec<Flag>,
    #[serde(default)]
    id: u32,
    left_children: Vec<i32>,
    #[serde(default)]
    loss_changes: Vec<f32>,
    #[serde(default)]
    parents: Vec<i32>,
    right_children: Vec<i32>,
    split_conditions: Vec<f32>,
    split_indices: Vec<u32>,
    #[serde(default)]
    split_type: Vec<u8>,
    #[serde(default)]
    sum_hessian: Vec<f32>,
    tree_param: TreeParam,
}

#[derive(Serialize, Deserialize, Default)]
struct TreeParam {
    #[serde(default)]
    num_deleted: String,
    #[serde(default)]
    num_feature: String,
    #[serde(default)]
    num_nodes: String,
    #[serde(default = "one")]
    size_leaf_vector: String,
}

/// Older versions write a boolean, newer ones a number.
#[derive(Serialize, Deserialize, Clone, Copy)]
#[serde(untagged)]
enum Flag {
    Number(u8),
    Word(bool),
}

impl Flag {
    fn is_set(self) -> bool {
        match self {
            Flag::Number(number) => number != 0,
            Flag::Word(word) => word,
        }
    }
}
