//! smartcore's random forests.

use std::ops::Bound::{Excluded, Included};

use pleat_guest::{
    Error, Estimator, Fit, Info, Model, Outputs, Params, Prediction, Rows, Value, decode,
    domain::*, encode,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use smartcore::ensemble::random_forest_classifier::{
    RandomForestClassifier as Classifier, RandomForestClassifierParameters,
};
use smartcore::ensemble::random_forest_regressor::{
    RandomForestRegressor as Regressor, RandomForestRegressorParameters,
};

use crate::{Matrix, matrix, refusal};

/// scikit-learn's `RandomForestClassifier`, by smartcore.
pub struct RandomForestClassifier(Settings);

/// scikit-learn's `RandomForestRegressor`, by smartcore.
pub struct RandomForestRegressor(Settings);

/// A fitted forest of either kind.
#[derive(Serialize, Deserialize)]
pub struct FittedForest<F> {
    /// Empty for the regressor.
    classes: Vec<u32>,
    forest: F,
}

type ClassifierForest = Classifier<f64, u32, Matrix, Vec<u32>>;
type RegressorForest = Regressor<f64, f64, Matrix, Vec<f64>>;

/// The parameters both take.
struct Settings {
    n_estimators: u16,
    max_depth: Option<u16>,
    min_samples_split: u32,
    min_samples_leaf: u32,
    max_features: MaxFeatures,
    random_state: Option<u32>,
}

/// How many columns are drawn at each node.
#[derive(Clone, Copy)]
enum MaxFeatures {
    All,
    Sqrt,
    Log2,
    Columns(usize),
    Share(f64),
}

/// smartcore keeps the number of trees and the depth, one more than
/// scikit-learn's, in 16 bits.
const MOST: i64 = u16::MAX as i64 - 1;

fn describe(info: Info, max_features: impl Into<Value>) -> Info {
    let share = numbers((Excluded(0.0), Included(1.0)));
    let u32s = |least| integers(least..=i64::from(u32::MAX));
    info.param(
        "n_estimators",
        100i64,
        integers(1..=MOST),
        "How many trees.",
    )
    .param(
        "max_depth",
        (),
        none().or(integers(1..=MOST)),
        "No node lies deeper.",
    )
    .param(
        "min_samples_split",
        2i64,
        u32s(2),
        "A node of fewer rows is not split.",
    )
    .param("min_samples_leaf", 1i64, u32s(1), "No node has fewer rows.")
    .param(
        "max_features",
        max_features,
        none().or(words(["sqrt", "log2"])).or(u32s(1)).or(share),
        "How many columns are drawn at each node, or what share of them; all if None.",
    )
    .param(
        "random_state",
        0i64,
        none().or(u32s(0)),
        "What all draws start from; None is 0, as nothing here is left to chance.",
    )
}

impl Settings {
    fn new(params: &Params) -> Result<Self, Error> {
        let narrow = |n: i64| u16::try_from(n).unwrap_or(u16::MAX);
        Ok(Settings {
            n_estimators: narrow(params.get("n_estimators")?),
            // The root is at depth 1 in smartcore, at 0 in scikit-learn.
            max_depth: params
                .get::<Option<i64>>("max_depth")?
                .map(|depth| narrow(depth) + 1),
            min_samples_split: params.get("min_samples_split")?,
            min_samples_leaf: params.get("min_samples_leaf")?,
            max_features: match params.value("max_features")? {
                Value::None => MaxFeatures::All,
                Value::Text(word) if word == "log2" => MaxFeatures::Log2,
                Value::Text(_) => MaxFeatures::Sqrt,
                Value::Number(share) => MaxFeatures::Share(*share),
                _ => MaxFeatures::Columns(params.get("max_features")?),
            },
            random_state: params.get("random_state")?,
        })
    }

    fn seed(&self) -> u64 {
        u64::from(self.random_state.unwrap_or(0))
    }
}

impl MaxFeatures {
    fn of(self, columns: usize) -> usize {
        match self {
            MaxFeatures::All => columns,
            MaxFeatures::Sqrt => columns.isqrt().max(1),
            MaxFeatures::Log2 => (columns.max(1).ilog2() as usize).max(1),
            MaxFeatures::Columns(n) => n.min(columns),
            MaxFeatures::Share(share) => ((share * columns as f64) as usize).max(1),
        }
    }
}

impl Estimator for RandomForestClassifier {
    type Model = FittedForest<ClassifierForest>;
    type Shared = ();

    fn info() -> Info {
        let doc = "A random forest by the crate smartcore: the majority of its trees decides, without probabilities.";
        describe(Info::classifier("RandomForestClassifier", doc), "sqrt")
    }

    fn new(params: &Params) -> Result<Self, Error> {
        Settings::new(params).map(Self)
    }

    fn fit(&self, train: &Rows<'_>, _: &mut Fit<'_, Self>) -> Result<Self::Model, Error> {
        let classes = train.classes();
        if let [only] = classes[..] {
            return Err(Error::InvalidData(format!(
                "RandomForestClassifier needs rows of at least two classes; all are of class {only}."
            )));
        }
        let Self(settings) = self;
        let mut parameters = RandomForestClassifierParameters::default()
            .with_n_trees(settings.n_estimators)
            .with_min_samples_split(settings.min_samples_split as usize)
            .with_min_samples_leaf(settings.min_samples_leaf as usize)
            .with_m(settings.max_features.of(train.n_columns()))
            .with_seed(settings.seed());
        parameters.max_depth = settings.max_depth;
        let forest =
            Classifier::fit(&matrix(train)?, &train.codes(), parameters).map_err(refusal)?;
        Ok(FittedForest { classes, forest })
    }
}

impl Estimator for RandomForestRegressor {
    type Model = FittedForest<RegressorForest>;
    type Shared = ();

    fn info() -> Info {
        let doc = "A random forest by the crate smartcore: the mean of its trees.";
        describe(Info::regressor("RandomForestRegressor", doc), 1.0)
    }

    fn new(params: &Params) -> Result<Self, Error> {
        Settings::new(params).map(Self)
    }

    fn fit(&self, train: &Rows<'_>, _: &mut Fit<'_, Self>) -> Result<Self::Model, Error> {
        let Self(settings) = self;
        let mut parameters = RandomForestRegressorParameters::default()
            .with_n_trees(usize::from(settings.n_estimators))
            .with_min_samples_split(settings.min_samples_split as usize)
            .with_min_samples_leaf(settings.min_samples_leaf as usize)
            .with_m(settings.max_features.of(train.n_columns()))
            .with_seed(settings.seed());
        parameters.max_depth = settings.max_depth;
        let forest =
            Regressor::fit(&matrix(train)?, &train.numbers(), parameters).map_err(refusal)?;
        Ok(FittedForest {
            classes: Vec::new(),
            forest,
        })
    }
}

/// The answers of smartcore's two kinds of forest.
pub trait Answers: Serialize + DeserializeOwned + 'static {
    /// A prediction for each row.
    fn answers(&self, rows: &Rows<'_>) -> Result<Prediction, Error>;
}

impl Answers for ClassifierForest {
    fn answers(&self, rows: &Rows<'_>) -> Result<Prediction, Error> {
        self.predict(&matrix(rows)?)
            .map(Prediction::classes)
            .map_err(refusal)
    }
}

impl Answers for RegressorForest {
    fn answers(&self, rows: &Rows<'_>) -> Result<Prediction, Error> {
        self.predict(&matrix(rows)?)
            .map(Prediction::numbers)
            .map_err(refusal)
    }
}

impl<F: Answers> Model for FittedForest<F> {
    fn classes(&self) -> &[u32] {
        &self.classes
    }

    fn predict(&self, rows: &Rows<'_>, _: Outputs) -> Result<Prediction, Error> {
        self.forest.answers(rows)
    }

    fn save(&self) -> Result<Vec<u8>, Error> {
        encode(self)
    }

    fn load(bytes: &[u8]) -> Result<Self, Error> {
        decode(bytes)
    }
}
