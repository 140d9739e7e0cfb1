//! Fits and predicts inside the engine and says how long each took; what the
//! times are compared with is `estimators.py`, which starts this.
//!
//! Reads requests from stdin, a line of JSON each, and answers each with a
//! line. Every fit gets a session and a dataset of its own, so that nothing
//! kept from an earlier one helps it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    missing_docs,
    reason = "a benchmark"
)]

use std::collections::BTreeMap;
use std::io::{BufRead, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use pleat::engine::{Answer, Code, Contents, Engine, Features, TargetValues};
use pleat_core::scoring::Needs;
use pleat_core::task::Params;
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
struct Request {
    /// A component's file.
    component: PathBuf,
    estimator: String,
    params: Params,
    /// A file of doubles, column after column, without a header.
    features: PathBuf,
    rows: u32,
    /// A file of doubles; none for clusterers.
    target: Option<PathBuf>,
    /// How many classes the target has; none for regressors.
    classes: Option<u32>,
    /// The first so many rows are trained on, the others predicted.
    train: u32,
    /// Probabilities instead of answers.
    #[serde(default)]
    probabilities: bool,
    /// Memory the guest may use, in MiB.
    #[serde(default = "memory")]
    memory: u64,
}

fn memory() -> u64 {
    4095
}

#[derive(Serialize, Default)]
struct Reply {
    /// Seconds to copy the matrix in, to fit, to predict.
    dataset: f64,
    fit: f64,
    predict: f64,
    /// Seconds of processor time to fit and predict.
    cpu: f64,
    /// Most bytes the guest held.
    memory: u64,
    warnings: Vec<String>,
    answers: Vec<f64>,
    failure: Option<String>,
}

fn main() {
    // `cargo bench` runs every benchmark there is; this one has nothing to say
    // by itself.
    if !std::env::args().any(|a| a == "--serve") {
        println!("estimators: see tests/bench/estimators.py");
        return;
    }
    let engine = Engine::new().unwrap();
    let mut codes: BTreeMap<PathBuf, Code> = BTreeMap::new();
    for line in std::io::stdin().lock().lines() {
        let request: Request = serde_json::from_str(&line.unwrap()).unwrap();
        let code = codes
            .entry(request.component.clone())
            .or_insert_with(|| compile(&engine, &request.component));
        let reply = run(code, &request).unwrap_or_else(|failure| Reply {
            failure: Some(failure),
            ..Reply::default()
        });
        let mut out = std::io::stdout().lock();
        serde_json::to_writer(&mut out, &reply).unwrap();
        writeln!(out).unwrap();
        out.flush().unwrap();
    }
}

fn compile(engine: &Engine, component: &Path) -> Code {
    let code = engine.compile(&std::fs::read(component).unwrap()).unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), code).unwrap();
    engine.load(file.path()).unwrap()
}

fn doubles(path: &Path) -> Vec<f64> {
    let bytes = std::fs::read(path).unwrap();
    let eight = bytes.chunks_exact(8);
    eight
        .map(|b| f64::from_le_bytes(b.try_into().unwrap()))
        .collect()
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn run(code: &Code, request: &Request) -> Result<Reply, String> {
    let features = doubles(&request.features);
    let target = request.target.as_deref().map(doubles);
    let contents = Contents {
        rows: request.rows,
        columns: features.len() as u32 / request.rows,
        categorical: Vec::new(),
        features: Features::F64(features.into()),
        target: match (target, request.classes) {
            (None, _) => TargetValues::None,
            (Some(y), None) => TargetValues::Numbers(y.into()),
            (Some(y), Some(count)) => {
                let codes: Vec<u32> = y.into_iter().map(|y| y as u32).collect();
                TargetValues::Classes(codes.into(), count)
            }
        },
        weights: None,
    };
    let train: Vec<u32> = (0..request.train).collect();
    let test: Vec<u32> = (request.train..request.rows).collect();
    let needs = Needs {
        answers: !request.probabilities,
        probabilities: request.probabilities,
        ..Needs::default()
    };
    let mut session = code
        .session(request.memory << 20)
        .map_err(|f| f.message.clone())?;
    let clock = Instant::now();
    let data = session.dataset(contents).map_err(|f| f.message.clone())?;
    let dataset = clock.elapsed().as_secs_f64();
    let (clock, cpu) = (Instant::now(), cpu_seconds());
    let candidates = std::slice::from_ref(&request.params);
    let fitting = session
        .fit(&data, &request.estimator, &train, candidates)
        .map_err(|f| f.message.clone())?;
    let fitted = session
        .next(&fitting)
        .map_err(|f| f.message.clone())?
        .ok_or("no candidate came back")?
        .map_err(|f| f.message.clone())?;
    let fit = clock.elapsed().as_secs_f64();
    let clock = Instant::now();
    let answer = session
        .predict(&fitted, &data, &test, needs)
        .map_err(|f| f.message.clone())?
        .map_err(|f| f.message.clone())?;
    let predict = clock.elapsed().as_secs_f64();
    Ok(Reply {
        dataset,
        fit,
        predict,
        cpu: cpu_seconds() - cpu,
        memory: session.peak_memory(),
        warnings: fitted.warnings.clone(),
        answers: numbers(answer),
        failure: None,
    })
}

fn numbers(answer: Answer) -> Vec<f64> {
    let classes = answer
        .classes
        .map(|c| c.into_iter().map(f64::from).collect());
    answer
        .probabilities
        .or(answer.numbers)
        .or(classes)
        .unwrap_or_default()
}

fn cpu_seconds() -> f64 {
    let spent = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    #[allow(clippy::cast_precision_loss)]
    let seconds = spent.tv_sec as f64 + spent.tv_nsec as f64 * 1e-9;
    seconds
}
