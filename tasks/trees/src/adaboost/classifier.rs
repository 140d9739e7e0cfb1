//! `AdaBoostClassifier`: its description and its glue.

use pleat_guest::{
    Attribute, Error, Estimator, Fit, Info, Model, Outputs, Params, Prediction, Rows, decode,
    encode,
};
use pleat_num::math::{exp, ln};
use pleat_num::rng::RandomState;
use pleat_num::sum::pairwise;
use serde::{Deserialize, Serialize};

use crate::adaboost::rounds::{Pace, Round, Rounds};
use crate::base::ClassifierBase;
use crate::boosting::Member;
use crate::fit::{Ground, single_precision};
use crate::longest::Longest;
use crate::settings::Settings;

const NAME: &str = "AdaBoostClassifier";

/// scikit-learn's `AdaBoostClassifier` of decision trees.
#[derive(Clone, PartialEq)]
pub struct AdaBoostClassifier {
    pace: Pace,
    base: ClassifierBase,
}

/// A fitted [`AdaBoostClassifier`].
#[derive(Serialize, Deserialize)]
pub struct FittedClassifier {
    classes: Vec<u32>,
    columns: u32,
    rounds: Rounds,
}

/// The most rounds any candidate of a fitting asked for.
#[derive(Default)]
pub struct Shared(Longest<AdaBoostClassifier, Rounds>);

impl Estimator for AdaBoostClassifier {
    type Model = FittedClassifier;
    type Shared = Shared;

    fn info() -> Info {
        let info = Info::classifier(
            NAME,
            "A vote of small trees, each of which minds most what those before it got wrong.",
        );
        let info = Settings::describe_draws(
            Pace::describe(info),
            "What the draws start from, of columns and of which of equal splits wins; None is 0.",
        );
        ClassifierBase::describe(info, 1i64)
            .probabilities()
            .decision()
            .weights()
            .shares(&["n_estimators"])
    }

    fn new(params: &Params) -> Result<Self, Error> {
        Ok(AdaBoostClassifier {
            pace: Pace::new(params)?,
            base: ClassifierBase::new(NAME, params)?,
        })
    }

    fn fit(&self, train: &Rows<'_>, fit: &mut Fit<'_, Self>) -> Result<FittedClassifier, Error> {
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
        Ok(FittedClassifier {
            classes: train.classes(),
            columns: train.n_columns() as u32,
            rounds,
        })
    }
}

impl AdaBoostClassifier {
    /// The same for all candidates that can share rounds.
    fn alike(&self) -> Self {
        AdaBoostClassifier {
            pace: self.pace.of_any_length(),
            ..self.clone()
        }
    }

    /// The tree of a round with two classes, where there is a quick way.
    fn quick(
        &self,
        train: &Rows<'_>,
        second: &[f64],
        weights: &[f64],
        seed: u32,
    ) -> Option<Member> {
        let tree = self.base.quick(train, second, weights, seed)?;
        let mut member = Member::new(&tree);
        for share in &mut member.values {
            *share = f64::from(u8::from(*share > 0.5));
        }
        Some(member)
    }

