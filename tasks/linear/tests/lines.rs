//! The lines of stochastic descent, margins and generalised least squares
//! against scikit-learn's, against themselves when shared, and against data
//! they were not made for.

#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "../../reference.rs"]
mod reference;

use pleat_guest::{
    Classes, ColumnKind, Contents, Dataset, Error, Estimator, Outputs, Target, Values, candidate,
    native,
};
use pleat_num::rng::RandomState;
use pleat_task_linear::{LinearSVC, LinearSVR, SGDClassifier, SGDRegressor};
use proptest::prelude::*;
use reference::{
    candidate as of_json, folds, holds_up, load, made, numbers, others, shared_equals_separate,
    tables,
};
use serde_json::Value as Json;

/// The data of `lines.py`.
fn drawn(case: &Json) -> Contents {
    let whole = |name: &str| case[name].as_u64().unwrap() as usize;
    let (n, columns, classes) = (whole("rows"), whole("columns"), whole("classes"));
    let mut draws = RandomState::new(whole("seed") as u32);
    let mut rows: Vec<Vec<f64>> = (0..n)
        .map(|_| (0..columns).map(|_| draws.double() * 4.0 - 2.0).collect())
        .collect();
    let noise: Vec<f64> = (0..n).map(|_| draws.double()).collect();
    let mut weights: Vec<f64> = (0..n).map(|_| draws.double() * 3.0).collect();
    weights.iter_mut().step_by(10).for_each(|w| *w = 0.0);
    let number = |(x, noise): (&Vec<f64>, &f64)| x[0] - 2.0 * x[1] + x[2] * x[2] + 4.0 * noise;
    let target: Vec<f64> = rows.iter().zip(&noise).map(number).collect();
    let label = |y: &f64| {
        let label = ((y + 1.0) * classes as f64 / 8.0).floor();
        label.clamp(0.0, (classes - 1) as f64) as u32
    };
    let mut codes: Vec<u32> = target.iter().map(label).collect();
    let shape = case["shape"].as_str().unwrap();
    for x in &mut rows {
        match shape {
            "constant" => (x[1], x[2]) = (0.1, x[0]),
            "ties" => x.iter_mut().for_each(|x| *x = x.floor()),
            "scales" => (x[0], x[1]) = (x[0] * 10.0, x[1] * 1e-3),
            _ => {}
        }
    }
    if shape == "lonely" {
        codes
            .iter_mut()
            .for_each(|code| *code = (*code).min(classes as u32 - 2));
        codes[5] = classes as u32 - 1;
    }
    Contents {
        rows: n as u32,
        columns: vec![ColumnKind::Numeric; columns],
        values: Values::Double(
            (0..columns)
                .flat_map(|c| rows.iter().map(move |row| row[c]))
                .collect(),
        ),
        target: match case["estimator"].as_str().unwrap() {
            "SGDClassifier" | "LinearSVC" => Target::Classes(Classes {
                codes,
                count: classes as u32,
            }),
            _ => Target::Numbers(target),
        },
        weights: case["weighted"].as_bool().unwrap().then_some(weights),
    }
}

/// The largest distance, relative to the largest number expected and 1.
fn off(got: &[f64], expected: &[f64]) -> f64 {
    assert_eq!(got.len(), expected.len());
    let size = expected.iter().fold(1.0_f64, |most, x| most.max(x.abs()));
    let off = got
        .iter()
        .zip(expected)
        .map(|(got, expected)| (got - expected).abs());
    off.fold(0.0, f64::max) / size
}

/// Holds every case of this estimator against scikit-learn. Answers with how
/// many there were.
fn agree<E: Estimator>(name: &str) -> usize {
    let cases = made("tasks/linear/tests/lines.json");
    let (mut compared, mut most, mut wrong) = (0, 0.0_f64, Vec::new());
    for case in cases.as_array().unwrap() {
        if case["estimator"] != name {
            continue;
        }
        compared += 1;
        let data = Dataset::new(drawn(case)).unwrap();
        let cut = data.n_rows() as u32 * 9 / 10;
        let train: Vec<u32> = (0..cut).collect();
        let fitted = native::fit::<E>(&data, &train, of_json(&case["params"]));
        if case["refused"].is_string() {
            assert!(matches!(fitted, Err(Error::InvalidData(_))), "{case}");
            continue;
        }
        let fitted = fitted.unwrap_or_else(|e| panic!("{e:?} in {case}"));
        let attributes = fitted.model.attributes();
        let attribute = |name: &str| {
            let found = attributes.iter().find(|a| a.name == name);
            found.map_or(Vec::new(), |a| a.values.clone())
        };
        let both = |a: Vec<f64>, b: Vec<f64>| [a, b].concat();
        let got = both(attribute("coef_"), attribute("intercept_"));
        let expected = both(numbers(&case["coef"]), numbers(&case["intercept"]));
        let mut off = off(&got, &expected);
        if case["probabilities"].is_array() {
            let test: Vec<u32> = (cut..cut + 4).collect();
            let got = fitted
                .model
                .predict(&data, &test, Outputs::PROBABILITIES)
                .unwrap();
            let got = got.probabilities.unwrap();
            off = off.max(self::off(&got, &numbers(&case["probabilities"])));
        }
        let tolerance = case["tolerance"].as_f64().unwrap();
        let n_iter = attribute("n_iter_");
        if off > tolerance || case["n_iter"].as_f64().is_some_and(|n| n_iter != [n]) {
            wrong.push(format!("{off:e} in {case}: {got:?}, {n_iter:?}"));
        }
        most = most.max(off);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    println!("{name}: {compared} cases, at most {most:e} off");
    compared
}

#[test]
fn descents_are_scikit_learns() {
    assert_eq!(agree::<SGDClassifier>("SGDClassifier"), 123);
    assert_eq!(agree::<SGDRegressor>("SGDRegressor"), 60);
}

#[test]
fn margins_are_scikit_learns() {
    assert_eq!(agree::<LinearSVC>("LinearSVC"), 72);
    assert_eq!(agree::<LinearSVR>("LinearSVR"), 55);
}
