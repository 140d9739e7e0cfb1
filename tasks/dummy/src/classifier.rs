//! `DummyClassifier`: its description and its glue.

use pleat_guest::{
    Error, Estimator, Fit, Info, Model, Outputs, Params, Prediction, Rows, decode, domain::*,
    encode,
};
use pleat_num::rng::RandomState;
use pleat_num::sum::pairwise;
use serde::{Deserialize, Serialize};

use crate::draws::multinomial;

/// scikit-learn's `DummyClassifier`.
pub struct DummyClassifier {
    strategy: Strategy,
    seed: u32,
}

#[derive(Clone, Copy)]
enum Strategy {
    MostFrequent,
    Prior,
    Stratified,
    Uniform,
    Constant(u32),
}

/// A fitted [`DummyClassifier`].
#[derive(Serialize, Deserialize)]
pub struct FittedClassifier {
    classes: Vec<u32>,
    answer: Answer,
}

#[derive(Serialize, Deserialize)]
enum Answer {
    /// The same class, with these probabilities.
    Same { place: u32, probabilities: Vec<f64> },
    /// Drawn by these shares anew for each call, from this seed.
    Stratified { shares: Vec<f64>, seed: u32 },
    /// Drawn evenly.
    Uniform { seed: u32 },
}

impl Estimator for DummyClassifier {
    type Model = FittedClassifier;
    type Shared = ();

    fn info() -> Info {
        Info::classifier(
            "DummyClassifier",
            "Answers without a look at the features: what any other classifier should beat.",
        )
        .param(
            "strategy",
            "prior",
            words([
                "most_frequent",
                "prior",
                "stratified",
                "uniform",
                "constant",
            ]),
            "The most frequent class (with how frequent each is as probabilities for prior), one \
             drawn by frequency, one drawn evenly, or a constant one.",
        )
        .param(
            "random_state",
            0i64,
            none().or(integers(0..=i64::from(u32::MAX))),
            "What the draws start from; None is 0.",
        )
        .param(
            "constant",
            (),
            none().or(integers(0..=i64::from(u32::MAX))),
            "The class of the constant strategy: its place among all classes in order, from 0.",
        )
        .probabilities()
        .weights()
        .missing()
    }

    fn new(params: &Params) -> Result<Self, Error> {
        let constant: Option<u32> = params.get("constant")?;
        let strategy = params.choice(
            "strategy",
            &[
                ("most_frequent", Some(Strategy::MostFrequent)),
                ("prior", Some(Strategy::Prior)),
                ("stratified", Some(Strategy::Stratified)),
                ("uniform", Some(Strategy::Uniform)),
                ("constant", constant.map(Strategy::Constant)),
            ],
        )?;
        Ok(DummyClassifier {
            strategy: strategy.ok_or_else(|| {
                Error::InvalidParams(
                    "Constant target value has to be specified when the constant strategy is used."
                        .into(),
                )
            })?,
            seed: params.get::<Option<u32>>("random_state")?.unwrap_or(0),
        })
    }

    fn fit(&self, train: &Rows<'_>, _: &mut Fit<'_, Self>) -> Result<FittedClassifier, Error> {
        let classes = train.classes();
        let weights = train.weights();
        let mut shares = vec![0.0; classes.len()];
        for (row, place) in train.places().into_iter().enumerate() {
            shares[place] += weights.as_ref().map_or(1.0, |w| w[row]);
        }
        let all = pairwise(&shares);
        if all == 0.0 {
            let sentence = "DummyClassifier: the weights of all rows are 0.";
            return Err(Error::InvalidData(sentence.into()));
        }
        shares.iter_mut().for_each(|share| *share /= all);
        let seed = self.seed;
        let answer = match self.strategy {
            Strategy::MostFrequent => Answer::certain(first_highest(&shares), classes.len()),
            Strategy::Prior => Answer::Same {
                place: first_highest(&shares) as u32,
                probabilities: shares,
            },
            Strategy::Stratified => Answer::Stratified { shares, seed },
            Strategy::Uniform => Answer::Uniform { seed },
            Strategy::Constant(constant) => {
                let place = classes.iter().position(|class| *class == constant);
                let place = place.ok_or_else(|| {
                    Error::InvalidParams(format!(
                        "The constant target value must be present in the training data. You \
                         provided constant={constant}. Possible values are: {classes:?}."
                    ))
                })?;
                Answer::certain(place, classes.len())
            }
        };
        Ok(FittedClassifier { classes, answer })
    }
}

fn first_highest(shares: &[f64]) -> usize {
    (0..shares.len()).fold(0, |best, i| if shares[i] > shares[best] { i } else { best })
}

fn one_hot(place: usize, n_classes: usize) -> impl Iterator<Item = f64> {
    (0..n_classes).map(move |class| f64::from(u8::from(class == place)))
}

impl Answer {
    fn certain(place: usize, n_classes: usize) -> Self {
        Answer::Same {
            place: place as u32,
            probabilities: one_hot(place, n_classes).collect(),
        }
    }
}

impl Model for FittedClassifier {
    fn classes(&self) -> &[u32] {
        &self.classes
    }

    /// Every call draws from the start, as scikit-learn's do where
    /// `random_state` is a number.
    fn predict(&self, rows: &Rows<'_>, _: Outputs) -> Result<Prediction, Error> {
        let n = self.classes.len();
        let (places, probabilities): (Vec<usize>, Vec<f64>) = match &self.answer {
            Answer::Same {
                place,
                probabilities,
            } => (
                vec![*place as usize; rows.len()],
                probabilities.repeat(rows.len()),
            ),
            Answer::Stratified { shares, seed } => {
                let mut draws = RandomState::new(*seed);
                let draw = |_| multinomial(&mut draws, shares);
                let places: Vec<usize> = (0..rows.len()).map(draw).collect();
                let certain = places.iter().flat_map(|place| one_hot(*place, n)).collect();
                (places, certain)
            }
            Answer::Uniform { seed } => {
                let mut draws = RandomState::new(*seed);
                let draw = |_| draws.interval(n as u64 - 1) as usize;
                (
                    (0..rows.len()).map(draw).collect(),
                    vec![1.0 / n as f64; rows.len() * n],
                )
            }
        };
        Ok(Prediction {
            probabilities: Some(probabilities),
            ..Prediction::classes(places.iter().map(|place| self.classes[*place]).collect())
        })
    }

    fn save(&self) -> Result<Vec<u8>, Error> {
        encode(self)
    }

    fn load(bytes: &[u8]) -> Result<Self, Error> {
        decode(bytes)
    }
}
