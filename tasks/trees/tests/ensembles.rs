//! Boosted and bagged trees against scikit-learn, against themselves when shared,
//! and against data they were not made for.

#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "../../reference.rs"]
mod reference;

use std::rc::Rc;

use pleat_guest::adapter::FittedModel;
use pleat_guest::{
    Candidate, Classes, ColumnKind, Contents, Dataset, Error, Estimator, Outputs, Target, Values,
    candidate, native,
};
use pleat_num::rng::RandomState;
use pleat_task_trees::{
    AdaBoostClassifier, AdaBoostRegressor, BaggingClassifier, BaggingRegressor,
    GradientBoostingClassifier, GradientBoostingRegressor,
};
use proptest::prelude::*;
use reference::{
    candidate as of_json, folds, holds_up, load, made, numbers, others, shared_equals_separate,
    tables,
};
use serde_json::Value as Json;

/// The data of `ensembles.py`.
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
    let mut target: Vec<f64> = rows.iter().zip(&noise).map(number).collect();
    let label = |y: &f64| {
        let label = ((y + 1.0) * classes as f64 / 8.0).floor();
        label.clamp(0.0, (classes - 1) as f64) as u32
    };
    let codes = target.iter().map(label).collect();
    let shape = case["shape"].as_str().unwrap();
    for (row, x) in rows.iter_mut().enumerate() {
        match shape {
            "gaps" => {
                if row % 7 == 0 {
                    x[1] = f64::NAN;
                }
                if row % 5 == 3 {
                    x[0] = f64::NAN;
                }
            }
            "constant" => (x[1], x[2]) = (0.1, x[0]),
            "coarse" => (x[1], x[2]) = ((x[1] * 4.0).floor(), x[2].floor()),
            "close" => x.iter_mut().for_each(|x| *x *= 1e-5),
            "scales" => (x[0], x[1]) = (x[0] * 1e4, x[1] * 1e-4),
            "far" => x.iter_mut().for_each(|x| *x += 1e3),
            _ => {}
        }
    }
    match shape {
        "scales" => target.iter_mut().for_each(|y| *y *= 1e3),
        "far" => target.iter_mut().for_each(|y| *y += 1e3),
        _ => {}
    }
    let regressor = case["estimator"].as_str().unwrap().ends_with("Regressor");
    Contents {
        rows: n as u32,
        columns: vec![ColumnKind::Numeric; columns],
        values: Values::Double(
            (0..columns)
                .flat_map(|c| rows.iter().map(move |row| row[c]))
                .collect(),
        ),
        target: match regressor {
            true => Target::Numbers(target),
            false => Target::Classes(Classes {
                codes,
                count: classes as u32,
            }),
        },
        weights: case["weighted"].as_bool().unwrap().then_some(weights),
    }
}

/// A model of a case's first rows, the rows it is asked about, and the data.
fn fitted<E: Estimator>(case: &Json) -> (FittedModel, Vec<u32>, Rc<Dataset>) {
    let contents = drawn(case);
    let (n, cut) = (contents.rows, contents.rows * 3 / 4);
    let data = Dataset::new(contents).unwrap();
    let train: Vec<u32> = (0..cut).collect();
    let model = native::fit::<E>(&data, &train, of_json(&case["params"])).unwrap();
    (model.model, (cut..n.min(cut + 14)).collect(), data)
}

fn close(got: &[f64], expected: &Json, title: &str) -> f64 {
    let expected = numbers(expected);
    assert_eq!(got.len(), expected.len(), "{title}");
    let mut furthest = 0.0_f64;
    for (i, (got, expected)) in got.iter().zip(expected).enumerate() {
        let off = (got - expected).abs() / expected.abs().max(1.0);
        assert!(off <= 1e-12, "{title}, {i}: {got}, not {expected}");
        furthest = furthest.max(off);
    }
    furthest
}

