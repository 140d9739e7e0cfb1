//! Missing indicators: columns that say where values were missing, for the
//! imputers that add them. They are no step of their own.

use serde::{Deserialize, Serialize};

use super::FitOn;
use super::simple_imputer::Marker;
use crate::data::{Frame, FrameColumn};

/// The places of the columns that had missing values in the training rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::pipeline) struct Indicators(Vec<usize>);

/// What the indicator of this column is called.
pub(super) fn name(column: &str) -> String {
    format!("missingindicator_{column}")
}

impl Indicators {
    pub(super) fn of(x: &Frame, on: &FitOn<'_>, missing: &Marker) -> Self {
        let concerned = |i: &usize| on.pick(&missing.mask(&x.columns()[*i])).contains(&true);
        Self((0..x.columns().len()).filter(concerned).collect())
    }

    pub(super) fn columns(&self, x: &Frame, missing: &Marker) -> Vec<FrameColumn> {
        let there = self.0.iter().filter_map(|i| x.columns().get(*i));
        let indicator = |column: &FrameColumn| {
            let mask = missing.mask(column);
            let mask = mask.into_iter().map(|m| f64::from(u8::from(m)));
            FrameColumn::numeric(name(&column.name), mask.collect())
        };
        there.map(indicator).collect()
    }
}
