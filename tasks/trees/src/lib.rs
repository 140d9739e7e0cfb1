//! Decision trees for Pleat: the estimator's description and its glue.
//! [`grow`] grows a tree over [`sorted`] columns by a [`criterion`], [`tree`]
//! is what grew; none of them knows anything of the SDK.
//!
//! Candidates that differ in `max_depth` share one tree: a shallower one is
//! the deepest one cut off. That holds as long as the splits of one node do
//! not depend on how many nodes came before, so not where columns are drawn
//! at random and not with `max_leaf_nodes`; there each grows its own.

pub mod criterion;
pub mod grow;
pub mod sorted;
pub mod tree;

use pleat_guest::{
    Error, Estimator, Fit, Info, Model, Outputs, Params, Prediction, Rows, Value, decode,
    domain::*, encode,
};
use serde::{Deserialize, Serialize};
use std::ops::Bound::{Excluded, Included};

use criterion::Criterion;
use grow::{Rules, Training};
use sorted::Order;
use tree::Tree;

/// scikit-learn's `DecisionTreeClassifier`.
#[derive(Clone, PartialEq)]
pub struct DecisionTreeClassifier {
    criterion: Criterion,
    max_depth: Option<u32>,
    min_samples_split: Count,
    min_samples_leaf: Count,
    max_features: MaxFeatures,
    max_leaf_nodes: Option<usize>,
    min_impurity_decrease: f64,
    random_state: Option<u32>,
}

/// A number of rows, or a share of all.
#[derive(Clone, Copy, PartialEq)]
enum Count {
    Rows(usize),
    Share(f64),
}

/// How many columns are drawn at each node.
#[derive(Clone, Copy, PartialEq)]
enum MaxFeatures {
    All,
    Sqrt,
    Log2,
    Columns(usize),
    Share(f64),
}

/// A fitted [`DecisionTreeClassifier`].
#[derive(Serialize, Deserialize)]
pub struct FittedTree {
    classes: Vec<u32>,
    tree: Tree,
}

/// The deepest tree any candidate of a fitting asked for, and the candidate
/// it grew for.
#[derive(Default)]
pub struct Deepest(Option<(DecisionTreeClassifier, Tree)>);

impl Estimator for DecisionTreeClassifier {
    type Model = FittedTree;
    type Shared = Deepest;

    fn info() -> Info {
        let share = |end| numbers((Excluded(0.0), end));
        Info::classifier(
            "DecisionTreeClassifier",
            "A tree of thresholds. Of equally good splits the lowest column wins (scikit-learn draws lots).",
        )
        .param(
            "criterion",
            "gini",
            words(["gini", "entropy", "log_loss"]),
            "How mixed a node is; entropy and log_loss are the same.",
        )
        .param("max_depth", (), none().or(integers(1..=i64::from(u32::MAX))), "No node lies deeper.")
        .param(
            "min_samples_split",
            2i64,
            integers(2..).or(share(Included(1.0))),
            "A node of fewer rows, or of a smaller share of all, is not split.",
        )
        .param(
            "min_samples_leaf",
            1i64,
            integers(1..).or(share(Excluded(1.0))),
            "No node has fewer rows, or a smaller share of all.",
        )
        .param(
            "max_features",
            (),
            none().or(words(["sqrt", "log2"])).or(integers(1..)).or(share(Included(1.0))),
            "How many columns are drawn at each node, or what share of them; all if None.",
        )
        .param(
            "random_state",
            0i64,
            none().or(integers(0..=i64::from(u32::MAX))),
            "What the draws of columns start from; None is 0, as nothing here is left to chance.",
        )
        .param(
            "max_leaf_nodes",
            (),
            none().or(integers(2..)),
            "The most promising nodes are split first, until there are so many leaves.",
        )
        .param(
            "min_impurity_decrease",
            0.0,
            at_least(0.0),
            "A split that lowers the impurity by less is not made.",
        )
        .probabilities()
        .weights()
        .shares(&["max_depth"])
    }

    fn new(params: &Params) -> Result<Self, Error> {
        Ok(DecisionTreeClassifier {
            criterion: params.choice(
                "criterion",
                &[
                    ("gini", Criterion::Gini),
                    ("entropy", Criterion::Entropy),
                    ("log_loss", Criterion::Entropy),
                ],
            )?,
            max_depth: params.get("max_depth")?,
            min_samples_split: Count::of(params, "min_samples_split", 2)?,
            min_samples_leaf: Count::of(params, "min_samples_leaf", 1)?,
            max_features: match params.value("max_features")? {
                Value::None => MaxFeatures::All,
                Value::Text(word) if word == "log2" => MaxFeatures::Log2,
                Value::Text(_) => MaxFeatures::Sqrt,
                Value::Number(share) => MaxFeatures::Share(*share),
                _ => MaxFeatures::Columns(params.get("max_features")?),
            },
            max_leaf_nodes: params.get("max_leaf_nodes")?,
            min_impurity_decrease: params.get("min_impurity_decrease")?,
            random_state: params.get("random_state")?,
        })
    }

