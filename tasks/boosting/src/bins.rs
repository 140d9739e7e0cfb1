//! The training rows as bin numbers, a byte a cell.
//!
//! Four columns stand together, row after row, so that whoever goes over the
//! rows of a node loads a row's number and gradient once for four columns, and
//! adds to four histograms in turn, none of which waits for the one before.

use pleat_guest::Dataset;
use pleat_num::rng::RandomState;

use crate::columns::{Encoders, place};
use crate::thresholds::thresholds;

/// How many columns stand together.
pub(crate) const TOGETHER: usize = 4;

/// Thresholds are those of so many rows, drawn if there are more.
const ENOUGH: usize = 200_000;

/// One column, as trees see it. Bins are counted from 0; the one after the
/// last holds the rows without a value.
pub(crate) struct Column {
    /// Which of the dataset's.
    pub(crate) feature: u32,
    /// How many bins there are, the one of missing values not counted.
    pub(crate) bins: usize,
    /// Whether a training row has no value here.
    pub(crate) missing: bool,
    pub(crate) categorical: bool,
    /// The upper ends of all bins but the last; empty for categories.
    pub(crate) cuts: Vec<f64>,
}

impl Column {
    /// How long a histogram of it is.
    pub(crate) fn slots(&self) -> usize {
        self.bins + 1
    }
}

/// The binned rows.
pub(crate) struct Binned {
    /// Those of categories first, each sort in the dataset's order:
    /// scikit-learn's order, in which equal splits are decided.
    pub(crate) columns: Vec<Column>,
    /// Four columns each; the last is filled up with zeros.
    pub(crate) blocks: Vec<Vec<[u8; TOGETHER]>>,
    pub(crate) rows: usize,
    /// As many bins as a column may have.
    pub(crate) max_bins: usize,
}

impl Binned {
    /// The columns of a block.
    pub(crate) fn block(&self, block: usize) -> &[Column] {
        let columns = &self.columns[block * TOGETHER..];
        &columns[..columns.len().min(TOGETHER)]
    }

    /// Bins these rows of a dataset. The weights are theirs, the seed says
    /// which rows thresholds are made of where there are very many.
    pub(crate) fn new(
        data: &Dataset,
        rows: &[u32],
        weights: Option<&[f64]>,
        encoders: &Encoders,
        max_bins: usize,
        seed: u32,
    ) -> Self {
        let drawn = (rows.len() > ENOUGH).then(|| draw(rows.len(), weights, seed));
        // Who is drawn by weight has none any more.
        let weights = weights.filter(|_| drawn.is_none());
        let of_categories = |c: &usize| encoders.categories(*c).is_some();
        let (first, rest): (Vec<usize>, Vec<usize>) =
            (0..data.n_columns()).partition(of_categories);
        let mut binned = Binned {
            columns: Vec::new(),
            blocks: Vec::new(),
            rows: rows.len(),
            max_bins,
        };
        for (i, feature) in first.into_iter().chain(rest).enumerate() {
            if i % TOGETHER == 0 {
                binned.blocks.push(vec![[0; TOGETHER]; rows.len()]);
            }
            let all = data.column(feature);
            let values: Vec<f64> = rows.iter().map(|row| all[*row as usize]).collect();
            let cells = binned.blocks[i / TOGETHER]
                .iter_mut()
                .map(|row| &mut row[i % TOGETHER]);
            let cells = cells.zip(&values);
            let (mut missing, mut cuts) = (false, Vec::new());
            let bins;
            if let Some(categories) = encoders.categories(feature) {
                bins = categories.len();
                for (cell, x) in cells {
                    let place = place(categories, *x);
                    missing |= place.is_nan();
                    *cell = if place.is_nan() { bins } else { place as usize } as u8;
                }
            } else {
                cuts = match &drawn {
                    None => thresholds(&values, weights, max_bins),
                    Some(drawn) => {
                        let some: Vec<f64> = drawn.iter().map(|i| values[*i as usize]).collect();
                        thresholds(&some, None, max_bins)
                    }
                };
                bins = cuts.len() + 1;
                let ladder = Ladder::new(&cuts);
                for (cell, x) in cells {
                    missing |= x.is_nan();
                    *cell = if x.is_nan() { bins } else { ladder.place(*x) } as u8;
                }
            }
            binned.columns.push(Column {
                feature: feature as u32,
                bins,
                missing,
                categorical: encoders.categories(feature).is_some(),
                cuts,
            });
        }
        binned
    }
}

/// Rows drawn with replacement, by their weights if they have any.
fn draw(n: usize, weights: Option<&[f64]>, seed: u32) -> Vec<u32> {
    let mut rng = RandomState::new(seed);
    let Some(weights) = weights else {
        return (0..ENOUGH)
            .map(|_| rng.interval(n as u64 - 1) as u32)
            .collect();
    };
    let total = pleat_num::sum::pairwise(weights);
    let mut reached = crate::quantiles::cumulated(weights.iter().map(|w| w / total));
    let last = reached[n - 1];
    reached.iter_mut().for_each(|sum| *sum /= last);
    (0..ENOUGH)
        .map(|_| {
            let at = rng.double();
            reached.partition_point(|sum| *sum <= at).min(n - 1) as u32
        })
        .collect()
}

/// Thresholds, filled up so that every search takes the same eight steps.
struct Ladder([f64; 256]);

impl Ladder {
    fn new(cuts: &[f64]) -> Self {
        let mut steps = [f64::INFINITY; 256];
        steps[..cuts.len()].copy_from_slice(cuts);
        Ladder(steps)
    }

    /// How many thresholds lie below `x`.
    fn place(&self, x: f64) -> usize {
        let mut at = 0;
        for step in [128, 64, 32, 16, 8, 4, 2, 1] {
            at += if x > self.0[(at + step - 1) & 255] {
                step
            } else {
                0
            };
        }
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_on_a_threshold_is_below_it() {
        let cuts: Vec<f64> = (0..254).map(f64::from).collect();
        let ladder = Ladder::new(&cuts);
        assert_eq!(ladder.place(-1.0), 0);
        assert_eq!(ladder.place(0.0), 0);
        assert_eq!(ladder.place(7.5), 8);
        assert_eq!(ladder.place(253.0), 253);
        assert_eq!(ladder.place(f64::INFINITY), 254);
        assert_eq!(Ladder::new(&[]).place(3.0), 0);
    }

    /// `RandomState(5).choice(300_000, 200_000)` and, of weights 0, 1, 2, 0, 1 ...,
    /// with `p`.
    #[test]
    fn draws_are_numpys() {
        let first = |drawn: Vec<u32>| drawn[..4].to_vec();
        assert_eq!(
            first(draw(300_000, None, 5)),
            [297_827, 18_638, 20_463, 124_605]
        );
        let weights: Vec<f64> = (0..300_000).map(|i| f64::from(i % 3)).collect();
        assert_eq!(
            first(draw(300_000, Some(&weights), 5)),
            [66_598, 261_220, 62_015, 275_584]
        );
    }
}
