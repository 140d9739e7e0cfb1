//! Hostile guests: each way to misbehave gives a typed outcome, harms neither
//! node nor neighbours, leaves no process behind, and lets the job complete.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use pleat::broker::memory::Memory;
use pleat::broker::{Broker, RecordKind};
use pleat::coordinator::{self, CoordinatorConfig, Done};
use pleat::node::{NodeConfig, NodeStats};
use pleat::prepare::{Prepared, References, prepare, submit};
use pleat::store::Store;
use pleat_core::data::Table;
use pleat_core::digest::Digest;
use pleat_core::estimator::{Catalogue, ComponentInfo};
use pleat_core::job::{Job, JobSpec, Offers};
use pleat_core::report::Report;
use serde_json::{Value as Json, json};

use crate::support::fabric::{Node, children, eventually, guest, json as pleat_json, lives};
use crate::support::nats_server::NatsServer;
use crate::support::pleat::{EXE, cache, pleat, run};

const CSV: &str = "a,y\n1,0\n2,1\n3,0\n4,1\n5,0\n6,1\n7,0\n8,1\n";

/// A job of a hostile estimator on two folds.
fn job_file(name: &str, document: &Json) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("hostile-{name}.json"));
    std::fs::write(&path, document.to_string()).unwrap();
    path
}

fn document(estimator: &str) -> Json {
    json!({
        "estimator": estimator,
        "component": guest("hostile").display().to_string(),
        "target": "y",
        "data": { "csv": CSV },
        "cv": { "splitter": "KFold", "n_splits": 2 },
        "limits": { "time": "500ms", "memory": "64MiB" },
    })
}

fn tune(name: &str, document: &Json) -> Json {
    let path = job_file(name, document).display().to_string();
    let ran = run(&mut pleat([
        "tune", &path, "--output", "json", "--slots", "2",
    ]));
    assert_eq!(
        ran.code,
        Some(1),
        "some fits failed, so the code is 1\n{}",
        ran.stderr
    );
    serde_json::from_str(&ran.stdout).unwrap()
}

/// Every fit failed in this way, and says so.
fn all_failed(report: &Json, kind: &str, word: &str) {
    let failures = report["failures"].as_array().unwrap();
    assert_eq!(failures.len(), 2, "{report}");
    for failure in failures {
        assert_eq!(failure["kind"], kind, "{failure}");
        let message = failure["message"].as_str().unwrap();
        assert!(message.contains(word), "\"{message}\" does not say {word}");
    }
    assert_eq!(report["best_score"], Json::Null);
    assert_eq!(report["partial"], false);
}

#[test]
fn an_endless_loop_is_timed_out() {
    all_failed(&tune("loop", &document("Loop")), "timed-out", "500ms");
    let mut in_predict = document("Loop");
    in_predict["params"] = json!({ "when": "predict" });
    all_failed(&tune("loop-predict", &in_predict), "timed-out", "CPU time");
}

#[test]
fn a_memory_bomb_is_out_of_memory() {
    all_failed(
        &tune("bomb", &document("Bomb")),
        "out-of-memory",
        "67108864",
    );
}

#[test]
fn a_stack_overflow_and_a_trap_are_trapped() {
    all_failed(
        &tune("recurse", &document("Recurse")),
        "trapped",
        "the guest",
    );
    all_failed(&tune("trap", &document("Trap")), "trapped", "unreachable");
}

#[test]
fn a_panic_is_trapped_and_says_what_it_said() {
    all_failed(&tune("panic", &document("Panic")), "trapped", "panicked at");
}

#[test]
fn a_refusal_is_rejected_with_the_guests_words() {
    all_failed(
        &tune("refuse", &document("Refuse")),
        "rejected",
        "invalid parameters",
    );
}

#[test]
fn predictions_that_make_no_sense_are_rejected() {
    for how in ["short", "long", "absent", "stranger", "narrow"] {
        let mut document = document("Liar");
        document["params"] = json!({ "how": how });
        document["scoring"] = json!(["accuracy", "neg_log_loss"]);
        all_failed(&tune(&format!("liar-{how}"), &document), "rejected", "");
    }
}

#[test]
fn a_chatterer_is_heard_so_far_and_no_further() {
    let mut document = document("Chatter");
    document["params"] = json!({ "messages": 5000, "bytes": 100_000 });
    document["limits"]["time"] = json!("60s");
    let path = job_file("chatter", &document).display().to_string();
    let ran = run(&mut pleat(["tune", &path, "--output", "json"]));
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(
        ran.stdout.len() < 2_000_000,
        "{} bytes of report",
        ran.stdout.len()
    );
}

