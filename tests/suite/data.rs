//! Data as people have it: the same job from any format, what `[data]` makes
//! of a table, and what is said about it before anything runs.

use pleat::data::read_apart;
use pleat_core::data::Dialect;
use serde_json::{Value as Json, json};

use crate::support::job::{Folder, data};
use crate::support::pleat::{EXE, Ran, pleat, run};

fn inspect(args: &[&str]) -> Ran {
    run(&mut pleat(["data", "inspect"].iter().chain(args)))
}

fn document(args: &[&str]) -> Json {
    let ran = inspect(&[args, &["--json"]].concat());
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    serde_json::from_str(&ran.stdout).unwrap()
}

fn formats(name: &str) -> String {
    data("formats").join(name).display().to_string()
}

#[test]
fn a_file_is_shown_as_it_is_read() {
    let folder = Folder::new();
    let rows: String = (0..30)
        .map(|i| {
            format!(
                "{i};{}.5;{};{}\n",
                i % 7,
                ["u", "v"][i % 2],
                if i == 5 { "?" } else { "1" }
            )
        })
        .collect();
    let path = folder.file("shop.csv", format!("id;size;class;count\n{rows}"));
    let path = path.to_str().unwrap();
    let ran = inspect(&[path, "--delimiter", ";", "--target", "class"]);
    assert_eq!((ran.code, &ran.stderr[..]), (Some(0), ""));
    for text in [
        "0.5 to 6.5",
        "u: 15 rows, 50.0 %",
        "column \"id\" counts the rows and looks like an index: drop = [\"id\"] leaves it out",
        "1 of its 30 values are no numbers (\"?\" in row 6): na_values = [\"?\"]",
        "30 rows x 4 columns, sha256:",
    ] {
        assert!(ran.stdout.contains(text), "{text}:\n{}", ran.stdout);
    }

    let found = document(&[
        path,
        "--delimiter",
        ";",
        "--na-value",
        "?",
        "--type",
        "size=text",
    ]);
    let column = |i: usize| &found["columns"][i];
    assert_eq!(
        (
            &column(3)["name"],
            &column(3)["type"],
            &column(3)["missing"],
            &column(3)["mean"]
        ),
        (&json!("count"), &json!("numeric"), &json!(1), &json!(1.0))
    );
    assert_eq!(column(1)["type"], "text");
    assert_eq!(column(1)["commonest"][0], json!(["0.5", 5]));

    let wrong = inspect(&[path, "--target", "class"]);
    assert_eq!((wrong.code, &wrong.stdout[..]), (Some(2), ""));
    assert!(
        wrong.stderr.contains("unknown column \"class\""),
        "{}",
        wrong.stderr
    );
}

/// A wrong option or file is named, with what is allowed.
#[test]
fn what_cannot_be_inspected_is_named() {
    let csv = formats("mixed.csv");
    let parquet = formats("mixed.parquet");
    let folder = Folder::new();
    let there = folder.path("").display().to_string();
    for (args, texts) in [
        (&["none.csv"][..], &["none.csv", "No such file"][..]),
        (&[&there], &[&there]),
        (
            &[&csv, "--target", "wholes"],
            &["\"wholes\"", "did you mean \"whole\"?"],
        ),
        (
            &[&csv, "--type", "wordy=text"],
            &["\"wordy\"", "did you mean \"word\"?"],
        ),
        (
            &[&csv, "--type", "word=words"],
            &["--type", "words", "numeric"],
        ),
        (&[&csv, "--type", "word"], &["--type"]),
        (
            &[&csv, "--type", "word=numeric"],
            &["column \"word\"", "\"b\" in row 1"],
        ),
        (&[&csv, "--delimiter", "ab"], &["--delimiter", "ab"]),
        (
            &[&parquet, "--delimiter", ";"],
            &["means nothing for Parquet"],
        ),
    ] {
        let ran = inspect(args);
        assert_eq!((ran.code, &ran.stdout[..]), (Some(2), ""), "{args:?}");
        for text in texts {
            assert!(
                ran.stderr.contains(text),
                "{args:?}, {text}:\n{}",
                ran.stderr
            );
        }
    }
}

