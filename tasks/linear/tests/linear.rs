//! Ridge against scikit-learn, against itself when shared, and against data it
//! was not made for.

#[path = "../../reference.rs"]
mod reference;

use pleat_guest::{Dataset, candidate};
use pleat_task_linear::Ridge;
use proptest::prelude::*;
use reference::{
    agree, answers_agree, folds, holds_up, load, others, shared_equals_separate, tables,
};

#[test]
fn scores_are_scikit_learns() {
    assert_eq!(agree::<Ridge>("Ridge"), 60);
}

#[test]
fn predictions_are_scikit_learns() {
    assert_eq!(answers_agree::<Ridge>("Ridge"), 16);
}

#[test]
fn shared_inner_products_change_nothing() {
    let contents = load("diabetes");
    let test = &folds(&contents.target, 5)[2];
    let train = others(contents.rows, test);
    let data = Dataset::new(contents).unwrap();
    for intercept in [true, false] {
        let grid = [1.0, 0.0, 1e-3, 100.0];
        let grid = grid
            .map(|alpha| candidate! { alpha: alpha, fit_intercept: intercept })
            .to_vec();
        shared_equals_separate::<Ridge>(&data, &train, test, grid.clone());
        // More columns than rows.
        shared_equals_separate::<Ridge>(&data, &train[..7], test, grid);
    }
}

/// The planner never does this, but nothing would keep another host from it.
#[test]
fn lines_with_and_without_intercept_do_not_mix() {
    let contents = load("diabetes");
    let rows: Vec<u32> = (0..contents.rows).collect();
    let data = Dataset::new(contents).unwrap();
    let grid = [true, false, true].map(|intercept| candidate! { fit_intercept: intercept });
    shared_equals_separate::<Ridge>(&data, &rows, &rows, grid.to_vec());
}

proptest! {
    #[test]
    fn holds_up_on_any_table((_, numbers, train) in tables(), alpha in 0.0..10.0) {
        for alpha in [0.0, alpha] {
            holds_up::<Ridge>(&numbers, &train, candidate! { alpha: alpha });
            holds_up::<Ridge>(&numbers, &train, candidate! { alpha: alpha, fit_intercept: false });
        }
    }
}
