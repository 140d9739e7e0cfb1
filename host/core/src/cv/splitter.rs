//! A splitter as a job names it: its form, its parameters, what it needs to
//! know of the rows. How each splits stands in a file of its own.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value as Json};

use super::codes::Codes;
use super::kfold::{self, Folds};
use super::repeated::{self, Repeats};
use super::shuffle::{self, Draws};
use super::splits::{Source, Splits};
use super::time_series::{self, TimeSeries};
use super::{CvError, MOST_NUMBERS, MOST_SPLITS, SplitRows};
use super::{group_kfold, leave_out, predefined, stratified, stratified_group, stratified_shuffle};
use crate::params::{ParamInfo, unknown};
use crate::settings::{Fault, Settings};

/// A splitter with its parameters, all of them valid.
#[derive(Debug, Clone, PartialEq)]
pub struct Splitter(Kind);

#[derive(Debug, Clone, PartialEq)]
enum Kind {
    KFold(Folds),
    StratifiedKFold(Folds),
    GroupKFold(Folds),
    StratifiedGroupKFold(Folds),
    RepeatedKFold(Repeats),
    RepeatedStratifiedKFold(Repeats),
    ShuffleSplit(Draws),
    StratifiedShuffleSplit(Draws),
    GroupShuffleSplit(Draws),
    TimeSeriesSplit(TimeSeries),
    LeaveOneOut,
    LeavePOut(u32),
    LeaveOneGroupOut,
    LeavePGroupsOut(u32),
    PredefinedSplit(String),
}

impl Splitter {
    /// The names of all splitters.
    pub const NAMES: [&str; 15] = [
        "KFold",
        "StratifiedKFold",
        "GroupKFold",
        "StratifiedGroupKFold",
        "RepeatedKFold",
        "RepeatedStratifiedKFold",
        "ShuffleSplit",
        "StratifiedShuffleSplit",
        "GroupShuffleSplit",
        "TimeSeriesSplit",
        "LeaveOneOut",
        "LeavePOut",
        "LeaveOneGroupOut",
        "LeavePGroupsOut",
        "PredefinedSplit",
    ];

    /// The parameters of the splitter of this name, if there is one.
    #[must_use]
    pub fn params(name: &str) -> Option<Vec<ParamInfo>> {
        Some(match name {
            "KFold" | "StratifiedKFold" | "GroupKFold" | "StratifiedGroupKFold" => kfold::params(),
            "RepeatedKFold" | "RepeatedStratifiedKFold" => repeated::params(),
            "ShuffleSplit" | "StratifiedShuffleSplit" => shuffle::params(10, "0.1"),
            "GroupShuffleSplit" => shuffle::params(5, "0.2"),
            "TimeSeriesSplit" => time_series::params(),
            "LeaveOneOut" | "LeaveOneGroupOut" => Vec::new(),
            "LeavePOut" => vec![leave_out::param("p", "rows")],
            "LeavePGroupsOut" => vec![leave_out::param("n_groups", "groups")],
            "PredefinedSplit" => vec![predefined::param()],
            _ => return None,
        })
    }

    /// The splitter of a job that names none, as in scikit-learn.
    #[must_use]
    pub fn default_name(classifier: bool) -> &'static str {
        if classifier {
            "StratifiedKFold"
        } else {
            "KFold"
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
        let no_such = || fault(unknown("splitter", name, &Self::NAMES));
        let infos = Self::params(name).ok_or_else(no_such)?;
        let read = Settings::read(map, &infos, name, &["splitter"])?;
        Ok(Self(match name {
            "KFold" => Kind::KFold(Folds::read(&read)?),
            "StratifiedKFold" => Kind::StratifiedKFold(Folds::read(&read)?),
            "GroupKFold" => Kind::GroupKFold(Folds::read(&read)?),
            "StratifiedGroupKFold" => Kind::StratifiedGroupKFold(Folds::read(&read)?),
            "RepeatedKFold" => Kind::RepeatedKFold(Repeats::read(&read)),
            "RepeatedStratifiedKFold" => Kind::RepeatedStratifiedKFold(Repeats::read(&read)),
            "ShuffleSplit" => Kind::ShuffleSplit(Draws::read(&read, 0.1)?),
            "StratifiedShuffleSplit" => Kind::StratifiedShuffleSplit(Draws::read(&read, 0.1)?),
            "GroupShuffleSplit" => Kind::GroupShuffleSplit(Draws::read(&read, 0.2)?),
            "TimeSeriesSplit" => Kind::TimeSeriesSplit(TimeSeries::read(&read)),
            "LeaveOneOut" => Kind::LeaveOneOut,
            "LeavePOut" => Kind::LeavePOut(leave_out::read(&read, "p", name)?),
            "LeaveOneGroupOut" => Kind::LeaveOneGroupOut,
            "LeavePGroupsOut" => Kind::LeavePGroupsOut(leave_out::read(&read, "n_groups", name)?),
            "PredefinedSplit" => Kind::PredefinedSplit(predefined::read(&read)?),
            _ => return Err(no_such()),
        }))
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match &self.0 {
            Kind::KFold(_) => "KFold",
            Kind::StratifiedKFold(_) => "StratifiedKFold",
            Kind::GroupKFold(_) => "GroupKFold",
            Kind::StratifiedGroupKFold(_) => "StratifiedGroupKFold",
            Kind::RepeatedKFold(_) => "RepeatedKFold",
            Kind::RepeatedStratifiedKFold(_) => "RepeatedStratifiedKFold",
            Kind::ShuffleSplit(_) => "ShuffleSplit",
            Kind::StratifiedShuffleSplit(_) => "StratifiedShuffleSplit",
            Kind::GroupShuffleSplit(_) => "GroupShuffleSplit",
            Kind::TimeSeriesSplit(_) => "TimeSeriesSplit",
            Kind::LeaveOneOut => "LeaveOneOut",
            Kind::LeavePOut(_) => "LeavePOut",
            Kind::LeaveOneGroupOut => "LeaveOneGroupOut",
            Kind::LeavePGroupsOut(_) => "LeavePGroupsOut",
            Kind::PredefinedSplit(_) => "PredefinedSplit",
        }
    }

