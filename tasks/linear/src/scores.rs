//! What linear classifiers come to: a line a class, or one for two classes.

use pleat_guest::{Attribute, Prediction, Rows};
use pleat_num::product::{Matrix, product};
use serde::{Deserialize, Serialize};

use crate::gather::Gather;
use crate::line::Line;

/// Classes and the lines that tell them apart.
#[derive(Serialize, Deserialize)]
pub struct Scores {
    /// Ascending.
    pub classes: Vec<u32>,
    /// The higher a class's, the better; the only one speaks for the last
    /// class and against the first.
    pub lines: Vec<Line>,
}

impl Scores {
    /// Each row's scores, one row after the other.
    #[must_use]
    pub fn decision(&self, rows: &Rows<'_>) -> Vec<f64> {
        if let [line] = &self.lines[..] {
            return line.of_rows(&Gather::new(rows));
        }
        let x = rows.column_major();
        let coefficients = self.coefficients();
        let lines = Matrix::row_major(&coefficients, rows.n_columns());
        let mut out = product(Matrix::column_major(&x, rows.len()), lines.transposed());
        for row in out.chunks_exact_mut(self.lines.len().max(1)) {
            for (score, line) in row.iter_mut().zip(&self.lines) {
                *score += line.intercept;
            }
        }
        out
    }

    fn coefficients(&self) -> Vec<f64> {
        let coefficients = self.lines.iter().flat_map(|line| &line.coefficients);
        coefficients.copied().collect()
    }

    /// `coef_` and `intercept_`, with a row and a number for each line.
    #[must_use]
    pub fn attributes(&self) -> Vec<Attribute> {
        let width = self.lines.first().map_or(0, |line| line.coefficients.len());
        let intercepts = self.lines.iter().map(|line| line.intercept).collect();
        vec![
            Attribute::matrix("coef_", width, self.coefficients()),
            Attribute::vector("intercept_", intercepts),
        ]
    }

    /// The classes that scores speak for; the first of equals.
    #[must_use]
    pub fn answers(&self, decision: &[f64]) -> Prediction {
        if self.lines.len() > 1 {
            return Prediction::highest(&self.classes, decision);
        }
        let (first, last) = (self.classes.first(), self.classes.last());
        let class = |score: &f64| if *score > 0.0 { last } else { first };
        Prediction::classes(decision.iter().filter_map(class).copied().collect())
    }
}
