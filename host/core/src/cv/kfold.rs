//! KFold: folds of consecutive rows, shuffled first if wanted. And what all
//! splitters are set to that deal rows into folds.

use pleat_num::rng::RandomState;
use serde_json::{Map, Value as Json};

use super::MOST_SPLITS;
use crate::params::ParamInfo;
use crate::settings::{self, Fault, Settings};

/// What the splitters called `...KFold` are set to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Folds {
    /// How many folds: at least 2.
    pub(super) n_splits: u32,
    /// The seed to shuffle with, if rows are shuffled.
    pub(super) shuffle: Option<u32>,
}

/// The parameters of [`Folds`].
pub(super) fn params() -> Vec<ParamInfo> {
    vec![
        n_splits(),
        settings::flag(
            "shuffle",
            false,
            "whether rows are shuffled before they are split",
        ),
        settings::random_state("the seed to shuffle with; 0 if not set"),
    ]
}

pub(super) fn n_splits() -> ParamInfo {
    settings::count(
        "n_splits",
        5,
        2,
        i64::from(MOST_SPLITS),
        "how many folds there are",
    )
}

impl Folds {
    pub(super) fn read(settings: &Settings) -> Result<Self, Fault> {
        // Both are whole numbers in range by their descriptions.
        let n_splits = settings.u32("n_splits").unwrap_or(5);
        let shuffle = match (settings.bool("shuffle"), settings.u32("random_state")) {
            (true, seed) => Some(seed.unwrap_or(0)),
            (false, None) => None,
            (false, Some(seed)) => {
                let sentence = format!(
                    "{seed} has no effect, since shuffle is false: allowed is to set \
                     shuffle = true, or to leave random_state out"
                );
                return Err(("random_state".to_owned(), sentence));
            }
        };
        Ok(Self { n_splits, shuffle })
    }

    pub(super) fn write(self, map: &mut Map<String, Json>) {
        map.insert("n_splits".to_owned(), self.n_splits.into());
        map.insert("shuffle".to_owned(), self.shuffle.is_some().into());
        if let Some(seed) = self.shuffle {
            map.insert("random_state".to_owned(), seed.into());
        }
    }

    /// The generator to shuffle with, if rows are shuffled.
    pub(super) fn rng(self) -> Option<RandomState> {
        self.shuffle.map(RandomState::new)
    }
}

/// The fold of each unit, row or group: consecutive ones; the first
/// `units % folds` folds have one more.
pub(super) fn assign(units: usize, folds: u32, rng: Option<&mut RandomState>) -> Vec<u32> {
    let mut order: Vec<usize> = (0..units).collect();
    if let Some(rng) = rng {
        rng.shuffle(&mut order);
    }
    let (size, larger) = (units / folds as usize, units % folds as usize);
    let mut fold_of = vec![0; units];
    let mut rest = order.as_slice();
    for fold in 0..folds {
        let size = size + usize::from((fold as usize) < larger);
        let (members, others) = rest.split_at(size);
        members.iter().for_each(|unit| fold_of[*unit] = fold);
        rest = others;
    }
    fold_of
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_folds_get_the_rows_left_over() {
        assert_eq!(assign(7, 3, None), [0, 0, 0, 1, 1, 2, 2]);
        assert_eq!(assign(2, 2, None), [0, 1]);
    }
}