#[test]
fn one_bad_candidate_does_not_fail_its_siblings() {
    let mut document = document("Picky");
    document["search"] = json!({ "strategy": "grid", "space": { "n": [1, 2, 3, 4, 5] } });
    let report = tune("picky", &document);
    let failed: Vec<_> = report["failures"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| f["candidate"].as_u64().unwrap())
        .collect();
    assert_eq!(failed, [2, 2], "only n = 3, on both splits");
    let means = report["cv_results"]["mean_test_score"].as_array().unwrap();
    assert_eq!(means.iter().filter(|m| m.is_null()).count(), 1);
    assert_eq!(report["cv_results"]["rank_test_score"][2], 5);
}

/// A node that has been through all of them still does its work, and has no
/// process too many.
#[test]
fn a_node_survives_them_all() {
    let server = NatsServer::start();
    let url = server.url();
    let tough = Node::start(&url, "tough", &["--slots", "2"]);
    for estimator in ["Loop", "Bomb", "Recurse", "Panic", "Trap", "Refuse", "Liar"] {
        let path = job_file(&format!("node-{estimator}"), &document(estimator))
            .display()
            .to_string();
        let report = pleat_json(&["tune", &path, "--nats", &url, "--output", "json"]);
        assert_eq!(
            report["failures"].as_array().unwrap().len(),
            2,
            "{estimator}"
        );
    }
    let good = document("Picky");
    let path = job_file("node-good", &good).display().to_string();
    let ran = run(&mut pleat([
        "tune", &path, "--nats", &url, "--output", "json",
    ]));
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(lives(tough.pid()));
    eventually("no slot is left over", || children(tough.pid()).len() <= 2);
    let left = children(tough.pid());
    tough.kill();
    eventually("no slot outlives its node", || {
        !left.iter().any(|&pid| lives(pid))
    });
}

