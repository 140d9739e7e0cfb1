//! smartcore's CategoricalNB against scikit-learn, and against data it was not
//! made for.

#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "../../recorded.rs"]
mod recorded;
#[path = "../../reference.rs"]
mod reference;

use pleat_guest::{
    Classes, ColumnKind, Contents, Dataset, Error, Target, Value, Values, candidate, native,
};
use pleat_task_smartcore::CategoricalNB;
use proptest::collection::vec;
use proptest::prelude::*;
use recorded::recorded;
use reference::{bits, holds_up, shared_equals_separate, tables};

#[test]
fn answers_are_scikit_learns() {
    let cases = recorded::<CategoricalNB>("categorical", "CategoricalNB", 1e-10);
    assert_eq!(cases, 22);
}

fn four() -> Contents {
    let data = native::data(&[[0.0, 1.0], [1.0, 1.0], [2.0, 0.0], [3.0, 0.0]]);
    native::classes(data, &[0, 1, 1, 0])
}

/// smartcore would have them be certain.
#[test]
fn what_was_not_learned_is_refused() {
    let answer = native::fit_predict::<CategoricalNB>(four(), &[0, 1, 2], &[3], candidate! {});
    let Err(Error::InvalidData(sentence)) = answer else {
        panic!("{answer:?}")
    };
    assert!(
        sentence.contains("0 to 2 of column 0; row 3 has 3"),
        "{sentence}"
    );
}

#[test]
fn what_is_no_category_is_refused() {
    for wrong in [-1.0, 0.5, 1e9] {
        let data = native::classes(native::data(&[[0.0], [wrong], [1.0]]), &[0, 1, 1]);
        let fit = |train: &[u32], test| {
            native::fit_predict::<CategoricalNB>(data.clone(), train, &[test], candidate! {})
        };
        for answer in [fit(&[0, 1], 0), fit(&[0, 2], 1)] {
            assert!(
                matches!(answer, Err(Error::InvalidData(_))),
                "{wrong}: {answer:?}"
            );
        }
    }
}

#[test]
fn priors_are_checked() {
    for wrong in ["[1]", "[1, -1]", "{}"] {
        let one = candidate! { class_prior: Value::Json(wrong.into()) };
        let answer = native::fit_predict::<CategoricalNB>(four(), &[0, 1, 2, 3], &[0], one);
        assert!(matches!(answer, Err(Error::InvalidParams(_))), "{wrong}");
    }
}

#[test]
fn saved_models_answer_the_same() {
    let data = Dataset::new(four()).unwrap();
    let grid = vec![candidate! {}, candidate! { alpha: 0.5, fit_prior: false }];
    shared_equals_separate::<CategoricalNB>(&data, &[0, 1, 2, 3], &[3, 0], grid);
}

proptest! {
    /// Columns that are said to be of categories, as the host sends words.
    #[test]
    fn holds_up_on_categories(
        columns in vec(vec(0u8..4, 10), 1..4),
        codes in vec(0u32..3, 10),
        alpha in 0.001..10.0,
    ) {
        let contents = Contents {
            rows: 10,
            columns: vec![ColumnKind::Categorical; columns.len()],
            values: Values::Double(columns.concat().into_iter().map(f64::from).collect()),
            target: Target::Classes(Classes { codes, count: 3 }),
            weights: None,
        };
        let all: Vec<u32> = (0..10).collect();
        let one = candidate! { alpha: alpha };
        holds_up::<CategoricalNB>(&contents, &all, one.clone());
        // The order of rows is nobody's business.
        let backwards: Vec<u32> = all.iter().rev().copied().collect();
        let answer = |train: &[u32]| {
            native::fit_predict::<CategoricalNB>(contents.clone(), train, &all, one.clone()).unwrap()
        };
        prop_assert_eq!(bits(&answer(&all)), bits(&answer(&backwards)));
    }

    #[test]
    fn other_tables_are_refused_or_fitted((classes, _, train) in tables()) {
        let all: Vec<u32> = (0..classes.rows).collect();
        match native::fit_predict::<CategoricalNB>(classes, &train, &all, candidate! {}) {
            Ok(answer) => prop_assert!(answer.probabilities.unwrap().iter().all(|p| p.is_finite())),
            Err(error) => prop_assert!(matches!(error, Error::InvalidData(_)), "{error:?}"),
        }
    }
}
