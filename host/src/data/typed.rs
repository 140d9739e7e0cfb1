//! Files whose columns have types, as record batches: read twice like text,
//! first to learn what words there are, then to write.

use std::borrow::Cow;
use std::path::Path;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, Date32Type, Date64Type, Decimal32Type, Decimal64Type, Decimal128Type,
    Decimal256Type, DecimalType, Float16Type, Float32Type, Float64Type, Int8Type, Int16Type,
    Int32Type, Int64Type, Time32MillisecondType, Time32SecondType, Time64MicrosecondType,
    Time64NanosecondType, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, RecordBatch};
use arrow_schema::{DataType, Schema, TimeUnit};
use pleat_core::data::{Dialect, Layout, MISSING, NaValue, TableError};

use super::cells::{self, Class};
use super::error::ReadError;
use super::output::{Chunk, Encoded, Writer};
use super::scan::{Plan, Scan, check_names, scans};
use super::time::{self, Style};
use super::{Limit, Progress};

/// A file that can be read batch by batch, as often as need be.
pub(super) trait Batches {
    /// What the format is called.
    fn format(&self) -> &'static str;
    /// The columns.
    fn schema(&self) -> &Schema;
    /// Hands over batch after batch.
    fn each(
        &self,
        batch: &mut dyn FnMut(&RecordBatch) -> Result<(), ReadError>,
    ) -> Result<(), ReadError>;
}

/// Makes a table of batches.
pub(super) fn read(
    batches: &dyn Batches,
    dialect: &Dialect,
    dir: &Path,
    limit: Limit,
    progress: Progress<'_>,
) -> Result<Encoded, ReadError> {
    if dialect.delimiter.is_some() {
        return Err(ReadError::Option {
            option: "delimiter",
            format: batches.format(),
        });
    }
    let fields = batches.schema().fields();
    for field in fields {
        if !is_read(field.data_type()) {
            return Err(ReadError::Kind {
                column: field.name().clone(),
                kind: field.data_type().to_string(),
            });
        }
    }
    let names: Vec<String> = fields.iter().map(|f| f.name().clone()).collect();
    check_names(&names)?;
    let file = File {
        batches,
        styles: styles(batches)?,
        dialect,
    };
    let mut scans = scans(&names, &dialect.types)?;
    // How many rows there are is not known before they were all seen once.
    let rows = file.pass(limit, &mut |row, column, cell| {
        let class = cell.class();
        let scan = &mut scans[column];
        if scan.see(row, class) {
            scan.keep(row, &cell.text());
        }
        Ok(())
    })?;
    if rows == 0 {
        return Err(TableError::NoRows.into());
    }
    let before: Vec<u64> = scans.iter().map(Scan::unkept_before).collect();
    if before.iter().any(|b| *b > 0) {
        file.pass(limit, &mut |row, column, cell| {
            if row < before[column] && !matches!(cell, Cell::Missing) {
                scans[column].keep(row, &cell.text());
            }
            Ok(())
        })?;
    }
    let count = u32::try_from(rows)
        .ok()
        .filter(|r| *r != MISSING)
        .ok_or(TableError::TooManyRows(rows as usize))?;
    let plans = names
        .iter()
        .zip(scans)
        .map(|(name, scan)| scan.finish(name));
    let plans: Vec<Plan> = plans.collect::<Result<_, _>>()?;
    let heads = names.iter().zip(&plans).map(|(name, plan)| match plan {
        Plan::Numeric => (name.as_str(), None),
        Plan::Text { categories, .. } => (name.as_str(), Some(categories.as_slice())),
    });
    let layout = Layout::new(count, heads);
    limit.check(layout.length())?;
    let writer = Writer::new(layout, dir)?;
    let mut chunk = Chunk::new(plans.iter().map(|p| matches!(p, Plan::Numeric)));
    let last = plans.len() - 1;
    let written = file.pass(limit, &mut |row, column, cell| {
        if row >= rows {
            return Err(ReadError::Changed);
        }
        match &plans[column] {
            Plan::Numeric => chunk.number(column, cell.number().ok_or(ReadError::Changed)?),
            Plan::Text { .. } if matches!(cell, Cell::Missing) => chunk.code(column, MISSING),
            Plan::Text { words, .. } => {
                chunk.code(column, words.code(&cell.text()).ok_or(ReadError::Changed)?);
            }
        }
        if column == last {
            if row.is_multiple_of(4096) {
                progress(row, rows);
            }
            chunk.end_row(&writer)?;
        }
        Ok(())
    })?;
    if written != rows {
        return Err(ReadError::Changed);
    }
    chunk.flush(&writer)?;
    progress(rows, rows);
    writer.finish()
}

struct File<'a> {
    batches: &'a dyn Batches,
    styles: Vec<Style>,
    dialect: &'a Dialect,
}

