//! Pipelines compared with scikit-learn's, on tables of every kind of column.
//!
//! The numbers are `tests/data/reference/steps-b.json`, which `steps-b.py`
//! beside it makes.

use serde_json::Value as Json;

use super::{FitOn, FittedPipeline, Pipeline, Schema};
use crate::data::{Frame, FrameColumn, Label, Target, Values};

const REFERENCE: &str = include_str!(concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../tests/data/reference/steps-b.json"
));

fn numbers(list: &Json) -> Vec<f64> {
    let list = list.as_array().unwrap().iter();
    list.map(|x| x.as_f64().unwrap_or(f64::NAN)).collect()
}

/// The columns a case is about.
fn frame(data: &Json, given: &Json) -> Frame {
    let given = given.as_array().unwrap().iter();
    let column = |name: &Json| {
        let name = name.as_str().unwrap();
        let list = data["columns"][name].as_array().unwrap();
        let values = if list.iter().any(Json::is_string) {
            Values::text(&list.iter().map(Json::as_str).collect::<Vec<_>>())
        } else {
            Values::numeric(numbers(&data["columns"][name]))
        };
        FrameColumn {
            name: name.to_owned(),
            values: values.into(),
        }
    };
    let columns: Vec<_> = given.map(column).collect();
    Frame::new(columns[0].values.len(), columns).unwrap()
}

fn target(data: &Json, name: &str) -> Target {
    let values = numbers(&data[name]);
    if name == "numbers" {
        return Target::Numbers(values);
    }
    let most = values.iter().fold(0.0, |m: f64, x| m.max(*x)) as u32;
    Target::Classes {
        labels: (0..=most).map(|i| Label::Int(i.into())).collect(),
        codes: values.iter().map(|x| *x as u32).collect(),
    }
}

/// How far numbers may be from scikit-learn's: a search for the best power
/// goes by logarithms that are the platform's, and ARPACK by squares.
fn tolerance(pipeline: &Json) -> f64 {
    let form = pipeline.to_string();
    if form.contains("PowerTransformer") {
        1e-6
    } else if form.contains("TruncatedSVD") {
        1e-11
    } else {
        1e-12
    }
}

/// What is wrong with a case, if anything is.
fn difference(case: &Json, data: &Json) -> Result<(), String> {
    let x = frame(data, &case["given"]);
    let y = target(data, case["target"].as_str().unwrap());
    let train: Vec<u32> = numbers(&case["train"]).iter().map(|r| *r as u32).collect();
    let weights = numbers(&data["weights"]);
    let weighted = case["weights"].as_bool().unwrap_or(false);
    let on = FitOn {
        train: &train,
        target: Some(&y),
        weights: weighted.then_some(&weights),
    };
    let pipeline =
        Pipeline::parse(&case["pipeline"]).map_err(|(field, s)| format!("{field}: {s}"))?;
    let outline = pipeline.check(&Schema::of(&x));
    let made = pipeline.fit_transform(&x, &on);
    if case.get("fails").is_some() {
        return match made {
            Err(_) => Ok(()),
            Ok((_, made)) => Err(format!("scikit-learn fails; got {:?}", made.names())),
        };
    }
    let (fitted, made) = made.map_err(|e| e.to_string())?;
    let names: Vec<&str> = case["names"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Json::as_str)
        .collect();
    if made.names() != names {
        return Err(format!("{:?}\n  instead of {names:?}", made.names()));
    }
    let outline = outline.map_err(|(_, sentence)| sentence)?;
    let known = |c: &FrameColumn| {
        let fits = |o: &&super::ColumnSchema| {
            o.text == c.text().is_some()
                && if o.many {
                    c.name.starts_with(&o.name)
                } else {
                    c.name == o.name
                }
        };
        outline.columns().iter().any(|o| fits(&o))
    };
    if let Some(surprise) = made.columns().iter().find(|c| !known(c)) {
        return Err(format!("column {} was not foreseen", surprise.name));
    }
    for (i, column) in made.columns().iter().enumerate() {
        if let Some(got) = column.numbers() {
            let wanted = numbers(&case["values"][i]);
            let scale = wanted.iter().fold(0.0, |m: f64, x| m.max(x.abs()));
            let far = |(a, b): (&f64, &f64)| {
                let close = (a - b).abs() <= tolerance(&case["pipeline"]) * scale.max(1e-3);
                !(close || (a.is_nan() && b.is_nan()))
            };
            if let Some(row) = got.iter().zip(&wanted).position(far) {
                return Err(format!(
                    "{}, row {row}: {} instead of {}",
                    names[i], got[row], wanted[row]
                ));
            }
        }
    }
    let text = serde_json::to_string(&fitted).map_err(|e| e.to_string())?;
    let read: FittedPipeline = serde_json::from_str(&text).map_err(|e| e.to_string())?;
    match read == fitted && read.transform(&x) == Ok(made) {
        true => Ok(()),
        false => Err("a saved pipeline does otherwise".to_owned()),
    }
}

#[test]
fn steps_make_what_scikit_learns_make() {
    let reference: Json = serde_json::from_str(REFERENCE).unwrap();
    let cases = reference["cases"].as_array().unwrap();
    let mut wrong = Vec::new();
    for (i, case) in cases.iter().enumerate() {
        let data = &reference["data"][case["data"].as_str().unwrap()];
        if let Err(what) = difference(case, data) {
            wrong.push(format!(
                "{i} {} on {}: {what}",
                case["pipeline"], case["given"]
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        cases.len(),
        wrong.join("\n")
    );
}
