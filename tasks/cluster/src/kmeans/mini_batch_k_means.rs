//! MiniBatchKMeans: its description, and what comes before and after the
//! batches.

use pleat_guest::{Error, Estimator, Fit, Info, Params, Rows, domain::*, go_on};
use pleat_num::rng::RandomState;
use pleat_num::sum::pairwise;

use super::batches::{Rules, run};
use super::centres::inertia;
use super::lloyd::nearest;
use super::model::FittedCentres;
use super::seeding::TooFew;
use super::settings::{Settings, describe_first, describe_n_init, describe_seed};
use crate::draws::Chances;
use crate::moments::moments;
use crate::points::{Points, norm};

const NAME: &str = "MiniBatchKMeans";
/// Beginnings with any rows.
const RANDOM: u64 = 3;

/// scikit-learn's `MiniBatchKMeans`.
pub struct MiniBatchKMeans {
    settings: Settings,
    batch_size: u64,
    compute_labels: bool,
    patience: Option<u64>,
    init_size: Option<u64>,
    reassignment_ratio: f64,
}

impl Estimator for MiniBatchKMeans {
    type Model = FittedCentres;
    type Shared = ();

    fn info() -> Info {
        let info = Info::clusterer(NAME, "KMeans that looks at a few rows at a time.");
        let info = describe_first(info)
            .param(
                "max_iter",
                100i64,
                integers(1..),
                "How often to look at as many rows as there are.",
            )
            .param(
                "batch_size",
                1024i64,
                integers(1..),
                "How many rows to look at a time.",
            )
            .param(
                "compute_labels",
                true,
                boolean(),
                "Whether inertia_ is that of all rows, not that of late batches.",
            );
        let info = describe_seed(info)
            .param(
                "tol",
                0.0,
                at_least(0.0),
                "How little centres move at the end, as a share of the columns' variance; never if 0.",
            )
            .param(
                "max_no_improvement",
                10i64,
                integers(0..).or(none()),
                "How many batches in a row without less inertia are put up with; any number if None.",
            )
            .param(
                "init_size",
                (),
                integers(1..).or(none()),
                "Among how many drawn rows first centres are; None is three times batch_size.",
            );
        describe_n_init(info, RANDOM)
            .param(
                "reassignment_ratio",
                0.01,
                at_least(0.0),
                "Centres of less than this share of the largest count begin anew.",
            )
            .weights()
            .decision()
    }

    fn new(params: &Params) -> Result<Self, Error> {
        Ok(MiniBatchKMeans {
            settings: Settings::new(NAME, params)?,
            batch_size: params.get("batch_size")?,
            compute_labels: params.get("compute_labels")?,
            patience: params.get("max_no_improvement")?,
            init_size: params.get("init_size")?,
            reassignment_ratio: params.get("reassignment_ratio")?,
        })
    }

    fn fit(&self, train: &Rows<'_>, fit: &mut Fit<'_, Self>) -> Result<FittedCentres, Error> {
        let settings = &self.settings;
        settings.check(train)?;
        let n = train.len() as u64;
        let batch_size = self.batch_size.min(n);
        let init_size = self.first_rows(batch_size, n, fit) as usize;
        let points = Points::new(train.row_major(), train.n_columns());
        let weights = train.weights().unwrap_or_else(|| vec![1.0; train.len()]);
        let chances = Chances::new(&weights).ok_or_else(|| settings.too_few(TooFew))?;
        let mut rng = RandomState::new(settings.seed);
        let first = self.first(&points, &weights, init_size, &mut rng)?;
        let rules = Rules {
            batch_size: batch_size as usize,
            steps: settings.max_iter.saturating_mul(n) / batch_size,
            tol: settings.tolerance(&moments(train).variances),
            patience: self.patience,
            reassignment_ratio: self.reassignment_ratio,
        };
        let tick = |step: u64| go_on(step as f64 / rules.steps as f64);
        let rest = run(&points, &chances, first, rules, &mut rng, tick)?;
        let inertia = match self.compute_labels {
            true => Some(self.away(&points, &weights, &rest.centres)),
            false => rest.inertia.map(|inertia| inertia * pairwise(&weights)),
        };
        Ok(FittedCentres {
            width: points.width(),
            centres: rest.centres,
            inertia,
            iterations: rest.steps.saturating_mul(batch_size).div_ceil(n),
            steps: Some(rest.steps),
        })
    }
}

impl MiniBatchKMeans {
    /// Among how many rows first centres are looked for.
    fn first_rows(&self, batch_size: u64, n: u64, fit: &mut Fit<'_, Self>) -> u64 {
        let k = self.settings.k as u64;
        let size = match self.init_size {
            None if 3 * batch_size < k => 3 * k,
            None => 3 * batch_size,
            Some(size) if size < k => {
                fit.warn(format!(
                    "{NAME} needs init_size to be no less than n_clusters={k}; got {size}, {} is used.",
                    (3 * k).min(n)
                ));
                3 * k
            }
            Some(size) => size,
        };
        size.min(n)
    }

    /// The first centres that suit some drawn rows best.
    fn first(
        &self,
        points: &Points,
        weights: &[f64],
        size: usize,
        rng: &mut RandomState,
    ) -> Result<Vec<f64>, Error> {
        let settings = &self.settings;
        let n = points.len();
        let draw = |rng: &mut RandomState| {
            let rows: Vec<usize> = (0..size)
                .map(|_| rng.randint(0, n as i64) as usize)
                .collect();
            let weights: Vec<f64> = rows.iter().map(|row| weights[*row]).collect();
            (Points::new(points.pick(&rows), points.width()), weights)
        };
        let (held, held_weights) = draw(rng);
        let mut best: Option<(f64, Vec<f64>)> = None;
        for _ in 0..settings.times(RANDOM) {
            let some = (size < n).then(|| draw(rng));
            let (among, weights) = match &some {
                Some((among, weights)) => (among, weights.as_slice()),
                None => (points, weights),
            };
            let norms: Vec<f64> = among.rows().map(norm).collect();
            let drawn = settings.init.draw(among, &norms, weights, settings.k, rng);
            let centres = among.pick(&drawn.map_err(|e| settings.too_few(e))?);
            let away = self.away(&held, &held_weights, &centres);
            if best.as_ref().is_none_or(|(least, _)| away < *least) {
                best = Some((away, centres));
            }
        }
        Ok(best.map(|(_, centres)| centres).unwrap_or_default())
    }

    /// How far points are from the nearest centres, squared, by weight.
    fn away(&self, points: &Points, weights: &[f64], centres: &[f64]) -> f64 {
        let mut labels = vec![0; points.len()];
        nearest(points, centres, &mut labels);
        inertia(points, weights, centres, &labels)
    }
}
