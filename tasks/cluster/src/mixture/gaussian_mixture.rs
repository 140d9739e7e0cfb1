//! GaussianMixture: its description, first components, and the best of several
//! runs.

use pleat_guest::{
    Attribute, Error, Estimator, Fit, Info, Model, Outputs, Params, Prediction, Rows, decode,
    domain::*, encode, go_on,
};
use pleat_num::rng::RandomState;
use serde::{Deserialize, Serialize};

use super::beginning::Begin;
use super::components::{Components, together};
use super::covariance::{Collapsed, Scatter, Shape};
use super::em::{Ended, Rules, run};
use crate::points::{Points, chunks};

const NAME: &str = "GaussianMixture";

/// scikit-learn's `GaussianMixture`.
pub struct GaussianMixture {
    k: usize,
    shape: Shape,
    rules: Rules,
    n_init: u64,
    begin: Begin,
    seed: u32,
}

/// A fitted [`GaussianMixture`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FittedMixture {
    width: usize,
    components: Components,
    bounds: Vec<f64>,
    bound: f64,
    converged: bool,
}

impl From<Collapsed> for Error {
    fn from(Collapsed: Collapsed) -> Self {
        Error::InvalidData(format!(
            "{NAME} has a component without width, as of one row or of rows that are alike. Lower \
             n_components, raise reg_covar, or scale the data."
        ))
    }
}

impl Estimator for GaussianMixture {
    type Model = FittedMixture;
    type Shared = ();

    fn info() -> Info {
        Info::clusterer(NAME, "Clusters that are normal distributions.")
            .param("n_components", 1i64, integers(1..), "How many distributions.")
            .param(
                "covariance_type",
                "full",
                words(["diag", "full", "spherical", "tied"]),
                "Their covariances: any, tied for the same in all, diag without correlations, spherical the same in every direction.",
            )
            .param("tol", 1e-3, at_least(0.0), "How little the likelihood changes at the end.")
            .param("reg_covar", 1e-6, at_least(0.0), "What is added to every variance.")
            .param("max_iter", 100i64, integers(0..), "How often to go back and forth at most.")
            .param("n_init", 1i64, integers(1..), "How often to begin anew, of which the best is kept.")
            .param(
                "init_params",
                "kmeans",
                words(["k-means++", "kmeans", "random", "random_from_data"]),
                "Who belongs to whom at first.",
            )
            .param(
                "random_state",
                0i64,
                none().or(integers(0..=i64::from(u32::MAX))),
                "What the draws start from; None is 0.",
            )
            .decision()
            .warm_start()
    }

    fn new(params: &Params) -> Result<Self, Error> {
        let shapes = [
            ("full", Shape::Full),
            ("tied", Shape::Tied),
            ("diag", Shape::Diag),
            ("spherical", Shape::Spherical),
        ];
        let begins = [
            ("kmeans", Begin::KMeans),
            ("k-means++", Begin::PlusPlus),
            ("random", Begin::Random),
            ("random_from_data", Begin::FromData),
        ];
        let k: u64 = params.get("n_components")?;
        Ok(GaussianMixture {
            // No dataset has as many rows as are cut off here.
            k: usize::try_from(k).unwrap_or(usize::MAX),
            shape: params.choice("covariance_type", &shapes)?,
            rules: Rules {
                tol: params.get("tol")?,
                least: params.get("reg_covar")?,
                max_iter: params.get("max_iter")?,
            },
            n_init: params.get("n_init")?,
            begin: params.choice("init_params", &begins)?,
            seed: params.get::<Option<u32>>("random_state")?.unwrap_or(0),
        })
    }

