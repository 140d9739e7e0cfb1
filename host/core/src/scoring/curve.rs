//! What a threshold that goes down the scores finds, and the areas under
//! what it draws: ROC and precision against recall, for one class.

use pleat_num::sum;

/// After each distinct score, from the highest on: what has been found so
/// far.
struct Curve {
    /// Of the positive class.
    hits: Vec<f64>,
    /// Of the other.
    alarms: Vec<f64>,
}

/// Rows without weight are left out: they must not make a threshold.
fn curve(truth: &[bool], scores: &[f64], weights: Option<&[f64]>) -> Curve {
    let weight = |row: usize| weights.map_or(1.0, |w| w[row]);
    let mut rows: Vec<usize> = (0..truth.len()).filter(|r| weight(*r) != 0.0).collect();
    // Stable, so that weights add up in scikit-learn's order. The two zeros
    // are one score, which a total order would not make them.
    rows.sort_by(|a, b| {
        let order = scores[*b].partial_cmp(&scores[*a]);
        order.unwrap_or(std::cmp::Ordering::Equal)
    });
    let (mut hit, mut alarm) = (0.0, 0.0);
    let mut curve = Curve {
        hits: Vec::new(),
        alarms: Vec::new(),
    };
    for (i, row) in rows.iter().enumerate() {
        if truth[*row] {
            hit += weight(*row);
        } else {
            alarm += weight(*row);
        }
        let next = rows.get(i + 1);
        if next.is_none_or(|next| scores[*next] != scores[*row]) {
            curve.hits.push(hit);
            curve.alarms.push(alarm);
        }
    }
    curve
}

/// The area under the ROC curve; NaN unless there are rows with weight on
/// both sides.
pub(super) fn roc_area(truth: &[bool], scores: &[f64], weights: Option<&[f64]>) -> f64 {
    let Curve { hits, alarms } = curve(truth, scores, weights);
    let (Some(all_hits), Some(all_alarms)) = (hits.last(), alarms.last()) else {
        return f64::NAN;
    };
    if *all_hits <= 0.0 || *all_alarms <= 0.0 {
        return f64::NAN;
    }
    // Points on a straight line add nothing but rounding, and scikit-learn
    // leaves them out.
    let bends =
        |values: &[f64], i: usize| (values[i + 1] - values[i]) - (values[i] - values[i - 1]) != 0.0;
    let last = hits.len() - 1;
    let is_corner = |i: &usize| *i == 0 || *i == last || bends(&hits, *i) || bends(&alarms, *i);
    let mut points = vec![(0.0, 0.0)];
    let corners = (0..hits.len()).filter(is_corner);
    points.extend(corners.map(|i| (alarms[i] / all_alarms, hits[i] / all_hits)));
    let strips: Vec<f64> = points
        .windows(2)
        .map(|w| (w[1].0 - w[0].0) * (w[1].1 + w[0].1) / 2.0)
        .collect();
    sum::pairwise(&strips)
}

/// The mean of the precisions at each threshold, weighted by what it adds to
/// recall; 0 if nothing is positive.
pub(super) fn average_precision_of(truth: &[bool], scores: &[f64], weights: Option<&[f64]>) -> f64 {
    let Curve { hits, alarms } = curve(truth, scores, weights);
    let all = hits.last().copied().unwrap_or_default();
    let precision = |i: usize| {
        let found = hits[i] + alarms[i];
        if found == 0.0 { 0.0 } else { hits[i] / found }
    };
    let recall = |i: usize| if all == 0.0 { 1.0 } else { hits[i] / all };
    // From the lowest threshold to the highest, and on to a recall of 0.
    let steps: Vec<f64> = (0..hits.len())
        .rev()
        .map(|i| {
            let next = if i == 0 { 0.0 } else { recall(i - 1) };
            (next - recall(i)) * precision(i)
        })
        .collect();
    (-sum::pairwise(&steps)).max(0.0)
}
