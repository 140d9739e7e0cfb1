//! scikit-learn's numbers through the real path: a job file, the program, its
//! report. That a splitter names scikit-learn's rows is tested in the core;
//! here, that those rows are the ones trained and tested on. Then the
//! document itself: its columns, its digest.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use pleat::data::read_csv;
use pleat_core::cv::{Split, SplitRows, Splitter};
use pleat_core::data::Target;
use pleat_core::digest::Digest;
use pleat_core::estimator::Kind;
use pleat_core::report::Report;
use serde::Deserialize;
use serde_json::{Map, Value as Json, json};

use crate::support::job::{self, column, job, parse, report, tune};

/// What scikit-learn scored, split by split.
#[derive(Deserialize)]
struct Case {
    dataset: String,
    pipeline: Vec<String>,
    estimator: String,
    params: Map<String, Json>,
    cv: Map<String, Json>,
    tolerance: f64,
    scores: BTreeMap<String, Vec<f64>>,
}

impl Case {
    fn all() -> Vec<Self> {
        serde_json::from_value(job::reference("scores.json")["cases"].clone()).unwrap()
    }

    fn job(&self) -> Json {
        let more = json!({
            "pipeline": self.pipeline,
            "params": self.params,
            "cv": self.cv,
            "scoring": self.scores.keys().collect::<Vec<_>>(),
            "baseline": false,
        });
        job(&self.dataset, &self.estimator, more)
    }

    /// Holds a candidate of a report against scikit-learn's scores, and says
    /// how many there were and how far off the worst is.
    fn compare(&self, report: &Json, candidate: usize) -> (usize, f64) {
        let (mut compared, mut worst) = (0, 0.0_f64);
        for (scorer, expected) in &self.scores {
            for (split, &expected) in expected.iter().enumerate() {
                let got = column(report, &format!("split{split}_test_{scorer}"))[candidate];
                let off = (got - expected).abs() / expected.abs().max(1.0);
                assert!(
                    off <= self.tolerance,
                    "{} {:?} on {}, split {split}: {scorer} is {got}, scikit-learn's {expected}",
                    self.estimator,
                    self.params,
                    self.dataset,
                );
                (compared, worst) = (compared + 1, worst.max(off));
            }
        }
        (compared, worst)
    }

    /// What a search over one parameter would have in common with its others.
    fn group(&self) -> String {
        let names: Vec<_> = self.params.keys().collect();
        json!([
            self.pipeline,
            self.estimator,
            names,
            self.cv,
            self.scores.keys().collect::<Vec<_>>()
        ])
        .to_string()
    }
}

/// Runs every case of a data set, each as a job of its own and those that
/// differ in one parameter as a search too. Says how many cases there were and
/// how many scores, each counted once, and prints how far off each estimator
/// is at worst.
fn agree(dataset: &str) -> (usize, usize) {
    let mut cases = Case::all();
    cases.retain(|case| case.dataset == dataset);
    let mut groups = BTreeMap::<String, Vec<&Case>>::new();
    let mut worst = BTreeMap::<&str, f64>::new();
    let mut compared = 0;
    for case in &cases {
        let (scores, off) = case.compare(&report(&case.job()), 0);
        compared += scores;
        let so_far = worst.entry(&case.estimator).or_default();
        *so_far = so_far.max(off);
        groups.entry(case.group()).or_default().push(case);
    }
    println!("{dataset}: {worst:?}");
    for group in groups.values().filter(|g| g.len() > 1) {
        let differ = |name: &&String| {
            group
                .iter()
                .any(|c| c.params[*name] != group[0].params[*name])
        };
        let names: Vec<&String> = group[0].params.keys().filter(differ).collect();
        let [name] = names[..] else { continue };
        let values: Vec<_> = group.iter().map(|case| &case.params[name]).collect();
        let mut search = group[0].job();
        search["params"].as_object_mut().unwrap().remove(name);
        search["search"] = json!({ "strategy": "grid", "space": { name: values } });
        search["refit"] = json!(false);
        let report = report(&search);
        for (candidate, case) in group.iter().enumerate() {
            case.compare(&report, candidate);
        }
    }
    (cases.len(), compared)
}

