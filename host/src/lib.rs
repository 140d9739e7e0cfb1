//! Pleat: cross-validation and hyperparameter search as sandboxed WebAssembly
//! tasks, in one process or on a fleet of nodes around NATS JetStream.
//!
//! This crate is the host: everything that touches files, processes, sockets
//! and the clock. What a job means is in `pleat_core`.

pub mod broker;
pub mod builtin;
pub mod bundle;
pub mod commands;
pub mod coordinator;
pub mod data;
pub mod engine;
pub mod node;
pub mod prepare;
pub mod report;
pub mod service;
pub mod slot;
pub mod store;
