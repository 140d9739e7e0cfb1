//! KMeans: its description, and the best of several runs.

use pleat_guest::{Error, Estimator, Fit, Info, Params, Rows, domain::*, go_on};
use pleat_num::rng::RandomState;

use super::model::FittedCentres;
use super::run::{Rest, Rules, run, same};
use super::settings::{Settings, describe_first, describe_n_init, describe_seed};
use crate::moments::{Moments, centred};
use crate::points::norm;

const NAME: &str = "KMeans";
/// Beginnings with any rows.
const RANDOM: u64 = 10;

/// scikit-learn's `KMeans`.
pub struct KMeans {
    settings: Settings,
    elkan: bool,
}

impl Estimator for KMeans {
    type Model = FittedCentres;
    type Shared = ();

    fn info() -> Info {
        let info = Info::clusterer(
            NAME,
            "Clusters around centres that are the means of their rows.",
        );
        let info = describe_n_init(describe_first(info), RANDOM)
            .param(
                "max_iter",
                300i64,
                integers(1..),
                "How often centres move at most.",
            )
            .param(
                "tol",
                1e-4,
                at_least(0.0),
                "How little centres move at the end, as a share of the columns' variance.",
            );
        describe_seed(info)
            .param(
                "algorithm",
                "lloyd",
                words(["elkan", "lloyd"]),
                "Whether nearest centres are looked for everywhere, or where they may have changed.",
            )
            .weights()
            .decision()
    }

    fn new(params: &Params) -> Result<Self, Error> {
        Ok(KMeans {
            settings: Settings::new(NAME, params)?,
            elkan: params.choice("algorithm", &[("lloyd", false), ("elkan", true)])?,
        })
    }

    fn fit(&self, train: &Rows<'_>, fit: &mut Fit<'_, Self>) -> Result<FittedCentres, Error> {
        let settings = &self.settings;
        settings.check(train)?;
        let k = settings.k;
        if self.elkan && k == 1 {
            fit.warn(format!(
                "{NAME}: there is nothing for algorithm='elkan' to rule out with n_clusters=1."
            ));
        }
        // Less is lost to rounding near the origin.
        let (points, Moments { mean, variances }) = centred(train);
        let rules = Rules {
            elkan: self.elkan && k > 1,
            max_iter: settings.max_iter,
            tol: settings.tolerance(&variances),
        };
        let weights = train.weights().unwrap_or_else(|| vec![1.0; train.len()]);
        let mut rng = RandomState::new(settings.seed);
        let times = settings.times(RANDOM);
        let mut best: Option<Rest> = None;
        let norms: Vec<f64> = points.rows().map(norm).collect();
        for time in 0..times {
            let drawn = settings.init.draw(&points, &norms, &weights, k, &mut rng);
            let first = points.pick(&drawn.map_err(|e| settings.too_few(e))?);
            let most = (rules.max_iter as f64) * (times as f64);
            let tick = |i: u64| go_on((time as f64 * rules.max_iter as f64 + i as f64) / most);
            let rest = run(&points, &norms, &weights, first, rules, tick)?;
            let better =
                |best: &Rest| rest.inertia < best.inertia && !same(&rest.labels, &best.labels, k);
            if best.as_ref().is_none_or(better) {
                best = Some(rest);
            }
        }
        let Some(best) = best else {
            return Err(Error::Other(format!("{NAME} never began")));
        };
        let mut used = best.labels;
        used.sort_unstable();
        used.dedup();
        if used.len() < k {
            fit.warn(format!(
                "{NAME} found {} clusters, not n_clusters={k}: rows may be the same.",
                used.len()
            ));
        }
        let mut centres = best.centres;
        for centre in centres.chunks_exact_mut(mean.len()) {
            centre
                .iter_mut()
                .zip(&mean)
                .for_each(|(x, mean)| *x += mean);
        }
        Ok(FittedCentres {
            width: mean.len(),
            centres,
            inertia: Some(best.inertia),
            iterations: best.iterations,
            steps: None,
        })
    }
}

/// Which of `k` centres each row is nearest to, after one run with the
/// parameters as they are by default: where a mixture begins.
pub(crate) fn nearest_of(
    train: &Rows<'_>,
    k: usize,
    rng: &mut RandomState,
) -> Result<Vec<u32>, Error> {
    let settings = Settings::plain(NAME, k);
    let (points, moments) = centred(train);
    let rules = Rules {
        elkan: false,
        max_iter: settings.max_iter,
        tol: settings.tolerance(&moments.variances),
    };
    let weights = vec![1.0; train.len()];
    let norms: Vec<f64> = points.rows().map(norm).collect();
    let drawn = settings.init.draw(&points, &norms, &weights, k, rng);
    let first = points.pick(&drawn.map_err(|e| settings.too_few(e))?);
    let rest = run(&points, &norms, &weights, first, rules, |_| {
        Ok::<(), Error>(())
    })?;
    Ok(rest.labels)
}
