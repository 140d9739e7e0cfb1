//! `ElasticNet` and `Lasso`, which is one with all of the penalty on absolute
//! coefficients.

use pleat_guest::{Error, Estimator, Fit, Info, Params, Rows, domain::*, go_on};
use pleat_num::sum;

use super::FittedLine;
use super::centred;
use crate::coordinate::Descent;
use crate::weights;

/// scikit-learn's `ElasticNet`.
pub struct ElasticNet(Settings);

/// scikit-learn's `Lasso`.
pub struct Lasso(Settings);

/// What the two have in common.
struct Settings {
    alpha: f64,
    l1_ratio: f64,
    fit_intercept: bool,
    max_iter: u64,
    tol: f64,
    positive: bool,
    random: Option<u32>,
}

/// Adds the parameters the two have in common.
fn described(info: Info) -> Info {
    info.param(
        "fit_intercept",
        true,
        boolean(),
        "Whether the line need not pass through zero.",
    )
    .param(
        "max_iter",
        1000i64,
        integers(1..),
        "How many passes over the columns at most.",
    )
    .param(
        "tol",
        1e-4,
        at_least(0.0),
        "The passes end when the duality gap is below this share of the squared target.",
    )
    .param(
        "positive",
        false,
        boolean(),
        "Whether no coefficient may be negative.",
    )
    .param(
        "selection",
        "cyclic",
        words(["cyclic", "random"]),
        "Whether columns come in turn or are drawn.",
    )
    .param(
        "random_state",
        0i64,
        none().or(integers(0..=i64::from(u32::MAX))),
        "What the draws of columns start from; None is 0, as nothing here is left to chance.",
    )
    .weights()
}

impl Settings {
    fn of(params: &Params, l1_ratio: f64) -> Result<Self, Error> {
        let seed = params.get::<Option<u32>>("random_state")?.unwrap_or(0);
        let order = [("cyclic", None), ("random", Some(seed))];
        Ok(Settings {
            alpha: params.get("alpha")?,
            l1_ratio,
            fit_intercept: params.get("fit_intercept")?,
            max_iter: params.get("max_iter")?,
            tol: params.get("tol")?,
            positive: params.get("positive")?,
            random: params.choice("selection", &order)?,
        })
    }

    /// The line, and what is to be said about it.
    fn fit(&self, name: &str, train: &Rows<'_>) -> Result<(FittedLine, Vec<String>), Error> {
        let n = train.len() as f64;
        // The penalty is for the mean of the squares: only how weights compare
        // to each other matters.
        let weights = weights::of_rows(name, train)?.map(|weights| {
            let factor = n / sum::pairwise(&weights);
            weights.into_iter().map(|w| w * factor).collect::<Vec<_>>()
        });
        let rows = centred(
            train,
            train.numbers(),
            weights.as_deref(),
            self.fit_intercept,
        );
        let descent = Descent {
            l1: self.alpha * self.l1_ratio * n,
            l2: self.alpha * (1.0 - self.l1_ratio) * n,
            positive: self.positive,
            max_iter: self.max_iter,
            tol: self.tol,
            random: self.random,
        };
        let share = |pass: u64| pass as f64 / self.max_iter as f64;
        let end = descent.run(&rows, |pass| go_on(share(pass)))?;
        let mut warnings = Vec::new();
        if self.alpha == 0.0 {
            warnings.push(format!(
                "{name} with alpha = 0 converges badly; LinearRegression solves the same problem."
            ));
        }
        if !end.converged {
            warnings.push(format!(
                "{name} did not converge in {} passes: the duality gap is {:.3e}, above the \
                 tolerated {:.3e}. Raise max_iter, tol or alpha, or scale the data.",
                self.max_iter, end.gap, end.enough
            ));
        }
        let mut line = FittedLine::checked(name, rows.line(0, end.coefficients))?;
        line.n_iter = Some(end.passes);
        Ok((line, warnings))
    }
}

impl Estimator for ElasticNet {
    type Model = FittedLine;
    type Shared = ();

    fn info() -> Info {
        let info = Info::regressor(
            "ElasticNet",
            "Linear least squares with a penalty on absolute and squared coefficients.",
        )
        .param(
            "alpha",
            1.0,
            at_least(0.0),
            "How much coefficients are penalised.",
        )
        .param(
            "l1_ratio",
            0.5,
            numbers(0.0..=1.0),
            "The share of the penalty that is on absolute coefficients.",
        );
        described(info)
    }

    fn new(params: &Params) -> Result<Self, Error> {
        Settings::of(params, params.get("l1_ratio")?).map(ElasticNet)
    }

    fn fit(&self, train: &Rows<'_>, fit: &mut Fit<'_, Self>) -> Result<FittedLine, Error> {
        let (line, warnings) = self.0.fit("ElasticNet", train)?;
        warnings.into_iter().for_each(|warning| fit.warn(warning));
        Ok(line)
    }
}

impl Estimator for Lasso {
    type Model = FittedLine;
    type Shared = ();

    fn info() -> Info {
        let info = Info::regressor(
            "Lasso",
            "Linear least squares with a penalty on absolute coefficients, many of which become 0.",
        )
        .param(
            "alpha",
            1.0,
            at_least(0.0),
            "How much absolute coefficients are penalised.",
        );
        described(info)
    }

    fn new(params: &Params) -> Result<Self, Error> {
        Settings::of(params, 1.0).map(Lasso)
    }

    fn fit(&self, train: &Rows<'_>, fit: &mut Fit<'_, Self>) -> Result<FittedLine, Error> {
        let (line, warnings) = self.0.fit("Lasso", train)?;
        warnings.into_iter().for_each(|warning| fit.warn(warning));
        Ok(line)
    }
}
