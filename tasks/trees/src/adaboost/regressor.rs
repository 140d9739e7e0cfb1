//! `AdaBoostRegressor`: its description and its glue.

use pleat_guest::{
    Attribute, Error, Estimator, Fit, Info, Model, Outputs, Params, Prediction, Rows, decode,
    domain::*, encode,
};
use pleat_num::math::{exp, ln, pow};
use pleat_num::rng::RandomState;
use pleat_num::sum::pairwise;
use serde::{Deserialize, Serialize};

use crate::adaboost::rounds::{Pace, Round, Rounds};
use crate::base::RegressorBase;
use crate::boosting::Member;
use crate::fit::{Ground, single_precision};
use crate::forest::bootstrap::Chances;
use crate::longest::Longest;
use crate::settings::Settings;

const NAME: &str = "AdaBoostRegressor";

/// scikit-learn's `AdaBoostRegressor` of decision trees.
#[derive(Clone, PartialEq)]
pub struct AdaBoostRegressor {
    pace: Pace,
    loss: Loss,
    base: RegressorBase,
}

/// What an error costs, of the largest one as a share.
#[derive(Clone, Copy, PartialEq)]
enum Loss {
    Linear,
    Square,
    Exponential,
}

/// A fitted [`AdaBoostRegressor`].
#[derive(Serialize, Deserialize)]
pub struct FittedRegressor {
    columns: u32,
    rounds: Rounds,
}

/// The most rounds any candidate of a fitting asked for.
#[derive(Default)]
pub struct Shared(Longest<AdaBoostRegressor, Rounds>);

impl Estimator for AdaBoostRegressor {
    type Model = FittedRegressor;
    type Shared = Shared;

    fn info() -> Info {
        let info = Info::regressor(
            NAME,
            "The weighted median of trees, each grown over rows that those before it missed.",
        );
        let info = Pace::describe(info).param(
            "loss",
            "linear",
            words(["linear", "square", "exponential"]),
            "What an error costs when rows are weighed anew.",
        );
        let info = Settings::describe_draws(
            info,
            "What the draws start from, of rows, of columns, and of which of equal splits wins; \
             None is 0.",
        );
        RegressorBase::describe(info, 3i64)
            .weights()
            .shares(&["n_estimators"])
    }

    fn new(params: &Params) -> Result<Self, Error> {
        Ok(AdaBoostRegressor {
            pace: Pace::new(params)?,
            loss: params.choice(
                "loss",
                &[
                    ("linear", Loss::Linear),
                    ("square", Loss::Square),
                    ("exponential", Loss::Exponential),
                ],
            )?,
            base: RegressorBase::new(NAME, params)?,
        })
    }

    fn fit(&self, train: &Rows<'_>, fit: &mut Fit<'_, Self>) -> Result<FittedRegressor, Error> {
        // Only for what there is to say of the criterion.
        let mut warnings = Vec::new();
        self.base.measure(&train.numbers(), |warning| {
            warnings.push(warning.to_owned())
        })?;
        warnings.into_iter().for_each(|warning| fit.warn(warning));
        let wanted = self.pace.n_estimators;
        let siblings = fit.siblings.iter();
        let siblings = siblings.map(|s| (s.alike(), s.pace.n_estimators));
        let longest = fit
            .shared
            .0
            .of(self.alike(), wanted, siblings, |n| self.run(train, n))?;
        let (rounds, warning) = longest.first(wanted);
        if let Some(warning) = warning {
            fit.warn(warning);
        }
        Ok(FittedRegressor {
            columns: train.n_columns() as u32,
            rounds,
        })
    }
}

impl AdaBoostRegressor {
    /// The same for all candidates that can share rounds.
    fn alike(&self) -> Self {
        AdaBoostRegressor {
            pace: self.pace.of_any_length(),
            ..self.clone()
        }
    }

