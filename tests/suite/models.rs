//! Models that are kept: what `pleat fit` leaves predicts new rows as
//! scikit-learn's pipeline does, whatever file they come in, and says by name
//! what it lacks.
//!
//! The numbers are `tests/data/reference/models.json`, which `models.py`
//! beside it makes. What is in a model's file, and what becomes of one that was
//! tampered with, is in `model_files`.

use std::path::Path;

use serde_json::{Value as Json, json};

use crate::support::fabric::guest;
use crate::support::job::{self, Folder, data, parse};
use crate::support::pleat::{Ran, pleat, run};

fn cases() -> Vec<Json> {
    let all = job::reference("models.json");
    all.as_array().unwrap().clone()
}

pub(super) fn case(name: &str) -> Json {
    let mut cases = cases().into_iter();
    cases.find(|c| c["name"] == name).unwrap()
}

/// Runs `pleat fit` of a job into this folder.
fn fit(folder: &Folder, job: &Json) -> (Ran, String) {
    let path = folder.file("job.toml", toml::to_string(job).unwrap());
    let model = folder.path("model.pleat").display().to_string();
    let ran = run(pleat(["fit", "-o", &model]).arg(path));
    (ran, model)
}

/// The model of a job whose fits succeed.
pub(super) fn fitted(folder: &Folder, job: &Json) -> String {
    let (ran, model) = fit(folder, job);
    assert_eq!(ran.code, Some(0), "{job}\n{}", ran.stderr);
    assert!(ran.stderr.contains(&format!("model: {model}")));
    model
}

pub(super) fn on(command: &str, model: &str, data: &Path, more: &[&str]) -> Ran {
    run(pleat([command, model]).arg(data).args(more))
}

/// What is printed when all goes well, and nothing else is said.
pub(super) fn printed(command: &str, model: &str, data: &Path, more: &[&str]) -> String {
    let ran = on(command, model, data, more);
    assert_eq!((ran.code, &ran.stderr[..]), (Some(0), ""));
    ran.stdout
}

fn predictions(model: &str, data: &Path) -> Vec<String> {
    let table = printed("predict", model, data, &[]);
    let mut lines = table.lines().map(str::to_owned);
    assert_eq!(lines.next().unwrap(), "prediction");
    lines.collect()
}

/// Refused with exit code 2 and a sentence that has all of this in it.
pub(super) fn refused(ran: &Ran, texts: &[&str]) {
    assert_eq!((ran.code, &ran.stdout[..]), (Some(2), ""), "{}", ran.stderr);
    for text in texts {
        assert!(ran.stderr.contains(text), "{text}:\n{}", ran.stderr);
    }
    assert!(ran.stderr.starts_with("error: "), "{}", ran.stderr);
    // A guest may panic where it is kept; no thread of ours does.
    assert!(!ran.stderr.contains("thread '"), "{}", ran.stderr);
}

fn close(got: f64, expected: f64, tolerance: f64) -> bool {
    (got - expected).abs() <= tolerance * expected.abs().max(1.0)
}

fn words(values: &Json) -> Vec<String> {
    let word = |v: &Json| v.as_str().map_or_else(|| v.to_string(), str::to_owned);
    values.as_array().unwrap().iter().map(word).collect()
}

