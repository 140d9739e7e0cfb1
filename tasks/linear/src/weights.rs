//! What each row weighs: its own weight, times that of its class.

use pleat_guest::{Error, Params, Rows, Value};
use pleat_num::sum;

/// The job's weights; an error if nothing has any.
pub fn of_rows(estimator: &str, train: &Rows<'_>) -> Result<Option<Vec<f64>>, Error> {
    let weights = train.weights();
    if weights.iter().any(|w| w.iter().all(|w| *w == 0.0)) {
        return Err(Error::InvalidData(format!(
            "{estimator}: the weights of all rows are 0."
        )));
    }
    Ok(weights)
}

/// scikit-learn's `class_weight`. A dict of labels is not offered: a task is
/// not told what its classes are called.
#[derive(Clone, Copy, PartialEq)]
pub enum ClassWeight {
    /// None: all weigh the same.
    Equal,
    /// `"balanced"`: the rarer, the more.
    Balanced,
}

impl ClassWeight {
    /// What a candidate asks for.
    pub fn of(params: &Params) -> Result<Self, Error> {
        match params.value("class_weight")? {
            Value::None => Ok(ClassWeight::Equal),
            _ => params.choice("class_weight", &[("balanced", ClassWeight::Balanced)]),
        }
    }

    /// The factor of each class, given how much of each class there is.
    #[must_use]
    pub fn factors(self, amounts: &[f64]) -> Vec<f64> {
        match self {
            ClassWeight::Equal => vec![1.0; amounts.len()],
            ClassWeight::Balanced => {
                let fair = sum::pairwise(amounts) / amounts.len() as f64;
                let factor = |amount: &f64| if *amount > 0.0 { fair / amount } else { 0.0 };
                amounts.iter().map(factor).collect()
            }
        }
    }
}

/// How much of each class there is: its rows, or their weights.
#[must_use]
pub fn amounts(places: &[usize], n_classes: usize, weights: Option<&[f64]>) -> Vec<f64> {
    let mut out = vec![0.0; n_classes];
    for (row, place) in places.iter().enumerate() {
        out[*place] += weights.map_or(1.0, |w| w[row]);
    }
    out
}
