//! Distances in single precision, with a bound of their error: enough to leave
//! out nearly all rows, for a fraction of what exact ones cost.
//!
//! Rows stand in panels of eight, column after column, and queries in fours, so
//! that 32 sums grow in registers. Columns are centred and all is scaled
//! by one power of two, which keeps squares within single precision. The
//! bound is the usual one for sums (Higham, Accuracy and Stability of Numerical
//! Algorithms, 2002, 3.1), taken of the sizes of both rows: u times a little
//! more than the number of terms, times the sum of the sizes.

use pleat_num::dense::{axpy, dot};
use pleat_num::lanes::{F32x4, Lanes};

use crate::kept::Kept;
use crate::metric::Metric;

/// Rows of a panel.
pub(crate) const PANEL: usize = 8;
/// Queries that are compared with a panel at once.
pub(crate) const FOUR: usize = 4;
/// Queries that go over the rows together.
pub(crate) const QUERIES: usize = 64;
/// Rows whose distances to these queries are kept: 64 KiB.
const ROWS: usize = 256;
/// Columns summed up by themselves, so that rounding does not add up, and so
/// that what is summed stays in the first-level cache.
const COLUMNS: usize = 256;
/// Rows whose mean is the centre and whose values give the scale: anything
/// would do, but what is near to most rows makes the best bounds.
const SAMPLE: usize = 32;
/// Distances looked at together.
const LOOK: usize = 16;

/// A row of this size would come near the end of single precision.
const FARTHEST: f64 = 1e30;

/// How far from the centre the farthest value of the sample may be.
const SOUND: std::ops::RangeInclusive<f64> = 1e-130..=1e130;

/// What is added up in single precision.
#[derive(Clone, Copy, Debug)]
enum Kind {
    /// |y|^2 - 2xy, which is the squared distance without |x|^2.
    Squares,
    /// -xy, which is the cosine distance less one.
    Product,
    /// |x - y|.
    Sum,
    /// |x - y|, of which the largest.
    Largest,
}

/// Rows to be screened.
#[derive(Debug)]
pub(crate) struct Screen {
    kind: Kind,
    rows: usize,
    centre: Vec<f64>,
    scale: f64,
    /// Panel after panel; the last is filled up with zeros.
    panels: Vec<f32>,
    /// What the sum of each row begins with.
    base: Vec<f32>,
    /// How far each row's sum may be off on its own account.
    slack: Vec<f32>,
    /// How far a sum may be off, for each unit of size.
    rounding: f64,
}

impl Screen {
    /// Takes in prepared row-major rows; none where the metric has no bound in
    /// single precision.
    pub(crate) fn new(rows: &[f64], columns: usize, metric: Metric) -> Option<Self> {
        let kind = match metric {
            Metric::Euclidean | Metric::SquaredEuclidean => Kind::Squares,
            Metric::Cosine => Kind::Product,
            Metric::Manhattan => Kind::Sum,
            Metric::Chebyshev => Kind::Largest,
            Metric::Minkowski(_) => return None,
        };
        let n = rows.len() / columns;
        let mut centre = vec![0.0; columns];
        let sample = &rows[..n.min(SAMPLE) * columns];
        // The cosine is of angles at the origin.
        if metric != Metric::Cosine {
            for row in sample.chunks_exact(columns) {
                axpy(1.0 / n.min(SAMPLE) as f64, row, &mut centre);
            }
        }
        let largest = match farthest(sample, &centre) {
            0.0 => farthest(rows, &centre),
            some => some,
        };
        // Else exact squares come near the ends of double precision, and what
        // is the same for them is not the same here.
        if !SOUND.contains(&largest) {
            return None;
        }
        let terms = columns.min(COLUMNS) + columns.div_ceil(COLUMNS) + 16;
        let mut screen = Screen {
            kind,
            rows: n,
            centre,
            scale: one_over(largest),
            panels: vec![0.0; n.div_ceil(PANEL) * PANEL * columns],
            base: vec![0.0; n.div_ceil(ROWS) * ROWS],
            slack: vec![0.0; n.div_ceil(ROWS) * ROWS],
            rounding: terms as f64 * f64::from(f32::EPSILON / 2.0) * 1.01,
        };
        let mut centred = vec![0.0; columns];
        for (r, row) in rows.chunks_exact(columns).enumerate() {
            let size = screen.centred(row, &mut centred);
            if size >= FARTHEST {
                // Nothing is known of it, so it may always be near.
                screen.slack[r] = f32::INFINITY;
                continue;
            }
            let panel = &mut screen.panels[r / PANEL * PANEL * columns..];
            for (place, x) in panel[r % PANEL..].iter_mut().step_by(PANEL).zip(&centred) {
                *place = *x as f32;
            }
            if let Kind::Squares = kind {
                screen.base[r] = size as f32;
            }
            screen.slack[r] = screen.off(size);
        }
        Some(screen)
    }

