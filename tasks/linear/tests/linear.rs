//! Linear models against scikit-learn's scores, against themselves when shared,
//! against what they must refuse, and against data they were not made for.

#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "../../reference.rs"]
mod reference;

use pleat_guest::{
    Attribute, Candidate, Contents, Dataset, Error, Estimator, Outputs, Values, candidate, native,
};
use pleat_task_linear::{
    ElasticNet, Lasso, LinearRegression, LogisticRegression, Ridge, RidgeClassifier,
};
use proptest::prelude::*;
use reference::{
    agree, answers_agree, folds, holds_up, load, others, shared_equals_separate, tables,
};

#[test]
fn scores_are_scikit_learns() {
    assert_eq!(agree::<Ridge>("Ridge"), 60);
    assert_eq!(agree::<LinearRegression>("LinearRegression"), 20);
    assert_eq!(agree::<Lasso>("Lasso"), 40);
    assert_eq!(agree::<ElasticNet>("ElasticNet"), 20);
    assert_eq!(agree::<RidgeClassifier>("RidgeClassifier"), 15);
    assert_eq!(agree::<LogisticRegression>("LogisticRegression"), 60);
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
    let contents = load("iris");
    let test = &folds(&contents.target, 5)[2];
    let train = others(contents.rows, test);
    let data = Dataset::new(contents).unwrap();
    let grid = [1.0, 0.0, 100.0].map(|alpha| candidate! { alpha: alpha });
    shared_equals_separate::<RidgeClassifier>(&data, &train, test, grid.to_vec());
}

/// The planner never does this, but nothing would keep another host from it.
#[test]
fn what_was_prepared_otherwise_is_not_shared() {
    let contents = load("diabetes");
    let rows: Vec<u32> = (0..contents.rows).collect();
    let data = Dataset::new(contents).unwrap();
    let grid = [true, false, true].map(|intercept| candidate! { fit_intercept: intercept });
    shared_equals_separate::<Ridge>(&data, &rows, &rows, grid.to_vec());
    let contents = load("iris");
    let rows: Vec<u32> = (0..contents.rows).collect();
    let data = Dataset::new(contents).unwrap();
    let grid = [
        candidate! {},
        candidate! { class_weight: "balanced" },
        candidate! { fit_intercept: false },
        candidate! { class_weight: "balanced", alpha: 3.0 },
    ];
    // Without the last two setosas, so that weights differ at all.
    shared_equals_separate::<RidgeClassifier>(&data, &rows[2..], &rows, grid.to_vec());
}

/// Four rows that no line parts.
fn small() -> Contents {
    let data = native::data(&[[0.0], [1.0], [2.0], [3.0]]);
    native::classes(data, &[0, 1, 0, 1])
}

fn fitted<E: Estimator>(contents: Contents, one: Candidate) -> Result<Vec<String>, Error> {
    let rows: Vec<u32> = (0..contents.rows).collect();
    let data = Dataset::new(contents)?;
    native::fit::<E>(&data, &rows, one).map(|fitted| fitted.warnings)
}

fn decision(one: Candidate) -> Vec<f64> {
    let rows = [0, 1, 2, 3];
    let given = native::fit_predict::<LogisticRegression>(small(), &rows, &rows, one);
    given.unwrap().decision.unwrap()
}

#[test]
fn what_cannot_be_done_is_said() {
    let says = |one: Candidate, part: &str| match fitted::<LogisticRegression>(small(), one) {
        Err(Error::InvalidParams(sentence)) => assert!(sentence.contains(part), "{sentence}"),
        other => panic!("{other:?}"),
    };
    says(
        candidate! { l1_ratio: 0.5 },
        "solver = 'lbfgs' cannot penalise absolute coefficients (l1_ratio = 0.5)",
    );
    says(
        candidate! { penalty: "l1", solver: "newton-cg" },
        "l1_ratio = 1.0",
    );
    says(candidate! { solver: "liblinear" }, "'saga'");
    says(candidate! { C: 0.0 }, "(0.0, inf]");
    says(candidate! { class_weight: "even" }, "'balanced'");
    let one = native::classes(native::data(&[[0.0], [1.0]]), &[0, 0]);
    let Err(Error::InvalidData(sentence)) = fitted::<LogisticRegression>(one, candidate! {}) else {
        panic!("one class was accepted")
    };
    assert_eq!(
        sentence,
        "LogisticRegression needs rows of at least two classes, but all 2 rows are of class 0."
    );
}

