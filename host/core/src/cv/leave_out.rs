//! LeaveOneOut, LeavePOut, LeaveOneGroupOut, LeavePGroupsOut: every choice of
//! rows or groups to test there is.

use super::choose::choices;
use super::codes::Codes;
use super::splits::{Source, Splits};
use super::{CvError, MOST_SPLITS};
use crate::params::{Domain, ParamInfo, Value};
use crate::settings::{Fault, Settings};

/// The parameter that says how many are left out. scikit-learn has no default
/// for it.
pub(super) fn param(name: &str, what: &str) -> ParamInfo {
    ParamInfo {
        name: name.to_owned(),
        default: Value::None,
        domains: vec![Domain::Int {
            min: Some(1),
            max: Some(i64::from(u32::MAX)),
        }],
        doc: format!("how many {what} a split tests; must be set"),
    }
}

/// Reads that parameter.
pub(super) fn read(settings: &Settings, name: &str, of: &str) -> Result<u32, Fault> {
    settings.u32(name).ok_or_else(|| {
        let sentence = format!(
            "{of} needs it: allowed is an integer from 1 to {}",
            u32::MAX
        );
        (name.to_owned(), sentence)
    })
}

/// Whether something is left to train on when `passed` units go.
fn check(
    splitter: &'static str,
    units: u32,
    what: &'static str,
    name: &'static str,
    passed: u32,
) -> Result<(), CvError> {
    if units < 2 {
        return Err(CvError::TooFewToLeave {
            splitter,
            units: units as usize,
            what,
        });
    }
    if units <= passed {
        return Err(CvError::NothingLeft {
            name,
            passed,
            units: units as usize,
            what,
        });
    }
    Ok(())
}

/// Every choice of `p` rows.
pub(super) fn rows(splitter: &'static str, rows: u32, p: u32) -> Result<Splits, CvError> {
    check(splitter, rows, "rows", "p", p)?;
    left(rows, rows, p, None)
}

/// Every choice of `n_groups` groups.
pub(super) fn groups(
    splitter: &'static str,
    groups: Codes,
    n_groups: u32,
) -> Result<Splits, CvError> {
    // Neither are more than a `u32`, which counts the rows.
    let rows = groups.of_row.len() as u32;
    let units = groups.counts.len() as u32;
    check(splitter, units, "groups", "n_groups", n_groups)?;
    left(rows, units, n_groups, Some(groups.of_row))
}

fn left(rows: u32, units: u32, p: u32, unit_of: Option<Vec<u32>>) -> Result<Splits, CvError> {
    let splits = choices(units.into(), p.into());
    match u32::try_from(splits) {
        Ok(n) if n <= MOST_SPLITS => {
            let source = Source::Left { p, units, unit_of };
            Ok(Splits::new(rows, n, source))
        }
        _ => Err(CvError::TooManySplits { splits }),
    }
}
