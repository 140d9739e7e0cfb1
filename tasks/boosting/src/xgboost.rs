//! stub
use crate::classifier::FittedClassifier;
use crate::regressor::FittedRegressor;
use pleat_guest::Error;
pub(crate) const FORMAT: &str = "xgboost-json";
pub(crate) fn write_classifier(_: &FittedClassifier) -> Result<Vec<u8>, Error> {
    Err(Error::Unsupported(String::new()))
}
pub(crate) fn read_classifier(_: &[u8]) -> Result<(FittedClassifier, usize), Error> {
    Err(Error::Unsupported(String::new()))
}
pub(crate) fn write_regressor(_: &FittedRegressor) -> Result<Vec<u8>, Error> {
    Err(Error::Unsupported(String::new()))
}
pub(crate) fn read_regressor(_: &[u8]) -> Result<(FittedRegressor, usize), Error> {
    Err(Error::Unsupported(String::new()))
}
