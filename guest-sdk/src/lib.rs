//! Write a Pleat task.
//!
//! A task is a component that fits and predicts: it gets numbers and gives
//! numbers back, and can reach nothing else. An author implements
//! [`Estimator`] and [`Model`] in a plain library crate and ends it with one
//! [`export!`] line; `cargo test` runs it natively (see [`native`]), and
//! `pleat-build` makes the component. Whatever a host could get wrong has been
//! checked before a trait of the author's is called.
//!
//! A whole estimator, scikit-learn's `DummyRegressor` with its quantile fixed:
//!
//! ```
//! use pleat_guest::{
//!     Error, Estimator, Fit, Info, Model, Outputs, Params, Prediction, Rows, candidate, decode,
//!     domain::*, encode, native,
//! };
//! use serde::{Deserialize, Serialize};
//!
//! pub struct DummyRegressor {
//!     constant: Option<f64>,
//! }
//!
//! #[derive(Serialize, Deserialize)]
//! pub struct Constant(f64);
//!
//! impl Estimator for DummyRegressor {
//!     type Model = Constant;
//!     type Shared = ();
//!
//!     fn info() -> Info {
//!         Info::regressor("DummyRegressor", "Predicts one number, whatever the features.")
//!             .param("constant", (), numbers(..).or(none()), "The number; the mean if None.")
//!     }
//!
//!     fn new(params: &Params) -> Result<Self, Error> {
//!         Ok(DummyRegressor { constant: params.get("constant")? })
//!     }
//!
//!     fn fit(&self, train: &Rows<'_>, _: &mut Fit<'_, Self>) -> Result<Constant, Error> {
//!         let mean = train.numbers().iter().sum::<f64>() / train.len() as f64;
//!         Ok(Constant(self.constant.unwrap_or(mean)))
//!     }
//! }
//!
//! impl Model for Constant {
//!     fn predict(&self, rows: &Rows<'_>, _: Outputs) -> Result<Prediction, Error> {
//!         Ok(Prediction::numbers(vec![self.0; rows.len()]))
//!     }
//!
//!     fn save(&self) -> Result<Vec<u8>, Error> {
//!         encode(self)
//!     }
//!
//!     fn load(bytes: &[u8]) -> Result<Self, Error> {
//!         decode(bytes)
//!     }
//! }
//!
//! pleat_guest::export!(DummyRegressor);
//!
//! # fn main() -> Result<(), Error> {
//! let data = native::numbers(native::data(&[[0.0], [1.0], [2.0]]), &[1.0, 3.0, 9.0]);
//! let answer = native::fit_predict::<DummyRegressor>(data, &[0, 1], &[2], candidate! {})?;
//! assert_eq!(answer.numbers, Some(vec![2.0]));
//! # Ok(())
//! # }
//! ```

pub mod adapter;
mod codec;
pub mod control;
mod data;
mod estimator;
#[doc(hidden)]
pub mod exports;
mod info;
#[cfg(not(target_family = "wasm"))]
pub mod native;
mod params;

/// Generated from `wit/`.
#[doc(hidden)]
#[allow(unsafe_code, missing_docs, unreachable_pub, clippy::all)]
pub mod bindings;

pub use codec::{decode, encode};
pub use control::{Level, Verdict, go_on, log, progress};
pub use data::{Dataset, Rows};
pub use estimator::{Estimator, Fit, Model};
pub use info::{Info, domain};
pub use params::{FromValue, Params};

pub use bindings::pleat::task::types::{
    Attribute, Bound, Candidate, Classes, ColumnKind, Contents, Domain, Error, EstimatorInfo,
    FitOptions, IntegerRange, Kind, NumberRange, Outputs, Param, ParamInfo, Prediction, Target,
    Value, Values,
};

/// Makes the crate a task of these estimators. The last line of its `lib.rs`,
/// once a crate.
#[macro_export]
macro_rules! export {
    ($($estimator:ty),+ $(,)?) => {
        /// What this crate's component offers.
        pub struct PleatTask;

        impl $crate::adapter::Task for PleatTask {
            fn estimators() -> ::std::vec::Vec<::std::boxed::Box<dyn $crate::adapter::AnyEstimator>> {
                ::std::vec![$($crate::adapter::entry::<$estimator>()),+]
            }
        }

        #[cfg(target_family = "wasm")]
        #[allow(unsafe_code)]
        const _: () = {
            type Exported = $crate::exports::Exports<PleatTask>;
            $crate::bindings::export_component!(Exported with_types_in $crate::bindings);
        };
    };
}
