//! How an estimator describes itself.
//!
//! ```
//! use pleat_guest::{Info, domain::*};
//!
//! Info::classifier("KNeighborsClassifier", "The vote of the nearest training rows.")
//!     .param("n_neighbors", 5, integers(1..), "How many neighbours vote.")
//!     .param("weights", "uniform", words(["uniform", "distance"]), "What a vote weighs.")
//!     .param("p", 2.0, above(0.0), "The power of the Minkowski metric.")
//!     .param("radius", (), numbers(0.0..=1.0).or(none()), "Not one of scikit-learn's.")
//!     .probabilities()
//!     .shares(&["n_neighbors", "weights"]);
//! ```

use crate::{Domain, EstimatorInfo, Kind, Outputs, ParamInfo, Value};

/// An estimator's description, built by chaining.
#[derive(Clone, Debug)]
pub struct Info {
    pub(crate) wit: EstimatorInfo,
    pub(crate) budget: bool,
    pub(crate) warm_start: bool,
}

impl Info {
    fn new(kind: Kind, name: &str, doc: &str) -> Self {
        Info {
            wit: EstimatorInfo {
                name: name.into(),
                doc: doc.into(),
                kind,
                params: Vec::new(),
                accepts_missing: false,
                accepts_categorical: false,
                accepts_weights: false,
                outputs: Outputs::ANSWERS,
                shares: Vec::new(),
                formats: Vec::new(),
            },
            budget: false,
            warm_start: false,
        }
    }

    /// An estimator that predicts one of several classes.
    pub fn classifier(name: &str, doc: &str) -> Self {
        Self::new(Kind::Classifier, name, doc)
    }

    /// An estimator that predicts a number.
    pub fn regressor(name: &str, doc: &str) -> Self {
        Self::new(Kind::Regressor, name, doc)
    }

    /// An estimator that assigns rows to groups without a target.
    pub fn clusterer(name: &str, doc: &str) -> Self {
        Self::new(Kind::Clusterer, name, doc)
    }

    /// Adds a parameter: its scikit-learn name, what it is when a candidate
    /// does not set it (`()` for None), the values it may take (see
    /// [`domain`](crate::domain)), and what it does in one line.
    pub fn param(
        mut self,
        name: &str,
        default: impl Into<Value>,
        domains: domain::Domains,
        doc: &str,
    ) -> Self {
        self.wit.params.push(ParamInfo {
            name: name.into(),
            default: default.into(),
            domains: domains.0,
            doc: doc.into(),
        });
        self
    }

    /// Models can give a probability for each class.
    pub fn probabilities(mut self) -> Self {
        self.wit.outputs |= Outputs::PROBABILITIES;
        self
    }

    /// Models can give decision scores.
    pub fn decision(mut self) -> Self {
        self.wit.outputs |= Outputs::DECISION;
        self
    }

    /// Features may be NaN. Without this the estimator never sees one.
    pub fn missing(mut self) -> Self {
        self.wit.accepts_missing = true;
        self
    }

    /// Features may be categorical. Without this the estimator sees numeric
    /// ones alone.
    pub fn categorical(mut self) -> Self {
        self.wit.accepts_categorical = true;
        self
    }

    /// Models can be written in these formats of other programs, and read from
    /// them.
    pub fn formats(mut self, formats: &[&str]) -> Self {
        self.wit.formats = formats.iter().map(|f| (*f).into()).collect();
        self
    }

    /// Weights are honoured. Without this the estimator never sees any.
    pub fn weights(mut self) -> Self {
        self.wit.accepts_weights = true;
        self
    }

    /// Candidates that differ in these parameters alone come in one fitting,
    /// so that they can share work (see [`Fit::shared`](crate::Fit::shared)).
    pub fn shares(mut self, params: &[&str]) -> Self {
        self.wit.shares = params.iter().map(|p| (*p).into()).collect();
        self
    }

    /// A budget is honoured (see [`Fit::budget`](crate::Fit::budget)).
    pub fn budget(mut self) -> Self {
        self.budget = true;
        self
    }

    /// A fit can go on from an earlier model (see
    /// [`Fit::earlier`](crate::Fit::earlier)).
    pub fn warm_start(mut self) -> Self {
        self.warm_start = true;
        self
    }
}

impl From<f64> for Value {
    fn from(v: f64) -> Self {
        Value::Number(v)
    }
}
impl From<i64> for Value {
    fn from(v: i64) -> Self {
        Value::Integer(v)
    }
}
impl From<bool> for Value {
    fn from(v: bool) -> Self {
        Value::Boolean(v)
    }
}
impl From<&str> for Value {
    fn from(v: &str) -> Self {
        Value::Text(v.into())
    }
}
impl From<()> for Value {
    fn from((): ()) -> Self {
        Value::None
    }
}

/// The forms a parameter's value may take, to be joined with
/// [`or`](domain::Domains::or).
pub mod domain {
    use std::fmt;
    use std::ops::{Bound as End, RangeBounds};

    use crate::{Bound, Domain, IntegerRange, NumberRange, Value};

    /// One or more forms; a value is allowed if any of them allows it.
    #[derive(Clone, Debug)]
    pub struct Domains(pub(crate) Vec<Domain>);

    impl Domains {
        /// Either of the two.
        pub fn or(mut self, other: Domains) -> Self {
            self.0.extend(other.0);
            self
        }
    }

    impl From<Domain> for Domains {
        fn from(domain: Domain) -> Self {
            Domains(vec![domain])
        }
    }

    impl From<Domains> for Vec<Domain> {
        fn from(domains: Domains) -> Self {
            domains.0
        }
    }

