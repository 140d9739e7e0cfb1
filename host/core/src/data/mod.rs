//! Data: typed columns, what a job learns from them, and the matrix.
//!
//! A [`Table`] is what a file became; a [`Target`] and a [`Frame`] are what a
//! job takes out of it; a [`Matrix`] is what estimators get. Reading files of
//! any format is not done here, and neither is scaling.

mod encoding;
mod frame;
mod matrix;
mod table;
mod target;

pub use encoding::DecodeError;
pub use frame::{ColumnFact, Frame, FrameColumn};
pub(crate) use frame::{missing_sentence, text_sentence};
pub use matrix::Matrix;
pub use table::{Column, MISSING, Table, TableError, Values};
pub use target::{Label, Target, TargetError};
