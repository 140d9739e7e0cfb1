//! The steps there are, one a file, and the list of them.

mod standard_scaler;

use crate::data::Matrix;
use crate::params::ParamInfo;
use crate::settings::Settings;

use standard_scaler::StandardScaler;

/// The scikit-learn names of all steps.
pub(super) const NAMES: [&str; 1] = [StandardScaler::NAME];

/// The parameters of the step of this name.
pub(super) fn params(name: &str) -> Option<Vec<ParamInfo>> {
    match name {
        StandardScaler::NAME => Some(StandardScaler::params()),
        _ => None,
    }
}

/// What a step does, with its parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Transform {
    StandardScaler(StandardScaler),
}

impl Transform {
    /// The step of this name.
    pub(super) fn read(name: &str, settings: &Settings) -> Option<Self> {
        match name {
            StandardScaler::NAME => Some(Self::StandardScaler(StandardScaler::read(settings))),
            _ => None,
        }
    }

    /// The same step with other parameters.
    pub(super) fn with(&self, settings: &Settings) -> Self {
        match self {
            Self::StandardScaler(_) => Self::StandardScaler(StandardScaler::read(settings)),
        }
    }

    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::StandardScaler(_) => StandardScaler::NAME,
        }
    }

    pub(super) fn params(&self) -> Vec<ParamInfo> {
        match self {
            Self::StandardScaler(_) => StandardScaler::params(),
        }
    }

    pub(super) fn is_row_fitted(&self) -> bool {
        match self {
            Self::StandardScaler(scaler) => scaler.is_row_fitted(),
        }
    }

    /// Fits on the training rows, which exist and are not empty, and applies
    /// to all.
    pub(super) fn fit_transform(&self, x: &Matrix, train: &[u32]) -> Matrix {
        match self {
            Self::StandardScaler(scaler) => scaler.fit_transform(x, train),
        }
    }
}
