//! From the contract to the traits: everything a host could get wrong is
//! checked here, so that estimators never see it.
//!
//! Plain Rust without a host: [`crate::exports`] puts it behind the
//! component's exports, [`crate::native`] calls it from tests.

use std::marker::PhantomData;
use std::rc::Rc;

use crate::codec::bad;
use crate::{
    Attribute, Candidate, ColumnKind, Dataset, Error, Estimator, EstimatorInfo, Fit, FitOptions,
    Info, Kind, Model, Outputs, Params, Prediction, Rows, Target,
};

/// The estimators of one component. Implemented by [`export!`](crate::export).
pub trait Task: 'static {
    /// One entry for each exported estimator.
    fn estimators() -> Vec<Box<dyn AnyEstimator>>;
}

/// A component of one estimator.
pub struct Single<E>(PhantomData<E>);

impl<E: Estimator> Task for Single<E> {
    fn estimators() -> Vec<Box<dyn AnyEstimator>> {
        vec![entry::<E>()]
    }
}

/// An estimator's entry in a [`Task`].
pub fn entry<E: Estimator>() -> Box<dyn AnyEstimator> {
    Box::new(Entry::<E>(PhantomData))
}

struct Entry<E>(PhantomData<E>);

/// An [`Estimator`] whose type is known only to its component.
pub trait AnyEstimator {
    #[doc(hidden)]
    fn info(&self) -> Info;
    #[doc(hidden)]
    fn begin(&self, info: Rc<EstimatorInfo>, job: Job) -> Box<dyn AnyFitting>;
    #[doc(hidden)]
    fn load(&self, bytes: &[u8]) -> Result<Box<dyn AnyModel>, Error>;
    #[doc(hidden)]
    fn read_as(&self, format: &str, bytes: &[u8]) -> Result<(Box<dyn AnyModel>, usize), Error>;
}

/// What a fitting is about, checked.
#[doc(hidden)]
pub struct Job {
    data: Rc<Dataset>,
    rows: Vec<u32>,
    candidates: Vec<Candidate>,
    state: Option<Vec<u8>>,
    budget: Option<u32>,
}

impl<E: Estimator> AnyEstimator for Entry<E> {
    fn info(&self) -> Info {
        E::info()
    }

    fn begin(&self, info: Rc<EstimatorInfo>, mut job: Job) -> Box<dyn AnyFitting> {
        let mut estimators = Vec::new();
        let mut plan = Vec::new();
        for candidate in std::mem::take(&mut job.candidates) {
            let made = Params::new(&info, candidate).and_then(|params| E::new(&params));
            plan.push(made.map(|estimator| {
                estimators.push(estimator);
                estimators.len() - 1
            }));
        }
        let shared = E::Shared::default();
        Box::new(Progress::<E> {
            job,
            estimators,
            plan: plan.into_iter(),
            shared,
        })
    }

    fn load(&self, bytes: &[u8]) -> Result<Box<dyn AnyModel>, Error> {
        Ok(Box::new(E::Model::load(bytes)?))
    }

    fn read_as(&self, format: &str, bytes: &[u8]) -> Result<(Box<dyn AnyModel>, usize), Error> {
        let (model, columns) = E::Model::read_as(format, bytes)?;
        Ok((Box::new(model), columns))
    }
}

/// The loop over candidates, one turn of which is one `next`.
struct Progress<E: Estimator> {
    job: Job,
    estimators: Vec<E>,
    /// For each candidate its place in `estimators`, or why it has none.
    plan: std::vec::IntoIter<Result<usize, Error>>,
    shared: E::Shared,
}

/// A model and its warnings.
type Learned = (Box<dyn AnyModel>, Vec<String>);

#[doc(hidden)]
pub trait AnyFitting {
    fn next(&mut self) -> Option<Result<Learned, Error>>;
}

impl<E: Estimator> AnyFitting for Progress<E> {
    fn next(&mut self) -> Option<Result<Learned, Error>> {
        let planned = self.plan.next()?;
        Some(planned.and_then(|i| {
            let train = Rows::new(&self.job.data, &self.job.rows)?;
            let mut fit = Fit {
                shared: &mut self.shared,
                siblings: &self.estimators,
                budget: self.job.budget,
                state: self.job.state.as_deref(),
                warnings: Vec::new(),
            };
            let model = self.estimators[i].fit(&train, &mut fit)?;
            Ok((Box::new(model) as Box<dyn AnyModel>, fit.warnings))
        }))
    }
}

