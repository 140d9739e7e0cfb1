//! How often the data is in memory: once for the node, as pages of the
//! table's file that all its processes share, and once in each running slot,
//! inside the guest. Measured from outside, while the program runs.

#![cfg(target_os = "linux")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value as Json, json};

use crate::support::fabric::children;
use crate::support::job::Folder;
use crate::support::pleat::{Running, pleat};

const MIB: u64 = 1 << 20;

/// What a process takes besides data: code, the runtime, what is known of a
/// row in a few bytes (its class, its fold).
const SMALL: u64 = 24 * MIB;

/// The most that was seen of a process, in bytes.
#[derive(Debug, Clone, Copy, Default)]
struct Most {
    /// Memory of its own.
    anonymous: u64,
    /// Pages of files, which cost nothing when another process has them too.
    file: u64,
}

/// What was seen of a run: the program that was started, and its slots.
struct Seen {
    parent: Most,
    slots: BTreeMap<u32, Most>,
}

fn look(pid: u32, most: &mut Most) {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let field = |name: &str| {
        let line = status.lines().find_map(|l| l.strip_prefix(name));
        let kib = line.and_then(|l| l.split_ascii_whitespace().next());
        kib.and_then(|k| k.parse::<u64>().ok()).unwrap_or(0) * 1024
    };
    most.anonymous = most.anonymous.max(field("RssAnon:"));
    most.file = most.file.max(field("RssFile:"));
}

fn is_slot(pid: u32) -> bool {
    let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    line.split(|b| *b == 0).nth(1) == Some(b"slot")
}

/// Runs a command and looks every few milliseconds at who is there.
fn watch(args: &[&str], cache: &Path) -> Seen {
    let running = Running::start(pleat(args).env("PLEAT_CACHE", cache));
    let pid = running.pid();
    let mut seen = Seen {
        parent: Most::default(),
        slots: BTreeMap::new(),
    };
    let ended = || {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        stat.rsplit_once(')')
            .is_none_or(|(_, rest)| rest.starts_with(" Z"))
    };
    while !ended() {
        look(pid, &mut seen.parent);
        for child in children(pid).into_iter().filter(|c| is_slot(*c)) {
            look(child, seen.slots.entry(child).or_default());
        }
        std::thread::sleep(Duration::from_millis(3));
    }
    let ran = running.finish();
    assert_eq!(ran.code, Some(0), "{}{}", ran.stdout, ran.stderr);
    seen
}

/// A matrix of so many rows as `numpy.save` writes it, its first column 0 and
/// 1 by turns, to be told apart.
fn npy(rows: usize, columns: usize) -> Vec<u8> {
    let mut head =
        format!("{{'descr': '<f8', 'fortran_order': True, 'shape': ({rows}, {columns}), }}");
    while (10 + head.len() + 1) % 64 != 0 {
        head.push(' ');
    }
    head.push('\n');
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend(u16::try_from(head.len()).unwrap().to_le_bytes());
    bytes.extend(head.as_bytes());
    for c in 0..columns {
        for r in 0..rows {
            let noise = (r * 7919 + c * 104_729) % 10_007;
            let x = if c == 0 {
                r % 2
            } else {
                noise + 3000 * (r % 2)
            };
            #[allow(clippy::cast_precision_loss)]
            bytes.extend((x as f64).to_le_bytes());
        }
    }
    bytes
}

/// Runs a job on a matrix; says what was seen and how large one copy is.
fn tune(rows: usize, slots: usize, more: &Json) -> (Seen, u64) {
    const COLUMNS: usize = 51;
    let folder = Folder::new();
    let mut job = json!({
        // It makes nothing of its own out of the features.
        "estimator": "DummyClassifier",
        "target": "x0",
        "data": { "path": folder.file("x.npy", npy(rows, COLUMNS)) },
        // Many tasks, so that every slot gets some.
        "cv": { "splitter": "KFold", "n_splits": 8 },
    });
    job.as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    let path = folder.file("job.toml", toml::to_string(&job).unwrap());
    let args = [
        "tune",
        path.to_str().unwrap(),
        "--slots",
        &slots.to_string(),
    ];
    let seen = watch(&args, &folder.path("cache"));
    (seen, (rows * (COLUMNS - 1) * 8) as u64)
}

fn one_copy_a_slot(rows: usize) {
    for slots in [1, 2] {
        let (seen, copy) = tune(rows, slots, &json!({}));
        assert!(
            seen.parent.anonymous < SMALL + copy / 8,
            "{:?} in the parent, a copy is {copy}",
            seen.parent
        );
        let working: Vec<_> = seen.slots.values().filter(|s| s.anonymous > copy).collect();
        assert_eq!(working.len(), slots, "{:?}", seen.slots);
        for slot in &working {
            // Nor is there a second copy while the first is handed over.
            assert!(slot.anonymous < copy + SMALL, "{slot:?}, a copy is {copy}");
            // The table is mapped, not read.
            assert!(slot.file > copy, "{slot:?}, a copy is {copy}");
        }
    }
}

#[test]
fn each_slot_holds_one_copy_and_the_node_none() {
    one_copy_a_slot(150_000);
}

#[test]
#[ignore = "some hundred MB on disk"]
fn each_slot_holds_one_copy_of_a_large_table() {
    one_copy_a_slot(500_000);
}

/// What steps make has to be put together outside before it goes in: until
/// then there are the columns, the matrix, and the guest's memory from before.
#[test]
fn steps_cost_two_more_copies_until_the_matrix_is_handed_over() {
    let steps = json!({ "pipeline": ["StandardScaler"] });
    let (seen, copy) = tune(150_000, 1, &steps);
    let slot = seen.slots.values().max_by_key(|s| s.anonymous).unwrap();
    assert!(
        slot.anonymous < 3 * copy + copy / 4 + SMALL,
        "{slot:?}, a copy is {copy}"
    );
}

/// A table of numbers and one column of words.
fn csv(rows: usize) -> String {
    const COLUMNS: usize = 30;
    let mut text: String = (0..COLUMNS).map(|c| format!("x{c},")).collect();
    text.push_str("word,y\n");
    for r in 0..rows {
        for c in 0..COLUMNS {
            let _ = write!(text, "{}.{},", c, (r * 7919 + c * 104_729) % 100_003);
        }
        let _ = writeln!(text, "w{},{}", r % 97, r % 2);
    }
    text
}

/// What reading takes does not depend on how much there is to read.
fn reading_is_bounded(rows: usize) {
    let peak = |rows| {
        let folder = Folder::new();
        let path = folder.file("x.csv", csv(rows));
        let length = path.metadata().unwrap().len();
        let job = json!({
            "estimator": "GaussianNB",
            "target": "y",
            "data": { "path": path, "groups": "word" },
            "cv": { "splitter": "GroupKFold", "n_splits": 2 },
        });
        let job = folder.file("job.toml", toml::to_string(&job).unwrap());
        let args = ["tune", job.to_str().unwrap(), "--slots", "1"];
        (watch(&args, &folder.path("cache")).parent, length)
    };
    let (small, _) = peak(rows);
    let (large, length) = peak(4 * rows);
    // The target alone is held as numbers for a moment.
    assert!(
        large.anonymous < small.anonymous + length / 16 + 4 * MIB,
        "{small:?}, then {large:?} for a file of {length}"
    );
}

#[test]
fn a_file_four_times_as_long_takes_no_more_memory_to_read() {
    reading_is_bounded(60_000);
}

#[test]
#[ignore = "some hundred MB on disk"]
fn a_large_file_takes_no_more_memory_to_read() {
    reading_is_bounded(500_000);
}
