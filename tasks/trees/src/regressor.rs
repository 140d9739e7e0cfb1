//! `DecisionTreeRegressor`: its description and its glue.
//!
//! Candidates share nothing: a shallower tree visits columns in another order
//! than the deeper one, and sums of floats then differ in their last bits.

use pleat_guest::{
    Attribute, Error, Estimator, Fit, Info, Model, Outputs, Params, Prediction, Rows, decode,
    encode,
};
use serde::{Deserialize, Serialize};

use crate::classifier::DRAWS;
use crate::criteria::Regression;
use crate::fit::{Ground, single_precision};
use crate::settings::Settings;
use crate::tree::Tree;

const NAME: &str = "DecisionTreeRegressor";

/// scikit-learn's `DecisionTreeRegressor`.
pub struct DecisionTreeRegressor {
    criterion: Regression,
    settings: Settings,
}

/// A fitted [`DecisionTreeRegressor`].
#[derive(Serialize, Deserialize)]
pub struct FittedRegressor {
    columns: u32,
    tree: Tree,
}

impl Estimator for DecisionTreeRegressor {
    type Model = FittedRegressor;
    type Shared = ();

    fn info() -> Info {
        let info = Info::regressor(
            NAME,
            "A tree of thresholds; each leaf answers with the mean of its rows, or their median.",
        );
        let info = Settings::describe_splitter(Regression::describe(info));
        let info = Settings::describe_size(info, ());
        let info = Settings::describe_draws(info, DRAWS);
        let info = Settings::describe_pruning(Settings::describe_end(info));
        Settings::describe_directions(info).weights().missing()
    }

    fn new(params: &Params) -> Result<Self, Error> {
        Ok(DecisionTreeRegressor {
            criterion: Regression::new(params)?,
            settings: Settings::new(
                NAME,
                params,
                params.choice("splitter", &[("best", false), ("random", true)])?,
            )?,
        })
    }

    fn fit(&self, train: &Rows<'_>, fit: &mut Fit<'_, Self>) -> Result<FittedRegressor, Error> {
        let (numbers, weights) = (train.numbers(), train.weights());
        let measure = self
            .criterion
            .measure(&numbers, |warning| fit.warn(warning))?;
        let ground = Ground::new(NAME, train, self.settings.random())?;
        let settings = self.settings.for_rows(train.n_columns(), 0)?;
        let seed = settings.seed();
        let grown = ground.numbers(measure, &numbers, weights.as_deref(), &settings, seed)?;
        Ok(FittedRegressor {
            columns: train.n_columns() as u32,
            tree: match settings.ccp_alpha() {
                Some(alpha) => grown.tree.pruned(alpha),
                None => grown.tree,
            },
        })
    }
}

impl Model for FittedRegressor {
    fn predict(&self, rows: &Rows<'_>, _: Outputs) -> Result<Prediction, Error> {
        single_precision(rows)?;
        let numbers = self.tree.predict(&rows.column_major(), rows.len());
        Ok(Prediction::numbers(numbers))
    }

    fn attributes(&self) -> Vec<Attribute> {
        let columns = self.columns as usize;
        vec![Attribute::vector(
            "feature_importances_",
            self.tree.importances(columns),
        )]
    }

    fn save(&self) -> Result<Vec<u8>, Error> {
        encode(self)
    }

    fn load(bytes: &[u8]) -> Result<Self, Error> {
        decode(bytes)
    }
}
