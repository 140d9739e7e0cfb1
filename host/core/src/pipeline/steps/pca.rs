//! PCA: the directions in which the columns vary most.

use pleat_num::{dense, math, sum};
use serde::{Deserialize, Serialize};

use super::{Fit, FitOn, Step, frame_like};
use crate::data::{Frame, FrameColumn};
use crate::params::{Bound, Domain, ParamInfo, Value};
use crate::pipeline::kernels::{column_sum, svd};
use crate::pipeline::numbers::Numbers;
use crate::pipeline::schema::{self, ColumnSchema};
use crate::settings::{self, Fault, Settings};

#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::pipeline) struct Pca {
    n_components: Components,
    whiten: bool,
}

/// How many directions are kept.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Components {
    All,
    Count(usize),
    /// As many as explain more than this share of the variance.
    Share(f64),
    /// As many as are most likely.
    Mle,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(in crate::pipeline) struct Fitted {
    mean: Numbers,
    /// One number a column of the input each.
    components: Vec<Numbers>,
    /// What each direction is divided by; nothing unless whitened.
    scale: Option<Numbers>,
}

impl Step for Pca {
    const NAME: &'static str = "PCA";
    type Fitted = Fitted;

    fn params() -> Vec<ParamInfo> {
        let open = |at| {
            Some(Bound {
                at,
                inclusive: false,
            })
        };
        let share = Domain::Float {
            min: open(0.0),
            max: open(1.0),
        };
        let count = Domain::Int {
            min: Some(0),
            max: Some(i64::from(u32::MAX)),
        };
        vec![
            settings::any_of(
                "n_components",
                Value::None,
                vec![count, share, settings::one_of(&["mle"]), Domain::None],
                "directions to keep: a number, a share of the variance, or all",
            ),
            settings::flag(
                "whiten",
                false,
                "whether what comes out has unit variance",
            ),
            settings::choice(
                "svd_solver",
                &["auto", "full", "covariance_eigh"],
                "the decomposition is exact and the same for each",
            ),
        ]
    }

    fn read(settings: &Settings) -> Result<Self, Fault> {
        let n_components = match settings.value("n_components") {
            Value::Int(_) => settings
                .u32("n_components")
                .map_or(Components::All, |n| Components::Count(n as usize)),
            Value::Float(share) => Components::Share(*share),
            Value::Text(_) => Components::Mle,
            _ => Components::All,
        };
        Ok(Self {
            n_components,
            whiten: settings.bool("whiten"),
        })
    }

    fn outline(&self, x: &[ColumnSchema]) -> Result<Vec<ColumnSchema>, String> {
        schema::complete_numbers(x)?;
        let Components::Count(n) = self.n_components else {
            return Ok(vec![ColumnSchema::many("pca")]);
        };
        if n > x.len() && !x.iter().any(|c| c.many) {
            return Err(format!(
                "n_components = {n} is not allowed: there are {} columns; allowed are at most as \
                 many",
                x.len()
            ));
        }
        Ok((0..n).map(|i| ColumnSchema::numeric(format!("pca{i}"))).collect())
    }

    fn fit(&self, x: &Frame, on: &FitOn<'_>) -> Result<Fitted, String> {
        let columns = x.complete_numbers()?;
        let (rows, width) = (on.train.len(), columns.len());
        let most = rows.min(width);
        match self.n_components {
            Components::Count(n) if n > most => {
                return Err(format!(
                    "n_components = {n} is not allowed: there are {rows} training rows and \
                     {width} columns; allowed are at most {most}"
                ));
            }
            Components::Mle if rows < width => {
                return Err(format!(
                    "n_components = \"mle\" is not allowed: there are {rows} training rows for \
                     {width} columns; allowed are at least as many"
                ));
            }
            _ => {}
        }
        if self.whiten && rows == 1 {
            return Err("whiten is not allowed with one training row: \
                        allowed are two or more"
                .to_owned());
        }
        let mut mean = Vec::with_capacity(width);
        let centred = columns.iter().map(|column| {
            let rows = on.pick(column);
            let centre = column_sum(&rows, width) / rows.len() as f64;
            mean.push(centre);
            rows.iter().map(|x| x - centre).collect()
        });
        let centred: Vec<Vec<f64>> = centred.collect();
        let svd::Spectrum { values, vectors } = svd::spectrum(&centred);
        let variances: Vec<f64> = values.iter().map(|s| s * s / (rows as f64 - 1.0)).collect();
        let kept = match self.n_components {
            Components::All => most,
            Components::Count(n) => n,
            Components::Share(share) => explaining(&variances, share).min(most),
            Components::Mle => most_likely(&variances, rows),
        };
        let scale = |variance: &f64| variance.sqrt().max(f64::EPSILON);
        Ok(Fitted {
            mean: mean.into(),
            components: vectors.into_iter().take(kept).map(Into::into).collect(),
            scale: self.whiten.then(|| variances.iter().take(kept).map(scale).collect()),
        })
    }
}

