//! SelectPercentile: the share of the columns that say most about the target.

use super::score_func::ScoreFunc;
use super::selection::{self, Selection};
use super::{FitOn, Step};
use crate::data::Frame;
use crate::params::{Bound, Domain, ParamInfo, Value};
use crate::pipeline::kernels::percentile::{self, Method};
use crate::pipeline::schema::{self, ColumnSchema};
use crate::settings::{self, Fault, Settings};

#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::pipeline) struct SelectPercentile {
    score_func: ScoreFunc,
    percentile: f64,
}

impl Step for SelectPercentile {
    const NAME: &'static str = "SelectPercentile";
    type Fitted = Selection;

    fn params() -> Vec<ParamInfo> {
        let end = |at| {
            Some(Bound {
                at,
                inclusive: true,
            })
        };
        let percent = Domain::Float {
            min: end(0.0),
            max: end(100.0),
        };
        vec![
            ScoreFunc::param(),
            settings::any_of(
                "percentile",
                Value::Int(10),
                vec![percent],
                "how many percent of the columns stay",
            ),
        ]
    }

    fn read(settings: &Settings) -> Result<Self, Fault> {
        Ok(Self {
            score_func: ScoreFunc::read(settings),
            percentile: settings.number("percentile").unwrap_or(10.0),
        })
    }

    fn outline(&self, x: &[ColumnSchema]) -> Result<Vec<ColumnSchema>, String> {
        schema::complete_numbers(x)?;
        Ok(selection::any_of(x))
    }

    fn fit(&self, x: &Frame, on: &FitOn<'_>) -> Result<Selection, String> {
        let scores = self.score_func.scores(x, on)?;
        let mask = if self.percentile == 100.0 {
            vec![true; scores.len()]
        } else if self.percentile == 0.0 {
            vec![false; scores.len()]
        } else {
            best(&scores, self.percentile)
        };
        Ok(Selection::of(&mask, false))
    }
}

/// Those above the percentile; of those at it the first, as far as there is
/// room.
fn best(scores: &[f64], percent: f64) -> Vec<bool> {
    let mut sorted = scores.to_vec();
    sorted.sort_by(f64::total_cmp);
    let threshold = percentile::percentile(&sorted, 100.0 - percent, Method::Linear);
    let mut mask: Vec<bool> = scores.iter().map(|s| *s > threshold).collect();
    let room = (scores.len() as f64 * percent / 100.0) as usize;
    let above = mask.iter().filter(|m| **m).count();
    let ties = (0..scores.len()).filter(|i| scores[*i] == threshold);
    for i in ties.take(room.saturating_sub(above)) {
        mask[i] = true;
    }
    mask
}
