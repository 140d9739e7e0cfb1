//! Whole jobs against scikit-learn's searches: candidates, scores of tested
//! and trained rows, means, deviations, ranks, the best, the baseline. Then
//! what becomes of the best, and of a job that is to end at its first failure.
//!
//! The numbers are `tests/data/reference/searches.json`, which `searches.py`
//! beside it makes. Cross-validation of one candidate is in `reference`.

use pleat_core::digest::Digest;
use pleat_core::report::Report;
use serde_json::{Map, Value as Json, json};

use crate::support::fabric::{Node, json as pleat_json};
use crate::support::job::{self, Folder, column, job, parse, report, tune};
use crate::support::nats_server::NatsServer;

fn cases() -> Vec<Json> {
    let all = job::reference("searches.json");
    all.as_array().unwrap().clone()
}

fn case(name: &str) -> Json {
    let mut cases = cases().into_iter();
    cases.find(|c| c["name"] == name).unwrap()
}

/// The job of a case, its data set put where the test finds it.
fn document(case: &Json) -> Json {
    let mut job = case["job"].clone();
    let fields = job.as_object_mut().unwrap();
    if let Some(dataset) = fields.remove("dataset") {
        let name = dataset.as_str().unwrap();
        let path = job::data(&format!("{name}.csv"));
        fields.insert("data".into(), json!({ "path": path }));
        fields.insert("target".into(), job::target(name).into());
    }
    job
}

fn close(got: &Json, expected: &Json, tolerance: f64) -> bool {
    match (got.as_f64(), expected.as_f64()) {
        (Some(a), Some(b)) => (a - b).abs() <= tolerance * b.abs().max(1.0),
        _ => got == expected,
    }
}

/// Candidates are equal; what was drawn on a logarithmic scale may differ in
/// its last bit.
fn same_candidates(name: &str, report: &Json, expected: &Json) {
    let ours = report["cv_results"]["params"].as_array().unwrap();
    let theirs = expected.as_array().unwrap();
    assert_eq!(ours.len(), theirs.len(), "{name}");
    for (ours, theirs) in ours.iter().zip(theirs) {
        let (ours, theirs) = (ours.as_object().unwrap(), theirs.as_object().unwrap());
        let names = |m: &Map<String, Json>| m.keys().cloned().collect::<Vec<_>>();
        let (mut a, mut b) = (names(ours), names(theirs));
        a.sort();
        b.sort();
        assert_eq!(a, b, "{name}");
        for (param, value) in ours {
            let same = close(value, &theirs[param], f64::EPSILON);
            assert!(same, "{name}: {ours:?}, scikit-learn's {theirs:?}");
        }
    }
}

/// Holds a report against a case; says how many scores there were.
fn compare(case: &Json, report: &Json) -> usize {
    let name = case["name"].as_str().unwrap();
    let tolerance = case["tolerance"].as_f64().unwrap();
    same_candidates(name, report, &case["candidates"]);
    let mut compared = 0;
    for (column, expected) in case["columns"].as_object().unwrap() {
        let got = report["cv_results"][column].as_array();
        let got = got.unwrap_or_else(|| panic!("{name}: no column {column}"));
        let expected = expected.as_array().unwrap();
        assert_eq!(got.len(), expected.len(), "{name}: {column}");
        let tolerance = if column.starts_with("rank") {
            0.0
        } else {
            tolerance
        };
        for (candidate, (got, expected)) in got.iter().zip(expected).enumerate() {
            assert!(
                close(got, expected, tolerance),
                "{name}: {column} of candidate {candidate} is {got}, scikit-learn's {expected}"
            );
            compared += 1;
        }
    }
    let ours = report["cv_results"].as_object().unwrap().keys();
    let scored = ours.filter(|k| k.contains("_test_") || k.contains("_train_"));
    assert_eq!(
        scored.count(),
        case["columns"].as_object().unwrap().len(),
        "{name}: columns"
    );
    assert_eq!(report["best_index"], case["best_index"], "{name}");

    for (scorer, expected) in case["baseline"].as_object().unwrap() {
        let got = report["baseline"]["split_scores"][scorer]
            .as_array()
            .unwrap();
        let expected = expected.as_array().unwrap();
        assert_eq!(got.len(), expected.len(), "{name}: baseline");
        for (split, (got, expected)) in got.iter().zip(expected).enumerate() {
            assert!(
                close(got, expected, 1e-12),
                "{name}: the baseline's {scorer} on split {split} is {got}, scikit-learn's {expected}"
            );
            compared += 1;
        }
    }
    compared
}