    /// Whether it needs the classes of the rows.
    #[must_use]
    pub fn needs_classes(&self) -> bool {
        matches!(
            self.0,
            Kind::StratifiedKFold(_)
                | Kind::StratifiedGroupKFold(_)
                | Kind::RepeatedStratifiedKFold(_)
                | Kind::StratifiedShuffleSplit(_)
        )
    }

    /// Whether it needs the groups of the rows.
    #[must_use]
    pub fn needs_groups(&self) -> bool {
        matches!(
            self.0,
            Kind::GroupKFold(_)
                | Kind::StratifiedGroupKFold(_)
                | Kind::GroupShuffleSplit(_)
                | Kind::LeaveOneGroupOut
                | Kind::LeavePGroupsOut(_)
        )
    }

    /// The column it needs the folds of the rows from.
    #[must_use]
    pub fn test_fold(&self) -> Option<&str> {
        match &self.0 {
            Kind::PredefinedSplit(column) => Some(column),
            _ => None,
        }
    }

    /// Plans the splits of these rows.
    ///
    /// # Errors
    /// The rows, classes or groups do not suffice for the splitter, or there
    /// would be too many splits.
    pub fn plan(&self, rows: &SplitRows<'_>) -> Result<Splits, CvError> {
        let n = rows.rows;
        let too_large = |passes: u64| CvError::TooLarge {
            passes,
            units: n as u64,
            what: "rows",
        };
        let count = u32::try_from(n).map_err(|_| too_large(1))?;
        if let Some((folds, repeats)) = self.dealt() {
            if n < folds as usize {
                return Err(CvError::TooFewRows {
                    n_splits: folds,
                    rows: n,
                });
            }
            let splits = u64::from(folds) * u64::from(repeats);
            if splits > u64::from(MOST_SPLITS) {
                return Err(CvError::TooManySplits { splits });
            }
            if u64::from(repeats) * u64::from(count) > MOST_NUMBERS {
                return Err(too_large(repeats.into()));
            }
        }
        let classes = || self.codes(rows.classes, n, "classes");
        let groups = || self.codes(rows.groups, n, "groups");
        let folds = |k: &Folds, of: Vec<u32>| Splits::folds(count, k.n_splits, 1, of);
        let repeats = |r: &Repeats, of: Vec<u32>| Splits::folds(count, r.n_splits, r.n_repeats, of);
        let drawn = |d: &Draws, splits, unit_of| {
            Splits::new(count, d.n_splits, Source::Drawn { splits, unit_of })
        };
        let mut plan = match &self.0 {
            Kind::KFold(k) => folds(k, kfold::assign(n, k.n_splits, k.rng().as_mut())),
            Kind::StratifiedKFold(k) => {
                let classes = classes()?;
                let fold_of = stratified::assign(&classes, k.n_splits, k.rng().as_mut())?;
                let mut plan = folds(k, fold_of);
                plan.warn(stratified::warning(&classes, k.n_splits));
                plan
            }
            Kind::GroupKFold(k) => folds(
                k,
                group_kfold::assign(&groups()?, k.n_splits, k.rng().as_mut())?,
            ),
            Kind::StratifiedGroupKFold(k) => {
                let (classes, groups) = (classes()?, groups()?);
                let rng = &mut k.rng();
                let of = stratified_group::assign(&classes, &groups, k.n_splits, rng.as_mut())?;
                let mut plan = folds(k, of);
                plan.warn(stratified::warning(&classes, k.n_splits));
                plan
            }
            Kind::RepeatedKFold(r) => {
                let once = |rng: &mut _| Ok(kfold::assign(n, r.n_splits, Some(rng)));
                repeats(r, r.assign(once)?)
            }
            Kind::RepeatedStratifiedKFold(r) => {
                let classes = classes()?;
                let once = |rng: &mut _| stratified::assign(&classes, r.n_splits, Some(rng));
                let mut plan = repeats(r, r.assign(once)?);
                plan.warn(stratified::warning(&classes, r.n_splits));
                plan
            }
            Kind::ShuffleSplit(d) => drawn(d, d.draw(count, "rows")?, None),
            Kind::StratifiedShuffleSplit(d) => {
                drawn(d, stratified_shuffle::draw(*d, &classes()?)?, None)
            }
            Kind::GroupShuffleSplit(d) => {
                let groups = groups()?;
                let splits = d.draw(groups.counts.len() as u32, "groups")?;
                drawn(d, splits, Some(groups.of_row))
            }
            Kind::TimeSeriesSplit(t) => t.plan(count)?,
            Kind::LeaveOneOut => leave_out::rows(self.name(), count, 1)?,
            Kind::LeavePOut(p) => leave_out::rows(self.name(), count, *p)?,
            Kind::LeaveOneGroupOut => leave_out::groups(self.name(), groups()?, 1)?,
            Kind::LeavePGroupsOut(p) => leave_out::groups(self.name(), groups()?, *p)?,
            Kind::PredefinedSplit(_) => {
                let test_fold = rows.test_fold.ok_or(CvError::NeedsTestFold)?;
                one_a_row("folds", test_fold.len(), n)?;
                predefined::plan(test_fold)?
            }
        };
        if rows.groups.is_some() && !self.needs_groups() {
            plan.warn([format!("the groups are ignored by {}", self.name())]);
        }
        Ok(plan)
    }

