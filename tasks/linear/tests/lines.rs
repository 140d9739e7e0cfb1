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
use pleat_task_linear::{
    GammaRegressor, HuberRegressor, LinearSVC, LinearSVR, PoissonRegressor, SGDClassifier,
    SGDRegressor, TweedieRegressor,
};
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
    let mut target: Vec<f64> = rows.iter().zip(&noise).map(number).collect();
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
    let estimator = case["estimator"].as_str().unwrap();
    match estimator {
        "PoissonRegressor" => target.iter_mut().for_each(|y| *y = y.abs().floor()),
        "GammaRegressor" | "TweedieRegressor" => {
            target.iter_mut().for_each(|y| *y = y.abs().floor() + 0.5);
        }
        _ => {}
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
        target: match estimator {
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

#[test]
fn minima_are_scikit_learns() {
    assert_eq!(agree::<PoissonRegressor>("PoissonRegressor"), 10);
    assert_eq!(agree::<GammaRegressor>("GammaRegressor"), 10);
    assert_eq!(agree::<TweedieRegressor>("TweedieRegressor"), 38);
    assert_eq!(agree::<HuberRegressor>("HuberRegressor"), 21);
}

/// Some classes' and some numbers' rows, for what is shared.
fn splits() -> [(std::rc::Rc<Dataset>, Vec<u32>, Vec<u32>); 2] {
    ["iris", "diabetes"].map(|name| {
        let contents = load(name);
        let test = folds(&contents.target, 5)[2].clone();
        let train = others(contents.rows, &test);
        (Dataset::new(contents).unwrap(), train, test)
    })
}

#[test]
fn shared_rows_change_nothing() {
    let [(of_classes, train, test), (of_numbers, learn, rest)] = splits();
    let grid = || {
        [0.1, 3.0]
            .map(|c| candidate! { C: c, max_iter: 50 })
            .to_vec()
    };
    shared_equals_separate::<LinearSVC>(&of_classes, &train, &test, grid());
    shared_equals_separate::<LinearSVR>(&of_numbers, &learn, &rest, grid());
    let grid = || {
        let losses = ["log_loss", "modified_huber"];
        losses
            .map(|loss| candidate! { loss: loss, average: 3 })
            .to_vec()
    };
    shared_equals_separate::<SGDClassifier>(&of_classes, &train, &test, grid());
    let grid = || {
        [1e-4, 1.0]
            .map(|alpha| candidate! { alpha: alpha })
            .to_vec()
    };
    shared_equals_separate::<SGDRegressor>(&of_numbers, &learn, &rest, grid());
    shared_equals_separate::<HuberRegressor>(&of_numbers, &learn, &rest, grid());
    shared_equals_separate::<PoissonRegressor>(&of_numbers, &learn, &rest, grid());
    shared_equals_separate::<GammaRegressor>(&of_numbers, &learn, &rest, grid());
    shared_equals_separate::<TweedieRegressor>(&of_numbers, &learn, &rest, grid());
}

fn refused<E: Estimator>(one: Vec<pleat_guest::Param>) {
    let [(of_classes, train, _), (of_numbers, learn, _)] = splits();
    let (data, rows) = match native::describe::<E>().kind {
        pleat_guest::Kind::Classifier => (of_classes, train),
        _ => (of_numbers, learn),
    };
    let fitted = native::fit::<E>(&data, &rows, one.clone());
    let refused = matches!(fitted, Err(Error::InvalidParams(_)));
    assert!(refused, "{one:?}");
}

#[test]
fn what_does_not_go_together_is_refused() {
    refused::<SGDClassifier>(candidate! { alpha: 0.0 });
    refused::<SGDClassifier>(candidate! { learning_rate: "pa1", loss: "log_loss" });
    refused::<SGDClassifier>(candidate! { penalty: "elasticnet", l1_ratio: () });
    refused::<SGDRegressor>(candidate! { learning_rate: "pa2" });
    refused::<SGDRegressor>(candidate! { average: 0 });
    refused::<LinearSVC>(candidate! { penalty: "l1", loss: "hinge" });
    refused::<LinearSVC>(candidate! { penalty: "l1", dual: true });
    refused::<LinearSVC>(candidate! { loss: "hinge", dual: false });
    refused::<LinearSVC>(candidate! { multi_class: "crammer_singer" });
    refused::<LinearSVR>(candidate! { dual: false });
    refused::<HuberRegressor>(candidate! { epsilon: 0.9 });
    refused::<TweedieRegressor>(candidate! { power: 0.5 });
    refused::<TweedieRegressor>(candidate! { power: 2.0, link: "identity" });
    refused::<TweedieRegressor>(candidate! { link: "log" });
}

/// Four rows with a weight each.
fn four_rows(weights: [f64; 4]) -> Contents {
    Contents {
        weights: Some(weights.to_vec()),
        ..native::data(&[[0.0], [1.0], [4.0], [9.0]])
    }
}

#[test]
fn what_cannot_be_fitted_is_refused() {
    fn none<E: Estimator>(contents: Contents, one: Vec<pleat_guest::Param>) {
        let answer = native::fit_predict::<E>(contents, &[0, 1, 2, 3], &[0], one);
        assert!(matches!(answer, Err(Error::InvalidData(_))), "{answer:?}");
    }
    let classes = |weights, codes: [u32; 4]| native::classes(four_rows(weights), &codes);
    let numbers = |y: [f64; 4]| native::numbers(four_rows([1.0; 4]), &y);
    none::<SGDClassifier>(classes([1.0; 4], [1; 4]), candidate! {});
    none::<LinearSVC>(classes([1.0; 4], [1; 4]), candidate! {});
    none::<LinearSVC>(classes([0.0; 4], [0, 0, 1, 1]), candidate! {});
    none::<LinearSVC>(classes([1.0, 1.0, 0.0, 0.0], [0, 0, 1, 1]), candidate! {});
    none::<SGDClassifier>(
        classes([0.0; 4], [0, 0, 1, 1]),
        candidate! { loss: "log_loss" },
    );
    let huge = native::data(&[[1e300], [-1e300], [1e300], [2e299]]);
    none::<SGDRegressor>(native::numbers(huge, &[1.0; 4]), candidate! {});
    none::<PoissonRegressor>(numbers([1.0, -1.0, 0.0, 0.0]), candidate! {});
    none::<PoissonRegressor>(numbers([0.0; 4]), candidate! {});
    none::<GammaRegressor>(numbers([1.0, 0.0, 1.0, 1.0]), candidate! {});
    // Probabilities are of two losses only.
    let data = Dataset::new(classes([1.0; 4], [0, 0, 1, 1])).unwrap();
    let model = native::fit::<SGDClassifier>(&data, &[0, 1, 2, 3], candidate! {})
        .unwrap()
        .model;
    assert!(
        model
            .predict(&data, &[0], Outputs::ANSWERS | Outputs::DECISION)
            .is_ok()
    );
    let answer = model.predict(&data, &[0], Outputs::PROBABILITIES);
    assert!(matches!(answer, Err(Error::Unsupported(_))));
}

/// A row of whole weight is as many rows; of weight 0, none.
#[test]
fn weights_are_repetitions() {
    let contents = load("diabetes");
    let weights: Vec<f64> = (0..contents.rows).map(|row| f64::from(row % 3)).collect();
    let repeated = |row: u32| std::iter::repeat_n(row, weights[row as usize] as usize);
    let rows: Vec<u32> = (0..contents.rows).flat_map(repeated).collect();
    let all: Vec<u32> = (0..contents.rows).collect();
    let plain = Dataset::new(contents.clone()).unwrap();
    let weights = Some(weights.clone());
    let weighted = Dataset::new(Contents {
        weights,
        ..contents
    })
    .unwrap();
    fn lines<E: Estimator>(
        data: &std::rc::Rc<Dataset>,
        rows: &[u32],
        one: Vec<pleat_guest::Param>,
    ) -> Vec<f64> {
        let model = native::fit::<E>(data, rows, one).unwrap().model;
        let attributes = model.attributes();
        let named = |a: &&pleat_guest::Attribute| a.name == "coef_" || a.name == "intercept_";
        attributes
            .iter()
            .filter(named)
            .flat_map(|a| a.values.clone())
            .collect()
    }
    macro_rules! same {
        ($estimator:ty, $one:expr) => {
            let expected = lines::<$estimator>(&plain, &rows, $one);
            let off = off(&lines::<$estimator>(&weighted, &all, $one), &expected);
            assert!(off < 1e-7, "{}: {off}", stringify!($estimator));
        };
    }
    same!(HuberRegressor, candidate! { tol: 1e-9 });
    same!(PoissonRegressor, candidate! { tol: 1e-6 });
    same!(GammaRegressor, candidate! { tol: 1e-6 });
    same!(TweedieRegressor, candidate! { tol: 1e-6, power: 1.7 });
    same!(
        LinearSVR,
        candidate! { tol: 1e-12, loss: "squared_epsilon_insensitive" }
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn descents_hold_up_on_any_table(
        (classes, numbers, train) in tables(),
        penalty in prop_oneof![Just("l2"), Just("l1"), Just("elasticnet")],
        loss in prop_oneof![Just("log_loss"), Just("modified_huber")],
        rate in prop_oneof![Just("optimal"), Just("invscaling"), Just("adaptive")],
        early: bool,
        average: bool,
    ) {
        let of_classes = candidate! {
            penalty: penalty, loss: loss, learning_rate: rate, early_stopping: early, average: average, max_iter: 20
        };
        holds_up::<SGDClassifier>(&classes, &train, of_classes);
        let of_numbers = candidate! {
            penalty: penalty, learning_rate: rate, early_stopping: early, average: average, max_iter: 20
        };
        holds_up::<SGDRegressor>(&numbers, &train, of_numbers);
    }

    #[test]
    fn margins_hold_up_on_any_table(
        (classes, numbers, train) in tables(),
        c in 1e-3..1e3,
        squared: bool,
        absolute: bool,
    ) {
        let max_iter = 100;
        let penalty = if absolute && squared { "l1" } else { "l2" };
        let loss = if squared { "squared_hinge" } else { "hinge" };
        holds_up::<LinearSVC>(&classes, &train, candidate! { C: c, loss: loss, penalty: penalty, max_iter: max_iter });
        let loss = if squared { "squared_epsilon_insensitive" } else { "epsilon_insensitive" };
        holds_up::<LinearSVR>(&numbers, &train, candidate! { C: c, loss: loss, max_iter: max_iter });
    }

    #[test]
    fn minima_hold_up_on_any_table((_, numbers, train) in tables(), alpha in 0.0..10.0, intercept: bool) {
        let one = || candidate! { alpha: alpha, fit_intercept: intercept };
        holds_up::<HuberRegressor>(&numbers, &train, one());
        holds_up::<TweedieRegressor>(&numbers, &train, one());
        holds_up::<PoissonRegressor>(&numbers, &train, one());
        let Target::Numbers(y) = &numbers.target else { panic!("no numbers") };
        let y = y.iter().map(|y| y.abs().min(1e4) + 0.5).collect();
        let above_zero = Contents { target: Target::Numbers(y), ..numbers.clone() };
        holds_up::<PoissonRegressor>(&above_zero, &train, one());
        holds_up::<GammaRegressor>(&above_zero, &train, one());
    }
}
