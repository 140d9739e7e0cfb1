//! MLPClassifier and MLPRegressor against scikit-learn, against themselves
//! when saved or shared, and against data they were not made for.

#![allow(clippy::unwrap_used)]

#[path = "../../reference.rs"]
mod reference;

use std::fs;
use std::rc::Rc;

use pleat_guest::{
    Classes, ColumnKind, Contents, Dataset, Error, Estimator, FitOptions, Outputs, Rows, Target,
    Value, Values, adapter::FittedModel, candidate, native,
};
use pleat_task_neural::{MLPClassifier, MLPRegressor};
use proptest::prelude::*;
use reference::{
    candidate as of_json, holds_up, load, made, numbers, shared_equals_separate, standardised,
    tables,
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

/// Trained to the end, from twenty seeds: the mean scores are no further apart
/// than chance makes them.
#[test]
#[ignore = "takes a minute"]
fn trained_to_the_end_networks_do_as_well() {
    let cases = fs::read_to_string(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/neural-scores.json"
    ));
    let cases: Json = serde_json::from_str(&cases.unwrap()).unwrap();
    for case in cases.as_array().unwrap() {
        let name = case["table"].as_str().unwrap();
        let mut contents = load(name);
        if let Target::Numbers(y) = &mut contents.target {
            y.iter_mut().for_each(|y| *y /= 100.0);
        }
        let (test, train): (Vec<u32>, Vec<u32>) = (0..contents.rows).partition(|row| row % 4 == 0);
        let data = Dataset::new(standardised(&contents, &train)).unwrap();
        let score = |seed: i64| {
            let mut params = of_json(&case["params"]);
            params.extend(candidate! { random_state: seed });
            match &contents.target {
                Target::Numbers(y) => {
                    let model = native::fit::<MLPRegressor>(&data, &train, params)
                        .unwrap()
                        .model;
                    let got = model
                        .predict(&data, &test, Outputs::ANSWERS)
                        .unwrap()
                        .numbers
                        .unwrap();
                    let y: Vec<f64> = test.iter().map(|row| y[*row as usize]).collect();
                    let mean = y.iter().sum::<f64>() / y.len() as f64;
                    let off: f64 = y.iter().zip(got).map(|(y, got)| (y - got).powi(2)).sum();
                    1.0 - off / y.iter().map(|y| (y - mean).powi(2)).sum::<f64>()
                }
                _ => {
                    let model = native::fit::<MLPClassifier>(&data, &train, params)
                        .unwrap()
                        .model;
                    let got = model
                        .predict(&data, &test, Outputs::ANSWERS)
                        .unwrap()
                        .classes
                        .unwrap();
                    let right = test
                        .iter()
                        .zip(got)
                        .filter(|(row, got)| data.codes()[**row as usize] == *got);
                    right.count() as f64 / test.len() as f64
                }
            }
        };
        let ours: Vec<f64> = (0..20).map(score).collect();
        let (mean, spread) = moments(&ours);
        let (expected, their_spread) = moments(&numbers(&case["scores"]));
        println!("{name}: {mean} +- {spread}, {expected} +- {their_spread}");
        let chance = 3.0 * (spread.powi(2) + their_spread.powi(2)).sqrt();
        assert!(
            (mean - expected).abs() <= chance,
            "{name}: {mean}, not {expected}"
        );
    }
}

/// The mean, and its standard error.
fn moments(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0);
    (mean, (variance / n).sqrt())
}

fn all<E: Estimator>(contents: Contents, candidate: pleat_guest::Candidate) -> FittedModel {
    let data = Dataset::new(contents).unwrap();
    let rows: Vec<u32> = (0..data.n_rows() as u32).collect();
    native::fit::<E>(&data, &rows, candidate).unwrap().model
}

