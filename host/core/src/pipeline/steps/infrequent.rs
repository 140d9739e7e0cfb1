//! Infrequent categories: which ones an encoder lumps together.

use crate::params::{Bound, Domain, ParamInfo, Value};
use crate::settings::{self, Settings};

/// From when on a category is infrequent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Infrequent {
    min_frequency: Option<Least>,
    max_categories: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Least {
    Rows(usize),
    Share(f64),
}

/// For each category its code after the infrequent ones became one, which is
/// the last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Groups {
    pub(super) code_of: Vec<usize>,
    pub(super) frequent: usize,
}

/// The parameters `min_frequency` and `max_categories`.
pub(super) fn params() -> [ParamInfo; 2] {
    let end = |at| {
        Some(Bound {
            at,
            inclusive: false,
        })
    };
    let share = Domain::Float {
        min: end(0.0),
        max: end(1.0),
    };
    [
        settings::any_of(
            "min_frequency",
            Value::None,
            vec![Domain::int_from(1), share, Domain::None],
            "categories in fewer rows, or in a smaller share of them, become one",
        ),
        settings::any_of(
            "max_categories",
            Value::None,
            vec![Domain::int_from(1), Domain::None],
            "how many categories there are at most: the rarest become one",
        ),
    ]
}

impl Infrequent {
    pub(super) fn read(settings: &Settings) -> Self {
        let count = |i: i64| usize::try_from(i).unwrap_or(usize::MAX);
        Self {
            min_frequency: match settings.value("min_frequency") {
                Value::Int(i) => Some(Least::Rows(count(*i))),
                Value::Float(x) => Some(Least::Share(*x)),
                _ => None,
            },
            max_categories: match settings.value("max_categories") {
                Value::Int(i) => Some(count(*i)),
                _ => None,
            },
        }
    }

    /// The groups, if any of the categories, which occur so often, is
    /// infrequent.
    pub(super) fn groups(&self, counts: &[usize], rows: usize) -> Option<Groups> {
        let mut rare: Vec<bool> = match self.min_frequency {
            Some(Least::Rows(least)) => counts.iter().map(|n| *n < least).collect(),
            Some(Least::Share(share)) => {
                let least = rows as f64 * share;
                counts.iter().map(|n| (*n as f64) < least).collect()
            }
            None => vec![false; counts.len()],
        };
        let frequent = rare.iter().filter(|rare| !**rare).count();
        if let Some(most) = self.max_categories.filter(|most| *most < frequent + 1) {
            // One of so many is the infrequent one.
            let mut order: Vec<usize> = (0..counts.len()).collect();
            order.sort_by_key(|i| counts[*i]);
            let rarest = counts.len() - (most - 1).min(counts.len());
            order[..rarest].iter().for_each(|i| rare[*i] = true);
        }
        if !rare.contains(&true) {
            return None;
        }
        let frequent = rare.iter().filter(|rare| !**rare).count();
        let mut next = 0..;
        let code = |rare: &bool| match rare {
            true => Some(frequent),
            false => next.next(),
        };
        Some(Groups {
            code_of: rare.iter().filter_map(code).collect(),
            frequent,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grouped(
        min_frequency: Option<Least>,
        max_categories: Option<usize>,
        counts: &[usize],
    ) -> Option<Vec<usize>> {
        let infrequent = Infrequent {
            min_frequency,
            max_categories,
        };
        let groups = infrequent.groups(counts, counts.iter().sum());
        groups.map(|g| g.code_of)
    }

    #[test]
    fn rare_categories_become_the_last_one() {
        let counts = [5, 20, 10, 3, 1];
        let rows = |n| Some(Least::Rows(n));
        assert_eq!(grouped(rows(6), None, &counts), Some(vec![2, 0, 1, 2, 2]));
        assert_eq!(grouped(rows(1), None, &counts), None);
        assert_eq!(grouped(None, Some(3), &counts), Some(vec![2, 0, 1, 2, 2]));
        // One too many, though only one category is left for the last.
        assert_eq!(grouped(None, Some(5), &counts), Some(vec![0, 1, 2, 3, 4]));
        assert_eq!(grouped(None, Some(6), &counts), None);
        assert_eq!(grouped(None, Some(1), &counts), Some(vec![0; 5]));
        // 39 * 0.26 is 10.14.
        let share = Some(Least::Share(0.26));
        assert_eq!(grouped(share, None, &counts), Some(vec![1, 0, 1, 1, 1]));
        // Exactly so many are enough.
        let share = Some(Least::Share(0.25));
        assert_eq!(grouped(share, None, &[1, 3, 4, 8]), Some(vec![2, 2, 0, 1]));
        // As often as each other: the later ones stay.
        assert_eq!(grouped(None, Some(2), &[2, 2, 2]), Some(vec![1, 1, 0]));
    }
}
