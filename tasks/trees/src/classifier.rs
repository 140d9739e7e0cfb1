//! `DecisionTreeClassifier`: its description and its glue.
//!
//! Candidates that differ in `max_depth` share one tree: a shallower one is
//! the deepest one cut off. That holds as long as no split that stays was one
//! of several equal ones, between which the draws decide: there the shallower
//! one would have drawn otherwise. It does not hold where columns are drawn
//! and with `max_leaf_nodes`, nor with weights, whose sums differ in the last
//! bits with the order of rows, which is drawn too. There each grows its own.

use pleat_guest::{
    Error, Estimator, Fit, Info, Model, Outputs, Params, Prediction, Rows, Value, decode,
    domain::*, encode,
};
use serde::{Deserialize, Serialize};

use crate::classes::{ByClass, Mixture};
use crate::fit::{Prepared, single_precision};
use crate::grow::Grown;
use crate::settings::Settings;
use crate::tree::Tree;

const NAME: &str = "DecisionTreeClassifier";

/// scikit-learn's `DecisionTreeClassifier`.
#[derive(Clone, PartialEq)]
pub struct DecisionTreeClassifier {
    mixture: Mixture,
    balanced: bool,
    settings: Settings,
}

/// A fitted [`DecisionTreeClassifier`].
#[derive(Serialize, Deserialize)]
pub struct FittedClassifier {
    classes: Vec<u32>,
    tree: Tree,
}

/// The deepest tree any candidate of a fitting asked for, and the candidate
/// it grew for.
#[derive(Default)]
pub struct Deepest(Option<(DecisionTreeClassifier, Grown)>);

impl Estimator for DecisionTreeClassifier {
    type Model = FittedClassifier;
    type Shared = Deepest;

    fn info() -> Info {
        let info = Info::classifier(
            NAME,
            "A tree of thresholds; each leaf answers with the shares of its rows.",
        )
        .param(
            "criterion",
            "gini",
            words(["gini", "entropy", "log_loss"]),
            "How mixed a node is; entropy and log_loss are the same.",
        );
        Settings::describe(info)
            .param(
                "class_weight",
                (),
                none().or(words(["balanced"])),
                "With balanced, rows weigh more the rarer their class is.",
            )
            .probabilities()
            .weights()
            .missing()
            .shares(&["max_depth"])
    }

    fn new(params: &Params) -> Result<Self, Error> {
        Ok(DecisionTreeClassifier {
            mixture: params.choice(
                "criterion",
                &[
                    ("gini", Mixture::Gini),
                    ("entropy", Mixture::Entropy),
                    ("log_loss", Mixture::Entropy),
                ],
            )?,
            balanced: !matches!(params.value("class_weight")?, Value::None),
            settings: Settings::new(NAME, params)?,
        })
    }

    fn fit(&self, train: &Rows<'_>, fit: &mut Fit<'_, Self>) -> Result<FittedClassifier, Error> {
        let weighted = self.balanced || train.dataset().weights().is_some();
        let tree = if weighted || !self.settings.nests(train.n_columns()) {
            self.grow(train)?.tree
        } else {
            self.cut(train, fit)?
        };
        Ok(FittedClassifier {
            classes: train.classes(),
            tree: match self.settings.ccp_alpha() {
                Some(alpha) => tree.pruned(alpha),
                None => tree,
            },
        })
    }
}

impl DecisionTreeClassifier {
    /// The tree out of the deepest one of all siblings, if it is in there.
    fn cut(&self, train: &Rows<'_>, fit: &mut Fit<'_, Self>) -> Result<Tree, Error> {
        let alike = |e: &&Self| e.at_depth(None) == self.at_depth(None);
        let deep = |e: &Self| e.settings.max_depth.unwrap_or(u32::MAX);
        let enough = |(e, _): &&(Self, Grown)| alike(&e) && deep(e) >= deep(self);
        let (most, deepest) = match fit.shared.0.take().filter(|kept| enough(&kept)) {
            Some(kept) => kept,
            None => {
                let depths = fit.siblings.iter().filter(alike).map(deep);
                let most = self.at_depth(Some(depths.fold(deep(self), u32::max)));
                let deepest = most.grow(train)?;
                (most, deepest)
            }
        };
        let depth = deep(self);
        // Where it would have ended anyway, or above the first draw.
        let whole = depth == deep(&most) || depth > deepest.tree.depth();
        let tree = if whole {
            deepest.tree.clone()
        } else if depth <= deepest.certain {
            deepest.tree.cut(depth)
        } else {
            self.grow(train)?.tree
        };
        fit.shared.0 = Some((most, deepest));
        Ok(tree)
    }

    fn at_depth(&self, max_depth: Option<u32>) -> Self {
        DecisionTreeClassifier {
            settings: self.settings.at_depth(max_depth),
            ..self.clone()
        }
    }

    fn grow(&self, train: &Rows<'_>) -> Result<Grown, Error> {
        let (data, classes) = (train.dataset(), train.classes());
        let mut place = vec![0; data.n_classes()];
        for (i, class) in (0u32..).zip(&classes) {
            place[*class as usize] = i;
        }
        let codes: Vec<u32> = data
            .codes()
            .iter()
            .map(|code| place[*code as usize])
            .collect();
        let mut weights = data.weights().map(<[f64]>::to_vec);
        if self.balanced {
            let factors = balance(train, classes.len());
            let given = weights.unwrap_or_else(|| vec![1.0; data.n_rows()]);
            let factor = |code: &u32| factors[*code as usize];
            weights = Some(
                given
                    .iter()
                    .zip(&codes)
                    .map(|(w, c)| w * factor(c))
                    .collect(),
            );
        }
        let prepared = Prepared::new(NAME, train, weights)?;
        let weights = prepared.weights.as_deref();
        let criterion = ByClass::new(self.mixture, &codes, classes.len(), weights);
        Ok(prepared.grow(&self.settings, criterion, classes.len()))
    }
}

/// What a row of each class weighs so that all classes weigh the same; rows
/// count as one here whatever they weigh.
fn balance(train: &Rows<'_>, n_classes: usize) -> Vec<f64> {
    let mut counts = vec![0.0; n_classes];
    for place in train.places() {
        counts[place] += 1.0;
    }
    let rows = train.len() as f64;
    counts
        .iter()
        .map(|count| rows / (n_classes as f64 * count))
        .collect()
}

impl Model for FittedClassifier {
    fn classes(&self) -> &[u32] {
        &self.classes
    }

    fn predict(&self, rows: &Rows<'_>, _: Outputs) -> Result<Prediction, Error> {
        single_precision(rows)?;
        let probabilities = self.tree.predict(&rows.column_major(), rows.len());
        Ok(Prediction::probable(&self.classes, probabilities))
    }

    fn save(&self) -> Result<Vec<u8>, Error> {
        encode(self)
    }

    fn load(bytes: &[u8]) -> Result<Self, Error> {
        decode(bytes)
    }
}
