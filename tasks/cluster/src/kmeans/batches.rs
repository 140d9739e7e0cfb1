//! Centres that move a little with every few points (Sculley, Web-scale
//! k-means clustering, 2010).

use pleat_num::rng::RandomState;

use super::lloyd::nearest;
use crate::draws::Chances;
use crate::points::{Points, apart};

/// How many points to look at, and when to stop.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// Points at a time.
    pub batch_size: usize,
    /// Batches at most.
    pub steps: u64,
    /// Squared moves that together are small enough; 0 for none.
    pub tol: f64,
    /// Batches in a row without less inertia that are put up with.
    pub patience: Option<u64>,
    /// Centres of less than this share of the largest count begin anew.
    pub reassignment_ratio: f64,
}

/// Where centres came to rest.
#[derive(Debug)]
pub struct Rest {
    /// The centres, one row after another.
    pub centres: Vec<f64>,
    /// Batches looked at.
    pub steps: u64,
    /// What a point of late was away from its centre, squared; none after a
    /// single batch, which says little.
    pub inertia: Option<f64>,
}

/// Centres under way.
struct Moving {
    places: Vec<f64>,
    counts: Vec<f64>,
    /// Points since centres last began anew.
    since: usize,
}

/// Lets centres move with batches of points that are drawn by chance. `tick`
/// hears of every batch, and ends the run with its error.
pub fn run<E>(
    points: &Points,
    chances: &Chances,
    first: Vec<f64>,
    rules: Rules,
    rng: &mut RandomState,
    mut tick: impl FnMut(u64) -> Result<(), E>,
) -> Result<Rest, E> {
    let n = points.len();
    let width = points.width();
    let mut moving = Moving {
        counts: vec![0.0; first.len() / width],
        places: first,
        since: 0,
    };
    let mut smoothed: Option<f64> = None;
    let mut least: Option<f64> = None;
    let mut idle = 0;
    let mut steps = 0;
    while steps < rules.steps {
        tick(steps)?;
        let drawn = chances.several(rules.batch_size, rng);
        let before = moving.places.clone();
        let inertia = moving.go(points, &drawn, rules, rng) / rules.batch_size as f64;
        let moved = apart(&moving.places, &before);
        steps += 1;
        // The first batch tells more of the first centres.
        if steps == 1 {
            continue;
        }
        let share = (rules.batch_size as f64 * 2.0 / (n as f64 + 1.0)).min(1.0);
        let now = match smoothed {
            None => inertia,
            Some(smoothed) => smoothed * (1.0 - share) + inertia * share,
        };
        smoothed = Some(now);
        if rules.tol > 0.0 && moved <= rules.tol {
            break;
        }
        if least.is_none_or(|least| now < least) {
            (idle, least) = (0, Some(now));
        } else {
            idle += 1;
        }
        if rules.patience.is_some_and(|patience| idle >= patience) {
            break;
        }
    }
    Ok(Rest {
        centres: moving.places,
        steps,
        inertia: smoothed,
    })
}

impl Moving {
    /// Moves towards a batch. Answers with how far it was away, squared.
    fn go(&mut self, points: &Points, batch: &[usize], rules: Rules, rng: &mut RandomState) -> f64 {
        self.since += batch.len();
        let anew = self.counts.contains(&0.0) || self.since >= 10 * self.counts.len();
        if anew {
            self.since = 0;
        }
        let width = points.width();
        let labels = self.labels(points, batch);
        let mut away = 0.0;
        let mut added = vec![0.0; self.counts.len()];
        for (row, label) in batch.iter().zip(&labels) {
            added[*label as usize] += 1.0;
            let place = &self.places[*label as usize * width..][..width];
            away += apart(points.row(*row), place);
        }
        let touched = |added: &[f64], i: usize| added[i] > 0.0;
        for (i, place) in self.places.chunks_exact_mut(width).enumerate() {
            if touched(&added, i) {
                place.iter_mut().for_each(|x| *x *= self.counts[i]);
            }
        }
        for (row, label) in batch.iter().zip(&labels) {
            let place = &mut self.places[*label as usize * width..][..width];
            let row = points.row(*row).iter();
            place.iter_mut().zip(row).for_each(|(sum, x)| *sum += x);
        }
        for (i, place) in self.places.chunks_exact_mut(width).enumerate() {
            if touched(&added, i) {
                self.counts[i] += added[i];
                let share = 1.0 / self.counts[i];
                place.iter_mut().for_each(|x| *x *= share);
            }
        }
        if anew && rules.reassignment_ratio > 0.0 {
            self.begin_anew(points, batch, rules.reassignment_ratio, rng);
        }
        away
    }

    /// The centre nearest to each point of a batch.
    fn labels(&self, points: &Points, batch: &[usize]) -> Vec<u32> {
        let of = |points: &Points| {
            let mut labels = vec![0; points.len()];
            nearest(points, &self.places, &mut labels);
            labels
        };
        // To arrange points for comparing takes as long as to compare some
        // that are arranged.
        if 2 * batch.len() < points.len() {
            return of(&points.some(batch));
        }
        let all = of(points);
        batch.iter().map(|row| all[*row]).collect()
    }

    /// Centres of few points go to any of the batch: to at most half of it.
    fn begin_anew(&mut self, points: &Points, batch: &[usize], ratio: f64, rng: &mut RandomState) {
        let most = self.counts.iter().copied().fold(0.0, f64::max);
        let mut few: Vec<bool> = self
            .counts
            .iter()
            .map(|count| *count < ratio * most)
            .collect();
        let half = batch.len() / 2;
        let count = |few: &[bool]| few.iter().filter(|few| **few).count();
        if 2 * count(&few) > batch.len() {
            let mut order: Vec<usize> = (0..few.len()).collect();
            order.sort_by(|a, b| self.counts[*a].total_cmp(&self.counts[*b]));
            order.iter().skip(half).for_each(|i| few[*i] = false);
        }
        let n = count(&few);
        if n == 0 {
            return;
        }
        let rows = rng.permutation(batch.len() as u32);
        let width = points.width();
        let chosen = (0..few.len()).filter(|i| few[*i]);
        for (i, row) in chosen.zip(rows) {
            self.places[i * width..][..width].copy_from_slice(points.row(batch[row as usize]));
        }
        let others = self.counts.iter().zip(&few).filter(|(_, few)| !**few);
        let least = others
            .map(|(count, _)| *count)
            .fold(f64::INFINITY, f64::min);
        // If all begin anew, none has a count to go by.
        if least.is_finite() {
            let few = self.counts.iter_mut().zip(&few).filter(|(_, few)| **few);
            few.for_each(|(count, _)| *count = least);
        }
    }
}
