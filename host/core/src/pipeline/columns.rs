//! Columns: which ones a step gets.

use serde_json::Value as Json;

use super::schema::ColumnSchema;
use crate::data::Frame;
use crate::params::unknown;

/// The columns a step gets; it hands on the others as they are.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) enum Columns {
    #[default]
    All,
    Numeric,
    Text,
    Named(Vec<String>),
}

impl Columns {
    pub(super) fn parse(form: &Json) -> Result<Self, String> {
        let refuse = || {
            format!(
                "{form} does not say which columns: allowed is \"all\", \"numeric\", \"text\", \
                 or a list of their names"
            )
        };
        match form {
            Json::String(word) => match word.as_str() {
                "all" => Ok(Self::All),
                "numeric" => Ok(Self::Numeric),
                "text" => Ok(Self::Text),
                _ => Err(refuse()),
            },
            Json::Array(entries) => {
                let name = |entry: &Json| entry.as_str().map(str::to_owned).ok_or_else(refuse);
                let names: Vec<String> = entries.iter().map(name).collect::<Result<_, _>>()?;
                for (i, name) in names.iter().enumerate() {
                    if names[..i].contains(name) {
                        return Err(format!("\"{name}\" is named twice: allowed is once"));
                    }
                }
                Ok(Self::Named(names))
            }
            _ => Err(refuse()),
        }
    }

    /// As a job states it; `None` for all, which need not be said.
    pub(super) fn write(&self) -> Option<Json> {
        match self {
            Self::All => None,
            Self::Numeric => Some("numeric".into()),
            Self::Text => Some("text".into()),
            Self::Named(names) => Some(names.clone().into()),
        }
    }

    /// The places of the columns, in the order the step gets them.
    pub(super) fn of(&self, x: &Frame) -> Result<Vec<usize>, String> {
        let kind = |text: bool| {
            let fits = |i: &usize| x.columns()[*i].text().is_some() == text;
            (0..x.columns().len()).filter(fits).collect()
        };
        match self {
            Self::All => Ok((0..x.columns().len()).collect()),
            Self::Numeric => Ok(kind(false)),
            Self::Text => Ok(kind(true)),
            Self::Named(names) => {
                let place = |name: &String| {
                    let found = x.columns().iter().position(|c| c.name == *name);
                    found.ok_or_else(|| unknown("column", name, &x.names()))
                };
                names.iter().map(place).collect()
            }
        }
    }

    /// The same, before there are values. A name may turn out to be one of
    /// [`ColumnSchema::many`]; all of those are then meant.
    pub(super) fn outline(&self, x: &[ColumnSchema]) -> Result<Vec<usize>, String> {
        let those = |fits: &dyn Fn(&ColumnSchema) -> bool| -> Vec<usize> {
            (0..x.len()).filter(|i| fits(&x[*i])).collect()
        };
        let Self::Named(names) = self else {
            return Ok(those(&|c| match self {
                Self::Text => c.text,
                Self::Numeric => !c.text,
                _ => true,
            }));
        };
        let mut places: Vec<usize> = Vec::with_capacity(names.len());
        for name in names {
            let exact = those(&|c| !c.many && c.name == *name);
            let found = if exact.is_empty() {
                those(&|c| c.many && name.starts_with(&c.name))
            } else {
                exact
            };
            if found.is_empty() {
                let known: Vec<_> = x.iter().filter(|c| !c.many).map(|c| &c.name[..]).collect();
                return Err(unknown("column", name, &known));
            }
            let new = found.into_iter().filter(|i| !places.contains(i));
            let new: Vec<usize> = new.collect();
            places.extend(new);
        }
        Ok(places)
    }
}
