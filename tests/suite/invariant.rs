//! The headline invariant: the result is the same to the byte wherever the
//! job runs and whoever is killed meanwhile.

use std::path::{Path, PathBuf};

use serde_json::{Value as Json, json as value};

use crate::support::fabric::{Node, children, eventually, json, lives};
use crate::support::job::reference;
use crate::support::nats_server::NatsServer;
use crate::support::pleat::{Running, pleat, run};

/// Tasks of the job below: on each of 300 splits two groups of candidates and
/// the baseline, and in the end the best on all rows.
const TASKS: u64 = 901;

/// A job of some milliseconds a task.
fn job() -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("invariant.toml");
    let text = format!(
        r#"
        estimator = "KNeighborsClassifier"
        target = "target"
        pipeline = ["StandardScaler"]
        scoring = ["accuracy", "neg_log_loss"]
        refit = "neg_log_loss"
        data.path = "{}"
        search.strategy = "grid"
        search.space = {{ n_neighbors = [3, 5, 7], p = [1, 2] }}
        cv = {{ splitter = "RepeatedStratifiedKFold", n_splits = 5, n_repeats = 60, random_state = 0 }}
        "#,
        concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../tests/data/breast_cancer.csv"
        )
    );
    std::fs::write(&path, text).unwrap();
    path
}

/// Tasks of the job below: on each of 120 splits four candidates and the
/// baseline, and in the end the best on all rows.
const MIXED_TASKS: u64 = 601;

/// Text, missing values, three encoders, weights, groups, two estimators that
/// are drawn from.
fn mixed_job() -> PathBuf {
    let cases = reference("searches.json");
    let mut cases = cases.as_array().unwrap().iter();
    let case = cases.find(|c| c["name"] == "all at once").unwrap();
    let mut job = case["job"].clone();
    job["cv"] = value!({
        "splitter": "GroupShuffleSplit", "n_splits": 120, "test_size": 0.3, "random_state": 5,
    });
    job["search"] = value!({ "strategy": "random", "n_iter": 4, "random_state": 1 });
    let estimators = job["estimators"].as_array_mut().unwrap();
    estimators[0]["space"] = value!({ "var_smoothing": { "loguniform": [1e-9, 1.0] } });
    estimators[1]["space"] = value!({
        "C": { "loguniform": [0.01, 10.0] },
        "targetencoder__smooth": ["auto", 5.0],
    });
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("mixed.json");
    std::fs::write(&path, job.to_string()).unwrap();
    path
}

/// What must be equal: the digest, which covers everything else, and the model
/// of the best, which the digest covers too.
fn digest(report: &Json, tasks: u64) -> (String, String) {
    assert_eq!(report["partial"], false);
    assert_eq!(report["failures"], Json::Array(vec![]));
    assert_eq!(report["run"]["tasks"], tasks);
    let text = |value: &Json| value.as_str().unwrap().to_owned();
    (
        text(&report["result_digest"]),
        text(&report["refit"]["model"]),
    )
}

struct Fabric {
    server: NatsServer,
    job: String,
}

impl Fabric {
    fn url(&self) -> String {
        self.server.url()
    }

    fn submit(&self) -> String {
        let ran = run(&mut pleat(["submit", &self.job, "--nats", &self.url()]));
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        ran.stdout.trim().to_owned()
    }

    fn tasks_done(&self, id: &str) -> u64 {
        json(&["status", id, "--nats", &self.url(), "--json"])["tasks_done"]
            .as_u64()
            .unwrap_or(0)
    }

    fn report(&self, id: &str) -> Json {
        json(&["watch", id, "--nats", &self.url(), "--output", "json"])
    }
}

#[test]
fn the_result_is_the_same_wherever_it_is_computed() {
    let (fabric, expected) = the_same_everywhere(&job(), TASKS);
    take_over(&fabric, &expected);
}

/// So is that of a job with everything in it.
#[test]
fn mixed_columns_and_several_estimators_are_the_same_everywhere() {
    the_same_everywhere(&mixed_job(), MIXED_TASKS);
}

