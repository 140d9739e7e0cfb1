//! PowerTransformer: columns made more like normal ones.

use serde::{Deserialize, Serialize};

use super::standard_scaler;
use super::{Fit, FitOn, Step, map_numbers};
use crate::data::Frame;
use crate::params::ParamInfo;
use crate::pipeline::kernels::power::{self, NoLambda};
use crate::pipeline::kernels::{column_sum, column_variance, extent};
use crate::pipeline::numbers::Numbers;
use crate::pipeline::schema::{self, ColumnSchema};
use crate::settings::{self, Fault, Settings};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::pipeline) struct PowerTransformer {
    box_cox: bool,
    standardize: bool,
}

/// The power of each column, and the mean and scale it is left with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(in crate::pipeline) struct Fitted {
    box_cox: bool,
    lambdas: Numbers,
    mean: Option<Numbers>,
    scale: Option<Numbers>,
}

impl Step for PowerTransformer {
    const NAME: &'static str = "PowerTransformer";
    type Fitted = Fitted;

    fn params() -> Vec<ParamInfo> {
        vec![
            settings::choice(
                "method",
                &["yeo-johnson", "box-cox"],
                "the family of powers; box-cox is for positive values alone",
            ),
            settings::flag(
                "standardize",
                true,
                "whether columns get mean 0 and variance 1 afterwards",
            ),
        ]
    }

    fn read(settings: &Settings) -> Result<Self, Fault> {
        Ok(Self {
            box_cox: settings.text("method") == "box-cox",
            standardize: settings.bool("standardize"),
        })
    }

    fn outline(&self, x: &[ColumnSchema]) -> Result<Vec<ColumnSchema>, String> {
        schema::numbers(x)?;
        Ok(x.to_vec())
    }

    fn fit(&self, x: &Frame, on: &FitOn<'_>) -> Result<Fitted, String> {
        let columns = x.numbers()?;
        if self.box_cox {
            refuse_not_positive(x)?;
        }
        let mut lambdas = Vec::with_capacity(columns.len());
        let mut moments = Vec::with_capacity(columns.len());
        for (column, name) in columns.iter().zip(x.names()) {
            let mut rows = on.pick(column);
            let seen: Vec<f64> = rows.iter().copied().filter(|x| !x.is_nan()).collect();
            if seen.is_empty() {
                return Err(format!(
                    "column \"{name}\" has no value in the training rows: at least one is needed"
                ));
            }
            let lambda = if self.box_cox {
                Some(best_box_cox(name, &seen)?)
            } else {
                // What does not vary stays as it is.
                let n = rows.len() as f64;
                let variance = column_variance(&rows, columns.len());
                let mean = column_sum(&rows, columns.len()) / n;
                let constant = standard_scaler::is_constant(variance, mean, n);
                (!constant).then(|| power::best_yeo_johnson(&seen))
            };
            if let Some(lambda) = lambda {
                rows.iter_mut().for_each(|x| *x = apply(self.box_cox, *x, lambda));
            }
            lambdas.push(lambda.unwrap_or(1.0));
            moments.push(standard_scaler::fit(&rows, columns.len()));
        }
        let (mean, scale): (Vec<f64>, Vec<f64>) = moments.into_iter().unzip();
        Ok(Fitted {
            box_cox: self.box_cox,
            lambdas: lambdas.into(),
            mean: self.standardize.then(|| mean.into()),
            scale: self.standardize.then(|| scale.into()),
        })
    }
}

impl Fit for Fitted {
    fn transform(&self, x: &Frame) -> Result<Frame, String> {
        if self.box_cox {
            refuse_not_positive(x)?;
        }
        let of = |numbers: &Option<Numbers>, i: usize, idle: f64| match numbers {
            Some(numbers) => numbers.get(i).copied().unwrap_or(f64::NAN),
            None => idle,
        };
        map_numbers(x, |i, value| {
            let lambda = self.lambdas.get(i).copied().unwrap_or(f64::NAN);
            let power = apply(self.box_cox, value, lambda);
            (power - of(&self.mean, i, 0.0)) / of(&self.scale, i, 1.0)
        })
    }
}

fn apply(box_cox: bool, x: f64, lambda: f64) -> f64 {
    if x.is_nan() {
        x
    } else if box_cox {
        power::box_cox(x, lambda)
    } else {
        power::yeo_johnson(x, lambda)
    }
}

fn best_box_cox(name: &str, seen: &[f64]) -> Result<f64, String> {
    if extent(seen).is_none_or(|(low, high)| low == high) {
        return Err(format!(
            "column \"{name}\" is constant in the training rows: method = \"box-cox\" takes \
             columns that vary, \"yeo-johnson\" takes any"
        ));
    }
    power::best_box_cox(seen).map_err(|none| {
        let what = match none {
            NoLambda::NoMaximum => "no power of it is the most likely one".to_owned(),
            NoLambda::Overflow(lambda) => format!("the best power of it, {lambda:.3}, overflows"),
        };
        format!(
            "column \"{name}\" cannot be transformed by method = \"box-cox\": {what}; scale it \
             before, or use \"yeo-johnson\""
        )
    })
}

fn refuse_not_positive(x: &Frame) -> Result<(), String> {
    for (column, name) in x.numbers()?.iter().zip(x.names()) {
        if let Some(value) = column.iter().find(|x| **x <= 0.0) {
            return Err(format!(
                "column \"{name}\" has the value {value}: method = \"box-cox\" takes positive \
                 numbers alone, \"yeo-johnson\" takes all"
            ));
        }
    }
    Ok(())
}
