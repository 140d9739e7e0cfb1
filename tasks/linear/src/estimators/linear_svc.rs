//! `LinearSVC`: one line for two classes, one against the rest for each of
//! more.

use pleat_guest::{
    Attribute, Error, Estimator, Fit, Info, Model, Outputs, Params, Prediction, Rows, Value,
    decode, domain::*, encode,
};
use serde::{Deserialize, Serialize};

use super::margin::{self, Settings};
use super::{beyond, lines};
use crate::line::Line;
use crate::margin::draws::Draws;
use crate::margin::primal::{Margin, Primal};
use crate::margin::problem::Problem;
use crate::margin::{Solved, absolute, dual, trust};
use crate::row_major::RowMajor;
use crate::scores::Scores;
use crate::weights::{self, ClassWeight};

const NAME: &str = "LinearSVC";

/// scikit-learn's `LinearSVC`.
pub struct LinearSVC {
    settings: Settings,
    class_weight: ClassWeight,
    solver: Solver,
}

/// What is minimised, and how.
#[derive(Clone, Copy)]
enum Solver {
    /// Row by row.
    Dual,
    /// All coefficients at once.
    Primal,
    /// Whichever is for as many rows and columns.
    Fitting,
    /// Column by column.
    Absolute,
}

/// A fitted [`LinearSVC`].
#[derive(Serialize, Deserialize)]
pub struct FittedLinearSvc {
    scores: Scores,
    n_iter: u64,
}

impl Estimator for LinearSVC {
    type Model = FittedLinearSvc;
    type Shared = ();

    fn info() -> Info {
        let info = Info::classifier(NAME, "Lines with a wide margin between classes.")
            .param(
                "penalty",
                "l2",
                words(["l2", "l1"]),
                "Whether squared coefficients are penalised, or absolute ones.",
            )
            .param(
                "loss",
                "squared_hinge",
                words(["squared_hinge", "hinge"]),
                "Whether squared errors cost, or errors.",
            );
        let info = info
            .param("dual", "auto", boolean().or(words(["auto"])), margin::DUAL)
            .param("tol", 1e-4, above(0.0), "How far from the optimum to stop.")
            .param(
                "C",
                1.0,
                above(0.0),
                "What an error costs; the smaller, the smoother.",
            )
            .param(
                "multi_class",
                "ovr",
                words(["ovr"]),
                "Each class is parted from the rest.",
            );
        margin::describe_intercept(info)
            .param(
                "class_weight",
                (),
                none().or(words(["balanced"])),
                "balanced: rows of rare classes weigh more, so that all classes weigh the same.",
            )
            .param(
                "random_state",
                (),
                none().or(integers(0..=i64::from(u32::MAX))),
                "The seed of the order rows come in, or columns; 0 if None.",
            )
            .param(
                "max_iter",
                1000,
                integers(0..),
                "How many iterations at most.",
            )
            .decision()
            .weights()
    }

    fn new(params: &Params) -> Result<Self, Error> {
        let settings = Settings::new(NAME, params, "squared_hinge")?;
        let absolute = params.choice("penalty", &[("l1", true), ("l2", false)])?;
        let dual = match params.value("dual")? {
            Value::Boolean(dual) => Some(*dual),
            _ => None,
        };
        let solver = match (absolute, settings.squared, dual) {
            (true, true, Some(false) | None) => Solver::Absolute,
            (false, true, None) => Solver::Fitting,
            (false, true, Some(false)) => Solver::Primal,
            (false, _, Some(true)) | (false, false, None) => Solver::Dual,
            _ => {
                return Err(Error::InvalidParams(format!(
                    "{NAME}: there is no way to fit penalty = {}, loss = {}, dual = {}. 'l1' needs \
                     'squared_hinge' and dual = False, 'hinge' needs 'l2' and dual = True.",
                    params.value("penalty")?,
                    params.value("loss")?,
                    params.value("dual")?
                )));
            }
        };
        Ok(LinearSVC {
            settings,
            class_weight: ClassWeight::of(params)?,
            solver,
        })
    }

