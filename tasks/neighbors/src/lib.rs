//! The nearest neighbours for Pleat: descriptions of the two estimators that
//! ask them, and what their candidates share; `NearestCentroid` is in
//! [`centroid`]. [`search`] finds the neighbours by a [`metric`] and [`vote`]
//! lets them vote; none of these knows anything of the SDK.
//!
//! Candidates that differ in `n_neighbors` and `weights` need the same search:
//! the first `k` of the `k_max` nearest are the `k` nearest. So the first
//! model of a fitting that predicts some rows searches for the most demanding
//! of its siblings, and the others read what it found.

pub mod centroid;
pub mod centroids;
mod fitted;
mod kept;
mod known;
mod long;
pub mod metric;
mod screen;
pub mod search;
mod searches;
pub mod vote;

use std::rc::Rc;

use pleat_guest::{Error, Estimator, Fit, Info, Params, Rows, Value, domain::*};

pub use centroid::NearestCentroid;
use fitted::Settings;
pub use fitted::{FittedClassifier, FittedRegressor};
use metric::Metric;
use searches::Searches;
use vote::Weights;

/// scikit-learn's `KNeighborsClassifier`.
pub struct KNeighborsClassifier(Settings);

/// scikit-learn's `KNeighborsRegressor`.
pub struct KNeighborsRegressor(Settings);

/// How many neighbours are looked for at least where candidates share.
const GENEROUS: usize = 32;

/// What the candidates of one fitting share.
#[derive(Default)]
pub struct Shared(Option<Rc<Searches>>);

/// The parameters both estimators take.
fn describe(info: Info) -> Info {
    info.param(
        "n_neighbors",
        5i64,
        integers(1..),
        "How many of the nearest training rows are asked.",
    )
    .param(
        "weights",
        "uniform",
        words(["uniform", "distance"]).or(none()),
        "Whether all count alike, which None says too, or by the inverse of their distance.",
    )
    .param(
        "algorithm",
        "auto",
        words(["auto", "ball_tree", "kd_tree", "brute"]),
        "How they are found: the same way under every word, but trees refuse some metrics.",
    )
    .param(
        "leaf_size",
        30i64,
        integers(1..),
        "Of a tree's leaves. Nothing depends on it.",
    )
    .param("p", 2i64, above(0.0), "The power of the Minkowski metric.")
    .param(
        "metric",
        "minkowski",
        words([
            "minkowski",
            "euclidean",
            "l2",
            "sqeuclidean",
            "manhattan",
            "cityblock",
            "l1",
            "chebyshev",
            "cosine",
        ]),
        "How the distance of two rows is measured.",
    )
    .shares(&["n_neighbors", "weights"])
}

fn settings(name: &str, params: &Params) -> Result<Settings, Error> {
    let p: f64 = params.get("p")?;
    let word: String = params.get("metric")?;
    let metric = match word.as_str() {
        "euclidean" | "l2" => Metric::Euclidean,
        "sqeuclidean" => Metric::SquaredEuclidean,
        "manhattan" | "cityblock" | "l1" => Metric::Manhattan,
        "chebyshev" => Metric::Chebyshev,
        "cosine" => Metric::Cosine,
        _ => Metric::minkowski(p),
    };
    let algorithm: String = params.get("algorithm")?;
    let tree = algorithm.ends_with("_tree");
    if tree && matches!(metric, Metric::Cosine | Metric::SquaredEuclidean) {
        return Err(Error::InvalidParams(format!(
            "{name} with algorithm = '{algorithm}' takes no metric = '{word}': a tree needs the \
             triangle inequality. The algorithms 'auto' and 'brute' take it."
        )));
    }
    let concave = matches!(metric, Metric::Minkowski(p) if p < 1.0);
    if tree && concave {
        return Err(Error::InvalidParams(format!(
            "{name} with algorithm = '{algorithm}' takes p >= 1; got p = {p:?}. The algorithms \
             'auto' and 'brute' take any above 0."
        )));
    }
    let weights = match params.value("weights")? {
        Value::Text(word) if word == "distance" => Weights::Distance,
        _ => Weights::Uniform,
    };
    Ok(Settings {
        n_neighbors: params.get("n_neighbors")?,
        weights,
        metric,
    })
}

/// What a person should know of the metric.
fn caution<E: Estimator>(settings: &Settings, fit: &mut Fit<'_, E>) {
    if let Metric::Minkowski(p) = settings.metric
        && p < 1.0
    {
        fit.warn(format!(
            "With p = {p:?}, below 1, the Minkowski distance has no triangle inequality."
        ));
    }
}

/// The shared search for this candidate: made for all siblings by the first.
fn searches<'a>(
    own: &Settings,
    shared: &mut Shared,
    siblings: impl Iterator<Item = &'a Settings>,
    train: &Rows<'_>,
) -> Result<Rc<Searches>, Error> {
    let rows = train.len();
    if own.n_neighbors > rows {
        return Err(Error::InvalidData(format!(
            "Expected n_neighbors <= n_samples_fit, but n_neighbors = {}, n_samples_fit = {rows}",
            own.n_neighbors
        )));
    }
    if let Some(found) = shared
        .0
        .as_ref()
        .filter(|found| found.metric() == own.metric)
    {
        return Ok(found.clone());
    }
    let alike = siblings.filter(|s| s.metric == own.metric && s.n_neighbors <= rows);
    let (several, mut most) = alike.fold((0, own.n_neighbors), |(n, most), s| {
        (n + 1, most.max(s.n_neighbors))
    });
    if several > 1 {
        // More of a grid may follow in another fitting, and find these known.
        most = most.max(GENEROUS.min(rows));
    }
    let made = Rc::new(Searches::new(train, own.metric, most));
    shared.0 = Some(made.clone());
    Ok(made)
}

impl Estimator for KNeighborsClassifier {
    type Model = FittedClassifier;
    type Shared = Shared;

    fn info() -> Info {
        describe(Info::classifier(
            "KNeighborsClassifier",
            "The vote of the nearest training rows; of equally near ones, the first in the data.",
        ))
        .probabilities()
    }

    fn new(params: &Params) -> Result<Self, Error> {
        settings("KNeighborsClassifier", params).map(Self)
    }

    fn fit(&self, train: &Rows<'_>, fit: &mut Fit<'_, Self>) -> Result<FittedClassifier, Error> {
        let siblings = fit.siblings.iter().map(|s| &s.0);
        let searches = searches(&self.0, fit.shared, siblings, train)?;
        caution(&self.0, fit);
        Ok(FittedClassifier::new(train, &self.0, searches))
    }
}

impl Estimator for KNeighborsRegressor {
    type Model = FittedRegressor;
    type Shared = Shared;

    fn info() -> Info {
        describe(Info::regressor(
            "KNeighborsRegressor",
            "The mean of the nearest training rows; of equally near ones, the first in the data.",
        ))
    }

    fn new(params: &Params) -> Result<Self, Error> {
        settings("KNeighborsRegressor", params).map(Self)
    }

    fn fit(&self, train: &Rows<'_>, fit: &mut Fit<'_, Self>) -> Result<FittedRegressor, Error> {
        let siblings = fit.siblings.iter().map(|s| &s.0);
        let searches = searches(&self.0, fit.shared, siblings, train)?;
        caution(&self.0, fit);
        Ok(FittedRegressor::new(train, &self.0, searches))
    }
}

pleat_guest::export!(KNeighborsClassifier, KNeighborsRegressor, NearestCentroid);
