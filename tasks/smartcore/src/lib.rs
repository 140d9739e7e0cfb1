//! Random forests of the crate smartcore for Pleat: an existing crate,
//! unchanged, behind descriptions in scikit-learn's words.
//!
//! smartcore is not scikit-learn, and this is where it shows:
//!
//! * Its forests classify by the majority of their trees, each tree one vote,
//!   so there are no probabilities. Each class is drawn from separately, so a
//!   bootstrap sample has as many rows of it as the data.
//! * Its random streams are its own, so forests agree with scikit-learn's in
//!   distribution only. They differ between machines of 32 and of 64 bits (the
//!   generator is another one): a forest grown by a native test is not the one
//!   a component grows, but every component grows the same.
//! * Its depths count the root as 1; here they are scikit-learn's, where the
//!   root is 0.

mod forest;

pub use forest::{FittedForest, RandomForestClassifier, RandomForestRegressor};

use pleat_guest::{Error, Rows};
use smartcore::linalg::basic::matrix::DenseMatrix;

/// smartcore's matrices.
type Matrix = DenseMatrix<f64>;

fn matrix(rows: &Rows<'_>) -> Result<Matrix, Error> {
    DenseMatrix::new(rows.len(), rows.n_columns(), rows.column_major(), true).map_err(refusal)
}

/// What smartcore refuses, it refuses because of the data: parameters have
/// been checked.
fn refusal(failed: smartcore::error::Failed) -> Error {
    Error::InvalidData(format!("smartcore: {failed}"))
}

pleat_guest::export!(RandomForestClassifier, RandomForestRegressor);
