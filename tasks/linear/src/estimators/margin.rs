//! What `LinearSVC` and `LinearSVR` have in common: parameters, and how a
//! solution becomes a line.

use pleat_guest::{Error, Info, Params, domain::*, go_on};

use crate::line::Line;
use crate::margin::Solved;
use crate::margin::dual::Rules;

/// Parameters, checked.
pub(super) struct Settings {
    name: &'static str,
    pub(super) squared: bool,
    pub(super) c: f64,
    /// The value of the intercept's column; 0 for no intercept.
    pub(super) bias: f64,
    pub(super) seed: u32,
    pub(super) max_iter: u64,
    tol: f64,
}

/// What the parameter `dual` does.
pub(super) const DUAL: &str = "Whether the dual problem is solved; auto: where there are more \
    columns than rows, or no other way.";

/// Adds the parameters of the intercept to a description.
pub(super) fn describe_intercept(info: Info) -> Info {
    info.param(
        "fit_intercept",
        true,
        boolean(),
        "Whether lines need not pass through zero.",
    )
    .param(
        "intercept_scaling",
        1.0,
        above(0.0),
        "The value of the column whose coefficient makes the intercept; the larger, the less \
             the intercept is penalised.",
    )
}

impl Settings {
    pub(super) fn new(name: &'static str, params: &Params, squared: &str) -> Result<Self, Error> {
        let loss: String = params.get("loss")?;
        Ok(Settings {
            name,
            squared: loss == squared,
            c: params.get("C")?,
            bias: match params.get("fit_intercept")? {
                true => params.get("intercept_scaling")?,
                false => 0.0,
            },
            seed: params.get::<Option<u32>>("random_state")?.unwrap_or(0),
            max_iter: params.get("max_iter")?,
            tol: params.get("tol")?,
        })
    }

    pub(super) fn rules(&self) -> Rules {
        Rules {
            squared: self.squared,
            tol: self.tol,
            max_iter: self.max_iter,
        }
    }

    /// Says how far it is.
    pub(super) fn tick(&self, iteration: u64) -> Result<(), Error> {
        go_on(iteration as f64 / self.max_iter.max(1) as f64)
    }

    pub(super) fn line(&self, solved: Solved, columns: usize) -> Line {
        let mut coefficients = solved.at;
        let last = coefficients.last().copied().unwrap_or(0.0);
        coefficients.truncate(columns);
        Line {
            coefficients,
            intercept: if self.bias > 0.0 {
                last * self.bias
            } else {
                0.0
            },
        }
    }

    /// What is to be said of a fit.
    pub(super) fn remark(&self, iterations: u64) -> Option<String> {
        (iterations >= self.max_iter).then(|| {
            format!(
                "{} did not converge within max_iter = {} iterations. Raise it or tol, or scale \
                 the data.",
                self.name, self.max_iter
            )
        })
    }
}
