//! SVC, SVR and CalibratedClassifierCV against scikit-learn, against themselves when shared, and
//! against data they were not made for.

#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "../../reference.rs"]
mod reference;

use pleat_guest::{
    Attribute, Classes, ColumnKind, Contents, Dataset, Error, Estimator, FitOptions, Outputs,
    Prediction, Target, Value, Values, candidate, native,
};
use pleat_num::rng::RandomState;
use pleat_task_svm::{CalibratedClassifierCV, SVC, SVR};
use proptest::prelude::*;
use reference::{
    agree, bits, candidate as of_json, folds, holds_up, load, made, numbers, others,
    shared_equals_separate, tables,
};
use serde_json::Value as Json;

#[test]
fn scores_are_scikit_learns() {
    assert_eq!(agree::<SVC>("SVC"), 30);
    assert_eq!(agree::<SVR>("SVR"), 15);
}

/// The data of `svm.py`.
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
    for x in &mut rows {
        match shape {
            "constant" => (x[1], x[2]) = (0.1, x[0]),
            "ties" => x.iter_mut().for_each(|x| *x = x.floor()),
            "scales" => (x[0], x[1]) = (x[0] * 1e4, x[1] * 1e-4),
            "far" => x.iter_mut().for_each(|x| *x += 1e3),
            _ => {}
        }
    }
    if shape == "scales" {
        target.iter_mut().for_each(|y| *y *= 1e3);
    }
    Contents {
        rows: n as u32,
        columns: vec![ColumnKind::Numeric; columns],
        values: Values::Double(
            (0..columns)
                .flat_map(|c| rows.iter().map(move |row| row[c]))
                .collect(),
        ),
        target: match case["estimator"] == "SVR" {
            true => Target::Numbers(target),
            false => Target::Classes(Classes {
                codes,
                count: classes as u32,
            }),
        },
        weights: case["weighted"].as_bool().unwrap().then_some(weights),
    }
}

/// Fitted on some of a case's rows, what is said of the others; and what the
/// model shows.
struct Answers {
    prediction: Prediction,
    attributes: Vec<Attribute>,
    warnings: Vec<String>,
}

fn answers<E: Estimator>(case: &Json) -> Answers {
    let (contents, is_test): (_, fn(u32, u32) -> bool) = match case["table"].as_str() {
        Some(table) => (load(table), |row, _| row % 4 == 0),
        None => (drawn(case), |row, n| row >= n * 3 / 4),
    };
    let n = contents.rows;
    let data = Dataset::new(contents).unwrap();
    let (mut test, train): (Vec<u32>, Vec<u32>) = (0..n).partition(|row| is_test(*row, n));
    if case["table"].is_string() {
        test.truncate(30);
    }
    let fitted = native::fit::<E>(&data, &train, of_json(&case["params"])).unwrap();
    let mut outputs = Outputs::ANSWERS;
    if !case["decision"].is_null() {
        outputs |= Outputs::DECISION;
    }
    if !case["probabilities"].is_null() {
        outputs |= Outputs::PROBABILITIES;
    }
    let prediction = fitted.model.predict(&data, &test, outputs).unwrap();
    native::check(&fitted.model, test.len(), outputs, &prediction).unwrap();
    Answers {
        prediction,
        attributes: fitted.model.attributes(),
        warnings: fitted.warnings,
    }
}

fn furthest(got: &[f64], expected: &[f64]) -> f64 {
    assert_eq!(got.len(), expected.len());
    let off = |(got, expected): (&f64, &f64)| (got - expected).abs() / expected.abs().max(1.0);
    got.iter().zip(expected).map(off).fold(0.0, f64::max)
}

/// Numbers and numbers in lists, with the lengths of the lists.
fn shaped(json: &Json) -> (Vec<u32>, Vec<f64>) {
    match json.as_array() {
        None => (Vec::new(), vec![json.as_f64().unwrap()]),
        Some(list) => {
            let parts: Vec<_> = list.iter().map(shaped).collect();
            let mut shape = vec![list.len() as u32];
            shape.extend(parts.first().map_or(&[][..], |part| &part.0));
            (shape, parts.into_iter().flat_map(|part| part.1).collect())
        }
    }
}

