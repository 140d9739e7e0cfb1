//! Who belongs to which component before there are any.

use pleat_guest::{Error, Rows};
use pleat_num::rng::RandomState;

use crate::kmeans::k_means::nearest_of;
use crate::kmeans::seeding::Init;
use crate::points::{Points, norm};

/// Who belongs to whom at first.
#[derive(Clone, Copy, Debug)]
pub(super) enum Begin {
    /// Rows to the centres of KMeans.
    KMeans,
    /// A row to each component, drawn far apart.
    PlusPlus,
    /// All rows to all components, by chance.
    Random,
    /// A row to each component, any.
    FromData,
}

impl Begin {
    /// How much of each row belongs to a component at first: a column after
    /// another, for each of `k`.
    pub(super) fn parts(
        self,
        train: &Rows<'_>,
        points: &Points,
        k: usize,
        rng: &mut RandomState,
    ) -> Result<Vec<f64>, Error> {
        let n = points.len();
        let mut parts = vec![0.0; n * k];
        let rows: Vec<usize> = match self {
            Begin::KMeans => {
                for (row, label) in nearest_of(train, k, rng)?.into_iter().enumerate() {
                    parts[label as usize * n + row] = 1.0;
                }
                return Ok(parts);
            }
            Begin::Random => {
                for row in 0..n {
                    let draws: Vec<f64> = (0..k).map(|_| rng.double()).collect();
                    let sum: f64 = draws.iter().sum();
                    for (part, draw) in draws.into_iter().enumerate() {
                        parts[part * n + row] = draw / sum;
                    }
                }
                return Ok(parts);
            }
            Begin::FromData => {
                let order = rng.permutation(n as u32).into_iter();
                order.take(k).map(|row| row as usize).collect()
            }
            Begin::PlusPlus => {
                let norms: Vec<f64> = points.rows().map(norm).collect();
                let drawn = Init::PlusPlus.draw(points, &norms, &vec![1.0; n], k, rng);
                drawn.unwrap_or_default()
            }
        };
        for (part, row) in rows.into_iter().enumerate() {
            parts[part * n + row] = 1.0;
        }
        Ok(parts)
    }
}
