//! Arrays of numpy: one of two dimensions, or `X` and `y`. Their columns have
//! no names and are called `x0`, `x1`, ... and `y`.

use std::sync::Arc;

use arrow_array::{
    ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray, UInt64Array,
};
use arrow_schema::{DataType, Field, Schema};
use bytes::Bytes;

use super::error::ReadError;
use super::typed::Batches;
use super::{Limit, zip};

fn damaged(message: impl Into<String>) -> ReadError {
    ReadError::Damaged {
        format: "npy",
        message: message.into(),
    }
}

/// What an element is.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Bool,
    Int,
    Uint,
    Float,
    /// UTF-32, filled up with zeros.
    Text,
}

/// An array of one or two dimensions.
struct NpyArray {
    kind: Kind,
    /// Bytes of an element.
    size: usize,
    big_endian: bool,
    rows: usize,
    columns: usize,
    /// Bytes from one row to the next, and from one column to the next.
    strides: [usize; 2],
    data: Bytes,
}

impl NpyArray {
    fn read(bytes: &Bytes) -> Result<Self, ReadError> {
        let short = || damaged("its header is cut short");
        let major = *bytes.get(6).ok_or_else(short)?;
        let (at, length) = match major {
            1 => {
                let length = bytes.get(8..10).and_then(|b| b.first_chunk());
                (10, length.map(|b| u32::from(u16::from_le_bytes(*b))))
            }
            2 | 3 => {
                let length = bytes.get(8..12).and_then(|b| b.first_chunk());
                (12, length.map(|b| u32::from_le_bytes(*b)))
            }
            other => {
                return Err(damaged(format!(
                    "it is of version {other}: allowed are 1, 2 and 3"
                )));
            }
        };
        let end = at + length.ok_or_else(short)? as usize;
        let header = bytes.get(at..end).ok_or_else(short)?;
        let header = std::str::from_utf8(header).map_err(|_| damaged("its header is not text"))?;
        let unreadable = || damaged(format!("its header cannot be read: {}", header.trim()));
        let descr = quoted(entry(header, "descr").ok_or_else(unreadable)?).ok_or_else(|| {
            damaged("its elements are records: allowed are plain numbers, booleans and text")
        })?;
        let fortran = entry(header, "fortran_order")
            .ok_or_else(unreadable)?
            .starts_with("True");
        let shape = shape(entry(header, "shape").ok_or_else(unreadable)?).ok_or_else(unreadable)?;
        let (rows, columns) = match shape[..] {
            [rows] => (rows, 1),
            [rows, columns] => (rows, columns),
            _ => {
                return Err(damaged(format!(
                    "its array has {} dimensions: allowed are 2",
                    shape.len()
                )));
            }
        };
        let (kind, size, big_endian) = element(descr)?;
        let data = bytes.slice(end..);
        let needed = rows.checked_mul(columns).and_then(|n| n.checked_mul(size));
        if needed != Some(data.len()) {
            return Err(damaged(format!(
                "its array of {rows} by {columns} elements of {size} bytes is {} bytes long",
                data.len()
            )));
        }
        // Checked: the product with the other dimension fits.
        let strides = match fortran {
            true => [size, size * rows],
            false => [size * columns, size],
        };
        Ok(Self {
            kind,
            size,
            big_endian,
            rows,
            columns,
            strides,
            data,
        })
    }

    fn data_type(&self) -> DataType {
        match self.kind {
            Kind::Bool => DataType::Boolean,
            Kind::Int => DataType::Int64,
            Kind::Uint => DataType::UInt64,
            Kind::Float => DataType::Float64,
            Kind::Text => DataType::Utf8,
        }
    }

