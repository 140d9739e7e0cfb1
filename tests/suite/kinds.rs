//! Kinds of work besides tables of numbers with a target: groups that are
//! looked for without one, words that are categories, models that come from
//! other programs and go to them. What scikit-learn makes of the same is
//! `tests/data/reference/kinds.json`.

use serde_json::{Value as Json, json};

use super::models::{fitted, printed, refused};
use crate::support::job::{self, Folder, data};
use crate::support::pleat::{pleat, run};

fn kmeans() -> Json {
    json!({
        "estimator": "KMeans",
        "target": "species",
        "pipeline": ["StandardScaler"],
        "scoring": ["adjusted_rand_score", "silhouette_score", "neg_davies_bouldin_score"],
        "refit": "silhouette_score",
        "data": { "path": data("iris.csv") },
        "cv": { "splitter": "KFold", "n_splits": 5, "shuffle": true, "random_state": 0 },
        "search": { "space": { "n_clusters": [2, 3, 4] } },
    })
}

/// Every score of a search of clusterers is scikit-learn's, and what a job
/// without the target computes is what it computes beside one.
#[test]
fn groups_are_scored_as_in_scikit_learn() {
    let expected = &job::reference("kinds.json")["groups"];
    let made = job::report(&kmeans());
    for (i, k) in ["2", "3", "4"].into_iter().enumerate() {
        for (scorer, scores) in expected[k].as_object().unwrap() {
            for (split, score) in scores.as_array().unwrap().iter().enumerate() {
                let column = format!("split{split}_test_{scorer}");
                let (got, score) = (
                    made["cv_results"][column][i].as_f64().unwrap(),
                    score.as_f64().unwrap(),
                );
                assert!(
                    (got - score).abs() < 1e-9,
                    "{k}, {scorer}: {got}, not {score}"
                );
            }
        }
    }
    let learned = &made["refit"]["learned"];
    assert_eq!(learned["features"].as_array().unwrap().len(), 4);
    let centres = learned["attributes"]["cluster_centers_"]
        .as_array()
        .unwrap();
    assert_eq!(centres.len(), 2);

    let mut alone = kmeans();
    let fields = alone.as_object_mut().unwrap();
    fields.remove("target");
    fields.insert("scoring".into(), json!("silhouette_score"));
    fields.remove("refit");
    alone["data"]["drop"] = json!(["species"]);
    let alone = job::report(&alone);
    assert_eq!(
        alone["cv_results"]["mean_test_score"],
        made["cv_results"]["mean_test_silhouette_score"]
    );
    assert_eq!(alone["setup"].get("target"), None);
}

/// A kept clusterer predicts groups, and is evaluated where there are classes
/// to compare them with.
#[test]
fn a_clusterers_model_names_groups() {
    let folder = Folder::new();
    let model = fitted(&folder, &kmeans());
    let iris = data("iris.csv");
    let groups = printed("predict", &model, &iris, &[]);
    assert_eq!(
        groups.lines().filter(|l| *l == "0" || *l == "1").count(),
        150
    );
    let scores = printed("evaluate", &model, &iris, &[]);
    assert!(scores.contains("adjusted_rand_score: 0.5"), "{scores}");
    let ran = run(pleat(["evaluate", &model])
        .arg(&iris)
        .args(["--scoring", "silhouette_score"]));
    refused(&ran, &["silhouette_score", "only a job does"]);
    let page = run(&mut pleat(["inspect", &model])).stdout;
    assert!(page.contains("cluster_centers_: 2 x 4 numbers"), "{page}");
}

#[test]
fn what_clusterers_lack_is_said_before_anything_runs() {
    let folder = Folder::new();
    let said = |change: &dyn Fn(&mut Json), texts: &[&str]| {
        let mut job = kmeans();
        change(&mut job);
        let path = folder.file("job.json", job.to_string());
        refused(&run(pleat(["tune"]).arg(path)), texts);
    };
    let without = |job: &mut Json, field: &str| {
        job.as_object_mut().unwrap().remove(field);
    };
    said(
        &|job| without(job, "scoring"),
        &["scoring", "a clusterer has no scorer of its own"],
    );
    said(
        &|job| without(job, "target"),
        &["adjusted_rand_score compares groups with a target"],
    );
    said(
        &|job| {
            job["scoring"] = json!("accuracy");
            without(job, "refit");
        },
        &["accuracy scores a classifier, and KMeans is a clusterer"],
    );
    said(
        &|job| {
            job["estimator"] = json!("SVC");
            job["scoring"] = json!("accuracy");
            job["refit"] = json!(true);
            without(job, "search");
            without(job, "target");
        },
        &["target: this field is missing"],
    );
}

