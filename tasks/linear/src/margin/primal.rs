//! The primal problems with squared errors, as functions of the coefficients.

use pleat_num::dense::dot;

use super::problem::Problem;
use super::trust::Curved;

/// What counts as an error.
#[derive(Clone, Copy, Debug)]
pub enum Margin {
    /// Not being on the right side by 1.
    Hinge,
    /// Being this far from a number.
    Insensitive(f64),
}

impl Margin {
    /// How far beyond what is no error, with the error's sign.
    fn error(self, y: f64, score: f64) -> f64 {
        match self {
            Margin::Hinge => {
                let short = 1.0 - y * score;
                if short > 0.0 { -y * short } else { 0.0 }
            }
            Margin::Insensitive(epsilon) => {
                let off = score - y;
                if off < -epsilon {
                    off + epsilon
                } else if off > epsilon {
                    off - epsilon
                } else {
                    0.0
                }
            }
        }
    }
}

/// Half the squared coefficients and the cost of the squared errors.
pub struct Primal<'a> {
    problem: &'a Problem<'a>,
    margin: Margin,
    /// Each row's error, where the value was asked for last.
    errors: Vec<f64>,
    /// The rows with one, where the gradient was asked for last.
    wrong: Vec<u32>,
}

impl<'a> Primal<'a> {
    /// Of this problem.
    #[must_use]
    pub fn new(problem: &'a Problem<'a>, margin: Margin) -> Self {
        Primal {
            problem,
            margin,
            errors: vec![0.0; problem.len()],
            wrong: Vec::new(),
        }
    }
}

impl Curved for Primal<'_> {
    fn value(&mut self, at: &[f64]) -> f64 {
        let mut value = dot(at, at) / 2.0;
        for (i, error) in self.errors.iter_mut().enumerate() {
            *error = self
                .margin
                .error(self.problem.y[i], self.problem.score(at, i));
            value += self.problem.costs[i] * *error * *error;
        }
        value
    }

    fn gradient(&mut self, at: &[f64]) -> Vec<f64> {
        self.wrong.clear();
        let mut out = self.problem.origin();
        for (i, error) in self.errors.iter().enumerate() {
            if *error != 0.0 {
                self.wrong.push(i as u32);
                self.problem.add(i, self.problem.costs[i] * error, &mut out);
            }
        }
        out.iter_mut()
            .zip(at)
            .for_each(|(out, w)| *out = w + 2.0 * *out);
        out
    }

    fn curve(&self, along: &[f64]) -> Vec<f64> {
        let mut out = self.problem.origin();
        for i in &self.wrong {
            let i = *i as usize;
            let by = self.problem.costs[i] * self.problem.score(along, i);
            self.problem.add(i, by, &mut out);
        }
        out.iter_mut()
            .zip(along)
            .for_each(|(out, s)| *out = s + 2.0 * *out);
        out
    }
}
