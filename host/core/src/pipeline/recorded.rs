//! Recorded pipelines: what scikit-learn makes of the same frames.
//!
//! `steps-a.py` and `steps-b.py` in `tests/data/reference` make the cases, from
//! any seed. A case of the first brings its frame; one of the second names
//! columns, target and weights of a table that several cases share.

use serde_json::Value as Json;

use super::{FitOn, FittedPipeline, Pipeline, Schema};
use crate::data::{Frame, FrameColumn, Label, Target, Values};
use crate::reference;

fn numbers(list: &Json) -> Vec<f64> {
    let list = list.as_array().unwrap().iter();
    list.map(|x| x.as_f64().unwrap_or(f64::NAN)).collect()
}

fn words(list: &Json) -> Values {
    let list = list.as_array().unwrap().iter();
    Values::text(&list.map(Json::as_str).collect::<Vec<_>>())
}

/// The columns a case brings, or those it names of a table.
fn frame(columns: &Json, table: &Json) -> Frame {
    let one = |column: &Json| {
        let own = column.as_array();
        let name = own.map_or(column, |c| &c[0]).as_str().unwrap();
        let values = own.map_or(&table["columns"][name], |c| &c[2]);
        let mut cells = values.as_array().unwrap().iter();
        let text = match own {
            Some(column) => column[1] == "text",
            None => cells.any(Json::is_string),
        };
        FrameColumn {
            name: name.to_owned(),
            values: match text {
                true => words(values).into(),
                false => Values::numeric(numbers(values)).into(),
            },
        }
    };
    let columns: Vec<FrameColumn> = columns.as_array().unwrap().iter().map(one).collect();
    Frame::new(columns[0].values.len(), columns).unwrap()
}

