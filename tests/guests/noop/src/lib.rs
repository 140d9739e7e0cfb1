//! A task that learns nothing: what it costs is what everything else costs.

use pleat_guest::{Error, Estimator, Fit, Info, Model, Outputs, Params, Prediction, Rows};

/// Answers the first class of its training rows, whatever the features.
pub struct Noop;

/// The classes of the training rows.
pub struct First(Vec<u32>);

impl Estimator for Noop {
    type Model = First;
    type Shared = ();

    fn info() -> Info {
        Info::classifier("Noop", "Answers the first class, whatever the features.").probabilities()
    }

    fn new(_: &Params) -> Result<Self, Error> {
        Ok(Noop)
    }

    fn fit(&self, train: &Rows<'_>, _: &mut Fit<'_, Self>) -> Result<First, Error> {
        Ok(First(train.classes()))
    }
}

impl Model for First {
    fn classes(&self) -> &[u32] {
        &self.0
    }

    fn predict(&self, rows: &Rows<'_>, _: Outputs) -> Result<Prediction, Error> {
        let mut certain = vec![0.0; self.0.len()];
        certain[0] = 1.0;
        Ok(Prediction::probable(&self.0, certain.repeat(rows.len())))
    }

    fn save(&self) -> Result<Vec<u8>, Error> {
        Ok(self
            .0
            .iter()
            .flat_map(|class| class.to_le_bytes())
            .collect())
    }

    fn load(bytes: &[u8]) -> Result<Self, Error> {
        match bytes.as_chunks() {
            ([], _) | (_, [_, ..]) => Err(Error::InvalidData(
                "a saved Noop is one or more classes".into(),
            )),
            (classes, []) => Ok(First(
                classes.iter().copied().map(u32::from_le_bytes).collect(),
            )),
        }
    }
}

pleat_guest::export!(Noop);

#[cfg(test)]
mod tests {
    use super::*;
    use pleat_guest::{candidate, native};

    #[test]
    fn answers_the_first_class() {
        let data = native::classes(native::data(&[[0.0], [1.0], [2.0]]), &[2, 1, 0]);
        let answer = native::fit_predict::<Noop>(data, &[0, 1], &[2, 0], candidate! {});
        let expected = Prediction {
            classes: Some(vec![1, 1]),
            probabilities: Some(vec![1.0, 0.0, 1.0, 0.0]),
            ..Prediction::default()
        };
        assert_eq!(answer, Ok(expected));
    }
}
