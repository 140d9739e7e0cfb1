//! What is drawn for a tree, with scikit-learn's and numpy's draws.

use pleat_num::rng::RandomState;

/// `k` of the numbers below `n`, none twice. How depends on their ratio:
/// `sample_without_replacement` of scikit-learn.
pub(crate) fn distinct(draws: &mut RandomState, n: usize, k: usize) -> Vec<usize> {
    let ratio = k as f64 / n as f64;
    if ratio > 0.01 && ratio < 0.99 {
        let order = draws.permutation(n as u32);
        return order[..k].iter().map(|i| *i as usize).collect();
    }
    if ratio < 0.2 {
        let mut taken = vec![false; n];
        let mut one = || loop {
            let i = draws.interval(n as u64 - 1) as usize;
            if !std::mem::replace(&mut taken[i], true) {
                return i;
            }
        };
        return (0..k).map(|_| one()).collect();
    }
    let mut chosen: Vec<usize> = (0..k).collect();
    for i in k..n {
        let place = draws.interval(i as u64) as usize;
        if place < k {
            chosen[place] = i;
        }
    }
    chosen
}

/// Any `k` of the numbers below `n`.
pub(crate) fn any(draws: &mut RandomState, n: usize, k: usize) -> Vec<usize> {
    (0..k)
        .map(|_| draws.interval(n as u64 - 1) as usize)
        .collect()
}

/// `k` numbers below that of the weights, none twice, by chance of their
/// weights, of which so many must not be 0: `choice` of numpy, which draws as
/// many as are missing, drops what came twice, and does it again.
pub(crate) fn distinct_by_weight(draws: &mut RandomState, weights: &[f64], k: usize) -> Vec<usize> {
    let mut weights = weights.to_vec();
    let mut found: Vec<usize> = Vec::with_capacity(k);
    while found.len() < k {
        let chances: Vec<f64> = (found.len()..k).map(|_| draws.double()).collect();
        found.iter().for_each(|i| weights[*i] = 0.0);
        let mut sum = 0.0;
        let up = |weight: &f64| {
            sum += weight;
            sum
        };
        let mut sums: Vec<f64> = weights.iter().map(up).collect();
        let all = sum;
        sums.iter_mut().for_each(|sum| *sum /= all);
        let mut new = vec![false; weights.len()];
        for chance in chances {
            let i = sums
                .partition_point(|up| *up <= chance)
                .min(weights.len() - 1);
            if !std::mem::replace(&mut new[i], true) {
                found.push(i);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `sample_without_replacement(n, k, random_state=4)` of scikit-learn 1.9.1.
    #[test]
    fn distinct_numbers_are_scikit_learns() {
        let mut draws = RandomState::new(4);
        assert_eq!(distinct(&mut draws, 6, 3), [4, 5, 3]);
        let mut draws = RandomState::new(4);
        assert_eq!(distinct(&mut draws, 500, 4), [122, 174, 439, 197]);
        let mut draws = RandomState::new(4);
        assert_eq!(distinct(&mut draws, 5, 5), [0, 1, 2, 3, 4]);
    }

    /// `RandomState(4).choice(6, 4, replace=False, p=weights / 10)`.
    #[test]
    fn weighted_numbers_are_numpys() {
        let weights = [4.0, 0.0, 3.0, 1.0, 1.0, 1.0];
        let mut draws = RandomState::new(4);
        assert_eq!(distinct_by_weight(&mut draws, &weights, 4), [5, 2, 3, 0]);
    }
}
