//! From training rows to an ensemble, the same for both estimators; and what
//! the candidates of a fitting share: bins, and the longest run.

use std::rc::Rc;

use pleat_guest::{Dataset, Error, Rows};
use pleat_num::rng::RandomState;

use crate::bins::Binned;
use crate::boost::{Lesson, Run, Watch};
use crate::columns::{Categorical, Encoders};
use crate::generator::Generator;
use crate::holdout::{self, Size};
use crate::lists::Interactions;
use crate::loss::{Loss, Truth};
use crate::rules::{Meetings, Rules};
use crate::settings::Settings;
use crate::split::Limits;
use crate::stopping::Scoring;

/// With more rows, "auto" stops early, and scores of the rows learned from
/// are made of so many.
const MANY: usize = 10_000;

/// What is learned: targets and weights of the training rows, in their order.
pub(crate) struct Task<'a> {
    pub(crate) estimator: &'static str,
    pub(crate) loss: Loss,
    pub(crate) y: &'a [f64],
    /// Given, or made from classes, or both.
    pub(crate) weights: Option<&'a [f64]>,
}

/// What bins depend on, the rows being the same; and what is set aside.
#[derive(Clone, PartialEq)]
struct Key {
    categorical: Categorical,
    max_bins: usize,
    aside: Option<Size>,
    seed: u32,
    weights: Option<Vec<f64>>,
}

/// The rows as they are learned from.
struct Prepared {
    key: Key,
    encoders: Encoders,
    table: Binned,
    /// Places among the training rows: those learned from, those set aside.
    learned: Vec<u32>,
    aside: Vec<u32>,
    /// Those set aside, row-major, categories encoded.
    matrix: Vec<f64>,
}

/// What candidates of one fitting share.
#[derive(Default)]
pub(crate) struct Shared {
    prepared: Option<Rc<Prepared>>,
    run: Option<(Loss, Settings, usize, Rc<Run>)>,
}

/// What came out.
pub(crate) struct Learned {
    pub(crate) run: Run,
    pub(crate) encoders: Encoders,
}

impl Shared {
    /// Learns, or takes the first iterations of what was learned for a
    /// sibling. `longest` is the largest `max_iter` of candidates that differ
    /// in nothing else.
    pub(crate) fn learn(
        &mut self,
        train: &Rows<'_>,
        task: &Task<'_>,
        settings: &Settings,
        (max_iter, longest): (usize, usize),
    ) -> Result<Learned, Error> {
        let mut rng = RandomState::new(settings.random_state);
        let seed = rng.interval(u64::from(u32::MAX - 1)) as u32;
        let columns = rng.interval(u64::from(u32::MAX - 1)) as u32;
        let stops = settings.early_stopping.unwrap_or(train.len() > MANY);
        let prepared = self.prepare(train, task, settings, stops, seed)?;
        let encoders = prepared.encoders.clone();
        let longest = longest.max(max_iter);
        if let Some((loss, of, most, run)) = &self.run
            && (*loss, of, *most) == (task.loss, settings, longest)
        {
            return Ok(Learned {
                run: run.first(max_iter),
                encoders,
            });
        }
        let rules = rules(task, settings, train.dataset(), &prepared.table)?;
        let (y, weights) = task.pick(&prepared.learned);
        let (y_aside, weights_aside) = task.pick(&prepared.aside);
        let some = (stops
            && prepared.aside.is_empty()
            && settings.patience.scoring == Scoring::Own
            && y.len() > MANY)
            .then(|| holdout::sample(y.len(), classes(task.loss, &y).as_deref(), MANY, seed));
        let truth = |y, weights| Truth { y, weights };
        let lesson = Lesson {
            table: &prepared.table,
            truth: truth(&y, weights.as_deref()),
            loss: task.loss,
            watch: stops.then(|| Watch {
                patience: settings.patience,
                aside: (!prepared.aside.is_empty()).then(|| {
                    let truth = truth(&y_aside, weights_aside.as_deref());
                    (prepared.matrix.as_slice(), truth)
                }),
                some: some.as_deref(),
            }),
        };
        let run = Rc::new(lesson.learn(&rules, Generator::new(columns), longest)?);
        let mine = run.first(max_iter);
        self.run = Some((task.loss, settings.clone(), longest, run));
        Ok(Learned {
            run: mine,
            encoders,
        })
    }

