//! The files that models are kept in: equal jobs leave equal files wherever
//! they ran, a large one travels in pieces, and one that was tampered with is
//! refused with a sentence, whoever did it and however well.

use std::path::PathBuf;

use pleat_core::digest::Digest;
use pleat_core::model::SavedModel;
use serde_json::{Value as Json, json};
use tar::{Archive, Builder, EntryType, Header};

use super::models::{case, fitted, on, printed, refused};
use crate::support::fabric::{Node, guest};
use crate::support::job::{Folder, job};
use crate::support::nats_server::NatsServer;
use crate::support::pleat::{pleat, run};

/// A model's file, taken apart.
#[derive(Clone)]
struct Parts(Vec<(String, Vec<u8>)>);

impl Parts {
    fn of(path: &str) -> Self {
        let mut archive = Archive::new(std::fs::File::open(path).unwrap());
        let parts = archive.entries().unwrap().map(|entry| {
            let mut entry = entry.unwrap();
            let mut bytes = Vec::new();
            std::io::Read::read_to_end(&mut entry, &mut bytes).unwrap();
            (entry.path().unwrap().display().to_string(), bytes)
        });
        Self(parts.collect())
    }

    fn part(&mut self, name: &str) -> &mut Vec<u8> {
        let mut parts = self.0.iter_mut();
        &mut parts.find(|(n, _)| n == name).unwrap().1
    }

    fn without(&self, name: &str) -> Self {
        let parts = self.0.iter().filter(|(n, _)| n != name);
        Self(parts.cloned().collect())
    }

    /// Makes the manifest say of every part what it is now.
    fn signed(mut self) -> Self {
        let digests: Vec<_> = self
            .0
            .iter()
            .map(|(n, b)| (n.clone(), Digest::of(b)))
            .collect();
        let mut manifest: Json = serde_json::from_slice(self.part("manifest.json")).unwrap();
        for (name, digest) in digests {
            if name != "manifest.json" {
                manifest["files"][name] = json!(digest);
            }
        }
        *self.part("manifest.json") = manifest.to_string().into_bytes();
        self
    }

    /// With another model, and a manifest that knows it.
    fn with_model(mut self, change: impl FnOnce(&mut SavedModel)) -> Self {
        let mut model = SavedModel::decode(self.part("model.bin")).unwrap();
        change(&mut model);
        *self.part("model.bin") = model.encode();
        self.signed()
    }

    fn bytes(&self) -> Vec<u8> {
        let mut archive = Builder::new(Vec::new());
        for (name, bytes) in &self.0 {
            let mut header = Header::new_gnu();
            header.set_size(bytes.len() as u64);
            header.set_mode(0o600);
            header.set_mtime(1_700_000_000);
            archive.append_data(&mut header, name, &bytes[..]).unwrap();
        }
        archive.into_inner().unwrap()
    }
}

/// A good model with new rows for it.
struct Good {
    folder: Folder,
    model: String,
    new: PathBuf,
}

impl Good {
    fn of(name: &str) -> Self {
        let (folder, case) = (Folder::new(), case(name));
        let model = fitted(&folder, &case["job"]);
        let new = folder.file("new.csv", case["new"].as_str().unwrap());
        Self { folder, model, new }
    }

    fn file(&self, bytes: impl AsRef<[u8]>) -> String {
        self.folder.file("other.pleat", bytes).display().to_string()
    }

    /// Every command refuses this file, and says so.
    fn refuses(&self, bytes: impl AsRef<[u8]>, texts: &[&str]) {
        let model = self.file(bytes);
        for command in ["predict", "evaluate"] {
            let ran = on(command, &model, &self.new, &[]);
            refused(&ran, texts);
            // Nothing of what is in the file.
            assert_eq!(ran.stderr.lines().count(), 1, "{}", ran.stderr);
        }
        refused(&run(&mut pleat(["inspect", &model])), texts);
    }

    /// The file is in order, and what is in it is not.
    fn fails(&self, parts: &Parts, texts: &[&str]) {
        let model = self.file(parts.bytes());
        for (command, more) in [("predict", &["--proba"][..]), ("evaluate", &[])] {
            let ran = on(command, &model, &self.new, more);
            refused(&ran, texts);
        }
    }
}

