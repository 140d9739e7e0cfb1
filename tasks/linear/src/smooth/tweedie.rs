//! The deviance of the distributions whose variance is a power of their mean
//! (Jørgensen, The Theory of Dispersion Models, 1997): the normal with 0,
//! Poisson's with 1, the gamma with 2.

use pleat_num::exp::exp_each;
use pleat_num::sum;

use super::columns::Columns;
use super::newton::Smooth;

/// How the mean follows from the line, and what is off it costs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Deviance {
    /// The mean is the line, the variance constant.
    Normal,
    /// The mean is the line's exponential, the variance this power of it.
    Power(f64),
}

impl Deviance {
    /// Whether a target can be.
    #[must_use]
    pub fn allows(self, y: f64) -> bool {
        match self {
            Deviance::Normal => true,
            Deviance::Power(power) if power < 1.0 => true,
            Deviance::Power(power) if power < 2.0 => y >= 0.0,
            Deviance::Power(_) => y > 0.0,
        }
    }

    /// Half the deviance but for what the line does not change, its slope and
    /// its second derivative, given the line's exponentials to
    /// the powers 1 - `power` and 2 - `power`.
    fn at(self, y: f64, line: f64, [e1, e2]: [f64; 2]) -> [f64; 3] {
        match self {
            Deviance::Normal => [0.5 * (line - y) * (line - y), line - y, 1.0],
            Deviance::Power(power) => {
                let (a, b) = (1.0 - power, 2.0 - power);
                let first = if a == 0.0 { line } else { e1 / a };
                let second = if b == 0.0 { line } else { e2 / b };
                [second - y * first, e2 - y * e1, b * e2 - a * y * e1]
            }
        }
    }
}

/// The mean deviance over rows, halved, and the penalty on squared
/// coefficients.
pub struct Tweedie {
    /// The columns.
    pub columns: Columns,
    /// Whether the last column is the intercept's.
    pub intercept: bool,
    /// A target a row.
    pub y: Vec<f64>,
    /// Each row's share of the mean.
    pub shares: Vec<f64>,
    /// What is off.
    pub deviance: Deviance,
    /// How much squared coefficients are penalised.
    pub alpha: f64,
}

impl Tweedie {
    /// For each row what [`Deviance::at`] says.
    fn rows(&self, at: &[f64]) -> Vec<[f64; 3]> {
        let lines = self.columns.times(at);
        let raised = |by: f64| {
            if by == 0.0 {
                return vec![1.0; lines.len()];
            }
            let mut out: Vec<f64> = lines.iter().map(|line| by * line).collect();
            exp_each(&mut out);
            out
        };
        let (e1, e2) = match self.deviance {
            Deviance::Normal => (lines.clone(), lines.clone()),
            Deviance::Power(power) => (raised(1.0 - power), raised(2.0 - power)),
        };
        (0..lines.len())
            .map(|i| self.deviance.at(self.y[i], lines[i], [e1[i], e2[i]]))
            .collect()
    }

    /// The penalty on the number of this place.
    fn penalty(&self, place: usize) -> f64 {
        match self.intercept && place + 1 == self.columns.width() {
            true => 0.0,
            false => self.alpha,
        }
    }
}

impl Smooth for Tweedie {
    /// Each row's second derivative, never below 0.
    type Curvature = Vec<f64>;

    fn value(&self, at: &[f64]) -> f64 {
        let rows = self.rows(at);
        let terms: Vec<f64> = rows
            .iter()
            .zip(&self.shares)
            .map(|(r, s)| s * r[0])
            .collect();
        let squares = at.iter().enumerate().map(|(j, w)| self.penalty(j) * w * w);
        sum::pairwise(&terms) + squares.sum::<f64>() / 2.0
    }

    fn derivatives(&self, at: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let rows = self.rows(at);
        let slopes: Vec<f64> = rows
            .iter()
            .zip(&self.shares)
            .map(|(r, s)| s * r[1])
            .collect();
        let curves = rows
            .iter()
            .zip(&self.shares)
            .map(|(r, s)| s * r[2].max(0.0));
        let mut gradient = self.columns.transposed_times(&slopes);
        for (j, (g, w)) in gradient.iter_mut().zip(at).enumerate() {
            *g += self.penalty(j) * w;
        }
        (gradient, curves.collect())
    }

    fn matrix(&self, curves: &Vec<f64>) -> Vec<f64> {
        let mut out = self.columns.gram(curves);
        let n = self.columns.width();
        (0..n).for_each(|j| out[j * n + j] += self.penalty(j));
        out
    }

    fn curve(&self, curves: &Vec<f64>, along: &[f64]) -> Vec<f64> {
        let mut of_rows = self.columns.times(along);
        of_rows.iter_mut().zip(curves).for_each(|(x, c)| *x *= c);
        let mut out = self.columns.transposed_times(&of_rows);
        for (j, (out, s)) in out.iter_mut().zip(along).enumerate() {
            *out += self.penalty(j) * s;
        }
        out
    }
}
