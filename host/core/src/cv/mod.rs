//! Splitters: which rows are trained on and which are tested, split by split.
//!
//! Each gives scikit-learn's folds, index for index. A splitter sees only how
//! many rows there are and their classes, never the matrix. One splitter a
//! file; this one holds what they share: the names, the form in a job file,
//! the errors.

mod inner;
mod kfold;
mod repeated;
mod stratified;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value as Json};

use crate::params::{ParamInfo, unknown};
use crate::settings::{Fault, Settings};

pub(crate) use inner::assign_folds;
pub use kfold::KFold;
pub use repeated::{RepeatedKFold, RepeatedStratifiedKFold};
pub use stratified::StratifiedKFold;

/// Most row indices that all splits of a job may have together (1 GiB).
pub const MOST_INDICES: u64 = 1 << 28;

/// One split: rows to train on and rows to test on, both ascending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split {
    /// Rows to fit on.
    pub train: Vec<u32>,
    /// Rows to score on.
    pub test: Vec<u32>,
}

/// Why rows cannot be split.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CvError {
    /// More folds than rows.
    #[error(
        "n_splits={n_splits} is not allowed: the data has {rows} rows, and every split needs at least one of its own"
    )]
    TooFewRows {
        /// What was passed.
        n_splits: u32,
        /// How many rows there are.
        rows: usize,
    },
    /// More folds than any class has members.
    #[error("n_splits={n_splits} is not allowed: the largest class has only {largest} members")]
    ClassesTooSmall {
        /// What was passed.
        n_splits: u32,
        /// Members of the most populated class.
        largest: usize,
    },
    /// A stratified splitter for numbers.
    #[error(
        "{splitter} needs classes, and the target is numeric: allowed are KFold, RepeatedKFold"
    )]
    NeedsClasses {
        /// The splitter.
        splitter: &'static str,
    },
    /// The classes are of other data.
    #[error("{classes} classes were passed for {rows} rows: allowed is one a row")]
    WrongLength {
        /// Classes passed.
        classes: usize,
        /// Rows passed.
        rows: usize,
    },
    /// The splits would not fit into memory.
    #[error(
        "{splits} splits of {rows} rows are too many: allowed are {MOST_INDICES} row indices in all splits together"
    )]
    TooLarge {
        /// How many splits.
        splits: u64,
        /// How many rows.
        rows: usize,
    },
}

/// A splitter with its parameters, all of them valid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Splitter {
    /// Consecutive or shuffled folds.
    KFold(KFold),
    /// Folds that keep the shares of the classes.
    StratifiedKFold(StratifiedKFold),
    /// [`KFold`] again and again, shuffled differently.
    RepeatedKFold(RepeatedKFold),
    /// [`StratifiedKFold`] again and again, shuffled differently.
    RepeatedStratifiedKFold(RepeatedStratifiedKFold),
}

impl Splitter {
    /// The names of all splitters.
    pub const NAMES: [&str; 4] = [
        KFold::NAME,
        StratifiedKFold::NAME,
        RepeatedKFold::NAME,
        RepeatedStratifiedKFold::NAME,
    ];

    /// The parameters of the splitter of this name, if there is one.
    #[must_use]
    pub fn params(name: &str) -> Option<Vec<ParamInfo>> {
        match name {
            KFold::NAME | StratifiedKFold::NAME => Some(kfold::params()),
            RepeatedKFold::NAME | RepeatedStratifiedKFold::NAME => Some(repeated::params()),
            _ => None,
        }
    }

