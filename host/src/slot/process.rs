//! The parent's handle on a slot: start it, talk to it, watch its time, kill
//! it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use pleat_core::digest::Digest;
use pleat_core::estimator::EstimatorInfo;
use pleat_core::task::{Failure, FailureKind};
use tokio::io::{AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, Command};
use tokio::sync::mpsc;

use super::exchange::{Exchange, Exchanged};
use super::frames::{FromSlot, OpenJob, Prediction, ToSlot, encode, read_async};
use crate::engine::{Answer, Fault};

/// How long a slot may take to load code and data.
const OPEN_WITHIN: Duration = Duration::from_secs(120);

/// How long a component may take to describe itself.
const DESCRIBE_WITHIN: Duration = Duration::from_secs(10);

/// A running slot. Dropped, it is killed.
pub struct SlotProcess {
    child: Child,
    stdin: ChildStdin,
    frames: mpsc::Receiver<FromSlot>,
    pid: Option<u32>,
}

/// A slot could not be started or has gone.
#[derive(Debug, thiserror::Error)]
pub enum SlotError {
    /// The program could not be started.
    #[error("a slot cannot be started from {exe}: {source}")]
    Start {
        /// The program.
        exe: String,
        /// Why.
        source: std::io::Error,
    },
    /// This machine's files are not what they should be.
    #[error("a slot cannot work here: {0}")]
    Machine(String),
    /// The process ended or was killed.
    #[error("the slot's process died ({how})")]
    Died {
        /// Its exit status.
        how: String,
    },
}

