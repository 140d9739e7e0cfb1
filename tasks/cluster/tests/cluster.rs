//! KMeans, MiniBatchKMeans and GaussianMixture against scikit-learn, against
//! themselves when saved, and against data they were not made for.

#![allow(clippy::unwrap_used)]

#[path = "../../reference.rs"]
mod reference;

use std::rc::Rc;

use pleat_guest::{
    ColumnKind, Contents, Dataset, Error, Estimator, FitOptions, Outputs, Target, Values,
    adapter::FittedModel, candidate, native,
};
use pleat_task_cluster::{GaussianMixture, KMeans, MiniBatchKMeans};
use proptest::prelude::*;
use reference::{candidate as of_json, holds_up, load, made, numbers, tables};
use serde_json::Value as Json;

fn table(json: &Json, weighted: bool) -> Rc<Dataset> {
    let columns: Vec<Vec<f64>> = json["x"].as_array().unwrap().iter().map(numbers).collect();
    let contents = Contents {
        rows: columns[0].len() as u32,
        columns: vec![ColumnKind::Numeric; columns.len()],
        values: Values::Double(columns.concat()),
        target: Target::None,
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

const BOTH: Outputs = Outputs::ANSWERS.union(Outputs::DECISION);

/// Labels exactly; centres, covariances, inertia, scores and counts to nine
/// digits: the draws are the same, so that what is left is rounding.
#[test]
fn what_is_found_is_what_scikit_learn_finds() {
    let file = made("tasks/cluster/tests/cluster.json");
    let (mut compared, mut most) = (0, 0.0_f64);
    for case in file["cases"].as_array().unwrap() {
        let name = case["estimator"].as_str().unwrap();
        let title = format!("{name} {} {}", case["table"], case["params"]);
        let json = &file["tables"][case["table"].as_str().unwrap()];
        let data = table(json, case["weighted"] == true);
        let cut = json["train"].as_u64().unwrap() as u32;
        let (train, rest): (Vec<u32>, Vec<u32>) = (0..data.n_rows() as u32).partition(|r| *r < cut);
        let model = match name {
            "KMeans" => fitted::<KMeans>(&data, &train, case),
            "MiniBatchKMeans" => fitted::<MiniBatchKMeans>(&data, &train, case),
            _ => fitted::<GaussianMixture>(&data, &train, case),
        };
        let got = model.predict(&data, &rest, BOTH).unwrap();
        let labels: Vec<f64> = got.classes.unwrap().into_iter().map(f64::from).collect();
        let scores = got.decision.unwrap();
        let sum: f64 = scores.iter().sum();
        let score = match name {
            "GaussianMixture" => sum / scores.len() as f64,
            _ => sum,
        };
        let mut pairs = vec![
            (labels, numbers(&case["labels"])),
            (scores, numbers(&case["scores"])),
            (vec![score], vec![case["score"].as_f64().unwrap()]),
        ];
        for (name, expected) in case["numbers"].as_object().unwrap() {
            pairs.push((attribute(&model, name), numbers(expected)));
        }
        for (i, (got, expected)) in pairs.into_iter().enumerate() {
            assert_eq!(got.len(), expected.len(), "{title}: {i}");
            let scale = expected.iter().fold(1.0_f64, |most, x| most.max(x.abs()));
            for (got, expected) in got.iter().zip(&expected) {
                let off = (got - expected).abs() / scale;
                assert!(off <= 1e-8, "{title}: {got}, not {expected}");
                most = most.max(off);
            }
        }
        compared += 1;
    }
    println!("{compared} cases, at most {most:e} off");
    assert_eq!(compared, 177);
}
