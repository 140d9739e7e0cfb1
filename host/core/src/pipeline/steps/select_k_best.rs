//! SelectKBest: the columns that say most about the target.

use super::score_func::ScoreFunc;
use super::selection::{self, Selection};
use super::{FitOn, Step};
use crate::data::Frame;
use crate::params::{Domain, ParamInfo, Value};
use crate::pipeline::schema::{self, ColumnSchema};
use crate::settings::{self, Fault, Settings};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::pipeline) struct SelectKBest {
    score_func: ScoreFunc,
    /// `None` for all.
    k: Option<u32>,
}

impl Step for SelectKBest {
    const NAME: &'static str = "SelectKBest";
    type Fitted = Selection;

    fn params() -> Vec<ParamInfo> {
        let count = Domain::Int {
            min: Some(0),
            max: Some(i64::from(u32::MAX)),
        };
        vec![
            ScoreFunc::param(),
            settings::any_of(
                "k",
                Value::Int(10),
                vec![count, settings::one_of(&["all"])],
                "how many columns stay",
            ),
        ]
    }

    fn read(settings: &Settings) -> Result<Self, Fault> {
        Ok(Self {
            score_func: ScoreFunc::read(settings),
            k: settings.u32("k"),
        })
    }

    fn outline(&self, x: &[ColumnSchema]) -> Result<Vec<ColumnSchema>, String> {
        schema::complete_numbers(x)?;
        match self.k {
            Some(_) => Ok(selection::any_of(x)),
            None => Ok(x.to_vec()),
        }
    }

    fn fit(&self, x: &Frame, on: &FitOn<'_>) -> Result<Selection, String> {
        // Also where all stay: a score that cannot be computed is a mistake.
        let scores = self.score_func.scores(x, on)?;
        let stay = self.k.map_or(scores.len(), |k| k as usize);
        let mut order: Vec<usize> = (0..scores.len()).collect();
        order.sort_by(|a, b| scores[*a].total_cmp(&scores[*b]));
        let mut mask = vec![false; scores.len()];
        // Of equal ones the last, as scikit-learn has it.
        for i in order.iter().rev().take(stay) {
            mask[*i] = true;
        }
        Ok(Selection::of(&mask, false))
    }
}
