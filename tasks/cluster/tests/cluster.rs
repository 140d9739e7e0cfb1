//! KMeans, MiniBatchKMeans and GaussianMixture against scikit-learn, against
//! themselves when saved, and against data they were not made for.

#![allow(clippy::unwrap_used)]

#[path = "../../reference.rs"]
mod reference;

use std::rc::Rc;

use pleat_guest::{
    ColumnKind, Contents, Dataset, Error, Estimator, FitOptions, Outputs, Target, Values,
    adapter::FittedModel, candidate, native,
};
use pleat_task_cluster::{GaussianMixture, KMeans, MiniBatchKMeans};
use proptest::prelude::*;
use reference::{candidate as of_json, holds_up, load, made, numbers, tables};
use serde_json::Value as Json;

fn table(json: &Json, weighted: bool) -> Rc<Dataset> {
    let columns: Vec<Vec<f64>> = json["x"].as_array().unwrap().iter().map(numbers).collect();
    let contents = Contents {
        rows: columns[0].len() as u32,
        columns: vec![ColumnKind::Numeric; columns.len()],
        values: Values::Double(columns.concat()),
        target: Target::None,
        weights: weighted.then(|| numbers(&json["weights"])),
    };
    Dataset::new(contents).unwrap()
}

/// Fits a case; twice, where the second fit goes on from the first.
fn fitted<E: Estimator>(data: &Rc<Dataset>, train: &[u32], case: &Json) -> FittedModel {
    let params = of_json(&case["params"]);
    let first = native::fit::<E>(data, train, params.clone()).unwrap().model;
    if case["again"] != true {
        return first;
    }
    let options = FitOptions {
        state: Some(first.save().unwrap()),
        budget: None,
    };
    let mut second = native::fit_all::<E>(data, train, vec![params], options).unwrap();
    second.next().unwrap().unwrap().model
}

fn attribute(model: &FittedModel, name: &str) -> Vec<f64> {
    let found = model.attributes().into_iter().find(|a| a.name == name);
    found.map(|a| a.values).unwrap_or_default()
}

const BOTH: Outputs = Outputs::ANSWERS.union(Outputs::DECISION);

/// Labels exactly; centres, covariances, inertia, scores and counts to seven
/// digits: the draws are the same, so that what is left is rounding. Far from
/// the origin scikit-learn's variances, which it takes as the difference of
/// squares, have lost some of theirs.
#[test]
fn what_is_found_is_what_scikit_learn_finds() {
    let file = made("tasks/cluster/tests/cluster.json");
    let (mut compared, mut most) = (0, 0.0_f64);
    for case in file["cases"].as_array().unwrap() {
        let name = case["estimator"].as_str().unwrap();
        let title = format!("{name} {} {}", case["table"], case["params"]);
        let json = &file["tables"][case["table"].as_str().unwrap()];
        let data = table(json, case["weighted"] == true);
        let cut = json["train"].as_u64().unwrap() as u32;
        let (train, rest): (Vec<u32>, Vec<u32>) = (0..data.n_rows() as u32).partition(|r| *r < cut);
        let model = match name {
            "KMeans" => fitted::<KMeans>(&data, &train, case),
            "MiniBatchKMeans" => fitted::<MiniBatchKMeans>(&data, &train, case),
            _ => fitted::<GaussianMixture>(&data, &train, case),
        };
        let got = model.predict(&data, &rest, BOTH).unwrap();
        let labels: Vec<f64> = got.classes.unwrap().into_iter().map(f64::from).collect();
        let scores = got.decision.unwrap();
        let sum: f64 = scores.iter().sum();
        let score = match name {
            "GaussianMixture" => sum / scores.len() as f64,
            _ => sum,
        };
        let mut pairs = vec![
            (labels, numbers(&case["labels"])),
            (scores, numbers(&case["scores"])),
            (vec![score], vec![case["score"].as_f64().unwrap()]),
        ];
        for (name, expected) in case["numbers"].as_object().unwrap() {
            pairs.push((attribute(&model, name), numbers(expected)));
        }
        let tolerance = if case["table"] == "far" { 1e-5 } else { 1e-7 };
        for (i, (got, expected)) in pairs.into_iter().enumerate() {
            assert_eq!(got.len(), expected.len(), "{title}: {i}");
            let scale = expected.iter().fold(1.0_f64, |most, x| most.max(x.abs()));
            for (got, expected) in got.iter().zip(&expected) {
                let off = (got - expected).abs() / scale;
                assert!(off <= tolerance, "{title}: {got}, not {expected}");
                most = most.max(off);
            }
        }
        compared += 1;
    }
    println!("{compared} cases, at most {most:e} off");
    assert_eq!(compared, 177);
}

fn contents(columns: &[Vec<f64>], weights: Option<Vec<f64>>) -> Contents {
    Contents {
        rows: columns[0].len() as u32,
        columns: vec![ColumnKind::Numeric; columns.len()],
        values: Values::Double(columns.concat()),
        target: Target::None,
        weights,
    }
}

