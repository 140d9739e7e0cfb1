//! A session: one instance, what is open in it, and how it fails.

use std::borrow::Cow;

use pleat_core::estimator::EstimatorInfo;
use pleat_core::model::Attribute;
use pleat_core::scoring::Needs;
use pleat_core::task::{Failure, FailureKind, Params};
use serde::{Deserialize, Serialize};
use wasmtime::component::ResourceAny;
use wasmtime::{Store, Trap};

use super::bindings::Task;
use super::bindings::exports::pleat::task::estimator::{self as wit};
use super::bindings::pleat::task::types;
use super::limits::State;
use super::{Code, convert};

/// A message a guest left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Whether the person who reads the report should see it.
    pub warning: bool,
    /// What it says.
    pub text: String,
}

/// Feature values, column after column.
pub enum Features<'a> {
    /// Double precision.
    F64(Cow<'a, [f64]>),
    /// Single precision.
    F32(Cow<'a, [f32]>),
}

/// What is to be learned.
pub enum TargetValues<'a> {
    /// Encoded classes and how many there are.
    Classes(Cow<'a, [u32]>, u32),
    /// Numbers.
    Numbers(Cow<'a, [f64]>),
    /// Nothing: the rows are to be predicted.
    None,
}

/// Everything a dataset is made of; lent, where it need not be made for this.
pub struct Contents<'a> {
    /// How many rows.
    pub rows: u32,
    /// How many features.
    pub columns: u32,
    /// Those that are codes of categories.
    pub categorical: Vec<u32>,
    /// The features.
    pub features: Features<'a>,
    /// The target.
    pub target: TargetValues<'a>,
    /// How much each row counts.
    pub weights: Option<Cow<'a, [f64]>>,
}

/// A dataset inside the guest.
pub struct DatasetHandle(ResourceAny);

/// A fit under way inside the guest.
pub struct FitHandle(ResourceAny);

/// A fitted candidate inside the guest.
pub struct Fitted {
    model: ResourceAny,
    /// What the guest warned of.
    pub warnings: Vec<String>,
    /// The classes of its training rows, ascending.
    pub classes: Vec<u32>,
}

/// Predictions, as far as they were asked for.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// A class for each row.
    pub classes: Option<Vec<u32>>,
    /// A number for each row.
    pub numbers: Option<Vec<f64>>,
    /// A probability for each row and class, row after row.
    pub probabilities: Option<Vec<f64>>,
    /// Decision scores for each row, row after row.
    pub decision: Option<Vec<f64>>,
}

impl Answer {
    /// Takes the answers for the rows that come next.
    pub fn append(&mut self, next: Self) {
        fn extend<T>(to: &mut Option<Vec<T>>, from: Option<Vec<T>>) {
            match (to.as_mut(), from) {
                (Some(to), Some(from)) => to.extend(from),
                (None, from) => *to = from,
                (Some(_), None) => {}
            }
        }
        extend(&mut self.classes, next.classes);
        extend(&mut self.numbers, next.numbers);
        extend(&mut self.probabilities, next.probabilities);
        extend(&mut self.decision, next.decision);
    }
}

/// One instance of a component.
///
/// A trap poisons it: every later call fails. Refusals by the guest do not.
pub struct Session {
    store: Store<State>,
    task: Task,
}

/// How a call ended short: with the guest's own refusal, which leaves the
/// session usable, or with its end.
pub(super) type Refused = types::Error;

impl Session {
    pub(super) fn start(code: &Code, memory: u64) -> Result<Self, Failure> {
        let mut store = Store::new(code.pre.engine(), State::new(memory));
        store.limiter(|state| &mut state.memory);
        match code.pre.instantiate(&mut store) {
            Ok(task) => Ok(Self { store, task }),
            Err(e) => Err(failure(&store, &e)),
        }
    }

    /// Most memory held so far, in bytes.
    #[must_use]
    pub fn peak_memory(&self) -> u64 {
        self.store.data().memory.peak as u64
    }

    /// The messages left since the last call of this.
    pub fn take_messages(&mut self) -> Vec<Message> {
        let state = self.store.data_mut();
        let mut messages = std::mem::take(&mut state.messages);
        let dropped = std::mem::take(&mut state.dropped);
        if dropped > 0 {
            messages.push(Message {
                warning: true,
                text: format!("{dropped} more messages were dropped"),
            });
        }
        messages
    }

