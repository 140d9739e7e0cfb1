//! The compiler: whether it can do it, and with which flags.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::{Error, TARGET, environment};

/// What rustc says about itself.
pub(crate) struct Toolchain {
    sysroot: PathBuf,
    commit: String,
}

impl Toolchain {
    /// Asks the rustc that cargo would call in this directory.
    pub(crate) fn find(directory: &Path) -> Result<Self, Error> {
        let ask = |args: &[&str]| {
            let rustc = environment::rustc();
            let mut command = Command::new(&rustc);
            environment::clear(&mut command);
            let output = command
                .current_dir(directory)
                .args(args)
                .stderr(Stdio::inherit())
                .output()
                .map_err(|source| Error::Run {
                    program: rustc.to_string_lossy().into_owned(),
                    source,
                })?;
            Ok(String::from_utf8_lossy(&output.stdout).into_owned())
        };
        let senseless = || Error::Toolchain("rustc".into());
        let paths = ask(&[
            "--target",
            TARGET,
            "--print",
            "sysroot",
            "--print",
            "target-libdir",
        ])?;
        let mut paths = paths.lines().map(PathBuf::from);
        let sysroot = paths.next().ok_or_else(senseless)?;
        if !paths.next().ok_or_else(senseless)?.is_dir() {
            return Err(Error::NoTarget);
        }
        let version = ask(&["-vV"])?;
        let commit = version
            .lines()
            .find_map(|line| line.strip_prefix("commit-hash: "));
        Ok(Toolchain {
            sysroot,
            commit: commit.ok_or_else(senseless)?.trim().to_owned(),
        })
    }

    /// The flags, as cargo wants them in `CARGO_ENCODED_RUSTFLAGS`. They hold
    /// for what is compiled to the target only.
    pub(crate) fn flags(&self, workspace: &Path, target_dir: &Path) -> OsString {
        let mut flags = OsString::from("-Ctarget-feature=+simd128");
        let mut remap = |from: &Path, to: &str| {
            flags.push("\u{1f}--remap-path-prefix=");
            flags.push(from);
            flags.push("=");
            flags.push(to);
        };
        // Of several prefixes that match, rustc takes the last.
        remap(workspace, "/pleat");
        remap(target_dir, "/target");
        if let Some(home) = cargo_home() {
            for home in [home.canonicalize().ok(), Some(home)].into_iter().flatten() {
                remap(&home.join("registry").join("src"), "/registry");
                remap(&home.join("git").join("checkouts"), "/git");
            }
        }
        // Where the component rust-src is installed, rustc names the standard
        // library's files by their place in it, and by this path where it is
        // not.
        let sources = self
            .sysroot
            .join("lib")
            .join("rustlib")
            .join("src")
            .join("rust");
        remap(&sources, &format!("/rustc/{}", self.commit));
        flags
    }
}

fn cargo_home() -> Option<PathBuf> {
    std::env::var_os("CARGO_HOME")
        .filter(|home| !home.is_empty())
        .map(PathBuf::from)
        .or_else(|| Some(std::env::home_dir()?.join(".cargo")))
}
