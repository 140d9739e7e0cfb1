//! Coordinate descent for least squares with a penalty on the absolute and on
//! the squared coefficients.
//!
//! Minimised is |y - Xw|^2 / 2 + l1 |w|_1 + l2 |w|^2 / 2, one coefficient at a
//! time (Friedman, Hastie, Tibshirani, Journal of Statistical Software 33(1),
//! 2010). The passes end when the duality gap is small; it also tells which
//! columns can be left alone from then on (Ndiaye and others, Gap safe
//! screening rules, JMLR 18, 2017). When the gap is looked at, and in what
//! order columns come, is as in scikit-learn, so that what stops early stops
//! at the same place.

use pleat_num::dense::{axpy, dot};
use pleat_num::rng::RandomState;

use crate::centred::Centred;
use crate::column_kernels::{TOGETHER, axpy_dot, dots};

/// What to minimise, and how.
pub struct Descent {
    /// The penalty on absolute coefficients; for the sum of squares, not
    /// their mean.
    pub l1: f64,
    /// The penalty on squared coefficients, likewise.
    pub l2: f64,
    /// Whether no coefficient may be negative.
    pub positive: bool,
    /// How many passes at most.
    pub max_iter: u64,
    /// The gap to reach, as a share of the squared target.
    pub tol: f64,
    /// Draws columns in random order, from this seed.
    pub random: Option<u32>,
}

/// Where a descent came to.
pub struct Descended {
    /// One a column.
    pub coefficients: Vec<f64>,
    /// How many passes it took.
    pub passes: u64,
    /// How much more than the least the function may be.
    pub gap: f64,
    /// What the gap should have come to.
    pub enough: f64,
    /// Whether it did.
    pub converged: bool,
}

/// The most columns whose inner products are written down: 8 MB of them.
const PRODUCTS: usize = 1024;

/// A descent under way.
struct State<'a> {
    rows: &'a Centred,
    to: &'a Descent,
    squares: Vec<f64>,
    coefficients: Vec<f64>,
    /// Where there are inner products this is behind until the gap is looked
    /// at.
    residual: Vec<f64>,
    /// Where rows are many: inner products of all columns, and of each with
    /// the residual. A step then takes as long as there are columns.
    products: Option<(Vec<f64>, Vec<f64>)>,
    /// The columns that are still looked at.
    active: Vec<usize>,
    ahead: Ahead,
}

/// Inner products that were taken before their turn, since their columns were
/// close by or the residual was at hand anyway. They hold until it changes.
#[derive(Default)]
struct Ahead {
    /// The place of the first among the active columns.
    first: usize,
    /// From the first on.
    slopes: [f64; TOGETHER],
    /// How many of them there are.
    count: usize,
}

/// How far the gap is open, and what screening needs to know.
struct Gap {
    gap: f64,
    /// X'r - l2 w, a number a column.
    slopes: Vec<f64>,
    steepest: f64,
}

impl Descent {
    /// Descends from all coefficients being zero. `tick` hears of every pass,
    /// and ends the descent with its error.
    pub fn run<E>(
        &self,
        rows: &Centred,
        mut tick: impl FnMut(u64) -> Result<(), E>,
    ) -> Result<Descended, E> {
        let few = rows.columns <= PRODUCTS && 2 * rows.columns <= rows.rows;
        let mut state = State {
            rows,
            to: self,
            squares: rows.x.chunks_exact(rows.rows).map(|c| dot(c, c)).collect(),
            products: few.then(|| rows.normal()),
            coefficients: vec![0.0; rows.columns],
            residual: rows.y.clone(),
            active: (0..rows.columns).collect(),
            ahead: Ahead::default(),
        };
        let enough = self.tol * dot(&rows.y, &rows.y);
        let mut gap = state.gap();
        if gap.gap <= enough {
            return Ok(state.end(0, gap.gap, enough));
        }
        state.screen(&gap);
        let mut order = self.random.map(XorShift::new);
        let mut passes = 0;
        for pass in 0..self.max_iter {
            tick(pass)?;
            passes += 1;
            let (largest, furthest) = state.pass(order.as_mut());
            let still = largest == 0.0 || furthest / largest <= self.tol;
            if still || pass + 1 == self.max_iter {
                gap = state.gap();
                if gap.gap <= enough {
                    break;
                }
                state.screen(&gap);
            }
        }
        Ok(state.end(passes, gap.gap, enough))
    }
}