    /// An element's bytes, little end first.
    fn element(&self, row: usize, column: usize) -> Element<'_> {
        let at = row * self.strides[0] + column * self.strides[1];
        Element {
            bytes: &self.data[at..at + self.size],
            big_endian: self.big_endian,
        }
    }

    fn column(&self, column: usize, rows: std::ops::Range<usize>) -> ArrayRef {
        let elements = rows.map(|row| self.element(row, column));
        match self.kind {
            Kind::Bool => Arc::new(BooleanArray::from(
                elements.map(|e| e.bytes != [0]).collect::<Vec<_>>(),
            )),
            Kind::Int => Arc::new(elements.map(|e| e.int()).collect::<Int64Array>()),
            Kind::Uint => Arc::new(elements.map(|e| e.uint()).collect::<UInt64Array>()),
            Kind::Float => Arc::new(elements.map(|e| e.float()).collect::<Float64Array>()),
            Kind::Text => Arc::new(elements.map(|e| e.text()).collect::<StringArray>()),
        }
    }
}

struct Element<'a> {
    bytes: &'a [u8],
    big_endian: bool,
}

impl Element<'_> {
    fn bits(&self, bytes: &[u8]) -> u64 {
        let shift = |sum: u64, byte: &u8| sum << 8 | u64::from(*byte);
        match self.big_endian {
            true => bytes.iter().fold(0, shift),
            false => bytes.iter().rev().fold(0, shift),
        }
    }

    fn uint(&self) -> Option<u64> {
        Some(self.bits(self.bytes))
    }

    #[allow(clippy::cast_possible_wrap)]
    fn int(&self) -> Option<i64> {
        // The sign is the highest bit there is.
        let unused = 64 - 8 * self.bytes.len().min(8) as u32;
        Some((self.bits(self.bytes) << unused) as i64 >> unused)
    }

    #[allow(clippy::cast_possible_truncation)]
    fn float(&self) -> Option<f64> {
        let bits = self.bits(self.bytes);
        Some(match self.bytes.len() {
            2 => half(bits as u16),
            4 => f32::from_bits(bits as u32).into(),
            _ => f64::from_bits(bits),
        })
    }

    fn text(&self) -> Option<String> {
        let points = self.bytes.chunks_exact(4).map(|four| self.bits(four));
        let letters: Vec<u64> = points.collect();
        let end = letters.iter().rposition(|p| *p != 0).map_or(0, |at| at + 1);
        let letter = |p: &u64| {
            let letter = u32::try_from(*p).ok().and_then(char::from_u32);
            letter.unwrap_or(char::REPLACEMENT_CHARACTER)
        };
        Some(letters[..end].iter().map(letter).collect())
    }
}

/// A float of 16 bits: its sign, 5 bits of exponent, 10 of fraction.
fn half(bits: u16) -> f64 {
    let sign = if bits >> 15 == 1 { -1.0 } else { 1.0 };
    let (exponent, fraction) = (bits >> 10 & 31, f64::from(bits & 1023));
    let two_to = |n: i32| f64::from_bits(((1023 + i64::from(n)) as u64) << 52);
    sign * match exponent {
        0 => fraction * two_to(-24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        e => (1024.0 + fraction) * two_to(i32::from(e) - 25),
    }
}

/// What follows a key of the header, which is a Python dictionary.
fn entry<'a>(header: &'a str, key: &str) -> Option<&'a str> {
    let after = header
        .split_once(&format!("'{key}'"))
        .or_else(|| header.split_once(&format!("\"{key}\"")))?
        .1;
    Some(after.trim_start().strip_prefix(':')?.trim_start())
}

fn quoted(text: &str) -> Option<&str> {
    let quote = text.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
    text[1..].split_once(quote).map(|(inside, _)| inside)
}

fn shape(text: &str) -> Option<Vec<usize>> {
    let inside = text.strip_prefix('(')?.split_once(')')?.0;
    let numbers = inside.split(',').map(str::trim).filter(|n| !n.is_empty());
    numbers.map(|n| n.parse().ok()).collect()
}

fn element(descr: &str) -> Result<(Kind, usize, bool), ReadError> {
    let other = || {
        damaged(format!(
            "its elements are \"{descr}\": allowed are numbers of up to 8 bytes, booleans and text"
        ))
    };
    let mut letters = descr.chars();
    let (Some(order), Some(kind)) = (letters.next(), letters.next()) else {
        return Err(other());
    };
    let count: usize = letters.as_str().parse().map_err(|_| other())?;
    let (kind, size) = match (kind, count) {
        ('b', 1) => (Kind::Bool, 1),
        ('i', 1 | 2 | 4 | 8) => (Kind::Int, count),
        ('u', 1 | 2 | 4 | 8) => (Kind::Uint, count),
        ('f', 2 | 4 | 8) => (Kind::Float, count),
        ('U', 1..=1_000_000) => (Kind::Text, 4 * count),
        _ => return Err(other()),
    };
    match order {
        '<' | '|' | '=' => Ok((kind, size, false)),
        '>' => Ok((kind, size, true)),
        _ => Err(other()),
    }
}