#[test]
fn equal_jobs_leave_equal_files() {
    let good = Good::of("the best tree of a search");
    let bytes = std::fs::read(&good.model).unwrap();
    // Packed by anyone, it is as good.
    let own = Parts::of(&good.model);
    assert_eq!(own.0.len(), 4);
    let expected = printed("predict", &good.model, &good.new, &[]);
    assert_eq!(
        printed("predict", &good.file(own.bytes()), &good.new, &[]),
        expected
    );

    let folder = Folder::new();
    let path = folder.file(
        "job.toml",
        toml::to_string(&case("the best tree of a search")["job"]).unwrap(),
    );
    let path = path.display().to_string();
    let model = folder.path("m").display().to_string();
    let left = |args: &[&str]| {
        let _ = std::fs::remove_file(&model);
        let ran = run(&mut pleat(args));
        assert_eq!(ran.code, Some(0), "{args:?}: {}", ran.stderr);
        std::fs::read(&model).unwrap()
    };
    assert!(left(&["fit", &path, "-o", &model, "--slots", "3"]) == bytes);
    assert!(left(&["tune", &path, "--model", &model, "--slots", "1"]) == bytes);

    let server = NatsServer::start();
    let url = server.url();
    let _node = Node::start(&url, "one", &["--slots", "2"]);
    assert!(left(&["fit", &path, "-o", &model, "--nats", &url]) == bytes);
    // Nobody asked for the model when the job was sent.
    let sent = run(&mut pleat([
        "submit", &path, "--nats", &url, "--id", "sent",
    ]));
    assert_eq!(sent.code, Some(0), "{}", sent.stderr);
    assert!(left(&["watch", "sent", "--nats", &url, "--model", &model]) == bytes);
    assert!(left(&["report", "sent", "--nats", &url, "--model", &model]) == bytes);
    assert_eq!(printed("predict", &model, &good.new, &[]), expected);

    let ran = run(&mut pleat([
        "report",
        "sent",
        "--nats",
        &url,
        "--model",
        "no/such/folder/m",
    ]));
    refused(&ran, &["the model cannot be written to no/such/folder/m"]);
    // A job that keeps none has none to give; its report is told all the same.
    let none = folder.file(
        "none.json",
        job("iris", "GaussianNB", json!({})).to_string(),
    );
    let none = none.display().to_string();
    assert_eq!(
        run(&mut pleat([
            "submit", &none, "--nats", &url, "--id", "none"
        ]))
        .code,
        Some(0)
    );
    let fresh = folder.path("fresh").display().to_string();
    for command in ["watch", "report"] {
        let ran = run(&mut pleat([
            command, "none", "--nats", &url, "--model", &fresh,
        ]));
        assert_eq!(ran.code, Some(2));
        assert!(
            ran.stderr
                .contains("the job left no model: its refit is false"),
            "{}",
            ran.stderr
        );
        assert!(ran.stdout.contains("best: 0.9533"), "{}", ran.stdout);
        assert!(!std::path::Path::new(&fresh).exists());
    }

    // A component of one's own is fetched from the fabric.
    let wasm = guest("noop");
    let own = folder.file(
        "own.json",
        job("iris", "Noop", json!({ "component": wasm, "refit": true })).to_string(),
    );
    let own = own.display().to_string();
    let embedded = left(&["fit", &own, "-o", &model]);
    assert_eq!(
        run(&mut pleat(["submit", &own, "--nats", &url, "--id", "own"])).code,
        Some(0)
    );
    assert!(left(&["watch", "own", "--nats", &url, "--model", &model]) == embedded);
}

