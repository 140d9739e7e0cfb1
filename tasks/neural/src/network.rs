//! A network: how wide its layers are, and all its weights.

use std::ops::Range;

use pleat_num::product::{Matrix, product};
use pleat_num::rng::RandomState;
use serde::{Deserialize, Serialize};

use crate::activation::Activation;
use crate::loss::Loss;

/// Rows that are taken through a network at a time.
const ROWS: usize = 256;

/// The shape of a network, and what its neurons do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shape {
    /// The width of each layer: features, hidden ones, answers.
    pub units: Vec<usize>,
    /// What hidden neurons make of their sums.
    pub activation: Activation,
    /// What the last ones do, and what it costs.
    pub loss: Loss,
}

/// A shape with weights.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Network {
    /// What it looks like.
    pub shape: Shape,
    /// The coefficients of layer after layer, each with a row for every
    /// neuron it comes from; then the intercepts of layer after layer.
    pub weights: Vec<f64>,
}

impl Shape {
    /// How many layers of weights there are.
    #[must_use]
    pub fn layers(&self) -> usize {
        self.units.len() - 1
    }

    /// How many neurons a layer of weights comes from and goes to.
    #[must_use]
    pub fn sides(&self, layer: usize) -> (usize, usize) {
        (self.units[layer], self.units[layer + 1])
    }

    fn coefficients(&self) -> usize {
        self.units.windows(2).map(|w| w[0] * w[1]).sum()
    }

    /// How many weights it takes; none if that is more than can be counted.
    #[must_use]
    pub fn count(&self) -> Option<usize> {
        let mut count = 0_usize;
        for w in self.units.windows(2) {
            let layer = w[0].checked_add(1)?.checked_mul(w[1])?;
            count = count.checked_add(layer)?;
        }
        // The bytes must be countable too, several times over.
        count.checked_mul(64).and(Some(count))
    }

    /// Where a layer's coefficients stand among the weights.
    #[must_use]
    pub fn coef(&self, layer: usize) -> Range<usize> {
        let widths = self.units.windows(2).take(layer);
        let start: usize = widths.map(|w| w[0] * w[1]).sum();
        let (from, to) = self.sides(layer);
        start..start + from * to
    }

    /// Where a layer's intercepts stand among the weights.
    #[must_use]
    pub fn intercept(&self, layer: usize) -> Range<usize> {
        let start = self.coefficients() + self.units[1..=layer].iter().sum::<usize>();
        start..start + self.units[layer + 1]
    }

    /// The first weights, drawn as scikit-learn draws them.
    #[must_use]
    pub fn draw(self, rng: &mut RandomState) -> Network {
        let mut weights = vec![0.0; self.count().unwrap_or(0)];
        for layer in 0..self.layers() {
            let (from, to) = self.sides(layer);
            let bound = (self.activation.spread() / (from + to) as f64).sqrt();
            for range in [self.coef(layer), self.intercept(layer)] {
                let drawn = weights[range].iter_mut();
                drawn.for_each(|w| *w = rng.uniform(-bound, bound));
            }
        }
        Network {
            shape: self,
            weights,
        }
    }
}

impl Network {
    /// A layer's coefficients, with a row for every neuron they come from.
    #[must_use]
    pub fn coef(&self, layer: usize) -> &[f64] {
        &self.weights[self.shape.coef(layer)]
    }

    /// A layer's intercepts.
    #[must_use]
    pub fn intercept(&self, layer: usize) -> &[f64] {
        &self.weights[self.shape.intercept(layer)]
    }

    /// What the next layer answers to rows of answers of one.
    #[must_use]
    pub fn forward(&self, layer: usize, rows: &[f64]) -> Vec<f64> {
        let (from, to) = self.shape.sides(layer);
        let coef = Matrix::row_major(self.coef(layer), to);
        let mut out = product(Matrix::row_major(rows, from), coef);
        if layer + 1 == self.shape.layers() {
            self.shape.loss.apply(&mut out, self.intercept(layer));
        } else {
            self.shape.activation.apply(&mut out, self.intercept(layer));
        }
        out
    }

    /// The answers to rows that are asked for portion by portion, by their
    /// places.
    #[must_use]
    pub fn answers(&self, rows: usize, portion: impl Fn(Range<usize>) -> Vec<f64>) -> Vec<f64> {
        let mut answers = Vec::new();
        for start in (0..rows).step_by(ROWS) {
            let mut at = portion(start..rows.min(start + ROWS));
            for layer in 0..self.shape.layers() {
                at = self.forward(layer, &at);
            }
            answers.extend(at);
        }
        answers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(units: &[usize]) -> Shape {
        Shape {
            units: units.to_vec(),
            activation: Activation::Relu,
            loss: Loss::Squared,
        }
    }

    #[test]
    fn weights_stand_one_after_another() {
        let shape = shape(&[3, 2, 4, 1]);
        assert_eq!(shape.count(), Some(6 + 8 + 4 + 2 + 4 + 1));
        let coefs = (0..3).map(|i| shape.coef(i)).collect::<Vec<_>>();
        assert_eq!(coefs, [0..6, 6..14, 14..18]);
        let intercepts = (0..3).map(|i| shape.intercept(i)).collect::<Vec<_>>();
        assert_eq!(intercepts, [18..20, 20..24, 24..25]);
    }

    #[test]
    fn what_cannot_be_counted_is_not() {
        assert_eq!(shape(&[1 << 20, usize::MAX / 2, 1]).count(), None);
        assert_eq!(shape(&[1, usize::MAX / 4, 1]).count(), None);
    }
}