#[test]
fn one_content_has_one_digest() {
    let digest = |name: &str| document(&[&formats(name)])["digest"].clone();
    let expected = digest("mixed.csv");
    for name in [
        "mixed.tsv",
        "mixed.parquet",
        "mixed-zstd.parquet",
        "mixed.feather",
        "mixed.arrow",
    ] {
        assert_eq!(digest(name), expected, "{name}");
    }
}

/// Dropping, sorting and leaving out rows make the table that would be there
/// if the file had been written so.
#[test]
fn a_job_learns_from_what_its_data_section_makes() {
    let folder = Folder::new();
    let class = |i: usize| ["u", "v", ""][i % 3];
    let row = |i: usize| format!("{},{},{},{}\n", 40 - i, i % 7, i * i % 11, class(i));
    let rows: String = (0..40).map(row).collect();
    folder.file("all.csv", format!("day,a,b,y\n{rows}"));
    let kept: String = (0..40)
        .rev()
        .filter(|i| i % 3 != 2)
        .map(|i| row(i).split_once(',').unwrap().1.to_owned())
        .collect();
    folder.file("kept.csv", format!("a,b,y\n{kept}"));
    let job = |name: &str, data: &str| {
        let text = format!(
            "name = \"one\"\nestimator = \"GaussianNB\"\ntarget = \"y\"\n[data]\npath = \"{name}\"\n{data}"
        );
        let path = folder.file("job.toml", text);
        let report = folder.path("report.json");
        let ran = run(pleat(["tune", "--slots", "1", "--report"]).args([&report, &path]));
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        let report: Json = serde_json::from_slice(&std::fs::read(report).unwrap()).unwrap();
        (report["result_digest"].clone(), ran.stderr)
    };
    let made = "drop = [\"day\"]\nsort_by = \"day\"\ndrop_missing_target = true\n";
    let (made, _) = job("all.csv", made);
    let (kept, said) = job("kept.csv", "");
    assert!(made.is_string());
    assert_eq!(made, kept);
    assert!(!said.contains("index"), "{said}");
}

/// The readers of Arrow panic and ask for any amount of memory when a file is
/// forged; whatever they do, the answer is a sentence.
#[test]
fn strangers_blobs_are_read_apart() {
    let dialect = Dialect::default();
    let scratch = tempfile::tempdir().unwrap();
    let read = |bytes: Vec<u8>| {
        let exe = std::path::Path::new(EXE);
        read_apart(exe, &bytes.into(), &dialect, scratch.path()).map(|e| e.digest.to_string())
    };
    for name in [
        "mixed.parquet",
        "mixed.feather",
        "mixed.arrows",
        "mixed.csv",
        "arrays-packed.npz",
    ] {
        let whole = std::fs::read(data("formats").join(name)).unwrap();
        let digest = document(&[&formats(name)])["digest"].clone();
        assert_eq!(read(whole.clone()).unwrap(), digest, "{name}");
        // Every length in the file becomes the largest there is, one after
        // another.
        for at in (8..whole.len() - 8).step_by(whole.len() / 40) {
            let mut forged = whole.clone();
            forged[at..at + 7].fill(0x7f);
            if let Err(e) = read(forged) {
                let said = e.to_string();
                assert!(
                    !said.is_empty() && !said.contains("panicked"),
                    "{name}, {at}: {said}"
                );
            }
        }
    }
    assert_eq!(std::fs::read_dir(scratch.path()).unwrap().count(), 0);
    let error = read(b"a,b\n1\n".to_vec()).unwrap_err().to_string();
    assert!(error.starts_with("line 2: 1 fields"), "{error}");
}