/// Text goes to histogram boosting as it is, and a word nobody has seen is a
/// missing value.
#[test]
fn words_are_categories() {
    let folder = Folder::new();
    let expected = &job::reference("kinds.json")["words"];
    let csv = expected["csv"].as_str().unwrap();
    let job = json!({
        "estimator": "HistGradientBoostingClassifier",
        "target": "y",
        "data": { "csv": csv },
        "params": { "max_iter": 30, "min_samples_leaf": 5, "early_stopping": false },
        "scoring": ["accuracy", "neg_log_loss"],
        "refit": "accuracy",
        "cv": { "splitter": "StratifiedKFold", "n_splits": 5 },
    });
    let made = job::report(&job);
    for scorer in ["accuracy", "neg_log_loss"] {
        for (split, score) in expected[scorer].as_array().unwrap().iter().enumerate() {
            let got = &made["cv_results"][format!("split{split}_test_{scorer}")][0];
            let (got, score) = (got.as_f64().unwrap(), score.as_f64().unwrap());
            assert!((got - score).abs() < 1e-9, "{scorer}: {got}, not {score}");
        }
    }
    let model = fitted(&folder, &job);
    let new = folder.file(
        "new.csv",
        "b,city,a\n0.1,Paris,0.5\n0.1,,0.5\n0.1,Zug,0.5\n",
    );
    let answers = printed("predict", &model, &new, &["--proba"]);
    let lines: Vec<&str> = answers.lines().skip(1).collect();
    assert_eq!(lines[0], lines[1]);
    let text = job::reference("kinds.json")["words"]["csv"]
        .as_str()
        .unwrap()
        .to_owned();
    let refusing = json!({ "estimator": "SVC", "target": "y", "data": { "csv": text } });
    let path = folder.file("svc.json", refusing.to_string());
    refused(
        &run(pleat(["tune"]).arg(path)),
        &["column \"city\"", "OneHotEncoder"],
    );
}

/// A model that went to XGBoost's form and came back predicts what it did.
#[test]
fn models_go_to_xgboost_and_come_back() {
    let folder = Folder::new();
    let job = json!({
        "estimator": "HistGradientBoostingRegressor",
        "target": "petal_width_cm",
        "data": { "path": data("iris.csv"), "drop": ["species"] },
        "params": { "max_iter": 20 },
        "refit": true,
    });
    // XGBoost compares in single precision; these are tenths.
    let target = "petal_width_cm";
    let features = ["sepal_length_cm", "sepal_width_cm", "petal_length_cm"];
    let model = fitted(&folder, &job);
    let file = folder.path("model.json").display().to_string();
    let ran = run(&mut pleat([
        "export",
        &model,
        "--format",
        "xgboost-json",
        "-o",
        &file,
    ]));
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let back = folder.path("back.pleat").display().to_string();
    let ran = run(
        pleat(["import", &file, "--format", "xgboost-json", "-o", &back])
            .args([
                "--estimator",
                "HistGradientBoostingRegressor",
                "--target",
                target,
            ])
            .args(["--columns", &features.join(",")]),
    );
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let answers = |model: &str| -> Vec<f64> {
        let table = printed("predict", model, &data("iris.csv"), &[]);
        table.lines().skip(1).map(|l| l.parse().unwrap()).collect()
    };
    for (own, imported) in answers(&model).iter().zip(answers(&back)) {
        assert!(
            (own - imported).abs() <= 1e-6 * own.abs(),
            "{own}, {imported}"
        );
    }
    assert!(printed("evaluate", &back, &data("iris.csv"), &[]).contains("r2: "));
    let ran = run(&mut pleat(["export", &model, "--format", "pmml"]));
    refused(&ran, &["knows no format 'pmml'", "xgboost-json"]);
    let no_model = folder.file("other.json", "{\"learner\": 1}");
    let ran = run(pleat(["import", "--format", "xgboost-json", "-o", &back])
        .args(["--estimator", "HistGradientBoostingRegressor"])
        .arg(no_model));
    refused(&ran, &["other.json"]);
    let ran = run(
        pleat(["import", &file, "--format", "xgboost-json", "-o", &back]).args([
            "--estimator",
            "HistGradientBoostingRegressor",
            "--columns",
            "a,b",
        ]),
    );
    refused(
        &ran,
        &["--columns: 2 names are given, and the model takes 3 features"],
    );
}
