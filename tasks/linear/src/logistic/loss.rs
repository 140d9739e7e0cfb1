//! The loss of logistic regression, its gradient, and the probabilities.
//!
//! The loss is the weighted mean over the rows of -ln(probability of the
//! row's class), and half `l2` times the squared coefficients, intercepts
//! left out. Two classes have one score a row, more have one each.
//!
//! A point is one block a score: a coefficient a column, then the intercept
//! if there is one. Scores and probabilities stand row after row.

use pleat_num::dense::axpy;
use pleat_num::exp::exp_each;
use pleat_num::ln::ln_each;
use pleat_num::product::{Matrix, Packed};
use pleat_num::{math, sum};

/// Rows taken at once, so that what is summed up stays close to the processor.
const BLOCK: usize = 256;

/// A matrix of more numbers than this (64 MB) is held once, by column, where
/// there is one score a row.
const HELD_TWICE: usize = 1 << 23;

/// A loss over some rows.
pub struct Loss {
    rows: usize,
    columns: usize,
    scores: usize,
    /// The rows, for scores, where they are not taken by column too, and the
    /// columns, for gradients; with an intercept
    /// the last column is ones.
    by_row: Option<Packed<f64>>,
    by_column: Packed<f64>,
    /// Each row's class, counted from 0.
    classes: Vec<usize>,
    /// Each row's share of the mean.
    shares: Vec<f64>,
    intercept: bool,
    l2: f64,
}

impl Loss {
    /// The loss over a column-major matrix whose rows have one of `n_classes`
    /// classes and a weight each.
    #[must_use]
    pub fn new(
        mut x: Vec<f64>,
        classes: Vec<usize>,
        n_classes: usize,
        weights: &[f64],
        intercept: bool,
        l2: f64,
    ) -> Self {
        let rows = classes.len();
        if intercept {
            x.resize(x.len() + rows, 1.0);
        }
        let total = sum::pairwise(weights);
        let matrix = Matrix::column_major(&x, rows);
        Loss {
            rows,
            columns: matrix.columns(),
            scores: if n_classes == 2 { 1 } else { n_classes },
            by_row: (n_classes > 2 || x.len() <= HELD_TWICE).then(|| Packed::new(matrix)),
            by_column: Packed::new(matrix.transposed()),
            classes,
            shares: weights.iter().map(|w| w / total).collect(),
            intercept,
            l2,
        }
    }

    /// How many rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// How many scores a row has.
    #[must_use]
    pub fn scores(&self) -> usize {
        self.scores
    }

    /// How many numbers a point has for each score.
    #[must_use]
    pub fn width(&self) -> usize {
        self.columns
    }

    /// How many numbers a point has.
    #[must_use]
    pub fn dimension(&self) -> usize {
        self.scores * self.columns
    }

    /// The penalty on the number of this place of a point.
    #[must_use]
    pub fn penalty(&self, place: usize) -> f64 {
        if self.penalised(place) { self.l2 } else { 0.0 }
    }

    /// Whether this place of a point is a coefficient, not an intercept.
    #[must_use]
    pub fn penalised(&self, place: usize) -> bool {
        !self.intercept || !(place + 1).is_multiple_of(self.columns)
    }

    /// The columns; the ones of the intercept come last.
    #[must_use]
    pub fn columns(&self) -> &Packed<f64> {
        &self.by_column
    }

    /// Each row's share of the mean.
    #[must_use]
    pub fn shares(&self) -> &[f64] {
        &self.shares
    }

    /// The scores of all rows.
    #[must_use]
    pub fn raw(&self, at: &[f64]) -> Vec<f64> {
        let Some(by_row) = &self.by_row else {
            let mut raw = vec![0.0; self.rows];
            for (column, weight) in at.iter().enumerate() {
                axpy(*weight, &self.by_column.vector(column), &mut raw);
            }
            return raw;
        };
        if self.scores == 1 {
            return by_row.times_vector(at);
        }
        let lines = Packed::new(Matrix::row_major(at, self.columns));
        by_row.times(&lines)
    }

    /// Turns scores into each row's probabilities (of two classes, the second
    /// one's) and answers with the mean loss, without the penalty.
    pub fn mean_loss(&self, raw: &mut [f64]) -> f64 {
        let mut losses = Vec::with_capacity(self.rows);
        let blocks = raw.chunks_mut(BLOCK * self.scores);
        for (scores, classes) in blocks.zip(self.classes.chunks(BLOCK)) {
            if self.scores == 1 {
                of_two(scores, classes, &mut losses);
            } else {
                of_several(scores, classes, &mut losses);
            }
        }
        losses
            .iter_mut()
            .zip(&self.shares)
            .for_each(|(l, s)| *l *= s);
        sum::pairwise(&losses)
    }

    /// The loss at a point with its gradient, given the scores there, which
    /// become probabilities.
    pub fn value_and_gradient(&self, at: &[f64], raw: &mut [f64]) -> (f64, Vec<f64>) {
        let mut value = self.mean_loss(raw);
        let mut wrong = raw.to_vec();
        let rows = wrong.chunks_exact_mut(self.scores);
        for ((wrong, class), share) in rows.zip(&self.classes).zip(&self.shares) {
            match wrong {
                [second] => *second -= *class as f64,
                _ => wrong[*class] -= 1.0,
            }
            wrong.iter_mut().for_each(|wrong| *wrong *= share);
        }
        let mut gradient = if self.scores == 1 {
            self.by_column.times_vector(&wrong)
        } else {
            let wrong = Matrix::row_major(&wrong, self.scores);
            Packed::new(wrong.transposed()).times(&self.by_column)
        };
        let mut squares = 0.0;
        for (place, w) in at.iter().enumerate() {
            let penalty = self.penalty(place);
            gradient[place] += penalty * w;
            squares += penalty * w * w;
        }
        value += squares / 2.0;
        (value, gradient)
    }
}

