//! How mixed the classes of a node are, with scikit-learn's arithmetic.

use pleat_num::math::ln;

/// The measure of a split's quality.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Criterion {
    /// One minus the sum of squared shares.
    Gini,
    /// Shannon's, in bits; `log_loss` is another name for it.
    Entropy,
}

impl Criterion {
    /// The impurity of a node whose classes weigh this much, `total` together.
    #[must_use]
    pub fn impurity(self, counts: &[f64], total: f64) -> f64 {
        match self {
            Criterion::Gini => {
                let squares = counts.iter().fold(0.0, |sum, count| sum + count * count);
                1.0 - squares / (total * total)
            }
            Criterion::Entropy => {
                counts
                    .iter()
                    .filter(|count| **count > 0.0)
                    .fold(0.0, |sum, c| {
                        let share = c / total;
                        sum - share * (ln(share) / std::f64::consts::LN_2)
                    })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pure_and_even_nodes() {
        assert_eq!(Criterion::Gini.impurity(&[4.0, 0.0], 4.0), 0.0);
        assert_eq!(Criterion::Gini.impurity(&[2.0, 2.0], 4.0), 0.5);
        assert_eq!(Criterion::Entropy.impurity(&[0.0, 3.0], 3.0), 0.0);
        assert_eq!(Criterion::Entropy.impurity(&[1.0; 4], 4.0), 2.0);
    }
}
