//! KBinsDiscretizer: numbers put into bins.

use pleat_num::rng::RandomState;
use pleat_num::sum;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::{Fit, FitOn, Step, check_room, frame_like};
use crate::data::{Frame, FrameColumn};
use crate::params::{Domain, ParamInfo, Value};
use crate::pipeline::kernels::percentile::{self, Method};
use crate::pipeline::kernels::{extent, kmeans, linspace};
use crate::pipeline::numbers::Numbers;
use crate::pipeline::schema::{self, ColumnSchema};
use crate::settings::{self, Fault, Settings};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::pipeline) struct KBinsDiscretizer {
    n_bins: Bins,
    onehot: bool,
    strategy: Strategy,
    quantile_method: Method,
    subsample: Option<u32>,
    seed: u32,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Bins {
    Each(usize),
    PerColumn(Vec<usize>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Strategy {
    Uniform,
    Quantile,
    Kmeans,
}

/// Where bins begin and end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(in crate::pipeline) struct Fitted {
    onehot: bool,
    /// Of each column the values between two bins: one fewer than bins.
    between: Vec<Numbers>,
}

impl Step for KBinsDiscretizer {
    const NAME: &'static str = "KBinsDiscretizer";
    type Fitted = Fitted;

    fn params() -> Vec<ParamInfo> {
        let from = |min| Domain::Int {
            min: Some(min),
            max: Some(i64::from(u32::MAX)),
        };
        let methods = Method::ALL.map(|(name, _)| name);
        vec![
            settings::any_of(
                "n_bins",
                Value::Int(5),
                vec![from(2), Domain::Json],
                "bins a column has, or a list of one number a column",
            ),
            settings::choice(
                "encode",
                &["onehot", "onehot-dense", "ordinal"],
                "whether a bin becomes a column of its own or a number",
            ),
            settings::any_of(
                "strategy",
                Value::Text("quantile".to_owned()),
                vec![settings::one_of(&["uniform", "quantile", "kmeans"])],
                "bins of equal width, of equal numbers of rows, or around centres",
            ),
            settings::any_of(
                "quantile_method",
                Value::Text("averaged_inverted_cdf".to_owned()),
                vec![settings::one_of(&methods)],
                "how a quantile between two values is read",
            ),
            settings::any_of(
                "subsample",
                Value::Int(200_000),
                vec![from(1), Domain::None],
                "training rows that are looked at, drawn with replacement",
            ),
            settings::random_state("seed of the choice of rows, 0 if not set"),
        ]
    }

    fn read(settings: &Settings) -> Result<Self, Fault> {
        let n_bins = match settings.value("n_bins") {
            Value::Json(list) => Bins::PerColumn(per_column(list)?),
            _ => Bins::Each(settings.u32("n_bins").unwrap_or(5) as usize),
        };
        let method = settings.text("quantile_method");
        let method = Method::ALL.iter().find(|(name, _)| *name == method);
        Ok(Self {
            n_bins,
            onehot: settings.text("encode") != "ordinal",
            strategy: match settings.text("strategy") {
                "uniform" => Strategy::Uniform,
                "kmeans" => Strategy::Kmeans,
                _ => Strategy::Quantile,
            },
            quantile_method: method.map_or(Method::AveragedInvertedCdf, |(_, method)| *method),
            subsample: settings.u32("subsample"),
            seed: settings.u32("random_state").unwrap_or(0),
        })
    }

    fn outline(&self, x: &[ColumnSchema]) -> Result<Vec<ColumnSchema>, String> {
        schema::complete_numbers(x)?;
        if !x.iter().any(|c| c.many) {
            self.bins(x.len())?;
        }
        if !self.onehot {
            return Ok(x.to_vec());
        }
        // How many bins are left depends on the training rows.
        let bins = |c: &ColumnSchema| match c.many {
            true => ColumnSchema::many(c.name.clone()),
            false => ColumnSchema::many(format!("{}_", c.name)),
        };
        Ok(x.iter().map(bins).collect())
    }

    fn fit(&self, x: &Frame, on: &FitOn<'_>) -> Result<Fitted, String> {
        let columns = x.complete_numbers()?;
        let bins = self.bins(columns.len())?;
        check_room(on.train.len(), bins.iter().fold(0, |s: usize, b| s.saturating_add(*b)))?;
        let mut weights = on.weights.map(|w| on.pick(w));
        let chosen = self.chosen(on.train.len(), weights.as_deref());
        if chosen.is_some() {
            // They had their say in the choice.
            weights = None;
        }
        let of_column = |(i, column): (usize, &&[f64])| {
            let mut rows = on.pick(column);
            if let Some(chosen) = &chosen {
                rows = chosen.iter().map(|i| rows[*i]).collect();
            }
            let sentence = |s: String| format!("column \"{}\": {s}", x.columns()[i].name);
            self.between(&rows, weights.as_deref(), bins[i]).map_err(sentence)
        };
        let between = columns.iter().enumerate().map(of_column);
        Ok(Fitted {
            onehot: self.onehot,
            between: between.collect::<Result<_, _>>()?,
        })
    }
}

impl KBinsDiscretizer {
    fn bins(&self, columns: usize) -> Result<Vec<usize>, String> {
        match &self.n_bins {
            Bins::Each(bins) => Ok(vec![*bins; columns]),
            Bins::PerColumn(bins) if bins.len() == columns => Ok(bins.clone()),
            Bins::PerColumn(bins) => Err(format!(
                "n_bins has {} numbers for {columns} columns: as many are needed",
                bins.len()
            )),
        }
    }

    /// The rows that are looked at, where those are not all.
    fn chosen(&self, rows: usize, weights: Option<&[f64]>) -> Option<Vec<usize>> {
        let count = self.subsample.filter(|n| (*n as usize) < rows)?;
        let mut rng = RandomState::new(self.seed);
        let Some(weights) = weights else {
            // A row's index is below the number of rows, which fits.
            let draw = |_| rng.interval(rows as u64 - 1) as usize;
            return Some((0..count).map(draw).collect());
        };
        let total = sum::pairwise(weights);
        let mut reached = 0.0;
        let mut cumulated: Vec<f64> = weights
            .iter()
            .map(|w| {
                reached += w / total;
                reached
            })
            .collect();
        cumulated.iter_mut().for_each(|c| *c /= reached);
        let draw = |_| {
            let at = rng.double();
            cumulated.partition_point(|c| *c <= at).min(rows - 1)
        };
        Some((0..count).map(draw).collect())
    }

    /// The values between the bins of a column.
    fn between(&self, rows: &[f64], weights: Option<&[f64]>, bins: usize) -> Result<Numbers, String> {
        let mut counted = rows.to_vec();
        if let (Some(weights), false) = (weights, self.strategy == Strategy::Quantile) {
            let heavy = rows.iter().zip(weights).filter(|(_, w)| **w != 0.0);
            counted = heavy.map(|(x, _)| *x).collect();
        }
        let (low, high) = extent(&counted)
            .ok_or("no training row has a weight: at least one is needed".to_owned())?;
        if low == high {
            return Ok(Numbers::default());
        }
        let mut edges = match self.strategy {
            Strategy::Uniform => linspace(low, high, bins + 1),
            Strategy::Quantile => self.quantiles(rows, weights, bins)?,
            Strategy::Kmeans => {
                if rows.len() < bins {
                    return Err(format!(
                        "{bins} bins are not allowed with strategy = \"kmeans\" and {} training \
                         rows: allowed are at most as many",
                        rows.len()
                    ));
                }
                let uniform = linspace(low, high, bins + 1);
                let middles = |edges: &[f64]| -> Vec<f64> {
                    edges.windows(2).map(|w| (w[1] + w[0]) * 0.5).collect()
                };
                let mut centres = kmeans::lloyd(rows, weights, &middles(&uniform));
                centres.sort_by(f64::total_cmp);
                [&[low], middles(&centres).as_slice(), &[high]].concat()
            }
        };
        if self.strategy != Strategy::Uniform {
            edges = without_slits(&edges);
        }
        let inner = edges.len().saturating_sub(2);
        Ok(edges.into_iter().skip(1).take(inner).collect())
    }

    fn quantiles(&self, rows: &[f64], weights: Option<&[f64]>, bins: usize) -> Result<Vec<f64>, String> {
        let percents = linspace(0.0, 100.0, bins + 1);
        let Some(weights) = weights else {
            let mut sorted = rows.to_vec();
            sorted.sort_by(f64::total_cmp);
            let edge = |p: &f64| percentile::percentile(&sorted, *p, self.quantile_method);
            return Ok(percents.iter().map(edge).collect());
        };
        let average = match self.quantile_method {
            Method::AveragedInvertedCdf => true,
            Method::InvertedCdf => false,
            other => {
                let name = Method::ALL.iter().find(|(_, method)| *method == other);
                return Err(format!(
                    "quantile_method = \"{}\" is not allowed with weights: allowed are \
                     averaged_inverted_cdf and inverted_cdf",
                    name.map_or("", |(name, _)| name)
                ));
            }
        };
        let mut sorted: Vec<(f64, f64)> = rows.iter().copied().zip(weights.iter().copied()).collect();
        sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
        let edge = |p: &f64| percentile::weighted(&sorted, *p, average);
        percents.iter().map(edge).collect::<Option<_>>().ok_or_else(|| {
            "no training row has a weight: at least one is needed".to_owned()
        })
    }
}

/// Leaves out edges that are hardly above the one before.
fn without_slits(edges: &[f64]) -> Vec<f64> {
    const SLIT: f64 = 1e-8;
    let before = std::iter::once(f64::NEG_INFINITY).chain(edges.iter().copied());
    let wide = edges.iter().zip(before).filter(|(edge, before)| *edge - before > SLIT);
    wide.map(|(edge, _)| *edge).collect()
}

fn per_column(list: &Json) -> Result<Vec<usize>, Fault> {
    let bins = |n: &Json| n.as_u64().filter(|n| *n >= 2).and_then(|n| usize::try_from(n).ok());
    let read = list.as_array().and_then(|list| list.iter().map(bins).collect());
    read.ok_or_else(|| {
        let sentence = format!(
            "{list} is not allowed: allowed is an integer >= 2, or a list of such, one a column"
        );
        ("n_bins".to_owned(), sentence)
    })
}

impl Fit for Fitted {
    fn transform(&self, x: &Frame) -> Result<Frame, String> {
        let columns = x.complete_numbers()?;
        if self.onehot {
            let bins = |between: &Numbers| between.len() + 1;
            check_room(x.rows(), self.between.iter().map(bins).sum())?;
        }
        let mut made = Vec::new();
        for ((column, name), between) in columns.iter().zip(x.names()).zip(&self.between) {
            let bin = |x: &f64| between.partition_point(|edge| edge <= x);
            if !self.onehot {
                let bins = column.iter().map(|x| bin(x) as f64).collect();
                made.push(FrameColumn::numeric(name, bins));
                continue;
            }
            let bins: Vec<usize> = column.iter().map(bin).collect();
            for own in 0..=between.len() {
                let is = bins.iter().map(|bin| f64::from(u8::from(*bin == own)));
                // scikit-learn counts bins as floats.
                made.push(FrameColumn::numeric(format!("{name}_{own}.0"), is.collect()));
            }
        }
        frame_like(x, made)
    }
}
