//! Kernels: what counts as the inner product of two rows.

use pleat_num::exp::exp_each;
use pleat_num::math::{exp, powi, tanh};
use serde::{Deserialize, Serialize};

/// A kernel with its parameters.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Kernel {
    /// The inner product itself.
    Linear,
    /// A bell curve over the distance.
    Rbf {
        /// How narrow it is.
        gamma: f64,
    },
    /// A power of the inner product.
    Poly {
        /// What the product is multiplied with.
        gamma: f64,
        /// What is added to it.
        coef0: f64,
        /// The power.
        degree: i32,
    },
    /// The hyperbolic tangent of the inner product.
    Sigmoid {
        /// What the product is multiplied with.
        gamma: f64,
        /// What is added to it.
        coef0: f64,
    },
}

impl Kernel {
    /// Of a row with itself, by its inner product with itself.
    #[must_use]
    pub fn of_itself(self, square: f64) -> f64 {
        match self {
            Kernel::Rbf { gamma } => exp(-gamma * (square + square - 2.0 * square)),
            _ => self.of_product(square),
        }
    }

    /// Of a row with each of many, in place of their inner products; given
    /// the product of the row with itself, and of each of the others with
    /// itself.
    pub fn of_products(self, products: &mut [f64], square: f64, squares: &[f64]) {
        if let Kernel::Rbf { gamma } = self {
            for (x, other) in products.iter_mut().zip(squares) {
                *x = -gamma * (square + other - 2.0 * *x);
            }
            exp_each(products);
        } else {
            products.iter_mut().for_each(|x| *x = self.of_product(*x));
        }
    }

    /// What squared distances are multiplied with before they are exponents,
    /// in predictions; none if rows are compared by their products. In a fit
    /// distances are made of products, which loses digits far from the
    /// origin; libsvm does both as here.
    #[must_use]
    pub fn of_distances(self) -> Option<f64> {
        match self {
            Kernel::Rbf { gamma } => Some(-gamma),
            _ => None,
        }
    }

    /// In place of squared distances, or of products where the kernel is not
    /// [of distances](Self::of_distances).
    pub fn of_comparisons(self, compared: &mut [f64]) {
        if let Kernel::Rbf { gamma } = self {
            compared.iter_mut().for_each(|x| *x *= -gamma);
            exp_each(compared);
        } else {
            compared.iter_mut().for_each(|x| *x = self.of_product(*x));
        }
    }

    fn of_product(self, product: f64) -> f64 {
        match self {
            Kernel::Linear | Kernel::Rbf { .. } => product,
            Kernel::Poly {
                gamma,
                coef0,
                degree,
            } => powi(gamma * product + coef0, degree),
            Kernel::Sigmoid { gamma, coef0 } => tanh(gamma * product + coef0),
        }
    }
}
