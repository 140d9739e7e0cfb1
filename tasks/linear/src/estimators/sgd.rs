//! What `SGDClassifier` and `SGDRegressor` have in common: their parameters,
//! and the rows a descent goes over.

use pleat_guest::{Error, Info, Params, Rows, Value, domain::*, go_on};
use pleat_num::rng::RandomState;
use std::rc::Rc;

use crate::row_major::RowMajor;
use crate::sgd::descent::{Descended, Descent, Fitted, Penalty, Rate, Task};
use crate::sgd::holdout;
use crate::sgd::losses::Loss;

/// The end of what scikit-learn draws seeds from.
const SEEDS: i64 = i32::MAX as i64;

/// A loss's name, and the loss given `epsilon`.
pub(super) type Named = (&'static str, fn(f64) -> Loss);

/// The parameters of a descent, and what is around it.
pub(super) struct Settings {
    name: &'static str,
    pub(super) descent: Descent,
    pub(super) seed: u32,
    early_stopping: bool,
    validation_fraction: f64,
    remark: Option<&'static str>,
}

/// Adds the parameters to a description.
pub(super) fn describe<const N: usize>(
    info: Info,
    losses: [&str; N],
    rate: &str,
    power_t: f64,
    class_weight: bool,
) -> Info {
    let info = info
        .param("loss", losses[0], words(losses), "What a row costs.")
        .param(
            "penalty",
            "l2",
            words(["l2", "l1", "elasticnet"]).or(none()),
            "Whether squared coefficients are penalised, absolute ones, both or none.",
        )
        .param(
            "alpha",
            1e-4,
            at_least(0.0),
            "How much; the rate 'optimal' goes by it too.",
        )
        .param(
            "l1_ratio",
            0.15,
            numbers(0.0..=1.0).or(none()),
            "The share of the penalty 'elasticnet' that is on absolute coefficients.",
        )
        .param(
            "fit_intercept",
            true,
            boolean(),
            "Whether lines need not pass through zero.",
        )
        .param(
            "max_iter",
            1000,
            integers(1..),
            "How often all rows are gone over at most.",
        )
        .param(
            "tol",
            1e-3,
            at_least(0.0).or(none()),
            "What counts as no improvement; None goes on until max_iter.",
        )
        .param(
            "shuffle",
            true,
            boolean(),
            "Whether rows come in random order.",
        )
        .param(
            "epsilon",
            0.1,
            at_least(0.0),
            "Up to where 'huber' is squared and the insensitive losses are 0.",
        )
        .param(
            "random_state",
            (),
            none().or(integers(0..=i64::from(u32::MAX))),
            "The seed of what is shuffled and held out; 0 if None.",
        )
        .param(
            "learning_rate",
            rate,
            words([
                "constant",
                "optimal",
                "invscaling",
                "adaptive",
                "pa1",
                "pa2",
            ]),
            "How long steps are.",
        )
        .param(
            "eta0",
            0.01,
            above(0.0),
            "What the rate starts from; of pa1 and pa2, the limit.",
        )
        .param(
            "power_t",
            power_t,
            numbers(..),
            "How fast the rate 'invscaling' falls.",
        )
        .param(
            "early_stopping",
            false,
            boolean(),
            "Whether to end by the score of rows held out, not by the loss of those learned.",
        )
        .param(
            "validation_fraction",
            0.1,
            numbers((
                std::ops::Bound::Excluded(0.0),
                std::ops::Bound::Excluded(1.0),
            )),
            "The share held out.",
        )
        .param(
            "n_iter_no_change",
            5,
            integers(1..),
            "How often in a row nothing improves before it ends.",
        );
    let info = match class_weight {
        true => info.param(
            "class_weight",
            (),
            none().or(words(["balanced"])),
            "balanced: rows of rare classes weigh more, so that all classes weigh the same.",
        ),
        false => info,
    };
    info.param(
        "average",
        false,
        boolean().or(integers(1..)),
        "Whether the mean of the lines is taken, or from which step on.",
    )
}

impl Settings {
    pub(super) fn new(
        name: &'static str,
        params: &Params,
        losses: &[Named],
        passive: &str,
    ) -> Result<Self, Error> {
        let loss = params.choice("loss", losses)?(params.get("epsilon")?);
        let rates = [
            ("constant", Rate::Constant),
            ("optimal", Rate::Optimal),
            ("invscaling", Rate::Inverse),
            ("adaptive", Rate::Adaptive),
            ("pa1", Rate::PassiveAggressive),
            ("pa2", Rate::PassiveAggressiveSquared),
        ];
        let rate = params.choice("learning_rate", &rates)?;
        let alpha: f64 = params.get("alpha")?;
        let refused = |sentence: String| Err(Error::InvalidParams(format!("{name}: {sentence}")));
        if rate == Rate::Optimal && alpha == 0.0 {
            return refused(
                "learning_rate = 'optimal' goes by alpha, which must then be above 0; got 0.0."
                    .into(),
            );
        }
        let is_passive = matches!(
            rate,
            Rate::PassiveAggressive | Rate::PassiveAggressiveSquared
        );
        if is_passive && !matches!(params.value("loss")?, Value::Text(word) if word == passive) {
            return refused(format!(
                "learning_rate = {} needs loss = '{passive}'; got {}.",
                params.value("learning_rate")?,
                params.value("loss")?
            ));
        }
        let penalty = match params.value("penalty")? {
            Value::None => Penalty::None,
            _ => match params.choice("penalty", &[("l2", 2), ("l1", 1), ("elasticnet", 3)])? {
                1 => Penalty::Absolutes,
                2 => Penalty::Squares,
                _ => match params.get("l1_ratio")? {
                    Some(share) => Penalty::Mixed(share),
                    None => {
                        return refused("penalty = 'elasticnet' needs l1_ratio; got None.".into());
                    }
                },
            },
        };
        let power_t: f64 = params.get("power_t")?;
        Ok(Settings {
            name,
            descent: Descent {
                loss,
                penalty,
                alpha,
                fit_intercept: params.get("fit_intercept")?,
                max_iter: params.get("max_iter")?,
                tol: params.get("tol")?,
                shuffle: params.get("shuffle")?,
                rate,
                eta0: params.get("eta0")?,
                power_t,
                n_iter_no_change: params.get("n_iter_no_change")?,
                average: match params.value("average")? {
                    Value::Boolean(average) => u64::from(*average),
                    _ => params.get("average")?,
                },
            },
            seed: params.get::<Option<u32>>("random_state")?.unwrap_or(0),
            early_stopping: params.get("early_stopping")?,
            validation_fraction: params.get("validation_fraction")?,
            remark: (power_t < 0.0).then_some("power_t below 0 is deprecated."),
        })
    }

    /// Marks the rows held out, if there are any to be.
    pub(super) fn held(
        &self,
        rows: usize,
        classes: Option<&[usize]>,
        weights: &[f64],
    ) -> Result<Option<Vec<bool>>, Error> {
        if !self.early_stopping {
            return Ok(None);
        }
        let held = match classes {
            Some(classes) => holdout::of_each_class(classes, self.validation_fraction, self.seed),
            None => holdout::any(rows, self.validation_fraction, self.seed),
        };
        let refused = |sentence: String| {
            let name = self.name;
            Err(Error::InvalidData(format!(
                "{name}: early_stopping holds out validation_fraction = {:?} of {rows} rows, {sentence}",
                self.validation_fraction
            )))
        };
        match held {
            None if classes.is_some() => refused(
                "but every class needs a row that is, one that is not, and two in all.".into(),
            ),
            None => refused("which leaves none on one side.".into()),
            Some(held) if held.iter().zip(weights).all(|(held, w)| !held || *w == 0.0) => {
                refused("all of which weigh 0. Another random_state draws others.".into())
            }
            held => Ok(held),
        }
    }

    /// The line to keep, and how often the rows were gone over.
    pub(super) fn run(&self, task: &Task<'_>) -> Result<Descended, Error> {
        let most = self.descent.max_iter as f64;
        let end = self.descent.run(task, |epoch| go_on(epoch as f64 / most))?;
        if end.overflown {
            return Err(Error::InvalidData(format!(
                "{}: numbers became too large in pass {} over the rows. Scale the data, or lower \
                 eta0.",
                self.name, end.epochs
            )));
        }
        Ok(end)
    }

    /// Of a descent's lines the one asked for, given how many steps there
    /// were.
    pub(super) fn chosen(&self, end: Descended, steps: f64) -> Fitted {
        match end.mean {
            Some(mean) if self.descent.average as f64 <= steps => mean,
            _ => end.last,
        }
    }

    /// What is to be said of a fit.
    pub(super) fn remarks(&self, epochs: u64) -> Vec<String> {
        let mut out = Vec::new();
        if self.descent.tol.is_some() && epochs == self.descent.max_iter {
            out.push(format!(
                "{} still improved after max_iter = {epochs} passes over the rows. Raise it, or tol.",
                self.name
            ));
        }
        out.extend(self.remark.map(|remark| format!("{}: {remark}", self.name)));
        out
    }
}

/// The rows of a fit's dataset.
pub(super) fn rows(train: &Rows<'_>) -> Rc<RowMajor> {
    RowMajor::of(train.dataset())
}

/// A draw of a seed.
pub(super) fn seed(rng: &mut RandomState) -> u32 {
    rng.randint(0, SEEDS) as u32
}

/// The draw of another seed, which nothing uses but which comes between.
pub(super) fn pass_over(rng: &mut RandomState) {
    rng.randint(1, SEEDS);
}
