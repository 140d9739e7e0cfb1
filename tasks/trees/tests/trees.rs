//! Trees against scikit-learn, against themselves when shared, and against data
//! they were not made for.

#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "../../recorded.rs"]
mod recorded;
#[path = "../../reference.rs"]
mod reference;

use pleat_guest::{Candidate, Dataset, Error, Estimator, Outputs, Prediction, candidate, native};
use pleat_task_trees::classes::{ByClass, Mixture};
use pleat_task_trees::grow::{Rules, Sample, grow};
use pleat_task_trees::table::Table;
use pleat_task_trees::{DecisionTreeClassifier, DecisionTreeRegressor};
use proptest::prelude::*;
use recorded::recorded;
use reference::{answers_agree, folds, holds_up, load, others, shared_equals_separate, tables};

/// Only on data where scikit-learn grows the same tree under every seed, so
/// draws no lots.
#[test]
fn trees_without_ties_are_scikit_learns() {
    assert_eq!(
        answers_agree::<DecisionTreeClassifier>("DecisionTreeClassifier"),
        18
    );
}

/// To the bit, draws and all, for the same `random_state`.
#[test]
fn trees_are_scikit_learns() {
    let cases = recorded::<DecisionTreeClassifier>("trees", "DecisionTreeClassifier", 0.0);
    assert_eq!(cases, 119);
}

#[test]
fn regression_trees_are_scikit_learns() {
    let cases = recorded::<DecisionTreeRegressor>("trees", "DecisionTreeRegressor", 0.0);
    assert_eq!(cases, 114);
}

/// What each of five folds, not shuffled, makes of its rows.
fn by_fold<E: Estimator>(
    name: &str,
    candidate: &Candidate,
    sum: impl Fn(&Dataset, &[u32], Prediction) -> f64,
) -> Vec<f64> {
    let contents = load(name);
    let folds = folds(&contents.target, 5);
    let data = Dataset::new(contents).unwrap();
    let fold = |test: &Vec<u32>| {
        let train = others(data.n_rows() as u32, test);
        let model = native::fit::<E>(&data, &train, candidate.clone()).unwrap();
        let answers = model.model.predict(&data, test, Outputs::ANSWERS).unwrap();
        sum(&data, test, answers)
    };
    folds.iter().map(fold).collect()
}

/// How many rows of each fold scikit-learn gets right; there are ties in all
/// of these, so that the draws matter.
#[test]
fn trees_with_ties_are_scikit_learns() {
    let right = |data: &Dataset, test: &[u32], answers: Prediction| {
        let truth = test.iter().map(|row| data.codes()[*row as usize]);
        let given = answers.classes.unwrap();
        truth.zip(given).filter(|(t, g)| t == g).count() as f64
    };
    for (name, drawn, random_state, expected) in [
        ("iris", false, 0i64, [29, 29, 27, 29, 30]),
        ("iris", false, 3, [29, 29, 27, 30, 30]),
        ("iris", true, 0, [29, 29, 27, 26, 30]),
        ("iris", true, 3, [29, 30, 26, 27, 30]),
        ("digits", false, 0, [280, 258, 287, 302, 285]),
        ("digits", false, 3, [272, 254, 285, 298, 287]),
        ("digits", true, 0, [267, 243, 277, 285, 273]),
        ("digits", true, 3, [273, 239, 282, 287, 263]),
        ("breast_cancer", false, 0, [103, 105, 104, 108, 102]),
        ("breast_cancer", false, 3, [104, 107, 106, 107, 100]),
        ("breast_cancer", true, 0, [102, 105, 109, 108, 107]),
        ("breast_cancer", true, 3, [103, 106, 106, 108, 105]),
    ] {
        let mut one = candidate! { random_state: random_state };
        if drawn {
            one.extend(candidate! { max_features: "sqrt" });
        }
        let got = by_fold::<DecisionTreeClassifier>(name, &one, right);
        assert_eq!(got, expected.map(f64::from), "{name} {one:?}");
    }
}

