//! GaussianNB against scikit-learn, and against data it was not made for.

#[path = "../../reference.rs"]
mod reference;

use pleat_guest::{Error, Value, candidate, native};
use pleat_task_bayes::GaussianNB;
use proptest::prelude::*;
use reference::{agree, answers_agree, holds_up, tables};

#[test]
fn scores_are_scikit_learns() {
    assert_eq!(agree::<GaussianNB>("GaussianNB"), 30);
}

#[test]
fn probabilities_are_scikit_learns() {
    assert_eq!(answers_agree::<GaussianNB>("GaussianNB"), 4);
}

#[test]
fn priors_are_checked_as_scikit_learn_does() {
    let data = || native::classes(native::data(&[[0.0], [1.0], [2.0], [3.0]]), &[0, 0, 1, 1]);
    let refusal = |priors: &str| {
        let one = candidate! { priors: Value::Json(priors.into()) };
        native::fit_predict::<GaussianNB>(data(), &[0, 1, 2, 3], &[0], one).err()
    };
    let says = |sentence: &str| Some(Error::InvalidParams(sentence.into()));
    assert_eq!(refusal("[0.5, 0.5]"), None);
    assert_eq!(refusal("[1, 0]"), None);
    assert_eq!(
        refusal("[1]"),
        says("Number of priors must match number of classes.")
    );
    assert_eq!(
        refusal("[0.5, 0.4]"),
        says("The sum of the priors should be 1.")
    );
    assert_eq!(refusal("[1.5, -0.5]"), says("Priors must be non-negative."));
    assert!(matches!(
        refusal("{\"a\": 1}"),
        Some(Error::InvalidParams(_))
    ));
}

#[test]
fn without_any_variance_there_is_no_density() {
    let data = native::classes(native::data(&[[1.0], [1.0], [1.0]]), &[0, 1, 1]);
    let answer = native::fit_predict::<GaussianNB>(data, &[0, 1, 2], &[0], candidate! {});
    let Err(Error::InvalidData(sentence)) = answer else {
        panic!("{answer:?}")
    };
    assert!(sentence.contains("var_smoothing"), "{sentence}");
}

#[test]
fn far_from_every_class_all_are_as_likely() {
    let data = native::data(&[[0.0], [1e-200], [1.0], [1.0 + 1e-15], [1e300]]);
    let data = native::classes(data, &[0, 0, 1, 1, 0]);
    let answer = native::fit_predict::<GaussianNB>(data, &[0, 1, 2, 3], &[4], candidate! {});
    assert_eq!(answer.unwrap().probabilities, Some(vec![0.5, 0.5]));
}

proptest! {
    #[test]
    fn holds_up_on_any_table((classes, _, train) in tables(), var_smoothing in 0.0..1.0) {
        holds_up::<GaussianNB>(&classes, &train, candidate! {});
        holds_up::<GaussianNB>(&classes, &train, candidate! { var_smoothing: var_smoothing });
    }
}
