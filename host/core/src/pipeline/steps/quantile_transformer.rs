//! QuantileTransformer: columns spread evenly, or normally, by their ranks.

use pleat_num::rng::RandomState;
use serde::{Deserialize, Serialize};

use super::{Fit, FitOn, Step, map_numbers};
use crate::data::Frame;
use crate::params::{Domain, ParamInfo, Value};
use crate::pipeline::kernels::percentile::{Method, percentile};
use crate::pipeline::kernels::{linspace, normal};
use crate::pipeline::numbers::Numbers;
use crate::pipeline::schema::{self, ColumnSchema};
use crate::settings::{self, Fault, Settings};

/// How near to an end of what was seen a value counts as being there.
const AT_THE_END: f64 = 1e-7;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::pipeline) struct QuantileTransformer {
    n_quantiles: u32,
    normal: bool,
    subsample: Option<u32>,
    seed: u32,
}

/// What the training rows look like.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(in crate::pipeline) struct Fitted {
    normal: bool,
    /// Shares from 0 to 1.
    references: Numbers,
    /// Of each column the values below which these shares of it lie.
    quantiles: Vec<Numbers>,
}

impl Step for QuantileTransformer {
    const NAME: &'static str = "QuantileTransformer";
    type Fitted = Fitted;

    fn params() -> Vec<ParamInfo> {
        let most = i64::from(u32::MAX);
        vec![
            settings::count(
                "n_quantiles",
                1000,
                1,
                most,
                "quantiles to remember; never more than training rows",
            ),
            settings::choice(
                "output_distribution",
                &["uniform", "normal"],
                "how values are spread",
            ),
            settings::any_of(
                "subsample",
                Value::Int(10_000),
                vec![
                    Domain::Int {
                        min: Some(1),
                        max: Some(most),
                    },
                    Domain::None,
                ],
                "training rows that are looked at",
            ),
            settings::random_state("seed of the choice of rows, 0 if not set"),
        ]
    }

    fn read(settings: &Settings) -> Result<Self, Fault> {
        let n_quantiles = settings.u32("n_quantiles").unwrap_or(1000);
        let subsample = settings.u32("subsample");
        if let Some(rows) = subsample.filter(|rows| n_quantiles > *rows) {
            let sentence = format!(
                "{n_quantiles} is not allowed with subsample = {rows}: allowed is at most as many \
                 quantiles as rows that are looked at"
            );
            return Err(("n_quantiles".to_owned(), sentence));
        }
        Ok(Self {
            n_quantiles,
            normal: settings.text("output_distribution") == "normal",
            subsample,
            seed: settings.u32("random_state").unwrap_or(0),
        })
    }

    fn outline(&self, x: &[ColumnSchema]) -> Result<Vec<ColumnSchema>, String> {
        schema::numbers(x)?;
        Ok(x.to_vec())
    }

    fn fit(&self, x: &Frame, on: &FitOn<'_>) -> Result<Fitted, String> {
        let rows = on.train.len();
        let count = (self.n_quantiles as usize).min(rows).max(1);
        let references = linspace(0.0, 1.0, count);
        let chosen = self.subsample.filter(|n| (*n as usize) < rows).map(|n| {
            let mut order: Vec<usize> = (0..rows).collect();
            RandomState::new(self.seed).shuffle(&mut order);
            order.truncate(n as usize);
            order
        });
        let of_column = |column: &[f64]| {
            let mut seen = on.pick(column);
            if let Some(chosen) = &chosen {
                seen = chosen.iter().map(|i| seen[*i]).collect();
            }
            seen.retain(|x| !x.is_nan());
            seen.sort_by(f64::total_cmp);
            let quantile = |share: &f64| percentile(&seen, share * 100.0, Method::Linear);
            references.iter().map(quantile).collect()
        };
        Ok(Fitted {
            normal: self.normal,
            quantiles: x.numbers()?.into_iter().map(of_column).collect(),
            references: references.into(),
        })
    }
}

impl Fit for Fitted {
    fn transform(&self, x: &Frame) -> Result<Frame, String> {
        let mirror = |numbers: &Numbers| numbers.iter().rev().map(|x| -x).collect::<Vec<f64>>();
        let mirrored: Vec<_> = self.quantiles.iter().map(mirror).collect();
        let references = mirror(&self.references);
        map_numbers(x, |i, value| {
            let (Some(quantiles), Some(mirrored)) = (self.quantiles.get(i), mirrored.get(i)) else {
                return f64::NAN;
            };
            let (Some(low), Some(high)) = (quantiles.first(), quantiles.last()) else {
                return f64::NAN;
            };
            // Of a column without a value nothing is known.
            if value.is_nan() || low.is_nan() {
                return f64::NAN;
            }
            // From below and from above: what occurs often is in the middle
            // of the shares it takes up.
            let share = 0.5
                * (interpolate(value, quantiles, &self.references)
                    - interpolate(-value, mirrored, &references));
            if self.normal {
                let share = if value - AT_THE_END < *low {
                    0.0
                } else if value + AT_THE_END > *high {
                    1.0
                } else {
                    share
                };
                let end = AT_THE_END - f64::EPSILON;
                let (least, most) = (normal::quantile(end), normal::quantile(1.0 - end));
                normal::quantile(share).max(least).min(most)
            } else if value == *low {
                0.0
            } else if value == *high {
                1.0
            } else {
                share
            }
        })
    }
}

/// `np.interp`: what a line through the points is at `x`.
fn interpolate(x: f64, xs: &[f64], ys: &[f64]) -> f64 {
    let above = xs.partition_point(|other| *other <= x);
    let at = |i: usize| Some((*xs.get(i)?, *ys.get(i)?));
    let Some((x0, y0)) = above.checked_sub(1).and_then(at) else {
        return ys.first().copied().unwrap_or(f64::NAN);
    };
    match at(above) {
        Some((x1, y1)) if x0 != x => (y1 - y0) / (x1 - x0) * (x - x0) + y0,
        _ => y0,
    }
}
