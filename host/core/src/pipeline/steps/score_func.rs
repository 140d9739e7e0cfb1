//! score_func: what SelectKBest and SelectPercentile judge columns by.

use super::FitOn;
use crate::data::{Frame, Label, Target};
use crate::params::ParamInfo;
use crate::pipeline::kernels::{mutual, univariate};
use crate::settings::{self, Settings};

/// The seed of mutual information's noise.
const SEED: u32 = 0;

/// One of scikit-learn's functions, with its defaults.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ScoreFunc {
    FClassif,
    Chi2,
    MutualInfoClassif,
    FRegression,
    RRegression,
    MutualInfoRegression,
}

const ALL: [(&str, ScoreFunc); 6] = [
    ("f_classif", ScoreFunc::FClassif),
    ("chi2", ScoreFunc::Chi2),
    ("mutual_info_classif", ScoreFunc::MutualInfoClassif),
    ("f_regression", ScoreFunc::FRegression),
    ("r_regression", ScoreFunc::RRegression),
    ("mutual_info_regression", ScoreFunc::MutualInfoRegression),
];

impl ScoreFunc {
    pub(super) fn param() -> ParamInfo {
        let names: Vec<&str> = ALL.iter().map(|(name, _)| *name).collect();
        settings::choice("score_func", &names, "what columns are judged by")
    }

    pub(super) fn read(settings: &Settings) -> Self {
        let word = settings.text("score_func");
        let found = ALL.iter().find(|(name, _)| *name == word);
        found.map_or(Self::FClassif, |(_, function)| *function)
    }

    /// The score of each column by the training rows. What is not a number
    /// becomes the lowest there is.
    pub(super) fn scores(self, x: &Frame, on: &FitOn<'_>) -> Result<Vec<f64>, String> {
        let columns = x.complete_numbers()?;
        let columns: Vec<Vec<f64>> = columns.into_iter().map(|c| on.pick(c)).collect();
        let name = ALL.iter().find(|(_, f)| *f == self).map_or("", |f| f.0);
        let target = on
            .target
            .ok_or_else(|| format!("{name} judges columns by the target: there is none"))?;
        let scores = match self {
            Self::FClassif | Self::Chi2 | Self::MutualInfoClassif => {
                let (codes, classes) = classes(name, target, on)?;
                match self {
                    Self::Chi2 => {
                        refuse_negative(x, &columns)?;
                        univariate::chi2(&columns, &codes, classes)
                    }
                    Self::MutualInfoClassif => {
                        refuse_single(&codes, classes)?;
                        mutual::with_classes(&columns, &codes, classes, SEED)
                    }
                    _ => univariate::f_classif(&columns, &codes, classes),
                }
            }
            Self::FRegression => univariate::f_regression(&columns, &numbers(name, target, on)?),
            Self::RRegression => univariate::r_regression(&columns, &numbers(name, target, on)?),
            Self::MutualInfoRegression => {
                refuse_few(columns.first().map_or(0, Vec::len))?;
                mutual::with_numbers(&columns, &numbers(name, target, on)?, SEED)
            }
        };
        Ok(scores
            .into_iter()
            .map(|s| if s.is_nan() { f64::MIN } else { s })
            .collect())
    }
}

/// The class of each training row, counted among those that occur.
fn classes(name: &str, target: &Target, on: &FitOn<'_>) -> Result<(Vec<usize>, usize), String> {
    let Some(codes) = target.codes() else {
        return Err(format!(
            "score_func = \"{name}\" judges columns by classes, and the target is numbers: \
             allowed are f_regression, r_regression and mutual_info_regression"
        ));
    };
    let codes = on.pick(codes);
    let mut seen = codes.clone();
    seen.sort_unstable();
    seen.dedup();
    let place = |code: &u32| seen.partition_point(|other| other < code);
    Ok((codes.iter().map(place).collect(), seen.len()))
}

/// The target of each training row as a number, which a class can be too.
fn numbers(name: &str, target: &Target, on: &FitOn<'_>) -> Result<Vec<f64>, String> {
    match target {
        Target::None(_) => Err(format!("score_func = \"{name}\" needs a target")),
        Target::Numbers(values) => Ok(on.pick(values)),
        Target::Classes { labels, codes } => {
            let number = |label: &Label| match label {
                Label::Int(i) => Ok(*i as f64),
                Label::Text(word) => Err(format!(
                    "score_func = \"{name}\" judges columns by numbers, and the target is classes \
                     such as \"{word}\": allowed are f_classif, chi2 and mutual_info_classif"
                )),
            };
            let labels: Vec<f64> = labels.iter().map(number).collect::<Result<_, _>>()?;
            let codes = on.pick(codes);
            Ok(codes.iter().map(|code| labels[*code as usize]).collect())
        }
    }
}

/// Within classes of one row there are no distances.
fn refuse_single(codes: &[usize], classes: usize) -> Result<(), String> {
    if codes.len() > classes {
        return Ok(());
    }
    Err(format!(
        "score_func = \"mutual_info_classif\" needs a class with two training rows or more: there \
         are {classes} classes of one"
    ))
}

/// A row needs as many others as neighbours are counted.
fn refuse_few(rows: usize) -> Result<(), String> {
    if rows > mutual::NEIGHBOURS {
        return Ok(());
    }
    Err(format!(
        "score_func = \"mutual_info_regression\" needs more than {} training rows: there are {rows}",
        mutual::NEIGHBOURS
    ))
}

fn refuse_negative(x: &Frame, columns: &[Vec<f64>]) -> Result<(), String> {
    for (column, name) in columns.iter().zip(x.names()) {
        if let Some(value) = column.iter().find(|x| **x < 0.0) {
            return Err(format!(
                "column \"{name}\" has the value {value}: score_func = \"chi2\" takes counts, \
                 which are not negative"
            ));
        }
    }
    Ok(())
}