/// Longer than a frame of a slot's pipe, and than a message of the server.
#[test]
fn a_large_model_travels_in_pieces() {
    let (rows, columns) = (30_000, 80);
    let folder = Folder::new();
    let head: Vec<_> = (0..columns).map(|c| format!("x{c}")).collect();
    let mut text = format!("{},y,fold\n", head.join(","));
    for row in 0..rows {
        for column in 0..columns {
            // The first column alone tells rows apart.
            let cell = if column == 0 {
                row
            } else {
                (row * 7 + column) % 10
            };
            text.push_str(&format!("{cell},"));
        }
        // Only ten rows are ever tested.
        let fold = if row < 10 {
            (row % 2).to_string()
        } else {
            "-1".to_owned()
        };
        text.push_str(&format!("{},{fold}\n", row * 3));
    }
    folder.file("large.csv", &text);
    let document = json!({
        "estimator": "KNeighborsRegressor", "target": "y", "params": { "n_neighbors": 1 },
        "data": { "path": "large.csv" }, "baseline": false,
        "cv": { "splitter": "PredefinedSplit", "test_fold": "fold" },
    });
    let model = fitted(&folder, &document);
    let bytes = std::fs::read(&model).unwrap();
    assert!(bytes.len() > 18 << 20, "{}", bytes.len());

    let server = NatsServer::start();
    let url = server.url();
    let _node = Node::start(&url, "one", &["--slots", "1"]);
    let path = folder.path("job.toml").display().to_string();
    let remote = folder.path("remote.pleat").display().to_string();
    let ran = run(&mut pleat(["fit", &path, "-o", &remote, "--nats", &url]));
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(std::fs::read(&remote).unwrap() == bytes);

    let some: Vec<_> = std::iter::once(0)
        .chain((9..rows + 1).step_by(2_999))
        .collect();
    let lines: Vec<_> = text.lines().collect();
    let rows: Vec<_> = some.iter().map(|&line| lines[line]).collect();
    let new = folder.file("new.csv", rows.join("\n"));
    let expected: String = some[1..]
        .iter()
        .map(|line| format!("{}\n", (line - 1) * 3))
        .collect();
    assert_eq!(
        printed("predict", &remote, &new, &[]),
        format!("prediction\n{expected}")
    );
}

/// More rows than are given to a model at once, and more answers than fit into
/// one message of a slot: none is lost, and they are in their order.
#[test]
fn many_rows_are_predicted_in_portions() {
    let folder = Folder::new();
    let classes = 20;
    let rows: String = (0..5 * classes)
        .map(|i| format!("{i},c{:02}\n", i / 5))
        .collect();
    let model = fitted(
        &folder,
        &json!({ "estimator": "DecisionTreeClassifier", "target": "y", "data": { "csv": format!("x,y\n{rows}") } }),
    );
    let count = 450_000;
    let rows: String = (0..count)
        .map(|i| format!("{}\n", i * 13 % (5 * classes)))
        .collect();
    let new = folder.file("new.csv", format!("x\n{rows}"));
    let table = printed("predict", &model, &new, &["--proba"]);
    let due: Vec<_> = (0..classes)
        .map(|class| {
            let shares = (0..classes).map(|c| if c == class { ",1" } else { ",0" });
            format!("c{class:02}{}", shares.collect::<String>())
        })
        .collect();
    let mut lines = table.lines().skip(1);
    for i in 0..count {
        let due = &due[i * 13 % (5 * classes) / 5];
        assert_eq!(lines.next(), Some(&due[..]), "{i}");
    }
    assert_eq!(lines.next(), None);
}

#[test]
fn what_is_no_model_is_refused() {
    let good = Good::of("the best tree of a search");
    let bytes = std::fs::read(&good.model).unwrap();
    let not = "is not a model of Pleat";
    for other in [
        &b""[..],
        b"estimator = \"GaussianNB\"\n",
        &[0; 4096],
        &[0xff; 700],
        &b"a,b\n1,\x1b[2J\n".repeat(100),
    ] {
        good.refuses(other, &["other.pleat", not]);
    }
    // However much of it is left.
    for left in [511, 512, 700, 2048, bytes.len() / 2, bytes.len() - 4096] {
        good.refuses(&bytes[..left], &[not]);
    }
    let parts = Parts::of(&good.model);
    for name in ["manifest.json", "job.json", "model.bin", "component.wasm"] {
        good.refuses(
            parts.without(name).bytes(),
            &[not, &format!("it has no {name}")],
        );
        let mut twice = parts.clone();
        twice.0.push((name.to_owned(), b"{}".to_vec()));
        good.refuses(twice.bytes(), &[not, &format!("it has {name} twice")]);
    }
    let folder = good.folder.path("");
    refused(&run(pleat(["inspect"]).arg(&folder)), &[not]);
    refused(
        &run(pleat(["inspect"]).arg(folder.join("none"))),
        &["none: No such file"],
    );
}

