//! CSV and its kin: a header, then rows of as many fields, read twice so that
//! only words and a handful of rows are ever in memory. First to learn what
//! each column is, then to write it.

use std::path::Path;

use pleat_core::data::{Dialect, Layout, MISSING, PlainCell, PlainKind};

use super::cells::{Class, classify, is_missing, is_one_of, known_number, truth};
use super::error::ReadError;
use super::lines::{Lines, Row, read_error};
use super::output::{Chunk, Encoded, Writer};
use super::scan::{Plan, Scan, check_names, scans};
use super::source::Source;
use super::{Limit, Progress};

/// Reads text whose fields are separated by `delimiter`.
pub(super) fn read(
    source: &Source,
    delimiter: u8,
    dialect: &Dialect,
    dir: &Path,
    limit: Limit,
    progress: Progress<'_>,
) -> Result<Encoded, ReadError> {
    let text = Text {
        source,
        delimiter,
        dialect,
    };
    let (names, header) = text.header()?;
    let lines = Lines::after(source, delimiter, &names, header)?;
    let total = 2 * source.length();
    let mut scans = scans(&names, &dialect.types)?;
    let mut rows = 0;
    lines.each(&mut |row| {
        rows = row.number + 1;
        for (column, (cell, scan)) in row.cells.iter().zip(&mut scans).enumerate() {
            let class = text.class(row, cell);
            if scan.see(row.number, class) {
                scan.keep(row.number, row.utf8(column)?);
            }
        }
        tell(row, |at| progress(at, total));
        Ok(true)
    })?;
    if rows == 0 {
        return Err(ReadError::NoRows(text.noun()));
    }
    text.keep_late(&lines, &mut scans)?;
    let rows = u32::try_from(rows)
        .ok()
        .filter(|r| *r != MISSING)
        .ok_or(pleat_core::data::TableError::TooManyRows(rows as usize))?;

    let plans = names
        .iter()
        .zip(scans)
        .map(|(name, scan)| scan.finish(name));
    let plans: Vec<Plan> = plans.collect::<Result<_, _>>()?;
    let heads = names.iter().zip(&plans).map(|(name, plan)| match plan {
        Plan::Numeric => (name.as_str(), None),
        Plan::Text { categories, .. } => (name.as_str(), Some(categories.as_slice())),
    });
    let layout = Layout::new(rows, heads);
    limit.check(layout.length())?;
    let writer = Writer::new(layout, dir)?;
    let mut chunk = Chunk::new(plans.iter().map(|p| matches!(p, Plan::Numeric)));
    let mut written = 0;
    lines.each(&mut |row| {
        if row.number >= u64::from(rows) {
            return Err(ReadError::Changed);
        }
        for (column, (cell, plan)) in row.cells.iter().zip(&plans).enumerate() {
            match plan {
                Plan::Numeric => {
                    let value = text.number(row, cell);
                    chunk.number(column, value.ok_or(ReadError::Changed)?);
                }
                Plan::Text { .. } if text.is_missing(cell.bytes(row.text)) => {
                    chunk.code(column, MISSING);
                }
                Plan::Text { words, .. } => {
                    let word = row.utf8(column).map_err(|_| ReadError::Changed)?;
                    chunk.code(column, words.code(word).ok_or(ReadError::Changed)?);
                }
            }
        }
        written = row.number + 1;
        tell(row, |at| progress(total / 2 + at, total));
        chunk.end_row(&writer)?;
        Ok(true)
    })?;
    if written != u64::from(rows) {
        return Err(ReadError::Changed);
    }
    chunk.flush(&writer)?;
    progress(total, total);
    writer.finish()
}

struct Text<'a> {
    source: &'a Source,
    delimiter: u8,
    dialect: &'a Dialect,
}

impl Text<'_> {
    fn noun(&self) -> &'static str {
        if self.delimiter == b'\t' {
            "TSV"
        } else {
            "CSV"
        }
    }

    /// The names of the columns, and how many bytes they take.
    fn header(&self) -> Result<(Vec<String>, u64), ReadError> {
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(self.delimiter)
            .from_reader(self.source.open_at(0)?);
        let header = reader.byte_headers().map_err(read_error)?;
        let name = |(column, name): (usize, &[u8])| {
            let name = std::str::from_utf8(name).map_err(|_| ReadError::NotText {
                line: 1,
                column: column + 1,
            })?;
            // As pandas calls it.
            Ok(match name.trim_start_matches('\u{feff}') {
                "" => format!("Unnamed: {column}"),
                name => name.to_owned(),
            })
        };
        let names: Vec<_> = header
            .iter()
            .enumerate()
            .map(name)
            .collect::<Result<_, ReadError>>()?;
        if header.is_empty() || header.len() == 1 && header[0].is_empty() {
            return Err(ReadError::Empty(self.noun()));
        }
        check_names(&names)?;
        Ok((names, reader.position().byte()))
    }

    /// Keeps the words of columns that turned out to be text only after some
    /// rows.
    fn keep_late(&self, lines: &Lines<'_>, scans: &mut [Scan]) -> Result<(), ReadError> {
        let before: Vec<u64> = scans.iter().map(Scan::unkept_before).collect();
        let last = before.iter().copied().max().unwrap_or(0);
        if last == 0 {
            return Ok(());
        }
        lines.each(&mut |row| {
            let cells = row.cells.iter().zip(scans.iter_mut()).zip(&before);
            for (column, ((cell, scan), before)) in cells.enumerate() {
                if row.number < *before && !self.is_missing(cell.bytes(row.text)) {
                    scan.keep(row.number, row.utf8(column)?);
                }
            }
            Ok(row.number + 1 < last)
        })
    }

    fn is_missing(&self, cell: &[u8]) -> bool {
        is_missing(cell) || is_one_of(cell, &self.dialect.na_values)
    }

    /// Whether a cell that looks like a number is one.
    fn is_plain(&self, cell: &PlainCell) -> bool {
        cell.kind() != PlainKind::Other && self.dialect.na_values.is_empty()
    }

    fn class(&self, row: &Row<'_>, cell: &PlainCell) -> Class {
        match cell.kind() {
            PlainKind::Whole if self.is_plain(cell) => Class::Int,
            PlainKind::Decimal if self.is_plain(cell) => Class::Float,
            _ => match cell.bytes(row.text) {
                bytes if is_one_of(bytes, &self.dialect.na_values) => Class::Missing,
                bytes => classify(bytes),
            },
        }
    }

    /// A cell of a column that is numeric.
    fn number(&self, row: &Row<'_>, cell: &PlainCell) -> Option<f64> {
        let plain = self.is_plain(cell);
        if plain && let Some(number) = cell.number() {
            return Some(number);
        }
        let bytes = cell.bytes(row.text);
        if !plain && self.is_missing(bytes) {
            return Some(f64::NAN);
        }
        known_number(bytes).or_else(|| truth(bytes).map(f64::from))
    }
}

/// Now and then says how far a pass is.
fn tell(row: &Row<'_>, progress: impl Fn(u64)) {
    if row.number.is_multiple_of(4096) {
        progress(row.at);
    }
}
