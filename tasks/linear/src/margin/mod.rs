//! Linear support vector machines: lines by the rows near them. [`problem`] is
//! what is to be solved; [`dual`] solves it row by row, [`primal`] with
//! [`trust`] all coefficients at once, and [`absolute`] column by column where
//! absolute coefficients are penalised. [`draws`] says in what order.
//!
//! Unlike elsewhere, the intercept is penalised: it is the coefficient of one
//! more column, which has the same value in every row.

pub mod absolute;
pub mod draws;
pub mod dual;
pub mod primal;
pub mod problem;
pub mod trust;

/// Where a search came to.
#[derive(Clone, Debug)]
pub struct Solved {
    /// One coefficient a column, then the one of the intercept's column.
    pub at: Vec<f64>,
    /// How many iterations it took.
    pub iterations: u64,
}
