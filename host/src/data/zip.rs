//! As much of the zip format as `numpy.savez` uses: members stored or
//! deflated, found by the directory at the end.

use std::fs::File;
use std::io::{self, Read};

use bytes::Bytes;
use flate2::read::DeflateDecoder;

use super::Limit;
use super::error::ReadError;
use super::output::map;

/// A member of an archive.
pub(super) struct Member {
    /// Its name.
    pub(super) name: String,
    deflated: bool,
    /// Its bytes as they stand in the archive.
    packed: Bytes,
    length: u64,
}

/// The archive's members, in its order.
pub(super) fn members(archive: &Bytes) -> Result<Vec<Member>, ReadError> {
    const END: usize = 22;
    const LONGEST_COMMENT: usize = 0xffff;
    let damaged = || ReadError::Damaged {
        format: "npz",
        message: "its directory cannot be read".to_owned(),
    };
    let from = archive.len().saturating_sub(END + LONGEST_COMMENT);
    let end = archive[from..]
        .windows(4)
        .rposition(|w| w == b"PK\x05\x06")
        .map(|at| from + at)
        .filter(|at| at + END <= archive.len())
        .ok_or_else(damaged)?;
    let count = short(archive, end + 10).ok_or_else(damaged)?;
    let mut at = long(archive, end + 16).ok_or_else(damaged)? as usize;
    let mut members = Vec::new();
    for _ in 0..count {
        let entry = archive.get(at..).ok_or_else(damaged)?;
        if !entry.starts_with(b"PK\x01\x02") {
            return Err(damaged());
        }
        let field = |at| short(entry, at).ok_or_else(damaged);
        let size = |at| long(entry, at).ok_or_else(damaged);
        let method = field(10)?;
        let (name_length, extra, comment) = (
            field(28)? as usize,
            field(30)? as usize,
            field(32)? as usize,
        );
        let name = entry.get(46..46 + name_length).ok_or_else(damaged)?;
        let extras = entry
            .get(46 + name_length..46 + name_length + extra)
            .ok_or_else(damaged)?;
        let [length, packed, header] =
            large([size(24)?, size(20)?, size(42)?], extras).ok_or_else(damaged)?;
        let local = usize::try_from(header)
            .ok()
            .and_then(|at| archive.get(at..))
            .ok_or_else(damaged)?;
        // The lengths of name and extras may differ from those above.
        let skipped = short(local, 26).zip(short(local, 28));
        let (a, b) = skipped.ok_or_else(damaged)?;
        let begin = 30 + a as usize + b as usize;
        let packed = usize::try_from(packed)
            .ok()
            .and_then(|n| local.get(begin..begin.checked_add(n)?))
            .ok_or_else(damaged)?;
        members.push(Member {
            name: String::from_utf8_lossy(name).into_owned(),
            deflated: match method {
                0 => false,
                8 => true,
                other => {
                    return Err(ReadError::Damaged {
                        format: "npz",
                        message: format!("its members are packed by method {other}: allowed are 0 and 8, stored and deflated"),
                    });
                }
            },
            packed: archive.slice_ref(packed),
            length,
        });
        at += 46 + name_length + extra + comment;
    }
    Ok(members)
}

impl Member {
    /// The member's contents; what was deflated goes to a temporary file.
    pub(super) fn unpack(&self, limit: Limit) -> Result<Bytes, ReadError> {
        let damaged = |message: String| ReadError::Damaged {
            format: "npz",
            message: format!("{}: {message}", self.name),
        };
        limit.check(self.length)?;
        if !self.deflated {
            return Ok(self.packed.clone());
        }
        let mut file: File = tempfile::tempfile()?;
        // Not one byte more than it says, whatever comes out.
        let mut from = DeflateDecoder::new(&self.packed[..]).take(self.length + 1);
        let length = io::copy(&mut from, &mut file).map_err(|e| damaged(e.to_string()))?;
        if length != self.length {
            return Err(damaged(
                "its length is not what the directory says".to_owned(),
            ));
        }
        Ok(map(&file)?)
    }
}

fn short(bytes: &[u8], at: usize) -> Option<u16> {
    let there = bytes.get(at..)?.first_chunk()?;
    Some(u16::from_le_bytes(*there))
}

fn long(bytes: &[u8], at: usize) -> Option<u32> {
    let there = bytes.get(at..)?.first_chunk()?;
    Some(u32::from_le_bytes(*there))
}

/// Sizes as 64 bits: those that do not fit into 32 stand among the extras,
/// which is where numpy always says it might need them.
fn large(sizes: [u32; 3], mut extras: &[u8]) -> Option<[u64; 3]> {
    let mut wide: &[u8] = &[];
    while let (Some(id), Some(length)) = (short(extras, 0), short(extras, 2)) {
        let body = extras.get(4..4 + length as usize)?;
        if id == 1 {
            wide = body;
        }
        extras = &extras[4 + length as usize..];
    }
    let mut out = [0; 3];
    for (out, size) in out.iter_mut().zip(sizes) {
        *out = size.into();
        if size == u32::MAX {
            let (eight, rest) = wide.split_first_chunk()?;
            *out = u64::from_le_bytes(*eight);
            wide = rest;
        }
    }
    Some(out)
}
