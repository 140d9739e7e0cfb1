//! SVR: its description and glue.

use pleat_guest::{
    Attribute, Error, Estimator, Fit, Info, Model, Outputs, Params, Prediction, Rows, decode,
    domain::*, encode,
};
use serde::{Deserialize, Serialize};

use crate::kernel::Kernel;
use crate::settings::{Settings, Shared, not_converged, not_finite, weighted};
use crate::solver::Problem;
use crate::vectors::{LANES, Vectors};
use crate::votes::add_up;

/// scikit-learn's `SVR`.
pub struct SVR {
    settings: Settings,
    epsilon: f64,
}

/// A fitted [`SVR`].
#[derive(Serialize, Deserialize)]
pub struct FittedSVR {
    kernel: Kernel,
    vectors: Vectors,
    /// One a support vector.
    factors: Vec<f64>,
    rho: f64,
}

impl Estimator for SVR {
    type Model = FittedSVR;
    type Shared = Shared;

    fn info() -> Info {
        let info = Info::regressor(
            "SVR",
            "The flattest function, as seen through a kernel, that is off by little.",
        );
        Settings::describe(info, "")
            .param("epsilon", 0.1, at_least(0.0), "How far off costs nothing.")
            .weights()
            .shares(&["C", "shrinking", "tol", "max_iter", "epsilon"])
    }

    fn new(params: &Params) -> Result<Self, Error> {
        Ok(SVR {
            settings: Settings::new(params, "")?,
            epsilon: params.get("epsilon")?,
        })
    }

    fn fit(&self, train: &Rows<'_>, fit: &mut Fit<'_, Self>) -> Result<FittedSVR, Error> {
        let (places, weights) = weighted("SVR", train)?;
        let numbers = train.numbers();
        let (rules, cost) = (self.settings.rules, self.settings.c);
        let (kernel, (gram, paths)) = fit.shared.kernels(&self.settings, train, &places);
        // Each row twice: for errors upwards, then for errors downwards.
        let both = |of_row: &dyn Fn(usize, f64) -> f64| {
            [1.0, -1.0]
                .iter()
                .flat_map(|sign| places.iter().map(|place| of_row(*place, *sign)))
                .collect::<Vec<f64>>()
        };
        let n = places.len();
        let problem = Problem {
            rows: [0..n, 0..n],
            slopes: both(&|place, sign| numbers[place] - sign * self.epsilon),
            bounds: both(&|place, sign| sign * (weights[place] * cost)),
        };
        let solution = paths.solve(gram, problem, rules);
        if !solution.is_finite() {
            return Err(not_finite("SVR"));
        }
        if !solution.converged {
            fit.warn(not_converged("SVR", rules));
        }
        let (upwards, downwards) = solution.b.split_at(n);
        let factors = upwards.iter().zip(downwards).map(|(u, d)| u + d);
        let supports = factors.zip(places).filter(|(factor, _)| *factor != 0.0);
        let (factors, places): (Vec<f64>, Vec<usize>) = supports.unzip();
        Ok(FittedSVR {
            kernel,
            vectors: Vectors::new(train, &places),
            factors,
            rho: solution.rho,
        })
    }
}

impl Model for FittedSVR {
    fn predict(&self, rows: &Rows<'_>, _: Outputs) -> Result<Prediction, Error> {
        let mut numbers = Vec::with_capacity(rows.len());
        self.vectors.meet(self.kernel, rows, |kernels, n| {
            let sums = add_up([0.0; LANES], kernels, &self.factors);
            numbers.extend(sums[..n].iter().map(|sum| sum - self.rho));
        });
        Ok(Prediction::numbers(numbers))
    }

    fn attributes(&self) -> Vec<Attribute> {
        let mut attributes = vec![
            Attribute::vector("n_support_", vec![self.factors.len() as f64]),
            Attribute::vector("intercept_", vec![-self.rho]),
        ];
        if self.kernel == Kernel::Linear {
            let coef = self.vectors.combined(0..self.factors.len(), &self.factors);
            attributes.push(Attribute::matrix("coef_", self.vectors.columns(), coef));
        }
        attributes
    }

    fn save(&self) -> Result<Vec<u8>, Error> {
        encode(self)
    }

    fn load(bytes: &[u8]) -> Result<Self, Error> {
        decode(bytes)
    }
}
