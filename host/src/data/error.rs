//! Why a file cannot be read, as sentences with the place.

use pleat_core::data::{ColumnType, DecodeError, TableError};

/// Why a file or a blob does not become a table.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// Nothing is there.
    #[error("the {0} is empty: a header line and at least one row are needed")]
    Empty(&'static str),
    /// A header and no rows.
    #[error("the {0} has a header and no rows: at least one row is needed")]
    NoRows(&'static str),
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
    /// Bytes that are not text.
    #[error("line {line}, column {column}: this is not UTF-8 text")]
    NotText {
        /// Where the row begins.
        line: u64,
        /// Counted from 1.
        column: usize,
    },
    /// Cells that are not what the job says.
    #[error(
        "column \"{column}\" is to be {}, and {count} of its cells are not: {}", wanted.as_str(), examples(.cells)
    )]
    NotOfType {
        /// The column.
        column: String,
        /// What it is to be.
        wanted: ColumnType,
        /// How many cells are not.
        count: u64,
        /// The first of them with their rows, counted from 1.
        cells: Vec<(u64, String)>,
    },
    /// A type for a column that is not there.
    #[error("types: {0}")]
    UnknownColumn(String),
    /// An option that means nothing here.
    #[error("{option} means nothing for {format}: it is for csv and tsv")]
    Option {
        /// The option.
        option: &'static str,
        /// The file's format.
        format: &'static str,
    },
    /// An option with a value that is not allowed.
    #[error(
        "delimiter \"{0}\" is not allowed: allowed is one ASCII character that is no quote and no line end"
    )]
    Delimiter(String),
    /// A format that is not read.
    #[error("{0}")]
    Format(String),
    /// A column of a kind no table holds.
    #[error(
        "column \"{column}\" is of type {kind}: allowed are numbers, booleans, text, dates and times (leave it out when writing the file)"
    )]
    Kind {
        /// The column.
        column: String,
        /// What it holds.
        kind: String,
    },
    /// The bytes are not what their format asks for.
    #[error("the {format} file is damaged: {message}")]
    Damaged {
        /// The format.
        format: &'static str,
        /// What its reader says.
        message: String,
    },
    /// Unpacked, it is far larger than it is.
    #[error("unpacked it is larger than {0} MiB: a blob of this size may not grow so much")]
    TooLarge(u64),
    /// It changed under our hands.
    #[error("the file changed while it was read")]
    Changed,
    /// The columns do not make a table.
    #[error(transparent)]
    Table(#[from] TableError),
    /// What claims to be a stored table is none.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// The file cannot be read, or the table not be written.
    #[error("{0}")]
    Io(#[from] std::io::Error),
}

fn ragged(missing: Option<&str>) -> String {
    match missing {
        Some(name) => format!(" (column \"{name}\" is the first without one)"),
        None => " (there are more fields than columns)".to_owned(),
    }
}

fn examples(cells: &[(u64, String)]) -> String {
    let shown: Vec<_> = cells
        .iter()
        .map(|(row, cell)| format!("\"{cell}\" in row {row}"))
        .collect();
    shown.join(", ")
}
