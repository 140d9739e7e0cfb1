//! The commands as scripts and people use them: what they print and where,
//! what they exit with, and how they end when they are told to.

use std::process::Stdio;
use std::time::{Duration, Instant};

use pleat_core::estimator::Catalogue;
use pleat_core::report::Report;
use rustix::process::Signal;
use serde_json::{Value as Json, json};

use crate::support::fabric::{self, Node, children, eventually, lives};
use crate::support::job::{Folder, data, job, parse, report, target, tune};
use crate::support::nats_server::NatsServer;
use crate::support::pleat::{Ran, Running, pleat, run};

const COMMANDS: [&str; 17] = [
    "tune",
    "node",
    "submit",
    "watch",
    "status",
    "report",
    "cancel",
    "jobs",
    "nodes",
    "task",
    "data",
    "fit",
    "predict",
    "evaluate",
    "inspect",
    "init",
    "catalogue",
];

fn iris(space: Json) -> Json {
    job(
        "iris",
        "KNeighborsClassifier",
        json!({ "search": { "strategy": "grid", "space": space } }),
    )
}

fn succeeds(ran: &Ran) {
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
}

#[test]
fn help_tells_what_there_is() {
    let help = run(&mut pleat(["--help"]));
    succeeds(&help);
    assert_eq!(help.stderr, "");
    for text in [
        "Exit codes",
        "0 all succeeded",
        "1 some",
        "2 a mistake",
        "130 interrupted",
    ] {
        assert!(help.stdout.contains(text), "{text}:\n{}", help.stdout);
    }
    let listed = |name: &str| {
        help.stdout
            .lines()
            .any(|line| line.trim_start().starts_with(&format!("{name} ")))
    };
    assert!(COMMANDS.iter().all(|name| listed(name)), "{}", help.stdout);
    // What the program runs itself is nobody else's business.
    assert!(!listed("slot") && !listed("compile"), "{}", help.stdout);

    let mentioned: [(&[&str], &[&str]); 10] = [
        (
            &["tune"],
            &[
                "<JOB>",
                "--slots",
                "--nats",
                "--output",
                "--report",
                "PLEAT_NATS",
                "Ctrl-C",
                "json",
                "csv",
            ],
        ),
        (
            &["node"],
            &[
                "--nats",
                "--slots",
                "--lane",
                "--no-coordinate",
                "SIGTERM",
                "PLEAT_NATS",
            ],
        ),
        (&["submit"], &["<JOB>", "--nats", "--id"]),
        (&["watch"], &["<ID>", "--nats", "--output", "Ctrl-C"]),
        (&["status"], &["<ID>", "--nats", "--json"]),
        (&["report"], &["<ID>", "--nats", "--output"]),
        (&["cancel"], &["<ID>", "--nats", "partial"]),
        (&["jobs"], &["--nats", "--json"]),
        (&["nodes"], &["--nats", "--json"]),
        (&["task"], &["list", "inspect"]),
    ];
    for (command, texts) in mentioned {
        let help = run(pleat(command).arg("--help"));
        succeeds(&help);
        assert_eq!(help.stderr, "", "{command:?}");
        for text in texts {
            assert!(
                help.stdout.contains(text),
                "{command:?} {text}:\n{}",
                help.stdout
            );
        }
        assert!(
            help.stdout.lines().all(|line| line.chars().count() <= 100),
            "{}",
            help.stdout
        );
    }
    let version = run(&mut pleat(["--version"]));
    succeeds(&version);
    assert_eq!(
        version.stdout,
        format!("pleat {}\n", env!("CARGO_PKG_VERSION"))
    );
}

#[test]
fn no_command_is_a_mistake() {
    let ran = run(&mut pleat([""; 0]));
    assert_eq!((ran.code, &ran.stdout[..]), (Some(2), ""));
    assert!(ran.stderr.contains("Usage: pleat"), "{}", ran.stderr);
    let ran = run(&mut pleat(["tun"]));
    assert_eq!((ran.code, &ran.stdout[..]), (Some(2), ""));
    assert!(ran.stderr.contains("'tune'"), "{}", ran.stderr);
}

