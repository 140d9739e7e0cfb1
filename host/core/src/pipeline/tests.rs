use serde_json::{Value as Json, json};

use super::*;
use crate::data::{Frame, FrameColumn};

fn pipeline(form: Json) -> Pipeline {
    Pipeline::parse(&form).unwrap()
}

#[test]
fn steps_are_named_as_make_pipeline_does() {
    assert_eq!(
        pipeline(json!(["StandardScaler"])).names(),
        ["standardscaler"]
    );
    let twice = json!(["StandardScaler", { "step": "StandardScaler" }]);
    assert_eq!(
        pipeline(twice).names(),
        ["standardscaler-1", "standardscaler-2"]
    );
    let named = json!(["StandardScaler", { "step": "StandardScaler", "name": "scale" }]);
    assert_eq!(pipeline(named).names(), ["standardscaler", "scale"]);
    assert!(pipeline(json!([])).is_identity() && pipeline(Json::Null).is_identity());
}

#[test]
fn mistakes_are_told_with_their_field() {
    let cases = [
        (
            json!("StandardScaler"),
            "",
            "\"StandardScaler\" is not a pipeline: allowed is a list of steps",
        ),
        (
            json!(["StandardScaler", "StandrdScaler"]),
            "[1]",
            "unknown step \"StandrdScaler\" (did you mean \"StandardScaler\"?); allowed: STEPS",
        ),
        (
            json!([{"step": "zzz"}]),
            "[0].step",
            "unknown step \"zzz\"; allowed: STEPS",
        ),
        (
            json!([{"step": 1}]),
            "[0].step",
            "1 is not a step; allowed: STEPS",
        ),
        (json!([7]), "[0]", "7 is not a step; allowed: STEPS"),
        (
            json!([{"with_mean": true}]),
            "[0]",
            "the step is not named; allowed: STEPS",
        ),
        (
            json!([{"step": "StandardScaler", "with_mean": 0}]),
            "[0].with_mean",
            "0 is not allowed: allowed is true or false",
        ),
        (
            json!([{"step": "StandardScaler", "with_men": true}]),
            "[0].with_men",
            "unknown parameter of StandardScaler \"with_men\" (did you mean \"with_mean\"?); allowed: with_mean, with_std",
        ),
        (
            json!([{"step": "StandardScaler", "name": "a__b"}]),
            "[0].name",
            "\"a__b\" is not a name: allowed are letters, digits, '-' and '_', but not \"__\", which parts a step from its parameter",
        ),
        (
            json!(["StandardScaler", {"step": "StandardScaler", "name": "standardscaler"}]),
            "[1].name",
            "\"standardscaler\" names two steps: names must differ",
        ),
    ];
    for (form, field, sentence) in cases {
        let fault = Pipeline::parse(&form).unwrap_err();
        let sentence = sentence.replace("STEPS", &Pipeline::STEPS.join(", "));
        assert_eq!(fault, (field.to_owned(), sentence), "{form}");
    }
}

#[test]
fn a_pipeline_has_one_form_with_all_parameters() {
    let form =
        json!(["StandardScaler", { "name": "x", "with_std": false, "step": "StandardScaler" }]);
    let text = serde_json::to_string(&pipeline(form.clone())).unwrap();
    assert_eq!(
        text,
        r#"[{"step":"StandardScaler","with_mean":true,"with_std":true},{"step":"StandardScaler","name":"x","with_mean":true,"with_std":false}]"#
    );
    assert_eq!(
        serde_json::from_str::<Pipeline>(&text).unwrap(),
        pipeline(form)
    );
    assert_eq!(serde_json::to_string(&Pipeline::default()).unwrap(), "[]");
}

