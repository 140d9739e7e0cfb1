//! Models as bytes: postcard, which writes equal values as equal bytes.
//!
//! A model that may hold NaN should store `f64::NAN` and not a NaN it
//! computed: the bits of the latter depend on the machine.

use serde::{Serialize, de::DeserializeOwned};

use crate::Error;

/// A model as bytes, for [`Model::save`](crate::Model::save).
pub fn encode<T: Serialize>(model: &T) -> Result<Vec<u8>, Error> {
    postcard::to_stdvec(model).map_err(|e| Error::Other(format!("the model cannot be saved: {e}")))
}

/// A model brought back, for [`Model::load`](crate::Model::load). Bytes left
/// over are an error too.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    match postcard::take_from_bytes(bytes) {
        Ok((model, [])) => Ok(model),
        Ok((_, rest)) => Err(bad(format_args!("{} bytes too many", rest.len()))),
        Err(e) => Err(bad(e)),
    }
}

pub(crate) fn bad(why: impl std::fmt::Display) -> Error {
    Error::InvalidData(format!(
        "these bytes are not a saved model of this estimator: {why}"
    ))
}
