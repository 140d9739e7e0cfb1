//! RepeatedKFold and RepeatedStratifiedKFold: shuffled folds, several times,
//! with one generator that goes on from repeat to repeat.

use pleat_num::rng::RandomState;
use serde_json::{Map, Value as Json};

use super::{CvError, Split, from_folds, kfold, stratified};
use crate::params::ParamInfo;
use crate::settings::{self, Settings};

/// What both are set to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Repeats {
    n_splits: u32,
    n_repeats: u32,
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
    fn read(settings: &Settings) -> Self {
        // All are whole numbers in range by their descriptions.
        Self {
            n_splits: settings.u32("n_splits").unwrap_or(5),
            n_repeats: settings.u32("n_repeats").unwrap_or(10),
            random_state: settings.u32("random_state").unwrap_or(0),
        }
    }

    fn write(self, map: &mut Map<String, Json>) {
        map.insert("n_splits".to_owned(), self.n_splits.into());
        map.insert("n_repeats".to_owned(), self.n_repeats.into());
        map.insert("random_state".to_owned(), self.random_state.into());
    }

    fn splits(
        self,
        mut assign: impl FnMut(&mut RandomState) -> Result<Vec<u32>, CvError>,
    ) -> Result<Vec<Split>, CvError> {
        let mut rng = RandomState::new(self.random_state);
        let mut splits = Vec::new();
        for _ in 0..self.n_repeats {
            splits.extend(from_folds(self.n_splits, &assign(&mut rng)?));
        }
        Ok(splits)
    }
}

macro_rules! repeated {
    ($(#[$doc:meta])* $name:ident, $text:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub struct $name(Repeats);

        impl $name {
            /// Its name.
            pub const NAME: &str = $text;

            pub(super) fn read(settings: &Settings) -> Self {
                Self(Repeats::read(settings))
            }

            pub(super) fn write(&self, map: &mut Map<String, Json>) {
                self.0.write(map);
            }

            /// Folds and repeats.
            pub(super) fn shape(&self) -> (u32, u32) {
                (self.0.n_splits, self.0.n_repeats)
            }
        }
    };
}

repeated!(
    /// [`super::KFold`] again and again, shuffled differently.
    RepeatedKFold, "RepeatedKFold"
);
repeated!(
    /// [`super::StratifiedKFold`] again and again, shuffled differently.
    RepeatedStratifiedKFold, "RepeatedStratifiedKFold"
);

impl RepeatedKFold {
    pub(super) fn splits(&self, rows: usize) -> Vec<Split> {
        let n_splits = self.0.n_splits;
        let assign = |rng: &mut RandomState| Ok(kfold::assign(rows, n_splits, Some(rng)));
        // Without classes there is nothing to refuse.
        self.0.splits(assign).unwrap_or_default()
    }
}

impl RepeatedStratifiedKFold {
    pub(super) fn splits(&self, classes: &[u32]) -> Result<Vec<Split>, CvError> {
        self.0
            .splits(|rng| stratified::assign(classes, self.0.n_splits, Some(rng)))
    }
}
