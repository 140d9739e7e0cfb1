//! From an ensemble to XGBoost's JSON.
//!
//! What is predicted before the first tree is counted into the leaves of the
//! first trees, for how a document says it differs between versions.

use pleat_guest::Error;
use serde_json::json;

use super::threshold::to_single;
use super::{Booster, Document, Flag, Flat, Learner, LearnerParam, Objective, TreeParam, Trees};
use crate::classifier::FittedClassifier;
use crate::loss::Loss;
use crate::model::Ensemble;
use crate::regressor::FittedRegressor;
use crate::tree::{Decision, Tree};

/// The root has no parent.
const NO_PARENT: i32 = i32::MAX;

/// Singles hold whole numbers up to here.
const MOST_CATEGORIES: f64 = 16_777_216.0;

impl Objective {
    fn named(name: &str) -> Self {
        Objective {
            name: name.into(),
            softmax_multiclass_param: None,
            quantile_loss_param: None,
            reg_loss_param: None,
            poisson_regression_param: None,
        }
    }
}

/// A classifier's document; classes are called 0, 1 and so on there, in their
/// order here.
pub(crate) fn write_classifier(model: &FittedClassifier) -> Result<Vec<u8>, Error> {
    let classes = model.classes.len();
    let scale = Some(json!({"scale_pos_weight": "1"}));
    match classes {
        1 => Err(Error::Unsupported(
            "a model that knows one class has no form in XGBoost's JSON".into(),
        )),
        2 => {
            let objective = Objective {
                reg_loss_param: scale,
                ..Objective::named("binary:logistic")
            };
            write(&model.ensemble, model.features, objective, "5E-1", 0)
        }
        _ => {
            let objective = Objective {
                softmax_multiclass_param: Some(json!({"num_class": classes.to_string()})),
                ..Objective::named("multi:softprob")
            };
            write(&model.ensemble, model.features, objective, "0E0", classes)
        }
    }
}

/// A regressor's document.
pub(crate) fn write_regressor(model: &FittedRegressor) -> Result<Vec<u8>, Error> {
    let scale = Some(json!({"scale_pos_weight": "1"}));
    // With these the margin before the first tree is 0.
    let (objective, base) = match model.loss {
        Loss::Poisson => (
            Objective {
                poisson_regression_param: Some(json!({"max_delta_step": "7E-1"})),
                ..Objective::named("count:poisson")
            },
            "1E0",
        ),
        Loss::Gamma => (
            Objective {
                reg_loss_param: scale,
                ..Objective::named("reg:gamma")
            },
            "1E0",
        ),
        Loss::AbsoluteError => (Objective::named("reg:absoluteerror"), "0E0"),
        Loss::Quantile(level) => (
            Objective {
                quantile_loss_param: Some(json!({"quantile_alpha": format!("[{level}]")})),
                ..Objective::named("reg:quantileerror")
            },
            "0E0",
        ),
        _ => (
            Objective {
                reg_loss_param: scale,
                ..Objective::named("reg:squarederror")
            },
            "0E0",
        ),
    };
    write(&model.ensemble, model.features, objective, base, 0)
}

fn write(
    ensemble: &Ensemble,
    features: u32,
    objective: Objective,
    base_score: &str,
    num_class: usize,
) -> Result<Vec<u8>, Error> {
    let (mut trees, mut tree_info) = (Vec::new(), Vec::new());
    let mut categorical = vec![false; features as usize];
    for (i, iteration) in ensemble.iterations.iter().enumerate() {
        for (k, tree) in iteration.iter().enumerate() {
            let added = if i == 0 { ensemble.baseline[k] } else { 0.0 };
            let id = trees.len() as u32;
            trees.push(flat(tree, ensemble, id, features, added)?);
            tree_info.push(k as u32);
            for split in tree.nodes.iter().filter_map(|node| node.split.as_ref()) {
                if !matches!(split.test, Decision::UpTo(_)) {
                    categorical[split.feature as usize] = true;
                }
            }
        }
    }
    // Without categories a matrix of any types will do.
    let types = match categorical.contains(&true) {
        true => categorical
            .iter()
            .map(|c| if *c { "c" } else { "float" }.into())
            .collect(),
        false => Vec::new(),
    };
    let an_iteration = ensemble.baseline.len() as u32;
    let document = Document {
        learner: Learner {
            attributes: serde_json::Map::new(),
            feature_names: Vec::new(),
            feature_types: types,
            gradient_booster: Booster {
                name: "gbtree".into(),
                model: Some(Trees {
                    gbtree_model_param: json!({
                        "num_parallel_tree": "1",
                        "num_trees": trees.len().to_string(),
                    }),
                    iteration_indptr: (0..=ensemble.iterations.len() as u32)
                        .map(|i| i * an_iteration)
                        .collect(),
                    tree_info,
                    trees,
                }),
            },
            learner_model_param: LearnerParam {
                base_score: base_score.into(),
                num_class: num_class.to_string(),
                num_feature: features.to_string(),
                num_target: "1".into(),
            },
            objective,
        },
        version: vec![2, 0, 0],
    };
    serde_json::to_vec(&document)
        .map_err(|error| Error::Other(format!("the model cannot be written: {error}")))
}

