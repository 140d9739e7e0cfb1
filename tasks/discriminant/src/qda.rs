//! `QuadraticDiscriminantAnalysis`: its description and its glue. The
//! arithmetic is in [`quadratic`](crate::quadratic).
//!
//! Candidates that differ in priors, `reg_param` and `tol` share the axes.

use std::rc::Rc;

use pleat_guest::{
    Attribute, Error, Estimator, Fit, Info, Model, Outputs, Params, Prediction, Rows, decode,
    domain::*, encode,
};
use pleat_num::math::ln;
use serde::{Deserialize, Serialize};

use crate::groups::Groups;
use crate::quadratic::{Axes, Failure, Solver};
use crate::{checked_priors, groups_of, shrinkage, softmax};

const NAME: &str = "QuadraticDiscriminantAnalysis";

/// scikit-learn's `QuadraticDiscriminantAnalysis`.
pub struct QuadraticDiscriminantAnalysis {
    solver: Solver,
    priors: Option<Vec<f64>>,
    reg_param: f64,
    store_covariance: bool,
    tol: f64,
}

/// What the candidates of one fitting share: axes, and how they were found.
pub type Shared = Option<(Solver, Rc<Vec<Axes>>)>;

/// A fitted [`QuadraticDiscriminantAnalysis`].
#[derive(Serialize, Deserialize)]
pub struct FittedQuadratic {
    classes: Vec<u32>,
    priors: Vec<f64>,
    /// Class after class.
    means: Vec<f64>,
    axes: Vec<Axes>,
    store_covariance: bool,
}

impl Estimator for QuadraticDiscriminantAnalysis {
    type Model = FittedQuadratic;
    type Shared = Shared;

    fn info() -> Info {
        Info::classifier(
            NAME,
            "Classes as normal densities, each of a covariance of its own.",
        )
        .param(
            "solver",
            "svd",
            words(["svd", "eigen"]),
            "How the axes of a class are found: from its rows, or from its covariance.",
        )
        .param(
            "shrinkage",
            (),
            none().or(words(["auto"])).or(numbers(0.0..=1.0)),
            "How far a covariance is drawn to the identity, by Ledoit and Wolf if auto; eigen only.",
        )
        .param(
            "priors",
            (),
            json().or(none()),
            "The probability of each class; as frequent as in the training rows if None.",
        )
        .param(
            "reg_param",
            0.0,
            numbers(0.0..=1.0),
            "How far variances along axes are drawn to 1; svd only.",
        )
        .param(
            "store_covariance",
            false,
            boolean(),
            "Whether the covariances are kept, to be looked at.",
        )
        .param(
            "tol",
            1e-4,
            at_least(0.0),
            "A class is refused that has a variance not above this along some axis.",
        )
        .probabilities()
        .decision()
        .shares(&["priors", "reg_param", "store_covariance", "tol"])
    }

    fn new(params: &Params) -> Result<Self, Error> {
        let shrinkage = shrinkage(params)?;
        let solvers = [("svd", Solver::Svd), ("eigen", Solver::Eigen(shrinkage))];
        let solver = params.choice("solver", &solvers)?;
        if let (Solver::Svd, Some(_)) = (solver, shrinkage) {
            return Err(Error::InvalidParams(format!(
                "The 'shrinkage' parameter of {NAME} must be None where the solver is 'svd'. Got {} \
                 instead; the solver 'eigen' takes it.",
                params.value("shrinkage")?,
            )));
        }
        Ok(QuadraticDiscriminantAnalysis {
            solver,
            priors: params.get("priors")?,
            reg_param: params.get("reg_param")?,
            store_covariance: params.get("store_covariance")?,
            tol: params.get("tol")?,
        })
    }

    fn fit(&self, train: &Rows<'_>, fit: &mut Fit<'_, Self>) -> Result<FittedQuadratic, Error> {
        let classes = train.classes();
        if let [only] = classes[..] {
            return Err(Error::InvalidData(format!(
                "{NAME} needs rows of at least two classes; all are of class {only}."
            )));
        }
        let priors = match &self.priors {
            Some(priors) => checked_priors(NAME, priors, classes.len())?.to_vec(),
            None => {
                let mut shares = vec![0.0; classes.len()];
                train
                    .places()
                    .into_iter()
                    .for_each(|place| shares[place] += 1.0);
                shares
                    .iter_mut()
                    .for_each(|share| *share /= train.len() as f64);
                shares
            }
        };
        let groups = groups_of(train, classes.len());
        let found = self.axes(&groups, &classes, fit.shared)?;
        let axes = match self.solver {
            Solver::Svd => found
                .iter()
                .map(|axes| axes.regularised(self.reg_param))
                .collect(),
            Solver::Eigen(_) => found.to_vec(),
        };
        for ((axes, class), n) in axes.iter().zip(&classes).zip(groups.counts()) {
            self.full_rank(axes, *class, n, train.n_columns())?;
        }
        Ok(FittedQuadratic {
            classes,
            priors,
            means: groups.means().to_vec(),
            axes,
            store_covariance: self.store_covariance,
        })
    }
}

