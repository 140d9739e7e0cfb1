//! A fabric to test on: nodes that are killed when the test ends, and guests
//! built for the tests.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::Value as Json;

use super::pleat::{Running, pleat, run};

/// What a command prints as JSON; the test fails with its stderr if it does
/// not.
pub(crate) fn json(args: &[&str]) -> Json {
    let ran = run(&mut pleat(args));
    serde_json::from_str(&ran.stdout).unwrap_or_else(|e| panic!("{args:?}: {e}\n{}", ran.stderr))
}

/// A component from `tests/guests`, built once.
pub(crate) fn guest(name: &str) -> PathBuf {
    static BUILT: OnceLock<Mutex<BTreeMap<String, PathBuf>>> = OnceLock::new();
    let mut built = BUILT.get_or_init(Mutex::default).lock().unwrap();
    if let Some(path) = built.get(name) {
        return path.clone();
    }
    let temporary = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .canonicalize()
        .unwrap();
    let package = format!("pleat-test-{name}");
    let request = pleat_build::Request::new(workspace, package, temporary.join("../guests"));
    let component = pleat_build::build(&request).unwrap();
    let path = temporary.join(format!("{name}.wasm"));
    std::fs::write(&path, component).unwrap();
    built.insert(name.to_owned(), path.clone());
    path
}

/// A `pleat node` with short leases, killed when dropped.
pub(crate) struct Node {
    running: Running,
}

impl Node {
    pub(crate) fn start(url: &str, name: &str, more: &[&str]) -> Self {
        let args = [
            "node",
            "--nats",
            url,
            "--name",
            name,
            "--lease",
            "2",
            "--ack-wait",
            "3",
        ];
        let mut running = Running::start(pleat(args).args(more));
        running.wait_until_it_says("slots, lanes");
        Self { running }
    }

    pub(crate) fn log(&self) -> String {
        self.running.said()
    }

    pub(crate) fn pid(&self) -> u32 {
        self.running.pid()
    }

    /// As `kill -9` does: nothing is tidied up.
    pub(crate) fn kill(self) {
        self.running.signal(Signal::KILL);
        self.running.finish();
    }
}

/// Waits until something holds, for a minute at most.
pub(crate) fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let until = Instant::now() + Duration::from_secs(60);
    while !holds() {
        assert!(Instant::now() < until, "it never came to be that {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The living processes whose parent is `pid`.
pub(crate) fn children(pid: u32) -> Vec<u32> {
    let all = std::fs::read_dir("/proc").unwrap().flatten();
    let pids = all.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    pids.filter(|child| {
        let stat = std::fs::read_to_string(format!("/proc/{child}/stat")).unwrap_or_default();
        let after = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
        let mut fields = after.split_ascii_whitespace();
        let state = fields.next();
        fields.next() == Some(&pid.to_string()) && state != Some("Z")
    })
    .collect()
}

/// Whether a process is there.
pub(crate) fn lives(pid: u32) -> bool {
    Path::new(&format!("/proc/{pid}")).exists()
}