#[test]
fn a_search_may_vary_step_parameters() {
    let scaled = pipeline(json!(["StandardScaler"]));
    let names: Vec<_> = scaled.searchable().into_iter().map(|i| i.name).collect();
    assert_eq!(
        names,
        [
            "standardscaler",
            "standardscaler__with_mean",
            "standardscaler__with_std"
        ]
    );
    let set = |key: &str, value| scaled.with_params(&BTreeMap::from([(key.to_owned(), value)]));
    let off = set("standardscaler__with_mean", Value::Bool(false)).unwrap();
    assert_eq!(
        off,
        pipeline(json!([{ "step": "StandardScaler", "with_mean": false }]))
    );
    assert_ne!(off, scaled);
    assert_eq!(scaled.with_params(&BTreeMap::new()).unwrap(), scaled);

    let fault = |key: &str, value| set(key, value).unwrap_err();
    for (key, value, sentence) in [
        (
            "scaler__with_mean",
            Value::Bool(true),
            "unknown step \"scaler\"; allowed: standardscaler",
        ),
        (
            "standardscaler__mean",
            Value::Bool(true),
            "unknown parameter of StandardScaler \"mean\"; allowed: with_mean, with_std",
        ),
        (
            "standardscaler__with_mean",
            Value::Int(1),
            "1 is not allowed: allowed is true or false",
        ),
        (
            "C",
            Value::Int(1),
            "\"C\" is neither a step nor a parameter of one, step__parameter; unknown step \"C\"; allowed: standardscaler",
        ),
    ] {
        assert_eq!(fault(key, value), (key.to_owned(), sentence.to_owned()));
    }
}

fn numeric(columns: &[(&str, &[f64])]) -> Frame {
    let made = |(name, numbers): &(&str, &[f64])| FrameColumn::numeric(*name, numbers.to_vec());
    Frame::new(columns[0].1.len(), columns.iter().map(made).collect()).unwrap()
}

#[test]
fn steps_are_fitted_on_training_rows_only() {
    let x = numeric(&[("a", &[0.0, 2.0, 4.0, 1e6])]);
    let on = FitOn::rows(&[0, 2]);
    let scaled = pipeline(json!(["StandardScaler"]));
    let (fitted, out) = scaled.fit_transform(&x, &on).unwrap();
    assert_eq!(out, numeric(&[("a", &[-1.0, 0.0, 1.0, 499_999.0])]));
    assert_eq!(fitted.transform(&x).unwrap(), out);
    let twice = pipeline(json!(["StandardScaler", "StandardScaler"]));
    assert_eq!(twice.fit_transform(&x, &on).unwrap().1, out);
    let none = Pipeline::default().fit_transform(&x, &FitOn::rows(&[]));
    assert_eq!(none.unwrap().1, x);
}

#[test]
fn only_what_is_fitted_on_rows_needs_a_matrix_a_split() {
    assert!(pipeline(json!(["StandardScaler"])).is_row_fitted());
    assert!(!Pipeline::default().is_row_fitted());
    let idle = json!([{ "step": "StandardScaler", "with_mean": false, "with_std": false }]);
    let idle = pipeline(idle);
    assert!(!idle.is_row_fitted() && !idle.is_identity());
    let through = pipeline(json!(["passthrough"]));
    assert!(!through.is_row_fitted() && through.is_identity());
}

#[test]
fn what_cannot_be_fitted_is_refused() {
    let scaled = pipeline(json!(["StandardScaler"]));
    let x = numeric(&[("a", &[0.0, 2.0]), ("b", &[1.0, f64::INFINITY])]);
    let sentence = |on| scaled.fit_transform(&x, &on).unwrap_err().to_string();
    assert_eq!(
        sentence(FitOn::rows(&[2])),
        "training row 2 does not exist: there are 2 rows"
    );
    assert_eq!(
        sentence(FitOn::rows(&[])),
        "step \"standardscaler\" has no training rows: at least one is needed"
    );
    assert_eq!(
        sentence(FitOn::rows(&[0, 1])),
        "step \"standardscaler\" got an infinite value in column \"b\": allowed are finite numbers and NaN"
    );
    let weights = Some(&[1.0][..]);
    let on = FitOn {
        weights,
        ..FitOn::rows(&[0, 1])
    };
    assert_eq!(
        sentence(on),
        "there are 1 weights for 2 rows: as many are needed"
    );
}

