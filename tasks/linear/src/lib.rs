//! Linear models for Pleat. The [`estimators`] describe themselves and hold
//! the glue; the arithmetic is in the other modules, which, but for the glue's
//! [`scores`] and [`weights`], know nothing of the SDK.

pub mod centred;
pub mod coordinate;
pub mod estimators;
pub mod least_squares;
pub mod line;
pub mod logistic;
pub mod margin;
pub mod normal;
pub mod ridge;
pub mod row_kernels;
pub mod row_major;
pub mod scores;
pub mod sgd;
pub mod smooth;
pub mod weights;

pub use estimators::{GammaRegressor, HuberRegressor, PoissonRegressor, TweedieRegressor};
pub use estimators::{LinearSVC, LinearSVR, SGDClassifier, SGDRegressor};
pub use estimators::{
    ElasticNet, Lasso, LinearRegression, LogisticRegression, Ridge, RidgeClassifier,
};

pleat_guest::export!(
    ElasticNet,
    Lasso,
    LinearRegression,
    LogisticRegression,
    Ridge,
    RidgeClassifier,
    GammaRegressor,
    HuberRegressor,
    PoissonRegressor,
    TweedieRegressor,
    LinearSVC,
    LinearSVR,
    SGDClassifier,
    SGDRegressor,
);
