//! Jobs that `pleat init` drafts: they run as they are, on tidy data and on
//! messy, and what cannot be learned is said before there is one.

use serde_json::Value as Json;

use crate::support::job::{Folder, data, target};
use crate::support::pleat::{Ran, pleat, run};

fn init(folder: &Folder, data: &str, target: &str, more: &[&str]) -> (Ran, String) {
    let job = folder.path("job.toml").display().to_string();
    let ran = run(pleat(["init", data, "--target", target, "-o", &job]).args(more));
    (ran, job)
}

/// Drafts a job and runs it, with fewer candidates; the document and the
/// report.
fn drafted(data: &str, target: &str, more: &[&str]) -> (String, Json) {
    let folder = Folder::new();
    let (ran, job) = init(&folder, data, target, more);
    assert_eq!((ran.code, &ran.stdout[..]), (Some(0), ""), "{}", ran.stderr);
    let text = std::fs::read_to_string(&job).unwrap();
    let _: toml::Table = toml::from_str(&text).unwrap_or_else(|e| panic!("{e}\n{text}"));
    assert!(text.contains("n_iter = 20\n"), "{text}");
    // As many as it takes to have one of each estimator.
    std::fs::write(&job, text.replace("n_iter = 20\n", "n_iter = 8\n")).unwrap();
    let ran = run(&mut pleat(["tune", &job, "--output", "json"]));
    assert_eq!(ran.code, Some(0), "{text}\n{}", ran.stderr);
    let report: Json = serde_json::from_str(&ran.stdout).unwrap();
    assert!(report["best_score"].is_number(), "{report}");
    (text, report)
}

fn says(text: &str, lines: &[&str]) {
    for line in lines {
        assert!(text.contains(line), "{line}:\n{text}");
    }
}

#[test]
fn a_draft_of_each_data_set_runs() {
    for (name, better_than, line) in [
        ("iris", 0.9, "# 3 classes: setosa 33.3 %"),
        ("digits", 0.9, "# 10 classes: "),
        ("breast_cancer", 0.9, "# 2 classes: "),
        ("diabetes", 0.4, "scoring = \"r2\""),
    ] {
        let path = data(&format!("{name}.csv")).display().to_string();
        let (text, report) = drafted(&path, target(name), &[]);
        says(&text, &[line, "n_splits = 5"]);
        let best = report["best_score"].as_f64().unwrap();
        assert!(best > better_than, "{name}: {best}");
    }
}

#[test]
fn a_draft_of_messy_data_runs() {
    let folder = Folder::new();
    let row = |i: usize| {
        let age = if i % 5 == 3 {
            String::new()
        } else {
            format!("{}", 20 + i * 7 % 50)
        };
        let city = ["Bern", "\"Graz, A\"", "\"L\"\"nz\"", "Wien  ", ""][i / 3 % 5];
        let bought = match i % 11 {
            10 => "",
            0 => "yes",
            _ => "no",
        };
        format!(
            "{i};{age};{}.5;{city};;2024-01-{:02};x;id-{i};{bought}\r\n",
            i % 13,
            i % 28 + 1
        )
    };
    let rows: String = (0..70).map(row).collect();
    let path = folder.file(
        "messy file.csv",
        format!("\u{feff};Age [years];in.come;\"ci\"\"ty\";empty;day;const;id;bought?\r\n{rows}"),
    );
    let path = path.display().to_string();
    let (text, report) = drafted(&path, "bought?", &["--delimiter", ";"]);
    says(
        &text,
        &[
            "# A job for messy file.csv",
            "70 rows, 9 columns",
            "target = \"bought?\"",
            "balanced_accuracy",
            "strategy = \"median\"",
            "strategy = \"most_frequent\"",
            "handle_unknown = \"ignore\"",
            "delimiter = \";\"",
            "drop_missing_target = true",
            "\"empty\", \"day\", \"const\", \"id\"]",
            "spaces around them",
        ],
    );
    assert_eq!(report["setup"]["target"], "bought?");
}