/// Each number, and what each column was worth. Answers with how many cases
/// there were.
fn agrees<E: Estimator>(name: &str) -> usize {
    let cases = made("tasks/trees/tests/ensembles.json");
    let (mut compared, mut furthest) = (0, 0.0_f64);
    for case in cases.as_array().unwrap() {
        if case["estimator"] != name {
            continue;
        }
        let title = format!(
            "{name} {} {} {}",
            case["params"], case["seed"], case["shape"]
        );
        let (model, test, data) = fitted::<E>(case);
        let got = model
            .predict(&data, &test, native::describe::<E>().outputs)
            .unwrap();
        for (got, expected) in [
            (&got.numbers, "answers"),
            (&got.decision, "decision"),
            (&got.probabilities, "probabilities"),
        ] {
            if let Some(got) = got {
                furthest = furthest.max(close(got, &case[expected], &title));
            }
        }
        if let Some(classes) = &got.classes {
            let expected: Vec<u32> = numbers(&case["answers"])
                .iter()
                .map(|c| *c as u32)
                .collect();
            assert_eq!(*classes, expected, "{title}");
        }
        let attributes = model.attributes();
        for (name, expected) in [
            ("feature_importances_", &case["importances"]),
            ("n_estimators_", &case["trees"]),
        ] {
            let found = attributes.iter().find(|a| a.name == name);
            let expected = match expected {
                Json::Null => continue,
                Json::Array(_) => expected.clone(),
                number => Json::Array(vec![number.clone()]),
            };
            close(&found.unwrap().values, &expected, &title);
        }
        compared += 1;
    }
    println!("{name}: {compared} cases, at most {furthest:e} off");
    compared
}

#[test]
fn answers_are_scikit_learns() {
    let cases = agrees::<GradientBoostingRegressor>("GradientBoostingRegressor");
    assert_eq!(cases, 77);
    let cases = agrees::<GradientBoostingClassifier>("GradientBoostingClassifier");
    assert_eq!(cases, 55);
    let cases = agrees::<AdaBoostRegressor>("AdaBoostRegressor");
    assert_eq!(cases, 12);
    let cases = agrees::<AdaBoostClassifier>("AdaBoostClassifier");
    assert_eq!(cases, 16);
    let cases = agrees::<BaggingRegressor>("BaggingRegressor");
    assert_eq!(cases, 34);
    let cases = agrees::<BaggingClassifier>("BaggingClassifier");
    assert_eq!(cases, 34);
}

#[test]
fn one_run_serves_any_number_of_trees() {
    let contents = load("breast_cancer");
    let test = &folds(&contents.target, 5)[0];
    let train = others(contents.rows, test);
    let data = Dataset::new(contents).unwrap();
    for more in [
        candidate! {},
        candidate! { subsample: 0.6, max_features: 3 },
        candidate! { n_iter_no_change: 2, learning_rate: 0.9 },
    ] {
        let grid = [4, 1, 9, 30, 4].map(|n| {
            let mut one = candidate! { n_estimators: n, max_depth: 2 };
            one.extend(more.clone());
            one
        });
        shared_equals_separate::<GradientBoostingClassifier>(&data, &train, test, grid.to_vec());
    }
    let contents = load("diabetes");
    let train: Vec<u32> = (0..300).collect();
    let test: Vec<u32> = (300..contents.rows).collect();
    let data = Dataset::new(contents).unwrap();
    let mut grid = [3, 20, 7]
        .map(|n| candidate! { n_estimators: n, loss: "huber" })
        .to_vec();
    // Not the same run.
    grid.push(candidate! { n_estimators: 5, loss: "huber", alpha: 0.5 });
    shared_equals_separate::<GradientBoostingRegressor>(&data, &train, &test, grid);
}

