//! The parameters that MLPClassifier and MLPRegressor have in common.

use pleat_guest::{Error, Info, Params, Value, domain::*};

use crate::activation::Activation;
use crate::lbfgs::Limits;
use crate::optimizer::{Rules, Schedule};
use crate::stochastic::Plan;

/// How a network looks, and how it is found.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) hidden: Vec<usize>,
    pub(crate) activation: Activation,
    pub(crate) alpha: f64,
    pub(crate) seed: u32,
    pub(crate) solver: Solver,
}

/// What finds the weights.
#[derive(Clone, Debug)]
pub(crate) enum Solver {
    /// A batch at a time; a share of the rows may be held back.
    Stochastic(Plan, Option<f64>),
    /// All rows at once.
    Lbfgs(Limits),
}

impl Settings {
    /// Describes them.
    pub(crate) fn describe(info: Info) -> Info {
        let below_1 = || numbers(0.0..1.0);
        info.param(
            "hidden_layer_sizes",
            Value::Json("[100]".into()),
            json().or(integers(1..)),
            "How many neurons each hidden layer has; one number for one layer.",
        )
        .param(
            "activation",
            "relu",
            words(["identity", "logistic", "relu", "tanh"]),
            "What a hidden neuron makes of its sum.",
        )
        .param(
            "solver",
            "adam",
            words(["adam", "lbfgs", "sgd"]),
            "What finds the weights: lbfgs with all rows at once, the others a batch at a time.",
        )
        .param(
            "alpha",
            1e-4,
            at_least(0.0),
            "What squared coefficients cost.",
        )
        .param(
            "batch_size",
            "auto",
            words(["auto"]).or(integers(1..)),
            "Rows at a time; auto is 200, or all if there are fewer.",
        )
        .param(
            "learning_rate",
            "constant",
            words(["adaptive", "constant", "invscaling"]),
            "How the rate of 'sgd' changes.",
        )
        .param(
            "learning_rate_init",
            1e-3,
            above(0.0),
            "The first rate of 'sgd' and 'adam'.",
        )
        .param(
            "power_t",
            0.5,
            at_least(0.0),
            "The power by which 'invscaling' slows down.",
        )
        .param(
            "max_iter",
            200i64,
            integers(1..),
            "The most passes over the rows, or lines that 'lbfgs' searches.",
        )
        .param(
            "shuffle",
            true,
            boolean(),
            "Whether each pass takes the rows in another order.",
        )
        .param(
            "random_state",
            0i64,
            none().or(integers(0..=i64::from(u32::MAX))),
            "What the draws start from; None is 0.",
        )
        .param(
            "tol",
            1e-4,
            at_least(0.0),
            "What counts as better; for 'lbfgs', the slope that is flat enough.",
        )
        .param(
            "momentum",
            0.9,
            numbers(0.0..=1.0),
            "The share of its last step that 'sgd' takes again.",
        )
        .param(
            "nesterovs_momentum",
            true,
            boolean(),
            "Whether 'sgd' looks at the slope where momentum leads.",
        )
        .param(
            "early_stopping",
            false,
            boolean(),
            "Whether to hold rows back and stop when they are predicted no better.",
        )
        .param(
            "validation_fraction",
            0.1,
            below_1(),
            "The share of rows that early_stopping holds back.",
        )
        .param(
            "beta_1",
            0.9,
            below_1(),
            "How much of the mean slope 'adam' keeps.",
        )
        .param(
            "beta_2",
            0.999,
            below_1(),
            "How much of the mean squared slope 'adam' keeps.",
        )
        .param(
            "epsilon",
            1e-8,
            above(0.0),
            "What keeps the divisor of 'adam' from zero.",
        )
        .param(
            "n_iter_no_change",
            10i64,
            integers(1..),
            "How many passes without anything better are put up with.",
        )
        .param(
            "max_fun",
            15_000i64,
            integers(1..),
            "How often 'lbfgs' works out the loss, at most.",
        )
    }

    pub(crate) fn new(name: &str, params: &Params) -> Result<Self, Error> {
        let activations = [
            ("identity", Activation::Identity),
            ("logistic", Activation::Logistic),
            ("relu", Activation::Relu),
            ("tanh", Activation::Tanh),
        ];
        Ok(Settings {
            hidden: hidden(name, params.value("hidden_layer_sizes")?, params)?,
            activation: params.choice("activation", &activations)?,
            alpha: params.get("alpha")?,
            seed: params.get::<Option<u32>>("random_state")?.unwrap_or(0),
            solver: solver(params)?,
        })
    }
}

fn hidden(name: &str, value: &Value, params: &Params) -> Result<Vec<usize>, Error> {
    let refused = || {
        Error::InvalidParams(format!(
            "The 'hidden_layer_sizes' parameter of {name} must be an int in the range [1, inf) or \
             a list of such. Got {value} instead."
        ))
    };
    let sizes: Vec<usize> = match value {
        Value::Json(_) => params.get("hidden_layer_sizes").map_err(|_| refused())?,
        _ => vec![params.get("hidden_layer_sizes").map_err(|_| refused())?],
    };
    match sizes.contains(&0) {
        true => Err(refused()),
        false => Ok(sizes),
    }
}

fn solver(params: &Params) -> Result<Solver, Error> {
    let tol = params.get("tol")?;
    let max_iter = params.get("max_iter")?;
    // A word of each, checked and told apart below.
    let solver: String = params.get("solver")?;
    let rules = match solver.as_str() {
        "lbfgs" => {
            return Ok(Solver::Lbfgs(Limits {
                tol,
                max_iter,
                max_fun: params.get("max_fun")?,
            }));
        }
        "sgd" => {
            let power_t = params.get("power_t")?;
            let schedules = [
                ("constant", Schedule::Constant),
                ("invscaling", Schedule::Invscaling { power_t }),
                ("adaptive", Schedule::Adaptive),
            ];
            Rules::Sgd {
                schedule: params.choice("learning_rate", &schedules)?,
                momentum: params.get("momentum")?,
                nesterov: params.get("nesterovs_momentum")?,
            }
        }
        _ => Rules::Adam {
            beta_1: params.get("beta_1")?,
            beta_2: params.get("beta_2")?,
            epsilon: params.get("epsilon")?,
        },
    };
    let batch_size: Option<u64> = match params.value("batch_size")? {
        Value::Text(_) => None,
        _ => Some(params.get("batch_size")?),
    };
    let plan = Plan {
        rules,
        rate: params.get("learning_rate_init")?,
        alpha: params.get("alpha")?,
        batch_size: batch_size.map(|rows| usize::try_from(rows).unwrap_or(usize::MAX)),
        max_iter,
        shuffle: params.get("shuffle")?,
        tol,
        patience: params.get("n_iter_no_change")?,
    };
    let held: bool = params.get("early_stopping")?;
    let share = params.get("validation_fraction")?;
    Ok(Solver::Stochastic(plan, held.then_some(share)))
}
