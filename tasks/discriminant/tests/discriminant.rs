//! Discriminant analyses against scikit-learn, and against data they were not
//! made for.

#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "../../reference.rs"]
mod reference;

use pleat_guest::{
    Classes, ColumnKind, Contents, Dataset, Error, Estimator, Target, Value, Values, candidate,
    native,
};
use pleat_num::rng::RandomState;
use pleat_task_discriminant::{LinearDiscriminantAnalysis, QuadraticDiscriminantAnalysis};
use proptest::prelude::*;
use reference::{
    agree, candidate as of_json, holds_up, made, numbers, shared_equals_separate, tables,
};
use serde_json::{Value as Json, json};

#[test]
fn scores_are_scikit_learns() {
    let compared = agree::<LinearDiscriminantAnalysis>("LinearDiscriminantAnalysis");
    assert_eq!(compared, 20);
}

/// The data of `discriminant.py`.
fn drawn(case: &Json) -> Contents {
    let whole = |name: &str| case[name].as_u64().unwrap() as usize;
    let (n, columns, classes) = (whole("rows"), whole("columns"), whole("classes"));
    let mut draws = RandomState::new(whole("seed") as u32);
    let mut rows: Vec<Vec<f64>> = (0..n)
        .map(|_| (0..columns).map(|_| draws.double() * 4.0 - 2.0).collect())
        .collect();
    let code = |x: &Vec<f64>| {
        let number = x[0] - 2.0 * x[1] + x[2] * x[2] + 4.0 * draws.double();
        let label = ((number + 1.0) * classes as f64 / 8.0).floor();
        label.clamp(0.0, (classes - 1) as f64) as u32
    };
    let codes = rows.iter().map(code).collect();
    for x in &mut rows {
        match case["shape"].as_str().unwrap() {
            "constant" => x[1] = 0.5,
            "rounded" => x[1] = 0.1,
            "collinear" => x[2] = x[0] - 2.0 * x[1],
            "almost" => x[2] = x[0] + 1e-5 * x[2],
            "ties" => x.iter_mut().for_each(|x| *x = x.floor()),
            "scales" => (x[0], x[1]) = (x[0] * 1e6, x[1] * 1e-6),
            "unlike" => (x[0], x[1]) = (x[0] * 1e2, x[1] * 1e-1),
            "far" => x.iter_mut().for_each(|x| *x += 1e4),
            _ => {}
        }
    }
    Contents {
        rows: n as u32,
        columns: vec![ColumnKind::Numeric; columns],
        values: Values::Double(
            (0..columns)
                .flat_map(|c| rows.iter().map(move |row| row[c]))
                .collect(),
        ),
        target: Target::Classes(Classes {
            codes,
            count: classes as u32,
        }),
        weights: None,
    }
}

fn furthest(got: Option<Vec<f64>>, expected: &Json) -> f64 {
    let (got, expected) = (got.unwrap(), numbers(expected));
    assert_eq!(got.len(), expected.len());
    let off = |(got, expected): (&f64, &f64)| (got - expected).abs() / expected.abs().max(1.0);
    got.iter().zip(&expected).map(off).fold(0.0, f64::max)
}

/// What scikit-learn said of one case, but for its classes, held against what
/// this says; refused by both is agreement too.
fn compare<E: Estimator>(case: &Json) {
    let contents = drawn(case);
    let cut = contents.rows * 3 / 4;
    let (train, mut test): (Vec<u32>, Vec<u32>) = (0..contents.rows).partition(|r| *r < cut);
    test.truncate(30);
    let data = Dataset::new(contents).unwrap();
    let fitted = native::fit::<E>(&data, &train, of_json(&case["params"]));
    if case["refused"] == true {
        assert!(
            matches!(fitted.err(), Some(Error::InvalidData(_))),
            "{case}"
        );
        return;
    }
    let model = fitted.unwrap_or_else(|e| panic!("{case}: {e:?}")).model;
    let outputs = native::describe::<E>().outputs;
    let got = model.predict(&data, &test, outputs).unwrap();
    let classes: Vec<f64> = got.classes.unwrap().into_iter().map(f64::from).collect();
    assert_eq!(classes, numbers(&case["classes_of"]), "{case}");
    // What the data take away: ten digits where two columns are nearly the
    // same, eight where all are far from the origin.
    let allowed = match case["shape"].as_str() {
        Some("almost" | "far") => 1e-5,
        _ if case["estimator"] == "QuadraticDiscriminantAnalysis" => 1e-9,
        // Hardly shrunken: as much smaller is the least of the covariance.
        _ if case["params"]["shrinkage"] == 1e-5 => 1e-8,
        // Hardly more rows than columns, or not: some direction has hardly any spread.
        _ if case["columns"].as_u64() >= Some(12) => 1e-10,
        _ => 1e-12,
    };
    let off = furthest(got.decision, &case["decision"]);
    assert!(off < allowed, "decision {off} in {case}");
    let off = furthest(got.probabilities, &case["probabilities"]);
    assert!(off < allowed, "probabilities {off} in {case}");
    let attributes = model.attributes();
    for (name, expected) in case["attributes"].as_object().into_iter().flatten() {
        let of_name = attributes.iter().find(|a| a.name == *name).unwrap();
        let off = furthest(Some(of_name.values.clone()), expected);
        assert!(off < allowed, "{name} {off} in {case}");
    }
}