    fn fit(&self, train: &Rows<'_>, fit: &mut Fit<'_, Self>) -> Result<FittedTree, Error> {
        let classes = train.classes();
        let max_features = self.max_features.of(train.n_columns());
        let can_cut = max_features >= train.n_columns() && self.max_leaf_nodes.is_none();
        if !can_cut {
            return Ok(FittedTree {
                tree: self.grow(train, &classes)?,
                classes,
            });
        }
        let unlimited = |e: &Self| DecisionTreeClassifier {
            max_depth: None,
            ..e.clone()
        };
        let alike = |e: &&Self| unlimited(e) == unlimited(self);
        let deep = |e: &Self| e.max_depth.unwrap_or(u32::MAX);
        let enough = |(e, _): &&(Self, Tree)| alike(&e) && deep(e) >= deep(self);
        let deepest = match fit.shared.0.take().filter(|kept| enough(&kept)) {
            Some(kept) => kept,
            None => {
                let most = fit
                    .siblings
                    .iter()
                    .filter(alike)
                    .map(deep)
                    .fold(deep(self), u32::max);
                let most = DecisionTreeClassifier {
                    max_depth: Some(most),
                    ..self.clone()
                };
                let tree = most.grow(train, &classes)?;
                (most, tree)
            }
        };
        let tree = self
            .max_depth
            .map_or_else(|| deepest.1.clone(), |depth| deepest.1.cut(depth));
        fit.shared.0 = Some(deepest);
        Ok(FittedTree { classes, tree })
    }
}

impl DecisionTreeClassifier {
    fn grow(&self, train: &Rows<'_>, classes: &[u32]) -> Result<Tree, Error> {
        let data = train.dataset();
        single_precision(train)?;
        if train
            .weights()
            .is_some_and(|weights| weights.iter().all(|w| *w == 0.0))
        {
            let sentence = "DecisionTreeClassifier: the weights of all rows are 0.";
            return Err(Error::InvalidData(sentence.into()));
        }
        let mut times = vec![0; data.n_rows()];
        for row in train.indices() {
            // A row without weight counts nowhere, not even as a row of a leaf.
            let counts = data.weights().is_none_or(|w| w[*row as usize] != 0.0);
            times[*row as usize] += u32::from(counts);
        }
        let mut place = vec![0; data.n_classes()];
        for (i, class) in (0u32..).zip(classes) {
            place[*class as usize] = i;
        }
        let codes: Vec<u32> = data
            .codes()
            .iter()
            .map(|code| place[*code as usize])
            .collect();
        let order = data.cached("order", || Order::new(data.values(), data.n_rows()));
        let training = Training {
            times: &times,
            classes: &codes,
            n_classes: classes.len(),
            weights: data.weights(),
        };
        Ok(Tree::grow(
            &order,
            &training,
            &self.rules(train.len(), train.n_columns()),
        ))
    }

    fn rules(&self, rows: usize, columns: usize) -> Rules {
        let min_samples_leaf = self.min_samples_leaf.of_rows(rows, 1);
        Rules {
            criterion: self.criterion,
            max_depth: self.max_depth,
            min_samples_split: self.min_samples_split.of_rows(rows, 2),
            min_samples_leaf,
            max_features: self.max_features.of(columns),
            max_leaf_nodes: self.max_leaf_nodes,
            min_impurity_decrease: self.min_impurity_decrease,
            seed: self.random_state.unwrap_or(0),
        }
    }
}

/// Features are compared in single precision, so they must have one; the
/// sentence is scikit-learn's.
fn single_precision(rows: &Rows<'_>) -> Result<(), Error> {
    for c in 0..rows.n_columns() {
        let column = rows.dataset().column(c);
        if rows
            .indices()
            .iter()
            .any(|row| (column[*row as usize] as f32).is_infinite())
        {
            return Err(Error::InvalidData(format!(
                "Input X contains infinity or a value too large for dtype('float32') (column {c})."
            )));
        }
    }
    Ok(())
}

impl Count {
    /// A whole number is a count, even where the domain of the shares would
    /// have it: as in scikit-learn, 1 is one row and 1.0 is all of them.
    fn of(params: &Params, name: &str, least: i64) -> Result<Self, Error> {
        match params.value(name)? {
            Value::Number(share) => Ok(Count::Share(*share)),
            Value::Integer(n) if *n < least => Err(Error::InvalidParams(format!(
                "The '{name}' parameter of DecisionTreeClassifier must be an int in the range \
                 [{least}, inf) or a float in the range (0.0, 1.0]. Got {n} instead.",
            ))),
            _ => Ok(Count::Rows(params.get(name)?)),
        }
    }

    fn of_rows(self, rows: usize, least: usize) -> usize {
        match self {
            Count::Rows(n) => n,
            Count::Share(share) => least.max((share * rows as f64).ceil() as usize),
        }
    }
}

impl MaxFeatures {
    fn of(self, columns: usize) -> usize {
        match self {
            MaxFeatures::All => columns,
            MaxFeatures::Sqrt => columns.isqrt().max(1),
            MaxFeatures::Log2 => (columns.max(1).ilog2() as usize).max(1),
            MaxFeatures::Columns(n) => n,
            MaxFeatures::Share(share) => ((share * columns as f64) as usize).max(1),
        }
    }
}

impl Model for FittedTree {
    fn classes(&self) -> &[u32] {
        &self.classes
    }

    fn predict(&self, rows: &Rows<'_>, _: Outputs) -> Result<Prediction, Error> {
        single_precision(rows)?;
        let probabilities = self.tree.probabilities(&rows.column_major(), rows.len());
        Ok(Prediction::probable(&self.classes, probabilities))
    }

    fn save(&self) -> Result<Vec<u8>, Error> {
        encode(self)
    }

    fn load(bytes: &[u8]) -> Result<Self, Error> {
        decode(bytes)
    }
}

pleat_guest::export!(DecisionTreeClassifier);