#[test]
fn iris_scores_are_scikit_learns() {
    assert_eq!(agree("iris"), (15, 512));
}

#[test]
fn digits_scores_are_scikit_learns() {
    assert_eq!(agree("digits"), (13, 442));
}

#[test]
fn breast_cancer_scores_are_scikit_learns() {
    assert_eq!(agree("breast_cancer"), (14, 497));
}

#[test]
fn diabetes_scores_are_scikit_learns() {
    assert_eq!(agree("diabetes"), (18, 680));
}

/// Every case runs in one of the four above.
#[test]
fn nothing_is_left_out() {
    let mut cases = BTreeMap::<String, usize>::new();
    for case in Case::all() {
        *cases.entry(case.dataset).or_default() += 1;
    }
    let expected = [
        ("breast_cancer", 14),
        ("diabetes", 18),
        ("digits", 13),
        ("iris", 15),
    ];
    assert_eq!(cases, expected.map(|(name, n)| (name.to_owned(), n)).into());
}

/// `StratifiedKFold(5,shuffle,0)` as a job says it.
fn splitter(key: &str) -> Json {
    let (name, arguments) = key.strip_suffix(')').unwrap().split_once('(').unwrap();
    let arguments: Vec<&str> = arguments.split(',').collect();
    let number = |i: usize| arguments[i].parse::<u32>().unwrap();
    let mut form = json!({ "splitter": name, "n_splits": number(0) });
    match arguments[..] {
        [_] => {}
        [_, "shuffle", _] => form["shuffle"] = json!(true),
        [_, size, _] if size.starts_with('.') => {
            form["test_size"] = json!(size.parse::<f64>().unwrap());
        }
        _ => form["n_repeats"] = json!(number(1)),
    }
    if arguments.len() == 3 {
        form["random_state"] = json!(number(2));
    }
    form
}

/// A feature that puts every row at a place of its own, far from those next
/// to it in the file.
fn place(row: u32) -> f64 {
    f64::from(row * 7919 % 10007)
}

/// The weights of a row's nearest training rows: one through their distance.
fn neighbours(row: u32, train: &[u32]) -> Vec<(u32, f64)> {
    let mut all: Vec<_> = train
        .iter()
        .map(|&t| ((place(t) - place(row)).abs(), t))
        .collect();
    all.sort_by(|a, b| a.partial_cmp(b).unwrap());
    let nearest: Vec<_> = all[..7]
        .iter()
        .map(|(distance, t)| (*t, 1.0 / distance))
        .collect();
    let total: f64 = nearest.iter().map(|(_, w)| w).sum();
    nearest.into_iter().map(|(t, w)| (t, w / total)).collect()
}

/// The rows a splitter names are those the slots train and test on: scores of
/// a model that remembers every training row, computed here once more. Which
/// rows those are is compared with scikit-learn by their hash.
#[test]
fn each_split_trains_and_tests_on_scikit_learns_rows() {
    let reference = job::reference("splits.json");
    let mut compared = 0;
    for (dataset, splitters) in reference["splits"].as_object().unwrap() {
        let csv = std::fs::read(job::data(&format!("{dataset}.csv"))).unwrap();
        let table = read_csv(&csv[..]).unwrap();
        let kind = if dataset == "diabetes" {
            Kind::Regressor
        } else {
            Kind::Classifier
        };
        let target = Target::of(&table, job::target(dataset), kind).unwrap();
        for (key, expected) in splitters.as_object().unwrap() {
            let form = splitter(key);
            let splitter = Splitter::parse(form.as_object().unwrap()).unwrap();
            let plan = splitter.plan(&SplitRows {
                rows: table.rows(),
                classes: target.codes(),
                groups: None,
                test_fold: None,
            });
            let splits: Vec<_> = plan.unwrap().iter().collect();
            let rows = splits.iter().flat_map(|s| &s.test);
            let bytes: Vec<u8> = rows.flat_map(|row| i64::from(*row).to_le_bytes()).collect();
            assert_eq!(
                json!(Digest::of(&bytes).hex()),
                expected["sha256"],
                "{dataset} {key}"
            );
            let codes = target.codes().filter(|_| key.contains("Stratified"));
            scores_are_of_these_rows(
                &format!("{dataset} {key}"),
                table.rows(),
                codes,
                &form,
                &splits,
            );
            compared += 1;
        }
    }
    assert_eq!(compared, 37);
}

