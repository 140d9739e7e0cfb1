//! Data: typed columns, what a job learns from them, and the matrix.
//!
//! A [`Table`] is what a file became; a [`Target`] and [`Features`] are what a
//! job takes out of it; a [`Matrix`] is what estimators get. Reading files of
//! any format is not done here, and neither is scaling.

mod buffer;
mod encoding;
mod matrix;
mod table;
mod target;

pub use buffer::{Buffer, Element};
pub use encoding::{DecodeError, Layout};
pub use matrix::{ColumnFact, Features, Matrix};
pub use table::{Column, MISSING, Table, TableError, Values};
pub use target::{Label, Target, TargetError};