/// Folds and neighbours go by the rows there are.
#[test]
fn a_draft_of_few_rows_runs() {
    let folder = Folder::new();
    let file = |name: &str, rows: usize, y: fn(usize) -> String| {
        let rows: String = (0..rows)
            .map(|i| format!("{i},{},{}\n", i * i % 7, y(i)))
            .collect();
        folder
            .file(name, format!("a,b,y\n{rows}"))
            .display()
            .to_string()
    };
    for (path, line) in [
        (
            file("two.csv", 8, |i| ["u", "v"][i % 2].into()),
            "n_splits = 4",
        ),
        (
            file("three.csv", 9, |i| ["u", "v", "w"][i % 3].into()),
            "n_splits = 3",
        ),
        (file("four.csv", 8, |i| (i % 4).to_string()), "n_splits = 2"),
        (
            file("numbers.csv", 12, |i| format!("{}.37", i * 3)),
            "n_splits = 5",
        ),
        (
            file("lonely.csv", 40, |i| {
                ["u", "v", "w"][if i == 9 { 2 } else { i % 2 }].into()
            }),
            "single row",
        ),
        (
            file("many.csv", 200, |i| format!("c{}", i % 40)),
            "# 40 classes: ",
        ),
    ] {
        says(&drafted(&path, "y", &[]).0, &[line]);
    }
}

#[test]
fn what_cannot_be_learned_is_said_at_once() {
    let folder = Folder::new();
    let file = |text: &str| folder.file("data.csv", text).display().to_string();
    let refused = |text: &str, target: &str, said: &[&str]| {
        let (ran, job) = init(&folder, &file(text), target, &[]);
        assert_eq!((ran.code, &ran.stdout[..]), (Some(2), ""), "{}", ran.stderr);
        says(&ran.stderr, said);
        assert!(!std::path::Path::new(&job).exists());
    };
    refused(
        "ab,y\n1,2\n2,3\n",
        "Y",
        &[
            "--target: unknown column \"Y\"",
            "did you mean \"y\"?",
            "allowed: ab, y",
        ],
    );
    refused("a,y\n1,\n2,\n", "y", &["column \"y\" has no values"]);
    refused(
        "a,y\n1,u\n2,u\n3,\n",
        "y",
        &["column \"y\" is u in every row that has a value"],
    );
    refused("y\n1\n2\n", "y", &["no column to learn \"y\" from"]);
    refused(
        "a,y\n,1\n,2\n",
        "y",
        &[
            "no column to learn \"y\" from",
            "column \"a\" has no values",
        ],
    );
    refused("a;y\n1;2\n", "y", &["unknown column \"y\""]);
    refused("", "y", &["data.csv", "empty"]);
    let (ran, _) = init(&folder, "none.csv", "y", &[]);
    assert_eq!(ran.code, Some(2));
    says(&ran.stderr, &["none.csv"]);
}

#[test]
fn a_draft_is_printed_or_written_where_nothing_is() {
    let folder = Folder::new();
    let iris = data("iris.csv").display().to_string();
    let (ran, job) = init(&folder, &iris, "species", &[]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    says(&ran.stderr, &[&format!("pleat tune {job}")]);
    let text = std::fs::read_to_string(&job).unwrap();
    let printed = run(&mut pleat(["init", &iris, "--target", "species"]));
    assert_eq!((printed.code, &printed.stdout), (Some(0), &text));

    std::fs::write(&job, "mine").unwrap();
    let (ran, _) = init(&folder, &iris, "species", &[]);
    assert_eq!(ran.code, Some(2));
    says(&ran.stderr, &["job.toml cannot be written"]);
    assert_eq!(std::fs::read_to_string(&job).unwrap(), "mine");

    // The data is named as the job file will find it.
    std::fs::create_dir(folder.path("sub")).unwrap();
    std::fs::copy(&iris, folder.path("sub/rows.csv")).unwrap();
    let within = folder.path("");
    let drafted = |args: [&str; 2], named: &str| {
        let ran = run(
            pleat(["init", args[0], "--target", "species", "-o", args[1]]).current_dir(&within),
        );
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        let text = std::fs::read_to_string(within.join(args[1])).unwrap();
        says(&text, &[named]);
        let text = text.replace("n_iter = 20", "n_iter = 1");
        let job = within.join(args[1]);
        std::fs::write(&job, text).unwrap();
        let ran = run(pleat(["tune"]).arg(job).current_dir("/"));
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    };
    drafted(["sub/rows.csv", "one.toml"], "path = \"sub/rows.csv\"");
    drafted(["sub/rows.csv", "sub/two.toml"], "path = \"rows.csv\"");
    std::fs::create_dir(folder.path("jobs")).unwrap();
    drafted(["sub/rows.csv", "jobs/three.toml"], "/sub/rows.csv\"");
}
