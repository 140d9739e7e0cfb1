//! A table at a glance: what each column holds.

use serde::Serialize;

use pleat_num::sum;

use super::table::{Column, MISSING, Table, Values};

/// How many words are shown.
const SHOWN: usize = 3;

/// What a column holds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ColumnSummary {
    /// Its name.
    pub name: String,
    /// How many rows have no value.
    pub missing: usize,
    /// How many different values there are.
    pub distinct: usize,
    /// The values.
    #[serde(flatten)]
    pub values: Held,
}

/// The values of a column, in short.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Held {
    /// Numbers; of none at all there is nothing to say.
    Numeric {
        /// The smallest.
        min: Option<f64>,
        /// Their mean.
        mean: Option<f64>,
        /// The largest.
        max: Option<f64>,
    },
    /// Words.
    Text {
        /// The commonest ones, and in how many rows each stands.
        commonest: Vec<(String, usize)>,
    },
}

/// What every column of a table holds.
#[must_use]
pub fn summaries(table: &Table) -> Vec<ColumnSummary> {
    table.columns().iter().map(summary).collect()
}

#[allow(clippy::cast_precision_loss)]
fn summary(column: &Column) -> ColumnSummary {
    let (missing, distinct, values) = match &column.values {
        Values::Numeric(numbers) => {
            let mut there: Vec<f64> = numbers.iter().copied().filter(|x| !x.is_nan()).collect();
            let mean = (!there.is_empty()).then(|| sum::pairwise(&there) / there.len() as f64);
            there.sort_unstable_by(f64::total_cmp);
            let held = Held::Numeric {
                min: there.first().copied(),
                mean,
                max: there.last().copied(),
            };
            let missing = numbers.len() - there.len();
            // -0 and 0 are one value.
            there.dedup();
            (missing, there.len(), held)
        }
        Values::Text { codes, categories } => {
            let mut counts = counts(codes, categories);
            // Stable: of equally common ones the first by code point.
            counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
            counts.truncate(SHOWN);
            let missing = codes.iter().filter(|c| **c == MISSING).count();
            (missing, categories.len(), Held::Text { commonest: counts })
        }
    };
    ColumnSummary {
        name: column.name.clone(),
        missing,
        distinct,
        values,
    }
}

/// In how many rows each word stands.
fn counts(codes: &[u32], categories: &[String]) -> Vec<(String, usize)> {
    let mut counts: Vec<_> = categories.iter().map(|c| (c.clone(), 0)).collect();
    for code in codes {
        if let Some((_, count)) = counts.get_mut(*code as usize) {
            *count += 1;
        }
    }
    counts
}

/// The values of a column and in how many rows each stands: numbers
/// ascending, words by code point; `None` if there are more than `most`.
#[must_use]
pub fn balance(values: &Values, most: usize) -> Option<Vec<(String, usize)>> {
    match values {
        Values::Text { categories, .. } if categories.len() > most => None,
        Values::Text { codes, categories } => Some(counts(codes, categories)),
        Values::Numeric(numbers) => {
            let mut there: Vec<f64> = numbers.iter().copied().filter(|x| !x.is_nan()).collect();
            there.sort_unstable_by(f64::total_cmp);
            let groups = there.chunk_by(|a, b| a == b);
            if groups.clone().count() > most {
                return None;
            }
            Some(
                groups
                    .map(|g| (format!("{}", g[0] + 0.0), g.len()))
                    .collect(),
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_told_in_short() {
        let words = [Some("b"), None, Some("a"), Some("b"), Some("c")];
        let column = |name: &str, values| Column {
            name: name.into(),
            values,
        };
        let table = Table::new(vec![
            column("n", Values::numeric(vec![3.0, f64::NAN, -0.0, 0.0, 1.0])),
            column("t", Values::text(&words)),
            column("e", Values::numeric(vec![f64::NAN; 5])),
        ])
        .unwrap();
        let [n, t, e] = &summaries(&table)[..] else {
            panic!("three columns");
        };
        assert_eq!((n.missing, n.distinct), (1, 3));
        assert_eq!(
            n.values,
            Held::Numeric {
                min: Some(-0.0),
                mean: Some(1.0),
                max: Some(3.0)
            }
        );
        assert_eq!((t.missing, t.distinct), (1, 3));
        let commonest = [("b", 2), ("a", 1), ("c", 1)].map(|(w, n)| (w.to_owned(), n));
        assert_eq!(
            t.values,
            Held::Text {
                commonest: commonest.to_vec()
            }
        );
        assert_eq!((e.missing, e.distinct), (5, 0));
        let shown = balance(&table.columns()[0].values, 3).unwrap();
        assert_eq!(
            shown,
            [("0", 2), ("1", 1), ("3", 1)].map(|(v, n)| (v.to_owned(), n))
        );
        assert!(balance(&table.columns()[0].values, 2).is_none());
        assert_eq!(
            balance(&table.columns()[1].values, 3).unwrap()[1],
            ("b".to_owned(), 2)
        );
    }
}