#[test]
fn a_search_may_replace_a_step() {
    let base = json!([{ "step": "StandardScaler", "name": "scaler", "columns": "numeric" }]);
    let base = pipeline(base);
    let with = |overrides: &[(&str, Value)]| {
        let overrides = overrides.iter().map(|(k, v)| ((*k).to_owned(), v.clone()));
        base.with_params(&overrides.collect())
    };
    let word = |word: &str| Value::Text(word.to_owned());
    let expected = |step: &str| json!([{ "step": step, "name": "scaler", "columns": "numeric" }]);
    assert_eq!(
        with(&[("scaler", word("MinMaxScaler"))]).unwrap(),
        pipeline(expected("MinMaxScaler"))
    );
    assert_eq!(
        with(&[("scaler", word("passthrough"))]).unwrap(),
        pipeline(expected("passthrough"))
    );
    let table = Value::Json(json!({ "step": "MinMaxScaler", "clip": true }));
    assert_eq!(
        with(&[("scaler", table.clone())]).unwrap(),
        with(&[
            ("scaler__clip", Value::Bool(true)),
            ("scaler", word("MinMaxScaler"))
        ])
        .unwrap()
    );
    let fault = |overrides: &[(&str, Value)]| with(overrides).unwrap_err();
    let told = |key: &str, sentence: &str| (key.to_owned(), sentence.to_owned());
    assert_eq!(
        fault(&[
            ("scaler", word("passthrough")),
            ("scaler__with_mean", Value::Bool(true))
        ]),
        told(
            "scaler__with_mean",
            "unknown parameter of passthrough \"with_mean\"; there is none"
        )
    );
    let columns = Value::Json(json!({ "step": "MinMaxScaler", "columns": "all" }));
    assert_eq!(
        fault(&[("scaler", columns)]),
        told(
            "scaler",
            "columns cannot be searched: a step keeps the one it has in the pipeline"
        )
    );
    let wrong = Value::Json(json!({ "step": "MinMaxScaler", "clip": 1 }));
    assert_eq!(
        fault(&[("scaler", wrong)]),
        told("scaler", "clip: 1 is not allowed: allowed is true or false")
    );
    assert_eq!(fault(&[("scaler", Value::None)]).0, "scaler");
}

#[test]
fn parameters_that_need_each_other_may_be_searched_together() {
    let base = pipeline(json!(["OrdinalEncoder"]));
    let handle = (
        "ordinalencoder__handle_unknown",
        Value::Text("use_encoded_value".into()),
    );
    let unknown = ("ordinalencoder__unknown_value", Value::Int(-1));
    let with = |overrides: &[&(&str, Value)]| {
        let overrides = overrides.iter().map(|(k, v)| ((*k).to_owned(), v.clone()));
        base.with_params(&overrides.collect())
    };
    assert!(with(&[&handle, &unknown]).is_ok());
    assert_eq!(
        with(&[&unknown]).unwrap_err().0,
        "ordinalencoder__unknown_value"
    );
    assert_eq!(
        with(&[&handle]).unwrap_err().0,
        "ordinalencoder__handle_unknown"
    );
}

#[test]
fn columns_are_read_and_written() {
    for columns in [json!("numeric"), json!("text"), json!(["a", "b"])] {
        let form = json!([{ "step": "passthrough", "columns": columns }]);
        assert_eq!(serde_json::to_value(pipeline(form.clone())).unwrap(), form);
    }
    let all = json!([{ "step": "passthrough", "columns": "all" }]);
    assert_eq!(pipeline(all), pipeline(json!(["passthrough"])));
    for (columns, sentence) in [
        (
            json!("age"),
            "\"age\" does not say which columns: allowed is \"all\", \"numeric\", \"text\", or a list of their names",
        ),
        (
            json!([1]),
            "[1] does not say which columns: allowed is \"all\", \"numeric\", \"text\", or a list of their names",
        ),
        (json!(["a", "a"]), "\"a\" is named twice: allowed is once"),
    ] {
        let form = json!([{ "step": "passthrough", "columns": columns }]);
        let fault = Pipeline::parse(&form).unwrap_err();
        assert_eq!(fault, ("[0].columns".to_owned(), sentence.to_owned()));
    }
}

#[test]
fn every_step_has_a_form_that_survives() {
    for step in Pipeline::STEPS {
        let plain = pipeline(json!([step]));
        let written = serde_json::to_value(&plain).unwrap();
        assert_eq!(pipeline(written), plain, "{step}");
        for info in Pipeline::params(step).unwrap() {
            assert!(info.check(&info.default).is_ok(), "{step}: {}", info.name);
        }
    }
}