impl Fit for Fitted {
    fn transform(&self, x: &Frame) -> Result<Frame, String> {
        let mut columns = Vec::with_capacity(x.columns().len());
        for (column, mean) in x.complete_numbers()?.iter().zip(self.mean.iter()) {
            columns.push(column.iter().map(|x| x - mean).collect());
        }
        let mut made = project(&columns, &self.components, x.rows());
        if let Some(scale) = &self.scale {
            for (column, scale) in made.iter_mut().zip(scale.iter()) {
                column.iter_mut().for_each(|x| *x /= scale);
            }
        }
        named("pca", x, made)
    }
}

/// Every row seen along each of the directions.
pub(super) fn project(columns: &[Vec<f64>], directions: &[Numbers], rows: usize) -> Vec<Vec<f64>> {
    let along = |direction: &Numbers| {
        let mut out = vec![0.0; rows];
        for (column, share) in columns.iter().zip(direction.iter()) {
            dense::axpy(*share, column, &mut out);
        }
        out
    };
    directions.iter().map(along).collect()
}

/// Columns named by the step and counted, as scikit-learn names components.
pub(super) fn named(step: &str, x: &Frame, columns: Vec<Vec<f64>>) -> Result<Frame, String> {
    let column = |(i, values)| FrameColumn::numeric(format!("{step}{i}"), values);
    frame_like(x, columns.into_iter().enumerate().map(column).collect())
}

/// How many directions explain more than `share` of the variance.
fn explaining(variances: &[f64], share: f64) -> usize {
    let total = sum::pairwise(variances);
    let mut explained = 0.0;
    let not_enough = |variance: &&f64| {
        explained += **variance / total;
        explained <= share
    };
    variances.iter().take_while(not_enough).count() + 1
}

/// The number of directions that is most likely: T. P. Minka, "Automatic
/// choice of dimensionality for PCA", NIPS 2000.
fn most_likely(spectrum: &[f64], rows: usize) -> usize {
    let mut best = (f64::NEG_INFINITY, 0);
    for rank in 1..spectrum.len() {
        let evidence = evidence(spectrum, rank, rows as f64);
        if evidence > best.0 {
            best = (evidence, rank);
        }
    }
    best.1
}

/// The logarithm of how likely it is that the data has `rank` dimensions.
fn evidence(spectrum: &[f64], rank: usize, rows: f64) -> f64 {
    const NOTHING: f64 = 1e-15;
    let (kept, rest) = spectrum.split_at(rank);
    if kept[rank - 1] < NOTHING {
        return f64::NEG_INFINITY;
    }
    let (n, k) = (spectrum.len() as f64, rank as f64);
    let ln_pi = math::ln(std::f64::consts::PI);
    let mut directions = -k * math::ln(2.0);
    for i in 0..rank {
        let left = (n - i as f64) / 2.0;
        directions += math::ln_gamma(left) - ln_pi * left;
    }
    let logs: Vec<f64> = kept.iter().map(|v| math::ln(*v)).collect();
    let signal = -sum::pairwise(&logs) * rows / 2.0;
    let noise = (sum::pairwise(rest) / (n - k)).max(NOTHING);
    let noise_term = -math::ln(noise) * rows * (n - k) / 2.0;
    let freedom = n * k - k * (k + 1.0) / 2.0;
    let prior = math::ln(2.0 * std::f64::consts::PI) * (freedom + k) / 2.0;
    let ln_rows = math::ln(rows);
    let mut curvature = 0.0;
    for (i, a) in kept.iter().enumerate() {
        for (j, b) in spectrum.iter().enumerate().skip(i + 1) {
            let flattened = if j < rank { *b } else { noise };
            curvature += math::ln((a - b) * (1.0 / flattened - 1.0 / a)) + ln_rows;
        }
    }
    directions + signal + noise_term + prior - curvature / 2.0 - k * ln_rows / 2.0
}
