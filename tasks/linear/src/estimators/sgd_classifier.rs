//! `SGDClassifier`: one line for two classes, one against the rest for each of
//! more.

use pleat_guest::{
    Attribute, Error, Estimator, Fit, Info, Model, Outputs, Params, Prediction, Rows, decode,
    encode,
};
use pleat_num::rng::RandomState;
use serde::{Deserialize, Serialize};

use super::lines;
use super::sgd::{self, Named, Settings};
use crate::line::Line;
use crate::logistic::loss::expit;
use crate::scores::Scores;
use crate::sgd::descent::Task;
use crate::sgd::losses::Loss;
use crate::weights::{self, ClassWeight};

const NAME: &str = "SGDClassifier";

/// scikit-learn's `SGDClassifier`.
pub struct SGDClassifier {
    settings: Settings,
    class_weight: ClassWeight,
}

/// A fitted [`SGDClassifier`].
#[derive(Serialize, Deserialize)]
pub struct FittedSgdClassifier {
    scores: Scores,
    n_iter: u64,
    odds: Option<Odds>,
}

/// How a score becomes a probability.
#[derive(Clone, Copy, Serialize, Deserialize)]
enum Odds {
    /// By the logistic function.
    Logistic,
    /// Cut off at -1 and 1.
    Clipped,
}

impl Estimator for SGDClassifier {
    type Model = FittedSgdClassifier;
    type Shared = ();

    fn info() -> Info {
        let info = Info::classifier(
            NAME,
            "Lines that part classes, fitted by stochastic gradient descent.",
        )
        .probabilities()
        .decision()
        .weights();
        let losses = [
            "hinge",
            "squared_hinge",
            "perceptron",
            "log_loss",
            "modified_huber",
            "squared_error",
            "huber",
            "epsilon_insensitive",
            "squared_epsilon_insensitive",
        ];
        sgd::describe(info, losses, "optimal", 0.5, true)
    }

    fn new(params: &Params) -> Result<Self, Error> {
        let losses: [Named; 9] = [
            ("hinge", |_| Loss::Hinge { threshold: 1.0 }),
            ("squared_hinge", |_| Loss::SquaredHinge),
            ("perceptron", |_| Loss::Hinge { threshold: 0.0 }),
            ("log_loss", |_| Loss::Logistic),
            ("modified_huber", |_| Loss::ModifiedHuber),
            ("squared_error", |_| Loss::Squared),
            ("huber", Loss::Huber),
            ("epsilon_insensitive", Loss::Insensitive),
            ("squared_epsilon_insensitive", Loss::SquaredInsensitive),
        ];
        Ok(SGDClassifier {
            settings: Settings::new(NAME, params, &losses, "hinge")?,
            class_weight: ClassWeight::of(params)?,
        })
    }

    fn fit(&self, train: &Rows<'_>, fit: &mut Fit<'_, Self>) -> Result<FittedSgdClassifier, Error> {
        let (classes, places) = (train.classes(), train.places());
        lines::at_least_two(NAME, &classes, train.len())?;
        let weights = weights::of_rows(NAME, train)?.unwrap_or_else(|| vec![1.0; train.len()]);
        // By how many rows there are, whatever they weigh.
        let amounts = weights::amounts(&places, classes.len(), None);
        let factors = self.class_weight.factors(&amounts);
        let held = self.settings.held(train.len(), Some(&places), &weights)?;
        let rows = sgd::rows(train);
        let (of_it, of_others) = self.settings.descent.loss.signs();
        let descend = |class: usize, other: f64, seed: u32| {
            let is_it = |place: &usize| *place == class;
            let y: Vec<f64> = places
                .iter()
                .map(|place| if is_it(place) { of_it } else { of_others })
                .collect();
            let steps: Vec<f64> = places
                .iter()
                .zip(&weights)
                .map(|(place, w)| if is_it(place) { factors[class] } else { other } * w)
                .collect();
            let mut rng = RandomState::new(seed);
            sgd::pass_over(&mut rng);
            self.settings.run(&Task {
                rows: &rows,
                indices: train.indices(),
                of_classes: true,
                y: &y,
                weights: &steps,
                row_weights: &weights,
                held: held.as_deref(),
                seed: sgd::seed(&mut rng),
            })
        };
        let ends = match classes.len() {
            2 => vec![descend(1, factors[0], self.settings.seed)?],
            n => {
                let mut rng = RandomState::new(self.settings.seed);
                let seeds: Vec<u32> = (0..n).map(|_| sgd::seed(&mut rng)).collect();
                (0..n)
                    .map(|c| descend(c, 1.0, seeds[c]))
                    .collect::<Result<_, _>>()?
            }
        };
        let n_iter = ends.iter().map(|end| end.epochs).max().unwrap_or(0);
        self.settings
            .remarks(n_iter)
            .into_iter()
            .for_each(|remark| fit.warn(remark));
        let steps = n_iter as f64 * train.len() as f64;
        let line = |end| {
            let (mut coefficients, intercept) = self.settings.chosen(end, steps);
            coefficients.truncate(train.n_columns());
            Line {
                coefficients,
                intercept,
            }
        };
        let lines = ends.into_iter().map(line).collect();
        Ok(FittedSgdClassifier {
            scores: Scores { classes, lines },
            n_iter,
            odds: match self.settings.descent.loss {
                Loss::Logistic => Some(Odds::Logistic),
                Loss::ModifiedHuber => Some(Odds::Clipped),
                _ => None,
            },
        })
    }
}

impl FittedSgdClassifier {
    /// Scores as probabilities: each class against the rest, then made to sum
    /// to 1.
    fn probabilities(&self, odds: Odds, decision: &[f64]) -> Vec<f64> {
        let one = |score: &f64| match odds {
            Odds::Logistic => expit(*score),
            Odds::Clipped => (score.clamp(-1.0, 1.0) + 1.0) / 2.0,
        };
        if self.scores.lines.len() == 1 {
            let both = |score: &f64| [1.0 - one(score), one(score)];
            return decision.iter().flat_map(both).collect();
        }
        let mut out: Vec<f64> = decision.iter().map(one).collect();
        for row in out.chunks_exact_mut(self.scores.lines.len()) {
            if row.iter().all(|p| *p == 0.0) {
                row.fill(1.0);
            }
            let total: f64 = row.iter().sum();
            row.iter_mut().for_each(|p| *p /= total);
        }
        out
    }
}

impl Model for FittedSgdClassifier {
    fn classes(&self) -> &[u32] {
        &self.scores.classes
    }

    fn predict(&self, rows: &Rows<'_>, outputs: Outputs) -> Result<Prediction, Error> {
        let decision = self.scores.decision(rows);
        let probabilities = self.odds.map(|odds| self.probabilities(odds, &decision));
        if outputs.contains(Outputs::PROBABILITIES) && probabilities.is_none() {
            return Err(Error::Unsupported(format!(
                "{NAME} has probabilities with loss = 'log_loss' and 'modified_huber' only."
            )));
        }
        Ok(Prediction {
            probabilities,
            decision: Some(decision.clone()),
            ..self.scores.answers(&decision)
        })
    }

    fn save(&self) -> Result<Vec<u8>, Error> {
        encode(self)
    }

    fn load(bytes: &[u8]) -> Result<Self, Error> {
        decode(bytes)
    }

    fn attributes(&self) -> Vec<Attribute> {
        lines::attributes(&self.scores.lines, self.n_iter)
    }
}
