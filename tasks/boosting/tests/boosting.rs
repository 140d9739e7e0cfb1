//! HistGradientBoosting against scikit-learn, against itself when shared, and
//! against data it was not made for.

#![allow(clippy::unwrap_used)]

#[path = "../../reference.rs"]
mod reference;

use pleat_guest::{
    Classes, ColumnKind, Contents, Dataset, Error, Estimator, Outputs, Prediction, Target, Value,
    Values, candidate, native,
};
use pleat_num::rng::RandomState;
use pleat_task_boosting::{
    HistGradientBoostingClassifier as Classifier, HistGradientBoostingRegressor as Regressor,
};
use reference::{candidate as of_json, made, numbers};
use serde_json::Value as Json;

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

fn furthest(got: &[f64], expected: &[f64]) -> f64 {
    let off = |(got, expected): (&f64, &f64)| (got - expected).abs() / expected.abs().max(1.0);
    got.iter().zip(expected).map(off).fold(0.0, f64::max)
}

/// Every tree takes scikit-learn's splits, so what is left is rounding.
#[test]
fn answers_are_scikit_learns() {
    let cases = made("tasks/boosting/tests/boosting.json");
    let (mut compared, mut most, mut bad) = (0, 0.0_f64, 0);
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
        let title = format!(
            "{} {} seed {} {} rows {} weighted {}",
            case["estimator"],
            case["params"],
            case["seed"],
            case["shape"],
            case["rows"],
            case["weighted"]
        );
        if off > 1e-9 || n_iter != case["n_iter"].as_f64().unwrap() {
            println!(
                "{title}: {off:e}, {n_iter} iterations, not {}",
                case["n_iter"]
            );
            bad += 1;
        }
        most = most.max(off);
        compared += 1;
    }
    println!("{compared} cases, {bad} bad, at most {most:e} off");
    assert_eq!(bad, 0);
}
