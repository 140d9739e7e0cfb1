//! An estimator's arithmetic gives the same bits in the sandbox as outside of
//! it: what is tested natively holds for the component, and no node's
//! instruction set shows in a score.
//!
//! smartcore is exempt: it draws with `usize`, which is 32 bits
//! wide in the sandbox. Inside, every node has the same.

use std::path::Path;
use std::rc::Rc;
use std::thread;

use pleat::data::read_csv;
use pleat::engine::{
    Code, Contents, DatasetHandle, Engine, Features, Session, THREAD_STACK, TargetValues,
};
use pleat_core::cv::{SplitRows, Splitter};
use pleat_core::data::{Frame, Matrix, Target};
use pleat_core::estimator::{EstimatorInfo, Kind};
use pleat_core::params::Value;
use pleat_core::scoring::Needs;
use pleat_core::task::Params;
use pleat_guest::{
    Candidate, ColumnKind, Dataset, Estimator, FitOptions, Outputs, Prediction, native,
};
use pleat_task_bayes::{BernoulliNB, GaussianNB, MultinomialNB};
use pleat_task_discriminant::LinearDiscriminantAnalysis;
use pleat_task_dummy::{DummyClassifier, DummyRegressor};
use pleat_task_linear::{
    ElasticNet, Lasso, LinearRegression, LogisticRegression, Ridge, RidgeClassifier,
};
use pleat_task_neighbors::{KNeighborsClassifier, KNeighborsRegressor};
use pleat_task_svm::{SVC, SVR};
use pleat_task_trees::{DecisionTreeClassifier, DecisionTreeRegressor};
use serde_json::{Value as Json, json};

use crate::support::job::{self, Folder};

/// Memory a session may use.
const MEMORY: u64 = 1 << 30;

/// A prediction to the bit, and the classes of its model.
#[derive(Debug, PartialEq)]
struct Bits {
    known: Vec<u32>,
    classes: Option<Vec<u32>>,
    numbers: Option<Vec<u64>>,
    probabilities: Option<Vec<u64>>,
    decision: Option<Vec<u64>>,
}

fn bits(numbers: Option<Vec<f64>>) -> Option<Vec<u64>> {
    Some(numbers?.into_iter().map(f64::to_bits).collect())
}

/// What became of each candidate: its answers, or only that it was refused,
/// for the two sides say so in other words.
type Answers = Vec<Option<Bits>>;

/// A data set, split.
struct Case {
    name: &'static str,
    single: bool,
    matrix: Matrix,
    target: Target,
    weights: Option<Vec<f64>>,
    train: Vec<u32>,
    test: Vec<u32>,
}

impl Case {
    #[allow(clippy::cast_precision_loss)]
    fn load(name: &'static str, single: bool, weighted: bool) -> Self {
        let kind = if name == "diabetes" {
            Kind::Regressor
        } else {
            Kind::Classifier
        };
        let csv = std::fs::read(job::data(&format!("{name}.csv"))).unwrap();
        let table = read_csv(&csv[..]).unwrap();
        let target = Target::of(&table, job::target(name), kind).unwrap();
        let matrix = Frame::of(&table, &[job::target(name)])
            .into_matrix()
            .unwrap();
        let splitter = Splitter::folds(4, kind == Kind::Classifier).unwrap();
        let rows = SplitRows {
            rows: table.rows(),
            classes: target.codes(),
            groups: None,
            test_fold: None,
        };
        let split = splitter.plan(&rows).unwrap().get(1).unwrap();
        // Weights that none of the rows has in common with the next, some 0.
        let weights = weighted.then(|| (0..rows.rows).map(|r| (r % 7) as f64 / 4.0).collect());
        Self {
            name,
            single,
            matrix,
            target,
            weights,
            train: split.train,
            test: split.test,
        }
    }

    fn shape(&self) -> (u32, u32) {
        (
            u32::try_from(self.matrix.rows()).unwrap(),
            u32::try_from(self.matrix.columns()).unwrap(),
        )
    }

    #[allow(clippy::cast_possible_truncation)]
    fn singles(&self) -> Vec<f32> {
        self.matrix.values().iter().map(|x| *x as f32).collect()
    }