#[test]
fn models_predict_and_score_as_scikit_learn_does() {
    let mut with_probabilities = 0;
    for case in cases() {
        let name = case["name"].as_str().unwrap();
        let tolerance = case["tolerance"].as_f64().unwrap();
        let folder = Folder::new();
        let model = fitted(&folder, &case["job"]);
        let new = folder.file("new.csv", case["new"].as_str().unwrap());

        let got = predictions(&model, &new);
        let expected = case["predictions"].as_array().unwrap();
        assert_eq!(got.len(), expected.len(), "{name}");
        for (got, expected) in got.iter().zip(expected) {
            let same = match expected.as_f64() {
                Some(number) => close(got.parse().unwrap(), number, tolerance),
                None => expected == got,
            };
            assert!(same, "{name}: {got}, scikit-learn's {expected}");
        }

        if case["classes"].is_array() {
            with_probabilities += 1;
            let table = printed("predict", &model, &new, &["--proba"]);
            let mut reader = csv::Reader::from_reader(table.as_bytes());
            let header: Vec<_> = reader
                .headers()
                .unwrap()
                .iter()
                .map(str::to_owned)
                .collect();
            let due = words(&case["classes"])
                .into_iter()
                .map(|c| format!("probability_{c}"));
            let due: Vec<_> = std::iter::once("prediction".to_owned())
                .chain(due)
                .collect();
            assert_eq!(header, due, "{name}");
            let rows: Vec<_> = reader.records().map(Result::unwrap).collect();
            assert_eq!(rows.len(), got.len(), "{name}");
            for (row, expected) in rows.iter().zip(case["probabilities"].as_array().unwrap()) {
                for (got, expected) in row.iter().skip(1).zip(expected.as_array().unwrap()) {
                    let (got, expected): (f64, _) = (got.parse().unwrap(), expected.as_f64());
                    assert!(close(got, expected.unwrap(), tolerance), "{name}: {got}");
                }
            }
            let same: Vec<_> = rows.iter().map(|r| r[0].to_owned()).collect();
            assert_eq!(same, got, "{name}");
        }

        let scores = printed("evaluate", &model, &new, &["--json"]);
        let scores: Json = serde_json::from_str(&scores).unwrap();
        assert_eq!(scores["rows"], got.len());
        let expected = case["scores"].as_object().unwrap();
        assert_eq!(scores["scores"].as_object().unwrap().len(), expected.len());
        for (scorer, expected) in expected {
            let (got, expected) = (&scores["scores"][scorer], expected.as_f64().unwrap());
            assert!(
                close(got.as_f64().unwrap(), expected, tolerance),
                "{name}: {scorer} is {got}, scikit-learn's {expected}"
            );
        }
        // Any scorer by itself says the same.
        let last = expected.keys().next_back().unwrap();
        let alone = printed("evaluate", &model, &new, &["--scoring", last]);
        assert_eq!(
            alone,
            format!("{last}: {}\n{} rows\n", scores["scores"][last], got.len())
        );
    }
    assert_eq!(with_probabilities, 3);
}

/// The columns of a CSV in another order, with some more between them.
fn shuffled(text: &str) -> String {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let mut writer = csv::Writer::from_writer(Vec::new());
    let turned = |row: &csv::StringRecord, more: &str| {
        let mut cells: Vec<_> = row.iter().rev().map(str::to_owned).collect();
        cells.insert(1, more.to_owned());
        cells.push("x".to_owned());
        cells
    };
    writer
        .write_record(turned(&reader.headers().unwrap().clone(), "more"))
        .unwrap();
    for row in reader.records() {
        writer.write_record(turned(&row.unwrap(), "7")).unwrap();
    }
    String::from_utf8(writer.into_inner().unwrap()).unwrap()
}

#[test]
fn columns_go_by_their_names() {
    let case = case("logistic regression");
    let folder = Folder::new();
    let model = fitted(&folder, &case["job"]);
    let text = case["new"].as_str().unwrap();
    let new = folder.file("new.csv", text);
    let turned = folder.file("turned.csv", shuffled(text));
    assert_ne!(shuffled(text).lines().next(), text.lines().next());
    for more in [&[][..], &["--proba"]] {
        assert_eq!(
            printed("predict", &model, &turned, more),
            printed("predict", &model, &new, more)
        );
    }

    let other = |from: &str, to: &str| folder.file("other.csv", text.replacen(from, to, 1));
    let lacking = other("age,city", "Age,town");
    let ran = on("predict", &model, &lacking, &[]);
    refused(
        &ran,
        &[
            "other.csv",
            "needs column \"age\", \"city\"",
            "did you mean \"Age\"?",
        ],
    );
    refused(
        &on("evaluate", &model, &lacking, &[]),
        &["needs column \"age\""],
    );
    let second = text.lines().nth(1).unwrap();
    let age = second.split(',').next().unwrap();
    let typed = other(&format!("\n{age},"), "\nold,");
    let ran = on("predict", &model, &typed, &[]);
    refused(
        &ran,
        &[
            "column \"age\" is text here",
            "\"old\"",
            "fitted on numbers",
        ],
    );
    refused(
        &on("predict", &model, &folder.path("none.csv"), &[]),
        &["none.csv"],
    );
    refused(
        &on("predict", &model, &folder.file("empty.csv", ""), &[]),
        &["empty.csv"],
    );
    let ragged = folder.file("ragged.csv", "age,city,income,code\n1,Graz\n");
    refused(&on("predict", &model, &ragged, &[]), &["line 2"]);
}

