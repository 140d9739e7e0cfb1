//! Points from several normal distributions. [`covariance`] is how wide these
//! are, [`components`] are the distributions and what points say of them,
//! [`em`] goes back and forth between the two, and [`gaussian_mixture`] is the
//! estimator, which begins at a `beginning`.

mod beginning;
pub mod components;
pub mod covariance;
pub mod em;
pub mod gaussian_mixture;

pub use gaussian_mixture::GaussianMixture;
