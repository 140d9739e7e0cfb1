//! The loss of a network on some rows, and its slope by every weight.

use pleat_num::dense::dot;
use pleat_num::product::{Matrix, product};

use crate::network::Network;

/// Rows to learn from: features one row after another, the truth, weights.
#[derive(Clone, Copy)]
pub struct Batch<'a> {
    /// The features, row-major.
    pub x: &'a [f64],
    /// What the loss takes for the truth, one a row.
    pub y: &'a [f64],
    /// One a row, if there are any.
    pub weights: Option<&'a [f64]>,
}

/// Weights that sum to zero cannot be averaged over.
#[derive(Debug, PartialEq)]
pub struct Weightless;

/// The average loss of a batch and the penalty on squared coefficients, of
/// which `alpha` is the strength. The slope by each weight is left in `slope`,
/// in the order of the weights.
pub fn backprop(
    network: &Network,
    alpha: f64,
    batch: Batch<'_>,
    slope: &mut [f64],
) -> Result<f64, Weightless> {
    let shape = &network.shape;
    let layers = shape.layers();
    let weight = match batch.weights {
        Some(weights) => weights.iter().sum(),
        None => batch.y.len() as f64,
    };
    if weight <= 0.0 {
        return Err(Weightless);
    }
    let mut answers: Vec<Vec<f64>> = Vec::with_capacity(layers);
    for layer in 0..layers {
        let from = answers.last().map_or(batch.x, Vec::as_slice);
        answers.push(network.forward(layer, from));
    }
    let mut deltas = answers.pop().unwrap_or_default();
    let loss = shape.loss.average(
        &mut deltas,
        shape.units[layers],
        batch.y,
        batch.weights,
        weight,
    );
    let squares = (0..layers).map(|layer| dot(network.coef(layer), network.coef(layer)));
    let penalty = 0.5 * alpha * squares.sum::<f64>() / weight;
    for layer in (0..layers).rev() {
        let (from, to) = shape.sides(layer);
        let before = answers.pop();
        let x = before.as_deref().unwrap_or(batch.x);
        let by_coef = product(
            Matrix::row_major(x, from).transposed(),
            Matrix::row_major(&deltas, to),
        );
        let coef = network.coef(layer);
        let of_coef = &mut slope[shape.coef(layer)];
        for ((slope, sum), w) in of_coef.iter_mut().zip(by_coef).zip(coef) {
            *slope = (sum + alpha * w) / weight;
        }
        let of_intercept = &mut slope[shape.intercept(layer)];
        of_intercept.fill(0.0);
        for row in deltas.chunks_exact(to) {
            of_intercept.iter_mut().zip(row).for_each(|(s, d)| *s += d);
        }
        of_intercept.iter_mut().for_each(|s| *s /= weight);
        if layer > 0 {
            let coef = Matrix::row_major(coef, to).transposed();
            deltas = product(Matrix::row_major(&deltas, to), coef);
            shape.activation.slope(x, &mut deltas);
        }
    }
    Ok(loss + penalty)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activation::Activation;
    use crate::loss::Loss;
    use crate::network::Shape;
    use pleat_num::rng::RandomState;

    #[test]
    fn slopes_are_those_of_the_loss() {
        let mut rng = RandomState::new(1);
        let (x, y, weights) = (
            [0.2, -1.0, 1.5, 0.3, -0.7, 2.0],
            [0.0, 2.0, 1.0],
            [1.0, 0.5, 2.0],
        );
        for activation in [Activation::Identity, Activation::Logistic, Activation::Tanh] {
            let shape = Shape {
                units: vec![2, 4, 3, 3],
                activation,
                loss: Loss::Softmax,
            };
            let mut network = shape.draw(&mut rng);
            let count = network.weights.len();
            let batch = Batch {
                x: &x,
                y: &y,
                weights: Some(&weights),
            };
            let mut slope = vec![0.0; count];
            let mut at = |network: &Network| backprop(network, 0.3, batch, &mut slope);
            at(&network).unwrap();
            let found = slope.clone();
            let mut slope = vec![0.0; count];
            for (i, found) in found.iter().enumerate() {
                let middle = network.weights[i];
                let mut off = |by: f64| {
                    network.weights[i] = middle + by;
                    backprop(&network, 0.3, batch, &mut slope).unwrap()
                };
                let measured = (off(1e-6) - off(-1e-6)) / 2e-6;
                network.weights[i] = middle;
                assert!((found - measured).abs() < 1e-8, "{activation:?} {i}");
            }
        }
    }

    #[test]
    fn no_weight_no_average() {
        let shape = Shape {
            units: vec![1, 1],
            activation: Activation::Relu,
            loss: Loss::Squared,
        };
        let network = shape.draw(&mut RandomState::new(0));
        let batch = Batch {
            x: &[1.0],
            y: &[1.0],
            weights: Some(&[0.0]),
        };
        assert_eq!(
            backprop(&network, 0.0, batch, &mut [0.0; 2]),
            Err(Weightless)
        );
    }
}
