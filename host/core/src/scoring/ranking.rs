//! Scores of how rows are ranked: areas under curves of two classes and of
//! several, and whether the truth is among the first.

use pleat_num::sum;

use super::Reason;
use super::curve::{average_precision_of, roc_area};
use super::scores::Scores;
use super::weighted;

type Score = Result<f64, Reason>;

/// The area under the ROC curve of two classes; NaN where the tested rows
/// are all of one.
pub(super) fn roc_auc(of: &Scores<'_>) -> Score {
    let tested = of.tested();
    let classes = tested.len().max(of.known.len());
    if classes > 2 {
        return Err(Reason::TooManyClasses { classes });
    }
    let scores = of.of_class(of.last_class()?)?;
    let [_, positive] = tested[..] else {
        return Ok(f64::NAN);
    };
    if of.known.len() == 2 {
        of.same_classes()?;
    }
    let truth: Vec<bool> = of.truth.iter().map(|t| *t == positive).collect();
    Ok(roc_area(&truth, &scores, of.weights))
}

/// Whether `roc_auc_ovr` and its like are `roc_auc`: for two classes.
fn is_of_two(of: &Scores<'_>) -> bool {
    of.known.len() <= 2 && of.tested().len() <= 2
}

/// Scores of one class after the other, from probabilities that add up to 1
/// about as closely as `np.allclose` asks.
fn by_class(of: &Scores<'_>) -> Result<Vec<Vec<f64>>, Reason> {
    for (row, values) in of.rows()?.enumerate() {
        let sum = sum::pairwise(values);
        if (1.0 - sum).abs() > 1e-8 + 1e-5 * sum.abs() {
            return Err(Reason::NotOne { row, sum });
        }
    }
    of.same_classes()?;
    columns(of)
}

fn columns(of: &Scores<'_>) -> Result<Vec<Vec<f64>>, Reason> {
    let rows = of.rows()?;
    let column = |c: usize| rows.clone().map(|row| row[c]).collect();
    Ok((0..of.known.len()).map(column).collect())
}

/// Each class against all others: the area for each, and what its true rows
/// weigh.
fn ovr(of: &Scores<'_>) -> Result<(Vec<f64>, Vec<f64>), Reason> {
    let mut areas = Vec::new();
    let mut supports = Vec::new();
    for (class, scores) in of.known.iter().zip(by_class(of)?) {
        let truth: Vec<bool> = of.truth.iter().map(|t| t == class).collect();
        let weight = |row| of.weights.map_or(1.0, |w: &[f64]| w[row]);
        let of_class = (0..truth.len()).filter(|row| truth[*row]);
        supports.push(of_class.map(weight).fold(0.0, |sum, w| sum + w));
        areas.push(roc_area(&truth, &scores, of.weights));
    }
    Ok((areas, supports))
}

pub(super) fn roc_auc_ovr(of: &Scores<'_>) -> Score {
    if is_of_two(of) {
        return roc_auc(of);
    }
    Ok(sum::mean(&ovr(of)?.0))
}

/// Classes without weight do not count, and weights that hardly add up to
/// anything give 0, as `np.isclose` sees it.
pub(super) fn roc_auc_ovr_weighted(of: &Scores<'_>) -> Score {
    if is_of_two(of) {
        return roc_auc(of);
    }
    let (mut areas, supports) = ovr(of)?;
    if sum::pairwise(&supports) <= 1e-8 {
        return Ok(0.0);
    }
    for (area, support) in areas.iter_mut().zip(&supports) {
        if *support == 0.0 {
            *area = 0.0;
        }
    }
    Ok(weighted::average(&areas, Some(&supports)))
}

/// Each pair of classes, each of the two against the other: the mean of the
/// two areas, and what share of the rows is of the pair. After Hand and Till,
/// A simple generalisation of the area under the ROC curve (2001).
fn ovo(of: &Scores<'_>) -> Result<(Vec<f64>, Vec<f64>), Reason> {
    if of.weights.is_some() {
        return Err(Reason::Unweighted);
    }
    let columns = by_class(of)?;
    let mut areas = Vec::new();
    let mut shares = Vec::new();
    for (i, a) in of.known.iter().enumerate() {
        for (j, b) in of.known.iter().enumerate().skip(i + 1) {
            let is_of_pair = |row: &usize| of.truth[*row] == *a || of.truth[*row] == *b;
            let rows: Vec<usize> = (0..of.truth.len()).filter(is_of_pair).collect();
            let area = |class: u32, column: &[f64]| {
                let truth: Vec<bool> = rows.iter().map(|r| of.truth[*r] == class).collect();
                let scores: Vec<f64> = rows.iter().map(|r| column[*r]).collect();
                roc_area(&truth, &scores, None)
            };
            areas.push((area(*a, &columns[i]) + area(*b, &columns[j])) / 2.0);
            shares.push(rows.len() as f64 / of.truth.len() as f64);
        }
    }
    Ok((areas, shares))
}

pub(super) fn roc_auc_ovo(of: &Scores<'_>) -> Score {
    if is_of_two(of) {
        return roc_auc(of);
    }
    Ok(sum::mean(&ovo(of)?.0))
}

pub(super) fn roc_auc_ovo_weighted(of: &Scores<'_>) -> Score {
    if is_of_two(of) {
        return roc_auc(of);
    }
    let (areas, shares) = ovo(of)?;
    Ok(weighted::average(&areas, Some(&shares)))
}

/// Of two classes that of the positive one; of more the mean over each
/// against all others.
pub(super) fn average_precision(of: &Scores<'_>) -> Score {
    if of.known.len() > 2 {
        let columns = columns(of)?;
        of.same_classes()?;
        let one = |(class, scores): (&u32, &Vec<f64>)| {
            let truth: Vec<bool> = of.truth.iter().map(|t| t == class).collect();
            average_precision_of(&truth, scores, of.weights)
        };
        let each: Vec<f64> = of.known.iter().zip(&columns).map(one).collect();
        return Ok(sum::mean(&each));
    }
    let positive = of.positive.ok_or(Reason::NoPositive)?;
    let scores = of.of_class(positive)?;
    let tested = of.tested();
    if tested.len() > 2 || (of.known.len() == 2 && tested.len() == 2 && tested != of.known) {
        return Err(of.other_classes(&tested));
    }
    if tested.len() == 2 && !tested.contains(&positive) {
        return Err(Reason::PositiveUnknown { of: "tested" });
    }
    let truth: Vec<bool> = of.truth.iter().map(|t| *t == positive).collect();
    Ok(average_precision_of(&truth, &scores, of.weights))
}

/// scikit-learn's default, and the only one its scorer knows.
const K: usize = 2;

/// The share of rows whose true class is among the two that score highest;
/// of classes that score the same the later comes first.
pub(super) fn top_k_accuracy(of: &Scores<'_>) -> Score {
    if of.known.len() <= K {
        of.of_class(of.last_class()?)?;
        let tested = of.tested();
        if tested.len() != 2 || (of.known.len() == 2 && tested != of.known) {
            return Err(of.other_classes(&tested));
        }
        return Ok(1.0);
    }
    let rows = of.rows()?;
    of.same_classes()?;
    let hit = |(class, row): (&u32, &[f64])| {
        let truth = of.known.partition_point(|k| k < class);
        let comes_first = |(c, score): &(usize, &f64)| {
            **score > row[truth] || (**score == row[truth] && *c > truth)
        };
        f64::from(row.iter().enumerate().filter(comes_first).count() < K)
    };
    let hits: Vec<f64> = of.truth.iter().zip(rows).map(hit).collect();
    Ok(weighted::average(&hits, of.weights))
}
