//! What a slot does with a saved model: load it and predict new rows, some at
//! a time, so that any number of rows fits.

use std::path::Path;

use pleat_core::model::SavedModel;

use super::evaluate::{Codes, reject};
use super::frames::Prediction;
use super::rows::map_table;
use crate::engine::{Answer, Contents, Fault, Features, TargetValues};

/// Bytes of matrix given to the guest at once.
const PORTION: usize = 32 << 20;

/// Predicts every row; `send` gets the answers in the order of the rows.
pub(super) fn predict(
    codes: &Codes,
    request: &Prediction,
    mut send: impl FnMut(Answer),
) -> Result<(), Fault> {
    let model = std::fs::read(&request.model)
        .map_err(|e| Fault::Machine(format!("the model cannot be read: {e}")))?;
    let model = SavedModel::decode(&model).map_err(|e| reject(e.to_string()))?;
    let table = map_table(Path::new(&request.data))?;
    let frame = model.header.frame(&table).map_err(reject)?;
    let code = codes
        .get(&model.header.component)
        .ok_or_else(|| reject("the model is of another component"))?;
    let mut session = code.session(request.memory)?;
    let fitted = session.load(&model.header.estimator, &model.bytes)??;
    let portion = (PORTION / (8 * frame.columns().len().max(1))).max(1);
    for start in (0..frame.rows()).step_by(portion) {
        let rows = start..(start + portion).min(frame.rows());
        let matrix = model
            .header
            .pipeline
            .transform(&frame.slice(rows))
            .map_err(|e| reject(e.to_string()))?
            .into_matrix()
            .map_err(reject)?;
        let count = |n: usize| u32::try_from(n).map_err(|_| reject("there are too many columns"));
        let rows = count(matrix.rows())?;
        let data = session.dataset(Contents {
            rows,
            columns: count(matrix.columns())?,
            features: Features::F64(matrix.values().into()),
            target: TargetValues::None,
            weights: None,
        })?;
        let all: Vec<u32> = (0..rows).collect();
        send(session.predict(&fitted, &data, &all, request.needs)??);
        session.drop_dataset(data)?;
        session.take_messages();
    }
    Ok(())
}
