//! Searching among rows that are few and long. The table is read as it lies,
//! column after column, twice: for sums in single precision that leave few
//! pairs of rows, and for these pairs exactly. Copies of whole rows, which
//! here would take longer than comparing them, are never made.
//!
//! Answers are those of [`Index`](crate::search::Index), to the bit, and the
//! bound is that of [`Screen`](crate::screen::Screen).

use std::ops::Range;

use pleat_guest::Dataset;

use crate::kept::Kept;
use crate::metric::{LANES, Metric, PLAIN, joined};
use crate::screen::{FOUR, PANEL, one_over, product};
use crate::search::Neighbours;

/// Columns from which on rows are long.
const LONG: usize = 512;
/// Training rows up to which they are few.
const FEW: usize = 2048;
/// Columns summed up by themselves; not a power of two, or all panels would
/// claim the same lines of the cache.
const RUN: usize = 250;
/// Queries that go over the rows together.
const QUERIES: usize = 128;
/// Rows that give the centre and the scale.
const SAMPLE: usize = 16;
/// What squared lengths may be in single precision.
const SOUND: Range<f64> = 1e-20..1e30;
/// How far from the centre the farthest value of the sample may be.
const SCALES: Range<f64> = 1e-130..1e130;

/// The `k` nearest of each query among training rows, which ascend; none where
/// another search is better, or numbers are too large or small for this one.
pub(crate) fn nearest(
    data: &Dataset,
    train: &[u32],
    queries: &[u32],
    k: usize,
    metric: Metric,
) -> Option<Neighbours> {
    let angles = match metric {
        Metric::Euclidean | Metric::SquaredEuclidean => false,
        Metric::Cosine => true,
        _ => return None,
    };
    if data.n_columns() < LONG || train.len() > FEW {
        return None;
    }
    let frame = Frame::new(data, train, angles)?;
    let mut found = Neighbours {
        k,
        places: Vec::with_capacity(queries.len() * k),
        distances: Vec::with_capacity(queries.len() * k),
    };
    let mut kept = Kept::new(k);
    for queries in queries.chunks(QUERIES) {
        let (mut rows, mut others) = (
            Side::<PANEL>::new(train, angles),
            Side::<FOUR>::new(queries, angles),
        );
        let sums = frame.products(&mut rows, &mut others);
        let (rows, others) = (frame.lengths(rows)?, frame.lengths(others)?);
        let mut pairs = Vec::new();
        let mut ends = Vec::with_capacity(queries.len());
        let width = train.len().next_multiple_of(PANEL);
        for (q, sums) in sums.chunks_exact(width).take(queries.len()).enumerate() {
            kept.clear();
            frame.look(sums, &rows[..train.len()], &others[q], &mut kept);
            pairs.extend(kept.rows().map(|row| (q as u32, row)));
            ends.push(pairs.len());
        }
        let exact = frame.exact((train, &rows), (queries, &others), &pairs);
        let mut begin = 0;
        for end in ends {
            let reduced = exact[begin..end].iter().map(|sum| metric.of_sum(*sum));
            let near = reduced.zip(pairs[begin..end].iter().map(|pair| pair.1));
            let mut near: Vec<(f64, u32)> = near.collect();
            near.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            for (reduced, row) in &near[..k] {
                found.places.push(*row);
                found.distances.push(metric.distance(*reduced));
            }
            begin = end;
        }
    }
    Some(found)
}

/// A table, and how its values are brought into single precision.
struct Frame<'a> {
    data: &'a Dataset,
    /// Whether angles at the origin are compared, not distances.
    angles: bool,
    centre: Vec<f64>,
    /// A power of two, so that scaling is exact.
    scale: f64,
    /// How far a sum may be off, for each unit of size.
    rounding: f64,
}

/// Some rows while the columns pass, in panels of so many.
struct Side<const WIDTH: usize> {
    /// Filled up to whole panels with the first.
    rows: Vec<u32>,
    /// Sums of squares, of as many lanes as a distance has if they must have
    /// its bits, and of the columns that are left over.
    squares: Vec<Vec<f64>>,
    /// Panel after panel of a run of columns, in each column after column.
    panels: Vec<f32>,
}