/// Of AdaBoost and bagging, whatever the smaller one is.
#[test]
fn more_trees_begin_with_fewer() {
    let grid = |more: &Candidate| {
        [4, 1, 9, 15].map(|n| {
            let mut one = candidate! { n_estimators: n };
            one.extend(more.clone());
            one
        })
    };
    let contents = load("iris");
    let data = Dataset::new(contents.clone()).unwrap();
    let test = &folds(&contents.target, 5)[0];
    let train = others(contents.rows, test);
    for more in [
        candidate! {},
        // Ends early, in rounds that differ.
        candidate! { estimator__max_depth: 3 },
        candidate! { learning_rate: 400.0 },
    ] {
        let grid = grid(&more).to_vec();
        shared_equals_separate::<AdaBoostClassifier>(&data, &train, test, grid);
    }
    let one = candidate! { max_features: 2, max_samples: 0.5 };
    shared_equals_separate::<BaggingClassifier>(&data, &train, test, grid(&one).to_vec());
    let contents = load("diabetes");
    let train: Vec<u32> = (0..300).collect();
    let test: Vec<u32> = (300..contents.rows).collect();
    let data = Dataset::new(contents).unwrap();
    for loss in ["linear", "exponential"] {
        let grid = grid(&candidate! { loss: loss }).to_vec();
        shared_equals_separate::<AdaBoostRegressor>(&data, &train, &test, grid);
    }
    let one = candidate! { bootstrap: false, max_samples: 100 };
    shared_equals_separate::<BaggingRegressor>(&data, &train, &test, grid(&one).to_vec());
}

