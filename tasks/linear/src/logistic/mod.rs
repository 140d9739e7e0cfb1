//! Logistic regression: [`loss`] is what is minimised, [`lbfgs`] (with its
//! [`line_search`] and [`curvature`]), [`newton`] and [`proximal`] are three ways to do it.

pub mod curvature;
pub mod lbfgs;
pub mod line_search;
pub mod loss;
pub mod newton;
pub mod proximal;

/// Where a minimisation came to.
#[derive(Clone, Debug)]
pub struct Minimum {
    /// The point, as [`loss::Loss`] lays it out.
    pub at: Vec<f64>,
    /// How many iterations it took.
    pub iterations: u64,
    /// Why it is not to be trusted, if so.
    pub trouble: Option<&'static str>,
}

/// The trouble of having had too few iterations.
pub const TOO_FEW: &str = "the limit of iterations was reached";

/// The trouble of a function that no step lowers, steep as it is.
pub const STUCK: &str = "no step along the descent lowers the loss";

/// The largest of the absolute numbers.
#[must_use]
pub fn largest(numbers: &[f64]) -> f64 {
    numbers.iter().fold(0.0, |most, x| most.max(x.abs()))
}
