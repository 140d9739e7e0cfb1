//! RobustScaler: columns centred and scaled by quantiles, which a few wild
//! values do not move.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Fit, FitOn, Step, map_numbers, median, nonzero_scale, pair};
use crate::data::Frame;
use crate::params::{Domain, ParamInfo, Value};
use crate::pipeline::kernels::normal;
use crate::pipeline::kernels::percentile::{Method, percentile};
use crate::pipeline::numbers::Numbers;
use crate::pipeline::schema::{self, ColumnSchema};
use crate::settings::{self, Fault, Settings};

#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::pipeline) struct RobustScaler {
    with_centering: bool,
    with_scaling: bool,
    range: (f64, f64),
    unit_variance: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(in crate::pipeline) struct Fitted {
    center: Option<Numbers>,
    scale: Option<Numbers>,
}

impl Step for RobustScaler {
    const NAME: &'static str = "RobustScaler";
    type Fitted = Fitted;

    fn params() -> Vec<ParamInfo> {
        vec![
            settings::flag("with_centering", true, "whether the median becomes 0"),
            settings::flag(
                "with_scaling",
                true,
                "whether columns are divided by the distance of two percentiles",
            ),
            settings::any_of(
                "quantile_range",
                Value::Json(json!([25.0, 75.0])),
                vec![Domain::Json],
                "those percentiles: a list of two numbers from 0 to 100",
            ),
            settings::flag(
                "unit_variance",
                false,
                "whether the scale is such that normal data gets variance 1",
            ),
        ]
    }

    fn read(settings: &Settings) -> Result<Self, Fault> {
        let ordered = |(low, high): &(f64, f64)| 0.0 <= *low && low <= high && *high <= 100.0;
        let range = pair(settings, "quantile_range").filter(ordered);
        let range = range.ok_or_else(|| {
            let passed = settings.value("quantile_range");
            let sentence = format!(
                "{passed} is not a range of percentiles: allowed are two numbers from 0 to 100, \
                 the smaller one first"
            );
            ("quantile_range".to_owned(), sentence)
        })?;
        Ok(Self {
            with_centering: settings.bool("with_centering"),
            with_scaling: settings.bool("with_scaling"),
            range,
            unit_variance: settings.bool("unit_variance"),
        })
    }

    fn is_row_fitted(&self) -> bool {
        self.with_centering || self.with_scaling
    }

    fn outline(&self, x: &[ColumnSchema]) -> Result<Vec<ColumnSchema>, String> {
        schema::numbers(x)?;
        Ok(x.to_vec())
    }

    fn fit(&self, x: &Frame, on: &FitOn<'_>) -> Result<Fitted, String> {
        let (low, high) = self.range;
        let of_column = |column: &[f64]| {
            let mut rows = on.pick(column);
            rows.retain(|value| !value.is_nan());
            rows.sort_by(f64::total_cmp);
            let at = |percent| percentile(&rows, percent, Method::Linear);
            let mut scale = nonzero_scale(at(high) - at(low));
            if self.unit_variance {
                scale /= normal::quantile(high / 100.0) - normal::quantile(low / 100.0);
            }
            (median(&rows), scale)
        };
        let fitted: (Vec<f64>, Vec<f64>) = x.numbers()?.into_iter().map(of_column).unzip();
        Ok(Fitted {
            center: self.with_centering.then(|| fitted.0.into()),
            scale: self.with_scaling.then(|| fitted.1.into()),
        })
    }
}

impl Fit for Fitted {
    fn transform(&self, x: &Frame) -> Result<Frame, String> {
        let at = |numbers: &Numbers, i: usize| numbers.get(i).copied().unwrap_or(f64::NAN);
        map_numbers(x, |i, value| {
            let centred = self.center.as_ref().map_or(value, |c| value - at(c, i));
            self.scale.as_ref().map_or(centred, |s| centred / at(s, i))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{frame, numeric, transformed};
    use super::*;
    use crate::pipeline::Pipeline;

    #[test]
    fn wild_and_missing_values_do_not_count() {
        let x = frame(vec![numeric("a", &[1.0, 2.0, f64::NAN, 3.0, 4.0, 1e9])]);
        let made = transformed(json!("RobustScaler"), &x, &[0, 1, 2, 3, 4, 5]);
        let expected = [-1.0, -0.5, f64::NAN, 0.0, 0.5, 499_999_998.5];
        assert_eq!(made, frame(vec![numeric("a", &expected)]));
        let idle = json!({ "step": "RobustScaler", "with_centering": false, "with_scaling": false });
        assert_eq!(transformed(idle.clone(), &x, &[0]), x);
        assert!(!Pipeline::parse(&json!([idle])).unwrap().is_row_fitted());
    }

    #[test]
    fn only_percentiles_are_taken() {
        for range in [json!([75, 25]), json!([-1, 50]), json!([50, 101]), json!([1, 2, 3])] {
            let form = json!([{ "step": "RobustScaler", "quantile_range": range }]);
            assert_eq!(Pipeline::parse(&form).unwrap_err().0, "[0].quantile_range");
        }
    }
}
