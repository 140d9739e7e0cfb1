//! Rows by class: their means, what is left without these, and covariances
//! with and without shrinkage.

use pleat_num::dense::dot;
use pleat_num::product::{Matrix, gram};
use pleat_num::sum::pairwise;

/// How far a covariance is drawn towards a multiple of the identity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shrinkage {
    /// This far, from 0 to 1.
    By(f64),
    /// As far as the data suggest (Ledoit and Wolf, Journal of Multivariate
    /// Analysis 88, 2004).
    Auto,
}

/// Training rows, class after class.
pub struct Groups {
    rows: usize,
    columns: usize,
    /// Where each class begins, and the last ends.
    starts: Vec<usize>,
    /// Column-major.
    x: Vec<f64>,
    /// Class after class, one a column.
    means: Vec<f64>,
}

impl Groups {
    /// Takes rows out of columns, sorted by their class, below `n_classes`.
    #[must_use]
    pub fn new<'a>(
        columns: impl ExactSizeIterator<Item = &'a [f64]>,
        rows: &[u32],
        classes: &[usize],
        n_classes: usize,
    ) -> Self {
        let mut starts = vec![0; n_classes + 1];
        classes.iter().for_each(|class| starts[class + 1] += 1);
        for class in 0..n_classes {
            starts[class + 1] += starts[class];
        }
        let (mut next, mut order) = (starts.clone(), vec![0; rows.len()]);
        for (row, class) in rows.iter().zip(classes) {
            order[next[*class]] = *row;
            next[*class] += 1;
        }
        let (rows, n_columns) = (rows.len(), columns.len());
        let mut x = Vec::with_capacity(rows * n_columns);
        for column in columns {
            x.extend(order.iter().map(|row| column[*row as usize]));
        }
        let columns = n_columns;
        let mut means = vec![0.0; n_classes * columns];
        for (c, column) in x.chunks_exact(rows).enumerate() {
            for class in 0..n_classes {
                means[class * columns + c] = mean(&column[starts[class]..starts[class + 1]]);
            }
        }
        Groups {
            rows,
            columns,
            starts,
            x,
            means,
        }
    }

    /// How many rows, and how many columns.
    #[must_use]
    pub fn shape(&self) -> (usize, usize) {
        (self.rows, self.columns)
    }

    /// How many classes there are.
    #[must_use]
    pub fn n_classes(&self) -> usize {
        self.starts.len() - 1
    }

    /// How many rows there are of each class.
    pub fn counts(&self) -> impl Iterator<Item = usize> {
        self.starts.windows(2).map(|ends| ends[1] - ends[0])
    }

    /// The mean of each class, one after another.
    #[must_use]
    pub fn means(&self) -> &[f64] {
        &self.means
    }

    /// The largest of a column's class means, whatever their signs.
    #[must_use]
    pub fn magnitude(&self, column: usize) -> f64 {
        let means = self.means.iter().skip(column).step_by(self.columns);
        means.fold(0.0, |most, mean| most.max(mean.abs()))
    }

    /// The rows without their class's mean, column-major.
    #[must_use]
    pub fn centred(&self) -> Vec<f64> {
        let mut x = self.x.clone();
        for (c, column) in x.chunks_exact_mut(self.rows).enumerate() {
            for (class, ends) in self.starts.windows(2).enumerate() {
                let mean = self.means[class * self.columns + c];
                column[ends[0]..ends[1]].iter_mut().for_each(|x| *x -= mean);
            }
        }
        x
    }

    /// The rows of one class without its mean, column-major.
    #[must_use]
    pub fn centred_of(&self, class: usize) -> Vec<f64> {
        let mut x = self.rows_of(class);
        let n = self.starts[class + 1] - self.starts[class];
        let means = &self.means[class * self.columns..];
        for (column, mean) in x.chunks_exact_mut(n.max(1)).zip(means) {
            column.iter_mut().for_each(|x| *x -= mean);
        }
        x
    }

    /// The covariance of one class.
    #[must_use]
    pub fn covariance_of(&self, class: usize, shrinkage: Option<Shrinkage>) -> Vec<f64> {
        let n = self.starts[class + 1] - self.starts[class];
        covariance(self.rows_of(class), n, self.means_of(class), shrinkage)
    }

    /// How the covariance of one class is shrunken.
    pub(crate) fn drawn(&self, class: usize, shrinkage: Shrinkage) -> Drawn {
        let n = self.starts[class + 1] - self.starts[class];
        drawn(self.rows_of(class), n, self.means_of(class), shrinkage)
    }

    fn means_of(&self, class: usize) -> &[f64] {
        &self.means[class * self.columns..][..self.columns]
    }

    /// The rows of one class, column-major.
    fn rows_of(&self, class: usize) -> Vec<f64> {
        let of_class = self.starts[class]..self.starts[class + 1];
        let mut x = Vec::with_capacity(of_class.len() * self.columns);
        for column in self.x.chunks_exact(self.rows) {
            x.extend_from_slice(&column[of_class.clone()]);
        }
        x
    }

    /// A matrix X of which X'X is [`Groups::within`] without shrinkage.
    #[must_use]
    pub fn roots(&self, priors: &[f64]) -> Vec<f64> {
        let mut x = self.centred();
        let of_classes = self.starts.windows(2).zip(priors);
        let roots: Vec<f64> = of_classes
            .map(|(ends, prior)| (prior / (ends[1] - ends[0]) as f64).sqrt())
            .collect();
        for column in x.chunks_exact_mut(self.rows) {
            for (ends, root) in self.starts.windows(2).zip(&roots) {
                column[ends[0]..ends[1]].iter_mut().for_each(|x| *x *= root);
            }
        }
        x
    }

    /// The mean of the classes' covariances, weighted by their priors.
    #[must_use]
    pub fn within(&self, priors: &[f64], shrinkage: Option<Shrinkage>) -> Vec<f64> {
        let mut within = vec![0.0; self.columns * self.columns];
        for (class, prior) in priors.iter().enumerate() {
            let covariance = self.covariance_of(class, shrinkage);
            for (sum, value) in within.iter_mut().zip(covariance) {
                *sum += prior * value;
            }
        }
        within
    }
}

