//! MaxAbsScaler: columns divided by their largest absolute value.

use serde::{Deserialize, Serialize};

use super::{Fit, FitOn, Step, map_numbers, nonzero_scale};
use crate::data::Frame;
use crate::params::ParamInfo;
use crate::pipeline::numbers::Numbers;
use crate::pipeline::schema::{self, ColumnSchema};
use crate::settings::{self, Fault, Settings};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::pipeline) struct MaxAbsScaler {
    clip: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(in crate::pipeline) struct Fitted {
    scale: Numbers,
    clip: bool,
}

impl Step for MaxAbsScaler {
    const NAME: &'static str = "MaxAbsScaler";
    type Fitted = Fitted;

    fn params() -> Vec<ParamInfo> {
        vec![settings::flag(
            "clip",
            false,
            "whether values beyond those trained on are cut to -1 and 1",
        )]
    }

    fn read(settings: &Settings) -> Result<Self, Fault> {
        Ok(Self {
            clip: settings.bool("clip"),
        })
    }

    fn outline(&self, x: &[ColumnSchema]) -> Result<Vec<ColumnSchema>, String> {
        schema::numbers(x)?;
        Ok(x.to_vec())
    }

    fn fit(&self, x: &Frame, on: &FitOn<'_>) -> Result<Fitted, String> {
        let of_column = |column: &[f64]| {
            let sizes = on.pick(column).into_iter().map(f64::abs);
            nonzero_scale(sizes.reduce(f64::max).unwrap_or(f64::NAN))
        };
        Ok(Fitted {
            scale: x.numbers()?.into_iter().map(of_column).collect(),
            clip: self.clip,
        })
    }
}

impl Fit for Fitted {
    fn transform(&self, x: &Frame) -> Result<Frame, String> {
        map_numbers(x, |i, value| {
            let scaled = value / self.scale.get(i).copied().unwrap_or(f64::NAN);
            if self.clip {
                scaled.clamp(-1.0, 1.0)
            } else {
                scaled
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::{frame, numeric, transformed};

    #[test]
    fn columns_are_divided_by_what_is_largest_in_the_training_rows() {
        let x = frame(vec![
            numeric("a", &[-4.0, f64::NAN, 2.0, 8.0]),
            numeric("zero", &[0.0, 0.0, 0.0, 3.0]),
        ]);
        let made = |clip: bool| {
            let step = json!({ "step": "MaxAbsScaler", "clip": clip });
            transformed(step, &x, &[0, 1, 2])
        };
        let expected = |a, zero| {
            frame(vec![
                numeric("a", &[-1.0, f64::NAN, 0.5, a]),
                numeric("zero", &[0.0, 0.0, 0.0, zero]),
            ])
        };
        assert_eq!(made(false), expected(2.0, 3.0));
        assert_eq!(made(true), expected(1.0, 1.0));
    }
}
