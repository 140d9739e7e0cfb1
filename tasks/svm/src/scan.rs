//! The passes over all variables that every step of the search makes.
//!
//! Candidates come in the order of the variables, and of equals the last wins:
//! that is libsvm's order, and must be kept. But few are ever better than all
//! before them, so eight at a time are asked at once whether any might be, and
//! only then one by one.

/// Variables that are asked at once.
const LANES: usize = 8;

/// Stands in for a curvature that is not positive.
const TAU: f64 = 1e-12;

/// How the objective bends when one variable goes up and another down.
pub fn curvature(k_ii: f64, k_jj: f64, k_ij: f32) -> f64 {
    let curvature = k_ii + k_jj - 2.0 * f64::from(k_ij);
    if curvature > 0.0 { curvature } else { TAU }
}

/// The slopes between which there is a pair to move.
#[derive(Clone, Copy, Debug)]
pub struct Extremes {
    /// The steepest of those that may go up.
    pub steepest: f64,
    /// The lowest of those that may go down.
    pub lowest: f64,
}

impl Extremes {
    /// Of slopes to which is added what keeps a variable from going up, and
    /// what keeps it from going down: infinities, or zero.
    #[must_use]
    pub fn of(slope: &[f64], lift: &[f64], drop: &[f64]) -> Self {
        let mut lanes = Lanes::default();
        let (slopes, rest) = slope.as_chunks::<LANES>();
        let (lifts, lifts_rest) = lift.as_chunks::<LANES>();
        let (drops, drops_rest) = drop.as_chunks::<LANES>();
        for ((slope, lift), drop) in slopes.iter().zip(lifts).zip(drops) {
            lanes.note(slope, lift, drop);
        }
        lanes.finish(rest, lifts_rest, drops_rest)
    }
}

struct Lanes {
    steepest: [f64; LANES],
    lowest: [f64; LANES],
}

impl Default for Lanes {
    fn default() -> Self {
        Lanes {
            steepest: [f64::NEG_INFINITY; LANES],
            lowest: [f64::INFINITY; LANES],
        }
    }
}

impl Lanes {
    #[inline]
    fn note(&mut self, slope: &[f64; LANES], lift: &[f64; LANES], drop: &[f64; LANES]) {
        for lane in 0..LANES {
            let (up, down) = (slope[lane] + lift[lane], slope[lane] + drop[lane]);
            let (high, low) = (&mut self.steepest[lane], &mut self.lowest[lane]);
            *high = if up > *high { up } else { *high };
            *low = if down < *low { down } else { *low };
        }
    }

    fn finish(self, slope: &[f64], lift: &[f64], drop: &[f64]) -> Extremes {
        let up = slope.iter().zip(lift).map(|(s, l)| s + l);
        let down = slope.iter().zip(drop).map(|(s, d)| s + d);
        let higher = |high: f64, x: f64| if x > high { x } else { high };
        let lower = |low: f64, x: f64| if x < low { x } else { low };
        Extremes {
            steepest: self
                .steepest
                .into_iter()
                .chain(up)
                .fold(f64::NEG_INFINITY, higher),
            lowest: self
                .lowest
                .into_iter()
                .chain(down)
                .fold(f64::INFINITY, lower),
        }
    }
}

