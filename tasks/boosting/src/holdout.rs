//! Rows set aside to tell when to stop: drawn as scikit-learn's
//! `train_test_split` and `resample` draw them.

use pleat_guest::Error;
use pleat_num::rng::RandomState;

/// How many rows are set aside.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Size {
    Share(f64),
    Rows(usize),
}

/// The rows left to learn from and those set aside, as places. With classes
/// both have about the same shares of them.
pub(crate) fn split(
    n: usize,
    classes: Option<&[usize]>,
    size: Size,
    seed: u32,
) -> Result<(Vec<u32>, Vec<u32>), Error> {
    let refuse = |sentence: String| Err(Error::InvalidData(sentence));
    let aside = match size {
        Size::Share(share) => (share * n as f64).ceil() as usize,
        Size::Rows(rows) => rows,
    };
    if aside >= n {
        return refuse(format!(
            "early stopping would set aside {aside} of {n} rows (validation_fraction)"
        ));
    }
    let mut rng = RandomState::new(seed);
    let Some(classes) = classes else {
        let order = rng.permutation(n as u32);
        return Ok((order[aside..].to_vec(), order[..aside].to_vec()));
    };
    let members = members(classes);
    if members.iter().any(|rows| rows.len() < 2) {
        return refuse(
            "early stopping sets aside rows of each class, but a class has only one; \
             early_stopping=False needs none"
                .into(),
        );
    }
    if aside.min(n - aside) < members.len() {
        return refuse(format!(
            "early stopping parts the rows into {} and {aside}, which must hold {} classes each",
            n - aside,
            members.len()
        ));
    }
    let counts: Vec<usize> = members.iter().map(Vec::len).collect();
    let kept = shares(&counts, n - aside, &mut rng);
    let rest: Vec<usize> = counts
        .iter()
        .zip(&kept)
        .map(|(all, kept)| all - kept)
        .collect();
    let given = shares(&rest, aside, &mut rng);
    let (mut train, mut test) = (Vec::new(), Vec::new());
    for ((rows, kept), given) in members.iter().zip(kept).zip(given) {
        let order = rng.permutation(rows.len() as u32);
        let of = |places: &[u32]| places.iter().map(|p| rows[*p as usize]).collect::<Vec<_>>();
        train.extend(of(&order[..kept]));
        test.extend(of(&order[kept..kept + given]));
    }
    rng.shuffle(&mut train);
    rng.shuffle(&mut test);
    Ok((train, test))
}

/// Some rows, without repetition: all that a score is made of when none are
/// set aside and there are very many.
pub(crate) fn sample(n: usize, classes: Option<&[usize]>, size: usize, seed: u32) -> Vec<u32> {
    let mut rng = RandomState::new(seed);
    let Some(classes) = classes else {
        let mut order = rng.permutation(n as u32);
        order.truncate(size);
        return order;
    };
    let members = members(classes);
    let counts: Vec<usize> = members.iter().map(Vec::len).collect();
    let mut rows = Vec::new();
    for (members, share) in members.iter().zip(shares(&counts, size, &mut rng)) {
        rows.extend(rng.choice(members, share));
    }
    rng.shuffle(&mut rows);
    rows
}

/// The rows of each class that has any, ascending.
fn members(classes: &[usize]) -> Vec<Vec<u32>> {
    let n = classes.iter().max().map_or(0, |last| last + 1);
    let mut members = vec![Vec::new(); n];
    for (row, class) in (0..).zip(classes) {
        members[*class].push(row);
    }
    members.retain(|rows| !rows.is_empty());
    members
}

/// So many draws dealt out by these counts: scikit-learn's approximate mode of
/// the hypergeometric distribution.
fn shares(counts: &[usize], draws: usize, rng: &mut RandomState) -> Vec<usize> {
    let all: usize = counts.iter().sum();
    let exact: Vec<f64> = counts
        .iter()
        .map(|count| *count as f64 / all as f64 * draws as f64)
        .collect();
    let mut dealt: Vec<f64> = exact.iter().map(|x| x.floor()).collect();
    let mut missing = (draws as f64 - dealt.iter().sum::<f64>()) as usize;
    let rest: Vec<f64> = exact.iter().zip(&dealt).map(|(x, d)| x - d).collect();
    let mut steps = rest.clone();
    steps.sort_by(|a, b| b.total_cmp(a));
    steps.dedup();
    for step in steps {
        if missing == 0 {
            break;
        }
        let equal: Vec<usize> = (0..rest.len()).filter(|k| rest[*k] == step).collect();
        let taken = rng.choice(&equal, missing.min(equal.len()));
        taken.iter().for_each(|k| dealt[*k] += 1.0);
        missing -= taken.len();
    }
    dealt.into_iter().map(|d| d as usize).collect()
}
