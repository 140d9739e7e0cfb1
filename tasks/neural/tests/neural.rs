//! MLPClassifier and MLPRegressor against scikit-learn, against themselves
//! when saved or shared, and against data they were not made for.

#![allow(clippy::unwrap_used)]

#[path = "../../reference.rs"]
mod reference;

use std::rc::Rc;

use pleat_guest::{
    Classes, ColumnKind, Contents, Dataset, Error, Estimator, FitOptions, Model, Rows, Target,
    Value, Values, adapter::FittedModel, candidate, native,
};
use pleat_task_neural::{MLPClassifier, MLPRegressor};
use proptest::prelude::*;
use reference::{
    bits, candidate as of_json, holds_up, load, made, numbers, shared_equals_separate, tables,
};
use serde_json::Value as Json;

fn table(json: &Json, weighted: bool) -> Rc<Dataset> {
    let columns: Vec<Vec<f64>> = json["x"].as_array().unwrap().iter().map(numbers).collect();
    let y = numbers(&json["y"]);
    let contents = Contents {
        rows: y.len() as u32,
        columns: vec![ColumnKind::Numeric; columns.len()],
        values: Values::Double(columns.concat()),
        target: match json["classes"].as_u64() {
            Some(count) => Target::Classes(Classes {
                codes: y.iter().map(|code| *code as u32).collect(),
                count: count as u32,
            }),
            None => Target::Numbers(y),
        },
        weights: weighted.then(|| numbers(&json["weights"])),
    };
    Dataset::new(contents).unwrap()
}

/// Fits a case; twice, where the second fit goes on from the first.
fn fitted<E: Estimator>(data: &Rc<Dataset>, train: &[u32], case: &Json) -> FittedModel {
    let params = of_json(&case["params"]);
    let first = native::fit::<E>(data, train, params.clone()).unwrap().model;
    if case["again"] != true {
        return first;
    }
    let options = FitOptions {
        state: Some(first.save().unwrap()),
        budget: None,
    };
    let mut second = native::fit_all::<E>(data, train, vec![params], options).unwrap();
    second.next().unwrap().unwrap().model
}

fn attribute(model: &FittedModel, name: &str) -> Vec<f64> {
    let found = model.attributes().into_iter().find(|a| a.name == name);
    found.map(|a| a.values).unwrap_or_default()
}

/// Answers, weights, losses and counts to ten digits: what is left is rounding.
#[test]
fn answers_are_scikit_learns() {
    let file = made("tasks/neural/tests/neural.json");
    let (mut compared, mut most) = (0, 0.0_f64);
    for case in file["cases"].as_array().unwrap() {
        let title = format!("{} {}", case["table"], case["params"]);
        let json = &file["tables"][case["table"].as_str().unwrap()];
        let data = table(json, case["weighted"] == true);
        let cut = json["train"].as_u64().unwrap() as u32;
        let (train, rest): (Vec<u32>, Vec<u32>) = (0..data.n_rows() as u32).partition(|r| *r < cut);
        let model = match json["classes"].is_null() {
            true => fitted::<MLPRegressor>(&data, &train, case),
            false => fitted::<MLPClassifier>(&data, &train, case),
        };
        let outputs = match json["classes"].is_null() {
            true => native::describe::<MLPRegressor>().outputs,
            false => native::describe::<MLPClassifier>().outputs,
        };
        let got = model.predict(&data, &rest, outputs).unwrap();
        if let Some(classes) = got.classes {
            let classes: Vec<f64> = classes.into_iter().map(f64::from).collect();
            assert_eq!(classes, numbers(&case["classes"]), "{title}");
        }
        let last = case["params"]["hidden_layer_sizes"]
            .as_array()
            .map_or(1, Vec::len);
        let mut pairs = vec![
            (
                got.numbers.or(got.probabilities).unwrap(),
                numbers(&case["answers"]),
            ),
            (
                attribute(&model, "loss_"),
                vec![case["loss"].as_f64().unwrap()],
            ),
            (
                attribute(&model, "n_iter_"),
                vec![case["n_iter"].as_f64().unwrap()],
            ),
            (
                attribute(&model, &format!("coefs_[{last}]")),
                numbers(&case["coefs"]),
            ),
        ];
        if !case["scores"].is_null() {
            pairs.push((
                attribute(&model, "validation_scores_"),
                numbers(&case["scores"]),
            ));
        }
        for (got, expected) in pairs {
            assert_eq!(got.len(), expected.len(), "{title}");
            for (got, expected) in got.iter().zip(&expected) {
                let off = (got - expected).abs() / expected.abs().max(1.0);
                assert!(off <= 1e-9, "{title}: {got}, not {expected}");
                most = most.max(off);
            }
        }
        compared += 1;
    }
    println!("{compared} cases, at most {most:e} off");
    assert_eq!(compared, 94);
}