/// What is found in all rows of the columns.
fn found<E: Estimator>(
    columns: &[Vec<f64>],
    weights: Option<Vec<f64>>,
    candidate: pleat_guest::Candidate,
) -> FittedModel {
    let data = Dataset::new(contents(columns, weights)).unwrap();
    let rows: Vec<u32> = (0..data.n_rows() as u32).collect();
    native::fit::<E>(&data, &rows, candidate).unwrap().model
}

/// Columns of digits and of numbers that are not whole.
fn some_columns(name: &str) -> Vec<Vec<f64>> {
    let data = Dataset::new(load(name)).unwrap();
    let columns = 0..data.n_columns();
    columns
        .map(|c| data.column(c)[..data.n_rows().min(300)].to_vec())
        .collect()
}

#[test]
fn both_ways_to_the_nearest_centre_lead_to_the_same() {
    for name in ["iris", "diabetes"] {
        for k in [2, 5, 9] {
            let of = |algorithm| {
                let one = candidate! { n_clusters: k, algorithm: algorithm, tol: 0.0 };
                let model = found::<KMeans>(&some_columns(name), None, one);
                attribute(&model, "cluster_centers_")
            };
            for (a, b) in of("lloyd").iter().zip(of("elkan")) {
                assert!((a - b).abs() < 1e-9, "{name} {k}: {a} {b}");
            }
        }
    }
}

/// A power of two changes no digit of anything on the way.
#[test]
fn what_is_scaled_is_found_scaled() {
    let columns = some_columns("iris");
    let scaled: Vec<Vec<f64>> = columns
        .iter()
        .map(|c| c.iter().map(|x| x * 8.0).collect())
        .collect();
    fn centres<E: Estimator>(columns: &[Vec<f64>]) -> Vec<f64> {
        let model = found::<E>(columns, None, candidate! { n_clusters: 4 });
        attribute(&model, "cluster_centers_")
    }
    let times_8 = |x: Vec<f64>| x.into_iter().map(|x| x * 8.0).collect::<Vec<f64>>();
    assert_eq!(
        centres::<KMeans>(&scaled),
        times_8(centres::<KMeans>(&columns))
    );
    let batches = times_8(centres::<MiniBatchKMeans>(&columns));
    assert_eq!(centres::<MiniBatchKMeans>(&scaled), batches);
    for shape in ["full", "tied", "diag", "spherical"] {
        let one = || candidate! { n_components: 3, covariance_type: shape, reg_covar: 0.0 };
        let [plain, eightfold] = [&columns, &scaled].map(|columns| {
            let model = found::<GaussianMixture>(columns, None, one());
            (
                attribute(&model, "covariances_"),
                attribute(&model, "lower_bound_")[0],
            )
        });
        for (a, b) in plain.0.iter().zip(&eightfold.0) {
            assert!(
                (a * 64.0 - b).abs() < 1e-7 * b.abs().max(1.0),
                "{shape}: {a} {b}"
            );
        }
        // A density is of a volume.
        let volume = columns.len() as f64 * pleat_num::math::ln(8.0);
        assert!((plain.1 - volume - eightfold.1).abs() < 1e-9, "{shape}");
    }
}

/// Where chance has no say: around one centre.
#[test]
fn a_weight_is_so_many_rows() {
    let columns: Vec<Vec<f64>> = some_columns("iris")
        .iter()
        .map(|c| c[..40].to_vec())
        .collect();
    let times: Vec<usize> = (0..40).map(|i| i % 4).collect();
    let repeat = |column: &Vec<f64>| {
        let rows = column.iter().zip(&times);
        rows.flat_map(|(x, n)| std::iter::repeat_n(*x, *n))
            .collect()
    };
    let repeated: Vec<Vec<f64>> = columns.iter().map(repeat).collect();
    let weights = times.iter().map(|n| *n as f64).collect();
    let one = || candidate! { n_clusters: 1 };
    let weighted = found::<KMeans>(&columns, Some(weights), one());
    let repeated = found::<KMeans>(&repeated, None, one());
    for name in ["cluster_centers_", "inertia_"] {
        let pairs = attribute(&weighted, name);
        assert!(!pairs.is_empty());
        for (a, b) in pairs.iter().zip(attribute(&repeated, name)) {
            assert!((a - b).abs() < 1e-9, "{name}: {a} {b}");
        }
    }
}

/// A mixture of one is the mean and the covariance, in whatever order.
#[test]
fn order_does_not_matter_to_one_component() {
    let columns = some_columns("diabetes");
    let turned: Vec<Vec<f64>> = columns
        .iter()
        .map(|c| c.iter().rev().copied().collect())
        .collect();
    for name in ["means_", "covariances_"] {
        let of = |columns| {
            attribute(
                &found::<GaussianMixture>(columns, None, candidate! {}),
                name,
            )
        };
        for (a, b) in of(&columns).iter().zip(of(&turned)) {
            assert!((a - b).abs() < 1e-12, "{name}: {a} {b}");
        }
    }
}

