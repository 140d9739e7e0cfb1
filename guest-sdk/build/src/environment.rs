//! The environment of the nested cargo: what it may inherit.

use std::ffi::OsString;
use std::process::Command;

/// The cargo to call: the one we run under, if any.
pub(crate) fn cargo() -> OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// The rustc that cargo calls.
pub(crate) fn rustc() -> OsString {
    std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into())
}

/// Takes from a command all that a shell, a cargo above us or a wrapper such
/// as clippy could have left to steer it.
pub(crate) fn clear(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_none_or(steers) {
            command.env_remove(&name);
        }
    }
    // Empty, and not merely absent, they also overrule configuration files.
    command
        .env("RUSTC_WRAPPER", "")
        .env("RUSTC_WORKSPACE_WRAPPER", "");
    command.env("CARGO_INCREMENTAL", "0");
}

fn steers(name: &str) -> bool {
    // Where things are, how to get them, and the job server: with it the
    // nested cargo takes no more cores than its parent was given.
    const KEPT: [&str; 4] = [
        "CARGO_BUILD_JOBS",
        "CARGO_HOME",
        "CARGO_MAKEFLAGS",
        "CARGO_TERM_COLOR",
    ];
    const KEPT_PREFIXES: [&str; 3] = ["CARGO_NET_", "CARGO_HTTP_", "CARGO_REGISTR"];
    // What cargo tells build scripts, which crates' own scripts could misread.
    const TOLD: [&str; 9] = [
        "DEBUG",
        "HOST",
        "NUM_JOBS",
        "OPT_LEVEL",
        "OUT_DIR",
        "PROFILE",
        "RUSTDOC",
        "TARGET",
        "SOURCE_DATE_EPOCH",
    ];
    let kept = KEPT.contains(&name) || KEPT_PREFIXES.iter().any(|p| name.starts_with(p));
    let cargos = name.starts_with("CARGO_") || name.starts_with("DEP_");
    let rustcs = name.starts_with("RUSTC_") || name.starts_with("RUSTFLAGS");
    !kept && (cargos || rustcs || TOLD.contains(&name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_is_cleared_and_what_finds_is_kept() {
        for name in [
            "CARGO_ENCODED_RUSTFLAGS",
            "RUSTFLAGS",
            "RUSTC_WORKSPACE_WRAPPER",
            "CARGO_TARGET_DIR",
            "CARGO_BUILD_TARGET_DIR",
            "CARGO_PROFILE_GUEST_OPT_LEVEL",
            "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS",
            "RUSTC_BOOTSTRAP",
            "OUT_DIR",
        ] {
            assert!(steers(name), "{name}");
        }
        for name in [
            "PATH",
            "HOME",
            "CARGO_HOME",
            "RUSTUP_TOOLCHAIN",
            "CARGO_MAKEFLAGS",
            "CARGO_NET_OFFLINE",
            "CARGO_REGISTRIES_CRATES_IO_PROTOCOL",
            "CARGO",
            "RUSTC",
        ] {
            assert!(!steers(name), "{name}");
        }
    }
}