/// A block of rows with one score each: probabilities of the second class in
/// its place, and the losses.
fn of_two(scores: &mut [f64], classes: &[usize], losses: &mut Vec<f64>) {
    let mut small = [0.0; BLOCK];
    let mut whole = [0.0; BLOCK];
    let (small, whole) = (&mut small[..scores.len()], &mut whole[..scores.len()]);
    for (small, score) in small.iter_mut().zip(scores.iter()) {
        *small = -score.abs();
    }
    exp_each(small);
    for (whole, small) in whole.iter_mut().zip(small.iter()) {
        *whole = 1.0 + small;
    }
    let mut ln = [0.0; BLOCK];
    let ln = &mut ln[..scores.len()];
    ln.copy_from_slice(whole);
    ln_each(ln);
    for (row, score) in scores.iter_mut().enumerate() {
        let (small, whole) = (small[row], whole[row]);
        // Of the side the row is on, and with what the sum has lost, so that
        // small losses keep their digits.
        let margin = if classes[row] == 1 { *score } else { -*score };
        losses.push(ln[row] + (small - (whole - 1.0)) / whole + (-margin).max(0.0));
        *score = if *score >= 0.0 { 1.0 } else { small } / whole;
    }
}

/// The same with a score for each class.
fn of_several(scores: &mut [f64], classes: &[usize], losses: &mut Vec<f64>) {
    let width = scores.len() / classes.len().max(1);
    let mut ahead = [0.0; BLOCK];
    for ((row, class), ahead) in scores.chunks_exact_mut(width).zip(classes).zip(&mut ahead) {
        let highest = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        row.iter_mut().for_each(|score| *score -= highest);
        *ahead = -row[*class];
    }
    exp_each(scores);
    let mut totals = [1.0; BLOCK];
    for (row, total) in scores.chunks_exact_mut(width).zip(&mut totals) {
        *total = row.iter().sum();
        row.iter_mut().for_each(|p| *p /= *total);
    }
    ln_each(&mut totals);
    let of_rows = ahead.iter().zip(&totals).take(classes.len());
    losses.extend(of_rows.map(|(ahead, total)| total + ahead));
}

/// Turns one row's scores into probabilities.
pub fn softmax(scores: &mut [f64]) {
    let highest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mut total = 0.0;
    for score in scores.iter_mut() {
        *score = math::exp(*score - highest);
        total += *score;
    }
    scores.iter_mut().for_each(|p| *p /= total);
}

/// The logistic function.
#[must_use]
pub fn expit(score: f64) -> f64 {
    if score >= 0.0 {
        1.0 / (1.0 + math::exp(-score))
    } else {
        let small = math::exp(score);
        small / (1.0 + small)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pleat_num::rng::RandomState;

    /// The gradient is what the value does over a small step, in every place,
    /// with odd numbers of rows and columns.
    #[test]
    fn the_gradient_is_the_values() {
        let mut rng = RandomState::new(3);
        let mut draw = |n: usize| -> Vec<f64> { (0..n).map(|_| rng.uniform(-1.0, 1.0)).collect() };
        let (rows, columns) = (BLOCK + 13, 6);
        for (n_classes, intercept) in [(2, true), (2, false), (4, true), (4, false)] {
            let x = draw(rows * columns);
            let classes = (0..rows).map(|row| row * 7 % n_classes).collect();
            let weights: Vec<f64> = draw(rows).iter().map(|w| w + 1.0).collect();
            let loss = Loss::new(x, classes, n_classes, &weights, intercept, 0.3);
            let at = draw(loss.dimension());
            let value = |at: &[f64]| loss.value_and_gradient(at, &mut loss.raw(at)).0;
            let (_, gradient) = loss.value_and_gradient(&at, &mut loss.raw(&at));
            for (place, slope) in gradient.iter().enumerate() {
                let beside = |by: f64| {
                    let mut at = at.clone();
                    at[place] += by;
                    value(&at)
                };
                let measured = (beside(1e-5) - beside(-1e-5)) / 2e-5;
                assert!((measured - slope).abs() < 1e-9, "{measured} {slope}");
            }
        }
    }

    /// Scores beyond what can be exponentiated, and losses too small to be
    /// the difference of anything.
    #[test]
    fn extreme_scores_have_losses_and_probabilities() {
        let loss = |n| Loss::new(vec![1.0, 1.0], vec![1, 0], n, &[1.0, 1.0], false, 0.0);
        let mut raw = [1000.0, 1000.0];
        assert_eq!(loss(2).mean_loss(&mut raw), 500.0);
        assert_eq!(raw, [1.0, 1.0]);
        let mut raw = [40.0, -40.0];
        let small = loss(2).mean_loss(&mut raw);
        assert!((small / math::exp(-40.0) - 1.0).abs() < 1e-12, "{small}");
        let mut raw = [-1e4, 1e4, 0.0, 1e4, -1e4, 0.0];
        assert_eq!(loss(3).mean_loss(&mut raw), 0.0);
        assert_eq!(raw, [0.0, 1.0, 0.0, 1.0, 0.0, 0.0]);
        assert_eq!([expit(1e4), expit(-1e4), expit(0.0)], [1.0, 0.0, 0.5]);
    }
}
