//! What a slot does with a saved model: load it and predict new rows, some at
//! a time, so that any number of rows fits.
//!
//! A model file may come from anybody, so the answers are checked here as far
//! as whoever reads them relies on it.

use std::io;
use std::path::Path;

use pleat_core::estimator::Kind;
use pleat_core::model::{ModelHeader, SavedModel};
use pleat_core::scoring::Needs;
use pleat_core::task::Failure;

use super::evaluate::{Codes, reject};
use super::frames::Prediction;
use super::rows::{categorical, check_codes, map_table};
use crate::engine::{Answer, Contents, Fault, Features, TargetValues};

/// Bytes of matrix given to the guest at once, and of answers taken.
const PORTION: usize = 32 << 20;

/// Predicts every row; `send` gets the answers in the order of the rows.
pub(super) fn predict(
    codes: &Codes,
    request: &Prediction,
    mut send: impl FnMut(Answer) -> io::Result<()>,
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
    if fitted.classes != model.header.classes {
        return Err(reject("the model knows other classes than its file says").into());
    }
    let matrix = |rows| {
        let steps = &model.header.pipeline;
        let frame = steps.transform(&frame.slice(rows));
        let frame = frame.map_err(|e| reject(e.to_string()))?;
        let (frame, _) = frame.coded(&model.header.categories);
        frame.into_matrix().map_err(reject)
    };
    // Steps may make many columns of one; a row tells how many.
    let made = matrix(0..frame.rows().min(1))?.columns();
    let answered = 2 * fitted.classes.len() + 2;
    let widest = frame.columns().len().max(made).max(answered);
    let portion = (PORTION / (8 * widest)).max(1);
    for start in (0..frame.rows()).step_by(portion) {
        let rows = start..(start + portion).min(frame.rows());
        let matrix = matrix(rows)?;
        let count = |n: usize| u32::try_from(n).map_err(|_| reject("there are too many columns"));
        let rows = count(matrix.rows())?;
        let data = session.dataset(Contents {
            rows,
            columns: count(matrix.columns())?,
            categorical: categorical(&model.header.categories),
            features: Features::F64(matrix.values().into()),
            target: TargetValues::None,
            weights: None,
        })?;
        let all: Vec<u32> = (0..rows).collect();
        let answer = session.predict(&fitted, &data, &all, request.needs)??;
        let answer = checked(answer, &model.header, all.len(), request.needs)?;
        send(answer).map_err(|e| Fault::Machine(format!("the answers cannot be told: {e}")))?;
        session.drop_dataset(data)?;
        session.take_messages();
    }
    Ok(())
}

/// What was asked for and nothing else, if it is there for every row.
fn checked(
    answer: Answer,
    header: &ModelHeader,
    rows: usize,
    needs: Needs,
) -> Result<Answer, Failure> {
    if header.kind != Kind::Clusterer {
        check_codes(&answer, &header.classes, header.labels.len())?;
    }
    let of = |what: &str, found: Option<usize>, expected: usize| match found {
        Some(found) if found == expected => Ok(()),
        found => Err(reject(format!(
            "the guest answered {} {what} for {rows} rows, and {expected} were due",
            found.unwrap_or(0)
        ))),
    };
    let (classes, numbers) = match header.kind {
        Kind::Regressor => (None, answer.numbers.filter(|_| needs.answers)),
        Kind::Classifier | Kind::Clusterer => (answer.classes.filter(|_| needs.answers), None),
    };
    if needs.answers {
        let found = classes.as_ref().map(Vec::len);
        let found = found.or(numbers.as_ref().map(Vec::len));
        of("predictions", found, rows)?;
    }
    let probabilities = answer.probabilities.filter(|_| needs.probabilities);
    if needs.probabilities {
        let found = probabilities.as_ref().map(Vec::len);
        of("probabilities", found, rows * header.classes.len())?;
    }
    Ok(Answer {
        classes,
        numbers,
        probabilities,
        decision: answer.decision.filter(|_| needs.decision),
    })
}

#[cfg(test)]
mod tests {
    use pleat_core::digest::Digest;
    use pleat_core::pipeline::Pipeline;

    use super::*;

    fn header(labels: &[&str]) -> ModelHeader {
        let frame = pleat_core::data::Frame::new(0, Vec::new()).unwrap();
        let on = pleat_core::pipeline::FitOn {
            train: &[],
            target: None,
            weights: None,
        };
        let digest = Digest::of(b"");
        ModelHeader {
            job: Some(digest),
            candidate: pleat_core::task::Params::default(),
            component: digest,
            estimator: String::new(),
            kind: match labels {
                [] => Kind::Regressor,
                _ => Kind::Classifier,
            },
            probabilities: true,
            decision: true,
            target: None,
            columns: Vec::new(),
            pipeline: Pipeline::default().fit_transform(&frame, &on).unwrap().0,
            categories: Vec::new(),
            labels: labels
                .iter()
                .map(|l| pleat_core::data::Label::Text((*l).into()))
                .collect(),
            classes: (0..).take(labels.len()).collect(),
            rows: 0,
            learned: pleat_core::model::Learned::default(),
        }
    }

    #[test]
    fn a_guest_answers_each_row_with_what_there_is() {
        let all = Needs {
            answers: true,
            probabilities: true,
            decision: false,
        };
        let answer = |classes: &[u32], probabilities: usize| Answer {
            classes: Some(classes.to_vec()),
            probabilities: Some(vec![0.5; probabilities]),
            numbers: Some(vec![1.0]),
            decision: Some(vec![1.0]),
        };
        let two = header(&["a", "b"]);
        // What nobody asked for goes no further.
        let good = checked(answer(&[0, 1, 1], 6), &two, 3, all).unwrap();
        assert_eq!((good.numbers, good.decision), (None, None));
        for (lying, said) in [
            (
                answer(&[0, 1], 6),
                "2 predictions for 3 rows, and 3 were due",
            ),
            (answer(&[0, 1, 1, 1], 6), "4 predictions"),
            (answer(&[0, 2, 1], 6), "class 2"),
            (
                answer(&[0, 1, 1], 5),
                "5 probabilities for 3 rows, and 6 were due",
            ),
            (answer(&[0, 1, 1], 9), "9 probabilities"),
            (Answer::default(), "0 predictions"),
        ] {
            let refused = checked(lying, &two, 3, all).unwrap_err();
            assert!(refused.message.contains(said), "{refused:?}");
        }
        let number = header(&[]);
        let answers = Needs {
            probabilities: false,
            ..all
        };
        let good = checked(answer(&[], 0), &number, 1, answers).unwrap();
        assert_eq!((good.classes, good.numbers), (None, Some(vec![1.0])));
        assert!(checked(answer(&[], 0), &number, 2, answers).is_err());
    }
}
