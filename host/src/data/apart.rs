//! Reading what a stranger sent, in a process of its own: the readers of some
//! formats trust lengths that stand in the file, and a node must outlive that.

use std::io::{self, BufRead, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use bytes::Bytes;
use pleat_core::data::Dialect;
use serde::{Deserialize, Serialize};

use super::error::ReadError;
use super::output::{Encoded, map};
use super::{Limit, Source, read};

/// What a reader may use besides some times what it reads.
const MEMORY: u64 = 1 << 30;
const CPU_SECONDS: u64 = 600;

/// What the child is to do with the bytes that follow.
#[derive(Serialize, Deserialize)]
struct Order {
    dialect: Dialect,
    dir: PathBuf,
}

/// Reads a blob of any format in a child of this program, into a table in a
/// file of its own in the folder `scratch`.
///
/// # Errors
/// What is wrong with it; that it is damaged, if that was the child's end.
pub fn read_apart(
    exe: &Path,
    bytes: &Bytes,
    dialect: &Dialect,
    scratch: &Path,
) -> Result<Encoded, ReadError> {
    // Whatever becomes of the child, what it leaves goes with the folder.
    let dir = tempfile::tempdir_in(scratch)?;
    let order = Order {
        dialect: dialect.clone(),
        dir: dir.path().to_owned(),
    };
    let mut child = Command::new(exe)
        .arg("read")
        .env_clear()
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        let mut line = serde_json::to_vec(&order).unwrap_or_default();
        line.push(b'\n');
        // A child that is gone tells why by how it went.
        let _ = stdin.write_all(&line).and_then(|()| stdin.write_all(bytes));
    }
    let ended = child.wait_with_output()?;
    match ended.status.code() {
        Some(0) => {}
        Some(2) => {
            let said = String::from_utf8_lossy(&ended.stderr);
            return Err(ReadError::Format(said.trim().to_owned()));
        }
        _ => {
            return Err(ReadError::Format(
                "the data is damaged: its reader gave up".to_owned(),
            ));
        }
    }
    // A name of our own, which the child's file takes over.
    let file = tempfile::NamedTempFile::new_in(scratch)?;
    std::fs::rename(dir.path().join("table"), file.path())?;
    let bytes = map(&std::fs::File::open(file.path())?)?;
    Ok(Encoded {
        file: Some(file),
        ..Encoded::of(bytes)?
    })
}

/// The child's part: an order and bytes on stdin, a file in the folder that
/// was named, or a sentence.
///
/// # Errors
/// The sentence.
pub fn serve() -> Result<(), ReadError> {
    // A reader that panics has said enough: the sentence is the parent's.
    std::panic::set_hook(Box::new(|_| {}));
    let mut stdin = io::stdin().lock();
    let mut line = Vec::new();
    stdin.read_until(b'\n', &mut line)?;
    let order: Order = serde_json::from_slice(&line).map_err(io::Error::from)?;
    let mut bytes = Vec::new();
    stdin.read_to_end(&mut bytes)?;
    let length = bytes.len() as u64;
    confine(MEMORY.saturating_add(length.saturating_mul(8)));
    let source = Source::Bytes(bytes.into());
    let limit = Limit::of_blob(length);
    let encoded = read(&source, &order.dialect, &order.dir, limit, &|_, _| {})?;
    if let Some(file) = encoded.file {
        file.persist(order.dir.join("table")).map_err(|e| e.error)?;
    }
    Ok(())
}

/// Takes away what reading does not need. Where the system knows no such
/// limit, there is none.
fn confine(memory: u64) {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, setrlimit};
        let at_most = |n| Rlimit {
            current: Some(n),
            maximum: Some(n),
        };
        let _ = setrlimit(Resource::Core, at_most(0));
        let _ = setrlimit(Resource::Cpu, at_most(CPU_SECONDS));
        let _ = setrlimit(Resource::As, at_most(memory));
    }
}