impl File<'_> {
    /// Hands over every cell with its row and column; says how many rows
    /// there were.
    fn pass(
        &self,
        limit: Limit,
        visit: &mut dyn FnMut(u64, usize, Cell<'_>) -> Result<(), ReadError>,
    ) -> Result<u64, ReadError> {
        let mut before = 0;
        self.batches.each(&mut |batch| {
            let columns = batch.columns();
            // Text takes four bytes a cell, numbers eight.
            let rows = before + batch.num_rows() as u64;
            limit.check(rows.saturating_mul(4 * columns.len() as u64))?;
            for row in 0..batch.num_rows() {
                for (index, (array, style)) in columns.iter().zip(&self.styles).enumerate() {
                    let cell = match cell(array, row, *style) {
                        found if self.dialect.na_values.is_empty() => found,
                        found if found.is_one_of(&self.dialect.na_values) => Cell::Missing,
                        found => found,
                    };
                    visit(before + row as u64, index, cell)?;
                }
            }
            before = rows;
            Ok(())
        })?;
        Ok(before)
    }
}

/// What stands in one place.
#[derive(Debug, Clone, PartialEq)]
enum Cell<'a> {
    Missing,
    Bool(bool),
    Int(i128),
    Float(f64),
    /// A number as its digits.
    Digits(String),
    Text(Cow<'a, str>),
}

impl Cell<'_> {
    fn class(&self) -> Class {
        match self {
            Self::Missing => Class::Missing,
            Self::Bool(_) => Class::Bool,
            Self::Int(whole) if cells::exact(*whole) => Class::Int,
            Self::Int(_) => Class::Inexact,
            Self::Float(_) => Class::Float,
            Self::Digits(digits) => cells::classify(digits.as_bytes()),
            Self::Text(_) => Class::Text,
        }
    }

    /// As a CSV would hold it.
    fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Missing => "".into(),
            Self::Bool(true) => "True".into(),
            Self::Bool(false) => "False".into(),
            Self::Int(whole) => whole.to_string().into(),
            Self::Float(x) => format!("{x:?}").into(),
            Self::Digits(digits) => digits.as_str().into(),
            Self::Text(text) => text.as_ref().into(),
        }
    }

    #[allow(clippy::cast_precision_loss)]
    fn number(&self) -> Option<f64> {
        match self {
            Self::Missing => Some(f64::NAN),
            Self::Bool(truth) => Some(f64::from(*truth)),
            Self::Int(whole) => Some(*whole as f64),
            Self::Float(x) => Some(*x),
            Self::Digits(digits) => cells::number(digits.as_bytes()),
            // Asked for by the job, and known to be numbers.
            Self::Text(text) => {
                let bytes = text.as_bytes();
                cells::number(bytes).or_else(|| cells::truth(bytes).map(f64::from))
            }
        }
    }

    fn is_one_of(&self, na_values: &[NaValue]) -> bool {
        match self {
            Self::Missing => true,
            cell => cells::is_one_of(cell.text().as_bytes(), na_values),
        }
    }
}

fn is_read(kind: &DataType) -> bool {
    match kind {
        DataType::Dictionary(_, value) => {
            is_read(value) && !matches!(**value, DataType::Dictionary(..))
        }
        DataType::Decimal32(_, scale)
        | DataType::Decimal64(_, scale)
        | DataType::Decimal128(_, scale)
        | DataType::Decimal256(_, scale) => (0..=76).contains(scale),
        kind => {
            kind.is_integer()
                || kind.is_floating()
                || matches!(
                    kind,
                    DataType::Null
                        | DataType::Boolean
                        | DataType::Utf8
                        | DataType::LargeUtf8
                        | DataType::Utf8View
                        | DataType::Date32
                        | DataType::Date64
                        | DataType::Time32(TimeUnit::Second | TimeUnit::Millisecond)
                        | DataType::Time64(TimeUnit::Microsecond | TimeUnit::Nanosecond)
                        | DataType::Timestamp(..)
                )
        }
    }
}