impl State<'_> {
    /// One look at as many columns as are active. Answers with the largest
    /// coefficient and the largest change of one.
    fn pass(&mut self, mut order: Option<&mut XorShift>) -> (f64, f64) {
        let (mut largest, mut furthest) = (0.0_f64, 0.0_f64);
        let in_turn = order.is_none();
        self.ahead.count = 0;
        for i in 0..self.active.len() {
            let i = match &mut order {
                Some(order) => order.below(self.active.len()),
                None => i,
            };
            let j = self.active[i];
            let squares = self.squares[j];
            if squares == 0.0 {
                continue;
            }
            let before = self.coefficients[j];
            let slope = match &self.products {
                Some((_, slopes)) => slopes[j],
                None => self.slope(i, in_turn),
            };
            let slope = slope + before * squares;
            let kept = (slope.abs() - self.to.l1).max(0.0);
            let after = if slope == 0.0 || (self.to.positive && slope < 0.0) {
                0.0
            } else {
                slope.signum() * kept / (squares + self.to.l2)
            };
            if after != before {
                self.coefficients[j] = after;
                match self.active.get(i + 1) {
                    Some(next) if in_turn && self.products.is_none() => {
                        let (column, next) = (self.rows.column(j), self.rows.column(*next));
                        let slope = axpy_dot(before - after, column, &mut self.residual, next);
                        self.ahead.first = i + 1;
                        self.ahead.slopes[0] = slope;
                        self.ahead.count = 1;
                    }
                    _ => self.take_off(after - before, j),
                }
            }
            furthest = furthest.max((after - before).abs());
            largest = largest.max(after.abs());
        }
        (largest, furthest)
    }

    /// The inner product of the active column of this place with the residual.
    /// Columns in turn whose coefficients are zero will mostly leave the
    /// residual as it is, so that some are taken together.
    fn slope(&mut self, i: usize, in_turn: bool) -> f64 {
        let column = |j: &usize| self.rows.column(*j);
        if !in_turn {
            return dot(column(&self.active[i]), &self.residual);
        }
        let ahead = &mut self.ahead;
        let held = i.wrapping_sub(ahead.first);
        if held < ahead.count {
            return ahead.slopes[held];
        }
        ahead.first = i;
        match self.active[i..] {
            [a, b, c, d, ..] if [a, b, c, d].iter().all(|j| self.coefficients[*j] == 0.0) => {
                ahead.slopes = dots([a, b, c, d].map(|j| column(&j)), &self.residual);
                ahead.count = TOGETHER;
            }
            _ => {
                ahead.slopes[0] = dot(column(&self.active[i]), &self.residual);
                ahead.count = 1;
            }
        }
        ahead.slopes[0]
    }

    /// Takes so much of a column off the residual, or off what is kept of it.
    fn take_off(&mut self, share: f64, j: usize) {
        match &mut self.products {
            Some((products, slopes)) => {
                let n = slopes.len();
                axpy(-share, &products[j * n..(j + 1) * n], slopes);
            }
            None => axpy(-share, self.rows.column(j), &mut self.residual),
        }
    }

    /// The residual as the coefficients have it, and its inner products with
    /// the columns, without what rounding has added up.
    fn refreshed(&mut self) -> Vec<f64> {
        if self.products.is_some() {
            self.residual.clone_from(&self.rows.y);
            for (j, w) in self.coefficients.iter().enumerate() {
                if *w != 0.0 {
                    axpy(-w, self.rows.column(j), &mut self.residual);
                }
            }
        }
        let slopes = self.rows.columns_times(&self.residual);
        if let Some((_, kept)) = &mut self.products {
            kept.clone_from(&slopes);
        }
        slopes
    }

    /// The distance between the function and its dual at a point made from
    /// the residual. Without a penalty there is no dual; then the squared
    /// gradient is answered.
    fn gap(&mut self) -> Gap {
        let Descent { l1, l2, .. } = *self.to;
        let mut slopes = self.refreshed();
        let w = &self.coefficients;
        let squared_error = dot(&self.residual, &self.residual);
        let with_target = dot(&self.residual, &self.rows.y);
        let squared = if l2 > 0.0 { dot(w, w) } else { 0.0 };
        if l1 == 0.0 {
            let steepest = dot(&slopes, &slopes);
            let gap = match l2 {
                0.0 => steepest,
                l2 => squared_error + l2 * squared / 2.0 - with_target + steepest / (2.0 * l2),
            };
            return Gap {
                gap,
                slopes,
                steepest,
            };
        }
        axpy(-l2, w, &mut slopes);
        let size = |slope: &f64| match self.to.positive {
            true => *slope,
            false => slope.abs(),
        };
        let steepest = slopes.iter().map(size).fold(f64::NEG_INFINITY, f64::max);
        let norm: f64 = w.iter().map(|w| w.abs()).sum();
        let scale = if steepest > l1 { l1 / steepest } else { 1.0 };
        let primal = (squared_error + l2 * squared) / 2.0 + l1 * norm;
        let dual = -(scale * scale) * (squared_error + l2 * squared) / 2.0 + scale * with_target;
        Gap {
            gap: primal - dual,
            slopes,
            steepest,
        }
    }

    /// Sets to zero, for good, the coefficients that are zero in every
    /// solution.
    fn screen(&mut self, gap: &Gap) {
        let l1 = self.to.l1;
        if l1 == 0.0 {
            return;
        }
        let radius = (2.0 * gap.gap).sqrt() / l1;
        for j in std::mem::take(&mut self.active) {
            let squares = self.squares[j];
            let at = gap.slopes[j] / l1.max(gap.steepest);
            let distance = (1.0 - at.abs()) / (squares + self.to.l2).sqrt();
            if squares != 0.0 && distance <= radius {
                self.active.push(j);
            } else if self.coefficients[j] != 0.0 {
                self.take_off(-self.coefficients[j], j);
                self.coefficients[j] = 0.0;
            }
        }
    }

    fn end(self, passes: u64, gap: f64, enough: f64) -> Descended {
        Descended {
            coefficients: self.coefficients,
            passes,
            gap,
            enough,
            converged: gap <= enough,
        }
    }
}

/// The stream scikit-learn picks columns from: Marsaglia's xorshift of 32
/// bits (Journal of Statistical Software 8(14), 2003).
struct XorShift(u32);

impl XorShift {
    /// From numpy's draw `randint(0, 2**31 - 1)`.
    fn new(seed: u32) -> Self {
        let drawn = RandomState::new(seed).interval(u64::from(u32::MAX >> 1) - 1);
        // Never more than 31 bits, and zero would stay zero.
        XorShift((drawn as u32).max(1))
    }

    fn below(&mut self, end: usize) -> usize {
        let mut x = self.0;
        x ^= x << 13;
        x ^= x >> 17;
        x ^= x << 5;
        self.0 = x;
        // More columns than 31 bits can count do not fit a guest's memory.
        (x & (u32::MAX >> 1)) as usize % end
    }
}
