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

use pleat_num::math::CANONICAL_NAN;
use serde::{Deserialize, Serialize};

use super::table::{Column, Table, TableError, Values};

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

impl Table {
    /// The table's one encoding.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let columns = self.columns().iter().map(|column| ColumnHeader {
            name: column.name.as_str(),
            kind: match &column.values {
                Values::Numeric(_) => Kind::Numeric,
                Values::Text { categories, .. } => Kind::Text {
                    categories: categories.as_slice(),
                },
            },
        });
        let header = Header {
            rows: self.rows() as u32,
            columns: columns.collect(),
        };
        // Text keys and whole numbers only: this always serialises.
        let header = serde_json::to_vec(&header).unwrap_or_default();
        let mut out = Vec::with_capacity(
            HEADER_AT + header.len() + 16 + self.rows() * 8 * self.columns().len(),
        );
        out.extend(MAGIC);
        out.push(VERSION);
        out.extend((header.len() as u64).to_le_bytes());
        out.extend(header);
        pad(&mut out);
        for column in self.columns() {
            match &column.values {
                Values::Numeric(values) => out.extend(values.iter().flat_map(|x| x.to_le_bytes())),
                Values::Text { codes, .. } => {
                    out.extend(codes.iter().flat_map(|c| c.to_le_bytes()))
                }
            }
            pad(&mut out);
        }
        out
    }

    /// Reads what [`Table::encode`] wrote.
    ///
    /// # Errors
    /// Anything else is refused. Memory is taken only for what is there.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
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
        let Some((Ok(header_length), rest)) = rest[1..]
            .split_at_checked(8)
            .map(|(n, rest)| (n.try_into(), rest))
        else {
            return Err(length(HEADER_AT as u64));
        };
        let header_length = u64::from_le_bytes(header_length);
        let header_end = header_length.saturating_add(HEADER_AT as u64);
        let Some((header_bytes, rest)) = usize::try_from(header_length)
            .ok()
            .and_then(|n| rest.split_at_checked(n))
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
        let mut reader = Reader { rest };
        reader.zeros(header_end.next_multiple_of(8) - header_end, "padding")?;
        let mut columns = Vec::with_capacity(header.columns.len());
        for column in header.columns {
            let (exact, padded) = column.lengths(header.rows);
            let raw = reader.take(exact);
            reader.zeros(padded - exact, "padding")?;
            let values = match column.kind {
                Kind::Numeric => Values::Numeric(numbers(raw)?),
                Kind::Text { categories } => {
                    let codes = raw
                        .as_chunks::<4>()
                        .0
                        .iter()
                        .map(|b| u32::from_le_bytes(*b));
                    Values::Text {
                        codes: codes.collect(),
                        categories,
                    }
                }
            };
            columns.push(Column {
                name: column.name,
                values,
            });
        }
        Ok(Self::new(columns)?)
    }
}

fn pad(out: &mut Vec<u8>) {
    out.resize(out.len().next_multiple_of(8), 0);
}

fn numbers(raw: &[u8]) -> Result<Vec<f64>, DecodeError> {
    let values: Vec<f64> = raw
        .as_chunks::<8>()
        .0
        .iter()
        .map(|b| f64::from_le_bytes(*b))
        .collect();
    if values
        .iter()
        .any(|x| x.is_nan() && x.to_bits() != CANONICAL_NAN.to_bits())
    {
        return Err(DecodeError::NotCanonical("NaN"));
    }
    Ok(values)
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take(&mut self, length: u64) -> &'a [u8] {
        let at = usize::try_from(length)
            .unwrap_or(usize::MAX)
            .min(self.rest.len());
        let (taken, rest) = self.rest.split_at(at);
        self.rest = rest;
        taken
    }

    fn zeros(&mut self, length: u64, what: &'static str) -> Result<(), DecodeError> {
        if self.take(length).iter().any(|b| *b != 0) {
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
                values: Values::Numeric(vec![1.0, f64::NAN, -0.0]),
            },
            Column {
                name: "y".into(),
                values: Values::Text {
                    codes: vec![0, MISSING, 0],
                    categories: vec!["a".into()],
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
