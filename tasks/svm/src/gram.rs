//! The kernel of every two training rows, row by row as it is asked for.

use crate::kernel::Kernel;
use crate::panels::Panels;

/// A kernel's matrix. Rows are made when first asked for and kept as long as
/// memory allows; what is kept does not change what is answered.
///
/// Off the diagonal it is single precision, as in libsvm: half the memory, and
/// a search for the optimum that takes the same steps.
pub struct Gram {
    panels: Panels,
    kernel: Kernel,
    /// Each row's inner product with itself.
    squares: Vec<f64>,
    diagonal: Vec<f64>,
    /// Empty for a row that is not there.
    kept: Vec<Vec<f32>>,
    /// When each row was last asked for.
    asked: Vec<u64>,
    clock: u64,
    held: usize,
    most: usize,
    row: Vec<f64>,
    products: Vec<f64>,
}

impl Gram {
    /// Of these rows, keeping at most `megabytes`, but two rows in any case.
    #[must_use]
    pub fn new(panels: Panels, kernel: Kernel, megabytes: f64) -> Self {
        let n = panels.rows();
        let square = |r| panels.row(r).fold(0.0, |sum, x| sum + x * x);
        let squares: Vec<f64> = (0..n).map(square).collect();
        let diagonal = squares
            .iter()
            .map(|s| kernel.of_product(*s, s + s))
            .collect();
        let of_row = (n * size_of::<f32>()) as f64;
        Gram {
            panels,
            kernel,
            squares,
            diagonal,
            kept: vec![Vec::new(); n],
            asked: vec![0; n],
            clock: 0,
            held: 0,
            most: ((megabytes * f64::from(1 << 20) / of_row) as usize).max(2),
            row: Vec::new(),
            products: Vec::new(),
        }
    }

    /// How many rows it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.diagonal.len()
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.diagonal.is_empty()
    }

    /// The kernel of a training row with itself.
    #[must_use]
    pub fn diagonal(&self, i: usize) -> f64 {
        self.diagonal[i]
    }

    /// The kernel of a training row with each.
    pub fn row(&mut self, i: usize) -> &[f32] {
        self.clock += 1;
        self.asked[i] = self.clock;
        if self.kept[i].is_empty() {
            self.kept[i] = self.make(i);
        }
        &self.kept[i]
    }

    fn make(&mut self, i: usize) -> Vec<f32> {
        let mut made = Vec::new();
        if self.held < self.most {
            self.held += 1;
        } else {
            // The one not asked for longest makes room.
            let there = (0..self.kept.len()).filter(|r| !self.kept[*r].is_empty());
            if let Some(oldest) = there.min_by_key(|r| self.asked[*r]) {
                made = std::mem::take(&mut self.kept[oldest]);
            }
        }
        self.row.clear();
        self.row.extend(self.panels.row(i));
        self.panels.products(&self.row, &mut self.products);
        let (kernel, square) = (self.kernel, self.squares[i]);
        let pairs = self.products.iter().zip(&self.squares);
        made.clear();
        made.extend(
            pairs.map(|(product, other)| kernel.of_product(*product, square + other) as f32),
        );
        made
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_memory_changes_nothing() {
        let panels = Panels::new(30, 2, |r, c| ((r * 7 + c * 5) % 11) as f64);
        let kernel = Kernel::Rbf { gamma: 0.1 };
        let mut all = Gram::new(panels.clone(), kernel, 1.0);
        let mut two = Gram::new(panels, kernel, 1e-9);
        for i in (0..30).chain([3, 4, 3, 29, 0]) {
            assert_eq!(all.row(i), two.row(i));
            assert!(two.kept.iter().filter(|row| !row.is_empty()).count() <= 2);
            let of_itself = all.diagonal(i) as f32;
            assert_eq!(all.row(i)[i], of_itself);
        }
        // Symmetric to the bit.
        for (i, j) in [(0, 1), (4, 17), (29, 8)] {
            let mirrored = all.row(j)[i];
            assert_eq!(all.row(i)[j], mirrored);
        }
    }
}