/// Rows of a table, named as often as wished.
fn picked(contents: &Contents, rows: &[u32], weights: Option<Vec<f64>>) -> Contents {
    let data = Dataset::new(contents.clone()).unwrap();
    let rows_of = Rows::new(&data, rows).unwrap();
    Contents {
        rows: rows.len() as u32,
        columns: contents.columns.clone(),
        values: Values::Double(rows_of.column_major()),
        target: match &contents.target {
            Target::Classes(classes) => Target::Classes(Classes {
                codes: rows_of.codes(),
                count: classes.count,
            }),
            _ => Target::Numbers(rows_of.numbers()),
        },
        weights,
    }
}

fn close(a: &FittedModel, b: &FittedModel) {
    for (a, b) in a.attributes().iter().zip(&b.attributes()) {
        assert_eq!(a.values.len(), b.values.len());
        for (x, y) in a.values.iter().zip(&b.values) {
            assert!((x - y).abs() < 1e-9, "{}: {x} {y}", a.name);
        }
    }
}

/// With all rows at once, a weight is so many rows, and order does not matter.
#[test]
fn a_weight_is_so_many_rows() {
    let (iris, diabetes) = (load("iris"), load("diabetes"));
    let rows: Vec<u32> = (0..60).map(|i| i * 2).collect();
    let times = |i: usize| 1 + i % 3;
    let repeated: Vec<u32> = (0..60)
        .rev()
        .flat_map(|i| std::iter::repeat_n(rows[i], times(i)))
        .collect();
    let weights = || Some((0..60).map(|i| times(i) as f64).collect());
    let one = || candidate! { solver: "lbfgs", max_iter: 5, hidden_layer_sizes: 5, alpha: 0.1 };
    close(
        &all::<MLPClassifier>(picked(&iris, &rows, weights()), one()),
        &all::<MLPClassifier>(picked(&iris, &repeated, None), one()),
    );
    close(
        &all::<MLPRegressor>(picked(&diabetes, &rows, weights()), one()),
        &all::<MLPRegressor>(picked(&diabetes, &repeated, None), one()),
    );
}

#[test]
fn shared_fits_change_nothing() {
    let data = Dataset::new(load("iris")).unwrap();
    let rows: Vec<u32> = (0..150).collect();
    let grid = [0.0, 1e-3, 1.0].map(|alpha| candidate! { alpha: alpha, max_iter: 5 });
    shared_equals_separate::<MLPClassifier>(&data, &rows[..120], &rows[120..], grid.to_vec());
    let data = Dataset::new(load("diabetes")).unwrap();
    let grid = [1e-3, 1e-2].map(|rate| candidate! { learning_rate_init: rate, max_iter: 5 });
    shared_equals_separate::<MLPRegressor>(&data, &rows[..120], &rows[120..], grid.to_vec());
}

/// A network goes on only where it fits.
#[test]
fn what_does_not_go_on_is_said() {
    let data = Dataset::new(load("iris")).unwrap();
    let rows: Vec<u32> = (0..150).collect();
    let one = |width: i64| candidate! { hidden_layer_sizes: width, max_iter: 2 };
    let state = native::fit::<MLPClassifier>(&data, &rows, one(4))
        .unwrap()
        .model
        .save()
        .unwrap();
    let again = |rows: &[u32], width| {
        let options = FitOptions {
            state: Some(state.clone()),
            budget: None,
        };
        let mut fits =
            native::fit_all::<MLPClassifier>(&data, rows, vec![one(width)], options).unwrap();
        fits.next().unwrap().map(|_| ())
    };
    assert!(again(&rows, 4).is_ok());
    assert!(matches!(again(&rows, 5), Err(Error::InvalidParams(_))));
    assert!(matches!(again(&rows[..100], 4), Err(Error::InvalidData(_))));
}