/// What a column looks like depends on the rows of a file; what the model
/// takes it for does not.
#[test]
fn columns_are_of_the_models_type() {
    let case = case("logistic regression");
    let folder = Folder::new();
    let model = fitted(&folder, &case["job"]);
    let head = "age,city,income,code\n";
    let rows = [
        "31,Graz,20.5,007\n",
        ",Bern,17,11\n",
        "55,Linz,,7\n",
        "40,,12,x4\n",
    ];
    let of = |name: &str, rows: &[&str]| {
        let path = folder.file(name, format!("{head}{}", rows.concat()));
        predictions(&model, &path);
        printed("predict", &model, &path, &["--proba"])
    };
    let all = of("all.csv", &rows);
    let lines: Vec<_> = all.lines().collect();
    // Without the last, `code` looks like numbers, and 007 like 7.
    let some = of("some.csv", &rows[..3]);
    assert_eq!(some.lines().collect::<Vec<_>>(), lines[..4]);
    // Alone, a column may have no value at all.
    for (i, row) in rows.iter().enumerate() {
        let one = of("one.csv", &[row]);
        assert_eq!(one.lines().collect::<Vec<_>>(), [lines[0], lines[i + 1]]);
    }
    // Words the model has never seen count for nothing, which is what they
    // have in common.
    let strange = of("strange.csv", &["31,Rom,20.5,q\n", "31,Ulm,20.5,12\n"]);
    let strange: Vec<_> = strange.lines().collect();
    assert_eq!(strange[1], strange[2]);
    assert_ne!(strange[1], lines[1]);

    let mut strict = case["job"].clone();
    strict["pipeline"][3]["handle_unknown"] = json!("error");
    let model = fitted(&folder, &strict);
    let ran = on(
        "predict",
        &model,
        &folder.file("rom.csv", format!("{head}31,Rom,20.5,11\n")),
        &[],
    );
    refused(&ran, &["city", "Rom"]);
}

/// One content in any format gives the same predictions.
#[test]
fn new_rows_come_in_any_format() {
    let folder = Folder::new();
    let formats = |name: &str| data("formats").join(name);
    let model = fitted(
        &folder,
        &json!({
            "estimator": "Ridge", "target": "whole", "cv": 2,
            "data": { "path": formats("mixed.csv"), "drop": ["real", "nothing", "large", "largest"] },
            "pipeline": [
                { "step": "SimpleImputer", "columns": "numeric" },
                { "step": "SimpleImputer", "name": "words", "strategy": "most_frequent", "columns": "text" },
                { "step": "OneHotEncoder", "handle_unknown": "ignore", "columns": "text" },
            ],
        }),
    );
    let expected = printed("predict", &model, &formats("mixed.csv"), &[]);
    assert_eq!(expected.lines().count(), 7);
    for name in [
        "mixed.tsv",
        "mixed.parquet",
        "mixed-lz4.parquet",
        "mixed.feather",
        "mixed.arrow",
        "mixed.arrows",
    ] {
        assert_eq!(
            printed("predict", &model, &formats(name), &[]),
            expected,
            "{name}"
        );
        printed("evaluate", &model, &formats(name), &[]);
    }

    let model = fitted(
        &folder,
        &json!({
            "estimator": "KNeighborsClassifier", "target": "y", "cv": 2,
            "params": { "n_neighbors": 1 }, "pipeline": ["SimpleImputer"],
            "data": { "path": formats("arrays.csv") },
        }),
    );
    for name in [
        "arrays.csv",
        "arrays.npz",
        "arrays-packed.npz",
        "fortran.npy",
    ] {
        assert_eq!(
            predictions(&model, &formats(name)),
            ["no", "yes", "é", "no"],
            "{name}"
        );
    }
    let score = printed("evaluate", &model, &formats("arrays-big-endian.npz"), &[]);
    assert_eq!(score, "accuracy: 1.0\n4 rows\n");
    refused(
        &on("evaluate", &model, &formats("fortran.npy"), &[]),
        &["unknown column \"y\"", "x0"],
    );

    let semicolons = folder.file("rows.csv", "x2;x1;x0\n3;-2;1.5\n");
    assert_eq!(
        printed("predict", &model, &semicolons, &["--delimiter", ";"]),
        "prediction\nno\n"
    );
}