/// Runs a job here and there; hands back the fabric and what it came to.
fn the_same_everywhere(job: &Path, tasks: u64) -> (Fabric, (String, String)) {
    let job = job.display().to_string();
    let tune = |slots| json(&["tune", &job, "--slots", slots, "--output", "json"]);
    let one_slot = digest(&tune("1"), tasks);
    assert_eq!(
        digest(&tune("3"), tasks),
        one_slot,
        "embedded, several slots"
    );

    let fabric = Fabric {
        server: NatsServer::start(),
        job,
    };
    let url = fabric.url();

    // One node.
    let single = Node::start(&url, "single", &["--slots", "2"]);
    let id = fabric.submit();
    assert_eq!(
        digest(&fabric.report(&id), tasks),
        one_slot,
        "NATS, one node"
    );
    drop(single);

    // Three nodes, two of them killed at work, the coordinating one first.
    let mut nodes: Vec<Node> = ["left", "middle", "right"]
        .iter()
        .map(|n| Node::start(&url, n, &["--slots", "1"]))
        .collect();
    let id = fabric.submit();
    eventually("tasks are under way", || fabric.tasks_done(&id) > 50);
    let owner = nodes
        .iter()
        .position(|n| n.log().contains(&format!("{id}: coordinated by")))
        .unwrap();
    let orphans = children(nodes[owner].pid());
    nodes.remove(owner).kill();
    let done = fabric.tasks_done(&id);
    nodes.remove(0).kill();
    assert!(done < tasks, "all was over before anyone was killed");
    let report = fabric.report(&id);
    assert_eq!(
        digest(&report, tasks),
        one_slot,
        "NATS, two of three nodes killed"
    );
    assert!(report["run"]["nodes"].as_object().unwrap().len() >= 2);
    assert!(!orphans.is_empty(), "the killed node had no slot");
    eventually("no slot outlives its node", || {
        !orphans.iter().any(|&pid| lives(pid))
    });
    (fabric, one_slot)
}

/// The coordinator is killed and another takes over: nothing that was
/// finished is computed again.
fn take_over(fabric: &Fabric, expected: &(String, String)) {
    let url = fabric.url();
    let worker = Node::start(&url, "worker", &["--slots", "1", "--no-coordinate"]);
    // These two serve a lane without tasks: they coordinate and nothing else.
    let first = Node::start(&url, "first", &["--slots", "1", "--lane", "idle"]);
    let id = fabric.submit();
    eventually("tasks are under way", || fabric.tasks_done(&id) > 50);
    let second = Node::start(&url, "second", &["--slots", "1", "--lane", "idle"]);
    assert!(first.log().contains(&format!("{id}: coordinated by first")));
    first.kill();
    assert!(
        fabric.tasks_done(&id) < TASKS,
        "all was over before the coordinator was killed"
    );
    assert_eq!(
        &digest(&fabric.report(&id), TASKS),
        expected,
        "the coordinator was killed"
    );
    assert!(
        second
            .log()
            .contains(&format!("{id}: coordinated by second"))
    );
    let nodes = json(&["nodes", "--nats", &url, "--json"]);
    let worker_done = nodes
        .as_array()
        .unwrap()
        .iter()
        .find(|n| n["metadata"]["node"] == "worker")
        .map(|n| n["stats"]["tasks_done"].clone());
    assert_eq!(
        worker_done,
        Some(TASKS.into()),
        "every task was run exactly once"
    );
    drop(worker);
}

/// A coordinator that is asked to leave lets go of its jobs: nobody waits for
/// its lease to run out.
#[test]
fn a_node_that_leaves_lets_go_of_its_jobs() {
    let fabric = Fabric {
        server: NatsServer::start(),
        job: job().display().to_string(),
    };
    let url = fabric.url();
    let _worker = Node::start(&url, "steady", &["--slots", "1", "--no-coordinate"]);
    let args = [
        "node", "--nats", &url, "--name", "polite", "--lane", "idle", "--lease", "600",
    ];
    let mut polite = Running::start(&mut pleat(args));
    polite.wait_until_it_says("slots, lanes");
    let id = fabric.submit();
    eventually("tasks are under way", || fabric.tasks_done(&id) > 20);
    let next = Node::start(&url, "next", &["--slots", "1", "--lane", "idle"]);
    polite.signal(rustix::process::Signal::TERM);
    assert_eq!(polite.finish().code, Some(0));
    eventually("another coordinates", || {
        next.log().contains(&format!("{id}: coordinated by next"))
    });
    assert_eq!(fabric.report(&id)["partial"], false);
}