    /// Folds and repeats of the splitters that deal all rows into folds.
    fn dealt(&self) -> Option<(u32, u32)> {
        match &self.0 {
            Kind::KFold(k)
            | Kind::StratifiedKFold(k)
            | Kind::GroupKFold(k)
            | Kind::StratifiedGroupKFold(k) => Some((k.n_splits, 1)),
            Kind::RepeatedKFold(r) | Kind::RepeatedStratifiedKFold(r) => {
                Some((r.n_splits, r.n_repeats))
            }
            _ => None,
        }
    }

    /// The classes or groups it needs.
    fn codes(
        &self,
        passed: Option<&[u32]>,
        rows: usize,
        what: &'static str,
    ) -> Result<Codes, CvError> {
        let splitter = self.name();
        let passed = passed.ok_or(match what {
            "classes" => CvError::NeedsClasses { splitter },
            _ => CvError::NeedsGroups { splitter },
        })?;
        one_a_row(what, passed.len(), rows)?;
        Ok(Codes::new(passed))
    }

    /// The form of a job file, with every parameter that means something.
    fn to_map(&self) -> Map<String, Json> {
        let mut map = Map::new();
        let mut set = |name: &str, value: Json| map.insert(name.to_owned(), value);
        set("splitter", self.name().into());
        match &self.0 {
            Kind::KFold(k)
            | Kind::StratifiedKFold(k)
            | Kind::GroupKFold(k)
            | Kind::StratifiedGroupKFold(k) => k.write(&mut map),
            Kind::RepeatedKFold(r) | Kind::RepeatedStratifiedKFold(r) => r.write(&mut map),
            Kind::ShuffleSplit(d)
            | Kind::StratifiedShuffleSplit(d)
            | Kind::GroupShuffleSplit(d) => d.write(&mut map),
            Kind::TimeSeriesSplit(t) => t.write(&mut map),
            Kind::LeaveOneOut | Kind::LeaveOneGroupOut => {}
            Kind::LeavePOut(p) => drop(set("p", (*p).into())),
            Kind::LeavePGroupsOut(n) => drop(set("n_groups", (*n).into())),
            Kind::PredefinedSplit(column) => drop(set("test_fold", column.as_str().into())),
        }
        map
    }
}

fn one_a_row(what: &'static str, passed: usize, rows: usize) -> Result<(), CvError> {
    if passed == rows {
        Ok(())
    } else {
        Err(CvError::WrongLength { what, passed, rows })
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
