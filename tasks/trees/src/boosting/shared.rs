//! One run for all candidates that differ in `n_estimators` alone: fewer trees
//! are the first ones of more.

use pleat_guest::Error;

use super::members::Boosted;
use super::settings::Settings;

/// The longest run any candidate of a fitting asked for, and what it was.
pub(crate) struct Longest<K>(Option<(K, usize, Boosted)>);

impl<K> Default for Longest<K> {
    fn default() -> Self {
        Longest(None)
    }
}

impl<K: PartialEq> Longest<K> {
    /// The first stages of the longest run, which `run` makes if it has not
    /// been made yet. `key` is all but the number of trees, `siblings` are the
    /// keys and numbers of all candidates.
    pub(crate) fn first(
        &mut self,
        key: K,
        settings: &Settings,
        siblings: impl Iterator<Item = (K, usize)>,
        run: impl FnOnce(&Settings) -> Result<Boosted, Error>,
    ) -> Result<Boosted, Error> {
        let wanted = settings.n_estimators;
        let kept = self
            .0
            .take()
            .filter(|(k, most, _)| *k == key && *most >= wanted);
        let (key, most, longest) = match kept {
            Some(kept) => kept,
            None => {
                let alike = siblings.filter(|(k, _)| *k == key).map(|(_, n)| n);
                let most = alike.fold(wanted, usize::max);
                let longest = run(&settings.with_estimators(most))?;
                (key, most, longest)
            }
        };
        let first = longest.first(wanted);
        self.0 = Some((key, most, longest));
        Ok(first)
    }
}