    fn inside(&self) -> Contents<'_> {
        let (rows, columns) = self.shape();
        Contents {
            rows,
            columns,
            categorical: Vec::new(),
            features: match self.single {
                true => Features::F32(self.singles().into()),
                false => Features::F64(self.matrix.values().into()),
            },
            target: match &self.target {
                Target::Classes { labels, codes } => {
                    TargetValues::Classes(codes.into(), u32::try_from(labels.len()).unwrap())
                }
                Target::Numbers(numbers) => TargetValues::Numbers(numbers.into()),
                Target::None(_) => TargetValues::None,
            },
            weights: self.weights.as_deref().map(Into::into),
        }
    }

    fn outside(&self) -> Rc<Dataset> {
        let (rows, columns) = self.shape();
        let contents = pleat_guest::Contents {
            rows,
            columns: vec![ColumnKind::Numeric; columns as usize],
            values: match self.single {
                true => pleat_guest::Values::Single(self.singles()),
                false => pleat_guest::Values::Double(self.matrix.values().to_vec()),
            },
            target: match &self.target {
                Target::Classes { labels, codes } => {
                    pleat_guest::Target::Classes(pleat_guest::Classes {
                        codes: codes.to_vec(),
                        count: u32::try_from(labels.len()).unwrap(),
                    })
                }
                Target::Numbers(numbers) => pleat_guest::Target::Numbers(numbers.to_vec()),
                Target::None(_) => pleat_guest::Target::None,
            },
            weights: self.weights.clone(),
        };
        Dataset::new(contents).unwrap()
    }
}

/// A candidate as the host hands it to a session.
fn host_side(params: &Json) -> Params {
    let of =
        |(name, value): (&String, &Json)| (name.clone(), Value::from_json(value.clone()).unwrap());
    params.as_object().unwrap().iter().map(of).collect()
}

/// The same as the guest gets it.
fn guest_side(params: &Params) -> Candidate {
    let of = |(name, value): (&String, &Value)| pleat_guest::Param {
        name: name.clone(),
        value: match value {
            Value::None => pleat_guest::Value::None,
            Value::Bool(b) => pleat_guest::Value::Boolean(*b),
            Value::Int(i) => pleat_guest::Value::Integer(*i),
            Value::Float(x) => pleat_guest::Value::Number(*x),
            Value::Text(s) => pleat_guest::Value::Text(s.clone()),
            Value::Json(j) => pleat_guest::Value::Json(j.to_string()),
        },
    };
    params.iter().map(of).collect()
}

/// Fits all candidates at once and predicts, without a sandbox.
fn outside<E: Estimator>(case: &Case, candidates: &[Params]) -> Answers {
    let data = case.outside();
    let offered = native::describe::<E>().outputs;
    let outputs = Outputs::ANSWERS | (offered & (Outputs::PROBABILITIES | Outputs::DECISION));
    let candidates = candidates.iter().map(guest_side).collect();
    let fits = native::fit_all::<E>(&data, &case.train, candidates, FitOptions::default()).unwrap();
    let answer = |model: pleat_guest::adapter::FittedModel| {
        let Prediction {
            classes,
            numbers,
            probabilities,
            decision,
            ..
        } = model.predict(&data, &case.test, outputs).unwrap();
        Bits {
            known: model.classes(),
            classes,
            numbers: bits(numbers),
            probabilities: bits(probabilities),
            decision: bits(decision),
        }
    };
    fits.map(|fitted| fitted.ok().map(|f| answer(f.model)))
        .collect()
}

/// The same in the component.
fn inside(
    session: &mut Session,
    data: &DatasetHandle,
    info: &EstimatorInfo,
    case: &Case,
    candidates: &[Params],
) -> Answers {
    let fit = session
        .fit(data, &info.name, &case.train, candidates)
        .unwrap();
    let needs = Needs {
        answers: true,
        probabilities: info.probabilities,
        decision: info.decision,
    };
    let mut answers = Vec::new();
    while let Some(fitted) = session.next(&fit).unwrap() {
        answers.push(fitted.ok().map(|fitted| {
            let answer = session
                .predict(&fitted, data, &case.test, needs)
                .unwrap()
                .unwrap();
            let known = fitted.classes.clone();
            session.drop_model(fitted).unwrap();
            Bits {
                known,
                classes: answer.classes,
                numbers: bits(answer.numbers),
                probabilities: bits(answer.probabilities),
                decision: bits(answer.decision),
            }
        }));
    }
    session.drop_fit(fit).unwrap();
    answers
}

/// The code of a built-in family, compiled for the tests.
fn code(engine: &Engine, family: &str, folder: &Folder) -> Code {
    let components = pleat::builtin::components();
    let (_, _, wasm) = components
        .iter()
        .find(|(name, ..)| *name == family)
        .unwrap();
    let path = folder.file(&format!("{family}.cwasm"), engine.compile(wasm).unwrap());
    engine.load(Path::new(&path)).unwrap()
}

