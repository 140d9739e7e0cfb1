//! `DecisionTreeClassifier`: its description and its glue.
//!
//! Candidates that differ in `max_depth` share one tree: a shallower one is
//! the deepest one cut off. That holds as long as no split that stays was one
//! of several equal ones, between which the draws decide: there the shallower
//! one would have drawn otherwise. It does not hold where columns are drawn
//! and with `max_leaf_nodes`, nor with weights, whose sums differ in the last
//! bits with the order of rows, which is drawn too. There each grows its own.

use pleat_guest::{
    Attribute, Error, Estimator, Fit, Info, Model, Outputs, Params, Prediction, Rows, Value,
    decode, domain::*, encode,
};
use serde::{Deserialize, Serialize};

use crate::classes::Mixture;
use crate::criteria::{describe_mixture, mixture};
use crate::fit::{Ground, balance, class_counts, single_precision};
use crate::grow::Grown;
use crate::settings::Settings;
use crate::tree::Tree;

const NAME: &str = "DecisionTreeClassifier";

/// What a single tree's `random_state` is for.
pub(crate) const DRAWS: &str =
    "What the draws start from, of columns and of which of equal splits wins; None is 0.";

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
    columns: u32,
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
        );
        let info = Settings::describe_splitter(describe_mixture(info));
        let info = Settings::describe_size(info, ());
        let info = Settings::describe_draws(info, DRAWS);
        let info = Settings::describe_end(info).param(
            "class_weight",
            (),
            none().or(words(["balanced"])),
            "With balanced, rows weigh more the rarer their class is.",
        );
        let info = Settings::describe_pruning(info);
        Settings::describe_directions(info)
            .probabilities()
            .weights()
            .missing()
            .shares(&["max_depth"])
    }

    fn new(params: &Params) -> Result<Self, Error> {
        Ok(DecisionTreeClassifier {
            mixture: mixture(params)?,
            balanced: !matches!(params.value("class_weight")?, Value::None),
            settings: Settings::new(
                NAME,
                params,
                params.choice("splitter", &[("best", false), ("random", true)])?,
            )?,
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
            columns: train.n_columns() as u32,
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
        let n = train.classes().len();
        let codes: Vec<u32> = train.places().iter().map(|place| *place as u32).collect();
        let mut weights = train.weights();
        if self.balanced {
            // Rows count as one here whatever they weigh.
            let factors = balance(&class_counts(&codes, n, |_| 1.0));
            let given = weights.unwrap_or_else(|| vec![1.0; codes.len()]);
            let rows = given.iter().zip(&codes);
            weights = Some(rows.map(|(w, code)| w * factors[*code as usize]).collect());
        }
        let ground = Ground::new(NAME, train, self.settings.random())?;
        let settings = self.settings.for_rows(train.n_columns(), n)?;
        let seed = settings.seed();
        ground.classes(
            self.mixture,
            (&codes, n),
            weights.as_deref(),
            &settings,
            seed,
        )
    }
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

    fn attributes(&self) -> Vec<Attribute> {
        let columns = self.columns as usize;
        vec![Attribute::vector(
            "feature_importances_",
            self.tree.importances(columns),
        )]
    }

    fn save(&self) -> Result<Vec<u8>, Error> {
        encode(self)
    }

    fn load(bytes: &[u8]) -> Result<Self, Error> {
        decode(bytes)
    }
}
