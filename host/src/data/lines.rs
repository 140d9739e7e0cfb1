//! Rows of a text file, one after the other. Plain ones, which most files are
//! made of, are cut by `pleat-core` where they lie; from the first row that is
//! not plain on, the crate `csv` reads.

use std::io::{ErrorKind, Read};

use csv::{ByteRecord, Position};
use pleat_core::data::{PlainCell, PlainRow, plain_row};

use super::error::ReadError;
use super::source::Source;

/// How much of a file is looked at together, unless a row is longer.
const PIECE: usize = 1 << 18;

/// A row and where it stands.
pub(super) struct Row<'a> {
    /// What the cells are cut out of.
    pub(super) text: &'a [u8],
    /// As many as there are columns.
    pub(super) cells: &'a [PlainCell],
    /// Counted from 0.
    pub(super) number: u64,
    /// The line it begins in, counted from 1.
    pub(super) line: u64,
    /// The byte it begins at.
    pub(super) at: u64,
}

/// The rows below a header.
pub(super) struct Lines<'a> {
    source: &'a Source,
    delimiter: u8,
    names: &'a [String],
    /// The byte and the line the first of them begins at.
    begin: (u64, u64),
}

/// Whether to go on after a row.
type Visit<'a> = &'a mut dyn FnMut(&Row<'_>) -> Result<bool, ReadError>;

impl<'a> Lines<'a> {
    /// What follows a header that is so many bytes long.
    pub(super) fn after(
        source: &'a Source,
        delimiter: u8,
        names: &'a [String],
        header: u64,
    ) -> Result<Self, ReadError> {
        let mut lines = 1;
        let mut head = source.open_at(0)?.take(header);
        let mut piece = [0; 4096];
        while let n @ 1.. = head.read(&mut piece)? {
            lines += piece[..n].iter().filter(|b| **b == b'\n').count() as u64;
        }
        // Of the two bytes that may end a line, the header's reader takes one.
        let mut next = [0];
        let rest = source.open_at(header)?.read(&mut next)? == 1 && next == *b"\n";
        Ok(Self {
            source,
            delimiter,
            names,
            begin: (header + u64::from(rest), lines + u64::from(rest)),
        })
    }

    /// Hands over row after row, as long as it is wanted.
    pub(super) fn each(&self, visit: Visit<'_>) -> Result<(), ReadError> {
        let (mut at, mut line) = self.begin;
        let mut number = 0;
        // What numbers are made of separates no plain numbers.
        if matches!(self.delimiter, b'0'..=b'9' | b'.' | b'+' | b'-') {
            return self.rest(at, line, number, visit);
        }
        let mut from = self.source.open_at(at)?;
        let mut cells = Vec::new();
        let mut piece = vec![0; PIECE];
        let (mut begin, mut end) = (0, 0);
        let mut ended = false;
        loop {
            match plain_row(&piece[begin..end], self.delimiter, &mut cells) {
                PlainRow::Whole(length) if cells.len() == self.names.len() => {
                    let row = Row {
                        text: &piece[begin..begin + length],
                        cells: &cells,
                        number,
                        line,
                        at,
                    };
                    if !visit(&row)? {
                        return Ok(());
                    }
                    begin += length;
                    at += length as u64;
                    line += 1;
                    number += 1;
                }
                PlainRow::Cut if ended => return Ok(()),
                PlainRow::Cut => {
                    piece.copy_within(begin..end, 0);
                    (begin, end) = (0, end - begin);
                    if end + 1 >= piece.len() {
                        piece.resize(2 * piece.len(), 0);
                    }
                    // One byte is left for a line end that the file lacks.
                    let room = piece.len() - 1;
                    let read = match from.read(&mut piece[end..room]) {
                        Err(e) if e.kind() == ErrorKind::Interrupted => continue,
                        read => read?,
                    };
                    end += read;
                    ended = read == 0;
                    if ended && end > 0 && piece[end - 1] != b'\n' {
                        piece[end] = b'\n';
                        end += 1;
                    }
                }
                PlainRow::Whole(_) | PlainRow::NotPlain => {
                    return self.rest(at, line, number, visit);
                }
            }
        }
    }

    /// The rows from this byte on, with all that CSV knows.
    fn rest(&self, at: u64, line: u64, mut number: u64, visit: Visit<'_>) -> Result<(), ReadError> {
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(self.delimiter)
            .has_headers(false)
            .flexible(true)
            .buffer_capacity(1 << 16)
            .from_reader(self.source.open_at(at)?);
        let mut record = ByteRecord::new();
        let mut cells = Vec::new();
        while reader.read_byte_record(&mut record).map_err(read_error)? {
            let position = record.position();
            let line = line + position.map_or(1, Position::line).saturating_sub(1);
            let found = record.len();
            if found != self.names.len() {
                return Err(ReadError::Ragged {
                    line,
                    found: found as u64,
                    expected: self.names.len() as u64,
                    missing: self.names.get(found).cloned(),
                });
            }
            let text = record.as_slice();
            let ranges = (0..found).filter_map(|i| record.range(i));
            cells.clear();
            cells.extend(ranges.map(|r| PlainCell::of(text, r.start, r.end)));
            let row = Row {
                text,
                cells: &cells,
                number,
                line,
                at: at + position.map_or(0, Position::byte),
            };
            if !visit(&row)? {
                break;
            }
            number += 1;
        }
        Ok(())
    }
}

impl Row<'_> {
    /// A cell as text.
    pub(super) fn utf8(&self, column: usize) -> Result<&str, ReadError> {
        std::str::from_utf8(self.cells[column].bytes(self.text)).map_err(|_| ReadError::NotText {
            line: self.line,
            column: column + 1,
        })
    }
}

/// What kept the crate `csv` from reading a record.
pub(super) fn read_error(error: csv::Error) -> ReadError {
    match error.into_kind() {
        csv::ErrorKind::Io(e) => ReadError::Io(e),
        other => ReadError::Format(format!("{other:?}")),
    }
}