/// scikit-learn answers with the only class there is, at -1.
#[test]
fn ridge_classifies_a_single_class() {
    let one = native::classes(native::data(&[[0.0], [1.0], [5.0]]), &[2, 2, 2]);
    let given = native::fit_predict::<RidgeClassifier>(one, &[0, 1], &[2], candidate! {}).unwrap();
    assert_eq!(given.classes, Some(vec![2]));
    assert_eq!(given.decision, Some(vec![-1.0]));
}

#[test]
fn weights_of_nothing_are_refused() {
    let unweighted = |contents: Contents| Contents {
        weights: Some(vec![0.0; contents.rows as usize]),
        ..contents
    };
    let numbers = || native::numbers(native::data(&[[0.0], [1.0]]), &[0.0, 1.0]);
    let refused = [
        fitted::<Ridge>(unweighted(numbers()), candidate! {}),
        fitted::<Lasso>(unweighted(numbers()), candidate! {}),
        fitted::<ElasticNet>(unweighted(numbers()), candidate! {}),
        fitted::<LinearRegression>(unweighted(numbers()), candidate! {}),
        fitted::<RidgeClassifier>(unweighted(small()), candidate! {}),
        fitted::<LogisticRegression>(unweighted(small()), candidate! {}),
    ];
    for refused in refused {
        assert!(matches!(refused, Err(Error::InvalidData(_))), "{refused:?}");
    }
}

#[test]
fn a_search_that_ends_too_soon_warns() {
    let contents = || load("iris");
    for solver in ["lbfgs", "newton-cg", "saga"] {
        let of = |most: i64| {
            let one = candidate! { solver: solver, max_iter: most };
            fitted::<LogisticRegression>(contents(), one).unwrap()
        };
        assert_eq!(of(2000), Vec::<String>::new(), "{solver}");
        let few = of(1);
        assert!(
            few.len() == 1 && few[0].contains("max_iter (now 1)"),
            "{few:?}"
        );
    }
    let few = candidate! { alpha: 1e-4, max_iter: 2 };
    let few = fitted::<Lasso>(load("diabetes"), few).unwrap();
    assert!(few.len() == 1 && few[0].contains("in 2 passes"), "{few:?}");
    let none = candidate! { alpha: 0.0, max_iter: 50000 };
    let none = fitted::<Lasso>(load("diabetes"), none).unwrap();
    assert!(
        none.iter().any(|w| w.contains("LinearRegression")),
        "{none:?}"
    );
}

/// The deprecated penalty means what scikit-learn says it means.
#[test]
fn penalty_is_another_word_for_l1_ratio() {
    let same = |old: Candidate, new: Candidate, remarks: usize| {
        let said = fitted::<LogisticRegression>(small(), old.clone()).unwrap();
        assert_eq!(said.len(), remarks, "{said:?}");
        assert_eq!(
            fitted::<LogisticRegression>(small(), new.clone())
                .unwrap()
                .len(),
            0
        );
        assert_eq!(decision(old), decision(new));
    };
    same(candidate! { penalty: "l2" }, candidate! {}, 1);
    same(
        candidate! { penalty: "l2", l1_ratio: 0.5 },
        candidate! {},
        2,
    );
    same(
        candidate! { penalty: "l1", solver: "saga" },
        candidate! { l1_ratio: 1.0, solver: "saga" },
        2,
    );
    same(
        candidate! { penalty: "elasticnet", l1_ratio: 0.3, solver: "saga" },
        candidate! { l1_ratio: 0.3, solver: "saga" },
        1,
    );
    same(
        candidate! { penalty: () },
        candidate! { C: f64::INFINITY },
        1,
    );
    same(
        candidate! { penalty: (), C: 2.0 },
        candidate! { C: f64::INFINITY, l1_ratio: 0.7 },
        2,
    );
    assert_ne!(
        decision(candidate! {}),
        decision(candidate! { C: f64::INFINITY })
    );
}

/// All solvers end at one place, where the penalty is one they all take.
#[test]
fn solvers_agree() {
    let contents = load("iris");
    let rows: Vec<u32> = (0..contents.rows).step_by(2).collect();
    let data = Dataset::new(contents).unwrap();
    let answers = |solver: &str| {
        let one = candidate! { solver: solver, tol: 1e-9, max_iter: 5000 };
        let fitted = native::fit::<LogisticRegression>(&data, &rows, one).unwrap();
        assert!(fitted.warnings.is_empty());
        let all = Outputs::PROBABILITIES;
        fitted
            .model
            .predict(&data, &rows, all)
            .unwrap()
            .probabilities
            .unwrap()
    };
    let first = answers("lbfgs");
    for solver in ["newton-cg", "newton-cholesky", "sag", "saga"] {
        for (a, b) in first.iter().zip(answers(solver)) {
            assert!((a - b).abs() < 1e-6, "{solver}: {a} {b}");
        }
    }
    // A proximal penalty close to none ends close to there.
    let one = candidate! { solver: "saga", l1_ratio: 1e-9, tol: 1e-9, max_iter: 5000 };
    let fitted = native::fit::<LogisticRegression>(&data, &rows, one).unwrap();
    assert!(fitted.warnings.is_empty());
    let near = fitted
        .model
        .predict(&data, &rows, Outputs::PROBABILITIES)
        .unwrap();
    for (a, b) in first.iter().zip(near.probabilities.unwrap()) {
        assert!((a - b).abs() < 1e-6, "{a} {b}");
    }
}

