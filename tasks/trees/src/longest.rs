//! One run for all candidates that differ in `n_estimators` alone: fewer trees
//! are the first ones of more.

use pleat_guest::Error;

/// The longest run any candidate of a fitting asked for, and what it was.
pub(crate) struct Longest<K, T>(Option<(K, usize, T)>);

impl<K, T> Default for Longest<K, T> {
    fn default() -> Self {
        Longest(None)
    }
}

impl<K: PartialEq, T> Longest<K, T> {
    /// A run of so many trees at least, made now if there is none yet. `key` is
    /// all but the number of trees, `siblings` are the keys and numbers of all
    /// candidates.
    pub(crate) fn of(
        &mut self,
        key: K,
        wanted: usize,
        siblings: impl Iterator<Item = (K, usize)>,
        run: impl FnOnce(usize) -> Result<T, Error>,
    ) -> Result<&T, Error> {
        let enough = |(k, most, _): &(K, usize, T)| *k == key && *most >= wanted;
        let kept = match self.0.take().filter(enough) {
            Some(kept) => kept,
            None => {
                let alike = siblings.filter(|(k, _)| *k == key).map(|(_, n)| n);
                let most = alike.fold(wanted, usize::max);
                (key, most, run(most)?)
            }
        };
        Ok(&self.0.insert(kept).2)
    }
}