/// The mean, added up from the first to the last as numpy does along columns.
fn mean(values: &[f64]) -> f64 {
    values.iter().fold(0.0, |sum, x| sum + x) / values.len() as f64
}

/// The standard deviation, added up the same way.
fn deviation(values: &[f64]) -> f64 {
    let centre = mean(values);
    let square = |x: &f64| (x - centre) * (x - centre);
    (values.iter().map(square).fold(0.0, |sum, x| sum + x) / values.len() as f64).sqrt()
}

/// The standard deviation of values that some number near `magnitude` was
/// subtracted from, or none if it may be nothing but rounding. The bound is
/// that of Chan, Golub and LeVeque (The American Statistician 37, 1983).
#[must_use]
pub fn spread(values: &[f64], magnitude: f64) -> Option<f64> {
    let n = values.len() as f64;
    let deviation = deviation(values);
    let variance = deviation * deviation;
    let rounding = n * magnitude * f64::EPSILON;
    let rounded = variance <= n * f64::EPSILON * variance + rounding * rounding;
    (!rounded).then_some(deviation)
}

/// How a covariance S is shrunken: to (1 - by) S + by level D^2, of which the
/// diagonal D has these scales.
pub(crate) struct Drawn {
    pub(crate) by: f64,
    pub(crate) level: f64,
    pub(crate) scales: Vec<f64>,
}