#[test]
fn what_cannot_be_is_refused() {
    let data = Dataset::new(native::data(&[[1.0], [0.0], [0.0]])).unwrap();
    let fit = |rows: &[u32], one| native::fit::<KMeans>(&data, rows, one).map(|_| ());
    let invalid = |answer| matches!(answer, Err(Error::InvalidData(_)));
    assert!(invalid(fit(&[0, 1], candidate! { n_clusters: 3 })));
    assert!(fit(&[0, 1, 2], candidate! { n_clusters: 3 }).is_ok());
    let fit = |rows: &[u32], one| native::fit::<MiniBatchKMeans>(&data, rows, one).map(|_| ());
    assert!(invalid(fit(&[0, 1], candidate! { n_clusters: 3 })));
    let fit = |rows: &[u32], one| native::fit::<GaussianMixture>(&data, rows, one).map(|_| ());
    assert!(invalid(fit(&[0], candidate! {})));
    assert!(invalid(fit(&[0, 1], candidate! { n_components: 3 })));
    // Two rows that are alike are nowhere wide, but for what is added.
    assert!(invalid(fit(&[1, 2], candidate! { reg_covar: 0.0 })));
    assert!(fit(&[1, 2], candidate! {}).is_ok());
    for one in [
        candidate! { n_clusters: 0 },
        candidate! { algorithm: "auto" },
        candidate! { tol: -1.0 },
    ] {
        let answer = native::fit::<KMeans>(&data, &[0, 1], one);
        assert!(matches!(answer, Err(Error::InvalidParams(_))));
    }
    let nothing = contents(&[vec![0.0, 1.0, 2.0]], Some(vec![0.0; 3]));
    let data = Dataset::new(nothing).unwrap();
    let answer = native::fit::<KMeans>(&data, &[0, 1, 2], candidate! { n_clusters: 1 });
    assert!(matches!(answer, Err(Error::InvalidData(_))));
}

/// A mixture goes on only where it fits.
#[test]
fn what_does_not_go_on_is_said() {
    let of = |columns: &[Vec<f64>], state: Option<Vec<u8>>, k: i64| {
        let data = Dataset::new(contents(columns, None)).unwrap();
        let rows: Vec<u32> = (0..data.n_rows() as u32).collect();
        let options = FitOptions {
            state,
            budget: None,
        };
        let one = vec![candidate! { n_components: k }];
        let mut fits = native::fit_all::<GaussianMixture>(&data, &rows, one, options)?;
        fits.next().unwrap()?.model.save()
    };
    let columns = some_columns("iris");
    let state = of(&columns, None, 2).unwrap();
    assert!(of(&columns, Some(state.clone()), 2).is_ok());
    assert!(of(&columns, Some(state.clone()), 3).is_err());
    assert!(of(&columns[1..], Some(state), 2).is_err());
}

/// Fewer different rows than clusters: said, and no harm done.
#[test]
fn rows_that_are_alike_are_one_cluster() {
    let data = Dataset::new(native::data(&[[1.0], [1.0], [1.0], [1.0]])).unwrap();
    for algorithm in ["lloyd", "elkan"] {
        let one = candidate! { n_clusters: 3, algorithm: algorithm };
        let fitted = native::fit::<KMeans>(&data, &[0, 1, 2, 3], one).unwrap();
        assert_eq!(fitted.warnings.len(), 1);
        let got = fitted.model.predict(&data, &[0, 1], BOTH).unwrap();
        assert_eq!(got.classes, Some(vec![0, 0]));
        assert!(got.decision.unwrap().iter().all(|score| *score == 0.0));
    }
}

proptest! {
    #[test]
    fn holds_up_on_any_table(
        (_, table, train) in tables(),
        k in 1i64..5,
        elkan: bool,
        random: bool,
        shape in prop_oneof![Just("full"), Just("tied"), Just("diag"), Just("spherical")],
        begin in prop_oneof![Just("kmeans"), Just("k-means++"), Just("random"), Just("random_from_data")],
        weights in proptest::collection::vec(0.0..3.0f64, 12),
        weighted: bool,
    ) {
        let init = if random { "random" } else { "k-means++" };
        let algorithm = if elkan { "elkan" } else { "lloyd" };
        let plain = Contents { target: Target::None, ..table };
        let rows = plain.rows as usize;
        let with = Contents { weights: weighted.then(|| weights[..rows].to_vec()), ..plain.clone() };
        holds_up::<KMeans>(&with, &train, candidate! { n_clusters: k, init: init, algorithm: algorithm });
        holds_up::<MiniBatchKMeans>(&with, &train, candidate! { n_clusters: k, init: init, batch_size: 3 });
        let one = candidate! { n_components: k, covariance_type: shape, init_params: begin };
        holds_up::<GaussianMixture>(&plain, &train, one);
    }
}
