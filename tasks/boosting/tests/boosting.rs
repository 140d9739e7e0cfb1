//! HistGradientBoosting against scikit-learn, against itself when shared, and
//! against data it was not made for.

#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "../../reference.rs"]
mod reference;

use std::rc::Rc;

use pleat_guest::adapter::FittedModel;
use pleat_guest::{
    Candidate, Classes, ColumnKind, Contents, Dataset, Error, Estimator, Outputs, Prediction,
    Target, Value, Values, candidate, native,
};
use pleat_num::rng::RandomState;
use pleat_task_boosting::{
    HistGradientBoostingClassifier as Classifier, HistGradientBoostingRegressor as Regressor,
};
use proptest::prelude::*;
use reference::{
    candidate as of_json, folds, holds_up, load, made, numbers, others, shared_equals_separate,
    tables,
};
use serde_json::Value as Json;

const FORMAT: &str = "xgboost-json";

/// The data of `boosting.py`.
fn drawn(case: &Json) -> Contents {
    let whole = |name: &str| case[name].as_u64().unwrap() as usize;
    let (n, columns, classes) = (whole("rows"), whole("columns"), whole("classes"));
    let mut draws = RandomState::new(whole("seed") as u32);
    let mut table = |n: usize| -> Vec<Vec<f64>> {
        (0..n)
            .map(|_| (0..columns).map(|_| draws.double()).collect())
            .collect()
    };
    let mut rows = table(n);
    for x in rows.iter_mut().flatten() {
        *x = *x * 4.0 - 2.0;
    }
    let noise: Vec<f64> = (0..n).map(|_| draws.double()).collect();
    let mut weights: Vec<f64> = (0..n).map(|_| draws.double() * 3.0).collect();
    weights.iter_mut().step_by(10).for_each(|w| *w = 0.0);
    let holes: Vec<Vec<bool>> = (0..n)
        .map(|_| (0..columns).map(|_| draws.double() < 0.2).collect())
        .collect();
    let number = |(x, noise): (&Vec<f64>, &f64)| x[0] - 2.0 * x[1] + x[2] * x[2] + 4.0 * noise;
    let mut target: Vec<f64> = rows.iter().zip(&noise).map(number).collect();
    let label = |y: &f64| {
        let label = ((y + 1.0) * classes as f64 / 8.0).floor();
        label.clamp(0.0, (classes - 1) as f64) as u32
    };
    let mut codes: Vec<u32> = target.iter().map(label).collect();
    let loss = case["params"]["loss"].as_str().unwrap_or_default();
    let shape = case["shape"].as_str().unwrap();
    for y in &mut target {
        *y = match loss {
            "gamma" => *y * *y + 0.1,
            "poisson" => (*y * *y).floor(),
            _ if shape == "scales" => *y * 1e3,
            _ => *y,
        };
    }
    let cut = n * 3 / 4;
    for (i, x) in rows.iter_mut().enumerate() {
        match shape {
            "constant" => (x[1], x[2]) = (0.1, x[0]),
            "ties" => x.iter_mut().for_each(|x| *x = x.floor()),
            "scales" => (x[0], x[1]) = (x[0] * 1e200, x[1] * 1e-200),
            _ => {}
        }
        let holed = shape == "holes" || shape == "categories-with-holes";
        if holed || (shape == "holes-later" && i >= cut) {
            for (x, hole) in x.iter_mut().zip(&holes[i]) {
                *x = if *hole { f64::NAN } else { *x };
            }
            if i == 0 && holed {
                x[0] = 0.0;
            }
        }
        if shape.starts_with("categories") {
            x[1] = ((x[1] + 2.0) * 4.0).floor();
            x[3] = (x[3] + 2.0).floor();
            if (cut..cut + 6).contains(&i) {
                x[1] = 50.0;
            }
        }
    }
    if shape == "one" {
        codes[1..]
            .iter_mut()
            .for_each(|code| *code = (*code).min(classes as u32 - 2));
        codes[0] = classes as u32 - 1;
    }
    let mut kinds = vec![ColumnKind::Numeric; columns];
    for column in case["kinds"].as_array().unwrap() {
        kinds[column.as_u64().unwrap() as usize] = ColumnKind::Categorical;
    }
    Contents {
        rows: n as u32,
        columns: kinds,
        values: Values::Double(
            (0..columns)
                .flat_map(|c| rows.iter().map(move |row| row[c]))
                .collect(),
        ),
        target: match case["estimator"] == "HistGradientBoostingRegressor" {
            true => Target::Numbers(target),
            false => Target::Classes(Classes {
                codes,
                count: classes as u32,
            }),
        },
        weights: case["weighted"].as_bool().unwrap().then_some(weights),
    }
}

