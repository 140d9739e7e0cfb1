//! MinMaxScaler: columns moved and scaled into a range.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Fit, FitOn, Step, map_numbers, nonzero_scale, pair};
use crate::data::Frame;
use crate::params::{Domain, ParamInfo, Value};
use crate::pipeline::numbers::Numbers;
use crate::pipeline::schema::{self, ColumnSchema};
use crate::settings::{self, Fault, Settings};

#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::pipeline) struct MinMaxScaler {
    range: (f64, f64),
    clip: bool,
}

/// Each column times `scale`, plus `shift`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(in crate::pipeline) struct Fitted {
    scale: Numbers,
    shift: Numbers,
    clip: Option<(f64, f64)>,
}

impl Step for MinMaxScaler {
    const NAME: &'static str = "MinMaxScaler";
    type Fitted = Fitted;

    fn params() -> Vec<ParamInfo> {
        vec![
            settings::any_of(
                "feature_range",
                Value::Json(json!([0, 1])),
                vec![Domain::Json],
                "the range of what comes out: a list of its two ends",
            ),
            settings::flag(
                "clip",
                false,
                "whether values beyond those trained on are cut to the range",
            ),
        ]
    }

    fn read(settings: &Settings) -> Result<Self, Fault> {
        let range = pair(settings, "feature_range").filter(|(low, high)| low < high);
        let range = range.ok_or_else(|| {
            let passed = settings.value("feature_range");
            let sentence = format!(
                "{passed} is not a range: allowed are two numbers, the smaller one first"
            );
            ("feature_range".to_owned(), sentence)
        })?;
        Ok(Self {
            range,
            clip: settings.bool("clip"),
        })
    }

    fn outline(&self, x: &[ColumnSchema]) -> Result<Vec<ColumnSchema>, String> {
        schema::numbers(x)?;
        Ok(x.to_vec())
    }

    fn fit(&self, x: &Frame, on: &FitOn<'_>) -> Result<Fitted, String> {
        let (low, high) = self.range;
        let of_column = |column: &[f64]| {
            let rows = on.pick(column);
            // Of missing values only, neither is there: NaN.
            let min = rows.iter().copied().reduce(f64::min).unwrap_or(f64::NAN);
            let max = rows.iter().copied().reduce(f64::max).unwrap_or(f64::NAN);
            let scale = (high - low) / nonzero_scale(max - min);
            (scale, low - min * scale)
        };
        let fitted: (Vec<f64>, Vec<f64>) = x.numbers()?.into_iter().map(of_column).unzip();
        Ok(Fitted {
            scale: fitted.0.into(),
            shift: fitted.1.into(),
            clip: self.clip.then_some(self.range),
        })
    }
}

impl Fit for Fitted {
    fn transform(&self, x: &Frame) -> Result<Frame, String> {
        let at = |numbers: &Numbers, i: usize| numbers.get(i).copied().unwrap_or(f64::NAN);
        map_numbers(x, |i, value| {
            let scaled = value * at(&self.scale, i) + at(&self.shift, i);
            match self.clip {
                // Unlike `clamp`, this takes any two numbers; NaN stays.
                Some((low, high)) if !scaled.is_nan() => scaled.max(low).min(high),
                _ => scaled,
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{frame, numeric, transformed};
    use super::*;
    use crate::pipeline::Pipeline;

    #[test]
    fn training_rows_span_the_range_and_others_may_leave_it() {
        let x = frame(vec![numeric("a", &[1.0, 5.0, f64::NAN, 7.0, 0.0])]);
        let made = |clip: bool| {
            let step = json!({ "step": "MinMaxScaler", "feature_range": [-1, 1], "clip": clip });
            transformed(step, &x, &[0, 1, 2])
        };
        assert_eq!(made(false), frame(vec![numeric("a", &[-1.0, 1.0, f64::NAN, 2.0, -1.5])]));
        assert_eq!(made(true), frame(vec![numeric("a", &[-1.0, 1.0, f64::NAN, 1.0, -1.0])]));
    }

    #[test]
    fn only_a_range_is_taken() {
        for range in [json!([1, 0]), json!([0, 0]), json!([0]), json!(["a", 1])] {
            let form = json!([{ "step": "MinMaxScaler", "feature_range": range }]);
            let (field, sentence) = Pipeline::parse(&form).unwrap_err();
            assert_eq!(field, "[0].feature_range");
            assert_eq!(
                sentence,
                format!("{range} is not a range: allowed are two numbers, the smaller one first")
            );
        }
    }
}
