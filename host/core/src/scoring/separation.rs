//! How well found groups are told apart by the features, without a truth.
//!
//! Formulas: Rousseeuw 1987 (silhouette), Calinski & Harabasz 1974, Davies &
//! Bouldin 1979. Distances are Euclidean.

use pleat_num::sum;

use super::Reason;

/// Rows with the group of each.
pub(super) struct Grouped<'a> {
    /// Row after row.
    rows: &'a [f64],
    width: usize,
    /// Places of groups, 0 to `sizes.len()`.
    groups: Vec<usize>,
    sizes: Vec<usize>,
}

impl<'a> Grouped<'a> {
    /// Rows of features, one after another, and the group found for each.
    pub(super) fn new(rows: &'a [f64], found: &[u32]) -> Result<Self, Reason> {
        let mut all = found.to_vec();
        all.sort_unstable();
        all.dedup();
        if all.len() < 2 || all.len() >= found.len() {
            return Err(Reason::Groups {
                found: all.len(),
                rows: found.len(),
            });
        }
        let place = |code: &u32| all.binary_search(code).unwrap_or_default();
        let groups: Vec<usize> = found.iter().map(place).collect();
        let mut sizes = vec![0; all.len()];
        groups.iter().for_each(|group| sizes[*group] += 1);
        Ok(Self {
            rows,
            width: rows.len() / found.len(),
            groups,
            sizes,
        })
    }

    fn row(&self, i: usize) -> &'a [f64] {
        &self.rows[i * self.width..(i + 1) * self.width]
    }

    fn centres(&self) -> Vec<f64> {
        let mut centres = vec![0.0; self.sizes.len() * self.width];
        for (i, group) in self.groups.iter().enumerate() {
            let centre = &mut centres[group * self.width..(group + 1) * self.width];
            centre
                .iter_mut()
                .zip(self.row(i))
                .for_each(|(c, x)| *c += x);
        }
        for (centre, size) in centres.chunks_exact_mut(self.width.max(1)).zip(&self.sizes) {
            centre.iter_mut().for_each(|c| *c /= *size as f64);
        }
        centres
    }
}

fn squared(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| (x - y) * (x - y)).sum()
}

/// The mean over rows of how much nearer the own group is than the next.
pub(super) fn silhouette(grouped: &Grouped<'_>) -> Result<f64, Reason> {
    let n = grouped.groups.len();
    let k = grouped.sizes.len();
    // Of each row to each group, the sum of distances.
    let mut sums = vec![0.0; n * k];
    for i in 0..n {
        for j in 0..i {
            let distance = squared(grouped.row(i), grouped.row(j)).sqrt();
            sums[i * k + grouped.groups[j]] += distance;
            sums[j * k + grouped.groups[i]] += distance;
        }
    }
    let of_row = |(i, own): (usize, &usize)| {
        if grouped.sizes[*own] == 1 {
            return 0.0;
        }
        let to = &sums[i * k..(i + 1) * k];
        let within = to[*own] / (grouped.sizes[*own] - 1) as f64;
        let others = (0..k).filter(|group| group != own);
        let next = others.map(|group| to[group] / grouped.sizes[group] as f64);
        let next = next.fold(f64::INFINITY, f64::min);
        let far = within.max(next);
        if far == 0.0 {
            0.0
        } else {
            (next - within) / far
        }
    };
    let each: Vec<f64> = grouped.groups.iter().enumerate().map(of_row).collect();
    Ok(sum::mean(&each))
}

/// Between groups against within them, each by its degrees of freedom.
pub(super) fn calinski_harabasz(grouped: &Grouped<'_>) -> Result<f64, Reason> {
    let (n, k, width) = (grouped.groups.len(), grouped.sizes.len(), grouped.width);
    let mut mean = vec![0.0; width];
    for i in 0..n {
        mean.iter_mut()
            .zip(grouped.row(i))
            .for_each(|(m, x)| *m += x);
    }
    mean.iter_mut().for_each(|m| *m /= n as f64);
    let centres = grouped.centres();
    let (mut between, mut within) = (0.0, 0.0);
    for (group, centre) in centres.chunks_exact(width.max(1)).enumerate() {
        between += grouped.sizes[group] as f64 * squared(centre, &mean);
    }
    for (i, group) in grouped.groups.iter().enumerate() {
        within += squared(grouped.row(i), &centres[group * width..(group + 1) * width]);
    }
    Ok(if within == 0.0 {
        1.0
    } else {
        between * (n - k) as f64 / (within * (k as f64 - 1.0))
    })
}

/// The mean over groups of the likeness to the likest other, negative.
pub(super) fn neg_davies_bouldin(grouped: &Grouped<'_>) -> Result<f64, Reason> {
    let (k, width) = (grouped.sizes.len(), grouped.width);
    let centres = grouped.centres();
    let centre = |group: usize| &centres[group * width..(group + 1) * width];
    let mut spread = vec![0.0; k];
    for (i, group) in grouped.groups.iter().enumerate() {
        spread[*group] += squared(grouped.row(i), centre(*group)).sqrt();
    }
    for (spread, size) in spread.iter_mut().zip(&grouped.sizes) {
        *spread /= *size as f64;
    }
    let mut worst = vec![0.0_f64; k];
    let mut apart = 0.0_f64;
    for a in 0..k {
        for b in (0..k).filter(|b| *b != a) {
            let distance = squared(centre(a), centre(b)).sqrt();
            apart = apart.max(distance);
            // Groups with one centre are not compared.
            if distance > 0.0 {
                worst[a] = worst[a].max((spread[a] + spread[b]) / distance);
            }
        }
    }
    let tight = spread.iter().all(|s| s.abs() <= 1e-8);
    if tight || apart <= 1e-8 {
        return Ok(0.0);
    }
    Ok(-sum::mean(&worst))
}
