//! OrdinalEncoder: every category becomes a number.

use serde::{Deserialize, Serialize};

use super::categories::{self, Categories, Given, UNKNOWN, unknown_sentence};
use super::infrequent::{self, Infrequent};
use super::{Fit, FitOn, Step, frame_like};
use crate::data::{Frame, FrameColumn};
use crate::params::{Domain, ParamInfo, Value};
use crate::pipeline::numbers::{Number, Numbers};
use crate::pipeline::schema::ColumnSchema;
use crate::settings::{self, Fault, Settings};

#[derive(Debug, Clone, PartialEq)]
pub(in crate::pipeline) struct OrdinalEncoder {
    categories: Given,
    /// What a category that is not known becomes; refused without.
    unknown: Option<Number>,
    missing: Number,
    infrequent: Infrequent,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(in crate::pipeline) struct Fitted {
    columns: Vec<Column>,
    unknown: Option<Number>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Column {
    categories: Categories,
    /// What each category becomes.
    values: Numbers,
}

impl Step for OrdinalEncoder {
    const NAME: &'static str = "OrdinalEncoder";
    type Fitted = Fitted;

    fn params() -> Vec<ParamInfo> {
        let [min_frequency, max_categories] = infrequent::params();
        let integer = || Domain::Int {
            min: None,
            max: None,
        };
        let nan = || settings::one_of(&["nan"]);
        vec![
            categories::param(),
            settings::choice(
                "handle_unknown",
                &["error", "use_encoded_value"],
                "what is done with a category that is not in the training rows",
            ),
            settings::any_of(
                "unknown_value",
                Value::None,
                vec![integer(), nan(), Domain::None],
                "what such a category becomes",
            ),
            settings::any_of(
                "encoded_missing_value",
                Value::Text("nan".to_owned()),
                vec![integer(), nan()],
                "what a missing value becomes",
            ),
            min_frequency,
            max_categories,
        ]
    }

    fn read(settings: &Settings) -> Result<Self, Fault> {
        let number = |name: &str| settings.number(name).unwrap_or(f64::NAN);
        let set = *settings.value("unknown_value") != Value::None;
        let fault = |sentence: String| Err(("unknown_value".to_owned(), sentence));
        let unknown = match (settings.text("handle_unknown") == "use_encoded_value", set) {
            (true, true) => Some(Number(number("unknown_value"))),
            (false, false) => None,
            (true, false) => {
                return fault(
                    "None is not allowed where handle_unknown = \"use_encoded_value\": allowed is \
                     an integer or \"nan\""
                        .to_owned(),
                );
            }
            (false, true) => {
                return fault(format!(
                    "{} has no effect, since handle_unknown is \"error\": allowed is to set \
                     handle_unknown = \"use_encoded_value\", or to leave unknown_value out",
                    settings.value("unknown_value")
                ));
            }
        };
        Ok(Self {
            categories: categories::read(settings)?,
            unknown,
            missing: Number(number("encoded_missing_value")),
            infrequent: Infrequent::read(settings),
        })
    }

    fn outline(&self, x: &[ColumnSchema]) -> Result<Vec<ColumnSchema>, String> {
        let unknown_is_nan = self.unknown.is_some_and(|u| u.0.is_nan());
        let made = x.iter().map(|column| ColumnSchema {
            text: false,
            missing: unknown_is_nan || (column.missing && self.missing.0.is_nan()),
            ..column.clone()
        });
        Ok(made.collect())
    }

    fn fit(&self, x: &Frame, on: &FitOn<'_>) -> Result<Fitted, String> {
        let lists = categories::lists(&self.categories, x.columns().len())?;
        let mut columns = Vec::with_capacity(lists.len());
        for (column, list) in x.columns().iter().zip(lists) {
            let categories = Categories::fit(column, list, on)?;
            // A missing value is not counted, and never infrequent.
            let mut counts = vec![0; categories.len() - usize::from(categories.missing().is_some())];
            let codes = categories.codes(column)?;
            for row in on.train {
                match codes[*row as usize] {
                    UNKNOWN if self.unknown.is_none() => {
                        return Err(refusal(column, *row as usize));
                    }
                    code => counts.get_mut(code).map_or((), |count| *count += 1),
                }
            }
            let groups = self.infrequent.groups(&counts, on.train.len());
            let (places, frequent) = match groups {
                Some(groups) => (groups.code_of, groups.frequent),
                None => ((0..counts.len()).collect(), counts.len()),
            };
            let mut values: Vec<f64> = places.into_iter().map(|place| place as f64).collect();
            let is_missing = categories.missing().is_some();
            self.check_values(column, frequent, is_missing)?;
            values.extend(is_missing.then_some(self.missing.0));
            columns.push(Column {
                categories,
                values: values.into(),
            });
        }
        Ok(Fitted {
            columns,
            unknown: self.unknown,
        })
    }
}

impl OrdinalEncoder {
    /// What stands for unknown and for missing ones must not stand for a
    /// category. As in scikit-learn it may stand for the infrequent ones.
    fn check_values(
        &self,
        column: &FrameColumn,
        frequent: usize,
        is_missing: bool,
    ) -> Result<(), String> {
        let missing = is_missing.then_some(self.missing);
        for (name, value) in [
            ("unknown_value", self.unknown),
            ("encoded_missing_value", missing),
        ] {
            if let Some(Number(value)) = value
                && (0.0..frequent as f64).contains(&value)
            {
                return Err(format!(
                    "{name} = {value} stands for a category of column \"{}\" already: allowed are \
                     \"nan\", negative numbers, and those from {frequent} on",
                    column.name
                ));
            }
        }
        Ok(())
    }
}

impl Fit for Fitted {
    fn transform(&self, x: &Frame) -> Result<Frame, String> {
        let columns = x.columns().iter().zip(&self.columns);
        let made = columns.map(|(column, fitted)| {
            let codes = fitted.categories.codes(column)?.into_iter().enumerate();
            let value = |(row, code)| match (fitted.values.get(code), self.unknown) {
                (Some(value), _) => Ok(*value),
                (None, Some(unknown)) => Ok(unknown.0),
                (None, None) => Err(refusal(column, row)),
            };
            let values = codes.map(value).collect::<Result<_, _>>()?;
            Ok(FrameColumn::numeric(&column.name, values))
        });
        frame_like(x, made.collect::<Result<_, String>>()?)
    }
}

fn refusal(column: &FrameColumn, row: usize) -> String {
    unknown_sentence(
        column,
        row,
        "handle_unknown = \"use_encoded_value\" gives others the unknown_value",
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::{frame, numeric, refusal, text, transformed};
    use crate::data::Frame;
    use crate::pipeline::Pipeline;

    fn x() -> Frame {
        frame(vec![
            text("city", &[Some("Ulm"), None, Some("Bern"), Some("Ulm"), Some("Zug")]),
            numeric("n", &[10.0, 9.0, f64::NAN, 10.0, 9.0]),
        ])
    }

    #[test]
    fn categories_become_numbers_in_order() {
        let made = transformed(json!("OrdinalEncoder"), &x(), &[0, 1, 2, 3, 4]);
        let nan = f64::NAN;
        assert_eq!(
            made,
            frame(vec![
                numeric("city", &[1.0, nan, 0.0, 1.0, 2.0]),
                numeric("n", &[1.0, 0.0, nan, 1.0, 0.0]),
            ])
        );
        let step = json!({
            "step": "OrdinalEncoder", "handle_unknown": "use_encoded_value", "unknown_value": -1,
            "encoded_missing_value": -2, "max_categories": 1,
        });
        let made = transformed(step, &x(), &[0, 1, 2, 3]);
        assert_eq!(
            made,
            frame(vec![
                numeric("city", &[0.0, -2.0, 0.0, 0.0, -1.0]),
                numeric("n", &[0.0, 0.0, -2.0, 0.0, 0.0]),
            ])
        );
    }

    #[test]
    fn what_is_unknown_may_stand_with_what_is_infrequent() {
        let step = |value: i64| {
            json!({
                "step": "OrdinalEncoder", "columns": "text", "handle_unknown": "use_encoded_value",
                "unknown_value": value, "min_frequency": 2,
            })
        };
        let words = ["a", "a", "b", "c"].map(Some);
        let x = frame(vec![text("x", &words)]);
        let made = transformed(step(1), &x, &[0, 1, 2]);
        assert_eq!(made, frame(vec![numeric("x", &[0.0, 0.0, 1.0, 1.0])]));
        assert!(refusal(step(0), &x, &[0, 1, 2]).starts_with("unknown_value = 0 stands for"));
    }

    #[test]
    fn what_a_number_stands_for_is_one_thing() {
        assert_eq!(
            refusal(json!("OrdinalEncoder"), &x(), &[0, 1, 2]),
            "column \"city\" has a category that is not known, \"Zug\": allowed are those of the \
             training rows, or those listed in categories; handle_unknown = \"use_encoded_value\" \
             gives others the unknown_value"
        );
        let step = json!({ "step": "OrdinalEncoder", "encoded_missing_value": 1 });
        assert_eq!(
            refusal(step, &x(), &[0, 1, 2]),
            "encoded_missing_value = 1 stands for a category of column \"city\" already: allowed \
             are \"nan\", negative numbers, and those from 2 on"
        );
        for (form, sentence) in [
            (
                json!({ "step": "OrdinalEncoder", "unknown_value": -1 }),
                "-1 has no effect, since handle_unknown is \"error\": allowed is to set \
                 handle_unknown = \"use_encoded_value\", or to leave unknown_value out",
            ),
            (
                json!({ "step": "OrdinalEncoder", "handle_unknown": "use_encoded_value" }),
                "None is not allowed where handle_unknown = \"use_encoded_value\": allowed is an \
                 integer or \"nan\"",
            ),
        ] {
            let (field, told) = Pipeline::parse(&json!([form])).unwrap_err();
            assert_eq!((&field[..], &told[..]), ("[0].unknown_value", sentence));
        }
    }
}