fn scores_are_of_these_rows(
    what: &str,
    rows: usize,
    codes: Option<&[u32]>,
    cv: &Json,
    splits: &[Split],
) {
    let number = |row: u32| f64::from(row * 31 % 101);
    let mut csv = "x,y\n".to_owned();
    for row in 0..u32::try_from(rows).unwrap() {
        let y = codes.map_or(number(row), |c| f64::from(c[row as usize]));
        writeln!(csv, "{},{y}", place(row)).unwrap();
    }
    let report = report(&json!({
        "estimator": if codes.is_some() { "KNeighborsClassifier" } else { "KNeighborsRegressor" },
        "target": "y",
        "data": { "csv": csv },
        "params": { "n_neighbors": 7, "weights": "distance" },
        "cv": cv,
        "scoring": if codes.is_some() { "neg_log_loss" } else { "neg_mean_squared_error" },
    }));
    for (i, Split { train, test }) in splits.iter().enumerate() {
        let of_row = |&row: &u32| {
            let near = neighbours(row, train);
            match codes {
                None => {
                    let guess: f64 = near.iter().map(|(t, w)| number(*t) * w).sum();
                    -(guess - number(row)).powi(2)
                }
                Some(codes) => {
                    let alike = near
                        .iter()
                        .filter(|(t, _)| codes[*t as usize] == codes[row as usize]);
                    let p: f64 = alike.map(|(_, w)| w).sum();
                    p.clamp(f64::EPSILON, 1.0 - f64::EPSILON).ln()
                }
            }
        };
        #[allow(clippy::cast_precision_loss)]
        let expected = test.iter().map(of_row).sum::<f64>() / test.len() as f64;
        let got = column(&report, &format!("split{i}_test_score"))[0];
        assert!(
            (got - expected).abs() <= 1e-9 * expected.abs().max(1.0),
            "{what}, split {i}: {got}, not {expected}"
        );
    }
}

fn keys(object: &Json) -> Vec<&str> {
    object.as_object().unwrap().keys().map(|k| &k[..]).collect()
}

const TIMES: [&str; 4] = [
    "mean_fit_time",
    "std_fit_time",
    "mean_score_time",
    "std_score_time",
];

/// scikit-learn's columns, in its order.
fn columns(params: &[&str], splits: usize, scorers: &[&str]) -> Vec<String> {
    let mut names: Vec<String> = TIMES.map(str::to_owned).into();
    names.extend(params.iter().map(|p| format!("param_{p}")));
    names.push("params".to_owned());
    for scorer in scorers {
        names.extend((0..splits).map(|i| format!("split{i}_test_{scorer}")));
        names.extend(["mean", "std", "rank"].map(|what| format!("{what}_test_{scorer}")));
    }
    names
}