/// Fitted on some of a case's rows, what is said of the others; and how many
/// iterations it took.
fn answers<E: Estimator>(case: &Json) -> (Prediction, f64) {
    let contents = drawn(case);
    let n = contents.rows;
    let data = Dataset::new(contents).unwrap();
    let train: Vec<u32> = (0..n * 3 / 4).collect();
    let test: Vec<u32> = (n * 3 / 4..n).take(60).collect();
    let fitted = native::fit::<E>(&data, &train, of_json(&case["params"])).unwrap();
    let outputs = native::describe::<E>().outputs;
    let prediction = fitted.model.predict(&data, &test, outputs).unwrap();
    native::check(&fitted.model, test.len(), outputs, &prediction).unwrap();
    let attributes = fitted.model.attributes();
    let iterations = attributes.iter().find(|a| a.name == "n_iter_").unwrap();
    (prediction, iterations.values[0])
}

/// Of as many as are recorded.
fn furthest(got: &[f64], expected: &[f64]) -> f64 {
    assert!(!expected.is_empty() && got.len() >= expected.len());
    let off = |(got, expected): (&f64, &f64)| (got - expected).abs() / expected.abs().max(1.0);
    got.iter().zip(expected).map(off).fold(0.0, f64::max)
}

/// Every tree takes scikit-learn's splits, so what is left is rounding.
#[test]
fn answers_are_scikit_learns() {
    let cases = made("tasks/boosting/tests/boosting.json");
    let (mut compared, mut most) = (0, 0.0_f64);
    for case in cases.as_array().unwrap() {
        let expected = numbers(&case["answers"]);
        let ((got, n_iter), regressor) = match case["estimator"] == "HistGradientBoostingRegressor"
        {
            true => (answers::<Regressor>(case), true),
            false => (answers::<Classifier>(case), false),
        };
        let mut off = furthest(
            if regressor {
                got.numbers.as_ref()
            } else {
                got.decision.as_ref()
            }
            .unwrap(),
            &expected,
        );
        if case["probabilities"].is_array() {
            off = off.max(furthest(
                &got.probabilities.unwrap(),
                &numbers(&case["probabilities"]),
            ));
        }
        assert!(off < 1e-9, "{off} in {case}");
        assert_eq!(n_iter, case["n_iter"].as_f64().unwrap(), "{case}");
        most = most.max(off);
        compared += 1;
    }
    println!("{compared} cases, at most {most:e} off");
    assert!(compared > 125);
}

/// A case of `booster.json`: the table that xgboost predicted.
fn table(case: &Json) -> Rc<Dataset> {
    let columns: Vec<Vec<f64>> = case["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|column| {
            let cells = column.as_array().unwrap().iter();
            cells.map(|x| x.as_f64().unwrap_or(f64::NAN)).collect()
        })
        .collect();
    Dataset::new(Contents {
        rows: columns[0].len() as u32,
        columns: vec![ColumnKind::Numeric; columns.len()],
        values: Values::Double(columns.concat()),
        target: Target::None,
        weights: None,
    })
    .unwrap()
}

fn read(objective: &str, bytes: &[u8]) -> Result<FittedModel, Error> {
    match objective.starts_with("binary") || objective.starts_with("multi") {
        true => native::read_as::<Classifier>(FORMAT, bytes),
        false => native::read_as::<Regressor>(FORMAT, bytes),
    }
}

fn outputs(model: &FittedModel) -> Outputs {
    match model.classes().is_empty() {
        true => Outputs::ANSWERS,
        false => Outputs::ANSWERS | Outputs::PROBABILITIES,
    }
}

