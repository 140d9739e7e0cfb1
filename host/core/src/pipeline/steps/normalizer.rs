//! Normalizer: rows scaled to norm 1. Nothing is fitted.

use pleat_num::sum;
use serde::{Deserialize, Serialize};

use super::{Fit, FitOn, Step, frame_like, nonzero_scale};
use crate::data::{Frame, FrameColumn};
use crate::params::ParamInfo;
use crate::pipeline::schema::{self, ColumnSchema};
use crate::settings::{self, Fault, Settings};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::pipeline) struct Normalizer {
    norm: Norm,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Norm {
    L1,
    L2,
    Max,
}

impl Step for Normalizer {
    const NAME: &'static str = "Normalizer";
    type Fitted = Self;

    fn params() -> Vec<ParamInfo> {
        vec![settings::choice(
            "norm",
            &["l2", "l1", "max"],
            "what becomes 1 in every row",
        )]
    }

    fn read(settings: &Settings) -> Result<Self, Fault> {
        let norm = match settings.text("norm") {
            "l1" => Norm::L1,
            "max" => Norm::Max,
            _ => Norm::L2,
        };
        Ok(Self { norm })
    }

    fn is_row_fitted(&self) -> bool {
        false
    }

    fn outline(&self, x: &[ColumnSchema]) -> Result<Vec<ColumnSchema>, String> {
        schema::complete_numbers(x)?;
        Ok(x.to_vec())
    }

    fn fit(&self, _: &Frame, _: &FitOn<'_>) -> Result<Self, String> {
        Ok(*self)
    }
}

impl Fit for Normalizer {
    fn transform(&self, x: &Frame) -> Result<Frame, String> {
        let columns = x.complete_numbers()?;
        let mut row = vec![0.0; columns.len()];
        let norms: Vec<f64> = (0..x.rows())
            .map(|r| {
                row.iter_mut().zip(&columns).for_each(|(to, c)| *to = c[r]);
                nonzero_scale(self.norm.of(&mut row))
            })
            .collect();
        let scaled = columns.iter().zip(x.columns()).map(|(values, column)| {
            let values = values.iter().zip(&norms).map(|(value, norm)| value / norm);
            FrameColumn::numeric(&column.name, values.collect())
        });
        frame_like(x, scaled.collect())
    }
}

impl Norm {
    fn of(self, row: &mut [f64]) -> f64 {
        match self {
            Self::L1 => {
                row.iter_mut().for_each(|x| *x = x.abs());
                sum::pairwise(row)
            }
            Self::L2 => row.iter().fold(0.0, |s, x| s + x * x).sqrt(),
            Self::Max => row.iter().fold(0.0, |m: f64, x| m.max(x.abs())),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::{frame, numeric, refusal, transformed};
    use crate::pipeline::Pipeline;

    #[test]
    fn rows_get_norm_1_but_for_those_of_zeros() {
        let x = frame(vec![numeric("a", &[3.0, 0.0]), numeric("b", &[-4.0, 0.0])]);
        for (norm, a, b) in [("l2", 0.6, -0.8), ("l1", 3.0 / 7.0, -4.0 / 7.0), ("max", 0.75, -1.0)] {
            let step = json!({ "step": "Normalizer", "norm": norm });
            let made = transformed(step, &x, &[0]);
            let expected = frame(vec![numeric("a", &[a, 0.0]), numeric("b", &[b, 0.0])]);
            assert_eq!(made, expected, "{norm}");
        }
        assert!(!Pipeline::parse(&json!(["Normalizer"])).unwrap().is_row_fitted());
    }

    #[test]
    fn a_row_with_a_gap_has_no_norm() {
        let x = frame(vec![numeric("a", &[3.0, f64::NAN])]);
        assert_eq!(
            refusal(json!("Normalizer"), &x, &[0]),
            "column \"a\" has missing values, and this step takes none: put SimpleImputer before \
             it, or drop the column"
        );
    }
}
