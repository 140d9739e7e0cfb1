//! The parameters that SVC and SVR have in common.

use std::ops::Bound::{Excluded, Unbounded};
use std::rc::Rc;

use pleat_guest::{Error, Info, Params, Rows, Value, domain::*};
use pleat_num::sum::mean;

use crate::gram::{Gram, Source};
use crate::kernel::Kernel;
use crate::paths::Paths;
use crate::solver::Rules;
use crate::votes::{Machines, Trained};

/// How rows are compared, how much errors cost, when to stop.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Settings {
    family: Family,
    degree: i32,
    gamma: Gamma,
    coef0: f64,
    cache_size: f64,
    pub(crate) c: f64,
    pub(crate) rules: Rules,
}

/// A kernel without its parameters.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Family {
    Linear,
    Poly,
    Rbf,
    Sigmoid,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Gamma {
    Scale,
    Auto,
    Is(f64),
}

impl Settings {
    /// Describes them, under names that begin with `prefix`.
    pub(crate) fn describe(info: Info, prefix: &str) -> Info {
        let name = |name| format!("{prefix}{name}");
        info.param(
            &name("C"),
            1.0,
            numbers((Excluded(0.0), Unbounded)),
            "What an error costs; the smaller, the smoother.",
        )
        .param(
            &name("kernel"),
            "rbf",
            words(["linear", "poly", "rbf", "sigmoid"]),
            "What counts as the inner product of two rows.",
        )
        .param(
            &name("degree"),
            3,
            integers(0..=i64::from(i32::MAX)),
            "The power of the kernel 'poly'.",
        )
        .param(
            &name("gamma"),
            "scale",
            words(["scale", "auto"]).or(at_least(0.0)),
            "What rows are multiplied with in 'poly', 'rbf' and 'sigmoid'; scale is 1 / (columns * variance), auto 1 / columns.",
        )
        .param(
            &name("coef0"),
            0.0,
            numbers(..),
            "What is added to the product in 'poly' and 'sigmoid'.",
        )
        .param(
            &name("shrinking"),
            true,
            boolean(),
            "Whether rows that seem settled are set aside for a while.",
        )
        .param(&name("tol"), 1e-3, above(0.0), "How far from the optimum to stop.")
        .param(
            &name("cache_size"),
            200.0,
            above(0.0),
            "How many megabytes of kernels to keep; changes speed only.",
        )
        .param(
            &name("max_iter"),
            -1,
            integers(-1..),
            "The most steps to take; as many as it takes if -1.",
        )
    }

    pub(crate) fn new(params: &Params, prefix: &str) -> Result<Self, Error> {
        let name = |name| format!("{prefix}{name}");
        let families = [
            ("linear", Family::Linear),
            ("poly", Family::Poly),
            ("rbf", Family::Rbf),
            ("sigmoid", Family::Sigmoid),
        ];
        let gamma = match params.value(&name("gamma"))? {
            Value::Text(word) if word == "scale" => Gamma::Scale,
            Value::Text(_) => Gamma::Auto,
            _ => Gamma::Is(params.get(&name("gamma"))?),
        };
        let max_iter: i64 = params.get(&name("max_iter"))?;
        Ok(Settings {
            family: params.choice(&name("kernel"), &families)?,
            degree: params.get(&name("degree"))?,
            gamma,
            coef0: params.get(&name("coef0"))?,
            cache_size: params.get(&name("cache_size"))?,
            c: params.get(&name("C"))?,
            rules: Rules {
                tol: params.get(&name("tol"))?,
                shrinking: params.get(&name("shrinking"))?,
                max_iter: u64::try_from(max_iter).ok(),
            },
        })
    }