/// What xgboost's `predict` answers: numbers, the second class's probability,
/// all classes', or the class.
fn as_xgboost(objective: &str, prediction: Prediction) -> Vec<f64> {
    if objective == "multi:softmax" {
        return prediction
            .classes
            .unwrap()
            .into_iter()
            .map(f64::from)
            .collect();
    }
    match (prediction.numbers, prediction.probabilities) {
        (Some(numbers), _) => numbers,
        (None, Some(probabilities)) if objective.starts_with("binary") => {
            probabilities.chunks_exact(2).map(|p| p[1]).collect()
        }
        (None, probabilities) => probabilities.unwrap(),
    }
}

/// Singles are added up there, doubles here.
#[test]
fn xgboost_s_models_are_read() {
    let cases = made("tasks/boosting/tests/booster.json");
    let (mut compared, mut most) = (0, 0.0_f64);
    for case in cases.as_array().unwrap() {
        let (objective, data) = (case["objective"].as_str().unwrap(), table(case));
        let expected = numbers(&case["answers"]);
        let rows: Vec<u32> = (0..data.n_rows() as u32).collect();
        let answers = |model: &FittedModel| {
            let outputs = outputs(model);
            let prediction = model.predict(&data, &rows, outputs).unwrap();
            native::check(model, rows.len(), Outputs::ANSWERS, &prediction).unwrap();
            as_xgboost(objective, prediction)
        };
        let model = read(objective, case["model"].to_string().as_bytes()).unwrap();
        let again = read(objective, &model.write_as(FORMAT).unwrap()).unwrap();
        let saved = model.save().unwrap();
        let loaded = match objective.starts_with("binary") || objective.starts_with("multi") {
            true => native::load::<Classifier>(&saved),
            false => native::load::<Regressor>(&saved),
        };
        for model in [&model, &again, &loaded.unwrap()] {
            let got = answers(model);
            assert_eq!(got.len(), expected.len());
            let off = furthest(&got, &expected);
            assert!(off < 1e-6, "{objective}: {off}");
            most = most.max(off);
        }
        compared += 1;
    }
    println!("{compared} models of xgboost, at most {most:e} off");
    assert!(compared >= 18);
}

#[test]
fn what_is_no_model_of_xgboost_is_refused() {
    let cases = made("tasks/boosting/tests/booster.json");
    let good = &cases[0]["model"];
    let learner = |change: &dyn Fn(&mut Json)| {
        let mut model = good.clone();
        change(&mut model["learner"]);
        model.to_string()
    };
    let tree = |change: &dyn Fn(&mut Json)| {
        learner(&|learner| change(&mut learner["gradient_booster"]["model"]["trees"][0]))
    };
    for bad in [
        "{}".to_owned(),
        "[1".to_owned(),
        learner(&|l| l["objective"]["name"] = "rank:pairwise".into()),
        learner(&|l| l["gradient_booster"]["name"] = "dart".into()),
        learner(&|l| l["learner_model_param"]["base_score"] = "x".into()),
        learner(&|l| l["learner_model_param"]["base_score"] = "2".into()),
        learner(&|l| l["learner_model_param"]["num_feature"] = "0".into()),
        learner(&|l| l["learner_model_param"]["num_target"] = "2".into()),
        learner(&|l| l["gradient_booster"]["model"]["tree_info"][0] = 1.into()),
        // Round in a circle, out of bounds, backwards, too short.
        tree(&|t| t["left_children"][0] = 0.into()),
        tree(&|t| t["right_children"][0] = 99.into()),
        tree(&|t| t["right_children"][0] = (-5).into()),
        tree(&|t| t["split_indices"][0] = 4.into()),
        tree(&|t| t["split_type"][0] = 1.into()),
        tree(&|t| t["default_left"] = Json::Array(Vec::new())),
        tree(&|t| t["tree_param"]["size_leaf_vector"] = "3".into()),
    ] {
        let answer = native::read_as::<Classifier>(FORMAT, bad.as_bytes());
        assert!(matches!(answer, Err(Error::InvalidData(_))), "{bad}");
    }
    let regressor = native::read_as::<Regressor>(FORMAT, good.to_string().as_bytes());
    assert!(matches!(regressor, Err(Error::InvalidData(_))));
}

