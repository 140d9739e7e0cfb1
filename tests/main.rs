//! The integration tests: one binary, so that everything is linked once.
//!
//! `suite` has a file for each promise that only the whole can keep,
//! `support` what they start and feed it with.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

mod support;

mod suite {
    mod bad_input;
    mod broker;
    mod commands;
    mod data;
    mod drafts;
    mod hostile;
    mod invariant;
    mod kernels;
    mod kinds;
    mod memory;
    mod model_files;
    mod models;
    mod parity;
    mod reference;
    mod searches;
}
