//! Early stopping: which rows are held back, and how well a network does on
//! them.

use pleat_num::rng::RandomState;

use crate::loss::Loss;

/// Rows to learn from and rows held back, in the order drawn.
#[derive(Debug, PartialEq)]
pub struct Split {
    /// To learn from.
    pub train: Vec<u32>,
    /// Held back.
    pub held: Vec<u32>,
}

/// Holds back a share of `n` rows, drawn as scikit-learn's `train_test_split`
/// draws them; `classes` of each row are shared out evenly if given. Or says
/// why it cannot be done.
pub fn split(
    n: usize,
    share: f64,
    classes: Option<&[f64]>,
    rng: &mut RandomState,
) -> Result<Split, String> {
    let held = (share * n as f64).ceil() as usize;
    if held < 2 || held >= n {
        return Err(format!(
            "the rows held back for early stopping must be at least 2 and not all; \
             validation_fraction={share} of {n} rows are {held}"
        ));
    }
    match classes {
        Some(classes) => stratified(n, held, classes, rng),
        None => {
            let mut order = rng.permutation(n as u32);
            let train = order.split_off(held);
            Ok(Split { train, held: order })
        }
    }
}

/// The same with as large a share of class 0 as of class 1.
fn stratified(
    n: usize,
    held: usize,
    classes: &[f64],
    rng: &mut RandomState,
) -> Result<Split, String> {
    let of = |class: f64| {
        let rows = (0..n as u32).zip(classes);
        rows.filter(|(_, c)| **c == class)
            .map(|(i, _)| i)
            .collect::<Vec<u32>>()
    };
    let mut members: Vec<Vec<u32>> = [0.0, 1.0].into_iter().map(of).collect();
    members.retain(|rows| !rows.is_empty());
    if members.iter().any(|rows| rows.len() < 2) {
        return Err("early stopping needs at least 2 rows of each of two classes".into());
    }
    if held < members.len() || n - held < members.len() {
        return Err(format!(
            "early stopping needs a row of each class on both sides; \
             {held} of {n} rows are held back"
        ));
    }
    let sizes: Vec<usize> = members.iter().map(Vec::len).collect();
    let to_train = shares(&sizes, n - held, rng);
    let left: Vec<usize> = sizes
        .iter()
        .zip(&to_train)
        .map(|(all, taken)| all - taken)
        .collect();
    let to_held = shares(&left, held, rng);
    let (mut train, mut back) = (Vec::new(), Vec::new());
    for (rows, (train_share, held_share)) in members.iter().zip(to_train.into_iter().zip(to_held)) {
        let mut drawn = rng.choice(rows, rows.len()).into_iter();
        train.extend(drawn.by_ref().take(train_share));
        back.extend(drawn.take(held_share));
    }
    rng.shuffle(&mut train);
    rng.shuffle(&mut back);
    Ok(Split { train, held: back })
}

/// `n` rows shared out by size: rounded down, and one more for the largest
/// remainders; among equal ones those that are drawn.
fn shares(sizes: &[usize], n: usize, rng: &mut RandomState) -> Vec<usize> {
    let all = sizes.iter().sum::<usize>() as f64;
    let exact: Vec<f64> = sizes.iter().map(|s| *s as f64 / all * n as f64).collect();
    let mut shares: Vec<usize> = exact.iter().map(|x| x.floor() as usize).collect();
    let mut missing = n.saturating_sub(shares.iter().sum());
    let remainders: Vec<f64> = exact.iter().map(|x| x - x.floor()).collect();
    let mut values = remainders.clone();
    values.sort_by(|a, b| b.total_cmp(a));
    values.dedup();
    for value in values {
        if missing == 0 {
            break;
        }
        let places = 0..sizes.len();
        let equal: Vec<usize> = places.filter(|i| remainders[*i] == value).collect();
        let chosen = rng.choice(&equal, missing);
        missing -= chosen.len();
        chosen.into_iter().for_each(|i| shares[i] += 1);
    }
    shares
}

/// Accuracy for losses of classes, R² for losses of numbers: what the score of
/// the rows held back is.
#[must_use]
pub fn score(loss: Loss, width: usize, answers: &[f64], truth: &[f64], weights: &[f64]) -> f64 {
    let all: f64 = weights.iter().sum();
    let rows = || answers.chunks_exact(width).zip(truth).zip(weights);
    match loss {
        Loss::Binary | Loss::Softmax => {
            let right = rows().filter(|((answers, truth), _)| place(answers) as f64 == **truth);
            right.map(|(_, w)| w).sum::<f64>() / all
        }
        Loss::Squared | Loss::Poisson => {
            if !answers.iter().all(|x| x.is_finite()) {
                return f64::NAN;
            }
            let mean = truth.iter().zip(weights).map(|(y, w)| w * y).sum::<f64>() / all;
            let (mut left, mut whole) = (0.0, 0.0);
            for ((answers, y), w) in rows() {
                left += w * ((y - answers[0]) * (y - answers[0]));
                whole += w * ((y - mean) * (y - mean));
            }
            match (whole == 0.0, left == 0.0) {
                (true, true) => 1.0,
                (true, false) => 0.0,
                _ => 1.0 - left / whole,
            }
        }
    }
}

/// The place of the class that answers speak for: of one answer the second if
/// it is more than a half, of several the first of the highest.
#[must_use]
pub fn place(answers: &[f64]) -> usize {
    if let [one] = answers {
        return usize::from(*one > 0.5);
    }
    let mut best = 0;
    for (i, answer) in answers.iter().enumerate() {
        if *answer > answers[best] {
            best = i;
        }
    }
    best
}
