//! Boosting: tree after tree, each on the gradients that those before it
//! leave.

use std::rc::Rc;

use pleat_guest::{Error, go_on};

use crate::bins::Binned;
use crate::generator::Generator;
use crate::grow::Grower;
use crate::loss::{Loss, Truth};
use crate::rules::Rules;
use crate::stopping::Patience;
use crate::tree::Tree;

/// What is learned from. Targets and weights are in the order of the binned
/// rows.
pub(crate) struct Lesson<'a> {
    pub(crate) table: &'a Binned,
    pub(crate) truth: Truth<'a>,
    pub(crate) loss: Loss,
    pub(crate) watch: Option<Watch<'a>>,
}

/// What tells when to stop.
pub(crate) struct Watch<'a> {
    pub(crate) patience: Patience,
    /// Rows set aside, row-major with categories encoded, and their targets.
    pub(crate) aside: Option<(&'a [f64], Truth<'a>)>,
    /// Which of the training rows are scored; all if None.
    pub(crate) some: Option<&'a [u32]>,
}

/// What was learned. The first trees of many iterations are the trees of few.
#[derive(Clone, Default)]
pub(crate) struct Run {
    pub(crate) baseline: Vec<f64>,
    pub(crate) iterations: Vec<Rc<Vec<Tree>>>,
    /// Scores before the first iteration and after each, if they were looked
    /// at.
    pub(crate) train_scores: Vec<f64>,
    pub(crate) validation_scores: Vec<f64>,
}

impl Run {
    /// As if it had been stopped after so many iterations.
    pub(crate) fn first(&self, iterations: usize) -> Run {
        let some = |scores: &[f64]| scores[..scores.len().min(iterations + 1)].to_vec();
        Run {
            baseline: self.baseline.clone(),
            iterations: self.iterations[..self.iterations.len().min(iterations)].to_vec(),
            train_scores: some(&self.train_scores),
            validation_scores: some(&self.validation_scores),
        }
    }
}

impl Lesson<'_> {
    /// Grows the trees of so many iterations, or fewer.
    pub(crate) fn learn(
        &self,
        rules: &Rules,
        mut rng: Generator,
        max_iter: usize,
    ) -> Result<Run, Error> {
        let (loss, truth) = (self.loss, self.truth);
        let rows = truth.y.len();
        let constant = loss.constant_hessian() && truth.weights.is_none();
        let mut run = Run {
            baseline: loss.intercept(truth),
            ..Run::default()
        };
        let start = |rows: usize| -> Vec<Vec<f64>> {
            run.baseline.iter().map(|b| vec![*b; rows]).collect()
        };
        let mut raw = start(rows);
        let aside = self.watch.as_ref().and_then(|watch| watch.aside);
        let mut raw_aside = start(aside.map_or(0, |(_, truth)| truth.y.len()));
        let mut gradients = vec![vec![0.0; rows]; loss.trees()];
        let length = if constant { 0 } else { rows };
        let mut hessians = vec![vec![0.0; length]; loss.trees()];
        let mut grower = Grower::new(self.table, rules, constant);
        if self.is_over(&mut run, &raw, &raw_aside) {
            return Ok(run);
        }
        for iteration in 0..max_iter {
            go_on(iteration as f64 / max_iter as f64)?;
            loss.gradients(truth, &raw, &mut gradients, &mut hessians);
            let mut trees = Vec::with_capacity(loss.trees());
            for (k, raw) in raw.iter_mut().enumerate() {
                let mut nodes = grower.grow(&gradients[k], &hessians[k], &mut rng);
                for node in &mut nodes {
                    if node.children.is_some() {
                        continue;
                    }
                    let leaf = grower.rows(node);
                    if loss.steps() {
                        node.node.value = step(loss, truth, leaf, raw);
                    }
                    node.node.value *= rules.learning_rate;
                    for row in leaf {
                        raw[*row as usize] += node.node.value;
                    }
                }
                trees.push(grower.tree(&nodes));
            }
            if let Some((matrix, _)) = aside {
                let width = self.table.columns.len();
                for (tree, raw) in trees.iter().zip(&mut raw_aside) {
                    for (raw, row) in raw.iter_mut().zip(matrix.chunks_exact(width)) {
                        *raw += tree.value(row);
                    }
                }
            }
            run.iterations.push(Rc::new(trees));
            if self.is_over(&mut run, &raw, &raw_aside) {
                break;
            }
        }
        Ok(run)
    }

    /// Scores what there is, if scores are watched, and says whether they have
    /// stopped rising.
    fn is_over(&self, run: &mut Run, raw: &[Vec<f64>], raw_aside: &[Vec<f64>]) -> bool {
        let Some(watch) = &self.watch else {
            return false;
        };
        let (patience, loss) = (&watch.patience, self.loss);
        run.train_scores.push(match watch.some {
            None => patience.score(loss, self.truth, raw),
            Some(some) => {
                let pick = |of: &[f64]| some.iter().map(|row| of[*row as usize]).collect();
                let (y, weights): (Vec<f64>, Option<Vec<f64>>) =
                    (pick(self.truth.y), self.truth.weights.map(pick));
                let truth = Truth {
                    y: &y,
                    weights: weights.as_deref(),
                };
                patience.score(
                    loss,
                    truth,
                    &raw.iter().map(|raw| pick(raw)).collect::<Vec<_>>(),
                )
            }
        });
        match watch.aside {
            None => patience.is_over(&run.train_scores),
            Some((_, truth)) => {
                run.validation_scores
                    .push(patience.score(loss, truth, raw_aside));
                patience.is_over(&run.validation_scores)
            }
        }
    }
}

/// The best step of a leaf's rows, by what is left of their targets.
fn step(loss: Loss, truth: Truth<'_>, leaf: &[u32], raw: &[f64]) -> f64 {
    let residual = |row: &u32| truth.y[*row as usize] - raw[*row as usize];
    let weights: Option<Vec<f64>> = truth
        .weights
        .map(|weights| leaf.iter().map(|row| weights[*row as usize]).collect());
    loss.step(leaf.iter().map(residual).collect(), weights.as_deref())
}
