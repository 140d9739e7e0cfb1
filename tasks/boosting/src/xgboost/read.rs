//! From XGBoost's JSON to an ensemble.

use std::rc::Rc;

use pleat_guest::Error;
use pleat_num::math::ln;

use super::threshold::from_single;
use super::{Document, Flat};
use crate::classifier::FittedClassifier;
use crate::loss::Loss;
use crate::model::Ensemble;
use crate::regressor::FittedRegressor;
use crate::tree::{Decision, Node, Split, Tree};

/// Categories beyond this are not read: a node has a bit for each.
const MOST_CATEGORIES: u32 = 1 << 24;

fn refuse<T>(what: impl std::fmt::Display) -> Result<T, Error> {
    Err(Error::InvalidData(format!(
        "this is no model in XGBoost's JSON that can be read: {what}"
    )))
}

/// A model with one or more trees an iteration.
struct Model {
    objective: String,
    features: usize,
    classes: usize,
    /// As it stands: a margin where classes are several, else an answer.
    base: Vec<f64>,
    trees: Vec<(usize, Tree)>,
}

fn read(bytes: &[u8]) -> Result<Model, Error> {
    let document: Document = match serde_json::from_slice(bytes) {
        Ok(document) => document,
        Err(error) => return refuse(error),
    };
    let learner = document.learner;
    let booster = learner.gradient_booster;
    let model = match (booster.name.as_str(), booster.model) {
        ("gbtree", Some(model)) => model,
        (name, _) => return refuse(format!("its booster is '{name}', not 'gbtree'")),
    };
    let param = learner.learner_model_param;
    let number = |word: &str| word.trim().parse::<usize>().ok();
    let Some(features) = number(&param.num_feature) else {
        return refuse("num_feature is no number");
    };
    if number(&param.num_target).unwrap_or(1) > 1 {
        return refuse("it has more than one target");
    }
    let inner = param
        .base_score
        .trim()
        .trim_start_matches('[')
        .trim_end_matches(']');
    let base: Option<Vec<f64>> = inner
        .split(',')
        .map(|number| number.trim().parse::<f32>().ok().map(f64::from))
        .collect();
    let Some(base) = base else {
        return refuse(format!("base_score is '{}'", param.base_score));
    };
    if model.tree_info.len() != model.trees.len() {
        return refuse("tree_info does not name a class for each tree");
    }
    let trees = model.tree_info.iter().zip(&model.trees);
    let trees: Result<Vec<(usize, Tree)>, Error> = trees
        .map(|(class, flat)| Ok((*class as usize, tree(flat, features)?)))
        .collect();
    Ok(Model {
        objective: learner.objective.name,
        features,
        classes: number(&param.num_class).unwrap_or(0),
        base,
        trees: trees?,
    })
}

/// A tree, its nodes in our order.
fn tree(flat: &Flat, features: usize) -> Result<Tree, Error> {
    let n = flat.left_children.len();
    let lengths = [
        flat.right_children.len(),
        flat.split_conditions.len(),
        flat.split_indices.len(),
        flat.default_left.len(),
    ];
    if n == 0 || lengths.iter().any(|length| *length != n) {
        return refuse("the lists of a tree have different lengths");
    }
    if !matches!(flat.tree_param.size_leaf_vector.trim(), "" | "0" | "1") {
        return refuse("its leaves have several numbers");
    }
    let mut tree = Tree::default();
    let mut due = vec![(0_usize, None)];
    while let Some((at, parent)) = due.pop() {
        let place = tree.nodes.len();
        if at >= n || place >= n {
            return refuse("a tree's nodes are not a tree");
        }
        if let Some(parent) = parent {
            let parent: &mut Node = &mut tree.nodes[parent];
            if let Some(split) = &mut parent.split {
                split.right = place as u32;
            }
        }
        let condition = flat.split_conditions[at];
        let of = |list: &[f32]| list.get(at).copied().unwrap_or(0.0);
        let mut node = Node {
            value: f64::from(condition),
            rows: of(&flat.sum_hessian) as u32,
            split: None,
        };
        if flat.left_children[at] != -1 {
            let feature = flat.split_indices[at];
            if feature as usize >= features {
                return refuse(format!("column {feature} of {features} is asked for"));
            }
            node.value = f64::from(of(&flat.base_weights));
            node.split = Some(Split {
                feature,
                test: match flat.split_type.get(at) {
                    Some(1) => Decision::NotIn(categories(flat, at)?),
                    _ => Decision::UpTo(from_single(condition)),
                },
                missing_left: flat.default_left[at].is_set(),
                right: 0,
                gain: f64::from(of(&flat.loss_changes)),
            });
            // What is negative is beyond all nodes.
            let child = |child: i32| usize::try_from(child).unwrap_or(n);
            due.push((child(flat.right_children[at]), Some(place)));
            due.push((child(flat.left_children[at]), None));
        }
        tree.nodes.push(node);
    }
    Ok(tree)
}

