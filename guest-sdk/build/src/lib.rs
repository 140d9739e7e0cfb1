//! Builds a task crate into a component: the only caller of a nested cargo.
//!
//! Equal sources give equal bytes, whatever directory, home or environment
//! they are built in; so the digest of a component names its source. For that
//! the environment of the nested cargo is cleared of all that could steer it,
//! flags are set here and nowhere else, and every path that the compiler would
//! write into a panic message is replaced by a fixed one.
//!
//! Two traps are avoided on purpose. A crate that is both `cdylib` and `rlib`
//! silently skips link-time optimisation, so task crates are plain libraries
//! and the crate type is given here, one package a call. A nested cargo that
//! shares the target directory of the cargo it runs under waits for ever for
//! its lock, so guests have a target directory of their own.

mod environment;
mod toolchain;

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

use serde_json::Value;
use toolchain::Toolchain;
use wit_component::{ComponentEncoder, DecodedWasm};

/// The target that components are made from.
pub const TARGET: &str = "wasm32-unknown-unknown";

/// The settings of the profile `guest`, for workspaces that do not define it.
/// Those of Pleat's own stand in its `Cargo.toml`.
const PROFILE: [&str; 7] = [
    "inherits=\"release\"",
    "opt-level=3",
    "lto=\"fat\"",
    "codegen-units=1",
    "panic=\"abort\"",
    "strip=true",
    "debug=false",
];

/// What to build, and where.
#[derive(Clone, Debug)]
pub struct Request {
    /// The directory of the workspace, or of a crate that is its own.
    pub workspace: PathBuf,
    /// The package, a plain library that ends with `pleat_guest::export!`.
    pub package: String,
    /// Where the nested cargo puts what it makes. Not the target directory of
    /// a cargo that waits for this one. Worth keeping: all that does not change
    /// is found there the next time.
    pub target_dir: PathBuf,
    /// The profile, `guest` unless there is a reason.
    pub profile: String,
}

impl Request {
    /// A request with the profile `guest`.
    pub fn new(
        workspace: impl Into<PathBuf>,
        package: impl Into<String>,
        target_dir: impl Into<PathBuf>,
    ) -> Self {
        Request {
            workspace: workspace.into(),
            package: package.into(),
            target_dir: target_dir.into(),
            profile: "guest".into(),
        }
    }
}

/// Why there is no component.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A program that should be there could not be run.
    #[error("cannot run {program}: {source}")]
    Run {
        /// The program.
        program: String,
        /// Why not.
        source: io::Error,
    },
    /// The toolchain cannot compile for the sandbox.
    #[error(
        "the Rust toolchain cannot compile for {TARGET}: run `rustup target add {TARGET}`, \
         or set PLEAT_GUESTS to a directory of built components"
    )]
    NoTarget,
    /// The toolchain's answer made no sense.
    #[error("cannot make sense of what {0} says about itself")]
    Toolchain(String),
    /// The compiler refused; what it said is on stderr.
    #[error("package {package} does not build ({status}); cargo said why on stderr")]
    Cargo {
        /// The package.
        package: String,
        /// How cargo ended.
        status: ExitStatus,
    },
    /// It was built, but not into a module.
    #[error("package {0} has no library target that could become a component")]
    NoModule(String),
    /// A file or directory could not be used.
    #[error("cannot use {}: {source}", path.display())]
    File {
        /// The file or directory.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The module is not one of a task.
    #[error("{what} is not a task: {why} (does its lib.rs end with `pleat_guest::export!`?)")]
    Component {
        /// The package.
        what: String,
        /// What wit-component holds against it.
        why: String,
    },
}

/// Builds a package and makes a component of it.
pub fn build(request: &Request) -> Result<Vec<u8>, Error> {
    let path = module(request)?;
    componentize(&request.package, &read(&path)?)
}

/// Makes a component of a core module in which wit-bindgen has left a
/// description of its world. `name` is for the error's sentence.
pub fn componentize(name: &str, module: &[u8]) -> Result<Vec<u8>, Error> {
    let refuse = |why: String| Error::Component {
        what: name.to_owned(),
        why,
    };
    let component = ComponentEncoder::default()
        .validate(true)
        .module(module)
        .and_then(|encoder| encoder.encode())
        .map_err(|e| refuse(format!("{e:#}")))?;
    let surface = surface(name, &component)?;
    if !surface
        .exports
        .iter()
        .any(|export| export.starts_with("pleat:task/estimator@"))
    {
        return Err(refuse("it does not export pleat:task/estimator".into()));
    }
    Ok(component)
}

/// What a component asks for and what it offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Surface {
    /// The names of what it imports, sorted.
    pub imports: Vec<String>,
    /// The names of what it exports, sorted.
    pub exports: Vec<String>,
}

