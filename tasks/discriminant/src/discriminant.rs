//! Linear discriminants: a line for each class, along which its density grows
//! over the others', all classes being normal with one covariance.

use pleat_num::dense::{Cholesky, axpy, dot};
use pleat_num::math::ln;

use crate::groups::{Groups, Shrinkage, spread};
use crate::svd::{Right, right};
use crate::whitening::Axes;
use crate::wide;

/// A line for each class, or one for the second of two.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Lines {
    /// Line after line, one a column.
    pub coefficients: Vec<f64>,
    /// One a line.
    pub intercepts: Vec<f64>,
}

/// How the covariance is undone.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Solver {
    /// By singular values of the rows themselves, of which those below a
    /// tolerance are left out.
    Svd(f64),
    /// By least squares, which leaves out what the covariance does not span.
    LeastSquares(Option<Shrinkage>),
    /// By eigenvectors, for which the covariance must not be singular.
    Eigen(Option<Shrinkage>),
}

/// Why there are no lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// No column has any spread within the classes.
    NoSpread,
    /// The covariance is singular.
    Singular,
    /// Something is beyond all numbers.
    NotFinite,
}

impl Lines {
    /// Fits rows, given each class's prior probability.
    pub fn new(groups: &Groups, priors: &[f64], solver: Solver) -> Result<Self, Failure> {
        let lines = match solver {
            Solver::Svd(tol) => by_svd(groups, priors, tol)?,
            Solver::LeastSquares(shrinkage) | Solver::Eigen(shrinkage) => {
                let exact = matches!(solver, Solver::Eigen(_));
                let coefficients = undone(groups, priors, shrinkage, exact)?;
                through_means(groups, priors, coefficients)
            }
        };
        // A class of no prior probability has an intercept of minus infinity.
        let sound = lines.coefficients.iter().all(|x| x.is_finite())
            && lines.intercepts.iter().all(|x| !x.is_nan());
        if sound {
            Ok(lines.of_two())
        } else {
            Err(Failure::NotFinite)
        }
    }

    /// Of two lines the difference, of which the sign decides.
    fn of_two(self) -> Self {
        if self.intercepts.len() != 2 {
            return self;
        }
        let (first, second) = self.coefficients.split_at(self.coefficients.len() / 2);
        Lines {
            coefficients: second.iter().zip(first).map(|(b, a)| b - a).collect(),
            intercepts: vec![self.intercepts[1] - self.intercepts[0]],
        }
    }

    /// The value of each line at each row of a row-major matrix, row by row.
    #[must_use]
    pub fn at(&self, rows: &[f64]) -> Vec<f64> {
        let columns = self.coefficients.len() / self.intercepts.len();
        let lines = self
            .coefficients
            .chunks_exact(columns)
            .zip(&self.intercepts);
        rows.chunks_exact(columns)
            .flat_map(|row| {
                lines
                    .clone()
                    .map(|(line, at_zero)| dot(line, row) + at_zero)
            })
            .collect()
    }
}

/// Lines from their coefficients: each crosses the others where the densities
/// are equal.
fn through_means(groups: &Groups, priors: &[f64], coefficients: Vec<f64>) -> Lines {
    let (_, columns) = groups.shape();
    let of_class = groups
        .means()
        .chunks_exact(columns)
        .zip(coefficients.chunks_exact(columns));
    let intercept =
        |((mean, line), prior): ((&[f64], &[f64]), &f64)| -0.5 * dot(mean, line) + ln(*prior);
    Lines {
        intercepts: of_class.zip(priors).map(intercept).collect(),
        coefficients,
    }
}

/// Each class's mean with the covariance undone: exactly, or as near as it
/// spans.
fn undone(
    groups: &Groups,
    priors: &[f64],
    shrinkage: Option<Shrinkage>,
    exact: bool,
) -> Result<Vec<f64>, Failure> {
    let (rows, columns) = groups.shape();
    if rows <= columns {
        // Without shrinkage it is singular, and need not be worked out.
        match shrinkage {
            None if exact => return Err(Failure::Singular),
            None => {
                let of_rows = || shortest(&eigen_of_rows(groups, priors), groups);
                return Ok(wide::shortest(groups, priors).unwrap_or_else(of_rows));
            }
            Some(shrinkage) => {
                if let Some(solved) = wide::solutions(groups, priors, shrinkage) {
                    return Ok(solved);
                }
            }
        }
    }
    let within = groups.within(priors, shrinkage);
    if exact {
        // The eigenvectors E of the between-class scatter beside this one are
        // scaled so that EE' is its inverse, which is all that a classifier
        // needs of them.
        let factor = Cholesky::new(within, columns).ok_or(Failure::Singular)?;
        return Ok(solutions(&factor, groups));
    }
    Ok(match regular(&within, columns) {
        Some(factor) => solutions(&factor, groups),
        None if shrinkage.is_some() => shortest(&right(within, columns, columns), groups),
        None => shortest(&eigen_of_rows(groups, priors), groups),
    })
}

/// Each class's mean, solved for.
fn solutions(factor: &Cholesky, groups: &Groups) -> Vec<f64> {
    let (_, columns) = groups.shape();
    let mut out = groups.means().to_vec();
    out.chunks_exact_mut(columns)
        .for_each(|mean| factor.solve(mean));
    out
}