fn cell(array: &dyn Array, row: usize, style: Style) -> Cell<'_> {
    if array.is_null(row) {
        return Cell::Missing;
    }
    match array.data_type() {
        DataType::Boolean => Cell::Bool(array.as_boolean().value(row)),
        DataType::Int8 => Cell::Int(value::<Int8Type>(array, row).into()),
        DataType::Int16 => Cell::Int(value::<Int16Type>(array, row).into()),
        DataType::Int32 => Cell::Int(value::<Int32Type>(array, row).into()),
        DataType::Int64 => Cell::Int(value::<Int64Type>(array, row).into()),
        DataType::UInt8 => Cell::Int(value::<UInt8Type>(array, row).into()),
        DataType::UInt16 => Cell::Int(value::<UInt16Type>(array, row).into()),
        DataType::UInt32 => Cell::Int(value::<UInt32Type>(array, row).into()),
        DataType::UInt64 => Cell::Int(value::<UInt64Type>(array, row).into()),
        DataType::Float16 => float(value::<Float16Type>(array, row).to_f64()),
        DataType::Float32 => float(value::<Float32Type>(array, row).into()),
        DataType::Float64 => float(value::<Float64Type>(array, row)),
        DataType::Decimal32(_, scale) => decimal::<Decimal32Type>(array, row, *scale),
        DataType::Decimal64(_, scale) => decimal::<Decimal64Type>(array, row, *scale),
        DataType::Decimal128(_, scale) => decimal::<Decimal128Type>(array, row, *scale),
        DataType::Decimal256(_, scale) => decimal::<Decimal256Type>(array, row, *scale),
        DataType::Utf8 => Cell::Text(array.as_string::<i32>().value(row).into()),
        DataType::LargeUtf8 => Cell::Text(array.as_string::<i64>().value(row).into()),
        DataType::Utf8View => Cell::Text(array.as_string_view().value(row).into()),
        DataType::Date32 => Cell::Text(time::date(value::<Date32Type>(array, row).into()).into()),
        DataType::Time32(_) | DataType::Time64(_) => match ticks(array, row) {
            Some(nanoseconds) => Cell::Text(time::time(nanoseconds).into()),
            None => Cell::Missing,
        },
        DataType::Date64 | DataType::Timestamp(_, None) => match ticks(array, row) {
            Some(nanoseconds) => Cell::Text(time::local(nanoseconds, style).into()),
            None => Cell::Missing,
        },
        DataType::Timestamp(_, Some(_)) => match ticks(array, row) {
            Some(nanoseconds) => Cell::Text(time::zoned(nanoseconds, style).into()),
            None => Cell::Missing,
        },
        DataType::Dictionary(..) => {
            let dictionary = array.as_any_dictionary();
            match cell(dictionary.keys(), row, style) {
                Cell::Int(key) => match usize::try_from(key) {
                    Ok(key) if key < dictionary.values().len() => {
                        cell(dictionary.values(), key, style)
                    }
                    _ => Cell::Missing,
                },
                _ => Cell::Missing,
            }
        }
        // Null; all others were refused.
        _ => Cell::Missing,
    }
}

fn value<T: ArrowPrimitiveType>(array: &dyn Array, row: usize) -> T::Native {
    array.as_primitive::<T>().value(row)
}

/// A NaN is as good as nothing.
fn float<'a>(x: f64) -> Cell<'a> {
    if x.is_nan() {
        Cell::Missing
    } else {
        Cell::Float(x)
    }
}

/// With all digits of its scale, as Python writes it.
fn decimal<'a, T: DecimalType>(array: &dyn Array, row: usize, scale: i8) -> Cell<'a> {
    Cell::Digits(T::format_decimal(
        value::<T>(array, row),
        T::MAX_PRECISION,
        scale,
    ))
}

/// A point in time, or a time of day, in nanoseconds.
fn ticks(array: &dyn Array, row: usize) -> Option<i128> {
    let (ticks, nanoseconds) = match array.data_type() {
        DataType::Timestamp(TimeUnit::Second, _) => {
            (value::<TimestampSecondType>(array, row), 1_000_000_000)
        }
        DataType::Timestamp(TimeUnit::Millisecond, _) => {
            (value::<TimestampMillisecondType>(array, row), 1_000_000)
        }
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            (value::<TimestampMicrosecondType>(array, row), 1_000)
        }
        DataType::Timestamp(TimeUnit::Nanosecond, _) => {
            (value::<TimestampNanosecondType>(array, row), 1)
        }
        DataType::Date64 => (value::<Date64Type>(array, row), 1_000_000),
        DataType::Time32(TimeUnit::Second) => {
            (value::<Time32SecondType>(array, row).into(), 1_000_000_000)
        }
        DataType::Time32(_) => (value::<Time32MillisecondType>(array, row).into(), 1_000_000),
        DataType::Time64(TimeUnit::Microsecond) => {
            (value::<Time64MicrosecondType>(array, row), 1_000)
        }
        DataType::Time64(_) => (value::<Time64NanosecondType>(array, row), 1),
        _ => return None,
    };
    Some(i128::from(ticks) * nanoseconds)
}

/// How each column's points in time are written.
fn styles(batches: &dyn Batches) -> Result<Vec<Style>, ReadError> {
    let dated: Vec<bool> = batches
        .schema()
        .fields()
        .iter()
        .map(|f| matches!(f.data_type(), DataType::Timestamp(..) | DataType::Date64))
        .collect();
    let mut styles = vec![Style::default(); dated.len()];
    if dated.contains(&true) {
        batches.each(&mut |batch| {
            let columns = batch.columns().iter().zip(&dated).zip(&mut styles);
            for ((array, _), style) in columns.filter(|((_, dated), _)| **dated) {
                let there = (0..array.len()).filter(|row| !array.is_null(*row));
                there
                    .filter_map(|row| ticks(array, row))
                    .for_each(|t| style.widen(t));
            }
            Ok(())
        })?;
    }
    Ok(styles)
}