/// Reads the surface of a component. `name` is for the error's sentence.
pub fn surface(name: &str, component: &[u8]) -> Result<Surface, Error> {
    let refuse = |why: String| Error::Component {
        what: name.to_owned(),
        why,
    };
    let DecodedWasm::Component(resolve, world) =
        wit_component::decode(component).map_err(|e| refuse(format!("{e:#}")))?
    else {
        return Err(refuse("it holds types only".into()));
    };
    let world = &resolve.worlds[world];
    let mut imports: Vec<_> = world
        .imports
        .keys()
        .map(|k| resolve.name_world_key(k))
        .collect();
    let mut exports: Vec<_> = world
        .exports
        .keys()
        .map(|k| resolve.name_world_key(k))
        .collect();
    imports.sort();
    exports.sort();
    Ok(Surface { imports, exports })
}

/// The files that a built package was made from, as far as they are not from a
/// registry: what a build script should watch. Empty before the first build.
pub fn rerun_paths(request: &Request) -> Result<Vec<PathBuf>, Error> {
    let workspace = absolute(&request.workspace)?;
    let directory = absolute(&request.target_dir)?
        .join(TARGET)
        .join(&request.profile);
    let deps = directory.join(format!("lib{}.d", request.package.replace('-', "_")));
    // Cargo names the file after the module, with or without `lib`.
    let deps = if deps.exists() {
        deps
    } else {
        directory.join(format!("{}.d", request.package.replace('-', "_")))
    };
    if !deps.exists() {
        return Ok(Vec::new());
    }
    let text = String::from_utf8_lossy(&read(&deps)?).into_owned();
    let mut paths: Vec<PathBuf> = text.lines().flat_map(prerequisites).collect();
    let mut manifests: Vec<PathBuf> = paths
        .iter()
        .filter_map(|path| {
            path.ancestors()
                .map(|dir| dir.join("Cargo.toml"))
                .find(|m| m.exists())
        })
        .collect();
    paths.append(&mut manifests);
    let roots = ["Cargo.toml", "Cargo.lock", "rust-toolchain.toml"];
    paths.extend(
        roots
            .into_iter()
            .map(|file| workspace.join(file))
            .filter(|path| path.exists()),
    );
    paths.sort();
    paths.dedup();
    Ok(paths)
}

/// The prerequisites of one rule of a make file, in which spaces in names are
/// escaped.
fn prerequisites(rule: &str) -> Vec<PathBuf> {
    let Some((_, names)) = rule.split_once(": ") else {
        return Vec::new();
    };
    let names = names.replace("\\ ", "\0");
    names
        .split_whitespace()
        .map(|name| PathBuf::from(name.replace('\0', " ")))
        .collect()
}

/// Builds a package into a core module and says where it is.
fn module(request: &Request) -> Result<PathBuf, Error> {
    let workspace = absolute(&request.workspace)?;
    // It must be there for links in its path to be seen through.
    std::fs::create_dir_all(&request.target_dir).map_err(|source| Error::File {
        path: request.target_dir.clone(),
        source,
    })?;
    let target_dir = absolute(&request.target_dir)?;
    let toolchain = Toolchain::find(&workspace)?;

    let mut cargo = Command::new(environment::cargo());
    environment::clear(&mut cargo);
    cargo
        .current_dir(&workspace)
        .args([
            "rustc",
            "--lib",
            "--crate-type",
            "cdylib",
            "--target",
            TARGET,
        ])
        .args(["--message-format", "json-render-diagnostics"])
        .args(["--package", &request.package, "--profile", &request.profile])
        .arg("--target-dir")
        .arg(&target_dir)
        .env(
            "CARGO_ENCODED_RUSTFLAGS",
            toolchain.flags(&workspace, &target_dir),
        )
        .stdin(Stdio::null())
        .stderr(Stdio::inherit());
    if request.profile == "guest" && !defines_profile(&workspace) {
        for setting in PROFILE {
            cargo.args(["--config", &format!("profile.guest.{setting}")]);
        }
    }
    let output = cargo.output().map_err(|source| Error::Run {
        program: "cargo".into(),
        source,
    })?;
    if !output.status.success() {
        return Err(Error::Cargo {
            package: request.package.clone(),
            status: output.status,
        });
    }
    // Of all the modules that were made on the way, the last is the package's.
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .rev()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|message| message["reason"] == "compiler-artifact")
        .flat_map(|message| message["filenames"].as_array().cloned().unwrap_or_default())
        .filter_map(|name| name.as_str().map(PathBuf::from))
        .find(|path| {
            path.extension()
                .is_some_and(|extension| extension == "wasm")
        })
        .ok_or_else(|| Error::NoModule(request.package.clone()))
}

fn defines_profile(workspace: &Path) -> bool {
    std::fs::read_to_string(workspace.join("Cargo.toml")).is_ok_and(|manifest| {
        manifest
            .lines()
            .any(|line| line.trim() == "[profile.guest]")
    })
}

/// Absolute, and without links, as cargo and rustc see it.
fn absolute(path: &Path) -> Result<PathBuf, Error> {
    let absolute = std::path::absolute(path).map_err(|source| Error::File {
        path: path.to_owned(),
        source,
    })?;
    Ok(absolute.canonicalize().unwrap_or(absolute))
}

fn read(path: &Path) -> Result<Vec<u8>, Error> {
    std::fs::read(path).map_err(|source| Error::File {
        path: path.to_owned(),
        source,
    })
}