    fn run(&self, train: &Rows<'_>, n: usize) -> Result<Rounds, Error> {
        single_precision(train)?;
        let numbers = train.numbers();
        let weights = train.weights().unwrap_or_else(|| vec![1.0; numbers.len()]);
        if weights.iter().all(|w| *w == 0.0) {
            return Err(Error::InvalidData(format!(
                "{NAME}: the weights of all rows are 0."
            )));
        }
        let mut draws = RandomState::new(self.base.seed());
        let mut leaves = Vec::new();
        Rounds::run(n, weights, true, |weights| {
            let seed = draws.interval(0x7fff_fffe) as u32;
            let chances = Chances::new(Some(weights));
            let drawn: Vec<usize> = (0..numbers.len())
                .map(|_| chances.draw_one(&mut draws, numbers.len()))
                .collect();
            let member = self.grow(train, &numbers, &drawn, seed)?;
            member.leaves(train, &mut leaves);
            let off = |row: usize| (member.values[leaves[row] as usize] - numbers[row]).abs();
            let counted = (0..numbers.len()).filter(|row| weights[*row] > 0.0);
            let counted: Vec<usize> = counted.collect();
            let mut errors: Vec<f64> = counted.iter().map(|row| off(*row)).collect();
            let largest = errors.iter().copied().fold(0.0, f64::max);
            for error in &mut errors {
                if largest != 0.0 {
                    *error /= largest;
                }
                *error = match self.loss {
                    Loss::Linear => *error,
                    Loss::Square => *error * *error,
                    Loss::Exponential => 1.0 - exp(-*error),
                };
            }
            let costs = counted.iter().zip(&errors);
            let costs: Vec<f64> = costs.map(|(row, error)| weights[*row] * error).collect();
            let error = pairwise(&costs);
            if error <= 0.0 {
                return Ok(Round::Perfect(member));
            }
            if error >= 0.5 {
                return Ok(Round::Useless(member));
            }
            let beta = error / (1.0 - error);
            let rate = self.pace.learning_rate;
            let mut next = weights.to_vec();
            for (row, error) in counted.iter().zip(&errors) {
                next[*row] *= pow(beta, (1.0 - error) * rate);
            }
            Ok(Round::Next(member, rate * ln(1.0 / beta), next))
        })
    }

    /// A tree of the rows that were drawn, in that order.
    fn grow(
        &self,
        train: &Rows<'_>,
        numbers: &[f64],
        drawn: &[usize],
        seed: u32,
    ) -> Result<Member, Error> {
        let rows: Vec<u32> = drawn.iter().map(|i| train.indices()[*i]).collect();
        let rows = Rows::new(train.dataset(), &rows)?;
        let numbers: Vec<f64> = drawn.iter().map(|i| numbers[*i]).collect();
        if let Some(tree) = self.base.quick(&rows, &numbers, None, seed) {
            return Ok(Member::new(&tree));
        }
        let ground = Ground::new(NAME, &rows, self.base.random())?;
        let measure = self.base.measure(&numbers, |_| {})?;
        let tree = self.base.grow(&ground, measure, &numbers, None, seed)?;
        Ok(Member::new(&tree))
    }
}

impl Model for FittedRegressor {
    fn predict(&self, rows: &Rows<'_>, _: Outputs) -> Result<Prediction, Error> {
        single_precision(rows)?;
        let n = rows.len();
        let answers = self.rounds.answers(rows);
        let mut says: Vec<(f64, f64)> = Vec::new();
        let median = |row: usize| {
            says.clear();
            let of_row = answers.iter().skip(row).step_by(n).copied();
            says.extend(of_row.zip(self.rounds.votes.iter().copied()));
            says.sort_by(|a, b| a.0.total_cmp(&b.0));
            let all = says.iter().fold(0.0, |sum, (_, vote)| sum + vote);
            let mut sum = 0.0;
            let reached = |(_, vote): &&(f64, f64)| {
                sum += vote;
                sum >= 0.5 * all
            };
            says.iter().find(reached).map_or(f64::NAN, |found| found.0)
        };
        Ok(Prediction::numbers((0..n).map(median).collect()))
    }

    fn attributes(&self) -> Vec<Attribute> {
        vec![Attribute::vector(
            "feature_importances_",
            self.rounds.importances(self.columns as usize),
        )]
    }

    fn save(&self) -> Result<Vec<u8>, Error> {
        encode(self)
    }

    fn load(bytes: &[u8]) -> Result<Self, Error> {
        decode(bytes)
    }
}
