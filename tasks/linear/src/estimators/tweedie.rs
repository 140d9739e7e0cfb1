//! `PoissonRegressor`, `GammaRegressor` and `TweedieRegressor`: one fit, of
//! different distributions.
//!
//! scikit-learn's solvers are names for Newton's method here.

use pleat_guest::{
    Attribute, Error, Estimator, Fit, Info, Model, Outputs, Params, Prediction, Rows, Value,
    decode, domain::*, encode, go_on,
};
use pleat_num::{exp::exp_each, math, sum};
use serde::{Deserialize, Serialize};

use super::beyond;
use crate::line::Line;
use crate::smooth::columns::Columns;
use crate::smooth::newton;
use crate::smooth::tweedie::{Deviance, Tweedie};
use crate::weights;

/// Newton's last step costs little and gains as many digits as there were, so
/// the search goes on to this share of `tol`.
const FURTHER: f64 = 1e-4;

/// Parameters, checked.
struct Settings {
    name: &'static str,
    deviance: Deviance,
    alpha: f64,
    fit_intercept: bool,
    max_iter: u64,
    tol: f64,
}

/// What the three come to.
#[derive(Serialize, Deserialize)]
pub struct FittedTweedie {
    line: Line,
    /// Whether the mean is the line's exponential.
    exponential: bool,
    n_iter: u64,
}

fn describe(info: Info) -> Info {
    info.param(
        "alpha",
        1.0,
        at_least(0.0),
        "How much squared coefficients are penalised.",
    )
    .param(
        "fit_intercept",
        true,
        boolean(),
        "Whether the line need not pass through zero.",
    )
}

fn describe_search(info: Info) -> Info {
    info.param(
        "solver",
        "lbfgs",
        words(["lbfgs", "newton-cholesky"]),
        "Newton's method under either word.",
    )
    .param("max_iter", 100, integers(1..), "How many steps at most.")
    .param(
        "tol",
        1e-4,
        above(0.0),
        "The search ends when no number of the gradient is above a small share of this.",
    )
    .weights()
}

impl Settings {
    fn new(name: &'static str, params: &Params, deviance: Deviance) -> Result<Self, Error> {
        Ok(Settings {
            name,
            deviance,
            alpha: params.get("alpha")?,
            fit_intercept: params.get("fit_intercept")?,
            max_iter: params.get("max_iter")?,
            tol: params.get("tol")?,
        })
    }

    /// The line, and what is to be said about it.
    fn fit(&self, train: &Rows<'_>) -> Result<(FittedTweedie, Option<String>), Error> {
        let name = self.name;
        let y = train.numbers();
        if let Some(y) = y.iter().find(|y| !self.deviance.allows(**y)) {
            return Err(Error::InvalidData(format!(
                "{name}: a target is {y:?}, but its distribution has {} only.",
                if *y == 0.0 {
                    "numbers above 0"
                } else {
                    "numbers that are not negative"
                }
            )));
        }
        let mut shares = weights::of_rows(name, train)?.unwrap_or_else(|| vec![1.0; y.len()]);
        let total = sum::pairwise(&shares);
        shares.iter_mut().for_each(|w| *w /= total);
        let terms: Vec<f64> = y.iter().zip(&shares).map(|(y, w)| y * w).collect();
        let mean = sum::pairwise(&terms);
        let exponential = self.deviance != Deviance::Normal;
        let columns = Columns::new(train.column_major(), train.len(), self.fit_intercept);
        let mut start = vec![0.0; columns.width()];
        if let (true, Some(last)) = (self.fit_intercept, start.last_mut()) {
            if exponential && mean <= 0.0 {
                return Err(Error::InvalidData(format!(
                    "{name}: the target is 0 in every row of weight, and no exponential is."
                )));
            }
            *last = if exponential { math::ln(mean) } else { mean };
        }
        let problem = Tweedie {
            columns,
            intercept: self.fit_intercept,
            y,
            shares,
            deviance: self.deviance,
            alpha: self.alpha,
        };
        let tick = |step| go_on(step as f64 / self.max_iter as f64);
        let end = newton::minimise(&problem, start, self.tol * FURTHER, self.max_iter, tick)?;
        let warning = (!end.converged).then(|| {
            format!(
                "{name} did not converge within max_iter = {} steps. Raise it or tol, or scale \
                 the data.",
                self.max_iter
            )
        });
        let mut coefficients = end.at;
        let intercept = if self.fit_intercept {
            coefficients.pop()
        } else {
            None
        };
        let line = Line {
            coefficients,
            intercept: intercept.unwrap_or(0.0),
        };
        if !line.is_finite() {
            return Err(beyond(name));
        }
        let fitted = FittedTweedie {
            line,
            exponential,
            n_iter: end.iterations,
        };
        Ok((fitted, warning))
    }
}

