//! Comparing an estimator with what scikit-learn answered on small tables that
//! are stored with the answers, for the tests of every task that has a file of
//! such cases in `tests/data/reference` (each includes this file as a module
//! beside [`reference`](crate::reference)).
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::panic)]

use std::rc::Rc;

use pleat_guest::{Classes, ColumnKind, Contents, Dataset, Estimator, Target, Values, native};
use serde_json::Value as Json;

use crate::reference::{candidate, made};

/// Numbers among which null is NaN.
fn floats(json: &Json) -> Vec<f64> {
    json.as_array()
        .unwrap()
        .iter()
        .map(|n| n.as_f64().unwrap_or(f64::NAN))
        .collect()
}

/// A table of the file: columns, target, weights, and how many rows are for
/// training; the rest is predicted.
fn table(json: &Json, weighted: bool) -> (Rc<Dataset>, u32) {
    let columns: Vec<Vec<f64>> = json["x"].as_array().unwrap().iter().map(floats).collect();
    let y = floats(&json["y"]);
    let target = match json["classes"].as_u64() {
        Some(count) => Target::Classes(Classes {
            codes: y.iter().map(|code| *code as u32).collect(),
            count: count as u32,
        }),
        None => Target::Numbers(y.clone()),
    };
    let contents = Contents {
        rows: y.len() as u32,
        columns: vec![ColumnKind::Numeric; columns.len()],
        values: Values::Double(columns.concat()),
        target,
        weights: weighted.then(|| floats(&json["weights"])),
    };
    (
        Dataset::new(contents).unwrap(),
        json["train"].as_u64().unwrap() as u32,
    )
}

/// Holds every case of this estimator in `<file>.json` against scikit-learn:
/// classes must be the same, numbers and probabilities within `tolerance` of
/// the larger of 1 and the number, attributes as well, warnings as many. Answers with how many
/// cases there were.
pub fn recorded<E: Estimator>(file: &str, name: &str, tolerance: f64) -> usize {
    let file = made(&format!("tests/data/reference/{file}.json"));
    let (mut compared, mut furthest) = (0, 0.0_f64);
    for case in file["cases"].as_array().unwrap() {
        if case["estimator"] != name {
            continue;
        }
        let title = format!("{name} {} on {}", case["params"], case["table"]);
        let of = &file["tables"][case["table"].as_str().unwrap()];
        let (data, cut) = table(of, case["weighted"] == true);
        let train: Vec<u32> = (0..cut).collect();
        let test: Vec<u32> = (cut..data.n_rows() as u32).collect();
        let fitted = native::fit::<E>(&data, &train, candidate(&case["params"])).unwrap();
        let outputs = native::describe::<E>().outputs;
        let got = fitted.model.predict(&data, &test, outputs).unwrap();
        if let Some(classes) = &got.classes {
            let expected: Vec<u32> = floats(&case["answers"]).iter().map(|c| *c as u32).collect();
            assert_eq!(*classes, expected, "{title}");
        }
        let pairs = [
            (&got.numbers, &case["answers"]),
            (&got.probabilities, &case["probabilities"]),
        ];
        for (got, expected) in pairs {
            let Some(got) = got else { continue };
            // Where scikit-learn has none, such as of some metrics.
            if expected.is_null() {
                continue;
            }
            let expected = floats(expected);
            assert_eq!(got.len(), expected.len(), "{title}");
            for (i, (got, expected)) in got.iter().zip(&expected).enumerate() {
                if got.is_nan() && expected.is_nan() {
                    continue;
                }
                let off = (got - expected).abs() / expected.abs().max(1.0);
                assert!(off <= tolerance, "{title}, {i}: {got}, not {expected}");
                furthest = furthest.max(off);
            }
        }
        for (name, expected) in case["attributes"].as_object().into_iter().flatten() {
            let attributes = fitted.model.attributes();
            let got = attributes.iter().find(|a| a.name == *name);
            let got = got.unwrap_or_else(|| panic!("{title}: no {name}"));
            let expected = floats(expected);
            assert_eq!(got.values.len(), expected.len(), "{title}, {name}");
            for (got, expected) in got.values.iter().zip(&expected) {
                let off = (got - expected).abs() / expected.abs().max(1.0);
                assert!(off <= tolerance, "{title}, {name}: {got}, not {expected}");
            }
        }
        if let Some(warnings) = case["warnings"].as_u64() {
            assert_eq!(fitted.warnings.len() as u64, warnings, "{title}");
        }
        compared += 1;
    }
    println!("{name}: {compared} recorded cases, at most {furthest:e} off");
    compared
}
