//! The neighbours against scikit-learn, against themselves when shared, and
//! against data they were not made for.

#[path = "../../recorded.rs"]
mod recorded;
#[path = "../../reference.rs"]
mod reference;

use pleat_guest::{Contents, Dataset, Error, Outputs, Value, Values, candidate, native};
use pleat_task_neighbors::{KNeighborsClassifier, KNeighborsRegressor, NearestCentroid};
use proptest::prelude::*;
use recorded::recorded;
use reference::{
    agree, answers_agree, folds, holds_up, load, others, shared_equals_separate, tables,
};

#[test]
fn scores_are_scikit_learns() {
    assert_eq!(agree::<KNeighborsClassifier>("KNeighborsClassifier"), 85);
    assert_eq!(agree::<KNeighborsRegressor>("KNeighborsRegressor"), 20);
}

#[test]
fn answers_are_scikit_learns() {
    assert_eq!(
        answers_agree::<KNeighborsClassifier>("KNeighborsClassifier"),
        6
    );
    assert_eq!(
        answers_agree::<KNeighborsRegressor>("KNeighborsRegressor"),
        10
    );
}

/// Every metric, tree and brute force, on tables of every shape.
#[test]
fn answers_to_odd_tables_are_scikit_learns() {
    let classifiers = recorded::<KNeighborsClassifier>("neighbors", "KNeighborsClassifier", 1e-6);
    assert_eq!(classifiers, 88);
    let regressors = recorded::<KNeighborsRegressor>("neighbors", "KNeighborsRegressor", 1e-6);
    assert_eq!(regressors, 79);
    let centroids = recorded::<NearestCentroid>("neighbors", "NearestCentroid", 1e-9);
    assert_eq!(centroids, 46);
}

#[test]
fn trees_refuse_what_scikit_learns_refuse() {
    let data = || native::numbers(native::data(&[[0.0], [1.0]]), &[0.0, 1.0]);
    let fit = |one| native::fit_predict::<KNeighborsRegressor>(data(), &[0, 1], &[0], one);
    let refused = |one| matches!(fit(one), Err(Error::InvalidParams(_)));
    for tree in ["kd_tree", "ball_tree"] {
        for metric in ["cosine", "sqeuclidean"] {
            assert!(refused(
                candidate! { n_neighbors: 1, algorithm: tree, metric: metric }
            ));
        }
        assert!(refused(
            candidate! { n_neighbors: 1, algorithm: tree, p: 0.5 }
        ));
    }
    assert!(fit(candidate! { n_neighbors: 1, p: 0.5 }).is_ok());
}

/// What the rows of a dataset know of each other is what a search finds: the
/// answers to the same rows as another dataset's, to the bit.
#[test]
fn known_neighbours_are_found_ones() {
    let contents = load("digits");
    let folds = folds(&contents.target, 3);
    let data = Dataset::new(contents.clone()).unwrap();
    let other = Dataset::new(contents).unwrap();
    let outputs = native::describe::<KNeighborsClassifier>().outputs;
    for metric in ["euclidean", "manhattan", "cosine"] {
        for (k, test) in [(1, &folds[0]), (9, &folds[1]), (300, &folds[0])] {
            let mut train = others(data.n_rows() as u32, test);
            // Some rows twice, and most of some digit not at all.
            train.retain(|row| data.codes()[*row as usize] != 3 || row % 16 == 0);
            train.extend_from_within(5..50);
            let one = candidate! { n_neighbors: k, weights: "distance", metric: metric };
            let model = native::fit::<KNeighborsClassifier>(&data, &train, one)
                .unwrap()
                .model;
            let known = model.predict(&data, test, outputs).unwrap();
            let found = model.predict(&other, test, outputs).unwrap();
            assert_eq!(
                reference::bits(&known),
                reference::bits(&found),
                "{metric} {k}"
            );
        }
    }
}