    /// The splitter of a job that names none, as in scikit-learn.
    #[must_use]
    pub fn default_name(classifier: bool) -> &'static str {
        if classifier {
            StratifiedKFold::NAME
        } else {
            KFold::NAME
        }
    }

    /// What scikit-learn makes of `cv=5`: stratified for classifiers.
    ///
    /// # Errors
    /// Fewer than 2 splits are refused.
    pub fn folds(n_splits: i64, classifier: bool) -> Result<Self, Fault> {
        let fields = [
            ("splitter", Json::from(Self::default_name(classifier))),
            ("n_splits", n_splits.into()),
        ];
        Self::parse(&fields.into_iter().map(|(k, v)| (k.to_owned(), v)).collect())
    }

    /// Reads the form of a job file:
    /// `{ splitter = "KFold", n_splits = 5, shuffle = true, random_state = 0 }`.
    ///
    /// A `random_state` that is not set is 0, so that a job means the same
    /// folds every time.
    ///
    /// # Errors
    /// The field and a sentence about it.
    pub fn parse(map: &Map<String, Json>) -> Result<Self, Fault> {
        let fault = |sentence: String| ("splitter".to_owned(), sentence);
        let allowed = || format!("allowed: {}", Self::NAMES.join(", "));
        let name = match map.get("splitter") {
            Some(Json::String(name)) => name.as_str(),
            Some(other) => return Err(fault(format!("{other} is not a splitter; {}", allowed()))),
            None => return Err(fault(format!("the splitter is not named; {}", allowed()))),
        };
        let Some(infos) = Self::params(name) else {
            return Err(fault(unknown("splitter", name, &Self::NAMES)));
        };
        let settings = Settings::read(map, &infos, name, &["splitter"])?;
        match name {
            StratifiedKFold::NAME => StratifiedKFold::read(&settings).map(Self::StratifiedKFold),
            RepeatedKFold::NAME => Ok(Self::RepeatedKFold(RepeatedKFold::read(&settings))),
            RepeatedStratifiedKFold::NAME => Ok(Self::RepeatedStratifiedKFold(
                RepeatedStratifiedKFold::read(&settings),
            )),
            _ => KFold::read(&settings).map(Self::KFold),
        }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::KFold(_) => KFold::NAME,
            Self::StratifiedKFold(_) => StratifiedKFold::NAME,
            Self::RepeatedKFold(_) => RepeatedKFold::NAME,
            Self::RepeatedStratifiedKFold(_) => RepeatedStratifiedKFold::NAME,
        }
    }

    /// How many splits there are, repeats included.
    #[must_use]
    pub fn n_splits(&self) -> u64 {
        let (folds, repeats) = self.shape();
        u64::from(folds) * u64::from(repeats)
    }

    /// Whether it needs the classes of the rows.
    #[must_use]
    pub fn is_stratified(&self) -> bool {
        matches!(
            self,
            Self::StratifiedKFold(_) | Self::RepeatedStratifiedKFold(_)
        )
    }

    /// Splits `rows` rows, in plan order. `classes` has one class code a row;
    /// splitters that do not stratify ignore it.
    ///
    /// # Errors
    /// The rows or classes are too few for the splitter, or the splits too
    /// many for memory.
    pub fn splits(&self, rows: usize, classes: Option<&[u32]>) -> Result<Vec<Split>, CvError> {
        let (n_splits, _) = self.shape();
        if rows < n_splits as usize {
            return Err(CvError::TooFewRows { n_splits, rows });
        }
        let splits = self.n_splits();
        // A row is in each split once: trained on or tested.
        if splits
            .checked_mul(rows as u64)
            .is_none_or(|n| n > MOST_INDICES)
        {
            return Err(CvError::TooLarge { splits, rows });
        }
        let classes = self.needed(rows, classes)?;
        match self {
            Self::KFold(kfold) => Ok(kfold.splits(rows)),
            Self::RepeatedKFold(repeated) => Ok(repeated.splits(rows)),
            Self::StratifiedKFold(stratified) => stratified.splits(classes),
            Self::RepeatedStratifiedKFold(repeated) => repeated.splits(classes),
        }
    }

    /// What should be known about splits that are possible all the same.
    #[must_use]
    pub fn warnings(&self, rows: usize, classes: Option<&[u32]>) -> Vec<String> {
        let (n_splits, _) = self.shape();
        match self.needed(rows, classes) {
            Ok(classes) if self.is_stratified() => {
                stratified::warning(n_splits, classes).into_iter().collect()
            }
            _ => Vec::new(),
        }
    }

    /// Folds and repeats.
    fn shape(&self) -> (u32, u32) {
        match self {
            Self::KFold(k) => (k.n_splits(), 1),
            Self::StratifiedKFold(k) => (k.n_splits(), 1),
            Self::RepeatedKFold(r) => r.shape(),
            Self::RepeatedStratifiedKFold(r) => r.shape(),
        }
    }

    /// The classes, where they are needed.
    fn needed<'a>(&self, rows: usize, classes: Option<&'a [u32]>) -> Result<&'a [u32], CvError> {
        match classes {
            _ if !self.is_stratified() => Ok(&[]),
            None => Err(CvError::NeedsClasses {
                splitter: self.name(),
            }),
            Some(c) if c.len() != rows => Err(CvError::WrongLength {
                classes: c.len(),
                rows,
            }),
            Some(c) => Ok(c),
        }
    }

    /// The form of a job file, with every parameter that means something.
    fn to_map(&self) -> Map<String, Json> {
        let mut map = Map::new();
        map.insert("splitter".to_owned(), self.name().into());
        match self {
            Self::KFold(k) => k.write(&mut map),
            Self::StratifiedKFold(k) => k.write(&mut map),
            Self::RepeatedKFold(r) => r.write(&mut map),
            Self::RepeatedStratifiedKFold(r) => r.write(&mut map),
        }
        map
    }
}

