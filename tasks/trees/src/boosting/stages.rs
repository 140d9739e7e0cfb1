//! Adding one tree after the other.

use pleat_guest::{Error, Rows, go_on};
use pleat_num::rng::RandomState;
use pleat_num::sum::pairwise;

use crate::draws::Columns;

use super::answers::Stage;
use super::grow::{Grower, Task};
use super::holdout::hold_out;
use super::loss::{Loss, Truth};
use super::members::{Boosted, Member};
use super::scan::Targets;
use super::settings::Settings;
use super::table::Table;

/// Boosts the rows of a fit. `classes` are the places of the rows' classes, and
/// how many there are, if the target is classes.
pub(crate) fn boost(
    train: &Rows<'_>,
    truth: Truth,
    classes: Option<(&[usize], usize)>,
    loss: Loss,
    settings: &Settings,
) -> Result<Boosted, Error> {
    let Some(patience) = settings.patience else {
        let run = Run::new(train, truth, loss, settings);
        return run.boost(|_, _, _| true);
    };
    let parts = hold_out(train.len(), settings.held_out, classes, settings.seed)?;
    if let Some((places, n)) = classes {
        let mut seen = vec![false; n];
        parts
            .train
            .iter()
            .for_each(|row| seen[places[*row as usize]] = true);
        if seen.contains(&false) {
            return Err(Error::InvalidData(
                "all rows of a class were held back by validation_fraction; try another \
                 random_state."
                    .into(),
            ));
        }
    }
    let pick = |places: &[u32]| -> (Vec<u32>, Truth) {
        let of = |all: &[f64]| places.iter().map(|i| all[*i as usize]).collect();
        let rows = places.iter().map(|i| train.indices()[*i as usize]);
        let truth = Truth {
            numbers: of(&truth.numbers),
            weights: truth.weights.as_deref().map(of),
        };
        (rows.collect(), truth)
    };
    let (rows, of_rows) = pick(&parts.train);
    let (held, of_held) = pick(&parts.test);
    let (rows, held) = (
        Rows::new(train.dataset(), &rows)?,
        Rows::new(train.dataset(), &held)?,
    );
    let run = Run::new(&rows, of_rows, loss, settings);
    // What each number of trees predicts of the rows held back.
    let n = held.len();
    let mut raw: Vec<f64> = run.start.iter().flat_map(|x| vec![*x; n]).collect();
    let mut leaves = Vec::new();
    let mut latest = vec![f64::INFINITY; patience];
    run.boost(|stage, members, delta| {
        for (member, raw) in members.iter().zip(raw.chunks_exact_mut(n)) {
            member.add(&held, settings.learning_rate, &mut leaves, raw);
        }
        let mean = loss.mean(&of_held, &raw, delta);
        let better = latest.iter().any(|of| mean + settings.tol < *of);
        latest[stage % patience] = mean;
        better
    })
}

/// A fit on its way.
struct Run<'a> {
    train: &'a Rows<'a>,
    truth: Truth,
    loss: Loss,
    settings: &'a Settings,
    start: Vec<f64>,
}

impl<'a> Run<'a> {
    fn new(train: &'a Rows<'a>, truth: Truth, loss: Loss, settings: &'a Settings) -> Self {
        let start = if settings.from_zero {
            vec![0.0; loss.outputs()]
        } else {
            loss.start(&truth)
        };
        Run {
            train,
            truth,
            loss,
            settings,
            start,
        }
    }

    /// Adds stages until there are enough, or until `helps`, which is told of
    /// each and of the delta it had, says no.
    fn boost(self, mut helps: impl FnMut(usize, &[Member], f64) -> bool) -> Result<Boosted, Error> {
        let Run {
            train,
            truth,
            loss,
            settings,
            start,
        } = self;
        let (n, columns) = (train.len(), train.n_columns());
        let table = Table::new(train);
        let mut grower = Grower::new(&table);
        let mut draws = RandomState::new(settings.seed);
        let mut raw: Vec<f64> = start.iter().flat_map(|x| vec![*x; n]).collect();
        let (mut pulls, mut sums, mut leaves) = (Vec::new(), Vec::new(), Vec::new());
        let mut members = Vec::with_capacity(settings.n_estimators * loss.outputs());
        let mut bag = truth.weights.as_ref().and_then(|weights| {
            let counts: Vec<bool> = weights.iter().map(|w| *w != 0.0).collect();
            counts.contains(&false).then_some(counts)
        });
        for stage in 0..settings.n_estimators {
            go_on(stage as f64 / settings.n_estimators as f64)?;
            if settings.subsample < 1.0 {
                bag = Some(draw_bag(&truth, settings.subsample, &mut draws));
            }
            let delta = loss.delta(&truth, &raw);
            loss.pulls(&truth, &raw, delta, &mut pulls);
            let rules = settings.rules(n, mass(&truth, bag.as_deref()), columns);
            for output in 0..loss.outputs() {
                let pulls = &pulls[output * n..(output + 1) * n];
                let raw = &mut raw[output * n..(output + 1) * n];
                let weights = truth.weights.as_deref();
                if let Some(weights) = weights {
                    sums.clear();
                    sums.extend(pulls.iter().zip(weights).map(|(pull, w)| pull * w));
                }
                let task = Task {
                    numbers: pulls,
                    targets: Targets {
                        sums: weights.map_or(pulls, |_| &sums),
                        weights,
                    },
                    rules: &rules,
                };
                let drawn = Columns::drawn(&mut draws, columns);
                let mut tree = grower.grow(bag.as_deref(), &task, drawn);
                if settings.ccp_alpha > 0.0 {
                    tree = tree.pruned(settings.ccp_alpha);
                }
                let mut member = Member::new(&tree);
                member.leaves(train, &mut leaves);
                let stage = Stage {
                    loss,
                    truth: &truth,
                    output,
                    raw,
                    pulls,
                    delta,
                    leaves: &leaves,
                    bag: bag.as_deref(),
                };
                stage.answer(&mut member);
                for (raw, leaf) in raw.iter_mut().zip(&leaves) {
                    *raw += settings.learning_rate * member.values[*leaf as usize];
                }
                members.push(member);
            }
            let latest = &members[members.len() - loss.outputs()..];
            if !helps(stage, latest, delta) {
                break;
            }
        }
        Ok(Boosted {
            start,
            members,
            learning_rate: settings.learning_rate,
            columns: columns as u32,
        })
    }
}

/// The weight of what is in the bag.
fn mass(truth: &Truth, bag: Option<&[bool]>) -> f64 {
    let in_bag = |row: usize| bag.is_none_or(|bag| bag[row]);
    let weight = |row| if in_bag(row) { truth.weight(row) } else { 0.0 };
    let weights: Vec<f64> = (0..truth.numbers.len()).map(weight).collect();
    pairwise(&weights)
}

/// A share of the rows, without those that weigh nothing: as many as there are
/// to be drawn still, of as many as are left, is each row's chance.
fn draw_bag(truth: &Truth, share: f64, draws: &mut RandomState) -> Vec<bool> {
    let n = truth.numbers.len();
    let size = ((share * n as f64) as usize).max(1);
    let mut taken = 0;
    let chosen = (0..n).map(|row| {
        let take = draws.double() * ((n - row) as f64) < (size - taken) as f64;
        taken += usize::from(take);
        take && truth.weight(row) != 0.0
    });
    chosen.collect()
}
