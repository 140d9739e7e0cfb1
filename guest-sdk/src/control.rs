//! The little a guest may ask of its host: leave a message, and learn whether
//! to go on.
//!
//! Outside the sandbox there is no host, so [`crate::native`] stands in for it.

use crate::Error;
pub use crate::bindings::pleat::task::control::{Level, Verdict};

/// Leaves a message for the person who runs the job. The host bounds how many
/// it keeps and how long they are.
pub fn log(level: Level, message: &str) {
    #[cfg(target_family = "wasm")]
    crate::bindings::pleat::task::control::log(level, message);
    #[cfg(not(target_family = "wasm"))]
    crate::native::host::log(level, message);
}

/// Says how far the present fit has come, from 0 to 1, and learns whether it
/// is still wanted. Once a pass, not once a row.
pub fn progress(done: f64) -> Verdict {
    #[cfg(target_family = "wasm")]
    return crate::bindings::pleat::task::control::progress(done);
    #[cfg(not(target_family = "wasm"))]
    return crate::native::host::progress(done);
}

/// [`progress`] for use with `?`: an error once the result is no longer wanted.
pub fn go_on(done: f64) -> Result<(), Error> {
    match progress(done) {
        Verdict::GoOn => Ok(()),
        Verdict::Stop => Err(Error::Other(
            "stopped: the result is no longer wanted".into(),
        )),
    }
}

/// Sends a panic's message and place to the host before the trap, which by
/// itself says only `unreachable`.
#[cfg(target_family = "wasm")]
pub(crate) fn forward_panics() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        std::panic::set_hook(Box::new(|panic| log(Level::Warn, &panic.to_string())));
    });
}

/// Outside the sandbox a panic already says what happened.
#[cfg(not(target_family = "wasm"))]
pub(crate) fn forward_panics() {}
