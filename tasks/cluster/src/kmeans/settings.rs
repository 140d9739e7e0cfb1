//! What KMeans and MiniBatchKMeans have in common: some parameters, and what
//! is looked at before they begin.

use pleat_guest::{Error, Info, Params, Rows, Value, domain::*};

use super::seeding::{Init, TooFew};

/// How many centres, and where they come from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Settings {
    pub(super) name: &'static str,
    pub(super) k: usize,
    pub(super) init: Init,
    /// None for what suits `init`.
    n_init: Option<u64>,
    pub(super) max_iter: u64,
    /// As a share of the mean variance of the columns.
    tol: f64,
    pub(super) seed: u32,
}

/// Adds the parameters that stand first in both.
pub(super) fn describe_first(info: Info) -> Info {
    info.param(
        "n_clusters",
        8i64,
        integers(1..),
        "How many clusters to find.",
    )
    .param(
        "init",
        "k-means++",
        words(["k-means++", "random"]),
        "Whether first centres are drawn far apart, or are any rows.",
    )
}

/// Adds how often to begin anew.
pub(super) fn describe_n_init(info: Info, random: u64) -> Info {
    let doc = format!(
        "How often to begin anew, of which the best is kept; auto is 1, with init='random' {random}."
    );
    info.param("n_init", "auto", words(["auto"]).or(integers(1..)), &doc)
}

/// Adds the seed.
pub(super) fn describe_seed(info: Info) -> Info {
    info.param(
        "random_state",
        0i64,
        none().or(integers(0..=i64::from(u32::MAX))),
        "What the draws start from; None is 0.",
    )
}

impl Settings {
    pub(super) fn new(name: &'static str, params: &Params) -> Result<Self, Error> {
        let inits = [("k-means++", Init::PlusPlus), ("random", Init::Random)];
        let n_init = match params.value("n_init")? {
            Value::Text(_) => None,
            _ => Some(params.get("n_init")?),
        };
        let k: u64 = params.get("n_clusters")?;
        Ok(Settings {
            name,
            // No dataset has as many rows as are cut off here.
            k: usize::try_from(k).unwrap_or(usize::MAX),
            init: params.choice("init", &inits)?,
            n_init,
            max_iter: params.get("max_iter")?,
            tol: params.get("tol")?,
            seed: params.get::<Option<u32>>("random_state")?.unwrap_or(0),
        })
    }

    /// What KMeans does if nothing is said.
    pub(super) fn plain(name: &'static str, k: usize) -> Self {
        Settings {
            name,
            k,
            init: Init::PlusPlus,
            n_init: None,
            max_iter: 300,
            tol: 1e-4,
            seed: 0,
        }
    }

    /// How often to begin; `random` times where any rows are begun with.
    pub(super) fn times(&self, random: u64) -> u64 {
        self.n_init.unwrap_or(match self.init {
            Init::PlusPlus => 1,
            Init::Random => random,
        })
    }

    /// Refuses fewer rows than clusters.
    pub(super) fn check(&self, train: &Rows<'_>) -> Result<(), Error> {
        if train.len() < self.k {
            return Err(Error::InvalidData(format!(
                "{} needs at least as many rows as clusters; got {} rows for n_clusters={}.",
                self.name,
                train.len(),
                self.k
            )));
        }
        Ok(())
    }

    pub(super) fn too_few(&self, TooFew: TooFew) -> Error {
        Error::InvalidData(format!(
            "{} needs rows of weight above 0 to begin with, with init='random' as many as \
             n_clusters={}.",
            self.name, self.k
        ))
    }

    /// The squared moves that are small enough where columns vary so much.
    pub(super) fn tolerance(&self, variances: &[f64]) -> f64 {
        match self.tol {
            0.0 => 0.0,
            tol => pleat_num::sum::mean(variances) * tol,
        }
    }
}
