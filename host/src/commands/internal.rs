//! What this program's own children run: never typed by a person.

use std::io::{Read, Write};
use std::process::ExitCode;

use crate::engine::Engine;

/// Runs tasks that come over stdin.
pub(super) fn slot() -> ExitCode {
    crate::slot::child::run()
}

/// Reads the data on stdin.
pub(super) fn read() -> ExitCode {
    match crate::data::serve() {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("{e}");
            ExitCode::from(2)
        }
    }
}

/// Compiles the component on stdin to stdout.
pub(super) fn compile() -> ExitCode {
    let mut wasm = Vec::new();
    if let Err(e) = std::io::stdin().read_to_end(&mut wasm) {
        eprintln!("{e}");
        return ExitCode::from(70);
    }
    match Engine::new().and_then(|engine| engine.compile(&wasm)) {
        Ok(code) => match std::io::stdout().write_all(&code) {
            Ok(()) => ExitCode::SUCCESS,
            Err(_) => ExitCode::from(70),
        },
        Err(e) => {
            eprintln!("{e}");
            ExitCode::from(2)
        }
    }
}
