//! Support vector machines for Pleat. [`classifier`] and [`regressor`] are the
//! estimators, with the parameters they share in `settings`. Below them
//! nothing knows of the SDK: [`votes`] makes many classes out of pairs,
//! [`solver`] solves the dual problem over a [`gram`] matrix, whose rows a
//! [`kernel`] makes of [`panels`].

pub mod classifier;
pub mod gram;
pub mod kernel;
pub mod panels;
pub mod regressor;
mod settings;
pub mod solver;
pub mod votes;

pub use classifier::SVC;
pub use regressor::SVR;

pleat_guest::export!(SVC, SVR);
