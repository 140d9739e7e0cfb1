//! What is known of the second derivatives of a loss, score by score: enough
//! to give steps their shape, and a fraction of the cost of the whole matrix.
//!
//! For each score its own block: how the loss bends where only that score's
//! coefficients move. What moves of several scores do together is left out;
//! L-BFGS learns it as it goes.

use pleat_num::dense::Cholesky;

use super::loss::Loss;

/// The widest block: beyond, writing one down costs more than the iterations
/// it saves.
const WIDEST: usize = 512;
/// The most numbers of all blocks: 32 MB.
const MOST: usize = 1 << 22;

/// The blocks, factorised.
pub struct Curvature {
    width: usize,
    blocks: Vec<Cholesky>,
}

impl Curvature {
    /// Whether the blocks of this loss are worth their cost.
    #[must_use]
    pub fn pays(loss: &Loss) -> bool {
        let width = loss.width();
        width <= WIDEST && loss.scores() * width * width <= MOST
    }

    /// Where the rows have these probabilities. None where a block is not
    /// finite.
    #[must_use]
    pub fn of(loss: &Loss, probabilities: &[f64]) -> Option<Self> {
        let (width, scores) = (loss.width(), loss.scores());
        let block = |score: usize| {
            let bend: Vec<f64> = probabilities
                .chunks_exact(scores)
                .zip(loss.shares())
                .map(|(p, share)| share * p[score] * (1.0 - p[score]))
                .collect();
            let mut block = loss.columns().scaled(&bend).symmetric(loss.columns());
            for column in 0..width {
                block[column * width + column] += loss.penalty(column);
            }
            damped(block, width)
        };
        let blocks: Option<Vec<Cholesky>> = (0..scores).map(block).collect();
        Some(Self {
            width,
            blocks: blocks?,
        })
    }

    /// Turns a gradient into the step that would end where it vanishes, if
    /// each score were alone.
    pub fn solve(&self, gradient: &mut [f64]) {
        let parts = gradient.chunks_exact_mut(self.width);
        parts
            .zip(&self.blocks)
            .for_each(|(g, block)| block.solve(g));
        if self.blocks.len() == 1 {
            return;
        }
        // Of several scores what all have in common says nothing: a search
        // that begins without it stays without.
        let mut common = vec![0.0; self.width];
        for part in gradient.chunks_exact(self.width) {
            common.iter_mut().zip(part).for_each(|(c, g)| *c += g);
        }
        let count = self.blocks.len() as f64;
        for part in gradient.chunks_exact_mut(self.width) {
            part.iter_mut()
                .zip(&common)
                .for_each(|(g, c)| *g -= c / count);
        }
    }
}

/// A block factorised, with as little added to its diagonal as lets it be:
/// columns may say the same, and rows may be sure of their class.
fn damped(block: Vec<f64>, width: usize) -> Option<Cholesky> {
    let most = block.iter().step_by(width + 1).copied().fold(0.0, f64::max);
    [1e-12, 1e-9, 1e-6, 1e-3].iter().find_map(|damping| {
        let mut damped = block.clone();
        for diagonal in damped.iter_mut().step_by(width + 1) {
            *diagonal += damping * most.max(f64::MIN_POSITIVE);
        }
        Cholesky::new(damped, width)
    })
}
