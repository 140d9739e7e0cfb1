//! The engine: the only place that knows wasmtime.
//!
//! It compiles components, loads compiled code and runs sessions: one
//! instance with its datasets, fits and models. It speaks the host's own types
//! and turns every way a guest can fail into a `Failure`. It is called from
//! slots, which are processes of their own; it counts memory, while time is
//! counted by whoever watches the process.

mod convert;
mod limits;
mod session;

use std::hash::{Hash, Hasher};
use std::path::Path;

use pleat_core::digest::Digest;
use pleat_core::task::{Failure, FailureKind};
use serde::{Deserialize, Serialize};
use wasmtime::component::{Component, HasSelf, Linker};
use wasmtime::{Config, Enabled, InstanceAllocationStrategy, OptLevel, PoolingAllocationConfig};

use limits::State;
pub use session::{
    Answer, Contents, DatasetHandle, Features, FitHandle, Fitted, Message, Session, TargetValues,
};

#[allow(missing_docs, unreachable_pub)]
mod bindings {
    // What goes into a guest is lent: a matrix is copied once, into the guest.
    wasmtime::component::bindgen!({
        path: "../wit",
        world: "task",
        ownership: Borrowing { duplicate_if_necessary: false },
    });
}

/// Native stack that wasm may use. The thread that runs a session needs more
/// than this.
const WASM_STACK: usize = 2 << 20;

/// How big a thread's stack must be to run a [`Session`].
pub const THREAD_STACK: usize = 8 << 20;

/// Largest linear memory there can be: all that 32 bits can address.
const LARGEST_MEMORY: usize = 4 << 30;

/// A configured wasmtime.
pub struct Engine {
    engine: wasmtime::Engine,
    linker: Linker<State>,
}

/// Compiled code, linked and ready to be instantiated.
pub struct Code {
    pre: bindings::TaskPre<State>,
}

/// The engine cannot be set up, or code cannot be compiled or loaded.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct EngineError(String);

/// Why code or data cannot be opened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Fault {
    /// The component or the data is at fault: it is so on every machine.
    Job(Failure),
    /// This machine is: another may do better.
    Machine(String),
}

impl From<Failure> for Fault {
    fn from(failure: Failure) -> Self {
        Self::Job(failure)
    }
}

impl Engine {
    /// Sets wasmtime up.
    ///
    /// # Errors
    /// The platform cannot do what is needed, such as reserving addresses.
    pub fn new() -> Result<Self, EngineError> {
        let setup =
            |e: wasmtime::Error| EngineError(format!("WebAssembly cannot be set up here: {e:#}"));
        let engine = wasmtime::Engine::new(&config()).map_err(setup)?;
        let mut linker = Linker::new(&engine);
        bindings::Task::add_to_linker::<_, HasSelf<State>>(&mut linker, |state| state)
            .map_err(setup)?;
        Ok(Self { engine, linker })
    }

    /// Names everything that decides whether compiled code fits: wasmtime's
    /// version, its configuration, the target.
    #[must_use]
    pub fn compatibility(&self) -> String {
        struct Collect(Vec<u8>);
        impl Hasher for Collect {
            fn finish(&self) -> u64 {
                0
            }
            fn write(&mut self, bytes: &[u8]) {
                self.0.extend_from_slice(bytes);
            }
        }
        let mut all = Collect(Vec::new());
        self.engine.precompile_compatibility_hash().hash(&mut all);
        Digest::of(&all.0).hex()[..16].to_owned()
    }

    /// Compiles a component to code that [`Engine::load`] takes.
    ///
    /// # Errors
    /// The bytes are no valid component, or one this engine does not run.
    pub fn compile(&self, component: &[u8]) -> Result<Vec<u8>, EngineError> {
        let refuse = |why: &str| EngineError(format!("not a component this host can run: {why}"));
        if !component.starts_with(b"\0asm") {
            return Err(refuse("this is not a WebAssembly component"));
        }
        self.engine.precompile_component(component).map_err(|e| {
            // Some of these go over several lines.
            let why = format!("{e:#}");
            refuse(&why.split_whitespace().collect::<Vec<_>>().join(" "))
        })
    }

    /// Loads compiled code and links it.
    ///
    /// # Errors
    /// The code is for another engine, imports what a task may not have, or
    /// does not export what a task must.
    pub fn load(&self, code: &Path) -> Result<Code, Fault> {
        // SAFETY: the file was written by this program's own compiler child
        // into a directory only its user can write, and its digest was checked
        // by the parent. The engine checks version and configuration itself.
        #[allow(unsafe_code)]
        let component = unsafe { Component::deserialize_file(&self.engine, code) };
        // Code of another version, or a damaged file: compiled afresh it may do.
        let component =
            component.map_err(|e| Fault::Machine(format!("the code cannot be loaded: {e:#}")))?;
        Ok(self.link(&component)?)
    }

    /// Links a component: everything it imports must be there.
    fn link(&self, component: &Component) -> Result<Code, Failure> {
        let ty = component.component_type();
        for (name, _) in ty.imports(&self.engine) {
            if !name.starts_with("pleat:task/control@") && !name.starts_with("pleat:task/types@") {
                return Err(Failure::new(
                    FailureKind::Rejected,
                    format!(
                        "the component imports {name}, which a task may not have: allowed is pleat:task/control"
                    ),
                ));
            }
        }
        let refuse = |e: wasmtime::Error| {
            Failure::new(
                FailureKind::Rejected,
                format!("the component does not follow the contract of pleat:task: {e:#}"),
            )
        };
        let pre = self.linker.instantiate_pre(component).map_err(refuse)?;
        Ok(Code {
            pre: bindings::TaskPre::new(pre).map_err(refuse)?,
        })
    }
}

impl Code {
    /// A fresh instance that may hold up to `memory` bytes.
    ///
    /// # Errors
    /// The instance does not even start.
    pub fn session(&self, memory: u64) -> Result<Session, Failure> {
        Session::start(self, memory)
    }
}

fn config() -> Config {
    let mut pool = PoolingAllocationConfig::new();
    // A slot runs one session at a time; a component may be made of several
    // core modules.
    pool.total_component_instances(2)
        .total_core_instances(32)
        .total_memories(16)
        .total_tables(32)
        .max_memory_size(LARGEST_MEMORY)
        .max_memories_per_component(8)
        .max_tables_per_component(16)
        .max_core_instances_per_component(16)
        .max_unused_warm_slots(4)
        // A used memory is cleaned page by page where the kernel says which
        // pages were written, rather than unmapped and faulted in again.
        .pagemap_scan(Enabled::Auto)
        .linear_memory_keep_resident(4 << 20)
        .table_keep_resident(1 << 16);
    let mut config = Config::new();
    config
        .allocation_strategy(InstanceAllocationStrategy::Pooling(pool))
        .memory_init_cow(true)
        .memory_reservation(LARGEST_MEMORY as u64)
        .max_wasm_stack(WASM_STACK)
        .cranelift_opt_level(OptLevel::Speed)
        // Machines must agree to the bit.
        .wasm_relaxed_simd(false)
        // NaNs are canonicalised where they cross the boundary: doing it at
        // every operation costs numeric loops up to three times their time.
        .cranelift_nan_canonicalization(false)
        // A session is ended from outside, by ending its process: checks in
        // every loop would cost up to twice its time.
        .epoch_interruption(false)
        .consume_fuel(false);
    config
}