/// Runs the candidates both ways on each data set, all in one fit and each in
/// one of its own, in double and in single precision, and holds every answer
/// against the other. At least one candidate must be refused by neither.
fn same_bits<E: Estimator>(
    family: &'static str,
    datasets: &'static [&'static str],
    candidates: Json,
) {
    let everything = move || {
        let candidates: Vec<Params> = candidates
            .as_array()
            .unwrap()
            .iter()
            .map(host_side)
            .collect();
        let folder = Folder::new();
        let engine = Engine::new().unwrap();
        let code = code(&engine, family, &folder);
        let name = native::describe::<E>().name;
        let weighted = native::describe::<E>().accepts_weights;
        let ways = [(false, false), (true, false), (false, weighted)];
        let cases = datasets.iter().flat_map(|d| ways.map(|w| (*d, w)));
        for (dataset, (single, weighted)) in cases {
            let case = Case::load(dataset, single, weighted);
            let mut session = code.session(MEMORY).unwrap();
            let described = session.describe().unwrap();
            let info = described.iter().find(|e| e.name == name).unwrap();
            let data = session.dataset(case.inside()).unwrap();
            let groups = std::iter::once(&candidates[..]).chain(candidates.chunks(1));
            for group in groups {
                let native = outside::<E>(&case, group);
                let wasm = inside(&mut session, &data, info, &case, group);
                assert_eq!((native.len(), wasm.len()), (group.len(), group.len()));
                assert!(
                    native.iter().any(Option::is_some),
                    "{name} {group:?} fits nothing"
                );
                for ((native, wasm), params) in native.iter().zip(&wasm).zip(group) {
                    // Not assert_eq: thousands of bit patterns help nobody.
                    assert!(
                        native == wasm,
                        "{name} {params:?} on {}: {}",
                        case.name,
                        difference(native, wasm)
                    );
                }
            }
        }
    };
    // Sessions need more stack than a test's thread has.
    let thread = thread::Builder::new()
        .stack_size(THREAD_STACK)
        .spawn(everything)
        .unwrap();
    if let Err(panic) = thread.join() {
        std::panic::resume_unwind(panic);
    }
}

/// Where two answers part.
fn difference(native: &Option<Bits>, wasm: &Option<Bits>) -> String {
    let (Some(native), Some(wasm)) = (native, wasm) else {
        return format!(
            "answered natively: {}, in wasm: {}",
            native.is_some(),
            wasm.is_some()
        );
    };
    let parts = [
        ("number", &native.numbers, &wasm.numbers),
        ("probability", &native.probabilities, &wasm.probabilities),
        ("decision", &native.decision, &wasm.decision),
    ];
    for (what, native, wasm) in parts {
        let (Some(native), Some(wasm)) = (native, wasm) else {
            continue;
        };
        let differ = native.iter().zip(wasm).filter(|(a, b)| a != b).count();
        if let Some(i) = native.iter().zip(wasm).position(|(a, b)| a != b) {
            let [a, b] = [native[i], wasm[i]].map(f64::from_bits);
            return format!(
                "{what} {i} is {a:?} natively and {b:?} in wasm, as are {differ} of {}",
                native.len()
            );
        }
    }
    "other classes or other parts".to_owned()
}

const CLASSES: &[&str] = &["iris", "digits", "breast_cancer"];

#[test]
fn gaussian_naive_bayes() {
    let candidates = json!([
        {},
        { "var_smoothing": 0.5 },
        { "var_smoothing": 1e-3 },
    ]);
    same_bits::<GaussianNB>("bayes", CLASSES, candidates);
    let more = json!([{ "var_smoothing": 0 }, { "priors": [0.25, 0.25, 0.5] }, { "priors": [0.1, 0.6, 0.3], "var_smoothing": 1e-6 }]);
    same_bits::<GaussianNB>("bayes", &["iris"], more);
}

fn neighbours() -> Json {
    json!([
        {},
        { "n_neighbors": 1 },
        { "n_neighbors": 11, "weights": "distance" },
        { "n_neighbors": 7, "weights": "distance", "metric": "manhattan" },
        { "n_neighbors": 7, "metric": "chebyshev" },
        { "n_neighbors": 4, "weights": "distance", "p": 1.5 },
        { "n_neighbors": 6, "p": 3, "weights": "distance", "algorithm": "brute" },
        { "n_neighbors": 3, "p": 1, "algorithm": "auto" },
    ])
}

#[test]
fn nearest_neighbours_classify() {
    same_bits::<KNeighborsClassifier>("neighbors", CLASSES, neighbours());
}

#[test]
fn nearest_neighbours_regress() {
    same_bits::<KNeighborsRegressor>("neighbors", &["diabetes"], neighbours());
}