/// What is known of a row after the first pass.
struct Length {
    /// Scaled and squared.
    size: f64,
    /// What the row is divided by where angles are compared.
    length: f64,
}

impl<'a> Frame<'a> {
    fn new(data: &'a Dataset, train: &[u32], angles: bool) -> Option<Self> {
        let sample = &train[..train.len().min(SAMPLE)];
        let mut centre = vec![0.0; data.n_columns()];
        let mut largest = 0.0_f64;
        for (c, centre) in centre.iter_mut().enumerate() {
            let column = data.column(c);
            let values = sample.iter().map(|row| column[*row as usize]);
            if !angles {
                let share = 1.0 / sample.len() as f64;
                *centre = values.clone().fold(0.0, |sum, x| sum + share * x);
            }
            let farthest = values.map(|x| (x - *centre).abs());
            largest = farthest.fold(largest, f64::max);
        }
        let terms = RUN + centre.len().div_ceil(RUN) + 16;
        SCALES.contains(&largest).then(|| Frame {
            data,
            angles,
            centre,
            scale: one_over(largest),
            rounding: terms as f64 * f64::from(f32::EPSILON / 2.0) * 1.01,
        })
    }

    /// The inner products of every query with every row: query after query,
    /// each with whole panels.
    fn products(&self, rows: &mut Side<PANEL>, queries: &mut Side<FOUR>) -> Vec<f32> {
        let width = rows.rows.len();
        let mut sums = vec![0.0; queries.rows.len() * width];
        let columns = self.centre.len();
        for begin in (0..columns).step_by(RUN) {
            let run = begin..columns.min(begin + RUN);
            let length = run.len();
            rows.pack(self, run.clone());
            queries.pack(self, run);
            let panels = rows.panels.chunks_exact(RUN * PANEL);
            for (p, panel) in panels.enumerate() {
                let fours = queries.panels.chunks_exact(RUN * FOUR);
                for (four, sums) in fours.zip(sums.chunks_exact_mut(FOUR * width)) {
                    let (panel, four) = (&panel[..length * PANEL], &four[..length * FOUR]);
                    let tile = product(panel, four);
                    for (sums, tile) in sums.chunks_exact_mut(width).zip(&tile) {
                        let sums = &mut sums[p * PANEL..(p + 1) * PANEL];
                        sums.iter_mut().zip(tile).for_each(|(sum, x)| *sum += x);
                    }
                }
            }
        }
        sums
    }

    /// The lengths of rows; none if one is beyond single precision.
    fn lengths<const WIDTH: usize>(&self, side: Side<WIDTH>) -> Option<Vec<Length>> {
        let of = |i: usize| {
            let mut lanes = side.squares.iter().map(|squares| squares[i]);
            let size = if self.angles {
                let sums = std::array::from_fn(|_| lanes.next().unwrap_or(0.0));
                joined(sums, lanes.next().unwrap_or(0.0), |a, b| a + b)
            } else {
                lanes.sum()
            };
            let length = size.sqrt() / self.scale;
            let sound = size < SOUND.end
                && (!self.angles || size >= SOUND.start && PLAIN.contains(&length));
            sound.then_some(Length { size, length })
        };
        (0..side.rows.len()).map(of).collect()
    }

    /// Keeps the rows that may be among a query's nearest.
    fn look(&self, sums: &[f32], rows: &[Length], query: &Length, kept: &mut Kept) {
        let lost = self.centre.len() as f64 * 1e-40;
        let of_angle = 1.0 / query.size.sqrt();
        let mut limit = kept.limit();
        for ((place, row), sum) in (0u32..).zip(rows).zip(sums) {
            let sum = f64::from(*sum);
            let (near, off) = if self.angles {
                let by = of_angle / row.size.sqrt();
                (-sum * by, self.rounding + lost * by)
            } else {
                let sizes = row.size + query.size;
                (sizes - 2.0 * sum, self.rounding * sizes + 2.0 * lost)
            };
            if near - off <= limit {
                kept.push(near - off, near + off, place);
                limit = kept.limit();
            }
        }
    }