    /// The kernel for these rows.
    fn kernel(&self, train: &Rows<'_>) -> Kernel {
        let columns = train.n_columns() as f64;
        let gamma = || match self.gamma {
            Gamma::Scale => match variance(&train.row_major()) {
                0.0 => 1.0,
                variance => 1.0 / (columns * variance),
            },
            Gamma::Auto => 1.0 / columns,
            Gamma::Is(gamma) => gamma,
        };
        let (coef0, degree) = (self.coef0, self.degree);
        match self.family {
            Family::Linear => Kernel::Linear,
            Family::Rbf => Kernel::Rbf { gamma: gamma() },
            Family::Poly => Kernel::Poly {
                gamma: gamma(),
                coef0,
                degree,
            },
            Family::Sigmoid => Kernel::Sigmoid {
                gamma: gamma(),
                coef0,
            },
        }
    }
}

/// Of all values together.
fn variance(values: &[f64]) -> f64 {
    let centre = mean(values);
    let squares: Vec<f64> = values.iter().map(|x| (x - centre) * (x - centre)).collect();
    mean(&squares)
}

/// The kernels of the training rows and what was solved with them, kept for
/// candidates that compare rows the same way.
#[derive(Default)]
pub struct Shared(Option<Kept>);

struct Kept {
    kernel: Kernel,
    cache_size: f64,
    gram: Gram,
    paths: Paths,
    /// The machines of the candidate before.
    machines: Option<(Trained, Rc<Machines>)>,
}

impl Shared {
    /// The kernel; the kernels among the rows at these places, which must be
    /// the same for every candidate, and what was solved with them.
    pub(crate) fn kernels(
        &mut self,
        settings: &Settings,
        train: &Rows<'_>,
        places: &[usize],
    ) -> (Kernel, (&mut Gram, &mut Paths)) {
        let (kernel, cache_size) = (settings.kernel(train), settings.cache_size);
        let made = self.0.take();
        let made = made.filter(|made| (made.kernel, made.cache_size) == (kernel, cache_size));
        let made = made.unwrap_or_else(|| {
            let rows = places.iter().map(|place| train.indices()[*place]);
            let source = Source::new(train, rows.collect());
            Kept {
                kernel,
                cache_size,
                gram: Gram::new(source, kernel, cache_size),
                paths: Paths::default(),
                machines: None,
            }
        });
        let made = self.0.insert(made);
        (kernel, (&mut made.gram, &mut made.paths))
    }

    /// The machines of what was just trained, made unless they are those of
    /// the candidate before.
    pub(crate) fn machines(
        &mut self,
        trained: Trained,
        make: impl FnOnce(&Trained) -> Machines,
    ) -> Rc<Machines> {
        let kept = self.0.as_mut().map(|kept| &mut kept.machines);
        if let Some(Some((before, machines))) = &kept
            && before.is(&trained)
        {
            return machines.clone();
        }
        let machines = Rc::new(make(&trained));
        if let Some(kept) = kept {
            *kept = Some((trained, machines.clone()));
        }
        machines
    }
}

/// The places of the training rows that have weight, and the weights.
pub(crate) fn weighted(name: &str, train: &Rows<'_>) -> Result<(Vec<usize>, Vec<f64>), Error> {
    let weights = train.weights().unwrap_or_else(|| vec![1.0; train.len()]);
    let places: Vec<usize> = (0..train.len()).filter(|i| weights[*i] > 0.0).collect();
    if places.is_empty() {
        return Err(Error::InvalidData(format!(
            "{name}: the weights of all rows are 0."
        )));
    }
    Ok((places, weights))
}

/// For a solution that is not one.
pub(crate) fn not_finite(name: &str) -> Error {
    Error::InvalidData(format!(
        "{name}: the kernels of the rows are beyond all numbers. Scale the data."
    ))
}

/// For one that `max_iter` cut short.
pub(crate) fn not_converged(name: &str, rules: Rules) -> String {
    let most = rules.max_iter.unwrap_or(u64::MAX);
    format!(
        "{name} did not converge within max_iter={most} steps. Scale the data, or allow more steps."
    )
}
