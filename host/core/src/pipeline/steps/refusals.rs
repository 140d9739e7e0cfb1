//! What steps say to parameters and columns they do not take.

use serde_json::{Value as Json, json};

use crate::data::{Frame, FrameColumn, Label, Target};
use crate::pipeline::{FitOn, Pipeline, Schema};

fn parse(step: &Json) -> Result<Pipeline, (String, String)> {
    Pipeline::parse(&json!([step]))
}

#[test]
fn parameters_that_are_not_allowed_are_refused_by_name() {
    let cases = [
        (
            json!({"step": "QuantileTransformer", "n_quantiles": 20, "subsample": 10}),
            "[0].n_quantiles",
            "20 is not allowed with subsample = 10: allowed is at most as many quantiles as rows \
             that are looked at",
        ),
        (
            json!({"step": "QuantileTransformer", "n_quantiles": 0}),
            "[0].n_quantiles",
            "0 is not allowed: allowed is an integer from 1 to 4294967295",
        ),
        (
            json!({"step": "QuantileTransformer", "output_distribution": "even"}),
            "[0].output_distribution",
            "\"even\" is not allowed: allowed is \"uniform\", \"normal\"",
        ),
        (
            json!({"step": "PowerTransformer", "method": "boxcox"}),
            "[0].method",
            "\"boxcox\" is not allowed: allowed is \"yeo-johnson\", \"box-cox\"",
        ),
        (
            json!({"step": "PolynomialFeatures", "degree": [3, 2]}),
            "[0].degree",
            "[3,2] is not allowed: allowed is an integer >= 0, or a list of two, the lowest degree \
             and the highest",
        ),
        (
            json!({"step": "PolynomialFeatures", "degree": [1, 2, 3]}),
            "[0].degree",
            "[1,2,3] is not allowed: allowed is an integer >= 0, or a list of two, the lowest \
             degree and the highest",
        ),
        (
            json!({"step": "PolynomialFeatures", "degree": 0, "include_bias": false}),
            "[0].degree",
            "0 is not allowed with include_bias = false: nothing would be left; allowed is an \
             integer >= 1",
        ),
        (
            json!({"step": "KBinsDiscretizer", "n_bins": 1}),
            "[0].n_bins",
            "1 is not allowed: allowed is an integer from 2 to 4294967295, or a list or table",
        ),
        (
            json!({"step": "KBinsDiscretizer", "n_bins": [2, 1]}),
            "[0].n_bins",
            "[2,1] is not allowed: allowed is an integer >= 2, or a list of such, one a column",
        ),
        (
            json!({"step": "VarianceThreshold", "threshold": -1}),
            "[0].threshold",
            "-1 is not allowed: allowed is a number >= 0",
        ),
        (
            json!({"step": "SelectKBest", "k": "some"}),
            "[0].k",
            "\"some\" is not allowed: allowed is an integer from 0 to 4294967295, or \"all\"",
        ),
        (
            json!({"step": "SelectPercentile", "percentile": 100.5}),
            "[0].percentile",
            "100.5 is not allowed: allowed is a number >= 0 and <= 100",
        ),
        (
            json!({"step": "PCA", "n_components": 1.0}),
            "[0].n_components",
            "1.0 is not allowed: allowed is an integer from 0 to 4294967295, or a number > 0 and < \
             1, or \"mle\", or None",
        ),
        (
            json!({"step": "TruncatedSVD", "n_components": 0}),
            "[0].n_components",
            "0 is not allowed: allowed is an integer from 1 to 4294967295",
        ),
    ];
    for (step, field, sentence) in cases {
        let (got_field, got) = parse(&step).unwrap_err();
        assert_eq!(
            (got_field.as_str(), got.as_str()),
            (field, sentence),
            "{step}"
        );
    }
}

fn frame(columns: &[(&str, &[f64])]) -> Frame {
    let made = columns
        .iter()
        .map(|(name, x)| FrameColumn::numeric(*name, x.to_vec()));
    Frame::new(columns[0].1.len(), made.collect()).unwrap()
}

fn words() -> Target {
    let label = |word: &str| Label::Text(word.to_owned());
    Target::Classes {
        labels: vec![label("no"), label("yes")],
        codes: vec![0, 1, 1, 0],
    }
}

