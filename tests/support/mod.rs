//! What the tests start and feed: the program, a server, job files.

pub(crate) mod fabric;
pub(crate) mod job;
pub(crate) mod nats_server;
pub(crate) mod pleat;