#[test]
fn what_cannot_be_is_refused() {
    let data = Dataset::new(load("iris")).unwrap();
    let rows: Vec<u32> = (0..150).collect();
    for one in [
        candidate! { hidden_layer_sizes: 0 },
        candidate! { hidden_layer_sizes: Value::Json("[3, 0]".into()) },
        candidate! { hidden_layer_sizes: Value::Json("[2.5]".into()) },
        candidate! { hidden_layer_sizes: Value::Json("[4294967295, 4294967295]".into()) },
        candidate! { solver: "newton" },
        candidate! { momentum: 1.5 },
        candidate! { validation_fraction: 1.0 },
    ] {
        let answer = native::fit::<MLPClassifier>(&data, &rows, one);
        assert!(matches!(answer, Err(Error::InvalidParams(_))));
    }
    // Nothing to hold back; a class with one row; nothing that weighs anything.
    let few = candidate! { early_stopping: true };
    assert!(matches!(
        native::fit::<MLPClassifier>(&data, &rows[..4], few),
        Err(Error::InvalidData(_))
    ));
    let lonely = candidate! { early_stopping: true, validation_fraction: 0.2 };
    assert!(matches!(
        native::fit::<MLPClassifier>(&data, &rows[..51], lonely),
        Err(Error::InvalidData(_))
    ));
    let numbers = native::numbers(native::data(&[[0.0], [1.0]]), &[-1.0, 1.0]);
    let weightless = Contents {
        weights: Some(vec![0.0; 2]),
        ..numbers.clone()
    };
    for (contents, one) in [
        (numbers, candidate! { loss: "poisson" }),
        (weightless, candidate! {}),
    ] {
        let data = Dataset::new(contents).unwrap();
        let answer = native::fit::<MLPRegressor>(&data, &[0, 1], one);
        assert!(matches!(answer, Err(Error::InvalidData(_))));
    }
}

/// One class is learned, as scikit-learn learns it, and predicted surely.
#[test]
fn one_class_is_no_trouble() {
    let data = native::classes(native::data(&[[0.0], [1.0], [2.0]]), &[1, 1, 1]);
    let answer =
        native::fit_predict::<MLPClassifier>(data, &[0, 1, 2], &[0, 2], candidate! {}).unwrap();
    assert_eq!(answer.classes, Some(vec![1, 1]));
    assert_eq!(answer.probabilities, Some(vec![1.0, 1.0]));
}

#[test]
fn too_few_passes_are_said() {
    let data = Dataset::new(load("iris")).unwrap();
    let rows: Vec<u32> = (0..150).collect();
    let warnings = |one| {
        native::fit::<MLPClassifier>(&data, &rows, one)
            .unwrap()
            .warnings
    };
    assert_eq!(warnings(candidate! { max_iter: 3 }).len(), 1);
    assert_eq!(
        warnings(candidate! { max_iter: 3, batch_size: 200 }).len(),
        2
    );
    assert_eq!(
        warnings(candidate! { solver: "lbfgs", max_iter: 3 }).len(),
        1
    );
    assert!(warnings(candidate! { tol: 1.0, n_iter_no_change: 2 }).is_empty());
}

proptest! {
    #[test]
    fn holds_up_on_any_table(
        (classes, numbers, train) in tables(),
        activation in prop_oneof![Just("identity"), Just("logistic"), Just("relu"), Just("tanh")],
        solver in prop_oneof![Just("adam"), Just("lbfgs"), Just("sgd")],
        early: bool,
        batch in 1i64..6,
    ) {
        let one = || candidate! {
            activation: activation, solver: solver, early_stopping: early, batch_size: batch,
            hidden_layer_sizes: 3, max_iter: 6,
        };
        holds_up::<MLPClassifier>(&classes, &train, one());
        holds_up::<MLPRegressor>(&numbers, &train, one());
        let mut amounts = numbers.clone();
        if let Target::Numbers(y) = &mut amounts.target {
            y.iter_mut().for_each(|y| *y = y.abs());
        }
        let mut poisson = one();
        poisson.extend(candidate! { loss: "poisson" });
        holds_up::<MLPRegressor>(&amounts, &train, poisson);
    }
}
