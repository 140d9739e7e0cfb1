//! Comparing an estimator with scikit-learn's numbers, for the tests of every
//! task (each includes this file as a module).
//!
//! The data sets and the scores are in `tests/data`. Splits, scaling and the
//! few metrics needed are written out here and not taken from the host, so
//! that a task's tests build nothing but the task.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::panic)]

use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use pleat_guest::{
    Candidate, Classes, ColumnKind, Contents, Dataset, Error, Estimator, Outputs, Param,
    Prediction, Target, Value, Values, native,
};
use pleat_num::rng::RandomState;
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::Value as Json;

/// A file of `tests/data`.
pub fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/data")
        .join(name)
}

/// A JSON file of `tests/data/reference`.
pub fn json(name: &str) -> Json {
    let text = fs::read_to_string(path("reference").join(name)).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// What scikit-learn said of problems that are made at random: as recorded in
/// this file of the checkout; or, where `PLEAT_REFERENCE` names a folder, as it
/// said there just now (`tests/parity/live.py`), of other problems.
pub fn made(recorded: &str) -> Json {
    let recorded = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(recorded);
    let path = match std::env::var_os("PLEAT_REFERENCE") {
        None => recorded,
        Some(folder) => Path::new(&folder).join(recorded.file_name().unwrap()),
    };
    let text = fs::read_to_string(&path);
    let text = text.unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    serde_json::from_str(&text).unwrap()
}

/// A data set by name; the last column is the target.
pub fn load(name: &str) -> Contents {
    let text = fs::read_to_string(path(&format!("{name}.csv"))).unwrap();
    let rows: Vec<Vec<&str>> = text
        .lines()
        .skip(1)
        .map(|line| line.split(',').collect())
        .collect();
    let width = rows[0].len() - 1;
    let number = |cell: &str| cell.parse::<f64>().unwrap();
    let values = (0..width)
        .flat_map(|c| rows.iter().map(move |row| number(row[c])))
        .collect::<Vec<_>>();
    let labels: Vec<&str> = rows.iter().map(|row| row[width]).collect();
    let target = if name == "diabetes" {
        Target::Numbers(labels.iter().map(|label| number(label)).collect())
    } else {
        let mut known = labels.clone();
        known.sort_unstable();
        known.dedup();
        let code = |label: &&str| known.binary_search(label).unwrap() as u32;
        Target::Classes(Classes {
            codes: labels.iter().map(code).collect(),
            count: known.len() as u32,
        })
    };
    Contents {
        rows: rows.len() as u32,
        columns: vec![ColumnKind::Numeric; width],
        values: Values::Double(values),
        target,
        weights: None,
    }
}

/// The test rows of each fold of `KFold` or `StratifiedKFold`, not shuffled.
pub fn folds(target: &Target, k: usize) -> Vec<Vec<u32>> {
    let mut folds = vec![Vec::new(); k];
    match target {
        Target::Classes(Classes { codes, count }) => {
            // Classes are numbered as they first appear; the sorted ones are
            // dealt out to say how many of each a fold gets.
            let mut first: Vec<usize> = (0..*count as usize).collect();
            first.sort_by_key(|class| codes.iter().position(|c| *c as usize == *class));
            let mut sorted: Vec<usize> = codes
                .iter()
                .map(|code| first.iter().position(|c| *c == *code as usize).unwrap())
                .collect();
            let encoded = sorted.clone();
            sorted.sort_unstable();
            for class in 0..first.len() {
                let mut due = (0..k).flat_map(|fold| {
                    let here = sorted
                        .iter()
                        .skip(fold)
                        .step_by(k)
                        .filter(|c| **c == class)
                        .count();
                    std::iter::repeat_n(fold, here)
                });
                for row in (0..encoded.len()).filter(|row| encoded[*row] == class) {
                    folds[due.next().unwrap()].push(row as u32);
                }
            }
            folds.iter_mut().for_each(|fold| fold.sort_unstable());
        }
        Target::Numbers(numbers) => {
            let (n, mut row) = (numbers.len(), 0);
            for (i, fold) in folds.iter_mut().enumerate() {
                let size = n / k + usize::from(i < n % k);
                fold.extend(row as u32..(row + size) as u32);
                row += size;
            }
        }
        Target::None => {}
    }
    folds
}

/// All rows but these.
pub fn others(rows: u32, test: &[u32]) -> Vec<u32> {
    (0..rows).filter(|row| !test.contains(row)).collect()
}

/// `StandardScaler`, fitted on the training rows.
pub fn standardised(contents: &Contents, train: &[u32]) -> Contents {
    let Values::Double(values) = &contents.values else {
        panic!("not double")
    };
    let mut values = values.clone();
    for column in values.chunks_exact_mut(contents.rows as usize) {
        let n = train.len() as f64;
        let mean = train.iter().map(|r| column[*r as usize]).sum::<f64>() / n;
        let variance = train
            .iter()
            .map(|r| (column[*r as usize] - mean).powi(2))
            .sum::<f64>()
            / n;
        let scale = if variance == 0.0 {
            1.0
        } else {
            variance.sqrt()
        };
        column.iter_mut().for_each(|x| *x = (*x - mean) / scale);
    }
    Contents {
        values: Values::Double(values),
        ..contents.clone()
    }
}

/// A candidate from its JSON form.
pub fn candidate(params: &Json) -> Candidate {
    let value = |json: &Json| match json {
        Json::Null => Value::None,
        Json::Bool(b) => Value::Boolean(*b),
        Json::String(s) => Value::Text(s.clone()),
        Json::Number(n) if n.is_i64() => Value::Integer(n.as_i64().unwrap()),
        Json::Number(n) => Value::Number(n.as_f64().unwrap()),
        other => Value::Json(other.to_string()),
    };
    let param = |(name, json): (&String, &Json)| Param {
        name: name.clone(),
        value: value(json),
    };
    params.as_object().unwrap().iter().map(param).collect()
}

/// A list of numbers.
pub fn numbers(json: &Json) -> Vec<f64> {
    json.as_array()
        .unwrap()
        .iter()
        .map(|n| n.as_f64().unwrap())
        .collect()
}

/// One fold's score, or none for a metric that is not written out here.
fn score(
    metric: &str,
    target: &Target,
    test: &[u32],
    p: &Prediction,
    classes: &[u32],
) -> Option<f64> {
    let n = test.len() as f64;
    match target {
        Target::Classes(Classes { codes, .. }) => {
            let truth = || test.iter().map(|row| codes[*row as usize]);
            match metric {
                "accuracy" => {
                    let given = p.classes.as_ref()?;
                    Some(truth().zip(given).filter(|(t, g)| t == *g).count() as f64 / n)
                }
                "neg_log_loss" => {
                    let rows = p.probabilities.as_ref()?.chunks_exact(classes.len());
                    let of = |(class, row): (u32, &[f64])| {
                        let place = classes.iter().position(|c| *c == class).unwrap();
                        // Of two classes scikit-learn's scorer takes the second
                        // one's and subtracts, which loses small ones' digits.
                        let p = if row.len() == 2 && place == 0 {
                            1.0 - row[1]
                        } else {
                            row[place]
                        };
                        p.clamp(f64::EPSILON, 1.0 - f64::EPSILON).ln()
                    };
                    Some(truth().zip(rows).map(of).sum::<f64>() / n)
                }
                _ => None,
            }
        }
        Target::Numbers(numbers) => {
            let truth: Vec<f64> = test.iter().map(|row| numbers[*row as usize]).collect();
            let given = p.numbers.as_ref()?;
            let squares: f64 = truth.iter().zip(given).map(|(t, g)| (t - g).powi(2)).sum();
            let mean = truth.iter().sum::<f64>() / n;
            match metric {
                "r2" => Some(1.0 - squares / truth.iter().map(|t| (t - mean).powi(2)).sum::<f64>()),
                "neg_mean_squared_error" => Some(-squares / n),
                "neg_mean_absolute_error" => Some(
                    -truth
                        .iter()
                        .zip(given)
                        .map(|(t, g)| (t - g).abs())
                        .sum::<f64>()
                        / n,
                ),
                "neg_max_error" => Some(
                    -truth
                        .iter()
                        .zip(given)
                        .map(|(t, g)| (t - g).abs())
                        .fold(0.0, f64::max),
                ),
                _ => None,
            }
        }
        Target::None => None,
    }
}

/// Runs every case of `scores.json` for this estimator that is split without
/// shuffling, and holds each score against scikit-learn's. Answers with how
/// many scores were compared.
pub fn agree<E: Estimator>(name: &str) -> usize {
    let scores = json("scores.json");
    let mut compared = 0;
    let mut furthest = 0.0_f64;
    for case in scores["cases"].as_array().unwrap() {
        let cv = &case["cv"];
        let plain = cv["splitter"] == "KFold" || cv["splitter"] == "StratifiedKFold";
        if case["estimator"] != name || !plain || cv["shuffle"] == true {
            continue;
        }
        let contents = load(case["dataset"].as_str().unwrap());
        let scaled = case["pipeline"]
            .as_array()
            .unwrap()
            .iter()
            .any(|s| s == "StandardScaler");
        let folds = folds(&contents.target, cv["n_splits"].as_u64().unwrap() as usize);
        for (i, test) in folds.iter().enumerate() {
            let train = others(contents.rows, test);
            let of_fold = if scaled {
                standardised(&contents, &train)
            } else {
                contents.clone()
            };
            let data = Dataset::new(of_fold).unwrap();
            let model = native::fit::<E>(&data, &train, candidate(&case["params"]))
                .unwrap()
                .model;
            let outputs = native::describe::<E>().outputs;
            let prediction = model.predict(&data, test, outputs).unwrap();
            for (metric, expected) in case["scores"].as_object().unwrap() {
                let got = score(
                    metric,
                    &contents.target,
                    test,
                    &prediction,
                    &model.classes(),
                );
                let Some(got) = got else { continue };
                let expected = expected[i].as_f64().unwrap();
                let off = (got - expected).abs() / expected.abs().max(1.0);
                assert!(
                    off <= case["tolerance"].as_f64().unwrap(),
                    "{name} {} on {}, fold {i}: {metric} is {got}, not {expected}",
                    case["params"],
                    case["dataset"],
                );
                furthest = furthest.max(off);
                compared += 1;
            }
        }
    }
    println!("{name}: {compared} scores, at most {furthest:e} off");
    compared
}

/// The data of `estimators.py`.
fn drawn(case: &Json) -> Contents {
    let whole = |name: &str| case[name].as_u64().unwrap() as usize;
    let (rows, columns) = (whole("rows"), whole("columns"));
    let mut draws = RandomState::new(whole("seed") as u32);
    let x: Vec<f64> = (0..rows * columns)
        .map(|_| draws.double() * 4.0 - 2.0)
        .collect();
    let noise: Vec<f64> = (0..rows).map(|_| draws.double()).collect();
    let mut weights: Vec<f64> = (0..rows).map(|_| draws.double() * 3.0).collect();
    weights.iter_mut().step_by(10).for_each(|w| *w = 0.0);
    let of_row = |row: usize| {
        let x = &x[row * columns..];
        x[0] - 2.0 * x[1] + x[2] * x[2] + 4.0 * noise[row]
    };
    let numbers: Vec<f64> = (0..rows).map(of_row).collect();
    let label = |y: &f64| u32::from(*y > 2.0) + u32::from(*y > 5.0);
    let regressor = ["Ridge", "KNeighborsRegressor"].contains(&case["estimator"].as_str().unwrap());
    Contents {
        rows: rows as u32,
        columns: vec![ColumnKind::Numeric; columns],
        values: Values::Double(
            (0..columns)
                .flat_map(|c| x.iter().skip(c).step_by(columns))
                .copied()
                .collect(),
        ),
        target: match regressor {
            true => Target::Numbers(numbers),
            false => Target::Classes(Classes {
                codes: numbers.iter().map(label).collect(),
                count: 3,
            }),
        },
        weights: case["weighted"].as_bool().unwrap().then_some(weights),
    }
}

/// Runs every case of `estimators.json` for this estimator, and holds each
/// predicted number or probability against scikit-learn's. Answers with how
/// many cases there were.
pub fn answers_agree<E: Estimator>(name: &str) -> usize {
    let cases = made("tests/data/reference/estimators.json");
    let (mut compared, mut furthest) = (0, 0.0_f64);
    for case in cases
        .as_array()
        .unwrap()
        .iter()
        .filter(|case| case["estimator"] == name)
    {
        let data = Dataset::new(drawn(case)).unwrap();
        let cut = data.n_rows() as u32 * 3 / 4;
        let (train, rest): (Vec<u32>, Vec<u32>) = (0..data.n_rows() as u32).partition(|r| *r < cut);
        let test = &rest[..rest.len().min(60)];
        let model = native::fit::<E>(&data, &train, candidate(&case["params"]))
            .unwrap()
            .model;
        let outputs = native::describe::<E>().outputs;
        let got = model.predict(&data, test, outputs).unwrap();
        let got = got.numbers.or(got.probabilities).unwrap();
        let expected = numbers(&case["answers"]);
        assert_eq!(got.len(), expected.len());
        for (i, (got, expected)) in got.iter().zip(expected).enumerate() {
            let off = (got - expected).abs();
            assert!(
                off < 1e-9,
                "{name} {}, answer {i}: {got}, not {expected}",
                case["params"]
            );
            furthest = furthest.max(off);
        }
        compared += 1;
    }
    println!("{name}: {compared} cases, at most {furthest:e} off");
    compared
}

/// Fits the candidates together and each alone, and holds their predictions
/// and saved bytes against each other, to the bit.
pub fn shared_equals_separate<E: Estimator>(
    data: &Rc<Dataset>,
    train: &[u32],
    test: &[u32],
    candidates: Vec<Candidate>,
) {
    let outputs = native::describe::<E>().outputs;
    let options = pleat_guest::FitOptions {
        state: None,
        budget: None,
    };
    let together = native::fit_all::<E>(data, train, candidates.clone(), options).unwrap();
    for (candidate, fitted) in candidates.into_iter().zip(together) {
        let alone = native::fit::<E>(data, train, candidate.clone())
            .unwrap()
            .model;
        let shared = fitted.unwrap().model;
        let answers = |model: &pleat_guest::adapter::FittedModel, outputs: Outputs| {
            bits(&model.predict(data, test, outputs).unwrap())
        };
        assert_eq!(
            answers(&shared, outputs),
            answers(&alone, outputs),
            "{candidate:?}"
        );
        let saved = shared.save().unwrap();
        assert_eq!(saved, alone.save().unwrap(), "{candidate:?}");
        let loaded = native::load::<E>(&saved).unwrap();
        assert_eq!(loaded.classes(), alone.classes());
        assert_eq!(
            answers(&loaded, outputs),
            answers(&alone, outputs),
            "{candidate:?}"
        );
    }
}

/// A prediction's bits, for comparing.
pub fn bits(prediction: &Prediction) -> (Option<Vec<u32>>, Vec<u64>) {
    let numbers = [
        &prediction.numbers,
        &prediction.probabilities,
        &prediction.decision,
    ];
    let bits = numbers
        .into_iter()
        .flatten()
        .flatten()
        .map(|x| x.to_bits())
        .collect();
    (prediction.classes.clone(), bits)
}

/// Hostile but legal data: few distinct values, so that columns are constant
/// and rows are the same, of one row and more, with one class and more.
pub fn tables() -> impl Strategy<Value = (Contents, Contents, Vec<u32>)> {
    let value = prop_oneof![
        4 => (-2i8..3).prop_map(f64::from),
        2 => -1e3..1e3,
        1 => prop_oneof![Just(1e-9), Just(-1e6), Just(1e9), Just(-0.0)],
    ];
    (1usize..12, 1usize..5)
        .prop_flat_map(move |(rows, columns)| {
            let column = prop_oneof![
                vec(value.clone(), rows),
                value.clone().prop_map(move |constant| vec![constant; rows]),
            ];
            (
                vec(column, columns),
                vec(0u32..3, rows),
                vec(value.clone(), rows),
                vec(0..rows as u32, 1..15),
            )
        })
        .prop_map(|(columns, codes, numbers, train)| {
            let contents = |target| Contents {
                rows: codes.len() as u32,
                columns: vec![ColumnKind::Numeric; columns.len()],
                values: Values::Double(columns.concat()),
                target,
                weights: None,
            };
            let classes = Target::Classes(Classes {
                codes: codes.clone(),
                count: 3,
            });
            (contents(classes), contents(Target::Numbers(numbers)), train)
        })
}

/// Fits and predicts all rows. That the data cannot be fitted is fine; what is answered must be
/// what a host would accept, finite, and the same again, also from a saved
/// model.
pub fn holds_up<E: Estimator>(contents: &Contents, train: &[u32], candidate: Candidate) {
    let data = Dataset::new(contents.clone()).unwrap();
    let rows: Vec<u32> = (0..contents.rows).collect();
    let outputs = native::describe::<E>().outputs;
    let answers = || {
        let model = match native::fit::<E>(&data, train, candidate.clone()) {
            Ok(fitted) => fitted.model,
            Err(Error::InvalidData(_)) => return None,
            Err(other) => panic!("{other:?}"),
        };
        let prediction = model.predict(&data, &rows, outputs).unwrap();
        native::check(&model, rows.len(), outputs, &prediction).unwrap();
        let loaded = native::load::<E>(&model.save().unwrap()).unwrap();
        assert_eq!(
            bits(&loaded.predict(&data, &rows, outputs).unwrap()),
            bits(&prediction)
        );
        Some(prediction)
    };
    let Some(prediction) = answers() else { return };
    let finite = |part: &Option<Vec<f64>>| part.iter().flatten().all(|x| x.is_finite());
    assert!(
        finite(&prediction.numbers) && finite(&prediction.probabilities),
        "{prediction:?}"
    );
    assert_eq!(bits(&answers().unwrap()), bits(&prediction));
}
