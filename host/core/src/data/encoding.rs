//! The bytes of a table: how it is stored, sent and named.
//!
//! ```text
//! 0   "pleatab" and a version byte
//! 8   length of the header, u64
//! 16  the header, JSON: rows, and of each column name, kind, categories
//!     zeros up to a multiple of 8
//!     column after column: f64 values, or u32 codes and zeros up to a multiple of 8
//! ```
//!
//! All numbers are little endian. One table has exactly one encoding, and
//! `decode` takes no other, so a digest of the bytes names the data. Bytes
//! come from anywhere: nothing here trusts a length before it is compared
//! with what is there.

use std::ops::Range;

use bytes::Bytes;
use pleat_num::math;
use serde::{Deserialize, Serialize};

use super::buffer::Buffer;
use super::table::{Column, Table, TableError, Values, odd_nan};

const MAGIC: [u8; 7] = *b"pleatab";
const VERSION: u8 = 1;
const HEADER_AT: usize = 16;

/// Why bytes are not a table.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// The first bytes are others.
    #[error("these bytes are not a table: they do not begin with \"pleatab\"")]
    NotATable,
    /// Written by another version.
    #[error("the table is encoded in version {0}: allowed is version {VERSION}")]
    Version(u8),
    /// More or fewer bytes than the header says.
    #[error("the table is {actual} bytes long where its header asks for {expected}")]
    Length {
        /// What the header asks for; the largest number if it cannot be counted.
        expected: u64,
        /// What there is.
        actual: u64,
    },
    /// The header cannot be read.
    #[error("the table's header is damaged: {0}")]
    Header(#[from] serde_json::Error),
    /// The same data has other bytes.
    #[error("the table's {0} is not in canonical form")]
    NotCanonical(&'static str),
    /// The columns do not make a table.
    #[error(transparent)]
    Table(#[from] TableError),
}

#[derive(Serialize, Deserialize)]
struct Header<N, C> {
    rows: u32,
    columns: Vec<ColumnHeader<N, C>>,
}

#[derive(Serialize, Deserialize)]
struct ColumnHeader<N, C> {
    name: N,
    #[serde(flatten)]
    kind: Kind<C>,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Kind<C> {
    Numeric,
    Text { categories: C },
}

impl<N, C> ColumnHeader<N, C> {
    /// Bytes of this column, without and with what fills them up.
    fn lengths(&self, rows: u32) -> (u64, u64) {
        let exact = u64::from(rows)
            * if matches!(self.kind, Kind::Numeric) {
                8
            } else {
                4
            };
        (exact, exact.next_multiple_of(8))
    }
}

/// Where everything stands in a table's bytes. It is known before any value
/// is, so that a table can be written part by part in any order.
#[derive(Debug, Clone)]
pub struct Layout {
    head: Vec<u8>,
    /// Where each column begins.
    columns: Vec<u64>,
    length: u64,
}

impl Layout {
    /// The layout of a table of so many rows and these columns: names, and
    /// the categories of those that are text.
    #[must_use]
    pub fn new<'a>(
        rows: u32,
        columns: impl IntoIterator<Item = (&'a str, Option<&'a [String]>)>,
    ) -> Self {
        let columns = columns.into_iter().map(|(name, categories)| ColumnHeader {
            name,
            kind: categories.map_or(Kind::Numeric, |categories| Kind::Text { categories }),
        });
        let header = Header {
            rows,
            columns: columns.collect(),
        };
        // Text keys and whole numbers only: this always serialises.
        let json = serde_json::to_vec(&header).unwrap_or_default();
        let mut head = Vec::with_capacity(HEADER_AT + json.len() + 7);
        head.extend(MAGIC);
        head.push(VERSION);
        head.extend((json.len() as u64).to_le_bytes());
        head.extend(json);
        pad(&mut head);
        let mut length = head.len() as u64;
        let begin = |column: &ColumnHeader<_, _>| {
            let at = length;
            length += column.lengths(rows).1;
            at
        };
        let columns = header.columns.iter().map(begin).collect();
        Self {
            head,
            columns,
            length,
        }
    }

    /// The bytes before the first column.
    #[must_use]
    pub fn head(&self) -> &[u8] {
        &self.head
    }

    /// Where each column begins: values without gaps, then zeros up to the
    /// next column or the end.
    #[must_use]
    pub fn columns(&self) -> &[u64] {
        &self.columns
    }

    /// Numbers as they stand in a table.
    #[must_use]
    pub fn numbers(numbers: &[f64]) -> Vec<u8> {
        let mut bytes = vec![0; numbers.len() * 8];
        for (to, x) in bytes.chunks_exact_mut(8).zip(numbers) {
            to.copy_from_slice(&math::canonical(*x).to_le_bytes());
        }
        bytes
    }

    /// Codes as they stand in a table.
    #[must_use]
    pub fn codes(codes: &[u32]) -> Vec<u8> {
        let mut bytes = vec![0; codes.len() * 4];
        for (to, c) in bytes.chunks_exact_mut(4).zip(codes) {
            to.copy_from_slice(&c.to_le_bytes());
        }
        bytes
    }

    /// How many bytes the table has.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.length
    }
}

impl Table {
    /// Where everything stands in the table's encoding.
    #[must_use]
    pub fn layout(&self) -> Layout {
        let columns = self.columns().iter().map(|column| {
            let categories = match &column.values {
                Values::Numeric(_) => None,
                Values::Text { categories, .. } => Some(&**categories),
            };
            (column.name.as_str(), categories)
        });
        Layout::new(self.rows() as u32, columns)
    }

    /// The table's one encoding.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let Layout { head, length, .. } = self.layout();
        let mut out = head;
        out.reserve_exact((length as usize).saturating_sub(out.len()));
        for column in self.columns() {
            out.extend(match &column.values {
                Values::Numeric(values) => Layout::numbers(values),
                Values::Text { codes, .. } => Layout::codes(codes),
            });
            pad(&mut out);
        }
        out
    }

    /// Whether bytes claim to be a table, whatever is wrong with them.
    #[must_use]
    pub fn is_encoded(bytes: &[u8]) -> bool {
        bytes.starts_with(&MAGIC)
    }

    /// Reads what [`Table::encode`] wrote.
    ///
    /// # Errors
    /// Anything else is refused. Memory is taken only for what is there.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        Self::decode_shared(Bytes::copy_from_slice(bytes))
    }

    /// Reads what [`Table::encode`] wrote; its columns are views into these
    /// bytes, and keep them.
    ///
    /// # Errors
    /// Anything else is refused. Memory is taken only for what is there.
    pub fn decode_shared(bytes: Bytes) -> Result<Self, DecodeError> {
        let Some((magic, rest)) = bytes.split_at_checked(MAGIC.len()) else {
            return Err(DecodeError::NotATable);
        };
        if magic != MAGIC {
            return Err(DecodeError::NotATable);
        }
        match rest.first() {
            Some(&VERSION) => {}
            Some(other) => return Err(DecodeError::Version(*other)),
            None => return Err(DecodeError::NotATable),
        }
        let length = |expected| DecodeError::Length {
            expected,
            actual: bytes.len() as u64,
        };
        let Some((header_length, rest)) = rest[1..].split_first_chunk() else {
            return Err(length(HEADER_AT as u64));
        };
        let header_length = u64::from_le_bytes(*header_length);
        let header_end = header_length.saturating_add(HEADER_AT as u64);
        let Some(header_bytes) = usize::try_from(header_length)
            .ok()
            .and_then(|n| rest.get(..n))
        else {
            return Err(length(header_end));
        };
        let header: Header<String, Vec<String>> = serde_json::from_slice(header_bytes)?;
        // One way to write each header, or one table would have many digests.
        if serde_json::to_vec(&header)? != header_bytes {
            return Err(DecodeError::NotCanonical("header"));
        }

        let body = header.columns.iter().try_fold(0_u64, |sum, column| {
            sum.checked_add(column.lengths(header.rows).1)
        });
        let expected = header_end
            .checked_next_multiple_of(8)
            .and_then(|start| start.checked_add(body?))
            .unwrap_or(u64::MAX);
        if expected != bytes.len() as u64 {
            return Err(length(expected));
        }

        // From here on every length is known to be there.
        let mut reader = Reader {
            bytes: &bytes,
            at: header_end as usize,
        };
        reader.zeros(header_end.next_multiple_of(8) - header_end, "padding")?;
        let mut columns = Vec::with_capacity(header.columns.len());
        for column in header.columns {
            let (exact, padded) = column.lengths(header.rows);
            let raw = reader.take(exact);
            reader.zeros(padded - exact, "padding")?;
            let values = match column.kind {
                Kind::Numeric => {
                    let numbers = Buffer::part(&bytes, raw);
                    if numbers.iter().copied().any(odd_nan) {
                        return Err(DecodeError::NotCanonical("NaN"));
                    }
                    Values::Numeric(numbers)
                }
                Kind::Text { categories } => Values::Text {
                    codes: Buffer::part(&bytes, raw),
                    categories: categories.into(),
                },
            };
            columns.push(Column {
                name: column.name,
                values,
            });
        }
        Ok(Self::of_canonical(columns)?)
    }
}

