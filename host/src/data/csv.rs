//! CSV and its kin: a header, then rows of as many fields, read twice so that
//! only words and a handful of rows are ever in memory. First to learn what
//! each column is, then to write it.

use std::io::Read;
use std::path::Path;

use csv::ByteRecord;
use pleat_core::data::{Dialect, Layout, MISSING};

use super::cells::{Class, classify, is_missing, is_one_of, known_number, truth};
use super::error::ReadError;
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
    let names = text.names()?;
    let total = 2 * source.length();
    let mut scans = scans(&names, &dialect.types)?;
    let mut rows = 0;
    text.pass(&names, |record, row| {
        rows = row + 1;
        let cells = record.iter().zip(&mut scans);
        for (column, (cell, scan)) in cells.enumerate() {
            let class = text.class(cell);
            if scan.see(row, class) {
                scan.keep(row, utf8(record, column, cell)?);
            }
        }
        tell(record, row, |at| progress(at, total));
        Ok(true)
    })?;
    if rows == 0 {
        return Err(ReadError::NoRows(text.noun()));
    }
    text.keep_late(&names, &mut scans)?;
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
    text.pass(&names, |record, row| {
        if row >= u64::from(rows) {
            return Err(ReadError::Changed);
        }
        for (column, (cell, plan)) in record.iter().zip(&plans).enumerate() {
            let missing = text.is_missing(cell);
            match plan {
                Plan::Numeric if missing => chunk.number(column, f64::NAN),
                Plan::Numeric => {
                    let value = known_number(cell).or_else(|| truth(cell).map(f64::from));
                    chunk.number(column, value.ok_or(ReadError::Changed)?);
                }
                Plan::Text { .. } if missing => chunk.code(column, MISSING),
                Plan::Text { words, .. } => {
                    let code = std::str::from_utf8(cell).ok().and_then(|w| words.code(w));
                    chunk.code(column, code.ok_or(ReadError::Changed)?);
                }
            }
        }
        written = row + 1;
        tell(record, row, |at| progress(total / 2 + at, total));
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
    fn reader(&self) -> Result<csv::Reader<Box<dyn Read + '_>>, ReadError> {
        Ok(csv::ReaderBuilder::new()
            .delimiter(self.delimiter)
            .buffer_capacity(1 << 16)
            .from_reader(self.source.open()?))
    }

    fn noun(&self) -> &'static str {
        if self.delimiter == b'\t' {
            "TSV"
        } else {
            "CSV"
        }
    }

    fn names(&self) -> Result<Vec<String>, ReadError> {
        let mut reader = self.reader()?;
        let header = reader.byte_headers().map_err(|e| read_error(e, &[]))?;
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
        Ok(names)
    }

    /// Hands over row after row, counted from 0, as long as it is wanted.
    fn pass(
        &self,
        names: &[String],
        mut row: impl FnMut(&ByteRecord, u64) -> Result<bool, ReadError>,
    ) -> Result<(), ReadError> {
        let mut reader = self.reader()?;
        let mut record = ByteRecord::new();
        let mut count = 0;
        while reader
            .read_byte_record(&mut record)
            .map_err(|e| read_error(e, names))?
        {
            if !row(&record, count)? {
                break;
            }
            count += 1;
        }
        Ok(())
    }

    /// Keeps the words of columns that turned out to be text only after some
    /// rows.
    fn keep_late(&self, names: &[String], scans: &mut [Scan]) -> Result<(), ReadError> {
        let before: Vec<u64> = scans.iter().map(Scan::unkept_before).collect();
        let last = before.iter().copied().max().unwrap_or(0);
        if last == 0 {
            return Ok(());
        }
        self.pass(names, |record, row| {
            let cells = record.iter().zip(scans.iter_mut()).zip(&before);
            for (column, ((cell, scan), before)) in cells.enumerate() {
                if row < *before && !self.is_missing(cell) {
                    scan.keep(row, utf8(record, column, cell)?);
                }
            }
            Ok(row + 1 < last)
        })
    }

    fn is_missing(&self, cell: &[u8]) -> bool {
        is_missing(cell) || is_one_of(cell, &self.dialect.na_values)
    }

    fn class(&self, cell: &[u8]) -> Class {
        if is_one_of(cell, &self.dialect.na_values) {
            return Class::Missing;
        }
        classify(cell)
    }
}

fn utf8<'a>(record: &ByteRecord, column: usize, cell: &'a [u8]) -> Result<&'a str, ReadError> {
    std::str::from_utf8(cell).map_err(|_| ReadError::NotText {
        line: record.position().map_or(0, csv::Position::line),
        column: column + 1,
    })
}

/// Now and then says how far a pass is.
fn tell(record: &ByteRecord, row: u64, progress: impl Fn(u64)) {
    if row.is_multiple_of(4096) {
        progress(record.position().map_or(0, csv::Position::byte));
    }
}

fn read_error(error: csv::Error, names: &[String]) -> ReadError {
    match error.into_kind() {
        csv::ErrorKind::UnequalLengths {
            pos,
            expected_len,
            len,
        } => ReadError::Ragged {
            line: pos.as_ref().map_or(0, csv::Position::line),
            found: len,
            expected: expected_len,
            missing: usize::try_from(len)
                .ok()
                .and_then(|n| names.get(n))
                .cloned(),
        },
        csv::ErrorKind::Io(e) => ReadError::Io(e),
        other => ReadError::Format(format!("{other:?}")),
    }
}