/// The categories that go right at a node, a bit each.
fn categories(flat: &Flat, at: usize) -> Result<Vec<u32>, Error> {
    let place = flat
        .categories_nodes
        .iter()
        .position(|node| *node as usize == at);
    let listed = place.and_then(|place| {
        let from = *flat.categories_segments.get(place)? as usize;
        let size = *flat.categories_sizes.get(place)? as usize;
        flat.categories.get(from..from.checked_add(size)?)
    });
    let Some(listed) = listed else {
        return refuse("a node's categories are missing");
    };
    let mut set = Vec::new();
    for category in listed {
        if *category >= MOST_CATEGORIES {
            return refuse(format!("there is a category {category}"));
        }
        let word = (category / 32) as usize;
        if set.len() <= word {
            set.resize(word + 1, 0);
        }
        set[word] |= 1 << (category % 32);
    }
    Ok(set)
}

impl Model {
    /// Trees by class: one of each class an iteration.
    fn ensemble(self, classes: usize, margin: impl Fn(f64) -> f64) -> Result<Ensemble, Error> {
        let mut by_class: Vec<Vec<Tree>> = vec![Vec::new(); classes];
        for (class, tree) in self.trees {
            match by_class.get_mut(class) {
                Some(trees) => trees.push(tree),
                None => return refuse(format!("a tree is for class {class} of {classes}")),
            }
        }
        let length = by_class[0].len();
        if by_class.iter().any(|trees| trees.len() != length) {
            return refuse("classes have different numbers of trees");
        }
        let baseline: Vec<f64> = match self.base.len() {
            1 => vec![margin(self.base[0]); classes],
            n if n == classes => self.base.iter().map(|base| margin(*base)).collect(),
            n => return refuse(format!("base_score has {n} numbers for {classes} classes")),
        };
        if baseline.iter().any(|margin| !margin.is_finite()) {
            return refuse("base_score is beyond what the objective allows");
        }
        let mut columns: Vec<_> = by_class.into_iter().map(Vec::into_iter).collect();
        let iterations = (0..length)
            .map(|_| Rc::new(columns.iter_mut().filter_map(Iterator::next).collect()))
            .collect();
        Ok(Ensemble::read(baseline, iterations))
    }
}

/// A classifier, and how many features it takes. Classes are 0, 1 and so on.
pub(crate) fn read_classifier(bytes: &[u8]) -> Result<(FittedClassifier, usize), Error> {
    let model = read(bytes)?;
    let features = model.features;
    let (classes, ensemble) = match (model.objective.as_str(), model.classes) {
        ("binary:logistic", _) => (2, model.ensemble(1, |p| -ln(1.0 / p - 1.0))?),
        ("multi:softprob" | "multi:softmax", classes @ 2..) => {
            (classes, model.ensemble(classes, |margin| margin)?)
        }
        (objective, _) => {
            return refuse(format!(
                "its objective is '{objective}'; a classifier's is binary:logistic, \
                 multi:softprob or multi:softmax"
            ));
        }
    };
    let ensemble = match ensemble.baseline.len() {
        2 => difference(ensemble),
        _ => ensemble,
    };
    let fitted = FittedClassifier {
        classes: (0..classes as u32).collect(),
        features: features as u32,
        ensemble,
    };
    Ok((fitted, features))
}

/// Of two classes' raw predictions, what the second has more.
fn difference(ensemble: Ensemble) -> Ensemble {
    let mut iterations = Vec::new();
    for trees in &ensemble.iterations {
        for (tree, sign) in trees.iter().zip([-1.0, 1.0]) {
            let mut tree = tree.clone();
            tree.nodes.iter_mut().for_each(|node| node.value *= sign);
            iterations.push(Rc::new(vec![tree]));
        }
    }
    let baseline = ensemble.baseline[1] - ensemble.baseline[0];
    Ensemble::read(vec![baseline], iterations)
}

/// A regressor, and how many features it takes.
pub(crate) fn read_regressor(bytes: &[u8]) -> Result<(FittedRegressor, usize), Error> {
    let model = read(bytes)?;
    let features = model.features;
    let loss = match model.objective.as_str() {
        "reg:squarederror" | "reg:linear" | "reg:pseudohubererror" | "reg:squaredlogerror" => {
            Loss::SquaredError
        }
        "reg:absoluteerror" | "reg:quantileerror" => Loss::AbsoluteError,
        "count:poisson" => Loss::Poisson,
        "reg:gamma" | "reg:tweedie" => Loss::Gamma,
        objective => {
            return refuse(format!(
                "its objective is '{objective}'; a regressor's is reg:squarederror, \
                 reg:absoluteerror, reg:quantileerror, reg:pseudohubererror, \
                 reg:squaredlogerror, count:poisson, reg:gamma or reg:tweedie"
            ));
        }
    };
    let log = matches!(loss, Loss::Poisson | Loss::Gamma);
    let ensemble = model.ensemble(1, |base| if log { ln(base) } else { base })?;
    let fitted = FittedRegressor {
        loss,
        features: features as u32,
        ensemble,
    };
    Ok((fitted, features))
}
