//! Parquet and Arrow, batch by batch.

use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_ipc::reader::StreamDecoder;
use arrow_schema::{ArrowError, Schema};
use bytes::Bytes;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
};

use super::Limit;
use super::error::ReadError;
use super::typed::Batches;

/// Rows in a batch of Parquet: whole row groups would be too many.
const ROWS: usize = 4096;

fn damaged(format: &'static str, error: &dyn std::fmt::Display) -> ReadError {
    ReadError::Damaged {
        format,
        message: error.to_string(),
    }
}

/// A Parquet file.
pub(super) struct Parquet {
    bytes: Bytes,
    metadata: ArrowReaderMetadata,
}

impl Parquet {
    pub(super) fn open(bytes: Bytes, limit: Limit) -> Result<Self, ReadError> {
        let metadata = ArrowReaderMetadata::load(&bytes, ArrowReaderOptions::new())
            .map_err(|e| damaged("Parquet", &e))?;
        let groups = metadata.metadata().row_groups();
        let unpacked = groups
            .iter()
            .map(|g| u64::try_from(g.total_byte_size()).unwrap_or(u64::MAX))
            .fold(0, u64::saturating_add);
        limit.check(unpacked)?;
        Ok(Self { bytes, metadata })
    }
}

impl Batches for Parquet {
    fn format(&self) -> &'static str {
        "Parquet"
    }

    fn schema(&self) -> &Schema {
        self.metadata.schema()
    }

    fn each(
        &self,
        batch: &mut dyn FnMut(&RecordBatch) -> Result<(), ReadError>,
    ) -> Result<(), ReadError> {
        let bytes = self.bytes.clone();
        let reader =
            ParquetRecordBatchReaderBuilder::new_with_metadata(bytes, self.metadata.clone())
                .with_batch_size(ROWS)
                .build()
                .map_err(|e| damaged("Parquet", &e))?;
        for next in reader {
            batch(&next.map_err(|e| damaged("Parquet", &e))?)?;
        }
        Ok(())
    }
}

/// An Arrow stream, or a file: that is a stream between two marks.
pub(super) struct Arrow {
    stream: Bytes,
    schema: Arc<Schema>,
}

const MARK: &[u8] = b"ARROW1";

impl Arrow {
    pub(super) fn open(bytes: Bytes) -> Result<Self, ReadError> {
        let mut stream = bytes.clone();
        if bytes.starts_with(MARK) {
            if bytes.len() < 2 * MARK.len() + 6 || !bytes.ends_with(MARK) {
                return Err(damaged("Arrow", &"it is cut short"));
            }
            // Before the second mark stands a table of contents, and its
            // length; after the first one two bytes of nothing.
            let end = bytes.len() - MARK.len() - 4;
            let length = bytes[end..].first_chunk().map(|b| u32::from_le_bytes(*b));
            let end = length
                .and_then(|n| end.checked_sub(n as usize))
                .filter(|end| *end >= MARK.len() + 2)
                .ok_or_else(|| damaged("Arrow", &"its footer is not there"))?;
            stream = bytes.slice(MARK.len() + 2..end);
        }
        let mut decoder = StreamDecoder::new();
        // Goes on as far as the first batch, which comes after the schema.
        decoder
            .decode(&mut stream.clone().into())
            .map_err(|e| damaged("Arrow", &e))?;
        let schema = decoder
            .schema()
            .ok_or_else(|| damaged("Arrow", &"it has no schema"))?;
        Ok(Self { stream, schema })
    }
}

impl Batches for Arrow {
    fn format(&self) -> &'static str {
        "Arrow"
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn each(
        &self,
        batch: &mut dyn FnMut(&RecordBatch) -> Result<(), ReadError>,
    ) -> Result<(), ReadError> {
        let failed = |e: ArrowError| damaged("Arrow", &e);
        let mut decoder = StreamDecoder::new();
        let mut rest = self.stream.clone().into();
        while let Some(next) = decoder.decode(&mut rest).map_err(failed)? {
            if next.num_columns() != self.schema.fields().len() {
                return Err(damaged("Arrow", &"its batches differ in their columns"));
            }
            batch(&next)?;
        }
        decoder.finish().map_err(failed)
    }
}
