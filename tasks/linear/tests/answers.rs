//! Every linear model's answers against scikit-learn's, on small problems
//! with collinear and constant columns, columns of very different scale,
//! more columns than rows, weights and one to five classes. The cases are in
//! `tests/data/reference/linear.json`.

#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "../../reference.rs"]
mod reference;

use pleat_guest::{
    Candidate, Classes, ColumnKind, Contents, Dataset, Estimator, Outputs, Target, Value, Values,
    native,
};
use pleat_num::rng::RandomState;
use pleat_task_linear::{ElasticNet, Lasso, LinearRegression, LogisticRegression, RidgeClassifier};
use reference::{made, numbers};
use serde_json::Value as Json;

const CASES: &str = "tests/data/reference/linear.json";

/// The data of `linear.py`.
fn drawn(case: &Json) -> Contents {
    let whole = |name: &str| case[name].as_u64().unwrap() as usize;
    let (rows, columns) = (whole("rows"), whole("columns"));
    let mut draws = RandomState::new(whole("seed") as u32);
    let drawn: Vec<f64> = (0..rows * columns)
        .map(|_| draws.double() * 4.0 - 2.0)
        .collect();
    let noise: Vec<f64> = (0..rows).map(|_| draws.double()).collect();
    let mut weights: Vec<f64> = (0..rows).map(|_| draws.double() * 3.0).collect();
    weights.iter_mut().step_by(10).for_each(|w| *w = 0.0);
    let of_row = |row: usize| {
        let x = &drawn[row * columns..];
        x[0] - 2.0 * x[1] + x[2] * x[2] + 4.0 * noise[row]
    };
    let number: Vec<f64> = (0..rows).map(of_row).collect();
    let cuts: &[f64] = match whole("classes") {
        1 => &[],
        2 => &[2.0],
        3 => &[2.0, 5.0],
        _ => &[-1.0, 1.0, 3.0, 5.0],
    };
    let label = |y: &f64| cuts.iter().filter(|cut| y > cut).count() as u32;
    let kind = case["kind"].as_str().unwrap();
    let value = |row: usize, column: usize| {
        let x = |column: usize| drawn[row * columns + column];
        match kind {
            "collinear" if column == columns - 1 => x(0) + x(1),
            "collinear" if column == columns - 2 => 3.0,
            "scaled" => x(column) * [1e-4, 1.0, 1e3][column % 3],
            "shifted" => x(column) + 1000.0,
            _ => x(column),
        }
    };
    let classifier = case["estimator"].as_str().unwrap().contains("Classifier")
        || case["estimator"] == "LogisticRegression";
    Contents {
        rows: rows as u32,
        columns: vec![ColumnKind::Numeric; columns],
        values: Values::Double(
            (0..columns)
                .flat_map(|column| (0..rows).map(move |row| (row, column)))
                .map(|(row, column)| value(row, column))
                .collect(),
        ),
        target: match classifier {
            false => Target::Numbers(number),
            true => Target::Classes(Classes {
                codes: number.iter().map(label).collect(),
                count: 5,
            }),
        },
        weights: case["weighted"].as_bool().unwrap().then_some(weights),
    }
}

/// A candidate; JSON knows no infinity.
fn candidate(params: &Json) -> Candidate {
    let mut candidate = reference::candidate(params);
    for param in &mut candidate {
        if param.value == Value::Text("inf".into()) {
            param.value = Value::Number(f64::INFINITY);
        }
    }
    candidate
}

/// Holds every case of an estimator against scikit-learn, warnings included,
/// and answers with how many there were.
fn agree<E: Estimator>(name: &str) -> usize {
    let (mut compared, mut furthest) = (0, 0.0_f64);
    let mut wrong = Vec::new();
    for case in made(CASES).as_array().unwrap() {
        if case["estimator"] != name {
            continue;
        }
        let mut title = case.clone();
        title.as_object_mut().unwrap().remove("answers");
        let data = Dataset::new(drawn(case)).unwrap();
        let rows = data.n_rows() as u32;
        let (train, rest): (Vec<u32>, Vec<u32>) = (0..rows).partition(|r| *r < rows * 3 / 4);
        let test = &rest[..rest.len().min(30)];
        let fitted = native::fit::<E>(&data, &train, candidate(&case["params"])).unwrap();
        let outputs = native::describe::<E>().outputs;
        let given = fitted.model.predict(&data, test, outputs).unwrap();
        native::check(&fitted.model, test.len(), outputs, &given).unwrap();
        let got = given.numbers.or(given.decision).unwrap();
        let expected = numbers(&case["answers"]);
        assert_eq!(got.len(), expected.len(), "{title}");
        let size = expected.iter().fold(1.0_f64, |most, x| most.max(x.abs()));
        let off = got
            .iter()
            .zip(&expected)
            .map(|(got, expected)| (got - expected).abs() / size)
            .fold(0.0, f64::max);
        let warned = fitted.warnings.iter().any(|w| w.contains("not converge"));
        let fine = off <= case["tolerance"].as_f64().unwrap();
        if !fine || warned != case["warns"].as_bool().unwrap() {
            wrong.push(format!("{title}: {off:e} off, {:?}", fitted.warnings));
        }
        furthest = furthest.max(off);
        compared += 1;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    println!("{name}: {compared} cases, at most {furthest:e} off");
    compared
}

#[test]
fn linear_regression() {
    assert_eq!(agree::<LinearRegression>("LinearRegression"), 36);
}

#[test]
fn ridge_classifier() {
    assert_eq!(agree::<RidgeClassifier>("RidgeClassifier"), 36);
}

#[test]
fn lasso() {
    assert_eq!(agree::<Lasso>("Lasso"), 39);
}

#[test]
fn elastic_net() {
    assert_eq!(agree::<ElasticNet>("ElasticNet"), 39);
}

#[test]
fn logistic_regression() {
    assert_eq!(agree::<LogisticRegression>("LogisticRegression"), 54);
}

/// Of two classes the decision is one score a row, and the second's
/// probability its logistic.
#[test]
fn shapes_of_scores() {
    let cases = made(CASES);
    let case = |classes: u64| {
        let of =
            |case: &&Json| case["estimator"] == "LogisticRegression" && case["classes"] == classes;
        cases.as_array().unwrap().iter().find(of).unwrap()
    };
    for (classes, width) in [(2, 1), (3, 3)] {
        let contents = drawn(case(classes));
        let rows: Vec<u32> = (0..contents.rows).collect();
        let data = Dataset::new(contents).unwrap();
        let model = native::fit::<LogisticRegression>(&data, &rows, vec![])
            .unwrap()
            .model;
        let all = Outputs::ANSWERS | Outputs::PROBABILITIES | Outputs::DECISION;
        let given = model.predict(&data, &[0, 7], all).unwrap();
        let (decision, p) = (given.decision.unwrap(), given.probabilities.unwrap());
        assert_eq!(decision.len(), 2 * width);
        assert_eq!(p.len(), 2 * classes as usize);
        for (decision, p) in decision.chunks(width).zip(p.chunks(classes as usize)) {
            let scores = if width == 1 {
                &[0.0, decision[0]][..]
            } else {
                decision
            };
            let total: f64 = scores.iter().map(|s| s.exp()).sum();
            for (score, p) in scores.iter().zip(p) {
                assert!((score.exp() / total - p).abs() < 1e-12);
            }
        }
    }
}
