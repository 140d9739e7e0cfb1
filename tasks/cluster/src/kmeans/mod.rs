//! Points around centres. [`run`] goes from first centres, which [`seeding`]
//! draws, to last ones. [`lloyd`] finds the nearest of [`centres`] by looking at
//! all; [`hamerly`] leaves points out for which none else can be nearer, and
//! [`elkan`] centres that cannot be.
//! [`batches`] looks at a few points at a time. [`k_means`] and
//! [`mini_batch_k_means`] are the estimators, with what they share in
//! `settings`, and [`model`] is what both make.

pub mod batches;
pub mod centres;
pub mod elkan;
pub mod hamerly;
pub mod k_means;
pub mod lloyd;
pub mod mini_batch_k_means;
pub mod model;
pub mod run;
pub mod seeding;
mod settings;

pub use k_means::KMeans;
pub use mini_batch_k_means::MiniBatchKMeans;