    /// Centres and scales a row, and says what its size is.
    fn centred(&self, row: &[f64], out: &mut [f64]) -> f64 {
        for ((out, x), centre) in out.iter_mut().zip(row).zip(&self.centre) {
            *out = (x - centre) * self.scale;
        }
        let sizes = out.iter().map(|x| x.abs());
        match self.kind {
            Kind::Squares | Kind::Product => dot(out, out),
            Kind::Sum => sizes.sum(),
            Kind::Largest => sizes.fold(0.0, f64::max),
        }
    }

    /// How far a sum may be off because of a row of this size; rounded up, and
    /// with what is lost below the smallest numbers.
    fn off(&self, size: f64) -> f32 {
        (self.rounding * size + self.centre.len() as f64 * 1e-40) as f32 * 1.0001
    }

    /// Shows each of some queries all rows that may be among its nearest, at
    /// most [`QUERIES`] at once.
    pub(crate) fn sift(&self, queries: &[f64], kept: &mut [Kept]) {
        let columns = self.centre.len();
        let n = queries.len() / columns;
        let factor = match self.kind {
            Kind::Squares => -2.0,
            Kind::Product => -1.0,
            Kind::Sum | Kind::Largest => 1.0,
        };
        let mut fours = vec![0.0_f32; n.div_ceil(FOUR) * FOUR * columns];
        let mut widths = Vec::with_capacity(n);
        let mut centred = vec![0.0; columns];
        for (q, query) in queries.chunks_exact(columns).enumerate() {
            let size = self.centred(query, &mut centred);
            widths.push((size < FARTHEST).then(|| 2.0 * self.off(size)));
            if widths[q].is_none() {
                continue;
            }
            let four = &mut fours[q / FOUR * FOUR * columns..];
            for (place, x) in four[q % FOUR..].iter_mut().step_by(FOUR).zip(&centred) {
                *place = factor * *x as f32;
            }
        }
        let mut sums = vec![0.0_f32; n.div_ceil(FOUR) * FOUR * ROWS];
        for first in (0..self.rows).step_by(ROWS) {
            for sums in sums.chunks_exact_mut(ROWS) {
                sums.copy_from_slice(&self.base[first..first + ROWS]);
            }
            let add = |a: f32, b: f32| a + b;
            let larger = |a: f32, b: f32| if b > a { b } else { a };
            match self.kind {
                Kind::Squares | Kind::Product => {
                    self.tiles(first, &fours, &mut sums, product, add);
                }
                Kind::Sum => {
                    let sum = |s, x: f32, q: f32| s + (x - q).abs();
                    self.tiles(first, &fours, &mut sums, |p, f| tile(p, f, sum), add);
                }
                Kind::Largest => {
                    let most = |s, x: f32, q: f32| larger(s, (x - q).abs());
                    self.tiles(first, &fours, &mut sums, |p, f| tile(p, f, most), larger);
                }
            }
            for ((sums, width), kept) in sums.chunks_exact(ROWS).zip(&widths).zip(&mut *kept) {
                match width {
                    Some(width) => self.look(first, sums, *width, kept),
                    None => self.keep_all(first, kept),
                }
            }
        }
    }

    /// Adds up the sums of all queries and of [`ROWS`] rows from `first` on.
    fn tiles(
        &self,
        first: usize,
        fours: &[f32],
        sums: &mut [f32],
        tile: impl Fn(&[f32], &[f32]) -> [[f32; PANEL]; FOUR],
        join: impl Fn(f32, f32) -> f32,
    ) {
        let columns = self.centre.len();
        let last = (first + ROWS).min(self.rows);
        let panels = &self.panels[first * columns..last.div_ceil(PANEL) * PANEL * columns];
        for from in (0..columns).step_by(COLUMNS) {
            let to = (from + COLUMNS).min(columns);
            for (p, panel) in panels.chunks_exact(PANEL * columns).enumerate() {
                let panel = &panel[from * PANEL..to * PANEL];
                let fours = fours.chunks_exact(FOUR * columns);
                for (four, sums) in fours.zip(sums.chunks_exact_mut(FOUR * ROWS)) {
                    let four = &four[from * FOUR..to * FOUR];
                    let tile = tile(panel, four);
                    for (sums, tile) in sums.chunks_exact_mut(ROWS).zip(&tile) {
                        let sums = &mut sums[p * PANEL..(p + 1) * PANEL];
                        for (sum, more) in sums.iter_mut().zip(tile) {
                            *sum = join(*sum, *more);
                        }
                    }
                }
            }
        }
    }

