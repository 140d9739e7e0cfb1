//! passthrough: the step that does nothing, for searches that try to do
//! without one.

use serde::{Deserialize, Serialize};

use super::{Fit, FitOn, Step};
use crate::data::Frame;
use crate::params::ParamInfo;
use crate::pipeline::schema::ColumnSchema;
use crate::settings::{Fault, Settings};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::pipeline) struct Passthrough;

impl Step for Passthrough {
    const NAME: &'static str = "passthrough";
    type Fitted = Self;

    fn params() -> Vec<ParamInfo> {
        Vec::new()
    }

    fn read(_: &Settings) -> Result<Self, Fault> {
        Ok(Self)
    }

    fn is_row_fitted(&self) -> bool {
        false
    }

    fn outline(&self, x: &[ColumnSchema]) -> Result<Vec<ColumnSchema>, String> {
        Ok(x.to_vec())
    }

    fn fit(&self, _: &Frame, _: &FitOn<'_>) -> Result<Self, String> {
        Ok(*self)
    }
}

impl Fit for Passthrough {
    fn transform(&self, x: &Frame) -> Result<Frame, String> {
        Ok(x.clone())
    }
}