#[test]
fn columns_that_cannot_be_fitted_are_refused_by_name() {
    let numbers = Target::Numbers(vec![1.0, 2.0, 3.0, 5.0]);
    let odd: &[f64] = &[1.0, -2.0, 3.0, 0.5];
    let even: &[f64] = &[2.0; 4];
    let cases = [
        (
            json!({"step": "PowerTransformer", "method": "box-cox"}),
            "column \"odd\" has the value -2: method = \"box-cox\" takes positive numbers alone, \
             \"yeo-johnson\" takes all",
        ),
        (
            json!({"step": "PowerTransformer", "method": "box-cox", "columns": ["even"]}),
            "column \"even\" is constant in the training rows: method = \"box-cox\" takes columns \
             that vary, \"yeo-johnson\" takes any",
        ),
        (
            json!({"step": "VarianceThreshold", "threshold": 1000}),
            "no column has a variance above 1000 in 4 training rows: at least one is needed",
        ),
        (
            json!({"step": "SelectKBest", "k": 1}),
            "score_func = \"f_classif\" judges columns by classes, and the target is numbers: \
             allowed are f_regression, r_regression and mutual_info_regression",
        ),
        (
            json!({"step": "PCA", "n_components": 3}),
            "n_components = 3 is not allowed: there are 4 training rows and 2 columns; allowed are \
             at most 2",
        ),
        (
            json!({"step": "TruncatedSVD", "columns": ["odd"]}),
            "there are 1 columns: two or more are needed",
        ),
        (
            json!({"step": "KBinsDiscretizer", "n_bins": [2]}),
            "n_bins has 1 numbers for 2 columns: as many are needed",
        ),
        (
            json!({"step": "KBinsDiscretizer", "strategy": "kmeans", "n_bins": 9}),
            "column \"odd\": 9 bins are not allowed with strategy = \"kmeans\" and 4 training \
             rows: allowed are at most as many",
        ),
        (
            json!({"step": "PolynomialFeatures", "degree": [4_000_000_000_u32, 4_000_000_000_u32]}),
            "8000000006000000001 columns of 4 rows would be made: allowed are at most 536870912 \
             values",
        ),
    ];
    let x = frame(&[("odd", odd), ("even", even)]);
    let on = FitOn {
        train: &[0, 1, 2, 3],
        target: Some(&numbers),
        weights: None,
    };
    for (step, sentence) in cases {
        let error = parse(&step).unwrap().fit_transform(&x, &on).unwrap_err();
        let class = step["step"].as_str().unwrap().to_lowercase();
        assert_eq!(error.to_string(), format!("step \"{class}\": {sentence}"));
    }
    let refused = |function: &str, target: Option<&Target>| {
        let step = json!({"step": "SelectKBest", "score_func": function, "k": 1});
        let on = FitOn { target, ..on };
        let error = parse(&step).unwrap().fit_transform(&x, &on).unwrap_err();
        error.to_string()
    };
    let words = words();
    for (function, target, sentence) in [
        (
            "f_regression",
            Some(&words),
            "score_func = \"f_regression\" judges columns by numbers, and the target is classes \
             such as \"no\": allowed are f_classif, chi2 and mutual_info_classif",
        ),
        (
            "chi2",
            Some(&words),
            "column \"odd\" has the value -2: score_func = \"chi2\" takes counts, which are not \
             negative",
        ),
        (
            "f_classif",
            None,
            "f_classif judges columns by the target: there is none",
        ),
    ] {
        let wanted = format!("step \"selectkbest\": {sentence}");
        assert_eq!(refused(function, target), wanted);
    }
}

#[test]
fn what_can_be_known_is_refused_before_fitting() {
    let x = frame(&[("a", &[1.0, 2.0]), ("b", &[f64::NAN, 1.0])]);
    let schema = Schema::of(&x);
    let check = |step: Json| parse(&step).unwrap().check(&schema);
    for class in [
        "PolynomialFeatures",
        "KBinsDiscretizer",
        "SelectKBest",
        "SelectPercentile",
        "PCA",
        "TruncatedSVD",
    ] {
        let (field, sentence) = check(json!({ "step": class })).unwrap_err();
        assert_eq!(field, "[0]");
        assert!(
            sentence.contains("column \"b\" has missing values"),
            "{sentence}"
        );
    }
    for class in [
        "QuantileTransformer",
        "PowerTransformer",
        "VarianceThreshold",
    ] {
        let made = check(json!({ "step": class })).unwrap();
        assert_eq!(made.missing().count(), 1, "{class}");
    }
    let (_, sentence) =
        check(json!({"step": "PCA", "n_components": 2, "columns": ["a"]})).unwrap_err();
    assert_eq!(
        sentence,
        "step \"pca\": n_components = 2 is not allowed: there are 1 columns; allowed are at most \
         as many"
    );
}

#[test]
fn a_polynomial_needs_no_rows() {
    assert!(
        !parse(&json!({"step": "PolynomialFeatures"}))
            .unwrap()
            .is_row_fitted()
    );
    assert!(parse(&json!({"step": "PCA"})).unwrap().is_row_fitted());
}