    /// `None`.
    pub fn none() -> Domains {
        Domain::None.into()
    }

    /// `true` or `false`.
    pub fn boolean() -> Domains {
        Domain::Boolean.into()
    }

    /// Whole numbers of a range: `integers(1..)`, `integers(..)`, `integers(0..=9)`.
    pub fn integers(range: impl RangeBounds<i64>) -> Domains {
        Domain::Integer(IntegerRange {
            min: match range.start_bound() {
                End::Included(v) => Some(*v),
                End::Excluded(v) => Some(v.saturating_add(1)),
                End::Unbounded => None,
            },
            max: match range.end_bound() {
                End::Included(v) => Some(*v),
                End::Excluded(v) => Some(v.saturating_sub(1)),
                End::Unbounded => None,
            },
        })
        .into()
    }

    /// Numbers of a range: `numbers(0.0..)`, `numbers(..)`, `numbers(0.0..=1.0)`,
    /// or a pair of [`std::ops::Bound`].
    pub fn numbers(range: impl RangeBounds<f64>) -> Domains {
        fn end(end: End<&f64>) -> Option<Bound> {
            match end {
                End::Included(v) => Some(Bound {
                    at: *v,
                    inclusive: true,
                }),
                End::Excluded(v) => Some(Bound {
                    at: *v,
                    inclusive: false,
                }),
                End::Unbounded => None,
            }
        }
        Domain::Number(NumberRange {
            min: end(range.start_bound()),
            max: end(range.end_bound()),
        })
        .into()
    }

    /// Numbers not below `min`.
    pub fn at_least(min: f64) -> Domains {
        numbers(min..)
    }

    /// Numbers greater than `min`.
    pub fn above(min: f64) -> Domains {
        numbers((End::Excluded(min), End::Unbounded))
    }

    /// One of these words.
    pub fn words<const N: usize>(words: [&str; N]) -> Domains {
        Domain::Choice(words.iter().map(|w| (*w).into()).collect()).into()
    }

    /// A list or table, which the estimator checks itself.
    pub fn json() -> Domains {
        Domain::Json.into()
    }

    impl Domain {
        /// Whether a value has this form.
        pub fn allows(&self, value: &Value) -> bool {
            let within = |range: &NumberRange, v: f64| {
                let low = range
                    .min
                    .is_none_or(|b| v > b.at || (b.inclusive && v == b.at));
                let high = range
                    .max
                    .is_none_or(|b| v < b.at || (b.inclusive && v == b.at));
                !v.is_nan() && low && high
            };
            match (self, value) {
                (Domain::None, Value::None) => true,
                (Domain::Boolean, Value::Boolean(_)) => true,
                (Domain::Integer(r), Value::Integer(v)) => {
                    r.min.is_none_or(|min| min <= *v) && r.max.is_none_or(|max| *v <= max)
                }
                (Domain::Number(r), Value::Number(v)) => within(r, *v),
                (Domain::Number(r), Value::Integer(v)) => within(r, *v as f64),
                (Domain::Choice(words), Value::Text(word)) => words.contains(word),
                (Domain::Json, Value::Json(_)) => true,
                _ => false,
            }
        }
    }

    /// As scikit-learn words it: `an int in the range [1, inf)`.
    impl fmt::Display for Domain {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            match self {
                Domain::None => f.write_str("None"),
                Domain::Boolean => f.write_str("a bool"),
                Domain::Integer(IntegerRange { min, max }) => {
                    f.write_str("an int in the range ")?;
                    match min {
                        Some(v) => write!(f, "[{v}, ")?,
                        None => f.write_str("(-inf, ")?,
                    }
                    match max {
                        Some(v) => write!(f, "{v}]"),
                        None => f.write_str("inf)"),
                    }
                }
                Domain::Number(NumberRange { min, max }) => {
                    f.write_str("a float in the range ")?;
                    match min {
                        Some(b) => {
                            write!(f, "{}{:?}, ", if b.inclusive { '[' } else { '(' }, b.at)?
                        }
                        None => f.write_str("(-inf, ")?,
                    }
                    match max {
                        Some(b) => write!(f, "{:?}{}", b.at, if b.inclusive { ']' } else { ')' }),
                        None => f.write_str("inf)"),
                    }
                }
                Domain::Choice(words) => {
                    f.write_str("a str among {")?;
                    for (i, word) in words.iter().enumerate() {
                        write!(f, "{}'{word}'", if i == 0 { "" } else { ", " })?;
                    }
                    f.write_str("}")
                }
                Domain::Json => f.write_str("a list or table"),
            }
        }
    }

    /// As Python would print it.
    impl fmt::Display for Value {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            match self {
                Value::None => f.write_str("None"),
                Value::Boolean(v) => f.write_str(if *v { "True" } else { "False" }),
                Value::Integer(v) => write!(f, "{v}"),
                Value::Number(v) => write!(f, "{v:?}"),
                Value::Text(v) => write!(f, "'{v}'"),
                Value::Json(v) => f.write_str(v),
            }
        }
    }
}

/// The sentence for a value that no domain allows, or none.
pub(crate) fn refusal(estimator: &str, param: &ParamInfo, value: &Value) -> Option<String> {
    if param.domains.iter().any(|d| Domain::allows(d, value)) {
        return None;
    }
    let allowed: Vec<String> = param.domains.iter().map(|d| d.to_string()).collect();
    Some(format!(
        "The '{}' parameter of {estimator} must be {}. Got {value} instead.",
        param.name,
        allowed.join(" or "),
    ))
}
