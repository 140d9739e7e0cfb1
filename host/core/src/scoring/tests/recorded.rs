//! Every scorer against what scikit-learn 1.9.1 made of the same predictions,
//! with and without weights. The cases are made by `scorers.py`, next to them.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::super::{Context, Prediction, Reason, ScoreError, Scorer, Truth};
use crate::data::Label;
use crate::estimator::Kind;
use crate::reference;

/// Numbers, or the words for those that JSON does not have; `None` where
/// scikit-learn raised.
fn expected(value: &Json) -> Option<f64> {
    match value {
        Json::Null => None,
        Json::String(word) => Some(word.parse().unwrap()),
        number => Some(number.as_f64().unwrap()),
    }
}

fn floats(value: &Json) -> Option<Vec<f64>> {
    let values = value.as_array()?.iter();
    Some(values.map(|x| x.as_f64().unwrap()).collect())
}

fn codes(value: &Json) -> Vec<u32> {
    let values = value.as_array().unwrap().iter();
    values.map(|x| x.as_u64().unwrap() as u32).collect()
}

fn label(value: &Json) -> Label {
    value
        .as_i64()
        .map_or_else(|| Label::Text(value.as_str().unwrap().into()), Label::Int)
}

/// Equal, or as close as a last bit here and there of a sum can make it. What
/// is one minus a quotient is compared on the scale of the one.
fn is_close(scorer: Scorer, scored: f64, expected: f64) -> bool {
    let share = ["r2", "explained_variance", "d2_", "matthews"];
    let share = share.iter().any(|s| scorer.name().starts_with(s));
    let scale = if share {
        expected.abs().max(1.0)
    } else {
        expected.abs()
    };
    scored == expected
        || (scored.is_nan() && expected.is_nan())
        || (scored - expected).abs() <= 1e-12 * scale
}

#[derive(Default)]
struct Tally {
    seen: BTreeSet<&'static str>,
    compared: usize,
    /// Of those, how many have the same bits.
    exact: usize,
    raised: usize,
    /// Where other classes are tested than fitted, and scikit-learn pairs
    /// them all the same; where nothing has weight and it looks at something
    /// else first.
    refused: usize,
    differing: Vec<String>,
}

impl Tally {
    fn compare(
        &mut self,
        case: &Json,
        scorer: Scorer,
        scored: Result<f64, ScoreError>,
        expected: Option<f64>,
    ) {
        self.seen.insert(scorer.name());
        let agrees = match (&scored, expected) {
            (Ok(scored), Some(expected)) => {
                self.compared += 1;
                self.exact += usize::from(*scored == expected || scored.is_nan());
                is_close(scorer, *scored, expected)
            }
            (Err(_), None) => {
                self.raised += 1;
                true
            }
            (Err(error), Some(_)) => {
                self.refused += 1;
                match error.reason {
                    Reason::OtherClasses { .. } => {
                        let tested = codes(&case["truth"]).into_iter().collect::<BTreeSet<_>>();
                        let known = codes(&case["known"]).into_iter().collect::<BTreeSet<_>>();
                        tested != known
                    }
                    Reason::NoWeight => {
                        floats(&case["weights"]).is_some_and(|w| w.iter().all(|w| *w == 0.0))
                    }
                    _ => false,
                }
            }
            (Ok(_), None) => false,
        };
        if !agrees {
            let what = format!("{scorer}: {scored:?} where {expected:?} is expected of {case}");
            self.differing.push(what);
        }
    }
}

fn classes(case: &Json, tally: &mut Tally) {
    let labels: Vec<Label> = case["labels"]
        .as_array()
        .unwrap()
        .iter()
        .map(label)
        .collect();
    let pos_label = (!case["pos_label"].is_null()).then(|| label(&case["pos_label"]));
    let truth = codes(&case["truth"]);
    let known = codes(&case["known"]);
    let answers = codes(&case["answers"]);
    let probabilities = floats(&case["probabilities"]);
    let decision = floats(&case["decision"]);
    let weights = floats(&case["weights"]);
    let prediction = Prediction {
        model_classes: &known,
        classes: Some(&answers),
        numbers: None,
        probabilities: probabilities.as_deref(),
        decision: decision.as_deref(),
    };
    for (name, values) in case["scores"].as_object().unwrap() {
        let scorer = Scorer::parse(name).unwrap();
        let values = values.as_array().unwrap().iter().map(expected);
        let positive = match scorer.check_labels(&labels, pos_label.as_ref()) {
            Ok(positive) => positive,
            Err(sentence) => {
                // Of one row some are NaN before anything else is looked at.
                let raises = values.clone().all(|v| v.is_none_or(f64::is_nan));
                assert!(raises || labels.len() > 2, "{sentence} {case}");
                continue;
            }
        };
        for (expected, weights) in values.zip([None, weights.as_deref()]) {
            let context = Context {
                weights,
                positive,
                ..Context::default()
            };
            let scored = scorer.score(Truth::Classes(&truth), &prediction, &context);
            tally.compare(case, scorer, scored, expected);
        }
    }
}

fn numbers(case: &Json, tally: &mut Tally) {
    let truth = floats(&case["truth"]).unwrap();
    let predicted = floats(&case["predicted"]);
    let weights = floats(&case["weights"]);
    let prediction = Prediction {
        numbers: predicted.as_deref(),
        ..Prediction::default()
    };
    for (name, values) in case["scores"].as_object().unwrap() {
        let scorer = Scorer::parse(name).unwrap();
        let values = values.as_array().unwrap().iter().map(expected);
        for (expected, weights) in values.zip([None, weights.as_deref()]) {
            let context = Context {
                weights,
                ..Context::default()
            };
            let scored = scorer.score(Truth::Numbers(&truth), &prediction, &context);
            tally.compare(case, scorer, scored, expected);
        }
    }
}

#[test]
fn every_scorer_scores_as_scikit_learn_does() {
    let cases: Json = reference::SCORERS.read();
    let mut tally = Tally::default();
    for case in cases.as_array().unwrap() {
        if case["labels"].is_array() {
            classes(case, &mut tally);
        } else {
            numbers(case, &mut tally);
        }
    }
    // Those of clusterings have recordings of their own.
    let others = Scorer::ALL.iter().filter(|s| s.kind() != Kind::Clusterer);
    let all: BTreeSet<&str> = others.map(|s| s.name()).collect();
    assert_eq!(tally.seen, all);
    let Tally {
        compared,
        exact,
        raised,
        refused,
        differing,
        ..
    } = tally;
    assert!(differing.is_empty(), "{}", differing.join("\n"));
    // Logarithms are not numpy's, nor is the order of its dot products.
    assert!(exact * 100 > compared * 97, "{exact} of {compared}");
    assert!(
        compared > 20 * refused && raised > 0,
        "{compared} {raised} {refused}"
    );
}