/// Takes off the slopes what two variables' moves do to them, and answers with
/// what is steepest and lowest then.
pub fn descend(
    slope: &mut [f64],
    (lift, drop): (&[f64], &[f64]),
    (k_i, moved_i): (&[f32], f64),
    (k_j, moved_j): (&[f32], f64),
) -> Extremes {
    let mut lanes = Lanes::default();
    let (slopes, rest) = slope.as_chunks_mut::<LANES>();
    let (lifts, lifts_rest) = lift.as_chunks::<LANES>();
    let (drops, drops_rest) = drop.as_chunks::<LANES>();
    let (k_is, k_i_rest) = k_i.as_chunks::<LANES>();
    let (k_js, k_j_rest) = k_j.as_chunks::<LANES>();
    let open = lifts.iter().zip(drops);
    let kernels = k_is.iter().zip(k_js);
    for ((slope, (lift, drop)), (k_i, k_j)) in slopes.iter_mut().zip(open).zip(kernels) {
        for lane in 0..LANES {
            slope[lane] -= f64::from(k_i[lane]) * moved_i + f64::from(k_j[lane]) * moved_j;
        }
        lanes.note(slope, lift, drop);
    }
    for ((slope, k_i), k_j) in rest.iter_mut().zip(k_i_rest).zip(k_j_rest) {
        *slope -= f64::from(*k_i) * moved_i + f64::from(*k_j) * moved_j;
    }
    lanes.finish(rest, lifts_rest, drops_rest)
}

/// The last variable with this slope among those nothing is added to.
#[must_use]
pub fn last_with(wanted: f64, slope: &[f64], added: &[f64]) -> Option<usize> {
    let is = |(slope, added): (&f64, &f64)| slope + added == wanted;
    let whole = slope.len() / LANES * LANES;
    let rest = slope[whole..].iter().zip(&added[whole..]).rposition(is);
    if let Some(t) = rest {
        return Some(whole + t);
    }
    let (slopes, _) = slope.as_chunks::<LANES>();
    let (addeds, _) = added.as_chunks::<LANES>();
    let chunks = slopes.iter().zip(addeds).enumerate();
    for (c, (slope, added)) in chunks.rev() {
        let mut any = 0;
        for lane in 0..LANES {
            any |= u64::from(slope[lane] + added[lane] == wanted);
        }
        if any != 0 {
            let lane = slope.iter().zip(added).rposition(is);
            return lane.map(|lane| c * LANES + lane);
        }
    }
    None
}

/// What a variable that goes up is to be paired with.
pub struct Partners<'a> {
    /// The slopes of all variables.
    pub slope: &'a [f64],
    /// Zero for those that may go down, infinity for the others.
    pub drop: &'a [f64],
    /// The kernel of each with itself.
    pub diagonal: &'a [f64],
    /// The kernel of each with the one that goes up.
    pub kernels: &'a [f32],
    /// The steepest slope, which is that variable's, and the lowest.
    pub extremes: Extremes,
    /// That variable's kernel with itself.
    pub of_itself: f64,
}

impl Partners<'_> {
    /// The variable that gains most by going down, the last of equals.
    #[must_use]
    pub fn best(&self) -> Option<usize> {
        let mut search = Search {
            found: None,
            best: f64::INFINITY,
            // Whoever wins gains as much as the lowest does.
            bar: last_with(self.extremes.lowest, self.slope, self.drop)
                .and_then(|t| self.gain(t))
                .map_or(f64::NEG_INFINITY, |gain| -gain * BELOW),
        };
        let steepest = self.extremes.steepest;
        let (slopes, last) = self.slope.as_chunks::<LANES>();
        let (drops, _) = self.drop.as_chunks::<LANES>();
        let (diagonals, _) = self.diagonal.as_chunks::<LANES>();
        let (kernels, _) = self.kernels.as_chunks::<LANES>();
        let passes = slopes.iter().zip(drops).zip(diagonals.iter().zip(kernels));
        for (c, ((slope, drop), (diagonal, kernel))) in passes.enumerate() {
            let mut any = 0;
            for lane in 0..LANES {
                let fall = steepest - (slope[lane] + drop[lane]);
                let fall = if fall > 0.0 { fall } else { 0.0 };
                let bend = curvature(self.of_itself, diagonal[lane], kernel[lane]);
                any |= u64::from(fall * fall >= search.bar * bend);
            }
            if any != 0 {
                self.one_by_one(c * LANES..(c + 1) * LANES, &mut search);
            }
        }
        let n = self.slope.len();
        self.one_by_one(n - last.len()..n, &mut search);
        search.found
    }

    /// What a variable gains by going down, the lower, the better; none if it
    /// may not, or would not.
    fn gain(&self, t: usize) -> Option<f64> {
        let fall = self.extremes.steepest - self.slope[t];
        (self.drop[t] == 0.0 && fall > 0.0).then(|| {
            let bend = curvature(self.of_itself, self.diagonal[t], self.kernels[t]);
            -(fall * fall) / bend
        })
    }

    fn one_by_one(&self, variables: std::ops::Range<usize>, search: &mut Search) {
        for t in variables {
            let Some(gain) = self.gain(t) else { continue };
            if gain <= search.best {
                search.found = Some(t);
                search.best = gain;
                search.bar = search.bar.max(-gain * BELOW);
            }
        }
    }
}