/// The sum of scikit-learn's answers in each fold.
#[test]
fn regression_trees_with_ties_are_scikit_learns() {
    let sum = |_: &Dataset, _: &[u32], answers: Prediction| answers.numbers.unwrap().iter().sum();
    for (criterion, all, drawn) in [
        (
            "squared_error",
            [12745.0, 14530.0, 13563.0, 13832.0, 14074.0],
            [11726.0, 13639.0, 15474.0, 14095.0, 12585.0],
        ),
        (
            "absolute_error",
            [13155.0, 14109.0, 13248.0, 14229.0, 13784.0],
            [12674.0, 14547.0, 13608.0, 12933.0, 12479.0],
        ),
        (
            "poisson",
            [12662.0, 13766.0, 12781.0, 13157.0, 14116.0],
            [11633.0, 14639.0, 13280.0, 13539.0, 12791.0],
        ),
    ] {
        let one = candidate! { criterion: criterion };
        let got = by_fold::<DecisionTreeRegressor>("diabetes", &one, sum);
        assert_eq!(got, all, "{criterion}");
        let one = candidate! { criterion: criterion, max_features: "sqrt", random_state: 3 };
        let got = by_fold::<DecisionTreeRegressor>("diabetes", &one, sum);
        assert_eq!(got, drawn, "{criterion}, drawn");
    }
}

#[test]
fn one_deep_tree_serves_every_depth() {
    let contents = load("breast_cancer");
    let test = &folds(&contents.target, 5)[0];
    let train = others(contents.rows, test);
    let data = Dataset::new(contents).unwrap();
    let depths = [3, 1, 2, 30, 5];
    let grid = || {
        depths
            .map(|d| candidate! { max_depth: d, criterion: "entropy" })
            .to_vec()
    };
    shared_equals_separate::<DecisionTreeClassifier>(&data, &train, test, grid());
    let mut unlimited = grid();
    unlimited.push(candidate! { criterion: "entropy" });
    shared_equals_separate::<DecisionTreeClassifier>(&data, &train, test, unlimited);
    let pruned = depths.map(|d| candidate! { max_depth: d, ccp_alpha: 0.01 });
    shared_equals_separate::<DecisionTreeClassifier>(&data, &train, test, pruned.to_vec());
    let balanced = depths.map(|d| candidate! { max_depth: d, class_weight: "balanced" });
    shared_equals_separate::<DecisionTreeClassifier>(&data, &train, test, balanced.to_vec());
    // Where a shallower tree is not the deeper one cut off.
    let drawn = depths.map(|d| candidate! { max_depth: d, max_features: "sqrt", random_state: 3 });
    shared_equals_separate::<DecisionTreeClassifier>(&data, &train, test, drawn.to_vec());
    let few = depths.map(|d| candidate! { max_depth: d, max_leaf_nodes: 7 });
    shared_equals_separate::<DecisionTreeClassifier>(&data, &train, test, few.to_vec());
}

/// What a shared tree may be cut to.
#[test]
fn a_tree_is_certain_down_to_its_first_tie() {
    let grown = |columns: &[[f64; 4]]| {
        let table = Table::new(&columns.concat(), 4);
        let sample = Sample {
            table: &table,
            rows: vec![0, 1, 2, 3],
            mass: 4.0,
        };
        let rules = Rules {
            max_depth: None,
            min_samples_split: 2,
            min_samples_leaf: 1,
            min_weight_leaf: 0.0,
            random: false,
            max_features: columns.len(),
            max_leaf_nodes: None,
            min_impurity_decrease: 0.0,
            directions: Vec::new(),
            seed: 0,
        };
        let measure = ByClass::new(Mixture::Gini, &[0, 0, 1, 2], 3, None);
        grow(sample, measure, 3, &rules)
    };
    let (clear, late) = ([1.0, 2.0, 3.0, 4.0], [2.0, 4.0, 1.0, 3.0]);
    assert_eq!(grown(&[clear]).certain, u32::MAX);
    assert_eq!(grown(&[clear]).tree.depth(), 2);
    // The second column tells only the last two classes apart.
    assert_eq!(grown(&[clear, late]).certain, 1);
    assert_eq!(grown(&[clear, clear]).certain, 0);
}

