//! Forests, and trees held to rise or fall, against scikit-learn, against
//! themselves when shared, and against data they were not made for.

#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "../../recorded.rs"]
mod recorded;
#[path = "../../reference.rs"]
mod reference;

use pleat_guest::{
    Candidate, Classes, ColumnKind, Contents, Dataset, Error, Estimator, Target, Values, candidate,
    native,
};
use pleat_num::rng::RandomState;
use pleat_task_trees::{
    DecisionTreeClassifier, DecisionTreeRegressor, ExtraTreesClassifier, ExtraTreesRegressor,
    RandomForestClassifier, RandomForestRegressor,
};
use proptest::prelude::*;
use recorded::recorded;
use reference::{
    bits, candidate as from_json, folds, holds_up, load, made, numbers, others,
    shared_equals_separate, tables,
};

/// To the bit, tree by tree, for the same `random_state`.
#[test]
fn random_forests_are_scikit_learns() {
    let cases = recorded::<RandomForestClassifier>("forests", "RandomForestClassifier", 0.0);
    assert_eq!(cases, 55);
    let cases = recorded::<RandomForestRegressor>("forests", "RandomForestRegressor", 0.0);
    assert_eq!(cases, 42);
}

#[test]
fn extremely_randomised_trees_are_scikit_learns() {
    let cases = recorded::<ExtraTreesClassifier>("forests", "ExtraTreesClassifier", 0.0);
    assert_eq!(cases, 55);
    let cases = recorded::<ExtraTreesRegressor>("forests", "ExtraTreesRegressor", 0.0);
    assert_eq!(cases, 42);
}

#[test]
fn trees_that_rise_or_fall_are_scikit_learns() {
    let cases = recorded::<DecisionTreeClassifier>("forests", "DecisionTreeClassifier", 0.0);
    assert_eq!(cases, 6);
    let cases = recorded::<DecisionTreeRegressor>("forests", "DecisionTreeRegressor", 0.0);
    assert_eq!(cases, 20);
}

/// Holds `feature_importances_` of every recorded case against scikit-learn's,
/// up to the order of sums; answers with how many there were.
fn importances<E: Estimator>(name: &str) -> usize {
    let file = made("tests/data/reference/forests.json");
    let cases = file["cases"].as_array().unwrap();
    let mut compared = 0;
    for case in cases.iter().filter(|case| case["estimator"] == name) {
        let table = &file["tables"][case["table"].as_str().unwrap()];
        let floats = |json: &serde_json::Value| -> Vec<f64> {
            let list = json.as_array().unwrap().iter();
            list.map(|n| n.as_f64().unwrap_or(f64::NAN)).collect()
        };
        let columns: Vec<Vec<f64>> = table["x"].as_array().unwrap().iter().map(floats).collect();
        let y = floats(&table["y"]);
        let target = match table["classes"].as_u64() {
            Some(count) => Target::Classes(Classes {
                codes: y.iter().map(|code| *code as u32).collect(),
                count: count as u32,
            }),
            None => Target::Numbers(y.clone()),
        };
        let data = Dataset::new(Contents {
            rows: y.len() as u32,
            columns: vec![ColumnKind::Numeric; columns.len()],
            values: Values::Double(columns.concat()),
            target,
            weights: (case["weighted"] == true).then(|| floats(&table["weights"])),
        })
        .unwrap();
        let train: Vec<u32> = (0..table["train"].as_u64().unwrap() as u32).collect();
        let model = native::fit::<E>(&data, &train, from_json(&case["params"])).unwrap();
        let got = model.model.attributes();
        assert_eq!(got.len(), 1);
        assert_eq!(got[0].name, "feature_importances_");
        let expected = numbers(&case["importances"]);
        assert_eq!(got[0].values.len(), expected.len());
        for (got, expected) in got[0].values.iter().zip(expected) {
            assert!((got - expected).abs() < 1e-12, "{case}: {got}");
        }
        compared += 1;
    }
    compared
}