/// Classes exactly, numbers to nine digits: the search takes scikit-learn's
/// steps, so what is left is rounding.
#[test]
fn answers_are_scikit_learns() {
    let cases = made("tasks/svm/tests/svm.json");
    let (mut compared, mut shown, mut most) = (0, 0, 0.0_f64);
    for case in cases.as_array().unwrap() {
        let expected = numbers(&case["answers"]);
        let (mut off, got) = if case["estimator"] == "SVR" {
            let got = answers::<SVR>(case);
            let numbers = got.prediction.numbers.as_deref().unwrap();
            (furthest(numbers, &expected), got)
        } else if case["estimator"] == "SVC" {
            let got = answers::<SVC>(case);
            let classes = got.prediction.classes.iter().flatten();
            let classes: Vec<f64> = classes.copied().map(f64::from).collect();
            assert_eq!(classes, expected, "{case}");
            let decision = got.prediction.decision.as_deref().unwrap_or_default();
            let expected = match &case["decision"] {
                Json::Null => Vec::new(),
                given => numbers(given),
            };
            (furthest(decision, &expected), got)
        } else {
            continue;
        };
        let attributes = case["attributes"].as_object();
        for (name, expected) in attributes.into_iter().flatten() {
            let attribute = got.attributes.iter().find(|a| a.name == *name);
            let attribute = attribute.unwrap_or_else(|| panic!("no {name} in {case}"));
            let (shape, expected) = shaped(expected);
            assert_eq!(attribute.shape, shape, "{name} of {case}");
            off = off.max(furthest(&attribute.values, &expected));
            shown += 1;
        }
        assert!(off < 1e-9, "{off} in {case}");
        let cut_short = !case["params"]["max_iter"].is_null();
        let warnings = got.warnings;
        assert_eq!(!warnings.is_empty(), cut_short, "{case}: {warnings:?}");
        most = most.max(off);
        compared += 1;
    }
    println!("{compared} cases, {shown} attributes, at most {most:e} off");
    assert_eq!(compared, 82);
    assert!(shown > 150, "{shown}");
}

/// scikit-learn's search for the curve and for the temperature stops a little
/// before the optimum.
#[test]
fn probabilities_are_scikit_learns() {
    let cases = made("tasks/svm/tests/svm.json");
    let (mut compared, mut most) = (0, 0.0_f64);
    for case in cases.as_array().unwrap() {
        if case["estimator"] != "CalibratedClassifierCV" {
            continue;
        }
        let got = answers::<CalibratedClassifierCV>(case).prediction;
        let probabilities = got.probabilities.unwrap();
        let off = furthest(&probabilities, &numbers(&case["probabilities"]));
        assert!(off < 1e-5, "{off} in {case}");
        most = most.max(off);
        let n = case["classes"].as_u64().unwrap() as usize;
        let rows = probabilities.chunks_exact(n).zip(got.classes.unwrap());
        for ((row, class), expected) in rows.zip(numbers(&case["answers"])) {
            let mut sorted = row.to_vec();
            sorted.sort_by(f64::total_cmp);
            if sorted[n - 1] - sorted[n - 2] > 1e-5 {
                assert_eq!(f64::from(class), expected, "{row:?} in {case}");
            }
        }
        compared += 1;
    }
    println!("{compared} cases, at most {most:e} off");
    assert_eq!(compared, 24);
}

