//! The component's exports: each hands straight on to [`crate::adapter`].

use std::cell::RefCell;
use std::marker::PhantomData;
use std::rc::Rc;

use crate::adapter::{self, FittedModel, Task};
use crate::bindings::exports::pleat::task::estimator as wit;
use crate::control::forward_panics;
use crate::{
    Attribute, Candidate, Contents, Dataset, Error, EstimatorInfo, FitOptions, Outputs, Prediction,
};

/// What a component of the estimators of `T` exports.
pub struct Exports<T>(PhantomData<T>);

impl<T: Task> wit::Guest for Exports<T> {
    type Dataset = ExportedDataset<T>;
    type Fitting = ExportedFitting<T>;
    type Model = ExportedModel<T>;

    fn describe() -> Vec<EstimatorInfo> {
        forward_panics();
        adapter::describe::<T>()
    }
}

/// The resource `dataset`.
pub struct ExportedDataset<T> {
    // What is wrong with the contents is said by `fit`.
    data: Result<Rc<Dataset>, Error>,
    task: PhantomData<T>,
}

impl<T: Task> wit::GuestDataset for ExportedDataset<T> {
    fn new(contents: Contents) -> Self {
        forward_panics();
        ExportedDataset {
            data: Dataset::new(contents),
            task: PhantomData,
        }
    }

    fn fit(
        &self,
        estimator: String,
        rows: Vec<u32>,
        candidates: Vec<Candidate>,
        options: FitOptions,
    ) -> Result<wit::Fitting, Error> {
        let data = self.data.as_ref().map_err(Error::clone)?;
        let inner = adapter::fit::<T>(data, &estimator, rows, candidates, options)?;
        let inner = RefCell::new(inner);
        Ok(wit::Fitting::new(ExportedFitting::<T> {
            inner,
            task: PhantomData,
        }))
    }
}

/// The resource `fitting`.
pub struct ExportedFitting<T> {
    inner: RefCell<adapter::Fitting>,
    task: PhantomData<T>,
}

impl<T: Task> wit::GuestFitting for ExportedFitting<T> {
    fn next(&self) -> Option<Result<wit::Fitted, Error>> {
        let fitted = self.inner.borrow_mut().next()?;
        Some(fitted.map(|fitted| wit::Fitted {
            model: wit::Model::new(ExportedModel::<T> {
                inner: fitted.model,
                task: PhantomData,
            }),
            warnings: fitted.warnings,
        }))
    }
}

/// The resource `model`.
pub struct ExportedModel<T> {
    inner: FittedModel,
    task: PhantomData<T>,
}

impl<T: Task> wit::GuestModel for ExportedModel<T> {
    fn classes(&self) -> Vec<u32> {
        self.inner.classes()
    }

    fn predict(
        &self,
        data: wit::DatasetBorrow<'_>,
        rows: Vec<u32>,
        outputs: Outputs,
    ) -> Result<Prediction, Error> {
        let data = data
            .get::<ExportedDataset<T>>()
            .data
            .as_ref()
            .map_err(Error::clone)?;
        self.inner.predict(data, &rows, outputs)
    }

    fn save(&self) -> Result<Vec<u8>, Error> {
        self.inner.save()
    }

    fn load(estimator: String, bytes: Vec<u8>) -> Result<wit::Model, Error> {
        forward_panics();
        let inner = FittedModel::load::<T>(&estimator, &bytes)?;
        Ok(wit::Model::new(ExportedModel::<T> {
            inner,
            task: PhantomData,
        }))
    }

    fn attributes(&self) -> Vec<Attribute> {
        let mut attributes = self.inner.attributes();
        // What every model of scikit-learn says, and the header knows.
        let columns = self.inner.columns() as f64;
        attributes.push(Attribute::number("n_features_in_", columns));
        attributes
    }

    fn write_as(&self, format: String) -> Result<Vec<u8>, Error> {
        self.inner.write_as(&format)
    }

    fn read_as(estimator: String, format: String, bytes: Vec<u8>) -> Result<wit::Model, Error> {
        forward_panics();
        let inner = FittedModel::read_as::<T>(&estimator, &format, &bytes)?;
        Ok(wit::Model::new(ExportedModel::<T> {
            inner,
            task: PhantomData,
        }))
    }
}
