//! `CategoricalNB` of the crate smartcore for Pleat: an existing crate,
//! unchanged, behind a description in scikit-learn's words. What it takes to
//! wrap another is here: values in its own matrix, its parameters under
//! scikit-learn's names, its refusals as errors of ours.
//!
//! smartcore counts, which takes the time. What follows from the counts is
//! worked out here, for three reasons that any wrapped crate may give:
//!
//! * It answers with classes alone, has no parameters for priors, and takes a
//!   category that it never saw for certain.
//! * Its logarithms are the platform's; ours have the same bits everywhere.
//! * A model that is saved is ours, and outlives the crate's versions.
//!
//! It knows no weights and no `min_categories`: neither is offered.

mod categorical;

pub use categorical::{CategoricalNB, FittedCategorical};

pleat_guest::export!(CategoricalNB);