/// Writes models of every kind with their predictions into the folder that
/// `PLEAT_BOOSTER` names, for `booster.py check`.
#[test]
#[ignore = "needs a folder, and xgboost to look at it"]
fn models_for_xgboost() {
    let folder = std::env::var_os("PLEAT_BOOSTER").unwrap();
    let folder = std::path::Path::new(&folder);
    std::fs::create_dir_all(folder).unwrap();
    let cases = made("tasks/boosting/tests/boosting.json");
    for (i, case) in cases.as_array().unwrap().iter().enumerate() {
        // Singles, so that both see the same rows; and no category that was
        // never seen, which goes elsewhere there.
        let mut contents = drawn(case);
        let Values::Double(values) = &mut contents.values else {
            continue;
        };
        let shape = case["shape"].as_str().unwrap();
        if shape == "scales" || contents.rows > 100_000 {
            continue;
        }
        values.iter_mut().for_each(|x| *x = f64::from(*x as f32));
        let n = contents.rows;
        let regressor = case["estimator"] == "HistGradientBoostingRegressor";
        let categories: Vec<bool> = (0..contents.columns.len())
            .map(|c| {
                let kind = contents.columns[c] == ColumnKind::Categorical;
                let named = case["params"]["categorical_features"].as_array();
                let by_place = |item: &Json| item.as_u64() == Some(c as u64);
                let given = named.is_some_and(|named| {
                    named.iter().any(by_place) || named.get(c) == Some(&Json::Bool(true))
                });
                kind || given
            })
            .collect();
        let negative = shape == "ties" && categories.contains(&true);
        let data = Dataset::new(contents).unwrap();
        let train: Vec<u32> = (0..n * 3 / 4).collect();
        let unseen = if shape.starts_with("categories") {
            6
        } else {
            0
        };
        let test: Vec<u32> = (n * 3 / 4 + unseen..n).take(40).collect();
        let candidate = of_json(&case["params"]);
        let model = match regressor {
            true => native::fit::<Regressor>(&data, &train, candidate),
            false => native::fit::<Classifier>(&data, &train, candidate),
        };
        let model = model.unwrap().model;
        let outputs = outputs(&model);
        let prediction = model.predict(&data, &test, outputs).unwrap();
        let bytes = match model.write_as(FORMAT) {
            Ok(bytes) => bytes,
            // Categories that are negative numbers have no form there.
            Err(Error::Unsupported(_)) if negative => continue,
            Err(other) => panic!("{other:?}"),
        };
        let objective = if model.classes().len() == 2 {
            "binary"
        } else {
            ""
        };
        let row = |row: &u32| -> Vec<Option<f64>> {
            let cells = (0..data.n_columns()).map(|c| data.value(*row, c));
            cells.map(|x| (!x.is_nan()).then_some(x)).collect()
        };
        let answers = serde_json::json!({
            "rows": test.iter().map(row).collect::<Vec<_>>(),
            "categories": categories,
            "answers": as_xgboost(objective, prediction),
        });
        std::fs::write(folder.join(format!("{i}.model.json")), bytes).unwrap();
        std::fs::write(
            folder.join(format!("{i}.answers.json")),
            answers.to_string(),
        )
        .unwrap();
    }
}

/// A grid of what a search tries: each equals, to the bit, what it is alone.
#[test]
fn sharing_bins_and_trees_changes_nothing() {
    let grid = |classifier: bool| {
        let mut grid = vec![
            candidate! { max_iter: 5 },
            candidate! { max_iter: 12 },
            candidate! { max_iter: 1 },
            candidate! { max_iter: 12, learning_rate: 0.3 },
            candidate! { max_iter: 3, max_leaf_nodes: 4, max_features: 0.5 },
            candidate! { max_iter: 6, max_leaf_nodes: 4, max_features: 0.5 },
            candidate! { max_iter: 30, early_stopping: true, n_iter_no_change: 2, tol: 0.05 },
            candidate! { max_iter: 2, early_stopping: true, n_iter_no_change: 2, tol: 0.05 },
            // The planner never does these, but nothing would keep another host from it.
            candidate! { max_iter: 4, max_bins: 9 },
            candidate! { max_iter: 4, random_state: 5, max_features: 0.5 },
        ];
        if classifier {
            grid.push(candidate! { max_iter: 12, class_weight: "balanced" });
        } else {
            grid.push(candidate! { max_iter: 12, loss: "absolute_error" });
        }
        grid
    };
    for (name, classifier) in [("iris", true), ("breast_cancer", true), ("diabetes", false)] {
        let contents = load(name);
        let test = &folds(&contents.target, 3)[1];
        let train = others(contents.rows, test);
        let data = Dataset::new(contents).unwrap();
        match classifier {
            true => shared_equals_separate::<Classifier>(&data, &train, test, grid(true)),
            false => shared_equals_separate::<Regressor>(&data, &train, test, grid(false)),
        }
    }
}

