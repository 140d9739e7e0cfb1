//! What the fabric itself costs, with a guest that does nothing.
//!
//! `cargo bench -p pleat`. Numbers over a real server are in `fabric.py`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    missing_docs,
    reason = "a benchmark"
)]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use futures::StreamExt;
use pleat::broker::Broker;
use pleat::broker::memory::Memory;
use pleat::engine::{Contents, Engine, Features, TargetValues};
use pleat::node::{self, NodeConfig, NodeStats};
use pleat::prepare::{Prepared, References, prepare};
use pleat::store::Store;
use pleat_core::job::JobSpec;
use pleat_core::scoring::Needs;
use pleat_core::search::Sequence;
use pleat_core::task::Params;
use serde_json::json;

/// Tasks in one measured run of the whole path.
const TASKS: u32 = 2000;

fn noop() -> PathBuf {
    let temporary = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .canonicalize()
        .unwrap();
    let request =
        pleat_build::Request::new(workspace, "pleat-test-noop", temporary.join("../guests"));
    let path = temporary.join("noop.wasm");
    std::fs::write(&path, pleat_build::build(&request).unwrap()).unwrap();
    path
}

/// A fresh instance with a dataset of four rows; and with a fit and a
/// prediction on it.
fn instance(c: &mut Criterion) {
    let engine = Engine::new().unwrap();
    let compiled = Path::new(env!("CARGO_TARGET_TMPDIR")).join("noop.cwasm");
    std::fs::write(
        &compiled,
        engine.compile(&std::fs::read(noop()).unwrap()).unwrap(),
    )
    .unwrap();
    let code = engine.load(&compiled).unwrap();
    let contents = || Contents {
        rows: 4,
        columns: 1,
        categorical: Vec::new(),
        features: Features::F64(vec![1.0, 2.0, 3.0, 4.0].into()),
        target: TargetValues::Classes(vec![0, 1, 0, 1].into(), 2),
        weights: None,
    };
    let needs = Needs {
        answers: true,
        ..Needs::default()
    };
    c.bench_function("fresh instance + one call", |b| {
        b.iter(|| {
            let mut session = code.session(1 << 28).unwrap();
            session.dataset(contents()).unwrap();
        });
    });
    c.bench_function("fresh instance + no-op task: dataset, fit, predict", |b| {
        b.iter(|| {
            let mut session = code.session(1 << 28).unwrap();
            let data = session.dataset(contents()).unwrap();
            let fit = session
                .fit(&data, "Noop", &[0, 1], &[Params::new()])
                .unwrap();
            let fitted = session.next(&fit).unwrap().unwrap().unwrap();
            session
                .predict(&fitted, &data, &[2, 3], needs)
                .unwrap()
                .unwrap()
        });
    });
}

async fn job(store: &Store) -> Prepared {
    let spec = json!({
        "estimator": "Noop",
        "component": noop().display().to_string(),
        "target": "y",
        "data": { "csv": "a,y\n1,0\n2,1\n3,0\n4,1\n" },
        "cv": { "splitter": "RepeatedKFold", "n_splits": 2, "n_repeats": TASKS / 2, "random_state": 0 },
        "baseline": false,
    });
    let spec = JobSpec::from_json(spec.to_string().as_bytes()).unwrap();
    prepare::<Memory>(&spec, &References::Files(Path::new("/")), store)
        .await
        .unwrap()
}

/// Tasks put into the embedded broker, run in one slot, and their results
/// seen by a watcher.
fn embedded(c: &mut Criterion) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache");
    let store = Store::open(&cache, Path::new(env!("CARGO_BIN_EXE_pleat"))).unwrap();
    let prepared = runtime.block_on(job(&store));
    let mut group = c.benchmark_group("embedded broker and one slot");
    group
        .sample_size(10)
        .measurement_time(Duration::from_secs(5));
    group.bench_function("one no-op task, of many", |b| {
        b.iter_custom(|iterations| {
            let mut spent = Duration::ZERO;
            let rounds = iterations.div_ceil(u64::from(TASKS));
            for _ in 0..rounds {
                spent += runtime.block_on(round(&store, &prepared));
            }
            spent
                .mul_f64(1.0 / (rounds * u64::from(TASKS)) as f64)
                .mul_f64(iterations as f64)
        });
    });
    group.finish();
}

async fn round(store: &Store, prepared: &Prepared) -> Duration {
    let broker = Memory::new();
    let id = "bench".parse().unwrap();
    pleat::prepare::submit(&broker, &id, prepared)
        .await
        .unwrap();
    let config = NodeConfig {
        name: "bench".into(),
        slots: 1,
        lanes: vec![prepared.job.lane().clone()],
    };
    let stats = Arc::new(NodeStats::default());
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let shutdown = async move { drop(stopped.await) };
    let node = tokio::spawn(node::run(
        broker.clone(),
        store.clone(),
        config,
        stats,
        shutdown,
    ));
    let mut results = broker.watch_results(&id).await.unwrap().stream;
    let asked = Sequence::new(Arc::new(prepared.job.clone())).advance();
    assert_eq!(asked.len(), TASKS as usize);
    // The first one starts the slot, which is measured elsewhere.
    let mut tasks = asked.into_iter();
    let first = tasks.next().unwrap();
    broker
        .put_task(
            prepared.job.lane(),
            &id,
            &first.id,
            first.task.encode().into(),
        )
        .await
        .unwrap();
    results.next().await.unwrap();
    let started = Instant::now();
    for asked in tasks {
        broker
            .put_task(
                prepared.job.lane(),
                &id,
                &asked.id,
                asked.task.encode().into(),
            )
            .await
            .unwrap();
    }
    for _ in 1..TASKS {
        results.next().await.unwrap();
    }
    let spent = started.elapsed();
    drop(stop);
    node.await.unwrap();
    spent
}

criterion_group!(benches, instance, embedded);
criterion_main!(benches);
