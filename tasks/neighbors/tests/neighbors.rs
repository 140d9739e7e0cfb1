//! The neighbours against scikit-learn, against themselves when shared, and
//! against data they were not made for.

#[path = "../../reference.rs"]
mod reference;

use pleat_guest::{Dataset, Error, Outputs, candidate, native};
use pleat_task_neighbors::{KNeighborsClassifier, KNeighborsRegressor};
use proptest::prelude::*;
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
        metric in prop_oneof![Just("euclidean"), Just("manhattan"), Just("chebyshev"), Just("minkowski")],
        p in 0.5..6.0,
    ) {
        let one = candidate! { n_neighbors: n_neighbors, weights: weights, metric: metric, p: p };
        holds_up::<KNeighborsClassifier>(&classes, &train, one.clone());
        holds_up::<KNeighborsRegressor>(&numbers, &train, one);
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
