//! Readers: files people have, as the typed table the rest works on. One
//! format a file.

mod csv;

pub use csv::{CsvError, read_csv};
