//! The steps there are, one a file, and the list of them.

use std::fmt::Debug;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::fitted::FitOn;
use super::kernels::column_sum as column_total;
use super::schema::ColumnSchema;
use crate::data::{Frame, FrameColumn};
use crate::params::{ParamInfo, Value};
use crate::settings::{Fault, Settings};

/// What a step does, with its parameters.
pub(super) trait Step: Clone + Debug + PartialEq + Sized {
    /// Its scikit-learn name.
    const NAME: &'static str;
    /// What it remembers of the training rows.
    type Fitted: Fit;

    /// Its parameters, in scikit-learn's order.
    fn params() -> Vec<ParamInfo>;

    /// The step of these settings, each of which is allowed by itself. A
    /// mistake in how they go together comes with the parameter it is about.
    fn read(settings: &Settings) -> Result<Self, Fault>;

    /// Whether what it does depends on which rows are trained on.
    fn is_row_fitted(&self) -> bool {
        true
    }

    /// Whether training rows become something else when it is fitted than when
    /// it is applied later.
    fn is_cross_fitted(&self) -> bool {
        false
    }

    /// What these columns become, as far as it is known before fitting; or why
    /// the step does not take them.
    fn outline(&self, x: &[ColumnSchema]) -> Result<Vec<ColumnSchema>, String>;

    /// Fits on the training rows, which exist and are not empty, of one or more
    /// columns. No number is infinite.
    fn fit(&self, x: &Frame, on: &FitOn<'_>) -> Result<Self::Fitted, String>;

    /// Fits, and applies to all rows.
    fn fit_transform(&self, x: &Frame, on: &FitOn<'_>) -> Result<(Self::Fitted, Frame), String> {
        let fitted = self.fit(x, on)?;
        let made = fitted.transform(x)?;
        Ok((fitted, made))
    }
}

/// A step that has been fitted.
pub(super) trait Fit: Clone + Debug + PartialEq + Serialize + DeserializeOwned {
    /// What it makes of columns such as it was fitted with. A saved step may
    /// have been tampered with: whatever it holds, this must not panic.
    fn transform(&self, x: &Frame) -> Result<Frame, String>;
}

macro_rules! steps {
    ($($file:ident::$step:ident),* $(,)?) => {
        $(mod $file;)*

        /// The scikit-learn names of all steps.
        pub(super) const NAMES: &[&str] = &[$($file::$step::NAME),*];

        /// The parameters of the step of this name.
        pub(super) fn params(name: &str) -> Option<Vec<ParamInfo>> {
            match name {
                $($file::$step::NAME => Some($file::$step::params()),)*
                _ => None,
            }
        }

        /// One of the steps.
        #[derive(Debug, Clone, PartialEq)]
        pub(super) enum Transform {
            $($step($file::$step)),*
        }

        /// One of the steps, fitted.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        pub(super) enum Fitted {
            $($step(<$file::$step as Step>::Fitted)),*
        }

        impl Transform {
            /// The step of this name, if there is one.
            pub(super) fn read(name: &str, settings: &Settings) -> Option<Result<Self, Fault>> {
                match name {
                    $($file::$step::NAME => Some($file::$step::read(settings).map(Self::$step)),)*
                    _ => None,
                }
            }

            pub(super) fn name(&self) -> &'static str {
                match self {
                    $(Self::$step(_) => $file::$step::NAME),*
                }
            }

            pub(super) fn params(&self) -> Vec<ParamInfo> {
                match self {
                    $(Self::$step(_) => $file::$step::params()),*
                }
            }

            pub(super) fn is_row_fitted(&self) -> bool {
                match self {
                    $(Self::$step(step) => step.is_row_fitted()),*
                }
            }

            pub(super) fn is_cross_fitted(&self) -> bool {
                match self {
                    $(Self::$step(step) => step.is_cross_fitted()),*
                }
            }

            pub(super) fn outline(&self, x: &[ColumnSchema]) -> Result<Vec<ColumnSchema>, String> {
                match self {
                    $(Self::$step(step) => step.outline(x)),*
                }
            }

            pub(super) fn fit_transform(
                &self,
                x: &Frame,
                on: &FitOn<'_>,
            ) -> Result<(Fitted, Frame), String> {
                match self {
                    $(Self::$step(step) => {
                        let (fitted, made) = step.fit_transform(x, on)?;
                        Ok((Fitted::$step(fitted), made))
                    }),*
                }
            }
        }

