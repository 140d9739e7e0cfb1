//! The nearest neighbours for Pleat: descriptions of the two estimators, and
//! what their candidates share. [`search`] finds the neighbours and [`vote`]
//! lets them vote; neither knows anything of the SDK.
//!
//! Candidates that differ in `n_neighbors` and `weights` need the same search:
//! the first `k` of the `k_max` nearest are the `k` nearest. So the first
//! model of a fitting that predicts some rows searches for the most demanding
//! of its siblings, and the others read what it found.

mod fitted;
pub mod search;
pub mod vote;

use std::rc::Rc;

use pleat_guest::{Error, Estimator, Fit, Info, Params, Rows, domain::*};

pub use fitted::{FittedClassifier, FittedRegressor};
use fitted::{Searches, Settings};
use search::Metric;
use vote::Weights;

/// scikit-learn's `KNeighborsClassifier`.
pub struct KNeighborsClassifier(Settings);

/// scikit-learn's `KNeighborsRegressor`.
pub struct KNeighborsRegressor(Settings);

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
        words(["uniform", "distance"]),
        "Whether all count alike, or by the inverse of their distance.",
    )
    .param(
        "algorithm",
        "auto",
        words(["auto", "brute"]),
        "How they are found: by comparing with every training row, under either word.",
    )
    .param("p", 2i64, above(0.0), "The power of the Minkowski metric.")
    .param(
        "metric",
        "minkowski",
        words(["minkowski", "euclidean", "manhattan", "chebyshev"]),
        "How the distance of two rows is measured.",
    )
    .shares(&["n_neighbors", "weights"])
}

fn settings(params: &Params) -> Result<Settings, Error> {
    let minkowski = Metric::minkowski(params.get("p")?);
    Ok(Settings {
        n_neighbors: params.get("n_neighbors")?,
        weights: params.choice(
            "weights",
            &[
                ("uniform", Weights::Uniform),
                ("distance", Weights::Distance),
            ],
        )?,
        metric: params.choice(
            "metric",
            &[
                ("minkowski", minkowski),
                ("euclidean", Metric::Euclidean),
                ("manhattan", Metric::Manhattan),
                ("chebyshev", Metric::Chebyshev),
            ],
        )?,
    })
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
    let most = siblings
        .filter(|s| s.metric == own.metric && s.n_neighbors <= rows)
        .fold(own.n_neighbors, |most, s| most.max(s.n_neighbors));
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
        settings(params).map(Self)
    }

    fn fit(&self, train: &Rows<'_>, fit: &mut Fit<'_, Self>) -> Result<FittedClassifier, Error> {
        let siblings = fit.siblings.iter().map(|s| &s.0);
        let searches = searches(&self.0, fit.shared, siblings, train)?;
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
        settings(params).map(Self)
    }

    fn fit(&self, train: &Rows<'_>, fit: &mut Fit<'_, Self>) -> Result<FittedRegressor, Error> {
        let siblings = fit.siblings.iter().map(|s| &s.0);
        let searches = searches(&self.0, fit.shared, siblings, train)?;
        Ok(FittedRegressor::new(train, &self.0, searches))
    }
}

pleat_guest::export!(KNeighborsClassifier, KNeighborsRegressor);
