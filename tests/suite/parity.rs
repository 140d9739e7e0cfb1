//! Parity with scikit-learn as a whole: the page that says what is the same
//! leaves nothing out, and one job through every section scores as the same
//! pipelines there. Numbers of single parts are compared beside the parts.

use std::path::PathBuf;

use serde_json::Value as Json;

use crate::support::job::{Folder, data};
use crate::support::pleat::{Ran, pleat, run};

/// The lines under each heading of the page that is a name in code.
fn page() -> Vec<(String, Vec<String>)> {
    let path = data("../../PARITY.md");
    let text = std::fs::read_to_string(path).unwrap();
    let mut sections: Vec<(String, Vec<String>)> = Vec::new();
    for line in text.lines() {
        if let Some(title) = line.strip_prefix('#') {
            let title = title.trim_matches(['#', ' ', '`']);
            sections.push((title.to_owned(), Vec::new()));
        } else if let Some((_, lines)) = sections.last_mut() {
            lines.push(line.to_owned());
        }
    }
    sections
}

fn catalogue() -> Json {
    let Ran { code, stdout, .. } = run(&mut pleat(["catalogue", "--json"]));
    assert_eq!(code, Some(0));
    serde_json::from_str(&stdout).unwrap()
}

#[test]
fn the_page_of_differences_leaves_nothing_out() {
    let (page, offer) = (page(), catalogue());
    let lines = |title: &str| {
        page.iter()
            .find(|(t, _)| t == title)
            .map(|(_, lines)| lines)
    };
    let row = |lines: &[String], name: &str| {
        let start = format!("| `{name}` |");
        lines.iter().filter(|line| line.starts_with(&start)).count()
    };
    let mut said = 0;
    for section in ["splitters", "steps", "estimators"] {
        for entry in offer[section].as_array().unwrap() {
            let name = entry["name"].as_str().unwrap();
            let lines = lines(name).unwrap_or_else(|| panic!("{name} is not in PARITY.md"));
            for param in entry["params"].as_array().unwrap() {
                let param = param["name"].as_str().unwrap();
                assert_eq!(row(lines, param), 1, "{name}.{param} in PARITY.md");
                let not_offered = format!("| `{param}` |");
                let denied =
                    |l: &&String| l.starts_with(&not_offered) && l.contains("| not offered");
                assert_eq!(lines.iter().find(denied), None, "{name}.{param}");
                said += 1;
            }
        }
    }
    let scorers = lines("Scorers").unwrap();
    for name in offer["scorers"].as_array().unwrap() {
        let name = name.as_str().unwrap();
        assert_eq!(row(scorers, name), 1, "{name} in PARITY.md");
    }
    assert!(said > 450, "{said}");
}

/// The recorded table and scores; or, where `PLEAT_REFERENCE` names a folder,
/// those scikit-learn made there just now (`tests/parity/live.py`).
fn mixed(extension: &str) -> PathBuf {
    let folder =
        std::env::var_os("PLEAT_REFERENCE").map_or_else(|| data("reference"), PathBuf::from);
    folder.join("mixed").with_extension(extension)
}

#[test]
fn a_table_of_every_kind_of_column_scores_as_in_scikit_learn() {
    let folder = Folder::new();
    std::fs::create_dir(folder.path("reference")).unwrap();
    std::fs::copy(mixed("csv"), folder.path("reference/mixed.csv")).unwrap();
    let job = folder.file("mixed.toml", std::fs::read(data("mixed.toml")).unwrap());
    let mut command = pleat(["tune", "--output", "json"]);
    let ran = run(command.arg(job));
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let report: Json = serde_json::from_str(&ran.stdout).unwrap();
    let results = &report["cv_results"];
    let reference: Json = serde_json::from_slice(&std::fs::read(mixed("json")).unwrap()).unwrap();
    let mut compared = 0;
    for (row, name) in results["param_estimator"]
        .as_array()
        .unwrap()
        .iter()
        .enumerate()
    {
        let scores = &reference["scores"][name.as_str().unwrap()];
        // Both are as near to the minimum as the tolerance of their searches.
        let allowed = if name == "LogisticRegression" {
            1e-6
        } else {
            1e-9
        };
        for (scorer, expected) in scores.as_object().unwrap() {
            for (split, expected) in expected.as_array().unwrap().iter().enumerate() {
                let column = format!("split{split}_test_{scorer}");
                let (got, expected) = (&results[&column][row], expected.as_f64().unwrap());
                let off = (got.as_f64().unwrap() - expected).abs();
                assert!(
                    off < allowed,
                    "{name} {column}: {got} where {expected} is expected"
                );
                compared += 1;
            }
        }
    }
    assert_eq!(compared, 4 * 5 * 4);
}
