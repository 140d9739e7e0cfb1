//! Scores of classes and their probabilities. Lengths fit and are not zero.

use std::collections::{BTreeMap, BTreeSet};

use pleat_num::{math, sum};

use super::{ScoreError, Scorer};

pub(super) fn accuracy(truth: &[u32], answered: &[u32]) -> f64 {
    let right = truth.iter().zip(answered).filter(|(t, a)| t == a).count();
    right as f64 / truth.len() as f64
}

/// How often one class was true, answered, and both.
#[derive(Default)]
struct Counts {
    truth: u32,
    answered: u32,
    both: u32,
}

/// One entry for each class that is true or answered, ascending.
fn count(truth: &[u32], answered: &[u32]) -> Vec<Counts> {
    let mut counts = BTreeMap::<u32, Counts>::new();
    for (t, a) in truth.iter().zip(answered) {
        counts.entry(*t).or_default().truth += 1;
        counts.entry(*a).or_default().answered += 1;
        if t == a {
            counts.entry(*t).or_default().both += 1;
        }
    }
    counts.into_values().collect()
}

/// Classes that are answered but never true do not count.
pub(super) fn balanced_accuracy(truth: &[u32], answered: &[u32]) -> f64 {
    let counts = count(truth, answered);
    let recall = |c: &Counts| f64::from(c.both) / f64::from(c.truth);
    let recalls: Vec<f64> = counts.iter().filter(|c| c.truth > 0).map(recall).collect();
    sum::mean(&recalls)
}

/// A class that is never right has an F1 of 0; no denominator can be 0, since
/// each class is true or answered somewhere.
pub(super) fn f1_macro(truth: &[u32], answered: &[u32]) -> f64 {
    let counts = count(truth, answered);
    let f1 = |c: &Counts| 2.0 * f64::from(c.both) / (f64::from(c.truth) + f64::from(c.answered));
    let scores: Vec<f64> = counts.iter().map(f1).collect();
    sum::mean(&scores)
}

/// The mean of minus the logarithm of the true class's probability, which is
/// taken as at least and at most one machine epsilon from 0 and 1. Like
/// scikit-learn since 1.5, it does not scale rows to a sum of 1.
///
/// scikit-learn does not tell its metric which classes there are: it takes
/// those of the tested rows. If they are not those of the model it raises;
/// where merely their numbers agree it pairs the wrong columns, which is
/// refused here.
pub(super) fn log_loss(
    truth: &[u32],
    known: &[u32],
    probabilities: &[f64],
) -> Result<f64, ScoreError> {
    let scorer = Scorer::NegLogLoss;
    let width = known.len();
    if width < 2 {
        return Err(ScoreError::TooFewModelClasses {
            scorer,
            classes: width,
        });
    }
    for (row, values) in probabilities.chunks_exact(width).enumerate() {
        // Of two classes scikit-learn looks at the second only.
        let looked_at = if width == 2 { &values[1..] } else { values };
        if let Some(value) = looked_at.iter().copied().find(|p| !(0.0..=1.0).contains(p)) {
            return Err(ScoreError::NotAProbability { scorer, row, value });
        }
    }
    let tested: BTreeSet<u32> = truth.iter().copied().collect();
    let column_of: BTreeMap<u32, usize> = known.iter().copied().zip(0..).collect();
    if tested.len() < 2 {
        return Err(ScoreError::OneClass { scorer });
    }
    let common = tested.iter().filter(|c| column_of.contains_key(c)).count();
    if common != tested.len() || common != width {
        return Err(ScoreError::OtherClasses {
            scorer,
            tested: tested.len(),
            known: width,
            common,
        });
    }
    let loss = |(class, values): (&u32, &[f64])| {
        let p = match column_of.get(class) {
            Some(0) if width == 2 => 1.0 - values[1],
            Some(column) => values[*column],
            None => 0.0,
        };
        -math::ln(p.clamp(f64::EPSILON, 1.0 - f64::EPSILON))
    };
    let losses: Vec<f64> = truth
        .iter()
        .zip(probabilities.chunks_exact(width))
        .map(loss)
        .collect();
    Ok(sum::mean(&losses))
}
