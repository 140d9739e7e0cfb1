//! CSV: a header, then rows of as many fields. A column whose every cell is a
//! number or missing is numeric, any other is text.

use std::io::Read;

use pleat_core::data::{Column, Table, TableError, Values};

/// Cells that mean a missing value, as pandas reads them.
const MISSING: [&str; 11] = [
    "", "NA", "N/A", "n/a", "NaN", "nan", "null", "NULL", "None", "<NA>", "#N/A",
];

/// Why a CSV cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum CsvError {
    /// Nothing is there.
    #[error("the CSV is empty: a header line and at least one row are needed")]
    Empty,
    /// A header and no rows.
    #[error("the CSV has a header and no rows: at least one row is needed")]
    NoRows,
    /// A row with too few or too many fields.
    #[error("line {line}: {found} fields where the header has {expected}{}", ragged(.missing.as_deref()))]
    Ragged {
        /// Where the row begins.
        line: u64,
        /// Its fields.
        found: u64,
        /// The header's fields.
        expected: u64,
        /// The first column without a field.
        missing: Option<String>,
    },
    /// A column without a name.
    #[error("line 1: column {column} has no name")]
    Unnamed {
        /// Counted from 1.
        column: usize,
    },
    /// Bytes that are not text.
    #[error("line {line}, column {column}: this is not UTF-8 text")]
    NotText {
        /// Where the row begins.
        line: u64,
        /// Counted from 1.
        column: usize,
    },
    /// The columns do not make a table.
    #[error(transparent)]
    Table(#[from] TableError),
    /// The file cannot be read.
    #[error("{0}")]
    Read(String),
}

fn ragged(missing: Option<&str>) -> String {
    match missing {
        Some(name) => format!(" (column \"{name}\" is the first without one)"),
        None => " (there are more fields than columns)".to_owned(),
    }
}

/// A column while it is read: numbers as long as they last.
struct Growing {
    numbers: Option<Vec<f64>>,
    /// The cells as they stand, kept because a later one may be text.
    cells: Vec<Option<String>>,
}

impl Growing {
    fn push(&mut self, cell: &str) {
        let cell = cell.trim();
        let missing = MISSING.contains(&cell);
        if let Some(numbers) = &mut self.numbers {
            match (missing, cell.parse::<f64>()) {
                (true, _) => numbers.push(f64::NAN),
                (false, Ok(x)) => numbers.push(x),
                (false, Err(_)) => self.numbers = None,
            }
        }
        self.cells.push((!missing).then(|| cell.to_owned()));
    }

    fn finish(self) -> Values {
        match self.numbers {
            Some(numbers) => Values::numeric(numbers),
            None => Values::text(&self.cells),
        }
    }
}

/// Reads CSV.
///
/// # Errors
/// What is wrong with it, and in which line and column.
pub fn read_csv(from: impl Read) -> Result<Table, CsvError> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(true)
        .from_reader(from);
    let header = reader
        .byte_headers()
        .map_err(|e| read_error(&e, &[]))?
        .clone();
    let mut names = Vec::new();
    for (column, name) in (1..).zip(&header) {
        let text = std::str::from_utf8(name).map_err(|_| CsvError::NotText { line: 1, column })?;
        let name = text.trim().trim_start_matches('\u{feff}').to_owned();
        if name.is_empty() {
            return Err(if header.len() == 1 {
                CsvError::Empty
            } else {
                CsvError::Unnamed { column }
            });
        }
        names.push(name);
    }
    if names.is_empty() {
        return Err(CsvError::Empty);
    }
    let mut columns: Vec<Growing> = names
        .iter()
        .map(|_| Growing {
            numbers: Some(Vec::new()),
            cells: Vec::new(),
        })
        .collect();
    let mut record = csv::ByteRecord::new();
    let mut rows = 0_usize;
    while reader
        .read_byte_record(&mut record)
        .map_err(|e| read_error(&e, &names))?
    {
        let line = record.position().map_or(0, csv::Position::line);
        for ((column, cell), growing) in (1..).zip(&record).zip(&mut columns) {
            let cell = std::str::from_utf8(cell).map_err(|_| CsvError::NotText { line, column })?;
            growing.push(cell);
        }
        rows += 1;
    }
    if rows == 0 {
        return Err(CsvError::NoRows);
    }
    let columns = names.into_iter().zip(columns).map(|(name, c)| Column {
        name,
        values: c.finish(),
    });
    Ok(Table::new(columns.collect())?)
}

fn read_error(error: &csv::Error, names: &[String]) -> CsvError {
    match error.kind() {
        csv::ErrorKind::UnequalLengths {
            pos,
            expected_len,
            len,
        } => CsvError::Ragged {
            line: pos.as_ref().map_or(0, csv::Position::line),
            found: *len,
            expected: *expected_len,
            missing: usize::try_from(*len)
                .ok()
                .and_then(|n| names.get(n))
                .cloned(),
        },
        _ => CsvError::Read(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        read_csv(text.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn columns_are_numeric_as_long_as_every_cell_is() {
        let table = read_csv(&b"a,b\n1, x\n,2\nNaN,\n"[..]).unwrap();
        assert_eq!(table.rows(), 3);
        assert!(
            matches!(&table.columns()[0].values, Values::Numeric(v) if v[0] == 1.0 && v[1].is_nan())
        );
        assert!(
            matches!(&table.columns()[1].values, Values::Text { categories, .. } if **categories == ["2", "x"])
        );
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        assert!(error("").contains("empty"));
        assert!(error("a,b\n").contains("no rows"));
        let short = error("a,b\n1,2\n3\n");
        assert!(
            short.contains("line 3") && short.contains("\"b\""),
            "{short}"
        );
        let long = error("a,b\n1,2,3\n");
        assert!(
            long.contains("line 2: 3 fields where the header has 2"),
            "{long}"
        );
        assert!(error("a,\n1,2\n").contains("column 2 has no name"));
        assert!(error("a,a\n1,2\n").contains("\"a\""));
        let bytes = read_csv(&b"a,b\n1,\xff\n"[..]).unwrap_err().to_string();
        assert!(bytes.contains("line 2, column 2"), "{bytes}");
    }
}
