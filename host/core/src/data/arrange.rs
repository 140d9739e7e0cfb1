//! What a job makes of a table before it is the job's data: rows without a
//! target left out, rows sorted, columns left out, in this order.

use std::cmp::Ordering;

use super::encoding::Layout;
use super::table::{Column, MISSING, Table, Values};
use crate::params::unknown;

/// What to leave out and how to sort.
#[derive(Debug, Clone, Default)]
pub struct Plan<'a> {
    /// Rows without a value in this column are left out.
    pub complete_in: Option<&'a str>,
    /// The column by which rows are sorted: numbers ascending, text by code
    /// point, missing values last, equal ones as they stood.
    pub sort_by: Option<&'a str>,
    /// Columns that are left out.
    pub drop: &'a [String],
}

/// Why a table cannot be arranged, and which field of the job asks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArrangeError {
    /// `target`, `sort_by` or `drop`.
    pub field: &'static str,
    /// The sentence.
    pub message: String,
}

/// A table as it is to be, its columns made one at a time so that no second
/// table is held in memory.
#[derive(Debug)]
pub struct Arranged<'a> {
    kept: Vec<&'a Column>,
    /// The rows that stay, in their new order; `None` if all stay in place.
    rows: Option<Vec<u32>>,
    count: usize,
}

impl<'a> Arranged<'a> {
    /// Arranges `table`; `None` if that changes nothing.
    ///
    /// # Errors
    /// A column is not there, or nothing would be left.
    pub fn of(table: &'a Table, plan: &Plan<'_>) -> Result<Option<Self>, ArrangeError> {
        let column = |field: &'static str, name: &str| {
            table.column(name).ok_or_else(|| ArrangeError {
                field,
                message: unknown("column", name, &table.names()),
            })
        };
        let mut rows = None;
        if let Some(name) = plan.complete_in {
            let values = &column("target", name)?.values;
            let whole: Vec<u32> = (0..table.rows() as u32)
                .filter(|r| !is_missing(values, *r))
                .collect();
            if whole.is_empty() {
                return Err(ArrangeError {
                    field: "target",
                    message: format!(
                        "column \"{name}\" has no value in any row: none would be left"
                    ),
                });
            }
            rows = (whole.len() < table.rows()).then_some(whole);
        }
        if let Some(name) = plan.sort_by {
            let values = &column("sort_by", name)?.values;
            let mut sorted = rows
                .take()
                .unwrap_or_else(|| (0..table.rows() as u32).collect());
            sorted.sort_by(|a, b| compare(values, *a, *b));
            let in_place = sorted.len() == table.rows() && sorted.is_sorted();
            rows = (!in_place).then_some(sorted);
        }
        for name in plan.drop {
            column("drop", name)?;
        }
        let kept: Vec<_> = table
            .columns()
            .iter()
            .filter(|c| !plan.drop.contains(&c.name))
            .collect();
        if kept.is_empty() {
            return Err(ArrangeError {
                field: "drop",
                message: "every column would be dropped: at least one has to stay".to_owned(),
            });
        }
        let unchanged = rows.is_none() && kept.len() == table.columns().len();
        Ok((!unchanged).then(|| Self {
            count: rows.as_ref().map_or(table.rows(), Vec::len),
            kept,
            rows,
        }))
    }

    /// Where everything will stand in the arranged table's encoding.
    #[must_use]
    pub fn layout(&self) -> Layout {
        // Only text has something to say in the header, and its categories
        // may become fewer.
        let words: Vec<_> = (0..self.kept.len())
            .map(|i| match &self.kept[i].values {
                Values::Numeric(_) => None,
                Values::Text { .. } => match self.column(i).values {
                    Values::Text { categories, .. } => Some(categories),
                    Values::Numeric(_) => None,
                },
            })
            .collect();
        let heads = self
            .kept
            .iter()
            .zip(&words)
            .map(|(c, words)| (c.name.as_str(), words.as_deref()));
        Layout::new(self.count as u32, heads)
    }

    /// How many columns stay.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.kept.len()
    }

    /// One of the columns that stay.
    #[must_use]
    pub fn column(&self, index: usize) -> Column {
        let column = self.kept[index];
        let Some(rows) = &self.rows else {
            return column.clone();
        };
        let at = |r: &u32| *r as usize;
        let values = match &column.values {
            Values::Numeric(all) => Values::Numeric(rows.iter().map(|r| all[at(r)]).collect()),
            Values::Text { codes, categories } => {
                let mut used = vec![false; categories.len()];
                for code in rows.iter().map(|r| codes[at(r)]).filter(|c| *c != MISSING) {
                    used[code as usize] = true;
                }
                // How far each code moves down when unused ones vanish.
                let new: Vec<u32> = used
                    .iter()
                    .scan(0, |next, used| {
                        let code = *next;
                        *next += u32::from(*used);
                        Some(code)
                    })
                    .collect();
                let renamed = |code: u32| new.get(code as usize).copied().unwrap_or(MISSING);
                Values::Text {
                    codes: rows.iter().map(|r| renamed(codes[at(r)])).collect(),
                    categories: categories
                        .iter()
                        .zip(used)
                        .filter(|(_, used)| *used)
                        .map(|(word, _)| word.clone())
                        .collect(),
                }
            }
        };
        Column {
            name: column.name.clone(),
            values,
        }
    }
}

