//! Scores of answered classes, but for those that count class by class.
//! Lengths fit and are not zero.

use std::collections::{BTreeMap, BTreeSet};

use pleat_num::sum;

use super::Reason;
use super::weighted;

/// Classes that are true and classes that were answered.
pub(super) struct Answers<'a> {
    pub(super) truth: &'a [u32],
    pub(super) answered: &'a [u32],
    /// The classes of the model, ascending.
    pub(super) known: &'a [u32],
    pub(super) weights: Option<&'a [f64]>,
    pub(super) positive: Option<u32>,
}

type Score = Result<f64, Reason>;

impl Answers<'_> {
    /// For each row what is true, what was answered, and its weight.
    pub(super) fn rows(&self) -> impl Iterator<Item = (u32, u32, f64)> {
        let weight = |row: usize| self.weights.map_or(1.0, |w| w[row]);
        let pairs = self.truth.iter().zip(self.answered).enumerate();
        pairs.map(move |(row, (t, a))| (*t, *a, weight(row)))
    }

    fn confusion(&self) -> Confusion {
        let labels: BTreeSet<u32> = self.truth.iter().chain(self.answered).copied().collect();
        let place: BTreeMap<u32, usize> = labels.into_iter().zip(0..).collect();
        let mut cells = BTreeMap::new();
        for (t, a, weight) in self.rows() {
            *cells.entry((place[&t], place[&a])).or_insert(0.0) += weight;
        }
        Confusion {
            size: place.len(),
            cells,
        }
    }
}

/// What the rows of each true and each answered class weigh, over the classes
/// that are either. Only what is not 0 is kept.
struct Confusion {
    size: usize,
    cells: BTreeMap<(usize, usize), f64>,
}

impl Confusion {
    fn cell(&self, truth: usize, answered: usize) -> f64 {
        self.cells.get(&(truth, answered)).copied().unwrap_or(0.0)
    }

    fn diagonal(&self) -> Vec<f64> {
        (0..self.size).map(|i| self.cell(i, i)).collect()
    }

    fn truths(&self) -> Vec<f64> {
        let mut row = vec![0.0; self.size];
        let mut sums = Vec::with_capacity(self.size);
        for truth in 0..self.size {
            row.fill(0.0);
            for ((_, answered), weight) in self.cells.range((truth, 0)..(truth + 1, 0)) {
                row[*answered] = *weight;
            }
            sums.push(sum::pairwise(&row));
        }
        sums
    }

    fn answers(&self) -> Vec<f64> {
        let mut sums = vec![0.0; self.size];
        for ((_, answered), weight) in &self.cells {
            sums[*answered] += weight;
        }
        sums
    }
}

pub(super) fn accuracy(of: &Answers<'_>) -> Score {
    let right: Vec<f64> = of.rows().map(|(t, a, _)| f64::from(t == a)).collect();
    Ok(weighted::average(&right, of.weights))
}

/// Classes that are answered but never true, or true but without weight, do
/// not count.
pub(super) fn balanced_accuracy(of: &Answers<'_>) -> Score {
    let confusion = of.confusion();
    let right = confusion.diagonal();
    let pairs = right.iter().zip(confusion.truths());
    let recalls: Vec<f64> = pairs
        .filter(|(_, truth)| *truth > 0.0)
        .map(|(right, truth)| right / truth)
        .collect();
    Ok(sum::mean(&recalls))
}

/// For any number of classes, after Gorodkin, Comparing two K-category
/// assignments by a K-category correlation coefficient (2004); 0 if all that
/// is true or all that is answered is one class.
pub(super) fn matthews_corrcoef(of: &Answers<'_>) -> Score {
    let dot = |a: &[f64], b: &[f64]| {
        let products: Vec<f64> = a.iter().zip(b).map(|(x, y)| x * y).collect();
        sum::pairwise(&products)
    };
    let confusion = of.confusion();
    let (truths, answers) = (confusion.truths(), confusion.answers());
    let all = sum::pairwise(&answers);
    let right = sum::pairwise(&confusion.diagonal());
    let common = right * all - dot(&truths, &answers);
    let spread = (all * all - dot(&answers, &answers)) * (all * all - dot(&truths, &truths));
    Ok(if spread == 0.0 {
        0.0
    } else {
        common / spread.sqrt()
    })
}

/// How often each of two classes, the second positive, was taken for each.
struct Outcomes {
    true_negative: f64,
    false_positive: f64,
    false_negative: f64,
    true_positive: f64,
}

fn outcomes(of: &Answers<'_>) -> Result<Outcomes, Reason> {
    let confusion = of.confusion();
    match confusion.size {
        1 => Err(Reason::OneLabel),
        2 => Ok(Outcomes {
            true_negative: confusion.cell(0, 0),
            false_positive: confusion.cell(0, 1),
            false_negative: confusion.cell(1, 0),
            true_positive: confusion.cell(1, 1),
        }),
        classes => Err(Reason::TooManyClasses { classes }),
    }
}

/// How much likelier a positive answer is where it is right than where it is
/// wrong; 1 if it never is wrong, NaN if no row is positive.
pub(super) fn positive_likelihood_ratio(of: &Answers<'_>) -> Score {
    let n = outcomes(of)?;
    if n.false_positive == 0.0 {
        return Ok(1.0);
    }
    let (positive, negative) = (
        n.true_positive + n.false_negative,
        n.true_negative + n.false_positive,
    );
    Ok((n.true_positive * negative) / (n.false_positive * positive))
}

/// How much likelier a negative answer is where it is wrong than where it is
/// right; 1 if it never is right, NaN if no row is positive.
pub(super) fn neg_negative_likelihood_ratio(of: &Answers<'_>) -> Score {
    let n = outcomes(of)?;
    if n.true_negative == 0.0 {
        return Ok(-1.0);
    }
    let (positive, negative) = (
        n.true_positive + n.false_negative,
        n.true_negative + n.false_positive,
    );
    Ok(-(n.false_negative * negative) / (n.true_negative * positive))
}