    /// What the component offers.
    ///
    /// # Errors
    /// The guest failed, or its description makes no sense.
    pub fn describe(&mut self) -> Result<Vec<EstimatorInfo>, Failure> {
        let described = self
            .task
            .pleat_task_estimator()
            .call_describe(&mut self.store);
        let described = described.map_err(|e| self.failure(&e))?;
        convert::estimators(described).map_err(|m| Failure::new(FailureKind::Rejected, m))
    }

    /// Copies a matrix into the guest. What was made for it is let go.
    ///
    /// # Errors
    /// The guest failed.
    pub fn dataset(&mut self, contents: Contents<'_>) -> Result<DatasetHandle, Failure> {
        let mut columns = vec![types::ColumnKind::Numeric; contents.columns as usize];
        for column in &contents.categorical {
            if let Some(kind) = columns.get_mut(*column as usize) {
                *kind = types::ColumnKind::Categorical;
            }
        }
        let contents = convert::contents(&contents, &columns);
        let made = self
            .task
            .pleat_task_estimator()
            .dataset()
            .call_constructor(&mut self.store, contents);
        made.map(DatasetHandle).map_err(|e| self.failure(&e))
    }

    /// Begins to fit candidates.
    ///
    /// # Errors
    /// The guest failed or refused.
    pub fn fit(
        &mut self,
        data: &DatasetHandle,
        estimator: &str,
        rows: &[u32],
        candidates: &[Params],
    ) -> Result<FitHandle, Failure> {
        let values: Vec<_> = candidates.iter().map(convert::values).collect();
        let candidates = candidates.iter().zip(&values);
        let candidates: Vec<_> = candidates
            .map(|(params, values)| convert::candidate(params, values))
            .collect();
        let candidates: Vec<_> = candidates.iter().map(Vec::as_slice).collect();
        let options = types::FitOptions {
            state: None,
            budget: None,
        };
        let begun = self.task.pleat_task_estimator().dataset().call_fit(
            &mut self.store,
            data.0,
            estimator,
            rows,
            &candidates,
            options,
        );
        self.flatten(begun).map(FitHandle)
    }

    /// Fits the next candidate. `None` when there is none left.
    ///
    /// # Errors
    /// Outer: the session is over. Inner: the guest refuses this candidate.
    pub fn next(&mut self, fit: &FitHandle) -> Result<Option<Result<Fitted, Failure>>, Failure> {
        let next = self
            .task
            .pleat_task_estimator()
            .fitting()
            .call_next(&mut self.store, fit.0);
        match next.map_err(|e| self.failure(&e))? {
            None => Ok(None),
            Some(Err(refused)) => Ok(Some(Err(convert::refusal(refused)))),
            Some(Ok(wit::Fitted { model, warnings })) => {
                self.fitted(model, warnings).map(|fitted| Some(Ok(fitted)))
            }
        }
    }

    /// Predicts rows of a dataset.
    ///
    /// # Errors
    /// Outer: the session is over. Inner: the guest refuses.
    pub fn predict(
        &mut self,
        fitted: &Fitted,
        data: &DatasetHandle,
        rows: &[u32],
        needs: Needs,
    ) -> Result<Result<Answer, Failure>, Failure> {
        let mut outputs = types::Outputs::empty();
        for (needed, output) in [
            (needs.answers, types::Outputs::ANSWERS),
            (needs.probabilities, types::Outputs::PROBABILITIES),
            (needs.decision, types::Outputs::DECISION),
        ] {
            if needed {
                outputs |= output;
            }
        }
        let answer = self.task.pleat_task_estimator().model().call_predict(
            &mut self.store,
            fitted.model,
            data.0,
            rows,
            outputs,
        );
        match answer.map_err(|e| self.failure(&e))? {
            Ok(prediction) => Ok(Ok(convert::answer(prediction))),
            Err(refused) => Ok(Err(convert::refusal(refused))),
        }
    }

    /// A model as bytes.
    ///
    /// # Errors
    /// Outer: the session is over. Inner: the guest refuses.
    pub fn save(&mut self, fitted: &Fitted) -> Result<Result<Vec<u8>, Failure>, Failure> {
        let saved = self
            .task
            .pleat_task_estimator()
            .model()
            .call_save(&mut self.store, fitted.model);
        Ok(saved
            .map_err(|e| self.failure(&e))?
            .map_err(convert::refusal))
    }

    /// A model from the bytes of one that was saved.
    ///
    /// # Errors
    /// Outer: the session is over. Inner: the guest refuses.
    pub fn load(
        &mut self,
        estimator: &str,
        bytes: &[u8],
    ) -> Result<Result<Fitted, Failure>, Failure> {
        let loaded =
            self.task
                .pleat_task_estimator()
                .model()
                .call_load(&mut self.store, estimator, bytes);
        let model = match loaded.map_err(|e| self.failure(&e))? {
            Ok(model) => model,
            Err(refused) => return Ok(Err(convert::refusal(refused))),
        };
        self.fitted(model, Vec::new()).map(Ok)
    }