/// An archive can claim to hold more than there is in the world.
#[test]
fn a_bomb_is_not_unpacked() {
    let good = Good::of("the best tree of a search");
    let mut parts = Parts::of(&good.model);
    let manifest = parts.part("manifest.json").clone();
    let claims = |size: u64, kind: EntryType, rest: &[u8]| {
        let mut archive = Builder::new(Vec::new());
        let mut header = Header::new_gnu();
        header.set_size(manifest.len() as u64);
        archive
            .append_data(&mut header, "manifest.json", &manifest[..])
            .unwrap();
        let mut bytes = archive.into_inner().unwrap();
        bytes.truncate(bytes.len() - 1024);
        let mut header = Header::new_gnu();
        header.set_path("model.bin").unwrap();
        header.set_size(size);
        header.set_entry_type(kind);
        if kind == EntryType::GNUSparse {
            // One byte of data, behind far more than there is memory.
            let gnu = header.as_gnu_mut().unwrap();
            let octal = |field: &mut [u8], n: u64| {
                let text = format!("{n:0width$o}\0", width = field.len() - 1);
                field.copy_from_slice(text.as_bytes());
            };
            octal(&mut gnu.realsize, 1 << 32);
            octal(&mut gnu.sparse[0].offset, (1 << 32) - 1);
            octal(&mut gnu.sparse[0].numbytes, 1);
        }
        header.set_cksum();
        bytes.extend(header.as_bytes());
        bytes.extend(rest);
        bytes
    };
    let regular = EntryType::Regular;
    good.refuses(
        claims(1 << 50, regular, b"abc"),
        &["model.bin claims to have 1125899906842624 bytes"],
    );
    good.refuses(
        claims(1 << 32, regular, b"abc"),
        &["it is cut off: model.bin has 3 of its 4294967296 bytes"],
    );
    let mut sparse = vec![0; 512 + 1024];
    sparse[0] = b'x';
    good.refuses(
        claims(1, EntryType::GNUSparse, &sparse),
        &["model.bin is no ordinary file"],
    );
    good.refuses(
        claims(0, EntryType::Symlink, &[0; 1024]),
        &["model.bin is no ordinary file"],
    );
}

#[test]
fn a_part_that_was_changed_is_refused() {
    let good = Good::of("the best tree of a search");
    let other = Parts::of(&Good::of("ridge").model);
    let parts = Parts::of(&good.model);
    // One bit anywhere, and a part of another model.
    for name in ["job.json", "model.bin", "component.wasm"] {
        let length = parts.clone().part(name).len();
        for at in [0, length / 2, length - 1] {
            let mut changed = parts.clone();
            changed.part(name)[at] ^= 1;
            good.refuses(
                changed.bytes(),
                &["is damaged", name, "the manifest says sha256:"],
            );
        }
        let mut changed = parts.clone();
        *changed.part(name) = other.clone().part(name).clone();
        good.refuses(changed.bytes(), &["is damaged", name]);
        // With a manifest to match, they still do not belong together.
        good.refuses(
            changed.signed().bytes(),
            &["is not a model of Pleat", "the model is of "],
        );
        let mut changed = parts.clone();
        *changed.part(name) = b"garbage".to_vec();
        good.refuses(changed.signed().bytes(), &["is not a model of Pleat"]);
    }
    let manifest = |change: &dyn Fn(&mut Json)| {
        let mut changed = parts.clone();
        let mut manifest: Json = serde_json::from_slice(changed.part("manifest.json")).unwrap();
        change(&mut manifest);
        *changed.part("manifest.json") = manifest.to_string().into_bytes();
        changed.bytes()
    };
    good.refuses(
        manifest(&|m| m["format"] = json!("pleat-model/2")),
        &["\"pleat-model/2\"", "\"pleat-model/1\""],
    );
    good.refuses(
        manifest(&|m| m["files"] = json!({})),
        &["is damaged", "the manifest says nothing"],
    );
    good.refuses(manifest(&|m| m["files"] = json!(7)), &["manifest.json"]);
    good.refuses(manifest(&|m| *m = json!(null)), &["manifest.json"]);

    // Lengths within the model.
    for length in [0_u64, 5, 1 << 20, u64::MAX] {
        let mut changed = parts.clone();
        changed.part("model.bin")[8..16].copy_from_slice(&length.to_le_bytes());
        good.refuses(
            changed.signed().bytes(),
            &["is not a model of Pleat", "model.bin"],
        );
    }
}