#[test]
fn what_has_no_centroids_is_refused() {
    let fit = |rows: &[[f64; 2]], codes: &[u32], one| {
        let data = native::classes(native::data(rows), codes);
        let all: Vec<u32> = (0..rows.len() as u32).collect();
        native::fit_predict::<NearestCentroid>(data, &all, &all, one)
    };
    let plain = || candidate! {};
    let invalid = |answer| matches!(answer, Err(Error::InvalidData(_)));
    assert!(invalid(fit(&[[0.0, 1.0], [1.0, 2.0]], &[1, 1], plain())));
    assert!(invalid(fit(&[[0.0, 1.0], [0.0, 1.0]], &[0, 1], plain())));
    // A class a row: there is nothing to measure deviations by.
    let rows = [[0.0, 1.0], [1.0, 3.0]];
    assert!(invalid(fit(
        &rows,
        &[0, 1],
        candidate! { shrink_threshold: 0.1 }
    )));
    assert_eq!(
        fit(&rows, &[0, 1], plain()).unwrap().classes,
        Some(vec![0, 1])
    );
    for priors in ["[1]", "[-1, 2]", "[0, 0]", "{}"] {
        let one = candidate! { priors: Value::Json(priors.into()) };
        assert!(matches!(
            fit(&rows, &[0, 1], one),
            Err(Error::InvalidParams(_))
        ));
    }
}

#[test]
fn a_shared_search_changes_nothing() {
    let grid = |metric: &str| {
        let mut grid = Vec::new();
        for k in [3, 1, 70, 15] {
            for weights in ["uniform", "distance"] {
                grid.push(candidate! { n_neighbors: k, weights: weights, metric: metric });
            }
        }
        grid
    };
    for (name, metric) in [("iris", "euclidean"), ("breast_cancer", "manhattan")] {
        let contents = load(name);
        let test = &folds(&contents.target, 5)[1];
        let train = others(contents.rows, test);
        let data = Dataset::new(contents).unwrap();
        shared_equals_separate::<KNeighborsClassifier>(&data, &train, test, grid(metric));
        // What was found for other rows must not be mistaken for these.
        shared_equals_separate::<KNeighborsClassifier>(&data, &train, &train, grid(metric));
    }
    let contents = load("diabetes");
    let test = &folds(&contents.target, 5)[1];
    let train = others(contents.rows, test);
    let data = Dataset::new(contents).unwrap();
    shared_equals_separate::<KNeighborsRegressor>(&data, &train, test, grid("chebyshev"));
}

/// What was found for some rows is not the answer for as many others, nor for
/// the same rows of another dataset.
#[test]
fn a_search_is_remembered_for_its_own_rows_only() {
    let column = |sign: f64| native::data(&[0.0, 1.0, 2.0, 3.0].map(|x| [x * sign]));
    let numbers = |contents| native::numbers(contents, &[0.0, 1.0, 2.0, 3.0]);
    let data = Dataset::new(numbers(column(1.0))).unwrap();
    let other = Dataset::new(numbers(column(-1.0))).unwrap();
    let one = candidate! { n_neighbors: 1 };
    let model = native::fit::<KNeighborsRegressor>(&data, &[0, 1, 2, 3], one)
        .unwrap()
        .model;
    for _ in 0..2 {
        for (data, row, nearest) in [(&data, 1, 1.0), (&data, 2, 2.0), (&other, 2, 0.0)] {
            let answer = model.predict(data, &[row], Outputs::ANSWERS).unwrap();
            assert_eq!(answer.numbers, Some(vec![nearest]));
        }
    }
}

#[test]
fn more_neighbours_than_rows_are_refused_alone() {
    let contents = native::numbers(
        native::data(&[[0.0], [1.0], [2.0], [3.0]]),
        &[0.0, 1.0, 2.0, 3.0],
    );
    let data = Dataset::new(contents).unwrap();
    let candidates = vec![
        candidate! { n_neighbors: 20 },
        candidate! { n_neighbors: 2 },
    ];
    let options = pleat_guest::FitOptions {
        state: None,
        budget: None,
    };
    let mut fitting =
        native::fit_all::<KNeighborsRegressor>(&data, &[0, 1, 2], candidates, options).unwrap();
    let refusal = fitting.next().unwrap().err();
    let sentence =
        "Expected n_neighbors <= n_samples_fit, but n_neighbors = 20, n_samples_fit = 3".to_owned();
    assert_eq!(refusal, Some(Error::InvalidData(sentence)));
    let model = fitting.next().unwrap().unwrap().model;
    let answer = model.predict(&data, &[0], Outputs::ANSWERS).unwrap();
    assert_eq!(answer.numbers, Some(vec![0.5]));
}

