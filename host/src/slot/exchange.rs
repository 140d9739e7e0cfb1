//! What a slot does between Pleat's models and those of other programs: the
//! guest reads and writes the other program's format, here it is only asked.

use pleat_core::digest::Digest;
use pleat_core::model::{Learned, SavedModel};
use serde::{Deserialize, Serialize};

use super::evaluate::{Codes, reject};
use crate::engine::Fault;

/// A model to be brought into another form.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Exchange {
    /// The file that holds the model in its present form.
    pub file: String,
    /// The other program's format.
    pub format: String,
    /// Bytes of linear memory the guest may use.
    pub memory: u64,
    /// Where the file is the other program's: which estimator is to read it.
    pub into: Option<Into>,
}

/// An estimator that reads another program's model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Into {
    /// Its component.
    pub component: Digest,
    /// Its name.
    pub estimator: String,
}

/// What comes with a model's bytes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Exchanged {
    /// The classes it knows, by code.
    pub classes: Vec<u32>,
    /// What it has learned, as JSON.
    pub learned: Vec<u8>,
}

/// The bytes in the form asked for, and what comes with them.
pub(super) fn exchange(codes: &Codes, request: &Exchange) -> Result<(Vec<u8>, Exchanged), Fault> {
    let file = std::fs::read(&request.file)
        .map_err(|e| Fault::Machine(format!("the model cannot be read: {e}")))?;
    let code = |component: &Digest| {
        codes
            .get(component)
            .ok_or_else(|| reject("the model is of another component"))
    };
    let Some(Into {
        component,
        estimator,
    }) = &request.into
    else {
        let model = SavedModel::decode(&file).map_err(|e| reject(e.to_string()))?;
        let mut session = code(&model.header.component)?.session(request.memory)?;
        let fitted = session.load(&model.header.estimator, &model.bytes)??;
        let written = session.write_as(&fitted, &request.format)??;
        return Ok((written, Exchanged::default()));
    };
    let mut session = code(component)?.session(request.memory)?;
    let fitted = session.read_as(estimator, &request.format, &file)??;
    let attributes = session.attributes(&fitted)?;
    let learned = Learned::of(Vec::new(), attributes).map_err(reject)?;
    let exchanged = Exchanged {
        classes: fitted.classes.clone(),
        learned: serde_json::to_vec(&learned).unwrap_or_default(),
    };
    Ok((session.save(&fitted)??, exchanged))
}
