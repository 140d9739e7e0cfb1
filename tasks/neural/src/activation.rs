//! What a hidden neuron makes of its sum, and the slope of that.

use pleat_num::exp::exp_each;
use pleat_num::math;
use serde::{Deserialize, Serialize};

/// A hidden layer's function.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Activation {
    /// The sum itself.
    Identity,
    /// 1 / (1 + exp(-x)).
    Logistic,
    /// The hyperbolic tangent.
    Tanh,
    /// What is above 0.
    Relu,
}

impl Activation {
    /// Adds the intercepts to rows of sums, and turns them into answers.
    pub fn apply(self, sums: &mut [f64], intercepts: &[f64]) {
        match self {
            Activation::Identity => each(sums, intercepts, |x| x),
            Activation::Logistic => {
                each(sums, intercepts, |x| -x);
                exp_each(sums);
                sums.iter_mut().for_each(|x| *x = 1.0 / (1.0 + *x));
            }
            Activation::Tanh => each(sums, intercepts, math::tanh),
            // Not `max`, which answers 0 for a NaN and would hide it.
            Activation::Relu => each(sums, intercepts, |x| if x < 0.0 { 0.0 } else { x }),
        }
    }

    /// Multiplies with the slope at answers that were given.
    pub fn slope(self, answers: &[f64], deltas: &mut [f64]) {
        let pairs = answers.iter().zip(deltas);
        match self {
            Activation::Identity => {}
            Activation::Logistic => pairs.for_each(|(z, d)| *d = *d * z * (1.0 - z)),
            Activation::Tanh => pairs.for_each(|(z, d)| *d *= 1.0 - z * z),
            Activation::Relu => pairs.for_each(|(z, d)| *d = if *z == 0.0 { 0.0 } else { *d }),
        }
    }

    /// What the first weights' range is made of (Glorot and Bengio 2010).
    #[must_use]
    pub fn spread(self) -> f64 {
        match self {
            Activation::Logistic => 2.0,
            _ => 6.0,
        }
    }
}

fn each(sums: &mut [f64], intercepts: &[f64], f: impl Fn(f64) -> f64) {
    for row in sums.chunks_exact_mut(intercepts.len()) {
        for (x, b) in row.iter_mut().zip(intercepts) {
            *x = f(*x + b);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slopes_are_those_of_the_functions() {
        let all = [
            Activation::Identity,
            Activation::Logistic,
            Activation::Tanh,
            Activation::Relu,
        ];
        for activation in all {
            for x in [-1.3, -0.2, 0.4, 2.0] {
                let mut at = [x - 1e-6, x, x + 1e-6];
                activation.apply(&mut at, &[0.0]);
                let mut slope = [1.0];
                activation.slope(&at[1..2], &mut slope);
                let measured = (at[2] - at[0]) / 2e-6;
                assert!((slope[0] - measured).abs() < 1e-8, "{activation:?} {x}");
            }
        }
    }
}