fn pad(out: &mut Vec<u8>) {
    out.resize(out.len().next_multiple_of(8), 0);
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn take(&mut self, length: u64) -> Range<usize> {
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let begin = self.at;
        self.at = begin.saturating_add(length).min(self.bytes.len());
        begin..self.at
    }

    fn zeros(&mut self, length: u64, what: &'static str) -> Result<(), DecodeError> {
        let range = self.take(length);
        if self.bytes[range].iter().any(|b| *b != 0) {
            return Err(DecodeError::NotCanonical(what));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::table::MISSING;
    use super::*;
    use proptest::prelude::*;

    fn column() -> impl Strategy<Value = (bool, Vec<(u64, Option<String>)>)> {
        (
            any::<bool>(),
            prop::collection::vec((any::<u64>(), prop::option::of(".{0,3}")), 9),
        )
    }

    prop_compose! {
        fn table()(rows in 1_usize..9, columns in prop::collection::vec(column(), 1..5)) -> Table {
            let columns = columns.into_iter().enumerate().map(|(i, (text, cells))| Column {
                name: format!("c{i}\"é"),
                values: if text {
                    let cells: Vec<_> = cells[..rows].iter().map(|c| c.1.clone()).collect();
                    Values::text(&cells)
                } else {
                    Values::Numeric(cells[..rows].iter().map(|c| f64::from_bits(c.0)).collect())
                },
            });
            Table::new(columns.collect()).unwrap()
        }
    }

    proptest! {
        #[test]
        fn a_table_survives_its_bytes(table in table()) {
            let bytes = table.encode();
            prop_assert_eq!(bytes.len() % 8, 0);
            prop_assert_eq!(table.layout().length(), bytes.len() as u64);
            prop_assert_eq!(&Table::decode(&bytes).unwrap(), &table);
        }

        /// What decodes at all decodes to the table these bytes name.
        #[test]
        fn damaged_bytes_never_panic(
            table in table(),
            changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
            cut in prop::option::of(any::<prop::sample::Index>()),
        ) {
            let mut bytes = table.encode();
            for (at, byte) in changes {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            if let Some(cut) = cut {
                bytes.truncate(cut.index(bytes.len() + 1));
            }
            if let Ok(back) = Table::decode(&bytes) {
                prop_assert_eq!(back.encode(), bytes);
            }
        }

        #[test]
        fn arbitrary_bytes_never_panic(tail in prop::collection::vec(any::<u8>(), 0..64)) {
            let _ = Table::decode(&tail);
            let mut bytes = MAGIC.to_vec();
            bytes.push(VERSION);
            bytes.extend(tail);
            let _ = Table::decode(&bytes);
        }
    }

    #[test]
    fn shared_columns_are_views() {
        let numbers = Values::numeric(vec![1.0, 2.0, 3.0]);
        let columns = [
            ("n", numbers),
            ("t", Values::text(&[Some("b"), None, Some("a")])),
        ];
        let columns = columns.map(|(name, values)| Column {
            name: name.into(),
            values,
        });
        let table = Table::new(columns.to_vec()).unwrap();
        // A vector of numbers lends its bytes aligned as a mapped file does.
        let words: Vec<u64> = table
            .encode()
            .as_chunks::<8>()
            .0
            .iter()
            .map(|w| u64::from_le_bytes(*w))
            .collect();
        let words: Vec<f64> = words.into_iter().map(f64::from_bits).collect();
        let bytes = Bytes::from_owner(Lent(words));
        let shared = Table::decode_shared(bytes.clone()).unwrap();
        assert_eq!(shared, table);
        let offsets = table.layout().columns().to_vec();
        for (column, offset) in shared.columns().iter().zip(offsets) {
            let at = match &column.values {
                Values::Numeric(n) => n.as_ptr().cast::<u8>(),
                Values::Text { codes, .. } => codes.as_ptr().cast(),
            };
            assert_eq!(at, bytes[offset as usize..].as_ptr());
        }
    }

    struct Lent(Vec<f64>);

    impl AsRef<[u8]> for Lent {
        fn as_ref(&self) -> &[u8] {
            bytemuck::cast_slice(&self.0)
        }
    }

    fn with_header(header: &str) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.push(VERSION);
        bytes.extend((header.len() as u64).to_le_bytes());
        bytes.extend(header.as_bytes());
        pad(&mut bytes);
        bytes
    }

    #[test]
    fn a_header_that_promises_too_much_allocates_nothing() {
        let one = "{\"name\":\"a\",\"kind\":\"numeric\"}";
        let bytes = with_header(&format!("{{\"rows\":4294967294,\"columns\":[{one}]}}"));
        let error = Table::decode(&bytes).unwrap_err();
        assert!(matches!(error, DecodeError::Length { .. }), "{error}");

        let mut bytes = with_header("{}");
        bytes[8..16].copy_from_slice(&u64::MAX.to_le_bytes());
        let error = Table::decode(&bytes).unwrap_err();
        assert!(
            matches!(
                error,
                DecodeError::Length {
                    expected: u64::MAX,
                    ..
                }
            ),
            "{error}"
        );
    }

    #[test]
    fn one_table_has_one_encoding() {
        let header = "{\"rows\":1,\"columns\":[{\"name\":\"a\",\"kind\":\"numeric\"}]}";
        let value = 1.5_f64.to_le_bytes();
        let good = [with_header(header), value.to_vec()].concat();
        assert_eq!(Table::decode(&good).unwrap().encode(), good);

        let spaced = [with_header(&header.replace(':', ": ")), value.to_vec()].concat();
        let error = Table::decode(&spaced).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the table's header is not in canonical form"
        );

        let nan = [with_header(header), (u64::MAX >> 1).to_le_bytes().to_vec()].concat();
        let error = Table::decode(&nan).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the table's NaN is not in canonical form"
        );

        let mut padded = good;
        let at = HEADER_AT + header.len();
        assert_ne!(at % 8, 0);
        padded[at] = 1;
        let error = Table::decode(&padded).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the table's padding is not in canonical form"
        );
    }

    /// The format is stored and sent: a change needs a new version.
    #[test]
    fn the_format_is_pinned() {
        let table = Table::new(vec![
            Column {
                name: "x".into(),
                values: Values::numeric(vec![1.0, f64::NAN, -0.0]),
            },
            Column {
                name: "y".into(),
                values: Values::Text {
                    codes: vec![0, MISSING, 0].into(),
                    categories: ["a".into()].into(),
                },
            },
        ]);
        let table = table.unwrap();
        let header = "{\"rows\":3,\"columns\":[{\"name\":\"x\",\"kind\":\"numeric\"},\
                      {\"name\":\"y\",\"kind\":\"text\",\"categories\":[\"a\"]}]}";
        let mut expected = with_header(header);
        for bits in [
            0x3ff0_0000_0000_0000_u64,
            0x7ff8_0000_0000_0000,
            0x8000_0000_0000_0000,
        ] {
            expected.extend(bits.to_le_bytes());
        }
        expected.extend([0, 0, 0, 0, 255, 255, 255, 255, 0, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(table.encode(), expected);
    }

    #[test]
    fn strangers_are_told_apart() {
        let error = |bytes: &[u8]| Table::decode(bytes).unwrap_err().to_string();
        assert!(error(b"PAR1....").contains("do not begin with \"pleatab\""));
        assert_eq!(
            error(b"pleatab\x02"),
            "the table is encoded in version 2: allowed is version 1"
        );
        assert!(error(b"pleatab\x01\x00").contains("9 bytes long"));
    }
}
