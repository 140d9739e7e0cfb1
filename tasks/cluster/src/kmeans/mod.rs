//! Points around centres. [`run`] goes from first centres, which [`seeding`]
//! draws, to last ones, by either of two ways to find the nearest: [`lloyd`]
//! looks at all [`centres`], [`elkan`] at those that bounds do not rule out.
//! [`batches`] looks at a few points at a time. [`k_means`] and
//! [`mini_batch_k_means`] are the estimators, with what they share in
//! `settings`, and [`model`] is what both make.

pub mod batches;
pub mod centres;
pub mod elkan;
pub mod k_means;
pub mod lloyd;
pub mod mini_batch_k_means;
pub mod model;
pub mod run;
pub mod seeding;
mod settings;

pub use k_means::KMeans;
pub use mini_batch_k_means::MiniBatchKMeans;
