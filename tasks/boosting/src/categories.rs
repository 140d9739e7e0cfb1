//! The best split of a column of categories: they are put in the order of
//! their mean gradients, in which some cut is the best of all subsets (Fisher,
//! 1958, "On Grouping for Maximum Homogeneity").

use crate::histogram::Slots;
use crate::split::{Limits, MIN_HESSIAN, Node, Split, Sums, Test};

/// A category of fewer rows, or of as much less hessian, always goes right.
/// The same number smooths the means.
const SUPPORT: f64 = 10.0;

/// The best split of a column, the bin of missing values being one more
/// category if there are such rows.
pub(crate) fn best(
    limits: &Limits,
    node: &Node,
    column: usize,
    slots: Slots<'_>,
    bins: usize,
    missing: bool,
) -> Option<Split> {
    let factor = node.sums.rows / node.sums.hessian;
    let mut order: Vec<(f64, usize)> = (0..bins + usize::from(missing))
        .filter_map(|bin| {
            let here = slots.at(bin);
            let supported = here.hessian * factor >= SUPPORT;
            supported.then(|| (here.gradient / (here.hessian + SUPPORT), bin))
        })
        .collect();
    if order.len() <= 1 {
        return None;
    }
    sort(&mut order);
    // From both ends to the middle, so that what goes right by itself is
    // always with the larger part.
    let middle = order.len().div_ceil(2);
    let mut best: Option<(f64, Sums, bool, usize)> = None;
    for (from_right, cuts) in [(false, middle), (true, middle - 1)] {
        let mut left = Sums::default();
        for i in 0..cuts {
            let place = if from_right { order.len() - 1 - i } else { i };
            let here = slots.at(order[place].1);
            left.gradient += here.gradient;
            left.hessian += here.hessian;
            left.rows += here.rows;
            let right = node.sums.without(left);
            if !limits.enough_rows(left) || left.hessian < MIN_HESSIAN {
                continue;
            }
            if !limits.enough_rows(right) || right.hessian < MIN_HESSIAN {
                break;
            }
            let gain = limits.gain(node, left, right, 0);
            if gain > best.map_or(0.0, |best| best.0) {
                best = Some((gain, left, from_right, place));
            }
        }
    }
    let (gain, left, from_right, place) = best?;
    let taken = if from_right {
        &order[place..]
    } else {
        &order[..=place]
    };
    let mut set = [0; 8];
    for (_, bin) in taken {
        set[bin / 32] |= 1 << (bin % 32);
    }
    Some(Split {
        gain,
        column,
        test: Test::In(set),
        missing_left: missing && taken.iter().any(|(_, bin)| *bin == bins),
        left,
    })
}

/// Merges as C's library does, which of equal values takes the later one
/// first when told, as it is, that neither is smaller.
fn sort(items: &mut [(f64, usize)]) {
    if items.len() < 2 {
        return;
    }
    let half = items.len() / 2;
    sort(&mut items[..half]);
    sort(&mut items[half..]);
    let (left, right) = (items[..half].to_vec(), items[half..].to_vec());
    let (mut l, mut r) = (0, 0);
    for item in items {
        if l < left.len() && (r == right.len() || left[l].0 < right[r].0) {
            *item = left[l];
            l += 1;
        } else {
            *item = right[r];
            r += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_come_in_reverse() {
        let mut items = [(1.0, 0), (1.0, 1), (0.0, 2), (1.0, 3)];
        sort(&mut items);
        assert_eq!(items, [(0.0, 2), (1.0, 3), (1.0, 1), (1.0, 0)]);
    }
}
