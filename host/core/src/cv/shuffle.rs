//! ShuffleSplit and GroupShuffleSplit: rows, or groups, drawn at random, anew
//! for each split.

use pleat_num::rng::RandomState;
use serde_json::{Map, Value as Json};

use super::sizes::{self, Counts, Sizes};
use super::splits::Split;
use super::{CvError, MOST_NUMBERS, MOST_SPLITS};
use crate::params::ParamInfo;
use crate::settings::{self, Fault, Settings};

/// What the splitters called `...ShuffleSplit` are set to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Draws {
    /// How often is drawn.
    pub(super) n_splits: u32,
    sizes: Sizes,
    random_state: u32,
}

/// The parameters of [`Draws`]; `share` of them is tested by default.
pub(super) fn params(n_splits: i64, share: &str) -> Vec<ParamInfo> {
    let [test_size, train_size] = sizes::params(share);
    vec![
        settings::count(
            "n_splits",
            n_splits,
            1,
            i64::from(MOST_SPLITS),
            "how many splits are drawn",
        ),
        test_size,
        train_size,
        settings::random_state("the seed to draw with; 0 if not set"),
    ]
}

impl Draws {
    pub(super) fn read(settings: &Settings, share: f64) -> Result<Self, Fault> {
        // Whole numbers in range by their descriptions.
        Ok(Self {
            n_splits: settings.u32("n_splits").unwrap_or(1),
            sizes: Sizes::read(settings, share)?,
            random_state: settings.u32("random_state").unwrap_or(0),
        })
    }

    pub(super) fn write(self, map: &mut Map<String, Json>) {
        map.insert("n_splits".to_owned(), self.n_splits.into());
        self.sizes.write(map);
        map.insert("random_state".to_owned(), self.random_state.into());
    }

    /// How many of `units` are tested and trained on, and the generator to
    /// draw them with, if there is room for all splits.
    pub(super) fn start(
        self,
        units: usize,
        what: &'static str,
    ) -> Result<(Counts, RandomState), CvError> {
        let counts = self.sizes.of(units, what)?;
        if u64::from(self.n_splits).saturating_mul(units as u64) > MOST_NUMBERS {
            return Err(CvError::TooLarge {
                passes: self.n_splits.into(),
                units: units as u64,
                what,
            });
        }
        Ok((counts, RandomState::new(self.random_state)))
    }

    /// The units of each split: the first of a permutation are tested, the
    /// next trained on.
    pub(super) fn draw(self, units: u32, what: &'static str) -> Result<Vec<Split>, CvError> {
        let (counts, mut rng) = self.start(units as usize, what)?;
        let once = |_| {
            let mut test = rng.permutation(units);
            let mut train = test.split_off(counts.test);
            train.truncate(counts.train);
            Split { train, test }
        };
        Ok((0..self.n_splits).map(once).collect())
    }
}
