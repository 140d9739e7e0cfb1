//! Compiles the built-in tasks and writes the table that embeds them.
//!
//! `PLEAT_GUESTS=DIR` takes them from that folder instead, for machines whose
//! toolchain has no WebAssembly target.

use std::error::Error;
use std::path::{Path, PathBuf};

/// The built-in families: folders of `tasks/`, packages `pleat-task-<family>`.
const FAMILIES: [&str; 11] = [
    "bayes",
    "boosting",
    "cluster",
    "discriminant",
    "dummy",
    "linear",
    "neighbors",
    "neural",
    "smartcore",
    "svm",
    "trees",
];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-env-changed=PLEAT_GUESTS");
    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    let workspace = Path::new(&std::env::var("CARGO_MANIFEST_DIR")?)
        .join("..")
        .canonicalize()?;
    let prebuilt = std::env::var_os("PLEAT_GUESTS").map(PathBuf::from);
    let mut table = String::from("const COMPONENTS: &[(&str, &[u8])] = &[\n");
    for family in FAMILIES {
        let component = match &prebuilt {
            Some(dir) => {
                let path = dir.join(format!("{family}.wasm"));
                println!("cargo::rerun-if-changed={}", path.display());
                std::fs::read(&path)
                    .map_err(|e| format!("PLEAT_GUESTS: {}: {e}", path.display()))?
            }
            None => build(&workspace, &out, family)?,
        };
        std::fs::write(out.join(format!("{family}.wasm")), component)?;
        table += &format!(
            "    (\"{family}\", include_bytes!(concat!(env!(\"OUT_DIR\"), \"/{family}.wasm\"))),\n"
        );
    }
    table += "];\n";
    std::fs::write(out.join("builtin.rs"), table)?;
    Ok(())
}

fn build(workspace: &Path, out: &Path, family: &str) -> Result<Vec<u8>, Box<dyn Error>> {
    for path in [
        "Cargo.lock",
        "Cargo.toml",
        "wit",
        "guest-sdk/src",
        "guest-sdk/num",
        "guest-sdk/build/src",
    ] {
        println!("cargo::rerun-if-changed={}", workspace.join(path).display());
    }
    println!(
        "cargo::rerun-if-changed={}",
        workspace.join("tasks").join(family).display()
    );
    let target = guest_target(workspace, out);
    let request = pleat_build::Request::new(workspace, format!("pleat-task-{family}"), target);
    Ok(pleat_build::build(&request)?)
}

/// One target directory for guests, shared by every profile of the host:
/// beside the host's own, found by walking up from the output folder
/// `<target>/<profile>/build/pleat-<hash>/out`.
fn guest_target(workspace: &Path, out: &Path) -> PathBuf {
    match out.ancestors().nth(4) {
        Some(target) => target.join("guests"),
        None => workspace.join("target/guests"),
    }
}
