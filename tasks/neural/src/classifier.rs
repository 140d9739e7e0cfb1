//! MLPClassifier: its description and glue.

use pleat_guest::{
    Attribute, Error, Estimator, Fit, Info, Model, Outputs, Params, Prediction, Rows, decode,
    encode,
};
use serde::{Deserialize, Serialize};

use crate::fitting::{Fitted, Problem};
use crate::loss::Loss;
use crate::settings::Settings;

const NAME: &str = "MLPClassifier";

/// scikit-learn's `MLPClassifier`.
pub struct MLPClassifier {
    settings: Settings,
}

/// A fitted [`MLPClassifier`].
#[derive(Serialize, Deserialize)]
pub struct FittedClassifier {
    classes: Vec<u32>,
    fitted: Fitted,
}

impl Estimator for MLPClassifier {
    type Model = FittedClassifier;
    type Shared = ();

    fn info() -> Info {
        let info = Info::classifier(
            NAME,
            "Layers of neurons, of which the last give a probability for each class.",
        );
        Settings::describe(info)
            .probabilities()
            .weights()
            .warm_start()
    }

    fn new(params: &Params) -> Result<Self, Error> {
        Ok(MLPClassifier {
            settings: Settings::new(NAME, params)?,
        })
    }

    fn fit(&self, train: &Rows<'_>, fit: &mut Fit<'_, Self>) -> Result<FittedClassifier, Error> {
        let classes = train.classes();
        let earlier = fit.earlier()?;
        if let Some(earlier) = &earlier
            && earlier.classes != classes
        {
            return Err(Error::InvalidData(format!(
                "{NAME} can go on only with the classes it has learned, {:?}; got {classes:?}.",
                earlier.classes
            )));
        }
        let (loss, width) = match classes.len() {
            0..=2 => (Loss::Binary, 1),
            several => (Loss::Softmax, several),
        };
        let problem = Problem {
            name: NAME,
            train,
            y: train
                .places()
                .into_iter()
                .map(|place| place as f64)
                .collect(),
            loss,
            width,
        };
        let mut warnings = Vec::new();
        let earlier = earlier.map(|model| model.fitted);
        let fitted = problem.fit(&self.settings, earlier, &mut warnings)?;
        warnings.into_iter().for_each(|warning| fit.warn(warning));
        Ok(FittedClassifier { classes, fitted })
    }
}

impl Model for FittedClassifier {
    fn classes(&self) -> &[u32] {
        &self.classes
    }

    fn predict(&self, rows: &Rows<'_>, _: Outputs) -> Result<Prediction, Error> {
        let answers = self.fitted.answers(rows);
        let probabilities = match self.classes.len() {
            1 => vec![1.0; rows.len()],
            2 => answers.iter().flat_map(|p| [1.0 - p, *p]).collect(),
            _ => answers,
        };
        Ok(Prediction::probable(&self.classes, probabilities))
    }

    fn save(&self) -> Result<Vec<u8>, Error> {
        encode(self)
    }

    fn load(bytes: &[u8]) -> Result<Self, Error> {
        decode(bytes)
    }

    fn attributes(&self) -> Vec<Attribute> {
        self.fitted.attributes()
    }
}