    fn run(&self, train: &Rows<'_>, n: usize) -> Result<Rounds, Error> {
        let ground = Ground::new(NAME, train, self.base.random())?;
        let classes = train.classes().len();
        let codes: Vec<u32> = train.places().iter().map(|place| *place as u32).collect();
        let weights = train.weights();
        ground.check(weights.as_deref())?;
        let second: Option<Vec<f64>> =
            (classes == 2).then(|| codes.iter().copied().map(f64::from).collect());
        let mut draws = RandomState::new(self.base.seed());
        let mut leaves = Vec::new();
        let given = weights.unwrap_or_else(|| vec![1.0; codes.len()]);
        let rounds = Rounds::run(n, given, false, |weights| {
            let seed = draws.interval(0x7fff_fffe) as u32;
            let member = match second
                .as_deref()
                .and_then(|second| self.quick(train, second, weights, seed))
            {
                Some(member) => member,
                None => {
                    let tree = self.base.grow(&ground, (&codes, classes), weights, seed)?;
                    let mut member = Member::new(&tree);
                    for id in 0..member.values.len() {
                        member.values[id] = highest(tree.value(id)) as f64;
                    }
                    member
                }
            };
            member.leaves(train, &mut leaves);
            let says = |row: usize| member.values[leaves[row] as usize];
            let wrong: Vec<f64> = (0..codes.len())
                .map(|row| f64::from(u8::from(says(row) != f64::from(codes[row]))))
                .collect();
            let costs: Vec<f64> = wrong.iter().zip(weights).map(|(e, w)| e * w).collect();
            let error = pairwise(&costs) / pairwise(weights);
            if error <= 0.0 {
                return Ok(Round::Perfect(member));
            }
            if error >= 1.0 - 1.0 / classes as f64 {
                return Ok(Round::Useless(member));
            }
            let odds = ln((1.0 - error) / error) + ln(classes as f64 - 1.0);
            let vote = self.pace.learning_rate * odds;
            let next = |(wrong, weight): (&f64, &f64)| {
                let counts = f64::from(u8::from(*weight > 0.0));
                exp(ln(*weight) + vote * wrong * counts)
            };
            let next = wrong.iter().zip(weights).map(next).collect();
            Ok(Round::Next(member, vote, next))
        })?;
        if rounds.members.is_empty() {
            return Err(Error::InvalidData(format!(
                "{NAME}: the first tree is no better than chance, so there is none to go on from."
            )));
        }
        Ok(rounds)
    }
}

/// The first of the highest.
fn highest(shares: &[f64]) -> usize {
    let mut best = 0;
    for (i, share) in shares.iter().enumerate() {
        if *share > shares[best] {
            best = i;
        }
    }
    best
}

impl FittedClassifier {
    /// One score a row of two classes, else one a class.
    fn decision(&self, rows: &Rows<'_>) -> Vec<f64> {
        let (n, k) = (rows.len(), self.classes.len());
        if k == 1 {
            return vec![0.0; n];
        }
        let mut scores = vec![0.0; n * k];
        let answers = self.rounds.answers(rows);
        for (says, vote) in answers.chunks_exact(n).zip(&self.rounds.votes) {
            let against = -1.0 / (k as f64 - 1.0) * vote;
            for (scores, says) in scores.chunks_exact_mut(k).zip(says) {
                for (class, score) in scores.iter_mut().enumerate() {
                    *score += if class == *says as usize {
                        *vote
                    } else {
                        against
                    };
                }
            }
        }
        let all = pairwise(&self.rounds.votes);
        scores.iter_mut().for_each(|score| *score /= all);
        if k == 2 {
            return scores
                .chunks_exact(2)
                .map(|pair| -pair[0] + pair[1])
                .collect();
        }
        scores
    }
}

impl Model for FittedClassifier {
    fn classes(&self) -> &[u32] {
        &self.classes
    }

    fn predict(&self, rows: &Rows<'_>, _: Outputs) -> Result<Prediction, Error> {
        single_precision(rows)?;
        let decision = self.decision(rows);
        let k = self.classes.len();
        let shares: Vec<f64> = match k {
            2 => decision.iter().flat_map(|d| [-d / 2.0, d / 2.0]).collect(),
            _ => decision
                .iter()
                .map(|d| d / (k as f64 - 1.0).max(1.0))
                .collect(),
        };
        let mut probabilities = shares;
        for row in probabilities.chunks_exact_mut(k) {
            let top = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            row.iter_mut().for_each(|x| *x = exp(*x - top));
            let all = pairwise(row);
            row.iter_mut().for_each(|x| *x /= all);
        }
        let answers = if k == 2 {
            let second = |score: &f64| self.classes[usize::from(*score > 0.0)];
            Prediction::classes(decision.iter().map(second).collect())
        } else {
            Prediction::highest(&self.classes, &decision)
        };
        Ok(Prediction {
            probabilities: Some(probabilities),
            decision: Some(decision),
            ..answers
        })
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