#[test]
fn poisson_needs_numbers_that_it_could_draw() {
    let refusal = |numbers: &[f64]| {
        let data = native::numbers(native::data(&[[0.0], [1.0]]), numbers);
        let one = candidate! { criterion: "poisson" };
        match native::fit_predict::<DecisionTreeRegressor>(data, &[0, 1], &[0], one) {
            Err(Error::InvalidData(sentence)) => sentence,
            other => panic!("{other:?}"),
        }
    };
    assert!(refusal(&[1.0, -1.0]).contains("negative"));
    assert!(refusal(&[0.0, 0.0]).contains("not positive"));
}

#[test]
fn an_old_name_is_said_to_be_one() {
    let data = native::numbers(native::data(&[[0.0], [1.0]]), &[0.0, 1.0]);
    let data = Dataset::new(data).unwrap();
    let warnings = |criterion: &str| {
        let one = candidate! { criterion: criterion };
        let fitted = native::fit::<DecisionTreeRegressor>(&data, &[0, 1], one);
        fitted.unwrap().warnings.len()
    };
    assert_eq!(warnings("friedman_mse"), 1);
    assert_eq!(warnings("squared_error"), 0);
}

#[test]
fn counts_and_shares_are_told_apart() {
    let data = || native::classes(native::data(&[[0.0], [1.0]]), &[0, 1]);
    let fit = |one| native::fit_predict::<DecisionTreeClassifier>(data(), &[0, 1], &[0], one);
    // All rows, and one row: the second is not enough to split.
    assert_eq!(
        fit(candidate! { min_samples_split: 1.0 }).unwrap().classes,
        Some(vec![0])
    );
    assert!(matches!(
        fit(candidate! { min_samples_split: 1 }),
        Err(Error::InvalidParams(_))
    ));
    assert!(matches!(
        fit(candidate! { min_samples_leaf: 1.0 }),
        Err(Error::InvalidParams(_))
    ));
    assert!(matches!(
        fit(candidate! { max_features: 0 }),
        Err(Error::InvalidParams(_))
    ));
}

#[test]
fn what_single_precision_cannot_hold_is_refused() {
    let data = native::classes(native::data(&[[0.0], [1e39]]), &[0, 1]);
    let fit = |rows: &[u32]| {
        native::fit_predict::<DecisionTreeClassifier>(data.clone(), rows, &[0], candidate! {})
    };
    assert!(fit(&[0]).is_ok());
    assert!(matches!(fit(&[0, 1]), Err(Error::InvalidData(_))));
}

proptest! {
    #[test]
    fn holds_up_on_any_table(
        (classes, numbers, train) in tables(),
        criterion in prop_oneof![Just("gini"), Just("entropy")],
        max_features in 1i64..4,
        min_samples_leaf in 1i64..4,
        leaves in 2i64..6,
        of_numbers in prop_oneof![Just("squared_error"), Just("absolute_error")],
        ccp_alpha in 0.0..0.5,
    ) {
        let one = candidate! { criterion: criterion, max_features: max_features };
        holds_up::<DecisionTreeClassifier>(&classes, &train, one);
        let one = candidate! {
            criterion: criterion, max_leaf_nodes: leaves, min_samples_leaf: min_samples_leaf,
            class_weight: "balanced", ccp_alpha: ccp_alpha,
        };
        holds_up::<DecisionTreeClassifier>(&classes, &train, one);
        let one = candidate! { criterion: of_numbers, max_features: max_features };
        holds_up::<DecisionTreeRegressor>(&numbers, &train, one);
        let one = candidate! {
            criterion: of_numbers, max_leaf_nodes: leaves, ccp_alpha: ccp_alpha,
        };
        holds_up::<DecisionTreeRegressor>(&numbers, &train, one);
    }

    /// Rows that differ can always be told apart by a full tree.
    #[test]
    fn a_full_tree_knows_its_rows(codes in proptest::collection::vec(0u32..3, 1..20)) {
        let rows: Vec<[f64; 2]> = (0..codes.len()).map(|i| [(i * 7 % 20) as f64, 0.0]).collect();
        let all: Vec<u32> = (0..codes.len() as u32).collect();
        let data = native::classes(native::data(&rows), &codes);
        let answer = native::fit_predict::<DecisionTreeClassifier>(data, &all, &all, candidate! {});
        prop_assert_eq!(answer.unwrap().classes, Some(codes));
    }
}
