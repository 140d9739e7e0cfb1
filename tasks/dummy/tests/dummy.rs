//! The dummies against scikit-learn, and against data they were not made for.

#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "../../recorded.rs"]
mod recorded;
#[path = "../../reference.rs"]
mod reference;

use pleat_guest::{Candidate, Dataset, Error, Estimator, candidate, native};
use pleat_task_dummy::{DummyClassifier, DummyRegressor};
use proptest::prelude::*;
use recorded::recorded;
use reference::{holds_up, shared_equals_separate, tables};

/// Draws and all: the same rows get the same classes.
#[test]
fn classes_are_scikit_learns() {
    let cases = recorded::<DummyClassifier>("dummy", "DummyClassifier", 0.0);
    assert_eq!(cases, 61);
}

#[test]
fn numbers_are_scikit_learns() {
    let cases = recorded::<DummyRegressor>("dummy", "DummyRegressor", 0.0);
    assert_eq!(cases, 55);
}

fn refusal<E: Estimator>(contents: pleat_guest::Contents, one: Candidate) -> String {
    match native::fit_predict::<E>(contents, &[0, 1], &[0], one) {
        Err(Error::InvalidParams(sentence) | Error::InvalidData(sentence)) => sentence,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_a_strategy_lacks_is_said() {
    let classes = || native::classes(native::data(&[[0.0], [1.0]]), &[0, 2]);
    let says = |one, part: &str| {
        let sentence = refusal::<DummyClassifier>(classes(), one);
        assert!(sentence.contains(part), "{sentence}");
    };
    says(candidate! { strategy: "constant" }, "has to be specified");
    says(candidate! { strategy: "constant", constant: 1 }, "[0, 2]");
    says(candidate! { strategy: "constant", constant: -1 }, "[0, ");
    says(candidate! { strategy: "median" }, "'stratified'");

    let numbers = || native::numbers(native::data(&[[0.0], [1.0]]), &[0.0, 2.0]);
    let says = |one, part: &str| {
        let sentence = refusal::<DummyRegressor>(numbers(), one);
        assert!(sentence.contains(part), "{sentence}");
    };
    says(candidate! { strategy: "constant" }, "has to be specified");
    says(candidate! { strategy: "quantile" }, "quantile in the range");
    says(candidate! { quantile: 1.5 }, "[0.0, 1.0]");
    says(
        candidate! { strategy: "constant", constant: f64::INFINITY },
        "finite",
    );
}

#[test]
fn without_any_weight_there_is_no_share() {
    let weightless = |contents| pleat_guest::Contents {
        weights: Some(vec![0.0, 0.0]),
        ..contents
    };
    let classes = native::classes(native::data(&[[0.0], [1.0]]), &[0, 1]);
    let sentence = refusal::<DummyClassifier>(weightless(classes), candidate! {});
    assert!(sentence.contains("weights"), "{sentence}");
    let numbers = native::numbers(native::data(&[[0.0], [1.0]]), &[0.0, 1.0]);
    let sentence = refusal::<DummyRegressor>(weightless(numbers), candidate! {});
    assert!(sentence.contains("weights"), "{sentence}");
}

#[test]
fn saved_models_draw_the_same() {
    let contents = native::classes(native::data(&[[0.0]; 9]), &[0, 1, 2, 0, 1, 2, 0, 1, 2]);
    let data = Dataset::new(contents).unwrap();
    let rows: Vec<u32> = (0..9).collect();
    let candidates = ["prior", "most_frequent", "stratified", "uniform"]
        .map(|strategy| candidate! { strategy: strategy, random_state: 4 });
    shared_equals_separate::<DummyClassifier>(&data, &rows, &rows, candidates.to_vec());
}

proptest! {
    #[test]
    fn holds_up_on_any_table(
        (classes, numbers, train) in tables(),
        strategy in prop_oneof![Just("prior"), Just("stratified"), Just("uniform")],
        quantile in 0.0..=1.0,
    ) {
        holds_up::<DummyClassifier>(&classes, &train, candidate! { strategy: strategy });
        let one = candidate! { strategy: "quantile", quantile: quantile };
        holds_up::<DummyRegressor>(&numbers, &train, one);
    }
}
