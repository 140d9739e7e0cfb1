//! The rounds of both estimators: trees, what their votes weigh, and what the rows
//! weigh from one round to the next.

use pleat_guest::{Error, Info, Params, Rows, domain::*, go_on};
use pleat_num::sum::pairwise;
use serde::{Deserialize, Serialize};

use crate::boosting::Member;

/// The parameters besides those of the tree and of the loss.
#[derive(Clone, Copy, PartialEq)]
pub(crate) struct Pace {
    pub(crate) n_estimators: usize,
    pub(crate) learning_rate: f64,
}

impl Pace {
    pub(crate) fn describe(info: Info) -> Info {
        info.param(
            "n_estimators",
            50i64,
            integers(1..=1 << 20),
            "How many trees there are at most.",
        )
        .param(
            "learning_rate",
            1.0,
            above(0.0),
            "How much a tree's success changes what its vote and the rows weigh.",
        )
    }

    pub(crate) fn new(params: &Params) -> Result<Self, Error> {
        Ok(Pace {
            n_estimators: params.get("n_estimators")?,
            learning_rate: params.get("learning_rate")?,
        })
    }

    /// The same for any number of trees.
    pub(crate) fn of_any_length(self) -> Self {
        Pace {
            n_estimators: 0,
            ..self
        }
    }
}

/// Trees and what their votes weigh.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Rounds {
    pub(crate) members: Vec<Member>,
    /// One for each round that was asked for; 0 for those that were not needed.
    pub(crate) votes: Vec<f64>,
    /// The round after which weights were infinite.
    overflow: Option<u32>,
}

/// What a round made of itself.
pub(crate) enum Round {
    /// A tree with a vote, after which rows weigh this.
    Next(Member, f64, Vec<f64>),
    /// A tree without any error.
    Perfect(Member),
    /// A tree no better than none, for which it ends.
    Useless(Member),
}

impl Rounds {
    /// Goes on for so many rounds, unless one is the last by itself; `weights` are
    /// those of the rows at first, as they came.
    pub(crate) fn run(
        n: usize,
        mut weights: Vec<f64>,
        keep_useless: bool,
        mut round: impl FnMut(&[f64]) -> Result<Round, Error>,
    ) -> Result<Rounds, Error> {
        let mut rounds = Rounds::default();
        let nothing: Vec<bool> = weights.iter().map(|w| *w == 0.0).collect();
        normalise(&mut weights);
        for i in 0..n {
            go_on(i as f64 / n as f64)?;
            // What weighs too little is lifted, but for what weighed nothing.
            for (weight, nothing) in weights.iter_mut().zip(&nothing) {
                *weight = if *nothing {
                    0.0
                } else {
                    weight.max(f64::EPSILON)
                };
            }
            match round(&weights)? {
                Round::Next(member, vote, next) => {
                    rounds.members.push(member);
                    rounds.votes.push(vote);
                    weights = next;
                }
                Round::Perfect(member) => {
                    rounds.members.push(member);
                    rounds.votes.push(1.0);
                    break;
                }
                Round::Useless(member) => {
                    if keep_useless && rounds.members.is_empty() {
                        rounds.members.push(member);
                    }
                    break;
                }
            }
            let all = pairwise(&weights);
            if !all.is_finite() {
                rounds.overflow = Some(i as u32);
                break;
            }
            if all <= 0.0 {
                break;
            }
            weights.iter_mut().for_each(|w| *w /= all);
        }
        Ok(rounds)
    }

    /// What there would be if so many rounds had been asked for, and what there
    /// is to say about it.
    pub(crate) fn first(&self, n: usize) -> (Rounds, Option<&'static str>) {
        let mut votes: Vec<f64> = self.votes.iter().take(n).copied().collect();
        votes.resize(n, 0.0);
        let rounds = Rounds {
            members: self.members.iter().take(n).cloned().collect(),
            votes,
            overflow: None,
        };
        // Nobody would have weighed the rows after the last round.
        let infinite = self.overflow.is_some_and(|round| (round as usize) + 1 < n);
        let warning = "Rows came to weigh infinitely much, so that there are fewer trees; a lower \
                       learning_rate avoids it.";
        (rounds, infinite.then_some(warning))
    }

    /// What the leaf of each row says, tree after tree.
    pub(crate) fn answers(&self, rows: &Rows<'_>) -> Vec<f64> {
        let mut out = Vec::with_capacity(self.members.len() * rows.len());
        let mut leaves = Vec::new();
        for member in &self.members {
            member.leaves(rows, &mut leaves);
            out.extend(leaves.iter().map(|leaf| member.values[*leaf as usize]));
        }
        out
    }

    /// What each of so many columns was worth to the trees, by their votes.
    pub(crate) fn importances(&self, columns: usize) -> Vec<f64> {
        let mut sums = vec![0.0; columns];
        for (member, vote) in self.members.iter().zip(&self.votes) {
            let of_tree = member.importances(columns);
            for (sum, importance) in sums.iter_mut().zip(of_tree) {
                *sum += vote * importance;
            }
        }
        let all = pairwise(&self.votes);
        if all > 0.0 {
            sums.iter_mut().for_each(|sum| *sum /= all);
        }
        sums
    }
}

fn normalise(weights: &mut [f64]) {
    let all = pairwise(weights);
    weights.iter_mut().for_each(|w| *w /= all);
}
