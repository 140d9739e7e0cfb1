//! Scores of probabilities as such: log loss, Brier score, and the shares of
//! them that a model explains. How probabilities rank rows is not looked at.

use pleat_num::{math, sum};

use super::Reason;
use super::scores::Scores;
use super::weighted;

type Score = Result<f64, Reason>;

/// Numbers that are probabilities, and the column of each row's true class.
struct Columns<'a> {
    width: usize,
    values: Vec<f64>,
    truth: Vec<usize>,
    weights: Option<&'a [f64]>,
}

impl<'a> Columns<'a> {
    /// One column a class; those tested are those the model knows.
    fn of_classes(scores: &Scores<'a>) -> Result<Self, Reason> {
        scores.enough_classes()?;
        let width = scores.known.len();
        let values = if width == 2 {
            // Of two classes scikit-learn looks at the second only.
            with_rest(&scores.of_class(scores.known[1])?)?
        } else {
            probable(scores.values, width)?;
            scores.values.to_vec()
        };
        if scores.tested().len() < 2 {
            return Err(Reason::OneClass);
        }
        scores.same_classes()?;
        let column = |class: &u32| scores.known.partition_point(|k| k < class);
        Ok(Self {
            width,
            values,
            truth: scores.truth.iter().map(column).collect(),
            weights: scores.weights,
        })
    }

    /// Of two classes, of which one may be missing from the tested rows: the
    /// negative one, then the positive one.
    ///
    /// Without a word on which is positive, scikit-learn takes the greater
    /// label, but of the tested rows: where those are all of one class it may
    /// compare the wrong column. Here it is the model's greater one always.
    fn of_two(scores: &Scores<'a>) -> Result<Self, Reason> {
        let positive = scores.positive.map_or_else(|| scores.last_class(), Ok)?;
        let values = with_rest(&scores.of_class(positive)?)?;
        let tested = scores.tested();
        if !tested.iter().all(|class| scores.known.contains(class)) {
            return Err(scores.other_classes(&tested));
        }
        let column = |class: &u32| usize::from(*class == positive);
        Ok(Self {
            width: 2,
            values,
            truth: scores.truth.iter().map(column).collect(),
            weights: scores.weights,
        })
    }

    fn rows(&self) -> impl Iterator<Item = (usize, &[f64])> {
        let rows = self.values.chunks_exact(self.width);
        self.truth.iter().copied().zip(rows)
    }

    /// What a model without features says: each class as often as it is true
    /// in the tested rows themselves.
    fn shares(&self) -> Vec<f64> {
        let mut sums = vec![0.0; self.width];
        for (row, column) in self.truth.iter().enumerate() {
            sums[*column] += self.weights.map_or(1.0, |w| w[row]);
        }
        let all = self.weights.map_or(self.truth.len() as f64, sum::pairwise);
        sums.into_iter().map(|s| s / all).collect()
    }

    /// One loss a row: of what the model says, or of `instead`.
    fn losses(&self, loss: fn(usize, &[f64]) -> f64, instead: Option<&[f64]>) -> Vec<f64> {
        self.rows()
            .map(|(truth, row)| loss(truth, instead.unwrap_or(row)))
            .collect()
    }
}

/// The probabilities of two classes, from those of the second.
fn with_rest(second: &[f64]) -> Result<Vec<f64>, Reason> {
    probable(second, 1)?;
    Ok(second.iter().flat_map(|p| [1.0 - p, *p]).collect())
}

fn probable(values: &[f64], width: usize) -> Result<(), Reason> {
    match values.iter().position(|p| !(0.0..=1.0).contains(p)) {
        None => Ok(()),
        Some(at) => Err(Reason::NotAProbability {
            row: at / width,
            value: values[at],
        }),
    }
}

/// Minus the logarithm of the true class's probability, which is taken as at
/// least and at most one machine epsilon from 0 and 1. Like scikit-learn
/// since 1.5, it does not scale rows to a sum of 1.
fn surprise(truth: usize, row: &[f64]) -> f64 {
    -math::ln(row[truth].clamp(f64::EPSILON, 1.0 - f64::EPSILON))
}

/// The squared distance from certainty.
fn distance(truth: usize, row: &[f64]) -> f64 {
    let squares: Vec<f64> = row
        .iter()
        .enumerate()
        .map(|(column, p)| f64::from(column == truth) - p)
        .map(|d| d * d)
        .collect();
    sum::pairwise(&squares)
}

pub(super) fn neg_log_loss(of: &Scores<'_>) -> Score {
    let columns = Columns::of_classes(of)?;
    let losses = columns.losses(surprise, None);
    Ok(-weighted::average(&losses, of.weights))
}

/// NaN for fewer than two rows, like `d2_brier`.
pub(super) fn d2_log_loss(of: &Scores<'_>) -> Score {
    of.enough_classes()?;
    if of.truth.len() < 2 {
        return Ok(f64::NAN);
    }
    let columns = Columns::of_classes(of)?;
    let shares = columns.shares();
    let total = |losses: Vec<f64>| weighted::total(&losses, of.weights);
    let missed = total(columns.losses(surprise, None));
    Ok(1.0 - missed / total(columns.losses(surprise, Some(&shares))))
}

/// The Brier score of two classes is that of the positive one, half of the
/// sum over both.
fn brier_columns<'a>(of: &Scores<'a>) -> Result<Columns<'a>, Reason> {
    if of.known.len() <= 2 {
        Columns::of_two(of)
    } else {
        Columns::of_classes(of)
    }
}

pub(super) fn neg_brier_score(of: &Scores<'_>) -> Score {
    let columns = brier_columns(of)?;
    let mean = weighted::average(&columns.losses(distance, None), of.weights);
    Ok(if columns.width == 2 {
        -(mean * 0.5)
    } else {
        -mean
    })
}

/// Minus infinity, or NaN for a perfect model, where the tested rows are all
/// of one class.
pub(super) fn d2_brier(of: &Scores<'_>) -> Score {
    of.enough_classes()?;
    if of.truth.len() < 2 {
        return Ok(f64::NAN);
    }
    let columns = brier_columns(of)?;
    let shares = columns.shares();
    let mean = |losses: Vec<f64>| weighted::average(&losses, of.weights);
    let missed = mean(columns.losses(distance, None));
    Ok(1.0 - missed / mean(columns.losses(distance, Some(&shares))))
}
