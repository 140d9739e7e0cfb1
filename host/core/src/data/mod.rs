//! Data: typed columns, what a job learns from them, and the matrix.
//!
//! A [`Table`] is what a file became; a [`Target`] and a [`Frame`] are what a
//! job takes out of it; a [`Matrix`] is what estimators get. Reading files of
//! any format is not done here, and neither is scaling.

mod arrange;
mod buffer;
mod dialect;
mod encoding;
mod findings;
mod frame;
mod matrix;
mod plain;
mod roles;
mod summary;
mod table;
mod target;

pub use arrange::{ArrangeError, Arranged, Plan};
pub use buffer::{Buffer, Element};
pub use dialect::{ColumnType, Dialect, NaValue};
pub use encoding::{DecodeError, Layout};
pub use findings::{Finding, findings};
pub use frame::{Categories, ColumnFact, Frame, FrameColumn};
pub(crate) use frame::{missing_sentence, text_sentence};
pub use matrix::Matrix;
pub use plain::{PlainCell, PlainKind, PlainRow, plain_row};
pub use roles::{RoleError, groups, test_fold, weights};
pub use summary::{ColumnSummary, Held, balance, summaries};
pub use table::{Column, MISSING, Table, TableError, Values};
pub use target::{Label, Target, TargetError};