#[test]
fn answers_go_where_they_are_wanted() {
    let folder = Folder::new();
    let case = case("svc");
    let model = fitted(&folder, &case["job"]);
    let new = folder.file("new.csv", case["new"].as_str().unwrap());
    let out = folder.path("out.csv");
    let ran = on("predict", &model, &new, &["-o", out.to_str().unwrap()]);
    assert_eq!((ran.code, &ran.stdout[..]), (Some(0), ""), "{}", ran.stderr);
    let written = std::fs::read_to_string(&out).unwrap();
    assert_eq!(written, printed("predict", &model, &new, &[]));
    let nowhere = folder.path("no/such/folder.csv");
    let ran = on("predict", &model, &new, &["-o", nowhere.to_str().unwrap()]);
    refused(&ran, &["folder.csv cannot be written"]);

    refused(
        &on("predict", &model, &new, &["--proba"]),
        &["--proba", "SVC gives no probabilities"],
    );
    let ran = on("evaluate", &model, &new, &["--scoring", "neg_log_loss"]);
    refused(&ran, &["neg_log_loss", "probabilities"]);
    refused(
        &on("evaluate", &model, &new, &["--scoring", "r2"]),
        &["r2 scores a regressor", "SVC"],
    );
    refused(
        &on("evaluate", &model, &new, &["--scoring", "acuracy"]),
        &["did you mean \"accuracy\"?"],
    );
    // Too little memory is a failure of the model, and said to be one.
    let ran = on("predict", &model, &new, &["--memory", "1MiB"]);
    refused(&ran, &["memory"]);
}

#[test]
fn what_cannot_be_scored_is_named() {
    let folder = Folder::new();
    let case = case("weights");
    let model = fitted(&folder, &case["job"]);
    let text = case["new"].as_str().unwrap();
    let changed = |from: &str, to: &str| folder.file("new.csv", text.replace(from, to));
    let score = |path: &Path| on("evaluate", &model, path, &[]);
    refused(
        &score(&changed(",w,", ",v,")),
        &["unknown column \"w\"; allowed: age"],
    );
    refused(
        &score(&changed(",two\n", ",too\n")),
        &["unknown column \"two\""],
    );
    refused(
        &score(&changed(",5\n", ",8\n")),
        &["column \"two\" has the class \"8\"", "it knows 1, 5"],
    );
    refused(&score(&changed(",5\n", ",no\n")), &["\"two\""]);
    refused(&score(&changed(",5\n", ",\n")), &["\"two\""]);
    // The weights are looked at: without them it is another number.
    let ones = {
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let names = reader.headers().unwrap().clone();
        let w = names.iter().position(|n| n == "w").unwrap();
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(&names).unwrap();
        for row in reader.records() {
            let row = row.unwrap();
            let cells = row.iter().enumerate();
            writer
                .write_record(cells.map(|(i, cell)| if i == w { "1" } else { cell }))
                .unwrap();
        }
        folder.file("ones.csv", writer.into_inner().unwrap())
    };
    let plain = folder.file("plain.csv", text);
    assert_ne!(
        printed("evaluate", &model, &ones, &[]),
        printed("evaluate", &model, &plain, &[])
    );
    // To predict they are not needed, nor is the target.
    let bare = changed(",w,two\n", ",v,z\n");
    assert_eq!(predictions(&model, &bare), predictions(&model, &plain));
}

/// Labels that are text stay text where they look like numbers.
#[test]
fn labels_are_of_the_models_type_too() {
    let folder = Folder::new();
    let rows: String = (0..12)
        .map(|i| format!("{i},{}\n", ["01", "1", "b"][i / 4]))
        .collect();
    let model = fitted(
        &folder,
        &json!({ "estimator": "DecisionTreeClassifier", "target": "y", "cv": 2,
                 "data": { "csv": format!("x,y\n{rows}") } }),
    );
    let new = folder.file("new.csv", "x,y\n1,01\n5,1\n2,1\n3,01\n");
    assert_eq!(predictions(&model, &new), ["01", "1", "01", "01"]);
    assert_eq!(
        printed("evaluate", &model, &new, &[]),
        "accuracy: 0.75\n4 rows\n"
    );
}