fn attributes<E: Estimator>(contents: &Contents, one: Candidate) -> Vec<Attribute> {
    let rows: Vec<u32> = (0..contents.rows).collect();
    let data = Dataset::new(contents.clone()).unwrap();
    native::fit::<E>(&data, &rows, one)
        .unwrap()
        .model
        .attributes()
}

/// Names and shapes are scikit-learn's, and what is shown is what predicts.
#[test]
fn what_was_learned_is_shown() {
    let shapes = |attributes: &[Attribute]| -> Vec<(String, Vec<u32>)> {
        let shape = |a: &Attribute| (a.name.clone(), a.shape.clone());
        attributes.iter().map(shape).collect()
    };
    let named = |names: &[(&str, &[u32])]| -> Vec<(String, Vec<u32>)> {
        names
            .iter()
            .map(|(n, s)| (n.to_string(), s.to_vec()))
            .collect()
    };
    let (iris, diabetes) = (load("iris"), load("diabetes"));
    let line = named(&[("coef_", &[10]), ("intercept_", &[])]);
    assert_eq!(shapes(&attributes::<Ridge>(&diabetes, vec![])), line);
    assert_eq!(
        shapes(&attributes::<LinearRegression>(&diabetes, vec![])),
        line
    );
    let searched = named(&[("coef_", &[10]), ("intercept_", &[]), ("n_iter_", &[])]);
    assert_eq!(shapes(&attributes::<Lasso>(&diabetes, vec![])), searched);
    assert_eq!(
        shapes(&attributes::<ElasticNet>(&diabetes, vec![])),
        searched
    );
    let lines = named(&[("coef_", &[3, 4]), ("intercept_", &[3])]);
    assert_eq!(shapes(&attributes::<RidgeClassifier>(&iris, vec![])), lines);
    let searched = named(&[("coef_", &[3, 4]), ("intercept_", &[3]), ("n_iter_", &[1])]);
    assert_eq!(
        shapes(&attributes::<LogisticRegression>(&iris, vec![])),
        searched
    );
    let of_two = attributes::<LogisticRegression>(&small(), vec![]);
    let searched = named(&[("coef_", &[1, 1]), ("intercept_", &[1]), ("n_iter_", &[1])]);
    assert_eq!(shapes(&of_two), searched);
    let shown = decision(vec![]);
    for (x, score) in shown.iter().enumerate() {
        let line = of_two[0].values[0] * x as f64 + of_two[1].values[0];
        assert!((line - score).abs() < 1e-15, "{line} {score}");
    }
}

/// By scikit-learn 1.9.1: of Lasso(alpha=0.5) on diabetes the coefficients that
/// are not 0, the intercept and how many passes it took; of
/// LogisticRegression on iris the intercepts, stopped early and at the end.
#[test]
fn what_was_learned_is_scikit_learns() {
    let shown = attributes::<Lasso>(&load("diabetes"), candidate! { alpha: 0.5 });
    let expected = [
        (2, 471.04187427198235),
        (3, 136.50408381747764),
        (6, -58.31901692622594),
        (8, 408.0226846952245),
    ];
    for (place, value) in shown[0].values.iter().enumerate() {
        let wanted = expected
            .iter()
            .find(|(i, _)| *i == place)
            .map_or(0.0, |(_, v)| *v);
        assert!(
            (value - wanted).abs() < 1e-8 * wanted.abs().max(1.0),
            "{place}: {value}"
        );
    }
    assert!((shown[1].values[0] - 152.13348416289602).abs() < 1e-9 * 152.0);
    assert_eq!(shown[2].values, [9.0]);
    let intercepts = [9.84956805047083, 2.2372056322101628, -12.086773682680997];
    for (solver, most) in [("newton-cholesky", 20.0), ("lbfgs", 60.0)] {
        let one = candidate! { solver: solver, tol: 1e-10 };
        let shown = attributes::<LogisticRegression>(&load("iris"), one);
        for (value, wanted) in shown[1].values.iter().zip(intercepts) {
            assert!((value - wanted).abs() < 1e-6, "{value} {wanted}");
        }
        assert!(shown[2].values[0] <= most, "{} steps", shown[2].values[0]);
    }
}

