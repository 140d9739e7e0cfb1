//! What a column is, found out cell by cell: numbers as long as all cells are,
//! else words, of which each is kept once.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use pleat_core::data::{ColumnType, TableError};
use pleat_core::params::unknown;

use super::cells::{self, Class};
use super::error::ReadError;

/// How many offending cells are shown.
const SHOWN: usize = 5;

/// The words of a column and their codes.
#[derive(Debug, Default)]
pub(super) struct Words {
    codes: HashMap<Box<str>, u32>,
}

impl Words {
    fn insert(&mut self, word: &str) {
        if !self.codes.contains_key(word) {
            self.codes.insert(word.into(), 0);
        }
    }

    /// The code of a word, once they are in order.
    pub(super) fn code(&self, word: &str) -> Option<u32> {
        self.codes.get(word).copied()
    }

    /// Gives each word its place in the order of code points.
    fn sort(&mut self) -> Vec<String> {
        let mut sorted: Vec<String> = self.codes.keys().map(|w| w.to_string()).collect();
        sorted.sort_unstable();
        for (word, code) in sorted.iter().zip(0..) {
            if let Some(there) = self.codes.get_mut(word.as_str()) {
                *there = code;
            }
        }
        sorted
    }
}

/// What is known of a column so far.
#[derive(Debug)]
pub(super) struct Scan {
    wanted: Option<ColumnType>,
    bools: bool,
    numbers: bool,
    floats: bool,
    inexact: bool,
    texts: bool,
    words: Words,
    /// The row from which on words are kept.
    kept_from: Option<u64>,
    count: u64,
    offending: Vec<(u64, String)>,
}

impl Scan {
    pub(super) fn new(wanted: Option<ColumnType>) -> Self {
        Self {
            wanted,
            bools: false,
            numbers: false,
            floats: false,
            inexact: false,
            texts: false,
            words: Words::default(),
            kept_from: (wanted == Some(ColumnType::Text)).then_some(0),
            count: 0,
            offending: Vec::new(),
        }
    }

    /// Looks at a cell; says whether [`Scan::keep`] wants to know how it is
    /// written.
    pub(super) fn see(&mut self, row: u64, class: Class) -> bool {
        if class == Class::Missing {
            return false;
        }
        match self.wanted {
            Some(ColumnType::Text) => return true,
            Some(ColumnType::Numeric) => return matches!(class, Class::Bool | Class::Text),
            Some(ColumnType::Boolean) => return class != Class::Bool,
            None => {}
        }
        match class {
            Class::Bool => self.bools = true,
            Class::Text => self.texts = true,
            _ => {
                self.numbers = true;
                self.floats |= class == Class::Float;
                self.inexact |= class == Class::Inexact;
            }
        }
        if self.texts || self.bools && self.numbers {
            self.kept_from.get_or_insert(row);
        }
        self.kept_from.is_some()
    }

    /// Keeps a cell that is a word, or not what it is to be.
    pub(super) fn keep(&mut self, row: u64, text: &str) {
        let offends = match self.wanted {
            Some(ColumnType::Numeric) => true,
            Some(ColumnType::Boolean) => {
                !cells::number(text.as_bytes()).is_some_and(|x| x == 0.0 || x == 1.0)
            }
            _ => {
                self.words.insert(text);
                false
            }
        };
        if offends {
            self.count += 1;
            if self.offending.len() < SHOWN {
                self.offending
                    .push((row + 1, text.chars().take(40).collect()));
            }
        }
    }

    fn is_text(&self) -> bool {
        // Whole numbers no float can hold are more likely names than amounts;
        // among fractions they are amounts.
        self.wanted == Some(ColumnType::Text)
            || self.texts
            || self.bools && self.numbers
            || self.inexact && !self.floats
    }

    /// The row before which words have not been kept, though the column
    /// turned out to be text.
    pub(super) fn unkept_before(&self) -> u64 {
        match self.kept_from {
            _ if !self.is_text() => 0,
            Some(row) => row,
            None => u64::MAX,
        }
    }

    /// What the column is, once every cell was seen.
    pub(super) fn finish(mut self, column: &str) -> Result<Plan, ReadError> {
        if let Some(wanted) = self.wanted
            && self.count > 0
        {
            return Err(ReadError::NotOfType {
                column: column.to_owned(),
                wanted,
                count: self.count,
                cells: self.offending,
            });
        }
        if !self.is_text() {
            return Ok(Plan::Numeric);
        }
        let categories = self.words.sort();
        // A column without a single word is one of missing numbers, whatever
        // the file calls it: formats without types cannot tell.
        Ok(if categories.is_empty() {
            Plan::Numeric
        } else {
            Plan::Text {
                words: self.words,
                categories,
            }
        })
    }
}

/// How a column is to be written.
#[derive(Debug)]
pub(super) enum Plan {
    /// As numbers.
    Numeric,
    /// As codes of words.
    Text {
        words: Words,
        categories: Vec<String>,
    },
}

/// The types a job asks for, column by column.
pub(super) fn scans(
    names: &[String],
    types: &BTreeMap<String, ColumnType>,
) -> Result<Vec<Scan>, ReadError> {
    if let Some(stranger) = types.keys().find(|t| !names.contains(t)) {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        return Err(ReadError::UnknownColumn(unknown(
            "column", stranger, &names,
        )));
    }
    Ok(names
        .iter()
        .map(|name| Scan::new(types.get(name).copied()))
        .collect())
}

/// Names that can be those of a table.
pub(super) fn check_names(names: &[String]) -> Result<(), TableError> {
    let mut seen = BTreeSet::new();
    match names.iter().find(|name| !seen.insert(*name)) {
        Some(twice) => Err(TableError::DuplicateName(twice.clone())),
        None => Ok(()),
    }
}