/// Runs the cases whose names begin so; says how many there were.
fn agree(prefix: &str) -> usize {
    let cases = cases();
    let of_prefix = cases
        .iter()
        .filter(|c| c["name"].as_str().unwrap().starts_with(prefix));
    of_prefix
        .map(|case| {
            let ran = tune(&document(case), &["--output", "json"]);
            assert!(matches!(ran.code, Some(0 | 1)), "{}", ran.stderr);
            let report = parse(&ran);
            assert!(compare(case, &report) > 0);
            Report::from_json(report).unwrap();
        })
        .count()
}

#[test]
fn several_estimators_are_compared_as_a_grid_of_estimators_is() {
    assert_eq!(agree("several estimators"), 1);
    let report = report(&document(&case("several estimators")));
    let params = &report["cv_results"]["param_estimator"];
    assert_eq!(params.as_array().unwrap().len(), 7);
    assert_eq!(
        report["best_params"],
        json!({ "estimator": "LogisticRegression", "C": 10.0 })
    );
    assert_eq!(report["setup"]["estimators"].as_array().unwrap().len(), 3);
}

#[test]
fn a_random_search_draws_scikit_learns_candidates() {
    assert_eq!(agree("drawn"), 3);
}

#[test]
fn a_failed_fit_counts_as_its_error_score() {
    assert_eq!(agree("error_score"), 3);
}

#[test]
fn a_scorer_that_fails_counts_as_the_error_score_and_is_told_of() {
    assert_eq!(agree("a scorer fails"), 2);
    // It is no failed fit: the other scorers have their scores.
    let report = report(&document(&case("a scorer fails, error_score -9.25")));
    assert_eq!(report["failures"], json!([]));
    let warnings = report["warnings"].as_array().unwrap();
    let said = |w: &Json| {
        w["message"]
            .as_str()
            .unwrap()
            .contains("neg_mean_squared_log_error")
    };
    assert!(warnings.iter().any(said), "{warnings:?}");
}

#[test]
fn splits_by_other_columns_are_scikit_learns() {
    for splitter in [
        "GroupKFold",
        "TimeSeriesSplit",
        "LeaveOneOut",
        "PredefinedSplit",
    ] {
        assert_eq!(agree(splitter), 1);
    }
    // The columns that say how to split are no features.
    let report = report(&document(&case("PredefinedSplit")));
    assert_eq!(report["n_splits"], 4);
    assert_eq!(report["setup"]["cv"]["test_fold"], "fold");
}

#[test]
fn the_label_asked_for_is_the_one_scored() {
    assert_eq!(agree("pos_label"), 2);
}

#[test]
fn text_missing_values_weights_and_groups_go_together() {
    assert_eq!(agree("all at once"), 1);
}

/// All of it once more on a fabric.
#[test]
fn a_fabric_agrees_with_scikit_learn_too() {
    let server = NatsServer::start();
    let url = server.url();
    let _node = Node::start(&url, "only", &["--slots", "2"]);
    let folder = Folder::new();
    for name in [
        "all at once",
        "drawn on a logarithmic scale",
        "error_score 0.0",
    ] {
        let case = case(name);
        let document = document(&case);
        let path = folder.file("job.json", document.to_string());
        let path = path.display().to_string();
        let remote = pleat_json(&["tune", &path, "--nats", &url, "--output", "json"]);
        assert!(compare(&case, &remote) > 0);
        let here = pleat_json(&["tune", &path, "--output", "json"]);
        assert_eq!(remote["result_digest"], here["result_digest"], "{name}");
        assert_eq!(remote["refit"], here["refit"], "{name}");
    }
}

