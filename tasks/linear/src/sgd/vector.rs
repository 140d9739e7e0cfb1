//! Coefficients under descent: numbers times one scale, so that shrinking all
//! of them is one multiplication; their norms; and their mean over the steps.
//!
//! The mean is kept the way Xu describes (Towards optimal one pass large scale
//! learning with averaged stochastic gradient descent, arXiv 1107.2490, 2011):
//! of the steps alone, to be put together at the end.

use pleat_num::dense::{axpy, dot};

/// Sums a loop keeps; a multiple of what a register holds.
const LANES: usize = 8;

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
    pub fn dot(&self, row: &[f64]) -> f64 {
        dot(&self.values, row) * self.scale
    }

    /// The inner product with a row if the scale were 1.
    #[must_use]
    pub fn unscaled_dot(&self, row: &[f64]) -> f64 {
        dot(&self.values, row)
    }

    /// The squared coefficients' sum, as of the last step.
    #[must_use]
    pub fn squares(&self) -> f64 {
        self.squares
    }

    /// The absolute coefficients' sum, as of the last step.
    #[must_use]
    pub fn absolutes(&self) -> f64 {
        self.absolutes
    }

    /// Whether all numbers are.
    #[must_use]
    pub fn is_finite(&self) -> bool {
        self.values.iter().all(|w| w.is_finite())
    }

    /// Multiplies with this, which must not be negative.
    pub fn shrink(&mut self, by: f64) {
        self.scale *= by;
        self.squares *= by * by;
        self.absolutes *= by;
        if self.scale < TOO_SMALL {
            self.settle();
        }
    }

    /// Adds `by` times a row, and works out the norms if they are asked for.
    pub fn add(&mut self, row: &[f64], by: f64, norms: bool) {
        let by = by / self.scale;
        if !norms {
            axpy(by, row, &mut self.values);
            return;
        }
        let (mut squares, mut absolutes) = ([0.0; LANES], [0.0; LANES]);
        let mut values = self.values.chunks_exact_mut(LANES);
        let mut row = row.chunks_exact(LANES);
        for (w, x) in values.by_ref().zip(row.by_ref()) {
            for lane in 0..LANES {
                let moved = w[lane] + x[lane] * by;
                w[lane] = moved;
                squares[lane] += moved * moved;
                absolutes[lane] += moved.abs();
            }
        }
        for (lane, (w, x)) in values
            .into_remainder()
            .iter_mut()
            .zip(row.remainder())
            .enumerate()
        {
            *w += x * by;
            squares[lane] += *w * *w;
            absolutes[lane] += w.abs();
        }
        self.squares = total(squares) * (self.scale * self.scale);
        self.absolutes = total(absolutes) * self.scale;
    }

    /// Takes a step, `by` times a row, into the mean: the `count`th that is.
    pub fn add_to_mean(&mut self, row: &[f64], by: f64, count: f64) {
        let Some(mean) = &mut self.mean else { return };
        if by != 0.0 {
            axpy(mean.a * (-by / self.scale), row, &mut mean.steps);
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
            axpy(mean.a, &self.values, &mut mean.steps);
            let share = 1.0 / mean.b;
            mean.steps.iter_mut().for_each(|x| *x *= share);
            (mean.a, mean.b) = (0.0, 1.0);
        }
        self.values.iter_mut().for_each(|w| *w *= self.scale);
        self.scale = 1.0;
    }
}

fn total(sums: [f64; LANES]) -> f64 {
    ((sums[0] + sums[4]) + (sums[1] + sums[5])) + ((sums[2] + sums[6]) + (sums[3] + sums[7]))
}