#[test]
fn a_model_says_what_it_is() {
    let folder = Folder::new();
    let case = case("the best of several estimators");
    let model = fitted(&folder, &case["job"]);
    let ran = run(&mut pleat(["inspect", &model]));
    assert_eq!((ran.code, &ran.stderr[..]), (Some(0), ""));
    for text in [
        "Ridge (regressor)",
        "alpha=",
        "fill, fill-text, standardscaler, onehotencoder",
        "cost",
        "180 rows",
        "neg_mean_squared_error, mean over the splits",
        "sha256:",
        concat!("pleat ", env!("CARGO_PKG_VERSION")),
        "income",
        "numeric",
        "text",
    ] {
        assert!(ran.stdout.contains(text), "{text}:\n{}", ran.stdout);
    }
    let document = parse(&run(&mut pleat(["inspect", &model, "--json"])));
    let (manifest, header) = (&document["manifest"], &document["model"]);
    assert_eq!(manifest["format"], "pleat-model/1");
    assert_eq!(manifest["files"].as_object().unwrap().len(), 3);
    assert_eq!(header["estimator"], "Ridge");
    assert_eq!(header["candidate"]["estimator"], "Ridge");
    assert_eq!(header["rows"], 180);
    let columns =
        ["age", "city", "income", "code"].map(|n| json!({ "name": n, "text": n.starts_with('c') }));
    assert_eq!(header["columns"], json!(columns));
    assert_eq!(document["setup"]["target"], "cost");

    // A name may be anybody's; a terminal does not act on it.
    let path = folder.file(
        "loud.json",
        job::job("iris", "GaussianNB", json!({ "name": "a\u{1b}[2Jb\n" })).to_string(),
    );
    let loud = folder.path("loud.pleat");
    let ran = run(pleat(["fit", "-o"]).args([&loud, &path]));
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let ran = run(pleat(["inspect"]).arg(loud));
    assert!(ran.stdout.contains("a [2Jb"), "{}", ran.stdout);
    assert!(!ran.stdout.contains('\u{1b}'), "{}", ran.stdout);

    // What it was made by is the report's.
    let path = folder.file("again.json", case["job"].to_string());
    let report = folder.path("report.json");
    let ran = run(pleat(["tune", "--report"]).args([&report, &path]));
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let report: Json = serde_json::from_slice(&std::fs::read(report).unwrap()).unwrap();
    assert_eq!(manifest["score"], report["best_score"]);
    assert_eq!(manifest["scorer"], "neg_mean_squared_error");
}

#[test]
fn a_model_is_the_one_that_is_asked_for() {
    let folder = Folder::new();
    let candidate = |job: &Json| {
        let model = fitted(&folder, job);
        let document = parse(&run(&mut pleat(["inspect", &model, "--json"])));
        (
            document["manifest"]["scorer"].clone(),
            document["model"]["candidate"].clone(),
        )
    };
    // Without a search there is one candidate.
    let plain = job::job(
        "iris",
        "GaussianNB",
        json!({ "params": { "var_smoothing": 0.5 } }),
    );
    assert_eq!(candidate(&plain), (json!("accuracy"), json!({})));

    // Of several scorers the first decides, or the one that is named.
    let search = |more: Json| {
        let mut all = json!({
            "scoring": ["neg_log_loss", "accuracy"],
            "search": { "strategy": "grid", "space": { "n_neighbors": [3, 11] } },
        });
        all.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        job::job("digits", "KNeighborsClassifier", all)
    };
    let best = |by: &str| {
        let report = job::report(&search(json!({ "refit": by })));
        (json!(by), report["best_params"].clone())
    };
    assert_eq!(candidate(&search(json!({}))), best("neg_log_loss"));
    assert_eq!(
        candidate(&search(json!({ "refit": "accuracy" }))),
        best("accuracy")
    );
    assert_ne!(best("accuracy").1, best("neg_log_loss").1);

    let (ran, model) = fit(&folder, &search(json!({ "refit": false })));
    refused(&ran, &["refit: false leaves no model"]);
    let (ran, _) = fit(&folder, &search(json!({ "refit": true })));
    refused(&ran, &["refit", "neg_log_loss, accuracy"]);
    std::fs::remove_file(&model).unwrap();

    // A job without any score has no best, and leaves no file.
    let hopeless = json!({ "search": { "strategy": "grid", "space": { "n_neighbors": [1000] } } });
    let (ran, model) = fit(&folder, &job::job("iris", "KNeighborsClassifier", hopeless));
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
    assert!(
        ran.stderr
            .contains("the job left no model: no candidate has a score"),
        "{}",
        ran.stderr
    );
    assert!(!Path::new(&model).exists());

    // Where it cannot be written, nothing is run first.
    let path = folder
        .file("job.json", plain.to_string())
        .display()
        .to_string();
    let ran = run(&mut pleat(["fit", &path, "-o", "no/such/folder/m"]));
    refused(&ran, &["the model cannot be written to no/such/folder/m"]);
}

/// A component of one's own travels with its model.
#[test]
fn a_model_brings_its_component() {
    let folder = Folder::new();
    let wasm = folder.file("mine.wasm", std::fs::read(guest("noop")).unwrap());
    let model = fitted(
        &folder,
        &job::job("iris", "Noop", json!({ "component": wasm })),
    );
    std::fs::remove_file(wasm).unwrap();
    let got = run(pleat(["predict", &model])
        .arg(data("iris.csv"))
        .env("PLEAT_CACHE", folder.path("cache")));
    assert_eq!(got.code, Some(0), "{}", got.stderr);
    assert_eq!(
        got.stdout,
        format!("prediction\n{}", "setosa\n".repeat(150))
    );
}
