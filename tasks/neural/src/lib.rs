//! Multi-layer perceptrons for Pleat. [`classifier`] and [`regressor`] are the
//! estimators, with the parameters they share in `settings` and what both do
//! to fit in [`fitting`]. Below them nothing knows of the SDK's estimators: a
//! [`network`] is layers of weights, [`backprop`] finds the slope of its
//! [`loss`], and two sorts of solver go down it: [`stochastic`] ones, a batch
//! at a time by an [`optimizer`]'s steps, and [`lbfgs`] with all rows at once.

pub mod activation;
pub mod backprop;
pub mod classifier;
pub mod fitting;
pub mod lbfgs;
// Lines are searched as LogisticRegression searches them.
#[path = "../../linear/src/logistic/line_search.rs"]
pub mod line_search;
pub mod loss;
pub mod network;
pub mod optimizer;
pub mod regressor;
mod settings;
pub mod stochastic;
pub mod validation;

pub use classifier::MLPClassifier;
pub use regressor::MLPRegressor;

pleat_guest::export!(MLPClassifier, MLPRegressor);
