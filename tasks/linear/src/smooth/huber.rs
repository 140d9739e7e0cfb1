//! Huber's loss with the scale found beside the line (Owen, A robust hybrid of
//! lasso and ridge regression, 2007): squares of what is within `epsilon`
//! scales, and straight beyond.
//!
//! A point is a coefficient a column, the intercept's last if there is one,
//! and then the scale.

use pleat_num::dense::dot;

use super::columns::Columns;
use super::newton::Smooth;

/// No scale is smaller.
const LEAST: f64 = 10.0 * f64::EPSILON;
/// How much of itself the scale keeps in one step at least.
const KEPT: f64 = 0.2;

/// The loss over rows, and the penalty on squared coefficients.
pub struct Huber {
    /// The columns.
    pub columns: Columns,
    /// Whether the last column is the intercept's.
    pub intercept: bool,
    /// A target a row.
    pub y: Vec<f64>,
    /// What each row weighs.
    pub weights: Vec<f64>,
    /// From how many scales on the loss is straight.
    pub epsilon: f64,
    /// How much squared coefficients are penalised.
    pub alpha: f64,
}

/// What second derivatives are made of.
pub struct Curvature {
    /// Of each row, by the line.
    by_line: Vec<f64>,
    /// For each column, by the line and the scale.
    mixed: Vec<f64>,
    /// By the scale.
    by_scale: f64,
}

impl Huber {
    /// What each row is above the line.
    fn residuals(&self, line: &[f64]) -> Vec<f64> {
        let mut out = self.columns.times(line);
        out.iter_mut()
            .zip(&self.y)
            .for_each(|(line, y)| *line = y - *line);
        out
    }

    /// The penalty's second derivative by the number of this place.
    fn penalty(&self, place: usize) -> f64 {
        match self.intercept && place + 1 == self.columns.width() {
            true => 0.0,
            false => 2.0 * self.alpha,
        }
    }

    fn split<'a>(&self, at: &'a [f64]) -> (&'a [f64], f64) {
        let (line, scale) = at.split_at(self.columns.width());
        (line, scale[0])
    }
}

impl Smooth for Huber {
    type Curvature = Curvature;

    fn value(&self, at: &[f64]) -> f64 {
        let (line, scale) = self.split(at);
        let limit = self.epsilon * scale;
        let of_row = |(r, w): (&f64, &f64)| {
            let loss = match r.abs() > limit {
                true => 2.0 * self.epsilon * r.abs() - limit * self.epsilon,
                false => r * r / scale,
            };
            w * (scale + loss)
        };
        let terms: Vec<f64> = self
            .residuals(line)
            .iter()
            .zip(&self.weights)
            .map(of_row)
            .collect();
        let squares = line
            .iter()
            .enumerate()
            .map(|(j, w)| self.penalty(j) * w * w);
        pleat_num::sum::pairwise(&terms) + squares.sum::<f64>() / 2.0
    }

    fn derivatives(&self, at: &[f64]) -> (Vec<f64>, Curvature) {
        let (line, scale) = self.split(at);
        let limit = self.epsilon * scale;
        let (mut slopes, mut near, mut curves) = (Vec::new(), Vec::new(), Vec::new());
        let (mut by_scale, mut squares) = (0.0, 0.0);
        for (r, w) in self.residuals(line).iter().zip(&self.weights) {
            by_scale += w;
            if r.abs() > limit {
                by_scale -= w * self.epsilon * self.epsilon;
                slopes.push(-2.0 * self.epsilon * w * r.signum());
                near.push(0.0);
                curves.push(0.0);
            } else {
                squares += w * r * r;
                slopes.push(-2.0 * w * r / scale);
                near.push(2.0 * w * r / (scale * scale));
                curves.push(2.0 * w / scale);
            }
        }
        by_scale -= squares / (scale * scale);
        let mut gradient = self.columns.transposed_times(&slopes);
        for (j, (g, w)) in gradient.iter_mut().zip(line).enumerate() {
            *g += self.penalty(j) * w;
        }
        // At its bound, what would push the scale further counts for nothing.
        gradient.push(if scale <= LEAST {
            by_scale.min(0.0)
        } else {
            by_scale
        });
        let curvature = Curvature {
            mixed: self.columns.transposed_times(&near),
            by_line: curves,
            by_scale: 2.0 * squares / (scale * scale * scale),
        };
        (gradient, curvature)
    }

    fn matrix(&self, curvature: &Curvature) -> Vec<f64> {
        let width = self.columns.width();
        let n = width + 1;
        let of_line = self.columns.gram(&curvature.by_line);
        let mut out = vec![0.0; n * n];
        for j in 0..width {
            out[j * n..j * n + width].copy_from_slice(&of_line[j * width..(j + 1) * width]);
            out[j * n + j] += self.penalty(j);
            out[j * n + width] = curvature.mixed[j];
            out[width * n + j] = curvature.mixed[j];
        }
        out[width * n + width] = curvature.by_scale;
        out
    }

    fn curve(&self, curvature: &Curvature, along: &[f64]) -> Vec<f64> {
        let (line, scale) = self.split(along);
        let mut of_rows = self.columns.times(line);
        of_rows
            .iter_mut()
            .zip(&curvature.by_line)
            .for_each(|(x, c)| *x *= c);
        let mut out = self.columns.transposed_times(&of_rows);
        for (j, out) in out.iter_mut().enumerate() {
            *out += self.penalty(j) * line[j] + curvature.mixed[j] * scale;
        }
        out.push(dot(&curvature.mixed, line) + curvature.by_scale * scale);
        out
    }

    fn limit(&self, at: &[f64]) -> Option<(usize, f64)> {
        let scale = self.split(at).1;
        Some((at.len() - 1, LEAST.max(KEPT * scale) - scale))
    }
}
