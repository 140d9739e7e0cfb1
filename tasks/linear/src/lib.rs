//! Linear models for Pleat: the estimator's description and its glue. The
//! arithmetic is in [`ridge`], which knows nothing of the SDK.

pub mod ridge;

use pleat_guest::{
    Error, Estimator, Fit, Info, Model, Outputs, Params, Prediction, Rows, decode, domain::*,
    encode,
};
use serde::{Deserialize, Serialize};

use ridge::{Line, Prepared};

/// scikit-learn's `Ridge`.
pub struct Ridge {
    alpha: f64,
    fit_intercept: bool,
}

/// A fitted [`Ridge`].
#[derive(Serialize, Deserialize)]
pub struct FittedRidge(Line);

/// The inner products that serve every alpha, and whether an intercept was
/// taken out of them.
#[derive(Default)]
pub struct Shared(Option<(bool, Prepared)>);

impl Estimator for Ridge {
    type Model = FittedRidge;
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

    fn fit(&self, train: &Rows<'_>, fit: &mut Fit<'_, Self>) -> Result<FittedRidge, Error> {
        let made = fit
            .shared
            .0
            .take()
            .filter(|(intercept, _)| *intercept == self.fit_intercept);
        let (_, prepared) = match made {
            Some(made) => fit.shared.0.insert(made),
            None => fit
                .shared
                .0
                .insert((self.fit_intercept, prepare(train, self.fit_intercept)?)),
        };
        let line = prepared.solve(self.alpha);
        if !line.is_finite() {
            return Err(Error::InvalidData(
                "Ridge: the inner products of the columns are beyond all numbers. Scale the data."
                    .into(),
            ));
        }
        Ok(FittedRidge(line))
    }
}

fn prepare(train: &Rows<'_>, fit_intercept: bool) -> Result<Prepared, Error> {
    let weights = train.weights();
    if weights.iter().any(|w| w.iter().all(|w| *w == 0.0)) {
        return Err(Error::InvalidData(
            "Ridge: the weights of all rows are 0.".into(),
        ));
    }
    Ok(Prepared::new(
        train.column_major(),
        train.numbers(),
        weights.as_deref(),
        fit_intercept,
    ))
}

impl Model for FittedRidge {
    fn predict(&self, rows: &Rows<'_>, _: Outputs) -> Result<Prediction, Error> {
        let columns = (0..rows.n_columns()).map(|c| rows.column(c));
        Ok(Prediction::numbers(self.0.predict(columns, rows.len())))
    }

    fn save(&self) -> Result<Vec<u8>, Error> {
        encode(self)
    }

    fn load(bytes: &[u8]) -> Result<Self, Error> {
        decode(bytes)
    }
}

pleat_guest::export!(Ridge);