/// Predictions for all rows of contents, trained on some.
fn predicted<E: Estimator>(contents: &Contents, train: &[u32], one: Candidate) -> Vec<f64> {
    let rows: Vec<u32> = (0..contents.rows).collect();
    let answer = native::fit_predict::<E>(contents.clone(), train, &rows, one).unwrap();
    answer.numbers.or(answer.decision).unwrap()
}

fn loaded(name: &str) -> (Contents, Vec<u32>) {
    let contents = load(name);
    let train = (0..contents.rows).filter(|row| row % 3 != 0).collect();
    (contents, train)
}

/// A column that only grows with another has the same bins.
#[test]
fn only_the_order_of_values_matters() {
    let (contents, train) = loaded("diabetes");
    let Values::Double(values) = &contents.values else {
        panic!("not double")
    };
    // Of values that no midpoint moves past: those of the training rows.
    let stretched = Contents {
        values: Values::Double(values.iter().map(|x| 8.0 * x + 64.0).collect()),
        ..contents.clone()
    };
    let one = || candidate! { max_iter: 20 };
    let plain = predicted::<Regressor>(&contents, &train, one());
    let other = predicted::<Regressor>(&stretched, &train, one());
    for row in &train {
        assert_eq!(plain[*row as usize], other[*row as usize]);
    }
}

/// Twice the target, twice the answers: powers of two lose nothing.
#[test]
fn answers_scale_with_the_target() {
    let (contents, train) = loaded("diabetes");
    let doubled = Contents {
        target: match &contents.target {
            Target::Numbers(y) => Target::Numbers(y.iter().map(|y| 2.0 * y).collect()),
            other => other.clone(),
        },
        ..contents.clone()
    };
    for loss in ["squared_error", "absolute_error"] {
        let one = || candidate! { max_iter: 20, loss: loss };
        let plain = predicted::<Regressor>(&contents, &train, one());
        let other = predicted::<Regressor>(&doubled, &train, one());
        // Gains of the absolute error do not scale, but its gradients do not either.
        for (plain, other) in plain.iter().zip(other) {
            assert!((2.0 * plain - other).abs() < 1e-9 * other.abs(), "{loss}");
        }
    }
}

/// Where every leaf may be as small as it likes, a row of weight 2 is two rows.
#[test]
fn whole_weights_are_repetitions() {
    let (contents, train) = loaded("diabetes");
    let weight = |row: u32| 1 + row % 3;
    let weighted = Contents {
        weights: Some(
            (0..contents.rows)
                .map(|row| f64::from(weight(row)))
                .collect(),
        ),
        ..contents.clone()
    };
    let repeated: Vec<u32> = train
        .iter()
        .flat_map(|row| std::iter::repeat_n(*row, weight(*row) as usize))
        .collect();
    let one = || candidate! { max_iter: 15, min_samples_leaf: 1, max_leaf_nodes: 8 };
    let by_weight = predicted::<Regressor>(&weighted, &train, one());
    let by_rows = predicted::<Regressor>(&contents, &repeated, one());
    for (a, b) in by_weight.iter().zip(&by_rows) {
        assert!((a - b).abs() < 1e-4 * b.abs(), "{a} {b}");
    }
}

#[test]
fn answers_rise_and_fall_as_told() {
    let (contents, train) = loaded("diabetes");
    let Values::Double(values) = &contents.values else {
        panic!("not double")
    };
    let directions = Value::Json("[0, 0, 1, -1, 0, 0, 0, 0, 0, 0]".into());
    let n = contents.rows as usize;
    for (column, sign) in [(2, 1.0), (3, -1.0)] {
        // The same rows, further and further along the column.
        let mut last: Option<Vec<f64>> = None;
        for step in 0..6 {
            let mut moved = values.clone();
            for (row, x) in moved[column * n..(column + 1) * n].iter_mut().enumerate() {
                if row % 3 == 0 {
                    *x = -0.1 + 0.05 * f64::from(step);
                }
            }
            let contents = Contents {
                values: Values::Double(moved),
                ..contents.clone()
            };
            let one = candidate! { max_iter: 30, monotonic_cst: directions.clone() };
            let answers = predicted::<Regressor>(&contents, &train, one);
            if let Some(last) = &last {
                for row in (0..n).step_by(3) {
                    assert!(sign * (answers[row] - last[row]) >= 0.0);
                }
            }
            last = Some(answers);
        }
    }
}

