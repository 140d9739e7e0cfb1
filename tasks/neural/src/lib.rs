//! MLPClassifier and MLPRegressor.