/// The first failure ends the job: what was done before it is reported, what
/// comes after it is not, however many slots there are.
#[test]
fn an_error_score_of_raise_ends_the_job() {
    let mut search = document(&case("error_score nan"));
    search["error_score"] = json!("raise");
    let reports = ["1", "3"].map(|slots| {
        let ran = tune(&search, &["--output", "json", "--slots", slots]);
        assert_eq!(ran.code, Some(1), "{}", ran.stderr);
        parse(&ran)
    });
    for report in &reports {
        assert_eq!(report["partial"], true);
        assert_eq!(report["refit"]["model"], Json::Null);
        let failures = report["failures"].as_array().unwrap();
        assert!(!failures.is_empty());
        assert_eq!(
            failures[0]["split"], 0,
            "the first split has one that fails"
        );
        assert_eq!(report["setup"]["error_score"], "raise");
        // The splits after it have no score.
        assert!(
            report["cv_results"]["split2_test_score"]
                .as_array()
                .unwrap()
                .iter()
                .all(Json::is_null)
        );
        Report::from_json(report.clone()).unwrap();
    }
    assert_eq!(reports[0]["result_digest"], reports[1]["result_digest"]);

    // A scorer without a score is a failure then.
    let mut scorer = document(&case("a scorer fails, error_score nan"));
    scorer["error_score"] = json!("raise");
    let ran = tune(&scorer, &["--output", "json"]);
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    let failures = &parse(&ran)["failures"];
    let message = failures[0]["message"].as_str().unwrap();
    assert!(message.contains("neg_mean_squared_log_error"), "{message}");

    // Nothing fails, nothing is raised.
    let mut good = search;
    good["search"]["space"] = json!({ "n_neighbors": [1, 2] });
    assert_eq!(report(&good)["partial"], false);
}

/// The best is fitted on all rows, unless nobody wants it or there is none.
#[test]
fn the_best_is_fitted_again() {
    let search = |more: Json| {
        let mut all = json!({
            "search": { "strategy": "grid", "space": { "n_neighbors": [1, 9] } },
        });
        all.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        job("iris", "KNeighborsClassifier", all)
    };
    let one = report(&search(json!({})));
    assert_eq!(one["refit"]["by"], "accuracy");
    let model = one["refit"]["model"].as_str().unwrap();
    assert!(model.parse::<Digest>().is_ok(), "{model}");
    assert!(one["run"]["refit_time"].as_f64().unwrap() >= 0.0);
    // Two groups would be one task a split: five, five of the baseline, one more.
    assert_eq!(one["run"]["tasks"], 11);

    // The same model from the same best, and another from another.
    let fixed =
        search(json!({ "search": { "strategy": "grid", "space": { "n_neighbors": [9] } } }));
    let other =
        search(json!({ "search": { "strategy": "grid", "space": { "n_neighbors": [1] } } }));
    assert_eq!(report(&search(json!({})))["refit"], one["refit"]);
    assert_ne!(
        report(&fixed)["refit"]["model"],
        report(&other)["refit"]["model"]
    );

    for (more, tasks) in [
        (json!({ "refit": false }), 10),
        (json!({ "refit": false, "baseline": false }), 5),
        (json!({ "refit": true, "baseline": false }), 6),
    ] {
        let report = report(&search(more.clone()));
        assert_eq!(report["run"]["tasks"], tasks, "{more}");
        assert_eq!(
            report.get("refit").is_none(),
            more["refit"] == false,
            "{more}"
        );
        assert_eq!(
            report.get("baseline").is_none(),
            more["baseline"] == false,
            "{more}"
        );
    }
    // Cross-validation alone keeps no model, unless it is asked to.
    let alone = report(&job("iris", "GaussianNB", json!({})));
    assert_eq!(alone.get("refit"), None);
    let kept = report(&job("iris", "GaussianNB", json!({ "refit": true })));
    assert!(kept["refit"]["model"].is_string());

    // Several scorers: by the one that is named.
    let several = |by: &str| {
        report(&search(json!({
            "scoring": ["neg_log_loss", "accuracy"], "refit": by,
            "search": { "strategy": "grid", "space": { "n_neighbors": [1, 9], "weights": ["distance", "uniform"] } },
        })))
    };
    for by in ["neg_log_loss", "accuracy"] {
        let report = several(by);
        assert_eq!(report["refit"]["by"], by);
        let best = usize::try_from(report["best_index"].as_u64().unwrap()).unwrap();
        assert_eq!(report["cv_results"][format!("rank_test_{by}")][best], 1);
        assert_eq!(
            report["best_score"],
            column(&report, &format!("mean_test_{by}"))[best]
        );
    }
    // False: none is kept, and the first scorer says which is best.
    let none = report(&search(
        json!({ "scoring": ["neg_log_loss", "accuracy"], "refit": false }),
    ));
    assert_eq!(none.get("refit"), None);

    // Without any score there is no best to fit.
    let ran = tune(
        &search(json!({ "search": { "strategy": "grid", "space": { "n_neighbors": [1000] } } })),
        &["--output", "json"],
    );
    let report = parse(&ran);
    assert_eq!(
        (ran.code, &report["refit"]["model"]),
        (Some(1), &Json::Null)
    );
    let why = report["refit"]["failure"].as_str().unwrap();
    assert!(why.contains("no candidate has a score"), "{why}");
}

