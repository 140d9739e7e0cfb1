//! Targets: the target as TargetEncoder learns it, a column of numbers or one
//! for each class.

use super::FitOn;
use crate::data::{Label, Target};

/// What the target is taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Continuous,
    Binary,
    Multiclass,
}

/// The targets of the training rows.
pub(super) struct Targets {
    pub(super) columns: Vec<Vec<f64>>,
    /// The class of each column, where there are several.
    pub(super) classes: Vec<String>,
    /// The class of each row, where folds are to keep their shares.
    pub(super) strata: Option<Vec<u32>>,
}

/// The distinct values of the training rows, in order.
struct Distinct {
    names: Vec<String>,
    codes: Vec<u32>,
    /// Whether they are fractions, which scikit-learn takes for no classes.
    fractions: bool,
}

impl Targets {
    /// The target as this kind, or as the kind its values suggest. Like
    /// scikit-learn's, the guess takes whole numbers for classes.
    pub(super) fn of(on: &FitOn<'_>, kind: Option<Kind>) -> Result<Self, String> {
        let target = on
            .target
            .ok_or("there is no target, and this step needs one")?;
        let distinct = Distinct::of(target, on);
        let Distinct {
            names,
            codes,
            fractions,
        } = distinct;
        let kind = kind.unwrap_or(match names.len() {
            _ if fractions => Kind::Continuous,
            0..=2 => Kind::Binary,
            _ => Kind::Multiclass,
        });
        let strata = (kind != Kind::Continuous && !fractions).then(|| codes.clone());
        let ones = |class: u32| {
            let one = |code: &u32| f64::from(u8::from(*code == class));
            codes.iter().map(one).collect()
        };
        let (columns, classes) = match kind {
            Kind::Continuous => (vec![numbers(target, on)?], Vec::new()),
            Kind::Binary => (
                vec![codes.iter().map(|c| f64::from(*c)).collect()],
                Vec::new(),
            ),
            Kind::Multiclass if names.len() < 3 => {
                return Err(format!(
                    "target_type = \"multiclass\" is not allowed: the training rows have {} \
                     classes, and it needs three or more",
                    names.len()
                ));
            }
            Kind::Multiclass => ((0..).take(names.len()).map(ones).collect(), names),
        };
        Ok(Self {
            columns,
            classes,
            strata,
        })
    }
}

impl Distinct {
    fn of(target: &Target, on: &FitOn<'_>) -> Self {
        match target {
            Target::Classes { labels, codes } => {
                let rows = on.pick(codes);
                let mut used = rows.clone();
                used.sort_unstable();
                used.dedup();
                let name = |c: &u32| labels.get(*c as usize).map(ToString::to_string);
                Self {
                    names: used.iter().map(|c| name(c).unwrap_or_default()).collect(),
                    codes: places(&rows, &used),
                    fractions: false,
                }
            }
            Target::None(_) => Self {
                names: Vec::new(),
                codes: Vec::new(),
                fractions: false,
            },
            Target::Numbers(values) => {
                let rows = on.pick(values);
                let mut used = rows.clone();
                used.sort_by(f64::total_cmp);
                used.dedup();
                Self {
                    names: used.iter().map(|x| format!("{x:?}")).collect(),
                    codes: places(&rows, &used),
                    fractions: rows.iter().any(|x| *x != x.trunc()),
                }
            }
        }
    }
}

/// The place of each row's value among the distinct ones, which are sorted.
fn places<T: PartialOrd>(rows: &[T], distinct: &[T]) -> Vec<u32> {
    let place = |value: &T| distinct.partition_point(|d| d < value) as u32;
    rows.iter().map(place).collect()
}

/// The target as numbers.
fn numbers(target: &Target, on: &FitOn<'_>) -> Result<Vec<f64>, String> {
    match target {
        Target::None(_) => Err("there is no target".to_owned()),
        Target::Numbers(values) => Ok(on.pick(values)),
        Target::Classes { labels, codes } => {
            let number = |code: u32| match labels.get(code as usize) {
                Some(Label::Int(i)) => Ok(*i as f64),
                Some(Label::Text(word)) => Err(format!(
                    "target_type = \"continuous\" is not allowed: the target is text (\"{word}\")"
                )),
                None => Ok(f64::NAN),
            };
            on.pick(codes).into_iter().map(number).collect()
        }
    }
}