#[test]
fn importances_are_scikit_learns() {
    assert_eq!(
        [
            importances::<RandomForestClassifier>("RandomForestClassifier"),
            importances::<ExtraTreesClassifier>("ExtraTreesClassifier"),
            importances::<RandomForestRegressor>("RandomForestRegressor"),
            importances::<ExtraTreesRegressor>("ExtraTreesRegressor"),
            importances::<DecisionTreeClassifier>("DecisionTreeClassifier"),
            importances::<DecisionTreeRegressor>("DecisionTreeRegressor"),
        ],
        [55, 55, 42, 42, 6, 20]
    );
}

/// How many rows of each fold scikit-learn gets right with ten trees.
#[test]
fn forests_of_real_data_are_scikit_learns() {
    fn right<E: Estimator>(name: &str) -> Vec<usize> {
        let contents = load(name);
        let folds = folds(&contents.target, 5);
        let data = Dataset::new(contents).unwrap();
        let fold = |test: &Vec<u32>| {
            let train = others(data.n_rows() as u32, test);
            let one = candidate! { n_estimators: 10 };
            let model = native::fit::<E>(&data, &train, one).unwrap().model;
            let outputs = native::describe::<E>().outputs;
            let given = model
                .predict(&data, test, outputs)
                .unwrap()
                .classes
                .unwrap();
            let truth = test.iter().map(|row| data.codes()[*row as usize]);
            truth.zip(given).filter(|(t, g)| t == g).count()
        };
        folds.iter().map(fold).collect()
    }
    for (name, random, extra) in RIGHT {
        assert_eq!(right::<RandomForestClassifier>(name), random, "{name}");
        assert_eq!(right::<ExtraTreesClassifier>(name), extra, "{name}");
    }
}

const RIGHT: [(&str, [usize; 5], [usize; 5]); 3] = [
    ("iris", [29, 29, 27, 28, 30], [29, 29, 28, 27, 30]),
    (
        "digits",
        [320, 319, 329, 334, 326],
        [325, 313, 336, 342, 328],
    ),
    (
        "breast_cancer",
        [104, 107, 112, 111, 109],
        [106, 112, 113, 111, 109],
    ),
];

/// The sum of scikit-learn's answers in each fold; diabetes has ties.
#[test]
fn forests_of_real_numbers_are_scikit_learns() {
    fn sums<E: Estimator>() -> Vec<f64> {
        let contents = load("diabetes");
        let folds = folds(&contents.target, 5);
        let data = Dataset::new(contents).unwrap();
        let fold = |test: &Vec<u32>| {
            let train = others(data.n_rows() as u32, test);
            let one = candidate! { n_estimators: 10 };
            let model = native::fit::<E>(&data, &train, one).unwrap().model;
            let outputs = native::describe::<E>().outputs;
            let answers = model.predict(&data, test, outputs).unwrap();
            answers.numbers.unwrap().iter().sum::<f64>()
        };
        folds.iter().map(fold).collect()
    }
    let close = |got: Vec<f64>, expected: [f64; 5]| {
        for (got, expected) in got.iter().zip(expected) {
            assert!((got - expected).abs() < 1e-6, "{got}, not {expected}");
        }
    };
    close(
        sums::<RandomForestRegressor>(),
        [12111.7, 14256.2, 13448.5, 13601.7, 13740.3],
    );
    close(
        sums::<ExtraTreesRegressor>(),
        [12074.8, 14606.3, 13601.6, 13543.7, 13493.5],
    );
}

/// Continuous columns, so many rows that a node is sorted in each of its ways.
fn many(rows: u32, seed: u32, classes: bool) -> Contents {
    let mut draws = RandomState::new(seed);
    let columns = 6;
    let values: Vec<f64> = (0..rows * columns).map(|_| draws.double()).collect();
    let n = rows as usize;
    let y = |row: usize| values[row] + (values[n + row] * 7.0).floor() + 0.3 * values[2 * n + row];
    let numbers: Vec<f64> = (0..n).map(y).collect();
    Contents {
        rows,
        columns: vec![ColumnKind::Numeric; columns as usize],
        target: match classes {
            true => Target::Classes(Classes {
                codes: numbers.iter().map(|y| (*y as u32) % 3).collect(),
                count: 3,
            }),
            false => Target::Numbers(numbers),
        },
        values: Values::Double(values),
        weights: None,
    }
}