#[test]
fn estimators_are_listed_and_inspected() {
    let listed = run(&mut pleat(["task", "list", "--json"]));
    succeeds(&listed);
    let catalogue: Catalogue = serde_json::from_str(&listed.stdout).unwrap();
    let names: Vec<_> = catalogue
        .components
        .iter()
        .flat_map(|c| &c.estimators)
        .map(|e| &e.name[..])
        .collect();
    let table = run(&mut pleat(["task", "list"]));
    succeeds(&table);
    for name in [
        "DecisionTreeClassifier",
        "GaussianNB",
        "KNeighborsClassifier",
        "KNeighborsRegressor",
        "LinearRegression",
        "RandomForestClassifier",
        "RandomForestRegressor",
        "Ridge",
    ] {
        assert!(names.contains(&name), "{names:?}");
        assert!(table.stdout.contains(name), "{}", table.stdout);
    }
    let components: Vec<_> = catalogue.components.iter().map(|c| c.digest).collect();
    let embedded: Vec<_> = pleat::builtin::components()
        .iter()
        .map(|(_, digest, _)| *digest)
        .collect();
    assert_eq!(components, embedded);

    let shown = run(&mut pleat(["task", "inspect", "GaussianNB"]));
    succeeds(&shown);
    for text in [
        "GaussianNB (classifier)",
        "probabilities: yes",
        "var_smoothing",
        "1e-9",
        "a number >= 0",
        "priors",
    ] {
        assert!(shown.stdout.contains(text), "{text}:\n{}", shown.stdout);
    }
    let shown = run(&mut pleat(["task", "inspect", "Ridge", "--json"]));
    succeeds(&shown);
    let ridge = parse(&shown);
    assert_eq!(
        (&ridge["name"], &ridge["kind"], &ridge["shares"]),
        (&json!("Ridge"), &json!("regressor"), &json!(["alpha"]))
    );

    let ran = run(&mut pleat(["task", "inspect", "GausianNB"]));
    assert_eq!((ran.code, &ran.stdout[..]), (Some(2), ""));
    for text in ["\"GausianNB\"", "did you mean \"GaussianNB\"?", "Ridge"] {
        assert!(ran.stderr.contains(text), "{}", ran.stderr);
    }
}

/// A component by its file: looked at, and run like a built-in one.
#[test]
fn components_are_named_by_their_files() {
    let folder = Folder::new();
    let (_, digest, wasm) = pleat::builtin::components()[0];
    let path = folder.file("mine.wasm", wasm).display().to_string();
    let shown = run(&mut pleat(["task", "inspect", &path, "--json"]));
    succeeds(&shown);
    assert_eq!(parse(&shown)["digest"], digest.to_string());
    assert_eq!(parse(&shown)["estimators"][0]["name"], "GaussianNB");
    let shown = run(&mut pleat(["task", "inspect", &path]));
    succeeds(&shown);
    assert!(
        shown.stdout.contains("GaussianNB (classifier)"),
        "{}",
        shown.stdout
    );

    let own = report(&job("iris", "GaussianNB", json!({ "component": path })));
    let builtin = report(&job("iris", "GaussianNB", json!({})));
    assert_eq!(own["result_digest"], builtin["result_digest"]);
    // A component's own estimators are all there are then.
    let ran = tune(&job("iris", "Ridge", json!({ "component": path })), &[]);
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.stderr.contains("unknown estimator \"Ridge\""),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.contains("allowed: GaussianNB"), "{}", ran.stderr);

    let garbage = folder
        .file("garbage.wasm", b"\0asm\x01\0\0\0garbage")
        .display()
        .to_string();
    let ran = run(&mut pleat(["task", "inspect", &garbage]));
    assert_eq!((ran.code, &ran.stdout[..]), (Some(2), ""));
    assert!(
        ran.stderr.contains(&garbage) && ran.stderr.contains("not a component"),
        "{}",
        ran.stderr
    );
}

