//! Coefficients under descent: numbers times one scale, so that shrinking all
//! of them is one multiplication; their norms; and their mean over the steps.
//!
//! The mean is kept the way Xu describes (Towards optimal one pass large scale
//! learning with averaged stochastic gradient descent, arXiv 1107.2490, 2011):
//! of the steps alone, to be put together at the end.

use crate::row_kernels::{absolutes, add, add_and_square, dot};

/// Below this the scale is multiplied in.
const TOO_SMALL: f64 = 1e-9;

/// Coefficients, as long as a row.
pub struct Vector {
    values: Vec<f64>,
    scale: f64,
    squares: f64,
    absolutes: f64,
    mean: Option<Mean>,
    /// How much each coefficient has been cut, where it ever is.
    cuts: Vec<f64>,
}

/// Which norms of the coefficients are looked at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Norms {
    /// None.
    None,
    /// That of squares.
    Squares,
    /// That of absolutes too.
    Both,
}

/// (a values + steps) / b is the mean.
struct Mean {
    steps: Vec<f64>,
    a: f64,
    b: f64,
}

impl Vector {
    /// As many zeros.
    #[must_use]
    pub fn new(length: usize, with_mean: bool, with_cuts: bool) -> Self {
        let mean = || Mean {
            steps: vec![0.0; length],
            a: 0.0,
            b: 1.0,
        };
        Vector {
            values: vec![0.0; length],
            scale: 1.0,
            squares: 0.0,
            absolutes: 0.0,
            mean: with_mean.then(mean),
            cuts: vec![0.0; if with_cuts { length } else { 0 }],
        }
    }

    /// The inner product with a row.
    #[must_use]
    #[inline]
    pub fn dot(&self, row: &[f64]) -> f64 {
        dot(row, &self.values) * self.scale
    }

    /// The inner product with a row if the scale were 1.
    #[must_use]
    #[inline]
    pub fn unscaled_dot(&self, row: &[f64]) -> f64 {
        dot(row, &self.values)
    }

    /// The squared coefficients' sum, as of the last step.
    #[must_use]
    #[inline]
    pub fn squares(&self) -> f64 {
        self.squares
    }

    /// The absolute coefficients' sum, as of the last step.
    #[must_use]
    #[inline]
    pub fn absolutes(&self) -> f64 {
        self.absolutes
    }

    /// Whether all numbers are.
    #[must_use]
    pub fn is_finite(&self) -> bool {
        self.values.iter().all(|w| w.is_finite())
    }

    /// Multiplies with this, which must not be negative.
    #[inline]
    pub fn shrink(&mut self, by: f64) {
        self.scale *= by;
        self.squares *= by * by;
        self.absolutes *= by;
        if self.scale < TOO_SMALL {
            self.settle();
        }
    }

    /// Adds `by` times a row, and works out the norms asked for.
    #[inline]
    pub fn add(&mut self, row: &[f64], by: f64, norms: Norms) {
        let by = by / self.scale;
        if norms == Norms::None {
            add(by, row, &mut self.values);
            return;
        }
        self.squares = add_and_square(by, row, &mut self.values) * (self.scale * self.scale);
        if norms == Norms::Both {
            self.absolutes = absolutes(&self.values) * self.scale;
        }
    }

    /// Takes a step, `by` times a row, into the mean: the `count`th that is.
    pub fn add_to_mean(&mut self, row: &[f64], by: f64, count: f64) {
        let Some(mean) = &mut self.mean else { return };
        if by != 0.0 {
            add(mean.a * (-by / self.scale), row, &mut mean.steps);
        }
        let share = 1.0 / count;
        if count > 1.0 {
            mean.b /= 1.0 - share;
        }
        mean.a += share * mean.b * self.scale;
    }

    /// Cuts each coefficient towards zero, so that in all it has been cut by
    /// `due` (Tsuruoka, Tsujii and Ananiadou, ACL 2009).
    pub fn cut(&mut self, due: f64) {
        let scale = self.scale;
        for (w, cut) in self.values.iter_mut().zip(&mut self.cuts) {
            let before = *w;
            let sign = 1.0_f64.copysign(before);
            let left = before.abs() - (due + sign * *cut) / scale;
            let left = if left > 0.0 { left } else { 0.0 };
            let after = if before == 0.0 { before } else { sign * left };
            *w = after;
            *cut += scale * (after - before);
        }
    }

    /// The coefficients, and their mean if there is one.
    #[must_use]
    pub fn end(mut self) -> (Vec<f64>, Option<Vec<f64>>) {
        self.settle();
        (self.values, self.mean.map(|mean| mean.steps))
    }

    fn settle(&mut self) {
        if let Some(mean) = &mut self.mean {
            add(mean.a, &self.values, &mut mean.steps);
            let share = 1.0 / mean.b;
            mean.steps.iter_mut().for_each(|x| *x *= share);
            (mean.a, mean.b) = (0.0, 1.0);
        }
        self.values.iter_mut().for_each(|w| *w *= self.scale);
        self.scale = 1.0;
    }
}
