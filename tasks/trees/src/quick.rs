//! Regression trees grown as gradient boosting grows them, for ensembles whose
//! trees scikit-learn would not grow differently.
//!
//! [`crate::grow`] repeats the order in which scikit-learn leaves rows with equal
//! values, because sums over them differ in their last bits, and those decide between
//! splits that are equal but for rounding. Where columns have hardly any equal
//! values, or where sums are whole numbers, there is nothing to repeat. Rows that were
//! drawn twice are equal, too; but with many rows hardly any split equals another,
//! so that only few rows are left to the other way, where it takes no time.

use pleat_guest::Rows;
use pleat_num::sum::pairwise;

use crate::boosting::{Form, Grower, Table, Targets, Task};
use crate::draws::Columns;
use crate::settings::Settings;
use crate::tree::Tree;

/// Sums of whole numbers up to this are exact.
const EXACT: f64 = 9e15;

/// So many rows are many.
pub(crate) const MANY: usize = 1000;

/// A tree that predicts means, or none where it might not be scikit-learn's.
pub(crate) fn quick(
    train: &Rows<'_>,
    numbers: &[f64],
    weights: Option<&[f64]>,
    settings: &Settings,
    seed: u32,
) -> Option<Tree> {
    let data = train.dataset();
    let missing = data.cached("missing", || data.values().iter().any(|x| x.is_nan()));
    if *missing || settings.random() {
        return None;
    }
    let table = Table::new(train);
    let sorted = |form: &Form| matches!(form, Form::Sorted(_));
    let n = numbers.len();
    let distinct = table.forms.iter().all(sorted) && (!table.twice || n >= MANY);
    if !distinct && !whole(numbers, weights) {
        return None;
    }
    let mass = weights.map_or(n as f64, pairwise);
    let sums: Vec<f64>;
    let targets = match weights {
        None => Targets {
            sums: numbers,
            weights: None,
        },
        Some(weights) => {
            sums = numbers.iter().zip(weights).map(|(y, w)| y * w).collect();
            Targets {
                sums: &sums,
                weights: Some(weights),
            }
        }
    };
    let bag = weights.filter(|weights| weights.contains(&0.0));
    let bag: Option<Vec<bool>> = bag.map(|weights| weights.iter().map(|w| *w != 0.0).collect());
    let rules = settings.rules(n, mass, train.n_columns(), seed);
    let task = Task {
        numbers,
        targets,
        rules: &rules,
    };
    let columns = Columns::new(seed, train.n_columns());
    let tree = Grower::new(&table).grow(bag.as_deref(), &task, columns);
    Some(match settings.ccp_alpha() {
        Some(alpha) => tree.pruned(alpha),
        None => tree,
    })
}

/// Whether sums of these numbers, and of their squares, are exact in any order.
fn whole(numbers: &[f64], weights: Option<&[f64]>) -> bool {
    let whole = |x: &f64| x.trunc() == *x;
    let weight = |row: usize| weights.map_or(1.0, |w| w[row]);
    let all = numbers.iter().enumerate();
    numbers.iter().all(whole)
        && weights.is_none_or(|w| w.iter().all(whole))
        && all.fold(0.0, |sum, (row, y)| sum + weight(row) * y * y) < EXACT
}
