//! `DecisionTreeRegressor`: its description and its glue.
//!
//! Candidates share nothing: a shallower tree visits columns in another order
//! than the deeper one, and sums of floats then differ in their last bits.

use pleat_guest::{
    Error, Estimator, Fit, Info, Model, Outputs, Params, Prediction, Rows, decode, domain::*,
    encode,
};
use pleat_num::sum::pairwise;
use serde::{Deserialize, Serialize};

use crate::fit::{Prepared, single_precision};
use crate::means::{ByMean, Loss};
use crate::medians::ByMedian;
use crate::settings::Settings;
use crate::tree::Tree;

const NAME: &str = "DecisionTreeRegressor";

/// scikit-learn's `DecisionTreeRegressor`.
pub struct DecisionTreeRegressor {
    measure: Measure,
    settings: Settings,
}

#[derive(Clone, Copy, PartialEq)]
enum Measure {
    Squared,
    Friedman,
    Absolute,
    Poisson,
}

/// A fitted [`DecisionTreeRegressor`].
#[derive(Serialize, Deserialize)]
pub struct FittedRegressor(Tree);

impl Estimator for DecisionTreeRegressor {
    type Model = FittedRegressor;
    type Shared = ();

    fn info() -> Info {
        let info = Info::regressor(
            NAME,
            "A tree of thresholds; each leaf answers with the mean of its rows, or their median.",
        )
        .param(
            "criterion",
            "squared_error",
            words(["squared_error", "friedman_mse", "absolute_error", "poisson"]),
            "How far a node's numbers are from its answer: from the mean, or the median for \
             absolute_error; friedman_mse is an old name of squared_error.",
        );
        Settings::describe(info).weights().missing()
    }

    fn new(params: &Params) -> Result<Self, Error> {
        Ok(DecisionTreeRegressor {
            measure: params.choice(
                "criterion",
                &[
                    ("squared_error", Measure::Squared),
                    ("friedman_mse", Measure::Friedman),
                    ("absolute_error", Measure::Absolute),
                    ("poisson", Measure::Poisson),
                ],
            )?,
            settings: Settings::new(NAME, params)?,
        })
    }

    fn fit(&self, train: &Rows<'_>, fit: &mut Fit<'_, Self>) -> Result<FittedRegressor, Error> {
        let data = train.dataset();
        let numbers = data.numbers();
        if self.measure == Measure::Poisson {
            check_poisson(&train.numbers())?;
        }
        if self.measure == Measure::Friedman {
            fit.warn(
                "criterion 'friedman_mse' is deprecated in scikit-learn and the same as \
                 'squared_error'; use that.",
            );
        }
        let prepared = Prepared::new(NAME, train, data.weights().map(<[f64]>::to_vec))?;
        let weights = prepared.weights.as_deref();
        let settings = &self.settings;
        let by_mean = |loss| ByMean::new(loss, numbers, weights);
        let grown = match self.measure {
            Measure::Squared | Measure::Friedman => {
                prepared.grow(settings, by_mean(Loss::Squared), 1)
            }
            Measure::Poisson => prepared.grow(settings, by_mean(Loss::Poisson), 1),
            Measure::Absolute => prepared.grow(settings, ByMedian::new(numbers, weights), 1),
        };
        Ok(FittedRegressor(match settings.ccp_alpha() {
            Some(alpha) => grown.tree.pruned(alpha),
            None => grown.tree,
        }))
    }
}

/// The sentences are scikit-learn's.
fn check_poisson(numbers: &[f64]) -> Result<(), Error> {
    let refuse = |sentence: &str| Err(Error::InvalidData(sentence.into()));
    if numbers.iter().any(|y| *y < 0.0) {
        return refuse(
            "Some value(s) of y are negative which is not allowed for Poisson regression.",
        );
    }
    if pairwise(numbers) <= 0.0 {
        return refuse("Sum of y is not positive which is necessary for Poisson regression.");
    }
    Ok(())
}

impl Model for FittedRegressor {
    fn predict(&self, rows: &Rows<'_>, _: Outputs) -> Result<Prediction, Error> {
        single_precision(rows)?;
        let numbers = self.0.predict(&rows.column_major(), rows.len());
        Ok(Prediction::numbers(numbers))
    }

    fn save(&self) -> Result<Vec<u8>, Error> {
        encode(self)
    }

    fn load(bytes: &[u8]) -> Result<Self, Error> {
        decode(bytes)
    }
}
