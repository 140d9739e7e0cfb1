//! `numpy.random.RandomState.choice` where rows are not equally likely.

use pleat_num::rng::RandomState;
use pleat_num::sum::pairwise;

/// Rows with the chance of each to be drawn.
#[derive(Clone, Debug)]
pub struct Chances {
    each: Vec<f64>,
    /// Of a row and all before it.
    up_to: Vec<f64>,
}

impl Chances {
    /// Chances in proportion to weights; none if no weight is above 0.
    #[must_use]
    pub fn new(weights: &[f64]) -> Option<Self> {
        let all = pairwise(weights);
        let sound = all > 0.0 && all.is_finite();
        sound.then(|| {
            let each: Vec<f64> = weights.iter().map(|w| w / all).collect();
            let up_to = cumulated(&each);
            Chances { each, up_to }
        })
    }

    /// One row: `choice(n, p=...)`.
    pub fn one(&self, rng: &mut RandomState) -> usize {
        self.place(rng.double())
    }

    /// So many rows, of which one may come twice: `choice(n, size, p=...)`.
    pub fn several(&self, size: usize, rng: &mut RandomState) -> Vec<usize> {
        (0..size).map(|_| self.one(rng)).collect()
    }

    /// So many different rows: `choice(n, size, replace=False, p=...)`. None
    /// if there are not as many that have a chance.
    pub fn different(mut self, size: usize, rng: &mut RandomState) -> Option<Vec<usize>> {
        if self.each.iter().filter(|p| **p > 0.0).count() < size {
            return None;
        }
        let mut found: Vec<usize> = Vec::with_capacity(size);
        while found.len() < size {
            // All that are missing are drawn before those that were found lose
            // their chance; what comes twice is drawn again.
            let draws: Vec<f64> = (found.len()..size).map(|_| rng.double()).collect();
            if !found.is_empty() {
                found.iter().for_each(|row| self.each[*row] = 0.0);
                self.up_to = cumulated(&self.each);
            }
            for draw in draws {
                let row = self.place(draw);
                if !found.contains(&row) {
                    found.push(row);
                }
            }
        }
        Some(found)
    }

    /// The first row up to which chances add up to more.
    fn place(&self, draw: f64) -> usize {
        let place = self.up_to.partition_point(|sum| *sum <= draw);
        place.min(self.up_to.len() - 1)
    }
}

fn cumulated(chances: &[f64]) -> Vec<f64> {
    let mut sums = running(chances.iter().copied());
    let all = sums.last().copied().unwrap_or(1.0);
    sums.iter_mut().for_each(|sum| *sum /= all);
    sums
}

/// Each number plus all before it.
pub fn running(numbers: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut sum = 0.0;
    let add = |x| {
        sum += x;
        sum
    };
    numbers.map(add).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `RandomState(3).choice(5, ..., p=[.1, 0, .2, .3, .4])`: one, six, three
    /// different ones.
    #[test]
    fn draws_are_numpys() {
        let chances = Chances::new(&[1.0, 0.0, 2.0, 3.0, 4.0]).unwrap();
        let mut rng = RandomState::new(3);
        assert_eq!(chances.one(&mut rng), 3);
        assert_eq!(chances.several(6, &mut rng), [4, 2, 3, 4, 4, 2]);
        let different = |size, rng: &mut RandomState| chances.clone().different(size, rng);
        assert_eq!(different(3, &mut rng), Some(vec![2, 0, 3]));
        assert_eq!(different(4, &mut rng), Some(vec![0, 3, 4, 2]));
        assert_eq!(different(5, &mut rng), None);
        assert!(Chances::new(&[0.0, 0.0]).is_none());
    }
}
