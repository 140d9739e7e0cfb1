//! Estimators without a sandbox, for tests: the same checks and the same
//! arithmetic as in the component, so that answers can be compared bit for bit.
//!
//! ```
//! # use pleat_guest::{candidate, native};
//! let data = native::data(&[[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]]);
//! let data = native::classes(data, &[0, 1, 1]);
//! let one = candidate! { n_neighbors: 3, weights: "distance", p: 2.0 };
//! # let _ = (data, one);
//! ```

use std::rc::Rc;

use crate::adapter::{self, Fitted, FittedModel, Fitting, Single};
use crate::{
    Candidate, Classes, ColumnKind, Contents, Dataset, Error, Estimator, EstimatorInfo, FitOptions,
    Outputs, Prediction, Target, Values,
};

/// One candidate: `candidate! { n_neighbors: 3, weights: "distance" }`. `()`
/// is None, [`Value::Json`](crate::Value::Json) a list.
#[macro_export]
macro_rules! candidate {
    ($($name:ident : $value:expr),* $(,)?) => {
        ::std::vec![$($crate::Param {
            name: ::std::string::String::from(::std::stringify!($name)),
            value: $crate::Value::from($value),
        }),*] as $crate::Candidate
    };
}

/// Contents of numeric columns from rows, without a target.
pub fn data<const N: usize>(rows: &[[f64; N]]) -> Contents {
    Contents {
        rows: rows.len() as u32,
        columns: vec![ColumnKind::Numeric; N],
        values: Values::Double(
            (0..N)
                .flat_map(|c| rows.iter().map(move |row| row[c]))
                .collect(),
        ),
        target: Target::None,
        weights: None,
    }
}

/// These contents with classes as the target.
pub fn classes(contents: Contents, codes: &[u32]) -> Contents {
    let count = codes.iter().max().map_or(0, |code| code + 1);
    Contents {
        target: Target::Classes(Classes {
            codes: codes.to_vec(),
            count,
        }),
        ..contents
    }
}

/// These contents with numbers as the target.
pub fn numbers(contents: Contents, numbers: &[f64]) -> Contents {
    Contents {
        target: Target::Numbers(numbers.to_vec()),
        ..contents
    }
}

/// The description a host would get.
pub fn describe<E: Estimator>() -> EstimatorInfo {
    E::info().wit
}

/// Begins fitting each candidate on the named rows.
pub fn fit_all<E: Estimator>(
    data: &Rc<Dataset>,
    rows: &[u32],
    candidates: Vec<Candidate>,
    options: FitOptions,
) -> Result<Fitting, Error> {
    adapter::fit::<Single<E>>(
        data,
        &E::info().wit.name,
        rows.to_vec(),
        candidates,
        options,
    )
}

/// Fits one candidate on the named rows.
pub fn fit<E: Estimator>(
    data: &Rc<Dataset>,
    rows: &[u32],
    candidate: Candidate,
) -> Result<Fitted, Error> {
    let options = FitOptions::default();
    let mut fitting = fit_all::<E>(data, rows, vec![candidate], options)?;
    fitting
        .next()
        .unwrap_or_else(|| Err(Error::Other("no candidate came back".into())))
}

/// Fits one candidate on some rows of contents and predicts others: all that
/// the estimator describes, and checked as a host would.
pub fn fit_predict<E: Estimator>(
    contents: Contents,
    train: &[u32],
    test: &[u32],
    candidate: Candidate,
) -> Result<Prediction, Error> {
    let data = Dataset::new(contents)?;
    let model = fit::<E>(&data, train, candidate)?.model;
    let outputs = E::info().wit.outputs;
    let prediction = model.predict(&data, test, outputs)?;
    check(&model, test.len(), outputs, &prediction)?;
    Ok(prediction)
}

/// Brings a saved model back.
pub fn load<E: Estimator>(bytes: &[u8]) -> Result<FittedModel, Error> {
    FittedModel::load::<Single<E>>(&E::info().wit.name, bytes)
}

/// Reads a model from a format of another program.
pub fn read_as<E: Estimator>(format: &str, bytes: &[u8]) -> Result<FittedModel, Error> {
    FittedModel::read_as::<Single<E>>(&E::info().wit.name, format, bytes)
}

/// What a host holds against a prediction: lengths, and classes the model does
/// not know. Guests are not trusted to have done this themselves.
pub fn check(
    model: &FittedModel,
    rows: usize,
    outputs: Outputs,
    prediction: &Prediction,
) -> Result<(), Error> {
    let classes = model.classes();
    let of = |what: &str, got: Option<usize>, wanted: usize| match got {
        Some(got) if got != wanted => Err(Error::Other(format!(
            "{wanted} {what} were due, {got} came"
        ))),
        _ => Ok(()),
    };
    // A clusterer, which has no classes, gives one score a row.
    let score_width = match classes.len() {
        0 | 2 => 1,
        several => several,
    };
    of("classes", prediction.classes.as_ref().map(Vec::len), rows)?;
    of("numbers", prediction.numbers.as_ref().map(Vec::len), rows)?;
    let got = prediction.probabilities.as_ref().map(Vec::len);
    of("probabilities", got, rows * classes.len())?;
    of(
        "decision scores",
        prediction.decision.as_ref().map(Vec::len),
        rows * score_width,
    )?;
    if outputs.contains(Outputs::ANSWERS)
        && prediction.classes.is_none()
        && prediction.numbers.is_none()
    {
        return Err(Error::Other("answers were asked for, none came".into()));
    }
    if outputs.contains(Outputs::PROBABILITIES) && prediction.probabilities.is_none() {
        return Err(Error::Other(
            "probabilities were asked for, none came".into(),
        ));
    }
    if outputs.contains(Outputs::DECISION) && prediction.decision.is_none() {
        return Err(Error::Other(
            "decision scores were asked for, none came".into(),
        ));
    }
    if !classes.is_empty()
        && let Some(code) = prediction
            .classes
            .iter()
            .flatten()
            .find(|code| !classes.contains(code))
    {
        return Err(Error::Other(format!(
            "class {code} is not among the model's classes"
        )));
    }
    Ok(())
}

/// The host's side of [`crate::control`], as far as tests need one.
pub mod host {
    use std::cell::{Cell, RefCell};

    use crate::control::{Level, Verdict};

    thread_local! {
        static LOG: RefCell<Vec<(Level, String)>> = const { RefCell::new(Vec::new()) };
        static CALLS_LEFT: Cell<Option<u32>> = const { Cell::new(None) };
    }

    pub(crate) fn log(level: Level, message: &str) {
        LOG.with_borrow_mut(|log| log.push((level, message.to_owned())));
    }

    pub(crate) fn progress(_done: f64) -> Verdict {
        match CALLS_LEFT.get() {
            None => Verdict::GoOn,
            Some(0) => Verdict::Stop,
            Some(n) => {
                CALLS_LEFT.set(Some(n - 1));
                Verdict::GoOn
            }
        }
    }

    /// The messages this thread has left since the last call.
    pub fn take_log() -> Vec<(Level, String)> {
        LOG.take()
    }

    /// Lets `progress` say "go on" so many times on this thread, then "stop";
    /// None for no end.
    pub fn stop_after(calls: Option<u32>) {
        CALLS_LEFT.set(calls);
    }
}
