//! RepeatedKFold and RepeatedStratifiedKFold: shuffled folds, several times,
//! with one generator that goes on from repeat to repeat.

use pleat_num::rng::RandomState;
use serde_json::{Map, Value as Json};

use super::{CvError, kfold};
use crate::params::ParamInfo;
use crate::settings::{self, Settings};

/// What both are set to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Repeats {
    /// Folds of each repeat.
    pub(super) n_splits: u32,
    /// How often the rows are split.
    pub(super) n_repeats: u32,
    random_state: u32,
}

/// The parameters of [`Repeats`].
pub(super) fn params() -> Vec<ParamInfo> {
    vec![
        kfold::n_splits(),
        settings::count(
            "n_repeats",
            10,
            1,
            i64::from(u32::MAX),
            "how often the rows are split",
        ),
        settings::random_state("the seed to shuffle with; 0 if not set"),
    ]
}

impl Repeats {
    pub(super) fn read(settings: &Settings) -> Self {
        // All are whole numbers in range by their descriptions.
        Self {
            n_splits: settings.u32("n_splits").unwrap_or(5),
            n_repeats: settings.u32("n_repeats").unwrap_or(10),
            random_state: settings.u32("random_state").unwrap_or(0),
        }
    }

    pub(super) fn write(self, map: &mut Map<String, Json>) {
        map.insert("n_splits".to_owned(), self.n_splits.into());
        map.insert("n_repeats".to_owned(), self.n_repeats.into());
        map.insert("random_state".to_owned(), self.random_state.into());
    }

    /// The fold of each row, repeat after repeat.
    pub(super) fn assign(
        self,
        mut once: impl FnMut(&mut RandomState) -> Result<Vec<u32>, CvError>,
    ) -> Result<Vec<u32>, CvError> {
        let mut rng = RandomState::new(self.random_state);
        let mut fold_of = Vec::new();
        for _ in 0..self.n_repeats {
            fold_of.extend(once(&mut rng)?);
        }
        Ok(fold_of)
    }
}