/// What scikit-learn answers, to the bit, where some rows of each column have
/// the same value, and columns are sorted once: equal rows must still come in
/// its order.
#[test]
fn trees_of_columns_with_some_ties_are_scikit_learns() {
    fn check<E: Estimator>(mut one: Candidate, expected: [f64; 10]) {
        let mut contents = many(400, 6, false);
        if let Values::Double(values) = &mut contents.values {
            values
                .iter_mut()
                .for_each(|x| *x = (*x * 300.0).floor() / 300.0);
            let y = |row: usize| {
                values[row] + (values[400 + row] * 7.0).floor() + 0.3 * values[800 + row]
            };
            contents.target = Target::Numbers((0..400).map(y).collect());
        }
        one.extend(candidate! { max_depth: 2 });
        let (all, some): (Vec<u32>, Vec<u32>) = ((0..400).collect(), (0..20).step_by(2).collect());
        let data = Dataset::new(contents).unwrap();
        let model = native::fit::<E>(&data, &all, one).unwrap().model;
        let outputs = native::describe::<E>().outputs;
        let got = model.predict(&data, &some, outputs).unwrap();
        assert_eq!(got.numbers.unwrap(), expected);
    }
    check::<DecisionTreeRegressor>(candidate! {}, TIED_TREE);
    check::<RandomForestRegressor>(candidate! { n_estimators: 3 }, TIED_FOREST);
}

const TIED_TREE: [f64; 10] = [
    0.6190555555555555,
    0.6190555555555555,
    4.205903133903131,
    0.6190555555555555,
    6.144976401179939,
    6.144976401179939,
    6.144976401179939,
    4.205903133903131,
    4.205903133903131,
    6.144976401179939,
];
const TIED_FOREST: [f64; 10] = [
    0.9342814060217125,
    0.9342814060217125,
    3.803891653080644,
    0.9342814060217125,
    6.136245281475186,
    6.136245281475186,
    6.136245281475186,
    4.282718108632522,
    4.282718108632522,
    6.136245281475186,
];

#[test]
fn one_forest_serves_every_size() {
    fn check<E: Estimator>(contents: &Contents, more: Candidate) {
        let test: Vec<u32> = (0..40).collect();
        let train = others(contents.rows, &test);
        let data = Dataset::new(contents.clone()).unwrap();
        let sizes = [3, 1, 7, 7, 2].map(|n| {
            let mut one = candidate! { n_estimators: n, max_depth: 6 };
            one.extend(more.clone());
            one
        });
        shared_equals_separate::<E>(&data, &train, &test, sizes.to_vec());
        // Others among them, which share nothing.
        let mut mixed = sizes.to_vec();
        mixed.insert(2, candidate! { n_estimators: 4, max_depth: 2 });
        shared_equals_separate::<E>(&data, &train, &test, mixed);
    }
    let (classes, numbers) = (many(300, 1, true), many(300, 2, false));
    check::<RandomForestClassifier>(&classes, candidate! {});
    check::<RandomForestClassifier>(&classes, candidate! { class_weight: "balanced_subsample" });
    check::<ExtraTreesClassifier>(&classes, candidate! {});
    check::<RandomForestRegressor>(&numbers, candidate! { max_features: "sqrt" });
    check::<ExtraTreesRegressor>(&numbers, candidate! { bootstrap: true });
}

/// Rows that weigh two are rows named twice, where no draws come between.
#[test]
fn whole_weights_are_repetitions() {
    let contents = many(200, 3, true);
    let weights: Vec<f64> = (0..200).map(|row| f64::from(row % 3)).collect();
    let named: Vec<u32> = (0..200u32)
        .flat_map(|row| std::iter::repeat_n(row, row as usize % 3))
        .collect();
    let all: Vec<u32> = (0..200).collect();
    let answers = |contents: Contents, train: &[u32]| {
        let data = Dataset::new(contents).unwrap();
        let one = candidate! { max_depth: 3, max_features: () , random_state: 1 };
        let model = native::fit::<DecisionTreeClassifier>(&data, train, one).unwrap();
        let outputs = native::describe::<DecisionTreeClassifier>().outputs;
        bits(&model.model.predict(&data, &all, outputs).unwrap())
    };
    let weighted = Contents {
        weights: Some(weights),
        ..contents.clone()
    };
    assert_eq!(answers(weighted, &all), answers(contents, &named));
}