/// Slots are killed again and again while they work: the job completes, and
/// nobody can tell.
#[test]
fn slots_that_die_natively_are_replaced() {
    let server = NatsServer::start();
    let url = server.url();
    let tough = Node::start(&url, "patient", &["--slots", "2"]);
    let document = json!({
        "estimator": "KNeighborsClassifier",
        "target": "species",
        "data": { "path": concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/data/iris.csv") },
        "search": { "strategy": "grid", "space": { "p": [1, 2, 3] } },
        "cv": { "splitter": "RepeatedStratifiedKFold", "n_splits": 5, "n_repeats": 400, "random_state": 0 },
        "max_attempts": 100,
    });
    let path = job_file("killed", &document).display().to_string();
    let expected = pleat_json(&["tune", &path, "--output", "json", "--slots", "2"]);
    let ran = run(&mut pleat(["submit", &path, "--nats", &url]));
    let id = ran.stdout.trim().to_owned();
    let mut killed = 0;
    let over = || pleat_json(&["status", &id, "--nats", &url, "--json"])["state"] == "completed";
    while killed < 5 && !over() {
        for slot in children(tough.pid()) {
            let pid = rustix::process::Pid::from_raw(i32::try_from(slot).unwrap()).unwrap();
            if rustix::process::kill_process(pid, rustix::process::Signal::KILL).is_ok() {
                killed += 1;
            }
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(killed > 0, "the job was over before a slot could be killed");
    let report = pleat_json(&["watch", &id, "--nats", &url, "--output", "json"]);
    assert_eq!(report["result_digest"], expected["result_digest"]);
}

/// Runs a checked job on a fabric in this process.
async fn in_process(prepared: &Prepared, exe: &Path) -> Report {
    let store = Store::open(&cache(), exe).unwrap();
    let broker = Memory::new();
    let id = "hostile".parse().unwrap();
    tokio::spawn(coordinator::run(
        broker.clone(),
        CoordinatorConfig {
            name: "test".into(),
            lease: Duration::from_secs(10),
        },
        std::future::pending(),
    ));
    let config = NodeConfig {
        name: "test".into(),
        slots: 1,
        lanes: vec![prepared.job.lane().clone()],
    };
    let stats = Arc::new(NodeStats::default());
    tokio::spawn(pleat::node::run(
        broker.clone(),
        store,
        config,
        stats,
        std::future::pending(),
    ));
    submit(&broker, &id, prepared).await.unwrap();
    let done = async {
        loop {
            if let Some(record) = broker.record(&id, RecordKind::Done).await.unwrap() {
                return serde_json::from_slice::<Done>(&record.bytes).unwrap();
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let done = tokio::time::timeout(Duration::from_secs(60), done)
        .await
        .expect("the job ends");
    let report = broker.blob(&done.report.unwrap()).await.unwrap().unwrap();
    Report::from_json(serde_json::from_slice(&report).unwrap()).unwrap()
}

/// A job whose component is not what its record says: as if somebody had
/// written the record by hand.
async fn forged(component: &[u8]) -> Prepared {
    let store = Store::open(&cache(), Path::new(EXE)).unwrap();
    let builtin = pleat::builtin::catalogue(&store).await.unwrap();
    let honest = builtin
        .components
        .iter()
        .find(|c| c.name == "bayes")
        .unwrap()
        .estimators
        .clone();
    let digest = Digest::of(component);
    let catalogue = Catalogue {
        components: vec![ComponentInfo {
            name: "forged".into(),
            digest,
            estimators: honest,
        }],
    };
    let offers = Offers {
        builtin: catalogue,
        ..Offers::default()
    };
    let table = pleat::data::read_csv(CSV.as_bytes()).unwrap();
    let spec = json!({ "estimator": "GaussianNB", "target": "y", "data": { "csv": "" },
        "cv": { "splitter": "KFold", "n_splits": 2 } });
    let spec = JobSpec::from_json(spec.to_string().as_bytes()).unwrap();
    let encoded = Table::encode(&table);
    let job = Job::check(&spec, &offers, &table, Digest::of(&encoded)).unwrap();
    Prepared {
        job,
        table: encoded.into(),
        components: vec![component.to_vec().into()],
        findings: Vec::new(),
    }
}

fn rejected(report: &Report, word: &str) {
    assert_eq!(report.result.failures.len(), 2);
    for failure in &report.result.failures {
        assert_eq!(failure.kind, "rejected", "{failure:?}");
        assert!(
            failure.message.contains(word),
            "\"{}\" does not say {word}",
            failure.message
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_garbage_component_is_rejected_by_the_node() {
    let report = in_process(&forged(b"\0asm garbage").await, Path::new(EXE)).await;
    rejected(&report, "not a component");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_it_may_not_have_is_rejected_by_the_node() {
    let wat = std::fs::read(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../tests/guests/forbidden.wat"
    ))
    .unwrap();
    let component = wat::parse_bytes(&wat).unwrap();
    let report = in_process(&forged(&component).await, Path::new(EXE)).await;
    rejected(&report, "may not have");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_component_of_the_wrong_types_is_rejected_by_the_node() {
    let wat = std::fs::read(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../tests/guests/wrong-types.wat"
    ))
    .unwrap();
    let component = wat::parse_bytes(&wat).unwrap();
    let report = in_process(&forged(&component).await, Path::new(EXE)).await;
    rejected(&report, "contract");
}

/// Slots that always die before they answer, as if the guest had brought the
/// process down: after the allowed attempts the
/// task has failed, and the job completes.
#[tokio::test(flavor = "multi_thread")]
async fn a_poison_that_kills_every_slot_ends_as_a_failure() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let exe = dir.path().join("pleat");
    let script = format!(
        "#!/bin/sh\nif [ \"$1\" = slot ]; then (sleep 0.5; kill -9 $$) & fi\nexec {EXE} \"$@\"\n"
    );
    std::fs::write(&exe, script).unwrap();
    std::fs::set_permissions(&exe, std::fs::Permissions::from_mode(0o755)).unwrap();
    // It would run for a minute, were its slot not killed each time.
    let mut endless = document("Loop");
    endless["limits"]["time"] = json!("60s");
    let spec = JobSpec::from_json(endless.to_string().as_bytes()).unwrap();
    let store = Store::open(&cache(), Path::new(EXE)).unwrap();
    let endless = prepare::<Memory>(&spec, &References::Files(Path::new("/")), &store)
        .await
        .unwrap();
    let report = in_process(&endless, &exe).await;
    assert_eq!(report.result.failures.len(), 2);
    for failure in &report.result.failures {
        assert_eq!(failure.kind, "trapped");
        assert!(
            failure.message.contains("3 times in a row"),
            "{}",
            failure.message
        );
    }
}