/// Somebody took the trouble to make it all fit: what is left is a guest, or
/// steps, that do not do what the file says.
#[test]
fn a_forged_model_fails_and_does_no_harm() {
    let good = Good::of("logistic regression");
    let parts = Parts::of(&good.model);
    let forged = |change: &dyn Fn(&mut SavedModel)| parts.clone().with_model(change);
    good.fails(
        &forged(&|m| m.header.classes = vec![0, 1]),
        &["other classes"],
    );
    good.fails(
        &forged(&|m| m.header.classes = vec![0, 1, 9]),
        &["other classes"],
    );
    good.fails(&forged(&|m| m.header.labels.truncate(1)), &["class"]);
    good.fails(
        &forged(&|m| m.header.estimator = "Nobody".into()),
        &["Nobody"],
    );
    good.fails(&forged(&|m| m.header.columns.truncate(1)), &[""]);
    good.fails(&forged(&|m| m.header.columns.clear()), &[""]);
    // Steps go by names: this is no harm at all.
    let swapped = forged(&|m| m.header.columns.swap(0, 1)).bytes();
    assert_eq!(
        printed("predict", &good.file(swapped), &good.new, &[]),
        printed("predict", &good.model, &good.new, &[])
    );
    good.fails(
        &forged(&|m| m.header.columns[0].name = "y".into()),
        &["\"y\""],
    );
    // It says it has no classes, as regressors have none.
    let empty = forged(&|m| {
        m.header.labels.clear();
        m.header.classes.clear();
    });
    good.fails(&empty, &["other classes"]);

    // A component that cannot be one.
    let mut wasm = parts.clone();
    *wasm.part("component.wasm") = b"\0asm garbage".to_vec();
    let digest = Digest::of(b"\0asm garbage");
    good.fails(
        &wasm.with_model(|m| m.header.component = digest),
        &["component"],
    );
    // One that is, and loads nothing.
    let hostile = std::fs::read(guest("hostile")).unwrap();
    let mut wasm = parts.clone();
    let digest = Digest::of(&hostile);
    *wasm.part("component.wasm") = hostile;
    let stranger = wasm.with_model(|m| {
        m.header.component = digest;
        m.header.estimator = "Liar".into();
    });
    good.fails(&stranger, &["not of Liar"]);
}

/// What a guest saved is its own affair; whatever comes back to it, it answers
/// every row or fails.
#[test]
fn garbage_is_no_model_of_any_estimator() {
    for (dataset, estimator) in [
        ("iris", "GaussianNB"),
        ("iris", "BernoulliNB"),
        ("iris", "LinearDiscriminantAnalysis"),
        ("iris", "LogisticRegression"),
        ("iris", "RidgeClassifier"),
        ("iris", "KNeighborsClassifier"),
        ("iris", "RandomForestClassifier"),
        ("iris", "SVC"),
        ("iris", "DecisionTreeClassifier"),
        ("iris", "DummyClassifier"),
        ("diabetes", "Ridge"),
        ("diabetes", "KNeighborsRegressor"),
        ("diabetes", "RandomForestRegressor"),
        ("diabetes", "SVR"),
        ("diabetes", "DecisionTreeRegressor"),
    ] {
        let folder = Folder::new();
        let document = job(dataset, estimator, json!({ "cv": 2, "baseline": false }));
        let good = Good {
            model: fitted(&folder, &document),
            new: crate::support::job::data(&format!("{dataset}.csv")),
            folder,
        };
        let parts = Parts::of(&good.model);
        let length = SavedModel::decode(parts.clone().part("model.bin"))
            .unwrap()
            .bytes
            .len();
        type Change<'a> = &'a dyn Fn(&mut Vec<u8>);
        let garbage: [(&str, Change<'_>); 5] = [
            ("nothing", &|b| b.clear()),
            ("half", &|b| b.truncate(length / 2)),
            ("noise", &|b| {
                b.iter_mut()
                    .zip(1_u8..=255)
                    .for_each(|(b, n)| *b = n.wrapping_mul(77))
            }),
            ("largest", &|b| b.fill(0xff)),
            ("more", &|b| b.extend([7; 9])),
        ];
        for (what, change) in garbage {
            let model = good.file(parts.clone().with_model(|m| change(&mut m.bytes)).bytes());
            let ran = on("predict", &model, &good.new, &["--memory", "256MiB"]);
            refused(&ran, &[""]);
            assert!(ran.took.as_secs() < 20, "{estimator}, {what}");
        }
        // A bit that flips may go unnoticed: then there is an answer for each.
        let rows = printed("predict", &good.model, &good.new, &[])
            .lines()
            .count();
        for at in (0..length).step_by(length / 8 + 1) {
            let model = good.file(parts.clone().with_model(|m| m.bytes[at] ^= 0x40).bytes());
            let ran = on("predict", &model, &good.new, &["--memory", "256MiB"]);
            match ran.code {
                Some(0) => assert_eq!(ran.stdout.lines().count(), rows, "{estimator}, {at}"),
                _ => refused(&ran, &[""]),
            }
        }
    }
}
