//! Drawing the rows of a tree, with scikit-learn's draws.

use pleat_num::rng::RandomState;
use pleat_num::sum::pairwise;

/// How likely each row is drawn.
pub(crate) enum Chances {
    /// All are alike.
    Even,
    /// The chance of a row or one before it.
    Up(Vec<f64>),
}

impl Chances {
    /// By weights, which are not all 0.
    pub(crate) fn new(weights: Option<&[f64]>) -> Self {
        let Some(weights) = weights else {
            return Chances::Even;
        };
        let all = pairwise(weights);
        let mut sum = 0.0;
        let up = |weight: &f64| {
            sum += weight / all;
            sum
        };
        let mut chances: Vec<f64> = weights.iter().map(up).collect();
        let last = sum;
        chances.iter_mut().for_each(|chance| *chance /= last);
        Chances::Up(chances)
    }

    /// Draws so many of `rows` rows with replacement; answers with how often
    /// each came.
    pub(crate) fn draw(&self, seed: u32, rows: usize, draws: usize) -> Vec<f64> {
        self.draw_from(&mut RandomState::new(seed), rows, draws)
    }

    /// The same from a stream that has been drawn from.
    pub(crate) fn draw_from(&self, state: &mut RandomState, rows: usize, draws: usize) -> Vec<f64> {
        let mut times = vec![0.0; rows];
        for _ in 0..draws {
            times[self.draw_one(state, rows)] += 1.0;
        }
        times
    }

    /// Draws one of `rows` rows.
    pub(crate) fn draw_one(&self, state: &mut RandomState, rows: usize) -> usize {
        match self {
            Chances::Even => state.interval(rows as u64 - 1) as usize,
            Chances::Up(chances) => {
                let chance = state.double();
                chances.partition_point(|up| *up <= chance).min(rows - 1)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `np.bincount(RandomState(5).randint(0, 6, 10))` and
    /// `np.bincount(RandomState(5).choice(6, 10, p=weights / 8))`.
    #[test]
    fn draws_are_scikit_learns() {
        let even = Chances::new(None).draw(5, 6, 10);
        assert_eq!(even, EVEN);
        let weights = [1.0, 0.0, 3.0, 0.5, 2.5, 1.0];
        let by_weight = Chances::new(Some(&weights)).draw(5, 6, 10);
        assert_eq!(by_weight, BY_WEIGHT);
    }

    const EVEN: [f64; 6] = [4.0, 1.0, 0.0, 2.0, 2.0, 1.0];
    const BY_WEIGHT: [f64; 6] = [0.0, 0.0, 5.0, 1.0, 3.0, 1.0];
}
