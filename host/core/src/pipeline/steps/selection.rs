//! A choice of columns: what steps are left with that keep some of theirs.

use serde::{Deserialize, Serialize};

use super::{Fit, frame_like};
use crate::data::Frame;
use crate::pipeline::schema::ColumnSchema;

/// The places of the columns that stay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::pipeline) struct Selection {
    kept: Vec<usize>,
    /// Whether values may be missing.
    missing: bool,
}

impl Selection {
    /// Keeps the columns that `mask` says.
    pub(super) fn of(mask: &[bool], missing: bool) -> Self {
        let kept = (0..mask.len()).filter(|i| mask[*i]).collect();
        Self { kept, missing }
    }
}

impl Fit for Selection {
    fn transform(&self, x: &Frame) -> Result<Frame, String> {
        if !self.missing {
            x.complete_numbers()?;
        }
        let column = |i: &usize| {
            let found = x.columns().get(*i).cloned();
            let count = x.columns().len();
            found.ok_or_else(|| format!("there is no column {i} to keep: there are {count}"))
        };
        let kept = self.kept.iter().map(column).collect::<Result<_, _>>()?;
        frame_like(x, kept)
    }
}

/// Any of these columns may stay.
pub(super) fn any_of(x: &[ColumnSchema]) -> Vec<ColumnSchema> {
    let perhaps = |c: &ColumnSchema| ColumnSchema {
        many: true,
        ..c.clone()
    };
    x.iter().map(perhaps).collect()
}