    /// The sums of pairs of a query and a row, as [`Metric::reduced`] adds
    /// them up.
    fn exact(
        &self,
        (train, rows): (&[u32], &[Length]),
        (queries, others): (&[u32], &[Length]),
        pairs: &[(u32, u32)],
    ) -> Vec<f64> {
        // Rows that are near to no query need not be looked up.
        let mut place = vec![None; train.len()];
        let (mut near, mut of_rows) = (Vec::new(), Vec::new());
        let compact = |(q, r): &(u32, u32)| {
            let r = *r as usize;
            let place = *place[r].get_or_insert_with(|| {
                near.push(train[r]);
                of_rows.push(rows[r].length);
                near.len() - 1
            });
            (*q as usize, place)
        };
        let pairs: Vec<(usize, usize)> = pairs.iter().map(compact).collect();
        let mut of_queries: Vec<f64> = others.iter().map(|l| l.length).collect();
        if !self.angles {
            of_rows.clear();
            of_queries.clear();
        }
        let mut sums = vec![[0.0; LANES]; pairs.len()];
        let mut rest = vec![0.0; pairs.len()];
        let (mut left, mut right) = (Vec::new(), Vec::new());
        let columns = self.centre.len();
        let whole = columns - columns % LANES;
        for c in (0..whole).step_by(LANES) {
            let strip: [&[f64]; LANES] = std::array::from_fn(|lane| self.data.column(c + lane));
            side_by_side(&strip, queries, &of_queries, &mut left);
            side_by_side(&strip, &near, &of_rows, &mut right);
            for (sums, (q, r)) in sums.iter_mut().zip(&pairs) {
                let (x, y) = (&left[*q], &right[*r]);
                if self.angles {
                    for lane in 0..LANES {
                        sums[lane] += x[lane] * y[lane];
                    }
                } else {
                    for lane in 0..LANES {
                        sums[lane] += (x[lane] - y[lane]) * (x[lane] - y[lane]);
                    }
                }
            }
        }
        for c in whole..columns {
            let column = self.data.column(c);
            for (rest, (q, r)) in rest.iter_mut().zip(&pairs) {
                let (x, y) = (column[queries[*q] as usize], column[near[*r] as usize]);
                *rest += match self.angles {
                    true => x / of_queries[*q] * (y / of_rows[*r]),
                    false => (x - y) * (x - y),
                };
            }
        }
        let sums = sums.into_iter().zip(rest);
        sums.map(|(sums, rest)| joined(sums, rest, |a, b| a + b))
            .collect()
    }
}

impl<const WIDTH: usize> Side<WIDTH> {
    fn new(rows: &[u32], angles: bool) -> Self {
        let lanes = if angles { LANES + 1 } else { 1 };
        let n = rows.len().next_multiple_of(WIDTH);
        let mut rows = rows.to_vec();
        rows.resize(n, rows[0]);
        Side {
            rows,
            squares: vec![vec![0.0; n]; lanes],
            panels: vec![0.0; n * RUN],
        }
    }

    /// Brings a run of columns into single precision, and adds up squares.
    fn pack(&mut self, frame: &Frame<'_>, run: Range<usize>) {
        let whole = frame.centre.len() - frame.centre.len() % LANES;
        for (place, c) in run.enumerate() {
            let (column, centre) = (frame.data.column(c), frame.centre[c]);
            let lane = match self.squares.len() {
                1 => 0,
                _ if c < whole => c % LANES,
                _ => LANES,
            };
            let rows = self.rows.chunks_exact(WIDTH);
            let squares = self.squares[lane].chunks_exact_mut(WIDTH);
            let panels = self.panels.chunks_exact_mut(RUN * WIDTH);
            for ((rows, squares), panel) in rows.zip(squares).zip(panels) {
                let panel = &mut panel[place * WIDTH..(place + 1) * WIDTH];
                let values: [f64; WIDTH] =
                    std::array::from_fn(|i| (column[rows[i] as usize] - centre) * frame.scale);
                for i in 0..WIDTH {
                    squares[i] += values[i] * values[i];
                    panel[i] = values[i] as f32;
                }
            }
        }
    }
}