#[test]
fn a_report_has_scikit_learns_columns_in_order() {
    let search = job(
        "iris",
        "KNeighborsClassifier",
        json!({
            "pipeline": ["StandardScaler"],
            "scoring": ["neg_log_loss", "accuracy"],
            "refit": "neg_log_loss",
            "search": { "strategy": "grid", "space": {
                "weights": ["uniform", "distance"],
                "standardscaler__with_mean": [true, false],
                "n_neighbors": [5, 1],
            } },
            "cv": { "n_splits": 3 },
        }),
    );
    let report = report(&search);
    let fields = [
        "best_params",
        "best_score",
        "best_index",
        "n_splits",
        "scorers",
        "setup",
        "baseline",
        "refit",
        "cv_results",
        "failures",
        "warnings",
        "partial",
        "run",
        "result_digest",
    ];
    assert_eq!(keys(&report), fields);
    let params = ["n_neighbors", "standardscaler__with_mean", "weights"];
    assert_eq!(
        keys(&report["cv_results"]),
        columns(&params, 3, &["neg_log_loss", "accuracy"])
    );
    let results = report["cv_results"].as_object().unwrap();
    assert!(
        results.values().all(|c| c.as_array().unwrap().len() == 8),
        "{results:?}"
    );

    // Keys sorted, the last one fastest, values in the order they are given.
    let mut grid = Vec::new();
    for n_neighbors in [5, 1] {
        for with_mean in [true, false] {
            for weights in ["uniform", "distance"] {
                let values = [json!(n_neighbors), json!(with_mean), json!(weights)];
                grid.push(Json::Object(
                    params.map(str::to_owned).into_iter().zip(values).collect(),
                ));
            }
        }
    }
    assert_eq!(results["params"], json!(grid));
    for name in params {
        let values: Vec<_> = grid.iter().map(|p| &p[name]).collect();
        assert_eq!(results[&format!("param_{name}")], json!(values));
    }
    assert_eq!(report["scorers"], json!(["neg_log_loss", "accuracy"]));
    assert_eq!(report["n_splits"], 3);
    assert_eq!(report["partial"], false);
    assert_eq!(report["failures"], json!([]));

    // Of several scorers the one that is named decides.
    let means = column(&report, "mean_test_neg_log_loss");
    let best = usize::try_from(report["best_index"].as_u64().unwrap()).unwrap();
    assert!(means.iter().all(|m| *m <= means[best]));
    assert_eq!(report["best_score"], means[best]);
    assert_eq!(report["best_params"], grid[best]);
    assert_eq!(report["cv_results"]["rank_test_neg_log_loss"][best], 1);
    assert_eq!(report["run"]["fits"], json!([24, 24]));
}

#[test]
fn columns_are_called_score_unless_scorers_are_a_list() {
    let cv = json!({ "n_splits": 2 });
    for (scoring, suffix, scorer) in [
        (None, "score", "accuracy"),
        (
            Some(json!("balanced_accuracy")),
            "score",
            "balanced_accuracy",
        ),
        (Some(json!(["f1_macro"])), "f1_macro", "f1_macro"),
    ] {
        let mut more = json!({ "cv": cv });
        if let Some(scoring) = scoring {
            more["scoring"] = scoring;
        }
        let report = report(&job("iris", "GaussianNB", more));
        assert_eq!(keys(&report["cv_results"]), columns(&[], 2, &[suffix]));
        assert_eq!(report["cv_results"]["params"], json!([{}]));
        assert_eq!(report["scorers"], json!([scorer]));
    }
    let report = report(&job("diabetes", "Ridge", json!({})));
    assert_eq!(keys(&report["cv_results"]), columns(&[], 5, &["score"]));
    assert_eq!(report["scorers"], json!(["r2"]));
}

#[test]
fn a_failed_candidate_is_null_and_ranked_last() {
    let search = job(
        "iris",
        "KNeighborsClassifier",
        json!({ "search": { "strategy": "grid", "space": { "n_neighbors": [1000, 5, 1, 2000] } } }),
    );
    let ran = tune(&search, &["--output", "json"]);
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    let report = parse(&ran);
    let results = &report["cv_results"];
    for name in [
        "split0_test_score",
        "split4_test_score",
        "mean_test_score",
        "std_test_score",
    ] {
        let column = results[name].as_array().unwrap();
        let null: Vec<_> = column.iter().map(Json::is_null).collect();
        assert_eq!(null, [true, false, false, true], "{name}");
    }
    let ranks = column(&report, "rank_test_score");
    assert_eq!((ranks[0], ranks[3]), (3.0, 3.0));
    assert_eq!(report["failures"].as_array().unwrap().len(), 10);
    for (i, failure) in report["failures"].as_array().unwrap().iter().enumerate() {
        assert_eq!(failure["candidate"], i / 5 * 3);
        assert_eq!(failure["split"], i % 5);
        assert_eq!(failure["kind"], "rejected");
        let message = failure["message"].as_str().unwrap();
        assert!(
            message.contains("n_neighbors") && message.contains("120"),
            "{message}"
        );
    }
    assert_eq!(report["partial"], false);
    assert_eq!(report["run"]["fits"], json!([20, 20]));
    Report::from_json(report).unwrap();
}

