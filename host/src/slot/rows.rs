//! The rows of a job inside a slot: features, target and weights; the matrix
//! made of them, and the scores of what was predicted for them.

use std::fs::File;
use std::path::Path;

use pleat_core::cv::{Split, SplitRows, Splits};
use pleat_core::data::{
    Categories, Frame, Label, Matrix, RoleError, Table, Target, groups, test_fold, weights,
};
use pleat_core::estimator::Kind;
use pleat_core::job::{ErrorScore, Job};
use pleat_core::model::{ModelColumn, ModelHeader};
use pleat_core::pipeline::{FitOn, FittedPipeline, Pipeline};
use pleat_core::scoring::{Context, Prediction, Reason, Truth};
use pleat_core::task::{Failure, Score};

use super::evaluate::reject;
use crate::engine::{Answer, Contents, Fault, Features, TargetValues};

/// A table whose columns stay in their file until they are looked at.
pub(super) fn map_table(path: &Path) -> Result<Table, Fault> {
    let unreadable = |e| Fault::Machine(format!("the data cannot be read: {e}"));
    let file = File::open(path).map_err(unreadable)?;
    // Written once under a new name and never changed in place.
    let bytes = crate::data::map(&file).map_err(unreadable)?;
    let table =
        Table::decode_shared(bytes).map_err(|e| reject(format!("the data is no table: {e}")))?;
    Ok(table)
}

/// A matrix, the steps that made it and what its columns are called.
pub(super) struct MatrixMade {
    pub(super) matrix: Matrix,
    pub(super) steps: FittedPipeline,
    pub(super) names: Vec<String>,
    pub(super) categories: Vec<Categories>,
}

/// The places of the columns that have categories.
pub(super) fn categorical(categories: &[Categories]) -> Vec<u32> {
    let all = categories.iter().zip(0..);
    all.filter_map(|(c, place)| c.as_ref().map(|_| place))
        .collect()
}

/// A job's rows.
pub(super) struct Rows {
    job: Job,
    frame: Frame,
    target: Target,
    weights: Option<Vec<f64>>,
    splits: Splits,
    /// For each scorer the class it asks for.
    positive: Vec<Option<u32>>,
}

impl Rows {
    /// Reads the job's record and maps its table.
    pub(super) fn open(record: &[u8], data: &str) -> Result<Self, Fault> {
        let job = Job::decode(record).map_err(|e| reject(e.to_string()))?;
        let table = map_table(Path::new(data))?;
        Ok(Self::of(job, &table)?)
    }

    fn of(job: Job, table: &Table) -> Result<Self, Failure> {
        let target = match job.target() {
            None => Target::None(table.rows()),
            Some(name) => Target::of(table, name, job.kind()).map_err(|e| reject(e.to_string()))?,
        };
        let groups = job.groups().map(|name| groups(table, name));
        let weights = job.sample_weight().map(|name| weights(table, name));
        let folds = job
            .splitter()
            .test_fold()
            .map(|name| test_fold(table, name));
        let refuse = |e: RoleError| reject(e.to_string());
        let groups = groups.transpose().map_err(refuse)?;
        let weights = weights.transpose().map_err(refuse)?;
        let folds = folds.transpose().map_err(refuse)?;
        let splits = job
            .splitter()
            .plan(&SplitRows {
                rows: table.rows(),
                classes: target.codes(),
                groups: groups.as_deref(),
                test_fold: folds.as_deref(),
            })
            .map_err(|e| reject(e.to_string()))?;
        if splits.len() != job.n_splits() {
            return Err(reject(format!(
                "the job says {} splits, its data gives {}",
                job.n_splits(),
                splits.len()
            )));
        }
        let labels = target.labels();
        let scorers = job.scorers().iter();
        let positive = scorers.map(|s| s.check_labels(labels, job.pos_label()));
        let positive = positive.collect::<Result<_, _>>().map_err(reject)?;
        Ok(Self {
            positive,
            frame: Frame::of(table, &job.left_out()),
            target,
            weights,
            splits,
            job,
        })
    }

    pub(super) fn job(&self) -> &Job {
        &self.job
    }

    pub(super) fn weights(&self) -> Option<&[f64]> {
        self.weights.as_deref()
    }

    /// The columns there are, as a model remembers them.
    pub(super) fn columns(&self) -> Vec<ModelColumn> {
        ModelHeader::columns_of(&self.frame)
    }

    pub(super) fn labels(&self) -> &[Label] {
        self.target.labels()
    }

    /// A split; without a number all rows are trained on and none is tested.
    pub(super) fn split(&self, number: Option<u32>) -> Result<Split, Failure> {
        match number {
            Some(n) => {
                let beyond = || reject(format!("split {n} of {}", self.splits.len()));
                self.splits.get(n).ok_or_else(beyond)
            }
            None => Ok(Split {
                train: (0..).take(self.frame.rows()).collect(),
                test: Vec::new(),
            }),
        }
    }

    /// The matrix a pipeline makes, its steps fitted on these rows. Without
    /// steps it lies in the table's file, unless another column stands among
    /// the features.
    pub(super) fn prepare(
        &self,
        pipeline: &Pipeline,
        train: &[u32],
    ) -> Result<MatrixMade, Failure> {
        let on = FitOn {
            train,
            target: (!matches!(self.target, Target::None(_))).then_some(&self.target),
            weights: self.weights(),
        };
        let (steps, frame) = pipeline
            .fit_transform(&self.frame, &on)
            .map_err(|e| reject(e.to_string()))?;
        let names = frame.names().into_iter().map(str::to_owned).collect();
        // What an estimator cannot take as text the job's check refused.
        let (frame, categories) = frame.coded(&[]);
        Ok(MatrixMade {
            matrix: frame.into_matrix().map_err(reject)?,
            steps,
            names,
            categories,
        })
    }

