//! Nearest neighbours without any tricks: an estimator small enough for a
//! test, so that folds, pipeline and scorers meet scikit-learn's recorded
//! scores in one place.

use serde_json::Value as Json;

use super::super::{Context, Prediction, Scorer, Truth};
use super::numbers;
use crate::cv::{Split, SplitRows, Splitter};
use crate::data::Target;
use crate::pipeline::{FitOn, Pipeline};
use crate::reference;

/// (row, weight) of the neighbours of each test row.
fn neighbours(x: &[Vec<f64>], train: &[u32], row: u32, k: usize, by: &str) -> Vec<(u32, f64)> {
    let square = |other: u32| -> f64 {
        x.iter()
            .map(|c| c[row as usize] - c[other as usize])
            .map(|d| d * d)
            .sum()
    };
    let mut all: Vec<(f64, u32)> = train.iter().map(|r| (square(*r), *r)).collect();
    all.sort_by(|a, b| a.partial_cmp(b).unwrap());
    all.truncate(k);
    let exact = all[0].0 == 0.0;
    let weight = |d: f64| match by {
        "distance" if exact => f64::from(u8::from(d == 0.0)),
        "distance" => 1.0 / d.sqrt(),
        _ => 1.0,
    };
    all.iter().map(|(d, r)| (*r, weight(*d))).collect()
}

fn fit_and_score(
    target: &Target,
    nearest: &[Vec<(u32, f64)>],
    split: &Split,
    scorer: Scorer,
) -> f64 {
    match target {
        Target::None(_) => panic!("nothing to compare with"),
        Target::Numbers(values) => {
            let truth: Vec<f64> = split.test.iter().map(|r| values[*r as usize]).collect();
            let answers: Vec<f64> = nearest
                .iter()
                .map(|n| {
                    let all: f64 = n.iter().map(|(_, w)| w).sum();
                    n.iter().map(|(r, w)| w * values[*r as usize]).sum::<f64>() / all
                })
                .collect();
            numbers(scorer, &truth, &answers)
        }
        Target::Classes { labels, codes } => {
            let truth: Vec<u32> = split.test.iter().map(|r| codes[*r as usize]).collect();
            let known: Vec<u32> = (0..labels.len() as u32).collect();
            let mut answers = Vec::new();
            let mut probabilities = Vec::new();
            for n in nearest {
                let mut votes = vec![0.0; known.len()];
                n.iter()
                    .for_each(|(r, w)| votes[codes[*r as usize] as usize] += w);
                let all: f64 = votes.iter().sum();
                let most = votes.iter().copied().fold(0.0, f64::max);
                answers.push(votes.iter().position(|v| *v == most).unwrap() as u32);
                probabilities.extend(votes.iter().map(|v| v / all));
            }
            let prediction = Prediction {
                model_classes: &known,
                classes: Some(&answers),
                probabilities: Some(&probabilities),
                ..Prediction::default()
            };
            let context = Context {
                positive: scorer.check_labels(labels, None).unwrap(),
                ..Context::default()
            };
            scorer
                .score(Truth::Classes(&truth), &prediction, &context)
                .unwrap()
        }
    }
}

#[test]
fn recorded_scores_are_met() {
    let reference: Json = serde_json::from_str(reference::SCORES).unwrap();
    let mut compared = 0;
    for case in reference["cases"].as_array().unwrap() {
        let name = case["dataset"].as_str().unwrap();
        let estimator = case["estimator"].as_str().unwrap();
        let cv = case["cv"].as_object().unwrap();
        // Digits would take an unoptimised test a minute.
        if name == "digits" || !estimator.starts_with("KNeighbors") {
            continue;
        }
        let (Ok(splitter), Ok(pipeline)) =
            (Splitter::parse(cv), Pipeline::parse(&case["pipeline"]))
        else {
            continue;
        };
        let data = reference::dataset(name);
        let k = case["params"]["n_neighbors"].as_u64().unwrap() as usize;
        let by = case["params"]["weights"].as_str().unwrap_or("uniform");
        let splits = splitter
            .plan(&SplitRows {
                rows: data.target.rows(),
                classes: data.target.codes(),
                ..SplitRows::default()
            })
            .unwrap();
        for (i, split) in splits.iter().enumerate() {
            let (_, x) = pipeline
                .fit_transform(&data.features, &FitOn::rows(&split.train))
                .unwrap();
            let x = x.into_matrix().unwrap();
            let x: Vec<_> = x.iter_columns().map(<[f64]>::to_vec).collect();
            let of_row = |row: &u32| neighbours(&x, &split.train, *row, k, by);
            let nearest: Vec<_> = split.test.iter().map(of_row).collect();
            for (scorer, expected) in case["scores"].as_object().unwrap() {
                let Ok(scorer) = Scorer::parse(scorer) else {
                    continue;
                };
                let expected = expected[i].as_f64().unwrap();
                let scored = fit_and_score(&data.target, &nearest, &split, scorer);
                let tolerance = case["tolerance"].as_f64().unwrap() * expected.abs().max(1.0);
                assert!(
                    (scored - expected).abs() <= tolerance,
                    "{name} {k} {by} {scorer} split {i}: {scored} where {expected} is expected"
                );
                compared += 1;
            }
        }
    }
    assert_eq!(compared, 364);
}