    fn fit(&self, train: &Rows<'_>, fit: &mut Fit<'_, Self>) -> Result<FittedMixture, Error> {
        if train.len() < 2 || train.len() < self.k {
            return Err(Error::InvalidData(format!(
                "{NAME} needs at least two rows, and as many as components; got {} rows for \
                 n_components={}.",
                train.len(),
                self.k
            )));
        }
        let earlier = fit.earlier()?;
        if let Some(FittedMixture { components, .. }) = &earlier
            && (components.shape != self.shape || components.count() != self.k)
        {
            return Err(Error::InvalidParams(format!(
                "{NAME} can go on only with the n_components and the covariance_type it began with."
            )));
        }
        let points = Points::new(train.row_major(), train.n_columns());
        let scatter = Scatter::new(self.shape, &points);
        let mut rng = RandomState::new(self.seed);
        let times = if earlier.is_some() { 1 } else { self.n_init };
        let most = self.rules.max_iter as f64 * times as f64;
        let mut best: Option<(f64, Ended)> = None;
        for time in 0..times {
            let (first, bound) = match &earlier {
                Some(earlier) => (earlier.components.clone(), earlier.bound),
                None => {
                    let parts = self.begin.parts(train, &points, self.k, &mut rng)?;
                    let least = self.rules.least;
                    let first = Components::new(self.shape, &scatter, &points, &parts, least)?;
                    (first, f64::NEG_INFINITY)
                }
            };
            let begun = time as f64 * self.rules.max_iter as f64;
            let tick = |i: u64| go_on((begun + i as f64) / most);
            let ended = run::<Error>(&points, &scatter, first, bound, self.rules, tick)?;
            let bound = ended.bounds.last().copied().unwrap_or(f64::NEG_INFINITY);
            if best
                .as_ref()
                .is_none_or(|(highest, _)| bound > *highest || self.rules.max_iter == 0)
            {
                best = Some((bound, ended));
            }
        }
        let Some((bound, ended)) = best else {
            return Err(Error::Other(format!("{NAME} never began")));
        };
        if !ended.converged && self.rules.max_iter > 0 {
            fit.warn(format!(
                "{NAME} did not converge ({} iterations). Raise max_iter or tol, or lower n_components.",
                ended.bounds.len()
            ));
        }
        Ok(FittedMixture {
            width: points.width(),
            components: ended.components,
            bounds: ended.bounds,
            bound,
            converged: ended.converged,
        })
    }
}

impl Model for FittedMixture {
    /// The likeliest component of each row. Decision scores are logarithms of
    /// how likely rows are, one a row, of which scikit-learn's `score` is the
    /// mean.
    fn predict(&self, rows: &Rows<'_>, outputs: Outputs) -> Result<Prediction, Error> {
        let mut labels = Vec::with_capacity(rows.len());
        let mut scores = Vec::with_capacity(rows.len());
        for points in chunks(rows) {
            let all = self.components.log_likelihoods(&points);
            for row in 0..points.len() {
                let of_row = all.iter().skip(row).step_by(points.len()).copied();
                let (score, label) = together(of_row);
                scores.push(score);
                labels.push(label as u32);
            }
        }
        Ok(Prediction {
            decision: outputs.contains(Outputs::DECISION).then_some(scores),
            ..Prediction::classes(labels)
        })
    }

    fn save(&self) -> Result<Vec<u8>, Error> {
        encode(self)
    }

    fn load(bytes: &[u8]) -> Result<Self, Error> {
        decode(bytes)
    }

    fn attributes(&self) -> Vec<Attribute> {
        let (k, d) = (self.components.count() as u32, self.width as u32);
        let shape = match self.components.shape {
            Shape::Full => vec![k, d, d],
            Shape::Tied => vec![d, d],
            Shape::Diag => vec![k, d],
            Shape::Spherical => vec![k],
        };
        let shaped = |name: &str, values: &[f64]| Attribute {
            name: name.into(),
            shape: shape.clone(),
            values: values.to_vec(),
        };
        let components = &self.components;
        vec![
            Attribute::vector("weights_", components.weights.clone()),
            Attribute::matrix("means_", self.width, components.means.clone()),
            shaped("covariances_", &components.covariances),
            shaped("precisions_cholesky_", &components.whitening),
            Attribute::number("converged_", f64::from(u8::from(self.converged))),
            Attribute::number("n_iter_", self.bounds.len() as f64),
            Attribute::number("lower_bound_", self.bound),
            Attribute::vector("lower_bounds_", self.bounds.clone()),
        ]
    }
}