#[test]
fn each_output_has_the_same_numbers() {
    let folder = Folder::new();
    let path = folder.path("report.json").display().to_string();
    let search = iris(json!({ "n_neighbors": [3, 1000], "weights": ["uniform", "distance"] }));
    let ran = tune(&search, &["--output", "csv", "--report", &path]);
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    assert!(ran.stderr.contains(&path), "{}", ran.stderr);
    let document: Json = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    Report::from_json(document.clone()).unwrap();
    let results = document["cv_results"].as_object().unwrap();

    let mut reader = csv::Reader::from_reader(ran.stdout.as_bytes());
    let header: Vec<_> = reader
        .headers()
        .unwrap()
        .iter()
        .map(str::to_owned)
        .collect();
    assert_eq!(header, results.keys().cloned().collect::<Vec<_>>());
    let rows: Vec<_> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 4);
    for (i, row) in rows.iter().enumerate() {
        for (cell, name) in row.iter().zip(&header) {
            match &results[name][i] {
                Json::Null => assert_eq!(cell, "", "{name}"),
                Json::String(text) => assert_eq!(cell, text, "{name}"),
                value => assert_eq!(
                    &serde_json::from_str::<Json>(cell).unwrap(),
                    value,
                    "{name}"
                ),
            }
        }
    }

    // The table people see: the best first, what failed, how it ran.
    let ran = tune(&search, &[]);
    assert_eq!(ran.code, Some(1));
    let digest = document["result_digest"].as_str().unwrap();
    for text in [
        "rank",
        "n_neighbors=3, weights=uniform",
        "failed",
        "best: 0.9",
        digest,
        "20 fits",
    ] {
        assert!(ran.stdout.contains(text), "{text}:\n{}", ran.stdout);
    }
    let place = |text: &str| ran.stdout.find(text).unwrap();
    assert!(place("n_neighbors=3, weights=uniform") < place("n_neighbors=1000, weights=uniform"));
    // No colours, no bars where there is no terminal.
    assert!(
        !ran.stdout.contains('\x1b') && !ran.stderr.contains('\x1b'),
        "{}",
        ran.stderr
    );
}

#[test]
fn the_report_file_is_the_printed_document() {
    let folder = Folder::new();
    let path = folder.path("report.json");
    let ran = tune(
        &iris(json!({ "n_neighbors": [1, 2] })),
        &["--output", "json", "--report", path.to_str().unwrap()],
    );
    succeeds(&ran);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), ran.stdout);
}

/// A file that cannot be written must not cost the hours that went before:
/// either it is refused at once, or the report is printed all the same.
#[test]
fn a_report_that_cannot_be_written_loses_nothing() {
    let ran = tune(
        &forest(4, 40),
        &["--output", "json", "--report", "/nowhere/report.json"],
    );
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("/nowhere/report.json"),
        "{}",
        ran.stderr
    );
    let refused = ran.took < Duration::from_millis(500);
    assert!(
        refused || ran.stdout.contains("\"cv_results\""),
        "after {:?} the result is lost",
        ran.took
    );
}

#[test]
fn some_failed_fits_are_exit_code_1_and_a_whole_report() {
    let ran = tune(
        &iris(json!({ "n_neighbors": [5, 121, 1] })),
        &["--output", "json"],
    );
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    let document = parse(&ran);
    assert_eq!(document["partial"], false);
    assert_eq!(document["run"]["fits"], json!([15, 15]));
    let failed: Vec<_> = document["failures"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| &f["candidate"])
        .collect();
    assert_eq!(failed, [1; 5]);
    assert!(document["best_score"].as_f64().unwrap() > 0.9);
    assert!(!Report::from_json(document).unwrap().all_succeeded());
}

/// Minutes of work, in small pieces or in one.
fn forest(estimators: u32, candidates: u32) -> Json {
    job(
        "digits",
        "RandomForestClassifier",
        json!({
            "params": { "n_estimators": estimators },
            "search": { "strategy": "grid", "space": { "random_state": (0..candidates).collect::<Vec<_>>() } },
            "limits": { "time": "1h" },
        }),
    )
}

/// A long job under way, and its slots.
fn under_way(job: &Json, folder: &Folder, warm_up: Duration) -> (Running, Vec<u32>) {
    let path = folder.file("job.toml", toml::to_string(job).unwrap());
    let running = Running::start(
        pleat(["tune"])
            .arg(path)
            .args(["--slots", "2", "--output", "json"]),
    );
    eventually("two slots run", || children(running.pid()).len() == 2);
    std::thread::sleep(warm_up);
    let slots = children(running.pid());
    assert_eq!(slots.len(), 2);
    (running, slots)
}

