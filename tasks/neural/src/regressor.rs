//! MLPRegressor: its description and glue.

use pleat_guest::{
    Attribute, Error, Estimator, Fit, Info, Model, Outputs, Params, Prediction, Rows, decode,
    domain::*, encode,
};
use serde::{Deserialize, Serialize};

use crate::fitting::{Fitted, Problem};
use crate::loss::Loss;
use crate::settings::Settings;

const NAME: &str = "MLPRegressor";

/// scikit-learn's `MLPRegressor`.
pub struct MLPRegressor {
    settings: Settings,
    loss: Loss,
}

/// A fitted [`MLPRegressor`].
#[derive(Serialize, Deserialize)]
pub struct FittedRegressor(Fitted);

impl Estimator for MLPRegressor {
    type Model = FittedRegressor;
    type Shared = ();

    fn info() -> Info {
        let info = Info::regressor(NAME, "Layers of neurons, of which the last gives a number.")
            .param(
                "loss",
                "squared_error",
                words(["poisson", "squared_error"]),
                "What is minimised; poisson takes amounts, none below 0, and predicts such.",
            );
        Settings::describe(info).weights().warm_start()
    }

    fn new(params: &Params) -> Result<Self, Error> {
        let losses = [("squared_error", Loss::Squared), ("poisson", Loss::Poisson)];
        Ok(MLPRegressor {
            settings: Settings::new(NAME, params)?,
            loss: params.choice("loss", &losses)?,
        })
    }

    fn fit(&self, train: &Rows<'_>, fit: &mut Fit<'_, Self>) -> Result<FittedRegressor, Error> {
        let y = train.numbers();
        if self.loss == Loss::Poisson
            && let Some(y) = y.iter().find(|y| **y < 0.0)
        {
            return Err(Error::InvalidData(format!(
                "{NAME} with loss='poisson' needs a target that is nowhere below 0; got {y}."
            )));
        }
        let problem = Problem {
            name: NAME,
            train,
            y,
            loss: self.loss,
            width: 1,
        };
        let mut warnings = Vec::new();
        let earlier = fit.earlier()?.map(|model| model.0);
        let fitted = problem.fit(&self.settings, earlier, &mut warnings)?;
        warnings.into_iter().for_each(|warning| fit.warn(warning));
        Ok(FittedRegressor(fitted))
    }
}

impl Model for FittedRegressor {
    fn predict(&self, rows: &Rows<'_>, _: Outputs) -> Result<Prediction, Error> {
        let mut numbers = self.0.answers(rows);
        // Of amounts, exp can be more than there are numbers for.
        numbers.iter_mut().for_each(|y| *y = y.min(f64::MAX));
        Ok(Prediction::numbers(numbers))
    }

    fn save(&self) -> Result<Vec<u8>, Error> {
        encode(self)
    }

    fn load(bytes: &[u8]) -> Result<Self, Error> {
        decode(bytes)
    }

    fn attributes(&self) -> Vec<Attribute> {
        self.0.attributes()
    }
}