#[test]
fn a_search_without_any_score_has_no_best() {
    let ran = tune(
        &job(
            "iris",
            "KNeighborsClassifier",
            json!({ "params": { "n_neighbors": 1000 } }),
        ),
        &["--output", "json"],
    );
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    let report = parse(&ran);
    assert!(report["best_score"].is_null());
    assert_eq!(report["best_index"], 0);
    assert_eq!(report["cv_results"]["rank_test_score"], json!([1]));
    Report::from_json(report).unwrap();
}

/// One nearest neighbour votes alike however votes are weighted.
#[test]
fn equal_means_share_a_rank_and_the_first_is_best() {
    let report = report(&job(
        "iris",
        "KNeighborsClassifier",
        json!({
            "search": { "strategy": "grid", "space": { "n_neighbors": [1, 9], "weights": ["distance", "uniform"] } },
            "cv": { "splitter": "KFold", "n_splits": 10, "shuffle": true, "random_state": 1 },
        }),
    ));
    let means = column(&report, "mean_test_score");
    let ranks = column(&report, "rank_test_score");
    assert_eq!(means[0].to_bits(), means[1].to_bits());
    for (mean, rank) in means.iter().zip(&ranks) {
        let better = means.iter().filter(|m| *m > mean).count();
        assert_eq!(*rank, f64::from(u32::try_from(better).unwrap()) + 1.0);
    }
    assert_eq!(ranks[0], ranks[1]);
    let best = report["best_index"].as_u64().unwrap();
    let first = ranks.iter().position(|r| *r == 1.0).unwrap();
    assert_eq!(best, first as u64);

    // Means and deviations are those of the splits: the population's.
    for (candidate, reported) in means.iter().enumerate() {
        let scores: Vec<f64> = (0..10)
            .map(|i| column(&report, &format!("split{i}_test_score"))[candidate])
            .collect();
        let mean = scores.iter().sum::<f64>() / 10.0;
        let std = (scores.iter().map(|s| (s - mean).powi(2)).sum::<f64>() / 10.0).sqrt();
        assert!((reported - mean).abs() < 1e-15);
        assert!((column(&report, "std_test_score")[candidate] - std).abs() < 1e-15);
    }
}

/// Anyone can compute it: the sha256 of the document's fields but the digest
/// itself and all that tells of time and place.
#[test]
fn the_digest_is_that_of_the_result() {
    let search = job(
        "diabetes",
        "Ridge",
        json!({
            "scoring": ["r2", "neg_mean_squared_error"],
            "refit": "r2",
            "search": { "strategy": "grid", "space": { "alpha": [0.1, 1, 1e3] } },
        }),
    );
    let document = report(&search);
    let mut result = document.clone();
    for field in ["run", "result_digest"] {
        result.as_object_mut().unwrap().shift_remove(field).unwrap();
    }
    let results = result["cv_results"].as_object_mut().unwrap();
    for time in TIMES {
        results.shift_remove(time).unwrap();
    }
    let digest = Digest::of(&serde_json::to_vec(&result).unwrap());
    assert_eq!(document["result_digest"], digest.to_string());

    let read = Report::from_json(document.clone()).unwrap();
    assert_eq!(read.to_json(), document);
    assert_eq!(read.result_digest, digest);

    let again = report(&search);
    assert_eq!(again["result_digest"], document["result_digest"]);

    let mut forged = document;
    forged["cv_results"]["mean_test_r2"][1] = json!(0.99);
    let refused = Report::from_json(forged).unwrap_err();
    assert!(refused.contains(&digest.to_string()), "{refused}");
}

#[test]
fn a_class_smaller_than_the_folds_is_warned_of() {
    let mut csv = "x,y\n".to_owned();
    for row in 0..20 {
        writeln!(csv, "{row},{}", if row < 3 { "rare" } else { "common" }).unwrap();
    }
    let ran = tune(
        &json!({ "estimator": "GaussianNB", "target": "y", "data": { "csv": csv } }),
        &["--output", "json"],
    );
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let report = parse(&ran);
    let warning = report["warnings"][0]["message"].as_str().unwrap();
    assert!(
        warning.contains('3') && warning.contains("n_splits=5"),
        "{warning}"
    );
    assert!(ran.stderr.contains(warning), "{}", ran.stderr);
}