#[test]
fn ridge() {
    let candidates = json!([
        {},
        { "alpha": 0.001 },
        { "alpha": 0 },
        { "alpha": 1e6 },
        { "alpha": 10, "fit_intercept": false },
        { "alpha": 0.1, "solver": "cholesky" },
    ]);
    same_bits::<Ridge>("linear", &["diabetes"], candidates);
}

#[test]
fn decision_tree() {
    let candidates = json!([
        {},
        { "max_depth": 3 },
        { "max_depth": 8 },
        { "criterion": "entropy", "min_samples_leaf": 5 },
        { "criterion": "log_loss", "max_depth": 6 },
        { "max_features": "sqrt", "random_state": 7 },
        { "max_features": 0.5, "random_state": 3, "min_samples_split": 10 },
        { "max_leaf_nodes": 9, "min_impurity_decrease": 0.001 },
    ]);
    same_bits::<DecisionTreeClassifier>("trees", CLASSES, candidates);
}

#[test]
fn decision_tree_of_numbers() {
    let candidates = json!([
        {},
        { "max_depth": 4, "criterion": "friedman_mse" },
        { "max_depth": 6, "criterion": "absolute_error" },
        { "splitter": "random", "random_state": 5, "min_samples_leaf": 3 },
        { "max_features": 0.3, "random_state": 2, "ccp_alpha": 10.0 },
    ]);
    same_bits::<DecisionTreeRegressor>("trees", &["diabetes"], candidates);
}

#[test]
fn naive_bayes_of_counts() {
    let candidates = json!([{}, { "alpha": 0.01 }, { "alpha": 3, "fit_prior": false }]);
    same_bits::<MultinomialNB>("bayes", CLASSES, candidates);
    let candidates = json!([{}, { "binarize": 2.5 }, { "alpha": 0.3, "binarize": 5 }]);
    same_bits::<BernoulliNB>("bayes", CLASSES, candidates);
}

#[test]
fn linear_models_of_numbers() {
    let candidates = json!([{}, { "fit_intercept": false }, { "positive": true }]);
    same_bits::<LinearRegression>("linear", &["diabetes"], candidates);
    let candidates = json!([
        {},
        { "alpha": 0.01 },
        { "alpha": 0.1, "positive": true },
        { "alpha": 0.05, "selection": "random", "random_state": 3 },
    ]);
    same_bits::<Lasso>("linear", &["diabetes"], candidates);
    let candidates =
        json!([{}, { "alpha": 0.001, "l1_ratio": 0.2 }, { "alpha": 0.01, "fit_intercept": false }]);
    same_bits::<ElasticNet>("linear", &["diabetes"], candidates);
}

#[test]
fn linear_models_of_classes() {
    let candidates = json!([{}, { "C": 0.01 }, { "C": 10, "tol": 1e-6 }]);
    same_bits::<LogisticRegression>("linear", CLASSES, candidates);
    let candidates = json!([{}, { "alpha": 0.01 }, { "alpha": 5, "fit_intercept": false }]);
    same_bits::<RidgeClassifier>("linear", CLASSES, candidates);
}

#[test]
fn linear_discriminant_analysis() {
    let candidates = json!([
        {},
        { "solver": "lsqr", "shrinkage": "auto" },
        { "solver": "eigen", "shrinkage": 0.2 },
    ]);
    same_bits::<LinearDiscriminantAnalysis>("discriminant", CLASSES, candidates);
    let more = json!([{ "priors": [0.2, 0.5, 0.3] }, { "solver": "lsqr" }]);
    same_bits::<LinearDiscriminantAnalysis>("discriminant", &["iris"], more);
}

#[test]
fn support_vectors() {
    let candidates = json!([
        {},
        { "kernel": "linear", "C": 0.1 },
        { "kernel": "poly", "degree": 2, "coef0": 1.0 },
        { "kernel": "sigmoid", "gamma": "auto", "max_iter": 200 },
    ]);
    same_bits::<SVC>("svm", &["iris", "digits"], candidates);
    let candidates = json!([{}, { "C": 100, "tol": 1e-6 }, { "kernel": "poly", "epsilon": 5.0 }]);
    same_bits::<SVR>("svm", &["diabetes"], candidates);
}

#[test]
fn dummies() {
    let candidates = json!([
        {},
        { "strategy": "most_frequent" },
        { "strategy": "stratified", "random_state": 4 },
        { "strategy": "uniform", "random_state": 1 },
    ]);
    same_bits::<DummyClassifier>("dummy", CLASSES, candidates);
    let candidates =
        json!([{}, { "strategy": "median" }, { "strategy": "quantile", "quantile": 0.3 }]);
    same_bits::<DummyRegressor>("dummy", &["diabetes"], candidates);
}