/// A factor of a covariance that surely has no singular value beside the
/// largest of which only rounding is left. The trace is at least the largest,
/// and the inverse's trace at least the inverse of the smallest.
fn regular(within: &[f64], n: usize) -> Option<Cholesky> {
    let factor = Cholesky::new(within.to_vec(), n)?;
    let trace: f64 = within.iter().step_by(n + 1).sum();
    let of_inverse = |i: usize| {
        let mut unit = vec![0.0; n];
        unit[i] = 1.0;
        factor.solve(&mut unit);
        unit[i]
    };
    let inverse: f64 = (0..n).map(of_inverse).sum();
    (trace * inverse * f64::EPSILON < 1.0).then_some(factor)
}

/// The eigenvalues and vectors of the covariance without shrinkage, from the
/// rows, whose singular values are the roots: where there are fewer rows than
/// columns that is far less work.
fn eigen_of_rows(groups: &Groups, priors: &[f64]) -> Right {
    let (rows, columns) = groups.shape();
    let mut parts = right(groups.roots(priors), rows, columns);
    parts.values.iter_mut().for_each(|value| *value *= *value);
    parts
}

/// The shortest least-squares solution for each class's mean. Eigenvalues that
/// are rounding beside the largest count as none.
fn shortest(eigen: &Right, groups: &Groups) -> Vec<f64> {
    let (_, n) = groups.shape();
    let largest = eigen.values.iter().copied().fold(0.0, f64::max);
    let mut out = vec![0.0; groups.means().len()];
    for (mean, line) in groups.means().chunks_exact(n).zip(out.chunks_exact_mut(n)) {
        for (value, vector) in above(eigen, largest * f64::EPSILON, n) {
            axpy(dot(vector, mean) / value, vector, line);
        }
    }
    out
}

/// Scales the rows so that they are spread alike in all directions within the
/// classes, and takes what is left of the means there.
fn by_svd(groups: &Groups, priors: &[f64], tol: f64) -> Result<Lines, Failure> {
    let ((rows, columns), n_classes) = (groups.shape(), groups.n_classes());
    let mut centre = vec![0.0; columns];
    for (mean, prior) in groups.means().chunks_exact(columns).zip(priors) {
        axpy(*prior, mean, &mut centre);
    }
    let mut x = groups.centred();
    let mut deviations = Vec::with_capacity(columns);
    let root = (1.0 / rows as f64).sqrt();
    for (c, column) in x.chunks_exact_mut(rows).enumerate() {
        // Rounding must not pass for spread, or its inverse, and noise with
        // it, would decide everything.
        let deviation = spread(column, groups.magnitude(c));
        match deviation {
            Some(deviation) => column.iter_mut().for_each(|x| *x = root * (*x / deviation)),
            None => column.fill(0.0),
        }
        deviations.push(deviation.unwrap_or(1.0));
    }
    let axes = Axes::new(x, rows, deviations, tol);
    let rank = axes.rank();
    if rank == 0 {
        return Err(Failure::NoSpread);
    }

    let mut offsets = groups.means().to_vec();
    for mean in offsets.chunks_exact_mut(columns) {
        mean.iter_mut().zip(&centre).for_each(|(m, c)| *m -= c);
    }
    // The weighted means where the rows are spread alike: column by column,
    // one class after the other.
    let mut between = vec![0.0; rank * n_classes];
    let of_classes = offsets.chunks_exact(columns).zip(priors);
    for (class, (offset, prior)) in of_classes.enumerate() {
        let places = between.iter_mut().skip(class).step_by(n_classes);
        for (place, along) in places.zip(axes.along(offset)) {
            *place = prior.sqrt() * along;
        }
    }
    let between = right(between, n_classes, rank);
    let largest = between.values.iter().copied().fold(0.0, f64::max);
    let mut lines = Lines {
        coefficients: vec![0.0; n_classes * columns],
        intercepts: priors.iter().map(|prior| ln(*prior)).collect(),
    };
    for (_, vector) in above(&between, tol * largest, rank) {
        let axis = axes.sum(vector);
        let of_classes = lines
            .coefficients
            .chunks_exact_mut(columns)
            .zip(&mut lines.intercepts)
            .zip(offsets.chunks_exact(columns));
        for ((line, intercept), offset) in of_classes {
            let along = dot(offset, &axis);
            axpy(along, &axis, line);
            *intercept -= 0.5 * along * along;
        }
    }
    let of_classes = lines.coefficients.chunks_exact(columns);
    for (line, intercept) in of_classes.zip(&mut lines.intercepts) {
        *intercept -= dot(&centre, line);
    }
    Ok(lines)
}

/// The values above a threshold, with their vectors of length `n`.
fn above(parts: &Right, threshold: f64, n: usize) -> impl Iterator<Item = (f64, &[f64])> {
    parts
        .values
        .iter()
        .copied()
        .zip(parts.vectors.chunks_exact(n))
        .filter(move |(value, _)| *value > threshold)
}

#[cfg(test)]
mod tests {
    use super::*;
    use pleat_num::rng::RandomState;

    /// Without shrinkage, by way of inner products and of the rows themselves.
    #[test]
    fn the_shortest_solution_is_one() {
        let (rows, columns) = (20, 45);
        let mut draws = RandomState::new(6);
        let x: Vec<f64> = (0..rows * columns).map(|_| draws.double()).collect();
        let order: Vec<u32> = (0..rows as u32).collect();
        let classes: Vec<usize> = (0..rows).map(|row| row % 3).collect();
        let groups = Groups::new(x.chunks_exact(rows), &order, &classes, 3);
        let priors = [0.2, 0.5, 0.3];
        let quick = wide::shortest(&groups, &priors).unwrap();
        let plain = shortest(&eigen_of_rows(&groups, &priors), &groups);
        for (a, b) in quick.iter().zip(&plain) {
            assert!((a - b).abs() < 1e-9 * b.abs().max(1.0), "{a} {b}");
        }
    }
}
