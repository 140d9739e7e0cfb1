//! The step a slope makes: plain descent with momentum, or Adam.

use pleat_num::math;

/// How the rate of descent changes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Schedule {
    /// Not at all.
    Constant,
    /// Falls with a power of how many rows were seen.
    Invscaling {
        /// That power.
        power_t: f64,
    },
    /// A fifth of it whenever nothing improves.
    Adaptive,
}

/// The rules of a solver.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rules {
    /// Stochastic gradient descent.
    Sgd {
        /// How the rate changes.
        schedule: Schedule,
        /// The share of the last step that is taken again.
        momentum: f64,
        /// Whether the step is taken from where momentum leads.
        nesterov: bool,
    },
    /// Adam (Kingma and Ba 2014, algorithm 1, with the two corrections of bias
    /// in the rate).
    Adam {
        /// How much of the mean slope is kept.
        beta_1: f64,
        /// How much of the mean square is kept.
        beta_2: f64,
        /// What keeps the divisor from zero.
        epsilon: f64,
    },
}

/// A solver under way.
pub struct Optimizer {
    rules: Rules,
    first_rate: f64,
    rate: f64,
    steps: f64,
    /// The last step, or the mean slope.
    means: Vec<f64>,
    squares: Vec<f64>,
}

impl Optimizer {
    /// At its start, for so many weights.
    #[must_use]
    pub fn new(rules: Rules, rate: f64, weights: usize) -> Self {
        let squares = match rules {
            Rules::Sgd { .. } => Vec::new(),
            Rules::Adam { .. } => vec![0.0; weights],
        };
        Optimizer {
            rules,
            first_rate: rate,
            rate,
            steps: 0.0,
            means: vec![0.0; weights],
            squares,
        }
    }

    /// Changes the weights by their slopes.
    pub fn step(&mut self, weights: &mut [f64], slope: &[f64]) {
        match self.rules {
            Rules::Sgd {
                momentum, nesterov, ..
            } => {
                let rate = self.rate;
                for ((w, v), g) in weights.iter_mut().zip(&mut self.means).zip(slope) {
                    *v = momentum * *v - rate * g;
                    *w += match nesterov {
                        true => momentum * *v - rate * g,
                        false => *v,
                    };
                }
            }
            Rules::Adam {
                beta_1,
                beta_2,
                epsilon,
            } => {
                self.steps += 1.0;
                let second = (1.0 - math::pow(beta_2, self.steps)).sqrt();
                self.rate = self.first_rate * second / (1.0 - math::pow(beta_1, self.steps));
                let rate = self.rate;
                let moments = self.means.iter_mut().zip(&mut self.squares);
                for ((w, (m, v)), g) in weights.iter_mut().zip(moments).zip(slope) {
                    *m = beta_1 * *m + (1.0 - beta_1) * g;
                    *v = beta_2 * *v + (1.0 - beta_2) * (g * g);
                    *w += -rate * *m / (v.sqrt() + epsilon);
                }
            }
        }
    }

    /// A pass is over, `rows` having been seen so far.
    pub fn pass_ends(&mut self, rows: f64) {
        if let Rules::Sgd {
            schedule: Schedule::Invscaling { power_t },
            ..
        } = self.rules
        {
            self.rate = self.first_rate / math::pow(rows + 1.0, power_t);
        }
    }

    /// Nothing improves any more: whether that is the end, or a slower rate is
    /// worth trying.
    pub fn is_over(&mut self) -> bool {
        let adaptive = matches!(
            self.rules,
            Rules::Sgd {
                schedule: Schedule::Adaptive,
                ..
            }
        );
        if !adaptive || self.rate <= 1e-6 {
            return true;
        }
        self.rate /= 5.0;
        false
    }
}
