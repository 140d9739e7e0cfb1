//! Scorers of clusterings against what scikit-learn 1.9.1 said of the same
//! ones. The cases are made by `groups.py`, next to them.

use serde_json::Value as Json;

use super::super::{Context, Prediction, Scorer, Truth};
use crate::reference;

fn codes(value: &Json) -> Vec<u32> {
    let values = value.as_array().unwrap().iter();
    values.map(|x| x.as_u64().unwrap() as u32).collect()
}

#[test]
fn clusterings_score_as_in_scikit_learn() {
    let cases: Json = reference::GROUPS.read();
    let (mut compared, mut refused) = (0, 0);
    for (i, case) in cases.as_array().unwrap().iter().enumerate() {
        let (truth, found) = (codes(&case["truth"]), codes(&case["found"]));
        let rows = case["features"].as_array().unwrap().iter();
        let features: Vec<f64> = rows
            .flat_map(|row| row.as_array().unwrap())
            .map(|x| x.as_f64().unwrap())
            .collect();
        let prediction = Prediction {
            classes: Some(&found),
            ..Prediction::default()
        };
        let context = Context {
            features: Some(&features),
            ..Context::default()
        };
        for (name, expected) in case["scores"].as_object().unwrap() {
            let scorer = Scorer::parse(name).unwrap();
            let truth = match scorer.needs_target() {
                true => Truth::Classes(&truth),
                false => Truth::Unknown(found.len()),
            };
            let scored = scorer.score(truth, &prediction, &context);
            let Some(expected) = expected.as_f64() else {
                assert!(scored.is_err(), "case {i}, {name}: {scored:?}");
                refused += 1;
                continue;
            };
            let scored = scored.unwrap();
            assert!(
                (scored - expected).abs() <= 1e-9 * expected.abs().max(1.0),
                "case {i}, {name}: {scored}, not {expected}"
            );
            compared += 1;
        }
    }
    assert!(compared > 500 && refused > 20, "{compared}, {refused}");
}
