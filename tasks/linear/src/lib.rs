//! Linear models for Pleat. The [`estimators`] describe themselves and hold
//! the glue; the arithmetic is in the other modules, which, but for the glue's
//! [`gather`], [`scores`] and [`weights`], know nothing of the SDK.

pub mod centred;
pub mod column_kernels;
pub mod coordinate;
pub mod estimators;
pub mod gather;
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

pub use estimators::{
    ElasticNet, Lasso, LinearRegression, LogisticRegression, Ridge, RidgeClassifier,
};
pub use estimators::{GammaRegressor, HuberRegressor, PoissonRegressor, TweedieRegressor};
pub use estimators::{LinearSVC, LinearSVR, SGDClassifier, SGDRegressor};

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
