//! From decision scores to probabilities.

use pleat_num::math::{exp, ln, ln_1p};
use serde::{Deserialize, Serialize};

/// What is learned of one class's scores.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Calibrator {
    /// A logistic curve of the score: `1 / (1 + exp(slope * score + intercept))`.
    Sigmoid {
        /// Below zero where higher scores are likelier to be of the class.
        slope: f64,
        /// See there.
        intercept: f64,
    },
    /// A line through these points that never falls, level beyond them.
    Isotonic(Vec<(f64, f64)>),
}

/// Scores that are this large are made smaller before a curve is fitted.
const LARGE: f64 = 30.0;

/// Newton's method takes a handful of steps; what needs more is level.
const MOST_STEPS: usize = 200;

impl Calibrator {
    /// The likeliest curve (Platt, "Probabilistic outputs for support vector
    /// machines", 1999), with his targets: as if each class had been seen once
    /// more.
    #[must_use]
    pub fn sigmoid(scores: &[f64], positive: &[bool], weights: &[f64]) -> Self {
        let largest = scores.iter().fold(0.0, |most: f64, x| most.max(x.abs()));
        let scale = if largest >= LARGE { largest } else { 1.0 };
        let of = |class: bool| {
            let weights = positive.iter().zip(weights).filter(|(p, _)| **p == class);
            weights.fold(0.0, |sum, (_, weight)| sum + weight)
        };
        let (against, for_it) = (of(false), of(true));
        let target = |positive: bool| match positive {
            true => (for_it + 1.0) / (for_it + 2.0),
            false => 1.0 / (against + 2.0),
        };
        let rows = || scores.iter().zip(positive).zip(weights);
        // What is lost at a curve, softly as log(1 + exp(x)) - target * x.
        let loss = |a: f64, b: f64| {
            rows().fold(0.0, |sum, ((score, positive), weight)| {
                let x = -(a * (score / scale) + b);
                sum + weight * (softplus(x) - target(*positive) * x)
            })
        };
        let (mut a, mut b) = (0.0, ln((against + 1.0) / (for_it + 1.0)));
        let mut lost = loss(a, b);
        for _ in 0..MOST_STEPS {
            // Slopes and curvatures in a and b.
            let (mut g_a, mut g_b, mut h_aa, mut h_ab, mut h_bb) = (0.0, 0.0, 0.0, 0.0, 0.0);
            for ((score, positive), weight) in rows() {
                let score = score / scale;
                let p = expit(-(a * score + b));
                let (off, bend) = (weight * (target(*positive) - p), weight * p * (1.0 - p));
                g_a += off * score;
                g_b += off;
                h_aa += bend * score * score;
                h_ab += bend * score;
                h_bb += bend;
            }
            // A little on the diagonal, for scores that are all the same.
            let ridge = 1e-12 * (h_aa + h_bb);
            let (h_aa, h_bb) = (h_aa + ridge, h_bb + ridge);
            let determinant = h_aa * h_bb - h_ab * h_ab;
            let step_a = (h_bb * g_a - h_ab * g_b) / determinant;
            let step_b = (h_aa * g_b - h_ab * g_a) / determinant;
            if !(step_a.is_finite() && step_b.is_finite()) {
                break;
            }
            let mut by = 1.0;
            let mut now = loss(a - step_a, b - step_b);
            while now > lost && by > 1e-10 {
                by *= 0.5;
                now = loss(a - by * step_a, b - by * step_b);
            }
            // Better by nothing or by what rounding makes of it.
            if now >= lost {
                break;
            }
            (a, b, lost) = (a - by * step_a, b - by * step_b, now);
        }
        Calibrator::Sigmoid {
            slope: a / scale,
            intercept: b,
        }
    }

