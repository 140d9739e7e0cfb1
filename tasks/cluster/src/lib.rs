//! Clusterers for Pleat: groups of rows, found without a target.
//!
//! [`kmeans`] has KMeans and MiniBatchKMeans, [`mixture`] has GaussianMixture,
//! which begins where KMeans ends. Both look at [`points`], with [`moments`] of
//! their columns, and draw with numpy's [`draws`].

pub mod draws;
pub mod kmeans;
pub mod mixture;
pub mod moments;
pub mod points;

pub use kmeans::{KMeans, MiniBatchKMeans};
pub use mixture::GaussianMixture;

pleat_guest::export!(KMeans, MiniBatchKMeans, GaussianMixture);