/// What does not show in the kernels may differ among candidates that share
/// them.
#[test]
fn shared_kernels_change_nothing() {
    let grid = || {
        let mut grid: Vec<_> = [1.0, 0.1, 100.0].map(|c| candidate! { C: c }).to_vec();
        grid.push(candidate! { tol: 0.1, class_weight: "balanced", break_ties: true });
        grid.push(candidate! { shrinking: false, max_iter: 20 });
        // The planner never does this, but nothing would keep another host from it.
        grid.push(candidate! { kernel: "linear" });
        grid.push(candidate! { cache_size: 1e-9 });
        grid
    };
    let contents = load("iris");
    let test = &folds(&contents.target, 5)[1];
    let train = others(contents.rows, test);
    let data = Dataset::new(contents).unwrap();
    shared_equals_separate::<SVC>(&data, &train, test, grid());
    let contents = load("diabetes");
    let rows: Vec<u32> = (0..100).collect();
    let data = Dataset::new(contents).unwrap();
    let methods = ["sigmoid", "isotonic", "temperature"].map(|m| candidate! { method: m });
    let mut methods = methods.to_vec();
    methods.push(candidate! { ensemble: false });
    methods.push(candidate! { ensemble: false, method: "isotonic", cv: 3 });
    let iris = load("iris");
    let data_of_classes = Dataset::new(iris).unwrap();
    shared_equals_separate::<CalibratedClassifierCV>(&data_of_classes, &train, test, methods);
    let grid = [0.1, 0.0, 20.0].map(|epsilon| candidate! { epsilon: epsilon, C: 10.0 });
    shared_equals_separate::<SVR>(&data, &rows[..70], &rows[70..], grid.to_vec());
}

/// Costs from where every row is at its bound to where none is, upwards and
/// downwards and mixed, with and without weights.
#[test]
fn shared_searches_change_nothing() {
    let orders: [[f64; 6]; 3] = [
        [0.1, 1.0, 10.0, 100.0, 1e4, 1e6],
        [1e6, 1e4, 100.0, 10.0, 1.0, 0.1],
        [100.0, 1e6, 0.1, 10.0, 1e4, 1.0],
    ];
    let weights: Vec<f64> = (0..150).map(|i| f64::from(i * 7 % 5) / 2.0).collect();
    let all: Vec<u32> = (0..150).collect();
    let (test, train): (Vec<u32>, Vec<u32>) = all.iter().partition(|row| *row % 5 == 1);
    let iris = load("iris");
    let mut diabetes = load("diabetes");
    diabetes.target = match diabetes.target {
        Target::Numbers(all) => Target::Numbers(all.into_iter().map(|y| y / 100.0).collect()),
        other => other,
    };
    diabetes.rows = 150;
    let Values::Double(values) = &load("diabetes").values else {
        panic!("not double")
    };
    let columns = values.chunks_exact(442).flat_map(|column| &column[..150]);
    diabetes.values = Values::Double(columns.map(|x| x * 20.0).collect());
    if let Target::Numbers(all) = &mut diabetes.target {
        all.truncate(150);
    }
    for (order, weighted) in orders.iter().flat_map(|o| [(o, false), (o, true)]) {
        let with = |contents: &Contents| {
            let weights = weighted.then(|| weights.clone());
            Dataset::new(Contents {
                weights,
                ..contents.clone()
            })
            .unwrap()
        };
        // In the first some classes can be told apart, in the second all rows.
        for gamma in [0.1, 20.0] {
            let of = |c: &f64| {
                [
                    candidate! { C: *c, gamma: gamma },
                    candidate! { C: *c, gamma: gamma, class_weight: "balanced", tol: 1e-6 },
                    candidate! { C: *c, gamma: gamma, max_iter: 7 },
                    candidate! { C: *c, gamma: gamma, break_ties: true, shrinking: false },
                ]
            };
            let grid = order.iter().flat_map(of).collect();
            shared_equals_separate::<SVC>(&with(&iris), &train, &test, grid);
            let of = |c: &f64| {
                [
                    candidate! { C: *c, gamma: gamma, max_iter: 20000 },
                    candidate! { C: *c, gamma: gamma, epsilon: 0.0, max_iter: 20000 },
                    candidate! { C: *c, gamma: gamma, shrinking: false, max_iter: 7 },
                ]
            };
            let grid = order.iter().flat_map(of).collect();
            shared_equals_separate::<SVR>(&with(&diabetes), &train, &test, grid);
        }
    }
}

