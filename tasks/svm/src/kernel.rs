//! Kernels: what counts as the inner product of two rows.

use pleat_num::math::{exp, powi, tanh};
use serde::{Deserialize, Serialize};

use crate::panels::Panels;

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
    /// By the inner product of two rows, and the sum of each one's with
    /// itself.
    #[must_use]
    pub fn of_product(self, product: f64, squares: f64) -> f64 {
        match self {
            Kernel::Linear => product,
            Kernel::Rbf { gamma } => exp(-gamma * (squares - 2.0 * product)),
            Kernel::Poly {
                gamma,
                coef0,
                degree,
            } => powi(gamma * product + coef0, degree),
            Kernel::Sigmoid { gamma, coef0 } => tanh(gamma * product + coef0),
        }
    }

    /// Of a row with each of many. Unlike in a fit, distances are added up
    /// from differences, which loses no digits far from the origin; libsvm
    /// does both as here.
    pub fn with_each(self, panels: &Panels, row: &[f64], out: &mut Vec<f64>) {
        if let Kernel::Rbf { gamma } = self {
            panels.distances(row, out);
            out.iter_mut().for_each(|x| *x = exp(-gamma * *x));
        } else {
            panels.products(row, out);
            out.iter_mut().for_each(|x| *x = self.of_product(*x, 0.0));
        }
    }
}