#[doc(hidden)]
pub trait AnyModel {
    fn classes(&self) -> &[u32];
    fn predict(&self, rows: &Rows<'_>, outputs: Outputs) -> Result<Prediction, Error>;
    fn save(&self) -> Result<Vec<u8>, Error>;
    fn attributes(&self) -> Vec<Attribute>;
    fn write_as(&self, format: &str) -> Result<Vec<u8>, Error>;
}

impl<M: Model> AnyModel for M {
    fn classes(&self) -> &[u32] {
        Model::classes(self)
    }
    fn predict(&self, rows: &Rows<'_>, outputs: Outputs) -> Result<Prediction, Error> {
        Model::predict(self, rows, outputs)
    }
    fn save(&self) -> Result<Vec<u8>, Error> {
        Model::save(self)
    }
    fn attributes(&self) -> Vec<Attribute> {
        Model::attributes(self)
    }
    fn write_as(&self, format: &str) -> Result<Vec<u8>, Error> {
        Model::write_as(self, format)
    }
}

fn find<T: Task>(name: &str) -> Result<(Box<dyn AnyEstimator>, Info), Error> {
    let mut names = Vec::new();
    for estimator in T::estimators() {
        let info = estimator.info();
        if info.wit.name == name {
            return Ok((estimator, info));
        }
        names.push(info.wit.name);
    }
    Err(Error::Unsupported(format!(
        "there is no estimator '{name}' here; there are: {}",
        names.join(", ")
    )))
}

/// `describe` of the contract.
pub fn describe<T: Task>() -> Vec<EstimatorInfo> {
    T::estimators().into_iter().map(|e| e.info().wit).collect()
}

/// `dataset.fit` of the contract.
pub fn fit<T: Task>(
    data: &Rc<Dataset>,
    estimator: &str,
    rows: Vec<u32>,
    candidates: Vec<Candidate>,
    options: FitOptions,
) -> Result<Fitting, Error> {
    let (
        entry,
        Info {
            wit: info,
            budget,
            warm_start,
        },
    ) = find::<T>(estimator)?;
    let unsupported = |what: &str| Err(Error::Unsupported(format!("{} {what}", info.name)));
    match (info.kind, data.target()) {
        (Kind::Classifier, Target::Classes(_)) | (Kind::Regressor, Target::Numbers(_)) => {}
        (Kind::Clusterer, _) => {}
        (Kind::Classifier, _) => {
            return Err(Error::InvalidData(format!(
                "{} is a classifier and needs classes as its target",
                info.name
            )));
        }
        (Kind::Regressor, _) => {
            return Err(Error::InvalidData(format!(
                "{} is a regressor and needs numbers as its target",
                info.name
            )));
        }
    }
    if data.kinds().contains(&ColumnKind::Categorical) && !info.accepts_categorical {
        return unsupported("does not take categorical columns");
    }
    if data.weights().is_some() && !info.accepts_weights {
        return unsupported("does not take weights");
    }
    if options.budget.is_some() && !budget {
        return unsupported("does not take a budget");
    }
    if options.state.is_some() && !warm_start {
        return unsupported("cannot go on from an earlier model");
    }
    finite(&info, &Rows::new(data, &rows)?)?;
    let info = Rc::new(info);
    let header = Header {
        info: info.clone(),
        columns: data.n_columns(),
    };
    let state = options
        .state
        .map(|state| header.open(&state).map(<[u8]>::to_vec))
        .transpose()?;
    let job = Job {
        data: data.clone(),
        rows,
        candidates,
        state,
        budget: options.budget,
    };
    Ok(Fitting {
        inner: entry.begin(info, job),
        header,
    })
}

/// A fit under way.
pub struct Fitting {
    inner: Box<dyn AnyFitting>,
    header: Header,
}

/// One candidate, fitted.
pub struct Fitted {
    /// The model.
    pub model: FittedModel,
    /// What the person should know.
    pub warnings: Vec<String>,
}

/// Fits one candidate a step, when asked.
impl Iterator for Fitting {
    type Item = Result<Fitted, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        self.inner.next().map(|fitted| {
            fitted.map(|(inner, warnings)| Fitted {
                model: FittedModel {
                    inner,
                    header: self.header.clone(),
                },
                warnings,
            })
        })
    }
}

/// A fitted model.
pub struct FittedModel {
    inner: Box<dyn AnyModel>,
    header: Header,
}

impl FittedModel {
    /// The classes among the rows it was fitted on.
    pub fn classes(&self) -> Vec<u32> {
        self.inner.classes().to_vec()
    }

    /// Predicts the named rows. Every NaN in the answer has the bits of
    /// `f64::NAN`; what was not asked for is dropped.
    pub fn predict(
        &self,
        data: &Rc<Dataset>,
        rows: &[u32],
        outputs: Outputs,
    ) -> Result<Prediction, Error> {
        let info = &self.header.info;
        let rows = Rows::new(data, rows)?;
        if rows.n_columns() != self.header.columns {
            return Err(Error::InvalidData(format!(
                "X has {} features, but {} is expecting {} features as input.",
                rows.n_columns(),
                info.name,
                self.header.columns,
            )));
        }
        if !info.outputs.contains(outputs) {
            let missing = if (outputs - info.outputs).contains(Outputs::PROBABILITIES) {
                "probabilities"
            } else {
                "decision scores"
            };
            return Err(Error::Unsupported(format!(
                "{} does not give {missing}",
                info.name
            )));
        }
        finite(info, &rows)?;
        let given = self.inner.predict(&rows, outputs)?;
        let asked = |output: Outputs| outputs.contains(output);
        let numbers = |given: Option<Vec<f64>>, output: Outputs| {
            given.filter(|_| asked(output)).map(|mut numbers| {
                for number in &mut numbers {
                    if number.is_nan() {
                        *number = f64::NAN;
                    }
                }
                numbers
            })
        };
        Ok(Prediction {
            classes: given.classes.filter(|_| asked(Outputs::ANSWERS)),
            numbers: numbers(given.numbers, Outputs::ANSWERS),
            probabilities: numbers(given.probabilities, Outputs::PROBABILITIES),
            decision: numbers(given.decision, Outputs::DECISION),
        })
    }