/// Arrays side by side.
pub(super) struct Numpy {
    format: &'static str,
    arrays: Vec<NpyArray>,
    schema: Schema,
}

impl Numpy {
    /// A file of one array.
    pub(super) fn npy(bytes: &Bytes) -> Result<Self, ReadError> {
        let array = NpyArray::read(bytes)?;
        Self::new("npy", vec![("x", array)])
    }

    /// An archive of arrays.
    pub(super) fn npz(bytes: &Bytes, limit: Limit) -> Result<Self, ReadError> {
        let members = zip::members(bytes)?;
        let stem = |m: &zip::Member| m.name.trim_end_matches(".npy").to_owned();
        let names: Vec<String> = members.iter().map(stem).collect();
        let find = |name: &str| names.iter().position(|n| n == name);
        let wanted = match (find("X"), find("y"), members.len()) {
            (Some(x), Some(y), 2) => vec![("x", x), ("y", y)],
            (_, _, 1) => vec![("x", 0)],
            _ => {
                return Err(ReadError::Format(format!(
                    "the npz has the arrays {}: allowed are one of two dimensions, or X and y",
                    names.join(", ")
                )));
            }
        };
        let mut arrays = Vec::new();
        for (name, at) in wanted {
            let bytes = members[at].unpack(limit)?;
            if !bytes.starts_with(b"\x93NUMPY") {
                return Err(damaged(format!("{} is no array", members[at].name)));
            }
            arrays.push((name, NpyArray::read(&bytes)?));
        }
        Self::new("npz", arrays)
    }

    fn new(format: &'static str, arrays: Vec<(&str, NpyArray)>) -> Result<Self, ReadError> {
        let rows = arrays.first().map_or(0, |(_, a)| a.rows);
        let mut fields = Vec::new();
        for (name, array) in &arrays {
            if array.rows != rows {
                return Err(ReadError::Format(format!(
                    "X has {rows} rows and y has {}: both must have as many",
                    array.rows
                )));
            }
            let field = |name: String| Field::new(name, array.data_type(), true);
            if *name == "y" {
                if array.columns != 1 {
                    return Err(ReadError::Format(format!(
                        "y has {} columns: allowed is 1",
                        array.columns
                    )));
                }
                fields.push(field("y".to_owned()));
                continue;
            }
            // A header of a few bytes can promise no end of empty columns.
            if rows == 0 || array.columns == 0 {
                return Err(ReadError::Format("the array is empty".to_owned()));
            }
            fields.extend((0..array.columns).map(|i| field(format!("{name}{i}"))));
        }
        Ok(Self {
            format,
            arrays: arrays.into_iter().map(|(_, array)| array).collect(),
            schema: Schema::new(fields),
        })
    }
}

impl Batches for Numpy {
    fn format(&self) -> &'static str {
        self.format
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn each(
        &self,
        batch: &mut dyn FnMut(&RecordBatch) -> Result<(), ReadError>,
    ) -> Result<(), ReadError> {
        const CELLS: usize = 1 << 18;
        let schema = Arc::new(self.schema.clone());
        let step = (CELLS / schema.fields().len().max(1)).max(1);
        let rows = self.arrays.first().map_or(0, |a| a.rows);
        for from in (0..rows).step_by(step) {
            let range = from..rows.min(from + step);
            let columns = self
                .arrays
                .iter()
                .flat_map(|a| (0..a.columns).map(|c| a.column(c, range.clone())));
            let made = RecordBatch::try_new(Arc::clone(&schema), columns.collect());
            batch(&made.map_err(|e| damaged(e.to_string()))?)?;
        }
        Ok(())
    }
}
