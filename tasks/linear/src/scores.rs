//! What linear classifiers come to: a line a class, or one for two classes.

use pleat_guest::{Prediction, Rows};
use serde::{Deserialize, Serialize};

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
        let columns: Vec<Vec<f64>> = (0..rows.n_columns()).map(|c| rows.column(c)).collect();
        let n = self.lines.len();
        let mut out = vec![0.0; n * rows.len()];
        for (i, line) in self.lines.iter().enumerate() {
            let scores = line.predict(columns.iter().cloned(), rows.len());
            for (row, score) in scores.into_iter().enumerate() {
                out[row * n + i] = score;
            }
        }
        out
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