fn no_orphans(slots: &[u32]) {
    eventually("no slot outlives its parent", || {
        !slots.iter().any(|pid| lives(*pid))
    });
}

/// Ctrl-C reaches the slots as well, and SIGTERM only the program.
#[test]
fn an_interrupted_job_reports_what_is_finished() {
    let ways: [fn(&Running); 2] = [Running::ctrl_c, |running| running.signal(Signal::TERM)];
    for end in ways {
        let folder = Folder::new();
        let (running, slots) = under_way(&forest(4, 400), &folder, Duration::from_secs(2));
        let since = Instant::now();
        end(&running);
        let ran = running.finish();
        assert!(
            since.elapsed() < Duration::from_secs(10),
            "{:?}",
            since.elapsed()
        );
        no_orphans(&slots);
        assert_eq!(ran.code, Some(130), "{}", ran.stderr);
        let document = parse(&ran);
        assert_eq!(document["partial"], true);
        assert_eq!(document["failures"], json!([]), "{}", ran.stderr);
        let fits: (u64, u64) = serde_json::from_value(document["run"]["fits"].clone()).unwrap();
        assert!(fits.0 > 0 && fits.0 < fits.1 && fits.1 == 2000, "{fits:?}");
        let scores = (0..5).flat_map(|i| {
            document["cv_results"][format!("split{i}_test_score")]
                .as_array()
                .unwrap()
        });
        assert_eq!(scores.filter(|s| s.is_number()).count() as u64, fits.0);
        // Of the data it may warn; being interrupted is nothing to warn of.
        let mut warned = ran.stderr.lines().filter(|line| line.contains("WARN"));
        assert!(
            warned.all(|line| line.contains("column \"pixel_")) && !ran.stderr.contains("ERROR"),
            "{}",
            ran.stderr
        );
        Report::from_json(document).unwrap();
    }
}

/// Twice means at once.
#[test]
fn a_second_interrupt_leaves_at_once() {
    let folder = Folder::new();
    let (mut running, slots) = under_way(&forest(20_000, 2), &folder, Duration::from_millis(200));
    running.ctrl_c();
    running.wait_until_it_says("Ctrl-C again");
    running.ctrl_c();
    let ran = running.finish();
    assert_eq!(ran.code, Some(130), "{}", ran.stderr);
    assert!(!ran.stderr.contains("panicked"), "{}", ran.stderr);
    no_orphans(&slots);
}

/// A fit of minutes is not waited for.
#[test]
fn an_interrupt_does_not_wait_for_a_long_fit() {
    let folder = Folder::new();
    let (running, slots) = under_way(&forest(20_000, 2), &folder, Duration::from_millis(500));
    let since = Instant::now();
    running.ctrl_c();
    let ran = running.finish();
    assert!(
        since.elapsed() < Duration::from_secs(10),
        "{:?}",
        since.elapsed()
    );
    no_orphans(&slots);
    assert_eq!(ran.code, Some(130), "{}", ran.stderr);
    let document = parse(&ran);
    assert_eq!(
        (&document["partial"], &document["run"]["fits"]),
        (&json!(true), &json!([0, 10]))
    );
}

#[test]
fn no_slot_outlives_a_killed_program() {
    let folder = Folder::new();
    let (running, slots) = under_way(&forest(20_000, 2), &folder, Duration::from_millis(200));
    running.signal(Signal::KILL);
    running.finish();
    no_orphans(&slots);
}

/// `pleat ... | head -0`: nobody reads on, and that is no error.
#[test]
fn a_reader_that_leaves_is_no_error() {
    let folder = Folder::new();
    let search = iris(json!({ "n_neighbors": [1, 2] }));
    let path = folder
        .file("job.toml", toml::to_string(&search).unwrap())
        .display()
        .to_string();
    let commands: [&[&str]; 5] = [
        &["tune", &path, "--output", "json"],
        &["tune", &path, "--output", "csv"],
        &["tune", &path],
        &["task", "list", "--json"],
        &["--help"],
    ];
    for args in commands {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let ran =
            Running::start_as_it_is(pleat(args).stdout(writer).stderr(Stdio::piped())).finish();
        assert_eq!(ran.code, Some(0), "{args:?}: {}", ran.stderr);
        assert!(
            !ran.stderr.contains("panicked") && !ran.stderr.contains("error"),
            "{args:?}: {}",
            ran.stderr
        );
    }
}