#[test]
fn what_cannot_be_drawn_is_said() {
    let fit = |weights: Option<Vec<f64>>, one| {
        let rows: Vec<[f64; 2]> = (0..6).map(|x| [f64::from(x), 1.0]).collect();
        let data = native::numbers(native::data(&rows), &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        let contents = Contents { weights, ..data };
        let all: Vec<u32> = (0..6).collect();
        native::fit_predict::<BaggingRegressor>(contents, &all, &[0], one)
    };
    let refused = |got| matches!(got, Err(Error::InvalidParams(_)));
    assert!(refused(fit(None, candidate! { max_features: 3 })));
    assert!(refused(fit(
        None,
        candidate! { bootstrap: false, max_samples: 7 }
    )));
    assert!(fit(None, candidate! { max_samples: 7 }).is_ok());
    let mut weights = vec![1.0; 6];
    weights[2] = 0.0;
    let all = candidate! { bootstrap: false, max_samples: 6 };
    assert!(matches!(
        fit(Some(weights.clone()), all),
        Err(Error::InvalidData(_))
    ));
    assert!(
        fit(
            Some(weights),
            candidate! { bootstrap: false, max_samples: 5 }
        )
        .is_ok()
    );
    assert!(matches!(
        fit(Some(vec![0.0; 6]), candidate! {}),
        Err(Error::InvalidData(_))
    ));
}

/// Rows that say nothing: a stump is no better than chance.
#[test]
fn a_first_tree_that_is_useless_is_said_to_be() {
    let data = native::classes(native::data(&[[1.0]; 4]), &[0, 1, 0, 1]);
    let got = native::fit_predict::<AdaBoostClassifier>(data, &[0, 1, 2, 3], &[0], candidate! {});
    assert!(matches!(got, Err(Error::InvalidData(_))));
    let alone = native::classes(native::data(&[[1.0], [2.0]]), &[0, 0]);
    let got = native::fit_predict::<AdaBoostClassifier>(alone, &[0, 1], &[0], candidate! {});
    assert_eq!(got.unwrap().probabilities, Some(vec![1.0]));
}

#[test]
fn what_cannot_be_learned_is_said() {
    let refusal = |codes: &[u32], one| {
        let rows: Vec<[f64; 1]> = (0..codes.len()).map(|x| [x as f64]).collect();
        let data = native::classes(native::data(&rows), codes);
        let all: Vec<u32> = (0..codes.len() as u32).collect();
        match native::fit_predict::<GradientBoostingClassifier>(data, &all, &[0], one) {
            Err(Error::InvalidData(sentence)) => sentence,
            other => panic!("{other:?}"),
        }
    };
    assert!(refusal(&[0, 0, 0], candidate! {}).contains("two classes"));
    assert!(refusal(&[0, 1, 2], candidate! { loss: "exponential" }).contains("there are 3"));
    let early = candidate! { n_iter_no_change: 2 };
    assert!(refusal(&[0, 1, 1, 1], early).contains("two of each"));
}

/// Doubled weights are rows named twice.
#[test]
fn weights_repeat_rows() {
    let mut contents = load("diabetes");
    let train: Vec<u32> = (0..300).collect();
    let test: Vec<u32> = (300..contents.rows).collect();
    let twice: Vec<u32> = (0..300).chain(0..150).collect();
    let plain = Dataset::new(contents.clone()).unwrap();
    let weights = (0..contents.rows).map(|row| if row < 150 { 2.0 } else { 1.0 });
    contents.weights = Some(weights.collect());
    let weighted = Dataset::new(contents).unwrap();
    for loss in ["squared_error", "absolute_error", "huber"] {
        let one = || candidate! { loss: loss, n_estimators: 10, max_depth: 2, init: "zero" };
        let answers = |data: &Rc<Dataset>, train: &[u32]| {
            let model = native::fit::<GradientBoostingRegressor>(data, train, one());
            let model = model.unwrap().model;
            let answers = model.predict(data, &test, Outputs::ANSWERS).unwrap();
            answers.numbers.unwrap()
        };
        let (a, b) = (answers(&weighted, &train), answers(&plain, &twice));
        for (a, b) in a.iter().zip(b) {
            assert!((a - b).abs() < 1e-9 * b.abs(), "{loss}: {a}, {b}");
        }
    }
}

#[test]
fn an_old_parameter_is_said_to_be_one() {
    let data = native::numbers(native::data(&[[0.0], [1.0]]), &[0.0, 1.0]);
    let data = Dataset::new(data).unwrap();
    let warnings = |one| {
        let fitted = native::fit::<GradientBoostingRegressor>(&data, &[0, 1], one);
        fitted.unwrap().warnings.len()
    };
    assert_eq!(warnings(candidate! { criterion: "friedman_mse" }), 1);
    assert_eq!(warnings(candidate! {}), 0);
}

proptest! {
    #[test]
    fn holds_up_on_any_table(
        (classes, numbers, train) in tables(),
        loss in prop_oneof![
            Just("squared_error"), Just("absolute_error"), Just("huber"), Just("quantile"),
        ],
        subsample in 0.3..=1.0,
        max_features in 1i64..4,
        leaves in 2i64..6,
        learning_rate in 0.0..2.0,
        patience in 1i64..3,
    ) {
        let small = || candidate! {
            n_estimators: 6, subsample: subsample, max_features: max_features,
            learning_rate: learning_rate,
        };
        holds_up::<GradientBoostingClassifier>(&classes, &train, small());
        let mut one = small();
        one.extend(candidate! { loss: loss });
        holds_up::<GradientBoostingRegressor>(&numbers, &train, one);
        let one = candidate! {
            n_estimators: 6, loss: loss, max_leaf_nodes: leaves, n_iter_no_change: patience,
            ccp_alpha: 0.01,
        };
        holds_up::<GradientBoostingRegressor>(&numbers, &train, one);
        let one = candidate! {
            n_estimators: 6, loss: "exponential", max_leaf_nodes: leaves,
            learning_rate: learning_rate,
        };
        holds_up::<GradientBoostingClassifier>(&classes, &train, one);
    }
    #[test]
    fn votes_and_means_hold_up_on_any_table(
        (classes, numbers, train) in tables(),
        loss in prop_oneof![Just("linear"), Just("square"), Just("exponential")],
        learning_rate in 0.01..5.0,
        depth in 1i64..4,
        max_features in 0.2..=1.0,
        bootstrap in prop::bool::ANY,
    ) {
        let mut one = candidate! {
            n_estimators: 6, learning_rate: learning_rate, estimator__max_depth: depth,
        };
        holds_up::<AdaBoostClassifier>(&classes, &train, one.clone());
        one.extend(candidate! { loss: loss });
        holds_up::<AdaBoostRegressor>(&numbers, &train, one);
        let one = candidate! {
            n_estimators: 4, max_features: max_features, bootstrap: bootstrap,
            bootstrap_features: !bootstrap, max_samples: 0.6,
        };
        holds_up::<BaggingClassifier>(&classes, &train, one.clone());
        holds_up::<BaggingRegressor>(&numbers, &train, one);
    }
}
