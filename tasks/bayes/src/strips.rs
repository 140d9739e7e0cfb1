//! Columns read four at a time, so that four sums grow side by side, each in
//! the order of the rows.

/// How many columns.
pub const WIDTH: usize = 4;

/// One row of four columns.
pub type Strip = [f64; WIDTH];

/// Some rows of a matrix.
#[derive(Clone, Copy)]
pub struct Table<'a> {
    /// Column after column, of all rows there are.
    values: &'a [f64],
    /// How long a column is.
    height: usize,
    /// Which rows are meant.
    rows: &'a [u32],
}

impl<'a> Table<'a> {
    /// The named rows of columns of this height, one after another.
    #[must_use]
    pub fn new(values: &'a [f64], height: usize, rows: &'a [u32]) -> Self {
        Table {
            values,
            height,
            rows,
        }
    }

    /// How many columns there are.
    #[must_use]
    pub fn columns(self) -> usize {
        self.values.len() / self.height
    }

    /// How many rows are meant.
    #[must_use]
    pub fn rows(self) -> usize {
        self.rows.len()
    }

    /// Hands over strip after strip, each with the columns that it begins and
    /// ends before. Beyond the last column there are zeros.
    pub fn strips(self, mut each: impl FnMut(std::ops::Range<usize>, &mut [Strip])) {
        let mut strip = vec![[0.0; WIDTH]; self.rows.len()];
        for first in (0..self.columns()).step_by(WIDTH) {
            let last = (first + WIDTH).min(self.columns());
            strip.fill([0.0; WIDTH]);
            for (lane, c) in (first..last).enumerate() {
                let column = &self.values[c * self.height..(c + 1) * self.height];
                for (out, row) in strip.iter_mut().zip(self.rows) {
                    out[lane] = column[*row as usize];
                }
            }
            each(first..last, &mut strip);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_strip_is_filled_up() {
        let values: Vec<f64> = (0..15).map(f64::from).collect();
        let mut seen = Vec::new();
        Table::new(&values, 3, &[2, 0]).strips(|columns, rows| seen.push((columns, rows.to_vec())));
        assert_eq!(seen.len(), 2);
        assert_eq!(
            seen[0],
            (0..4, vec![[2.0, 5.0, 8.0, 11.0], [0.0, 3.0, 6.0, 9.0]])
        );
        assert_eq!(
            seen[1],
            (4..5, vec![[14.0, 0.0, 0.0, 0.0], [12.0, 0.0, 0.0, 0.0]])
        );
    }
}
