//! The parameter `criterion`, of trees and of forests.

use pleat_guest::{Error, Info, Params, domain::*};

use crate::classes::Mixture;
use crate::fit::{Measure, check_poisson};

/// That of a classifier.
pub(crate) fn describe_mixture(info: Info) -> Info {
    info.param(
        "criterion",
        "gini",
        words(["gini", "entropy", "log_loss"]),
        "How mixed a node is; entropy and log_loss are the same.",
    )
}

/// Its value.
pub(crate) fn mixture(params: &Params) -> Result<Mixture, Error> {
    mixture_named(params, "criterion")
}

/// The value of a parameter that is like it.
pub(crate) fn mixture_named(params: &Params, name: &str) -> Result<Mixture, Error> {
    params.choice(
        name,
        &[
            ("gini", Mixture::Gini),
            ("entropy", Mixture::Entropy),
            ("log_loss", Mixture::Entropy),
        ],
    )
}

/// That of a regressor.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Regression {
    Squared,
    Friedman,
    Absolute,
    Poisson,
}

impl Regression {
    pub(crate) fn describe(info: Info) -> Info {
        info.param(
            "criterion",
            "squared_error",
            words(["squared_error", "friedman_mse", "absolute_error", "poisson"]),
            "How far a node's numbers are from its answer: from the mean, or the median for \
             absolute_error; friedman_mse is an old name of squared_error.",
        )
    }

    pub(crate) fn new(params: &Params) -> Result<Self, Error> {
        Self::named(params, "criterion")
    }

    /// The value of a parameter that is like it.
    pub(crate) fn named(params: &Params, name: &str) -> Result<Self, Error> {
        params.choice(
            name,
            &[
                ("squared_error", Regression::Squared),
                ("friedman_mse", Regression::Friedman),
                ("absolute_error", Regression::Absolute),
                ("poisson", Regression::Poisson),
            ],
        )
    }

    /// How it measures these numbers, if it can.
    pub(crate) fn measure(
        self,
        numbers: &[f64],
        mut warn: impl FnMut(&str),
    ) -> Result<Measure, Error> {
        match self {
            Regression::Squared => Ok(Measure::Squared),
            Regression::Absolute => Ok(Measure::Absolute),
            Regression::Poisson => {
                check_poisson(numbers)?;
                Ok(Measure::Poisson)
            }
            Regression::Friedman => {
                warn(
                    "criterion 'friedman_mse' is deprecated in scikit-learn and the same as \
                     'squared_error'; use that.",
                );
                Ok(Measure::Squared)
            }
        }
    }
}