#[test]
fn answers_are_scikit_learns() {
    let cases = made("tasks/discriminant/tests/discriminant.json");
    let (mut linear, mut quadratic) = (0, 0);
    for case in cases.as_array().unwrap() {
        if case["estimator"] == "LinearDiscriminantAnalysis" {
            compare::<LinearDiscriminantAnalysis>(case);
            linear += 1;
        } else {
            compare::<QuadraticDiscriminantAnalysis>(case);
            quadratic += 1;
        }
    }
    assert_eq!((linear, quadratic), (77, 37));
}

#[test]
fn candidates_share_the_axes() {
    let case = json!({ "shape": "plain", "seed": 2, "rows": 80, "columns": 4, "classes": 3 });
    let data = Dataset::new(drawn(&case)).unwrap();
    let (train, test): (Vec<u32>, Vec<u32>) = (0..80).partition(|row| *row < 60);
    let mut grid = [0.0, 0.1, 1.0]
        .map(|by| candidate! { reg_param: by })
        .to_vec();
    grid.push(candidate! { tol: 1e-9, store_covariance: true });
    grid.push(candidate! { solver: "eigen", shrinkage: 0.1 });
    shared_equals_separate::<QuadraticDiscriminantAnalysis>(&data, &train, &test, grid);
}

#[test]
fn axes_that_cannot_be_are_refused() {
    let rows = [
        [1.0, 2.0],
        [1.5, 2.5],
        [3.0, 5.0],
        [3.5, 1.0],
        [5.0, 4.0],
        [9.0, 9.0],
    ];
    let data = Dataset::new(native::classes(native::data(&rows), &[0, 0, 0, 1, 1, 2])).unwrap();
    let fit =
        |rows: &[u32], one| native::fit::<QuadraticDiscriminantAnalysis>(&data, rows, one).err();
    let says = |error: Option<Error>, word: &str| match error {
        Some(Error::InvalidData(sentence)) => assert!(sentence.contains(word), "{sentence}"),
        other => panic!("{other:?}"),
    };
    says(fit(&[0, 1, 2], candidate! {}), "two classes");
    says(fit(&[0, 1, 2, 5], candidate! {}), "one row of class 2");
    says(fit(&[0, 1, 2, 3, 4], candidate! {}), "2 rows are too few");
    says(
        fit(&[0, 1, 2, 3, 4], candidate! { solver: "eigen" }),
        "Raise shrinkage",
    );
    says(
        fit(&[0, 0, 1, 1, 3, 3, 4, 4], candidate! {}),
        "Raise reg_param",
    );
    let refused = fit(&[0, 1, 2, 3, 4], candidate! { shrinkage: 0.1 });
    assert!(matches!(refused, Some(Error::InvalidParams(_))));
}

/// A column of a number whose mean is not exact is no other than one that is
/// the same throughout. scikit-learn takes the difference for spread, and its
/// decisions are noise.
#[test]
fn rounding_is_not_spread() {
    let decide = |shape, tol| {
        let case = json!({ "shape": shape, "seed": 2, "rows": 80, "columns": 4, "classes": 3 });
        let (train, test): (Vec<u32>, Vec<u32>) = (0..80).partition(|row| *row < 60);
        let one = candidate! { tol: tol };
        native::fit_predict::<LinearDiscriminantAnalysis>(drawn(&case), &train, &test, one)
            .unwrap()
            .decision
    };
    for tol in [1e-4, 0.0] {
        let exact = json!(decide("constant", tol).unwrap());
        let off = furthest(decide("rounded", tol), &exact);
        assert!(off < 1e-12, "{off}");
    }
}

fn five_rows() -> Contents {
    let rows = [[1.0, 2.0], [1.0, 2.0], [3.0, 4.0], [3.0, 4.0], [5.0, 4.0]];
    native::classes(native::data(&rows), &[0, 0, 1, 1, 1])
}

