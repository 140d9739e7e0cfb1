//! Categories: what distinct values a column has, in order, the missing one
//! last. The encoders share this; what codes become is theirs.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::FitOn;
use crate::data::{FrameColumn, Values};
use crate::params::{Domain, ParamInfo, Value};
use crate::pipeline::numbers::Numbers;
use crate::settings::{self, Fault, Settings};

/// The code of a value that is none of the categories.
pub(super) const UNKNOWN: usize = usize::MAX;

/// Categories a job lists, a list for each column.
pub(super) type Given = Option<Vec<Vec<Json>>>;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(in crate::pipeline) struct Categories {
    known: Known,
    /// Whether a missing value is one, after the others.
    missing: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Known {
    /// Ascending.
    Numbers(Numbers),
    /// By code point, or as a job lists them.
    Words(Vec<String>),
}

/// The parameter `categories`.
pub(super) fn param() -> ParamInfo {
    settings::any_of(
        "categories",
        Value::Text("auto".to_owned()),
        vec![settings::one_of(&["auto"]), Domain::Json],
        "the categories: those of the training rows, or a list of them for each column",
    )
}

/// Reads the parameter `categories`.
pub(super) fn read(settings: &Settings) -> Result<Given, Fault> {
    let Value::Json(passed) = settings.value("categories") else {
        return Ok(None);
    };
    let lists = passed.as_array().and_then(|lists| {
        let list = |list: &Json| list.as_array().filter(|l| !l.is_empty()).cloned();
        lists.iter().map(list).collect::<Option<Vec<_>>>()
    });
    match lists {
        Some(lists) => Ok(Some(lists)),
        None => {
            let sentence = format!(
                "{passed} does not list categories: allowed is \"auto\" or a list, not empty, for \
                 each column"
            );
            Err(("categories".to_owned(), sentence))
        }
    }
}

/// The list for each of so many columns, if lists are given at all.
pub(super) fn lists(given: &Given, columns: usize) -> Result<Vec<Option<&[Json]>>, String> {
    match given {
        None => Ok(vec![None; columns]),
        Some(lists) if lists.len() == columns => Ok(lists.iter().map(|l| Some(&l[..])).collect()),
        Some(lists) => Err(format!(
            "categories has {} lists for {columns} columns: allowed is one for each",
            lists.len()
        )),
    }
}

impl Categories {
    /// The categories given, or those of the training rows.
    pub(super) fn fit(
        column: &FrameColumn,
        given: Option<&[Json]>,
        on: &FitOn<'_>,
    ) -> Result<Self, String> {
        if let Some(list) = given {
            return Self::given(column, list);
        }
        Ok(match &*column.values {
            Values::Numeric(numbers) => {
                let mut rows = on.pick(numbers);
                let all = rows.len();
                rows.retain(|x| !x.is_nan());
                let missing = rows.len() < all;
                rows.sort_by(f64::total_cmp);
                rows.dedup();
                Self {
                    known: Known::Numbers(rows.into()),
                    missing,
                }
            }
            Values::Text { codes, categories } => {
                let mut used = vec![false; categories.len()];
                let mut missing = false;
                for code in on.pick(codes) {
                    match used.get_mut(code as usize) {
                        Some(used) => *used = true,
                        None => missing = true,
                    }
                }
                let words = categories.iter().zip(used).filter(|(_, used)| *used);
                Self {
                    known: Known::Words(words.map(|(word, _)| word.clone()).collect()),
                    missing,
                }
            }
        })
    }

    fn given(column: &FrameColumn, list: &[Json]) -> Result<Self, String> {
        let name = &column.name;
        let (missing, values) = match list.split_last() {
            Some((Json::Null, values)) => (true, values),
            _ => (false, list),
        };
        let not = |value: &Json, what: &str| {
            format!(
                "categories of column \"{name}\": {value} is not {what}, as the column is; null, as the last, stands for a missing value"
            )
        };
        let known = if column.text().is_some() {
            let word = |v: &Json| v.as_str().map(str::to_owned).ok_or_else(|| not(v, "text"));
            let words: Vec<String> = values.iter().map(word).collect::<Result<_, _>>()?;
            for (i, word) in words.iter().enumerate() {
                if words[..i].contains(word) {
                    return Err(format!(
                        "categories of column \"{name}\": \"{word}\" is listed twice: allowed is once"
                    ));
                }
            }
            Known::Words(words)
        } else {
            let number = |v: &Json| v.as_f64().ok_or_else(|| not(v, "a number"));
            let numbers: Vec<f64> = values.iter().map(number).collect::<Result<_, _>>()?;
            if let Some(pair) = numbers.windows(2).find(|pair| pair[0] >= pair[1]) {
                return Err(format!(
                    "categories of column \"{name}\": {} comes before {}: allowed are numbers in \
                     ascending order, each once",
                    pair[0], pair[1]
                ));
            }
            Known::Numbers(numbers.into())
        };
        Ok(Self { known, missing })
    }

    /// How many there are, the missing one among them.
    pub(super) fn len(&self) -> usize {
        let known = match &self.known {
            Known::Numbers(numbers) => numbers.len(),
            Known::Words(words) => words.len(),
        };
        known + usize::from(self.missing)
    }

    /// The code of a missing value, if it is a category.
    pub(super) fn missing(&self) -> Option<usize> {
        self.missing.then(|| self.len() - 1)
    }

    /// For every row the index of its category, or [`UNKNOWN`].
    pub(super) fn codes(&self, column: &FrameColumn) -> Result<Vec<usize>, String> {
        let missing = self.missing().unwrap_or(UNKNOWN);
        match (&self.known, &*column.values) {
            (Known::Numbers(known), Values::Numeric(numbers)) => {
                let code = |x: &f64| {
                    let at = known.partition_point(|known| known < x);
                    match known.get(at) {
                        _ if x.is_nan() => missing,
                        Some(known) if known == x => at,
                        _ => UNKNOWN,
                    }
                };
                Ok(numbers.iter().map(code).collect())
            }
            (Known::Words(known), Values::Text { codes, categories }) => {
                let places: BTreeMap<&str, usize> =
                    known.iter().map(String::as_str).zip(0..).collect();
                let place = |word: &String| places.get(&word[..]).copied().unwrap_or(UNKNOWN);
                let places: Vec<usize> = categories.iter().map(place).collect();
                let code = |code: &u32| places.get(*code as usize).copied().unwrap_or(missing);
                Ok(codes.iter().map(code).collect())
            }
            (known, _) => Err(format!(
                "column \"{}\" is not of the type it was fitted with: allowed is {}",
                column.name,
                match known {
                    Known::Numbers(_) => "a numeric one",
                    Known::Words(_) => "text",
                }
            )),
        }
    }

    /// The code of this value, as a job states it.
    pub(super) fn place(&self, value: &Json) -> Option<usize> {
        match (&self.known, value) {
            (_, Json::Null) => self.missing(),
            (Known::Numbers(numbers), value) => {
                let value = value.as_f64()?;
                numbers.iter().position(|x| *x == value)
            }
            (Known::Words(words), value) => {
                let value = value.as_str()?;
                words.iter().position(|w| w == value)
            }
        }
    }

    /// Each as a name of a column ends: whole numbers as such, unless others
    /// stand among them, and then all as Python writes floats.
    pub(super) fn labels(&self) -> Vec<String> {
        let mut labels: Vec<String> = match &self.known {
            Known::Words(words) => words.clone(),
            Known::Numbers(numbers) => {
                let whole = |x: &f64| *x == x.trunc() && x.abs() < 1e15;
                if !self.missing && numbers.iter().all(whole) {
                    numbers.iter().map(|x| format!("{}", *x as i64)).collect()
                } else {
                    numbers.iter().map(|x| format!("{x:?}")).collect()
                }
            }
        };
        labels.extend(self.missing.then(|| "nan".to_owned()));
        labels
    }
}

/// The sentence for a value in row `row` that is none of the categories.
pub(super) fn unknown_sentence(column: &FrameColumn, row: usize, allowed: &str) -> String {
    let value = match &*column.values {
        Values::Numeric(numbers) => match numbers.get(row) {
            Some(x) if !x.is_nan() => format!("{x}"),
            _ => "a missing value".to_owned(),
        },
        Values::Text { codes, categories } => {
            let word = codes.get(row).and_then(|c| categories.get(*c as usize));
            word.map_or_else(|| "a missing value".to_owned(), |w| format!("\"{w}\""))
        }
    };
    format!(
        "column \"{}\" has a category that is not known, {value}: allowed are those of the \
         training rows, or those listed in categories; {allowed}",
        column.name
    )
}