/// Machines that models share answer of any rows, and again of the same.
#[test]
fn shared_answers_are_of_the_rows_asked_for() {
    let data = Dataset::new(load("iris")).unwrap();
    let train: Vec<u32> = (0..150).filter(|row| row % 3 > 0).collect();
    let options = FitOptions {
        state: None,
        budget: None,
    };
    let grid = [1e5, 1e6, 0.1].map(|c| candidate! { C: c, gamma: 20.0 });
    let models = native::fit_all::<SVC>(&data, &train, grid.to_vec(), options).unwrap();
    let models: Vec<_> = models.map(|fitted| fitted.unwrap().model).collect();
    let outputs = Outputs::ANSWERS | Outputs::DECISION;
    for rows in [
        vec![0, 3, 60],
        vec![0, 3],
        vec![3, 0, 140, 3],
        vec![0, 3, 60],
    ] {
        for (model, one) in models.iter().zip(grid.clone()) {
            let lone = native::fit::<SVC>(&data, &train, one).unwrap().model;
            let expected = lone.predict(&data, &rows, outputs).unwrap();
            let got = model.predict(&data, &rows, outputs).unwrap();
            assert_eq!(bits(&got), bits(&expected));
            // Of another dataset nothing is noted.
            let other = load("iris");
            let Values::Double(values) = &other.values else {
                panic!("not double")
            };
            let values = Values::Double(values.iter().map(|x| x * 2.0).collect());
            let other = Dataset::new(Contents { values, ..other }).unwrap();
            let doubled = model.predict(&other, &rows, outputs).unwrap();
            assert_eq!(
                bits(&doubled),
                bits(&lone.predict(&other, &rows, outputs).unwrap())
            );
            assert_ne!(bits(&doubled), bits(&got));
        }
    }
}

fn four_rows(weights: Option<[f64; 4]>) -> Contents {
    Contents {
        weights: weights.map(|weights| weights.to_vec()),
        ..native::classes(native::data(&[[0.0], [1.0], [4.0], [9.0]]), &[0, 0, 1, 2])
    }
}

#[test]
fn one_class_cannot_be_told_from_another() {
    let fit = |weights, rows: &[u32]| {
        native::fit_predict::<SVC>(four_rows(weights), rows, &[0, 1, 2, 3], candidate! {})
    };
    let refused = |answer| matches!(answer, Err(Error::InvalidData(_)));
    assert!(refused(fit(None, &[0, 1])));
    assert!(refused(fit(Some([1.0, 1.0, 0.0, 0.0]), &[0, 1, 2, 3])));
    assert!(refused(fit(Some([0.0; 4]), &[0, 1, 2, 3])));
    // A class without weight is not learned (scikit-learn cannot predict then).
    let answer = fit(Some([1.0, 1.0, 0.0, 1.0]), &[0, 1, 2, 3]).unwrap();
    assert_eq!(answer.classes, Some(vec![0, 0, 0, 2]));
    assert_eq!(answer.decision.map(|scores| scores.len()), Some(4));
}

#[test]
fn what_cannot_be_is_refused() {
    let data = Dataset::new(four_rows(None)).unwrap();
    let fit = |one| native::fit::<SVC>(&data, &[0, 1, 2, 3], one).map(|fitted| fitted.model);
    for one in [
        candidate! { C: 0.0 },
        candidate! { tol: 0.0 },
        candidate! { gamma: -1.0 },
        candidate! { degree: -1 },
        candidate! { kernel: "precomputed" },
        candidate! { max_iter: -2 },
        candidate! { class_weight: Value::Json("{\"0\": 2}".into()) },
        candidate! { break_ties: true, decision_function_shape: "ovo" },
    ] {
        assert!(matches!(fit(one), Err(Error::InvalidParams(_))));
    }
    let model = fit(candidate! { decision_function_shape: "ovo" }).unwrap();
    assert!(model.predict(&data, &[0], Outputs::ANSWERS).is_ok());
    assert!(matches!(
        model.predict(&data, &[0], Outputs::DECISION),
        Err(Error::Unsupported(_))
    ));
}

#[test]
fn a_constant_target_needs_no_support() {
    let data = native::numbers(native::data(&[[0.0], [1.0], [5.0]]), &[3.0; 3]);
    let answer = native::fit_predict::<SVR>(data, &[0, 1, 2], &[0, 2], candidate! {});
    assert_eq!(answer.unwrap().numbers, Some(vec![3.0, 3.0]));
}