fn target(values: &Json, classes: bool) -> Target {
    if classes {
        let codes: Vec<u32> = numbers(values).iter().map(|code| *code as u32).collect();
        let most = codes.iter().copied().max().unwrap();
        let labels = (0..=most).map(|code| Label::Int(code.into())).collect();
        return Target::Classes { labels, codes };
    }
    if values[0].is_number() {
        return Target::Numbers(numbers(values));
    }
    let Values::Text { codes, categories } = words(values) else {
        unreachable!();
    };
    Target::Classes {
        labels: categories.iter().cloned().map(Label::Text).collect(),
        codes: codes.to_vec(),
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

/// Whether these are the recorded values, but for rounding.
fn is_near(column: &FrameColumn, recorded: &Json, tolerance: f64) -> bool {
    let Some(made) = column.numbers() else {
        return *column.values == words(recorded);
    };
    let recorded = numbers(recorded);
    let finite = || recorded.iter().copied().filter(|x| x.is_finite());
    let (low, high) = (finite().reduce(f64::min), finite().reduce(f64::max));
    // Of what is constant, only rounding may be left.
    let tolerance = match low.zip(high) {
        Some((low, high)) if low < high => tolerance * high.abs().max(low.abs()),
        Some((low, _)) => tolerance * low.abs() + 1e-15,
        None => 0.0,
    };
    made.iter().zip(&recorded).all(|(made, recorded)| {
        let off = (made - recorded).abs();
        made == recorded || off <= tolerance || made.is_nan() && recorded.is_nan()
    })
}

/// What is said beforehand must be true of what comes out: the columns in
/// order, which of them are text, and which have no missing values.
fn check_outline(schema: &Schema, x: &Frame, made: &Frame, any_gap: bool) -> Result<(), String> {
    let mut outline = schema.columns().iter().peekable();
    for column in made.columns() {
        let fits = |c: &&&super::ColumnSchema| {
            let name = column.name.starts_with(&c.name);
            name && (c.many || c.name == column.name) && c.text == column.text().is_some()
        };
        // An imputer drops columns of gaps, if they are that in the training rows.
        let gaps = x.missing();
        let optional =
            |c: &super::ColumnSchema| c.many || any_gap || gaps.iter().any(|g| g.name == c.name);
        while outline.peek().is_some_and(|c| optional(c) && !fits(&c)) {
            outline.next();
        }
        let Some(expected) = outline.peek().filter(fits).copied() else {
            return Err(format!("{} where {schema:?} is said", column.name));
        };
        let alone = Frame::new(made.rows(), vec![column.clone()]);
        if !expected.missing && alone.is_some_and(|c| !c.missing().is_empty()) {
            return Err(format!("{} has gaps where {schema:?} is said", column.name));
        }
        if !expected.many {
            outline.next();
        }
    }
    Ok(())
}

fn compare(case: &Json, tables: &Json) -> Result<(), String> {
    let table = case["data"].as_str().map_or(&Json::Null, |t| &tables[t]);
    let of = |field: &str| {
        let passed = case.get(field)?;
        Some(passed.as_str().map_or(passed, |name| &table[name]))
    };
    let x = frame(&case["columns"], table);
    let train: Vec<u32> = serde_json::from_value(case["train"].clone()).unwrap();
    let y = of("target").map(|values| target(values, case["target"] == "classes"));
    let weights = of("weights").map(numbers);
    let on = FitOn {
        train: &train,
        target: y.as_ref(),
        weights: weights.as_deref(),
    };
    let parsed = Pipeline::parse(&case["pipeline"]).map_err(|(_, sentence)| sentence);
    let outline = parsed
        .clone()
        .and_then(|p| p.check(&Schema::of(&x)).map_err(|(_, sentence)| sentence));
    let cross_fitted = parsed.as_ref().is_ok_and(Pipeline::is_cross_fitted);
    let made = parsed.and_then(|p| p.fit_transform(&x, &on).map_err(|e| e.to_string()));
    if let Some(error) = case.get("error") {
        return match made {
            Ok(_) => Err(format!("no error where {error}")),
            Err(_) => Ok(()),
        };
    }
    let (fitted, made) = made?;
    match outline {
        Ok(outline) => {
            // Any number may stand for a gap.
            let any_gap = case["pipeline"].to_string().contains("missing_values");
            check_outline(&outline, &x, &made, any_gap)?;
        }
        // Which rows have gaps is not known beforehand.
        Err(sentence) if sentence.contains("has missing values") => {}
        Err(sentence) => return Err(sentence),
    }
    let recorded = case["made"].as_array().unwrap();
    let names: Vec<_> = recorded.iter().map(|c| c[0].as_str().unwrap()).collect();
    if made.names() != names {
        return Err(format!("{:?} where {names:?}", made.names()));
    }
    let mut pairs = made.columns().iter().zip(recorded);
    let allowed = tolerance(&case["pipeline"]);
    let far = |(c, recorded): &(&FrameColumn, &Json)| !is_near(c, &recorded[1], allowed);
    if let Some((column, recorded)) = pairs.find(far) {
        return Err(format!("{column:?} where {recorded}"));
    }
    let saved = serde_json::to_string(&fitted).unwrap();
    let loaded: FittedPipeline = serde_json::from_str(&saved).unwrap();
    assert_eq!(loaded, fitted);
    // Training rows are encoded otherwise, each by the targets of others.
    if !cross_fitted {
        assert_eq!(loaded.transform(&x).unwrap(), made);
    }
    Ok(())
}

fn check(reference: &reference::Made) {
    let reference: Json = reference.read();
    let cases = reference["cases"].as_array().unwrap();
    let mut refused = 0;
    let mut wrong = Vec::new();
    for (i, case) in cases.iter().enumerate() {
        refused += usize::from(case.get("error").is_some());
        if let Err(sentence) = compare(case, &reference["data"]) {
            let of = &case["columns"];
            wrong.push(format!(
                "case {i}, {} of {of}: {sentence}",
                case["pipeline"]
            ));
        }
    }
    println!("{} pipelines, {refused} refused", cases.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(refused * 4 < cases.len(), "{refused} of {}", cases.len());
}

#[test]
fn scalers_imputers_and_encoders_make_what_scikit_learns_make() {
    check(&reference::STEPS_A);
}

#[test]
fn transformers_selectors_and_reductions_make_what_scikit_learns_make() {
    check(&reference::STEPS_B);
}