    /// What a model has learned.
    ///
    /// # Errors
    /// The session is over.
    pub fn attributes(&mut self, fitted: &Fitted) -> Result<Vec<Attribute>, Failure> {
        let attributes = self
            .task
            .pleat_task_estimator()
            .model()
            .call_attributes(&mut self.store, fitted.model);
        let attributes = attributes.map_err(|e| self.failure(&e))?;
        Ok(attributes.into_iter().map(convert::attribute).collect())
    }

    /// A model in a format of another program.
    ///
    /// # Errors
    /// Outer: the session is over. Inner: the guest refuses.
    pub fn write_as(
        &mut self,
        fitted: &Fitted,
        format: &str,
    ) -> Result<Result<Vec<u8>, Failure>, Failure> {
        let written = self.task.pleat_task_estimator().model().call_write_as(
            &mut self.store,
            fitted.model,
            format,
        );
        Ok(written
            .map_err(|e| self.failure(&e))?
            .map_err(convert::refusal))
    }

    /// A model of another program.
    ///
    /// # Errors
    /// Outer: the session is over. Inner: the guest refuses.
    pub fn read_as(
        &mut self,
        estimator: &str,
        format: &str,
        bytes: &[u8],
    ) -> Result<Result<Fitted, Failure>, Failure> {
        let read = self.task.pleat_task_estimator().model().call_read_as(
            &mut self.store,
            estimator,
            format,
            bytes,
        );
        let model = match read.map_err(|e| self.failure(&e))? {
            Ok(model) => model,
            Err(refused) => return Ok(Err(convert::refusal(refused))),
        };
        self.fitted(model, Vec::new()).map(Ok)
    }

    /// A model with the classes it says it knows.
    fn fitted(&mut self, model: ResourceAny, warnings: Vec<String>) -> Result<Fitted, Failure> {
        let classes = self
            .task
            .pleat_task_estimator()
            .model()
            .call_classes(&mut self.store, model);
        Ok(Fitted {
            model,
            warnings,
            classes: classes.map_err(|e| self.failure(&e))?,
        })
    }

    /// Lets a model go.
    ///
    /// # Errors
    /// The guest failed while doing so.
    pub fn drop_model(&mut self, fitted: Fitted) -> Result<(), Failure> {
        fitted
            .model
            .resource_drop(&mut self.store)
            .map_err(|e| self.failure(&e))
    }

    /// Lets a fit go.
    ///
    /// # Errors
    /// The guest failed while doing so.
    pub fn drop_fit(&mut self, fit: FitHandle) -> Result<(), Failure> {
        fit.0
            .resource_drop(&mut self.store)
            .map_err(|e| self.failure(&e))
    }

    /// Lets a dataset go.
    ///
    /// # Errors
    /// The guest failed while doing so.
    pub fn drop_dataset(&mut self, data: DatasetHandle) -> Result<(), Failure> {
        data.0
            .resource_drop(&mut self.store)
            .map_err(|e| self.failure(&e))
    }

    fn flatten<T>(&self, called: wasmtime::Result<Result<T, Refused>>) -> Result<T, Failure> {
        match called {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(refused)) => Err(convert::refusal(refused)),
            Err(e) => Err(self.failure(&e)),
        }
    }

    fn failure(&self, error: &wasmtime::Error) -> Failure {
        failure(&self.store, error)
    }
}

/// What kind of end this was. Only what is the same on every machine goes
/// into the sentence: no addresses, no frames.
fn failure(store: &Store<State>, error: &wasmtime::Error) -> Failure {
    let state = store.data();
    if state.memory.exceeded {
        return Failure::new(
            FailureKind::OutOfMemory,
            format!("the guest asked for {}", error.root_cause()),
        );
    }
    let what = match error.downcast_ref::<Trap>() {
        Some(Trap::StackOverflow) => "the guest overflowed its stack".to_owned(),
        Some(trap) => format!("the guest trapped: {trap}"),
        None => format!("the guest broke the contract: {}", error.root_cause()),
    };
    // The SDK leaves a panic's message before it traps.
    let said = state
        .messages
        .iter()
        .rev()
        .find(|m| m.warning && m.text.starts_with("panicked at"));
    let message = said.map_or(what.clone(), |m| format!("{what}; it {}", m.text));
    Failure::new(FailureKind::Trapped, message)
}
