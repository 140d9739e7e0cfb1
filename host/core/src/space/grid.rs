//! The grid: every combination of values, in the order of `ParameterGrid`.

use super::{Dimension, Space};
use crate::params::Value;
use crate::task::Params;

/// A grid of something that is not a list.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error(
    "{} is a distribution, which has no grid: allowed is a list of values, or a random search", .dimension.to_json()
)]
pub struct NotAList {
    /// The parameter.
    pub name: String,
    /// What it may be set to.
    pub dimension: Dimension,
}

/// How many candidates the grid of all spaces has; `u64::MAX` for that many
/// or more.
///
/// # Errors
/// The first dimension that is not a list.
pub fn count(spaces: &[Space]) -> Result<u64, NotAList> {
    let mut all: u64 = 0;
    for space in spaces {
        let lists = lists(space)?;
        let sizes = lists.iter().map(|(_, values)| values.len() as u64);
        all = all.saturating_add(sizes.fold(1, u64::saturating_mul));
    }
    Ok(all)
}

/// All candidates: space after space, keys sorted, the last key fastest. How
/// many are too many the caller finds out with [`count`].
///
/// # Errors
/// The first dimension that is not a list.
pub fn grid(spaces: &[Space]) -> Result<Vec<Params>, NotAList> {
    (0..count(spaces)?)
        .map(|index| candidate(spaces, index))
        .collect()
}

/// The candidate at this place of the grid.
pub(super) fn candidate(spaces: &[Space], mut index: u64) -> Result<Params, NotAList> {
    for space in spaces {
        let candidates = count(std::slice::from_ref(space))?;
        if index >= candidates {
            index -= candidates;
            continue;
        }
        let mut params = Params::new();
        for (name, values) in lists(space)?.into_iter().rev() {
            let size = values.len() as u64;
            // The remainder is less than a list's length.
            params.insert(name.clone(), values[(index % size) as usize].clone());
            index /= size;
        }
        return Ok(params);
    }
    Ok(Params::new())
}

/// The lists of a space that has nothing else.
fn lists(space: &Space) -> Result<Vec<(&String, &Vec<Value>)>, NotAList> {
    let of = |(name, dimension)| list(name, dimension);
    space.dimensions().iter().map(of).collect()
}

fn list<'a>(
    name: &'a String,
    dimension: &'a Dimension,
) -> Result<(&'a String, &'a Vec<Value>), NotAList> {
    match dimension {
        Dimension::List(values) => Ok((name, values)),
        other => Err(NotAList {
            name: name.clone(),
            dimension: other.clone(),
        }),
    }
}
