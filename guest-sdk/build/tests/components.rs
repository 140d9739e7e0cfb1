//! From crate to component, for real: what a component imports and exports,
//! that it is the same wherever it is built, and what is said when it is not
//! one.

use std::error::Error as _;
use std::fs;
use std::path::{Path, PathBuf};

use pleat_build::{Error, Request, Surface, build, componentize, rerun_paths, surface};

type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Beside the target directory's profiles, which all share it.
fn guests() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("../guests")
}

#[test]
fn a_component_asks_for_control_and_offers_an_estimator() -> Result {
    let request = Request::new(workspace(), "pleat-test-noop", guests());
    let component = build(&request)?;
    let Surface { imports, exports } = surface("noop", &component)?;
    // `types` holds nothing that could be called.
    assert_eq!(
        imports,
        ["pleat:task/control@0.1.0", "pleat:task/types@0.1.0"]
    );
    assert_eq!(exports, ["pleat:task/estimator@0.1.0"]);

    let watched = rerun_paths(&request)?;
    let root = workspace().canonicalize()?;
    for file in [
        "wit/types.wit",
        "guest-sdk/src/lib.rs",
        "tests/guests/noop/Cargo.toml",
    ] {
        assert!(
            watched.contains(&root.join(file)),
            "{file} is not among {watched:?}"
        );
    }
    Ok(())
}

/// The digest of a component names its source, so a checkout elsewhere, with
/// fewer members and another target directory, must give the same bytes.
#[test]
fn another_checkout_gives_the_same_bytes() -> Result {
    let here = build(&Request::new(workspace(), "pleat-test-noop", guests()))?;

    let elsewhere = Path::new(env!("CARGO_TARGET_TMPDIR")).join("another checkout");
    let checkout = elsewhere.join("pleat");
    if checkout.exists() {
        fs::remove_dir_all(&checkout)?;
    }
    for path in [
        "wit",
        "guest-sdk/Cargo.toml",
        "guest-sdk/src",
        "tests/guests/noop",
        "Cargo.lock",
    ] {
        copy(&workspace().join(path), &checkout.join(path))?;
    }
    let mut manifest: toml::Table = fs::read_to_string(workspace().join("Cargo.toml"))?.parse()?;
    let members = ["guest-sdk", "tests/guests/noop"]
        .map(toml::Value::from)
        .to_vec();
    if let Some(workspace) = manifest.get_mut("workspace").and_then(|w| w.as_table_mut()) {
        workspace.insert("members".into(), members.into());
        workspace.remove("default-members");
    }
    fs::write(checkout.join("Cargo.toml"), manifest.to_string())?;
    let target_dir = elsewhere.join("target");
    let there = build(&Request::new(checkout, "pleat-test-noop", target_dir))?;
    assert!(
        here == there,
        "{} bytes here, {} bytes there",
        here.len(),
        there.len()
    );

    // Nor is there anything in it about this machine.
    let root = workspace().canonicalize()?;
    let home = std::env::home_dir().unwrap_or_default();
    for path in [root, home]
        .iter()
        .filter_map(|path| path.to_str())
        .filter(|p| p.len() > 1)
    {
        let found = here
            .windows(path.len())
            .any(|window| window == path.as_bytes());
        assert!(!found, "the component names {path}");
    }
    Ok(())
}

fn copy(from: &Path, to: &Path) -> Result {
    if from.is_file() {
        fs::create_dir_all(to.parent().ok_or("no parent")?)?;
        fs::copy(from, to)?;
        return Ok(());
    }
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        copy(&entry.path(), &to.join(entry.file_name()))?;
    }
    Ok(())
}

#[test]
fn the_components_written_by_hand_are_valid() -> Result {
    let guests = workspace().join("tests/guests");
    let forbidden = wat::parse_file(guests.join("forbidden.wat"))?;
    assert_eq!(
        surface("forbidden", &forbidden)?.imports,
        [
            "pleat:task/secrets@0.1.0",
            "wasi:sockets/instance-network@0.2.3"
        ]
    );

    let wrong = wat::parse_file(guests.join("wrong-types.wat"))?;
    assert_eq!(
        surface("wrong", &wrong)?.exports,
        ["pleat:task/estimator@0.1.0"]
    );
    Ok(())
}

#[test]
fn a_module_that_is_no_task_is_refused_with_its_name() -> Result {
    let refusal = componentize("lonely", &wat::parse_str("(module)")?);
    let sentence = refusal.err().ok_or("it was taken for a task")?.to_string();
    assert!(
        sentence.starts_with("lonely is not a task: it does not export"),
        "{sentence}"
    );
    Ok(())
}

#[test]
fn a_package_that_is_not_there_is_cargos_to_explain() {
    let refusal = build(&Request::new(workspace(), "pleat-no-such-task", guests()));
    assert!(
        matches!(&refusal, Err(Error::Cargo { package, .. }) if package == "pleat-no-such-task")
    );
    assert!(refusal.is_err_and(|e| e.source().is_none()));
}
