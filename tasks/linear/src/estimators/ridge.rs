//! `Ridge`. Candidates that differ in alpha alone share the inner products.

use pleat_guest::{Error, Estimator, Fit, Info, Params, Rows, domain::*};

use super::FittedLine;
use super::centred;
use crate::centred::Centred;
use crate::ridge::Prepared;
use crate::weights::{self, ClassWeight};

/// scikit-learn's `Ridge`.
pub struct Ridge {
    alpha: f64,
    fit_intercept: bool,
}

/// What inner products depend on besides the rows: whether an intercept was
/// taken out of them, and what classes weigh.
pub(super) type Key = (bool, ClassWeight);

/// The inner products that serve every alpha.
#[derive(Default)]
pub struct Shared(Option<(Key, Prepared)>);

impl Shared {
    /// What was prepared for an earlier candidate, or now.
    pub(super) fn prepared(
        &mut self,
        key: Key,
        prepare: impl FnOnce() -> Result<Centred, Error>,
    ) -> Result<&Prepared, Error> {
        let made = match self.0.take() {
            Some(made) if made.0 == key => made,
            _ => (key, Prepared::new(prepare()?)),
        };
        Ok(&self.0.insert(made).1)
    }
}

impl Estimator for Ridge {
    type Model = FittedLine;
    type Shared = Shared;

    fn info() -> Info {
        Info::regressor(
            "Ridge",
            "Linear least squares with a penalty on the squared coefficients, in closed form.",
        )
        .param("alpha", 1.0, at_least(0.0), "How much the squared coefficients are penalised.")
        .param("fit_intercept", true, boolean(), "Whether the line need not pass through zero.")
        .param(
            "solver",
            "auto",
            words(["auto", "cholesky"]),
            "Cholesky under either word; singular values where it fails, for the shortest solution.",
        )
        .weights()
        .shares(&["alpha"])
    }

    fn new(params: &Params) -> Result<Self, Error> {
        Ok(Ridge {
            alpha: params.get("alpha")?,
            fit_intercept: params.get("fit_intercept")?,
        })
    }

    fn fit(&self, train: &Rows<'_>, fit: &mut Fit<'_, Self>) -> Result<FittedLine, Error> {
        let key = (self.fit_intercept, ClassWeight::Equal);
        let prepared = fit.shared.prepared(key, || {
            let weights = weights::of_rows("Ridge", train)?;
            Ok(centred(
                train,
                train.numbers(),
                weights.as_deref(),
                self.fit_intercept,
            ))
        })?;
        FittedLine::checked("Ridge", prepared.solve(self.alpha).swap_remove(0))
    }
}
