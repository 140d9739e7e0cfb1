//! Rows laid out so that one row meets all others fast. What is made of their
//! products is the kernel's business.
//!
//! Eight rows stand side by side, column after column, so that a sum over the
//! columns runs in eight lanes and is never added up across them: an inner
//! product row by row spends most of its time on that when columns are few.

use serde::{Deserialize, Serialize};

/// Rows a panel holds side by side.
const PANEL: usize = 8;

/// Rows in panels; the last is filled up with zeros.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Panels {
    rows: usize,
    columns: usize,
    values: Vec<f64>,
}

impl Panels {
    /// Takes `rows` of `columns` in, value by value.
    pub fn new(rows: usize, columns: usize, value: impl Fn(usize, usize) -> f64) -> Self {
        let width = columns * PANEL;
        let mut values = vec![0.0; rows.div_ceil(PANEL) * width];
        for c in 0..columns {
            for r in 0..rows {
                values[r / PANEL * width + c * PANEL + r % PANEL] = value(r, c);
            }
        }
        Panels {
            rows,
            columns,
            values,
        }
    }

    /// How many rows there are.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// One row.
    pub fn row(&self, row: usize) -> impl Iterator<Item = f64> {
        let width = self.columns * PANEL;
        self.values[row / PANEL * width..][..width]
            .iter()
            .skip(row % PANEL)
            .step_by(PANEL)
            .copied()
    }

    /// The inner product of a row with each of these.
    pub fn products(&self, row: &[f64], out: &mut Vec<f64>) {
        self.fold(row, out, |sum, x, y| sum + x * y);
    }

    /// The squared distance of a row from each of these.
    pub fn distances(&self, row: &[f64], out: &mut Vec<f64>) {
        self.fold(row, out, |sum, x, y| {
            let d = x - y;
            sum + d * d
        });
    }

    fn fold(&self, row: &[f64], out: &mut Vec<f64>, add: impl Fn(f64, f64, f64) -> f64) {
        out.clear();
        for panel in self.values.chunks_exact((self.columns * PANEL).max(1)) {
            let mut sums = [0.0; PANEL];
            for (lanes, y) in panel.chunks_exact(PANEL).zip(row) {
                for lane in 0..PANEL {
                    sums[lane] = add(sums[lane], lanes[lane], *y);
                }
            }
            out.extend_from_slice(&sums);
        }
        out.truncate(self.rows);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_meets_every_row() {
        for rows in [1, 7, 8, 9, 20] {
            let value = |r: usize, c: usize| (r * 3 + c * c) as f64;
            let panels = Panels::new(rows, 3, value);
            let (mut products, mut distances) = (Vec::new(), Vec::new());
            for i in 0..rows {
                let row: Vec<f64> = panels.row(i).collect();
                assert_eq!(row, (0..3).map(|c| value(i, c)).collect::<Vec<_>>());
                panels.products(&row, &mut products);
                panels.distances(&row, &mut distances);
                assert_eq!((products.len(), distances.len()), (rows, rows));
                for j in 0..rows {
                    let pairs = (0..3).map(|c| (value(i, c), value(j, c)));
                    assert_eq!(products[j], pairs.clone().map(|(x, y)| x * y).sum::<f64>());
                    assert_eq!(distances[j], pairs.map(|(x, y)| (x - y) * (x - y)).sum());
                }
            }
        }
    }
}
