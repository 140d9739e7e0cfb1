//! What both estimators do to fit, once they have said what is to be learned,
//! and what they keep.

use pleat_guest::{Attribute, Error, Rows, go_on};
use pleat_num::rng::RandomState;
use serde::{Deserialize, Serialize};

use crate::backprop::{Batch, Weightless, backprop};
use crate::lbfgs::{Limits, minimise};
use crate::loss::Loss;
use crate::network::{Network, Shape};
use crate::settings::{Settings, Solver};
use crate::stochastic::{History, Plan, descend};
use crate::validation;

/// A network with how it came about.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Fitted {
    /// The network.
    pub network: Network,
    /// What was seen on the way.
    pub history: History,
}

/// What is to be learned.
pub(crate) struct Problem<'a> {
    /// Who asks, for sentences.
    pub(crate) name: &'static str,
    pub(crate) train: &'a Rows<'a>,
    /// What the loss takes for the truth.
    pub(crate) y: Vec<f64>,
    pub(crate) loss: Loss,
    /// How many answers there are to a row.
    pub(crate) width: usize,
}

impl From<Weightless> for Error {
    fn from(Weightless: Weightless) -> Self {
        Error::InvalidData(
            "the weights of a batch sum to 0, so that its loss has no average; raise batch_size, \
             or leave rows without weight out"
                .into(),
        )
    }
}

impl Problem<'_> {
    /// Learns it, from an earlier network on if there is one. Warnings are
    /// added to the list.
    pub(crate) fn fit(
        self,
        settings: &Settings,
        earlier: Option<Fitted>,
        warnings: &mut Vec<String>,
    ) -> Result<Fitted, Error> {
        let mut units = vec![self.train.n_columns()];
        units.extend(&settings.hidden);
        units.push(self.width);
        let shape = Shape {
            units,
            activation: settings.activation,
            loss: self.loss,
        };
        if shape.count().is_none() {
            return Err(Error::InvalidParams(format!(
                "{} cannot have as many weights as hidden_layer_sizes={:?} makes with {} columns.",
                self.name,
                settings.hidden,
                self.train.n_columns()
            )));
        }
        let mut rng = RandomState::new(settings.seed);
        let (mut network, mut history) = match earlier {
            None => (shape.draw(&mut rng), History::default()),
            Some(earlier) if earlier.network.shape.units == shape.units => {
                let weights = earlier.network.weights;
                (Network { shape, weights }, earlier.history)
            }
            Some(earlier) => {
                return Err(Error::InvalidParams(format!(
                    "{} cannot go on with layers of {:?} from a network with layers of {:?}.",
                    self.name, shape.units, earlier.network.shape.units
                )));
            }
        };
        let (x, weights) = (self.train.row_major(), self.train.weights());
        let batch = Batch {
            x: &x,
            y: &self.y,
            weights: weights.as_deref(),
        };
        let trouble = match &settings.solver {
            Solver::Stochastic(plan, held) => {
                let way = (&mut network, &mut history);
                self.descend(plan, *held, batch, way, &mut rng, warnings)?
            }
            Solver::Lbfgs(limits) => {
                search(*limits, settings.alpha, batch, &mut network, &mut history)?
            }
        };
        if !network.weights.iter().all(|w| w.is_finite()) {
            return Err(Error::InvalidData(format!(
                "{} arrived at weights that are not finite. Scale the data, or lower \
                 learning_rate_init.",
                self.name
            )));
        }
        warnings.extend(trouble.map(|trouble| {
            format!(
                "{} did not converge ({} iterations): {trouble}. Scale the data, or raise max_iter.",
                self.name, history.passes
            )
        }));
        Ok(Fitted { network, history })
    }

    fn descend(
        &self,
        plan: &Plan,
        held: Option<f64>,
        batch: Batch<'_>,
        (network, history): (&mut Network, &mut History),
        rng: &mut RandomState,
        warnings: &mut Vec<String>,
    ) -> Result<Option<&'static str>, Error> {
        let n = batch.y.len();
        // Two classes are shared out evenly; more are not, as in scikit-learn.
        let classes = (self.loss == Loss::Binary).then_some(batch.y);
        let split = match held {
            Some(share) => Some(
                validation::split(n, share, classes, rng)
                    .map_err(|why| Error::InvalidData(format!("{}: {why}", self.name)))?,
            ),
            None => None,
        };
        let rows = split.as_ref().map_or(n, |split| split.train.len());
        if let Some(size) = plan.batch_size.filter(|size| *size > rows) {
            warnings.push(format!(
                "batch_size={size} is more than the {rows} rows there are; {rows} is used."
            ));
        }
        let most = plan.max_iter as f64;
        let tick = |pass: u64| go_on(pass as f64 / most);
        let enough = descend(network, history, plan, batch, split.as_ref(), rng, tick)?;
        Ok((!enough).then_some("max_iter was reached"))
    }
}

/// All rows at once.
fn search(
    limits: Limits,
    alpha: f64,
    batch: Batch<'_>,
    network: &mut Network,
    history: &mut History,
) -> Result<Option<&'static str>, Error> {
    let from = network.weights.clone();
    let evaluate = |at: &[f64], slope: &mut [f64]| {
        network.weights.copy_from_slice(at);
        Ok(backprop(network, alpha, batch, slope)?)
    };
    let most = limits.max_iter as f64;
    let found = minimise(from, limits, evaluate, |line| go_on(line as f64 / most))?;
    network.weights = found.at;
    history.passes = found.iterations;
    history.loss = found.value;
    Ok(found.trouble)
}

impl Fitted {
    /// The answers of the last layer, row after row.
    #[must_use]
    pub fn answers(&self, rows: &Rows<'_>) -> Vec<f64> {
        let data = rows.dataset();
        let width = rows.n_columns();
        let portion = |places: std::ops::Range<usize>| {
            let indices = &rows.indices()[places];
            let mut x = vec![0.0; indices.len() * width];
            for c in 0..width {
                let column = data.column(c);
                for (x, row) in x.chunks_exact_mut(width).zip(indices) {
                    x[c] = column[*row as usize];
                }
            }
            x
        };
        self.network.answers(rows.len(), portion)
    }

    /// Under scikit-learn's names; of what it has a list of there, every part.
    #[must_use]
    pub fn attributes(&self) -> Vec<Attribute> {
        let shape = &self.network.shape;
        let layers = 0..shape.layers();
        let coefs = layers.clone().map(|i| {
            let values = self.network.coef(i).to_vec();
            Attribute::matrix(&format!("coefs_[{i}]"), shape.units[i + 1], values)
        });
        let intercepts = layers.map(|i| {
            let values = self.network.intercept(i).to_vec();
            Attribute::vector(&format!("intercepts_[{i}]"), values)
        });
        let mut all: Vec<Attribute> = coefs.chain(intercepts).collect();
        let history = &self.history;
        all.push(Attribute::number("loss_", history.loss));
        all.push(Attribute::number("n_iter_", history.passes as f64));
        if !history.losses.is_empty() {
            all.push(Attribute::number("t_", history.rows));
            all.push(Attribute::vector("loss_curve_", history.losses.clone()));
        }
        let (loss, score) = history.best();
        all.extend(loss.map(|loss| Attribute::number("best_loss_", loss)));
        if let Some(score) = score {
            all.push(Attribute::vector(
                "validation_scores_",
                history.scores.clone(),
            ));
            all.push(Attribute::number("best_validation_score_", score));
        }
        all
    }
}
