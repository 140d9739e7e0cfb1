//! `LinearRegression`.

use pleat_guest::{Error, Estimator, Fit, Info, Params, Rows, domain::*};

use super::FittedLine;
use super::centred;
use crate::least_squares::{negligible, non_negative, shortest};
use crate::normal::well_posed;
use crate::weights;

/// scikit-learn's `LinearRegression`.
pub struct LinearRegression {
    fit_intercept: bool,
    tol: f64,
    positive: bool,
}

impl Estimator for LinearRegression {
    type Model = FittedLine;
    type Shared = ();

    fn info() -> Info {
        Info::regressor(
            "LinearRegression",
            "Least squares; of several best lines the one with the smallest coefficients.",
        )
        .param(
            "fit_intercept",
            true,
            boolean(),
            "Whether the line need not pass through zero.",
        )
        .param(
            "tol",
            1e-6,
            at_least(0.0),
            "Singular values up to this share of the largest count as zero.",
        )
        .param(
            "positive",
            false,
            boolean(),
            "Whether no coefficient may be negative.",
        )
        .weights()
    }

    fn new(params: &Params) -> Result<Self, Error> {
        Ok(LinearRegression {
            fit_intercept: params.get("fit_intercept")?,
            tol: params.get("tol")?,
            positive: params.get("positive")?,
        })
    }

    fn fit(&self, train: &Rows<'_>, _: &mut Fit<'_, Self>) -> Result<FittedLine, Error> {
        let weights = weights::of_rows("LinearRegression", train)?;
        let rows = centred(
            train,
            train.numbers(),
            weights.as_deref(),
            self.fit_intercept,
        );
        let coefficients = if self.positive {
            non_negative(&rows.x, &rows.y).ok_or_else(|| {
                Error::InvalidData(format!(
                    "LinearRegression: with positive = True no solution was found within {} \
                     steps, three a column. Scale the data, or remove columns that say the same.",
                    3 * rows.columns
                ))
            })?
        } else {
            let negligible = negligible(self.tol);
            well_posed(&rows, negligible).unwrap_or_else(|| shortest(&rows.x, &rows.y, negligible))
        };
        FittedLine::checked("LinearRegression", rows.line(0, coefficients))
    }
}