/// What a row is scaled by, a tree does not see.
#[test]
fn columns_may_be_scaled_by_powers_of_two() {
    let contents = many(300, 4, false);
    let Values::Double(values) = &contents.values else {
        panic!("not double")
    };
    let scaled = Contents {
        values: Values::Double(values.iter().map(|x| x * 1024.0).collect()),
        ..contents.clone()
    };
    let all: Vec<u32> = (0..300).collect();
    let answers = |contents: Contents| {
        let data = Dataset::new(contents).unwrap();
        let one = candidate! { n_estimators: 4 };
        let model = native::fit::<RandomForestRegressor>(&data, &all, one).unwrap();
        let outputs = native::describe::<RandomForestRegressor>().outputs;
        bits(&model.model.predict(&data, &all, outputs).unwrap())
    };
    assert_eq!(answers(scaled), answers(contents));
}

#[test]
fn what_cannot_be_meant_is_refused() {
    fn refusal<E: Estimator>(one: Candidate) -> String {
        let data = native::classes(native::data(&[[0.0], [1.0]]), &[0, 1]);
        match native::fit_predict::<E>(data, &[0, 1], &[0], one) {
            Err(Error::InvalidParams(sentence)) => sentence,
            other => panic!("{other:?}"),
        }
    }
    let json = |text: &str| pleat_guest::Value::Json(text.into());
    let of = refusal::<ExtraTreesClassifier>;
    assert!(of(candidate! { max_samples: 1 }).contains("bootstrap"));
    assert!(of(candidate! { monotonic_cst: json("[1, 0]") }).contains("2 entries"));
    assert!(of(candidate! { monotonic_cst: json("[2]") }).contains("-1, 0 and 1"));
    refusal::<RandomForestClassifier>(candidate! { n_estimators: 0 });
    let three = native::classes(native::data(&[[0.0], [1.0], [2.0]]), &[0, 1, 2]);
    let one = candidate! { monotonic_cst: json("[1]") };
    let rows = [0, 1, 2];
    let refused = native::fit_predict::<DecisionTreeClassifier>(three, &rows, &rows, one);
    assert!(matches!(refused, Err(Error::InvalidParams(s)) if s.contains("two classes")));
}

#[test]
fn a_small_share_of_rows_is_warned_about() {
    let data = Dataset::new(many(60, 5, false)).unwrap();
    let rows: Vec<u32> = (0..60).collect();
    let warnings = |one| {
        let fitted = native::fit::<RandomForestRegressor>(&data, &rows, one);
        fitted.unwrap().warnings.len()
    };
    assert_eq!(
        warnings(candidate! { max_samples: 0.1, n_estimators: 1 }),
        1
    );
    assert_eq!(
        warnings(candidate! { max_samples: 0.5, n_estimators: 1 }),
        0
    );
    assert_eq!(warnings(candidate! { max_samples: 6, n_estimators: 1 }), 0);
    assert_eq!(
        warnings(candidate! { criterion: "friedman_mse", n_estimators: 1 }),
        1
    );
}

proptest! {
    #[test]
    fn holds_up_on_any_table(
        (classes, numbers, train) in tables(),
        max_features in 1i64..4,
        min_samples_leaf in 1i64..4,
        random_state in 0i64..100,
        class_weight in prop_oneof![Just("balanced"), Just("balanced_subsample")],
        criterion in prop_oneof![Just("squared_error"), Just("absolute_error")],
        max_samples in 0.1..1.5,
    ) {
        let one = candidate! {
            n_estimators: 3, max_features: max_features, random_state: random_state,
            class_weight: class_weight,
        };
        holds_up::<RandomForestClassifier>(&classes, &train, one.clone());
        holds_up::<ExtraTreesClassifier>(&classes, &train, one);
        let one = candidate! {
            n_estimators: 3, min_samples_leaf: min_samples_leaf, random_state: random_state,
            criterion: criterion,
        };
        holds_up::<RandomForestRegressor>(&numbers, &train, one.clone());
        holds_up::<ExtraTreesRegressor>(&numbers, &train, one);
        let one = candidate! {
            n_estimators: 2, max_samples: max_samples, bootstrap: true, ccp_alpha: 0.01,
        };
        holds_up::<ExtraTreesRegressor>(&numbers, &train, one);
    }
}