    fn fit(&self, train: &Rows<'_>, fit: &mut Fit<'_, Self>) -> Result<FittedLinearSvc, Error> {
        let classes = train.classes();
        lines::at_least_two(NAME, &classes, train.len())?;
        let weights = weights::of_rows(NAME, train)?;
        let places = train.places();
        let amounts = weights::amounts(&places, classes.len(), weights.as_deref());
        if amounts.iter().filter(|amount| **amount > 0.0).count() < 2 {
            return Err(Error::InvalidData(format!(
                "{NAME} needs rows of at least two classes, but all rows of weight are of one."
            )));
        }
        let factors = self.class_weight.factors(&amounts);
        let weights = weights.unwrap_or_else(|| vec![1.0; places.len()]);
        // Class after class, for so they are drawn from.
        let mut order: Vec<usize> = (0..places.len()).filter(|i| weights[*i] > 0.0).collect();
        order.sort_by_key(|i| places[*i]);
        let indices: Vec<u32> = order.iter().map(|i| train.indices()[*i]).collect();
        let task = Task {
            of: self,
            rows: &RowMajor::of(train.dataset()),
            all: train.len(),
            columns: train.n_columns(),
            places: order.iter().map(|i| places[*i]).collect(),
            weights: order.iter().map(|i| weights[*i]).collect(),
            indices,
        };
        let mut draws = Draws::new(self.settings.seed);
        let solved: Vec<Solved> = match classes.len() {
            2 => vec![task.part(1, factors[1], factors[0], &mut draws)?],
            n => (0..n)
                .map(|class| task.part(class, factors[class], 1.0, &mut draws))
                .collect::<Result<_, _>>()?,
        };
        let n_iter = solved.iter().map(|s| s.iterations).max().unwrap_or(0);
        self.settings
            .remark(n_iter)
            .into_iter()
            .for_each(|remark| fit.warn(remark));
        let line = |solved| self.settings.line(solved, train.n_columns());
        let lines: Vec<Line> = solved.into_iter().map(line).collect();
        if !lines.iter().all(Line::is_finite) {
            return Err(beyond(NAME));
        }
        let scores = Scores { classes, lines };
        Ok(FittedLinearSvc { scores, n_iter })
    }
}

/// The rows that have weight.
struct Task<'a> {
    of: &'a LinearSVC,
    rows: &'a RowMajor,
    /// How many there are, those without weight among them.
    all: usize,
    columns: usize,
    indices: Vec<u32>,
    places: Vec<usize>,
    weights: Vec<f64>,
}

impl Task<'_> {
    /// Parts a class from the rest, whose weights are multiplied with these.
    fn part(&self, class: usize, it: f64, rest: f64, draws: &mut Draws) -> Result<Solved, Error> {
        let settings = &self.of.settings;
        let is_it = |place: &usize| *place == class;
        let y: Vec<f64> = self
            .places
            .iter()
            .map(|place| if is_it(place) { 1.0 } else { -1.0 })
            .collect();
        let cost = |(place, w): (&usize, &f64)| {
            let factor = if is_it(place) { it } else { rest };
            w * (settings.c * factor)
        };
        let costs: Vec<f64> = self.places.iter().zip(&self.weights).map(cost).collect();
        let problem = Problem {
            rows: self.rows,
            indices: &self.indices,
            bias: settings.bias,
            y: &y,
            costs: &costs,
        };
        let members = self.places.iter().filter(|place| is_it(place)).count();
        let rare = members.min(y.len() - members).max(1);
        let tol = settings.rules().tol * rare as f64 / y.len() as f64;
        let (most, tick) = (settings.max_iter, |i| settings.tick(i));
        match self.of.solver {
            Solver::Absolute => {
                let x = self.signed(&problem);
                let signed = absolute::Signed {
                    x: &x,
                    costs: &costs,
                };
                absolute::minimise(&signed, tol, most, draws, tick)
            }
            Solver::Fitting if self.all < self.columns => {
                dual::classes(&problem, settings.rules(), draws, tick)
            }
            Solver::Dual => dual::classes(&problem, settings.rules(), draws, tick),
            Solver::Primal | Solver::Fitting => {
                let mut primal = Primal::new(&problem, Margin::Hinge);
                trust::minimise(&mut primal, problem.origin(), tol, most, tick)
            }
        }
    }

    /// Columns with the rows' signs multiplied in.
    fn signed(&self, problem: &Problem<'_>) -> Vec<f64> {
        let mut out = Vec::with_capacity((self.columns + 1) * problem.len());
        for column in 0..self.columns {
            let value = |(row, y): (&u32, &f64)| self.rows.row(*row)[column] * y;
            out.extend(self.indices.iter().zip(problem.y).map(value));
        }
        if problem.bias > 0.0 {
            out.extend(problem.y.iter().map(|y| y * problem.bias));
        }
        out
    }
}

impl Model for FittedLinearSvc {
    fn classes(&self) -> &[u32] {
        &self.scores.classes
    }

    fn predict(&self, rows: &Rows<'_>, _: Outputs) -> Result<Prediction, Error> {
        let decision = self.scores.decision(rows);
        Ok(Prediction {
            decision: Some(decision.clone()),
            ..self.scores.answers(&decision)
        })
    }

    fn save(&self) -> Result<Vec<u8>, Error> {
        encode(self)
    }

    fn load(bytes: &[u8]) -> Result<Self, Error> {
        decode(bytes)
    }

    fn attributes(&self) -> Vec<Attribute> {
        lines::attributes(&self.scores.lines, self.n_iter)
    }
}