/// Some rows of a strip of columns, row after row, divided where there is
/// something to divide by.
fn side_by_side(
    strip: &[&[f64]; LANES],
    rows: &[u32],
    divisors: &[f64],
    out: &mut Vec<[f64; LANES]>,
) {
    out.clear();
    out.extend(
        rows.iter()
            .map(|row| strip.map(|column| column[*row as usize])),
    );
    for (values, divisor) in out.iter_mut().zip(divisors) {
        values.iter_mut().for_each(|x| *x /= divisor);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::Index;
    use crate::searches::row_major;
    use pleat_guest::{ColumnKind, Contents, Rows, Target, Values};
    use pleat_num::rng::RandomState;

    /// Of numbers far from zero, of few different ones, of large ones, of very
    /// different sizes, with a row of zeros, or beyond single precision.
    fn table(rows: usize, columns: usize, shape: usize) -> std::rc::Rc<Dataset> {
        let mut draws = RandomState::new(5);
        let mut one = |i: usize| match shape {
            0 => 1e6 + draws.double(),
            1 => draws.interval(2) as f64,
            2 => 1e40 * (draws.double() - 0.5),
            3 => draws.double() * [1e-9, 1.0, 1e6][i / rows % 3],
            4 if i % rows == 7 => 0.0,
            5 if i == 17 => 1e200,
            _ => draws.double() - 0.5,
        };
        let contents = Contents {
            rows: rows as u32,
            columns: vec![ColumnKind::Numeric; columns],
            values: Values::Double((0..rows * columns).map(&mut one).collect()),
            target: Target::None,
            weights: None,
        };
        Dataset::new(contents).unwrap()
    }

    #[test]
    fn finds_what_an_index_finds() {
        let metrics = [Metric::Euclidean, Metric::SquaredEuclidean, Metric::Cosine];
        for (n, columns) in [(160, 512), (43, 1003), (13, 517)] {
            for shape in 0..7 {
                let data = table(n, columns, shape);
                // Every third is left out and some are there twice.
                let train = |r: &u32| !r.is_multiple_of(3);
                let mut train: Vec<u32> = (0..n as u32).filter(train).collect();
                train.extend([2, 5, 5]);
                train.sort_unstable();
                let queries: Vec<u32> = (0..n as u32).rev().collect();
                let rows = |rows: &[u32]| row_major(Rows::new(&data, rows).unwrap());
                for metric in metrics {
                    let index = Index::new(rows(&train), columns, metric);
                    let mut values = rows(&queries);
                    metric.prepare(&mut values, columns);
                    for k in [1, 3, train.len()] {
                        let found = nearest(&data, &train, &queries, k, metric);
                        let angles = metric == Metric::Cosine;
                        // What is beyond it is left to the index.
                        let beyond = shape == 5 || shape == 4 && angles;
                        assert_eq!(found.is_none(), beyond, "{metric:?} {shape}");
                        let wanted = index.nearest(&values, k);
                        assert_eq!(
                            found.unwrap_or(wanted.clone()),
                            wanted,
                            "{metric:?} {shape}"
                        );
                    }
                }
            }
        }
    }

    /// Else all rows would be compared twice.
    #[test]
    fn few_pairs_are_compared_exactly() {
        let data = table(200, 600, 6);
        let train: Vec<u32> = (0..200).collect();
        for angles in [false, true] {
            let frame = Frame::new(&data, &train, angles).unwrap();
            let mut rows = Side::<PANEL>::new(&train, angles);
            let mut queries = Side::<FOUR>::new(&train[..1], angles);
            let sums = frame.products(&mut rows, &mut queries);
            let (rows, queries) = (
                frame.lengths(rows).unwrap(),
                frame.lengths(queries).unwrap(),
            );
            let mut kept = Kept::new(5);
            frame.look(&sums[..200], &rows, &queries[0], &mut kept);
            assert!(kept.rows().count() < 8);
        }
    }
}
