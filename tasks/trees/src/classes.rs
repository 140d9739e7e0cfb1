//! How mixed the classes of a node are, with scikit-learn's arithmetic.

use pleat_num::math::ln;

use crate::criterion::{Criterion, Sums, Target};

/// The measure of a classification tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mixture {
    /// One minus the sum of squared shares.
    Gini,
    /// Shannon's, in bits; `log_loss` is another name for it.
    Entropy,
}

impl Mixture {
    /// The impurity of a node whose classes weigh this much, `total` together.
    #[must_use]
    pub fn impurity(self, counts: &[f64], total: f64) -> f64 {
        match self {
            Mixture::Gini => {
                let squares = counts.iter().fold(0.0, |sum, count| sum + count * count);
                1.0 - squares / (total * total)
            }
            Mixture::Entropy => counts
                .iter()
                .filter(|count| **count > 0.0)
                .fold(0.0, |sum, c| {
                    let share = c / total;
                    sum - share * (ln(share) / std::f64::consts::LN_2)
                }),
        }
    }
}

/// A [`Mixture`] over rows of any weights; [`counts`](crate::counts) has the
/// one for whole weights.
pub struct ByClass<'a> {
    mixture: Mixture,
    sums: Sums<'a>,
}

impl<'a> ByClass<'a> {
    /// `codes` are below `n_classes`.
    #[must_use]
    pub fn new(
        mixture: Mixture,
        codes: &'a [u32],
        n_classes: usize,
        weights: Option<&'a [f64]>,
    ) -> Self {
        ByClass {
            mixture,
            sums: Sums::new(Target::Classes(codes, n_classes), weights),
        }
    }
}

impl Criterion for ByClass<'_> {
    fn enter(&mut self, rows: &[u32]) {
        self.sums.enter(rows);
    }

    fn begin(&mut self, _: &[u32]) {
        self.sums.begin();
    }

    fn advance(&mut self, order: &[u32], to: usize) {
        self.sums.advance(order, to);
    }

    fn mass(&self) -> f64 {
        self.sums.mass
    }

    fn masses(&self) -> (f64, f64) {
        self.sums.masses
    }

    fn impurity(&mut self) -> f64 {
        self.mixture.impurity(&self.sums.total, self.sums.mass)
    }

    fn impurities(&self, _: &[u32]) -> (f64, f64) {
        let (left, right) = (&self.sums.left, &self.sums.right);
        let masses = self.sums.masses;
        (
            self.mixture.impurity(left, masses.0),
            self.mixture.impurity(right, masses.1),
        )
    }

    fn value(&self, out: &mut Vec<f64>) {
        self.sums.value(out);
    }

    fn answers(&self) -> (f64, f64) {
        self.sums.answers()
    }

    fn halfway(&self) -> f64 {
        self.sums.halfway()
    }

    fn minds_order(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pure_and_even_nodes() {
        assert_eq!(Mixture::Gini.impurity(&[4.0, 0.0], 4.0), 0.0);
        assert_eq!(Mixture::Gini.impurity(&[2.0, 2.0], 4.0), 0.5);
        assert_eq!(Mixture::Entropy.impurity(&[0.0, 3.0], 3.0), 0.0);
        assert_eq!(Mixture::Entropy.impurity(&[1.0; 4], 4.0), 2.0);
    }
}
