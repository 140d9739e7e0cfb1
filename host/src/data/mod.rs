//! Readers: files people have, as the typed table the rest works on. One
//! format a file; what a cell means is the same in all of them.
//!
//! A reader goes over its file twice and writes the table's encoding as it
//! goes, so that neither the file nor the table is in memory as a whole. The
//! same content gives the same table, and so the same digest, whatever format
//! it came in.

mod apart;
mod cells;
mod columnar;
mod csv;
mod error;
mod lines;
mod numpy;
mod output;
mod scan;
mod source;
#[cfg(test)]
mod tests;
mod time;
mod typed;
mod zip;

use std::path::Path;

use bytes::Bytes;
use pleat_core::data::{Dialect, Table};

pub use apart::{read_apart, serve};
pub use error::ReadError;
pub use output::{Encoded, map};
pub use source::Source;

/// Told how much of the work is done, and how much there is.
pub type Progress<'a> = &'a dyn Fn(u64, u64);

/// How large a table, or what is unpacked on the way to it, may become.
#[derive(Debug, Clone, Copy)]
pub struct Limit(Option<u64>);

impl Limit {
    /// None: the file is the user's own.
    pub const NONE: Self = Self(None);

    /// For bytes a stranger sent: a few of them may not fill a disk.
    #[must_use]
    pub fn of_blob(length: u64) -> Self {
        const AT_LEAST: u64 = 256 << 20;
        const TIMES: u64 = 64;
        Self(Some(length.saturating_mul(TIMES).max(AT_LEAST)))
    }

    fn check(self, length: u64) -> Result<(), ReadError> {
        match self.0 {
            Some(most) if length > most => Err(ReadError::TooLarge(most >> 20)),
            _ => Ok(()),
        }
    }
}

enum Format {
    /// A table Pleat has stored.
    Table,
    Csv,
    Tsv,
    Parquet,
    Arrow,
    Npy,
    Npz,
}

impl Format {
    /// By how the bytes begin, which cannot be mistaken; else text, separated
    /// as the file's name says.
    fn of(head: &[u8], extension: &str) -> Result<Self, ReadError> {
        let refuse = |message: &str| Err(ReadError::Format(message.to_owned()));
        Ok(match head {
            [b'p', b'l', b'e', b'a', b't', b'a', b'b', ..] => Self::Table,
            [b'P', b'A', b'R', b'1', ..] => Self::Parquet,
            [b'A', b'R', b'R', b'O', b'W', b'1', ..] | [0xff, 0xff, 0xff, 0xff, ..] => Self::Arrow,
            [0x93, b'N', b'U', b'M', b'P', b'Y', ..] => Self::Npy,
            [b'P', b'K', 3, 4, ..] => Self::Npz,
            [b'F', b'E', b'A', b'1', ..] => {
                return refuse("this is Feather version 1: write it as version 2");
            }
            [0x1f, 0x8b, ..] | [0x28, 0xb5, 0x2f, 0xfd, ..] => {
                return refuse("the file is compressed as a whole: unpack it first");
            }
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => {
                return refuse("this is UTF-16 text: save it as UTF-8");
            }
            _ => match extension {
                "parquet" | "pq" | "arrow" | "arrows" | "feather" | "ipc" | "npy" | "npz" => {
                    return refuse(&format!(
                        "the file is called .{extension} and does not begin as such a file does"
                    ));
                }
                "tsv" | "tab" => Self::Tsv,
                _ => Self::Csv,
            },
        })
    }
}

/// Reads a file or a blob of any format into a table in a file of its own,
/// in the folder `dir`.
///
/// # Errors
/// What is wrong with it, and where.
pub fn read(
    source: &Source,
    dialect: &Dialect,
    dir: &Path,
    limit: Limit,
    progress: Progress<'_>,
) -> Result<Encoded, ReadError> {
    let mut head = Vec::new();
    std::io::Read::read_to_end(&mut std::io::Read::take(source.open_at(0)?, 8), &mut head)?;
    let text = |usual: u8| {
        let delimiter = delimiter(dialect)?.unwrap_or(usual);
        csv::read(source, delimiter, dialect, dir, limit, progress)
    };
    let typed = |batches: &dyn typed::Batches| typed::read(batches, dialect, dir, limit, progress);
    let format = match source {
        Source::Text(_) => Format::Csv,
        source => Format::of(&head, source.extension())?,
    };
    match format {
        Format::Csv => text(b','),
        Format::Tsv => text(b'\t'),
        Format::Parquet => reliably("Parquet", || {
            typed(&columnar::Parquet::open(source.bytes()?, limit)?)
        }),
        Format::Arrow => reliably("Arrow", || typed(&columnar::Arrow::open(source.bytes()?)?)),
        Format::Npy => typed(&numpy::Numpy::npy(&source.bytes()?)?),
        Format::Npz => typed(&numpy::Numpy::npz(&source.bytes()?, limit)?),
        Format::Table => stored(source.bytes()?, dialect),
    }
}

/// The libraries for these formats panic where a damaged file misleads them.
fn reliably(
    format: &'static str,
    read: impl FnOnce() -> Result<Encoded, ReadError>,
) -> Result<Encoded, ReadError> {
    // What is half done is dropped with the closure.
    let read = std::panic::AssertUnwindSafe(read);
    std::panic::catch_unwind(read).unwrap_or_else(|_| {
        Err(ReadError::Damaged {
            format,
            message: "its reader gave up".to_owned(),
        })
    })
}

/// A table is stored as it was read: there is nothing left to say about it.
fn stored(bytes: Bytes, dialect: &Dialect) -> Result<Encoded, ReadError> {
    let said = [
        ("delimiter", dialect.delimiter.is_some()),
        ("na_values", !dialect.na_values.is_empty()),
        ("types", !dialect.types.is_empty()),
    ];
    match said.iter().find(|(_, said)| *said) {
        Some((option, _)) => Err(ReadError::Format(format!(
            "{option} means nothing for a table that is stored already"
        ))),
        None => Encoded::of(bytes),
    }
}

fn delimiter(dialect: &Dialect) -> Result<Option<u8>, ReadError> {
    let Some(delimiter) = dialect.delimiter else {
        return Ok(None);
    };
    match u8::try_from(delimiter) {
        Ok(byte) if byte.is_ascii() && !matches!(byte, b'"' | b'\r' | b'\n' | 0) => Ok(Some(byte)),
        _ => Err(ReadError::Delimiter(delimiter.to_string())),
    }
}

/// Reads CSV from memory into memory.
///
/// # Errors
/// What is wrong with it, and where.
pub fn read_csv(text: &[u8]) -> Result<Table, ReadError> {
    let source = Source::Text(Bytes::copy_from_slice(text));
    let scratch = std::env::temp_dir();
    Ok(read(
        &source,
        &Dialect::default(),
        &scratch,
        Limit::NONE,
        &|_, _| {},
    )?
    .table)
}
