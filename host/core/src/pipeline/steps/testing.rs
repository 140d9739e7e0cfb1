//! What the tests of steps share.

use serde_json::{Value as Json, json};

use crate::data::{Frame, FrameColumn, Values};
use crate::pipeline::{FitOn, FittedPipeline, Pipeline, PipelineError};

pub(super) fn numeric(name: &str, numbers: &[f64]) -> FrameColumn {
    FrameColumn::numeric(name, numbers.to_vec())
}

pub(super) fn text(name: &str, words: &[Option<&str>]) -> FrameColumn {
    FrameColumn {
        name: name.to_owned(),
        values: Values::text(words).into(),
    }
}

pub(super) fn frame(columns: Vec<FrameColumn>) -> Frame {
    Frame::new(columns[0].values.len(), columns).unwrap()
}

fn pipeline(step: Json) -> Pipeline {
    Pipeline::parse(&json!([step])).unwrap()
}

/// What this step, fitted on these rows, makes of all. The fitted one is
/// written, read and asked again, which must make no difference.
pub(super) fn transformed(step: Json, x: &Frame, train: &[u32]) -> Frame {
    let (fitted, made) = pipeline(step)
        .fit_transform(x, &FitOn::rows(train))
        .unwrap();
    let text = serde_json::to_string(&fitted).unwrap();
    let read: FittedPipeline = serde_json::from_str(&text).unwrap();
    assert_eq!(read, fitted);
    assert_eq!(read.transform(x).unwrap(), made);
    made
}

/// Why this step cannot be fitted on these rows, in its own words.
pub(super) fn refusal(step: Json, x: &Frame, train: &[u32]) -> String {
    match pipeline(step).fit_transform(x, &FitOn::rows(train)) {
        Err(PipelineError::Step { sentence, .. }) => sentence,
        other => panic!("{other:?}"),
    }
}
