//! SVC: its description and glue.

use std::rc::Rc;

use pleat_guest::{
    Attribute, Error, Estimator, Fit, Info, Model, Outputs, Params, Prediction, Rows, Value,
    decode, domain::*, encode,
};
use serde::{Deserialize, Serialize};

use crate::settings::{Settings, Shared, not_converged, not_finite, weighted};
use crate::solver::Rules;
use crate::vectors::Vectors;
use crate::votes::{Machines, Trained, scores, winner};

/// scikit-learn's `SVC`.
#[derive(Clone, Debug, PartialEq)]
pub struct SVC {
    settings: Settings,
    balanced: bool,
    answers: Answers,
}

/// How the machines' values are turned into answers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Answers {
    /// Whether decision scores are one for each class, not for each two.
    one_vs_rest: bool,
    break_ties: bool,
}

/// A fitted [`SVC`].
#[derive(Serialize, Deserialize)]
pub struct FittedSVC {
    classes: Vec<u32>,
    answers: Answers,
    machines: Rc<Machines>,
}

impl Estimator for SVC {
    type Model = FittedSVC;
    type Shared = Shared;

    fn info() -> Info {
        let info = Info::classifier(
            "SVC",
            "The widest margin between every two classes, as seen through a kernel.",
        );
        SVC::describe(info, "")
            .param(
                "decision_function_shape",
                "ovr",
                words(["ovr", "ovo"]),
                "Whether decision scores are one for each class or for each two, of which the latter cannot be given for more than two classes.",
            )
            .param(
                "break_ties",
                false,
                boolean(),
                "Whether of equally many votes the surest wins, not the first class.",
            )
            .weights()
            .decision()
            .shares(&[
                "C",
                "shrinking",
                "tol",
                "max_iter",
                "class_weight",
                "decision_function_shape",
                "break_ties",
            ])
    }

    fn new(params: &Params) -> Result<Self, Error> {
        let shape = [("ovr", true), ("ovo", false)];
        let answers = Answers {
            one_vs_rest: params.choice("decision_function_shape", &shape)?,
            break_ties: params.get("break_ties")?,
        };
        if answers.break_ties && !answers.one_vs_rest {
            return Err(Error::InvalidParams(
                "The 'break_ties' parameter of SVC must be False where decision_function_shape is \
                 'ovo'. Got True instead."
                    .into(),
            ));
        }
        SVC::of(params, "", answers)
    }

    fn fit(&self, train: &Rows<'_>, fit: &mut Fit<'_, Self>) -> Result<FittedSVC, Error> {
        let (fitted, converged) = self.learn(train, fit.shared)?;
        if !converged {
            fit.warn(not_converged("SVC", self.settings.rules));
        }
        Ok(fitted)
    }
}

impl SVC {
    /// Describes what decides over the machines, under names that begin with
    /// `prefix`.
    pub(crate) fn describe(info: Info, prefix: &str) -> Info {
        Settings::describe(info, prefix).param(
            &format!("{prefix}class_weight"),
            (),
            words(["balanced"]).or(none()),
            "balanced makes errors on rare classes cost more.",
        )
    }

    /// By these parameters, with a decision score for each class.
    pub(crate) fn scoring(params: &Params, prefix: &str) -> Result<Self, Error> {
        let answers = Answers {
            one_vs_rest: true,
            break_ties: false,
        };
        SVC::of(params, prefix, answers)
    }

    fn of(params: &Params, prefix: &str, answers: Answers) -> Result<Self, Error> {
        let weight = params.value(&format!("{prefix}class_weight"))?;
        Ok(SVC {
            settings: Settings::new(params, prefix)?,
            balanced: !matches!(weight, Value::None),
            answers,
        })
    }

    /// When to stop.
    pub(crate) fn rules(&self) -> Rules {
        self.settings.rules
    }

    /// Fits, and says whether all machines converged.
    pub(crate) fn learn(
        &self,
        train: &Rows<'_>,
        shared: &mut Shared,
    ) -> Result<(FittedSVC, bool), Error> {
        let all = train.classes();
        if all.len() < 2 {
            return Err(Error::InvalidData(
                "SVC needs rows of two classes or more to fit; got 1 class.".into(),
            ));
        }
        let codes = train.codes();
        let (mut places, weights) = weighted("SVC", train)?;
        places.sort_by_key(|place| codes[*place]);
        // A class whose rows are all without weight is not learned.
        let learned = |class: &u32| places.iter().any(|place| codes[*place] == *class);
        let classes: Vec<u32> = all.iter().copied().filter(learned).collect();
        if classes.len() < 2 {
            return Err(Error::InvalidData(
                "SVC needs rows of two classes or more to fit; got weights above 0 in 1 class."
                    .into(),
            ));
        }
        let of_class = |class: u32| {
            let rows = codes.iter().filter(|code| **code == class).count();
            match self.balanced {
                true => train.len() as f64 / (all.len() as f64 * rows as f64),
                false => 1.0,
            }
        };
        let mut costs = Vec::with_capacity(places.len());
        let mut starts = vec![0];
        for class in &classes {
            let cost = self.settings.c * of_class(*class);
            let rows = places.iter().filter(|place| codes[**place] == *class);
            costs.extend(rows.map(|place| weights[*place] * cost));
            starts.push(costs.len());
        }
        let rules = self.settings.rules;
        let (kernel, solved) = shared.kernels(&self.settings, train, &places);
        let trained = Trained::new(solved, starts, &costs, rules);
        if !trained.is_finite() {
            return Err(not_finite("SVC"));
        }
        let converged = trained.converged();
        let fitted = FittedSVC {
            classes,
            answers: self.answers,
            machines: shared.machines(trained, |trained| {
                let support = trained.support();
                let places: Vec<usize> = support.iter().map(|row| places[*row]).collect();
                trained.machines(kernel, &support, Vectors::new(train, &places))
            }),
        };
        Ok((fitted, converged))
    }
}

impl Model for FittedSVC {
    fn classes(&self) -> &[u32] {
        &self.classes
    }

    fn predict(&self, rows: &Rows<'_>, outputs: Outputs) -> Result<Prediction, Error> {
        let n = self.classes.len();
        let scored = outputs.contains(Outputs::DECISION);
        if scored && n > 2 && !self.answers.one_vs_rest {
            return Err(Error::Unsupported(format!(
                "SVC gives decision scores of {n} classes only where decision_function_shape is 'ovr'."
            )));
        }
        let mut classes = Vec::with_capacity(rows.len());
        let mut decision = Vec::new();
        self.machines.decide(rows, |values| {
            let of_classes =
                (n > 2 && (scored || self.answers.break_ties)).then(|| scores(values, n));
            let class = match &of_classes {
                Some(scores) if self.answers.break_ties => first_highest(scores),
                _ => winner(values, n),
            };
            classes.push(self.classes[class]);
            match of_classes {
                Some(scores) => decision.extend(scores),
                // Of two classes a score speaks for the second.
                None => decision.extend(values.iter().map(|value| -value)),
            }
        });
        Ok(Prediction {
            decision: scored.then_some(decision),
            ..Prediction::classes(classes)
        })
    }

    fn attributes(&self) -> Vec<Attribute> {
        self.machines.attributes()
    }

    fn save(&self) -> Result<Vec<u8>, Error> {
        encode(self)
    }

    fn load(bytes: &[u8]) -> Result<Self, Error> {
        decode(bytes)
    }
}

fn first_highest(scores: &[f64]) -> usize {
    let places = (0..scores.len()).rev();
    places
        .max_by(|a, b| scores[*a].total_cmp(&scores[*b]))
        .unwrap_or(0)
}
