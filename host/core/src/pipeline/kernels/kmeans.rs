//! Lloyd's k-means along one column, from given centres.
//!
//! The rules are those of scikit-learn's `KMeans` with `n_init=1`: when it
//! ends, who gets a point that lies between two centres, and where a centre
//! goes that has lost all its points.

use pleat_num::sum;

/// Moves the centres to the means of what is nearest to them until nothing
/// changes; they may come out in another order.
pub(in crate::pipeline) fn lloyd(
    values: &[f64],
    weights: Option<&[f64]>,
    centres: &[f64],
) -> Vec<f64> {
    const MAX_ROUNDS: usize = 300;
    let mean = sum::mean(values);
    let x: Vec<f64> = values.iter().map(|x| x - mean).collect();
    let weight = |i: usize| weights.map_or(1.0, |w| w[i]);
    let squares: Vec<f64> = x.iter().map(|x| x * x).collect();
    let tolerance = 1e-4 * sum::mean(&squares);
    let mut centres: Vec<f64> = centres.iter().map(|c| c - mean).collect();
    let mut labels = vec![usize::MAX; x.len()];
    for _ in 0..MAX_ROUNDS {
        let nearest: Vec<usize> = x.iter().map(|x| nearest(*x, &centres)).collect();
        let mut sums = vec![0.0; centres.len()];
        let mut mass = vec![0.0; centres.len()];
        for (i, label) in nearest.iter().enumerate() {
            sums[*label] += x[i] * weight(i);
            mass[*label] += weight(i);
        }
        relocate(&x, &weight, &centres, &nearest, &mut sums, &mut mass);
        let heaviest = first_largest(&mass);
        for j in 0..sums.len() {
            sums[j] = if mass[j] > 0.0 {
                sums[j] * (1.0 / mass[j])
            } else {
                // Its final value if it stands before, its sum if after.
                sums[heaviest]
            };
        }
        let shifts: Vec<f64> = sums
            .iter()
            .zip(&centres)
            .map(|(a, b)| (a - b) * (a - b))
            .collect();
        centres = sums;
        if nearest == labels || sum::pairwise(&shifts) <= tolerance {
            break;
        }
        labels = nearest;
    }
    centres.iter().map(|c| c + mean).collect()
}

/// The centre nearest to `x`, the first of several. The square of `x` is the
/// same for all and left out.
fn nearest(x: f64, centres: &[f64]) -> usize {
    let mut best = (f64::INFINITY, 0);
    for (j, c) in centres.iter().enumerate() {
        let distance = c * c - 2.0 * x * c;
        if distance < best.0 {
            best = (distance, j);
        }
    }
    best.1
}

fn first_largest(values: &[f64]) -> usize {
    let mut best = 0;
    for (i, x) in values.iter().enumerate() {
        if *x > values[best] {
            best = i;
        }
    }
    best
}

/// Gives each centre without points the point that is farthest from its own.
fn relocate(
    x: &[f64],
    weight: &impl Fn(usize) -> f64,
    centres: &[f64],
    labels: &[usize],
    sums: &mut [f64],
    mass: &mut [f64],
) {
    let empty: Vec<usize> = (0..mass.len()).filter(|j| mass[*j] == 0.0).collect();
    if empty.is_empty() {
        return;
    }
    let distance = |i: usize| {
        let off = x[i] - centres[labels[i]];
        off * off
    };
    let mut far: Vec<usize> = (0..x.len()).collect();
    far.sort_by(|a, b| distance(*a).total_cmp(&distance(*b)));
    // Of equally far ones the last: where numpy has no faster way of its own
    // on a machine, that is the one it finds.
    far.reverse();
    // More centres than there are different points.
    if far.first().is_none_or(|i| distance(*i) == 0.0) {
        return;
    }
    for (new, i) in empty.into_iter().zip(far) {
        let (old, w) = (labels[i], weight(i));
        sums[old] -= x[i] * w;
        sums[new] = x[i] * w;
        mass[new] = w;
        mass[old] -= w;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn centres_come_to_rest_in_the_middle_of_their_points() {
        let x = [0.0, 1.0, 2.0, 10.0, 11.0, 30.0];
        assert_eq!(lloyd(&x, None, &[5.0, 15.0, 25.0]), [1.0, 10.5, 30.0]);
    }

    #[test]
    fn a_centre_without_points_takes_the_farthest_one() {
        let x = [0.0, 0.0, 0.0, 1.0, 100.0];
        let mut centres = lloyd(&x, None, &[12.5, 37.5, 62.5, 87.5]);
        centres.sort_by(f64::total_cmp);
        assert_eq!(centres[2..], [1.0, 100.0]);
    }
}
