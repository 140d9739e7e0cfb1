//! VarianceThreshold: columns that vary.

use super::selection::{self, Selection};
use super::{FitOn, Step};
use crate::data::Frame;
use crate::params::{Bound, Domain, ParamInfo, Value};
use crate::pipeline::kernels::{column_sum, extent};
use crate::pipeline::schema::{self, ColumnSchema};
use crate::settings::{self, Fault, Settings};

#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::pipeline) struct VarianceThreshold {
    threshold: f64,
}

impl Step for VarianceThreshold {
    const NAME: &'static str = "VarianceThreshold";
    type Fitted = Selection;

    fn params() -> Vec<ParamInfo> {
        let not_negative = Domain::Float {
            min: Some(Bound {
                at: 0.0,
                inclusive: true,
            }),
            max: None,
        };
        vec![settings::any_of(
            "threshold",
            Value::Float(0.0),
            vec![not_negative],
            "a column stays if its variance is larger",
        )]
    }

    fn read(settings: &Settings) -> Result<Self, Fault> {
        Ok(Self {
            threshold: settings.number("threshold").unwrap_or(0.0),
        })
    }

    fn outline(&self, x: &[ColumnSchema]) -> Result<Vec<ColumnSchema>, String> {
        schema::numbers(x)?;
        Ok(selection::any_of(x))
    }

    fn fit(&self, x: &Frame, on: &FitOn<'_>) -> Result<Selection, String> {
        let columns = x.numbers()?;
        let variation = |column: &&[f64]| {
            let rows = on.pick(column);
            let variance = variance(&rows, columns.len());
            match extent(&rows) {
                // Rounding can give a constant column a variance, but no width.
                Some((low, high)) if self.threshold == 0.0 => variance.min(high - low),
                _ => variance,
            }
        };
        let mask: Vec<bool> = columns.iter().map(|c| variation(c) > self.threshold).collect();
        if !mask.contains(&true) {
            return Err(format!(
                "no column has a variance above {} in {} training rows: at least one is needed",
                self.threshold,
                on.train.len()
            ));
        }
        Ok(Selection::of(&mask, true))
    }
}

/// `np.nanvar(X, axis=0)` of one of `columns` columns.
fn variance(rows: &[f64], columns: usize) -> f64 {
    let or_zero = |x: f64| if x.is_nan() { 0.0 } else { x };
    let count = rows.iter().filter(|x| !x.is_nan()).count() as f64;
    let present: Vec<f64> = rows.iter().map(|x| or_zero(*x)).collect();
    let mean = column_sum(&present, columns) / count;
    let squares: Vec<f64> = rows.iter().map(|x| or_zero((x - mean) * (x - mean))).collect();
    column_sum(&squares, columns) / count
}
