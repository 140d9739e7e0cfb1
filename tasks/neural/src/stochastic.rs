//! Descending a batch at a time, until nothing improves.

use pleat_num::rng::RandomState;
use serde::{Deserialize, Serialize};

use crate::backprop::{Batch, Weightless, backprop};
use crate::network::Network;
use crate::optimizer::{Optimizer, Rules};
use crate::validation::{Split, score};

/// How to descend, and when to stop.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What a slope's step is.
    pub rules: Rules,
    /// The first rate.
    pub rate: f64,
    /// What squared coefficients cost.
    pub alpha: f64,
    /// Rows at a time; at most 200 if none is given.
    pub batch_size: Option<usize>,
    /// Passes at most.
    pub max_iter: u64,
    /// Whether each pass has an order of its own.
    pub shuffle: bool,
    /// What counts as better.
    pub tol: f64,
    /// Passes in a row without anything better that are put up with.
    pub patience: u64,
}

/// What was seen on the way, which a later fit goes on from.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct History {
    /// Passes of the last fit.
    pub passes: u64,
    /// Rows seen in all fits.
    pub rows: f64,
    /// The loss of the last pass, or the one arrived at.
    pub loss: f64,
    /// The loss of each pass.
    pub losses: Vec<f64>,
    /// The score of the rows held back after each pass.
    pub scores: Vec<f64>,
    best_loss: f64,
    best_score: f64,
    idle: u64,
}

impl Default for History {
    fn default() -> Self {
        History {
            passes: 0,
            rows: 0.0,
            loss: f64::INFINITY,
            losses: Vec::new(),
            scores: Vec::new(),
            best_loss: f64::INFINITY,
            best_score: f64::NEG_INFINITY,
            idle: 0,
        }
    }
}

impl History {
    /// The lowest loss and the highest score, if there were any.
    #[must_use]
    pub fn best(&self) -> (Option<f64>, Option<f64>) {
        let finite = |x: f64| x.is_finite().then_some(x);
        (finite(self.best_loss), finite(self.best_score))
    }

    fn pass(&mut self, loss: f64, rows: usize) {
        self.passes += 1;
        self.rows += rows as f64;
        self.loss = loss;
        self.losses.push(loss);
    }

    /// Whether the last loss is the best does not matter, only how long none
    /// was much better.
    fn hear_loss(&mut self, tol: f64) {
        self.idle = match self.loss > self.best_loss - tol {
            true => self.idle + 1,
            false => 0,
        };
        if self.loss < self.best_loss {
            self.best_loss = self.loss;
        }
    }

    /// Whether this score is the best.
    fn hear_score(&mut self, score: f64, tol: f64) -> bool {
        self.scores.push(score);
        self.idle = match score < self.best_score + tol {
            true => self.idle + 1,
            false => 0,
        };
        let better = score > self.best_score;
        if better {
            self.best_score = score;
        }
        better
    }
}

/// Descends. With a split, only its first part is learned from, and the
/// weights that did best on the second are kept. `tick` hears of every pass,
/// and ends the descent with its error. Answers with whether there were enough
/// passes.
pub fn descend<E: From<Weightless>>(
    network: &mut Network,
    history: &mut History,
    plan: &Plan,
    all: Batch<'_>,
    split: Option<&Split>,
    rng: &mut RandomState,
    mut tick: impl FnMut(u64) -> Result<(), E>,
) -> Result<bool, E> {
    let width = network.shape.units[0];
    let mut order: Vec<u32> = match split {
        Some(split) => split.train.clone(),
        None => (0..all.y.len() as u32).collect(),
    };
    let n = order.len();
    let batch_size = plan.batch_size.unwrap_or(200).clamp(1, n);
    let held = split.map(|split| Chosen::new(&all, width, &split.held));
    let mut optimizer = Optimizer::new(plan.rules, plan.rate, network.weights.len());
    let mut slope = vec![0.0; network.weights.len()];
    // A later fit that never does better keeps what it ends with.
    let mut best = history.losses.is_empty().then(|| network.weights.clone());
    history.passes = 0;
    let mut enough = true;
    while history.passes < plan.max_iter {
        tick(history.passes)?;
        if plan.shuffle {
            let turns = rng.permutation(n as u32);
            order = turns.into_iter().map(|i| order[i as usize]).collect();
        }
        let mut total = 0.0;
        for rows in order.chunks(batch_size) {
            let chosen = Chosen::new(&all, width, rows);
            let loss = backprop(network, plan.alpha, chosen.batch(), &mut slope)?;
            total += loss * rows.len() as f64;
            optimizer.step(&mut network.weights, &slope);
        }
        history.pass(total / n as f64, n);
        match &held {
            Some(held) => {
                if history.hear_score(held.score(network), plan.tol) {
                    best = Some(network.weights.clone());
                }
            }
            None => history.hear_loss(plan.tol),
        }
        optimizer.pass_ends(history.rows);
        if history.idle > plan.patience {
            if optimizer.is_over() {
                break;
            }
            history.idle = 0;
        }
        enough = history.passes < plan.max_iter;
    }
    if let (Some(_), Some(best)) = (held, best) {
        network.weights = best;
    }
    Ok(enough)
}

/// Rows picked out of all.
struct Chosen {
    x: Vec<f64>,
    y: Vec<f64>,
    weights: Option<Vec<f64>>,
}

impl Chosen {
    fn new(all: &Batch<'_>, width: usize, rows: &[u32]) -> Self {
        let mut x = Vec::with_capacity(rows.len() * width);
        for row in rows {
            x.extend_from_slice(&all.x[*row as usize * width..][..width]);
        }
        let pick = |of: &[f64]| rows.iter().map(|row| of[*row as usize]).collect();
        Chosen {
            x,
            y: pick(all.y),
            weights: all.weights.map(pick),
        }
    }

    fn batch(&self) -> Batch<'_> {
        Batch {
            x: &self.x,
            y: &self.y,
            weights: self.weights.as_deref(),
        }
    }

    fn score(&self, network: &Network) -> f64 {
        let units = &network.shape.units;
        let (width, last) = (units[0], units[units.len() - 1]);
        let portion =
            |rows: std::ops::Range<usize>| self.x[rows.start * width..rows.end * width].to_vec();
        let answers = network.answers(self.y.len(), portion);
        let equal = vec![1.0; self.y.len()];
        let weights = self.weights.as_deref().unwrap_or(&equal);
        score(network.shape.loss, last, &answers, &self.y, weights)
    }
}