    /// Keeps what is not surely too far.
    fn look(&self, first: usize, sums: &[f32], width: f32, kept: &mut Kept) {
        let n = (self.rows - first).min(ROWS);
        let slack = &self.slack[first..first + ROWS];
        let mut limit = above(kept.limit());
        let looks = sums.chunks_exact(LOOK).zip(slack.chunks_exact(LOOK));
        for (at, (sums, slack)) in (0..n).step_by(LOOK).zip(looks) {
            let mut near = false;
            for lane in 0..LOOK {
                near |= sums[lane] - slack[lane] <= limit;
            }
            if !near {
                continue;
            }
            for lane in 0..LOOK.min(n - at) {
                let lower = sums[lane] - slack[lane];
                if lower <= limit {
                    let upper = f64::from(sums[lane]) + f64::from(slack[lane]) + f64::from(width);
                    kept.push(lower.into(), upper, (first + at + lane) as u32);
                    limit = above(kept.limit());
                }
            }
        }
    }

    /// Of a query that is beyond single precision nothing is known.
    fn keep_all(&self, first: usize, kept: &mut Kept) {
        for row in first..(first + ROWS).min(self.rows) {
            kept.push(f64::NEG_INFINITY, f64::INFINITY, row as u32);
        }
    }
}

/// The inner products of eight rows and four queries: what [`tile`] makes of
/// products, in registers that the compiler does not find by itself. In turn
/// `t` the query of a lane is that of `t` lanes further on.
pub(crate) fn product(panel: &[f32], four: &[f32]) -> [[f32; PANEL]; FOUR] {
    let mut sums = [[F32x4::splat(0.0); PANEL / FOUR]; FOUR];
    for (rows, queries) in panel.chunks_exact(PANEL).zip(four.chunks_exact(FOUR)) {
        let halves = [F32x4::of(rows), F32x4::of(&rows[FOUR..])];
        let mut queries = F32x4::of(queries);
        for sums in &mut sums {
            for (sum, rows) in sums.iter_mut().zip(halves) {
                *sum = sum.plus_product(rows, queries);
            }
            queries = queries.turned();
        }
    }
    let mut out = [[0.0; PANEL]; FOUR];
    for (turn, sums) in sums.into_iter().enumerate() {
        for (half, sum) in sums.into_iter().enumerate() {
            for (lane, sum) in sum.lanes().as_ref().iter().enumerate() {
                out[(turn + lane) % FOUR][half * FOUR + lane] = *sum;
            }
        }
    }
    out
}

/// The sums of eight rows and four queries.
fn tile(
    panel: &[f32],
    four: &[f32],
    add: impl Fn(f32, f32, f32) -> f32 + Copy,
) -> [[f32; PANEL]; FOUR] {
    let mut sums = [[0.0_f32; PANEL]; FOUR];
    for (rows, queries) in panel.chunks_exact(PANEL).zip(four.chunks_exact(FOUR)) {
        for (sums, query) in sums.iter_mut().zip(queries) {
            for lane in 0..PANEL {
                sums[lane] = add(sums[lane], rows[lane], *query);
            }
        }
    }
    sums
}

/// The largest difference of any value from the centre of its column.
fn farthest(rows: &[f64], centre: &[f64]) -> f64 {
    let of_row = |row: &[f64]| {
        let differences = row.iter().zip(centre).map(|(x, c)| (x - c).abs());
        differences.fold(0.0, f64::max)
    };
    rows.chunks_exact(centre.len())
        .map(of_row)
        .fold(0.0, f64::max)
}

/// In single precision, and not less.
fn above(limit: f64) -> f32 {
    (limit as f32).next_up()
}

/// The largest power of two by which this becomes less than 1.
pub(crate) fn one_over(largest: f64) -> f64 {
    let exponent = (largest.to_bits() >> 52) as i64 - 1023;
    f64::from_bits(((1022 - exponent) as u64) << 52)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_are_sums_of_products() {
        let numbers = |n: usize| (0..n).map(|i| 1.0 / (i as f32 + 3.0)).collect::<Vec<_>>();
        let (panel, four) = (numbers(9 * PANEL), numbers(9 * FOUR));
        let plain = tile(&panel, &four, |s, x, q| s + x * q);
        assert_eq!(product(&panel, &four), plain);
    }

    #[test]
    fn the_scale_is_a_power_of_two() {
        for (largest, scale) in [(1.0, 0.5), (3.0, 0.25), (0.3, 2.0), (0.25, 2.0)] {
            assert_eq!(one_over(largest), scale, "{largest}");
        }
        for end in [*SOUND.start(), *SOUND.end()] {
            assert!((0.5..1.0).contains(&(end * one_over(end))), "{end}");
        }
    }
}