proptest! {
    #[test]
    fn holds_up_on_any_table(
        (classes, numbers, train) in tables(),
        kernel in prop_oneof![Just("rbf"), Just("linear"), Just("poly"), Just("sigmoid")],
        c in 1e-3..1e3,
        shrinking: bool,
    ) {
        let one = || candidate! { kernel: kernel, C: c, shrinking: shrinking, max_iter: 500 };
        holds_up::<SVC>(&classes, &train, one());
        holds_up::<SVR>(&numbers, &train, one());
    }

    #[test]
    fn calibration_holds_up_on_any_table(
        (classes, _, train) in tables(),
        method in prop_oneof![Just("sigmoid"), Just("isotonic"), Just("temperature")],
        ensemble: bool,
    ) {
        // Often enough for two rows of each class.
        let train = [train.as_slice(), &train].concat();
        let one = candidate! {
            method: method, ensemble: ensemble, cv: 2, estimator__max_iter: 500,
        };
        holds_up::<CalibratedClassifierCV>(&classes, &train, one);
    }

    /// A row twice is a row of twice the weight, up to where the search stops.
    #[test]
    fn weights_are_repetitions(seed in 0u32..1000, cost in 0.1..20.0) {
        let mut draws = RandomState::new(seed);
        let rows: Vec<[f64; 2]> = (0..40)
            .map(|_| [draws.uniform(-2.0, 2.0), draws.uniform(-2.0, 2.0)])
            .collect();
        let sum = |row: &[f64; 2]| row[0] + row[1] * row[1];
        let codes: Vec<u32> = rows.iter().map(|row| u32::from(sum(row) > 1.0)).collect();
        let counts: Vec<u32> = (0..40).map(|_| draws.randint(0, 4) as u32).collect();
        let repeated: Vec<u32> = (0..40u32)
            .flat_map(|row| std::iter::repeat_n(row, counts[row as usize] as usize))
            .collect();
        let of_both = |contents: &dyn Fn() -> Contents| {
            let weighted = Contents {
                weights: Some(counts.iter().map(|count| f64::from(*count)).collect()),
                ..contents()
            };
            [weighted, contents()]
        };
        let all: Vec<u32> = (0..40).collect();
        let one = || candidate! { C: cost, tol: 1e-9, gamma: 0.7 };
        let train = [&all, &repeated];
        let numbers: Vec<f64> = rows.iter().map(sum).collect();
        let classes = of_both(&|| native::classes(native::data(&rows), &codes));
        let decisions = classes.into_iter().zip(train).map(|(contents, train)| {
            native::fit_predict::<SVC>(contents, train, &all, one()).map(|p| p.decision.unwrap())
        });
        let decisions: Vec<_> = decisions.collect();
        if let [Ok(weighted), Ok(repeated)] = decisions.as_slice() {
            prop_assert!(furthest(weighted, repeated) < 1e-6);
        }
        let numbers = of_both(&|| native::numbers(native::data(&rows), &numbers));
        let answers = numbers.into_iter().zip(train).map(|(contents, train)| {
            native::fit_predict::<SVR>(contents, train, &all, one()).unwrap().numbers.unwrap()
        });
        let answers: Vec<_> = answers.collect();
        prop_assert!(furthest(&answers[0], &answers[1]) < 1e-6);
    }

    /// Columns twice as large and a quarter of gamma: the same kernels.
    #[test]
    fn scale_is_gamma(seed in 0u32..1000) {
        let mut draws = RandomState::new(seed);
        let rows: Vec<[f64; 3]> = (0..30)
            .map(|_| std::array::from_fn(|_| draws.uniform(-2.0, 2.0)))
            .collect();
        let codes: Vec<u32> = (0..30).map(|_| draws.randint(0, 3) as u32).collect();
        let larger = rows.iter().map(|row| row.map(|x| x * 2.0)).collect::<Vec<_>>();
        let all: Vec<u32> = (0..30).collect();
        let fit = |rows: &[[f64; 3]], gamma: f64| {
            let contents = native::classes(native::data(rows), &codes);
            native::fit_predict::<SVC>(contents, &all, &all, candidate! { gamma: gamma })
        };
        let (small, large) = (fit(&rows, 1.0).unwrap(), fit(&larger, 0.25).unwrap());
        prop_assert_eq!(small.decision, large.decision);
    }
}