        impl Fitted {
            pub(super) fn transform(&self, x: &Frame) -> Result<Frame, String> {
                match self {
                    $(Self::$step(fitted) => fitted.transform(x)),*
                }
            }
        }
    };
}

mod categories;
mod infrequent;
mod missing_indicator;
mod targets;
#[cfg(test)]
mod testing;

steps! {
    max_abs_scaler::MaxAbsScaler,
    min_max_scaler::MinMaxScaler,
    normalizer::Normalizer,
    one_hot_encoder::OneHotEncoder,
    ordinal_encoder::OrdinalEncoder,
    passthrough::Passthrough,
    robust_scaler::RobustScaler,
    simple_imputer::SimpleImputer,
    standard_scaler::StandardScaler,
    target_encoder::TargetEncoder,
    quantile_transformer::QuantileTransformer,
    power_transformer::PowerTransformer,
    polynomial_features::PolynomialFeatures,
    kbins_discretizer::KBinsDiscretizer,
    variance_threshold::VarianceThreshold,
    select_k_best::SelectKBest,
    select_percentile::SelectPercentile,
    pca::Pca,
    truncated_svd::TruncatedSvd,
}

mod score_func;
mod selection;

#[cfg(test)]
mod refusals;

/// The median of sorted values, as numpy computes it; NaN of nothing.
fn median(sorted: &[f64]) -> f64 {
    let half = sorted.len() / 2;
    match sorted.get(half) {
        None => f64::NAN,
        Some(high) if sorted.len() % 2 == 1 => *high,
        Some(high) => (sorted[half - 1] + high) / 2.0,
    }
}

/// What to divide by: 1 where a column does not vary, or not more than what
/// rounding may make of one that does not.
fn nonzero_scale(scale: f64) -> f64 {
    if scale < 10.0 * f64::EPSILON {
        1.0
    } else {
        scale
    }
}

/// A parameter that is a list of two numbers.
fn pair(settings: &Settings, name: &str) -> Option<(f64, f64)> {
    let Value::Json(list) = settings.value(name) else {
        return None;
    };
    match list.as_array()?.as_slice() {
        [a, b] => a.as_f64().zip(b.as_f64()),
        _ => None,
    }
}

/// What an estimator's memory could hold at most, as numbers.
const MOST_VALUES: usize = 1 << 29;

/// Refuses what would not fit, before memory is asked for.
fn check_room(rows: usize, columns: usize) -> Result<(), String> {
    match rows.checked_mul(columns) {
        Some(values) if values <= MOST_VALUES => Ok(()),
        _ => Err(format!(
            "{columns} columns of {rows} rows would be made: allowed are at most {MOST_VALUES} \
             values"
        )),
    }
}

/// A frame of these columns, which are as long as those of `x`.
fn frame_like(x: &Frame, columns: Vec<FrameColumn>) -> Result<Frame, String> {
    let rows = x.rows();
    Frame::new(rows, columns).ok_or_else(|| format!("a column was made that has not {rows} rows"))
}

/// Applies `f` to every number, the place of its column being given.
fn map_numbers(x: &Frame, f: impl Fn(usize, f64) -> f64) -> Result<Frame, String> {
    let columns = x.numbers()?.into_iter().zip(x.columns()).enumerate();
    let columns = columns.map(|(i, (numbers, column))| {
        let made = numbers.iter().map(|value| f(i, *value)).collect();
        FrameColumn::numeric(column.name.clone(), made)
    });
    frame_like(x, columns.collect())
}
