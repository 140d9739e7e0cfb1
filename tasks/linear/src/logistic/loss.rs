//! The loss of logistic regression, its gradient, and the probabilities.
//!
//! The loss is the weighted mean over the rows of -ln(probability of the
//! row's class), and half `l2` times the squared coefficients, intercepts
//! left out. Two classes have one score a row, more have one each.
//!
//! A point is one block a score: a coefficient a column, then the intercept
//! if there is one.

use pleat_num::dense::{axpy, dot};
use pleat_num::{math, sum};

/// Rows taken at once, so that what is summed up stays close to the processor.
const BLOCK: usize = 256;

/// A loss over some rows.
pub struct Loss {
    rows: usize,
    columns: usize,
    scores: usize,
    /// Column-major; with an intercept the last column is ones.
    x: Vec<f64>,
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
        Loss {
            rows,
            columns: x.len() / rows,
            scores: if n_classes == 2 { 1 } else { n_classes },
            x,
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

    /// One column; the ones of the intercept come last.
    #[must_use]
    pub fn column(&self, column: usize) -> &[f64] {
        &self.x[column * self.rows..(column + 1) * self.rows]
    }

    /// Each row's share of the mean.
    #[must_use]
    pub fn shares(&self) -> &[f64] {
        &self.shares
    }

    /// The scores of all rows, one score after the other.
    #[must_use]
    pub fn raw(&self, at: &[f64]) -> Vec<f64> {
        let mut out = vec![0.0; self.scores * self.rows];
        for begin in (0..self.rows).step_by(BLOCK) {
            let end = self.rows.min(begin + BLOCK);
            let part = |column: usize| &self.column(column)[begin..end];
            for (score, at) in at.chunks_exact(self.columns).enumerate() {
                let out = &mut out[score * self.rows + begin..score * self.rows + end];
                let fours = at.chunks_exact(4);
                let rest = self.columns - fours.remainder().len();
                for (i, four) in fours.enumerate() {
                    let [a, b, c, d] = [0, 1, 2, 3].map(|k| part(4 * i + k));
                    for (row, out) in out.iter_mut().enumerate() {
                        *out += (four[0] * a[row] + four[1] * b[row])
                            + (four[2] * c[row] + four[3] * d[row]);
                    }
                }
                for (column, coefficient) in at.iter().enumerate().skip(rest) {
                    axpy(*coefficient, part(column), out);
                }
            }
        }
        out
    }

    /// Turns scores into each row's probabilities (of two classes, the second
    /// one's) and answers with the mean loss, without the penalty.
    pub fn mean_loss(&self, raw: &mut [f64]) -> f64 {
        let mut losses = vec![0.0; self.rows];
        if self.scores == 1 {
            for (row, score) in raw.iter_mut().enumerate() {
                let second = self.classes[row] == 1;
                // Of the side the row is on, so that small losses keep their digits.
                let margin = if second { *score } else { -*score };
                let small = math::exp(-margin.abs());
                let wrong = if margin > 0.0 { small } else { 1.0 } / (1.0 + small);
                losses[row] = math::ln_1p(small) + (-margin).max(0.0);
                *score = if second { 1.0 - wrong } else { wrong };
            }
        } else {
            let mut scores = vec![0.0; self.scores];
            for row in 0..self.rows {
                for (k, score) in scores.iter_mut().enumerate() {
                    *score = raw[k * self.rows + row];
                }
                let of_class = scores[self.classes[row]];
                let highest = softmax(&mut scores);
                losses[row] = highest.0 + highest.1 - of_class;
                for (k, score) in scores.iter().enumerate() {
                    raw[k * self.rows + row] = *score;
                }
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
        for (score, wrong) in wrong.chunks_exact_mut(self.rows).enumerate() {
            let sought = if self.scores == 1 { 1 } else { score };
            for (row, wrong) in wrong.iter_mut().enumerate() {
                *wrong -= f64::from(u8::from(self.classes[row] == sought));
                *wrong *= self.shares[row];
            }
        }
        let mut gradient = vec![0.0; at.len()];
        for column in 0..self.columns {
            for (score, wrong) in wrong.chunks_exact(self.rows).enumerate() {
                gradient[score * self.columns + column] = dot(self.column(column), wrong);
            }
        }
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

/// Turns one row's scores into probabilities. Answers with the logarithm of
/// the sum of their exponentials, in two parts: the highest score, and what
/// is beyond it.
pub fn softmax(scores: &mut [f64]) -> (f64, f64) {
    let highest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mut total = 0.0;
    for score in scores.iter_mut() {
        *score = math::exp(*score - highest);
        total += *score;
    }
    scores.iter_mut().for_each(|p| *p /= total);
    (highest, math::ln(total))
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
        let mut raw = [-1e4, 1e4, 1e4, -1e4, 0.0, 0.0];
        assert_eq!(loss(3).mean_loss(&mut raw), 0.0);
        assert_eq!(raw, [0.0, 1.0, 1.0, 0.0, 0.0, 0.0]);
        assert_eq!([expit(1e4), expit(-1e4), expit(0.0)], [1.0, 0.0, 0.5]);
    }
}
