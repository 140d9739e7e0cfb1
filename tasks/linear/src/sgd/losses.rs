//! What a prediction costs, and how the cost changes with it.
//!
//! Classes are -1 and 1, but 0 and 1 for the logistic loss.

use pleat_num::math;

/// A loss of one prediction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Loss {
    /// max(0, threshold - yp): of a support vector machine with 1, of the
    /// perceptron with 0.
    Hinge {
        /// The margin from which on there is no loss.
        threshold: f64,
    },
    /// max(0, 1 - yp)^2.
    SquaredHinge,
    /// The squared hinge, but straight below -1.
    ModifiedHuber,
    /// -ln(the class's probability).
    Logistic,
    /// (y - p)^2 / 2.
    Squared,
    /// Squared, but straight from this distance on.
    Huber(f64),
    /// max(0, |y - p| - this).
    Insensitive(f64),
    /// max(0, |y - p| - this)^2.
    SquaredInsensitive(f64),
}

impl Loss {
    /// What y is in rows of the second class, and of the first.
    #[must_use]
    pub fn signs(self) -> (f64, f64) {
        match self {
            Loss::Logistic => (1.0, 0.0),
            _ => (1.0, -1.0),
        }
    }

    /// The loss of predicting `p` for `y`, and its derivative by `p`.
    #[inline]
    #[must_use]
    pub fn at(self, y: f64, p: f64) -> (f64, f64) {
        match self {
            Loss::Hinge { threshold } => {
                let z = p * y;
                match z <= threshold {
                    true => (threshold - z, -y),
                    false => (0.0, 0.0),
                }
            }
            Loss::SquaredHinge => {
                let z = 1.0 - p * y;
                match z > 0.0 {
                    true => (z * z, -2.0 * y * z),
                    false => (0.0, 0.0),
                }
            }
            Loss::ModifiedHuber => {
                let z = p * y;
                if z >= 1.0 {
                    (0.0, 0.0)
                } else if z >= -1.0 {
                    ((1.0 - z) * (1.0 - z), 2.0 * (1.0 - z) * -y)
                } else {
                    (-4.0 * z, -4.0 * y)
                }
            }
            Loss::Logistic => {
                let small = math::exp(-p.abs());
                let (wrong, right) = match p > 0.0 {
                    true => (small / (1.0 + small), 1.0 / (1.0 + small)),
                    false => (1.0 / (1.0 + small), small / (1.0 + small)),
                };
                let second = y > 0.0;
                let margin = if second { p } else { -p };
                let loss = math::ln_1p(small) + (-margin).max(0.0);
                (loss, if second { -wrong } else { right })
            }
            Loss::Squared => (0.5 * (p - y) * (p - y), p - y),
            Loss::Huber(delta) => {
                let off = p - y;
                match off.abs() <= delta {
                    true => (0.5 * off * off, off),
                    false => (delta * (off.abs() - 0.5 * delta), delta.copysign(off)),
                }
            }
            Loss::Insensitive(epsilon) => {
                let off = p - y;
                match off.abs() > epsilon {
                    true => (off.abs() - epsilon, 1.0_f64.copysign(off)),
                    false => (0.0, 0.0),
                }
            }
            Loss::SquaredInsensitive(epsilon) => {
                let off = p - y;
                let beyond = off.abs() - epsilon;
                match beyond > 0.0 {
                    true => (beyond * beyond, (2.0 * beyond).copysign(off)),
                    false => (0.0, 0.0),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Off the kinks, the derivative is what the loss does over a small step.
    #[test]
    fn derivatives_are_the_losses() {
        let losses = [
            Loss::Hinge { threshold: 1.0 },
            Loss::Hinge { threshold: 0.0 },
            Loss::SquaredHinge,
            Loss::ModifiedHuber,
            Loss::Logistic,
            Loss::Squared,
            Loss::Huber(0.3),
            Loss::Insensitive(0.3),
            Loss::SquaredInsensitive(0.3),
        ];
        for loss in losses {
            let (second, first) = loss.signs();
            for y in [first, second] {
                for p in [-40.0, -2.3, -1.2, -0.75, -0.1, 0.1, 0.75, 1.2, 2.3, 40.0] {
                    let h = 1e-6;
                    let rise = (loss.at(y, p + h).0 - loss.at(y, p - h).0) / (2.0 * h);
                    let slope = loss.at(y, p).1;
                    assert!(
                        (rise - slope).abs() < 1e-7 * slope.abs().max(1.0),
                        "{loss:?} {y} {p}: {slope}, {rise}"
                    );
                }
            }
        }
    }
}