/// Centres columns of length `n`, and divides them by their scales where these
/// are asked for.
fn standardise(x: &mut [f64], n: usize, means: &[f64], scaled: bool) -> Vec<f64> {
    let mut scales = vec![1.0; x.len() / n];
    let columns = x.chunks_exact_mut(n).zip(&mut scales);
    for ((column, scale), mean) in columns.zip(means) {
        if scaled {
            *scale = spread(column, *mean).unwrap_or(1.0);
            column.iter_mut().for_each(|x| *x = (*x - mean) / *scale);
        } else {
            column.iter_mut().for_each(|x| *x -= mean);
        }
    }
    scales
}

/// The covariance of columns of length `n`, given their means.
fn covariance(mut x: Vec<f64>, n: usize, means: &[f64], shrinkage: Option<Shrinkage>) -> Vec<f64> {
    let scales = standardise(&mut x, n, means, shrinkage == Some(Shrinkage::Auto));
    let mut out = gram(Matrix::column_major(&x, n).transposed());
    out.iter_mut().for_each(|product| *product /= n as f64);
    match shrinkage {
        None => {}
        Some(Shrinkage::By(by)) => shrink(&mut out, by),
        Some(Shrinkage::Auto) => {
            let by = ledoit_wolf(&x, squared(&out), trace(&out), n);
            shrink(&mut out, by);
        }
    }
    for (row, a) in out.chunks_exact_mut(scales.len()).zip(&scales) {
        row.iter_mut().zip(&scales).for_each(|(x, b)| *x *= a * b);
    }
    out
}

/// How the covariance of columns of length `n` is shrunken, without working it
/// out: inner products of rows have the same trace and sum of squares.
fn drawn(mut x: Vec<f64>, n: usize, means: &[f64], shrinkage: Shrinkage) -> Drawn {
    let scales = standardise(&mut x, n, means, shrinkage == Shrinkage::Auto);
    let variances = x.chunks_exact(n).map(|x| dot(x, x) / n as f64);
    let trace = variances.fold(0.0, |sum, x| sum + x);
    let by = match shrinkage {
        Shrinkage::By(by) => by,
        Shrinkage::Auto => {
            let mut products = gram(Matrix::column_major(&x, n));
            products.iter_mut().for_each(|x| *x /= n as f64);
            ledoit_wolf(&x, squared(&products), trace, n)
        }
    };
    Drawn {
        by,
        level: trace / scales.len() as f64,
        scales,
    }
}

fn shrink(covariance: &mut [f64], by: f64) {
    let n = covariance.len().isqrt();
    let level = trace(covariance) / n as f64;
    covariance.iter_mut().for_each(|x| *x *= 1.0 - by);
    covariance
        .iter_mut()
        .step_by(n + 1)
        .for_each(|x| *x += by * level);
}

fn trace(square: &[f64]) -> f64 {
    let diagonal = square.iter().step_by(square.len().isqrt() + 1);
    diagonal.fold(0.0, |sum, x| sum + x)
}

/// The sum of squares.
fn squared(values: &[f64]) -> f64 {
    let squares: Vec<f64> = values.iter().map(|x| x * x).collect();
    pairwise(&squares)
}

/// How far to shrink, given centred columns of length `n`, and the sum of
/// squares and the trace of their covariance.
fn ledoit_wolf(x: &[f64], squared: f64, trace: f64, n: usize) -> f64 {
    let columns = (x.len() / n) as f64;
    if x.len() == n {
        return 0.0;
    }
    let mut lengths = vec![0.0; n];
    for column in x.chunks_exact(n) {
        for (length, x) in lengths.iter_mut().zip(column) {
            *length += x * x;
        }
    }
    let rows = n as f64;
    let fourth = dot(&lengths, &lengths) / rows;
    let level = trace / columns;
    let noise = (fourth - squared) / (columns * rows);
    let distance = (squared - 2.0 * level * trace + columns * level * level) / columns;
    let noise = noise.min(distance);
    if noise == 0.0 { 0.0 } else { noise / distance }
}
