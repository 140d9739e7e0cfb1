//! Precision, recall, F1 and Jaccard: how often each class was true, answered,
//! and both. Lengths fit and are not zero.

use std::collections::BTreeMap;

use pleat_num::sum;

use super::Reason;
use super::classes::Answers;
use super::weighted;

/// What is put in relation to what.
#[derive(Debug, Clone, Copy)]
pub(super) enum Ratio {
    /// Both to answered.
    Precision,
    /// Both to true.
    Recall,
    /// Twice both to true and answered, counted one by one.
    F1,
    /// Both to either.
    Jaccard,
}

/// How classes become one score.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Average {
    /// The positive class alone.
    Binary,
    /// All classes counted together.
    Micro,
    /// The mean over the classes that are true or answered.
    Macro,
    /// That mean, weighted by how often each is true.
    Weighted,
}

/// What a class weighs. scikit-learn keeps what was missed and derives the
/// rest from it, which shows in the last bits of uneven weights.
#[derive(Default, Clone, Copy)]
struct Counts {
    both: f64,
    answered: f64,
    truth: f64,
    /// Answered or true; known once all rows are counted.
    either: f64,
}

impl Counts {
    fn derived(self) -> Self {
        let (alarms, missed) = (self.answered - self.both, self.truth - self.both);
        Self {
            both: self.both,
            answered: self.both + alarms,
            truth: self.both + missed,
            either: self.both + alarms + missed,
        }
    }

    /// 0 where scikit-learn warns that there is nothing to divide by.
    fn ratio(&self, ratio: Ratio) -> f64 {
        let (part, whole) = match ratio {
            Ratio::Precision => (self.both, self.answered),
            Ratio::Recall => (self.both, self.truth),
            Ratio::F1 => (2.0 * self.both, self.truth + self.answered),
            Ratio::Jaccard => (self.both, self.either),
        };
        if whole == 0.0 { 0.0 } else { part / whole }
    }
}

/// One entry for each class that is true or answered, ascending.
fn count(of: &Answers<'_>) -> BTreeMap<u32, Counts> {
    let mut counts = BTreeMap::<u32, Counts>::new();
    for (t, a, weight) in of.rows() {
        counts.entry(t).or_default().truth += weight;
        counts.entry(a).or_default().answered += weight;
        if t == a {
            counts.entry(t).or_default().both += weight;
        }
    }
    counts
}

pub(super) fn score(of: &Answers<'_>, ratio: Ratio, average: Average) -> Result<f64, Reason> {
    let counts = count(of);
    if average == Average::Binary {
        let positive = of.positive.ok_or(Reason::NoPositive)?;
        if counts.len() > 2 {
            return Err(Reason::TooManyClasses {
                classes: counts.len(),
            });
        }
        if of.known.len() <= 2 && !of.known.contains(&positive) {
            return Err(Reason::PositiveUnknown { of: "of the model" });
        }
        let found = counts.get(&positive).copied();
        if found.is_none() && counts.len() == 2 {
            return Err(Reason::PositiveUnknown {
                of: "tested or answered",
            });
        }
        return Ok(found.unwrap_or_default().derived().ratio(ratio));
    }
    let counts: Vec<Counts> = counts.into_values().map(Counts::derived).collect();
    let truths: Vec<f64> = counts.iter().map(|c| c.truth).collect();
    let ratios: Vec<f64> = counts.iter().map(|c| c.ratio(ratio)).collect();
    Ok(match average {
        Average::Macro | Average::Binary => sum::mean(&ratios),
        Average::Weighted => weighted::average(&ratios, Some(&truths)),
        Average::Micro => micro(&counts, ratio),
    })
}

fn micro(counts: &[Counts], ratio: Ratio) -> f64 {
    let all = |of: fn(&Counts) -> f64| sum::pairwise(&counts.iter().map(of).collect::<Vec<_>>());
    let sums = Counts {
        both: all(|c| c.both),
        answered: all(|c| c.answered),
        truth: all(|c| c.truth),
        either: all(|c| c.either),
    };
    sums.ratio(ratio)
}