/// Where a search for a partner is.
struct Search {
    found: Option<usize>,
    /// The best gain so far; the lower, the better.
    best: f64,
    /// What a squared fall must be, for each unit of curvature, to gain as
    /// much, with some room for rounding: a division less.
    bar: f64,
}

/// A little below 1, by more than the roundings of a gain come to.
const BELOW: f64 = 1.0 - 8.0 * f64::EPSILON;

#[cfg(test)]
mod tests {
    use super::*;
    use pleat_num::rng::RandomState;

    /// Few distinct slopes and kernels, so that ties are common.
    #[test]
    fn the_last_of_the_best_is_found() {
        let mut rng = RandomState::new(9);
        for round in 0..2000 {
            let n = round % 37 + 1;
            let mut draw = |values: i64| rng.randint(0, values) as f64;
            let slope: Vec<f64> = (0..n).map(|_| draw(6) - 3.0).collect();
            let lift: Vec<f64> = (0..n)
                .map(|_| [0.0, f64::NEG_INFINITY][draw(2) as usize])
                .collect();
            let drop: Vec<f64> = (0..n)
                .map(|_| [0.0, f64::INFINITY][draw(2) as usize])
                .collect();
            let kernels: Vec<f32> = (0..n).map(|_| draw(4) as f32 / 3.0).collect();
            let diagonal: Vec<f64> = (0..n).map(|_| 1.0 + draw(2)).collect();
            let (mut up, mut low) = ((None, f64::NEG_INFINITY), f64::INFINITY);
            for t in 0..n {
                if lift[t] == 0.0 && slope[t] >= up.1 {
                    up = (Some(t), slope[t]);
                }
                if drop[t] == 0.0 && slope[t] <= low {
                    low = slope[t];
                }
            }
            let extremes = Extremes::of(&slope, &lift, &drop);
            assert_eq!((extremes.steepest, extremes.lowest), (up.1, low));
            let Some(i) = up.0 else { continue };
            assert_eq!(last_with(up.1, &slope, &lift), Some(i));
            let (mut found, mut best) = (None, f64::INFINITY);
            for t in 0..n {
                let fall = up.1 - slope[t];
                if drop[t] == 0.0 && fall > 0.0 {
                    let gain = -(fall * fall) / curvature(diagonal[i], diagonal[t], kernels[t]);
                    if gain <= best {
                        (found, best) = (Some(t), gain);
                    }
                }
            }
            let partners = Partners {
                slope: &slope,
                drop: &drop,
                diagonal: &diagonal,
                kernels: &kernels,
                extremes,
                of_itself: diagonal[i],
            };
            assert_eq!(partners.best(), found);
            let mut moved = slope.clone();
            let by = |k: &[f32]| k.iter().map(|k| f64::from(*k)).collect::<Vec<f64>>();
            let after = descend(
                &mut moved,
                (&lift, &drop),
                (&kernels, 0.5),
                (&kernels, -0.25),
            );
            for ((moved, slope), k) in moved.iter().zip(&slope).zip(by(&kernels)) {
                assert_eq!(*moved, slope - (k * 0.5 + k * -0.25));
            }
            let again = Extremes::of(&moved, &lift, &drop);
            assert_eq!(
                (after.steepest, after.lowest),
                (again.steepest, again.lowest)
            );
        }
    }
}