/// The same for stderr: what was to be said there does not matter more than
/// the exit code.
#[test]
fn without_anyone_to_tell_the_exit_code_stays() {
    let folder = Folder::new();
    let search = iris(json!({ "n_neighbors": [1, 2] }));
    let path = folder
        .file("job.toml", toml::to_string(&search).unwrap())
        .display()
        .to_string();
    let kept = folder.path("report.json").display().to_string();
    let commands: [(&[&str], i32); 4] = [
        (&["tune", "/nowhere/job.toml"], 2),
        (&["task", "inspect", "nothing"], 2),
        (&["tune", &path, "--slots", "0"], 2),
        (&["tune", &path, "--report", &kept, "--output", "json"], 0),
    ];
    for (args, code) in commands {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let ran =
            Running::start_as_it_is(pleat(args).stdout(Stdio::piped()).stderr(writer)).finish();
        assert_eq!(ran.code, Some(code), "{args:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told() {
    let full = std::fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let ran = Running::start_as_it_is(pleat(["task", "list"]).stdout(full).stderr(Stdio::piped()))
        .finish();
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
    assert!(
        ran.stderr.starts_with("error: ") && ran.stderr.contains("No space left"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_cache_that_cannot_be_used_is_told() {
    let ran = run(pleat(["task", "list"]).env("PLEAT_CACHE", "/dev/null/cache"));
    assert_eq!((ran.code, &ran.stdout[..]), (Some(2), ""));
    assert!(
        ran.stderr.contains("PLEAT_CACHE") && ran.stderr.contains("/dev/null/cache"),
        "{}",
        ran.stderr
    );
}

/// What a cache lost or never had is made again.
#[test]
fn an_empty_or_damaged_cache_changes_nothing() {
    let folder = Folder::new();
    let path = folder.file(
        "job.toml",
        toml::to_string(&job("iris", "GaussianNB", json!({}))).unwrap(),
    );
    let cache = folder.path("cache");
    let digest = || {
        let mut command = pleat(["tune", "--output", "json"]);
        let ran = run(command.arg(&path).env("PLEAT_CACHE", &cache));
        succeeds(&ran);
        parse(&ran)["result_digest"].clone()
    };
    let first = digest();
    for entry in std::fs::read_dir(cache.join("code"))
        .unwrap()
        .chain(std::fs::read_dir(cache.join("blobs")).unwrap())
    {
        let file = entry.unwrap().path();
        let bytes = std::fs::read(&file).unwrap();
        std::fs::write(&file, &bytes[..bytes.len() / 2]).unwrap();
    }
    assert_eq!(digest(), first);
    std::fs::remove_dir_all(&cache).unwrap();
    assert_eq!(digest(), first);
}

/// A job file's path is relative to the job file, wherever one stands.
#[test]
fn data_is_found_beside_the_job() {
    let folder = Folder::new();
    std::fs::create_dir(folder.path("jobs")).unwrap();
    std::fs::copy(data("iris.csv"), folder.path("jobs").join("iris.csv")).unwrap();
    let text = format!(
        "estimator = \"GaussianNB\"\ntarget = \"{}\"\ndata.path = \"iris.csv\"\n",
        target("iris")
    );
    folder.file("jobs/job.toml", text);
    for (from, path) in [
        ("", "jobs/job.toml"),
        ("jobs", "job.toml"),
        ("jobs", "../jobs/job.toml"),
    ] {
        let ran = run(pleat(["tune", path, "--output", "json"]).current_dir(folder.path(from)));
        succeeds(&ran);
        // Its file is what a job is called if it is not called anything.
        assert_eq!(parse(&ran)["run"]["name"], "job");
    }
}

/// The example that is shown to people.
#[test]
fn the_example_runs() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../deploy/examples/digits.toml"
    );
    let ran = run(&mut pleat(["tune", path, "--output", "json"]));
    succeeds(&ran);
    let document = parse(&ran);
    assert_eq!(document["run"]["name"], "digits-knn");
    assert!(document["best_score"].as_f64().unwrap() > 0.97);
}

/// A job's whole life on a fabric, command by command.
#[test]
fn a_job_is_submitted_watched_and_reported() {
    let server = NatsServer::start();
    let url = server.url();
    let folder = Folder::new();
    let mut search = iris(json!({ "n_neighbors": [3, 5] }));
    // A model says which job it is of, and the job what it is called.
    search["name"] = json!("search");
    let path = folder
        .file("search.toml", toml::to_string(&search).unwrap())
        .display()
        .to_string();
    let ask = |args: &[&str]| run(pleat(args).env("PLEAT_NATS", &url));

    // Before there is a node, the job waits.
    let submitted = ask(&["submit", &path, "--id", "mine"]);
    succeeds(&submitted);
    assert_eq!(submitted.stdout, "mine\n");
    let status = ask(&["status", "mine", "--json"]);
    succeeds(&status);
    let status = parse(&status);
    assert_eq!(
        (&status["state"], &status["fits"], &status["name"]),
        (&json!("queued"), &json!(10), &json!("search"))
    );
    let early = ask(&["report", "mine"]);
    assert_eq!((early.code, &early.stdout[..]), (Some(2), ""));
    assert!(
        early.stderr.contains("mine") && early.stderr.contains("queued"),
        "{}",
        early.stderr
    );
    let nodes = ask(&["nodes"]);
    succeeds(&nodes);
    assert!(nodes.stderr.contains("pleat node"), "{}", nodes.stderr);

    let worker = Node::start(&url, "worker", &["--slots", "1"]);
    let watched = ask(&["watch", "mine", "--output", "json"]);
    succeeds(&watched);
    let document = parse(&watched);
    assert_eq!(document["result_digest"], report(&search)["result_digest"]);
    assert_eq!(
        document["run"]["nodes"]
            .as_object()
            .unwrap()
            .keys()
            .collect::<Vec<_>>(),
        ["worker"]
    );
    let reported = ask(&["report", "mine", "--output", "json"]);
    succeeds(&reported);
    assert_eq!(parse(&reported), document);

    let status = parse(&ask(&["status", "mine", "--json"]));
    assert_eq!(
        (&status["state"], &status["fits_done"], &status["failures"]),
        (&json!("completed"), &json!(10), &json!(0))
    );
    assert_eq!(status["result_digest"], document["result_digest"]);
    let jobs = parse(&ask(&["jobs", "--json"]));
    assert_eq!((jobs.as_array().unwrap().len(), &jobs[0]), (1, &status));
    let nodes = parse(&ask(&["nodes", "--json"]));
    assert_eq!(nodes.as_array().unwrap().len(), 1);
    assert_eq!(
        (
            &nodes[0]["metadata"]["node"],
            &nodes[0]["metadata"]["slots"]
        ),
        (&json!("worker"), &json!("1"))
    );

    // Said again it is the same job; said otherwise it is refused.
    let again = ask(&["submit", &path, "--id", "mine"]);
    succeeds(&again);
    assert_eq!(again.stdout, "mine\n");
    assert_eq!(
        parse(&ask(&["jobs", "--json"])).as_array().unwrap().len(),
        1
    );
    folder.file(
        "search.toml",
        toml::to_string(&iris(json!({ "n_neighbors": [7] }))).unwrap(),
    );
    let other = ask(&["submit", &path, "--id", "mine"]);
    assert_eq!((other.code, &other.stdout[..]), (Some(2), ""));
    assert!(
        other.stderr.contains("\"mine\" is taken"),
        "{}",
        other.stderr
    );
    // There is nothing left to cancel.
    let late = ask(&["cancel", "mine"]);
    succeeds(&late);
    assert!(late.stderr.contains("completed"), "{}", late.stderr);
    assert_eq!(parse(&ask(&["status", "mine", "--json"])), status);
    // With the slots of an ended job go its data and the memory of its guest.
    eventually("the slots of an ended job are gone", || {
        children(worker.pid()).is_empty()
    });
}

/// A node that is told to go gives back what it has in hand, and another
/// finishes the job.
#[test]
fn a_node_leaves_when_it_is_told_to() {
    let server = NatsServer::start();
    let url = server.url();
    let folder = Folder::new();
    let search = forest(4, 10);
    let path = folder
        .file("job.toml", toml::to_string(&search).unwrap())
        .display()
        .to_string();
    let mut leaving = Running::start(&mut pleat([
        "node", "--nats", &url, "--slots", "2", "--lease", "2",
    ]));
    leaving.wait_until_it_says(" slots, lanes ");
    let submitted = run(&mut pleat(["submit", &path, "--nats", &url, "--id", "job"]));
    succeeds(&submitted);
    let done = || fabric::json(&["status", "job", "--nats", &url, "--json"])["tasks_done"].as_u64();
    eventually("some tasks are done", || done() > Some(3));
    let slots = children(leaving.pid());
    let since = Instant::now();
    leaving.signal(Signal::TERM);
    let left = leaving.finish();
    assert!(
        since.elapsed() < Duration::from_secs(10),
        "{:?}",
        since.elapsed()
    );
    assert_eq!(
        (left.code, &left.stdout[..]),
        (Some(0), ""),
        "{}",
        left.stderr
    );
    no_orphans(&slots);
    assert_eq!(
        fabric::json(&["nodes", "--nats", &url, "--json"]),
        json!([])
    );
    assert!(done() < Some(50), "all was over before the node left");

    let since = Instant::now();
    let other = Node::start(&url, "other", &["--slots", "2"]);
    let report = fabric::json(&["watch", "job", "--nats", &url, "--output", "json"]);
    // What was given back is there at once: a silent node's tasks would take
    // the 30 s of its ack-wait.
    assert!(
        since.elapsed() < Duration::from_secs(20),
        "{:?}",
        since.elapsed()
    );
    assert_eq!(
        (&report["partial"], &report["run"]["fits"]),
        (&json!(false), &json!([50, 50]))
    );
    assert_eq!(report["run"]["nodes"].as_object().unwrap().len(), 2);
    drop(other);
}

/// `watch` lets go at Ctrl-C and the job goes on; `cancel` ends it with what
/// is finished; a job of no nodes can be cancelled once there is one.
#[test]
fn a_job_is_let_go_and_cancelled() {
    let server = NatsServer::start();
    let url = server.url();
    let folder = Folder::new();
    let path = folder
        .file("long.toml", toml::to_string(&forest(4, 400)).unwrap())
        .display()
        .to_string();
    let worker = Node::start(&url, "worker", &["--slots", "2"]);
    let submitted = run(&mut pleat(["submit", &path, "--nats", &url]));
    succeeds(&submitted);
    let id = submitted.stdout.trim();
    assert!(id.starts_with("long-"), "{id}");
    let status = || fabric::json(&["status", id, "--nats", &url, "--json"]);
    eventually("some tasks are done", || {
        status()["tasks_done"].as_u64() > Some(5)
    });

    let watching = Running::start(&mut pleat(["watch", id, "--nats", &url]));
    std::thread::sleep(Duration::from_millis(500));
    watching.ctrl_c();
    let watched = watching.finish();
    assert_eq!(
        (watched.code, &watched.stdout[..]),
        (Some(130), ""),
        "{}",
        watched.stderr
    );
    assert!(watched.stderr.contains(id), "{}", watched.stderr);
    assert_eq!(status()["state"], "running");

    succeeds(&run(&mut pleat(["cancel", id, "--nats", &url])));
    let since = Instant::now();
    let watched = run(&mut pleat([
        "watch", id, "--nats", &url, "--output", "json",
    ]));
    assert!(
        since.elapsed() < Duration::from_secs(15),
        "{:?}",
        since.elapsed()
    );
    assert_eq!(watched.code, Some(1), "{}", watched.stderr);
    assert_eq!(parse(&watched)["partial"], true);
    assert_eq!(status()["state"], "cancelled");
    eventually("the slots of an ended job are gone", || {
        children(worker.pid()).is_empty()
    });
}
