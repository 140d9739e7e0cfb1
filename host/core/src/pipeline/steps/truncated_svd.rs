//! TruncatedSVD: the directions in which the columns are largest, without
//! centring them.

use serde::{Deserialize, Serialize};

use super::pca::{named, project};
use super::{Fit, FitOn, Step};
use crate::data::Frame;
use crate::params::ParamInfo;
use crate::pipeline::kernels::svd;
use crate::pipeline::numbers::Numbers;
use crate::pipeline::schema::{self, ColumnSchema};
use crate::settings::{self, Fault, Settings};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::pipeline) struct TruncatedSvd {
    n_components: usize,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(in crate::pipeline) struct Fitted {
    /// One number a column of the input each.
    components: Vec<Numbers>,
}

impl Step for TruncatedSvd {
    const NAME: &'static str = "TruncatedSVD";
    type Fitted = Fitted;

    fn params() -> Vec<ParamInfo> {
        vec![
            settings::count(
                "n_components",
                2,
                1,
                i64::from(u32::MAX),
                "directions to keep",
            ),
            settings::choice(
                "algorithm",
                &["randomized", "arpack"],
                "the decomposition is exact and the same for each",
            ),
        ]
    }

    fn read(settings: &Settings) -> Result<Self, Fault> {
        let n_components = settings.u32("n_components").unwrap_or(2) as usize;
        Ok(Self { n_components })
    }

    fn outline(&self, x: &[ColumnSchema]) -> Result<Vec<ColumnSchema>, String> {
        schema::complete_numbers(x)?;
        if !x.iter().any(|c| c.many) {
            self.check(x.len(), usize::MAX)?;
        }
        let name = |i| format!("truncatedsvd{i}");
        Ok((0..self.n_components).map(|i| ColumnSchema::numeric(name(i))).collect())
    }

    fn fit(&self, x: &Frame, on: &FitOn<'_>) -> Result<Fitted, String> {
        let columns = x.complete_numbers()?;
        self.check(columns.len(), on.train.len())?;
        let columns: Vec<Vec<f64>> = columns.into_iter().map(|c| on.pick(c)).collect();
        let vectors = svd::spectrum(&columns).vectors.into_iter();
        Ok(Fitted {
            components: vectors.take(self.n_components).map(Into::into).collect(),
        })
    }
}

impl TruncatedSvd {
    fn check(&self, columns: usize, rows: usize) -> Result<(), String> {
        let n = self.n_components;
        if columns < 2 {
            return Err(format!("there are {columns} columns: two or more are needed"));
        }
        if n > columns {
            return Err(format!(
                "n_components = {n} is not allowed: there are {columns} columns; allowed are at \
                 most as many"
            ));
        }
        if n > rows {
            return Err(format!(
                "n_components = {n} is not allowed: there are {rows} training rows; allowed are \
                 at most as many"
            ));
        }
        Ok(())
    }
}

impl Fit for Fitted {
    fn transform(&self, x: &Frame) -> Result<Frame, String> {
        let columns: Vec<Vec<f64>> = x.complete_numbers()?.iter().map(|c| c.to_vec()).collect();
        named("truncatedsvd", x, project(&columns, &self.components, x.rows()))
    }
}
