//! Inside the slot: read frames, run tasks, answer.
//!
//! Two threads. The control thread reads the pipe and ends the process the
//! moment the parent is gone, whatever the other is doing, so that no orphan
//! outlives a parent that was killed. The worker thread runs the guest.

use std::io::{BufReader, BufWriter, Write};
use std::path::Path;
use std::sync::mpsc::{Receiver, TryRecvError, channel};
use std::time::{Duration, Instant};

use pleat_core::digest::Digest;

use super::evaluate::{Codes, Evaluator, Leave, reject};
use super::exchange::exchange;
use super::frames::{FromSlot, MODEL_PIECE, ToSlot, read, write};
use super::predict::predict;
use crate::engine::{Engine, EngineError, Fault, THREAD_STACK};

/// How long an answer may wait for company while more tasks are at hand.
const COALESCE: Duration = Duration::from_millis(1);

/// Runs the slot until the parent closes the pipe.
/// Exit code 70 means that this machine cannot run it.
pub fn run() -> ! {
    lock_down();
    let (frames, inbox) = channel();
    let worker = std::thread::Builder::new()
        .name("worker".into())
        .stack_size(THREAD_STACK)
        .spawn(move || {
            let last_word = LastWord;
            let worked = work(&inbox);
            std::mem::forget(last_word);
            // The control thread waits for the pipe and would not notice.
            std::process::exit(if worked.is_ok() { 0 } else { 70 });
        });
    if worker.is_err() {
        std::process::exit(70);
    }
    let mut pipe = BufReader::with_capacity(1 << 16, std::io::stdin());
    while let Ok(frame) = read::<ToSlot>(&mut pipe) {
        if frames.send(frame).is_err() {
            break;
        }
    }
    // The parent is gone: nobody wants what the worker is doing.
    std::process::exit(0);
}

/// A worker that panics takes the process along: the parent learns of it by
/// its death, and of nothing else.
struct LastWord;

impl Drop for LastWord {
    fn drop(&mut self) {
        std::process::exit(70);
    }
}

/// Gives up what a slot never needs. What the platform refuses is not fatal:
/// the sandbox is the guest's wall, this is the one behind it.
fn lock_down() {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let at_most = |n| Rlimit {
        current: Some(n),
        maximum: Some(n),
    };
    let _ = setrlimit(Resource::Core, at_most(0));
    let _ = setrlimit(Resource::Nofile, at_most(64));
    #[cfg(target_os = "linux")]
    {
        let _ = rustix::thread::set_no_new_privs(true);
        let _ =
            rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL));
    }
}

struct Opened {
    codes: Codes,
    evaluator: Option<Evaluator>,
}

fn open(
    engine: &Engine,
    codes: Vec<(Digest, String)>,
    job: Option<super::frames::OpenJob>,
) -> Result<Opened, Fault> {
    let mut loaded = Codes::new();
    for (component, file) in codes {
        loaded.insert(component, engine.load(Path::new(&file))?);
    }
    let evaluator = job.map(|job| Evaluator::open(&job)).transpose()?;
    Ok(Opened {
        codes: loaded,
        evaluator,
    })
}

/// What a running task leaves goes out at once: it is for the case that this
/// process does not live to say more, or too long to be kept back.
struct Out<'a, W: Write> {
    seq: u64,
    pipe: &'a mut W,
}

impl<W: Write> Out<'_, W> {
    fn send(&mut self, frame: &FromSlot) {
        let _ = write(self.pipe, frame).and_then(|()| self.pipe.flush());
    }
}

impl<W: Write> Leave for Out<'_, W> {
    fn candidate(&mut self, outcome: Vec<u8>) {
        let seq = self.seq;
        self.send(&FromSlot::Candidate { seq, outcome });
    }

    fn model(&mut self, model: Vec<u8>) {
        let seq = self.seq;
        for piece in model.chunks(MODEL_PIECE) {
            let bytes = piece.to_vec();
            self.send(&FromSlot::Model { seq, bytes });
        }
    }
}

fn work(inbox: &Receiver<ToSlot>) -> Result<(), EngineError> {
    let engine = Engine::new()?;
    let mut out = BufWriter::with_capacity(1 << 16, std::io::stdout());
    let mut flushed = Instant::now();
    let mut opened: Option<Opened> = None;
    loop {
        let frame = match inbox.try_recv() {
            Ok(frame) => frame,
            Err(TryRecvError::Disconnected) => return Ok(()),
            Err(TryRecvError::Empty) => {
                if out.flush().is_err() {
                    return Ok(());
                }
                match inbox.recv() {
                    Ok(frame) => frame,
                    Err(_) => return Ok(()),
                }
            }
        };
        let answered = match (frame, &mut opened) {
            (ToSlot::Open { codes, job }, _) => {
                let result = open(&engine, codes, job);
                let answer = FromSlot::Opened(result.as_ref().map(|_| ()).map_err(Clone::clone));
                opened = result.ok();
                write(&mut out, &answer)
            }
            (ToSlot::Describe, Some(opened)) => {
                let described = opened
                    .codes
                    .values()
                    .next()
                    .ok_or_else(|| reject("there is no code to ask"))
                    .and_then(|code| code.session(1 << 28))
                    .and_then(|mut session| session.describe())
                    .map(|estimators| serde_json::to_vec(&estimators).unwrap_or_default());
                write(&mut out, &FromSlot::Described(described))
            }
            (ToSlot::Predict(request), Some(opened)) => {
                let result = predict(&opened.codes, &request, |answer| {
                    write(&mut out, &FromSlot::Portion(answer))
                });
                write(&mut out, &FromSlot::Predicted(result))
            }
            (ToSlot::Exchange(request), Some(opened)) => {
                let result = exchange(&opened.codes, &request).map(|(bytes, exchanged)| {
                    Out {
                        seq: 0,
                        pipe: &mut out,
                    }
                    .model(bytes);
                    exchanged
                });
                write(&mut out, &FromSlot::Exchanged(result))
            }
            (
                ToSlot::Run { seq, attempt, task },
                Some(Opened {
                    codes,
                    evaluator: Some(evaluator),
                }),
            ) => {
                let mut leave = Out {
                    seq,
                    pipe: &mut out,
                };
                let outcome = evaluator.run(codes, &task, attempt, &mut leave);
                write(
                    &mut out,
                    &FromSlot::Done {
                        seq,
                        outcome: outcome.encode(),
                    },
                )
            }
            // Out of order: the parent is not ours.
            _ => return Ok(()),
        };
        if answered.is_err() {
            return Ok(());
        }
        if flushed.elapsed() > COALESCE {
            if out.flush().is_err() {
                return Ok(());
            }
            flushed = Instant::now();
        }
    }
}
