//! KFold: folds of consecutive rows, shuffled first if wanted.

use pleat_num::rng::RandomState;
use serde_json::{Map, Value as Json};

use super::{Split, from_folds};
use crate::params::ParamInfo;
use crate::settings::{self, Fault, Settings};

/// What [`KFold`] and its stratified sibling are set to.
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
        i64::from(u32::MAX),
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
}

/// Consecutive folds; the first `rows % n_splits` have one row more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KFold(Folds);

impl KFold {
    /// Its name.
    pub const NAME: &str = "KFold";

    pub(super) fn read(settings: &Settings) -> Result<Self, Fault> {
        Folds::read(settings).map(Self)
    }

    pub(super) fn write(&self, map: &mut Map<String, Json>) {
        self.0.write(map);
    }

    /// How many folds there are.
    #[must_use]
    pub fn n_splits(&self) -> u32 {
        self.0.n_splits
    }

    pub(super) fn splits(&self, rows: usize) -> Vec<Split> {
        let mut rng = self.0.shuffle.map(RandomState::new);
        from_folds(
            self.0.n_splits,
            &assign(rows, self.0.n_splits, rng.as_mut()),
        )
        .collect()
    }
}

/// The fold of each row.
pub(super) fn assign(rows: usize, folds: u32, rng: Option<&mut RandomState>) -> Vec<u32> {
    let mut order: Vec<usize> = (0..rows).collect();
    if let Some(rng) = rng {
        rng.shuffle(&mut order);
    }
    let (size, larger) = (rows / folds as usize, rows % folds as usize);
    let mut fold_of = vec![0; rows];
    let mut rest = order.as_slice();
    for fold in 0..folds {
        let size = size + usize::from((fold as usize) < larger);
        let (members, others) = rest.split_at(size);
        members.iter().for_each(|row| fold_of[*row] = fold);
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