/// Whatever unit a column is in, the same is predicted where nothing is
/// penalised; and a whole weight is a row so many times.
#[test]
fn units_and_weights_mean_what_they_should() {
    let contents = load("diabetes");
    let rows: Vec<u32> = (0..contents.rows).collect();
    let Values::Double(values) = contents.values.clone() else {
        panic!("not double")
    };
    let scaled: Vec<f64> = values
        .chunks_exact(rows.len())
        .enumerate()
        .flat_map(|(i, column)| column.iter().map(move |x| x * (1.0 + i as f64 * 3.0)))
        .collect();
    let scaled = Contents {
        values: Values::Double(scaled),
        ..contents.clone()
    };
    let answers = |contents: &Contents, train: &[u32]| {
        let given = native::fit_predict::<LinearRegression>(contents.clone(), train, &rows, vec![]);
        given.unwrap().numbers.unwrap()
    };
    let plain = answers(&contents, &rows);
    for (a, b) in plain.iter().zip(answers(&scaled, &rows)) {
        assert!((a - b).abs() < 1e-8, "{a} {b}");
    }
    fn repeated<E: Estimator>(contents: &Contents, one: Candidate, closeness: f64) {
        let rows: Vec<u32> = (0..contents.rows).collect();
        let weights: Vec<f64> = rows.iter().map(|r| f64::from(r % 4)).collect();
        let twice: Vec<u32> = rows
            .iter()
            .flat_map(|r| std::iter::repeat_n(*r, (*r % 4) as usize))
            .collect();
        let weighted = Contents {
            weights: Some(weights),
            ..contents.clone()
        };
        let of = |contents: &Contents, train: &[u32]| {
            let given =
                native::fit_predict::<E>(contents.clone(), train, &rows, one.clone()).unwrap();
            given.numbers.or(given.decision).unwrap()
        };
        for (a, b) in of(&weighted, &rows).iter().zip(of(contents, &twice)) {
            assert!((a - b).abs() < closeness * b.abs().max(1.0), "{a} {b}");
        }
    }
    repeated::<LinearRegression>(&contents, vec![], 1e-10);
    repeated::<Ridge>(&contents, vec![], 1e-10);
    repeated::<Lasso>(&contents, candidate! { alpha: 0.1, tol: 1e-13 }, 1e-8);
    repeated::<ElasticNet>(&contents, candidate! { alpha: 0.1, tol: 1e-13 }, 1e-8);
    let iris = load("iris");
    repeated::<RidgeClassifier>(&iris, vec![], 1e-10);
    repeated::<LogisticRegression>(&iris, candidate! { tol: 1e-10, max_iter: 5000 }, 1e-5);
}

proptest! {
    #[test]
    fn regressors_hold_up_on_any_table((_, numbers, train) in tables(), alpha in 0.0..10.0) {
        for intercept in [true, false] {
            for alpha in [0.0, alpha] {
                let one = candidate! { alpha: alpha, fit_intercept: intercept };
                holds_up::<Ridge>(&numbers, &train, one.clone());
                holds_up::<Lasso>(&numbers, &train, one.clone());
                holds_up::<ElasticNet>(&numbers, &train, one);
            }
            let one = candidate! { fit_intercept: intercept };
            holds_up::<LinearRegression>(&numbers, &train, one);
            let one = candidate! { fit_intercept: intercept, positive: true };
            holds_up::<LinearRegression>(&numbers, &train, one);
        }
        let one = candidate! { selection: "random", alpha: alpha, positive: true };
        holds_up::<ElasticNet>(&numbers, &train, one);
    }
}

proptest! {
    // Every table is fitted many times, in vain where C is infinite.
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn classifiers_hold_up_on_any_table((classes, _, train) in tables(), c in 0.01..100.0) {
        for intercept in [true, false] {
            let one = candidate! { alpha: c, fit_intercept: intercept };
            holds_up::<RidgeClassifier>(&classes, &train, one);
            for solver in ["lbfgs", "newton-cholesky"] {
                let one = candidate! { C: c, solver: solver, fit_intercept: intercept };
                holds_up::<LogisticRegression>(&classes, &train, one);
                let one = candidate! { C: f64::INFINITY, solver: solver, class_weight: "balanced" };
                holds_up::<LogisticRegression>(&classes, &train, one);
            }
            let one = candidate! { C: c, solver: "saga", l1_ratio: 0.5, fit_intercept: intercept };
            holds_up::<LogisticRegression>(&classes, &train, one);
        }
        let one = candidate! { alpha: 0.0, class_weight: "balanced" };
        holds_up::<RidgeClassifier>(&classes, &train, one);
    }
}