/// One that is a candidate itself is not run twice.
#[test]
fn a_baseline_is_no_candidate() {
    let compared = report(&job(
        "iris",
        "GaussianNB",
        json!({ "scoring": ["accuracy", "neg_log_loss"] }),
    ));
    let baseline = &compared["baseline"];
    assert_eq!(baseline["estimator"], "DummyClassifier");
    assert_eq!(baseline["mean_scores"]["accuracy"], json!(1.0 / 3.0));
    assert_eq!(compared["cv_results"]["params"], json!([{}]));
    let itself = report(&job("iris", "DummyClassifier", json!({})));
    assert_eq!(itself.get("baseline"), None);
    assert_eq!(itself["best_score"], json!(1.0 / 3.0));
    let numbers = report(&job("diabetes", "Ridge", json!({})));
    assert_eq!(numbers["baseline"]["estimator"], "DummyRegressor");
}

/// Each estimator may come from a component of its own.
#[test]
fn estimators_of_several_components_are_compared() {
    let folder = Folder::new();
    let (family, _, wasm) = pleat::builtin::components()[0];
    assert_eq!(family, "bayes");
    let path = folder.file("mine.wasm", wasm).display().to_string();
    let mut compared = job(
        "iris",
        "GaussianNB",
        json!({ "scoring": ["accuracy", "neg_log_loss"], "refit": "accuracy" }),
    );
    compared.as_object_mut().unwrap().remove("estimator");
    compared["estimators"] = json!([
        { "estimator": "KNeighborsClassifier", "params": { "n_neighbors": 9 } },
        { "estimator": "GaussianNB", "name": "mine", "component": path },
        { "estimator": "GaussianNB", "pipeline": ["StandardScaler"] },
        { "estimator": "LinearDiscriminantAnalysis", "name": "lda" },
    ]);
    let compared = report(&compared);
    let names = ["KNeighborsClassifier", "mine", "GaussianNB", "lda"];
    assert_eq!(compared["cv_results"]["param_estimator"], json!(names));
    for (i, (estimator, more)) in [
        (
            "KNeighborsClassifier",
            json!({ "params": { "n_neighbors": 9 } }),
        ),
        ("GaussianNB", json!({})),
        ("GaussianNB", json!({ "pipeline": ["StandardScaler"] })),
        ("LinearDiscriminantAnalysis", json!({})),
    ]
    .into_iter()
    .enumerate()
    {
        let alone = report(&job("iris", estimator, more));
        let (ours, alone) = (
            column(&compared, "mean_test_accuracy")[i],
            column(&alone, "mean_test_score")[0],
        );
        assert_eq!(ours.to_bits(), alone.to_bits(), "{estimator}");
    }
    assert!(compared["refit"]["model"].is_string());
}
