//! Schemas: what can be said of a pipeline's columns before it is fitted.
//!
//! A job is checked with this, so that a step that meets text, or an estimator
//! that meets missing values, is found before a task runs. No values here.

use std::collections::BTreeSet;

use super::Pipeline;
use crate::data::{Frame, MISSING, Values, missing_sentence, text_sentence};
use crate::settings::Fault;

/// A column as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnSchema {
    /// Its name.
    pub name: String,
    /// Whether it is text.
    pub text: bool,
    /// Whether values may be missing.
    pub missing: bool,
    /// Whether this stands for any number of columns, also none, whose names
    /// begin with `name`: how many there are depends on the training rows. That
    /// an imputer drops a column without a value in them is not said here.
    pub many: bool,
}

/// What is known of all columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schema {
    columns: Vec<ColumnSchema>,
}

impl ColumnSchema {
    /// A column of numbers, none of them missing.
    pub(super) fn numeric(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            text: false,
            missing: false,
            many: false,
        }
    }

    /// Any number of such columns.
    pub(super) fn many(prefix: impl Into<String>) -> Self {
        Self {
            many: true,
            ..Self::numeric(prefix)
        }
    }
}

impl Schema {
    /// What is known of data that is there.
    #[must_use]
    pub fn of(frame: &Frame) -> Self {
        let columns = frame.columns().iter().map(|column| {
            let (text, missing) = match &*column.values {
                Values::Numeric(numbers) => (false, numbers.iter().any(|x| x.is_nan())),
                Values::Text { codes, .. } => (true, codes.contains(&MISSING)),
            };
            ColumnSchema {
                name: column.name.clone(),
                text,
                missing,
                many: false,
            }
        });
        Self {
            columns: columns.collect(),
        }
    }

    /// The columns, in order.
    #[must_use]
    pub fn columns(&self) -> &[ColumnSchema] {
        &self.columns
    }

    /// The first column of text, which no estimator takes.
    #[must_use]
    pub fn text(&self) -> Option<&ColumnSchema> {
        self.columns.iter().find(|c| c.text)
    }

    /// The columns that may have missing values.
    pub fn missing(&self) -> impl Iterator<Item = &ColumnSchema> {
        self.columns.iter().filter(|c| c.missing)
    }
}

impl Pipeline {
    /// What the columns of this schema become.
    ///
    /// # Errors
    /// The field, such as `[0].columns`, and a sentence: a step cannot take a
    /// column, or names one that there is not.
    pub fn check(&self, schema: &Schema) -> Result<Schema, Fault> {
        let mut columns = schema.columns.clone();
        for (i, step) in self.steps.iter().enumerate() {
            let own = |sentence: String| format!("step \"{}\": {sentence}", step.name);
            let picked = step
                .columns
                .outline(&columns)
                .map_err(|sentence| (format!("[{i}].columns"), own(sentence)))?;
            if picked.is_empty() {
                continue;
            }
            let given: Vec<_> = picked.iter().map(|c| columns[*c].clone()).collect();
            let made = step
                .transform
                .outline(&given)
                .map_err(|sentence| (format!("[{i}]"), own(sentence)))?;
            let mut left = vec![true; columns.len()];
            picked.iter().for_each(|c| left[*c] = false);
            let rest = columns.into_iter().zip(left).filter(|(_, left)| *left);
            let rest: Vec<_> = rest.map(|(column, _)| column).collect();
            columns = made;
            // As when it is applied.
            let taken = rest.iter().filter(|c| !c.many).map(|c| c.name.as_str());
            let taken: BTreeSet<&str> = taken.collect();
            for column in columns.iter_mut().filter(|c| !c.many) {
                if taken.contains(&column.name[..]) {
                    column.name = format!("{}__{}", step.name, column.name);
                }
            }
            columns.extend(rest);
        }
        Ok(Schema { columns })
    }
}

/// What a step that takes numbers says to these columns.
pub(super) fn numbers(columns: &[ColumnSchema]) -> Result<(), String> {
    match columns.iter().find(|c| c.text) {
        Some(column) => Err(text_sentence(&column.name)),
        None => Ok(()),
    }
}

/// What a step that takes numbers, none of them missing, says to these columns.
pub(super) fn complete_numbers(columns: &[ColumnSchema]) -> Result<(), String> {
    numbers(columns)?;
    match columns.iter().find(|c| c.missing) {
        Some(column) => Err(missing_sentence(&column.name)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::data::FrameColumn;

    fn schema() -> Schema {
        let text = |name: &str, words: &[Option<&str>]| FrameColumn {
            name: name.to_owned(),
            values: Values::text(words).into(),
        };
        let columns = vec![
            FrameColumn::numeric("age", vec![1.0, f64::NAN]),
            FrameColumn::numeric("size", vec![1.0, 2.0]),
            text("city", &[Some("Bern"), None]),
        ];
        Schema::of(&Frame::new(2, columns).unwrap())
    }

    fn check(form: Json) -> Result<Schema, Fault> {
        Pipeline::parse(&form).unwrap().check(&schema())
    }

    #[test]
    fn what_is_left_for_the_estimator_is_known_beforehand() {
        let left = |form| {
            let schema = check(form).unwrap();
            let missing: Vec<_> = schema.missing().map(|c| c.name.clone()).collect();
            (schema.text().map(|c| c.name.clone()), missing)
        };
        let city = || Some("city".to_owned());
        assert_eq!(left(json!([])), (city(), vec!["age".into(), "city".into()]));
        let imputed = json!([{ "step": "SimpleImputer", "columns": "numeric" }]);
        assert_eq!(left(imputed), (city(), vec!["city".into()]));
        let ordinal = json!([{ "step": "OrdinalEncoder", "columns": "text" }]);
        assert_eq!(left(ordinal), (None, vec!["city".into(), "age".into()]));
        let done = json!([
            { "step": "OneHotEncoder", "columns": "text" },
            "SimpleImputer",
            "Normalizer",
        ]);
        assert_eq!(left(done), (None, vec![]));
    }

    #[test]
    fn what_a_step_cannot_take_is_said_with_its_place() {
        for (form, field, sentence) in [
            (
                json!(["passthrough", "StandardScaler"]),
                "[1]",
                "step \"standardscaler\": column \"city\" is text, and this step takes numbers: \
                 give it columns = \"numeric\", put OneHotEncoder, OrdinalEncoder or TargetEncoder \
                 before it, or drop the column",
            ),
            (
                json!([{ "step": "Normalizer", "columns": "numeric" }]),
                "[0]",
                "step \"normalizer\": column \"age\" has missing values, and this step takes none: \
                 put SimpleImputer before it, or drop the column",
            ),
            (
                json!([{ "step": "SimpleImputer", "columns": ["agee"] }]),
                "[0].columns",
                "step \"simpleimputer\": unknown column \"agee\" (did you mean \"age\"?); allowed: \
                 age, size, city",
            ),
            (
                json!([{ "step": "OneHotEncoder", "columns": ["city"] }, { "step": "MaxAbsScaler", "columns": ["town_Bern"] }]),
                "[1].columns",
                "step \"maxabsscaler\": unknown column \"town_Bern\"; allowed: age, size",
            ),
        ] {
            assert_eq!(
                check(form).unwrap_err(),
                (field.to_owned(), sentence.to_owned())
            );
        }
        // Which categories there will be is not known yet.
        let later = json!([
            { "step": "OneHotEncoder", "columns": ["city"] },
            { "step": "MaxAbsScaler", "columns": ["city_Bern"] },
        ]);
        assert!(check(later).is_ok());
    }
}