const ALL: [u32; 5] = [0, 1, 2, 3, 4];

fn priors(priors: &str) -> pleat_guest::Candidate {
    candidate! { priors: Value::Json(priors.into()) }
}

/// The decisions are scikit-learn's.
#[test]
fn priors_are_checked_and_made_to_add_up_to_one() {
    let data = Dataset::new(five_rows()).unwrap();
    let fit = |one| native::fit::<LinearDiscriminantAnalysis>(&data, &ALL, one);
    let fitted = fit(priors("[0.1, 0.8]")).unwrap();
    assert_eq!(fitted.warnings.len(), 1);
    let outputs = native::describe::<LinearDiscriminantAnalysis>().outputs;
    let got = fitted.model.predict(&data, &[0, 2, 4], outputs).unwrap();
    let expected = [-4.587225124986832, 5.412774875013168, 15.412774875013168];
    for (got, expected) in got.decision.unwrap().iter().zip(expected) {
        assert!((got - expected).abs() < 1e-12, "{got} {expected}");
    }
    for wrong in ["[1]", "[0.5, 0.25, 0.25]", "[1.5, -0.5]", "[0, 0]", "{}"] {
        let refused = fit(priors(wrong)).err();
        assert!(matches!(refused, Some(Error::InvalidParams(_))), "{wrong}");
    }
    // A class that cannot be.
    let fitted = fit(priors("[1, 0]")).unwrap();
    let got = fitted.model.predict(&data, &ALL, outputs).unwrap();
    assert_eq!(got.classes, Some(vec![0; 5]));
    assert_eq!(got.decision, Some(vec![f64::NEG_INFINITY; 5]));
    assert_eq!(got.probabilities, Some([1.0, 0.0].repeat(5)));
}

#[test]
fn what_cannot_be_fitted_is_refused() {
    let fit = |train: &[u32], one| {
        native::fit_predict::<LinearDiscriminantAnalysis>(five_rows(), train, &ALL, one)
    };
    let invalid = |answer| matches!(answer, Err(Error::InvalidData(_)));
    // As many rows as classes.
    assert!(invalid(fit(&[0], candidate! {})));
    assert!(invalid(fit(&[0, 4], candidate! {})));
    // No spread within the classes, where scikit-learn trips or knows nothing.
    assert!(invalid(fit(&[0, 1, 2, 3], candidate! {})));
    assert!(invalid(fit(&[0, 1, 2, 3], candidate! { solver: "eigen" })));
    let nothing = fit(&[0, 1, 2, 3], candidate! { solver: "lsqr" }).unwrap();
    assert_eq!(nothing.probabilities, Some(vec![0.5; 10]));
    assert_eq!(nothing.classes, Some(vec![0; 5]));
    assert!(matches!(
        fit(&ALL, candidate! { shrinkage: 0.1 }),
        Err(Error::InvalidParams(_))
    ));
    assert!(matches!(
        fit(&ALL, candidate! { solver: "lsqr", shrinkage: 1.1 }),
        Err(Error::InvalidParams(_))
    ));
}

#[test]
fn one_class_is_always_right() {
    let data = native::classes(native::data(&[[1.0], [2.0], [4.0]]), &[1, 1, 1]);
    let answer =
        native::fit_predict::<LinearDiscriminantAnalysis>(data, &[0, 1, 2], &[0, 2], candidate! {})
            .unwrap();
    assert_eq!(answer.classes, Some(vec![1, 1]));
    assert_eq!(answer.probabilities, Some(vec![1.0, 1.0]));
}

proptest! {
    #[test]
    fn holds_up_on_any_table((classes, _, train) in tables(), by in 0.0..1.0, tol in 0.0..0.1) {
        let solvers = [
            candidate! {},
            candidate! { tol: tol },
            candidate! { tol: 0.0 },
            candidate! { solver: "lsqr" },
            candidate! { solver: "lsqr", shrinkage: by },
            candidate! { solver: "eigen", shrinkage: by },
            candidate! { solver: "eigen", shrinkage: "auto" },
        ];
        for one in solvers {
            holds_up::<LinearDiscriminantAnalysis>(&classes, &train, one);
        }
        let quadratics = [
            candidate! {},
            candidate! { tol: 0.0 },
            candidate! { reg_param: by },
            candidate! { solver: "eigen", shrinkage: by },
            candidate! { solver: "eigen", shrinkage: "auto", tol: 0.0 },
        ];
        for one in quadratics {
            holds_up::<QuadraticDiscriminantAnalysis>(&classes, &train, one);
        }
    }
}
