//! The program as a person runs it: a child process with arguments, files and
//! signals. Whatever a test leaves running is killed with it.

use std::io::Read;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};

/// The program under test.
pub(crate) const EXE: &str = env!("CARGO_BIN_EXE_pleat");

/// No command of these tests may take longer.
const PATIENCE: Duration = Duration::from_secs(120);

/// A command of the program, in an environment of the tests' own.
pub(crate) fn pleat<I: AsRef<std::ffi::OsStr>>(args: impl IntoIterator<Item = I>) -> Command {
    let mut command = Command::new(EXE);
    for name in ["PLEAT_NATS", "PLEAT_LOG"] {
        command.env_remove(name);
    }
    command
        .args(args)
        .env("PLEAT_CACHE", cache())
        .stdin(Stdio::null());
    command
}

/// One cache for all tests, so that components are compiled once.
pub(crate) fn cache() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("pleat-cache")
}

/// How a command ended, and what it said.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) took: Duration,
}

/// Runs a command to its end.
pub(crate) fn run(command: &mut Command) -> Ran {
    Running::start(command).finish()
}

/// A command while it runs; dropped, it is killed.
pub(crate) struct Running {
    child: Child,
    since: Instant,
    stdout: Reading,
    stderr: Reading,
}

impl Running {
    /// Starts a command; its output is collected unless it has been directed
    /// elsewhere with [`Running::start_as_it_is`].
    pub(crate) fn start(command: &mut Command) -> Self {
        Self::start_as_it_is(command.stdout(Stdio::piped()).stderr(Stdio::piped()))
    }

    /// Starts a command whose output goes where the test has sent it.
    pub(crate) fn start_as_it_is(command: &mut Command) -> Self {
        let since = Instant::now();
        // A group of its own, as a shell would make it.
        let mut child = command
            .process_group(0)
            .spawn()
            .expect("the program starts");
        let stdout = Reading::of(child.stdout.take());
        let stderr = Reading::of(child.stderr.take());
        Self {
            child,
            since,
            stdout,
            stderr,
        }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What its stderr has so far.
    pub(crate) fn said(&self) -> String {
        self.stderr.text()
    }

    fn raw_pid(&self) -> Pid {
        Pid::from_raw(i32::try_from(self.pid()).unwrap()).unwrap()
    }

    /// Sends a signal to the program and nobody else.
    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(self.raw_pid(), signal).expect("the process is there");
    }

    /// Ctrl-C as a terminal does it: to the program and all it has started.
    pub(crate) fn ctrl_c(&self) {
        kill_process_group(self.raw_pid(), Signal::INT).expect("the process is there");
    }

    /// Waits until its stderr has this text.
    pub(crate) fn wait_until_it_says(&mut self, text: &str) {
        let until = Instant::now() + PATIENCE;
        while !self.stderr.text().contains(text) {
            let ended = self.child.try_wait().unwrap();
            assert!(
                ended.is_none() && Instant::now() < until,
                "waited for {text:?}, it said:\n{}",
                self.stderr.text()
            );
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Waits for its end.
    pub(crate) fn finish(mut self) -> Ran {
        let until = self.since + PATIENCE;
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(
                Instant::now() < until,
                "no end in sight; it said:\n{}",
                self.stderr.text()
            );
            std::thread::sleep(Duration::from_millis(2));
        };
        self.ended(status)
    }

    fn ended(&mut self, status: ExitStatus) -> Ran {
        let took = self.since.elapsed();
        Ran {
            code: status.code(),
            stdout: self.stdout.whole(),
            stderr: self.stderr.whole(),
            took,
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
        if std::thread::panicking() {
            eprintln!("--- pleat's stderr:\n{}", self.stderr.text());
        }
    }
}

/// A stream being read as it comes.
struct Reading {
    bytes: Arc<Mutex<Vec<u8>>>,
    reader: Option<JoinHandle<()>>,
}

impl Reading {
    fn of(stream: Option<impl Read + Send + 'static>) -> Self {
        let bytes = Arc::new(Mutex::new(Vec::new()));
        let reader = stream.map(|mut stream| {
            let bytes = Arc::clone(&bytes);
            std::thread::spawn(move || {
                let mut chunk = [0; 8192];
                while let Ok(n @ 1..) = stream.read(&mut chunk) {
                    bytes.lock().unwrap().extend_from_slice(&chunk[..n]);
                }
            })
        });
        Self { bytes, reader }
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes.lock().unwrap()).into_owned()
    }

    /// Everything, once the stream has ended.
    fn whole(&mut self) -> String {
        if let Some(reader) = self.reader.take() {
            reader.join().unwrap();
        }
        self.text()
    }
}
