//! Slots: child processes that run tasks.
//!
//! `frames` is what parent and child say to each other, `child` is the inside
//! of the process, `evaluate` what it does with a task, `rows` the data behind
//! it, `predict` and `exchange` what it does with a saved model, and `process` the
//! parent's handle. A slot serves one job and then ends: it never meets
//! another job's data, it can be killed at any moment, and nothing it does can
//! hurt more than itself.

pub mod child;
pub mod evaluate;
pub mod exchange;
pub mod frames;
mod predict;
pub mod process;
mod rows;