#[test]
fn what_cannot_be_is_refused() {
    let data = native::numbers(
        native::data(&[[0.0, 1.0], [1.0, 0.0], [2.0, 5.0]]),
        &[0.0, 1.0, 2.0],
    );
    let numbers = Dataset::new(data.clone()).unwrap();
    let classes = Dataset::new(native::classes(data, &[0, 1, 2])).unwrap();
    let json = |text: &str| Value::Json(text.into());
    for one in [
        candidate! { learning_rate: 0.0 },
        candidate! { max_iter: 0 },
        candidate! { max_leaf_nodes: 1 },
        candidate! { max_bins: 256 },
        candidate! { max_features: 0.0 },
        candidate! { loss: "quantile" },
        candidate! { loss: "quantile", quantile: 1.0 },
        candidate! { categorical_features: json("[2]") },
        candidate! { categorical_features: json("[true]") },
        candidate! { categorical_features: json("[\"a\"]") },
        candidate! { categorical_features: json("[0, true]") },
        candidate! { categorical_features: json("{}") },
        candidate! { monotonic_cst: json("[1]") },
        candidate! { monotonic_cst: json("[1, 2]") },
        candidate! { monotonic_cst: json("[1, 0]"), categorical_features: json("[0]") },
        candidate! { interaction_cst: json("[[0, 2]]") },
        candidate! { interaction_cst: json("[0, 1]") },
        candidate! { validation_fraction: 1.0 },
    ] {
        let title = format!("{one:?}");
        let answer = native::fit::<Regressor>(&numbers, &[0, 1, 2], one);
        assert!(matches!(answer, Err(Error::InvalidParams(_))), "{title}");
    }
    let several = candidate! { monotonic_cst: json("[1, 0]") };
    let answer = native::fit::<Classifier>(&classes, &[0, 1, 2], several);
    assert!(matches!(answer, Err(Error::InvalidParams(_))));
    for one in [
        candidate! { loss: "gamma" },
        candidate! { early_stopping: true, validation_fraction: 3 },
        candidate! { max_bins: 2, categorical_features: json("[0]") },
    ] {
        let answer = native::fit::<Regressor>(&numbers, &[0, 1, 2], one);
        assert!(matches!(answer, Err(Error::InvalidData(_))));
    }
    // Nobody can be set aside of a class of one.
    let answer =
        native::fit::<Classifier>(&classes, &[0, 1, 2], candidate! { early_stopping: true });
    assert!(matches!(answer, Err(Error::InvalidData(_))));
}

proptest! {
    #[test]
    fn holds_up_on_any_table(
        (classes, numbers, train) in tables(),
        holes in proptest::collection::vec(proptest::bool::weighted(0.2), 60),
        loss in prop_oneof![Just("squared_error"), Just("absolute_error")],
        min_samples_leaf in 1i64..4,
        max_bins in 2i64..12,
        early in proptest::bool::ANY,
        categorical in proptest::bool::ANY,
        weighted in proptest::bool::ANY,
    ) {
        let named = match categorical {
            true => Value::Json("[0]".into()),
            false => Value::None,
        };
        let pierced = |mut contents: Contents| {
            if let Values::Double(values) = &mut contents.values {
                for (x, hole) in values.iter_mut().zip(&holes) {
                    *x = if *hole { f64::NAN } else { *x };
                }
            }
            let weights = (0..contents.rows).map(|row| f64::from(row % 3)).collect();
            contents.weights = weighted.then_some(weights);
            contents
        };
        let one = || candidate! {
            max_iter: 7, min_samples_leaf: min_samples_leaf, max_bins: max_bins, max_features: 0.7,
            early_stopping: early, n_iter_no_change: 1, categorical_features: named.clone(),
        };
        holds_up::<Classifier>(&pierced(classes), &train, one());
        let mut of_numbers = one();
        of_numbers.extend(candidate! { loss: loss });
        holds_up::<Regressor>(&pierced(numbers), &train, of_numbers);
    }
}