impl Model for FittedTweedie {
    fn predict(&self, rows: &Rows<'_>, _: Outputs) -> Result<Prediction, Error> {
        let columns = (0..rows.n_columns()).map(|c| rows.column(c));
        let mut out = self.line.predict(columns, rows.len());
        if self.exponential {
            exp_each(&mut out);
            // scikit-learn predicts infinity.
            out.iter_mut().for_each(|mean| *mean = mean.min(f64::MAX));
        }
        Ok(Prediction::numbers(out))
    }

    fn save(&self) -> Result<Vec<u8>, Error> {
        encode(self)
    }

    fn load(bytes: &[u8]) -> Result<Self, Error> {
        decode(bytes)
    }

    fn attributes(&self) -> Vec<Attribute> {
        vec![
            Attribute::vector("coef_", self.line.coefficients.clone()),
            Attribute::number("intercept_", self.line.intercept),
            Attribute::number("n_iter_", self.n_iter as f64),
        ]
    }
}

macro_rules! estimator {
    ($(#[$doc:meta])* $name:ident, $about:literal, $before:expr, $between:expr, $deviance:expr) => {
        $(#[$doc])*
        pub struct $name(Settings);

        impl Estimator for $name {
            type Model = FittedTweedie;
            type Shared = ();

            fn info() -> Info {
                let info = describe($before(Info::regressor(stringify!($name), $about)));
                describe_search($between(info))
            }

            fn new(params: &Params) -> Result<Self, Error> {
                let deviance = $deviance(params)?;
                Settings::new(stringify!($name), params, deviance).map($name)
            }

            fn fit(
                &self,
                train: &Rows<'_>,
                fit: &mut Fit<'_, Self>,
            ) -> Result<FittedTweedie, Error> {
                let (fitted, warning) = self.0.fit(train)?;
                warning.into_iter().for_each(|warning| fit.warn(warning));
                Ok(fitted)
            }
        }
    };
}

/// Nothing more.
fn plain(info: Info) -> Info {
    info
}

estimator! {
    /// scikit-learn's `PoissonRegressor`.
    PoissonRegressor, "The exponential of a line, for counts.", plain, plain,
    |_: &Params| Ok::<_, Error>(Deviance::Power(1.0))
}

estimator! {
    /// scikit-learn's `GammaRegressor`.
    GammaRegressor, "The exponential of a line, for numbers above 0.", plain, plain,
    |_: &Params| Ok::<_, Error>(Deviance::Power(2.0))
}

estimator! {
    /// scikit-learn's `TweedieRegressor`.
    TweedieRegressor, "A line, or its exponential, for a distribution of choice.",
    |info: Info| info.param(
        "power",
        0.0,
        numbers(0.0..=0.0).or(at_least(1.0)),
        "The variance is this power of the mean: 0 normal, 1 Poisson, 2 gamma, 3 inverse Gaussian.",
    ),
    |info: Info| info.param(
        "link",
        "auto",
        words(["auto", "identity", "log"]),
        "What of the mean is a line; auto: the mean itself if power is 0, else its logarithm.",
    ),
    deviance
}

/// What `TweedieRegressor` is asked for.
fn deviance(params: &Params) -> Result<Deviance, Error> {
    let power: f64 = params.get("power")?;
    let identity = match params.value("link")? {
        Value::Text(word) if word == "auto" => power == 0.0,
        Value::Text(word) => word == "identity",
        _ => false,
    };
    match (identity, power == 0.0) {
        (true, true) => Ok(Deviance::Normal),
        (false, false) => Ok(Deviance::Power(power)),
        _ => Err(Error::InvalidParams(format!(
            "TweedieRegressor: link = {} goes with power {} only; got power = {power:?}.",
            params.value("link")?,
            if identity { "0" } else { "1 and above" }
        ))),
    }
}