impl Serialize for Splitter {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        self.to_map().serialize(s)
    }
}

impl<'de> Deserialize<'de> for Splitter {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        Self::parse(&Map::deserialize(d)?)
            .map_err(|(field, sentence)| serde::de::Error::custom(format!("{field}: {sentence}")))
    }
}

/// The splits of one pass: fold by fold, the rows that are in it and the rest.
fn from_folds(folds: u32, fold_of: &[u32]) -> impl Iterator<Item = Split> {
    (0..folds).map(move |fold| {
        let rows = (0..).zip(fold_of);
        let (test, train): (Vec<_>, Vec<_>) = rows.partition(|(_, f)| **f == fold);
        let indices = |rows: Vec<(u32, &u32)>| rows.into_iter().map(|(row, _)| row).collect();
        Split {
            train: indices(train),
            test: indices(test),
        }
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;
    use sha2::{Digest, Sha256};

    use super::*;
    use crate::reference;

    fn splitter(form: Json) -> Result<Splitter, Fault> {
        Splitter::parse(form.as_object().unwrap())
    }

    fn hash(splits: &[Split]) -> String {
        let mut hasher = Sha256::new();
        for row in splits.iter().flat_map(|s| &s.test) {
            hasher.update(i64::from(*row).to_le_bytes());
        }
        hasher
            .finalize()
            .iter()
            .map(|b| format!("{b:02x}"))
            .collect()
    }

    /// `StratifiedKFold(5,shuffle,0)` as a job file says it; `None` for
    /// splitters that do not exist yet.
    fn form(key: &str) -> Option<Json> {
        let (name, arguments) = key.strip_suffix(')')?.split_once('(')?;
        Splitter::NAMES.contains(&name).then_some(())?;
        let arguments: Vec<&str> = arguments.split(',').collect();
        let number = |i: usize| arguments[i].parse::<u32>().unwrap();
        Some(match arguments.len() {
            1 => json!({ "splitter": name, "n_splits": number(0) }),
            3 if name.starts_with("Repeated") => json!({
                "splitter": name, "n_splits": number(0), "n_repeats": number(1),
                "random_state": number(2),
            }),
            _ => json!({
                "splitter": name, "n_splits": number(0), "shuffle": true,
                "random_state": number(2),
            }),
        })
    }

    #[test]
    fn folds_are_scikit_learns_index_for_index() {
        let reference: Json = serde_json::from_str(reference::SPLITS).unwrap();
        let mut compared = 0;
        for (dataset, splitters) in reference["splits"].as_object().unwrap() {
            let data = reference::dataset(dataset);
            let classes = data.target.codes();
            for (key, expected) in splitters.as_object().unwrap() {
                let Some(form) = form(key) else { continue };
                let splits = splitter(form)
                    .unwrap()
                    .splits(data.target.rows(), classes)
                    .unwrap();
                let sizes: Vec<_> = splits.iter().map(|s| s.test.len()).collect();
                assert_eq!(json!(sizes), expected["sizes"], "{dataset} {key}");
                assert_eq!(json!(hash(&splits)), expected["sha256"], "{dataset} {key}");
                compared += 1;
            }
        }
        assert_eq!(compared, 26);
    }

    #[test]
    fn mistakes_are_told_with_their_field() {
        let cases = [
            (
                json!({}),
                "splitter",
                "the splitter is not named; allowed: KFold, StratifiedKFold, RepeatedKFold, RepeatedStratifiedKFold",
            ),
            (
                json!({"splitter": 5}),
                "splitter",
                "5 is not a splitter; allowed: KFold, StratifiedKFold, RepeatedKFold, RepeatedStratifiedKFold",
            ),
            (
                json!({"splitter": "StratifiedKfold"}),
                "splitter",
                "unknown splitter \"StratifiedKfold\" (did you mean \"StratifiedKFold\"?); allowed: KFold, StratifiedKFold, RepeatedKFold, RepeatedStratifiedKFold",
            ),
            (
                json!({"splitter": "KFold", "n_split": 3}),
                "n_split",
                "unknown parameter of KFold \"n_split\" (did you mean \"n_splits\"?); allowed: n_splits, shuffle, random_state",
            ),
            (
                json!({"splitter": "KFold", "n_splits": 1}),
                "n_splits",
                "1 is not allowed: allowed is an integer from 2 to 4294967295",
            ),
            (
                json!({"splitter": "KFold", "n_splits": 5.0}),
                "n_splits",
                "5.0 is not allowed: allowed is an integer from 2 to 4294967295",
            ),
            (
                json!({"splitter": "KFold", "shuffle": 1}),
                "shuffle",
                "1 is not allowed: allowed is true or false",
            ),
            (
                json!({"splitter": "KFold", "shuffle": true, "random_state": -1}),
                "random_state",
                "-1 is not allowed: allowed is an integer from 0 to 4294967295, or None",
            ),
            (
                json!({"splitter": "StratifiedKFold", "random_state": 0}),
                "random_state",
                "0 has no effect, since shuffle is false: allowed is to set shuffle = true, or to leave random_state out",
            ),
            (
                json!({"splitter": "RepeatedKFold", "n_repeats": 0}),
                "n_repeats",
                "0 is not allowed: allowed is an integer from 1 to 4294967295",
            ),
            (
                json!({"splitter": "RepeatedKFold", "shuffle": true}),
                "shuffle",
                "unknown parameter of RepeatedKFold \"shuffle\"; allowed: n_splits, n_repeats, random_state",
            ),
            (
                json!({"splitter": "KFold", "n_splits": 18_446_744_073_709_551_615_u64}),
                "n_splits",
                "18446744073709551615 does not fit into 64 bits",
            ),
        ];
        for (form, field, sentence) in cases {
            let fault = splitter(form.clone()).unwrap_err();
            assert_eq!(fault, (field.to_owned(), sentence.to_owned()), "{form}");
        }
    }

    #[test]
    fn an_unset_seed_is_zero_and_equal_splitters_read_equal() {
        let set = splitter(json!({"splitter": "KFold", "shuffle": true, "random_state": 0}));
        let unset = splitter(
            json!({"shuffle": true, "splitter": "KFold", "n_splits": 5, "random_state": null}),
        );
        assert_eq!(set, unset);
        let text = serde_json::to_string(&set.unwrap()).unwrap();
        assert_eq!(
            text,
            r#"{"splitter":"KFold","n_splits":5,"shuffle":true,"random_state":0}"#
        );
        for form in [
            json!({"splitter": "KFold", "n_splits": 5, "shuffle": false}),
            json!({"splitter": "StratifiedKFold", "n_splits": 3, "shuffle": true, "random_state": 7}),
            json!({"splitter": "RepeatedKFold", "n_splits": 5, "n_repeats": 10, "random_state": 0}),
            json!({"splitter": "RepeatedStratifiedKFold", "n_splits": 2, "n_repeats": 1, "random_state": 4294967295_u32}),
        ] {
            let text = form.to_string();
            let read: Splitter = serde_json::from_str(&text).unwrap();
            assert_eq!(serde_json::to_string(&read).unwrap(), text);
        }
    }

    #[test]
    fn a_number_of_folds_stratifies_for_classifiers() {
        assert_eq!(Splitter::folds(3, true).unwrap().name(), "StratifiedKFold");
        assert_eq!(Splitter::folds(3, false).unwrap().name(), "KFold");
        assert_eq!(Splitter::folds(1, false).unwrap_err().0, "n_splits");
    }

    #[test]
    fn what_cannot_be_split_is_refused() {
        let five = Splitter::folds(5, true).unwrap();
        assert_eq!(
            five.splits(3, Some(&[0, 1, 0])),
            Err(CvError::TooFewRows {
                n_splits: 5,
                rows: 3
            })
        );
        assert_eq!(
            five.splits(6, None),
            Err(CvError::NeedsClasses {
                splitter: "StratifiedKFold"
            })
        );
        assert_eq!(
            five.splits(6, Some(&[0])),
            Err(CvError::WrongLength {
                classes: 1,
                rows: 6
            })
        );
        assert_eq!(
            five.splits(6, Some(&[0, 0, 0, 0, 1, 1])),
            Err(CvError::ClassesTooSmall {
                n_splits: 5,
                largest: 4
            })
        );
        let many =
            splitter(json!({"splitter": "RepeatedKFold", "n_repeats": 4294967295_u32})).unwrap();
        assert_eq!(many.n_splits(), 5 * 4_294_967_295);
        assert!(matches!(
            many.splits(10, None),
            Err(CvError::TooLarge { .. })
        ));
        assert!(matches!(
            Splitter::folds(5, false).unwrap().splits(0, None),
            Err(CvError::TooFewRows { .. })
        ));
    }

    #[test]
    fn a_small_class_is_warned_of() {
        let five = Splitter::folds(3, true).unwrap();
        let classes = [0, 0, 0, 1, 1, 0];
        assert_eq!(five.splits(6, Some(&classes)).unwrap().len(), 3);
        assert_eq!(
            five.warnings(6, Some(&classes)),
            [
                "the least populated class has only 2 members, which is less than n_splits=3: some splits test none of them"
            ]
        );
        assert!(five.warnings(6, Some(&[0, 1, 0, 1, 0, 1])).is_empty());
        assert!(five.warnings(6, None).is_empty());
        assert!(
            Splitter::folds(3, false)
                .unwrap()
                .warnings(6, Some(&classes))
                .is_empty()
        );
    }

    prop_compose! {
        fn any_splitter()(
            name in prop::sample::select(&Splitter::NAMES[..]),
            n_splits in 2_u32..12,
            n_repeats in 1_u32..4,
            shuffle in any::<bool>(),
            random_state in any::<u32>(),
        ) -> Splitter {
            let mut map = Map::new();
            map.insert("splitter".into(), name.into());
            map.insert("n_splits".into(), n_splits.into());
            let repeated = name.starts_with("Repeated");
            if repeated {
                map.insert("n_repeats".into(), n_repeats.into());
            } else {
                map.insert("shuffle".into(), shuffle.into());
            }
            if repeated || shuffle {
                map.insert("random_state".into(), random_state.into());
            }
            Splitter::parse(&map).unwrap()
        }
    }

    proptest! {
        #[test]
        fn every_row_is_tested_once_a_repeat(
            splitter in any_splitter(),
            classes in prop::collection::vec(0_u32..4, 0..60),
        ) {
            let rows = classes.len();
            let Ok(splits) = splitter.splits(rows, Some(&classes)) else {
                return Ok(());
            };
            prop_assert_eq!(splits.len() as u64, splitter.n_splits());
            let (folds, _) = splitter.shape();
            for repeat in splits.chunks(folds as usize) {
                let mut tested: Vec<u32> = repeat.iter().flat_map(|s| s.test.clone()).collect();
                tested.sort_unstable();
                prop_assert!(tested.iter().copied().eq(0..rows as u32));
            }
            for split in &splits {
                let mut all = [&split.train[..], &split.test[..]].concat();
                prop_assert!(split.train.is_sorted() && split.test.is_sorted());
                all.sort_unstable();
                prop_assert!(all.iter().copied().eq(0..rows as u32));
            }
            prop_assert_eq!(&splits, &splitter.splits(rows, Some(&classes)).unwrap());
        }

        #[test]
        fn class_codes_may_be_any_numbers(classes in prop::collection::vec(any::<u32>(), 4..20)) {
            let _ = Splitter::folds(2, true).unwrap().splits(classes.len(), Some(&classes));
        }
    }
}