impl SlotProcess {
    /// Starts a slot from this program.
    ///
    /// # Errors
    /// The program cannot be started.
    pub fn start(exe: &Path) -> Result<Self, SlotError> {
        let failed = |source| SlotError::Start {
            exe: exe.display().to_string(),
            source,
        };
        let mut child = Command::new(exe)
            .arg("slot")
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            // A Ctrl-C on the terminal is for the parent to act on.
            .process_group(0)
            .spawn()
            .map_err(failed)?;
        let (Some(stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(failed(std::io::Error::other("no pipe")));
        };
        let (to, frames) = mpsc::channel(1024);
        tokio::spawn(async move {
            let mut stdout = BufReader::with_capacity(1 << 16, stdout);
            while let Ok(frame) = read_async::<FromSlot>(&mut stdout).await {
                if to.send(frame).await.is_err() {
                    break;
                }
            }
        });
        Ok(Self {
            pid: child.id(),
            child,
            stdin,
            frames,
        })
    }

    /// Loads code and opens a job.
    ///
    /// # Errors
    /// Outer: the slot died. Inner: the code or the data is at fault.
    pub async fn open(
        &mut self,
        codes: &BTreeMap<Digest, PathBuf>,
        job: Option<OpenJob>,
    ) -> Result<Result<(), Failure>, SlotError> {
        let codes = codes
            .iter()
            .map(|(component, file)| (*component, file.display().to_string()))
            .collect();
        self.send(&ToSlot::Open { codes, job }).await?;
        match tokio::time::timeout(OPEN_WITHIN, self.next()).await {
            Ok(Ok(FromSlot::Opened(Ok(())))) => Ok(Ok(())),
            Ok(Ok(FromSlot::Opened(Err(Fault::Job(failure))))) => Ok(Err(failure)),
            Ok(Ok(FromSlot::Opened(Err(Fault::Machine(why))))) => Err(SlotError::Machine(why)),
            Ok(Ok(_)) => Err(SlotError::Died {
                how: "it answered out of order".into(),
            }),
            Ok(Err(e)) => Err(e),
            Err(_) => Err(SlotError::Died {
                how: "it did not open its job in time".into(),
            }),
        }
    }

    /// Asks what the component offers.
    ///
    /// # Errors
    /// Outer: the slot died. Inner: the component is at fault.
    pub async fn describe(&mut self) -> Result<Result<Vec<EstimatorInfo>, Failure>, SlotError> {
        self.send(&ToSlot::Describe).await?;
        match tokio::time::timeout(DESCRIBE_WITHIN, self.next()).await {
            Ok(Ok(FromSlot::Described(result))) => Ok(result.and_then(|json| {
                serde_json::from_slice(&json).map_err(|e| {
                    Failure::new(
                        FailureKind::Rejected,
                        format!("unreadable description: {e}"),
                    )
                })
            })),
            Ok(Ok(_)) => Err(SlotError::Died {
                how: "it answered out of order".into(),
            }),
            Ok(Err(e)) => Err(e),
            Err(_) => Ok(Err(Failure::new(
                FailureKind::TimedOut,
                format!(
                    "the component did not describe itself within {} s",
                    DESCRIBE_WITHIN.as_secs()
                ),
            ))),
        }
    }

    /// Predicts rows with a saved model.
    ///
    /// # Errors
    /// Outer: the slot died. Inner: the model, the component or the data is at
    /// fault.
    pub async fn predict(
        &mut self,
        request: Prediction,
    ) -> Result<Result<Answer, Failure>, SlotError> {
        self.send(&ToSlot::Predict(request)).await?;
        let mut all = Answer::default();
        loop {
            match self.next().await? {
                FromSlot::Portion(more) => all.append(more),
                FromSlot::Predicted(Ok(())) => return Ok(Ok(all)),
                FromSlot::Predicted(Err(Fault::Job(failure))) => return Ok(Err(failure)),
                FromSlot::Predicted(Err(Fault::Machine(why))) => {
                    return Err(SlotError::Machine(why));
                }
                _ => {
                    return Err(SlotError::Died {
                        how: "it answered out of order".into(),
                    });
                }
            }
        }
    }

    /// Brings a model into another form.
    ///
    /// # Errors
    /// Outer: the slot died. Inner: the model or the component is at fault.
    pub async fn exchange(
        &mut self,
        request: Exchange,
    ) -> Result<Result<(Vec<u8>, Exchanged), Failure>, SlotError> {
        self.send(&ToSlot::Exchange(request)).await?;
        let mut model = Vec::new();
        loop {
            match self.next().await? {
                FromSlot::Model { bytes, .. } => model.extend(bytes),
                FromSlot::Exchanged(Ok(exchanged)) => return Ok(Ok((model, exchanged))),
                FromSlot::Exchanged(Err(Fault::Job(failure))) => return Ok(Err(failure)),
                FromSlot::Exchanged(Err(Fault::Machine(why))) => {
                    return Err(SlotError::Machine(why));
                }
                _ => {
                    return Err(SlotError::Died {
                        how: "it answered out of order".into(),
                    });
                }
            }
        }
    }

    /// Hands the slot a task.
    ///
    /// # Errors
    /// The slot died.
    pub async fn send(&mut self, frame: &ToSlot) -> Result<(), SlotError> {
        let sent = match encode(frame) {
            Ok(bytes) => self.stdin.write_all(&bytes).await,
            Err(e) => Err(e),
        };
        match sent {
            Ok(()) => Ok(()),
            Err(_) => Err(self.post_mortem().await),
        }
    }

    /// The next frame. Cancel-safe.
    ///
    /// # Errors
    /// The slot died.
    pub async fn next(&mut self) -> Result<FromSlot, SlotError> {
        match self.frames.recv().await {
            Some(frame) => Ok(frame),
            None => Err(self.post_mortem().await),
        }
    }

    /// A frame that has arrived already.
    pub fn try_next(&mut self) -> Option<FromSlot> {
        self.frames.try_recv().ok()
    }

    /// CPU time of the process so far, where the platform tells.
    #[must_use]
    pub fn cpu_time(&self) -> Option<Duration> {
        cpu_time(self.pid?)
    }

    /// Ends the process now.
    pub async fn kill(&mut self) {
        let _ = self.child.kill().await;
    }

    async fn post_mortem(&mut self) -> SlotError {
        let how = match tokio::time::timeout(Duration::from_secs(2), self.child.wait()).await {
            Ok(Ok(status)) => status.to_string(),
            // Its pipe is closed but it lives on: nothing more will come.
            _ => {
                self.kill().await;
                "it closed its pipe".to_owned()
            }
        };
        SlotError::Died { how }
    }
}

/// From the kernel's own account of the process.
#[cfg(target_os = "linux")]
fn cpu_time(pid: u32) -> Option<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name in parentheses may hold anything; the numbers come after it.
    let mut fields = stat.rsplit_once(')')?.1.split_ascii_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    let per_second = rustix::param::clock_ticks_per_second();
    Some(Duration::from_millis(
        (user + system) * 1000 / per_second.max(1),
    ))
}

/// Elsewhere only the wall clock is watched.
#[cfg(not(target_os = "linux"))]
fn cpu_time(_pid: u32) -> Option<Duration> {
    None
}