    /// The model as bytes, marked as this estimator's.
    pub fn save(&self) -> Result<Vec<u8>, Error> {
        Ok(self.header.seal(&self.inner.save()?))
    }

    /// A saved model of the named estimator, brought back.
    pub fn load<T: Task>(estimator: &str, bytes: &[u8]) -> Result<Self, Error> {
        let (entry, info) = find::<T>(estimator)?;
        let mut header = Header {
            info: Rc::new(info.wit),
            columns: 0,
        };
        let (columns, body) = header.split(bytes)?;
        header.columns = columns as usize;
        Ok(FittedModel {
            inner: entry.load(body)?,
            header,
        })
    }

    /// How many features it takes.
    pub fn columns(&self) -> usize {
        self.header.columns
    }

    /// What the model has learned. Every NaN has the bits of `f64::NAN`.
    pub fn attributes(&self) -> Vec<Attribute> {
        let mut attributes = self.inner.attributes();
        for value in attributes.iter_mut().flat_map(|a| &mut a.values) {
            if value.is_nan() {
                *value = f64::NAN;
            }
        }
        attributes
    }

    /// The model in a format of another program.
    pub fn write_as(&self, format: &str) -> Result<Vec<u8>, Error> {
        offered(&self.header.info, format)?;
        self.inner.write_as(format)
    }

    /// A model of the named estimator from a format of another program.
    pub fn read_as<T: Task>(estimator: &str, format: &str, bytes: &[u8]) -> Result<Self, Error> {
        let (entry, info) = find::<T>(estimator)?;
        offered(&info.wit, format)?;
        let (inner, columns) = entry.read_as(format, bytes)?;
        let info = Rc::new(info.wit);
        let header = Header { info, columns };
        Ok(FittedModel { inner, header })
    }
}

/// Whether a model can be written in this format, and read from it.
fn offered(info: &EstimatorInfo, format: &str) -> Result<(), Error> {
    if info.formats.iter().any(|f| f == format) {
        return Ok(());
    }
    let formats = match info.formats.as_slice() {
        [] => "none but its own".to_owned(),
        some => some.join(", "),
    };
    Err(Error::Unsupported(format!(
        "{} knows no format '{format}'; it knows {formats}",
        info.name
    )))
}

/// What a model is checked against before it predicts, and how its bytes
/// begin: mark, name of the estimator, number of columns.
#[derive(Clone)]
struct Header {
    info: Rc<EstimatorInfo>,
    columns: usize,
}

impl Header {
    const MARK: &[u8] = b"pleat-model-1\0";

    fn seal(&self, body: &[u8]) -> Vec<u8> {
        let columns = (self.columns as u32).to_le_bytes();
        [Self::MARK, self.info.name.as_bytes(), b"\0", &columns, body].concat()
    }

    fn split<'a>(&self, bytes: &'a [u8]) -> Result<(u32, &'a [u8]), Error> {
        let rest = bytes
            .strip_prefix(Self::MARK)
            .ok_or_else(|| bad("their mark is missing"))?;
        let rest = rest
            .strip_prefix(self.info.name.as_bytes())
            .and_then(|rest| rest.strip_prefix(b"\0"))
            .ok_or_else(|| bad(format_args!("they are not of {}", self.info.name)))?;
        let (columns, body) = rest
            .split_first_chunk::<4>()
            .ok_or_else(|| bad("they end too soon"))?;
        Ok((u32::from_le_bytes(*columns), body))
    }

    fn open<'a>(&self, bytes: &'a [u8]) -> Result<&'a [u8], Error> {
        let (columns, body) = self.split(bytes)?;
        if columns as usize != self.columns {
            return Err(Error::InvalidData(format!(
                "X has {} features, but the earlier {} is expecting {columns} features as input.",
                self.columns, self.info.name,
            )));
        }
        Ok(body)
    }
}

/// Whether the values of these rows are what the estimator can take.
fn finite(info: &EstimatorInfo, rows: &Rows<'_>) -> Result<(), Error> {
    let data = rows.dataset();
    let refuse_nan = data.has_nan && !info.accepts_missing;
    if !refuse_nan && !data.has_infinity {
        return Ok(());
    }
    for c in 0..data.n_columns() {
        let column = data.column(c);
        for row in rows.indices() {
            let value = column[*row as usize];
            if value.is_infinite() {
                return Err(Error::InvalidData(format!(
                    "Input X contains infinity (row {row}, column {c})."
                )));
            }
            if refuse_nan && value.is_nan() {
                return Err(Error::InvalidData(format!(
                    "Input X contains NaN (row {row}, column {c}). {} does not accept missing values.",
                    info.name,
                )));
            }
        }
    }
    Ok(())
}
