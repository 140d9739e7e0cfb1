//! Naive Bayes against scikit-learn, and against data it was not made for.

#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "../../recorded.rs"]
mod recorded;
#[path = "../../reference.rs"]
mod reference;

use pleat_guest::{Candidate, Contents, Dataset, Error, Estimator, Value, candidate, native};
use pleat_task_bayes::{BernoulliNB, ComplementNB, GaussianNB, MultinomialNB};
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
    assert_eq!(recorded::<ComplementNB>("bayes", "ComplementNB", 1e-12), 37);
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
fn a_single_column_cannot_be_normalised() {
    let data = native::classes(native::data(&[[1.0], [2.0], [1.0]]), &[0, 1, 1]);
    let data = Dataset::new(data).unwrap();
    let fitted = native::fit::<ComplementNB>(&data, &[0, 1, 2], candidate! { norm: true }).unwrap();
    assert!(fitted.warnings[0].contains("single column"));
    let outputs = native::describe::<ComplementNB>().outputs;
    let answer = fitted.model.predict(&data, &[0], outputs).unwrap();
    assert!(answer.probabilities.unwrap().iter().all(|p| p.is_nan()));
}

#[test]
fn candidates_share_the_counting() {
    let contents = load("digits");
    let test = &folds(&contents.target, 5)[0];
    let train = others(contents.rows, test);
    let data = Dataset::new(contents).unwrap();
    let alphas = || [1.0, 0.0, 0.25].map(|a| candidate! { alpha: a }).to_vec();
    shared_equals_separate::<MultinomialNB>(&data, &train, test, alphas());
    let mut normed = alphas();
    normed.push(candidate! { norm: true });
    shared_equals_separate::<ComplementNB>(&data, &train, test, normed);
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
        holds_up::<ComplementNB>(&classes, &train, candidate! {});
        // A single column cannot be normalised; see below.
        if classes.columns.len() > 1 {
            let one = candidate! { norm: true, alpha: var_smoothing + 0.01 };
            holds_up::<ComplementNB>(&classes, &train, one);
        }
        holds_up::<BernoulliNB>(&classes, &train, candidate! { binarize: var_smoothing });
    }
}

/// `table` with every row named as often as its weight says, and the weights
/// themselves.
fn weighted(table: &Contents, weights: &[u32]) -> (Contents, Vec<u32>) {
    let repeated = weights.iter().enumerate();
    let repeated = repeated.flat_map(|(row, n)| std::iter::repeat_n(row as u32, *n as usize));
    let weights = weights.iter().map(|w| f64::from(*w)).collect();
    let contents = Contents {
        weights: Some(weights),
        ..table.clone()
    };
    (contents, repeated.collect())
}

fn weights_are_repetition<E: Estimator>(table: &Contents, weights: &[u32], one: Candidate) {
    let (with_weights, repeated) = weighted(table, weights);
    let (train, all): (Vec<u32>, Vec<u32>) = {
        let all: Vec<u32> = (0..table.rows).collect();
        (
            all.iter()
                .copied()
                .filter(|r| weights[*r as usize] > 0)
                .collect(),
            all,
        )
    };
    if train.is_empty() {
        return;
    }
    let by_weight = native::fit_predict::<E>(with_weights, &train, &all, one.clone());
    let by_row = native::fit_predict::<E>(table.clone(), &repeated, &all, one);
    let (Ok(by_weight), Ok(by_row)) = (by_weight, by_row) else {
        return;
    };
    let pairs = by_weight
        .probabilities
        .iter()
        .flatten()
        .zip(by_row.probabilities.iter().flatten());
    for (a, b) in pairs {
        assert!((a - b).abs() < 1e-6, "{a} {b}");
    }
}

proptest! {
    #[test]
    fn whole_weights_are_repetition((table, _, _) in tables(), draws in proptest::collection::vec(0u32..4, 12)) {
        let weights = &draws[..table.rows as usize];
        weights_are_repetition::<MultinomialNB>(&table, weights, candidate! {});
        weights_are_repetition::<ComplementNB>(&table, weights, candidate! {});
        weights_are_repetition::<BernoulliNB>(&table, weights, candidate! {});
    }
}
