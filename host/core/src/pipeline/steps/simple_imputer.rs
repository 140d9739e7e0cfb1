//! SimpleImputer: missing values replaced by one value a column.

use serde::{Deserialize, Serialize};

use super::missing_indicator::{self, Indicators};
use super::{Fit, FitOn, Step, column_total, frame_like, median};
use crate::data::{Frame, FrameColumn, MISSING, Values};
use crate::params::{Domain, ParamInfo, Value};
use crate::pipeline::numbers::Number;
use crate::pipeline::schema::ColumnSchema;
use crate::settings::{self, Fault, Settings};

#[derive(Debug, Clone, PartialEq)]
pub(in crate::pipeline) struct SimpleImputer {
    missing: Marker,
    strategy: Strategy,
    fill: Option<Fill>,
    add_indicator: bool,
    keep_empty: bool,
}

/// What stands for a missing value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum Marker {
    Missing,
    Number(Number),
    Word(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Strategy {
    Mean,
    Median,
    MostFrequent,
    Constant,
}

/// What is put in their place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Fill {
    Number(Number),
    Word(String),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(in crate::pipeline) struct Fitted {
    missing: Marker,
    /// What each column is filled with; `None` for one that is dropped.
    fills: Vec<Option<Fill>>,
    indicators: Option<Indicators>,
}

impl Step for SimpleImputer {
    const NAME: &'static str = "SimpleImputer";
    type Fitted = Fitted;

    fn params() -> Vec<ParamInfo> {
        let number = || Domain::Float {
            min: None,
            max: None,
        };
        vec![
            settings::any_of(
                "missing_values",
                Value::Text("nan".to_owned()),
                vec![number(), Domain::Text],
                "what stands for a missing value: \"nan\" is what the data has none for",
            ),
            settings::choice(
                "strategy",
                &["mean", "median", "most_frequent", "constant"],
                "what missing values are replaced by",
            ),
            settings::any_of(
                "fill_value",
                Value::None,
                vec![number(), Domain::Text, Domain::None],
                "the constant; 0, or \"missing_value\" in text, if it is not set",
            ),
            settings::flag(
                "add_indicator",
                false,
                "whether columns that say where values were missing are added",
            ),
            settings::flag(
                "keep_empty_features",
                false,
                "whether columns without a value in the training rows are kept",
            ),
        ]
    }

    fn read(settings: &Settings) -> Result<Self, Fault> {
        let missing = match settings.value("missing_values") {
            Value::Text(word) if word == "nan" => Marker::Missing,
            Value::Text(word) => Marker::Word(word.clone()),
            _ => Marker::Number(Number(settings.number("missing_values").unwrap_or(0.0))),
        };
        let strategy = match settings.text("strategy") {
            "median" => Strategy::Median,
            "most_frequent" => Strategy::MostFrequent,
            "constant" => Strategy::Constant,
            _ => Strategy::Mean,
        };
        let fill = match settings.value("fill_value") {
            Value::Text(word) => Some(Fill::Word(word.clone())),
            _ => settings.number("fill_value").map(|x| Fill::Number(Number(x))),
        };
        Ok(Self {
            missing,
            strategy,
            // Without effect on the others.
            fill: fill.filter(|_| strategy == Strategy::Constant),
            add_indicator: settings.bool("add_indicator"),
            keep_empty: settings.bool("keep_empty_features"),
        })
    }

    fn is_row_fitted(&self) -> bool {
        self.strategy != Strategy::Constant || self.add_indicator || !self.keep_empty
    }

    fn outline(&self, x: &[ColumnSchema]) -> Result<Vec<ColumnSchema>, String> {
        for column in x {
            self.accepts(&column.name, column.text)?;
            if column.missing && self.missing != Marker::Missing {
                return Err(self.missing.refusal(&column.name));
            }
        }
        let filled = x.iter().map(|column| ColumnSchema {
            missing: false,
            ..column.clone()
        });
        let mut made: Vec<_> = filled.collect();
        if self.add_indicator {
            let may_miss = |c: &&ColumnSchema| c.missing || self.missing != Marker::Missing;
            let missing = x.iter().filter(may_miss);
            made.extend(missing.map(|c| ColumnSchema::many(missing_indicator::name(&c.name))));
        }
        Ok(made)
    }

    fn fit(&self, x: &Frame, on: &FitOn<'_>) -> Result<Fitted, String> {
        let mut fills = Vec::with_capacity(x.columns().len());
        for column in x.columns() {
            let text = column.text().is_some();
            self.accepts(&column.name, text)?;
            self.missing.check(column)?;
            fills.push(match &*column.values {
                Values::Numeric(numbers) => self.number(&on.pick(numbers), x.columns().len()),
                Values::Text { codes, categories } => self.word(&on.pick(codes), categories),
            });
        }
        let indicators = Indicators::of(x, on, &self.missing);
        Ok(Fitted {
            missing: self.missing.clone(),
            fills,
            indicators: self.add_indicator.then_some(indicators),
        })
    }
}

impl SimpleImputer {
    /// Whether a column of this type can be imputed so.
    fn accepts(&self, name: &str, text: bool) -> Result<(), String> {
        match (self.strategy, &self.fill) {
            (Strategy::Mean | Strategy::Median, _) if text => Err(format!(
                "column \"{name}\" is text, which has no mean and no median: allowed is strategy \
                 = \"most_frequent\" or \"constant\" for text; columns = \"numeric\" leaves it out"
            )),
            (_, Some(Fill::Number(Number(x)))) if text => Err(format!(
                "column \"{name}\" is text, and fill_value is {x}: allowed is text, such as \
                 \"{x}\"; columns = \"numeric\" leaves the column out"
            )),
            (_, Some(Fill::Word(word))) if !text => Err(format!(
                "column \"{name}\" is numeric, and fill_value is \"{word}\": allowed is a number; \
                 columns = \"text\" leaves the column out"
            )),
            _ => match (&self.missing, text) {
                (Marker::Number(Number(x)), true) => Err(format!(
                    "column \"{name}\" is text, and missing_values is {x}: allowed is text or \
                     \"nan\"; columns = \"numeric\" leaves the column out"
                )),
                (Marker::Word(word), false) => Err(format!(
                    "column \"{name}\" is numeric, and missing_values is \"{word}\": allowed is a \
                     number or \"nan\"; columns = \"text\" leaves the column out"
                )),
                _ => Ok(()),
            },
        }
    }

    /// What a column of numbers is filled with.
    fn number(&self, rows: &[f64], columns: usize) -> Option<Fill> {
        let (mut present, absent): (Vec<f64>, Vec<f64>) =
            rows.iter().partition(|x| !self.missing.is_number(**x));
        if present.is_empty() && !self.keep_empty {
            return None;
        }
        let count = present.len() as f64;
        let value = match self.strategy {
            Strategy::Constant => match self.fill {
                Some(Fill::Number(Number(x))) => x,
                _ => 0.0,
            },
            _ if present.is_empty() => 0.0,
            Strategy::Mean if absent.is_empty() => column_total(&present, columns) / count,
            Strategy::Mean => {
                // In the order of the rows, since that is how sums are halved.
                let filled = |x: &f64| if self.missing.is_number(*x) { 0.0 } else { *x };
                let filled: Vec<f64> = rows.iter().map(filled).collect();
                column_total(&filled, columns) / count
            }
            Strategy::Median => {
                present.sort_by(f64::total_cmp);
                median(&present)
            }
            Strategy::MostFrequent => {
                present.sort_by(f64::total_cmp);
                let runs = present.chunk_by(|a, b| a == b);
                // Of those as frequent, the smallest: the first.
                let longest = runs.reduce(|best, run| if run.len() > best.len() { run } else { best });
                longest.map_or(0.0, |run| run[0])
            }
        };
        Some(Fill::Number(Number(value)))
    }

    /// What a column of text is filled with.
    fn word(&self, rows: &[u32], categories: &[String]) -> Option<Fill> {
        let mut counts = vec![0_usize; categories.len()];
        for code in rows.iter().map(|code| *code as usize) {
            if categories.get(code).is_some_and(|w| !self.missing.is_word(w)) {
                counts[code] += 1;
            }
        }
        let most = counts.iter().max().copied().unwrap_or(0);
        let empty = most == 0;
        if empty && !self.keep_empty {
            return None;
        }
        let word = match (self.strategy, &self.fill) {
            (Strategy::Constant, Some(Fill::Word(word))) => word,
            (Strategy::Constant, _) => "missing_value",
            _ if empty => "0",
            // Of those as frequent, the smallest: the first.
            _ => &categories[counts.iter().position(|n| *n == most).unwrap_or(0)],
        };
        Some(Fill::Word(word.to_owned()))
    }
}

impl Marker {
    fn is_number(&self, x: f64) -> bool {
        match self {
            Self::Missing => x.is_nan(),
            Self::Number(marker) => x == marker.0,
            Self::Word(_) => false,
        }
    }

    fn is_word(&self, word: &str) -> bool {
        matches!(self, Self::Word(marker) if marker == word)
    }

    /// Where values of this column are missing.
    pub(super) fn mask(&self, column: &FrameColumn) -> Vec<bool> {
        match &*column.values {
            Values::Numeric(numbers) => numbers.iter().map(|x| self.is_number(*x)).collect(),
            Values::Text { codes, categories } => {
                let is_missing = |code: &u32| match categories.get(*code as usize) {
                    Some(word) => self.is_word(word),
                    None => *self == Self::Missing,
                };
                codes.iter().map(is_missing).collect()
            }
        }
    }

    /// Where something else stands for missing values, there must be none.
    fn check(&self, column: &FrameColumn) -> Result<(), String> {
        let missing = Self::Missing.mask(column);
        if *self != Self::Missing && missing.contains(&true) {
            return Err(self.refusal(&column.name));
        }
        Ok(())
    }

    fn refusal(&self, column: &str) -> String {
        let marker = match self {
            Self::Missing => "\"nan\"".to_owned(),
            Self::Number(Number(x)) => format!("{x}"),
            Self::Word(word) => format!("\"{word}\""),
        };
        format!(
            "column \"{column}\" has missing values other than missing_values = {marker}: allowed \
             are none; another SimpleImputer can go before this one"
        )
    }
}

impl Fit for Fitted {
    fn transform(&self, x: &Frame) -> Result<Frame, String> {
        let mut made = Vec::new();
        for (column, fill) in x.columns().iter().zip(&self.fills) {
            self.missing.check(column)?;
            let mask = self.missing.mask(column);
            let same = !mask.contains(&true);
            match fill {
                Some(_) if same => made.push(column.clone()),
                Some(Fill::Number(value)) => made.push(filled(column, &mask, value.0)?),
                Some(Fill::Word(word)) => made.push(filled_text(column, &mask, word)?),
                None => {}
            }
        }
        if let Some(indicators) = &self.indicators {
            made.extend(indicators.columns(x, &self.missing));
        }
        frame_like(x, made)
    }
}

fn filled(column: &FrameColumn, mask: &[bool], value: f64) -> Result<FrameColumn, String> {
    let numbers = column
        .numbers()
        .ok_or_else(|| format!("column \"{}\" is text: allowed are numbers", column.name))?;
    let numbers = numbers.iter().zip(mask);
    let numbers = numbers.map(|(x, missing)| if *missing { value } else { *x });
    Ok(FrameColumn::numeric(&column.name, numbers.collect()))
}

fn filled_text(column: &FrameColumn, mask: &[bool], word: &str) -> Result<FrameColumn, String> {
    let (codes, categories) = column
        .text()
        .ok_or_else(|| format!("column \"{}\" is numeric: allowed is text", column.name))?;
    let words = codes.iter().zip(mask).map(|(code, missing)| match missing {
        true => Some(word),
        false if *code == MISSING => None,
        false => categories.get(*code as usize).map(String::as_str),
    });
    Ok(FrameColumn {
        name: column.name.clone(),
        values: Values::text(&words.collect::<Vec<_>>()).into(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::{frame, numeric, refusal, text, transformed};
    const NAN: f64 = f64::NAN;

    #[test]
    fn missing_numbers_get_the_statistic_of_the_training_rows() {
        // The last two rows are not trained on.
        let x = frame(vec![numeric("a", &[3.0, NAN, 1.0, 1.0, 3.0, NAN, 50.0])]);
        let made = |strategy: &str| {
            let step = json!({ "step": "SimpleImputer", "strategy": strategy, "fill_value": -1 });
            transformed(step, &x, &[0, 1, 2, 3, 4]).numbers().unwrap()[0].to_vec()
        };
        assert_eq!(made("mean"), [3.0, 2.0, 1.0, 1.0, 3.0, 2.0, 50.0]);
        assert_eq!(made("median"), [3.0, 2.0, 1.0, 1.0, 3.0, 2.0, 50.0]);
        assert_eq!(made("most_frequent"), [3.0, 1.0, 1.0, 1.0, 3.0, 1.0, 50.0]);
        assert_eq!(made("constant"), [3.0, -1.0, 1.0, 1.0, 3.0, -1.0, 50.0]);
    }

    #[test]
    fn missing_words_get_the_most_frequent_one() {
        let city = [Some("Ulm"), None, Some("Bern"), Some("Zug"), Some("Zug")];
        let x = frame(vec![text("city", &city)]);
        let made = |train: &[u32]| {
            let step = json!({ "step": "SimpleImputer", "strategy": "most_frequent" });
            transformed(step, &x, train)
        };
        let filled = |word| {
            let mut words = city;
            words[1] = Some(word);
            frame(vec![text("city", &words)])
        };
        assert_eq!(made(&[0, 1, 2, 3, 4]), filled("Zug"));
        assert_eq!(made(&[0, 1, 2]), filled("Bern"));
        let step = json!({ "step": "SimpleImputer", "strategy": "constant" });
        assert_eq!(transformed(step, &x, &[0]), filled("missing_value"));
    }

    #[test]
    fn columns_without_a_value_are_dropped_unless_kept() {
        let x = frame(vec![
            numeric("a", &[NAN, NAN, 7.0]),
            numeric("b", &[1.0, NAN, 3.0]),
            text("c", &[None, None, Some("x")]),
        ]);
        let numbers = json!({ "step": "SimpleImputer", "strategy": "most_frequent", "add_indicator": true });
        let made = transformed(numbers, &x, &[0, 1]);
        assert_eq!(
            made.names(),
            ["b", "missingindicator_a", "missingindicator_b", "missingindicator_c"]
        );
        assert_eq!(made.columns()[2], numeric("missingindicator_b", &[0.0, 1.0, 0.0]));
        let kept = json!({ "step": "SimpleImputer", "strategy": "most_frequent", "keep_empty_features": true });
        let made = transformed(kept, &x, &[0, 1]);
        assert_eq!(
            made,
            frame(vec![
                numeric("a", &[0.0, 0.0, 7.0]),
                numeric("b", &[1.0, 1.0, 3.0]),
                text("c", &[Some("0"), Some("0"), Some("x")]),
            ])
        );
    }

    #[test]
    fn another_value_can_stand_for_missing() {
        let x = frame(vec![numeric("a", &[0.0, 4.0, 6.0])]);
        let step = json!({ "step": "SimpleImputer", "missing_values": 0 });
        let made = transformed(step.clone(), &x, &[0, 1, 2]);
        assert_eq!(made, frame(vec![numeric("a", &[5.0, 4.0, 6.0])]));
        let x = frame(vec![numeric("a", &[0.0, NAN])]);
        assert_eq!(
            refusal(step, &x, &[0, 1]),
            "column \"a\" has missing values other than missing_values = 0: allowed are none; \
             another SimpleImputer can go before this one"
        );
    }

    #[test]
    fn what_does_not_go_together_is_refused() {
        let x = frame(vec![text("city", &[Some("Bern"), None])]);
        for (step, sentence) in [
            (
                json!("SimpleImputer"),
                "column \"city\" is text, which has no mean and no median: allowed is strategy = \
                 \"most_frequent\" or \"constant\" for text; columns = \"numeric\" leaves it out",
            ),
            (
                json!({ "step": "SimpleImputer", "strategy": "constant", "fill_value": 0 }),
                "column \"city\" is text, and fill_value is 0: allowed is text, such as \"0\"; \
                 columns = \"numeric\" leaves the column out",
            ),
        ] {
            assert_eq!(refusal(step, &x, &[0]), sentence);
        }
    }
}