impl QuadraticDiscriminantAnalysis {
    /// The axes of all classes, found once for all candidates.
    fn axes(
        &self,
        groups: &Groups,
        classes: &[u32],
        shared: &mut Shared,
    ) -> Result<Rc<Vec<Axes>>, Error> {
        if let Some((solver, axes)) = shared
            && *solver == self.solver
        {
            return Ok(axes.clone());
        }
        let of_class = |(place, class): (usize, &u32)| {
            Axes::new(groups, place, self.solver).map_err(|failure| {
                Error::InvalidData(match failure {
                    Failure::OneRow => {
                        format!("{NAME}: one row of class {class} is too few for a covariance.")
                    }
                    Failure::NotFinite => format!(
                        "{NAME}: the covariance of class {class} is beyond all numbers; scale the data."
                    ),
                })
            })
        };
        let axes: Result<Vec<Axes>, Error> = classes.iter().enumerate().map(of_class).collect();
        let axes = Rc::new(axes?);
        *shared = Some((self.solver, axes.clone()));
        Ok(axes)
    }

    /// Whether a class has some variance along each of its axes.
    fn full_rank(&self, axes: &Axes, class: u32, n: usize, columns: usize) -> Result<(), Error> {
        let rank = axes.variances.iter().filter(|v| **v > self.tol).count();
        if rank >= columns {
            return Ok(());
        }
        let remedy = match self.solver {
            Solver::Svd if n <= columns => format!(
                "Its {n} rows are too few for {columns} columns; solver = 'eigen' with a shrinkage \
                 can do with that."
            ),
            Solver::Svd => "Raise reg_param.".into(),
            Solver::Eigen(_) => "Raise shrinkage.".into(),
        };
        Err(Error::InvalidData(format!(
            "{NAME}: the covariance of class {class} is not of full rank: {rank} of {columns} axes have \
             a variance above tol = {:?}. {remedy}",
            self.tol
        )))
    }
}

impl FittedQuadratic {
    fn columns(&self) -> usize {
        self.means.len() / self.classes.len()
    }

    /// The logarithm of prior times density, row after row.
    fn scores(&self, rows: &Rows<'_>) -> Vec<f64> {
        let (n, columns) = (self.classes.len(), self.columns());
        let values = rows.row_major();
        let mut scores = vec![0.0; rows.len() * n];
        let means = self.means.chunks_exact(columns);
        for (class, ((axes, mean), prior)) in
            self.axes.iter().zip(means).zip(&self.priors).enumerate()
        {
            let prior = ln(*prior);
            let places = scores.iter_mut().skip(class).step_by(n);
            for (place, density) in places.zip(axes.log_density(&values, mean)) {
                *place = density + prior;
            }
        }
        scores
    }
}

impl Model for FittedQuadratic {
    fn classes(&self) -> &[u32] {
        &self.classes
    }

    fn predict(&self, rows: &Rows<'_>, outputs: Outputs) -> Result<Prediction, Error> {
        let scores = self.scores(rows);
        let n = self.classes.len();
        let prediction = Prediction::highest(&self.classes, &scores);
        let probabilities = outputs
            .contains(Outputs::PROBABILITIES)
            .then(|| scores.chunks_exact(n).flat_map(softmax).collect());
        Ok(Prediction {
            probabilities,
            decision: Some(match n {
                2 => scores.chunks_exact(2).map(|row| row[1] - row[0]).collect(),
                _ => scores,
            }),
            ..prediction
        })
    }

    fn save(&self) -> Result<Vec<u8>, Error> {
        encode(self)
    }

    fn load(bytes: &[u8]) -> Result<Self, Error> {
        decode(bytes)
    }

    /// An axis's sign means nothing, so it may be the other than
    /// scikit-learn's.
    fn attributes(&self) -> Vec<Attribute> {
        let (n, columns) = (self.classes.len() as u32, self.columns());
        let square = |name: &str, values: Vec<f64>| Attribute {
            name: name.into(),
            shape: vec![n, columns as u32, columns as u32],
            values,
        };
        let variances = self.axes.iter().flat_map(|axes| &axes.variances);
        // An axis is a column there.
        let rotation = |axes: &Axes| pleat_num::dense::transpose(&axes.vectors, columns);
        let mut attributes = vec![
            Attribute::matrix("means_", columns, self.means.clone()),
            Attribute::vector("priors_", self.priors.clone()),
            square("rotations_", self.axes.iter().flat_map(rotation).collect()),
            Attribute::matrix("scalings_", columns, variances.copied().collect()),
        ];
        if self.store_covariance {
            let covariances = self.axes.iter().flat_map(|axes| axes.covariance(columns));
            attributes.push(square("covariance_", covariances.collect()));
        }
        attributes
    }
}
