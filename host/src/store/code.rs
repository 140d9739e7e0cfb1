//! Compiled code and descriptions, made by child processes and kept by the
//! component's digest and the engine they fit.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use pleat_core::digest::Digest;
use pleat_core::estimator::EstimatorInfo;
use pleat_core::task::{Failure, FailureKind};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::Command;
use tokio::sync::Mutex as AsyncMutex;

use super::{Store, StoreError};
use crate::engine::Engine;
use crate::slot::process::{SlotError, SlotProcess};

/// How long compiling one component may take.
const COMPILE_WITHIN: Duration = Duration::from_secs(120);

/// What is being made right now, so that it is made once.
#[derive(Default)]
pub(super) struct Cache {
    making: Mutex<BTreeMap<Digest, Arc<AsyncMutex<()>>>>,
    engine_key: OnceLock<String>,
}

/// Code or a description cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum CodeError {
    /// The component is at fault: nobody else can run it either.
    #[error(transparent)]
    Component(#[from] Failure),
    /// This machine is at fault.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// This machine is at fault.
    #[error(transparent)]
    Slot(#[from] SlotError),
    /// This machine is at fault.
    #[error("{0}")]
    Engine(String),
}

impl Store {
    /// What the compiled code of a component is called here.
    fn code_path(&self, component: &Digest) -> Result<PathBuf, CodeError> {
        let key = match self.shared.code.engine_key.get() {
            Some(key) => key,
            None => {
                let key = Engine::new()
                    .map_err(|e| CodeError::Engine(e.to_string()))?
                    .compatibility();
                self.shared.code.engine_key.get_or_init(|| key)
            }
        };
        Ok(self
            .shared
            .dir
            .join("code")
            .join(format!("{}-{key}.cwasm", component.hex())))
    }

    fn lock_of(&self, component: &Digest) -> Arc<AsyncMutex<()>> {
        let mut making = self
            .shared
            .code
            .making
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        Arc::clone(making.entry(*component).or_default())
    }

    /// The file with a component's compiled code, compiled now if need be.
    ///
    /// # Errors
    /// The component does not compile, or this machine cannot.
    pub async fn code(&self, component: &Digest, wasm: &[u8]) -> Result<PathBuf, CodeError> {
        let lock = self.lock_of(component);
        let _one_at_a_time = lock.lock().await;
        let path = self.code_path(component)?;
        let sum = path.with_extension("sum");
        let known = std::fs::read_to_string(&sum)
            .ok()
            .and_then(|s| s.trim().parse().ok());
        if let Some(known) = known
            && self.verify(&path, &known)?
        {
            return Ok(path);
        }
        let code = self.compile(wasm).await?;
        self.write(&path, &code)?;
        self.write(&sum, Digest::of(&code).to_string().as_bytes())?;
        self.mark_verified(&path);
        Ok(path)
    }

    /// What a component says it offers, asked once.
    ///
    /// # Errors
    /// The component is at fault, or this machine is.
    pub async fn describe(
        &self,
        component: &Digest,
        wasm: &[u8],
    ) -> Result<Vec<EstimatorInfo>, CodeError> {
        let path = self
            .shared
            .dir
            .join("code")
            .join(format!("{}.json", component.hex()));
        let known = std::fs::read(&path)
            .ok()
            .and_then(|json| serde_json::from_slice(&json).ok());
        if let Some(known) = known {
            return Ok(known);
        }
        let code = self.code(component, wasm).await?;
        let mut slot = SlotProcess::start(self.exe())?;
        slot.open(&BTreeMap::from([(*component, code)]), None)
            .await??;
        let described = slot.describe().await;
        slot.kill().await;
        let described = described??;
        self.write(&path, &serde_json::to_vec(&described).unwrap_or_default())?;
        Ok(described)
    }

    /// Compiles in a child: a compiler that a component can crash takes only
    /// that child along.
    async fn compile(&self, wasm: &[u8]) -> Result<Vec<u8>, CodeError> {
        let start = |source| SlotError::Start {
            exe: self.exe().display().to_string(),
            source,
        };
        let mut child = Command::new(self.exe())
            .arg("compile")
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .process_group(0)
            .spawn()
            .map_err(start)?;
        let (stdin, stdout, stderr) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (Some(mut stdin), Some(mut stdout), Some(mut stderr)) = (stdin, stdout, stderr) else {
            return Err(start(std::io::Error::other("no pipe")).into());
        };
        let feed = async {
            // A compiler that refuses early closes its end; its exit says why.
            let _ = stdin.write_all(wasm).await;
            drop(stdin);
        };
        let (mut code, mut said) = (Vec::new(), String::new());
        let talk = async {
            let ((), out, err) = tokio::join!(
                feed,
                stdout.read_to_end(&mut code),
                stderr.read_to_string(&mut said)
            );
            out.and(err).map_err(start)?;
            child.wait().await.map_err(start)
        };
        let status = tokio::time::timeout(COMPILE_WITHIN, talk).await;
        match status {
            Ok(status) if status.as_ref().is_ok_and(std::process::ExitStatus::success) => Ok(code),
            Ok(status) => {
                let status = status?;
                // Only exit code 2 is about the component; a compiler that was
                // killed says nothing of it.
                match (status.code(), said.trim()) {
                    (Some(2), said) => Err(Failure::new(FailureKind::Rejected, said).into()),
                    _ => Err(CodeError::Engine(format!("the compiler died ({status})"))),
                }
            }
            Err(_) => Err(CodeError::Engine(format!(
                "the component did not compile within {} s",
                COMPILE_WITHIN.as_secs()
            ))),
        }
    }
}