/// Of equally near rows the first in the data wins, in whatever order the
/// splitter names the training rows.
#[test]
fn ties_go_to_the_lowest_row() {
    let data = || {
        native::numbers(
            native::data(&[[1.0], [3.0], [1.0], [2.0]]),
            &[7.0, 8.0, 9.0, 0.0],
        )
    };
    for train in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
        let one = candidate! { n_neighbors: 1 };
        let answer = native::fit_predict::<KNeighborsRegressor>(data(), &train, &[3], one).unwrap();
        assert_eq!(answer.numbers, Some(vec![7.0]), "{train:?}");
    }
}

proptest! {
    #[test]
    fn holds_up_on_any_table(
        (classes, numbers, train) in tables(),
        n_neighbors in 1i64..6,
        weights in prop_oneof![Just("uniform"), Just("distance")],
        metric in prop_oneof![Just("euclidean"), Just("manhattan"), Just("chebyshev"), Just("minkowski"), Just("cosine")],
        p in 0.5..6.0,
    ) {
        let one = candidate! { n_neighbors: n_neighbors, weights: weights, metric: metric, p: p };
        holds_up::<KNeighborsClassifier>(&classes, &train, one.clone());
        holds_up::<KNeighborsRegressor>(&numbers, &train, one);
    }

    #[test]
    fn centroids_hold_up_on_any_table(
        (classes, _, train) in tables(),
        metric in prop_oneof![Just("euclidean"), Just("manhattan")],
        threshold in 0.01..3.0,
    ) {
        holds_up::<NearestCentroid>(&classes, &train, candidate! { metric: metric });
        let one = candidate! { metric: metric, shrink_threshold: threshold, priors: "empirical" };
        holds_up::<NearestCentroid>(&classes, &train, one);
    }

    /// Powers of two change no digit, so nobody becomes nearer.
    #[test]
    fn scale_does_not_matter((classes, _, train) in tables(), exponent in -20i32..20) {
        let scaled = match &classes.values {
            Values::Double(x) => x.iter().map(|x| x * 2.0_f64.powi(exponent)).collect(),
            Values::Single(_) => Vec::new(),
        };
        let scaled = Contents { values: Values::Double(scaled), ..classes.clone() };
        let rows: Vec<u32> = (0..classes.rows).collect();
        let answer = |contents| {
            let one = candidate! { n_neighbors: 1 };
            native::fit_predict::<KNeighborsClassifier>(contents, &train, &rows, one).unwrap()
        };
        prop_assert_eq!(answer(scaled).classes, answer(classes).classes);
    }
}

/// `cargo test --release -p pleat-task-neighbors -- --ignored --nocapture`
#[test]
#[ignore = "a measurement"]
fn five_folds_of_digits() {
    let contents = load("digits");
    let folds = folds(&contents.target, 5);
    let data = Dataset::new(contents).unwrap();
    let start = std::time::Instant::now();
    for test in &folds {
        let train = others(data.n_rows() as u32, test);
        let model = native::fit::<KNeighborsClassifier>(&data, &train, candidate! {})
            .unwrap()
            .model;
        model.predict(&data, test, Outputs::ANSWERS).unwrap();
    }
    println!(
        "fit and predict, five folds of digits: {:?}",
        start.elapsed()
    );
}

/// Forty candidates that share a search, five folds, as many at once as a task
/// has at most.
#[test]
#[ignore = "a measurement"]
fn a_grid_on_digits() {
    let contents = load("digits");
    let folds = folds(&contents.target, 5);
    let data = Dataset::new(contents).unwrap();
    let grid: Vec<_> = (1i64..=20)
        .flat_map(|k| {
            ["uniform", "distance"].map(|word| candidate! { n_neighbors: k, weights: word })
        })
        .collect();
    let start = std::time::Instant::now();
    for test in &folds {
        let train = others(data.n_rows() as u32, test);
        for group in grid.chunks(32) {
            let options = pleat_guest::FitOptions::default();
            let group = group.to_vec();
            let fitting = native::fit_all::<KNeighborsClassifier>(&data, &train, group, options);
            for fitted in fitting.unwrap() {
                let model = fitted.unwrap().model;
                model.predict(&data, test, Outputs::ANSWERS).unwrap();
            }
        }
    }
    println!("a grid of 40, five folds of digits: {:?}", start.elapsed());
}