    /// The matrix that fitted steps make of all rows.
    pub(super) fn apply(
        &self,
        steps: &FittedPipeline,
        categories: &[Categories],
    ) -> Result<Matrix, Failure> {
        let frame = steps
            .transform(&self.frame)
            .map_err(|e| reject(e.to_string()))?;
        frame.coded(categories).0.into_matrix().map_err(reject)
    }

    /// One column that says nothing, for what looks at no feature.
    pub(super) fn no_features(&self) -> Result<Matrix, Failure> {
        let zeros = vec![0.0; self.frame.rows()];
        Matrix::new(zeros.len(), 1, zeros).ok_or_else(|| reject("the data has too many rows"))
    }

    /// What the guest gets of a matrix of these rows.
    pub(super) fn contents<'a>(
        &'a self,
        matrix: &'a Matrix,
        categories: &[Categories],
        weighted: bool,
    ) -> Result<Contents<'a>, Failure> {
        Ok(Contents {
            rows: count(matrix.rows())?,
            columns: count(matrix.columns())?,
            categorical: categorical(categories),
            features: Features::F64(matrix.values().into()),
            target: match &self.target {
                // What groups are found must not depend on it.
                _ if self.job.kind() == Kind::Clusterer => TargetValues::None,
                Target::None(_) => TargetValues::None,
                Target::Classes { labels, codes } => {
                    TargetValues::Classes(codes.into(), count(labels.len())?)
                }
                Target::Numbers(numbers) => TargetValues::Numbers(numbers.into()),
            },
            weights: self.weights().filter(|_| weighted).map(Into::into),
        })
    }

    /// One score a scorer. One that cannot be computed is the job's error
    /// score and a warning, as in scikit-learn.
    pub(super) fn score(
        &self,
        answer: &Answer,
        classes: &[u32],
        rows: &[u32],
        features: Option<&Matrix>,
        warnings: &mut Vec<String>,
    ) -> Result<Vec<Score>, Failure> {
        let (codes, numbers): (Vec<u32>, Vec<f64>);
        let of_rows = |all: &[f64]| rows.iter().map(|&r| all[r as usize]).collect::<Vec<f64>>();
        let truth = match &self.target {
            Target::None(_) => Truth::Unknown(rows.len()),
            Target::Classes { codes: all, labels } => {
                // What a clusterer answers are groups of its own.
                if self.job.kind() != Kind::Clusterer {
                    check_codes(answer, classes, labels.len())?;
                }
                codes = rows.iter().map(|&r| all[r as usize]).collect();
                Truth::Classes(&codes)
            }
            Target::Numbers(all) => {
                numbers = of_rows(all);
                Truth::Numbers(&numbers)
            }
        };
        let prediction = Prediction {
            model_classes: classes,
            classes: answer.classes.as_deref(),
            numbers: answer.numbers.as_deref(),
            probabilities: answer.probabilities.as_deref(),
            decision: answer.decision.as_deref(),
        };
        let weights = self.weights.as_deref().map(of_rows);
        let features = features.map(|matrix| matrix.pick_rows(rows));
        let mut scores = Vec::with_capacity(self.job.scorers().len());
        for (scorer, positive) in self.job.scorers().iter().zip(&self.positive) {
            let context = Context {
                weights: weights.as_deref(),
                positive: *positive,
                features: features.as_deref(),
            };
            let score = match (
                scorer.score(truth, &prediction, &context),
                self.job.error_score(),
            ) {
                (Ok(score), _) => score,
                // A guest that breaks the contract has no scores at all.
                (Err(e), _)
                    if matches!(e.reason, Reason::Lacks { .. } | Reason::WrongLength { .. }) =>
                {
                    return Err(reject(e.to_string()));
                }
                (Err(e), ErrorScore::Raise) => return Err(reject(e.to_string())),
                (Err(e), ErrorScore::Number(instead)) => {
                    let warning = format!("no score: {e}");
                    if !warnings.contains(&warning) {
                        warnings.push(warning);
                    }
                    instead
                }
            };
            scores.push(Score(score));
        }
        Ok(scores)
    }
}

fn count(n: usize) -> Result<u32, Failure> {
    u32::try_from(n).map_err(|_| reject("the data has too many rows or columns"))
}

/// A guest may answer with whatever numbers it likes; only classes that exist
/// go on to the scorers.
pub(super) fn check_codes(answer: &Answer, classes: &[u32], count: usize) -> Result<(), Failure> {
    let beyond = |codes: &[u32]| codes.iter().copied().find(|&c| c as usize >= count);
    let answers = answer.classes.as_deref().unwrap_or_default();
    match beyond(answers).or_else(|| beyond(classes)) {
        Some(code) => Err(reject(format!(
            "the guest answered class {code}, and there are {count} classes"
        ))),
        None if !classes.is_sorted_by(|a, b| a < b) => Err(reject(
            "the guest's model does not list its classes in ascending order",
        )),
        None => Ok(()),
    }
}
