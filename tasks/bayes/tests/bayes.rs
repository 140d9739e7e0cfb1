//! Naive Bayes against scikit-learn, and against data it was not made for.

#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "../../recorded.rs"]
mod recorded;
#[path = "../../reference.rs"]
mod reference;

use pleat_guest::{Error, Value, candidate, native};
use pleat_task_bayes::{BernoulliNB, GaussianNB, MultinomialNB};
use proptest::prelude::*;
use recorded::recorded;
use reference::{
    agree, answers_agree, folds, holds_up, load, others, shared_equals_separate, tables,
};

#[test]
fn scores_are_scikit_learns() {
    assert_eq!(agree::<GaussianNB>("GaussianNB"), 30);
    assert_eq!(agree::<MultinomialNB>("MultinomialNB"), 5);
    assert_eq!(agree::<BernoulliNB>("BernoulliNB"), 5);
}

#[test]
fn probabilities_are_scikit_learns() {
    assert_eq!(answers_agree::<GaussianNB>("GaussianNB"), 4);
}

#[test]
fn answers_to_odd_tables_are_scikit_learns() {
    assert_eq!(recorded::<GaussianNB>("bayes", "GaussianNB", 1e-12), 18);
    assert_eq!(
        recorded::<MultinomialNB>("bayes", "MultinomialNB", 1e-12),
        30
    );
    assert_eq!(recorded::<BernoulliNB>("bayes", "BernoulliNB", 1e-12), 36);
}

#[test]
fn smoothing_is_checked_as_scikit_learn_does() {
    let data = || native::classes(native::data(&[[0.0, 1.0], [2.0, 0.0]]), &[0, 1]);
    let refusal = |one| {
        let answer = native::fit_predict::<MultinomialNB>(data(), &[0, 1], &[0], one);
        match answer {
            Err(Error::InvalidParams(sentence)) => sentence,
            other => panic!("{other:?}"),
        }
    };
    let list = |list: &str| Value::Json(list.into());
    let too_many = refusal(candidate! { alpha: list("[1, 2, 3]") });
    assert!(too_many.contains("3 elements instead of 2"), "{too_many}");
    let negative = refusal(candidate! { alpha: list("[1, -1]") });
    assert!(negative.contains("greater than 0"), "{negative}");
    let negative = refusal(candidate! { alpha: -1.0 });
    assert!(negative.contains("[0.0, inf)"), "{negative}");
    let priors = refusal(candidate! { class_prior: list("[1]") });
    assert_eq!(priors, "Number of priors must match number of classes.");
    let priors = refusal(candidate! { class_prior: list("[1, -1]") });
    assert!(priors.contains("-1"), "{priors}");
}

#[test]
fn counts_are_not_negative() {
    let data = || native::classes(native::data(&[[0.0], [-2.0], [1.0]]), &[0, 1, 1]);
    let fit =
        |rows: &[u32]| native::fit_predict::<MultinomialNB>(data(), rows, &[1], candidate! {});
    // Only those that are learned from.
    assert!(fit(&[0, 2]).is_ok());
    let Err(Error::InvalidData(sentence)) = fit(&[0, 1]) else {
        panic!("{:?}", fit(&[0, 1]))
    };
    assert!(sentence.contains("-2.0 in row 1"), "{sentence}");
}

#[test]
fn candidates_share_the_counting() {
    let contents = load("digits");
    let test = &folds(&contents.target, 5)[0];
    let train = others(contents.rows, test);
    let data = pleat_guest::Dataset::new(contents).unwrap();
    let alphas = || [1.0, 0.0, 0.25].map(|a| candidate! { alpha: a }).to_vec();
    shared_equals_separate::<MultinomialNB>(&data, &train, test, alphas());
    let mut mixed = alphas();
    mixed.push(candidate! { binarize: 8.0 });
    mixed.push(candidate! { binarize: 8.0, fit_prior: false });
    mixed.push(candidate! { binarize: () });
    shared_equals_separate::<BernoulliNB>(&data, &train, test, mixed);
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
        holds_up::<MultinomialNB>(&classes, &train, candidate! {});
        holds_up::<BernoulliNB>(&classes, &train, candidate! { binarize: var_smoothing });
    }
}