    /// The nearest line that never falls, by pooling neighbours that do. None
    /// if no row has weight.
    #[must_use]
    pub fn isotonic(scores: &[f64], positive: &[bool], weights: &[f64]) -> Option<Self> {
        /// Scores closer than this are one.
        const APART: f64 = 1e-15;
        let rows = scores.iter().zip(positive).zip(weights);
        let rows = rows.map(|((score, positive), weight)| (*score, *positive, *weight));
        let mut rows: Vec<(f64, bool, f64)> = rows.filter(|row| row.2 > 0.0).collect();
        rows.sort_by(|x, y| x.0.total_cmp(&y.0).then(x.1.cmp(&y.1)));
        // Each score, the weight on it, and how much of that is of the class.
        let mut points: Vec<(f64, f64, f64)> = Vec::new();
        for (score, positive, weight) in rows {
            let of_class = if positive { weight } else { 0.0 };
            match points.last_mut() {
                Some(last) if score - last.0 < APART => {
                    last.1 += weight;
                    last.2 += of_class;
                }
                _ => points.push((score, weight, of_class)),
            }
        }
        // Level stretches: height, weight, and how many points.
        let mut levels: Vec<(f64, f64, usize)> = Vec::new();
        for (_, weight, of_class) in &points {
            let mut level = (of_class / weight, *weight, 1);
            while let Some(last) = levels.last().copied()
                && last.0 >= level.0
            {
                levels.pop();
                let weight = last.1 + level.1;
                let height = (last.0 * last.1 + level.0 * level.1) / weight;
                level = (height, weight, last.2 + level.2);
            }
            levels.push(level);
        }
        let heights = levels
            .iter()
            .flat_map(|(height, _, n)| std::iter::repeat_n(*height, *n));
        let line: Vec<(f64, f64)> = points.iter().map(|p| p.0).zip(heights).collect();
        // Within a stretch only its ends matter.
        let last = line.len().checked_sub(1)?;
        let ends = |i: &usize| {
            *i == 0 || *i == last || line[*i].1 != line[i - 1].1 || line[*i].1 != line[i + 1].1
        };
        let kept = (0..line.len()).filter(ends).map(|i| line[i]).collect();
        Some(Calibrator::Isotonic(kept))
    }

    /// The probability that goes with a score.
    #[must_use]
    pub fn probability(&self, score: f64) -> f64 {
        match self {
            Calibrator::Sigmoid { slope, intercept } => expit(-(slope * score + intercept)),
            Calibrator::Isotonic(line) => {
                let next = line.partition_point(|point| point.0 <= score);
                match (next.checked_sub(1).map(|i| line[i]), line.get(next)) {
                    (Some(left), Some(right)) => {
                        let slope = (right.1 - left.1) / (right.0 - left.0);
                        slope * (score - left.0) + left.1
                    }
                    (Some(end), None) => end.1,
                    (None, Some(end)) => end.1,
                    (None, None) => 0.0,
                }
            }
        }
    }
}

/// By what scores of all classes are multiplied before they are exponents, so
/// that the classes seen are likeliest (Guo et al., "On calibration of modern
/// neural networks", 2017). Row after row of scores, `n` in each.
#[must_use]
pub fn temperature(scores: &[f64], n: usize, places: &[usize], weights: &[f64]) -> f64 {
    // What is gained by a higher factor falls steadily: it is halved in on.
    let rising = |factor: f64| {
        let rows = scores.chunks_exact(n).zip(places).zip(weights);
        let sum = rows.fold(0.0, |sum, ((scores, place), weight)| {
            let scaled: Vec<f64> = scores.iter().map(|x| factor * x).collect();
            let expected = softmax(&scaled);
            let mean = expected.iter().zip(scores).fold(0.0, |m, (p, x)| m + p * x);
            sum + weight * (scores[*place] - mean)
        });
        sum > 0.0
    };
    let (mut low, mut high) = (-10.0, 10.0);
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if rising(exp(middle)) {
            low = middle;
        } else {
            high = middle;
        }
    }
    exp(0.5 * (low + high))
}

/// Positive numbers that sum to one, in the ratios of the exponentials.
#[must_use]
pub fn softmax(x: &[f64]) -> Vec<f64> {
    let most = x.iter().fold(f64::NEG_INFINITY, |most, x| most.max(*x));
    let all: Vec<f64> = x.iter().map(|x| exp(x - most)).collect();
    let sum = all.iter().fold(0.0, |sum, x| sum + x);
    all.into_iter().map(|x| x / sum).collect()
}

fn expit(x: f64) -> f64 {
    1.0 / (1.0 + exp(-x))
}

/// `ln(1 + exp(x))`.
fn softplus(x: f64) -> f64 {
    x.max(0.0) + ln_1p(exp(-x.abs()))
}