fn flat(
    tree: &Tree,
    ensemble: &Ensemble,
    id: u32,
    features: u32,
    added: f64,
) -> Result<Flat, Error> {
    let n = tree.nodes.len();
    let mut flat = Flat {
        id,
        parents: vec![NO_PARENT],
        tree_param: TreeParam {
            num_deleted: "0".into(),
            num_feature: features.to_string(),
            num_nodes: n.to_string(),
            size_leaf_vector: "1".into(),
        },
        ..Flat::default()
    };
    // Siblings stand next to each other, which XGBoost relies on.
    let mut order = vec![0];
    while let Some(at) = order.get(flat.left_children.len()).copied() {
        let place = flat.left_children.len();
        let node = &tree.nodes[at];
        flat.sum_hessian.push(node.rows as f32);
        flat.base_weights.push(single(node.value)?);
        let Some(split) = &node.split else {
            flat.split_conditions.push(single(node.value + added)?);
            flat.left_children.push(-1);
            flat.right_children.push(-1);
            flat.split_indices.push(0);
            flat.default_left.push(Flag::Number(0));
            flat.split_type.push(0);
            flat.loss_changes.push(0.0);
            continue;
        };
        let right: Option<Vec<u32>> = match &split.test {
            Decision::UpTo(_) => None,
            Decision::NotIn(set) => Some(members(set).collect()),
            Decision::In(set) => Some(others(ensemble, split.feature, set)?),
        };
        if let Some(right) = &right {
            flat.categories_nodes.push(place as u32);
            flat.categories_segments.push(flat.categories.len() as u32);
            flat.categories_sizes.push(right.len() as u32);
            flat.categories.extend(right);
        }
        flat.split_conditions.push(match split.test {
            Decision::UpTo(threshold) => to_single(threshold),
            _ => 0.0,
        });
        flat.split_type.push(u8::from(right.is_some()));
        let left = order.len();
        flat.left_children.push(left as i32);
        flat.right_children.push(left as i32 + 1);
        if left + 2 > n {
            return Err(Error::Other("a tree's nodes are not a tree".into()));
        }
        order.extend([at + 1, split.right as usize]);
        flat.parents.extend([place as i32; 2]);
        flat.split_indices.push(split.feature);
        flat.default_left
            .push(Flag::Number(split.missing_left.into()));
        flat.loss_changes
            .push(split.gain.min(f64::from(f32::MAX)) as f32);
    }
    Ok(flat)
}

/// The categories of a set.
fn members(set: &[u32]) -> impl Iterator<Item = u32> {
    (0..set.len() as u32 * 32).filter(|c| set[(c / 32) as usize] >> (c % 32) & 1 == 1)
}

/// The categories of a column that are not in a set of places.
fn others(ensemble: &Ensemble, feature: u32, set: &[u32]) -> Result<Vec<u32>, Error> {
    let categories = ensemble
        .encoders
        .categories(feature as usize)
        .unwrap_or_default();
    let left: Vec<u32> = members(set).collect();
    let right = categories
        .iter()
        .enumerate()
        .filter(|(place, _)| !left.contains(&(*place as u32)));
    right
        .map(|(_, category)| {
            let whole = *category >= 0.0 && category.trunc() == *category;
            match whole && *category < MOST_CATEGORIES {
                true => Ok(*category as u32),
                false => Err(Error::Unsupported(format!(
                    "column {feature} has a category {category}; XGBoost's JSON has whole \
                     numbers from 0 alone"
                ))),
            }
        })
        .collect()
}

/// In single precision, which JSON must be able to hold.
fn single(value: f64) -> Result<f32, Error> {
    let single = value as f32;
    match single.is_finite() {
        true => Ok(single),
        false => Err(Error::Unsupported(format!(
            "a leaf answers {value}, which is no single precision number"
        ))),
    }
}
