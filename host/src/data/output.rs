//! A table on its way to disk: written column by column, in pieces, where its
//! layout says, so that it is never in memory as a whole.

use std::fs::File;
use std::io;
use std::path::Path;

use bytes::Bytes;
use pleat_core::data::{Arranged, Layout, Table, Values};
use pleat_core::digest::Digest;
use tempfile::NamedTempFile;

use super::error::ReadError;

/// A table in a file of its own, and its name.
#[derive(Debug)]
pub struct Encoded {
    /// The table; its columns are views into `bytes`.
    pub table: Table,
    /// Its encoding, mapped from the file.
    pub bytes: Bytes,
    /// The digest of `bytes`.
    pub digest: Digest,
    /// The file; gone when this is dropped, unless somebody keeps it.
    pub file: Option<NamedTempFile>,
}

impl Encoded {
    /// A table that is encoded already.
    pub(super) fn of(bytes: Bytes) -> Result<Self, ReadError> {
        Ok(Self {
            table: Table::decode_shared(bytes.clone())?,
            digest: Digest::of(&bytes),
            bytes,
            file: None,
        })
    }

    /// Writes what a job makes of a table.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn arranged(arranged: &Arranged<'_>, dir: &Path) -> Result<Self, ReadError> {
        let writer = Writer::new(arranged.layout(), dir)?;
        for index in 0..arranged.columns() {
            match arranged.column(index).values {
                Values::Numeric(numbers) => writer.numbers(index, 0, &numbers)?,
                Values::Text { codes, .. } => writer.codes(index, 0, &codes)?,
            }
        }
        writer.finish()
    }
}

/// Maps a file nobody writes to any more.
///
/// # Errors
/// It cannot be mapped.
pub fn map(file: &File) -> io::Result<Bytes> {
    // An empty file cannot be mapped.
    if file.metadata()?.len() == 0 {
        return Ok(Bytes::new());
    }
    // SAFETY: our own files are written once and never changed in place; a
    // file of the user's that is cut short while it is read ends this process
    // and nothing else.
    #[allow(unsafe_code)]
    let map = unsafe { memmap2::Mmap::map(file) }?;
    Ok(Bytes::from_owner(map))
}

/// A file that becomes a table.
pub(super) struct Writer {
    file: NamedTempFile,
    layout: Layout,
}

impl Writer {
    pub(super) fn new(layout: Layout, dir: &Path) -> io::Result<Self> {
        let file = NamedTempFile::new_in(dir)?;
        // What nobody writes is zeros, as gaps between columns have to be.
        file.as_file().set_len(layout.length())?;
        let writer = Self { file, layout };
        writer.write_at(writer.layout.head(), 0)?;
        Ok(writer)
    }

    /// Writes rows of a numeric column, from `row` on.
    pub(super) fn numbers(&self, column: usize, row: u64, numbers: &[f64]) -> io::Result<()> {
        self.write_at(
            &Layout::numbers(numbers),
            self.layout.columns()[column] + row * 8,
        )
    }

    /// Writes rows of a text column, from `row` on.
    pub(super) fn codes(&self, column: usize, row: u64, codes: &[u32]) -> io::Result<()> {
        self.write_at(
            &Layout::codes(codes),
            self.layout.columns()[column] + row * 4,
        )
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        #[cfg(unix)]
        {
            use std::os::unix::fs::FileExt;
            self.file.as_file().write_all_at(bytes, offset)
        }
        #[cfg(not(unix))]
        {
            use std::io::{Seek, SeekFrom, Write};
            let mut file = self.file.as_file();
            file.seek(SeekFrom::Start(offset))?;
            file.write_all(bytes)
        }
    }

    pub(super) fn finish(self) -> Result<Encoded, ReadError> {
        let bytes = map(self.file.as_file())?;
        Ok(Encoded {
            file: Some(self.file),
            ..Encoded::of(bytes)?
        })
    }
}

/// Rows of all columns, until there are enough to be worth a write.
pub(super) struct Chunk {
    columns: Vec<Piece>,
    first_row: u64,
    rows: usize,
    full: usize,
}

enum Piece {
    Numbers(Vec<f64>),
    Codes(Vec<u32>),
}

impl Chunk {
    /// An empty chunk for columns of numbers (true) and of codes (false).
    pub(super) fn new(numeric: impl Iterator<Item = bool>) -> Self {
        const CELLS: usize = 1 << 19;
        let columns: Vec<_> = numeric
            .map(|numeric| match numeric {
                true => Piece::Numbers(Vec::new()),
                false => Piece::Codes(Vec::new()),
            })
            .collect();
        Self {
            full: (CELLS / columns.len().max(1)).clamp(16, 1 << 16),
            columns,
            first_row: 0,
            rows: 0,
        }
    }

    /// Appends a number to a column of numbers.
    pub(super) fn number(&mut self, column: usize, number: f64) {
        if let Piece::Numbers(numbers) = &mut self.columns[column] {
            numbers.push(number);
        }
    }

    /// Appends a code to a column of codes.
    pub(super) fn code(&mut self, column: usize, code: u32) {
        if let Piece::Codes(codes) = &mut self.columns[column] {
            codes.push(code);
        }
    }

    /// Says that every column has got its cell; writes them all if they are
    /// many.
    pub(super) fn end_row(&mut self, writer: &Writer) -> io::Result<()> {
        self.rows += 1;
        if self.rows < self.full {
            return Ok(());
        }
        self.flush(writer)
    }

    /// Writes what is there.
    pub(super) fn flush(&mut self, writer: &Writer) -> io::Result<()> {
        for (index, piece) in self.columns.iter_mut().enumerate() {
            match piece {
                Piece::Numbers(numbers) => {
                    writer.numbers(index, self.first_row, numbers)?;
                    numbers.clear();
                }
                Piece::Codes(codes) => {
                    writer.codes(index, self.first_row, codes)?;
                    codes.clear();
                }
            }
        }
        self.first_row += self.rows as u64;
        self.rows = 0;
        Ok(())
    }
}
