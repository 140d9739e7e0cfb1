//! Between the contract's types and the host's own. What comes from a guest
//! is checked here; NaNs that cross get the one canonical bit pattern.

use std::collections::BTreeSet;

use pleat_core::estimator::{EstimatorInfo, Kind};
use pleat_core::model::Attribute;
use pleat_core::params::{Bound, Domain, ParamInfo, Value};
use pleat_core::task::{Failure, FailureKind, Params};

use super::bindings::pleat::task::types as wit;
use super::session::{Answer, Contents, Features, TargetValues};

pub(super) fn contents<'a>(
    contents: &'a Contents<'_>,
    columns: &'a [wit::ColumnKind],
) -> wit::Contents<'a> {
    wit::Contents {
        rows: contents.rows,
        columns,
        values: match &contents.features {
            Features::F64(values) => wit::Values::Double(values),
            Features::F32(values) => wit::Values::Single(values),
        },
        target: match &contents.target {
            TargetValues::Classes(codes, count) => wit::Target::Classes(wit::Classes {
                codes,
                count: *count,
            }),
            TargetValues::Numbers(numbers) => wit::Target::Numbers(numbers),
            TargetValues::None => wit::Target::None,
        },
        weights: contents.weights.as_deref(),
    }
}

/// The values of a candidate, for [`candidate`] to lend.
pub(super) fn values(params: &Params) -> Vec<wit::Value> {
    params.values().map(value_in).collect()
}

pub(super) fn candidate<'a>(params: &'a Params, values: &'a [wit::Value]) -> Vec<wit::Param<'a>> {
    params
        .keys()
        .zip(values)
        .map(|(name, value)| wit::Param { name, value })
        .collect()
}

fn value_in(value: &Value) -> wit::Value {
    match value {
        Value::None => wit::Value::None,
        Value::Bool(b) => wit::Value::Boolean(*b),
        Value::Int(i) => wit::Value::Integer(*i),
        Value::Float(x) => wit::Value::Number(*x),
        Value::Text(s) => wit::Value::Text(s.clone()),
        Value::Json(j) => wit::Value::Json(j.to_string()),
    }
}

fn value_out(value: wit::Value) -> Result<Value, String> {
    Ok(match value {
        wit::Value::None => Value::None,
        wit::Value::Boolean(b) => Value::Bool(b),
        wit::Value::Integer(i) => Value::Int(i),
        wit::Value::Number(x) => Value::Float(x),
        wit::Value::Text(s) => Value::Text(s),
        wit::Value::Json(text) => Value::Json(
            serde_json::from_str(&text).map_err(|e| format!("a default is not JSON: {e}"))?,
        ),
    })
}

pub(super) fn refusal(error: wit::Error) -> Failure {
    let message = match error {
        wit::Error::InvalidParams(m) => format!("invalid parameters: {m}"),
        wit::Error::InvalidData(m) => format!("invalid data: {m}"),
        wit::Error::Unsupported(m) => format!("unsupported: {m}"),
        wit::Error::Other(m) => m,
    };
    Failure::new(FailureKind::Rejected, message)
}

pub(super) fn answer(prediction: wit::Prediction) -> Answer {
    Answer {
        classes: prediction.classes,
        numbers: prediction.numbers.map(canonical),
        probabilities: prediction.probabilities.map(canonical),
        decision: prediction.decision.map(canonical),
    }
}

pub(super) fn attribute(attribute: wit::Attribute) -> Attribute {
    Attribute {
        name: attribute.name,
        shape: attribute.shape,
        values: canonical(attribute.values),
    }
}

fn canonical(mut values: Vec<f64>) -> Vec<f64> {
    for x in &mut values {
        if x.is_nan() {
            *x = f64::NAN;
        }
    }
    values
}

pub(super) fn estimators(described: Vec<wit::EstimatorInfo>) -> Result<Vec<EstimatorInfo>, String> {
    if described.is_empty() {
        return Err("the component describes no estimator".to_owned());
    }
    let mut names = BTreeSet::new();
    described
        .into_iter()
        .map(|info| {
            let name = info.name.clone();
            if name.is_empty() || !names.insert(name.clone()) {
                return Err(format!(
                    "the component describes the estimator \"{name}\" twice or without a name"
                ));
            }
            estimator(info).map_err(|m| format!("the description of {name} makes no sense: {m}"))
        })
        .collect()
}

fn estimator(info: wit::EstimatorInfo) -> Result<EstimatorInfo, String> {
    let mut params = Vec::new();
    for p in info.params {
        let param = ParamInfo {
            default: value_out(p.default)?,
            domains: p.domains.into_iter().map(domain).collect(),
            name: p.name,
            doc: p.doc,
        };
        param
            .check(&param.default)
            .map_err(|m| format!("default of {}: {m}", param.name))?;
        params.push(param);
    }
    for shared in &info.shares {
        if !params.iter().any(|p| &p.name == shared) {
            return Err(format!(
                "it shares {shared}, which is none of its parameters"
            ));
        }
    }
    Ok(EstimatorInfo {
        name: info.name,
        doc: info.doc,
        kind: match info.kind {
            wit::Kind::Classifier => Kind::Classifier,
            wit::Kind::Regressor => Kind::Regressor,
            wit::Kind::Clusterer => Kind::Clusterer,
        },
        params,
        accepts_missing: info.accepts_missing,
        accepts_categorical: info.accepts_categorical,
        accepts_weights: info.accepts_weights,
        probabilities: info.outputs.contains(wit::Outputs::PROBABILITIES),
        decision: info.outputs.contains(wit::Outputs::DECISION),
        shares: info.shares,
        formats: info.formats,
    })
}

fn domain(domain: wit::Domain) -> Domain {
    let bound = |b: wit::Bound| Bound {
        at: b.at,
        inclusive: b.inclusive,
    };
    match domain {
        wit::Domain::None => Domain::None,
        wit::Domain::Boolean => Domain::Bool,
        wit::Domain::Integer(r) => Domain::Int {
            min: r.min,
            max: r.max,
        },
        wit::Domain::Number(r) => Domain::Float {
            min: r.min.map(bound),
            max: r.max.map(bound),
        },
        wit::Domain::Choice(words) => Domain::Choice(words),
        wit::Domain::Json => Domain::Json,
    }
}
