//! OneHotEncoder: a column of zeros and ones for each category.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::categories::{self, Categories, Given, UNKNOWN, unknown_sentence};
use super::infrequent::{self, Infrequent};
use super::{Fit, FitOn, Step, check_room, frame_like};
use crate::data::{Frame, FrameColumn};
use crate::params::{Domain, ParamInfo, Value};
use crate::pipeline::schema::ColumnSchema;
use crate::settings::{self, Fault, Settings};

#[derive(Debug, Clone, PartialEq)]
pub(in crate::pipeline) struct OneHotEncoder {
    categories: Given,
    drop: Option<Drop>,
    unknown: Unknown,
    infrequent: Infrequent,
}

/// The category of each column that gets no column of its own.
#[derive(Debug, Clone, PartialEq)]
enum Drop {
    First,
    IfBinary,
    These(Vec<Json>),
}

/// What becomes of a category that is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Unknown {
    Error,
    Zeros,
    Infrequent,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(in crate::pipeline) struct Fitted {
    columns: Vec<Column>,
    unknown: Unknown,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Column {
    categories: Categories,
    /// For each category its place among `labels`.
    places: Vec<usize>,
    labels: Vec<String>,
    /// The place of the infrequent ones, if there are any.
    infrequent: Option<usize>,
    /// The place that is left out.
    dropped: Option<usize>,
}

impl Step for OneHotEncoder {
    const NAME: &'static str = "OneHotEncoder";
    type Fitted = Fitted;

    fn params() -> Vec<ParamInfo> {
        let [min_frequency, max_categories] = infrequent::params();
        vec![
            categories::param(),
            settings::any_of(
                "drop",
                Value::None,
                vec![
                    settings::one_of(&["first", "if_binary"]),
                    Domain::Json,
                    Domain::None,
                ],
                "the category that gets no column: a list names one for each column",
            ),
            settings::choice(
                "handle_unknown",
                &["error", "ignore", "infrequent_if_exist", "warn"],
                "what is done with a category that is not in the training rows",
            ),
            min_frequency,
            max_categories,
        ]
    }

    fn read(settings: &Settings) -> Result<Self, Fault> {
        let drop = match settings.value("drop") {
            Value::Text(word) if word == "first" => Some(Drop::First),
            Value::Text(_) => Some(Drop::IfBinary),
            Value::Json(Json::Array(list)) => Some(Drop::These(list.clone())),
            Value::Json(other) => {
                let sentence = format!(
                    "{other} does not say what to drop: allowed is \"first\", \"if_binary\", None, \
                     or a list with a category for each column"
                );
                return Err(("drop".to_owned(), sentence));
            }
            _ => None,
        };
        Ok(Self {
            categories: categories::read(settings)?,
            drop,
            unknown: match settings.text("handle_unknown") {
                "ignore" => Unknown::Zeros,
                "infrequent_if_exist" | "warn" => Unknown::Infrequent,
                _ => Unknown::Error,
            },
            infrequent: Infrequent::read(settings),
        })
    }

    fn outline(&self, x: &[ColumnSchema]) -> Result<Vec<ColumnSchema>, String> {
        let many = |c: &ColumnSchema| ColumnSchema::many(format!("{}_", c.name));
        Ok(x.iter().map(many).collect())
    }

    fn fit(&self, x: &Frame, on: &FitOn<'_>) -> Result<Fitted, String> {
        let lists = categories::lists(&self.categories, x.columns().len())?;
        if let Some(Drop::These(list)) = &self.drop
            && list.len() != x.columns().len()
        {
            return Err(format!(
                "drop has {} categories for {} columns: allowed is one for each",
                list.len(),
                x.columns().len()
            ));
        }
        let columns = x.columns().iter().zip(lists).enumerate();
        let columns = columns.map(|(i, (column, list))| self.fit_column(i, column, list, on));
        Ok(Fitted {
            columns: columns.collect::<Result<_, _>>()?,
            unknown: self.unknown,
        })
    }
}

impl OneHotEncoder {
    fn fit_column(
        &self,
        i: usize,
        column: &FrameColumn,
        list: Option<&[Json]>,
        on: &FitOn<'_>,
    ) -> Result<Column, String> {
        let categories = Categories::fit(column, list, on)?;
        let mut counts = vec![0; categories.len()];
        let codes = categories.codes(column)?;
        for row in on.train {
            match counts.get_mut(codes[*row as usize]) {
                Some(count) => *count += 1,
                None if self.unknown != Unknown::Error => {}
                None => return Err(refusal(column, *row as usize)),
            }
        }
        let all = categories.labels();
        let groups = self.infrequent.groups(&counts, on.train.len());
        let (places, infrequent) = match groups {
            Some(groups) => (groups.code_of, Some(groups.frequent)),
            None => ((0..all.len()).collect(), None),
        };
        let frequent = all.into_iter().zip(&places);
        let frequent = frequent.filter(|(_, place)| Some(**place) != infrequent);
        let mut labels: Vec<String> = frequent.map(|(label, _)| label).collect();
        labels.extend(infrequent.map(|_| "infrequent_sklearn".to_owned()));
        let dropped = match &self.drop {
            None => None,
            Some(Drop::First) => Some(0),
            Some(Drop::IfBinary) => (labels.len() == 2).then_some(0),
            Some(Drop::These(list)) => {
                let value = list.get(i).unwrap_or(&Json::Null);
                let category = categories.place(value).ok_or_else(|| {
                    format!(
                        "drop: {value} is not a category of column \"{}\": allowed are those of \
                         the training rows",
                        column.name
                    )
                })?;
                let place = places[category];
                if Some(place) == infrequent {
                    return Err(format!(
                        "drop: {value} is an infrequent category of column \"{}\": allowed are \
                         frequent ones",
                        column.name
                    ));
                }
                Some(place)
            }
        };
        Ok(Column {
            categories,
            places,
            labels,
            infrequent,
            dropped,
        })
    }
}

impl Fit for Fitted {
    fn transform(&self, x: &Frame) -> Result<Frame, String> {
        check_room(x.rows(), self.columns.iter().map(|c| c.labels.len()).sum())?;
        let mut made = Vec::new();
        for (column, fitted) in x.columns().iter().zip(&self.columns) {
            made.extend(fitted.transform(column, self.unknown)?);
        }
        frame_like(x, made)
    }
}

impl Column {
    fn transform(
        &self,
        column: &FrameColumn,
        unknown: Unknown,
    ) -> Result<impl Iterator<Item = FrameColumn>, String> {
        let mut ones = vec![vec![0.0; column.values.len()]; self.labels.len()];
        for (row, code) in self.categories.codes(column)?.into_iter().enumerate() {
            let place = match (code, unknown) {
                (UNKNOWN, Unknown::Error) => return Err(refusal(column, row)),
                (UNKNOWN, Unknown::Zeros) => None,
                (UNKNOWN, Unknown::Infrequent) => self.infrequent,
                _ => self.places.get(code).copied(),
            };
            if let Some(column) = place.and_then(|place| ones.get_mut(place)) {
                column[row] = 1.0;
            }
        }
        let named = self.labels.iter().zip(ones).enumerate();
        let kept = named.filter(|(place, _)| Some(*place) != self.dropped);
        Ok(kept.map(|(_, (label, ones))| {
            FrameColumn::numeric(format!("{}_{label}", column.name), ones)
        }))
    }
}

fn refusal(column: &FrameColumn, row: usize) -> String {
    unknown_sentence(
        column,
        row,
        "handle_unknown = \"ignore\" encodes others as zeros",
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::{frame, numeric, refusal, text, transformed};

    #[test]
    fn categories_become_columns_in_order_the_missing_one_last() {
        let x = frame(vec![
            text("city", &[Some("Ulm"), None, Some("Bern"), Some("Ulm")]),
            numeric("n", &[10.0, 9.0, 9.0, 10.0]),
        ]);
        let made = transformed(json!("OneHotEncoder"), &x, &[0, 1, 2, 3]);
        assert_eq!(
            made,
            frame(vec![
                numeric("city_Bern", &[0.0, 0.0, 1.0, 0.0]),
                numeric("city_Ulm", &[1.0, 0.0, 0.0, 1.0]),
                numeric("city_nan", &[0.0, 1.0, 0.0, 0.0]),
                numeric("n_9", &[0.0, 1.0, 1.0, 0.0]),
                numeric("n_10", &[1.0, 0.0, 0.0, 1.0]),
            ])
        );
        let step = json!({ "step": "OneHotEncoder", "drop": "if_binary" });
        let names = transformed(step, &x, &[0, 1, 2, 3]);
        assert_eq!(names.names(), ["city_Bern", "city_Ulm", "city_nan", "n_10"]);
        let step = json!({ "step": "OneHotEncoder", "drop": [null, 9] });
        let names = transformed(step, &x, &[0, 1, 2, 3]);
        assert_eq!(names.names(), ["city_Bern", "city_Ulm", "n_10"]);
    }

    #[test]
    fn a_category_of_test_rows_alone_is_refused_or_zeros() {
        let x = frame(vec![text("city", &[Some("Ulm"), Some("Bern"), Some("Genf")])]);
        assert_eq!(
            refusal(json!("OneHotEncoder"), &x, &[0, 1]),
            "column \"city\" has a category that is not known, \"Genf\": allowed are those of the \
             training rows, or those listed in categories; handle_unknown = \"ignore\" encodes \
             others as zeros"
        );
        let step = json!({ "step": "OneHotEncoder", "handle_unknown": "ignore" });
        let made = transformed(step, &x, &[0, 1]);
        assert_eq!(
            made,
            frame(vec![
                numeric("city_Bern", &[0.0, 1.0, 0.0]),
                numeric("city_Ulm", &[1.0, 0.0, 0.0]),
            ])
        );
        let listed = json!({ "step": "OneHotEncoder", "categories": [["Ulm", "Genf", "Bern", "Zug"]] });
        assert_eq!(
            transformed(listed, &x, &[0, 1]).names(),
            ["city_Ulm", "city_Genf", "city_Bern", "city_Zug"]
        );
    }

    #[test]
    fn rare_ones_share_a_column_with_unknown_ones() {
        let words = ["a", "b", "b", "c", "b", "d"].map(Some);
        let x = frame(vec![text("x", &words)]);
        let step = json!({ "step": "OneHotEncoder", "min_frequency": 2, "handle_unknown": "infrequent_if_exist" });
        let made = transformed(step, &x, &[0, 1, 2, 3, 4]);
        assert_eq!(
            made,
            frame(vec![
                numeric("x_b", &[0.0, 1.0, 1.0, 0.0, 1.0, 0.0]),
                numeric("x_infrequent_sklearn", &[1.0, 0.0, 0.0, 1.0, 0.0, 1.0]),
            ])
        );
    }

    #[test]
    fn what_does_not_fit_the_columns_is_refused() {
        let x = frame(vec![text("x", &[Some("a"), Some("b")]), numeric("n", &[1.0, 2.0])]);
        let step = |field: &str, value| json!({ "step": "OneHotEncoder", field: value });
        for (field, value, sentence) in [
            ("drop", json!(["a"]), "drop has 1 categories for 2 columns: allowed is one for each"),
            (
                "drop",
                json!(["c", 1]),
                "drop: \"c\" is not a category of column \"x\": allowed are those of the training rows",
            ),
            (
                "categories",
                json!([["a", "b"]]),
                "categories has 1 lists for 2 columns: allowed is one for each",
            ),
            (
                "categories",
                json!([["a", "b"], [2, 1]]),
                "categories of column \"n\": 2 comes before 1: allowed are numbers in ascending order, each once",
            ),
            (
                "categories",
                json!([["a", "a"], [1, 2]]),
                "categories of column \"x\": \"a\" is listed twice: allowed is once",
            ),
        ] {
            assert_eq!(refusal(step(field, value), &x, &[0, 1]), sentence);
        }
    }
}