    fn prepare(
        &mut self,
        train: &Rows<'_>,
        task: &Task<'_>,
        settings: &Settings,
        stops: bool,
        seed: u32,
    ) -> Result<Rc<Prepared>, Error> {
        let key = Key {
            categorical: settings.categorical.clone(),
            max_bins: settings.max_bins,
            aside: settings.validation.filter(|_| stops),
            seed,
            weights: task.weights.map(<[f64]>::to_vec),
        };
        if let Some(prepared) = self.prepared.take().filter(|kept| kept.key == key) {
            self.prepared = Some(prepared.clone());
            return Ok(prepared);
        }
        // Of other bins, or other weights.
        self.run = None;
        let data = train.dataset();
        let flags = settings.categorical.flags(task.estimator, data)?;
        let encoders = Encoders::new(train, &flags, settings.max_bins)?;
        let n = train.len();
        let (learned, aside) = match key.aside {
            None => ((0..n as u32).collect(), Vec::new()),
            Some(size) => {
                let classes = classes(task.loss, task.y);
                holdout::split(n, classes.as_deref(), size, seed)?
            }
        };
        let (_, weights) = task.pick(&learned);
        if weights
            .as_ref()
            .is_some_and(|w| w.iter().all(|w| *w == 0.0))
        {
            return Err(Error::InvalidData(
                "the rows learned from have no weight at all".into(),
            ));
        }
        let named = |places: &[u32]| -> Vec<u32> {
            let of = |place: &u32| train.indices()[*place as usize];
            places.iter().map(of).collect()
        };
        let (weights, max_bins) = (weights.as_deref(), settings.max_bins);
        let table = Binned::new(data, &named(&learned), weights, &encoders, max_bins, seed);
        let mut matrix = match aside.is_empty() {
            true => Vec::new(),
            false => Rows::new(data, &named(&aside))?.row_major(),
        };
        encoders.encode(&mut matrix, data.n_columns());
        let prepared = Rc::new(Prepared {
            key,
            encoders,
            table,
            learned,
            aside,
            matrix,
        });
        self.prepared = Some(prepared.clone());
        Ok(prepared)
    }
}

impl Task<'_> {
    /// Targets and weights of some of the training rows.
    fn pick(&self, places: &[u32]) -> (Vec<f64>, Option<Vec<f64>>) {
        let of = |all: &[f64]| places.iter().map(|p| all[*p as usize]).collect();
        (of(self.y), self.weights.map(of))
    }
}

/// The class of each row, where there are classes.
fn classes(loss: Loss, y: &[f64]) -> Option<Vec<usize>> {
    matches!(loss, Loss::Binomial | Loss::Multinomial(_))
        .then(|| y.iter().map(|class| *class as usize).collect())
}

/// The rules of the trees, columns in the order of the binned ones.
fn rules(
    task: &Task<'_>,
    settings: &Settings,
    data: &Dataset,
    table: &Binned,
) -> Result<Rules, Error> {
    let n = data.n_columns();
    let refuse = |name: &str, what: String| {
        Err(Error::InvalidParams(format!(
            "The '{name}' parameter of {} {what}",
            task.estimator
        )))
    };
    let given = settings.monotonic.clone().unwrap_or_else(|| vec![0; n]);
    if given.len() != n {
        let got = given.len();
        return refuse(
            "monotonic_cst",
            format!("must have {n} numbers, one for each column. Got {got}."),
        );
    }
    if settings.monotonic.is_some() && task.loss.trees() > 1 {
        return refuse(
            "monotonic_cst",
            "must be None with more than two classes.".into(),
        );
    }
    let mut places = vec![0; n];
    let mut directions = Vec::with_capacity(n);
    for (place, column) in table.columns.iter().enumerate() {
        let feature = column.feature as usize;
        places[feature] = place;
        directions.push(given[feature]);
        if column.categorical && given[feature] != 0 {
            return refuse(
                "monotonic_cst",
                format!("must be 0 for column {feature}, which has categories."),
            );
        }
    }
    let meetings = match &settings.interactions {
        Interactions::Any => Meetings::Any,
        Interactions::Pairwise => Meetings::Pairs,
        Interactions::None => Meetings::Within((0..n).map(|c| vec![c]).collect()),
        Interactions::Sets(sets) => {
            if let Some(column) = sets.iter().flatten().find(|column| **column >= n) {
                return refuse(
                    "interaction_cst",
                    format!("must name columns from 0 to {}. Got {column}.", n - 1),
                );
            }
            let mut sets: Vec<Vec<usize>> = sets
                .iter()
                .map(|set| set.iter().map(|column| places[*column]).collect())
                .collect();
            let rest: Vec<usize> = (0..n)
                .filter(|c| !sets.iter().flatten().any(|s| s == c))
                .collect();
            if !rest.is_empty() {
                sets.push(rest);
            }
            Meetings::Within(sets)
        }
    };
    Ok(Rules {
        limits: Limits {
            min_samples_leaf: settings.min_samples_leaf,
            l2: settings.l2,
            monotonic: directions.iter().any(|direction| *direction != 0),
        },
        max_leaf_nodes: settings.max_leaf_nodes,
        max_depth: settings.max_depth,
        max_features: settings.max_features,
        learning_rate: settings.learning_rate,
        directions,
        meetings,
    })
}