fn is_missing(values: &Values, row: u32) -> bool {
    match values {
        Values::Numeric(numbers) => numbers[row as usize].is_nan(),
        Values::Text { codes, .. } => codes[row as usize] == MISSING,
    }
}

fn compare(values: &Values, a: u32, b: u32) -> Ordering {
    match values {
        Values::Numeric(numbers) => {
            let (a, b) = (numbers[a as usize], numbers[b as usize]);
            a.is_nan()
                .cmp(&b.is_nan())
                .then(a.partial_cmp(&b).unwrap_or(Ordering::Equal))
        }
        // Codes are in the order of their words, and a missing one is the
        // largest.
        Values::Text { codes, .. } => codes[a as usize].cmp(&codes[b as usize]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAN: f64 = f64::NAN;

    fn table() -> Table {
        let column = |name: &str, values| Column {
            name: name.into(),
            values,
        };
        let words = [Some("b"), None, Some("a"), Some("c"), Some("a")];
        Table::new(vec![
            column(
                "day",
                Values::numeric(vec![3.0, NAN, -1.0, 3.0, f64::INFINITY]),
            ),
            column("word", Values::text(&words)),
            column("y", Values::numeric(vec![0.0, 1.0, 2.0, NAN, 4.0])),
        ])
        .unwrap()
    }

    fn arranged(plan: &Plan<'_>) -> Option<Table> {
        let table = table();
        let arranged = Arranged::of(&table, plan).unwrap()?;
        let columns = (0..arranged.columns()).map(|i| arranged.column(i));
        let made = Table::new(columns.collect()).unwrap();
        assert_eq!(arranged.layout().head(), made.layout().head());
        assert_eq!(arranged.layout().length(), made.encode().len() as u64);
        Some(made)
    }

    fn numbers(table: &Table, name: &str) -> String {
        format!("{:?}", table.column(name).unwrap().values)
    }

    #[test]
    fn rows_without_a_target_go_and_so_do_their_words() {
        let made = arranged(&Plan {
            complete_in: Some("y"),
            ..Plan::default()
        })
        .unwrap();
        assert_eq!(numbers(&made, "y"), "Numeric([0.0, 1.0, 2.0, 4.0])");
        assert_eq!(
            made.column("word").unwrap().values,
            Values::text(&[Some("b"), None, Some("a"), Some("a")])
        );
    }

    /// As `DataFrame.sort_values(by, kind="stable")` does.
    #[test]
    fn sorting_is_stable_with_missing_values_last() {
        let by = |name| {
            let plan = Plan {
                sort_by: Some(name),
                ..Plan::default()
            };
            numbers(&arranged(&plan).unwrap(), "y")
        };
        assert_eq!(by("day"), "Numeric([2.0, 0.0, NaN, 4.0, 1.0])");
        assert_eq!(by("word"), "Numeric([2.0, 4.0, 0.0, NaN, 1.0])");
    }

    #[test]
    fn columns_go_last_and_may_be_sorted_by() {
        let drop = ["day".to_owned()];
        let made = arranged(&Plan {
            complete_in: Some("y"),
            sort_by: Some("day"),
            drop: &drop,
        })
        .unwrap();
        assert_eq!(made.names(), ["word", "y"]);
        assert_eq!(numbers(&made, "y"), "Numeric([2.0, 0.0, 4.0, 1.0])");
    }

    #[test]
    fn what_changes_nothing_makes_nothing() {
        assert!(arranged(&Plan::default()).is_none());
        let whole = Table::new(vec![Column {
            name: "a".into(),
            values: Values::numeric(vec![1.0, 1.0, 2.0]),
        }])
        .unwrap();
        let plan = Plan {
            complete_in: Some("a"),
            sort_by: Some("a"),
            drop: &[],
        };
        assert!(Arranged::of(&whole, &plan).unwrap().is_none());
    }

    #[test]
    fn what_is_not_there_is_named() {
        let said = |plan: &Plan<'_>| Arranged::of(&table(), plan).unwrap_err();
        let drop = ["wrd".to_owned()];
        let error = said(&Plan {
            drop: &drop,
            ..Plan::default()
        });
        assert_eq!(error.field, "drop");
        assert_eq!(
            error.message,
            "unknown column \"wrd\" (did you mean \"word\"?); allowed: day, word, y"
        );
        let error = said(&Plan {
            sort_by: Some("x"),
            ..Plan::default()
        });
        assert_eq!(error.field, "sort_by");
        let drop = ["day", "word", "y"].map(str::to_owned);
        let error = said(&Plan {
            drop: &drop,
            ..Plan::default()
        });
        assert!(error.message.contains("at least one has to stay"));
    }
}
