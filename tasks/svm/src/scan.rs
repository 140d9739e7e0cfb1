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

/// The steepest slope of those that may go up, and the last variable with it.
/// `lift` is zero for those, and minus infinity for the others.
pub fn steepest(slope: &[f64], lift: &[f64]) -> Option<(usize, f64)> {
    let mut found = None;
    let mut most = f64::NEG_INFINITY;
    let (slopes, last_slopes) = slope.as_chunks::<LANES>();
    let (lifts, last_lifts) = lift.as_chunks::<LANES>();
    let mut one_by_one = |first: usize, slopes: &[f64], lifts: &[f64], most: &mut f64| {
        for (t, (slope, lift)) in slopes.iter().zip(lifts).enumerate() {
            if *lift == 0.0 && *slope >= *most {
                (found, *most) = (Some(first + t), *slope);
            }
        }
    };
    for (c, (slopes, lifts)) in slopes.iter().zip(lifts).enumerate() {
        let mut any = 0;
        for lane in 0..LANES {
            any |= u64::from(slopes[lane] + lifts[lane] >= most);
        }
        if any != 0 {
            one_by_one(c * LANES, slopes, lifts, &mut most);
        }
    }
    let first = slopes.len() * LANES;
    one_by_one(first, last_slopes, last_lifts, &mut most);
    found.map(|found| (found, most))
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
    /// The latter's slope, and its kernel with itself.
    pub steepest: f64,
    /// See there.
    pub of_itself: f64,
}

impl Partners<'_> {
    /// The variable that gains most by going down, the last of equals; and the
    /// lowest slope of those that may.
    pub fn best(&self) -> (Option<usize>, f64) {
        let n = self.slope.len();
        let mut search = Search {
            found: None,
            best: f64::INFINITY,
            bar: f64::NEG_INFINITY,
        };
        let mut lowest = [f64::INFINITY; LANES];
        let (slopes, last_slopes) = self.slope.as_chunks::<LANES>();
        let (drops, last_drops) = self.drop.as_chunks::<LANES>();
        let (diagonals, _) = self.diagonal.as_chunks::<LANES>();
        let (kernels, _) = self.kernels.as_chunks::<LANES>();
        let passes = slopes.iter().zip(drops).zip(diagonals.iter().zip(kernels));
        for (c, ((slope, drop), (diagonal, kernel))) in passes.enumerate() {
            let mut any = 0;
            for lane in 0..LANES {
                let slope = slope[lane] + drop[lane];
                let low = &mut lowest[lane];
                *low = if slope < *low { slope } else { *low };
                let fall = self.steepest - slope;
                let fall = if fall > 0.0 { fall } else { 0.0 };
                let bend = curvature(self.of_itself, diagonal[lane], kernel[lane]);
                any |= u64::from(fall * fall >= search.bar * bend);
            }
            if any != 0 {
                self.one_by_one(c * LANES..(c + 1) * LANES, &mut search);
            }
        }
        self.one_by_one(n - last_slopes.len()..n, &mut search);
        let last = last_slopes.iter().zip(last_drops).map(|(s, d)| s + d);
        let low = |low: f64, slope: f64| if slope < low { slope } else { low };
        (search.found, lowest.into_iter().chain(last).fold(f64::INFINITY, low))
    }

    fn one_by_one(&self, variables: std::ops::Range<usize>, search: &mut Search) {
        for t in variables {
            let fall = self.steepest - self.slope[t];
            if self.drop[t] != 0.0 || fall.is_nan() || fall <= 0.0 {
                continue;
            }
            let bend = curvature(self.of_itself, self.diagonal[t], self.kernels[t]);
            let gain = -(fall * fall) / bend;
            if gain <= search.best {
                search.found = Some(t);
                search.best = gain;
                search.bar = -gain * BELOW;
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

/// Takes off the slopes what two variables' moves do to them.
pub fn descend(slope: &mut [f64], k_i: &[f32], k_j: &[f32], moved_i: f64, moved_j: f64) {
    for ((slope, k_i), k_j) in slope.iter_mut().zip(k_i).zip(k_j) {
        *slope -= f64::from(*k_i) * moved_i + f64::from(*k_j) * moved_j;
    }
}
